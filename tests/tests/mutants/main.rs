//! The reference specs with one mistake: `check` has to find it, or `simulate` a promise that it breaks.
//!
//! One test a mistake; [`table`] lists them. The specs themselves are clean, and keep their promises at as many schedules as
//! any mistake needs; a mistake that is left to the simulation is shown to pass `check`.

mod table;

use crossdock::diagnostic::concise;
use crossdock::pipeline::{self, Checked};
use crossdock::simulate::{Promise, Schedule, Stage, Templates};
use crossdock::source::Loader;
use crossdock_runtime::time::parse_date;
use crossdock_tests::corpus;
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeMap;
use table::{Catch, MUTANTS, Mutant};

fn main() {
    let mut trials: Vec<Trial> = MUTANTS.iter().map(|mutant| Trial::test(mutant.name, move || run(mutant))).collect();
    trials.push(Trial::test("without a mistake: check", || clean(checked(specs()?))));
    let mut needed: BTreeMap<&str, u64> = BTreeMap::new();
    for mutant in MUTANTS {
        if let Catch::Simulate(scenario, _, schedules) = mutant.by {
            let most = needed.entry(scenario).or_default();
            *most = schedules.max(*most);
        }
    }
    for (scenario, schedules) in needed {
        let name = format!("without a mistake: {scenario}");
        trials.push(Trial::test(name, move || keeps(scenario, schedules)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn specs() -> Result<BTreeMap<String, Vec<u8>>, Failed> {
    Ok(corpus::files(&corpus::folder("../specs"))?)
}

fn checked(files: BTreeMap<String, Vec<u8>>) -> &'static Checked {
    let checked = pipeline::check_loaded(Loader::memory(files), parse_date("2026-01-01").unwrap());
    // What a driver holds has no lifetime.
    Box::leak(Box::new(checked))
}

fn clean(checked: &Checked) -> Result<(), Failed> {
    if checked.diagnostics.is_empty() {
        return Ok(());
    }
    Err(concise::render(&checked.diagnostics, checked.loader.sources()).into())
}

fn run(mutant: &Mutant) -> Result<(), Failed> {
    let mut files = specs()?;
    for (path, old, new) in mutant.edits {
        let file = files.get_mut(*path).ok_or_else(|| format!("there is no {path}"))?;
        let text = std::str::from_utf8(file)?;
        if text.matches(old).count() != 1 {
            return Err(format!("{path} does not hold once: {old}").into());
        }
        *file = text.replace(old, new).into_bytes();
    }
    let checked = checked(files);
    match mutant.by {
        Catch::Check(code) if checked.diagnostics.iter().any(|found| found.code == code) => Ok(()),
        Catch::Check(code) => {
            let found = concise::render(&checked.diagnostics, checked.loader.sources());
            Err(format!("{code} is not found, but:\n{found}").into())
        }
        Catch::Simulate(scenario, promise, schedules) => {
            clean(checked)?;
            let found = broken(checked, scenario, schedules)?;
            if found.iter().any(|(_, one, _)| *one == promise) {
                return Ok(());
            }
            Err(format!("{schedules} schedules keep the promise; broken: {found:?}").into())
        }
    }
}

fn keeps(scenario: &str, schedules: u64) -> Result<(), Failed> {
    match broken(checked(specs()?), scenario, schedules)?.first() {
        None => Ok(()),
        Some((seed, promise, detail)) => Err(format!("seed {seed}: {promise}: {detail}").into()),
    }
}

/// The promises that the first schedule with a broken one breaks.
fn broken(checked: &'static Checked, scenario: &str, schedules: u64) -> Result<Vec<(u64, Promise, String)>, Failed> {
    let model = &checked.model;
    let id = model.scenarios.iter().find(|(_, one)| one.name == scenario).ok_or("there is no such scenario")?.0;
    let read = |path: &str| {
        checked.loader.read_path(path).map(|bytes| bytes.to_vec()).map_err(|problem| problem.message(path))
    };
    let templates = Templates::read(&model.scenarios[id], read)?;
    let stage = Stage::new(model, None, id, templates)?;
    for seed in 0..schedules {
        let outcome = stage.play(Schedule { seed });
        if let Some(wrong) = outcome.wrong {
            return Err(wrong.into());
        }
        if !outcome.broken.is_empty() {
            return Ok(outcome.broken.into_iter().map(|one| (seed, one.promise, one.detail)).collect());
        }
    }
    Ok(Vec::new())
}
