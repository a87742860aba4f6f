//! The data of an instance: the working copy and what is kept beside it, as canonical JSON that is read when something
//! asks for it.

use super::super::value::{Map, Object, Text, Value};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

/// The working copy, the kept collections by name, and the system that created the object.
#[derive(Debug, Serialize, Deserialize)]
pub struct Data {
    pub(super) originator: Box<str>,
    pub(super) object: Stored,
    #[serde(default, skip_serializing_if = "Collections::is_empty")]
    pub(super) kept: Collections,
}

impl Data {
    /// The working copy, as canonical JSON.
    pub fn object(&self) -> &str {
        self.object.json.get()
    }

    /// A kept collection, by its name.
    pub fn kept(&self, name: &str) -> Option<&str> {
        self.kept.get(name).map(|stored| stored.json.get())
    }
}

/// Collections by name, in the order of the flow's `keep`.
#[derive(Debug, Default)]
pub(super) struct Collections(Vec<(Box<str>, Stored)>);

impl Collections {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, name: &str) -> Option<&Stored> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, stored)| stored)
    }

    /// Puts a collection in its place; an older state may not have it yet.
    pub fn set(&mut self, name: &str, stored: Stored) {
        match self.0.iter_mut().find(|(known, _)| **known == *name) {
            Some((_, place)) => *place = stored,
            None => self.0.push((name.into(), stored)),
        }
    }
}

impl FromIterator<(Box<str>, Stored)> for Collections {
    fn from_iter<I: IntoIterator<Item = (Box<str>, Stored)>>(all: I) -> Self {
        Collections(all.into_iter().collect())
    }
}

impl Serialize for Collections {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, stored)| (name, stored)))
    }
}

impl<'de> Deserialize<'de> for Collections {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Collections;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("collections by name")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Collections, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = map.next_entry()? {
                    all.push(one);
                }
                Ok(Collections(all))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A value, written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Stored {
    json: Box<RawValue>,
    #[serde(skip)]
    read: OnceCell<Value<'static>>,
}

impl Stored {
    /// What was written; it fails if that is no JSON.
    pub fn new(json: String) -> serde_json::Result<Self> {
        Ok(Stored { json: RawValue::from_string(json)?, read: OnceCell::new() })
    }

    /// The value; `read` makes it of the text the first time.
    pub fn value(
        &self,
        read: impl FnOnce(&str) -> crossdock_runtime::Result<Value<'static>>,
    ) -> crossdock_runtime::Result<&Value<'static>> {
        if let Some(value) = self.read.get() {
            return Ok(value);
        }
        let value = read(self.json.get())?;
        Ok(self.read.get_or_init(|| value))
    }
}

/// A canonical value that borrows nothing.
pub(super) fn owned(value: &Value<'_>) -> Value<'static> {
    let text = |text: &Text<'_>| match text {
        Text::Borrowed(text) => Text::Shared((*text).into()),
        Text::Shared(text) => Text::Shared(Rc::clone(text)),
    };
    let all = |values: &[Value<'_>]| values.iter().map(owned).collect::<Vec<_>>();
    match value {
        Value::Bool(value) => Value::Bool(*value),
        Value::Int(value) => Value::Int(*value),
        Value::Decimal(value) => Value::Decimal(*value),
        Value::Text(value) => Value::Text(text(value)),
        Value::Bytes(value) => Value::Bytes(Rc::clone(value)),
        Value::Date(value) => Value::Date(*value),
        Value::Time(value) => Value::Time(*value),
        Value::Timestamp(value) => Value::Timestamp(*value),
        Value::Local(value) => Value::Local(*value),
        Value::Duration(value) => Value::Duration(*value),
        Value::Money(value) => Value::Money(*value),
        Value::Quantity(value) => Value::Quantity(*value),
        Value::Currency(value) => Value::Currency(*value),
        Value::Country(value) => Value::Country(*value),
        Value::Unit(value) => Value::Unit(*value),
        Value::Code(codes, position) => Value::Code(*codes, *position),
        Value::Ref(value) => Value::Ref(text(value)),
        Value::RefBy(by) => Value::RefBy(Rc::new((by.0, text(&by.1)))),
        Value::Object(object) => Value::Object(Rc::new(Object { of: object.of, fields: all(&object.fields) })),
        Value::List(items) => Value::list(all(items)),
        Value::Map(map) => {
            let entries = map.entries().iter().map(|(key, value)| (owned(key), owned(value))).collect();
            Map::new(entries).map_or(Value::None, |map| Value::Map(Rc::new(map)))
        }
        Value::Pair(parts) => Value::Pair(Rc::new((owned(&parts.0), owned(&parts.1)))),
        // What was read from canonical JSON holds neither records nor patches.
        Value::None | Value::Record(_) | Value::Patch(_) | Value::ListPatch(_) => Value::None,
    }
}
