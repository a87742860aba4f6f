//! JSON Schemas, 2020-12: one document per object, value, code list, patch of (object, writing system) and record, each
//! complete in itself. `$id` is the path below `json-schema/`, so that a set of documents can be told apart without a host name.

use super::shape::{Named, Way, Writable, writable};
use super::{Context, extend, put, text};
use crate::model::{Codes, CodesKind, Id, Struct, StructKind};
use rayon::prelude::*;
use serde_json::{Map, Value};

/// The dialect.
pub(super) const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What a document is the schema of.
enum Subject<'m> {
    Canonical(Id<Struct>),
    Patch(Id<Struct>, &'m str, Writable),
    Codes(Id<Codes>),
    Record(&'m str, Id<Struct>, Way),
}

/// All documents by path below `contracts/`, in order of declaration.
pub(super) fn documents(context: &Context<'_>) -> Vec<(String, Vec<u8>)> {
    let model = context.model;
    let mut subjects = Vec::new();
    for (id, of) in model.structs.iter() {
        match of.kind {
            StructKind::Object => {
                subjects.push(Subject::Canonical(id));
                let patches = writable(model, id).into_iter();
                subjects.extend(patches.map(|(system, paths)| Subject::Patch(id, &model.systems[system].name, paths)));
            }
            StructKind::Value => subjects.push(Subject::Canonical(id)),
            StructKind::Ids | StructKind::Record(_) => {}
        }
    }
    let declared = model.codes.iter().filter(|(_, list)| list.kind == CodesKind::Declared);
    subjects.extend(declared.map(|(id, _)| Subject::Codes(id)));
    for system in model.systems.rows() {
        for record in &system.records {
            let ways = context.directions.ways(*record);
            subjects.extend(ways.map(|way| Subject::Record(&system.name, *record, way)));
        }
    }
    subjects.par_iter().map(|subject| document(context, subject)).collect()
}

fn document(context: &Context<'_>, subject: &Subject<'_>) -> (String, Vec<u8>) {
    let model = context.model;
    let (id, title, span) = match subject {
        Subject::Canonical(object) => {
            let of = &model.structs[*object];
            (format!("{}.json", of.name), of.name.clone(), of.span)
        }
        Subject::Patch(object, system, _) => {
            let name = &model.structs[*object].name;
            let span = model.ownership_of(*object).map(|ownership| ownership.span).unwrap_or_default();
            (format!("{name}.patch.{system}.json"), format!("{name}, patched by {system}"), span)
        }
        Subject::Codes(codes) => {
            let list = &model.codes[*codes];
            (format!("{}.json", list.name), list.name.clone(), list.span)
        }
        Subject::Record(system, record, way) => {
            let of = &model.structs[*record];
            let (name, title) = match way {
                Way::In => (of.name.clone(), format!("{system}.{}", of.name)),
                Way::Out => {
                    (context.directions.name_out(model, *record), format!("{system}.{}, as it is sent", of.name))
                }
            };
            (format!("{system}/{name}.json"), title, of.span)
        }
    };
    let mut map = Map::new();
    map.insert("$schema".to_owned(), DIALECT.into());
    map.insert("$id".to_owned(), id.as_str().into());
    map.insert("$comment".to_owned(), context.origin(&[span]).into());
    map.insert("title".to_owned(), title.into());
    let definitions = body(context, subject, &mut map);
    put(&mut map, "$defs", (!definitions.is_empty()).then_some(definitions));
    (format!("json-schema/{id}"), text(&Value::Object(map)))
}

/// Adds the schema itself, and gives back the named ones that it refers to.
fn body(context: &Context<'_>, subject: &Subject<'_>, map: &mut Map<String, Value>) -> Map<String, Value> {
    match subject {
        Subject::Canonical(of) => context.whole(Named::Canonical(*of), map),
        Subject::Codes(codes) => context.whole(Named::Codes(*codes), map),
        Subject::Patch(object, _, paths) => {
            let mut shapes = context.document(None);
            extend(map, shapes.patch(*object, paths));
            shapes.finish()
        }
        Subject::Record(_, record, way) => {
            let of = &context.model.structs[*record];
            if of.root.is_empty() && !of.many {
                return context.whole(Named::Wire(*record, *way), map);
            }
            let mut shapes = context.document(None);
            put(map, "description", of.description.clone());
            let document = shapes.document(*record, *way);
            extend(map, document);
            shapes.finish()
        }
    }
}

impl Context<'_> {
    /// A document that is itself the schema of something named.
    fn whole(&self, named: Named, map: &mut Map<String, Value>) -> Map<String, Value> {
        let mut shapes = self.document(Some(named));
        extend(map, shapes.make(named));
        shapes.finish()
    }
}
