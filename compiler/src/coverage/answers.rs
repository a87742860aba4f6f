//! Answers of lookups as a file gives them:
//!
//! ```text
//! pricebook_entry:
//!   - { key: { sku: BV-100 }, answer: { Id: 01uHL } }
//! Customer.sap:
//!   - { key: cust-881, answer: "104502" }
//! ```
//!
//! A key is the value of the one parameter, a list of several, or a map of them by name. What is not in the file is a
//! miss. Absent on purpose: fetching.

use super::document::Document;
use crate::model::{Lookup, Mapping};
use crossdock_runtime::{Answers, Keys};

/// The answers of a file to the keys that a mapping asks for.
///
/// Refused are lookups that the mapping does not have, and entries without key or answer: one sentence each.
pub fn answers(mapping: &Mapping, keys: &Keys, file: &Document) -> Result<Answers, String> {
    let mut answers = Answers::new();
    if !matches!(file, Document::Map(_) | Document::Null) {
        return Err("answers are a map of lookups".to_owned());
    }
    for (name, entries) in file.map() {
        if !mapping.lookups.iter().any(|lookup| lookup.name == *name) {
            let known = mapping.lookups.iter().map(|lookup| lookup.name.as_str());
            let near = crate::diagnostic::did_you_mean(name, known).map_or(String::new(), |near| format!("; {near}"));
            return Err(format!("`{}` has no lookup `{name}`{near}", mapping.name));
        }
        if entries.list().iter().any(|entry| entry.get("key").is_none() || entry.get("answer").is_none()) {
            return Err(format!("an answer of `{name}` has no `key` or no `answer`"));
        }
    }
    for (name, key) in keys.iter() {
        let Some(lookup) = mapping.lookups.iter().find(|lookup| lookup.name == name) else { continue };
        let asked = Document::from_json(key.as_bytes()).unwrap_or(Document::Null);
        let asked = params(lookup, &asked);
        let mut entries = file.get(name).into_iter().flat_map(Document::list);
        let found = entries.find(|entry| entry.get("key").is_some_and(|key| alike(&params(lookup, key), &asked)));
        match found.and_then(|entry| entry.get("answer")) {
            Some(answer) => answers.found(name, key, payload(lookup, answer)),
            None => answers.missing(name, key),
        }
    }
    Ok(answers)
}

/// A key's values in the order of the parameters.
fn params<'d>(lookup: &Lookup, key: &'d Document) -> Vec<&'d Document> {
    match key {
        Document::List(items) => items.iter().collect(),
        Document::Map(entries) => {
            let named: Vec<&Document> = lookup.params.iter().filter_map(|(name, _)| key.get(name)).collect();
            if named.len() == entries.len() { named } else { entries.iter().map(|(_, value)| value).collect() }
        }
        one => vec![one],
    }
}

/// Whether two keys are the same; a number where text belongs is how YAML reads an unquoted text.
fn alike(left: &[&Document], right: &[&Document]) -> bool {
    let same = |a: &Document, b: &Document| a == b || (a.scalar().is_some() && a.scalar() == b.scalar());
    left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a, b))
}

fn payload(lookup: &Lookup, answer: &Document) -> Vec<u8> {
    match answer {
        Document::Number(text) if lookup.result.inner().is_text() => Document::Text(text.clone()).to_json(),
        other => other.to_json(),
    }
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LookupSource, Miss, Type};
    use crate::source::Span;

    fn lookup() -> Lookup {
        Lookup {
            name: "item".to_owned(),
            source: LookupSource::Operation(crate::model::Id::new(0), "get".to_owned()),
            params: vec![("sku".to_owned(), Type::STRING)],
            result: Type::STRING,
            miss: Miss::None,
            cache: None,
            span: Span::default(),
        }
    }

    #[test]
    fn keys_match_by_name_by_position_and_bare() {
        for written in ["100", "{ sku: 100 }", "['100']"] {
            let key = Document::from_yaml(written.as_bytes()).unwrap();
            let asked = Document::from_json(br#"{"sku":"100"}"#).unwrap();
            assert!(alike(&params(&lookup(), &key), &params(&lookup(), &asked)), "{written}");
        }
        assert_eq!(payload(&lookup(), &Document::Number("7".to_owned())), br#""7""#);
    }
}
