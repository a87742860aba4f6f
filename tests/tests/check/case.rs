//! One case: a workspace in a folder, and what is found in it.

use crossdock::diagnostic::{self, Diagnostic, concise, human};
use crossdock::pipeline::{self, Checked, Sound};
use crossdock::source::Loader;
use crossdock_tests::corpus;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// The folder of files that every case without a `crossdock.yaml` has.
pub const PRELUDE: &str = "prelude";
/// What a case is held to.
pub const EXPECTED: &str = "expected.txt";
/// The day on which all cases are judged.
const TODAY: &str = "2026-06-01";

type Files = BTreeMap<String, Vec<u8>>;

/// The folder of folders with the files of a case as they were when it was built before, one for each time.
const BEFORE: &str = "before/";

/// Checks a case and compares.
pub fn run(folder: &Path) -> Result<(), String> {
    let (before, files): (Files, Files) =
        workspace(folder)?.into_iter().partition(|(path, _)| path.starts_with(BEFORE));
    let mut checked = check(&files);
    let lost = checked.sound().map(|sound| lost(&sound, &files, &before)).transpose()?;
    checked.diagnostics.extend(lost.into_iter().flatten());
    let mut text = show(&checked);
    if let Some(fixed) = fix(&files, &checked) {
        text.push_str(&fixed?);
    }
    corpus::compare(&folder.join(EXPECTED), &text)
}

/// The prelude must add nothing to what is found in a case.
pub fn prelude_is_clean(prelude: &Path) -> Result<(), String> {
    let checked = check(&corpus::files(prelude).map_err(|error| error.to_string())?);
    if checked.diagnostics.is_empty() { Ok(()) } else { Err(show(&checked)) }
}

/// The files of a case, those of the prelude included where it has no workspace of its own.
pub fn workspace(folder: &Path) -> Result<Files, String> {
    let read = |folder: &Path| corpus::files(folder).map_err(|error| format!("{}: {error}", folder.display()));
    let mut files = read(folder)?;
    files.remove(EXPECTED);
    if !files.contains_key("crossdock.yaml") {
        let prelude = folder.ancestors().nth(2).map(|root| root.join(PRELUDE)).unwrap_or_default();
        for (path, bytes) in read(&prelude)? {
            files.entry(path).or_insert(bytes);
        }
    }
    Ok(files)
}

/// Reads and judges files as a workspace, on the day of all cases.
pub fn check(files: &Files) -> Checked {
    let today = crossdock_runtime::time::parse_date(TODAY).unwrap();
    pipeline::check_loaded(Loader::memory(files.clone()), today)
}

/// What a build finds that held a case against what was built before.
fn lost(sound: &Sound<'_>, files: &Files, before: &Files) -> Result<Vec<Diagnostic>, String> {
    let (mut built, mut earlier) = (Files::new(), BTreeMap::<&str, Files>::new());
    for (path, bytes) in before {
        let (time, path) = path.strip_prefix(BEFORE).and_then(|path| path.split_once('/')).ok_or("no time is named")?;
        earlier.entry(time).or_insert_with(|| files.clone()).insert(path.to_owned(), bytes.clone());
    }
    for (time, files) in earlier {
        let checked = check(&files);
        let sound = checked.sound().ok_or_else(|| format!("{BEFORE}{time}: {}", show(&checked)))?;
        let emitted = pipeline::emit(&sound).map_err(|error| error.to_string())?;
        let states = emitted.iter().filter(|(path, _)| path.starts_with(pipeline::STATES));
        built.extend(states.map(|(path, bytes)| (path.to_owned(), bytes.to_vec())));
    }
    let emitted = pipeline::emit(sound).map_err(|error| error.to_string())?;
    Ok(pipeline::survive(sound, &emitted, &built))
}

fn show(checked: &Checked) -> String {
    let (findings, sources) = (&checked.diagnostics, checked.loader.sources());
    if findings.is_empty() {
        return "no findings\n".to_owned();
    }
    let full = human::render(findings, sources, false);
    format!("{}\n{}\n", concise::render(findings, sources), full.trim_end())
}

/// What the certain fixes make of the files, as changed lines; none if there are no such fixes.
fn fix(files: &Files, checked: &Checked) -> Option<Result<String, String>> {
    let certain = |finding: &&Diagnostic| finding.fix.as_ref().is_some_and(|fix| fix.certain);
    let codes: Vec<&str> = checked.diagnostics.iter().filter(certain).map(|finding| finding.code).collect();
    if codes.is_empty() {
        return None;
    }
    let mut fixed_files = files.clone();
    let mut text = String::new();
    for (id, file) in checked.loader.sources().files() {
        let fixed = diagnostic::apply(id, &file.text, &checked.diagnostics);
        if fixed.applied > 0 {
            let _ = writeln!(text, "\nfixed: {}", file.path);
            for (before, after) in file.text.lines().zip(fixed.text.lines()).filter(|(before, after)| before != after) {
                let _ = writeln!(text, "-{before}\n+{after}");
            }
            fixed_files.insert(file.path.clone(), fixed.text.into_bytes());
        }
    }
    let again = check(&fixed_files);
    let left = again.diagnostics.iter().filter(certain).any(|finding| codes.contains(&finding.code));
    Some(if left { Err(format!("a fix does not answer its finding:\n{text}\n{}", show(&again))) } else { Ok(text) })
}
