//! What holds of any bytes, as a spec file, as an expression and as a payload. Fuzzers call these functions with bytes of
//! theirs, and the suite `fuzz` with mutated corpora; each panics where something does not hold.
//!
//! Absent on purpose: time. What is bounded is counted by the compiler's own limits, and a run that hangs is seen.

use crate::corpus;
use crossdock::coverage::document::{self, Document};
use crossdock::coverage::{answers, circumstances};
use crossdock::diagnostic::{self, concise, human};
use crossdock::eval::{Expression, Value, prepare};
use crossdock::expr::parse;
use crossdock::expr::parse::MAX_LENGTH;
use crossdock::model::{Mapping, Model, Type};
use crossdock::pipeline::{self, Checked};
use crossdock::source::{FileId, Loader, Span};
use crossdock::syntax::ExprText;
use crossdock_runtime::json::Writer;
use crossdock_runtime::{Decimal, Failure, Notes};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The files of a workspace.
type Files = BTreeMap<String, Vec<u8>>;

/// How often fixes may uncover further ones.
const ROUNDS: usize = 16;

/// A small workspace that is free of errors.
static PRELUDE: LazyLock<Files> = LazyLock::new(|| corpus::files(&corpus::folder("check/prelude")).unwrap());

/// The reference workspace.
static REFERENCE: LazyLock<Checked> = LazyLock::new(|| pipeline::check(&corpus::folder("../specs"), today()).unwrap());

fn today() -> crossdock_runtime::Date {
    crossdock_runtime::time::parse_date("2026-06-01").unwrap()
}

/// A file of specs: whatever is found lies in its file and can be shown, is found again, and fixes come to an end. Gives
/// whether nothing was found.
pub fn spec(bytes: &[u8]) -> bool {
    let mut files = PRELUDE.clone();
    files.insert("any.yaml".to_owned(), bytes.to_vec());
    let clean = workspace(&files).diagnostics.is_empty();
    for _ in 0..ROUNDS {
        let checked = pipeline::check_loaded(Loader::memory(files.clone()), today());
        let Some(fixed) = fixed(&checked) else { return clean };
        files.insert("any.yaml".to_owned(), fixed.into_bytes());
    }
    panic!("fixes do not come to an end: {}", String::from_utf8_lossy(bytes));
}

/// A whole workspace: whatever is found lies in its file and can be shown, and is found again.
pub fn workspace(files: &Files) -> Checked {
    let checked = pipeline::check_loaded(Loader::memory(files.clone()), today());
    all_located(&checked);
    let again = pipeline::check_loaded(Loader::memory(files.clone()), today());
    let shown = |checked: &Checked| concise::render(&checked.diagnostics, checked.loader.sources());
    assert_eq!(shown(&checked), shown(&again));
    checked
}

/// Every finding lies within its file and can be shown.
pub fn all_located(checked: &Checked) {
    let sources = checked.loader.sources();
    for finding in &checked.diagnostics {
        let fix = finding.fix.iter().map(|fix| fix.span);
        for span in std::iter::once(&finding.primary).chain(&finding.related).map(|label| label.span).chain(fix) {
            let text = sources.file(span.file).map(|file| &*file.text);
            assert!(text.is_some_and(|text| text.get(span.range()).is_some()), "{finding:?}");
        }
    }
    assert_eq!(human::render(&checked.diagnostics, sources, true).is_empty(), checked.diagnostics.is_empty());
}

/// The text of `any.yaml` with all certain fixes, if there are any and the file was read to its end.
fn fixed(checked: &Checked) -> Option<String> {
    let sources = checked.loader.sources();
    let (id, _) = sources.files().find(|(_, file)| file.path == "any.yaml")?;
    if checked.loader.problems().iter().any(|problem| problem.span.file == id) {
        return None;
    }
    let own =
        checked.diagnostics.iter().filter(|d| d.fix.as_ref().is_some_and(|fix| fix.certain && fix.span.file == id));
    let fixed = diagnostic::apply(id, sources.text(id), own);
    (fixed.applied > 0).then_some(fixed.text)
}

/// An expression: errors lie in its text; what is printed reads as what is printed again; what is checked gives a value
/// or a failure, the same each time. Gives whether it was evaluated.
pub fn expression(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let (tree, errors) = parse::parse(text);
    for error in &errors {
        let (start, end) = (error.start as usize, error.end as usize);
        assert!(start <= end && text.get(start..end).is_some(), "{text:?}: {error:?}");
    }
    assert!(tree.is_some() || !errors.is_empty(), "{text:?}: neither tree nor error");
    if let Some(tree) = tree.filter(|_| errors.is_empty()) {
        let printed = tree.to_string();
        let (again, errors) = parse::parse(&printed);
        // Escapes are longer than what they stand for.
        if printed.len() <= MAX_LENGTH {
            assert_eq!(again.map(|tree| tree.to_string()), Some(printed), "{text:?}: {errors:?}");
        }
    }
    let model = Model::default();
    let variables = variables();
    let named: Vec<(&str, Type)> = variables.iter().map(|(name, ty, _)| (*name, ty.clone())).collect();
    let span = Span::new(FileId(0), 0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    let (checked, found) = Expression::check(&model, &named, &ExprText::exact(text, span), None);
    for finding in found.iter() {
        let range = finding.primary.span.range();
        assert!(text.get(range).is_some(), "{text:?}: {finding:?}");
    }
    let Some(checked) = checked else {
        assert!(found.has_errors(), "{text:?}: neither an expression nor an error");
        return false;
    };
    let prepared = checked.prepare(&model);
    let run = || format!("{:?}", prepared.evaluate(variables.iter().map(|(_, _, value)| value.clone()).collect()));
    let first = run();
    assert_eq!(first, run(), "{text:?}");
    assert!(checked.fails() || first.starts_with("Ok"), "{text:?} can't fail, and gives {first}");
    true
}

/// Names that expressions may use, with their types and values.
fn variables() -> Vec<(&'static str, Type, Value<'static>)> {
    let list = |ty: Type| Type::List(Box::new(ty));
    let ints = [3, 1, 2, 3].into_iter().map(Value::Int).collect();
    let texts = ["a", "b", "a"].into_iter().map(|text| Value::text(text.to_owned())).collect();
    vec![
        ("b", Type::Bool, Value::Bool(true)),
        ("i", Type::Int, Value::Int(7)),
        ("d", Type::DECIMAL, Value::Decimal(Decimal::parse("12.50").unwrap())),
        ("s", Type::STRING, Value::text("straße".to_owned())),
        ("o", Type::Optional(Box::new(Type::STRING)), Value::None),
        ("l", list(Type::Int), Value::list(ints)),
        ("t", list(Type::STRING), Value::list(texts)),
    ]
}

/// The mappings of the reference workspace that read one payload, and the payloads of their tests.
pub fn payloads() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let model = &REFERENCE.model;
    let reads_one = |mapping: &Mapping| matches!(mapping.inputs.as_slice(), [one] if model.structs[one.of].is_record());
    let mappings = model.mappings.rows().iter().filter(|mapping| mapping.body.is_some() && reads_one(mapping));
    let given = mappings.map(|mapping| {
        let inputs = mapping.tests.iter().flat_map(|test| &test.inputs);
        let bytes = inputs.map(|input| {
            let bytes = REFERENCE.loader.read_inside(input.span.file, &input.path).unwrap();
            document::payload(&input.path, &bytes).unwrap()
        });
        (mapping.name.as_str(), bytes.collect::<Vec<_>>())
    });
    given.filter(|(_, payloads)| !payloads.is_empty()).collect()
}

/// A payload of a mapping of the reference workspace: a value, or a failure that says where; the same each time. Gives
/// whether it was mapped.
pub fn payload(mapping: &str, bytes: &[u8]) -> bool {
    let model = &REFERENCE.model;
    let (id, mapping) = model.mappings.iter().find(|(_, of)| of.name == mapping).unwrap();
    let test = mapping.tests.first().unwrap();
    let meta = circumstances(model, mapping, &test.meta, &test.config).unwrap();
    let file = test.answers.as_ref().map_or(Document::Null, |(path, span)| {
        Document::read(path, &REFERENCE.loader.read_inside(span.file, path).unwrap()).unwrap()
    });
    let prepared = prepare(model, Some(REFERENCE.loader.sources()), id);
    let run = || {
        let keys = prepared.keys(&[bytes], &meta)?;
        let answers = answers(prepared.mapping(), &keys, &file).unwrap_or_default();
        prepared.map(&[bytes], &meta, &answers, &mut Notes::new())?.to_json(Writer::compact())
    };
    let first = run();
    let mapped = first.is_ok();
    if let Err(failure) = &first {
        let located = failure.source_path().is_some() || !failure.target_path().is_empty() || failure.spec().is_some();
        assert!(located, "`{failure}` says no place");
    }
    let shown = |result: Result<String, Failure>| result.map_err(|failure| failure.to_string());
    assert_eq!(shown(first), shown(run()));
    mapped
}
