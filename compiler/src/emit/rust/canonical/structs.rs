//! Declarations of stored structs: values, identifiers, and the data of objects, in the canonical encoding.

use super::{Canonical, checks};
use crate::emit::rust::print::{Printer, literal};
use crate::lower::names;
use crate::model::{Field, FieldRole, Id, Struct, StructKind, Type};

/// `values.rs`: values, and the identifiers of values and objects.
pub fn values(crate_: &Canonical<'_>) -> String {
    let structs = crate_.model.structs.iter();
    let values: Vec<_> = structs.filter(|(_, s)| matches!(s.kind, StructKind::Value | StructKind::Ids)).collect();
    let mut out = Printer::file(&crate_.origin(values.iter().map(|(_, value)| value.span)));
    out.module_doc("What objects are made of, and what they are called in the systems.");
    if values.is_empty() {
        return out.finish();
    }
    out.blank();
    out.line("use crossdock_runtime as rt;");
    for (id, value) in values {
        out.blank();
        declaration(&mut out, crate_, &names::type_name(&value.name), value);
        if value.kind == StructKind::Ids {
            out.blank();
            ids(&mut out, value);
        }
        checks::initials(&mut out, crate_, id, &names::type_name(&value.name));
        if crate_.is_checked(id) {
            checks::validate(&mut out, crate_, value, &names::type_name(&value.name));
        }
    }
    out.finish()
}

/// A struct with public fields and serde's traits.
pub fn declaration(out: &mut Printer, crate_: &Canonical<'_>, name: &str, of: &Struct) {
    match (&of.description, of.kind) {
        (Some(description), _) => out.doc(description),
        (None, StructKind::Ids) => {
            let owner = of.name.strip_suffix("Ids").unwrap_or(&of.name);
            out.doc(&format!("What a `{owner}` is called in other systems; each is written once, by that system."));
        }
        (None, _) => out.doc(&format!("The value `{}`.", of.name)),
    }
    let default = if of.kind == StructKind::Ids { "Default, " } else { "" };
    out.line(&format!("#[derive(Debug, Clone, PartialEq, {default}rt::serde::Serialize, rt::serde::Deserialize)]"));
    out.line("#[serde(crate = \"crossdock_runtime::serde\", deny_unknown_fields)]");
    if of.fields.is_empty() {
        return out.line(&format!("pub struct {name} {{}}"));
    }
    out.open(&format!("pub struct {name} {{"));
    for field in &of.fields {
        self::field(out, crate_, field);
    }
    out.close("}");
}

fn field(out: &mut Printer, crate_: &Canonical<'_>, field: &Field) {
    out.doc(&documentation(crate_, field));
    let name = names::field_name(&field.name);
    let mut attributes = Vec::new();
    if name != field.name {
        attributes.push(format!("rename = {}", literal(&field.name)));
    }
    match (&field.ty, field.role) {
        (Type::Optional(_), _) => {
            attributes.push("default".to_owned());
            attributes.push("skip_serializing_if = \"Option::is_none\"".to_owned());
        }
        (Type::Struct(ids), FieldRole::Ids) => {
            attributes.push("default".to_owned());
            let path = format!("crate::{}::is_empty", names::type_name(&crate_.model.structs[*ids].name));
            attributes.push(format!("skip_serializing_if = {}", literal(&path)));
        }
        _ => {}
    }
    if !attributes.is_empty() {
        attribute(out, &attributes);
    }
    out.field(&name, &crate_.stored(&field.ty));
}

/// `#[serde(…)]`, below each other where they are long.
fn attribute(out: &mut Printer, arguments: &[String]) {
    let joined = arguments.join(", ");
    let line = format!("#[serde({joined})]");
    if joined.chars().count() <= 70 && out.fits(&line) {
        return out.line(&line);
    }
    out.open("#[serde(");
    for (position, argument) in arguments.iter().enumerate() {
        let comma = if position + 1 == arguments.len() { "" } else { "," };
        out.line(&format!("{argument}{comma}"));
    }
    out.close(")]");
}

/// What the specification says of a field; its name and type, if nothing.
pub fn documentation(crate_: &Canonical<'_>, field: &Field) -> String {
    match &field.description {
        Some(description) if !description.trim().is_empty() => description.clone(),
        _ => format!("`{}`: {}.", field.name, described(crate_, &field.ty)),
    }
}

fn described(crate_: &Canonical<'_>, ty: &Type) -> String {
    match ty {
        Type::Code(id) => format!("a state or code of `{}`", crate_.model.codes[*id].name),
        Type::Optional(inner) if matches!(**inner, Type::Code(_)) => format!("{}, if any", described(crate_, inner)),
        ty => format!("`{}`", ty.show(crate_.model)),
    }
}

fn ids(out: &mut Printer, of: &Struct) {
    out.open(&format!("impl {} {{", names::type_name(&of.name)));
    out.doc("Whether no system's identifier is known.");
    out.line("#[must_use]");
    out.open("pub fn is_empty(&self) -> bool {");
    out.line("*self == Self::default()");
    out.close("}");
    out.close("}");
}

/// The Rust type of a keyed list's key.
pub fn key_type(crate_: &Canonical<'_>, element: Id<Struct>, key: u16) -> Option<(String, String, bool)> {
    let field = crate_.model.structs[element].field(key)?;
    let name = names::field_name(&field.name);
    Some((name, crate_.stored(&field.ty), field.ty.is_text()))
}
