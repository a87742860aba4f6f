//! What running the tests finds: what no test reaches (`MAP010`), keys of payloads that no record declares and entries
//! of `unmapped:` that match nothing in them (`MAP002`), and tests that can't be run.
//!
//! A test that fails is not a finding: `crossdock test` shows it. Absent on purpose: levels and waivers.

use super::points::{Of, Point};
use super::report::{Coverage, Problem, Report, TestResult};
use super::runner::run;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Id, Intent, Mapping, Model, Struct};
use crate::rules::{self, MAP010};
use crate::source::Loader;
use std::collections::{BTreeMap, BTreeSet};

/// Runs the tests of a workspace and gives what they find. Mappings that did not type-check are left out.
pub fn findings(model: &Model, loader: &Loader) -> Diagnostics {
    let judged = model.workspace.levels.get(MAP010.code).is_none_or(|level| level != "off");
    let report = run(model, loader, judged, &|_, _| true);
    let mut found = unusable(&report);
    let mut told: BTreeSet<&Of> = BTreeSet::new();
    for coverage in &report.coverage {
        unreached(model, coverage, &mut told, &mut found);
    }
    found.append(undeclared(&report, model));
    found
}

/// Tests whose files are missing, or are not what they should be.
fn unusable(report: &Report<'_>) -> Diagnostics {
    let problems = report.tests.iter().flat_map(|test| &test.problems);
    let unusable = problems.filter_map(|problem| match problem {
        Problem::Unusable(rule, why, span) => Some(Diagnostic::new(*rule, *span, why.clone())),
        _ => None,
    });
    unusable.collect()
}

/// Fields by what they are read from and whether they are to be given, each with where it is read.
type Sources<'c> = BTreeMap<(Id<Struct>, bool), Vec<(&'c str, &'c Point)>>;

fn unreached<'c>(model: &Model, coverage: &'c Coverage<'_>, told: &mut BTreeSet<&'c Of>, found: &mut Diagnostics) {
    let mapping = coverage.of;
    if !coverage.ran {
        let (message, help) = match mapping.intent {
            _ if !mapping.tests.is_empty() => (
                format!("no test of `{}` gets past reading its payload", mapping.name),
                "add a test that comes to a result",
            ),
            Intent::Value => (
                format!("`{}` has no test, and no test of a mapping that calls it reaches it", mapping.name),
                "give it `tests:`, or a mapping that calls it",
            ),
            _ => (
                format!("`{}` has no test", mapping.name),
                "give it `tests:` with a payload and what is expected of it",
            ),
        };
        found.push(Diagnostic::new(MAP010, mapping.span, message).at(mapping.name.clone()).help(help));
        return;
    }
    let mut sources: Sources<'_> = BTreeMap::new();
    for point in &coverage.missed {
        match &point.of {
            Of::Source(record, field, given) => sources.entry((*record, *given)).or_default().push((field, point)),
            Of::Crosswalk(..) if !told.insert(&point.of) => {}
            Of::Crosswalk(..) => {
                let message = format!("no test {}", point.what);
                found.push(Diagnostic::new(MAP010, point.span, message).at(point.element.clone()).help(HELP));
            }
            Of::Mapping => {
                let message = format!("no test of `{}` {}", mapping.name, point.what);
                found.push(Diagnostic::new(MAP010, point.span, message).at(point.element.clone()).help(HELP));
            }
        }
    }
    found.extend(sources.into_iter().filter_map(|((record, given), fields)| {
        sources_of(mapping, &model.structs[record].full_name(model), given, &fields)
    }));
}

const HELP: &str = "add a test that does, or leave out what can't happen";

/// The optional fields of one record that no test gives, or leaves out.
fn sources_of(mapping: &Mapping, record: &str, given: bool, fields: &[(&str, &Point)]) -> Option<Diagnostic> {
    let ((_, first), rest) = fields.split_first()?;
    if rest.is_empty() {
        let message = format!("no test of `{}` {}", mapping.name, first.what);
        return Some(Diagnostic::new(MAP010, first.span, message).at(first.element.clone()).help(HELP));
    }
    let verb = if given { "gives" } else { "leaves out" };
    let names = rules::names(fields.iter().map(|(name, _)| *name));
    let message = format!("no test of `{}` {verb} {} fields of `{record}`: {names}", mapping.name, fields.len());
    let mut finding = Diagnostic::new(MAP010, first.span, message).at(mapping.name.clone());
    for (name, point) in rest.iter().take(3) {
        finding = finding.related(point.span, format!("`{name}` is read here"));
    }
    let help = if given { "a payload that has them all will do" } else { "a payload that has none of them will do" };
    Some(finding.help(help))
}

fn undeclared(report: &Report<'_>, model: &Model) -> Diagnostics {
    let mut keys: BTreeMap<Id<Mapping>, BTreeSet<&str>> = BTreeMap::new();
    // Of a payload that can't be read nothing is known.
    let unread = |test: &&TestResult<'_>| test.problems.iter().any(|p| matches!(p, Problem::Unusable(..)));
    let unread: BTreeSet<Id<Mapping>> = report.tests.iter().filter(unread).map(|test| test.mapping).collect();
    for test in &report.tests {
        keys.entry(test.mapping).or_default().extend(test.undeclared.iter().map(String::as_str));
    }
    let findings = keys.into_iter().flat_map(|(id, keys)| {
        let mut found = rules::undeclared(model, id, keys.iter().copied());
        if !unread.contains(&id) {
            found.append(rules::unseen(model, id, keys));
        }
        found
    });
    findings.collect()
}
