//! FLOW: flows and events that lose, repeat or forget what they carry. Rules are silent about a flow in which something
//! did not resolve.

mod assumed;
mod bindings;
mod chain;
mod failures;
pub mod flow001_retried_effect;
pub mod flow002_no_deduplication;
pub mod flow003_no_dead_letter;
pub mod flow004_match_not_bound;
pub mod flow005_long_running_call;
pub mod flow006_chain_too_long;
pub mod flow007_over_budget;
pub mod flow008_failure_not_handled;
pub mod flow009_no_team_or_sla;
pub mod flow010_wrong_class;
pub mod flow011_not_undone;
pub mod flow012_unreachable;
pub mod flow013_no_deadline;
pub mod flow014_event_without_end;
pub mod flow015_no_ordering_key;
pub mod flow016_unstable_key;
pub mod flow017_illegal_state;
pub mod flow018_unaudited_state;
pub mod flow019_over_limit;
pub mod flow020_bypass;
pub mod flow021_read_too_early;
pub mod flow022_stale_value;
pub mod flow023_payload_too_large;
pub mod flow024_state_changed;
pub mod flow025_step_gone;
pub mod load;
mod pace;
mod paths;
mod states;
mod trace;
mod ways;

use crate::model::{Call, EventRef, Flow, Model, OperationRef, StartFrom, Taken, Takes};
use crate::source::Span;
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

/// The operations that flows, subscribers and APIs call, each with the first place where, and who does.
pub(super) fn called(model: &Model) -> BTreeMap<OperationRef, (Span, &str)> {
    let mut all: BTreeMap<OperationRef, (Span, &str)> = BTreeMap::new();
    let mut add = |call: &Call, by| {
        all.entry(call.operation).or_insert((call.span, by));
    };
    for flow in model.flows.rows() {
        flow.calls().for_each(|(_, call)| add(call, flow.name.as_str()));
        for start in &flow.starts {
            if let StartFrom::Event { fetch, .. } = &start.from {
                for fetch in fetch {
                    add(&fetch.call, &flow.name);
                }
            }
        }
    }
    for event in model.events.rows() {
        for subscriber in &event.subscribers {
            if let Takes::Call(call) = &subscriber.takes {
                add(call, &event.name);
            }
        }
    }
    for api in model.apis.rows() {
        for operation in &api.operations {
            if let Some((system, position)) = operation.call {
                let at = OperationRef { system, operation: position };
                all.entry(at).or_insert((operation.span, &operation.name));
            }
        }
    }
    all
}
