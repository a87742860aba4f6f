//! What running the tests finds: what no test reaches (`MAP010`) and keys of payloads that no record declares (`MAP002`).
//!
//! A test that fails is not a finding: `crossdock test` shows it. Absent on purpose: levels and waivers.

use super::report::{Coverage, Report};
use super::runner::run;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Id, Intent, Mapping, Model};
use crate::rules::{self, MAP010};
use crate::source::Loader;
use std::collections::{BTreeMap, BTreeSet};

/// Runs the tests of a workspace and gives what they find. Only mappings of which `sound` says so are judged.
pub fn findings(model: &Model, loader: &Loader, sound: &(dyn Fn(&Mapping) -> bool + Sync)) -> Diagnostics {
    let report = run(model, loader, &|mapping, _| sound(mapping));
    let judged = report.coverage.iter().filter(|coverage| sound(coverage.of));
    let mut found: Diagnostics = judged.flat_map(unreached).collect();
    found.append(undeclared(&report, model));
    found
}

fn unreached(coverage: &Coverage<'_>) -> Vec<Diagnostic> {
    let mapping = coverage.of;
    if !coverage.ran {
        let message = match mapping.intent {
            Intent::Value => format!("no test of a mapping that calls `{}` reaches it", mapping.name),
            _ => format!("`{}` has no test", mapping.name),
        };
        let finding = Diagnostic::new(MAP010, mapping.span, message).at(mapping.name.clone());
        return vec![finding.help("give it `tests:` with a payload and what is expected of it")];
    }
    let finding = |point: &super::points::Point| {
        Diagnostic::new(MAP010, point.span, format!("no test of `{}` {}", mapping.name, point.what))
            .at(point.element.clone())
            .help("add a test that does, or leave out what can't happen")
    };
    coverage.missed.iter().map(finding).collect()
}

fn undeclared(report: &Report<'_>, model: &Model) -> Diagnostics {
    let mut keys: BTreeMap<Id<Mapping>, BTreeSet<&str>> = BTreeMap::new();
    for test in &report.tests {
        keys.entry(test.mapping).or_default().extend(test.undeclared.iter().map(String::as_str));
    }
    keys.into_iter().flat_map(|(id, keys)| rules::undeclared(model, id, keys)).collect()
}
