//! JSON Schemas, 2020-12: one document per object, per patch of (object, writing system) and per record, each complete
//! in itself. `$id` is the path below `json-schema/`, so that a set of documents can be told apart without a host name.

use super::shape::{Named, Writable, writable};
use super::{Context, extend, put, text};
use crate::model::{Id, Struct};
use rayon::prelude::*;
use serde_json::{Map, Value};

/// The dialect.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What a document is the schema of.
enum Subject<'m> {
    Object(Id<Struct>),
    Patch(Id<Struct>, &'m str, Writable),
    Record(&'m str, Id<Struct>),
}

/// All documents by path below `contracts/`, in order of declaration.
pub(super) fn documents(context: &Context<'_>) -> Vec<(String, Vec<u8>)> {
    let model = context.model;
    let mut subjects = Vec::new();
    for (object, _) in model.objects() {
        subjects.push(Subject::Object(object));
        for (system, paths) in writable(model, object) {
            subjects.push(Subject::Patch(object, &model.systems[system].name, paths));
        }
    }
    for system in model.systems.rows() {
        subjects.extend(system.records.iter().map(|record| Subject::Record(&system.name, *record)));
    }
    subjects.par_iter().map(|subject| document(context, subject)).collect()
}

fn document(context: &Context<'_>, subject: &Subject<'_>) -> (String, Vec<u8>) {
    let model = context.model;
    let (id, title, span) = match subject {
        Subject::Object(object) => {
            let of = &model.structs[*object];
            (format!("{}.json", of.name), of.name.clone(), of.span)
        }
        Subject::Patch(object, system, _) => {
            let name = &model.structs[*object].name;
            let span = model.ownership_of(*object).map(|ownership| ownership.span).unwrap_or_default();
            (format!("{name}.patch.{system}.json"), format!("{name}, patched by {system}"), span)
        }
        Subject::Record(system, record) => {
            let of = &model.structs[*record];
            (format!("{system}/{}.json", of.name), format!("{system}.{}", of.name), of.span)
        }
    };
    let mut map = Map::new();
    map.insert("$schema".to_owned(), DIALECT.into());
    map.insert("$id".to_owned(), id.as_str().into());
    map.insert("$comment".to_owned(), context.origin(span).into());
    map.insert("title".to_owned(), title.into());
    let definitions = body(context, subject, &mut map);
    put(&mut map, "$defs", (!definitions.is_empty()).then_some(definitions));
    (format!("json-schema/{id}"), text(&Value::Object(map)))
}

/// Adds the schema itself, and gives back the named ones that it refers to.
fn body(context: &Context<'_>, subject: &Subject<'_>, map: &mut Map<String, Value>) -> Map<String, Value> {
    match subject {
        Subject::Object(object) => {
            let mut shapes = context.document(Some(Named::Canonical(*object)));
            extend(map, shapes.make(Named::Canonical(*object)));
            shapes.finish()
        }
        Subject::Patch(object, _, paths) => {
            let mut shapes = context.document(None);
            extend(map, shapes.patch(*object, paths));
            shapes.finish()
        }
        Subject::Record(_, record) => {
            let of = &context.model.structs[*record];
            if of.root.is_empty() && !of.many {
                let mut shapes = context.document(Some(Named::Wire(*record)));
                extend(map, shapes.make(Named::Wire(*record)));
                return shapes.finish();
            }
            let mut shapes = context.document(None);
            put(map, "description", of.description.clone());
            let document = shapes.document(*record);
            extend(map, document);
            shapes.finish()
        }
    }
}
