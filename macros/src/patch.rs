//! `#[derive(Patch)]`: serde's traits in the canonical patch encoding, and what a patch touches.
//!
//! What a field's state means is the runtime's: every field but the key is something that can be touched
//! (`Field`, `Nested`, `ListPatch`).

use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
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
    let (Data::Struct(data), ident) = (&input.data, &input.ident) else {
        return Err(syn::Error::new_spanned(&input.ident, "a patch is a struct with named fields"));
    };
    let Fields::Named(named) = &data.fields else {
        return Err(syn::Error::new_spanned(ident, "a patch's fields have names"));
    };
    let mut errors = Errors::default();
    if let Some(parameter) = input.generics.params.first() {
        errors.at(parameter, "a patch has no parameters");
    }
    let mut fields: Vec<Field<'_>> = Vec::new();
    for declared in &named.named {
        let Some(field) = errors.take(field(declared)) else { continue };
        let Some(field) = field else { continue };
        if fields.iter().any(|other| other.name.value() == field.name.value()) {
            errors.at(&field.name, format!("two fields are named `{}`", field.name.value()));
        }
        fields.push(field);
    }
    if let Some(second) = fields.iter().filter(|field| field.key).nth(1) {
        errors.at(second.ident, "an element has one key");
    }
    let (traits, write, read) = (touching(ident, &fields), serialize(ident, &fields), deserialize(ident, &fields));
    errors.or(quote!(#traits #write #read))
}

fn field(declared: &syn::Field) -> syn::Result<Option<Field<'_>>> {
    let Some(ident) = &declared.ident else { return Ok(None) };
    let (mut name, mut key) = (None, false);
    for attribute in declared.attrs.iter().filter(|a| a.path().is_ident("patch")) {
        attribute.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                let word: Ident = input.parse()?;
                if word == "key" {
                    key = true;
                } else if word == "rename" {
                    input.parse::<Token![=]>()?;
                    name = Some(input.parse()?);
                } else {
                    return Err(syn::Error::new_spanned(word, "`key`, or `rename = \"…\"`"));
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        })?;
    }
    let name = name.unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span()));
    Ok(Some(Field { ident, ty: &declared.ty, name, key }))
}

fn touching(ident: &Ident, fields: &[Field<'_>]) -> TokenStream {
    let touched: Vec<_> = fields.iter().filter(|field| !field.key).collect();
    let (idents, names): (Vec<_>, Vec<_>) = touched.iter().map(|field| (field.ident, &field.name)).unzip();
    quote! {
        #[automatically_derived]
        impl ::crossdock_runtime::Patch for #ident {
            fn is_empty(&self) -> bool {
                true #(&& ::crossdock_runtime::touch::Touch::is_untouched(&self.#idents))*
            }

            fn touch(&self, path: &str, touched: &mut ::std::vec::Vec<::std::string::String>) {
                #(::crossdock_runtime::touch::Touch::touch(&self.#idents, path, #names, touched);)*
            }
        }
    }
}

fn serialize(ident: &Ident, fields: &[Field<'_>]) -> TokenStream {
    let entries = fields.iter().map(|field| {
        let (ident, name) = (field.ident, &field.name);
        let write =
            quote!(::crossdock_runtime::serde::ser::SerializeMap::serialize_entry(&mut map, #name, &self.#ident)?;);
        if field.key {
            write
        } else {
            quote!(if !::crossdock_runtime::touch::Touch::is_untouched(&self.#ident) { #write })
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
    let values = fields.iter().zip(&locals).map(|(field, local)| {
        let (ident, name) = (field.ident, &field.name);
        if field.key {
            let missing = quote!(<A::Error as ::crossdock_runtime::serde::de::Error>::missing_field(#name));
            quote!(#ident: #local.ok_or_else(|| #missing)?)
        } else {
            quote!(#ident: #local.unwrap_or_default())
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
                                    if #locals.replace(map.next_value()?).is_some() {
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
