//! Union records: one key's text says which of the tagged fields the object is read as. The other fields are missing.

use super::declaration::{Declaration, Holds, Place};
use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

/// `impl Record`: looks for the discriminator first, then reads the object as what it says.
pub fn implementation(declaration: &Declaration<'_>, key: &LitStr) -> TokenStream {
    let Declaration { ident, generics, .. } = declaration;
    let (lifetime, parameters) = declaration.lifetime();
    let (_, arguments, bounds) = generics.split_for_impl();
    let tags: Vec<&LitStr> = declaration.fields.iter().filter_map(|field| tag(&field.place)).collect();
    let values = declaration.fields.iter().map(|field| {
        let name = field.ident;
        let Some(tag) = tag(&field.place) else { return quote!(#name: ::core::convert::From::from(at)) };
        let read = quote!(<_ as ::crossdock_runtime::Record<#lifetime>>::decode(reader, notes)?);
        match field.holds {
            Holds::Option => quote!(#name: if &*tag == #tag {
                ::core::option::Option::Some(#read)
            } else {
                ::core::option::Option::None
            }),
            Holds::Leaf | Holds::Plain => quote!(#name: if &*tag == #tag {
                ::crossdock_runtime::Leaf::Value(#read)
            } else {
                ::crossdock_runtime::Leaf::Missing
            }),
        }
    });
    quote! {
        #[automatically_derived]
        impl #parameters ::crossdock_runtime::Record<#lifetime> for #ident #arguments #bounds {
            fn decode(
                reader: &mut ::crossdock_runtime::json::Reader<#lifetime>,
                notes: &mut ::crossdock_runtime::Notes,
            ) -> ::crossdock_runtime::Result<Self> {
                let at = reader.packed_place();
                let tag = ::crossdock_runtime::derived::discriminator(reader, #key, &[#(#tags),*])?;
                // Only a record that keeps its place needs it.
                let _ = at;
                ::core::result::Result::Ok(Self { #(#values,)* })
            }
        }
    }
}

/// `impl Encode`: the one variant that is there, which writes its own discriminator.
pub fn encode(declaration: &Declaration<'_>, key: &LitStr) -> TokenStream {
    let Declaration { ident, generics, .. } = declaration;
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let writes = declaration.fields.iter().filter(|field| tag(&field.place).is_some()).map(|field| {
        let name = field.ident;
        let some = match field.holds {
            Holds::Option => quote!(::core::option::Option::Some(value)),
            Holds::Leaf | Holds::Plain => quote!(::crossdock_runtime::Leaf::Value(value)),
        };
        quote! {
            if let #some = &self.#name {
                return ::crossdock_runtime::Encode::encode(value, writer);
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #parameters ::crossdock_runtime::Encode for #ident #arguments #bounds {
            fn encode(&self, writer: &mut ::crossdock_runtime::json::Writer) -> ::crossdock_runtime::Result<()> {
                #(#writes)*
                ::core::result::Result::Err(::crossdock_runtime::derived::no_variant(#key))
            }
        }
    }
}

fn tag(place: &Place) -> Option<&LitStr> {
    match place {
        Place::Tag(tag) => Some(tag),
        _ => None,
    }
}
