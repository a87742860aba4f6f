//! FLOW012 unreachable: a step that never runs
//!
//! Steps wait for each other in a circle, through `after`. Or a step follows one behind which the flow never goes on: a
//! `raise` that no action continues, a `decide` all of whose branches lead elsewhere; and no `goto` leads to it.
//!
//! What it would do never happens, its milestone is never reached, and who reads the flow believes otherwise.
//!
//! Bad:
//! ```yaml
//! steps:
//!   - { name: submit, call: wms.create_order, send: order_to_wms, idempotency: order.order_id, after: pause }
//!   - { name: pause, wait: 2h, after: submit }
//! ```
//! Good:
//! ```yaml
//! steps:
//!   - { name: submit, call: wms.create_order, send: order_to_wms, idempotency: order.order_id }
//!   - { name: pause, wait: 2h, after: submit }
//! ```
//! Of steps that come after such a one nothing is said. Level it with `rules: { FLOW012: warn }`, or waive it at the step
//! (`at: order_to_warehouse.pause`).

use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Action, Does, Flow, Step, StepId, StepKind, Then};
use crate::rules::Context;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW012", name: "unreachable", severity: Severity::Error };

/// Steps of a circle that are named in its message.
const SHOWN: usize = 6;

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for flow in sound(context.model) {
        let reached = reached(flow);
        let mut followed: BTreeSet<StepId> = BTreeSet::new();
        for (id, step) in flow.steps().filter(|(id, _)| !reached.contains(id)) {
            match waits_for(step, &reached) {
                // What is behind another step that never runs needs no finding of its own, unless they turn in a circle.
                Some(_) => found.extend(turning(flow, &circle(flow, id, &reached, &mut followed))),
                None => found.extend(blocked(flow, step).map(|before| behind(flow, step, before))),
            }
        }
    }
}

/// Of the steps before one, the first that never runs.
fn waits_for(step: &Step, reached: &BTreeSet<StepId>) -> Option<StepId> {
    step.after.iter().map(|(id, _)| *id).find(|id| !reached.contains(id))
}

/// The steps that may run.
fn reached(flow: &Flow) -> BTreeSet<StepId> {
    // Per step: how many of those before it have not been passed, and which wait for it.
    let mut open: Vec<usize> = flow.steps.iter().map(|step| step.after.len()).collect();
    let mut waiting: Vec<Vec<StepId>> = vec![Vec::new(); flow.steps.len()];
    for (id, step) in flow.steps() {
        for (before, _) in &step.after {
            if let Some(waiting) = waiting.get_mut(before.index()) {
                waiting.push(id);
            }
        }
    }
    let first = |(id, step): (StepId, &Step)| (step.after.is_empty() && step.parent.is_none()).then_some(id);
    let mut next: Vec<StepId> = flow.steps().filter_map(first).collect();
    let interrupts = flow.interrupts.iter().map(|interrupt| &interrupt.action);
    let handled = flow.handlers.iter().flat_map(|handler| handler.actions.iter().map(|(_, _, action)| action));
    next.extend(interrupts.chain(handled).filter_map(target));
    let mut reached: BTreeSet<StepId> = BTreeSet::new();
    while let Some(id) = next.pop() {
        let Some(step) = flow.step(id).filter(|_| reached.insert(id)) else { continue };
        match &step.kind {
            StepKind::Each(each) => {
                let first = |id: &&StepId| flow.step(**id).is_some_and(|step| step.after.is_empty());
                next.extend(each.steps.iter().filter(first).copied());
            }
            StepKind::Decide(branches) => next.extend(branches.iter().filter_map(|branch| target(&branch.then))),
            StepKind::Await(wait) => {
                next.extend(wait.branches.iter().filter_map(|branch| branch.goto).map(|(id, _)| id));
            }
            StepKind::Call(call) => next.extend(call.failures.iter().filter_map(|failure| target(&failure.action))),
            StepKind::Publish(_) | StepKind::Wait { .. } | StepKind::Raise(_) => {}
        }
        if !passes(flow, step) {
            continue;
        }
        for after in waiting.get(id.index()).into_iter().flatten() {
            if let Some(open) = open.get_mut(after.index()) {
                *open = open.saturating_sub(1);
                if *open == 0 {
                    next.push(*after);
                }
            }
        }
    }
    reached
}

/// The step that an action leads to.
fn target(action: &Action) -> Option<StepId> {
    match &action.does {
        Does::Goto(id, _) | Does::Steps(_, Then::Goto(id, _)) | Does::Undo(_, Then::Goto(id, _)) => Some(*id),
        _ => None,
    }
}

/// Whether an action lets the flow go on behind the step where it stands.
fn continues(action: &Action) -> bool {
    matches!(
        &action.does,
        Does::Continue | Does::Steps(_, Then::Continue) | Does::Undo(_, Then::Continue) | Does::Again(_)
    )
}

/// Whether the flow may go on behind a step.
fn passes(flow: &Flow, step: &Step) -> bool {
    match &step.kind {
        StepKind::Raise(raise) => {
            let handlers = flow.handlers.iter().filter(|handler| handler.exception.name == raise.name);
            handlers.flat_map(|handler| &handler.actions).any(|(_, _, action)| continues(action))
        }
        StepKind::Decide(branches) => branches.iter().any(|branch| continues(&branch.then)),
        _ => true,
    }
}

/// Of the steps before one, all of which run, the first that the flow does not go on behind.
fn blocked<'f>(flow: &'f Flow, step: &Step) -> Option<&'f Step> {
    step.after.iter().filter_map(|(id, _)| flow.step(*id)).find(|before| !passes(flow, before))
}

/// The circle that is come to from a step by going to what it waits for; empty if there is none, or it was come to
/// before. No step is followed twice.
fn circle(flow: &Flow, start: StepId, reached: &BTreeSet<StepId>, followed: &mut BTreeSet<StepId>) -> Vec<StepId> {
    let mut way = Vec::new();
    let mut on_the_way = BTreeSet::new();
    let mut at = Some(start);
    while let Some(id) = at {
        if on_the_way.contains(&id) {
            return way.into_iter().skip_while(|step| *step != id).collect();
        }
        if !followed.insert(id) {
            break;
        }
        on_the_way.insert(id);
        way.push(id);
        at = flow.step(id).and_then(|step| waits_for(step, reached));
    }
    Vec::new()
}

fn turning(flow: &Flow, circle: &[StepId]) -> Option<Diagnostic> {
    // It is told at the step that stands first.
    let (at, first) = circle.iter().enumerate().min_by_key(|(_, id)| **id)?;
    let step = flow.step(*first)?;
    let round = circle.iter().cycle().skip(at).take(circle.len());
    let names: Vec<String> =
        round.clone().take(SHOWN).filter_map(|id| flow.step(*id)).map(|step| format!("`{}`", step.name)).collect();
    let more = if circle.len() > SHOWN { " > …" } else { "" };
    let message = match names.as_slice() {
        [one] if circle.len() == 1 => format!("{one} waits for itself"),
        _ => format!("steps wait for each other: {}{more} > `{}`", names.join(" > "), step.name),
    };
    let mut finding = Diagnostic::new(RULE, step.span, message).at(format!("{}.{}", flow.name, step.name));
    for step in round.take(SHOWN).filter_map(|id| flow.step(*id)) {
        if let Some((before, span)) = step.after.iter().find(|(id, _)| circle.contains(id))
            && let Some(before) = flow.step(*before)
        {
            finding = finding.related(*span, format!("`{}` waits for `{}`", step.name, before.name));
        }
    }
    Some(finding.help("take one `after` out"))
}

fn behind(flow: &Flow, step: &Step, before: &Step) -> Diagnostic {
    let milestone = step.milestone.as_ref().map(|milestone| format!(", and `{}` is never reached", milestone.name));
    let message = format!("`{}` never runs{}", step.name, milestone.unwrap_or_default());
    let (why, help) = match &before.kind {
        StepKind::Raise(raise) => (
            format!("no action about `{}` continues behind this", raise.name),
            "give the exception an action with `then: continue`, or let a `goto` lead here",
        ),
        _ => ("every branch leads elsewhere".to_owned(), "let a branch go on (`then: continue`) or lead here (`goto`)"),
    };
    let finding = Diagnostic::new(RULE, step.span, message).at(format!("{}.{}", flow.name, step.name));
    finding.related(before.span, why).help(help)
}
