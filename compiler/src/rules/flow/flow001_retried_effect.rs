//! FLOW001 retried-effect: an effect that is tried again, and done again
//!
//! An operation that changes something and can't tell a repeat from another request (`idempotency: none`, or nothing said)
//! has more than one attempt: by its own `retry:`, or by its system's where a flow or a subscriber calls it. Or an event is
//! delivered to a subscriber by such an operation: deliveries are repeated until one is confirmed.
//!
//! No answer does not mean that nothing happened. The second attempt makes a second order.
//!
//! Bad:
//! ```yaml
//! idempotency: none
//! retry: { attempts: 3, backoff: 200ms..5s }
//! ```
//! Good:
//! ```yaml
//! idempotency: { header: Idempotency-Key, retention: 24h }
//! retry: { attempts: 3, backoff: 200ms..5s }
//! ```
//! If the system has nothing of the kind, `retry: { attempts: 1 }` says so: a call without answer is then raised. Level it
//! with `rules: { FLOW001: warn }`, or waive it at the operation (`at: wms.create_order`).

use super::called;
use super::pace::{repeats_effect, retry};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Id, OperationRef, System, Takes};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW001", name: "retried-effect", severity: Severity::Error };

/// What answers it.
const HELP: &str =
    "say how repeats are told (`idempotency: { header: … }`, `natural`), or try once: `retry: { attempts: 1 }`";

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let called = called(model);
    for (system, of) in model.systems.iter() {
        for (position, operation) in of.operations.iter().enumerate() {
            let Some(at) = reference(system, position).filter(|_| repeats_effect(operation)) else { continue };
            let attempts = retry(model, at).and_then(|retry| retry.attempts).filter(|attempts| *attempts > 1);
            let caller = called.get(&at);
            let (Some(attempts), true) = (attempts, operation.retry.is_some() || caller.is_some()) else { continue };
            let name = model.operation_name(at);
            let message = format!("`{name}` is tried {attempts} times, and each attempt may do it again");
            let mut finding = Diagnostic::new(RULE, operation.span, message).at(name);
            if operation.retry.is_none() {
                finding = finding.related(of.span, "its `defaults` say so");
            }
            if let Some((span, by)) = caller {
                finding = finding.related(*span, format!("`{by}` calls it here"));
            }
            found.push(finding.help(HELP));
        }
    }
    for event in model.events.rows() {
        for subscriber in &event.subscribers {
            let Takes::Call(call) = &subscriber.takes else { continue };
            let Some(operation) = model.operation(call.operation).filter(|operation| repeats_effect(operation)) else {
                continue;
            };
            let name = model.operation_name(call.operation);
            let message = format!("each delivery of `{}` may do `{name}` again", event.name);
            let finding = Diagnostic::new(RULE, call.span, message)
                .at(format!("{}.{}", event.name, model.systems[subscriber.system].name));
            let finding = finding.related(operation.span, "it can't tell a repeat from another request");
            found.push(finding.help("say how repeats are told: `idempotency: { header: … }`, or `natural`"));
        }
    }
}

fn reference(system: Id<System>, position: usize) -> Option<OperationRef> {
    Some(OperationRef { system, operation: u16::try_from(position).ok()? })
}
