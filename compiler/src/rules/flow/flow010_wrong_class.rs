//! FLOW010 wrong-class: a business error that is tried again, or a transient one that waits for people
//!
//! A step tries a call again (`again:`) that failed with an exception of class `business`. Or a call fails with one of class
//! `transient`, and goes to people at once: its operation has no `retry:`, and the step does not say `again:`. Or a flow
//! raises one of class `transient` itself, which nothing tries again.
//!
//! No repetition changes a refusal: the customer waits, the system is loaded, and nobody decides. And people who are
//! called for what passes by itself stop looking.
//!
//! Bad:
//! ```yaml
//! failures: { out_of_stock: { again: 5m } }   # class: business
//! ```
//! Good:
//! ```yaml
//! failures: { wms_busy: { again: 5m } }   # class: transient
//! ```
//! What can't be told from a repeat is not tried again, and its failures may go to people. Level it with
//! `rules: { FLOW010: warn }`, or waive it at the step (`at: order_to_warehouse.submit`).

use super::failures::{Origin, handled, of_call};
use super::pace::{repeats_effect, retry};
use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{CallStep, Does, Exception, ExceptionClass, Flow, Model, Raise, Step, StepKind};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW010", name: "wrong-class", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for flow in sound(model) {
        for step in &flow.steps {
            let at = format!("{}.{}", flow.name, step.name);
            if let StepKind::Call(call) = &step.kind {
                for (name, origin) in of_call(model, &call.call) {
                    found.extend(
                        failure(model, flow, (step, call), &name, &origin).map(|finding| finding.at(at.clone())),
                    );
                }
            }
            for raise in raised_by_itself(step) {
                found.extend(raised(model, raise).map(|finding| finding.at(at.clone())));
            }
        }
        let interrupts = flow.interrupts.iter().filter_map(|interrupt| interrupt.action.raises());
        found.extend(interrupts.filter_map(|raise| raised(model, raise)).map(|finding| finding.at(flow.name.clone())));
    }
}

/// What is wrong with what is done about a failure of a call.
fn failure(
    model: &Model,
    flow: &Flow,
    (step, call): (&Step, &CallStep),
    name: &str,
    origin: &Origin,
) -> Option<Diagnostic> {
    let exception = model.exceptions_by_name.get(name).map(|id| &model.exceptions[*id])?;
    let action = handled(call, name);
    match (exception.class?, action.map(|action| &action.does)) {
        (ExceptionClass::Business, Some(Does::Again(_))) => {
            let span = action.map_or(step.span, |action| action.span);
            let message = format!("`{name}` is a business error, and trying again does not change the answer");
            let finding = Diagnostic::new(RULE, span, message).related(exception.span, "its class is `business`");
            Some(finding.help("let people decide: `raise` it, with actions under `exceptions:`"))
        }
        (ExceptionClass::Transient, None | Some(Does::Raise(_))) => {
            let operation = model.operation(call.call.operation)?;
            let attempts = retry(model, call.call.operation).and_then(|retry| retry.attempts).unwrap_or(1);
            let people = action.is_some()
                || exception.team.is_some()
                || flow.handlers.iter().any(|handler| handler.exception.name == name);
            if attempts > 1 || repeats_effect(operation) || !people {
                return None;
            }
            let message = format!("`{name}` is transient, and goes to people before `{}` is tried again", step.name);
            let finding =
                Diagnostic::new(RULE, step.span, message).related(origin.span, format!("`{}` raises it", origin.by));
            let finding = finding.related(exception.span, "its class is `transient`");
            Some(
                finding.help(format!(
                    "give the operation a `retry:`, or the step `failures: {{ {name}: {{ again: 5m }} }}`"
                )),
            )
        }
        _ => None,
    }
}

/// A transient exception that a flow raises itself.
fn raised(model: &Model, raise: &Raise) -> Option<Diagnostic> {
    let exception: &Exception = &model.exceptions[raise.declared?];
    if exception.class != Some(ExceptionClass::Transient) {
        return None;
    }
    let message = format!("`{}` is transient, and nothing tries again what is raised here", raise.name);
    let finding = Diagnostic::new(RULE, raise.span, message).related(exception.span, "its class is `transient`");
    Some(finding.help("raise an exception of class `business`, or say that this one is"))
}

/// The exceptions that a step raises by its own words.
fn raised_by_itself(step: &Step) -> Vec<&Raise> {
    match &step.kind {
        StepKind::Call(call) => {
            let named = call.failures.iter().filter_map(|failure| Some((failure, failure.action.raises()?)));
            named.filter(|(failure, raise)| raise.name != failure.exception.name).map(|(_, raise)| raise).collect()
        }
        StepKind::Await(wait) => {
            wait.branches.iter().filter_map(|branch| branch.raise.as_ref()).chain(&wait.late).collect()
        }
        StepKind::Decide(branches) => branches.iter().filter_map(|branch| branch.then.raises()).collect(),
        StepKind::Raise(raise) => vec![raise],
        StepKind::Publish(_) | StepKind::Wait { .. } | StepKind::Each(_) => Vec::new(),
    }
}
