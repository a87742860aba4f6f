//! `impl Encode`: fields in the order of their routes, none left out unless the field says otherwise, and an object on
//! the way to fields that are all left out is left out with them.

use super::declaration::{Declaration, Emit, Field, Holds, Place, Shape, Wire};
use super::routes::{Key, Routes, shown};
use crate::errors::at;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

/// The implementation.
pub fn implementation(declaration: &Declaration<'_>, routes: &Routes) -> TokenStream {
    let Declaration { ident, generics, .. } = declaration;
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let keys = level(declaration, routes);
    quote! {
        #[automatically_derived]
        impl #parameters ::crossdock_runtime::Encode for #ident #arguments #bounds {
            fn contents(&self, writer: &mut ::crossdock_runtime::json::Writer) -> ::crossdock_runtime::Result<()> {
                #keys
                ::core::result::Result::Ok(())
            }
        }
    }
}

fn level(declaration: &Declaration<'_>, routes: &Routes) -> TokenStream {
    routes.keys.iter().map(|key| at_key(declaration, key)).collect()
}

fn at_key(declaration: &Declaration<'_>, key: &Key) -> TokenStream {
    // Of several fields at one key the first is written: the others are other readings of the same value.
    if let Some(field) = key.fields.first().and_then(|position| declaration.fields.get(*position)) {
        return write(field);
    }
    let mut needed = Vec::new();
    let below = &key.below;
    below.each(&mut |key| needed.extend(key.fields.iter().filter_map(|at| declaration.fields.get(*at))));
    if needed.is_empty() {
        return TokenStream::new();
    }
    let (text, inner) = (&key.text, level(declaration, below));
    let object = quote! {
        writer.key(#text);
        writer.object_begin();
        #inner
        writer.object_end();
    };
    let mut conditions = Vec::new();
    for field in needed {
        match condition(field) {
            Some(condition) => conditions.push(condition),
            None => return object,
        }
    }
    quote!(if #(#conditions)||* { #object })
}

/// When the field is written; nothing if it always is.
fn condition(field: &Field<'_>) -> Option<TokenStream> {
    let ident = field.ident;
    match (&field.place, field.holds) {
        (Place::Wire(wire), Holds::Option) if matches!(wire.emit, Emit::Omit) => Some(quote!(self.#ident.is_some())),
        (Place::Wire(wire), Holds::Leaf) if matches!(wire.emit, Emit::Omit) => {
            Some(quote!(!self.#ident.is_missing() && !self.#ident.is_empty_text()))
        }
        _ => None,
    }
}

fn write(field: &Field<'_>) -> TokenStream {
    let Place::Wire(wire) = &field.place else { return TokenStream::new() };
    let ident = field.ident;
    let Some(key) = wire.route.last() else { return TokenStream::new() };
    let value = value(field, wire);
    let none = match &wire.emit {
        Emit::Omit => TokenStream::new(),
        Emit::Null => quote!(writer.key(#key); writer.null();),
        Emit::Text(text) => quote!(writer.key(#key); writer.str(#text);),
    };
    match field.holds {
        Holds::Plain => quote! {
            writer.key(#key);
            let value = &self.#ident;
            #value
        },
        Holds::Option => quote! {
            match &self.#ident {
                ::core::option::Option::Some(value) => {
                    writer.key(#key);
                    #value
                }
                ::core::option::Option::None => { #none }
            }
        },
        Holds::Leaf => quote! {
            match &self.#ident {
                ::crossdock_runtime::Leaf::Value(value) => {
                    writer.key(#key);
                    #value
                }
                ::crossdock_runtime::Leaf::Bad(failure) => {
                    return ::core::result::Result::Err(::core::clone::Clone::clone(failure));
                }
                ::crossdock_runtime::Leaf::Null => {
                    writer.key(#key);
                    writer.null();
                }
                ::crossdock_runtime::Leaf::Missing | ::crossdock_runtime::Leaf::Empty => { #none }
            }
        },
    }
}

/// Writes `value`, a reference; a failure says which field.
fn value(field: &Field<'_>, wire: &Wire) -> TokenStream {
    let Wire { shape, below, .. } = wire;
    let (name, codec, at) = (shown(wire), wire.codec(), at(field.ty));
    let one = quote_spanned!(at=> ::crossdock_runtime::Encode::encode(value, writer));
    let write = match (shape, below) {
        (Shape::Scalar, _) => quote_spanned!(at=> ::crossdock_runtime::Codec::encode(&#codec, value, writer)),
        (Shape::Nested, _) => one,
        (Shape::Many, _) => quote_spanned!(at=> ::crossdock_runtime::derived::write_many(value, writer)),
        (Shape::Each, _) => quote_spanned!(at=> ::crossdock_runtime::derived::write_each(value, &#codec, writer)),
        (Shape::Raw, _) => return quote_spanned!(at=> writer.raw(value);),
        // What changed is only ever read.
        (Shape::Changes, _) => return quote!(),
        (Shape::Entries, true) => {
            quote!(::crossdock_runtime::derived::write_entries(value, writer, |value, writer| #one))
        }
        (Shape::Entries, false) => quote!(::crossdock_runtime::derived::write_entries(value, writer, |value, writer| {
            ::crossdock_runtime::Codec::encode(&#codec, value, writer)
        })),
    };
    quote!(#write.map_err(|failure| failure.in_field(#name))?;)
}
