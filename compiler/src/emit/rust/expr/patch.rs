//! Patches: untouched, cleared or set, field by field; lists by key.

use super::{Compiler, Held};
use crate::emit::rust::names;
use crate::expr::ir::{EachPatch, Kind, Node, Patch};
use proc_macro2::TokenStream;
use quote::quote;

impl Compiler<'_> {
    pub(super) fn patch(&mut self, patch: &Patch) -> TokenStream {
        let path = self.types.patch_path(patch.of, patch.system);
        let model = self.model;
        let declared = &model.structs[patch.of];
        let sets: Vec<TokenStream> = patch
            .fields
            .iter()
            .filter_map(|field| {
                let ident = names::field(&declared.field(field.field)?.name);
                let value = self.patched(&field.value);
                let touched = self.expr(&field.touched);
                let clears = self.expr(&field.clears);
                let made = match value {
                    Patched::Nested(value) => quote!(#value),
                    Patched::Value(value) => quote!(match #value {
                        Some(value) => rt::Field::Set(value),
                        None if #clears => rt::Field::Cleared,
                        None => rt::Field::Untouched,
                    }),
                };
                Some(quote!(if #touched {
                    patch.#ident = #made;
                }))
            })
            .collect();
        quote!({
            let mut patch = #path::default();
            #(#sets)*
            patch
        })
    }

    fn patched(&mut self, value: &Node) -> Patched {
        let inner = match &value.kind {
            Kind::At(_, inner) => inner,
            _ => value,
        };
        if let Kind::Patch(_) | Kind::EachPatch(_) = inner.kind {
            return Patched::Nested(self.expr(value));
        }
        if let Kind::At(segment, inner) = &value.kind
            && inner.fails
        {
            let stored = self.stored(inner);
            let (file, line) = self.place(inner.span);
            return Patched::Value(quote!((|| -> rt::Result<_> { Ok(#stored) })()
                .map_err(|failure| failure.in_field(#segment).at_spec(#file, #line))?));
        }
        Patched::Value(self.stored(inner))
    }

    pub(super) fn each_patch(&mut self, each: &EachPatch) -> TokenStream {
        let iter = self.iter(&each.list);
        let item = self.declare(each.var, "item", Held::Form);
        let index = each.index.map(|var| self.declare(var, "index", Held::Form));
        let lets = self.lets(&each.lets);
        let drops = self.drops(&each.drops);
        let key = self.stored(&each.key.1);
        let key_field = self.model.structs[each.of].field(each.key.0).map(|f| names::field(&f.name));
        let removed = each.removed.as_ref().map(|r| self.expr(r));
        let body = self.expr(&each.body);
        let position = index.map(|index| quote!(let #index = i64::try_from(position).unwrap_or(i64::MAX);));
        let removed = removed.map(|removed| {
            quote!(if #removed {
                list.removed.push(key);
                return Ok(None);
            })
        });
        quote!({
            let mut list = rt::ListPatch::default();
            for (position, #item) in #iter.enumerate() {
                #position
                let one = (|| -> rt::Result<Option<_>> {
                    #lets
                    #drops
                    let key = #key;
                    #removed
                    let mut one = #body;
                    one.#key_field = key;
                    Ok(Some(one))
                })()
                .map_err(|failure| failure.in_index(position))?;
                list.set.extend(one);
            }
            list
        })
    }
}

enum Patched {
    /// A patch of a struct or list, which says itself what is touched.
    Nested(TokenStream),
    /// An optional.
    Value(TokenStream),
}
