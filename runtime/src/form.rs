//! Expressions' values in the form in which compiled code holds them: text as `Cow`, lists as `Vec`, maps in order.
//!
//! Each function is the one of [`crate::text`] or its neighbours, for a value that may be borrowed from the payload or
//! owned; nothing is computed here that is not computed there.

// Compiled code hands text over as it holds it; what a function does with it is its own affair.
#![allow(clippy::needless_pass_by_value)]

use crate::text;
use crate::{Answer, Answers, Failure, Meta, Money, Quantity, Ref, Result, Timestamp, failure::builtin};
use std::borrow::Cow;
use std::fmt::Display;
use std::sync::OnceLock;

/// Text that is part of a text, borrowed as far as it was.
fn part<'a>(of: Cow<'a, str>, cut: impl for<'t> FnOnce(&'t str) -> Result<&'t str>) -> Result<Cow<'a, str>> {
    match of {
        Cow::Borrowed(of) => cut(of).map(Cow::Borrowed),
        Cow::Owned(of) => cut(&of).map(|piece| Cow::Owned(piece.to_owned())),
    }
}

/// One code point.
pub fn char_at(of: Cow<'_, str>, position: i64) -> Result<Cow<'_, str>> {
    part(of, |of| text::char_at(of, position))
}

/// From a position.
pub fn substring(of: Cow<'_, str>, from: i64) -> Result<Cow<'_, str>> {
    part(of, |of| text::substring(of, from))
}

/// From, to.
pub fn substring_to(of: Cow<'_, str>, from: i64, to: i64) -> Result<Cow<'_, str>> {
    part(of, |of| text::substring_to(of, from, to))
}

/// Without white space at both ends.
#[must_use]
pub fn trim(of: Cow<'_, str>) -> Cow<'_, str> {
    match of {
        Cow::Borrowed(of) => Cow::Borrowed(text::trim(of)),
        Cow::Owned(of) => Cow::Owned(text::trim(&of).to_owned()),
    }
}

/// ASCII letters made small.
#[must_use]
pub fn lower_ascii(of: Cow<'_, str>) -> Cow<'_, str> {
    if of.bytes().any(|b| b.is_ascii_uppercase()) { Cow::Owned(text::lower_ascii(&of)) } else { of }
}

/// ASCII letters made large.
#[must_use]
pub fn upper_ascii(of: Cow<'_, str>) -> Cow<'_, str> {
    if of.bytes().any(|b| b.is_ascii_lowercase()) { Cow::Owned(text::upper_ascii(&of)) } else { of }
}

/// All occurrences replaced.
pub fn replace<'a>(of: Cow<'a, str>, what: &str, by: &str) -> Result<Cow<'a, str>> {
    text::replace(&of, what, by).map(Cow::Owned)
}

/// At most so many replaced.
pub fn replace_n<'a>(of: Cow<'a, str>, what: &str, by: &str, most: i64) -> Result<Cow<'a, str>> {
    text::replace_n(&of, what, by, most).map(Cow::Owned)
}

/// Code points backwards.
#[must_use]
pub fn reverse(of: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text::reverse(&of))
}

/// Padded on the left.
pub fn pad_left<'a>(of: Cow<'a, str>, width: i64, filler: &str) -> Result<Cow<'a, str>> {
    text::pad_left(&of, width, filler).map(Cow::Owned)
}

/// As a CEL literal.
#[must_use]
pub fn quote(of: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text::quote(&of))
}

/// At every separator.
#[must_use]
pub fn split(of: Cow<'_, str>, separator: &str) -> Vec<Cow<'static, str>> {
    text::split(&of, separator).into_iter().map(Cow::Owned).collect()
}

/// Into at most so many.
#[must_use]
pub fn split_n(of: Cow<'_, str>, separator: &str, most: i64) -> Vec<Cow<'static, str>> {
    text::split_n(&of, separator, most).into_iter().map(Cow::Owned).collect()
}

/// Joined.
pub fn join(parts: &[Cow<'_, str>]) -> Result<Cow<'static, str>> {
    text::join(parts, "").map(Cow::Owned)
}

/// Joined with a separator.
pub fn join_with(parts: &[Cow<'_, str>], separator: &str) -> Result<Cow<'static, str>> {
    text::join(parts, separator).map(Cow::Owned)
}

/// Two texts in one.
#[must_use]
pub fn concat<'a>(a: Cow<'a, str>, b: &str) -> Cow<'a, str> {
    if b.is_empty() {
        return a;
    }
    let mut joined = a.into_owned();
    joined.push_str(b);
    Cow::Owned(joined)
}

/// Two runs of octets in one.
#[must_use]
pub fn concat_bytes<'a>(a: Cow<'a, [u8]>, b: &[u8]) -> Cow<'a, [u8]> {
    let mut joined = a.into_owned();
    joined.extend_from_slice(b);
    Cow::Owned(joined)
}

/// Two lists in one.
#[must_use]
pub fn concat_lists<T>(mut a: Vec<T>, b: Vec<T>) -> Vec<T> {
    a.extend(b);
    a
}

/// A value as the text it is shown as.
#[must_use]
pub fn shown(value: impl Display) -> Cow<'static, str> {
    Cow::Owned(value.to_string())
}

/// UTF-8 octets as text.
pub fn text_of_bytes(bytes: &[u8]) -> Result<Cow<'static, str>> {
    crate::bytes::to_text(bytes).map(Cow::Owned)
}

/// Text as octets.
#[must_use]
pub fn bytes_of(of: Cow<'_, str>) -> Cow<'static, [u8]> {
    Cow::Owned(of.into_owned().into_bytes())
}

/// The key of a reference; one that is not resolved has none yet.
pub fn key_of(reference: &Ref) -> Result<Cow<'static, str>> {
    match reference {
        Ref::Key(key) => Ok(Cow::Owned(key.clone())),
        Ref::Known { .. } => Err(Failure::new(builtin::INVALID_ARGUMENT, "the reference is not resolved yet")),
    }
}

/// Text of at most `most` code points.
pub fn fit(of: Cow<'_, str>, most: u32) -> Result<Cow<'_, str>> {
    text::check_length(&of, most)?;
    Ok(of)
}

/// Text of an email address.
pub fn fit_email(of: Cow<'_, str>) -> Result<Cow<'_, str>> {
    text::check_email(&of)?;
    Ok(of)
}

/// Text of a URI reference.
pub fn fit_uri(of: Cow<'_, str>) -> Result<Cow<'_, str>> {
    text::check_uri(&of)?;
    Ok(of)
}

/// Text of a UUID.
pub fn fit_uuid(of: Cow<'_, str>) -> Result<Cow<'_, str>> {
    text::check_uuid(&of)?;
    Ok(of)
}

/// An order as -1, 0 or 1.
#[must_use]
pub fn order(of: std::cmp::Ordering) -> i64 {
    of as i64
}

/// The element at a position.
pub fn at<T>(list: Vec<T>, position: i64) -> Result<T> {
    let length = list.len();
    get(list, position)
        .ok_or_else(|| Failure::new(builtin::OUT_OF_RANGE, format!("position {position} of a list of {length}")))
}

/// The element at a position, or none.
pub fn get<T>(list: Vec<T>, position: i64) -> Option<T> {
    usize::try_from(position).ok().and_then(|position| list.into_iter().nth(position))
}

/// What can be summed without a zero to start from: amounts and quantities.
pub trait Sum: Sized {
    /// The sum of two, of the same currency or unit.
    fn plus(self, next: Self) -> Result<Self>;
}

impl Sum for Money {
    fn plus(self, next: Self) -> Result<Self> {
        self.add(next)
    }
}

impl Sum for Quantity {
    fn plus(self, next: Self) -> Result<Self> {
        self.add(next)
    }
}

/// A sum that has a currency or unit only if there was something to sum.
pub fn summed<T>(sum: Option<T>) -> Result<T> {
    sum.ok_or_else(|| Failure::new(builtin::NOT_ONE, "a sum of nothing has no currency or unit"))
}

/// The only element.
pub fn one<T>(mut elements: impl Iterator<Item = T>) -> Result<T> {
    match (elements.next(), elements.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Failure::new(builtin::NOT_ONE, "exactly one was wanted, and there is none")),
        _ => Err(Failure::new(builtin::NOT_ONE, "exactly one was wanted, and there are several")),
    }
}

/// The elements without repeated values, the first of each kept.
pub fn distinct<T: PartialEq>(list: Vec<T>) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for item in list {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

/// A map as expressions build it: entries in order, equal whatever the order.
#[derive(Debug, Clone)]
pub struct Map<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map { entries: Vec::new() }
    }
}

impl<K: PartialEq + Display, V> Map<K, V> {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry; a key that is there already fails.
    pub fn insert(&mut self, key: K, value: V) -> Result<()> {
        if self.contains_key(&key) {
            return Err(Failure::new(builtin::INVALID_ARGUMENT, format!("the key {key} stands in the map twice")));
        }
        self.entries.push((key, value));
        Ok(())
    }

    /// Whether a key is there.
    pub fn contains_key(&self, key: &K) -> bool {
        self.entries.iter().any(|(k, _)| k == key)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key.
    pub fn at(self, key: &K) -> Result<V> {
        self.take(key).ok_or_else(|| Failure::new(builtin::NO_SUCH_KEY, format!("there is no key {key}")))
    }

    /// The value of a key, or none.
    pub fn take(self, key: &K) -> Option<V> {
        self.entries.into_iter().find(|(k, _)| k == key).map(|(_, value)| value)
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

impl<K, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Map { entries: entries.into_iter().collect() }
    }
}

/// The key of a lookup: the canonical JSON of its parameter, or a list of several.
#[derive(Debug, Clone, Default)]
pub struct Key {
    parts: Vec<String>,
}

impl Key {
    /// A key without parameters yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter.
    pub fn with(mut self, value: &impl serde::Serialize) -> Result<Self> {
        let part = serde_json::to_string(value)
            .map_err(|_| Failure::new(builtin::INVALID_ARGUMENT, "a key is not written as JSON"))?;
        self.parts.push(part);
        Ok(self)
    }

    /// As canonical JSON.
    #[must_use]
    pub fn text(&self) -> String {
        match self.parts.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(",")),
        }
    }
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

/// A lookup that found nothing.
#[cold]
#[must_use]
pub fn missed(exception: &'static str, lookup: &str, key: &Key) -> Failure {
    Failure::new(exception, format!("`{lookup}` knows nothing of {}", key.text()))
}

/// A key that a table does not have.
#[cold]
#[must_use]
pub fn no_such_key(key: impl Display) -> Failure {
    Failure::new(builtin::NO_SUCH_KEY, format!("there is no key {key}"))
}

/// A code that no crosswalk knows.
#[cold]
#[must_use]
pub fn unknown_code(exception: &'static str, system: &str, list: &str, code: &str) -> Failure {
    Failure::new(exception, format!("{} of `{system}` is no code of `{list}`", crate::failure::shown(code)))
}

/// A canonical code that the system has no code for.
#[cold]
#[must_use]
pub fn no_code(system: &str, list: &str, code: &str) -> Failure {
    Failure::new(builtin::UNKNOWN_CODE, format!("`{code}` of `{list}` has no code in `{system}`"))
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
