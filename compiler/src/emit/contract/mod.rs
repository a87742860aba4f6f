//! Contracts that others read: JSON Schemas of every object, patch and record, and OpenAPI documents of every API and
//! every system with HTTP operations.
//!
//! [`shape`] says what a value looks like as JSON, in its canonical encoding and on a system's wire; [`json_schema`]
//! and [`openapi`] put those shapes into documents. Documents are ordered JSON values: keys come in the order of
//! declaration, so the bytes are a function of the specs. Absent on purpose: events that the workspace publishes, and
//! anything that touches a disk.

pub mod json_schema;
pub mod openapi;
mod raises;
mod shape;
mod words;

use super::files::{Files, PathError};
use crate::model::Model;
use serde_json::{Map, Value};

/// Everything under `contracts/`. A path that can't be generated (two names that a file system takes for one) is
/// returned with the files that could.
pub fn emit(model: &Model) -> (Files, Vec<PathError>) {
    let mut files = Files::new();
    let mut refused = Vec::new();
    for (path, document) in json_schema::documents(model).into_iter().chain(openapi::documents(model)) {
        if let Err(error) = files.insert(format!("contracts/{path}"), document) {
            refused.push(error);
        }
    }
    (files, refused)
}

/// A document's text: two blanks of indentation, one line break at the end.
fn text(document: &Value) -> Vec<u8> {
    // Writing a value of text keys into memory has no way to fail.
    let mut bytes = serde_json::to_vec_pretty(document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Adds the entries of one JSON object to another; what is there stays in its place.
fn extend(map: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        map.extend(more);
    }
}

/// Adds an entry if there is anything to add.
fn put(map: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value.into());
    }
}
