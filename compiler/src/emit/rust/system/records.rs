//! Full records: every declared field as a plain type, decoded at once and encoded.

use super::codec;
use crate::emit::rust::names;
use crate::emit::rust::print::{Printer, compact, literal};
use crate::emit::rust::types::RustTypes;
use crate::model::{Emit, Model, Struct, System, UnknownKeys, WireKind};

/// `records.rs` of a system.
pub fn file(model: &Model, types: &RustTypes<'_>, system: &System, out: &mut Printer) {
    for id in &system.records {
        out.blank();
        record(model, types, &model.structs[*id], out);
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
            out.line(&format!("#[tag({})]", literal(tag)));
        } else {
            let mut parts: Vec<String> = keys.iter().map(|k| literal(k)).collect();
            let options = codec::options(&field.ty, codec, &wire.absent);
            parts.extend(options.iter().map(compact));
            match &wire.emit {
                Emit::Omit => {}
                Emit::Null => parts.push("emit = null".to_owned()),
                Emit::Text(text) => parts.push(format!("emit = {}", literal(text))),
            }
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            out.call("#[wire", &parts, "]");
        }
        let ident = names::field(&field.name).to_string();
        let ty = types.stored(&field.ty);
        let ty = compact(&ty);
        out.field(&ident, &ty);
    }
    out.close("}");
}
