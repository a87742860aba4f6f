//! `#[derive(Codes)]`.

use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeMap;
use syn::{Data, DeriveInput, Fields, Ident, LitStr, Variant};

/// The implementation, or everything that is wrong with the declaration.
pub fn derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    if let Some(parameter) = input.generics.params.first() {
        errors.at(parameter, "a code list has no parameters");
    }
    let Data::Enum(data) = &input.data else {
        errors.at(&input.ident, "a code list is an enum");
        return errors.or(TokenStream::new());
    };
    if data.variants.is_empty() {
        errors.at(&input.ident, "a code list has at least one code");
    }
    let mut codes: Vec<(&Ident, LitStr)> = Vec::new();
    let mut seen: BTreeMap<String, &Ident> = BTreeMap::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            errors.at(&variant.fields, "a code has no fields");
        }
        let Some(code) = errors.take(code_of(variant)) else { continue };
        match seen.get(&code.value()) {
            Some(first) => errors.at(&code, format!("`{}` is already the code of `{first}`", code.value())),
            None => drop(seen.insert(code.value(), &variant.ident)),
        }
        codes.push((&variant.ident, code));
    }
    errors.or(implementation(&input.ident, &codes))
}

fn code_of(variant: &Variant) -> syn::Result<LitStr> {
    let mut attributes = variant.attrs.iter().filter(|a| a.path().is_ident("code"));
    let Some(attribute) = attributes.next() else {
        return Err(syn::Error::new_spanned(variant, "its code is missing: `#[code(\"…\")]`"));
    };
    if let Some(second) = attributes.next() {
        return Err(syn::Error::new_spanned(second, "a variant has one code"));
    }
    attribute.parse_args()
}

fn implementation(ident: &Ident, codes: &[(&Ident, LitStr)]) -> TokenStream {
    let name = ident.to_string();
    let variants: Vec<_> = codes.iter().map(|(variant, _)| variant).collect();
    let texts: Vec<_> = codes.iter().map(|(_, code)| code).collect();
    let by_length = by_length(codes);
    quote! {
        #[automatically_derived]
        impl #ident {
            /// Every code, in order of declaration.
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            /// The code as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    #(Self::#variants => #texts,)*
                }
            }

            /// The code of a text.
            ///
            /// # Errors
            /// `unknown_code`, if the list has no such code.
            pub fn parse(text: &str) -> ::crossdock_runtime::Result<Self> {
                <Self as ::crossdock_runtime::Codes>::parse_code(text)
            }
        }

        #[automatically_derived]
        impl ::crossdock_runtime::Codes for #ident {
            const NAME: &'static str = #name;
            const ALL: &'static [Self] = Self::ALL;

            fn code(self) -> &'static str {
                self.as_str()
            }

            fn from_code(text: &str) -> ::core::option::Option<Self> {
                ::core::option::Option::Some(match text.len() {
                    #by_length
                    _ => return ::core::option::Option::None,
                })
            }
        }

        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = ::crossdock_runtime::Failure;

            fn from_str(text: &str) -> ::crossdock_runtime::Result<Self> {
                Self::parse(text)
            }
        }

        #[automatically_derived]
        impl ::core::convert::TryFrom<&str> for #ident {
            type Error = ::crossdock_runtime::Failure;

            fn try_from(text: &str) -> ::crossdock_runtime::Result<Self> {
                Self::parse(text)
            }
        }

        #[automatically_derived]
        impl ::crossdock_runtime::serde::Serialize for #ident {
            fn serialize<S: ::crossdock_runtime::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[automatically_derived]
        impl<'de> ::crossdock_runtime::serde::Deserialize<'de> for #ident {
            fn deserialize<D: ::crossdock_runtime::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                ::crossdock_runtime::code_list::deserialize(deserializer)
            }
        }
    }
}

/// Arms by the text's length, then by the text: at most a few comparisons, however long the list.
fn by_length(codes: &[(&Ident, LitStr)]) -> TokenStream {
    let mut lengths: BTreeMap<usize, Vec<TokenStream>> = BTreeMap::new();
    for (variant, code) in codes {
        lengths.entry(code.value().len()).or_default().push(quote!(#code => Self::#variant,));
    }
    let arms = lengths.iter().map(|(length, arms)| {
        quote! {
            #length => match text {
                #(#arms)*
                _ => return ::core::option::Option::None,
            },
        }
    });
    quote!(#(#arms)*)
}
