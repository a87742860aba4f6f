//! FLOW014 event-without-end: an event that nobody publishes, or nobody takes
//!
//! An event of the workspace has no `when_changes:` and no flow publishes it; or it has no subscribers. Or, where there are
//! flows, an event of a system is taken by none of them.
//!
//! One end is missing: somebody waits for what never comes, or something is told to nobody.
//!
//! Bad:
//! ```yaml
//! payload: { object: Order, fields: [order_id] }
//! key: order_id
//! channel: orders.changed.v1
//! ```
//! Good:
//! ```yaml
//! payload: { object: Order, fields: [order_id] }
//! when_changes: [customer_reference]
//! key: order_id
//! channel: orders.changed.v1
//! ```
//! Level it with `rules: { FLOW014: off }`, or waive it at the event (`at: order_changed`, `at: wms.order_shipped`).

use super::taken;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{EventRef, Id, PublishedEvent, StepKind, System};
use crate::rules::Context;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW014", name: "event-without-end", severity: Severity::Warning };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    // What could not be read may have published or taken what seems alone.
    if context.incomplete {
        return;
    }
    let steps = model.flows.rows().iter().flat_map(|flow| &flow.steps);
    let published: BTreeSet<Id<PublishedEvent>> = steps
        .filter_map(|step| match step.kind {
            StepKind::Publish(event) => Some(event),
            _ => None,
        })
        .collect();
    for (id, event) in model.events.iter() {
        if event.when_changes.is_empty() && !published.contains(&id) {
            let finding = Diagnostic::new(RULE, event.span, format!("nobody publishes `{}`", event.name));
            let help = "say on which changes it is published (`when_changes:`), or let a flow `publish` it";
            found.push(finding.at(event.name.clone()).help(help));
        }
        if event.subscribers.is_empty() {
            let finding = Diagnostic::new(RULE, event.span, format!("nobody takes `{}`", event.name));
            let help = "name its subscribers; one that reads the channel itself has `reads:`";
            found.push(finding.at(event.name.clone()).help(help));
        }
    }
    if model.flows.is_empty() {
        return;
    }
    let taken = taken(model);
    for (system, of) in model.systems.iter() {
        for (position, event) in of.events.iter().enumerate() {
            if !position_of(system, position).is_some_and(|at| taken.contains_key(&at)) {
                let name = format!("{}.{}", of.name, event.name);
                let finding = Diagnostic::new(RULE, event.span, format!("no flow takes `{name}`")).at(name);
                found.push(
                    finding.help("let a flow start with it, wait for it, or take it as an interrupt; or take it out"),
                );
            }
        }
    }
}

fn position_of(system: Id<System>, position: usize) -> Option<EventRef> {
    Some(EventRef { system, event: u16::try_from(position).ok()? })
}
