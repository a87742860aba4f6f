//! The generated crates of the reference specs: on every test of every mapping they do what the evaluator does, values
//! and failures, and of real payloads they make what a person read there.

use crossdock::coverage::document::Document;
use crossdock::emit::files::Files;
use crossdock::eval::prepare;
use crossdock::model::Model;
use crossdock::pipeline::{self, Checked, Sound};
use crossdock::write;
use crossdock_runtime::json::Writer;
use crossdock_runtime::time::parse_date;
use crossdock_runtime::{Answers, Meta, Notes};
use crossdock_tests::payloads::{Given, Subject};
use crossdock_tests::{corpus, driver, payloads};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[test]
fn generated_crates_do_what_the_evaluator_does() {
    let checked = pipeline::check(&corpus::folder("../specs"), parse_date("2026-01-01").unwrap()).unwrap();
    let sound = checked.sound().expect("the reference specs are free of errors");
    let program = program(&checked.model, &sound);

    let (names, cases, expected) = tests(&checked);
    let results = driver::run(&program, &cases);
    let mut differing = Vec::new();
    for ((name, expected), actual) in names.iter().zip(&expected).zip(&results) {
        if expected != actual {
            differing.push(format!("{name}\n  evaluator: {expected}\n  generated: {actual}\n"));
        }
    }
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), results.len(), differing.join("\n"));
    assert!(results.len() > 150, "only {} cases", results.len());

    let Some(place) = payloads::place() else {
        println!("the payloads are not present; {} names their place", payloads::PLACE);
        return;
    };
    real_payloads(&checked.model, &program, &place);
}

/// The driver, built from what the compiler says now, not from what lies in the repository.
fn program(model: &Model, sound: &Sound<'_>) -> PathBuf {
    let folder = corpus::folder("../target/reference");
    let generated = folder.join("generated");
    std::fs::create_dir_all(&folder).unwrap();
    let runtime = format!("path = {:?}", corpus::folder("../runtime").canonicalize().unwrap());
    let mut files = Files::new();
    for (path, content) in pipeline::emit(sound).unwrap().iter() {
        let text = String::from_utf8_lossy(content).replace("path = \"../../../runtime\"", &runtime);
        files.insert(path, text.into_bytes()).unwrap();
    }
    write::build(&generated, &files, write::Options { force: true }).unwrap();
    driver::build(&folder.join("driver"), &generated.canonicalize().unwrap(), model)
}

/// The tests in the specs: their names, as cases, and what the evaluator makes of them.
fn tests(checked: &Checked) -> (Vec<String>, Vec<String>, Vec<Value>) {
    let (mut names, mut cases, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for (id, mapping) in checked.model.mappings.iter().filter(|(_, m)| driver::has_module(m)) {
        let prepared = prepare(&checked.model, Some(checked.loader.sources()), id);
        for test in &mapping.tests {
            let case = crossdock::coverage::case(&prepared, &checked.loader, test).expect("a test can be used");
            names.push(format!("{}: {}", mapping.name, test.name));
            cases.push(driver::case(&mapping.name, &case.inputs, &case.meta, &case.answers));
            let inputs: Vec<&[u8]> = case.inputs.iter().map(Vec::as_slice).collect();
            let mut notes = Notes::default();
            let output = prepared.map(&inputs, &case.meta, &case.answers, &mut notes);
            let output = output.and_then(|output| output.to_json(Writer::compact()));
            let notes = serde_json::to_value(&notes).unwrap();
            expected.push(match output {
                Ok(text) => json!({ "value": serde_json::from_str::<Value>(&text).unwrap(), "notes": notes }),
                Err(failure) => json!({ "failure": failure.to_json(), "notes": notes }),
            });
        }
    }
    (names, cases, expected)
}

/// Every payload that a mapping takes in, against what a person read there.
fn real_payloads(model: &Model, program: &Path, place: &Path) {
    let (mut names, mut cases, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for case in payloads::cases(&corpus::folder("payloads")).unwrap() {
        let Subject::Inward { mapping, inputs, expect, .. } = case.subject else { continue };
        let declared = &model.mappings[model.mappings_by_name[&mapping]];
        let read = |name: &str| {
            let of = |given: &&Given| given.name.as_ref().is_none_or(|known| known == name);
            std::fs::read(place.join(&inputs.iter().find(of).unwrap().path)).unwrap()
        };
        let documents: Vec<Vec<u8>> = declared.inputs.iter().map(|input| read(&input.name)).collect();
        names.push(case.name);
        cases.push(driver::case(&mapping, &documents, &Meta::default(), &Answers::new()));
        expected.push(expect);
    }
    for ((name, expected), actual) in names.iter().zip(&expected).zip(driver::run(program, &cases)) {
        let value = actual.get("value").unwrap_or_else(|| panic!("{name}: {actual}"));
        let document = Document::from_json(value.to_string().as_bytes()).unwrap();
        let found = payloads::differences(expected, &document);
        assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
    }
    assert!(names.len() >= 15, "only {} payloads", names.len());
}
