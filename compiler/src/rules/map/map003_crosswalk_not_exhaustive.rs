//! MAP003 crosswalk-not-exhaustive: a code that a crosswalk does not know
//!
//! A mapping turns codes of a list into a system's, and some codes of the list have no row, or none from some day on; or it
//! turns a system's codes into the list's, and nothing says what a code becomes that has none.
//!
//! The order with the one code that was forgotten fails at night, and the system's next new code fails every order.
//!
//! Bad, where mappings call `code(ShipMethod, …)` for sap both ways:
//! ```yaml
//! codes: { GROUND: Ground service, AIR: Next-day air }
//! crosswalk:
//!   sap: { "01": GROUND }
//! ```
//! Good:
//! ```yaml
//! codes: { GROUND: Ground service, AIR: Next-day air }
//! crosswalk:
//!   sap: { "01": GROUND, "05": AIR }
//! unknown: { sap: { raise: missing_sku } }
//! ```
//!
//! Level it with `rules: { MAP003: warn }`, or waive it at the crosswalk (`at: ShipMethod.sap`).

use super::crossings::{Crossing, Crossings, crossings, rows_by};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{CodesKind, Crosswalk, Model};
use crate::rules::Context;
use crate::rules::words::names;
use crate::source::Span;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP003", name: "crosswalk-not-exhaustive", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let (inward, outward) = crossings(context.model);
    judge(context.model, &outward, found, missing);
    judge(context.model, &outward, found, ended);
    judge(context.model, &inward, found, undecided);
}

/// A crosswalk in use: its list, its name as waivers know it, the system's name, the first use.
struct Used<'m> {
    codes: &'m crate::model::Codes,
    element: String,
    system: &'m str,
    first: &'m Crossing<'m>,
}

fn judge<'m>(
    model: &'m Model,
    crossings: &'m Crossings<'m>,
    found: &mut Diagnostics,
    judged: impl Fn(&Used<'_>, &Crosswalk) -> Option<Diagnostic>,
) {
    for ((codes, system), uses) in crossings {
        let Some(first) = uses.first() else { continue };
        let (codes, name) = (&model.codes[*codes], model.systems[*system].name.as_str());
        let used = Used { codes, element: format!("{}.{name}", codes.name), system: name, first };
        // A list without a crosswalk for the system is not found by its name.
        found.extend(codes.crosswalk(*system).and_then(|crosswalk| judged(&used, crosswalk)));
    }
}

/// Codes of the list that have no row.
fn missing(used: &Used<'_>, crosswalk: &Crosswalk) -> Option<Diagnostic> {
    if used.codes.kind != CodesKind::Declared {
        return None;
    }
    let known: BTreeSet<&str> = crosswalk.rows.iter().map(|row| row.code.as_str()).collect();
    let without: Vec<_> = used.codes.codes.iter().filter(|code| !known.contains(code.code.as_str())).collect();
    let first = without.first()?;
    let list = names(without.iter().map(|code| code.code.as_str()));
    let verb = if without.len() == 1 { "has" } else { "have" };
    let message = format!("{list} of `{}` {verb} no code in `{}`", used.codes.name, used.system);
    Some(finding(used, crosswalk.span, message).related(first.span, "declared here").help(format!(
        "give each of them a code of `{}`; one that it never gets is left out by the mapping's `when`, and waived here",
        used.system
    )))
}

/// A code whose rows all end, or leave days out between them.
fn ended(used: &Used<'_>, crosswalk: &Crosswalk) -> Option<Diagnostic> {
    rows_by(crosswalk, |row| &row.code).into_iter().find_map(|(code, mut rows)| {
        rows.sort_by_key(|row| row.valid_from);
        let (first, rest) = rows.split_first()?;
        let mut last = *first;
        for row in rest {
            let Some(end) = last.valid_to else { break };
            if row.valid_from.is_some_and(|from| end.tomorrow().is_ok_and(|next| next < from)) {
                break;
            }
            if row.valid_to.is_none_or(|to| end < to) {
                last = row;
            }
        }
        let end = last.valid_to?;
        let message = format!("`{code}` of `{}` has no code in `{}` after {end}", used.codes.name, used.system);
        let help =
            "add a row that follows; a code that is given up is left out by the mapping's `when`, and waived here";
        Some(finding(used, last.span, message).help(help))
    })
}

/// Nothing says what an unknown code becomes.
fn undecided(used: &Used<'_>, crosswalk: &Crosswalk) -> Option<Diagnostic> {
    if crosswalk.unknown.is_some() {
        return None;
    }
    let message =
        format!("nothing says what becomes of a code of `{}` that `{}` does not know", used.system, used.codes.name);
    Some(
        finding(used, crosswalk.span, message).help(format!(
            "add `unknown: {{ {}: {{ raise: … }} }}` with an exception, or a code of the list",
            used.system
        )),
    )
}

fn finding(used: &Used<'_>, span: Span, message: String) -> Diagnostic {
    let by = format!("`{}` goes through it", used.first.mapping.name);
    Diagnostic::new(RULE, span, message).related(used.first.span, by).at(used.element.clone())
}
