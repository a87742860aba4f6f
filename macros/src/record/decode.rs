//! `impl Record`: one pass over the object's keys, each told apart by its length first and its text second.

use super::declaration::{Declaration, Holds, Place, Shape, Wire};
use super::routes::{Key, Routes, shown};
use crate::errors::at;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use std::collections::BTreeMap;
use syn::Ident;

/// The implementation.
pub fn implementation(declaration: &Declaration<'_>, routes: &Routes) -> TokenStream {
    let Declaration { ident, generics, .. } = declaration;
    let (lifetime, parameters) = declaration.lifetime();
    let (_, arguments, bounds) = generics.split_for_impl();
    let locals = declaration.fields.iter().enumerate().filter_map(|(position, field)| {
        let Place::Wire(_) = field.place else { return None };
        let (local, ty) = (local(position), field.ty);
        Some(quote!(let mut #local: ::crossdock_runtime::Leaf<#ty> = ::crossdock_runtime::Leaf::Missing;))
    });
    let mut entered = Vec::new();
    routes.each(&mut |key| {
        if reads(&key.below) {
            let flag = flag(key);
            entered.push(quote!(let mut #flag = false;));
        }
    });
    let keys = level(declaration, routes, &ident.to_string(), true);
    let values = declaration.fields.iter().enumerate().map(|(position, field)| value(position, field));
    quote! {
        #[automatically_derived]
        impl #parameters ::crossdock_runtime::Record<#lifetime> for #ident #arguments #bounds {
            fn decode(
                reader: &mut ::crossdock_runtime::json::Reader<#lifetime>,
                notes: &mut ::crossdock_runtime::Notes,
            ) -> ::crossdock_runtime::Result<Self> {
                Self::decode_told(reader, notes, ::core::option::Option::None)
            }

            // Not every record keeps its place, or has a field that is judged at once.
            #[allow(unused_variables)]
            fn decode_told(
                reader: &mut ::crossdock_runtime::json::Reader<#lifetime>,
                notes: &mut ::crossdock_runtime::Notes,
                told: ::core::option::Option<&str>,
            ) -> ::crossdock_runtime::Result<Self> {
                let at = reader.packed_place();
                let start = reader.offset();
                reader.object_begin()?;
                #(#locals)*
                #(#entered)*
                #keys
                ::core::result::Result::Ok(Self { #(#values,)* })
            }
        }
    }
}

/// The value of a field, once all keys were seen.
fn value(position: usize, field: &super::declaration::Field<'_>) -> TokenStream {
    let (ident, local) = (field.ident, local(position));
    let wire = match &field.place {
        Place::Offset => {
            let from = quote_spanned!(self::at(field.whole)=> ::core::convert::From::<u32>::from(at));
            return quote!(#ident: #from);
        }
        // Only a union has tags, and it is read otherwise.
        Place::Tag(_) => return quote!(#ident: ::crossdock_runtime::Leaf::Missing),
        Place::Wire(wire) => wire,
    };
    let key = shown(wire);
    match field.holds {
        Holds::Leaf => quote!(#ident: #local),
        Holds::Option => quote!(#ident: #local.into_optional()?),
        Holds::Plain => quote!(#ident: #local.into_required(
            ::crossdock_runtime::SourceAt::field(reader.input(), start, #key)
        )?),
    }
}

/// The loop over one level's keys.
fn level(declaration: &Declaration<'_>, routes: &Routes, name: &str, top: bool) -> TokenStream {
    let mut lengths: BTreeMap<usize, Vec<TokenStream>> = BTreeMap::new();
    for key in &routes.keys {
        let (text, read) = (&key.text, at_key(declaration, key, name));
        lengths.entry(text.value().len()).or_default().push(quote!(#text => { #read true }));
    }
    let unknown = &declaration.unknown;
    let passed = routes
        .patterns
        .iter()
        .map(|pattern| quote!(_ if ::crossdock_runtime::derived::matches(#pattern, &key) => { reader.skip()?; true }));
    let arms = lengths.iter().map(|(length, arms)| quote!(#length => match &*key { #(#arms)* _ => false },));
    // The key that told what the record is stands on its own level.
    let told = top.then(|| quote!(_ if told == ::core::option::Option::Some(&*key) => { reader.skip()?; true }));
    quote! {
        while let ::core::option::Option::Some(key) = reader.next_key()? {
            let known = match key.len() {
                #(#arms)*
                _ => false,
            };
            let known = known || match () { #(#passed)* #told _ => false };
            if !known {
                ::crossdock_runtime::record::unknown_key(
                    reader,
                    notes,
                    ::crossdock_runtime::UnknownKeys::#unknown,
                    #name,
                    &key,
                )?;
            }
        }
    }
}

/// What happens at a key: all that read it, each but the last from a copy of the reader, which is a position in the text.
fn at_key(declaration: &Declaration<'_>, key: &Key, name: &str) -> TokenStream {
    let mut reads: Vec<TokenStream> = key.fields.iter().filter_map(|position| read(declaration, *position)).collect();
    if self::reads(&key.below) {
        let (flag, text) = (flag(key), &key.text);
        let below = level(declaration, &key.below, &format!("{name}.{}", text.value()), false);
        reads.push(quote! {
            if ::crossdock_runtime::derived::enter(reader, #text, &mut #flag)? {
                #below
            }
        });
    }
    let Some(last) = reads.pop() else { return quote!(reader.skip()?;) };
    quote! {
        #({
            let again = &mut reader.clone();
            let reader = again;
            #reads
        })*
        #last
    }
}

fn read(declaration: &Declaration<'_>, position: usize) -> Option<TokenStream> {
    let field = declaration.fields.get(position)?;
    let Place::Wire(wire) = &field.place else { return None };
    let Wire { shape, below, absent, route, .. } = &**wire;
    let (local, key, codec) = (local(position), route.last()?, wire.codec());
    let absent = quote!(&[#(#absent),*]);
    // What does not fit the field's type is an error at that type.
    let at = at(field.ty);
    let read = match (shape, below) {
        (Shape::Scalar, _) => quote_spanned!(at=> ::crossdock_runtime::record::leaf(reader, &#codec, #absent)?),
        (Shape::Nested, _) => quote_spanned!(at=> ::crossdock_runtime::record::nested(reader, notes, #absent)?),
        (Shape::Many, _) => quote_spanned!(at=> ::crossdock_runtime::record::list(reader, notes, #absent)?),
        (Shape::Each, _) => quote_spanned!(at=> ::crossdock_runtime::record::list_of(reader, &#codec, #absent)?),
        (Shape::Raw, _) => quote_spanned!(at=> ::crossdock_runtime::derived::json(reader, #absent)?),
        (Shape::Changes, _) => quote_spanned!(at=> ::crossdock_runtime::changes::read(reader)?),
        (Shape::Entries, false) => {
            quote_spanned!(at=> ::crossdock_runtime::derived::scalars(reader, &#codec, #absent)?)
        }
        (Shape::Entries, true) => quote_spanned!(at=> ::crossdock_runtime::derived::entries(reader, #absent, |reader| {
            ::crossdock_runtime::Record::decode(reader, notes)
        })?),
    };
    Some(quote! {
        if !#local.is_missing() {
            return ::core::result::Result::Err(::crossdock_runtime::record::duplicate(reader, #key));
        }
        #local = #read;
    })
}

/// Whether anything in the tree is read.
fn reads(routes: &Routes) -> bool {
    routes.keys.iter().any(|key| !key.fields.is_empty() || reads(&key.below))
}

fn local(position: usize) -> Ident {
    format_ident!("field_{position}")
}

fn flag(key: &Key) -> Ident {
    format_ident!("entered_{}", key.number)
}
