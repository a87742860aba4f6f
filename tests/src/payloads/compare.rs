//! Comparing documents: to the letter, so that `1.000` is not `1`; timestamps alone as instants with their offset.
//!
//! Absent on purpose: types. Whoever wrote the expected values wrote down every digit.

use crossdock::coverage::document::Document;
use crossdock_runtime::Timestamp;
use std::collections::BTreeMap;

/// Every place where a result is not the expected one, one sentence each.
pub fn differences(expected: &Document, actual: &Document) -> Vec<String> {
    let mut found = Vec::new();
    compare("", Some(expected), Some(actual), &mut found);
    found
}

fn compare(path: &str, expected: Option<&Document>, actual: Option<&Document>, found: &mut Vec<String>) {
    match (expected, actual) {
        (Some(Document::Map(left)), Some(Document::Map(right))) => {
            let added = right.iter().filter(|(key, _)| expected.and_then(|e| e.get(key)).is_none());
            for (key, _) in left.iter().chain(added) {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&below, expected.and_then(|e| e.get(key)), actual.and_then(|a| a.get(key)), found);
            }
        }
        (Some(Document::List(left)), Some(Document::List(right))) => {
            for at in 0..left.len().max(right.len()) {
                compare(&format!("{path}[{at}]"), left.get(at), right.get(at), found);
            }
        }
        (Some(expected), Some(actual)) if same(expected, actual) => {}
        _ => {
            let say = |side: Option<&Document>| side.map_or_else(|| "nothing".to_owned(), Document::to_json);
            found.push(format!("{path}: expected {}, got {}", say(expected), say(actual)));
        }
    }
}

fn same(expected: &Document, actual: &Document) -> bool {
    if expected == actual {
        return true;
    }
    let (Document::Text(left), Document::Text(right)) = (expected, actual) else { return false };
    match (Timestamp::parse_rfc3339(left), Timestamp::parse_rfc3339(right)) {
        (Ok(left), Ok(right)) => left == right && left.offset_minutes() == right.offset_minutes(),
        _ => false,
    }
}

/// What keeps two documents from having one shape: keys of one side that are not said to be, and keys of another kind.
///
/// Elements of a list are taken together: `lines[].sku`.
pub fn shape_differences(ours: &Document, theirs: &Document, extra: &[String], missing: &[String]) -> Vec<String> {
    let (mut here, mut there) = (BTreeMap::new(), BTreeMap::new());
    collect("", ours, &mut here);
    collect("", theirs, &mut there);
    let mut found = Vec::new();
    one_sided("ours", &here, &there, extra, &mut found);
    one_sided("the payload", &there, &here, missing, &mut found);
    for (path, kind) in &here {
        match there.get(path) {
            Some(other) if other != kind => found.push(format!("{path}: {kind} in ours, {other} in the payload")),
            _ => {}
        }
    }
    found
}

/// Paths that one side alone has must be listed, and what is listed must be one of them. A listed path covers those below.
fn one_sided(
    side: &str,
    own: &BTreeMap<String, &'static str>,
    other: &BTreeMap<String, &'static str>,
    listed: &[String],
    found: &mut Vec<String>,
) {
    let lone: Vec<&String> = own.keys().filter(|path| !other.contains_key(*path)).collect();
    let covers = |entry: &String, path: &str| {
        path.strip_prefix(entry.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    for path in &lone {
        if !listed.iter().any(|entry| covers(entry, path)) {
            found.push(format!("{path}: only {side} has it"));
        }
    }
    for entry in listed.iter().filter(|entry| !lone.contains(entry)) {
        found.push(format!("{entry}: listed, and not a key that only {side} has"));
    }
}

fn collect(path: &str, document: &Document, into: &mut BTreeMap<String, &'static str>) {
    let kind = match document {
        Document::Null => return,
        Document::Bool(_) => "a bool",
        Document::Number(_) => "a number",
        Document::Text(_) => "text",
        Document::List(_) => "a list",
        Document::Map(_) => "an object",
    };
    if !path.is_empty() {
        into.insert(path.to_owned(), kind);
    }
    for item in document.list() {
        collect(&format!("{path}[]"), item, into);
    }
    for (key, value) in document.map() {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        collect(&below, value, into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Document {
        Document::from_json(text.as_bytes()).unwrap_or(Document::Null)
    }

    #[test]
    fn digits_count_and_instants_are_instants() {
        assert_eq!(differences(&json(r#"{"a":"1.0"}"#), &json(r#"{"a":"1.00"}"#)).len(), 1);
        let at = |text: &str| json(&format!("[\"{text}\"]"));
        assert!(differences(&at("2025-05-22T14:46:46+00:00"), &at("2025-05-22T14:46:46Z")).is_empty());
        assert_eq!(differences(&at("2025-05-22T14:46:46-04:00"), &at("2025-05-22T18:46:46Z")).len(), 1);
        let found = differences(&json(r#"{"a":[1]}"#), &json(r#"{"a":[1,2],"b":null}"#));
        assert_eq!(found, ["a[1]: expected nothing, got 2", "b: expected nothing, got null"]);
    }

    #[test]
    fn shapes_differ_by_keys_and_kinds() {
        let (ours, theirs) = (json(r#"{"a":{"b":1},"c":[{"d":"1"}]}"#), json(r#"{"a":{"e":1},"c":[{"d":1}]}"#));
        let found = shape_differences(&ours, &theirs, &["a.b".to_owned()], &["a.x".to_owned()]);
        assert_eq!(
            found,
            [
                "a.e: only the payload has it",
                "a.x: listed, and not a key that only the payload has",
                "c[].d: text in ours, a number in the payload",
            ]
        );
    }
}
