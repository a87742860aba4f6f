//! FLOW006 chain-too-long: a caller waits for many calls one after the other
//!
//! An operation of an API is answered after a step of a flow, more than three calls come one after the other until then, and
//! it has no `or_accepted_in`.
//!
//! Each call adds its delay, and each can fail: of five systems that answer 99.9 % of the time, the caller gets 99.5 %. One
//! slow system holds all callers.
//!
//! Bad:
//! ```yaml
//! answer: { after: book }
//! ```
//! Good:
//! ```yaml
//! answer: { after: book, or_accepted_in: 800ms }
//! ```
//! Lookups of the mappings that a step sends with are calls of their own. Level it with `rules: { FLOW006: warn }`, or waive
//! it at the operation (`at: orders.submit_order`).

use super::chain::heaviest;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Answer, LookupSource, MapUse, Model, Step, StepKind};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW006", name: "chain-too-long", severity: Severity::Error };

/// So many calls may come one after the other.
const LONGEST: u64 = 3;
/// Calls that are shown.
const SHOWN: usize = 6;

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for api in model.apis.rows() {
        for declared in &api.operations {
            let Some(Answer { flow, after, accepted_in_ms: None, .. }) = declared.answer else { continue };
            let flow = &model.flows[flow];
            let (count, way) = heaviest(flow, after, &|step| calls(model, step));
            if flow.unresolved || count <= LONGEST {
                continue;
            }
            let message = format!("`{}` is answered after {count} calls, one after the other", declared.name);
            let finding = Diagnostic::new(RULE, declared.span, message).at(format!("{}.{}", api.name, declared.name));
            let steps = way.iter().filter_map(|id| flow.step(*id)).filter(|step| calls(model, step) > 0);
            let finding = steps.take(SHOWN).fold(finding, |finding, step| {
                let StepKind::Call(call) = &step.kind else { return finding };
                let more = match calls(model, step) - 1 {
                    0 => String::new(),
                    lookups => format!(", after {lookups} of its lookups"),
                };
                let what = format!("calls `{}`{more}", model.operation_name(call.call.operation));
                finding.related(step.span, what)
            });
            found.push(finding.help(
                "say `or_accepted_in`, answer after an earlier step, or let calls run beside each other (`after`)",
            ));
        }
    }
}

/// The calls of a step: its own, and one for what the mapping of its request looks up, which is asked for at once.
fn calls(model: &Model, step: &Step) -> u64 {
    let StepKind::Call(call) = &step.kind else { return 0 };
    let asks = |one: &MapUse| {
        let lookups = &model.mappings[one.mapping].lookups;
        lookups.iter().any(|lookup| matches!(lookup.source, LookupSource::Operation(..)))
    };
    1 + u64::from(call.call.send.as_ref().is_some_and(asks))
}
