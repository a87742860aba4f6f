//! Patches: what one system may change of an object. A missing field is untouched, null clears what may be none, a
//! keyed list is `{set: […], removed: […]}`. Also what the ownership says beside an object's own schema.

use super::canonical::closed;
use super::{Shapes, nullable};
use crate::emit::contract::put;
use crate::model::{
    Field, FieldRole, Id, Leaf, Lifecycle, Model, Ownership, Struct, StructKind, System, Type, Writer, rights,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a system may write below a path.
#[derive(Debug, Default)]
pub(in crate::emit::contract) struct Writable {
    /// By position of the field.
    fields: BTreeMap<u16, Writable>,
    /// The field itself; of a keyed list, its membership.
    whole: bool,
    /// Of a status: the only states that it may be set to; all if there are none.
    states: BTreeSet<u16>,
}

/// Per system that may write an object at all, in order of declaration: what it may write in some state.
pub(in crate::emit::contract) fn writable(model: &Model, object: Id<Struct>) -> Vec<(Id<System>, Writable)> {
    let Some(ownership) = model.ownership_of(object) else { return Vec::new() };
    let key = &model.structs[object].key;
    let mut systems: BTreeMap<Id<System>, Writable> = BTreeMap::new();
    for leaf in &ownership.leaves {
        // The key is what a patch is found by; nobody changes it.
        if matches!(leaf.path.as_slice(), [only] if key.contains(only)) {
            continue;
        }
        let all = leaf.owners.iter().chain(&leaf.amenders);
        let writers: BTreeSet<Id<System>> = all.flat_map(|(writer, _)| rights::systems(ownership, *writer)).collect();
        for system in &writers {
            let place = place(systems.entry(*system).or_default(), &leaf.path);
            place.whole = true;
            place.states.clear();
        }
        for (system, states, _) in leaf.transitions.iter().filter(|(system, ..)| !writers.contains(system)) {
            let place = place(systems.entry(*system).or_default(), &leaf.path);
            place.whole = true;
            place.states.extend(states);
        }
    }
    systems.into_iter().collect()
}

fn place<'w>(root: &'w mut Writable, path: &[u16]) -> &'w mut Writable {
    path.iter().fold(root, |at, field| at.fields.entry(*field).or_default())
}

impl Shapes<'_> {
    /// What a system may send of an object.
    pub(in crate::emit::contract) fn patch(&mut self, object: Id<Struct>, writable: &Writable) -> Value {
        let find = self.found_by(object);
        let mut schema = self.patch_of(object, writable, None);
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.shift_insert(0, "find".to_owned(), find);
        }
        schema
    }

    /// What tells which object a patch is of: its key, an identifier, or fields that are unique together. Whoever knows
    /// that otherwise leaves it out.
    fn found_by(&mut self, object: Id<Struct>) -> Value {
        let model = self.model;
        let of = &model.structs[object];
        let mut properties = Map::new();
        for (position, field) in (0_u16..).zip(&of.fields) {
            let unique = of.unique.iter().chain([&of.key]).any(|fields| fields.contains(&position));
            if unique || field.role == FieldRole::Ids {
                properties.insert(field.name.clone(), self.value(field.ty.inner()));
            }
        }
        let mut schema = closed(properties, Vec::new());
        if let Some(map) = schema.as_object_mut() {
            map.insert("minProperties".to_owned(), 1.into());
            map.insert("description".to_owned(), "The object that is meant.".into());
        }
        schema
    }

    fn patch_of(&mut self, of: Id<Struct>, writable: &Writable, key: Option<u16>) -> Value {
        let model = self.model;
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (position, field) in (0_u16..).zip(&model.structs[of].fields) {
            if key == Some(position) {
                required.push(Value::from(field.name.as_str()));
                let schema = self.value(&field.ty);
                properties.insert(field.name.clone(), self.annotated(field, schema));
            } else if let Some(below) = writable.fields.get(&position) {
                let schema = self.patched(of, field, below);
                // Identifiers are written once and never cleared.
                let clears = field.ty.is_optional() && model.structs[of].kind != StructKind::Ids;
                let schema = if clears { nullable(schema) } else { schema };
                properties.insert(field.name.clone(), self.annotated(field, schema));
            }
        }
        closed(properties, required)
    }

    /// A field of a patch, not cleared.
    fn patched(&mut self, of: Id<Struct>, field: &Field, writable: &Writable) -> Value {
        let element = field.ty.element().and_then(Type::as_struct);
        if let (Some(element), Some(key)) = (element, field.list_key) {
            return self.patched_list(element, key, writable);
        }
        if let (Some(inner), false) = (field.ty.as_struct(), writable.fields.is_empty()) {
            return self.patch_of(inner, writable, None);
        }
        let status = self.model.structs[of].lifecycle.as_ref().map(|l| &self.model.codes[l.codes].codes);
        if let (Some(codes), false) = (status, writable.states.is_empty()) {
            let named = writable.states.iter().filter_map(|state| codes.get(usize::from(*state)));
            let named: Vec<&str> = named.map(|code| code.code.as_str()).collect();
            return json!({ "type": "string", "enum": named });
        }
        self.value(field.ty.inner())
    }

    fn patched_list(&mut self, element: Id<Struct>, key: u16, writable: &Writable) -> Value {
        let mut properties = Map::new();
        let set = self.patch_of(element, writable, Some(key));
        properties.insert("set".to_owned(), json!({ "type": "array", "items": set }));
        // Who does not own the membership removes none.
        let key = self.model.structs[element].field(key).filter(|_| writable.whole);
        let removed = key.map(|key| json!({ "type": "array", "items": self.value(&key.ty) }));
        put(&mut properties, "removed", removed);
        closed(properties, Vec::new())
    }

    /// Key and steward of an object, and the owners of the leaves that it is about.
    pub(super) fn identity(&self, id: Id<Struct>, about: impl Fn(&Leaf) -> bool) -> Value {
        let of = &self.model.structs[id];
        let names = |positions: &[u16]| -> Value {
            positions.iter().filter_map(|position| Some(Value::from(of.field(*position)?.name.as_str()))).collect()
        };
        let mut map = Map::new();
        map.insert("x-key".to_owned(), names(&of.key));
        let unique: Vec<Value> = of.unique.iter().map(|fields| names(fields)).collect();
        put(&mut map, "x-unique", (!unique.is_empty()).then_some(unique));
        if let Some(ownership) = self.model.ownership_of(id) {
            put(&mut map, "x-steward", ownership.steward.clone());
            let leaves = ownership.leaves.iter().filter(|leaf| about(leaf));
            let owners: Map<String, Value> =
                leaves.clone().map(|leaf| (leaf.text.clone(), self.owner(ownership, of, leaf))).collect();
            put(&mut map, "x-owner", (!owners.is_empty()).then_some(owners));
            let amend = leaves.clone().filter_map(|leaf| {
                let names: Vec<Value> = leaf.amenders.iter().map(|(who, _)| self.writer(ownership, of, *who)).collect();
                (!names.is_empty()).then(|| (leaf.text.clone(), names.into()))
            });
            let amend: Map<String, Value> = amend.collect();
            put(&mut map, "x-amend", (!amend.is_empty()).then_some(amend));
            let states = of.lifecycle.as_ref().map(|lifecycle| &self.model.codes[lifecycle.codes].codes);
            let until = leaves.filter_map(|leaf| {
                let state = states?.get(usize::from(leaf.until?))?;
                Some((leaf.text.clone(), state.code.as_str().into()))
            });
            let until: Map<String, Value> = until.collect();
            put(&mut map, "x-until", (!until.is_empty()).then_some(until));
        }
        map.into()
    }

    /// Who owns a leaf: a system, `originator`, or a system per code of the partition.
    fn owner(&self, ownership: &Ownership, of: &Struct, leaf: &Leaf) -> Value {
        let mut owners: Vec<Value> = Vec::new();
        for (writer, _) in &leaf.owners {
            let owner = self.writer(ownership, of, *writer);
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        match owners.as_slice() {
            [only] => only.clone(),
            _ => owners.into(),
        }
    }

    fn writer(&self, ownership: &Ownership, of: &Struct, writer: Writer) -> Value {
        match writer {
            Writer::System(system) => self.model.systems[system].name.as_str().into(),
            Writer::Originator => "originator".into(),
            Writer::Owner => self.default_owner(ownership, of),
        }
    }

    fn default_owner(&self, ownership: &Ownership, of: &Struct) -> Value {
        let model = self.model;
        let codes = ownership.partition.and_then(|field| of.field(field)).and_then(|field| match field.ty.inner() {
            Type::Code(codes) => Some(&model.codes[*codes].codes),
            _ => None,
        });
        let by_code: Map<String, Value> = ownership
            .owner
            .iter()
            .filter_map(|(code, system, _)| {
                let code = codes?.get(usize::from((*code)?))?;
                Some((code.code.clone(), model.systems[*system].name.as_str().into()))
            })
            .collect();
        match ownership.owner.as_slice() {
            [(None, system, _)] => model.systems[*system].name.as_str().into(),
            _ => by_code.into(),
        }
    }

    /// The first state, and which states may follow which.
    pub(super) fn lifecycle(&self, lifecycle: &Lifecycle) -> Value {
        let codes = &self.model.codes[lifecycle.codes].codes;
        let name = |state: u16| codes.get(usize::from(state)).map(|code| code.code.clone());
        let mut transitions: Map<String, Value> = Map::new();
        for transition in &lifecycle.transitions {
            if let (Some(from), Some(to)) = (name(transition.from), name(transition.to)) {
                let after = transitions.entry(from).or_insert_with(|| Value::Array(Vec::new()));
                after.as_array_mut().into_iter().for_each(|after| after.push(to.clone().into()));
            }
        }
        json!({ "initial": name(lifecycle.initial), "transitions": transitions })
    }
}
