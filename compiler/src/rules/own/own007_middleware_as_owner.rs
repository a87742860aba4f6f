//! OWN007 middleware-as-owner: a system in the middle is made to own business data
//!
//! A system of role `middleware` is named as owner, originator, amender or holder of a delegated state.
//!
//! What passes messages on is no place to keep them: it has no users who could be asked, no screen on which to mend a
//! value, and it is the first thing to be replaced.
//!
//! Bad:
//! ```yaml
//! kind: system
//! name: shop                           # and the ownership says `owner: shop`
//! role: middleware
//! ```
//! Good:
//! ```yaml
//! kind: system
//! name: shop
//! role: commerce
//! ```
//!
//! Level it with `rules: { OWN007: warn }`, or waive it at the ownership (`at: order_ownership`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Id, Model, Ownership, System, Writer};
use crate::rules::Context;
use crate::source::Span;

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN007", name: "middleware-as-owner", severity: Severity::Error };

const MIDDLEWARE: &str = "middleware";

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for ownership in model.ownerships.rows() {
        for (system, part, element, span) in named(ownership) {
            if model.systems[system].role == MIDDLEWARE {
                found.push(finding(model, ownership, system, part, element, span));
            }
        }
    }
}

/// Every system that the document names as a writer: which, as what, at which path, where.
fn named(ownership: &Ownership) -> impl Iterator<Item = (Id<System>, &'static str, Option<&str>, Span)> {
    let owners = ownership.owner.iter().map(|(_, system, span)| (*system, "owner", None, *span));
    let originators = ownership.originators.iter().map(|(system, span)| (*system, "originator", None, *span));
    let grants = ownership.grants.iter().flat_map(|grant| {
        let path = Some(grant.text.as_str());
        let of = |writer, part| match writer {
            Some(Writer::System(system)) => Some((system, part, path, grant.span)),
            _ => None,
        };
        let moves = grant.transitions.iter().map(move |(system, _, span)| (*system, "mover", path, *span));
        of(grant.owner, "owner").into_iter().chain(of(grant.amend, "amender")).chain(moves)
    });
    owners.chain(originators).chain(grants)
}

fn finding(
    model: &Model,
    ownership: &Ownership,
    system: Id<System>,
    part: &str,
    path: Option<&str>,
    span: Span,
) -> Diagnostic {
    let system = &model.systems[system];
    let object = &model.structs[ownership.object].name;
    let name = &system.name;
    let what = path.map_or_else(|| format!("`{object}`"), |path| format!("`{path}` of `{object}`"));
    let message = match part {
        "originator" => format!("`{name}` is middleware and is named as an originator of {what}"),
        "amender" => format!("`{name}` is middleware and may change {what}"),
        "mover" => format!("`{name}` is middleware and may move {what}"),
        _ => format!("`{name}` is middleware and is named as the owner of {what}"),
    };
    let element = path.map_or_else(|| ownership.name.clone(), |path| format!("{}.{path}", ownership.name));
    Diagnostic::new(RULE, span, message)
        .related(system.span, format!("its role is `{MIDDLEWARE}`"))
        .at(element)
        .help("name the system behind it, in which people enter and mend the data")
}
