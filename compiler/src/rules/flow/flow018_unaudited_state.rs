//! FLOW018 unaudited-state: a state changes and no audit entry says who moved it
//!
//! The machine records every state that a flow sets, and every one that a system's patch of the object moves, with the
//! system, the message and the time. Three ways lead past it: a mapping writes a state into what is kept beside the object,
//! where an element is replaced as a whole; `derive` writes a state, which then has no system that moved it and no move of
//! the lifecycle that it followed; and, where there are flows, a mapping moves a state and no flow receives it.
//!
//! When somebody asks who released the order, there is no answer.
//!
//! Bad:
//! ```yaml
//! derive:
//!   - { set: order.status, to: "parcels.size() > 0 ? Order.status.shipped : order.status", by: wms }
//! ```
//! Good:
//! ```yaml
//! milestone: { name: shipped, set: { status: shipped }, by: wms }
//! ```
//! Set states by `set`, or receive the owner's patch of the object in a flow of that object. Level it with
//! `rules: { FLOW018: warn }`, or waive it at the flow (`at: order_to_warehouse`) or the mapping's target
//! (`at: wms_moved.status`).

use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::{entered, field_at};
use crate::model::{Assigned, FieldRole, Flow, Id, Intent, Mapping, Model, Received};
use crate::rules::Context;
use crate::rules::map::sites::element;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW018", name: "unaudited-state", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for flow in sound(model) {
        derived(model, flow, found);
        kept(model, flow, found);
    }
    // A flow that could not be read may receive what seems to be left over.
    if context.incomplete || model.flows.is_empty() {
        return;
    }
    let received: BTreeSet<Id<Mapping>> =
        model.flows.rows().iter().flat_map(|flow| flow.uses().map(|used| used.mapping)).collect();
    for (id, mapping) in model.mappings.iter() {
        if mapping.intent == Intent::Update && !received.contains(&id) {
            found.extend(states(model, mapping).map(|assigned| {
                let message = format!("`{}` moves `{}`, and no flow receives it", mapping.name, assigned.text);
                let finding = Diagnostic::new(RULE, assigned.span, message).at(element(mapping, &assigned.text));
                finding.help("receive it in a flow of the object: by a call, a wait or an interrupt")
            }));
        }
    }
}

fn derived(model: &Model, flow: &Flow, found: &mut Diagnostics) {
    for derive in &flow.derive {
        let state = field_at(model, flow.object, &derive.path).filter(|(_, field)| field.role == FieldRole::Status);
        if let Some((_, field)) = state {
            let message =
                format!("`{}` follows from what is kept: nobody moves it, and no move is checked", derive.text);
            let finding = Diagnostic::new(RULE, derive.span, message).related(field.span, "the state of a lifecycle");
            found.push(
                finding
                    .at(flow.name.clone())
                    .help("set it where the flow has come so far: `set:` of a step or milestone"),
            );
        }
    }
}

/// States that come into what is kept.
fn kept(model: &Model, flow: &Flow, found: &mut Diagnostics) {
    let called = flow.calls().filter_map(|(_, call)| call.receive.as_ref());
    let taken = flow.events().filter_map(|event| event.receive.as_ref());
    let mut told: BTreeSet<Id<Mapping>> = BTreeSet::new();
    for receive in called.chain(taken) {
        let Received::Kept(position) = receive.into else { continue };
        let Some(kept) = flow.keep.get(usize::from(position)) else { continue };
        let mapping = &model.mappings[receive.mapping.mapping];
        for assigned in states(model, mapping).filter(|_| told.insert(receive.mapping.mapping)) {
            let message =
                format!("`{}` writes `{}` of what is kept, and no entry tells of it", mapping.name, assigned.text);
            let finding = Diagnostic::new(RULE, receive.mapping.span, message).at(flow.name.clone());
            let finding = finding.related(assigned.span, "written here").related(kept.span, "kept here");
            let of = &model.structs[kept.element].name;
            found.push(finding.help(format!("keep it without its state, or give `{of}` a flow of its own")));
        }
    }
}

/// The states that a mapping writes.
fn states<'m>(model: &'m Model, mapping: &'m Mapping) -> impl Iterator<Item = &'m Assigned> {
    let target = entered(&mapping.target);
    mapping.assigned.iter().filter(move |assigned| {
        target
            .and_then(|target| field_at(model, target, &assigned.path))
            .is_some_and(|(_, field)| field.role == FieldRole::Status)
    })
}
