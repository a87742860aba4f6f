//! Records as they travel: wire names, routes, codecs, spellings of nothing, unions, and the way from the document to
//! the record.

use super::{Named, Shapes, Way, codec, nullable};
use crate::emit::contract::{extend, put};
use crate::eval::matches;
use crate::model::{Codec, Emit, Field, Id, OneOf, Struct, Type, UnknownKeys, Wire, WireKind};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The keys of one JSON object: several routes may lead through it.
#[derive(Default)]
struct Level {
    /// In order of first mention.
    keys: Vec<(String, Place)>,
    positions: BTreeMap<String, usize>,
    /// Keys that may stand here besides: patterns of regular expressions.
    patterns: Vec<String>,
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
    pub(in crate::emit::contract) fn document(&mut self, id: Id<Struct>, way: Way) -> Value {
        let of = &self.model.structs[id];
        let record = self.refer(Named::Wire(id, way));
        let inner = if of.many { json!({ "type": "array", "items": record }) } else { record };
        of.root
            .iter()
            .rev()
            .fold(inner, |inner, key| json!({ "type": "object", "properties": { key: inner }, "required": [key] }))
    }

    /// A record without what is around it.
    pub(super) fn wire(&mut self, id: Id<Struct>, way: Way) -> Value {
        let model = self.model;
        let of = &model.structs[id];
        let mut schema = Map::new();
        put(&mut schema, "description", of.description.clone());
        if let Some(union) = &of.one_of {
            extend(&mut schema, self.union(of, union, way));
            return schema.into();
        }
        let mut root = Level::default();
        for field in &of.fields {
            let Some(wire) = &field.wire else { continue };
            if let WireKind::Route { keys, codec } = &wire.kind {
                let optional = field.ty.is_optional();
                let value = self.coded(field.ty.inner(), codec, way);
                let (value, null) = if optional { nothing(value, wire, way) } else { (value, false) };
                let value = self.annotated(field, value);
                root.add(keys, self.noted(value, field, wire, codec), !optional, null);
            }
        }
        if let Some(change) = of.changed.as_ref().filter(|_| way == Way::In) {
            let names = json!({
                "description": "The fields that changed.",
                "type": ["array", "null"], "items": { "type": "string" }
            });
            root.add(&change.route, names, false, true);
        }
        // Keys that the record knows of without declaring them: named as not needed.
        let left_out = of.unmapped.iter().filter(|_| of.unknown == UnknownKeys::Reject);
        left_out.for_each(|unmapped| root.leave_out(&unmapped.pattern));
        self.directions.tags(id).for_each(|tag| root.at(tag, |_| ()));
        // What is written has no key that is not declared.
        extend(&mut schema, root.schema(way == Way::Out || of.unknown == UnknownKeys::Reject));
        let joined = self.joined(of);
        put(&mut schema, "x-joined", (!joined.is_empty()).then_some(joined));
        put(&mut schema, "x-unknown", (way == Way::In).then(|| of.unknown.word()));
        schema.into()
    }

    /// What a record says of a field beyond its shape: what it means, how it is written, what stands for nothing.
    fn noted(&self, schema: Value, field: &Field, wire: &Wire, codec: &Codec) -> Value {
        let Value::Object(mut notes) = schema else { return schema };
        put(&mut notes, "x-type", Some(field.ty.show(self.model)));
        put(&mut notes, "x-codec", codec::word(codec));
        let absent: Vec<Value> = wire.absent.iter().map(|spelling| spelling.as_str().into()).collect();
        put(&mut notes, "x-absent", (!absent.is_empty()).then_some(absent));
        put(&mut notes, "x-nullable", wire.nullable.then_some(true));
        put(&mut notes, "x-on-empty", wire.on_empty_clears.then_some("clear"));
        put(
            &mut notes,
            "x-emit",
            match &wire.emit {
                Emit::Omit => None,
                Emit::Null => Some(Value::Null),
                Emit::Text(spelling) => Some(spelling.as_str().into()),
            },
        );
        self.worded(notes)
    }

    /// The values that are read from two sibling fields each: type, and the names of the two.
    fn joined(&self, of: &Struct) -> Map<String, Value> {
        let name = |position: u16| of.field(position).map(|field| field.name.as_str());
        of.fields
            .iter()
            .filter_map(|field| match field.wire.as_ref()?.kind {
                WireKind::Joined(first, second) => {
                    let from = [name(first)?, name(second)?];
                    Some((field.name.clone(), json!({ "x-type": field.ty.show(self.model), "from": from })))
                }
                WireKind::Route { .. } => None,
            })
            .collect()
    }

    /// One of several records, told apart by the text at a key.
    fn union(&mut self, of: &Struct, union: &OneOf, way: Way) -> Value {
        let mut variants = Vec::new();
        for (tag, field) in &union.variants {
            let record = of.field(*field).and_then(|field: &Field| field.ty.as_struct());
            let Some(record) = record else { continue };
            let variant = self.refer(Named::Wire(record, way));
            let by = union.by.as_str();
            variants.push(json!({
                "allOf": [variant, { "type": "object", "properties": { by: { "const": tag } }, "required": [by] }]
            }));
        }
        json!({ "oneOf": variants })
    }

    /// A value of a type as it is written with a codec; in a list of scalars, each of its elements.
    fn coded(&mut self, ty: &Type, codec: &Codec, way: Way) -> Value {
        match (ty, codec) {
            (Type::List(_), Codec::Split(_)) => json!({ "type": "string" }),
            (_, Codec::JsonText) => json!({ "type": "string", "contentMediaType": "application/json" }),
            (Type::List(element), _) => json!({ "type": "array", "items": self.coded(element, codec, way) }),
            (Type::Map(_, value), _) => {
                json!({ "type": "object", "additionalProperties": self.coded(value, codec, way) })
            }
            (Type::Optional(inner), _) => nullable(self.coded(inner, codec, way)),
            (Type::Struct(id), _) if self.model.structs[*id].is_record() => self.refer(Named::Wire(*id, way)),
            _ => codec::coded(ty, codec, way).unwrap_or_else(|| self.value(ty)),
        }
    }

    /// A parameter in a path, query or header.
    pub(in crate::emit::contract) fn parameter(&mut self, ty: &Type) -> Value {
        self.coded(ty.inner(), &Codec::Plain, Way::Out)
    }
}

/// Adds the spellings of no value, and says whether null is one. What comes in may use any; what only goes out uses the
/// one that it is written with.
fn nothing(schema: Value, wire: &Wire, way: Way) -> (Value, bool) {
    let written = way == Way::Out;
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

    /// Makes room for keys that are named as not needed: a path, dotted, one level per `*`. Below a key that holds no
    /// routes they are another record's.
    fn leave_out(&mut self, path: &str) {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        match rest {
            Some(rest) => {
                let here = self.keys.iter_mut().filter(|(key, _)| matches(first, key));
                here.filter_map(|(_, place)| place.below.as_mut()).for_each(|below| below.leave_out(rest));
            }
            None if first.contains('*') => self.patterns.push(wildcard(first)),
            None => self.at(first, |_| ()),
        }
    }

    fn schema(self, closed: bool) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (key, place) in self.keys {
            if place.required {
                required.push(Value::from(key.as_str()));
            }
            properties.insert(key, place.schema(closed));
        }
        let mut schema = Map::new();
        schema.insert("type".to_owned(), "object".into());
        schema.insert("properties".to_owned(), properties.into());
        let patterns: Map<String, Value> = self.patterns.into_iter().map(|pattern| (pattern, true.into())).collect();
        put(&mut schema, "patternProperties", (!patterns.is_empty()).then_some(patterns));
        put(&mut schema, "required", (!required.is_empty()).then_some(required));
        schema.insert("additionalProperties".to_owned(), (!closed).into());
        schema.into()
    }
}

impl Place {
    fn schema(self, closed: bool) -> Value {
        let mut all = self.fields;
        if let Some(below) = self.below {
            let below = below.schema(closed);
            all.push(if self.null && !self.required { nullable(below) } else { below });
        }
        match all.len() {
            0 => true.into(),
            1 => all.swap_remove(0),
            _ => json!({ "allOf": all }),
        }
    }
}
