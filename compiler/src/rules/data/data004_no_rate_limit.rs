//! DATA004 no-rate-limit: an API that takes any number of calls
//!
//! An API has no `rate:`.
//!
//! One client with an endless loop takes the answer from all others, and passes its load on to the systems behind.
//!
//! Bad:
//! ```yaml
//! kind: api
//! name: orders
//! auth: { oauth2: { scopes: [orders] } }
//! operations:
//! ```
//! Good:
//! ```yaml
//! kind: api
//! name: orders
//! auth: { oauth2: { scopes: [orders] } }
//! rate: 50/s per client
//! operations:
//! ```
//!
//! Level it with `rules: { DATA004: warn }`, or waive it at the API (`at: orders`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "DATA004", name: "no-rate-limit", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for api in context.model.apis.rows().iter().filter(|api| api.rate.is_none()) {
        let finding = Diagnostic::new(RULE, api.span, format!("the API `{}` has no rate limit", api.name))
            .at(api.name.clone())
            .help("say how often a client may call: `rate: 50/s per client`");
        found.push(finding);
    }
}
