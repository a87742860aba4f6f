//! CEL's own conformance cases, one test a section. A case that is left out and would pass is an error too.
//! Where the cases are not present every test is reported as ignored.

use crossdock_tests::cel::predicate::{Predicate, predicate};
use crossdock_tests::cel::{self, Case, Excluded, Outcome};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let Some(place) = cel::place() else {
        eprintln!("the conformance cases are not present; {} names their place", cel::PLACE);
        let absent = Trial::test("conformance", || Err(Failed::from("not present"))).with_ignored_flag(true);
        return libtest_mimic::run(&arguments, vec![absent]).exit_code();
    };
    let listed = cel::excluded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cel/excluded.txt"));
    let (cases, listed) = match (cel::cases(&place), listed) {
        (Ok(cases), Ok(listed)) => (cases, Arc::new(listed)),
        (Err(why), _) | (_, Err(why)) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let mut sections: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in &cases {
        sections.entry(case.section.clone()).or_default().push(case.clone());
    }
    let mut trials = Vec::new();
    for (section, cases) in sections {
        let listed = Arc::clone(&listed);
        trials.push(Trial::test(section, move || judge(&cases, &listed)));
    }
    trials.push(Trial::test("what is left out", move || account(&cases, &listed)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn judge(cases: &[Case], listed: &[Excluded]) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for case in cases {
        let reason = listed.iter().find(|e| e.name == case.name).map(|e| e.reason.clone());
        let left_out = reason.or_else(|| predicate(case).map(|p| p.word().to_owned()));
        match (cel::run(case), left_out) {
            (Outcome::Passed | Outcome::Refused, None) | (Outcome::Failed(_), Some(_)) => {}
            (Outcome::Failed(why), None) => wrong.push(format!("{}: {}\n    {why}", case.name, case.expr)),
            // The checker refuses many things; only a case that is evaluated as it must be is left out in error.
            (Outcome::Refused, Some(_)) => {}
            (Outcome::Passed, Some(reason)) => {
                wrong.push(format!("{}: {}\n    passes, and is left out: {reason}", case.name, case.expr));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failed::from(wrong.join("\n"))) }
}

/// Prints how many cases run and how many are left out for what; a listed case must exist and need its line.
fn account(cases: &[Case], listed: &[Excluded]) -> Result<(), Failed> {
    let mut by_predicate: BTreeMap<Predicate, usize> = BTreeMap::new();
    let (mut singly, mut passed, mut refused) = (0, 0, 0);
    for case in cases {
        if listed.iter().any(|e| e.name == case.name) {
            singly += 1;
        } else if let Some(predicate) = predicate(case) {
            *by_predicate.entry(predicate).or_default() += 1;
        } else {
            match cel::run(case) {
                Outcome::Refused => refused += 1,
                _ => passed += 1,
            }
        }
    }
    let left_out: Vec<String> = by_predicate.iter().map(|(p, n)| format!("{n} {}", p.word())).collect();
    println!(
        "{} cases: {} evaluated, {refused} refused by the checker as they must be; left out: {}; {singly} singly",
        cases.len(),
        passed,
        left_out.join(", "),
    );
    let mut wrong = Vec::new();
    for (at, excluded) in listed.iter().enumerate() {
        match cases.iter().find(|case| case.name == excluded.name) {
            None => wrong.push(format!("there is no case `{}`", excluded.name)),
            Some(case) if predicate(case).is_some() => {
                wrong.push(format!("`{}` is left out by a predicate already", excluded.name));
            }
            Some(_) if listed.iter().skip(at + 1).any(|other| other.name == excluded.name) => {
                wrong.push(format!("`{}` is listed twice", excluded.name));
            }
            Some(_) => {}
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failed::from(wrong.join("\n"))) }
}
