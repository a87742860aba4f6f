//! Private records that hold only what a mapping reads.

use super::Module;
use crate::emit::rust::layout::tokens;
use crate::emit::rust::names;
use crate::emit::rust::print::{Printer, literal};
use crate::emit::rust::system::codec;
use crate::lower::reads::Reads;
use crate::model::{Id, Model, Struct, Type, UnknownKeys, WireKind};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeSet;

impl Module<'_> {
    /// A record with only the fields that are read; the others are skipped by name.
    pub(super) fn projection(&self, id: Id<Struct>, read: &BTreeSet<u16>, out: &mut Printer) {
        let of = &self.model.structs[id];
        // Attribute, its arguments, name, and type.
        let mut fields: Vec<(&str, Vec<String>, String, String)> = Vec::new();
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
            let (attribute, arguments) = match tag {
                Some((tag, _)) => ("tag", vec![literal(tag)]),
                None => {
                    let mut arguments: Vec<String> = keys.iter().map(|key| literal(key)).collect();
                    arguments.extend(codec::options(&field.ty, codec, &wire.absent));
                    if field.ty.is_optional() {
                        arguments.push("optional".to_owned());
                    }
                    ("wire", arguments)
                }
            };
            let ty = tokens(&self.types.borrowed(&field.ty, &|id| self.projected_type(id)));
            fields.push((attribute, arguments, names::field(&field.name).to_string(), format!("rt::Leaf<{ty}>")));
        }
        if let Some(changed) = &of.changed {
            let route = &changed.route;
            if self.reads_presence() {
                let keys = route.iter().map(|key| literal(key)).chain(["changes".to_owned()]).collect();
                let ty = "rt::Leaf<rt::Changes<'a>>".to_owned();
                fields.push(("wire", keys, names::changes(of).to_string(), ty));
            } else {
                skipped.insert(route.iter().map(String::as_str).collect());
            }
        }
        let unknown = match of.unknown {
            UnknownKeys::Reject => "reject",
            UnknownKeys::Warn => "warn",
            UnknownKeys::Ignore => "ignore",
        };
        let mut about = vec![format!("unknown = {}", literal(unknown))];
        if !skipped.is_empty() && (of.one_of.is_some() || of.unknown != UnknownKeys::Ignore) {
            let skipped: Vec<String> = skipped.iter().map(|route| skip(route)).collect();
            about.push(format!("skip({})", skipped.join(", ")));
        }
        about.extend(of.one_of.as_ref().map(|union| format!("one_of = {}", literal(&union.by))));
        out.doc(&format!("What is read of a `{}`.", of.full_name(self.model)));
        // Of the answer to a lookup, which is decoded where it is used, parts are taken rather than lent.
        out.line(if self.needs.answers { "#[derive(Clone, Record)]" } else { "#[derive(Record)]" });
        out.attribute("record", &about);
        out.open(&format!("struct {} {{", tokens(&self.projected_type(id))));
        out.line("#[record(at)]");
        out.line("at: u32,");
        for (attribute, arguments, name, ty) in &fields {
            out.attribute(attribute, arguments);
            out.private_field(name, ty);
        }
        out.close("}");
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

/// The route of a key that is skipped.
fn skip(route: &[&str]) -> String {
    let keys: Vec<String> = route.iter().map(|key| literal(key)).collect();
    match keys.as_slice() {
        [key] => key.clone(),
        keys => format!("({})", keys.join(", ")),
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
