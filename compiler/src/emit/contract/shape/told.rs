//! What an event tells: some fields of its object, whole where a path ends, and nothing else.

use super::canonical::closed;
use super::{Shapes, nullable};
use crate::emit::contract::{extend, put};
use crate::model::{FieldRole, Id, PublishedEvent, Struct, StructKind, Type};
use serde_json::{Map, Value, json};

impl Shapes<'_> {
    /// The payload of an event, with the owners of what it tells.
    pub(super) fn told(&mut self, event: Id<PublishedEvent>) -> Value {
        let model = self.model;
        let event = &model.events[event];
        let object = &model.structs[event.object];
        let paths: Vec<&[u16]> = event.fields.iter().map(|field| field.path.as_slice()).collect();
        let mut schema = Map::new();
        let said = format!("What `{}` tells of one `{}`.", event.name, object.name);
        put(&mut schema, "description", Some(said));
        extend(&mut schema, self.told_of(event.object, &paths));
        let about = |path: &[u16]| paths.iter().any(|told| path.starts_with(told) || told.starts_with(path));
        extend(&mut schema, self.identity(event.object, |leaf| about(&leaf.path)));
        let lifecycle = object.lifecycle.as_ref().filter(|lifecycle| about(&[lifecycle.field]));
        put(&mut schema, "x-lifecycle", lifecycle.map(|lifecycle| self.lifecycle(lifecycle)));
        schema.into()
    }

    fn told_of(&mut self, of: Id<Struct>, paths: &[&[u16]]) -> Value {
        let model = self.model;
        let of = &model.structs[of];
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (position, field) in (0_u16..).zip(&of.fields) {
            let told = paths.iter().filter_map(|path| path.split_first().filter(|(first, _)| **first == position));
            let below: Vec<&[u16]> = told.map(|(_, rest)| rest).collect();
            if below.is_empty() {
                continue;
            }
            if !field.ty.is_optional() && field.role != FieldRole::Ids && of.kind != StructKind::Ids {
                required.push(Value::from(field.name.as_str()));
            }
            let whole = below.iter().any(|rest| rest.is_empty());
            let schema = if whole { self.value(field.ty.inner()) } else { self.told_within(field.ty.inner(), &below) };
            properties.insert(field.name.clone(), self.annotated(field, schema));
        }
        closed(properties, required)
    }

    fn told_within(&mut self, ty: &Type, paths: &[&[u16]]) -> Value {
        match ty {
            Type::Struct(of) => self.told_of(*of, paths),
            Type::List(element) => json!({ "type": "array", "items": self.told_within(element, paths) }),
            Type::Optional(inner) => nullable(self.told_within(inner, paths)),
            other => self.value(other),
        }
    }
}
