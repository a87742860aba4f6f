//! What a flow asks for before it can go on: identifiers of other objects, lookups of its mappings, and what starts fetch.
//!
//! A mapping's own lookups have names that are its own, so that outside they go under the mapping's: `sap_order.item`.
//! Identifiers of other objects mean the same everywhere: `Customer.sap`.

use crate::lower::called;
use crate::model::{Flow, Id, Lookup, LookupSource, Mapping, Model, OperationRef, StartFrom, Struct, System};
use crossdock_runtime::flow;

/// Something that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Under which name.
    pub name: String,
    /// Where the answer comes from.
    pub source: Source,
}

/// Where an answer comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The runtime's index: the identifier of an object in a system.
    Index(Id<Struct>, Id<System>),
    /// An operation; the key holds its parameters.
    Operation(OperationRef),
}

/// Everything that a flow may ask for, each once, in order of names.
pub fn asks(model: &Model, flow: &Flow) -> Vec<Ask> {
    let mut all: Vec<Ask> = flow.lookups.iter().filter_map(|lookup| ask(model, None, lookup)).collect();
    for used in flow.uses() {
        let mapping = &model.mappings[used.mapping];
        let called = called::called(model, mapping);
        let lookups = mapping.lookups.iter().chain(called.iter().flat_map(|id| &model.mappings[*id].lookups));
        all.extend(lookups.filter_map(|lookup| ask(model, Some(mapping), lookup)));
    }
    for start in &flow.starts {
        if let StartFrom::Event { fetch, .. } = &start.from {
            all.extend(fetch.iter().map(|fetch| Ask {
                name: name_of_fetch(flow, &fetch.name),
                source: Source::Operation(fetch.call.operation),
            }));
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all.dedup_by(|a, b| a.name == b.name);
    all
}

fn ask(model: &Model, mapping: Option<&Mapping>, lookup: &Lookup) -> Option<Ask> {
    let source = match &lookup.source {
        LookupSource::Index(object, system) => Source::Index(*object, *system),
        LookupSource::Operation(system, name) => {
            let position = model.systems[*system].operations.iter().position(|known| known.name == *name)?;
            let operation = u16::try_from(position).ok()?;
            Source::Operation(OperationRef { system: *system, operation })
        }
    };
    let name = mapping.map_or_else(|| lookup.name.clone(), |mapping| flow::asked(&mapping.name, &lookup.name));
    Some(Ask { name, source })
}

/// The name under which a start fetches something.
pub fn name_of_fetch(flow: &Flow, fetch: &str) -> String {
    format!("{}.{fetch}", flow.name)
}
