//! FLOW021 read-too-early: a value that may not exist yet
//!
//! A step, or a call that undoes or redoes one, reads an identifier of the object or of a part (`order.ids.wms`), and there
//! is a way to it on which nothing binds that: no start, no answer and no event that was received.
//!
//! The step then fails with `absent_value`, for those instances only that went that way.
//!
//! So it is with a lookup where nothing waits for its answer: in a key, a match, an `until:`, the list of an `each`, or a
//! derived value. What is asked for in a `decide`, in what a call sends, or in what is received, is waited for.
//!
//! Bad:
//! ```yaml
//! - { name: cancel, call: wms.cancel_order, params: { number: order.ids.wms } }
//! - { name: submit, call: wms.create_order, send: order_to_wms, receive: wms_accepted, idempotency: order.order_id }
//! ```
//! Good:
//! ```yaml
//! - { name: submit, call: wms.create_order, send: order_to_wms, receive: wms_accepted, idempotency: order.order_id }
//! - { name: cancel, call: wms.cancel_order, params: { number: order.ids.wms } }
//! ```
//! The finding shows the way. What is asked for with `has(order.ids.wms)`, or has a value by `.orValue(…)`, may be absent.
//! What undoes or redoes a step may read what the step itself received. Level it with `rules: { FLOW021: warn }`, or waive it
//! at the step (`at: order_to_warehouse.cancel`).

use super::bindings::{Bindings, Wanted};
use super::paths::Search;
use super::sound;
use super::trace::Trace;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::Node;
use crate::model::{Call, Flow, Over, Step, StepId, StepKind};
use crate::rules::Context;
use crate::source::Span;
use std::collections::BTreeMap;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW021", name: "read-too-early", severity: Severity::Error };

/// What a step reads of identifiers: where, and whether it may have received them itself by then.
type Reads = BTreeMap<Wanted, BTreeMap<StepId, (Span, bool)>>;

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for flow in sound(model) {
        unasked(flow, found);
        let mut search = Search::of(model, flow);
        for (wanted, steps) in reads(&search.bindings) {
            let unbound = search.unbound(wanted);
            let trace = Trace { bindings: &search.bindings, unbound: &unbound, wanted };
            for (id, (span, after)) in steps {
                let Some(step) = flow.step(id).filter(|_| unbound.entered.contains_key(&id)) else { continue };
                if after && search.bindings.step_binds(step, step.parent, wanted, true) {
                    continue;
                }
                let (name, identifier, way) = (&step.name, search.bindings.name(wanted), trace.way(id));
                let message = format!("`{name}` reads `{identifier}`, which nothing binds on the way {way}");
                let finding = Diagnostic::new(RULE, span, message).at(format!("{}.{name}", flow.name));
                found.push(trace.finding(finding, id, None));
            }
        }
    }
}

/// Lookups whose answers nothing waits for.
fn unasked(flow: &Flow, found: &mut Diagnostics) {
    let mut judge = |name: &str, node: &Node| {
        if node.looks_up() {
            let message = format!("`{name}` looks something up where no answer is waited for");
            let help = "decide on it in a step of its own (`decide:`), or look it up in what is received or sent";
            found.push(Diagnostic::new(RULE, node.span, message).help(help).at(format!("{}.{name}", flow.name)));
        }
    };
    flow.key.iter().for_each(|key| judge("key", key));
    flow.derive.iter().for_each(|derive| judge("derive", &derive.value));
    for step in &flow.steps {
        match &step.kind {
            StepKind::Call(call) => call.idempotency.iter().for_each(|key| judge(&step.name, key)),
            StepKind::Await(wait) => wait.until.iter().for_each(|until| judge(&step.name, until)),
            StepKind::Each(_) => on_entry(step, &mut |node| judge(&step.name, node)),
            _ => {}
        }
    }
    flow.events().filter_map(|taken| taken.matches.as_ref()).for_each(|matches| judge("match", &matches.event));
}

/// The first place in each step that reads an identifier.
fn reads(bindings: &Bindings<'_>) -> Reads {
    let mut all = Reads::new();
    for (id, step) in bindings.flow.steps() {
        let mut add = |node: &Node, after: bool| {
            for (wanted, span) in bindings.read(node) {
                let known = all.entry(wanted).or_default().entry(id).or_insert((span, after));
                // What is read on entering it counts before what is read when it was done.
                if known.1 && !after {
                    *known = (span, after);
                }
            }
        };
        on_entry(step, &mut |node| add(node, false));
        if let StepKind::Call(call) = &step.kind {
            for later in [&call.undo, &call.redo].into_iter().flatten() {
                later.walk(&mut |node| add(node, true));
            }
        }
    }
    all
}

/// The expressions that a step reads before anything is received.
fn on_entry<'s>(step: &'s Step, visit: &mut dyn FnMut(&'s Node)) {
    match &step.kind {
        StepKind::Call(call) => {
            Call::walk(&call.call, visit);
            call.idempotency.iter().for_each(visit);
        }
        StepKind::Await(wait) => {
            wait.until.iter().for_each(&mut *visit);
            let received = wait.branches.iter().filter_map(|branch| branch.event.receive.as_ref());
            received.flat_map(|receive| &receive.mapping.inputs).for_each(visit);
        }
        StepKind::Decide(branches) => branches.iter().filter_map(|branch| branch.when.as_ref()).for_each(visit),
        StepKind::Each(each) => match &each.over {
            Over::Elements { list, .. } => visit(list),
            Over::Groups { list, by, .. } => {
                visit(list);
                visit(by);
            }
            Over::Unknown => {}
        },
        StepKind::Publish(_) | StepKind::Wait { .. } | StepKind::Raise(_) => {}
    }
}
