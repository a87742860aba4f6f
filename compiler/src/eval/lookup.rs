//! What comes from outside of a mapping's documents: answers to lookups, `meta` and settings.

use super::decode::Decoding;
use super::eval::{Run, mistyped};
use super::value::{Text, Value};
use crate::expr::ir::Node;
use crate::model::{InputShape, Lookup, Miss, Type};
use crossdock_runtime::failure::builtin;
use crossdock_runtime::form::nothing_of;
use crossdock_runtime::json::Writer;
use crossdock_runtime::root::ANSWER;
use crossdock_runtime::{Answer, Failure, Notes, Result, Timestamp};

/// An answer that was decoded.
#[derive(Debug)]
pub(super) struct Answered<'v> {
    lookup: u16,
    key: String,
    value: Value<'v>,
}

impl<'v> Run<'v, '_> {
    /// The answer to a lookup.
    pub(super) fn lookup(&mut self, position: u16, params: &'v [Node]) -> Result<Value<'v>> {
        let Some(lookup) = self.mapping.lookups.get(usize::from(position)) else { return Err(mistyped()) };
        let key = self.lookup_key(lookup, params)?;
        if let Some(known) = self.answered.iter().find(|a| a.lookup == position && a.key == key) {
            return Ok(known.value.clone());
        }
        match self.answers.get(&lookup.name, &key)? {
            Answer::Found(bytes) => {
                let value = self.answer(bytes, ANSWER, &lookup.result)?;
                self.answered.push(Answered { lookup: position, key, value: value.clone() });
                Ok(value)
            }
            Answer::Missing => match &lookup.miss {
                Miss::None => Ok(Value::None),
                Miss::Raise(exception) => Err(nothing_of(exception.clone(), &lookup.name, &key)),
            },
        }
    }

    /// The parameters as canonical JSON: an object, in their declared order.
    pub(super) fn lookup_key(&mut self, lookup: &'v Lookup, params: &'v [Node]) -> Result<String> {
        let mut w = Writer::compact();
        w.object_begin();
        for ((name, ty), param) in lookup.params.iter().zip(params) {
            let value = self.eval(param)?;
            w.key(name);
            super::encode::write(self.plan.model(), ty, &value, &mut w);
        }
        w.object_end();
        Ok(w.into_string())
    }

    fn answer(&mut self, bytes: &'v [u8], number: u8, ty: &'v Type) -> Result<Value<'v>> {
        // Notes are of the documents: what a part that is never used asks for leaves none.
        let mut decoding = Decoding { plan: self.plan, notes: &mut Notes::new() };
        match ty.inner() {
            Type::Struct(id) => decoding.document(bytes, number, *id, InputShape::One),
            other => {
                let mut reader = crossdock_runtime::json::Reader::new(bytes)?.for_input(number);
                let value = decoding.canonical(&mut reader, other)?;
                reader.finish()?;
                Ok(value)
            }
        }
    }

    /// When the message was received.
    pub(super) fn received_at(&self) -> Result<Timestamp> {
        self.meta.received_at.ok_or_else(|| Failure::new(builtin::ABSENT_VALUE, "`meta.received_at` is not given"))
    }

    pub(super) fn meta_value(&self, name: &str) -> Result<Value<'v>> {
        let text = |text: &'v Option<String>| text.as_deref().map_or(Value::None, |t| Value::Text(Text::Borrowed(t)));
        Ok(match name {
            "received_at" => Value::Timestamp(self.received_at()?),
            "instance" => text(&self.meta.instance),
            "message_id" => text(&self.meta.message_id),
            "control_number" => text(&self.meta.control_number),
            _ => Value::None,
        })
    }

    /// A declared setting; one that is not optional must be given.
    pub(super) fn setting(&self, name: &str, ty: &Type) -> Result<Value<'v>> {
        let meta = self.meta;
        if ty.is_optional() && !meta.config.contains_key(name) {
            return Ok(Value::None);
        }
        match ty.inner() {
            Type::Bool => meta.config_bool(name).map(Value::Bool),
            Type::Int => meta.config_int(name).map(Value::Int),
            Type::Decimal(_) => meta.config_decimal(name).map(Value::Decimal),
            Type::Date => meta.config_date(name).map(Value::Date),
            Type::Timestamp => meta.config_timestamp(name).map(Value::Timestamp),
            of => super::call::fit(Value::text(meta.config_text(name)?), of),
        }
    }
}
