//! FLOW015 no-ordering-key: events that may overtake each other
//!
//! An event that is published has no `key:`. Or a flow takes a patch of an event that has no `order_by:`; one that is polled
//! with `after:` comes in order.
//!
//! Two changes of one object then arrive in any order, and the older one is what stays.
//!
//! Bad:
//! ```yaml
//! when_changes: [customer_reference]
//! channel: orders.changed.v1
//! ```
//! Good:
//! ```yaml
//! when_changes: [customer_reference]
//! key: order_id
//! channel: orders.changed.v1
//! ```
//! Level it with `rules: { FLOW015: warn }`, or waive it at the event (`at: order_changed`, `at: wms.order_shipped`).

use super::taken;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::Received;
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW015", name: "no-ordering-key", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    // A key that did not resolve has its finding.
    if context.incomplete {
        return;
    }
    for event in model.events.rows().iter().filter(|event| event.key.is_empty()) {
        let object = &model.structs[event.object];
        let key: Vec<&str> = object.key.iter().filter_map(|at| object.field(*at)).map(|f| f.name.as_str()).collect();
        let finding = Diagnostic::new(RULE, event.span, format!("events `{}` may overtake each other", event.name));
        let help = format!("order them by the object's key: `key: {}`", key.join(", "));
        found.push(finding.at(event.name.clone()).help(help));
    }
    for (at, places) in taken(model) {
        let Some(event) = model.event(at).filter(|event| event.order_by.is_none() && event.after.is_none()) else {
            continue;
        };
        let patched = |received: Received| matches!(received, Received::Patch);
        let patch =
            places.iter().find(|(_, taken)| taken.receive.as_ref().is_some_and(|receive| patched(receive.into)));
        if let Some((flow, taken)) = patch {
            let name = model.event_name(at);
            let message = format!("an older `{name}` may overwrite what a newer one said");
            let finding = Diagnostic::new(RULE, event.span, message).at(name);
            let finding = finding.related(taken.span, format!("`{}` takes a patch of it here", flow.name));
            found
                .push(finding.help("say which of them keep their order: `order_by:`, such as the object's identifier"));
        }
    }
}
