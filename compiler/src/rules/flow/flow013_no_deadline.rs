//! FLOW013 no-deadline: a wait that may never end
//!
//! A step waits for events and has no `within:`, or nothing happens when that is over: it has no `late:`.
//!
//! A message that is lost once then stops the instance for good, and nobody is told.
//!
//! Bad:
//! ```yaml
//! - name: ship
//!   await: { event: wms.order_shipped }
//!   match: order.order_id == src.number
//! ```
//! Good:
//! ```yaml
//! - name: ship
//!   await: { event: wms.order_shipped }
//!   match: order.order_id == src.number
//!   within: 5d
//!   late: shipment_late
//! ```
//! Level it with `rules: { FLOW013: warn }`, or waive it at the step (`at: order_to_warehouse.ship`).

use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::StepKind;
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW013", name: "no-deadline", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for flow in sound(context.model) {
        for step in &flow.steps {
            let StepKind::Await(wait) = &step.kind else { continue };
            let (message, help) = match (wait.within_ms, &wait.late) {
                (None, _) => (
                    format!("`{}` may wait for ever", step.name),
                    "say how long, and what is raised then: `within: 5d` and `late:` with an exception",
                ),
                (Some(_), None) => (
                    format!("nothing happens when `{}` has waited long enough", step.name),
                    "say what is raised then: `late:` with an exception",
                ),
                (Some(_), Some(_)) => continue,
            };
            let finding = Diagnostic::new(RULE, step.span, message).at(format!("{}.{}", flow.name, step.name));
            found.push(finding.help(help));
        }
    }
}
