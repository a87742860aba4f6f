//! Every rule has its cases and its documentation.

use super::case;
use crossdock::rules::{self, Registered};
use crossdock_tests::corpus;
use libtest_mimic::Trial;
use std::fs;
use std::path::{Path, PathBuf};

/// For each rule: that it has a case that fails and one that passes, and that its documentation is whole. And that each
/// folder is of a rule.
pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials: Vec<Trial> = Vec::new();
    for rule in rules::all() {
        let folder = folder_of(root, rule);
        let of = folder.clone();
        let has_cases = move || cases(rule, &of).map_err(Into::into);
        trials.push(Trial::test(format!("rule {} has cases", rule.id.code), has_cases));
        let is_documented = move || documentation(rule, &folder).map_err(Into::into);
        trials.push(Trial::test(format!("rule {} is documented", rule.id.code), is_documented));
    }
    let root = root.to_owned();
    trials.push(Trial::test("every folder of cases is of a rule", move || strangers(&root).map_err(Into::into)));
    trials
}

fn folder_of(root: &Path, rule: &Registered) -> PathBuf {
    root.join(format!("{}-{}", rule.id.code, rule.id.name))
}

/// A failing case finds the rule's code, a passing one does not; `expected.txt` is what the case itself is held to.
fn cases(rule: &Registered, folder: &Path) -> Result<(), String> {
    let code = rule.id.code;
    let (mut fails, mut passes) = (0, 0);
    for case in corpus::folders(folder) {
        let expected = fs::read_to_string(case.join(case::EXPECTED)).unwrap_or_default();
        let found = expected.contains(&format!("[{code}]"));
        let ok = corpus::name(&case).starts_with("ok");
        if ok == found {
            let what = if ok { "finds" } else { "does not find" };
            return Err(format!("{} {what} {code}", case.display()));
        }
        *(if ok { &mut passes } else { &mut fails }) += 1;
    }
    if fails == 0 || passes == 0 {
        return Err(format!("{}: {fails} failing and {passes} passing cases", folder.display()));
    }
    Ok(())
}

/// The documentation of a rule says what it catches and why, and shows a bad and a good example; a failing case holds the
/// bad one line for line, a passing case the good one, so that neither is a guess.
fn documentation(rule: &Registered, folder: &Path) -> Result<(), String> {
    let text = rules::documentation(rule);
    let title = format!("{} {}: ", rule.id.code, rule.id.name);
    let mut paragraphs = text.split("\n\n");
    let head = paragraphs.next().unwrap_or_default();
    if !head.starts_with(&title) {
        return Err(format!("the first line is not `{title}…`: {head}"));
    }
    let what_and_why = paragraphs.take_while(|paragraph| !paragraph.starts_with("Bad")).count();
    if what_and_why < 2 {
        return Err("it does not say both what it catches and why that hurts".to_owned());
    }
    let Some((_, examples)) = text.split_once("\nBad") else { return Err("there is no bad example".to_owned()) };
    let Some((bad, good)) = examples.split_once("\nGood") else { return Err("there is no good example".to_owned()) };
    for (name, example, ok) in [("bad", bad, false), ("good", good, true)] {
        let block = example.split_once("```yaml\n").and_then(|(_, rest)| rest.split_once("```"));
        let Some((block, _)) = block else { return Err(format!("the {name} example shows no YAML")) };
        let cases = corpus::folders(folder).into_iter().filter(|case| corpus::name(case).starts_with("ok") == ok);
        if !cases.into_iter().any(|case| shows(&case, block)) {
            let which = if ok { "passing" } else { "failing" };
            return Err(format!("no {which} case in {} holds the {name} example:\n{block}", folder.display()));
        }
    }
    Ok(())
}

/// Whether a file of a case holds the lines of an example one after the other, at any indentation and with or without
/// the example's comments.
fn shows(case: &Path, example: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        let bare = text.lines().map(|line| line.split_once("   #").map_or(line, |(bare, _)| bare).trim().to_owned());
        bare.filter(|line| !line.is_empty()).collect()
    };
    let example = lines(example);
    let files = corpus::files(case).unwrap_or_default();
    files.values().any(|bytes| lines(&String::from_utf8_lossy(bytes)).windows(example.len()).any(|own| own == example))
}

fn strangers(root: &Path) -> Result<(), String> {
    let known: Vec<PathBuf> = rules::all().iter().map(|rule| folder_of(root, rule)).collect();
    let folders = corpus::folders(root).into_iter();
    let strange: Vec<String> = folders
        .filter(|path| corpus::name(path) != case::PRELUDE && !known.contains(path))
        .map(|path| corpus::name(&path))
        .collect();
    if strange.is_empty() { Ok(()) } else { Err(format!("no rule is called so: {}", strange.join(", "))) }
}
