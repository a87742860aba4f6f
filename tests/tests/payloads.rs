//! The evaluator on other people's payloads: every one of the systems in `specs/`, against what a person read in it.
//!
//! One test a case, by its name. Where the payloads are not present every test is reported as ignored.

use crossdock::coverage::document::{Document, payload};
use crossdock::coverage::{answers, circumstances};
use crossdock::eval::prepare;
use crossdock::model::{Mapping, Model, WireKind};
use crossdock::pipeline::{Checked, check, check_loaded};
use crossdock::source::Loader;
use crossdock_runtime::json::Writer;
use crossdock_runtime::time::parse_date;
use crossdock_runtime::{Answers, Date, Meta, Notes};
use crossdock_tests::payloads::{self, Case, Given, Subject, differences, shape_differences};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The systems whose JSON payloads must all have a case.
const SYSTEMS: [&str; 7] = ["shopify", "salesforce", "sap-s4", "business-central", "wms-ongoing", "ups", "avalara"];
/// What else lies beside them, and why it has none.
const ELSEWHERE: [(&str, &str); 4] = [
    ("fedex", "the landscape has no such system"),
    ("schema-evolution", "models and no messages: they are compared with each other"),
    ("schemas", "a specification and no message"),
    ("x12", "not JSON, but for a rendering of one that no system sends"),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("payloads");
    let cases = match payloads::cases(&corpus) {
        Ok(cases) => cases,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let Some(place) = payloads::place() else {
        eprintln!("the payloads are not present; {} names their place", payloads::PLACE);
        let absent =
            |case: &Case| Trial::test(case.name.clone(), || Err(Failed::from("not present"))).with_ignored_flag(true);
        let mut trials: Vec<Trial> = cases.iter().map(absent).collect();
        trials
            .push(Trial::test("every payload has a case", || Err(Failed::from("not present"))).with_ignored_flag(true));
        return libtest_mimic::run(&arguments, trials).exit_code();
    };
    let bench = match Bench::new(place) {
        Ok(bench) => Arc::new(bench),
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let mut trials = Vec::new();
    for case in cases.clone() {
        let bench = Arc::clone(&bench);
        trials.push(Trial::test(case.name.clone(), move || bench.run(&case).map_err(Failed::from)));
    }
    trials.push(Trial::test("every payload has a case", move || bench.is_complete(&cases).map_err(Failed::from)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The specs, and the payloads' place.
struct Bench {
    specs: PathBuf,
    checked: Checked,
    place: PathBuf,
}

impl Bench {
    fn new(place: PathBuf) -> Result<Bench, String> {
        let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
        let checked = check(&specs, today()?).map_err(|why| why.to_string())?;
        match checked.sound() {
            Some(_) => Ok(Bench { specs, checked, place }),
            None => Err("the specs have errors; `crossdock check specs` says which".to_owned()),
        }
    }

    fn run(&self, case: &Case) -> Result<(), String> {
        match &case.subject {
            Subject::Inward { mapping, inputs, expect, dropped, unknown } => {
                let (result, notes) = self.inward(mapping, inputs)?;
                let mut found = differences(expect, &result);
                counted("dropped", dropped, notes.dropped(), &mut found);
                counted("unknown", unknown, notes.unknown_keys(), &mut found);
                verdict(&found)
            }
            Subject::Record { record, input } => self.round_trip(record, input),
            Subject::Outward { mapping, test, like, extra, missing } => {
                let ours = self.outward(mapping, test)?;
                let theirs = read_json(&self.payload(like)?)?;
                verdict(&shape_differences(&ours, &theirs, extra, missing))
            }
        }
    }

    fn inward(&self, name: &str, inputs: &[Given]) -> Result<(Document, Notes), String> {
        let model = &self.checked.model;
        let (mapping, prepared) = self.prepared(name)?;
        let wanted = |input: &crossdock::model::Input| {
            let found = inputs.iter().find(|given| given.name.as_ref().is_none_or(|name| *name == input.name));
            self.payload(&found.ok_or_else(|| format!("`{name}` takes `{}`", input.name))?.path)
        };
        let bytes = mapping.inputs.iter().map(wanted).collect::<Result<Vec<_>, String>>()?;
        let bytes: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        let meta = circumstances(model, mapping, &[], &[])?;
        let mut notes = Notes::new();
        let given = Answers::new();
        let output = prepared.map(&bytes, &meta, &given, &mut notes);
        let json = output.and_then(|output| output.to_json(Writer::compact())).map_err(|f| f.to_string())?;
        Ok((read_json(json.as_bytes())?, notes))
    }

    /// What a mapping makes of the inputs of one of its own tests.
    fn outward(&self, name: &str, test: &str) -> Result<Document, String> {
        let model = &self.checked.model;
        let (mapping, prepared) = self.prepared(name)?;
        let found = mapping.tests.iter().find(|known| known.name == test);
        let test = found.ok_or_else(|| format!("`{name}` has no test `{test}`"))?;
        let read = |file, path: &str| self.checked.loader.read_inside(file, path).map_err(|p| p.message(path));
        let mut bytes = Vec::new();
        for input in &test.inputs {
            bytes.push(payload(&input.path, &read(input.span.file, &input.path)?)?);
        }
        let bytes: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        let meta = circumstances(model, mapping, &test.meta, &test.config)?;
        let keys = prepared.keys(&bytes, &meta).map_err(|f| f.to_string())?;
        let file = match &test.answers {
            Some((path, span)) => Document::read(path, &read(span.file, path)?)?,
            None => Document::Null,
        };
        let given = answers(mapping, &keys, &file)?;
        let output = prepared.map(&bytes, &meta, &given, &mut Notes::new());
        let json = output.and_then(|output| output.to_json(Writer::compact())).map_err(|f| f.to_string())?;
        read_json(json.as_bytes())
    }

    fn prepared(&self, name: &str) -> Result<(&Mapping, crossdock::eval::Prepared<'_>), String> {
        let model = &self.checked.model;
        let id = *model.mappings_by_name.get(name).ok_or_else(|| format!("there is no mapping `{name}`"))?;
        Ok((&model.mappings[id], prepare(model, Some(self.checked.loader.sources()), id)))
    }

    /// Reads a payload as a record and writes it again, by a mapping that takes every field over as it is.
    fn round_trip(&self, record: &str, input: &str) -> Result<(), String> {
        let bytes = self.payload(input)?;
        let mut files = specs(&self.specs)?;
        files.insert("taken_over.yaml".to_owned(), identity(&self.checked.model, record)?.into_bytes());
        let checked = check_loaded(Loader::memory(files), today()?);
        let id = checked.model.mappings_by_name.get("taken_over").copied().ok_or("the mapping was not read")?;
        if checked.model.mappings[id].body.is_none() {
            let said: Vec<String> = checked.diagnostics.iter().map(|d| d.message.clone()).collect();
            return Err(format!("the mapping that takes `{record}` over has errors: {}", said.join("; ")));
        }
        let prepared = prepare(&checked.model, None, id);
        let (meta, given, mut notes) = (Meta::default(), Answers::new(), Notes::new());
        let inputs = [bytes.as_slice()];
        let output = prepared.map(&inputs, &meta, &given, &mut notes);
        let again = output.and_then(|output| output.to_json(Writer::compact())).map_err(|f| f.to_string())?;
        let mut found = differences(&read_json(&bytes)?, &read_json(again.as_bytes())?);
        found.extend(notes.unknown_keys().map(|(path, _)| format!("{path}: the record does not declare it")));
        verdict(&found)
    }

    fn payload(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.place.join(path)).map_err(|why| format!("{path}: {why}"))
    }

    /// Nothing lies among the payloads that no case reads.
    fn is_complete(&self, cases: &[Case]) -> Result<(), String> {
        let covered: BTreeSet<&str> = cases.iter().flat_map(Case::payloads).collect();
        let mut found = Vec::new();
        for folder in list(&self.place)? {
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if !folder.is_dir() || ELSEWHERE.iter().any(|(known, _)| *known == name) {
                continue;
            }
            if !SYSTEMS.contains(&name.as_str()) {
                found.push(format!("{name}: a folder that this suite does not know"));
            }
            for file in list(&folder)? {
                let path = format!("{name}/{}", file.file_name().unwrap_or_default().to_string_lossy());
                if file.extension().is_some_and(|end| end == "json") && !covered.contains(path.as_str()) {
                    found.push(format!("{path}: no case reads it"));
                }
            }
        }
        found.extend(
            covered.iter().filter(|path| !self.place.join(path).is_file()).map(|path| format!("{path}: is not there")),
        );
        verdict(&found)
    }
}

fn today() -> Result<Date, String> {
    parse_date("2026-01-01").map_err(|f| f.to_string())
}

fn read_json(bytes: &[u8]) -> Result<Document, String> {
    Document::from_json(bytes).map_err(|failure| failure.to_string())
}

fn verdict(found: &[String]) -> Result<(), String> {
    if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
}

fn counted<'n>(
    what: &str,
    expected: &[(String, u64)],
    actual: impl Iterator<Item = (&'n str, u64)>,
    found: &mut Vec<String>,
) {
    let expected: BTreeMap<&str, u64> = expected.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    let actual: BTreeMap<&str, u64> = actual.collect();
    if expected != actual {
        found.push(format!("{what}: expected {expected:?}, got {actual:?}"));
    }
}

/// A mapping of a record to itself, field by field.
fn identity(model: &Model, record: &str) -> Result<String, String> {
    let (system, name) = record.split_once('.').ok_or("a record is named `system.Record`")?;
    let mut found = model.structs.iter().filter(|(_, of)| of.is_record());
    let root = found.find(|(_, of)| of.full_name(model) == record).ok_or_else(|| format!("there is no `{record}`"))?;
    let mut text =
        format!("kind: mapping\nname: taken_over\nfrom: {record}\nto: {system}.{name}\nintent: request\nfields:\n");
    for field in &root.1.fields {
        if field.wire.as_ref().is_some_and(|wire| matches!(wire.kind, WireKind::Route { .. })) {
            let _ = writeln!(text, "  {0}: src.{0}", field.name);
        }
    }
    Ok(text)
}

/// The spec files of a folder, by their path in it.
fn specs(root: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let (mut files, mut todo) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = todo.pop() {
        for path in list(&folder)? {
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            let inside = path.strip_prefix(root).map_err(|why| why.to_string())?;
            files.insert(inside.to_string_lossy().into_owned(), std::fs::read(&path).map_err(|why| why.to_string())?);
        }
    }
    Ok(files)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let listing = std::fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut paths =
        listing.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(|why| why.to_string())?;
    paths.sort();
    Ok(paths)
}
