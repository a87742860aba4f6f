//! References that a message gives by a system's identifier: what they refer to is asked for, under the object's name,
//! before an instance begins.

use super::super::value::{Object, Text, Value};
use super::Evaluated;
use crate::model::Type;
use crossdock_runtime::failure::{Quote, builtin};
use crossdock_runtime::{Answer, Answers, Failure, Keys, Result};
use std::rc::Rc;

impl Evaluated<'_> {
    /// Asks for the keys of what a value refers to by identifiers.
    pub(super) fn ask_references(&self, value: &Value<'_>, ty: &Type, keys: &mut Keys) {
        match (value, ty) {
            (_, Type::Optional(ty)) => self.ask_references(value, ty, keys),
            (Value::RefBy(by), Type::Ref(target)) => {
                keys.insert(&self.model.structs[target.object].name, self.identifier(by));
            }
            (Value::List(items), Type::List(ty)) => items.iter().for_each(|item| self.ask_references(item, ty, keys)),
            (Value::Object(object), _) => {
                let fields = self.model.structs[object.of].fields.iter().zip(&object.fields);
                fields.for_each(|(field, value)| self.ask_references(value, &field.ty, keys));
            }
            _ => {}
        }
    }

    /// The value, with keys for identifiers.
    pub(super) fn with_keys<'v>(&self, value: &Value<'v>, ty: &Type, answers: &Answers) -> Result<Value<'v>> {
        Ok(match (value, ty) {
            (_, Type::Optional(ty)) => self.with_keys(value, ty, answers)?,
            (Value::RefBy(by), Type::Ref(target)) => {
                let (object, identifier) = (&self.model.structs[target.object].name, self.identifier(by));
                match answers.get(object, &identifier)? {
                    Answer::Found(key) => Value::Ref(Text::Shared(key_of(key)?.as_str().into())),
                    Answer::Missing => {
                        let say = |quote: Quote| format!("no {object} is known by {}", quote.text(&identifier));
                        return Err(Failure::quoting(builtin::LOOKUP_MISSING, say));
                    }
                }
            }
            (Value::List(items), Type::List(ty)) => {
                let items = items.iter().map(|item| self.with_keys(item, ty, answers));
                Value::list(items.collect::<Result<_>>()?)
            }
            (Value::Object(object), _) => {
                let fields = self.model.structs[object.of].fields.iter().zip(&object.fields);
                let fields = fields.map(|(field, value)| self.with_keys(value, &field.ty, answers));
                Value::Object(Rc::new(Object { of: object.of, fields: fields.collect::<Result<_>>()? }))
            }
            _ => value.clone(),
        })
    }

    fn identifier(&self, by: &(crate::model::Id<crate::model::System>, Text<'_>)) -> String {
        format!("{}:{}", self.model.systems[by.0].name, &*by.1)
    }
}

fn key_of(answer: &[u8]) -> Result<String> {
    serde_json::from_slice(answer).map_err(|error| Failure::json(builtin::DECODE_FAILED, &error))
}
