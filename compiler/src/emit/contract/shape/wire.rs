//! Records as they travel: wire names, routes, codecs, spellings of nothing, unions, and the way from the document to
//! the record.

use super::{Named, Shapes, codec, nullable};
use crate::emit::contract::{extend, put};
use crate::model::{Codec, Emit, Field, Id, OneOf, Struct, Type, UnknownKeys, Wire, WireKind};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The keys of one JSON object: several routes may lead through it.
#[derive(Default)]
struct Level {
    /// In order of first mention.
    keys: Vec<(String, Place)>,
    positions: BTreeMap<String, usize>,
}

/// What stands at a key.
#[derive(Default)]
struct Place {
    /// Each field that is read from here.
    fields: Vec<Value>,
    /// Whether the key must be there.
    required: bool,
    /// Whether null may stand for all that lies below.
    null: bool,
    /// The routes that lead on.
    below: Option<Level>,
}

impl Shapes<'_> {
    /// The whole document that carries a record: its route, and whether many stand there.
    pub(in crate::emit::contract) fn document(&mut self, id: Id<Struct>) -> Value {
        let record = self.refer(Named::Wire(id));
        self.wrapped(id, record)
    }

    /// A record's schema inside of what the document puts around it.
    pub(in crate::emit::contract) fn wrapped(&self, id: Id<Struct>, record: Value) -> Value {
        let of = &self.model.structs[id];
        let inner = if of.many { json!({ "type": "array", "items": record }) } else { record };
        of.root
            .iter()
            .rev()
            .fold(inner, |inner, key| json!({ "type": "object", "properties": { key: inner }, "required": [key] }))
    }

    /// A record without what is around it.
    pub(super) fn wire(&mut self, id: Id<Struct>) -> Value {
        let model = self.model;
        let of = &model.structs[id];
        let mut schema = Map::new();
        put(&mut schema, "description", of.description.clone());
        if let Some(union) = &of.one_of {
            extend(&mut schema, self.union(of, union));
            return schema.into();
        }
        let written = self.directions.only_written(id);
        let mut root = Level::default();
        for field in &of.fields {
            let Some(wire) = &field.wire else { continue };
            if let WireKind::Route { keys, codec } = &wire.kind {
                let optional = field.ty.is_optional();
                let value = self.coded(field.ty.inner(), codec, written);
                let (value, null) = if optional { nothing(value, wire, written) } else { (value, false) };
                root.add(keys, self.annotated(field, value), !optional, null);
            }
        }
        if of.unknown == UnknownKeys::Reject {
            self.tolerate(of, &mut root);
        }
        extend(&mut schema, root.schema(of.unknown));
        if of.unknown == UnknownKeys::Reject {
            let patterns: Map<String, Value> = of
                .unmapped
                .iter()
                .filter(|unmapped| unmapped.pattern.contains('*') && !unmapped.pattern.contains('.'))
                .map(|unmapped| (wildcard(&unmapped.pattern), true.into()))
                .collect();
            put(&mut schema, "patternProperties", (!patterns.is_empty()).then_some(patterns));
        }
        schema.into()
    }

    /// Keys that the record knows of without declaring them: named as not needed.
    fn tolerate(&self, of: &Struct, root: &mut Level) {
        for unmapped in of.unmapped.iter().filter(|unmapped| !unmapped.pattern.contains(['*', '.'])) {
            root.at(&unmapped.pattern, |_| ());
        }
    }

    /// One of several records, told apart by the text at a key.
    fn union(&mut self, of: &Struct, union: &OneOf) -> Value {
        let mut variants = Vec::new();
        for (tag, field) in &union.variants {
            let record = of.field(*field).and_then(|field: &Field| field.ty.as_struct());
            let Some(record) = record else { continue };
            let variant = self.refer(Named::Wire(record));
            let by = union.by.as_str();
            variants.push(json!({
                "allOf": [variant, { "type": "object", "properties": { by: { "const": tag } }, "required": [by] }]
            }));
        }
        json!({ "oneOf": variants })
    }

    /// A value of a type as it is written with a codec; in a list of scalars, each of its elements.
    fn coded(&mut self, ty: &Type, codec: &Codec, written: bool) -> Value {
        match (ty, codec) {
            (Type::List(_), Codec::Split(_)) => json!({ "type": "string" }),
            (_, Codec::JsonText) => json!({ "type": "string", "contentMediaType": "application/json" }),
            (Type::List(element), _) => json!({ "type": "array", "items": self.coded(element, codec, written) }),
            (Type::Map(_, value), _) => {
                json!({ "type": "object", "additionalProperties": self.coded(value, codec, written) })
            }
            (Type::Optional(inner), _) => nullable(self.coded(inner, codec, written)),
            _ => codec::coded(ty, codec, written).unwrap_or_else(|| self.value(ty)),
        }
    }

    /// A parameter in a path, query or header.
    pub(in crate::emit::contract) fn parameter(&mut self, ty: &Type) -> Value {
        self.coded(ty.inner(), &Codec::Plain, true)
    }
}

/// Adds the spellings of no value, and says whether null is one. What comes in may use any; what only goes out uses the
/// one that it is written with.
fn nothing(schema: Value, wire: &Wire, written: bool) -> (Value, bool) {
    let spellings: Vec<&str> = match &wire.emit {
        Emit::Text(text) if written => vec![text.as_str()],
        _ if written => Vec::new(),
        Emit::Text(text) => wire.absent.iter().chain([text]).map(String::as_str).collect(),
        _ => wire.absent.iter().map(String::as_str).collect(),
    };
    let mut others: Vec<&str> = spellings.into_iter().filter(|text| !takes(&schema, text)).collect();
    others.dedup();
    let null = !written || wire.emit == Emit::Null;
    let schema = if others.is_empty() { schema } else { json!({ "anyOf": [schema, { "enum": others }] }) };
    (if null { nullable(schema) } else { schema }, null)
}

/// Whether a text fits a schema of plain text.
fn takes(schema: &Value, text: &str) -> bool {
    let Some(map) = schema.as_object() else { return false };
    if map.is_empty() {
        return true;
    }
    let plain = map.get("type").is_some_and(|ty| ty == "string")
        && !["pattern", "format", "enum", "contentMediaType", "contentEncoding"]
            .iter()
            .any(|key| map.contains_key(*key));
    let longest = map.get("maxLength").and_then(Value::as_u64);
    plain && longest.is_none_or(|longest| text.chars().count() as u64 <= longest)
}

/// A pattern of one level as a regular expression.
fn wildcard(pattern: &str) -> String {
    let mut out = String::from("^");
    for letter in pattern.chars() {
        match letter {
            '*' => out.push_str(".*"),
            letter if "^$\\.+?()[]{}|/".contains(letter) => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    out.push('$');
    out
}

impl Level {
    fn at(&mut self, key: &str, change: impl FnOnce(&mut Place)) {
        let at = *self.positions.entry(key.to_owned()).or_insert_with(|| {
            self.keys.push((key.to_owned(), Place::default()));
            self.keys.len() - 1
        });
        if let Some((_, place)) = self.keys.get_mut(at) {
            change(place);
        }
    }

    fn add(&mut self, route: &[String], schema: Value, required: bool, null: bool) {
        let Some((key, rest)) = route.split_first() else { return };
        self.at(key, |place| {
            place.required |= required;
            if rest.is_empty() {
                place.fields.push(schema);
            } else {
                place.null |= null;
                place.below.get_or_insert_default().add(rest, schema, required, null);
            }
        });
    }

    fn schema(self, unknown: UnknownKeys) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (key, place) in self.keys {
            if place.required {
                required.push(Value::from(key.as_str()));
            }
            properties.insert(key, place.schema(unknown));
        }
        let mut schema = Map::new();
        schema.insert("type".to_owned(), "object".into());
        schema.insert("properties".to_owned(), properties.into());
        put(&mut schema, "required", (!required.is_empty()).then_some(required));
        schema.insert("additionalProperties".to_owned(), (unknown != UnknownKeys::Reject).into());
        schema.into()
    }
}

impl Place {
    fn schema(self, unknown: UnknownKeys) -> Value {
        let mut all = self.fields;
        if let Some(below) = self.below {
            let below = below.schema(unknown);
            all.push(if self.null && !self.required { nullable(below) } else { below });
        }
        match all.len() {
            0 => true.into(),
            1 => all.swap_remove(0),
            _ => json!({ "allOf": all }),
        }
    }
}
