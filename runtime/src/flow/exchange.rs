//! What flows and systems exchange: requests as bytes, and the names under which mappings ask.

use crate::answers::{Answer, Answers, Keys};
use crate::json::Writer;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Parameters and body of a call, as the client of a system takes them: one JSON object, with the parameters by name in
/// their canonical encoding, and the body as the system takes it.
///
/// ```
/// let bytes = crossdock_runtime::flow::request(&[("number", r#""4711""#.to_owned())], Some(r#"{"Note":"x"}"#));
/// assert_eq!(bytes, br#"{"params":{"number":"4711"},"body":{"Note":"x"}}"#);
/// ```
pub fn request(params: &[(&str, String)], body: Option<&str>) -> Vec<u8> {
    let mut w = Writer::compact();
    w.object_begin();
    w.key("params");
    w.object_begin();
    for (name, value) in params {
        w.key(name);
        w.raw(value);
    }
    w.object_end();
    if let Some(body) = body {
        w.key("body");
        w.raw(body);
    }
    w.object_end();
    w.into_string().into_bytes()
}

/// A request, read back.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Request {
    /// Parameters by name.
    #[serde(default)]
    pub params: BTreeMap<String, serde_json::Value>,
    /// The body.
    #[serde(default)]
    pub body: serde_json::Value,
}

impl Request {
    /// Reads what [`request`] has written.
    ///
    /// # Errors
    /// Bytes that are no such request.
    pub fn read(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }
}

/// The name outside of a mapping under which it asks: its own lookups are told apart by the mapping's name, identifiers
/// of other objects (`Customer.sap`) mean the same everywhere.
pub fn asked(mapping: &str, lookup: &str) -> String {
    if lookup.contains('.') { lookup.to_owned() } else { format!("{mapping}.{lookup}") }
}

/// Adds what a mapping asks for, under the names outside of it.
pub fn ask(keys: &mut Keys, mapping: &str, own: &Keys) {
    for (lookup, key) in own.iter() {
        keys.insert(&asked(mapping, lookup), key.to_owned());
    }
}

/// The answers, under the names that a mapping knows.
pub fn answers_to(mapping: &str, answers: &Answers) -> Answers {
    let mut own = Answers::new();
    for (name, key, answer) in answers.iter() {
        let lookup = name.strip_prefix(mapping).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name);
        match answer {
            Answer::Found(payload) => own.found(lookup, key, payload),
            Answer::Missing => own.missing(lookup, key),
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let bytes = request(&[("id", "7".to_owned()), ("text", r#""a\"b""#.to_owned())], None);
        let read = Request::read(&bytes).unwrap();
        assert_eq!(read.params["id"], 7);
        assert_eq!(read.params["text"], "a\"b");
        assert!(read.body.is_null());
    }

    #[test]
    fn a_mapping_knows_its_own_lookups_by_their_short_names() {
        let mut own = Keys::new();
        own.insert("item", "1".to_owned());
        own.insert("Customer.sap", "2".to_owned());
        let mut keys = Keys::new();
        ask(&mut keys, "sap_order", &own);
        let names: Vec<&str> = keys.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Customer.sap", "sap_order.item"]);
        let mut answers = Answers::new();
        answers.found("sap_order.item", "1", "{}");
        answers.missing("Customer.sap", "2");
        let own = answers_to("sap_order", &answers);
        assert_eq!(own.get("item", "1").unwrap(), Answer::Found(b"{}"));
        assert_eq!(own.get("Customer.sap", "2").unwrap(), Answer::Missing);
    }
}
