//! `#[derive(Patch)]`: serde's traits in the canonical patch encoding, and what a patch touches.
//!
//! What a field's state means is the runtime's: every field but the key is something that can be touched
//! (`Field`, `Nested`, `ListPatch`).

use crate::errors::{Errors, at};
use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Data, DeriveInput, Fields, Ident, LitStr, Token, Type};

struct Field<'i> {
    ident: &'i Ident,
    ty: &'i Type,
    /// Its canonical name.
    name: LitStr,
    /// It names the list's element that is patched: always there.
    key: bool,
}

/// The implementations, or everything that is wrong with the declaration.
pub fn derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let (mut errors, ident) = (Errors::default(), &input.ident);
    if let Some(parameter) = input.generics.params.first() {
        errors.at(parameter, "a patch has no parameters");
    }
    let mut fields: Vec<Field<'_>> = Vec::new();
    let declared = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => Some(&named.named),
            _ => {
                errors.at(ident, "a patch's fields have names");
                None
            }
        },
        _ => {
            errors.at(ident, "a patch is a struct with named fields");
            None
        }
    };
    for declared in declared.into_iter().flatten() {
        let Some(field) = field(declared, &mut errors) else { continue };
        if fields.iter().any(|other| other.name.value() == field.name.value()) {
            errors.at(&field.name, format!("two fields are named `{}`", field.name.value()));
        }
        fields.push(field);
    }
    for second in fields.iter().filter(|field| field.key).skip(1) {
        errors.at(second.ident, "an element has one key");
    }
    let (traits, write, read) = (touching(ident, &fields), serialize(ident, &fields), deserialize(ident, &fields));
    errors.or(quote!(#traits #write #read))
}

fn field<'i>(declared: &'i syn::Field, errors: &mut Errors) -> Option<Field<'i>> {
    let ident = declared.ident.as_ref()?;
    let (mut name, mut key): (Option<LitStr>, bool) = (None, false);
    for attribute in declared.attrs.iter().filter(|a| a.path().is_ident("patch")) {
        let read = attribute.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                let word = input.call(Ident::parse_any)?;
                if word == "key" {
                    if key {
                        errors.at(&word, "`key` is said twice");
                    }
                    key = true;
                } else if word == "rename" {
                    input.parse::<Token![=]>()?;
                    if name.replace(input.parse()?).is_some() {
                        errors.at(&word, "`rename` is said twice");
                    }
                } else {
                    errors.at(&word, "`key`, or `rename = \"…\"`");
                    while !input.is_empty() && !input.peek(Token![,]) {
                        input.parse::<TokenTree>()?;
                    }
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        });
        errors.take(read);
    }
    let name = name.unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span()));
    Some(Field { ident, ty: &declared.ty, name, key })
}

fn touching(ident: &Ident, fields: &[Field<'_>]) -> TokenStream {
    let touched: Vec<_> = fields.iter().filter(|field| !field.key).collect();
    // What can't be touched is an error at its type.
    let untouched = touched.iter().map(|Field { ident, ty, .. }| {
        quote_spanned!(at(ty)=> <#ty as ::crossdock_runtime::touch::Touch>::is_untouched(&self.#ident))
    });
    let touch = touched.iter().map(|Field { ident, ty, name, .. }| {
        quote_spanned!(at(ty)=> <#ty as ::crossdock_runtime::touch::Touch>::touch(&self.#ident, path, #name, touched);)
    });
    quote! {
        #[automatically_derived]
        impl ::crossdock_runtime::Patch for #ident {
            fn is_empty(&self) -> bool {
                true #(&& #untouched)*
            }

            fn touch(&self, path: &str, touched: &mut ::std::vec::Vec<::std::string::String>) {
                #(#touch)*
            }
        }
    }
}

fn serialize(ident: &Ident, fields: &[Field<'_>]) -> TokenStream {
    let entries = fields.iter().map(|field| {
        let (ident, name, place) = (field.ident, &field.name, at(field.ty));
        let write = quote_spanned!(place=> ::crossdock_runtime::serde::ser::SerializeMap::serialize_entry(&mut map, #name, &self.#ident)?;);
        if field.key {
            write
        } else {
            quote_spanned!(place=> if !::crossdock_runtime::touch::Touch::is_untouched(&self.#ident) { #write })
        }
    });
    quote! {
        #[automatically_derived]
        impl ::crossdock_runtime::serde::Serialize for #ident {
            fn serialize<S: ::crossdock_runtime::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(::core::option::Option::None)?;
                #(#entries)*
                ::crossdock_runtime::serde::ser::SerializeMap::end(map)
            }
        }
    }
}

/// Missing fields are untouched; an unknown, repeated or key-less one is an error.
fn deserialize(ident: &Ident, fields: &[Field<'_>]) -> TokenStream {
    let locals: Vec<_> = (0..fields.len()).map(|position| format_ident!("field_{position}")).collect();
    let types = fields.iter().map(|field| field.ty);
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    let next = fields.iter().map(|field| {
        let ty = field.ty;
        quote_spanned!(at(ty)=> map.next_value::<#ty>()?)
    });
    let values = fields.iter().zip(&locals).map(|(field, local)| {
        let (ident, name) = (field.ident, &field.name);
        if field.key {
            let missing = quote!(<A::Error as ::crossdock_runtime::serde::de::Error>::missing_field(#name));
            quote!(#ident: #local.ok_or_else(|| #missing)?)
        } else {
            let ty = field.ty;
            let value = quote_spanned!(at(ty)=> #local.unwrap_or_else(<#ty as ::core::default::Default>::default));
            quote!(#ident: #value)
        }
    });
    quote! {
        #[automatically_derived]
        impl<'de> ::crossdock_runtime::serde::Deserialize<'de> for #ident {
            fn deserialize<D: ::crossdock_runtime::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                struct Visitor;

                impl<'de> ::crossdock_runtime::serde::de::Visitor<'de> for Visitor {
                    type Value = #ident;

                    fn expecting(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        f.write_str("a patch")
                    }

                    fn visit_map<A: ::crossdock_runtime::serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> ::core::result::Result<#ident, A::Error> {
                        const NAMES: &[&str] = &[#(#names),*];
                        #(let mut #locals: ::core::option::Option<#types> = ::core::option::Option::None;)*
                        while let ::core::option::Option::Some(key) = map.next_key::<::std::string::String>()? {
                            match key.as_str() {
                                #(#names => {
                                    if #locals.replace(#next).is_some() {
                                        let error = ::crossdock_runtime::serde::de::Error::duplicate_field(#names);
                                        return ::core::result::Result::Err(error);
                                    }
                                })*
                                other => {
                                    let error = ::crossdock_runtime::serde::de::Error::unknown_field(other, NAMES);
                                    return ::core::result::Result::Err(error);
                                }
                            }
                        }
                        ::core::result::Result::Ok(#ident { #(#values,)* })
                    }
                }

                deserializer.deserialize_map(Visitor)
            }
        }
    }
}
