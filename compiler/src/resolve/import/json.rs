//! A foreign document as a tree that is cheap to share, and its reader for JSON.
//!
//! Absent on purpose: the values of numbers with a fraction (no keyword that is looked at has one), and places in lines:
//! what is said about a foreign document names a JSON pointer.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::rc::Rc;

/// Collections within collections.
pub(super) const DEPTH_LIMIT: usize = 64;
/// Values in a document.
const VALUE_LIMIT: usize = 1_000_000;

/// A value; a clone shares what is below.
#[derive(Debug, Clone)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Int(i128),
    /// A number that is no whole one of this size.
    Real,
    Text(Rc<str>),
    List(Rc<[Json]>),
    Object(Rc<Object>),
}

/// Keys and values in order; a key that stands twice counts where it stands first.
#[derive(Debug)]
pub(super) struct Object {
    entries: Vec<(String, Json)>,
    /// Positions by key, each key once.
    sorted: Vec<usize>,
}

impl Object {
    pub(super) fn get(&self, key: &str) -> Option<&Json> {
        let key_at = |at: &usize| self.entries.get(*at).map_or("", |(key, _)| key.as_str());
        let found = self.sorted.binary_search_by(|at| key_at(at).cmp(key)).ok()?;
        self.sorted.get(found).and_then(|at| self.entries.get(*at)).map(|(_, value)| value)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// In order, each key once.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Json::text)
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Json::Bool(true)))
    }
}

impl Json {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn object(&self) -> Option<&Rc<Object>> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    /// What stands at a key or at an index.
    pub(super) fn child(&self, step: &str) -> Option<&Json> {
        match self {
            Json::Object(object) => object.get(step),
            Json::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        }
    }
}

/// What is counted and collected while a document is read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    values: usize,
    /// Keys that stand twice in one object.
    pub(super) duplicates: Vec<String>,
    /// The limit that was met; reading stops there.
    pub(super) limit: Option<String>,
}

impl Reading {
    /// Counts a value; `depth` collections are around it. `false` at a limit.
    pub(super) fn count(&mut self, depth: usize) -> bool {
        self.values += 1;
        if self.values > VALUE_LIMIT {
            self.limit = Some(format!("has more than {VALUE_LIMIT} values"));
        } else if depth > DEPTH_LIMIT {
            self.limit = Some(format!("is nested more than {DEPTH_LIMIT} deep"));
        }
        self.limit.is_none()
    }

    /// An object of entries as they were read.
    pub(super) fn object(&mut self, mut entries: Vec<(String, Json)>) -> Json {
        let by_key = |entries: &[(String, Json)]| {
            let mut sorted: Vec<usize> = (0..entries.len()).collect();
            // Stable: of equal keys the first stays first.
            sorted.sort_by(|a, b| entries.get(*a).map(|e| &e.0).cmp(&entries.get(*b).map(|e| &e.0)));
            sorted
        };
        let mut sorted = by_key(&entries);
        let same = |a: usize, b: usize| entries.get(a).map(|e| &e.0) == entries.get(b).map(|e| &e.0);
        let repeats: Vec<usize> =
            sorted.iter().zip(sorted.iter().skip(1)).filter(|(a, b)| same(**a, **b)).map(|(_, b)| *b).collect();
        if !repeats.is_empty() {
            let mut at = 0;
            let mut dropped = repeats.clone();
            dropped.sort_unstable();
            entries.retain(|(key, _)| {
                let keep = dropped.binary_search(&at).is_err();
                at += 1;
                if !keep && !self.duplicates.contains(key) && self.duplicates.len() < 20 {
                    self.duplicates.push(key.clone());
                }
                keep
            });
            sorted = by_key(&entries);
        }
        Json::Object(Rc::new(Object { entries, sorted }))
    }
}

/// Reads a JSON text. The message of an error goes on after the file's name.
pub(super) fn read(text: &str, reading: &mut Reading) -> Result<Json, String> {
    let mut source = serde_json::Deserializer::from_str(text);
    let value = Seed { reading, depth: 0 }.deserialize(&mut source).and_then(|value| source.end().map(|()| value));
    value.map_err(|error| format!("is not JSON: {error}"))
}

struct Seed<'r> {
    reading: &'r mut Reading,
    depth: usize,
}

impl Seed<'_> {
    fn count<E: Error>(&mut self) -> Result<(), E> {
        if self.reading.count(self.depth) { Ok(()) } else { Err(E::custom("limit")) }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(mut self) -> Result<Json, E> {
        self.count()?;
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<Json, E> {
        self.count()?;
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(mut self, value: i64) -> Result<Json, E> {
        self.count()?;
        Ok(Json::Int(value.into()))
    }

    fn visit_u64<E: Error>(mut self, value: u64) -> Result<Json, E> {
        self.count()?;
        Ok(Json::Int(value.into()))
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<Json, E> {
        self.count()?;
        Ok(Json::Real)
    }

    fn visit_str<E: Error>(mut self, value: &str) -> Result<Json, E> {
        self.count()?;
        Ok(Json::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Json, A::Error> {
        self.count()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Seed { reading: &mut *self.reading, depth: self.depth + 1 })? {
            items.push(item);
        }
        Ok(Json::List(items.into()))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Json, A::Error> {
        self.count()?;
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            let seed = Seed { reading: &mut *self.reading, depth: self.depth + 1 };
            entries.push((key, access.next_value_seed(seed)?));
        }
        Ok(self.reading.object(entries))
    }
}
