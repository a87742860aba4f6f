//! The tests of a workspace's mappings, run twofold: by the evaluator and by the generated crates, which must do the same.

use crate::{corpus, driver};
use crossdock::emit::files::Files;
use crossdock::eval::prepare;
use crossdock::pipeline::{self, Checked};
use crossdock::write;
use crossdock_runtime::json::Writer;
use crossdock_runtime::{Failure, Notes};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The driver of a workspace without errors, built from what the compiler says now, not from what lies in the repository,
/// in a place of its own below the target folder.
///
/// # Panics
///
/// If the workspace has errors, or its crates do not compile.
pub fn program(name: &str, checked: &Checked) -> PathBuf {
    let sound = checked.sound().expect("the specs are free of errors");
    let folder = corpus::folder("../target").join(name);
    let generated = folder.join("generated");
    std::fs::create_dir_all(&folder).unwrap();
    let runtime = format!("path = {:?}", corpus::folder("../runtime").canonicalize().unwrap());
    let mut files = Files::new();
    for (path, content) in pipeline::emit(&sound).unwrap().iter() {
        let text = String::from_utf8_lossy(content).replace("path = \"../../../runtime\"", &runtime);
        files.insert(path, text.into_bytes()).unwrap();
    }
    write::build(&generated, &files, write::Options { force: true }).unwrap();
    driver::build(&folder.join("driver"), &generated.canonicalize().unwrap(), &checked.model)
}

/// Runs every test of every mapping twofold; says how many there are.
///
/// # Panics
///
/// If a test comes out differently.
pub fn differences(program: &Path, checked: &Checked) -> usize {
    let (names, cases, expected) = tests(checked);
    let results = driver::run(program, &cases);
    let mut differing = Vec::new();
    for ((name, expected), actual) in names.iter().zip(&expected).zip(&results) {
        if expected != actual {
            differing.push(format!("{name}\n  evaluator: {expected}\n  generated: {actual}\n"));
        }
    }
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), results.len(), differing.join("\n"));
    results.len()
}

/// The tests in the specs: their names, as cases, and what the evaluator makes of them.
fn tests(checked: &Checked) -> (Vec<String>, Vec<String>, Vec<Value>) {
    let (mut names, mut cases, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for (id, mapping) in checked.model.mappings.iter().filter(|(_, m)| driver::has_module(m)) {
        let prepared = prepare(&checked.model, Some(checked.loader.sources()), id);
        for test in &mapping.tests {
            let case = crossdock::coverage::case(&prepared, &checked.loader, test).expect("a test can be used");
            names.push(format!("{}: {}", mapping.name, test.name));
            cases.push(driver::case(&mapping.name, &case.inputs, case.outside()));
            let mut notes = Notes::default();
            let output = prepared.map_given(&case.inputs(), case.outside(), &mut notes, None);
            let output = output.and_then(|output| output.to_json(Writer::compact()));
            let notes = serde_json::to_value(&notes).unwrap();
            expected.push(match output {
                Ok(text) => json!({ "value": serde_json::from_str::<Value>(&text).unwrap(), "notes": notes }),
                Err(failure) => json!({ "failure": told(&failure), "notes": notes }),
            });
        }
    }
    (names, cases, expected)
}

fn told(failure: &Failure) -> Value {
    let mut told = failure.to_json();
    told["quoted"] = failure.quoted().into();
    told
}
