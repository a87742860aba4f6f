//! MAP004 crosswalk-without-way-back: a code that stands for several of a system's, none of them preferred
//!
//! A mapping turns codes of a list into a system's. For a code, several rows hold on one day and none, or more than one, is
//! `preferred`; or the mapping asks for a code of a built-in list that has no row. Or a mapping turns a system's codes into
//! the list's, and one of them stands for several codes of the list on one day.
//!
//! Which of the system's codes is sent would be an accident of order, and what comes back is another code than what went.
//!
//! Bad, where a mapping turns codes into those of sap:
//! ```yaml
//! crosswalk:
//!   sap: { "01": GROUND, "02": GROUND, "05": AIR }
//! ```
//! Good:
//! ```yaml
//! crosswalk:
//!   sap: { "01": { code: GROUND, preferred: true }, "02": GROUND, "05": AIR }
//! ```
//!
//! Level it with `rules: { MAP004: warn }`, or waive it at the crosswalk (`at: ShipMethod.sap`).

use super::crossings::{Crossing, Crossings, at_once, crossings, overlap, rows_by};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Codes, CodesKind, Crosswalk, CrosswalkRow, Model};
use crate::rules::Context;
use crate::rules::words::names;

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP004", name: "crosswalk-without-way-back", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let (inward, outward) = crossings(model);
    for ((codes, system), uses) in &outward {
        let codes = &model.codes[*codes];
        let Some((crosswalk, first)) = codes.crosswalk(*system).zip(uses.first()) else { continue };
        let name = &model.systems[*system].name;
        let element = format!("{}.{name}", codes.name);
        for (code, rows) in rows_by(crosswalk, |row| &row.code) {
            if let Some((a, b)) = ambiguous(&rows) {
                let (message, help) = several(code, &rows, a.preferred && b.preferred, name);
                let finding = Diagnostic::new(RULE, b.span, message)
                    .related(a.span, format!("`{}` stands for it too", a.system_code))
                    .related(first.span, format!("`{}` needs one of them", first.mapping.name))
                    .at(element.clone());
                found.push(finding.help(help));
            }
        }
        found.extend(
            uses.iter().filter_map(|used| unknown(codes, crosswalk, used, name)).map(|f| f.at(element.clone())),
        );
    }
    many(model, &inward, found);
}

/// A code of a system's that stands for several of the list, where it comes in.
fn many(model: &Model, inward: &Crossings<'_>, found: &mut Diagnostics) {
    for ((codes, system), uses) in inward {
        let codes = &model.codes[*codes];
        let Some((crosswalk, first)) = codes.crosswalk(*system).zip(uses.first()) else { continue };
        let name = &model.systems[*system].name;
        for (code, rows) in rows_by(crosswalk, |row| &row.system_code) {
            let Some((a, b)) = at_once(&rows) else { continue };
            let list = names(rows.iter().map(|row| row.code.as_str()));
            let message = format!("`{code}` of `{name}` stands for {list}, and which one comes in is not said");
            let finding = Diagnostic::new(RULE, b.span, message)
                .related(a.span, format!("`{}` is meant too", a.code))
                .related(first.span, format!("`{}` reads it", first.mapping.name))
                .at(format!("{}.{name}", codes.name));
            found.push(finding.help("keep one of them, or use a list of its own for the other direction"));
        }
    }
}

/// Two rows of one code between which nothing decides.
fn ambiguous<'c>(rows: &[&'c CrosswalkRow]) -> Option<(&'c CrosswalkRow, &'c CrosswalkRow)> {
    let preferred = |row: &CrosswalkRow| rows.iter().any(|other| other.preferred && overlap(row, other));
    rows.iter().enumerate().find_map(|(at, a)| {
        let b = rows.iter().skip(at + 1).find(|b| {
            // One that is preferred on those days decides.
            overlap(a, b) && a.preferred == b.preferred && (a.preferred || !preferred(a) || !preferred(b))
        })?;
        Some((*a, *b))
    })
}

fn several(code: &str, rows: &[&CrosswalkRow], preferred: bool, system: &str) -> (String, &'static str) {
    let list = names(rows.iter().map(|row| row.system_code.as_str()));
    if preferred {
        let message = format!("`{code}` is {list} for `{system}`, and more than one of them is preferred");
        (message, "leave `preferred` to one of them, or give them days that do not overlap: `valid_from`, `valid_to`")
    } else {
        let message = format!("`{code}` is {list} for `{system}`, and none of them is preferred");
        (message, "mark the one that is sent: `{ code: …, preferred: true }`")
    }
}

/// A code of a built-in list that is asked for by name and has no row.
fn unknown(codes: &Codes, crosswalk: &Crosswalk, used: &Crossing<'_>, system: &str) -> Option<Diagnostic> {
    let constant = used.constant.as_deref().filter(|_| matches!(codes.kind, CodesKind::Of(_)))?;
    if crosswalk.rows.iter().any(|row| row.code == constant) {
        return None;
    }
    let message = format!("`{constant}` is no code of `{system}`: `{}` has no row for it", codes.name);
    Some(Diagnostic::new(RULE, used.span, message).related(crosswalk.span, "the crosswalk").help("add a row for it"))
}
