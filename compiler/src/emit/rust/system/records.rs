//! Full records: every declared field as a plain type, decoded at once and encoded.

use super::codec;
use crate::emit::rust::layout::tokens;
use crate::emit::rust::names;
use crate::emit::rust::print::{Printer, literal};
use crate::emit::rust::types::RustTypes;
use crate::model::{Emit, Id, Model, Struct, System, Type, UnknownKeys, WireKind};
use std::collections::BTreeSet;

/// `records.rs` of a system.
pub fn file(model: &Model, types: &RustTypes<'_>, system: &System, out: &mut Printer) {
    let whole = whole(model, system);
    for id in &system.records {
        out.blank();
        record(model, types, &model.structs[*id], out);
        if whole.contains(id) {
            out.blank();
            payloads(&model.structs[*id], out);
        }
    }
}

fn record(model: &Model, types: &RustTypes<'_>, of: &Struct, out: &mut Printer) {
    out.doc(of.description.as_deref().unwrap_or(""));
    if of.description.is_none() {
        out.doc(&format!("The record `{}`.", of.full_name(model)));
    }
    out.line("#[derive(Debug, Clone, PartialEq, Record)]");
    let unknown = match of.unknown {
        UnknownKeys::Reject => "reject",
        UnknownKeys::Warn => "warn",
        UnknownKeys::Ignore => "ignore",
    };
    let one_of = of.one_of.as_ref().map(|u| format!(", one_of = {}", literal(&u.by))).unwrap_or_default();
    out.line(&format!("#[record(unknown = {}, encode{one_of})]", literal(unknown)));
    let name = names::type_name(&of.name);
    out.open(&format!("pub struct {name} {{"));
    for (i, field) in of.fields.iter().enumerate() {
        let Some(wire) = &field.wire else { continue };
        let WireKind::Route { keys, codec } = &wire.kind else { continue };
        out.doc(field.description.as_deref().unwrap_or(""));
        if field.description.is_none() {
            out.doc(&format!("`{}`: {}.", field.name, field.ty.show(model)));
        }
        let tag = of.one_of.as_ref().and_then(|u| u.variants.iter().find(|(_, p)| usize::from(*p) == i));
        if let Some((tag, _)) = tag {
            let by = of.one_of.as_ref().map_or("", |union| &union.by);
            let own = field.ty.inner().as_struct().is_some_and(|variant| model.structs[variant].writes_key(by));
            out.line(&format!("#[tag({}{})]", literal(tag), if own { ", own" } else { "" }));
        } else {
            let mut parts: Vec<String> = keys.iter().map(|key| literal(key)).collect();
            parts.extend(codec::options(&field.ty, codec, &wire.absent));
            match &wire.emit {
                // What is always there needs no word for none.
                _ if !field.ty.is_optional() => {}
                Emit::Omit => {}
                Emit::Null => parts.push("emit = null".to_owned()),
                Emit::Text(text) => parts.push(format!("emit = {}", literal(text))),
            }
            out.attribute("wire", &parts);
        }
        let ident = names::field(&field.name).to_string();
        let ty = types.stored(&field.ty);
        let ty = tokens(&ty);
        out.field(&ident, &ty);
    }
    out.close("}");
}

/// The records that are documents of their own: what operations, events and mappings name.
fn whole(model: &Model, system: &System) -> BTreeSet<Id<Struct>> {
    let operations =
        system.operations.iter().flat_map(|operation| operation.request.into_iter().chain(operation.response));
    let mappings = model.mappings.iter().flat_map(|(_, mapping)| {
        let target = mapping.target.as_struct().or_else(|| mapping.target.element().and_then(Type::as_struct));
        mapping.inputs.iter().map(|input| input.of).chain(target)
    });
    operations.chain(mappings).collect()
}

/// From and to whole documents.
fn payloads(of: &Struct, out: &mut Printer) {
    let name = names::type_name(&of.name);
    let root: Vec<String> = of.root.iter().map(|step| literal(step)).collect();
    let root = format!("&[{}]", root.join(", "));
    let place = if of.root.is_empty() { String::new() } else { format!(", at `{}`", of.root.join(".")) };
    out.open(&format!("impl {name} {{"));
    let (what, result, read) = if of.many {
        ("The records of a document", "Vec<Self>", "decode_list")
    } else {
        ("The record of a document", "Self", "decode")
    };
    out.doc(&format!("{what}{place}.\n\n# Errors\n\n`decode_failed`, with the path in the payload."));
    out.function(
        "pub fn from_payload",
        &["payload: &[u8]", "notes: &mut rt::Notes"],
        &format!(" -> rt::Result<{result}>"),
    );
    out.line(&format!("Ok(rt::root::{read}(payload, 0, {root}, notes)?.0)"));
    out.close("}");
    out.blank();
    out.doc(&format!("The document that carries it{place}.\n\n# Errors\n\nWhat a value's codec can't spell."));
    out.open("pub fn to_payload(&self) -> rt::Result<Vec<u8>> {");
    out.line(&format!("rt::root::encode(std::slice::from_ref(self), {root}, {})", of.many));
    out.close("}");
    if of.many {
        out.blank();
        out.doc(&format!("The document that carries several{place}.\n\n# Errors\n\nWhat a value's codec can't spell."));
        out.open("pub fn to_payload_of(all: &[Self]) -> rt::Result<Vec<u8>> {");
        out.line(&format!("rt::root::encode(all, {root}, true)"));
        out.close("}");
    }
    out.close("}");
}
