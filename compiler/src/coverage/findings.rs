//! What running the tests finds: what no test reaches (`MAP010`) and keys of payloads that no record declares (`MAP002`).
//!
//! A test that fails is not a finding: `crossdock test` shows it. Absent on purpose: levels and waivers.

use super::report::{Coverage, Report};
use super::runner::run;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Intent, Mapping, Model};
use crate::rules::{MAP002, MAP010};
use crate::source::Loader;
use std::collections::BTreeSet;

/// Runs the tests of a workspace and gives what they find. Only mappings of which `sound` says so are judged.
pub fn findings(model: &Model, loader: &Loader, sound: &(dyn Fn(&Mapping) -> bool + Sync)) -> Diagnostics {
    let report = run(model, loader, &|mapping, _| sound(mapping));
    let judged = report.coverage.iter().filter(|coverage| sound(coverage.of));
    let mut found: Diagnostics = judged.flat_map(unreached).collect();
    found.append(undeclared(model, &report));
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

fn undeclared(model: &Model, report: &Report<'_>) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut told = BTreeSet::new();
    for test in &report.tests {
        let mapping = &model.mappings[test.mapping];
        for (record, path, span) in &test.undeclared {
            // The same key in ten fixtures is one gap.
            if told.insert((test.mapping, record, path)) {
                let message = format!("the fixture holds `{path}`, which `{record}` does not declare");
                found.push(
                    Diagnostic::new(MAP002, *span, message)
                        .at(format!("{}.{path}", mapping.name))
                        .help("declare the field, and read it or list it under `unmapped`"),
                );
            }
        }
    }
    found
}
