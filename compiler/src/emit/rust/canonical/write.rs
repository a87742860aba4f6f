//! How patches are applied: field by field through the runtime's functions, on a copy that replaces the object only when
//! all of it went well.

use super::patches::{Patch, Shape};
use super::{checks, structs};
use crate::emit::rust::layout::{self, tokens};
use crate::emit::rust::print::{Printer, literal};
use crate::emit::rust::types::is_copy;
use crate::lower::names;
use crate::model::{Field, FieldRole, Ownership, Struct, Type};

/// `apply` of an object's patch.
pub fn object(out: &mut Printer, patch: &Patch<'_>, grants: &str) {
    let (target, model) = (patch.target(), patch.crate_.model);
    let module = names::module_name(&target.name);
    let object = format!("crate::{}", names::object_type_name(&target.name));
    let ownership = model.ownership_of(patch.of);
    out.open(&format!("impl {} {{", patch.name()));
    out.doc(&format!("What `{}` may write of an object as it is.", patch.system));
    out.line("#[must_use]");
    let status = target.lifecycle.as_ref().and_then(|lifecycle| target.field(lifecycle.field));
    let (partition, state) = (partition(target, ownership), code(status));
    let this = if partition == "None" && state == "None" { "_object" } else { "object" };
    let parameters = [&format!("{this}: &crate::{module}::Data"), "originator: Option<&'r str>"];
    out.function("pub fn rights<'r>", &parameters, " -> rt::apply::Rights<'r>");
    out.open("rt::apply::Rights {");
    out.line(&format!("system: {},", literal(patch.system)));
    out.line(&format!("grants: {grants},"));
    out.line(&format!("partition: {partition},"));
    out.line(&format!("state: {state},"));
    out.line("originator,");
    out.close("}");
    out.close("}");
    out.blank();
    out.doc(
        "Applies it as a whole.\n\n# Errors\n`not_owner`, `stale`, `illegal_transition`, `unknown_line`, `absent_value`, or \
         an invariant's exception; the object is then as it was.",
    );
    let parameters = ["&self", &format!("object: &mut {object}"), "context: &rt::ApplyContext<'_>"];
    out.function("pub fn apply", &parameters, " -> rt::Result<rt::Applied>");
    fresh(out, target, ownership);
    out.line("let rights = Self::rights(object.data(), context.originator);");
    out.line("let touched = rt::Patch::touched(self);");
    out.line("rights.check(&touched)?;");
    out.open("let mut applied = rt::Applied {");
    out.line("touched,");
    out.line("..rt::Applied::default()");
    out.close("};");
    out.line("let mut into = object.data().clone();");
    out.line("self.write(&mut into, &rights, &mut applied)?;");
    out.line(&format!("*object = {object}::try_from(into)?;"));
    out.line("Ok(applied)");
    out.close("}");
    out.blank();
    let stored = format!("crate::{module}::Data");
    head(out, patch, &stored, false);
    if paths(patch) {
        out.line("let path = \"\";");
    }
    statements(out, patch);
    out.line("Ok(())");
    out.close("}");
    out.close("}");
}

/// Judges the version that the writer has seen.
fn fresh(out: &mut Printer, target: &Struct, ownership: Option<&Ownership>) {
    match ownership.and_then(|ownership| ownership.token.as_deref()) {
        None => {}
        Some("runtime") => out.line("rt::apply::fresh(context.expected, context.current)?;"),
        Some(token) => {
            let Some(field) = target.fields.iter().find(|field| field.name == token) else { return };
            let place = format!("object.data().{}", names::field_name(token));
            let current = match &field.ty {
                ty if ty.is_text() => format!("Some({place}.as_str())"),
                Type::Optional(inner) if inner.is_text() => format!("{place}.as_deref()"),
                Type::Optional(_) => {
                    out.line(&format!("let current = {place}.as_ref().map(ToString::to_string);"));
                    "current.as_deref()".to_owned()
                }
                _ => {
                    out.line(&format!("let current = {place}.to_string();"));
                    "Some(&current)".to_owned()
                }
            };
            out.call("rt::apply::fresh", &["context.expected", &current], "?;");
        }
    }
}

fn partition(target: &Struct, ownership: Option<&Ownership>) -> String {
    code(ownership.and_then(|ownership| target.field(ownership.partition?)))
}

/// The text of a code field, optional.
fn code(field: Option<&Field>) -> String {
    match field {
        None => "None".to_owned(),
        Some(field) if field.ty.is_optional() => {
            format!("object.{}.map(|code| code.as_str())", names::field_name(&field.name))
        }
        Some(field) => format!("Some(object.{}.as_str())", names::field_name(&field.name)),
    }
}

/// `Write` of a value's patch.
pub fn value(out: &mut Printer, patch: &Patch<'_>) {
    let stored = tokens(&patch.crate_.types.struct_path(patch.of));
    out.open(&format!("impl rt::apply::Write<{stored}> for {} {{", patch.name()));
    head(out, patch, &stored, true);
    statements(out, patch);
    out.line("Ok(())");
    out.close("}");
    out.blank();
    out.open(&format!("fn create(&self) -> rt::Result<{stored}> {{"));
    create(out, patch, &stored);
    out.close("}");
    out.close("}");
}

/// The head of `write`; what no field needs is marked as unused.
fn head(out: &mut Printer, patch: &Patch<'_>, stored: &str, path: bool) {
    let writes = patch.held().iter().any(|(_, shape)| !matches!(shape, Shape::Key));
    let paths = paths(patch);
    let name = |used: bool, name: &str| if used { name.to_owned() } else { format!("_{name}") };
    let mut parameters = vec!["&self".to_owned(), format!("{}: &mut {stored}", name(writes, "into"))];
    if path {
        parameters.push(format!("{}: &str", name(paths, "path")));
    }
    parameters.push(format!("{}: &rt::apply::Rights<'_>", name(paths, "rights")));
    parameters.push(format!("{}: &mut rt::Applied", name(paths, "applied")));
    let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
    out.function("fn write", &parameters, " -> rt::Result<()>");
}

/// Whether any field needs to know where it stands.
fn paths(patch: &Patch<'_>) -> bool {
    patch.held().iter().any(|(_, shape)| matches!(shape, Shape::Status | Shape::Nested | Shape::List))
}

/// One call per field.
fn statements(out: &mut Printer, patch: &Patch<'_>) {
    for (field, shape) in patch.held() {
        let (rust, text) = (names::field_name(&field.name), literal(&field.name));
        let (from, into) = (format!("&self.{rust}"), format!("&mut into.{rust}"));
        let at = format!("(path, {text})");
        let optional = field.ty.is_optional();
        match shape {
            Shape::Key => {}
            Shape::Whole if optional => out.call("rt::apply::optional", &[&from, &into], ";"),
            Shape::Whole => out.call("rt::apply::required", &[&from, &into, &text], "?;"),
            Shape::Identifier => out.call("rt::apply::identifier", &[&from, &into, &text], "?;"),
            Shape::Status => out.call("rt::apply::status", &[&from, &into, &at, "rights", "applied"], "?;"),
            Shape::Nested => {
                let function = if optional { "rt::apply::nested_optional" } else { "rt::apply::nested" };
                out.call(function, &[&from, &into, &at, "rights", "applied"], "?;");
            }
            Shape::List => {
                let element = crate::lower::rights::struct_of(field).zip(field.list_key);
                let key = element.and_then(|(id, key)| structs::key_type(patch.crate_, id, key));
                let Some((key, _, _)) = key else { continue };
                let (of, patched) = (format!("|element| &element.{key}"), format!("|patch| &patch.{key}"));
                out.call("rt::apply::list", &[&from, &into, &at, &of, &patched, "rights", "applied"], "?;");
            }
        }
    }
}

/// A new value: what the patch gives first, then what initial values complete, which may read it.
fn create(out: &mut Printer, patch: &Patch<'_>, stored: &str) {
    let target = patch.target();
    let positions = (0..target.fields.len()).filter_map(|position| u16::try_from(position).ok());
    let fields: Vec<(&Field, Option<Shape>)> =
        positions.filter_map(|position| Some((target.field(position)?, patch.shape(position)))).collect();
    // What the system may never write, and what nothing else gives: there is no adding of such elements.
    if let Some((field, _)) = fields.iter().find(|(field, shape)| shape.is_none() && !is_given(field)) {
        return out.line(&format!("Err(rt::apply::absent({}))", literal(&field.name)));
    }
    let (late, first): (Vec<_>, Vec<_>) = fields.iter().partition(|(field, shape)| {
        field.initial.is_some()
            && field.role != FieldRole::Status
            && matches!(shape, None | Some(Shape::Whole | Shape::Nested))
    });
    for (field, shape) in first {
        given(out, field, shape.as_ref());
    }
    for (field, shape) in late {
        initial(out, target, stored, field, shape.as_ref());
    }
    let all: Vec<String> = fields.iter().map(|(field, _)| names::field_name(&field.name)).collect();
    let joined = all.join(", ");
    let line = format!("Ok({stored} {{ {joined} }})");
    if joined.chars().count() <= layout::FIELDS && out.fits(&line) {
        return out.line(&line);
    }
    out.open(&format!("Ok({stored} {{"));
    for name in all {
        out.line(&format!("{name},"));
    }
    out.close("})");
}

/// Whether a field that a patch does not hold has a value all the same.
fn is_given(field: &Field) -> bool {
    field.initial.is_some()
        || matches!(field.role, FieldRole::Status | FieldRole::Ids)
        || matches!(field.ty, Type::Optional(_) | Type::List(_) | Type::Map(..))
}

fn given(out: &mut Printer, field: &Field, shape: Option<&Shape>) {
    let (rust, text) = (names::field_name(&field.name), literal(&field.name));
    let from = format!("&self.{rust}");
    let optional = field.ty.is_optional();
    let before = |function: &str| format!("let {rust} = rt::apply::{function}");
    match shape {
        Some(Shape::Key) if is_copy(&field.ty) => out.line(&format!("let {rust} = self.{rust};")),
        Some(Shape::Key) => out.line(&format!("let {rust} = self.{rust}.clone();")),
        Some(Shape::Whole) if optional => out.call(&before("given_optional"), &[&from], ";"),
        Some(Shape::Whole) if matches!(field.ty, Type::List(_) | Type::Map(..)) => {
            out.call(&before("given_optional"), &[&from], ".unwrap_or_default();");
        }
        Some(Shape::Whole) => out.call(&before("given"), &[&from, &text], "?;"),
        Some(Shape::Identifier) => out.call(&before("given_optional"), &[&from], ";"),
        Some(Shape::Nested) if optional => out.call(&before("given_nested_optional"), &[&from, &text], "?;"),
        Some(Shape::Nested) => out.call(&before("given_nested"), &[&from, &text], "?;"),
        Some(Shape::List) => out.call(&before("given_list"), &[&from, &text], "?;"),
        // A new element starts where its lifecycle does; a status that is moved at once is moved by the next patch.
        Some(Shape::Status) => out.line(&format!("let {rust} = rt::Lifecycle::INITIAL;")),
        None if field.role == FieldRole::Status => out.line(&format!("let {rust} = rt::Lifecycle::INITIAL;")),
        None if field.ty.is_optional() => out.line(&format!("let {rust} = None;")),
        None => out.line(&format!("let {rust} = Default::default();")),
    }
}

/// A field with an initial value, which the patch may override.
fn initial(out: &mut Printer, target: &Struct, stored: &str, field: &Field, shape: Option<&Shape>) {
    let Some((function, arguments)) = checks::initial_call(target, stored, field) else { return };
    let rust = names::field_name(&field.name);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Some(shape) = shape else {
        return out.call(&format!("let {rust} = {function}"), &arguments, "?;");
    };
    match shape {
        Shape::Nested => {
            let from = [&format!("&self.{rust}") as &str, &literal(&field.name)];
            out.call(&format!("let {rust} = rt::apply::given_nested_optional"), &from, "?;");
        }
        _ => out.line(&format!("let {rust} = rt::apply::given_optional(&self.{rust});")),
    }
    out.open(&format!("let {rust} = match {rust} {{"));
    let optional = field.ty.is_optional();
    out.line(if optional { "Some(value) => Some(value)," } else { "Some(value) => value," });
    let line = format!("None => {function}({})?,", arguments.join(", "));
    if out.fits(&line) {
        out.line(&line);
    } else {
        out.open("None => {");
        out.call(&function, &arguments, "?");
        out.close("}");
    }
    out.close("};");
}
