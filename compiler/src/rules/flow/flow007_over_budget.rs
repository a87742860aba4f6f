//! FLOW007 over-budget: attempts that may take longer than the caller waits
//!
//! The attempts of a call, each as long as its time-out, and the pauses between them exceed what the caller gives them: the
//! `budget:` of the step; that of an operation of an API which a system answers; or that of one which is answered after a
//! step of a flow, for the calls up to there. What is left of a budget caps the attempts that are still to come, and a step
//! takes no longer than its own budget. An operation that says `or_accepted_in` is answered by then.
//!
//! The last attempts are then cut short or never begin: what the specs promise is not what happens, and the caller gives up
//! while work goes on.
//!
//! Bad:
//! ```yaml
//! - name: submit
//!   call: wms.create_order   # timeout: 2s, retry: { attempts: 3, backoff: 200ms..5s }
//!   send: order_to_wms
//!   budget: 3s
//! ```
//! Good:
//! ```yaml
//! - name: submit
//!   call: wms.create_order   # timeout: 2s, retry: { attempts: 3, backoff: 200ms..5s }
//!   send: order_to_wms
//!   budget: 7s
//! ```
//! Of an operation without `timeout:` nothing is known. Level it with `rules: { FLOW007: warn }`, or waive it at the step
//! (`at: order_to_warehouse.submit`) or the API's operation (`at: orders.submit_order`).

use super::chain::heaviest;
use super::pace::Pace;
use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Answer, ApiOperation, CallStep, Model, OperationRef, Step, StepKind};
use crate::rules::Context;
use crate::rules::words::duration;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW007", name: "over-budget", severity: Severity::Error };

/// Steps that are shown with what they take.
const SHOWN: usize = 6;

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for flow in sound(model) {
        for step in &flow.steps {
            let StepKind::Call(call) = &step.kind else { continue };
            let at = call.call.operation;
            let (Some(budget), Some(pace)) = (call.budget_ms, Pace::of(model, at)) else { continue };
            if let Some((message, help)) = exceeded(&step.name, pace, budget) {
                let finding = Diagnostic::new(RULE, step.span, message).at(format!("{}.{}", flow.name, step.name));
                let finding = finding.label(format!("its own `budget: {}`", duration(budget)));
                found.push(operation(model, at, finding).help(help));
            }
        }
    }
    for api in model.apis.rows() {
        for declared in &api.operations {
            let Some(budget) = declared.budget_ms else { continue };
            let name = format!("{}.{}", api.name, declared.name);
            found.extend(answered_by_system(model, declared, budget).map(|finding| finding.at(name.clone())));
            found.extend(answered_by_flow(model, declared, budget).map(|finding| finding.at(name)));
        }
    }
}

/// A call that may take longer than it has: what is wrong with the arithmetic, and what the budget leaves.
fn exceeded(name: &str, pace: Pace, budget: u64) -> Option<(String, String)> {
    if pace.total() <= budget {
        return None;
    }
    let message = format!("`{name}` may take {}, and has {}", pace.sum(), duration(budget));
    let (begun, left) = pace.within(budget);
    let mut leaves = Vec::new();
    if left < pace.timeout {
        let last = if pace.attempts == 1 { "the attempt".to_owned() } else { format!("attempt {begun}") };
        leaves.push(format!("{last} is cut at {} of its {}", duration(left), duration(pace.timeout)));
    }
    match pace.attempts - begun {
        0 => {}
        1 => leaves.push("1 attempt never begins".to_owned()),
        more => leaves.push(format!("{more} attempts never begin")),
    }
    let (leaves, total) = (leaves.join(" and "), duration(pace.total()));
    Some((message, format!("within the budget {leaves}: lower `timeout` or `attempts`, or give it {total}")))
}

fn operation(model: &Model, at: OperationRef, finding: Diagnostic) -> Diagnostic {
    match model.operation(at) {
        Some(operation) => finding.related(operation.span, "its attempts, as they are declared here or by its system"),
        None => finding,
    }
}

fn answered_by_system(model: &Model, declared: &ApiOperation, budget: u64) -> Option<Diagnostic> {
    let (system, position) = declared.call?;
    let at = OperationRef { system, operation: position };
    let (message, help) = exceeded(&declared.name, Pace::of(model, at)?, budget)?;
    let finding = Diagnostic::new(RULE, declared.span, message).label(format!("its `budget: {}`", duration(budget)));
    Some(operation(model, at, finding).help(help))
}

fn answered_by_flow(model: &Model, declared: &ApiOperation, budget: u64) -> Option<Diagnostic> {
    let Answer { flow, after, accepted_in_ms, .. } = declared.answer?;
    let flow = Some(&model.flows[flow]).filter(|flow| !flow.unresolved)?;
    let label = format!("its `budget: {}`", duration(budget));
    if let Some(accepted) = accepted_in_ms {
        let late = format!("`{}` is accepted in {}", declared.name, duration(accepted));
        let message = format!("{late}, and its caller waits for {}", duration(budget));
        let finding = Diagnostic::new(RULE, declared.span, message).label(label);
        return (accepted > budget).then(|| finding.help("let `or_accepted_in` be shorter than `budget`"));
    }
    let (total, way) = heaviest(flow, after, &|step| takes(model, step));
    if total <= budget {
        return None;
    }
    let calls = way.iter().filter_map(|id| flow.step(*id)).filter(|step| takes(model, step) > 0);
    let calls: Vec<&Step> = calls.collect();
    let sum: Vec<String> = calls.iter().take(SHOWN).map(|step| duration(takes(model, step))).collect();
    let more = if calls.len() > SHOWN { " + …" } else { "" };
    let message = format!("`{}` may take {} and has {}", declared.name, duration(total), duration(budget));
    let mut finding = Diagnostic::new(RULE, declared.span, message).label(label);
    for step in calls.iter().take(SHOWN) {
        let StepKind::Call(call) = &step.kind else { continue };
        finding = finding.related(step.span, format!("`{}` takes up to {}", step.name, takes_in_words(model, call)));
    }
    let sum = format!("{}{more} = {} until it is answered", sum.join(" + "), duration(total));
    Some(
        finding
            .help(format!("{sum}: give the steps a `budget:`, answer after an earlier one, or say `or_accepted_in`")),
    )
}

/// The time that a step may take, as far as it is known: what its budget leaves of its attempts.
fn takes(model: &Model, step: &Step) -> u64 {
    let StepKind::Call(call) = &step.kind else { return 0 };
    let total = Pace::of(model, call.call.operation).map(|pace| pace.total());
    total.into_iter().chain(call.budget_ms).min().unwrap_or(0)
}

fn takes_in_words(model: &Model, call: &CallStep) -> String {
    let pace = Pace::of(model, call.call.operation);
    match (pace, call.budget_ms) {
        (Some(pace), Some(budget)) if budget < pace.total() => format!("{}, its budget", duration(budget)),
        (Some(pace), _) => pace.sum(),
        (None, budget) => format!("{}, its budget", duration(budget.unwrap_or(0))),
    }
}
