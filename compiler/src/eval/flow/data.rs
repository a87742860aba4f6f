//! The data of an instance: the working copy and what is kept beside it, as canonical JSON that is read when something
//! asks for it.

use super::super::value::{Map, Object, Text, Value};
use crossdock_runtime::Result;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::cell::OnceCell;
use std::rc::Rc;

/// The working copy, the kept collections in the order of the flow's `keep`, and the system that created the object.
#[derive(Debug, Serialize, Deserialize)]
pub struct Data {
    pub(super) originator: Box<str>,
    pub(super) object: Stored,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) kept: Vec<Stored>,
}

impl Data {
    /// The working copy, as canonical JSON.
    pub fn object(&self) -> &str {
        self.object.json.get()
    }

    /// A kept collection, by its position in the flow's `keep`.
    pub fn kept(&self, position: usize) -> Option<&str> {
        self.kept.get(position).map(|stored| stored.json.get())
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
    pub fn value(&self, read: impl FnOnce(&str) -> Result<Value<'static>>) -> Result<&Value<'static>> {
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
