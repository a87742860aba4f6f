//! Patches: per system, one type for every struct of which it may ever write something, holding just that. A write by
//! anyone else does not compile; when a write is due is a matter of the grants, and of [`super::write`].

use super::{Canonical, grants, structs, write};
use crate::emit::rust::layout::tokens;
use crate::emit::rust::names as idents;
use crate::emit::rust::print::{Printer, literal};
use crate::lower::names;
use crate::lower::rights::{Writable, module, struct_of, writable};
use crate::model::{Field, Id, Struct, StructKind, System, Type};
use std::collections::{BTreeMap, BTreeSet};

/// The files of `patches/`, if any system may write anything.
pub fn files(crate_: &Canonical<'_>) -> BTreeMap<String, String> {
    let writable = writable(crate_.model);
    let mut files = BTreeMap::new();
    if writable.is_empty() {
        return files;
    }
    let mut index = Printer::file("the workspace's specifications");
    index.module_doc("What each system may write: a module per system, a patch type per object and value.");
    index.blank();
    let modules: BTreeSet<String> = writable.keys().map(|system| module(crate_.model, *system)).collect();
    index.modules(modules.iter().map(String::as_str));
    files.insert("mod.rs".to_owned(), index.finish());
    for (system, writable) in &writable {
        let path = format!("{}.rs", module(crate_.model, *system));
        files.insert(path, file(crate_, *system, writable));
    }
    files
}

fn file(crate_: &Canonical<'_>, id: Id<System>, writable: &Writable) -> String {
    let (model, system) = (crate_.model, &crate_.model.systems[id]);
    let ownerships = model.ownerships.rows().iter().filter(|o| writable.rights.contains_key(&o.object));
    let mut out = Printer::file(&crate_.origin(ownerships.map(|o| o.span)));
    out.module_doc(&format!("What `{}` may write.", system.name));
    out.blank();
    out.line("use crossdock_runtime as rt;");
    out.blank();
    let tables: Vec<(String, &[crate::lower::rights::Right])> =
        writable.rights.iter().map(|(object, rights)| (table(crate_, *object), rights.as_slice())).collect();
    grants::tables(&mut out, &tables);
    let keys = keys(crate_, writable);
    for (of, fields) in &writable.fields {
        let patch = Patch { crate_, system: &system.name, of: *of, fields, keys: &keys };
        out.blank();
        patch.declaration(&mut out);
        out.blank();
        match model.structs[*of].kind {
            StructKind::Object => write::object(&mut out, &patch, &table(crate_, *of)),
            _ => write::value(&mut out, &patch),
        }
    }
    out.finish()
}

fn table(crate_: &Canonical<'_>, object: Id<Struct>) -> String {
    names::snake(&crate_.model.structs[object].name).to_ascii_uppercase()
}

/// The fields that are keys of patched lists, by element.
fn keys(crate_: &Canonical<'_>, writable: &Writable) -> BTreeMap<Id<Struct>, u16> {
    let held = writable.fields.iter().flat_map(|(of, fields)| {
        let of = &crate_.model.structs[*of];
        fields.iter().filter_map(|position| of.field(*position))
    });
    held.filter_map(|field| Some((struct_of(field)?, field.list_key?))).collect()
}

/// The patch of one struct by one system.
pub struct Patch<'p> {
    pub crate_: &'p Canonical<'p>,
    pub system: &'p str,
    pub of: Id<Struct>,
    /// The fields that the system may write.
    pub fields: &'p BTreeSet<u16>,
    /// Which field is the key, of elements of keyed lists.
    pub keys: &'p BTreeMap<Id<Struct>, u16>,
}

/// How a field is patched.
pub enum Shape {
    /// It is the key of the element.
    Key,
    /// As a whole.
    Whole,
    /// Identifiers of a system: written once.
    Identifier,
    /// A status.
    Status,
    /// A value whose fields are patched.
    Nested,
    /// A keyed list.
    List,
}

impl<'p> Patch<'p> {
    /// The struct that is patched.
    pub fn target(&self) -> &'p Struct {
        &self.crate_.model.structs[self.of]
    }

    /// The patch's type.
    pub fn name(&self) -> String {
        idents::patch(self.crate_.model, self.of).to_string()
    }

    /// The fields of the patch, the key of an element first.
    pub fn held(&self) -> Vec<(&'p Field, Shape)> {
        let target = self.target();
        let key = self.keys.get(&self.of).copied();
        let rest = self.fields.iter().copied().filter(|position| Some(*position) != key);
        let positions = key.into_iter().chain(rest);
        positions.filter_map(|position| Some((target.field(position)?, self.shape(position)?))).collect()
    }

    /// How a field is patched; nothing if it is not.
    pub fn shape(&self, position: u16) -> Option<Shape> {
        let target = self.target();
        let field = target.field(position)?;
        if self.keys.get(&self.of) == Some(&position) {
            return Some(Shape::Key);
        }
        if !self.fields.contains(&position) {
            return None;
        }
        Some(match (&field.ty, field.list_key) {
            _ if target.kind == StructKind::Ids => Shape::Identifier,
            _ if target.lifecycle.as_ref().is_some_and(|lifecycle| lifecycle.field == position) => Shape::Status,
            (Type::List(element), Some(_)) if element.as_struct().is_some() => Shape::List,
            (ty, _) if ty.as_struct().is_some() => Shape::Nested,
            _ => Shape::Whole,
        })
    }

    /// The type of a field in the patch.
    fn ty(&self, field: &Field, shape: &Shape) -> String {
        let crate_ = self.crate_;
        let patch =
            |id: Option<Id<Struct>>| id.map_or_else(String::new, |id| idents::patch(crate_.model, id).to_string());
        match shape {
            Shape::Key => crate_.stored(&field.ty),
            Shape::Whole | Shape::Identifier | Shape::Status => {
                format!("rt::Field<{}>", crate_.stored(field.ty.inner()))
            }
            Shape::Nested => {
                format!("rt::Nested<{}, {}>", crate_.stored(field.ty.inner()), patch(field.ty.as_struct()))
            }
            Shape::List => {
                let element = struct_of(field);
                let key = element.zip(field.list_key).and_then(|(id, key)| structs::key_type(crate_, id, key));
                format!("rt::ListPatch<{}, {}>", key.map_or_else(String::new, |(_, ty, _)| ty), patch(element))
            }
        }
    }

    fn declaration(&self, out: &mut Printer) {
        let (target, name) = (self.target(), self.name());
        let whose = target.name.strip_suffix("Ids").filter(|_| target.kind == StructKind::Ids);
        match whose {
            Some(owner) => out.doc(&format!("What `{}` calls a `{owner}`.", self.system)),
            None => out.doc(&format!("What `{}` may change of a `{}`.", self.system, target.name)),
        }
        out.line("#[derive(Debug, Clone, PartialEq, Default, rt::Patch)]");
        out.open(&format!("pub struct {name} {{"));
        for (field, shape) in self.held() {
            out.doc(&structs::documentation(self.crate_, field));
            let rust = names::field_name(&field.name);
            let mut attributes = Vec::new();
            if matches!(shape, Shape::Key) {
                attributes.push("key".to_owned());
            }
            if rust != field.name {
                attributes.push(format!("rename = {}", literal(&field.name)));
            }
            if !attributes.is_empty() {
                out.line(&format!("#[patch({})]", attributes.join(", ")));
            }
            out.field(&rust, &self.ty(field, &shape));
        }
        out.close("}");
        if target.kind != StructKind::Object {
            let stored = tokens(&self.crate_.types.struct_path(self.of));
            out.blank();
            out.open(&format!("impl From<{name}> for rt::Nested<{stored}, {name}> {{"));
            out.open(&format!("fn from(patch: {name}) -> Self {{"));
            out.line("rt::Nested::Patch(patch)");
            out.close("}");
            out.close("}");
        }
    }
}
