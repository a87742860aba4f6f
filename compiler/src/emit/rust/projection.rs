//! Private records that hold only what is read of them.

use crate::emit::rust::layout::tokens;
use crate::emit::rust::names;
use crate::emit::rust::print::{Printer, literal};
use crate::emit::rust::system::codec;
use crate::emit::rust::types::RustTypes;
use crate::lower::left_out::{LeftOut, left_out};
use crate::lower::reads::Reads;
use crate::model::{Id, Mapping, Model, Struct, StructKind, Type, UnknownKeys, WireKind};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// The records that a module reads.
#[allow(clippy::struct_excessive_bools)]
pub struct Projections<'m> {
    model: &'m Model,
    types: &'m RustTypes<'m>,
    reads: Reads,
    left_out: LeftOut<'m>,
    /// Whether it is asked if a source is missing or cleared.
    pub presence: bool,
    /// Whether parts of them are taken rather than lent.
    pub cloned: bool,
    /// Whether records of several systems stand in the module, so that names begin with the system's.
    pub several: bool,
    /// Whether what is noted on the way is of no interest.
    pub quiet: bool,
}

impl<'m> Projections<'m> {
    /// The records of a module that these mappings, or what they are applied to, read.
    pub fn new(model: &'m Model, types: &'m RustTypes<'m>, reads: Reads, mappings: &[&'m Mapping]) -> Self {
        let reads = with_what_they_hold(model, reads);
        let left_out = left_out(model, mappings, &reads);
        Projections { model, types, reads, left_out, presence: false, cloned: false, several: false, quiet: false }
    }

    /// Prints the declarations, one after the other.
    pub fn print(&self, out: &mut Printer) {
        for (id, fields) in self.reads.iter().filter(|(id, _)| self.model.structs[**id].is_record()) {
            out.blank();
            self.item(*id, fields, out);
        }
    }

    /// The name of a record's part.
    pub fn name(&self, id: Id<Struct>) -> Ident {
        let of = &self.model.structs[id];
        match of.kind {
            StructKind::Record(system) if self.several => {
                let system = crate::lower::names::type_name(&self.model.systems[system].name);
                format_ident!("{system}{}", crate::lower::names::type_name(&of.name))
            }
            _ => names::projected(&of.name),
        }
    }

    /// A record with only the fields that are read; the others are skipped by name.
    fn item(&self, id: Id<Struct>, read: &BTreeSet<u16>, out: &mut Printer) {
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
            let ty = tokens(&self.types.borrowed(&field.ty, &|id| self.typed(id)));
            fields.push((attribute, arguments, names::field(&field.name).to_string(), format!("rt::Leaf<{ty}>")));
        }
        if let Some(changed) = &of.changed {
            let route = &changed.route;
            if self.presence {
                let keys = route.iter().map(|key| literal(key)).chain(["changes".to_owned()]).collect();
                let ty = "rt::Leaf<rt::Changes<'a>>".to_owned();
                fields.push(("wire", keys, names::changes(of).to_string(), ty));
            } else {
                skipped.insert(route.iter().map(String::as_str).collect());
            }
        }
        let unknown = match of.unknown {
            UnknownKeys::Reject => "reject",
            UnknownKeys::Warn if !self.quiet => "warn",
            UnknownKeys::Warn | UnknownKeys::Ignore => "ignore",
        };
        let mut about = vec![format!("unknown = {}", literal(unknown))];
        if !skipped.is_empty() && (of.one_of.is_some() || unknown != "ignore") {
            let skipped: Vec<String> = skipped.iter().map(|route| skip(route)).collect();
            about.push(format!("skip({})", skipped.join(", ")));
        }
        about.extend(of.one_of.as_ref().map(|union| format!("one_of = {}", literal(&union.by))));
        out.doc(&format!("What is read of a `{}`.", of.full_name(self.model)));
        out.line(if self.cloned { "#[derive(Clone, Record)]" } else { "#[derive(Record)]" });
        out.attribute("record", &about);
        out.open(&format!("struct {} {{", tokens(&self.typed(id))));
        out.line("#[record(at)]");
        out.line("at: u32,");
        for (attribute, arguments, name, ty) in &fields {
            out.attribute(attribute, arguments);
            out.private_field(name, ty);
        }
        out.close("}");
    }

    /// Its type.
    pub fn typed(&self, id: Id<Struct>) -> TokenStream {
        let name = self.name(id);
        let lifetime = self.borrows(id).then(|| quote!(<'a>));
        quote!(#name #lifetime)
    }

    /// Whether a projected record holds anything borrowed from the payload.
    pub fn borrows(&self, id: Id<Struct>) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let of = &self.model.structs[id];
            if of.changed.is_some() && self.presence {
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
fn with_what_they_hold(model: &Model, mut reads: Reads) -> Reads {
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
