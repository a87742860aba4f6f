//! FLOW017 illegal-state: a state is set that its lifecycle or its ownership does not allow there
//!
//! A step, milestone, failure, action or interrupt sets a state. Followed along the flow, the object (or the line) may be in
//! a state then from which the lifecycle has no such move; or the system in whose name it is set may not make the move.
//! A state that holds already is no move.
//!
//! The machine refuses the move, and the instance stops there with an exception that nobody expected.
//!
//! Bad, where the lifecycle has `received: [validated]` and `validated: [released]`:
//! ```yaml
//! - name: submit
//!   call: wms.create_order
//!   send: order_to_wms
//!   idempotency: order.order_id
//!   milestone: { name: released, set: { status: released }, by: shop }
//! ```
//! Good:
//! ```yaml
//! - name: check
//!   call: wms.check_order
//!   send: order_to_wms
//!   milestone: { name: validated, set: { status: validated }, by: shop }
//! - name: submit
//!   call: wms.create_order
//!   send: order_to_wms
//!   idempotency: order.order_id
//!   milestone: { name: released, set: { status: released }, by: shop }
//! ```
//! Decide on the state before (`decide`), bound an interrupt (`until:`), or add the move to the lifecycle. Who may make it
//! is said in the ownership, under `owner:`, `amend:` or `transitions:`. Where a mapping chooses between states, one of
//! them must lead on. Level it with `rules: { FLOW017: warn }`, or waive it at the flow (`at: order_to_warehouse`).

use super::sound;
use super::states::{self, Judged};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::{field_at, leaf};
use crate::model::{Flow, Id, Leaf, Model, Ownership, SetState, StateOf, System};
use crate::rules::Context;
use crate::rules::words::{names, system_names};
use crate::source::Span;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW017", name: "illegal-state", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for flow in sound(model) {
        let judged = states::judged(model, flow);
        for one in &judged {
            found.extend(moved(model, flow, one, &judged));
            found.extend(in_whose_name(model, flow, one));
        }
    }
}

/// The state of a lifecycle by its position.
fn state<'m>(model: &'m Model, judged: &Judged<'_>, at: u16) -> &'m str {
    let codes = &model.codes[judged.lifecycle.codes].codes;
    codes.get(usize::from(at)).map_or("?", |code| code.code.as_str())
}

fn path(model: &Model, flow: &Flow, set: &SetState) -> String {
    let field = model.structs[set.holder].field(set.field).map_or("?", |field| field.name.as_str());
    match set.of {
        StateOf::Object => format!("{}.{field}", flow.root),
        StateOf::Part(_) => format!("{}.{field}", model.structs[set.holder].name),
    }
}

/// A move that the lifecycle does not have.
fn moved(model: &Model, flow: &Flow, judged: &Judged<'_>, all: &[Judged<'_>]) -> Option<Diagnostic> {
    let set = judged.set;
    let illegal: Vec<u16> = judged.illegal().into_iter().collect();
    let first = *illegal.first()?;
    let from = names(illegal.iter().map(|at| state(model, judged, *at)));
    let to = state(model, judged, set.state);
    let message =
        format!("`{}` may be {from} here, and {} is no way to `{to}`", path(model, flow, set), thence(&illegal));
    let mut finding = Diagnostic::new(RULE, set.span, message).at(flow.name.clone());
    let before = all.iter().filter(|other| other.set.holder == set.holder && other.set.state == first);
    let mut places: BTreeSet<Span> = before.map(|other| other.set.span).collect();
    places.remove(&set.span);
    for place in places.into_iter().take(2) {
        finding = finding.related(place, format!("it becomes `{}` here", state(model, judged, first)));
    }
    let moves: Vec<&str> = judged
        .lifecycle
        .transitions
        .iter()
        .filter(|transition| transition.to == set.state)
        .map(|transition| state(model, judged, transition.from))
        .collect();
    let lifecycle = match moves.as_slice() {
        [] => format!("no state leads to `{to}`"),
        moves => format!("`{to}` follows {}", names(moves.iter().copied())),
    };
    finding = finding.related(judged.lifecycle.span, lifecycle);
    Some(finding.help("decide on the state before, bound what leads here, or add the move to the lifecycle"))
}

fn thence(states: &[u16]) -> &'static str {
    if states.len() == 1 { "from there" } else { "from these" }
}

/// A move in the name of nobody, or of a system that may not make it.
fn in_whose_name(model: &Model, flow: &Flow, judged: &Judged<'_>) -> Option<Diagnostic> {
    let set = judged.set;
    let to = state(model, judged, set.state);
    let Some(by) = set.by else {
        // What a person chooses is the owner's word.
        if judged.chosen {
            return None;
        }
        let message = format!("`{}` is set to `{to}` in the name of no system", path(model, flow, set));
        let finding = Diagnostic::new(RULE, set.span, message).at(flow.name.clone());
        return Some(finding.help("say in whose: `by:` with a system that may make this move"));
    };
    let ownership = model.ownership_of(flow.object).filter(|ownership| !ownership.unresolved)?;
    let status = status(model, ownership, set)?;
    let delegated = states::may_move(ownership, &status.path, by)?;
    if delegated.contains(&set.state) {
        return None;
    }
    let name = &model.systems[by].name;
    let message = format!("`{name}` may not move `{}` to `{to}`", path(model, flow, set));
    let finding = Diagnostic::new(RULE, set.by_span.unwrap_or(set.span), message).at(flow.name.clone());
    let said = status.transitions.iter().find(|(system, _, _)| *system == by).map(|(_, _, span)| *span);
    let finding = match said {
        Some(span) => {
            let may = names(delegated.iter().map(|at| state(model, judged, *at)));
            finding.related(span, format!("delegated to it: {may}"))
        }
        None => finding.related(status.owners.first().map_or(ownership.span, |(_, span)| *span), "the owner"),
    };
    let may = system_names(model, movers(ownership, status, set.state));
    Some(finding.help(format!("say `by:` with one that may ({may}), or delegate the move in `{}`", ownership.name)))
}

/// The leaf of an ownership that a state is.
fn status<'o>(model: &Model, ownership: &'o Ownership, set: &SetState) -> Option<&'o Leaf> {
    match set.of {
        StateOf::Object => leaf(ownership, &[set.field]),
        StateOf::Part(_) => ownership.leaves.iter().find(|leaf| {
            leaf.path.last() == Some(&set.field)
                && field_at(model, ownership.object, &leaf.path).is_some_and(|(of, _)| of == set.holder)
        }),
    }
}

/// The systems that may move a status to a state.
fn movers(ownership: &Ownership, status: &Leaf, to: u16) -> BTreeSet<Id<System>> {
    let writers = status.owners.iter().chain(&status.amenders);
    let mut all: BTreeSet<Id<System>> =
        writers.flat_map(|(writer, _)| crate::model::rights::systems(ownership, *writer)).collect();
    all.extend(status.transitions.iter().filter(|(_, states, _)| states.contains(&to)).map(|(system, _, _)| *system));
    all
}
