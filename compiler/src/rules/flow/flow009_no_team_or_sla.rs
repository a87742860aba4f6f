//! FLOW009 no-team-or-sla: an exception that waits for nobody, or for ever
//!
//! A flow raises an exception, or says what is done about one, that has no `team:` or no `sla:`; or that is built in and
//! not declared by the workspace. A `defect` needs no team of its own: it goes to that of the system.
//!
//! The instance stops there. Without a team nobody sees it; without a clock nobody is reminded.
//!
//! Bad:
//! ```yaml
//! kind: exception
//! name: shipment_late
//! class: business
//! ```
//! Good:
//! ```yaml
//! kind: exception
//! name: shipment_late
//! class: business
//! team: order_management
//! sla: 4h
//! ```
//! Level it with `rules: { FLOW009: warn }`, or waive it at the exception (`at: shipment_late`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Exception, ExceptionClass, Flow, Raise};
use crate::rules::Context;
use std::collections::BTreeMap;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW009", name: "no-team-or-sla", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let mut raised: BTreeMap<&str, (&Flow, &Raise)> = BTreeMap::new();
    for flow in model.flows.rows() {
        for raise in flow.raises() {
            raised.entry(&raise.name).or_insert((flow, raise));
        }
    }
    for (name, (flow, raise)) in raised {
        let Some(declared) = raise.declared.map(|id| &model.exceptions[id]) else {
            let message = format!("nobody is told of `{name}`: it is built in, and the workspace does not declare it");
            let finding = Diagnostic::new(RULE, raise.span, message).at(name);
            found.push(finding.help(format!("add `kind: exception`, `name: {name}` with `class`, `team` and `sla`")));
            continue;
        };
        if let Some((message, help)) = missing(declared) {
            let finding = Diagnostic::new(RULE, declared.span, message).at(name);
            found.push(finding.related(raise.span, format!("`{}` names it here", flow.name)).help(help));
        }
    }
}

fn missing(exception: &Exception) -> Option<(String, &'static str)> {
    let name = &exception.name;
    let team = exception.team.is_some() || exception.class == Some(ExceptionClass::Defect);
    match (team, exception.sla) {
        (false, None) => Some((format!("`{name}` waits for nobody, for ever"), "add `team:` and `sla:`")),
        (false, Some(_)) => Some((format!("`{name}` waits for nobody"), "say who deals with it: `team:`")),
        (true, None) => Some((format!("`{name}` may wait for ever"), "say how long it may wait: `sla: 4h`")),
        (true, Some(_)) => None,
    }
}
