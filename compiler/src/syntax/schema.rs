//! The editor's JSON Schema (2020-12), put together from what the syntax types say of themselves: one schema per kind
//! of document, and one for any spec file, which looks at `kind`.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The dialect of the schemas.
pub(super) const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Collects the definitions that a schema refers to.
#[derive(Debug, Default)]
pub struct SchemaBuilder {
    definitions: BTreeMap<&'static str, Value>,
}

/// The keys of an object in the making.
#[derive(Debug, Default)]
pub struct SchemaKeys {
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl SchemaKeys {
    /// Adds a key.
    pub fn add(&mut self, key: &str, doc: &str, needed: bool, schema: Value) {
        let mut property = json!({ "description": clean(doc) });
        // A reference may stand beside a description of its own.
        if let (Value::Object(property), Value::Object(schema)) = (&mut property, schema) {
            for (name, value) in schema {
                property.entry(name).or_insert(value);
            }
        }
        self.properties.insert(key.to_owned(), property);
        if needed {
            self.required.push(key.into());
        }
    }
}

impl SchemaBuilder {
    /// A schema that refers to the definition of an object, which is made once. With `short`, anything but a map
    /// stands for the value of that key.
    pub fn object(
        &mut self,
        name: &'static str,
        doc: &str,
        short: Option<&'static str>,
        keys: impl FnOnce(&mut SchemaBuilder, &mut SchemaKeys),
    ) -> Value {
        let reference = json!({ "$ref": format!("#/$defs/{name}") });
        if self.definitions.contains_key(name) {
            return reference;
        }
        // Known before it is complete: definitions may contain themselves.
        self.definitions.insert(name, Value::Null);
        let mut collected = SchemaKeys::default();
        keys(self, &mut collected);
        let brief = short.and_then(|key| collected.properties.get(key).cloned());
        let mut object = json!({
            "type": "object",
            "description": clean(doc),
            "properties": collected.properties,
            "additionalProperties": false,
        });
        if let (false, Some(object)) = (collected.required.is_empty(), object.as_object_mut()) {
            object.insert("required".to_owned(), collected.required.into());
        }
        let definition = match brief {
            Some(brief) => json!({ "description": clean(doc), "anyOf": [brief, object] }),
            None => object,
        };
        self.definitions.insert(name, definition);
        reference
    }

    /// The schema of a kind of document: its definition with `kind` added, and all that it refers to.
    pub fn document(mut self, title: &str, kind: Option<&str>, reference: &Value) -> Value {
        let name = reference.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        let mut root = name.and_then(|name| self.definitions.remove(name)).unwrap_or_else(|| json!({}));
        if let Some(kind) = kind {
            add_kind(&mut root, kind);
        }
        let mut schema = json!({ "$schema": DIALECT, "title": title });
        if let (Some(schema), Value::Object(root)) = (schema.as_object_mut(), root) {
            schema.extend(root);
            if !self.definitions.is_empty() {
                schema.insert("$defs".to_owned(), self.into_definitions());
            }
        }
        schema
    }

    /// Adds the definition of a kind of document, `kind` included, and gives a reference to it.
    pub fn kind(&mut self, kind: &str, reference: Value) -> Value {
        let name = reference.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        if let Some(root) = name.and_then(|name| self.definitions.get_mut(name)) {
            add_kind(root, kind);
        }
        reference
    }

    /// All definitions.
    pub fn into_definitions(self) -> Value {
        Value::Object(self.definitions.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

fn add_kind(root: &mut Value, kind: &str) {
    let Some(root) = root.as_object_mut() else { return };
    if let Some(Value::Object(properties)) = root.get_mut("properties") {
        properties.insert("kind".to_owned(), json!({ "const": kind, "description": "The kind of document." }));
    }
    match root.get_mut("required") {
        Some(Value::Array(required)) => required.insert(0, "kind".into()),
        _ => drop(root.insert("required".to_owned(), json!(["kind"]))),
    }
}

fn clean(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}
