//! Which records come in and which only go out: what comes in may say "nothing" in more ways than what goes out.

use crate::model::{Id, LookupSource, Model, Struct, Type};
use std::collections::BTreeSet;

/// The records that come in, with those inside them.
#[derive(Debug, Default)]
pub(in crate::emit::contract) struct Directions {
    inward: BTreeSet<Id<Struct>>,
    outward: BTreeSet<Id<Struct>>,
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
        directions
    }

    /// Whether a record is only ever written.
    pub(super) fn only_written(&self, record: Id<Struct>) -> bool {
        self.outward.contains(&record) && !self.inward.contains(&record)
    }
}

/// Adds a struct and all that it holds. Works from a stack of its own: specs decide how deep structs lie.
fn close(model: &Model, start: Id<Struct>, into: &mut BTreeSet<Id<Struct>>) {
    let mut open = vec![start];
    while let Some(id) = open.pop() {
        if into.insert(id) {
            open.extend(model.structs[id].fields.iter().filter_map(|field| held(&field.ty)));
        }
    }
}

fn held(ty: &Type) -> Option<Id<Struct>> {
    match ty {
        Type::Struct(id) => Some(*id),
        Type::List(inner) | Type::Optional(inner) | Type::Map(_, inner) => held(inner),
        _ => None,
    }
}
