//! What is generated: `tests/emit/<case>/specs/` is a workspace, `tests/emit/<case>/expected/` holds every file that
//! `build` makes of it, the crates left out, which have tests of their own. `BLESS=1` rewrites them. Formatting the
//! crates of every case, and those of the reference specs, with `rustfmt` changes nothing.

use crossdock::pipeline;
use crossdock::source::Loader;
use crossdock_tests::corpus;
use libtest_mimic::{Arguments, Trial};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The folder of the crates, which have tests of their own.
const CRATES: &str = "rust/";

fn main() {
    let arguments = Arguments::from_args();
    let root = corpus::folder("emit");
    let cases = corpus::folders(&root).into_iter();
    let trials = cases.map(|folder| Trial::test(corpus::name(&folder), move || run(&folder).map_err(Into::into)));
    let mut trials: Vec<Trial> = trials.collect();
    trials.push(Trial::test("reference specs", || {
        let specs = corpus::files(&corpus::folder("../specs")).map_err(|error| error.to_string())?;
        Ok(formatted(&emit(specs)?)?)
    }));
    assert!(!trials.is_empty(), "there are no cases");
    libtest_mimic::run(&arguments, trials).exit();
}

fn run(folder: &Path) -> Result<(), String> {
    let specs = corpus::files(&folder.join("specs")).map_err(|error| error.to_string())?;
    let mut made = emit(specs.clone())?;
    if made != emit(specs)? {
        return Err("a second run makes other bytes".to_owned());
    }
    formatted(&made)?;
    made.retain(|path, _| !path.starts_with(CRATES));
    for (path, bytes) in made.iter().filter(|(path, _)| path.ends_with(".json")) {
        let document: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| format!("`{path}` is no JSON: {error}"))?;
        if path.starts_with("contracts/json-schema/") {
            jsonschema::draft202012::meta::validate(&document).map_err(|error| format!("`{path}`: {error}"))?;
            jsonschema::draft202012::new(&document).map_err(|error| format!("`{path}`: {error}"))?;
        }
    }
    compare(&folder.join("expected"), &made)
}

fn emit(specs: BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let today = crossdock_runtime::time::parse_date("2026-06-01").map_err(|failure| failure.to_string())?;
    let checked = pipeline::check_loaded(Loader::memory(specs), today);
    let Some(sound) = checked.sound() else {
        return Err(crossdock::diagnostic::concise::render(&checked.diagnostics, checked.loader.sources()));
    };
    let files = pipeline::emit(&sound).map_err(|error| error.to_string())?;
    Ok(files.iter().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect())
}

/// That `rustfmt` leaves the crates as they are.
fn formatted(made: &BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut sources = Vec::new();
    for (path, bytes) in made.iter().filter(|(path, _)| path.starts_with(CRATES) || *path == "rustfmt.toml") {
        let place = folder.path().join(path);
        fs::create_dir_all(place.parent().unwrap_or(folder.path())).map_err(|error| error.to_string())?;
        fs::write(&place, bytes).map_err(|error| error.to_string())?;
        // What a library names is formatted with it.
        if path.ends_with("/src/lib.rs") {
            sources.push(place);
        }
    }
    let run = Command::new("rustfmt").args(["--edition", "2024", "--check"]).args(&sources).output();
    let Ok(run) = run else {
        println!("rustfmt is not installed: not checked");
        return Ok(());
    };
    if run.status.success() {
        return Ok(());
    }
    Err(format!("`rustfmt` changes:\n{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr)))
}

fn compare(expected: &Path, made: &BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let bless = std::env::var_os("BLESS").is_some();
    let known =
        if expected.exists() { corpus::files(expected).map_err(|error| error.to_string())? } else { BTreeMap::new() };
    let mut problems = Vec::new();
    for path in known.keys().filter(|path| !made.contains_key(*path)) {
        if bless {
            fs::remove_file(expected.join(path)).map_err(|error| error.to_string())?;
        } else {
            problems.push(format!("`{path}` is no longer made"));
        }
    }
    for (path, bytes) in made {
        let place = expected.join(path);
        if bless && let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(|error| error.to_string())?;
        }
        problems.extend(corpus::compare(&place, &String::from_utf8_lossy(bytes)).err());
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}
