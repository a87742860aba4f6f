//! What an originator sets of a new object: what it may set and no more, required where it must; initial values, the
//! lifecycle and the owners say the rest. Without a system that is what any of the object's originators may set, required
//! where all of them must.
//!
//! Values whose parts have owners of their own stand in place, as the rights differ by where they stand; all others have
//! a schema of their own, which is the canonical one where creating leaves nothing of it out.

use super::canonical::{closed, described};
use super::{Named, Shapes, nullable};
use crate::emit::contract::{extend, put};
use crate::model::origination::{Origination, required};
use crate::model::{FieldRole, Id, Struct, StructKind, System, Type};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where a value stands.
#[derive(Clone, Copy)]
enum Place<'p> {
    /// At a path of the object.
    At(&'p [u16]),
    /// Where all parts are the originator's.
    Free,
}

/// The creation that schemas are made for.
struct Creation<'m> {
    object: Id<Struct>,
    by: Option<Id<System>>,
    rights: Origination<'m>,
}

impl Shapes<'_> {
    /// What an originator sets of a new object, or of a value in it that is all its own.
    pub(super) fn created(&mut self, of: Id<Struct>, object: Id<Struct>, by: Option<Id<System>>) -> Value {
        let model = self.model;
        let creation = Creation { object, by, rights: Origination::of(model, object, by) };
        let place = if of == object { Place::At(&[]) } else { Place::Free };
        let who = by.map_or_else(
            || format!("any originator of `{}`", model.structs[object].name),
            |system| format!("`{}`", model.systems[system].name),
        );
        let said = format!("What {who} may set when it creates one.");
        let whole = described(&model.structs[of]);
        let mut schema = Map::new();
        put(&mut schema, "description", Some(whole.map_or_else(|| said.clone(), |whole| format!("{whole}\n\n{said}"))));
        extend(&mut schema, self.created_parts(&creation, of, place));
        schema.into()
    }

    fn created_parts(&mut self, creation: &Creation<'_>, of: Id<Struct>, place: Place<'_>) -> Value {
        let model = self.model;
        let of = &model.structs[of];
        let mut properties = Map::new();
        let mut must = Vec::new();
        for (position, field) in (0_u16..).zip(&of.fields) {
            let (may, needed, path) = match place {
                Place::At(above) => {
                    let path = [above, &[position]].concat();
                    (creation.rights.may(&path), creation.rights.must(&path), Some(path))
                }
                Place::Free => {
                    let given = of.kind != StructKind::Ids || creation.rights.gives(&field.name);
                    (given && field.role != FieldRole::Status, required(of, position, &BTreeSet::new()), None)
                }
            };
            if !may {
                continue;
            }
            let schema = self.created_value(creation, field.ty.inner(), path.as_deref().map_or(Place::Free, Place::At));
            // Of identifiers, another system may give all.
            let nothing = |schema: &Value| schema.pointer("/properties").is_some_and(|p| *p == json!({}));
            if field.role == FieldRole::Ids && nothing(&schema) {
                continue;
            }
            if needed {
                must.push(Value::from(field.name.as_str()));
            }
            properties.insert(field.name.clone(), self.annotated(field, schema));
        }
        closed(properties, must)
    }

    fn created_value(&mut self, creation: &Creation<'_>, ty: &Type, place: Place<'_>) -> Value {
        match ty {
            Type::Struct(id) if !self.model.structs[*id].is_record() => self.created_struct(creation, *id, place),
            Type::List(element) => json!({ "type": "array", "items": self.created_value(creation, element, place) }),
            Type::Map(_, value) => {
                json!({ "type": "object", "additionalProperties": self.created_value(creation, value, place) })
            }
            Type::Optional(inner) => nullable(self.created_value(creation, inner, place)),
            other => self.value(other),
        }
    }

    fn created_struct(&mut self, creation: &Creation<'_>, of: Id<Struct>, place: Place<'_>) -> Value {
        let divided = matches!(place, Place::At(path) if !creation.rights.free(path));
        if divided || self.model.structs[of].kind == StructKind::Ids {
            self.created_parts(creation, of, place)
        } else if self.is_whole(of, &mut BTreeSet::new()) {
            self.refer(Named::Canonical(of))
        } else {
            self.refer(Named::Created { of, object: creation.object, by: creation.by })
        }
    }

    /// Whether whoever makes a value sets all of it: no initial values, identifiers or status in it.
    fn is_whole(&self, of: Id<Struct>, seen: &mut BTreeSet<Id<Struct>>) -> bool {
        !seen.insert(of)
            || self.model.structs[of].fields.iter().all(|field| {
                let within = crate::model::rights::entered(&field.ty);
                field.initial.is_none()
                    && field.role == FieldRole::Plain
                    && within.is_none_or(|within| self.is_whole(within, seen))
            })
    }
}
