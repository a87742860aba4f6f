//! FLOW002 no-deduplication: an input that may come twice and is not told from its repeat
//!
//! A flow takes an event that has no `dedupe:`, or starts with an operation of an API that has no `idempotency:`.
//!
//! Everything is delivered at least once: webhooks are repeated, queues deliver again, clients retry after a timeout. What
//! can't be told from its repeat is handled twice.
//!
//! Bad:
//! ```yaml
//! events:
//!   order_shipped: { queue: wms.moved, record: Moved, order_by: src.number }
//! ```
//! Good:
//! ```yaml
//! events:
//!   order_shipped: { queue: wms.moved, record: Moved, dedupe: src.id, order_by: src.number }
//! ```
//! A text that is the same in every repeat of a message, and in no other one: the sender's message id
//! (`header['X-Webhook-Id']`), or what the record says of itself. Level it with `rules: { FLOW002: warn }`, or waive it at
//! the event (`at: wms.order_shipped`) or the operation (`at: orders.submit_order`).

use super::taken;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Idempotency, StartFrom};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW002", name: "no-deduplication", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    // A text that did not resolve has its finding.
    if context.incomplete {
        return;
    }
    for (at, places) in taken(model) {
        let (Some(event), Some((flow, taken))) = (model.event(at), places.first()) else { continue };
        if event.dedupe.is_none() {
            let name = model.event_name(at);
            let message = format!("a repeat of `{name}` is not told from another one");
            let finding = Diagnostic::new(RULE, event.span, message).at(name);
            let finding = finding.related(taken.span, format!("`{}` takes it here", flow.name));
            found.push(finding.help("say what is the same in every repeat: `dedupe:`, such as a message id"));
        }
    }
    for flow in model.flows.rows() {
        for start in &flow.starts {
            let StartFrom::Api { api, operation } = start.from else { continue };
            let Some(declared) = model.apis[api].operations.get(usize::from(operation)) else { continue };
            if matches!(declared.idempotency, None | Some(Idempotency::None)) {
                let name = format!("{}.{}", model.apis[api].name, declared.name);
                let message = format!("a repeated call of `{name}` starts another `{}`", flow.name);
                let finding = Diagnostic::new(RULE, declared.span, message).at(name);
                let finding = finding.related(start.span, "it starts here");
                found.push(finding.help("add `idempotency: { header: Idempotency-Key }`"));
            }
        }
    }
}
