//! Which records come in and which go out: what comes in may say "nothing" in more ways than what goes out, and some
//! codecs read more than they write.

use super::codec;
use crate::model::{Emit, Id, LookupSource, Model, Struct, Type, UnknownKeys, WireKind};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a record is read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::emit::contract) enum Way {
    /// It is read: from an answer, an event, a payload.
    In,
    /// It is written: into a request.
    Out,
}

/// The ways that records go, with those inside them.
#[derive(Debug, Default)]
pub(in crate::emit::contract) struct Directions {
    inward: BTreeSet<Id<Struct>>,
    outward: BTreeSet<Id<Struct>>,
    /// Records that look the same both ways, with all that they hold.
    alike: BTreeSet<Id<Struct>>,
    /// The keys that tell records apart as variants of unions, by record.
    tags: BTreeMap<Id<Struct>, BTreeSet<String>>,
}

impl Directions {
    /// Looks at operations, events and mappings.
    pub(in crate::emit::contract) fn of(model: &Model) -> Self {
        let mut directions = Directions::default();
        for system in model.systems.rows() {
            for operation in &system.operations {
                let errors = operation.errors.iter().map(|(_, record)| *record);
                for record in operation.response.into_iter().chain(errors) {
                    close(model, record, &mut directions.inward);
                }
                if let Some(record) = operation.request {
                    close(model, record, &mut directions.outward);
                }
            }
            for record in system.events.iter().filter_map(|event| event.record) {
                close(model, record, &mut directions.inward);
            }
        }
        for mapping in model.mappings.rows() {
            for input in &mapping.inputs {
                close(model, input.of, &mut directions.inward);
            }
            for lookup in &mapping.lookups {
                if let (LookupSource::Operation(..), Some(record)) = (&lookup.source, lookup.result.as_struct()) {
                    close(model, record, &mut directions.inward);
                }
            }
            if let Some(target) = mapping.target.as_struct().or_else(|| mapping.target.element()?.as_struct()) {
                close(model, target, &mut directions.outward);
            }
        }
        directions.alike = alike(model);
        directions.tags = tags(model);
        directions
    }

    /// The ways of which a record has a document: as it comes in, and as it goes out where that is another shape. What
    /// nothing uses is taken to come in.
    pub(in crate::emit::contract) fn ways(&self, record: Id<Struct>) -> impl Iterator<Item = Way> {
        let both = self.outward.contains(&record) && self.inward.contains(&record) && !self.alike.contains(&record);
        let first = if self.only_written(record) { Way::Out } else { Way::In };
        std::iter::once(first).chain(both.then_some(Way::Out))
    }

    /// The way that a record's shape is made for, where it goes `way`: one where both are alike.
    pub(super) fn way(&self, record: Id<Struct>, way: Way) -> Way {
        match way {
            Way::Out if self.inward.contains(&record) && self.alike.contains(&record) => Way::In,
            way => way,
        }
    }

    /// What a record is called as it goes out: its own name, unless it also comes in.
    pub(in crate::emit::contract) fn name_out(&self, model: &Model, record: Id<Struct>) -> String {
        let name = &model.structs[record].name;
        if self.only_written(record) { name.clone() } else { format!("{name}.sent") }
    }

    /// The keys that tell a record apart where it is a variant of a union: none of its own fields, and no surprise in it.
    pub(super) fn tags(&self, record: Id<Struct>) -> impl Iterator<Item = &str> {
        self.tags.get(&record).into_iter().flatten().map(String::as_str)
    }

    fn only_written(&self, record: Id<Struct>) -> bool {
        self.outward.contains(&record) && !self.inward.contains(&record)
    }
}

/// Adds a struct and all that it holds. Works from a stack of its own: specs decide how deep structs lie.
fn close(model: &Model, start: Id<Struct>, into: &mut BTreeSet<Id<Struct>>) {
    let mut open = vec![start];
    while let Some(id) = open.pop() {
        if into.insert(id) {
            open.extend(held(model, id));
        }
    }
}

/// The structs that the fields of one hold.
fn held(model: &Model, id: Id<Struct>) -> impl Iterator<Item = Id<Struct>> {
    model.structs[id].fields.iter().filter_map(|field| match innermost(&field.ty) {
        Type::Struct(id) => Some(*id),
        _ => None,
    })
}

fn innermost(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) | Type::Optional(inner) | Type::Map(_, inner) => innermost(inner),
        ty => ty,
    }
}

/// The records that are the same both ways: no field of theirs differs, and none of what they hold.
fn alike(model: &Model) -> BTreeSet<Id<Struct>> {
    let mut alike = BTreeSet::new();
    let mut holders: BTreeMap<Id<Struct>, Vec<Id<Struct>>> = BTreeMap::new();
    let mut unlike = Vec::new();
    for (id, of) in model.structs.iter().filter(|(_, of)| of.is_record()) {
        alike.insert(id);
        held(model, id).for_each(|inner| holders.entry(inner).or_default().push(id));
        // What is written has no key that is not declared.
        if of.unknown != UnknownKeys::Reject || of.fields.iter().any(differs) {
            unlike.push(id);
        }
    }
    // What holds a record that differs does so too.
    while let Some(id) = unlike.pop() {
        if alike.remove(&id) {
            unlike.extend(holders.get(&id).into_iter().flatten());
        }
    }
    alike
}

fn tags(model: &Model) -> BTreeMap<Id<Struct>, BTreeSet<String>> {
    let mut tags: BTreeMap<Id<Struct>, BTreeSet<String>> = BTreeMap::new();
    for of in model.structs.rows() {
        for (union, field) in of.one_of.iter().flat_map(|union| union.variants.iter().map(move |(_, at)| (union, at))) {
            if let Some(record) = of.field(*field).and_then(|field| field.ty.as_struct()) {
                tags.entry(record).or_default().insert(union.by.clone());
            }
        }
    }
    tags
}

fn differs(field: &crate::model::Field) -> bool {
    let Some(wire) = &field.wire else { return false };
    let WireKind::Route { codec, .. } = &wire.kind else { return false };
    let ty = innermost(&field.ty);
    let silent = wire.emit == Emit::Null && wire.absent.is_empty();
    (field.ty.is_optional() && !silent) || codec::coded(ty, codec, Way::In) != codec::coded(ty, codec, Way::Out)
}
