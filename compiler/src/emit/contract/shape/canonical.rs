//! Objects, values, identifiers and code lists in the canonical encoding: nothing is left out but what is none.

use super::{Named, Shapes, Way, nullable, scalar};
use crate::emit::contract::{extend, put};
use crate::model::{Codes, CodesKind, DataClass, Field, FieldRole, Id, RefTarget, Struct, StructKind, Type};
use serde_json::{Map, Value, json};

impl Shapes<'_> {
    /// A value of a type, canonically encoded.
    pub(in crate::emit::contract) fn value(&mut self, ty: &Type) -> Value {
        if let Some(schema) = scalar::scalar(ty) {
            return schema;
        }
        match ty {
            Type::Money => self.refer(Named::Money),
            Type::Quantity => self.refer(Named::Quantity),
            Type::Code(codes) => match self.model.codes[*codes].kind {
                CodesKind::Of(builtin) => self.value(&super::codec::builtin(builtin)),
                _ => self.refer(Named::Codes(*codes)),
            },
            Type::Ref(target) => self.reference(*target),
            Type::Struct(id) if self.model.structs[*id].is_record() => self.refer(Named::Wire(*id, Way::In)),
            Type::Struct(id) => self.refer(Named::Canonical(*id)),
            Type::List(element) => json!({ "type": "array", "items": self.value(element) }),
            Type::Map(_, value) => json!({ "type": "object", "additionalProperties": self.value(value) }),
            Type::Optional(inner) => nullable(self.value(inner)),
            // Any JSON value; and what could not be resolved, about which a finding was given.
            _ => json!({}),
        }
    }

    /// An object, value or `ids`.
    pub(super) fn canonical(&mut self, id: Id<Struct>) -> Value {
        let model = self.model;
        let of = &model.structs[id];
        let mut properties = Map::new();
        let mut required = Vec::new();
        let all = |position: &u16| match &self.only {
            Some(only) => only.get(&id).is_some_and(|fields| fields.contains(position)),
            None => true,
        };
        let fields: Vec<&Field> =
            (0_u16..).zip(&of.fields).filter(|(position, _)| all(position)).map(|(_, field)| field).collect();
        for field in fields {
            // Identifiers come one after the other, so there may be none yet.
            if !field.ty.is_optional() && field.role != FieldRole::Ids && of.kind != StructKind::Ids {
                required.push(Value::from(field.name.as_str()));
            }
            let schema = self.value(field.ty.inner());
            properties.insert(field.name.clone(), self.annotated(field, schema));
        }
        let mut schema = Map::new();
        put(&mut schema, "description", described(of));
        extend(&mut schema, closed(properties, required));
        if of.kind == StructKind::Object {
            extend(&mut schema, self.identity(id, |_| true));
        }
        if let Some(lifecycle) = &of.lifecycle {
            put(&mut schema, "x-lifecycle", Some(self.lifecycle(lifecycle)));
        }
        Value::Object(schema)
    }

    /// A code list.
    pub(super) fn codes(&mut self, id: Id<Codes>) -> Value {
        let list = &self.model.codes[id];
        let mut schema = Map::new();
        let described = list.description.clone().or_else(|| match list.kind {
            CodesKind::Lifecycle(of) => Some(format!("The states of `{}`.", self.model.structs[of].name)),
            _ => None,
        });
        put(&mut schema, "description", described);
        schema.insert("type".to_owned(), "string".into());
        if !list.codes.is_empty() {
            let codes = list.codes.iter().map(|code| Value::from(code.code.as_str()));
            schema.insert("enum".to_owned(), codes.collect());
        }
        let meanings: Map<String, Value> =
            list.codes.iter().filter_map(|code| Some((code.code.clone(), code.description.clone()?.into()))).collect();
        put(&mut schema, "x-enumDescriptions", (!meanings.is_empty()).then_some(meanings));
        Value::Object(schema)
    }

    /// A field's schema with what is known of the field. Words beside a reference add to it.
    pub(super) fn annotated(&self, field: &Field, schema: Value) -> Value {
        let mut map = Map::new();
        put(&mut map, "description", field.description.clone());
        if let Value::Object(rest) = schema {
            for (key, value) in rest {
                map.entry(key).or_insert(value);
            }
        }
        let class = (field.class != DataClass::default()).then(|| field.class.word());
        put(&mut map, "x-class", class);
        let terms: Vec<Value> = field.refs.iter().map(|term| term.as_str().into()).collect();
        put(&mut map, "x-refs", (!terms.is_empty()).then_some(terms));
        put(&mut map, "x-freshness", field.freshness.map(crate::emit::contract::words::seconds));
        let key = field.list_key.and_then(|key| self.element_field(field, key));
        put(&mut map, "x-key", key);
        self.worded(map)
    }

    fn element_field(&self, list: &Field, key: u16) -> Option<String> {
        let element = list.ty.element()?.as_struct()?;
        Some(self.model.structs[element].field(key)?.name.clone())
    }

    /// A reference: the key, or another system's identifier until the runtime has resolved it.
    fn reference(&mut self, target: RefTarget) -> Value {
        let model = self.model;
        let object = &model.structs[target.object];
        let list = target.list.and_then(|list| object.field(list));
        let (of, key) = match list {
            Some(field) => {
                let element = field.ty.element().and_then(Type::as_struct).map(|id| &model.structs[id]);
                (element, field.list_key.map(|key| vec![key]).unwrap_or_default())
            }
            None => (Some(object), object.key.clone()),
        };
        let key = match (of, key.as_slice()) {
            (Some(of), [only]) => of.field(*only).map(|field| &field.ty).filter(|ty| ty.is_text()),
            _ => None,
        };
        let key = key.and_then(scalar::scalar).unwrap_or_else(|| json!({ "type": "string" }));
        let systems: Vec<Value> = of
            .and_then(|of| of.fields.iter().find(|field| field.role == FieldRole::Ids))
            .and_then(|ids| ids.ty.as_struct())
            .map(|ids| model.structs[ids].fields.iter().map(|system| system.name.as_str().into()).collect())
            .unwrap_or_default();
        let mut system = json!({ "type": "string" });
        if let (Some(map), false) = (system.as_object_mut(), systems.is_empty()) {
            map.insert("enum".to_owned(), systems.into());
        }
        json!({
            "anyOf": [key, {
                "type": "object",
                "properties": { "system": system, "id": { "type": "string" } },
                "required": ["system", "id"],
                "additionalProperties": false
            }],
            "x-ref": Type::Ref(target).show(model).trim_start_matches("ref<").trim_end_matches('>')
        })
    }
}

/// An object's parts, and no others.
pub(in crate::emit::contract) fn closed(properties: Map<String, Value>, required: Vec<Value>) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    put(&mut schema, "required", (!required.is_empty()).then_some(required));
    schema.insert("additionalProperties".to_owned(), false.into());
    schema.into()
}

pub(super) fn described(of: &Struct) -> Option<String> {
    match of.kind {
        StructKind::Ids => Some(of.description.clone().unwrap_or_else(|| "Identifiers in other systems.".to_owned())),
        _ => of.description.clone(),
    }
}
