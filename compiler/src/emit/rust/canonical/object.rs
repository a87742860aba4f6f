//! An object's module: its data, the validated object around it, and the way in.

use super::{Canonical, checks, lifecycle, structs};
use crate::emit::rust::print::Printer;
use crate::lower::names;
use crate::model::{Id, Struct};

/// The object's file.
pub fn file(crate_: &Canonical<'_>, id: Id<Struct>, object: &Struct) -> String {
    let name = names::object_type_name(&object.name);
    let mut out = Printer::file(&crate_.origin([object.span]));
    out.module_doc(&format!("The object `{}`: its data, and the object that its invariants hold of.", object.name));
    out.blank();
    out.line("use crossdock_runtime as rt;");
    out.blank();
    data(&mut out, crate_, &name, object);
    checks::initials(&mut out, crate_, id, "Data");
    checks::validate(&mut out, crate_, object, "Data");
    out.blank();
    wrapper(&mut out, crate_, &name, object);
    lifecycle::modules(&mut out, crate_, &name, object);
    out.finish()
}

fn data(out: &mut Printer, crate_: &Canonical<'_>, name: &str, object: &Struct) {
    let what = object.description.as_deref().unwrap_or_default().trim();
    let text = format!("What is known of `{name}`; it becomes one by `{name}::try_from`.\n\n{what}");
    let described = Struct { description: Some(text.trim_end().to_owned()), ..object.clone() };
    structs::declaration(out, crate_, "Data", &described);
}

fn wrapper(out: &mut Printer, crate_: &Canonical<'_>, name: &str, object: &Struct) {
    let what = object.description.clone().unwrap_or_else(|| format!("The object `{name}`."));
    out.doc(&format!("{}\n\nIts bounds and invariants hold: the way in is [`TryFrom<Data>`](Data).", what.trim()));
    out.line("#[derive(Debug, Clone, PartialEq, rt::serde::Deserialize)]");
    out.line("#[serde(crate = \"crossdock_runtime::serde\", try_from = \"Data\")]");
    out.line(&format!("pub struct {name}(Data);"));
    out.blank();
    out.open(&format!("impl {name} {{"));
    out.doc("What is known of it.");
    out.line("#[must_use]");
    out.open("pub fn data(&self) -> &Data {");
    out.line("&self.0");
    out.close("}");
    out.blank();
    out.doc("What was known of it, no longer held to the invariants.");
    out.line("#[must_use]");
    out.open("pub fn into_data(self) -> Data {");
    out.line("self.0");
    out.close("}");
    lifecycle::methods(out, crate_, object);
    out.close("}");
    out.blank();
    out.open(&format!("impl TryFrom<Data> for {name} {{"));
    out.line("type Error = rt::Failure;");
    out.blank();
    out.open("fn try_from(data: Data) -> rt::Result<Self> {");
    out.line("data.validate()?;");
    out.line("Ok(Self(data))");
    out.close("}");
    out.close("}");
    out.blank();
    out.open(&format!("impl From<{name}> for Data {{"));
    out.open(&format!("fn from(object: {name}) -> Self {{"));
    out.line("object.0");
    out.close("}");
    out.close("}");
    out.blank();
    out.open(&format!("impl AsRef<Data> for {name} {{"));
    out.open("fn as_ref(&self) -> &Data {");
    out.line("&self.0");
    out.close("}");
    out.close("}");
    out.blank();
    out.open(&format!("impl rt::serde::Serialize for {name} {{"));
    let serializer = ["&self", "serializer: S"];
    out.function("fn serialize<S: rt::serde::Serializer>", &serializer, " -> Result<S::Ok, S::Error>");
    out.line("rt::serde::Serialize::serialize(&self.0, serializer)");
    out.close("}");
    out.close("}");
}
