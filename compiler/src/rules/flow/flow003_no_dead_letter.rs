//! FLOW003 no-dead-letter: what can't be delivered has nowhere to go
//!
//! An event that is published to subscribers has no `dead_letter:`, or one without `team` or `sla`. Or a flow waits for
//! events of systems, and the workspace does not say who deals with one that matches nothing: the built-in exception
//! `unmatched_event` is not declared.
//!
//! A message that is refused for good is then lost, or blocks those behind it, and nobody learns of it.
//!
//! Bad:
//! ```yaml
//! channel: orders.changed.v1
//! subscribers:
//!   wms: { reads: [order_id] }
//! ```
//! Good:
//! ```yaml
//! channel: orders.changed.v1
//! subscribers:
//!   wms: { reads: [order_id] }
//! dead_letter: { team: order_management, sla: 1h, keep: 14d }
//! ```
//! Level it with `rules: { FLOW003: warn }`, or waive it at the event (`at: order_changed`) or the flow
//! (`at: order_to_warehouse`).

use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW003", name: "no-dead-letter", severity: Severity::Error };

/// What is raised by an event that matches nothing in its time.
const UNMATCHED: &str = "unmatched_event";

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for event in model.events.rows().iter().filter(|event| !event.subscribers.is_empty()) {
        let missing = match &event.dead_letter {
            None => {
                let message = format!("one of `{}` that can't be delivered has nowhere to go", event.name);
                let help = "say whom it waits for: `dead_letter: { team: …, sla: 1h, keep: 14d }`";
                Some((event.span, message, help))
            }
            Some(dead_letter) if dead_letter.team.is_none() => {
                let message = format!("nobody is told of one of `{}` that can't be delivered", event.name);
                Some((dead_letter.span, message, "add `team:`"))
            }
            Some(dead_letter) if dead_letter.sla.is_none() => {
                let message = format!("one of `{}` that can't be delivered may wait for ever", event.name);
                Some((dead_letter.span, message, "say how long it may wait: `sla: 1h`"))
            }
            Some(_) => None,
        };
        if let Some((span, message, help)) = missing {
            found.push(Diagnostic::new(RULE, span, message).at(event.name.clone()).help(help));
        }
    }
    if model.exceptions_by_name.contains_key(UNMATCHED) || model.unread.has(UNMATCHED) {
        return;
    }
    for flow in sound(model) {
        // One for all of its events: they have one place to go.
        let Some(taken) = flow.events().find(|taken| taken.matches.is_some()) else { continue };
        let name = model.event_name(taken.event);
        let message = format!("one of `{name}` that matches nothing has nowhere to go");
        let finding = Diagnostic::new(RULE, taken.span, message).at(flow.name.clone());
        found.push(finding.help(format!("say who deals with it: an exception `{UNMATCHED}` with `team` and `sla`")));
    }
}
