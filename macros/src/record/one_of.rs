//! Union records: one key's text says which of the tagged fields the object is read as. The other fields are missing.

use super::declaration::{Declaration, Holds, Place, Tag};
use crate::errors::at;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::LitStr;

/// `impl Record`: looks for the discriminator first, then reads the object as what it says.
pub fn implementation(declaration: &Declaration<'_>, key: &LitStr) -> TokenStream {
    let Declaration { ident, generics, .. } = declaration;
    let (lifetime, parameters) = declaration.lifetime();
    let (_, arguments, bounds) = generics.split_for_impl();
    let read = declaration.fields.iter().filter_map(|field| tag(&field.place)).map(|tag| &tag.text);
    let tags: Vec<&LitStr> = read.chain(declaration.skip.iter().flatten()).collect();
    let values = declaration.fields.iter().map(|field| {
        let name = field.ident;
        let Some(Tag { text: tag, .. }) = tag(&field.place) else {
            let from = quote_spanned!(at(field.whole)=> ::core::convert::From::<u32>::from(at));
            return quote!(#name: #from);
        };
        let told = quote!(::core::option::Option::Some(#key));
        let ty = field.ty;
        let read = quote_spanned!(at(ty)=> {
            read = true;
            <#ty as ::crossdock_runtime::Record<#lifetime>>::decode_told(reader, notes, #told)?
        });
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
                let mut read = false;
                let record = Self { #(#values,)* };
                if !read {
                    // One of those that are known and not read.
                    reader.skip()?;
                }
                ::core::result::Result::Ok(record)
            }
        }
    }
}

/// `impl Encode`: the one variant that is there, after its discriminator.
pub fn encode(declaration: &Declaration<'_>, key: &LitStr) -> TokenStream {
    let Declaration { ident, generics, .. } = declaration;
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let writes = declaration.fields.iter().filter(|field| tag(&field.place).is_some()).map(|field| {
        let name = field.ident;
        let some = match field.holds {
            Holds::Option => quote!(::core::option::Option::Some(value)),
            Holds::Leaf | Holds::Plain => quote!(::crossdock_runtime::Leaf::Value(value)),
        };
        let told = tag(&field.place).filter(|tag| tag.own.is_none()).map(|Tag { text, .. }| {
            quote! {
                writer.key(#key);
                writer.str(#text);
            }
        });
        let write = quote_spanned!(at(field.ty)=> ::crossdock_runtime::Encode::contents(value, writer));
        quote! {
            if let #some = &self.#name {
                #told
                return #write;
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #parameters ::crossdock_runtime::Encode for #ident #arguments #bounds {
            fn contents(&self, writer: &mut ::crossdock_runtime::json::Writer) -> ::crossdock_runtime::Result<()> {
                #(#writes)*
                ::core::result::Result::Err(::crossdock_runtime::derived::no_variant(#key))
            }
        }
    }
}

fn tag(place: &Place) -> Option<&Tag> {
    match place {
        Place::Tag(tag) => Some(tag),
        _ => None,
    }
}
