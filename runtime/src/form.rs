//! What compiled expressions need beside values and their functions: maps, keys and answers of lookups, failures by name,
//! days of crosswalks, patterns.

// Compiled code hands text over as it holds it; what a function does with it is its own affair.
#![allow(clippy::needless_pass_by_value)]

use crate::text;
use crate::{
    Answer, Answers, Failure, Meta, Ref, Result, Timestamp,
    failure::{Quote, builtin},
};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::{Borrow, Cow};
use std::fmt::Display;
use std::marker::PhantomData;
use std::sync::OnceLock;

/// Two lists in one.
#[must_use]
pub fn concat_lists<T>(mut a: Vec<T>, b: Vec<T>) -> Vec<T> {
    a.extend(b);
    a
}

/// The key of a reference; one that is not resolved has none yet.
pub fn key_of(reference: &Ref) -> Result<&str> {
    match reference {
        Ref::Key(key) => Ok(key),
        Ref::Known { .. } => Err(Failure::new(builtin::INVALID_ARGUMENT, "the reference is not resolved yet")),
    }
}

/// An order as -1, 0 or 1.
#[must_use]
pub fn order(of: std::cmp::Ordering) -> i64 {
    of as i64
}

/// A map as expressions build it: entries in order, equal whatever the order.
#[derive(Debug, Clone)]
pub struct Map<K, V> {
    entries: Vec<(K, V)>,
}

/// Whether a map has a key, for a key that is computed before the map.
pub fn has_key<K: Borrow<Q> + PartialEq + Display, V, Q: PartialEq + ?Sized>(key: &Q, map: &Map<K, V>) -> bool {
    map.contains_key(key)
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map { entries: Vec::new() }
    }
}

impl<K: PartialEq + Display, V> Map<K, V> {
    /// A map of entries, no two of one key.
    pub fn of(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Map { entries: entries.into_iter().collect() }
    }

    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry; a key that is there already fails.
    pub fn insert(&mut self, key: K, value: V) -> Result<()> {
        if self.contains_key(&key) {
            return Err(Failure::new(builtin::INVALID_ARGUMENT, "a key stands in the map twice"));
        }
        self.entries.push((key, value));
        Ok(())
    }

    /// Adds an entry if it has a value.
    pub fn insert_if(&mut self, key: K, value: Option<V>) -> Result<()> {
        value.map_or(Ok(()), |value| self.insert(key, value))
    }

    /// Whether a key is there.
    pub fn contains_key<Q: PartialEq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// The value of a key, or none.
    pub fn get<Q: PartialEq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.iter().find(|(known, _)| known.borrow() == key).map(|(_, value)| value)
    }

    /// The value of a key.
    pub fn at<Q: PartialEq + Display + ?Sized>(&self, key: &Q) -> Result<&V>
    where
        K: Borrow<Q>,
    {
        self.get(key).ok_or_else(|| crate::list::no_such_key(&key.to_string()))
    }

    /// The value of a key, or none, of a map that is not used again.
    pub fn take<Q: PartialEq + ?Sized>(self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.entries.into_iter().find(|(known, _)| known.borrow() == key).map(|(_, value)| value)
    }

    /// The value of a key, of a map that is not used again.
    pub fn take_at<Q: PartialEq + Display + ?Sized>(self, key: &Q) -> Result<V>
    where
        K: Borrow<Q>,
    {
        self.take(key).ok_or_else(|| crate::list::no_such_key(&key.to_string()))
    }

    /// How many entries there are, as expressions count.
    pub fn size(&self) -> i64 {
        crate::list::size(&self.entries)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (K, V)> {
        self.entries.iter()
    }
}

impl<'m, K: PartialEq + Display, V> IntoIterator for &'m Map<K, V> {
    type Item = &'m (K, V);
    type IntoIter = std::slice::Iter<'m, (K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
            && self.entries.iter().all(|(key, value)| other.entries.iter().any(|(k, v)| k == key && v == value))
    }
}

impl<'a, V> FromIterator<(Cow<'a, str>, V)> for Map<String, V> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, V)>>(entries: I) -> Self {
        Map { entries: entries.into_iter().map(|(key, value)| (key.into_owned(), value)).collect() }
    }
}

impl<K, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Map { entries: entries.into_iter().collect() }
    }
}

/// A JSON object, in the order of the entries.
impl<K: Serialize, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.entries.iter().map(|(key, value)| (key, value)))
    }
}

/// A key that is given twice is refused.
impl<'de, K: Deserialize<'de> + PartialEq + Display, V: Deserialize<'de>> Deserialize<'de> for Map<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de> + PartialEq + Display, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
    type Value = Map<K, V>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, value)) = access.next_entry()? {
            map.insert(key, value).map_err(serde::de::Error::custom)?;
        }
        Ok(map)
    }
}

/// The key of a lookup: the canonical JSON of its parameters, an object in their declared order.
#[derive(Debug, Clone, Default)]
pub struct Key {
    parts: String,
}

impl Key {
    /// A key without parameters yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter.
    pub fn with(mut self, name: &str, value: &(impl serde::Serialize + ?Sized)) -> Result<Self> {
        let unwritable = |_| Failure::new(builtin::INVALID_ARGUMENT, "a key is not written as JSON");
        let (name, value) =
            (serde_json::to_string(name).map_err(unwritable)?, serde_json::to_string(value).map_err(unwritable)?);
        let comma = if self.parts.is_empty() { "" } else { "," };
        self.parts.push_str(comma);
        self.parts.push_str(&name);
        self.parts.push(':');
        self.parts.push_str(&value);
        Ok(self)
    }

    /// As canonical JSON.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{{{}}}", self.parts)
    }
}

/// What was found, where a miss is a failure.
pub fn found<T>(answer: Result<Option<T>>, exception: &'static str, lookup: &str, key: &Key) -> Result<T> {
    answer?.ok_or_else(|| missed(exception, lookup, key))
}

/// The payload of an answer; none for what is known to be missing.
pub fn answer<'a>(answers: &'a Answers, lookup: &str, key: &Key) -> Result<Option<&'a [u8]>> {
    Ok(match answers.get(lookup, &key.text())? {
        Answer::Found(payload) => Some(payload),
        Answer::Missing => None,
    })
}

/// The answer of the runtime's index: an identifier.
pub fn answer_text<'a>(answers: &'a Answers, lookup: &str, key: &Key) -> Result<Option<Cow<'a, str>>> {
    let Some(payload) = answer(answers, lookup, key)? else { return Ok(None) };
    match crate::json::Reader::new(payload)?.scalar()? {
        crate::json::Scalar::Str(text) => Ok(Some(text)),
        other => Err(other.unexpected("text")),
    }
}

/// A failure by an exception's name, where a value was wanted and there is none.
#[cold]
#[must_use]
pub fn raised(exception: &'static str) -> Failure {
    Failure::new(exception, "there is no value")
}

/// The same under the built-in name.
#[cold]
#[must_use]
pub fn absent() -> Failure {
    raised(builtin::ABSENT_VALUE)
}

/// A required condition that does not hold.
#[cold]
#[must_use]
pub fn required(exception: &'static str) -> Failure {
    Failure::new(exception, "a required condition does not hold")
}

/// An answer that says that there is nothing.
#[cold]
#[must_use]
pub fn nothing_of(exception: impl Into<Cow<'static, str>>, lookup: &str, key: &str) -> Failure {
    Failure::quoting(exception, |quote| {
        format!("`{lookup}` knows nothing of {}", quote.bare("what was asked for", key))
    })
}

/// A lookup that found nothing.
#[cold]
#[must_use]
pub fn missed(exception: &'static str, lookup: &str, key: &Key) -> Failure {
    nothing_of(exception, lookup, &key.text())
}

/// A code that no crosswalk knows.
#[cold]
#[must_use]
pub fn unknown_code(exception: &'static str, system: &str, list: &str, code: &str) -> Failure {
    Failure::quoting(exception, |quote| format!("{} of `{system}` is no code of `{list}`", quote.text(code)))
}

/// A canonical code that the system has no code for.
#[cold]
#[must_use]
pub fn no_code(system: &str, list: &str, code: &str) -> Failure {
    Failure::quoting(builtin::UNKNOWN_CODE, |quote| {
        format!("{} of `{list}` has no code in `{system}`", quote.value("a code", code))
    })
}

/// The one of several codes of a system that holds on the day; each says whether it does.
pub fn one_code(rows: &[(bool, &'static str)], system: &str, list: &str, code: &str) -> Result<&'static str> {
    let mut holding = rows.iter().filter(|(holds, _)| *holds).map(|(_, text)| *text);
    match (holding.next(), holding.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(no_code(system, list, code)),
        _ => {
            let say =
                |quote: Quote| format!("{} of `{list}` has several codes in `{system}`", quote.value("a code", code));
            Err(Failure::quoting(builtin::UNKNOWN_CODE, say))
        }
    }
}

/// When the message was received.
pub fn received_at(meta: &Meta) -> Result<Timestamp> {
    meta.received_at.ok_or_else(|| Failure::new(builtin::ABSENT_VALUE, "`meta.received_at` is not given"))
}

/// A day as year, month, day.
pub type Day = (i16, i8, i8);

/// Whether the day on which the message was received lies within bounds.
pub fn holds(meta: &Meta, from: Option<Day>, to: Option<Day>) -> Result<bool> {
    let date = received_at(meta)?.date();
    let day = (date.year(), date.month(), date.day());
    Ok(from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to))
}

/// A pattern that is compiled when it is first used; the specs' check has seen that it can be.
pub struct LazyPattern {
    text: &'static str,
    compiled: OnceLock<Option<text::Pattern>>,
}

impl LazyPattern {
    /// A pattern by its text.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        LazyPattern { text, compiled: OnceLock::new() }
    }

    /// Whether it is found anywhere in `of`.
    pub fn matches(&self, of: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| text::Pattern::new(self.text).ok());
        compiled.as_ref().is_some_and(|pattern| pattern.matches(of))
    }
}
