//! The generated crates of the reference specs: on every test of every mapping they do what the evaluator does, values
//! and failures, and of real payloads they make what a person read there.

use crossdock::coverage::document::Document;
use crossdock::eval::Outside;
use crossdock::model::Model;
use crossdock::pipeline;
use crossdock_runtime::Meta;
use crossdock_runtime::time::parse_date;
use crossdock_tests::payloads::{Given, Subject};
use crossdock_tests::{corpus, driver, payloads, twofold};
use std::path::Path;

#[test]
fn generated_crates_do_what_the_evaluator_does() {
    let checked = pipeline::check(&corpus::folder("../specs"), parse_date("2026-01-01").unwrap()).unwrap();
    let program = twofold::program("reference", &checked);
    let tests = twofold::differences(&program, &checked);
    assert!(tests > 150, "only {tests} cases");

    let Some(place) = payloads::place() else {
        println!("the payloads are not present; {} names their place", payloads::PLACE);
        return;
    };
    real_payloads(&checked.model, &program, &place);
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
        cases.push(driver::case(&mapping, &documents, Outside::of(&Meta::default())));
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
