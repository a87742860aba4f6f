//! FLOW: flows and events that lose, repeat or forget what they carry. Rules are silent about a flow in which something
//! did not resolve.

pub mod flow002_no_deduplication;
pub mod flow003_no_dead_letter;
pub mod flow009_no_team_or_sla;
pub mod flow012_unreachable;
pub mod flow013_no_deadline;
pub mod flow014_event_without_end;
pub mod flow015_no_ordering_key;

use crate::model::{EventRef, Flow, Model, Taken};
use std::collections::BTreeMap;

/// The flows in which everything resolved.
pub(super) fn sound(model: &Model) -> impl Iterator<Item = &Flow> {
    model.flows.rows().iter().filter(|flow| !flow.unresolved)
}

/// The events of systems that flows take, each with the places where, in order of the systems.
pub(super) fn taken(model: &Model) -> BTreeMap<EventRef, Vec<(&Flow, &Taken)>> {
    let mut all: BTreeMap<EventRef, Vec<(&Flow, &Taken)>> = BTreeMap::new();
    for flow in model.flows.rows() {
        for taken in flow.events() {
            all.entry(taken.event).or_default().push((flow, taken));
        }
    }
    all
}
