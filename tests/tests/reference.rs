//! The generated crates of the reference specs against the evaluator: every test of every mapping, values and failures.

use crossdock::eval::prepare;
use crossdock::pipeline;
use crossdock_runtime::json::Writer;
use crossdock_runtime::{Date, Notes};
use crossdock_tests::{corpus, driver};
use serde_json::{Value, json};

#[test]
fn generated_crates_do_what_the_evaluator_does() {
    let specs = corpus::folder("../specs");
    let today: Date = crossdock_runtime::time::parse_date("2026-01-01").unwrap();
    let checked = pipeline::check(&specs, today).unwrap();
    let sound = checked.sound().expect("the reference specs are free of errors");
    // Built from what the compiler says now, not from what lies in the repository.
    let folder = corpus::folder("../target/reference");
    let generated = folder.join("generated");
    std::fs::create_dir_all(&folder).unwrap();
    let mut files = crossdock::emit::files::Files::new();
    for (path, content) in pipeline::emit(&sound).unwrap().iter() {
        let runtime = corpus::folder("../runtime").canonicalize().unwrap();
        let text =
            String::from_utf8_lossy(content).replace("path = \"../../../runtime\"", &format!("path = {runtime:?}"));
        files.insert(path, text.into_bytes()).unwrap();
    }
    crossdock::write::build(&generated, &files, crossdock::write::Options { force: true }).unwrap();
    let program = driver::build(&folder.join("driver"), &generated.canonicalize().unwrap(), &checked.model);

    let (mut cases, mut expected, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (id, mapping) in checked.model.mappings.iter().filter(|(_, m)| driver::has_module(m)) {
        let prepared = prepare(&checked.model, Some(checked.loader.sources()), id);
        for test in &mapping.tests {
            let case = crossdock::coverage::case(&prepared, &checked.loader, test).expect("a test can be used");
            cases.push(driver::case(&mapping.name, &case.inputs, &case.meta, &case.answers));
            names.push(format!("{}: {}", mapping.name, test.name));
            let inputs: Vec<&[u8]> = case.inputs.iter().map(Vec::as_slice).collect();
            let mut notes = Notes::default();
            let output = prepared
                .map(&inputs, &case.meta, &case.answers, &mut notes)
                .and_then(|output| output.to_json(Writer::compact()));
            let notes = serde_json::to_value(&notes).unwrap();
            expected.push(match output {
                Ok(text) => json!({ "value": serde_json::from_str::<Value>(&text).unwrap(), "notes": notes }),
                Err(failure) => json!({ "failure": failure.to_json(), "notes": notes }),
            });
        }
    }
    let results = driver::run(&program, &cases);
    let mut differing = Vec::new();
    for ((name, expected), actual) in names.iter().zip(&expected).zip(&results) {
        if expected != actual {
            differing.push(format!("{name}\n  evaluator: {expected}\n  generated: {actual}\n"));
        }
    }
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), results.len(), differing.join("\n"));
    assert!(results.len() > 150, "only {} cases", results.len());
}
