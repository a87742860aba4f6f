//! Every folder in `mapping` is a workspace whose mappings show one part of the language: it is checked without a finding,
//! its tests pass, and its generated crates do what the evaluator does.

use crossdock::coverage;
use crossdock::pipeline;
use crossdock_runtime::time::parse_date;
use crossdock_tests::{corpus, twofold};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};

fn main() {
    let folders = corpus::folders(&corpus::folder("mapping")).into_iter();
    let trial = |folder: PathBuf| Trial::test(corpus::name(&folder), move || run(&corpus::name(&folder), &folder));
    libtest_mimic::run(&Arguments::from_args(), folders.map(trial).collect()).exit();
}

fn run(name: &str, folder: &Path) -> Result<(), Failed> {
    let checked = pipeline::check(folder, parse_date("2026-01-01").unwrap())?;
    let findings: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|found| {
            let at = checked.loader.sources().start(found.primary.span);
            let file = checked.loader.sources().path(found.primary.span.file);
            format!("{file}:{}: {} {}", at.line, found.code, found.message)
        })
        .collect();
    if !findings.is_empty() {
        return Err(findings.join("\n").into());
    }
    let report = coverage::run(&checked.model, &checked.loader, false, &|_, _| true);
    for test in &report.tests {
        if !test.problems.is_empty() {
            return Err(format!("{}: {:?}", test.test.name, test.problems).into());
        }
    }
    let program = twofold::program(&format!("mapping/{name}"), &checked);
    let tests = twofold::differences(&program, &checked);
    if tests == report.tests.len() && tests > 0 {
        Ok(())
    } else {
        Err(format!("{} of {} tests were run twofold", tests, report.tests.len()).into())
    }
}
