//! FLOW011 not-undone: an effect that stays when all else is undone
//!
//! A step changes something in a system and has no `undo:`, and after it, or beside it, the flow may be undone: by an
//! interrupt, by what is chosen about an exception, or by a decision (`undo: all`, or `undo:` with its name).
//!
//! The order is cancelled everywhere but there. What can't be undone is raised then, each time.
//!
//! Bad:
//! ```yaml
//! - { name: submit, call: wms.create_order, send: order_to_wms, idempotency: order.order_id }
//! ```
//! Good:
//! ```yaml
//! - { name: submit, call: wms.create_order, send: order_to_wms, idempotency: order.order_id, undo: { params: { number: order.order_id } } }
//! ```
//! An interrupt counts until the state that it names is set. Steps of an action are not counted: who chooses it decides. If
//! an effect is meant to stay, waive it at the step with the reason (`at: order_to_warehouse.submit`); level it with
//! `rules: { FLOW011: warn }`.

use super::chain::before;
use super::failures::raised_at;
use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{CallStep, Does, Effect, Flow, Model, Place, StateOf, Step, StepId, StepKind, Undo};
use crate::rules::Context;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW011", name: "not-undone", severity: Severity::Error };

/// Where a flow may be undone.
struct Undone<'f> {
    what: &'f Undo,
    span: Span,
    /// What brings it about.
    by: String,
    when: When,
}

/// When it may.
enum When {
    /// At these steps.
    At(BTreeSet<StepId>),
    /// At any time, or until the object has a state.
    Until(Option<u16>),
}

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for flow in sound(model) {
        let undone = undone(model, flow);
        if undone.is_empty() {
            continue;
        }
        let closed = Closed::of(model, flow);
        for (id, step) in flow.steps() {
            let StepKind::Call(call) = &step.kind else { continue };
            let writes =
                model.operation(call.call.operation).is_some_and(|operation| operation.effect == Effect::Write);
            if !writes || call.undo.is_some() || chosen(flow, step) {
                continue;
            }
            let earlier = before(flow, id);
            let reaches = |undone: &&Undone<'_>| match undone.what {
                Undo::Steps(named) => named.iter().any(|(named, _)| *named == id),
                Undo::All => match &undone.when {
                    When::At(steps) => steps.iter().any(|at| comes_to(flow, (id, step), *at, &earlier)),
                    When::Until(state) => !state.is_some_and(|state| closed.by(flow, state, (id, step), &earlier)),
                },
            };
            if let Some(undone) = undone.iter().find(reaches) {
                found.push(finding(model, flow, step, call, undone));
            }
        }
    }
}

/// Whether a step stands in what somebody chooses: in an action or an interrupt, or in a decision there.
fn chosen(flow: &Flow, step: &Step) -> bool {
    match step.place {
        Place::Action(..) | Place::Interrupt(_) => true,
        Place::Branch(decision, _) => flow.step(decision).is_some_and(|decision| chosen(flow, decision)),
        Place::Body => false,
    }
}

/// Whether a step may be done when the flow is at another: that one does not come before it, or runs in another part.
fn comes_to(flow: &Flow, (id, step): (StepId, &Step), at: StepId, earlier: &BTreeSet<StepId>) -> bool {
    let together = step.parent.is_some() && flow.step(at).is_some_and(|other| other.parent == step.parent);
    at != id && (together || !earlier.contains(&at))
}

fn finding(model: &Model, flow: &Flow, step: &Step, call: &CallStep, undone: &Undone<'_>) -> Diagnostic {
    let message = format!("`{}` has no `undo`, and {} undoes what was done", step.name, undone.by);
    let finding = Diagnostic::new(RULE, step.span, message).at(format!("{}.{}", flow.name, step.name));
    let finding = finding.related(undone.span, "undone here");
    let name = model.operation_name(call.call.operation);
    let Some(operation) = model.operation(call.call.operation) else { return finding };
    match &operation.undo {
        Some((undo, span)) => finding
            .related(*span, format!("`{undo}` undoes it"))
            .help(format!("say with which parameters: `undo:` of the step, for those of `{undo}`")),
        None => finding
            .related(operation.span, format!("`{name}` names no operation that undoes it"))
            .help("name one there (`undo:`), or waive it here with the reason why the effect may stay"),
    }
}

/// All that undoes something in a flow.
fn undone<'f>(model: &Model, flow: &'f Flow) -> Vec<Undone<'f>> {
    let mut all = Vec::new();
    for interrupt in &flow.interrupts {
        if let Does::Undo(what, _) = &interrupt.action.does {
            let by = format!("`{}`", model.event_name(interrupt.event.event));
            let when = When::Until(interrupt.until.map(|(state, _)| state));
            all.push(Undone { what, span: interrupt.span, by, when });
        }
    }
    for (id, step) in flow.steps() {
        let StepKind::Decide(branches) = &step.kind else { continue };
        for branch in branches {
            if let Does::Undo(what, _) = &branch.then.does {
                let when = When::At(BTreeSet::from([id]));
                all.push(Undone { what, span: branch.span, by: format!("`{}`", step.name), when });
            }
        }
    }
    let raised = raised_at(model, flow);
    for handler in &flow.handlers {
        for (action, span, does) in &handler.actions {
            if let Does::Undo(what, _) = &does.does {
                let exception = &handler.exception.name;
                let when = When::At(raised.get(exception).cloned().unwrap_or_default());
                all.push(Undone { what, span: *span, by: format!("`{action}` on `{exception}`"), when });
            }
        }
    }
    all
}

/// The states of the object from which there is no way back to another one.
struct Closed {
    /// Per state, those that can be reached from it.
    reached: BTreeMap<u16, BTreeSet<u16>>,
}

impl Closed {
    fn of(model: &Model, flow: &Flow) -> Self {
        let lifecycle = model.structs[flow.object].lifecycle.as_ref();
        let moves: Vec<(u16, u16)> =
            lifecycle.iter().flat_map(|l| &l.transitions).map(|one| (one.from, one.to)).collect();
        let mut reached = BTreeMap::new();
        for from in moves.iter().map(|(from, _)| *from).collect::<BTreeSet<u16>>() {
            let (mut found, mut next) = (BTreeSet::new(), vec![from]);
            while let Some(state) = next.pop() {
                let more = moves.iter().filter(|(from, _)| *from == state).map(|(_, to)| *to);
                next.extend(more.filter(|to| found.insert(*to)).collect::<Vec<_>>());
            }
            reached.insert(from, found);
        }
        Closed { reached }
    }

    /// Whether the object is past a state once a step is done: it, or one before it, sets that or one that follows.
    fn by(&self, flow: &Flow, state: u16, (_, step): (StepId, &Step), earlier: &BTreeSet<StepId>) -> bool {
        let leads = |from: u16, to: u16| self.reached.get(&from).is_some_and(|reached| reached.contains(&to));
        let steps = earlier.iter().filter_map(|id| flow.step(*id)).chain([step]);
        let set = steps.flat_map(Step::sets).filter(|set| set.of == StateOf::Object).map(|set| set.state);
        set.into_iter().any(|set| set == state || (leads(state, set) && !leads(set, state)))
    }
}
