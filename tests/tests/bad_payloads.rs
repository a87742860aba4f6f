//! The evaluator on broken payloads: every mapping in the specs, on its own fixtures in pieces.
//!
//! One test a mapping. Whatever comes in, either something comes out or a failure that says where: never a panic, and
//! never a wait.

use crossdock::coverage::document::{Document, payload};
use crossdock::coverage::{answers, circumstances};
use crossdock::eval::{Prepared, prepare};
use crossdock::model::{Id, Mapping, Test};
use crossdock::pipeline::{Checked, check};
use crossdock_runtime::json::Writer;
use crossdock_runtime::time::parse_date;
use crossdock_runtime::{Failure, Meta, Notes};
use crossdock_tests::broken::broken;
use libtest_mimic::{Arguments, Failed, Trial};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let checked = parse_date("2026-01-01").map_err(|f| f.to_string());
    let checked = checked.and_then(|today| check(&specs, today).map_err(|why| why.to_string()));
    let checked = match checked {
        Ok(checked) => Arc::new(checked),
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let mut trials = Vec::new();
    for (id, mapping) in checked.model.mappings.iter().filter(|(_, m)| m.body.is_some() && !m.tests.is_empty()) {
        let shared = Arc::clone(&checked);
        trials.push(Trial::test(mapping.name.clone(), move || survives(&shared, id).map_err(Failed::from)));
    }
    trials.push(Trial::test("a payload of 100 MB", move || large(&specs).map_err(Failed::from)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A file beyond the limit is refused in words, and not read to its end.
fn large(specs: &Path) -> Result<(), String> {
    let file = tempfile::NamedTempFile::new().map_err(|why| why.to_string())?;
    file.as_file().set_len(100 << 20).map_err(|why| why.to_string())?;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let command = ["crossdock", "map", "shopify_order"].map(OsString::from).into_iter();
    let options = ["--format".into(), "json".into(), "--specs".into(), specs.as_os_str().to_owned()];
    let command = command.chain([file.path().as_os_str().to_owned()]).chain(options);
    let code = crossdock::cli::run(command, false, &mut out, &mut err);
    let said = String::from_utf8_lossy(&out).into_owned();
    let refused = code == 1 && said.contains("decode_failed") && said.contains("larger than 67108864 bytes");
    if refused { Ok(()) } else { Err(format!("exit code {code}, {said}{}", String::from_utf8_lossy(&err))) }
}

fn survives(checked: &Checked, id: Id<Mapping>) -> Result<(), String> {
    let mapping = &checked.model.mappings[id];
    let prepared = prepare(&checked.model, Some(checked.loader.sources()), id);
    // The first test is of the richest document; that is enough of one mapping.
    let Some(test) = mapping.tests.first() else { return Ok(()) };
    let inputs = inputs(checked, test)?;
    let meta = circumstances(&checked.model, mapping, &test.meta, &test.config)?;
    let file = match &test.answers {
        Some((path, span)) => {
            let bytes = checked.loader.read_inside(span.file, path).map_err(|p| p.message(path))?;
            Document::read(path, &bytes)?
        }
        None => Document::Null,
    };
    let (mut mapped, mut refused) = (0_usize, 0_usize);
    for (position, whole) in inputs.iter().enumerate() {
        let seed = u64::from_le_bytes([7; 8]).wrapping_add(position as u64);
        for case in broken(whole, seed) {
            let mut given: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
            if let Some(place) = given.get_mut(position) {
                *place = &case.bytes;
            }
            match run(&prepared, &given, &meta, &file) {
                Ok(()) => mapped += 1,
                Err(failure) if is_located(&failure) => refused += 1,
                Err(failure) => {
                    let name = mapping.inputs.get(position).map_or("", |input| &input.name);
                    return Err(format!("`{name}`, {}: `{failure}` says no place", case.what));
                }
            }
        }
    }
    // Both must happen, or the documents are not what this suite takes them for.
    if mapped == 0 || refused == 0 {
        return Err(format!("{mapped} documents were mapped and {refused} were refused"));
    }
    Ok(())
}

fn inputs(checked: &Checked, test: &Test) -> Result<Vec<Vec<u8>>, String> {
    let read = |input: &crossdock::model::TestInput| {
        let bytes = checked.loader.read_inside(input.span.file, &input.path).map_err(|p| p.message(&input.path))?;
        payload(&input.path, &bytes)
    };
    test.inputs.iter().map(read).collect()
}

fn run(prepared: &Prepared<'_>, inputs: &[&[u8]], meta: &Meta, file: &Document) -> Result<(), Failure> {
    let keys = prepared.keys(inputs, meta)?;
    let given = answers(prepared.mapping(), &keys, file).unwrap_or_default();
    let output = prepared.map(inputs, meta, &given, &mut Notes::new())?;
    output.to_json(Writer::compact()).map(drop)
}

/// A failure says where in the payload, where in the target, or which line of the specs it comes from.
fn is_located(failure: &Failure) -> bool {
    failure.source_path().is_some() || !failure.target_path().is_empty() || failure.spec().is_some()
}
