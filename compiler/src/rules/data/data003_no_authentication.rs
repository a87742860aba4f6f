//! DATA003 no-authentication: a way in or out without authentication
//!
//! A system has operations over HTTP and no `auth:`; an API has none; or a webhook does not verify who calls it.
//!
//! Whoever finds the address can read orders, or make them up.
//!
//! Bad:
//! ```yaml
//! kind: api
//! name: orders
//! rate: 50/s per client
//! ```
//! Good:
//! ```yaml
//! kind: api
//! name: orders
//! auth: { oauth2: { scopes: [orders] } }
//! rate: 50/s per client
//! ```
//!
//! `auth: none` says that it needs none, on purpose. Level it with `rules: { DATA003: warn }`, or waive it at the system, the
//! API or the event (`at: shopify.order_created`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{System, Transport};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "DATA003", name: "no-authentication", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for system in context.model.systems.rows() {
        operations(system, found);
        webhooks(system, found);
    }
    for api in context.model.apis.rows().iter().filter(|api| api.auth.is_none()) {
        let finding = Diagnostic::new(RULE, api.span, format!("anybody may call the API `{}`", api.name))
            .at(api.name.clone())
            .help("say how callers authenticate: `auth:`; `auth: none` if they need not");
        found.push(finding);
    }
}

fn operations(system: &System, found: &mut Diagnostics) {
    let http = |transport: &Option<Transport>| matches!(transport, Some(Transport::Http(..)));
    let Some(first) = system.operations.iter().find(|operation| http(&operation.transport)) else { return };
    if system.auth.is_some() || system.is_abstract {
        return;
    }
    let message = format!("nothing says how calls to `{}` authenticate", system.name);
    let finding = Diagnostic::new(RULE, system.span, message)
        .related(first.span, "this operation is called over HTTP")
        .at(system.name.clone())
        .help("add `auth:` with `oauth2`, `api_key`, `basic`, `mtls` or `sigv4`; `auth: none` if it needs none");
    found.push(finding);
}

fn webhooks(system: &System, found: &mut Diagnostics) {
    for event in &system.events {
        if let Some(Transport::Webhook { hmac_header: None, .. }) = &event.transport {
            let message = format!("`{}` is taken from whoever calls its address", event.name);
            let finding = Diagnostic::new(RULE, event.span, message)
                .at(format!("{}.{}", system.name, event.name))
                .help("check the signature: `verify: { hmac_sha256: … }` with the header that carries it");
            found.push(finding);
        }
    }
}
