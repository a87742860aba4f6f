//! Private records that hold only what a mapping reads.

use super::Module;
use crate::emit::rust::names;
use crate::emit::rust::system::codec;
use crate::lower::reads::Reads;
use crate::model::{Id, Model, Struct, Type, UnknownKeys, WireKind};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeSet;

impl Module<'_> {
    /// A record with only the fields that are read; the others are skipped by name.
    pub(super) fn projection(&self, id: Id<Struct>, read: &BTreeSet<u16>) -> TokenStream {
        let of = &self.model.structs[id];
        let name = names::projected(&of.name);
        let mut fields = Vec::new();
        // What is left out of a union is left out of its variants; what it skips itself are variants.
        let left_out = self.left_out.get(&id).filter(|_| of.one_of.is_none());
        let mut skipped: BTreeSet<Vec<&str>> = left_out.cloned().unwrap_or_default();
        for (position, field) in (0_u16..).zip(&of.fields) {
            let Some(wire) = &field.wire else { continue };
            let WireKind::Route { keys, codec } = &wire.kind else { continue };
            let tag = of.one_of.as_ref().and_then(|u| u.variants.iter().find(|(_, p)| *p == position));
            if !read.contains(&position) {
                match tag {
                    Some((tag, _)) => skipped.insert(vec![tag]),
                    None => skipped.insert(keys.iter().map(String::as_str).collect()),
                };
                continue;
            }
            let ident = names::field(&field.name);
            let ty = self.types.borrowed(&field.ty, &|id| self.projected_type(id));
            let attribute = match tag {
                Some((tag, _)) => quote!(#[tag(#tag)]),
                None => {
                    let mut options = codec::options(&field.ty, codec, &wire.absent);
                    if field.ty.is_optional() {
                        options.push(quote!(optional));
                    }
                    quote!(#[wire(#(#keys),* #(, #options)*)])
                }
            };
            fields.push(quote!(#attribute #ident: rt::Leaf<#ty>,));
        }
        if let Some(changed) = &of.changed {
            let route = &changed.route;
            if self.reads_presence() {
                let ident = names::changes(of);
                fields.push(quote!(#[wire(#(#route),*, changes)] #ident: rt::Leaf<rt::Changes<'a>>,));
            } else {
                skipped.insert(route.iter().map(String::as_str).collect());
            }
        }
        let unknown = match of.unknown {
            UnknownKeys::Reject => "reject",
            UnknownKeys::Warn => "warn",
            UnknownKeys::Ignore => "ignore",
        };
        let skipped: Vec<TokenStream> = skipped
            .iter()
            .map(|route| match route.as_slice() {
                [key] => quote!(#key),
                keys => quote!((#(#keys),*)),
            })
            .collect();
        let skip = (!skipped.is_empty() && (of.one_of.is_some() || of.unknown != UnknownKeys::Ignore))
            .then(|| quote!(, skip(#(#skipped),*)));
        let one_of = of.one_of.as_ref().map(|u| {
            let by = &u.by;
            quote!(, one_of = #by)
        });
        let lifetime = self.borrows(id).then(|| quote!(<'a>));
        let doc = format!(" What is read of a `{}`.", of.full_name(self.model));
        // Of the answer to a lookup, which is decoded where it is used, parts are taken rather than lent.
        let clone = self.needs.answers.then(|| quote!(Clone,));
        quote! {
            #[doc = #doc]
            #[derive(#clone Record)]
            #[record(unknown = #unknown #skip #one_of)]
            struct #name #lifetime {
                #[record(at)]
                at: u32,
                #(#fields)*
            }
        }
    }

    pub(super) fn reads_presence(&self) -> bool {
        crate::lower::reads::asks_presence(self.mapping)
    }

    pub(super) fn projected_type(&self, id: Id<Struct>) -> TokenStream {
        let name = names::projected(&self.model.structs[id].name);
        let lifetime = self.borrows(id).then(|| quote!(<'a>));
        quote!(#name #lifetime)
    }

    /// Whether a projected record holds anything borrowed from the payload.
    pub(super) fn borrows(&self, id: Id<Struct>) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let of = &self.model.structs[id];
            if of.changed.is_some() && self.reads_presence() {
                return true;
            }
            let Some(read) = self.reads.get(&id) else { continue };
            for field in read.iter().filter_map(|p| of.field(*p)) {
                let mut ty = &field.ty;
                while let Type::Optional(inner) | Type::List(inner) | Type::Map(_, inner) = ty {
                    if let Type::Map(..) = ty {
                        return true;
                    }
                    ty = inner;
                }
                match ty {
                    Type::Struct(inner) => open.push(*inner),
                    t if t.is_text() => return true,
                    _ => {}
                }
            }
        }
        false
    }
}

/// The records that are read, and those that they hold without a field of theirs being read: their size, or that they
/// are there, may be asked for.
pub(super) fn with_what_they_hold(model: &Model, mut reads: Reads) -> Reads {
    let mut open: Vec<Id<Struct>> = reads.keys().copied().collect();
    while let Some(id) = open.pop() {
        let read = reads.get(&id).cloned().unwrap_or_default();
        for field in read.iter().filter_map(|position| model.structs[id].field(*position)) {
            let mut ty = &field.ty;
            while let Type::Optional(inner) | Type::List(inner) | Type::Map(_, inner) = ty {
                ty = inner;
            }
            if let Type::Struct(inner) = ty
                && model.structs[*inner].is_record()
                && !reads.contains_key(inner)
            {
                reads.insert(*inner, BTreeSet::new());
                open.push(*inner);
            }
        }
    }
    reads
}
