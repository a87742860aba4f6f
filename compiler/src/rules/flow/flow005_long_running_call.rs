//! FLOW005 long-running-call: work that takes long, waited for in a call
//!
//! A flow, a subscriber or an API calls an HTTP operation that may take longer than a minute until it answers
//! (`timeout:`). Or an operation of an API is answered after a step before which the flow waits, for an event or for a time,
//! and it has no `or_accepted_in`.
//!
//! Proxies and clients cut a connection that is silent for a minute. The work goes on, its answer is lost, and what looks
//! failed is done again.
//!
//! Bad:
//! ```yaml
//! http: POST /orders
//! timeout: 10m
//! ```
//! Good:
//! ```yaml
//! http: POST /orders
//! timeout: 10s
//! ```
//! Let the call be accepted at once and wait for the event that tells of its end (`await`). Level it with
//! `rules: { FLOW005: warn }`, or waive it at the operation (`at: wms.create_order`, `at: orders.submit_order`).

use super::pace::timeout;
use super::{called, chain};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Answer, Step, StepKind, Transport};
use crate::rules::Context;
use crate::rules::words::duration;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW005", name: "long-running-call", severity: Severity::Error };

/// The longest that a call may be silent, in milliseconds.
const LONGEST: u64 = 60_000;

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for (at, (span, by)) in called(model) {
        let Some(operation) = model.operation(at) else { continue };
        let long = timeout(model, at).filter(|timeout| *timeout > LONGEST);
        if let (Some(long), Some(Transport::Http(..))) = (long, &operation.transport) {
            let name = model.operation_name(at);
            let message = format!("a call of `{name}` may wait {} for its answer", duration(long));
            let finding = Diagnostic::new(RULE, operation.span, message).at(name);
            let help = "let the system accept it at once, and wait for the event that tells of its end (`await`)";
            found.push(finding.related(span, format!("`{by}` calls it here")).help(help));
        }
    }
    for api in model.apis.rows() {
        for declared in &api.operations {
            let Some(Answer { flow, after, accepted_in_ms: None, span }) = declared.answer else { continue };
            let flow = &model.flows[flow];
            let mut steps = chain::before(flow, after);
            steps.insert(after);
            let waits = steps.iter().filter_map(|id| flow.step(*id)).find_map(|step| Some((step, waits(step)?)));
            let Some((step, what)) = waits.filter(|_| !flow.unresolved) else { continue };
            let message = format!("the caller of `{}` waits until `{}` is over", declared.name, step.name);
            let finding = Diagnostic::new(RULE, span, message).at(format!("{}.{}", api.name, declared.name));
            let finding = finding.related(step.span, what);
            found.push(finding.help("say `or_accepted_in`, or answer after a step before it"));
        }
    }
}

/// What a step waits for that no caller should.
fn waits(step: &Step) -> Option<String> {
    match &step.kind {
        StepKind::Await(_) => Some("waits for events".to_owned()),
        StepKind::Wait { ms } => Some(format!("waits {}", duration(*ms))),
        _ => None,
    }
}
