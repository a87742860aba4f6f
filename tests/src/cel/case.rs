//! One case: read from its file, run, and judged.

use super::value;
use crossdock::diagnostic::Diagnostics;
use crossdock::eval::{Expression, Value};
use crossdock::model::{Model, Type};
use crossdock::source::{FileId, Span};
use crossdock::syntax::ExprText;
use serde_json::Value as Json;
use std::path::Path;

/// A conformance case.
#[derive(Debug, Clone)]
pub struct Case {
    /// `file/section/name`; where a section has a name twice, the second ends in `#2`.
    pub name: String,
    /// `file/section`.
    pub section: String,
    /// The expression.
    pub expr: String,
    /// The names of variables, their types as the case declares them, and their values.
    pub variables: Vec<(String, Json, Option<Json>)>,
    /// What it must yield; `None` if it must fail.
    pub value: Option<Json>,
    /// The message of the failure that it must yield.
    pub error: Option<String>,
    /// The namespace of messages that it is resolved in.
    pub container: Option<String>,
    /// Whether the case is for evaluation without a type check.
    pub unchecked: bool,
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As it must be.
    Passed,
    /// It must fail, and the checker refuses it: an error of types that is found before anything runs.
    Refused,
    /// Something else, which the text says.
    Failed(String),
}

/// All cases, in order of files and of cases in them.
pub fn cases(place: &Path) -> Result<Vec<Case>, String> {
    let list = std::fs::read_dir(place).map_err(|why| format!("{}: {why}", place.display()))?;
    let mut files: Vec<_> = list.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    let mut all: Vec<Case> = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        let file: Json = serde_json::from_str(&text).map_err(|why| format!("{}: {why}", path.display()))?;
        for section in items(&file, "section") {
            for test in items(section, "test") {
                let case = read(text_of(&file, "name"), text_of(section, "name"), test);
                let same = all.iter().filter(|c| c.name.split('#').next() == Some(&case.name)).count();
                let name = if same == 0 { case.name.clone() } else { format!("{}#{}", case.name, same + 1) };
                all.push(Case { name, ..case });
            }
        }
    }
    Ok(all)
}

fn read(file: &str, section: &str, test: &Json) -> Case {
    let section = format!("{file}/{section}");
    let error = test.pointer("/eval_error/errors/0/message").and_then(Json::as_str).map(str::to_owned);
    let bindings = test.get("bindings").and_then(Json::as_object);
    let mut variables: Vec<(String, Json, Option<Json>)> = Vec::new();
    for declared in items(test, "type_env") {
        let name = text_of(declared, "name");
        let ty = declared.pointer("/ident/type").cloned().unwrap_or(Json::Null);
        let value = bindings.and_then(|all| all.get(name)).and_then(|b| b.get("value")).cloned();
        variables.push((name.to_owned(), ty, value));
    }
    Case {
        name: format!("{section}/{}", text_of(test, "name")),
        section,
        expr: text_of(test, "expr").to_owned(),
        variables,
        value: match (&error, test.get("value")) {
            (Some(_), _) => None,
            (None, Some(value)) => Some(value.clone()),
            (None, None) => Some(serde_json::json!({ "bool_value": true })),
        },
        error,
        container: test.get("container").and_then(Json::as_str).map(str::to_owned),
        unchecked: test.get("disable_check").and_then(Json::as_bool).unwrap_or(false),
    }
}

fn items<'j>(of: &'j Json, key: &str) -> impl Iterator<Item = &'j Json> {
    of.get(key).and_then(Json::as_array).into_iter().flatten()
}

fn text_of<'j>(of: &'j Json, key: &str) -> &'j str {
    of.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// Runs a case: parse, check, evaluate, compare.
pub fn run(case: &Case) -> Outcome {
    let model = Model::default();
    let mut variables: Vec<(&str, Type)> = Vec::new();
    let mut values: Vec<Value<'_>> = Vec::new();
    for (name, ty, bound) in &case.variables {
        let Some(ty) = value::type_of(ty) else {
            return Outcome::Failed(format!("there is no type for the variable `{name}`"));
        };
        let value = bound.as_ref().and_then(value::value_of);
        let Some(value) = value else {
            return Outcome::Failed(format!("there is no value for the variable `{name}`"));
        };
        variables.push((name, ty));
        values.push(value);
    }
    let end = u32::try_from(case.expr.len()).unwrap_or(u32::MAX);
    let text = ExprText::exact(case.expr.clone(), Span::new(FileId(0), 0, end));
    let (expression, found) = Expression::check(&model, &variables, &text, None);
    let Some(expression) = expression else { return refused(case, &found) };
    let prepared = expression.prepare(&model);
    let result = prepared.evaluate(values);
    match (&case.value, result) {
        (Some(expected), Ok(value)) if value::equals(expected, &value) => Outcome::Passed,
        (Some(expected), Ok(value)) => Outcome::Failed(format!("expected {expected}, got {value:?}")),
        (Some(expected), Err(failure)) => Outcome::Failed(format!("expected {expected}, failed: {failure}")),
        (None, Err(_)) => Outcome::Passed,
        (None, Ok(value)) => Outcome::Failed(format!("must fail, got {value:?}")),
    }
}

/// The checker refuses what CEL, without types, fails on: the same error, found earlier. A name or a function that is
/// not known counts only where the case is about that.
fn refused(case: &Case, found: &Diagnostics) -> Outcome {
    let told: Vec<String> = found.iter().map(|d| format!("{}: {}", d.code, d.message)).collect();
    let told = told.join("; ");
    let Some(error) = &case.error else { return Outcome::Failed(format!("refused: {told}")) };
    let unbound = ["undeclared", "unbound", "unknown variable"].iter().any(|word| error.contains(word));
    let expected = found.iter().all(|d| match d.code {
        "EXPR002" | "EXPR003" | "EXPR004" | "EXPR006" => true,
        "NAME001" | "EXPR005" => unbound,
        _ => false,
    });
    if expected { Outcome::Refused } else { Outcome::Failed(format!("must fail with `{error}`, refused: {told}")) }
}
