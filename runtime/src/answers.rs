//! Lookups: keys out, answers in. A mapping names what it needs, the caller fetches it in between.
//!
//! A key is the canonical JSON text of a lookup's parameters: an object in their declared order. Answers are payloads, which
//! the mapping decodes itself.

use crate::failure::{Failure, Quote, Result, builtin};
use std::collections::{BTreeMap, BTreeSet};

/// The keys that a mapping asks for, each once, ordered by lookup and key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(BTreeMap<String, BTreeSet<String>>);

impl Keys {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for a key.
    pub fn insert(&mut self, lookup: &str, key: String) {
        match self.0.get_mut(lookup) {
            Some(keys) => {
                keys.insert(key);
            }
            None => {
                self.0.insert(lookup.to_owned(), BTreeSet::from([key]));
            }
        }
    }

    /// Asks for a key that may not be computable: whoever maps finds out why.
    pub fn want(&mut self, lookup: &str, key: impl FnOnce() -> Result<crate::form::Key>) {
        if let Ok(key) = key() {
            self.insert(lookup, key.text());
        }
    }

    /// Asks for keys along a list that may not be readable: whoever maps finds out why.
    pub fn within(&mut self, ask: impl FnOnce(&mut Self) -> Result<()>) {
        let asked = ask(self);
        drop(asked);
    }

    /// Lookup and key, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(lookup, keys)| keys.iter().map(move |key| (lookup.as_str(), key.as_str())))
    }

    /// The keys of one lookup, to fetch as a batch.
    pub fn of(&self, lookup: &str) -> impl Iterator<Item = &str> {
        self.0.get(lookup).into_iter().flatten().map(String::as_str)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What was found for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// A payload.
    Found(&'a [u8]),
    /// There is nothing under this key.
    Missing,
}

/// The answers to the keys that a mapping asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<String, BTreeMap<String, Option<Vec<u8>>>>);

impl Answers {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was found for a key.
    pub fn found(&mut self, lookup: &str, key: &str, payload: impl Into<Vec<u8>>) {
        self.insert(lookup, key, Some(payload.into()));
    }

    /// Lookup, key and answer, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, Answer<'_>)> {
        self.0.iter().flat_map(|(lookup, answers)| {
            answers.iter().map(move |(key, answer)| {
                let answer = answer.as_deref().map_or(Answer::Missing, Answer::Found);
                (lookup.as_str(), key.as_str(), answer)
            })
        })
    }

    /// Nothing was found for a key.
    pub fn missing(&mut self, lookup: &str, key: &str) {
        self.insert(lookup, key, None);
    }

    /// Whether there is an answer to everything that is asked.
    pub fn cover(&self, keys: &Keys) -> bool {
        keys.iter().all(|(lookup, key)| self.get(lookup, key).is_ok())
    }

    fn insert(&mut self, lookup: &str, key: &str, payload: Option<Vec<u8>>) {
        self.0.entry(lookup.to_owned()).or_default().insert(key.to_owned(), payload);
    }

    /// The answer to a key; `lookup_missing` if there was none, not even that nothing was found.
    pub fn get(&self, lookup: &str, key: &str) -> Result<Answer<'_>> {
        match self.0.get(lookup).and_then(|answers| answers.get(key)) {
            Some(Some(payload)) => Ok(Answer::Found(payload)),
            Some(None) => Ok(Answer::Missing),
            None => {
                let say =
                    |quote: Quote| format!("no answer was given to the lookup `{lookup}` with {}", quote.text(key));
                Err(Failure::quoting(builtin::LOOKUP_MISSING, say))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_once_and_tells_missing_from_unanswered() {
        let mut keys = Keys::new();
        keys.insert("item", r#"{"number":"2"}"#.to_owned());
        keys.insert("item", r#"{"number":"1"}"#.to_owned());
        keys.insert("item", r#"{"number":"2"}"#.to_owned());
        assert_eq!(keys.len(), 2);
        assert_eq!(keys.of("item").next(), Some(r#"{"number":"1"}"#));
        let mut answers = Answers::new();
        answers.found("item", "1", "{}");
        answers.missing("item", "2");
        assert_eq!(answers.get("item", "1").unwrap(), Answer::Found(b"{}"));
        assert_eq!(answers.get("item", "2").unwrap(), Answer::Missing);
        assert_eq!(answers.get("item", "3").unwrap_err().code(), "lookup_missing");
    }
}
