//! FLOW008 failure-not-handled: a failure that nobody deals with
//!
//! A call of a flow can fail with an exception: one that its operation or its mappings raise by name, or `decode_failed` if
//! its answer can't be read. Nothing deals with it: the step has no entry for it under `failures:`, the flow no handler
//! under `exceptions:`, no team answers for the exception, and it is not one that is tried again. Or the operation declares
//! an error by its status, and none of its `raises` can hold then.
//!
//! The instance stops with an error that has no name, or nobody's. It is found when the customer asks.
//!
//! Bad:
//! ```yaml
//! errors: { 409: Problem }
//! raises: { out_of_stock: status == 422 }
//! ```
//! Good:
//! ```yaml
//! errors: { 409: Problem }
//! raises: { out_of_stock: status == 409 }
//! ```
//! An exception with a `team:` is dealt with by that; one of class `defect` by the team of the system; one of class
//! `transient` by a `retry:` of the operation. `decode_failed` is dealt with if the workspace declares it. Level it with
//! `rules: { FLOW008: warn }`, or waive it at the step (`at: order_to_warehouse.submit`) or the operation.

use super::failures::{Origin, handled, of_call};
use super::pace::retry;
use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Const, Func, Kind, Node};
use crate::model::{Call, CallStep, ExceptionClass, Flow, Model, Operation, OperationRef, StepKind};
use crate::rules::Context;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW008", name: "failure-not-handled", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    // An exception that could not be read may be declared.
    if context.incomplete {
        return;
    }
    let mut called: BTreeSet<OperationRef> = BTreeSet::new();
    for flow in sound(model) {
        let mut told: BTreeSet<String> = BTreeSet::new();
        for step in &flow.steps {
            let StepKind::Call(call) = &step.kind else { continue };
            for one in [Some(&call.call), call.redo.as_ref(), call.undo.as_ref()].into_iter().flatten() {
                if called.insert(one.operation) {
                    found.extend(statuses(model, one));
                }
                for (name, origin) in of_call(model, one) {
                    if dealt_with(model, flow, call, one, &name) || !told.insert(name.clone()) {
                        continue;
                    }
                    let finding = not_handled(model, &name, &origin, step.span, &step.name);
                    found.push(finding.at(format!("{}.{}", flow.name, step.name)));
                }
            }
        }
    }
}

fn not_handled(model: &Model, name: &str, origin: &Origin, span: crate::source::Span, step: &str) -> Diagnostic {
    let by = &origin.by;
    let finding = Diagnostic::new(RULE, span, format!("nobody deals with it if `{step}` fails with `{name}`"));
    let finding = finding.related(origin.span, format!("`{by}` may fail so"));
    match model.exceptions_by_name.get(name).map(|id| &model.exceptions[*id]) {
        Some(exception) => finding.related(exception.span, "no team answers for it").help(
            "give the exception a `team`, the flow a handler (`exceptions:`), or the step an entry (`failures:`)",
        ),
        None => finding
            .help(format!("declare who deals with it: `kind: exception`, `name: {name}` with `class` and `team`")),
    }
}

fn dealt_with(model: &Model, flow: &Flow, step: &CallStep, call: &Call, name: &str) -> bool {
    if handled(step, name).is_some() || flow.handlers.iter().any(|handler| handler.exception.name == name) {
        return true;
    }
    let Some(exception) = model.exceptions_by_name.get(name).map(|id| &model.exceptions[*id]) else { return false };
    let team = exception.team.is_some()
        || (exception.class == Some(ExceptionClass::Defect) && model.systems[call.operation.system].team.is_some());
    let again = || retry(model, call.operation).and_then(|retry| retry.attempts).is_some_and(|attempts| attempts > 1);
    team || (exception.class == Some(ExceptionClass::Transient) && again())
}

/// Errors that an operation declares, and raises nothing for.
fn statuses(model: &Model, call: &Call) -> Option<Diagnostic> {
    let operation = model.operation(call.operation)?;
    let open: Vec<String> = operation
        .errors
        .iter()
        .filter(|(status, _)| !is_raised(operation, *status))
        .map(|(status, _)| status.to_string())
        .collect();
    if open.is_empty() {
        return None;
    }
    let (name, all) = (model.operation_name(call.operation), open.join(", "));
    let finding = Diagnostic::new(RULE, operation.span, format!("`{name}` raises nothing when it answers {all}"));
    let finding = finding.at(name).related(call.span, "it is called here");
    Some(finding.help(format!("name the exception: `raises: {{ …: status == {} }}`", open.first().map_or("", |s| s))))
}

/// Whether an operation may raise something when it answers with a status.
fn is_raised(operation: &Operation, status: u16) -> bool {
    operation.raises.iter().any(|(_, condition, _)| {
        // What did not resolve may hold.
        condition.as_ref().is_none_or(|condition| holds(condition, i64::from(status)) != Some(false))
    })
}

/// Whether a condition holds for a status, as far as the status decides it.
fn holds(node: &Node, status: i64) -> Option<bool> {
    match &node.kind {
        Kind::Const(Const::Bool(value)) => Some(*value),
        Kind::Not(inner) => holds(inner, status).map(|holds| !holds),
        Kind::And(left, right) => match (holds(left, status), holds(right, status)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), other) | (other, Some(true)) => other,
            (None, None) => None,
        },
        Kind::Or(left, right) => match (holds(left, status), holds(right, status)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), other) | (other, Some(false)) => other,
            (None, None) => None,
        },
        Kind::Call(Func::InList, parts) => match parts.as_slice() {
            [value, Node { kind: Kind::List(all), .. }] => {
                let value = number(value, status)?;
                let all: Option<Vec<i64>> = all.iter().map(|one| number(one, status)).collect();
                Some(all?.contains(&value))
            }
            _ => None,
        },
        Kind::Call(func, parts) => match parts.as_slice() {
            [left, right] => {
                let order = number(left, status)?.cmp(&number(right, status)?);
                match func {
                    Func::Equal => Some(order.is_eq()),
                    Func::NotEqual => Some(order.is_ne()),
                    Func::Less => Some(order.is_lt()),
                    Func::LessEqual => Some(order.is_le()),
                    Func::Greater => Some(order.is_gt()),
                    Func::GreaterEqual => Some(order.is_ge()),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}

/// A number that is written, or the status: the only number among the roots of such a condition.
fn number(node: &Node, status: i64) -> Option<i64> {
    match &node.kind {
        Kind::Const(Const::Int(value)) => Some(*value),
        Kind::Var(_) if node.ty == crate::model::Type::Int => Some(status),
        _ => None,
    }
}
