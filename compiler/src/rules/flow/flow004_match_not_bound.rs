//! FLOW004 match-not-bound: a wait for an identifier that may not be known by then
//!
//! A step waits for an event that is told by an identifier (`match: order.ids.wms == src.id`), and there is a way to it on
//! which nothing binds that: no start, no answer and no event that was received. So may something that resolves an exception,
//! where the exception is raised. An interrupt may come at any time: of it one place must exist that binds what it is told by.
//!
//! The event finds nobody. It waits its time and goes to its dead letter, while the instance waits for it.
//!
//! Bad:
//! ```yaml
//! - { name: submit, call: wms.create_order, send: order_to_wms, idempotency: order.order_id }
//! - name: ship
//!   await: { event: wms.order_shipped }
//!   match: order.ids.wms == src.id
//! ```
//! Good:
//! ```yaml
//! - { name: submit, call: wms.create_order, send: order_to_wms, receive: wms_accepted, idempotency: order.order_id }
//! - name: ship
//!   await: { event: wms.order_shipped }
//!   match: order.ids.wms == src.id
//! ```
//! The finding shows the way. What is received binds an identifier if its mapping sets it to a value that can't be none
//! (`.orRaise(…)` makes one of it); inside `each` it binds that of the part. Level it with `rules: { FLOW004: warn }`, or
//! waive it at the step (`at: order_to_warehouse.ship`).

use super::bindings::{Bindings, Wanted};
use super::paths::{Search, Unbound};
use super::sound;
use super::trace::{Trace, nowhere};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Flow, Handler, StepId, StepKind, Taken};
use crate::rules::Context;
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW004", name: "match-not-bound", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for flow in sound(model) {
        let mut search = Search::of(model, flow);
        let waits = waits(flow);
        let resolves = resolves(flow);
        let wanted = waits.iter().map(|(_, _, wanted)| *wanted).chain(resolves.iter().map(|(_, _, wanted)| *wanted));
        let mut unbound: BTreeMap<Wanted, Unbound> = BTreeMap::new();
        for wanted in wanted.collect::<BTreeSet<Wanted>>() {
            unbound.insert(wanted, search.unbound(wanted));
        }
        let mut parts: BTreeMap<Wanted, Unbound> = BTreeMap::new();
        for (step, taken, wanted) in waits {
            let Some(of) = unbound.get(&wanted).filter(|of| of.entered.contains_key(&step)) else { continue };
            if part_has_it(&mut search, step, wanted, &mut parts) {
                continue;
            }
            let trace = Trace { bindings: &search.bindings, unbound: of, wanted };
            let name = flow.step(step).map_or("", |step| step.name.as_str());
            let identifier = search.bindings.name(wanted);
            let way = trace.way(step);
            let message = format!("`{name}` waits for `{identifier}`, which nothing binds on the way {way}");
            let span = taken.matches.as_ref().map_or(taken.span, |matches| matches.span);
            let finding = Diagnostic::new(RULE, span, message).at(format!("{}.{name}", flow.name));
            found.push(trace.finding(finding, step, None));
        }
        for (handler, taken, wanted) in resolves {
            let Some(of) = unbound.get(&wanted) else { continue };
            let exception = &handler.exception.name;
            let raised = of.raised.iter().find(|(step, raised)| {
                raised.name == *exception && !part_has_it(&mut search, *step, wanted, &mut parts)
            });
            let Some((step, raised)) = raised else { continue };
            let trace = Trace { bindings: &search.bindings, unbound: of, wanted };
            let (identifier, way) = (search.bindings.name(wanted), trace.way(*step));
            let event = search.bindings.event_name(taken);
            let message = format!(
                "`{event}` resolves `{exception}` by `{identifier}`, which nothing binds on the way {way} to where it is raised"
            );
            let span = taken.matches.as_ref().map_or(taken.span, |matches| matches.span);
            let finding = Diagnostic::new(RULE, span, message).at(format!("{}.{exception}", flow.name));
            found.push(trace.finding(finding, *step, Some(&raised.note)));
        }
        for interrupt in &flow.interrupts {
            let Some(wanted) = matched(&interrupt.event).filter(|wanted| search.bindings.place(*wanted).is_none())
            else {
                continue;
            };
            let (event, identifier) = (search.bindings.event_name(&interrupt.event), search.bindings.name(wanted));
            let message = format!("`{event}` is taken by `{identifier}`, which nothing binds");
            let span = interrupt.event.matches.as_ref().map_or(interrupt.span, |matches| matches.span);
            let finding = Diagnostic::new(RULE, span, message).at(format!("{}.{event}", flow.name));
            found.push(nowhere(&search.bindings, wanted, finding));
        }
    }
}

fn matched(taken: &Taken) -> Option<Wanted> {
    Bindings::matched(&taken.matches.as_ref()?.bound)
}

/// The events that steps wait for by identifiers.
fn waits(flow: &Flow) -> Vec<(StepId, &Taken, Wanted)> {
    let mut all: Vec<(StepId, &Taken, Wanted)> = Vec::new();
    for (id, step) in flow.steps() {
        let StepKind::Await(wait) = &step.kind else { continue };
        for branch in &wait.branches {
            let Some(wanted) = matched(&branch.event) else { continue };
            // Several events may have one match.
            if !all.iter().rev().take(wait.branches.len()).any(|(step, _, known)| *step == id && *known == wanted) {
                all.push((id, &branch.event, wanted));
            }
        }
    }
    all
}

/// The events that resolve exceptions by identifiers.
fn resolves(flow: &Flow) -> Vec<(&Handler, &Taken, Wanted)> {
    let all = flow.handlers.iter().flat_map(|handler| handler.resolve.iter().map(move |(_, taken)| (handler, taken)));
    all.filter_map(|(handler, taken)| Some((handler, taken, matched(taken)?))).collect()
}

/// Whether a part around a step has the identifier wherever the step is entered: an event finds a part by it as well.
fn part_has_it(search: &mut Search<'_>, step: StepId, wanted: Wanted, known: &mut BTreeMap<Wanted, Unbound>) -> bool {
    let Wanted::Object(system) = wanted else { return false };
    let flow = search.bindings.flow;
    let mut around = flow.step(step).and_then(|step| step.parent);
    while let Some(part) = around {
        let of_part = Wanted::Part(part, system);
        let unbound = known.entry(of_part).or_insert_with(|| search.unbound(of_part));
        if !unbound.entered.contains_key(&step) {
            return true;
        }
        around = flow.step(part).and_then(|step| step.parent);
    }
    false
}
