//! What values look like as JSON: schemas of types, canonical and on the wire.
//!
//! [`Shapes`] collects the named schemas that a document's schemas refer to, each once, in order of first mention;
//! they are made from a queue, so that types may contain each other without end. Absent on purpose: documents.

mod canonical;
mod codec;
mod created;
mod direction;
mod patch;
mod scalar;
mod status;
mod told;
mod wire;

pub(super) use canonical::closed;
pub(super) use direction::{Directions, Way};
pub(super) use patch::{Writable, writable};

use crate::lower::reads::Reads;
use crate::model::{Codes, Flow, Id, Model, PublishedEvent, Struct, System};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};

/// Something that has a named schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// An object, value or `ids`, in the canonical encoding.
    Canonical(Id<Struct>),
    /// What a system sets of a new object, or, where none is named, any of its originators; or of a value in one.
    Created {
        /// The object or value.
        of: Id<Struct>,
        /// The object that is created.
        object: Id<Struct>,
        /// Who creates it.
        by: Option<Id<System>>,
    },
    /// A record as it travels, in or out.
    Wire(Id<Struct>, Way),
    /// A code list, or the states of a lifecycle.
    Codes(Id<Codes>),
    /// An amount of money.
    Money,
    /// A quantity.
    Quantity,
    /// What an event tells of its object.
    Told(Id<PublishedEvent>),
    /// Where an instance of a flow is.
    Status(Id<Flow>),
    /// Problem details of an API.
    Problem,
}

/// What the schemas of a document are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// JSON Schema 2020-12.
    JsonSchema,
    /// OpenAPI 3.1, which is that too.
    OpenApi,
    /// AsyncAPI 3.0, whose schemas are of draft 7: words beside a reference count for nothing.
    AsyncApi,
}

impl Dialect {
    /// Where named schemas stand.
    fn prefix(self) -> &'static str {
        match self {
            Dialect::JsonSchema => "#/$defs/",
            Dialect::OpenApi | Dialect::AsyncApi => "#/components/schemas/",
        }
    }
}

/// Makes schemas, and keeps the named ones that they refer to.
pub(super) struct Shapes<'m> {
    model: &'m Model,
    directions: &'m Directions,
    dialect: Dialect,
    /// What the document itself is the schema of.
    root: Option<Named>,
    /// The fields that objects and values have, where they don't have all.
    only: Option<Reads>,
    names: BTreeMap<Named, String>,
    /// In order of first mention; null until made.
    made: Map<String, Value>,
    queue: VecDeque<Named>,
}

impl<'m> Shapes<'m> {
    /// For a document of a dialect, which may itself be the schema of something named.
    pub(super) fn new(model: &'m Model, directions: &'m Directions, dialect: Dialect, root: Option<Named>) -> Self {
        let (names, made, queue) = (BTreeMap::new(), Map::new(), VecDeque::new());
        Shapes { model, directions, dialect, root, only: None, names, made, queue }
    }

    /// The same, of objects and values that have these fields only.
    pub(super) fn only(self, fields: Reads) -> Self {
        Shapes { only: Some(fields), ..self }
    }

    /// A reference to a named schema.
    pub(super) fn refer(&mut self, named: Named) -> Value {
        let named = match named {
            Named::Wire(id, way) => Named::Wire(id, self.directions.way(id, way)),
            other => other,
        };
        if self.root == Some(named) {
            return json!({ "$ref": "#" });
        }
        let name = match self.names.get(&named) {
            Some(name) => name.clone(),
            None => self.register(named),
        };
        // Names are of letters, digits, `.`, `_` and `-`: nothing to escape in a pointer.
        json!({ "$ref": format!("{}{name}", self.dialect.prefix()) })
    }

    /// A schema that words may stand beside, where it is a reference, as the dialect has it.
    fn worded(&self, schema: Map<String, Value>) -> Value {
        let alone = schema.len() < 2 || !schema.contains_key("$ref");
        if self.dialect != Dialect::AsyncApi || alone {
            return schema.into();
        }
        let moved = |(key, value)| match key {
            key if key == "$ref" => ("allOf".to_owned(), json!([{ "$ref": value }])),
            key => (key, value),
        };
        schema.into_iter().map(moved).collect::<Map<_, _>>().into()
    }

    /// Makes all that was referred to, and what that refers to, and gives it back by name.
    pub(super) fn finish(mut self) -> Map<String, Value> {
        while let Some(named) = self.queue.pop_front() {
            let schema = self.make(named);
            if let Some(place) = self.names.get(&named).and_then(|name| self.made.get_mut(name)) {
                *place = schema;
            }
        }
        self.made
    }

    /// The schema itself, not a reference.
    pub(super) fn make(&mut self, named: Named) -> Value {
        match named {
            Named::Canonical(id) => self.canonical(id),
            Named::Created { of, object, by } => self.created(of, object, by),
            Named::Wire(id, way) => self.wire(id, way),
            Named::Codes(id) => self.codes(id),
            Named::Money => scalar::money(),
            Named::Quantity => scalar::quantity(),
            Named::Told(event) => self.told(event),
            Named::Status(flow) => self.status(flow),
            Named::Problem => scalar::problem(),
        }
    }

    fn register(&mut self, named: Named) -> String {
        let plain = match named {
            Named::Canonical(id) | Named::Wire(id, Way::In) => self.model.structs[id].name.clone(),
            Named::Created { of, by, .. } => {
                let by = by.map_or_else(String::new, |system| format!(".{}", self.model.systems[system].name));
                format!("{}.create{by}", self.model.structs[of].name)
            }
            Named::Wire(id, Way::Out) => self.directions.name_out(self.model, id),
            Named::Codes(id) => self.model.codes[id].name.clone(),
            Named::Money => "money".to_owned(),
            Named::Quantity => "quantity".to_owned(),
            Named::Told(event) => {
                let event = &self.model.events[event];
                format!("{}.v{}", event.name, event.version)
            }
            Named::Status(flow) => format!("{}.status", self.model.flows[flow].name),
            Named::Problem => "problem".to_owned(),
        };
        // A record may have the name of an object, and both be needed in one document.
        let mut name = plain.clone();
        let mut count = 2_usize;
        while self.made.contains_key(&name) {
            name = format!("{plain}-{count}");
            count += 1;
        }
        self.made.insert(name.clone(), Value::Null);
        self.names.insert(named, name.clone());
        self.queue.push_back(named);
        name
    }
}

/// The schema, admitting null besides.
fn nullable(schema: Value) -> Value {
    let Value::Object(mut map) = schema else { return schema };
    match map.get("type").cloned() {
        Some(ty @ Value::String(_)) if !map.contains_key("const") => {
            map.insert("type".to_owned(), json!([ty, "null"]));
            if let Some(Value::Array(codes)) = map.get_mut("enum") {
                codes.push(Value::Null);
            }
            Value::Object(map)
        }
        Some(Value::Array(mut types)) => {
            if !types.contains(&Value::from("null")) {
                types.push("null".into());
            }
            map.insert("type".to_owned(), types.into());
            Value::Object(map)
        }
        // No constraint takes null as well.
        None if map.is_empty() => Value::Object(map),
        _ => json!({ "anyOf": [map, { "type": "null" }] }),
    }
}
