//! OWN011 no-steward: nobody answers for an object
//!
//! An ownership names no `steward:`.
//!
//! Systems own fields; a team decides what they mean, whom to ask, and which system is right when two disagree.
//!
//! Bad:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Order
//! owner: shop
//! ```
//! Good:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Order
//! steward: order_management
//! owner: shop
//! ```
//!
//! Level it with `rules: { OWN011: warn }`, or waive it at the ownership (`at: order_ownership`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN011", name: "no-steward", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for ownership in model.ownerships.rows().iter().filter(|ownership| ownership.steward.is_none()) {
        let object = &model.structs[ownership.object].name;
        let finding = Diagnostic::new(RULE, ownership.span, format!("no team answers for `{object}`"))
            .at(ownership.name.clone())
            .help("name one: `steward:` with a team");
        found.push(finding);
    }
}
