//! Records: what `#[derive(Record)]` implements, and the helpers that it calls.
//!
//! A scalar that can't be decoded waits in its [`Leaf`] until it is used; a nested record or list of another kind, a key
//! that is read and comes twice, and text that is not JSON fail at once.

use crate::codec::Codec;
use crate::failure::{Failure, Result, SourceAt};
use crate::json::{Kind, Reader, Scalar, Writer};
use crate::leaf::Leaf;
use crate::notes::Notes;
use std::borrow::Cow;

/// A record that is read from a payload.
pub trait Record<'a>: Sized {
    /// Reads the record; the reader stands on it.
    fn decode(r: &mut Reader<'a>, notes: &mut Notes) -> Result<Self>;

    /// Reads the record, which one of its keys told from others: this key is no surprise in it.
    fn decode_told(r: &mut Reader<'a>, notes: &mut Notes, told: Option<&str>) -> Result<Self> {
        let _ = told;
        Self::decode(r, notes)
    }
}

/// A record that is written into a payload.
pub trait Encode {
    /// Writes what stands between its braces.
    fn contents(&self, w: &mut Writer) -> Result<()>;

    /// Writes the record.
    fn encode(&self, w: &mut Writer) -> Result<()> {
        w.object_begin();
        self.contents(w)?;
        w.object_end();
        Ok(())
    }
}

/// What happens to keys that a record does not declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownKeys {
    /// The payload is refused.
    Reject,
    /// They are noted.
    #[default]
    Warn,
    /// Nothing.
    Ignore,
}

/// Reads a whole payload: one record, and nothing after it.
pub fn decode<'a, R: Record<'a>>(payload: &'a [u8], input: u8, notes: &mut Notes) -> Result<R> {
    let mut reader = Reader::new(payload).map_err(|failure| in_input(&failure, input))?.for_input(input);
    let record = R::decode(&mut reader, notes)?;
    reader.finish()?;
    Ok(record)
}

/// A payload that can't even be begun belongs to its input.
fn in_input(failure: &Failure, input: u8) -> Failure {
    let offset = failure.source_at().map_or(0, |at| at.offset);
    failure.renamed(failure.code().to_owned()).at_source(SourceAt::value(input, offset))
}

/// Writes a whole payload.
pub fn encode(record: &impl Encode) -> Result<Vec<u8>> {
    let mut w = Writer::compact();
    record.encode(&mut w)?;
    Ok(w.into_bytes())
}

/// A scalar; text that is one of the `absent` spellings is empty.
#[inline]
pub fn leaf<'a, T>(r: &mut Reader<'a>, codec: &impl Codec<'a, T>, absent: &[&str]) -> Result<Leaf<T>> {
    let kind = r.peek()?;
    let offset = r.offset();
    if matches!(kind, Kind::Object | Kind::Array) {
        let failure = r.fail(format!("expected a single value, found {}", kind.name()));
        r.skip()?;
        return Ok(Leaf::Bad(failure));
    }
    let raw = r.scalar()?;
    match &raw {
        Scalar::Null => return Ok(Leaf::Null),
        Scalar::Str(text) if absent.iter().any(|spelling| *spelling == *text) => return Ok(Leaf::Empty),
        _ => {}
    }
    Ok(match codec.decode(raw) {
        Ok(value) => Leaf::Value(value),
        Err(failure) => Leaf::Bad(failure.at_source(SourceAt::value(r.input(), offset))),
    })
}

/// A scalar that has to be there.
pub fn value<'a, T>(r: &mut Reader<'a>, codec: &impl Codec<'a, T>) -> Result<T> {
    let at = SourceAt::value(r.input(), r.offset());
    leaf(r, codec, &[])?.into_required(at)
}

/// The text of any JSON value, for the type `json`; null is null.
pub fn json<'a>(r: &mut Reader<'a>) -> Result<Leaf<&'a str>> {
    if r.peek()? == Kind::Null { r.skip().map(|()| Leaf::Null) } else { r.raw().map(Leaf::Value) }
}

/// A nested record, or null, or text that is one of the `absent` spellings; anything else is a failure.
#[inline]
pub fn nested<'a, R: Record<'a>>(r: &mut Reader<'a>, notes: &mut Notes, absent: &[&str]) -> Result<Leaf<R>> {
    match r.peek()? {
        Kind::Object => R::decode(r, notes).map(Leaf::Value),
        other => nothing(r, other, absent, "an object"),
    }
}

/// A list of records, or null, or text that is one of the `absent` spellings; anything else is a failure.
#[inline]
pub fn list<'a, R: Record<'a>>(r: &mut Reader<'a>, notes: &mut Notes, absent: &[&str]) -> Result<Leaf<Vec<R>>> {
    match r.peek()? {
        Kind::Array => {
            let mut records = Vec::new();
            r.array_begin()?;
            while r.next_element()? {
                records.push(R::decode(r, notes)?);
            }
            Ok(Leaf::Value(records))
        }
        other => nothing(r, other, absent, "a list"),
    }
}

/// A list of scalars, or null, or text that is one of the `absent` spellings; another kind is a failure, and an element that
/// can't be decoded makes the whole list bad.
pub fn list_of<'a, T>(r: &mut Reader<'a>, codec: &impl Codec<'a, T>, absent: &[&str]) -> Result<Leaf<Vec<T>>> {
    let kind = r.peek()?;
    if kind != Kind::Array {
        return nothing(r, kind, absent, "a list");
    }
    let (mut values, mut bad) = (Vec::new(), None);
    r.array_begin()?;
    while r.next_element()? {
        match lazily(r, codec)? {
            Ok(value) => values.push(value),
            Err(failure) => {
                bad.get_or_insert(failure);
            }
        }
    }
    Ok(bad.map_or(Leaf::Value(values), Leaf::Bad))
}

/// An element of a list or map: what ends the decoding outside, what waits for its use inside.
fn lazily<'a, T>(r: &mut Reader<'a>, codec: &impl Codec<'a, T>) -> Result<Result<T>> {
    let kind = r.peek()?;
    let at = SourceAt::value(r.input(), r.offset());
    if matches!(kind, Kind::Object | Kind::Array) {
        let failure = r.fail(format!("expected a single value, found {}", kind.name()));
        r.skip()?;
        return Ok(Err(failure));
    }
    Ok(codec.decode(r.scalar()?).map_err(|failure| failure.at_source(at)))
}

/// An object whose keys are values of their own and whose values are scalars; one that can't be decoded makes the whole
/// map bad.
pub fn map_of_scalars<'a, T>(
    r: &mut Reader<'a>,
    codec: &impl Codec<'a, T>,
    absent: &[&str],
) -> Result<Leaf<Entries<'a, T>>> {
    let mut bad = None;
    let entries = map_of(r, absent, |r| {
        Ok(match lazily(r, codec)? {
            Ok(value) => Some(value),
            Err(failure) => {
                bad.get_or_insert(failure);
                None
            }
        })
    })?;
    Ok(match (bad, entries) {
        (Some(failure), _) => Leaf::Bad(failure),
        (None, Leaf::Value(entries)) => {
            Leaf::Value(entries.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
        }
        (None, Leaf::Bad(failure)) => Leaf::Bad(failure),
        (None, Leaf::Missing) => Leaf::Missing,
        (None, Leaf::Null) => Leaf::Null,
        (None, Leaf::Empty) => Leaf::Empty,
    })
}

/// The entries of a `map<T>`, in the order in which they stand.
pub type Entries<'a, T> = Vec<(Cow<'a, str>, T)>;

/// An object whose keys are values of their own (`map<T>`), in the order in which they stand; a key that comes twice is a
/// failure.
pub fn map_of<'a, T>(
    r: &mut Reader<'a>,
    absent: &[&str],
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T>,
) -> Result<Leaf<Entries<'a, T>>> {
    let kind = r.peek()?;
    if kind != Kind::Object {
        return nothing(r, kind, absent, "an object");
    }
    let mut entries = Entries::new();
    let mut seen = std::collections::BTreeSet::new();
    r.object_begin()?;
    while let Some(key) = r.next_key()? {
        if !seen.insert(key.clone()) {
            return Err(duplicate(r, &key));
        }
        entries.push((key, read(r)?));
    }
    Ok(Leaf::Value(entries))
}

fn nothing<T>(r: &mut Reader<'_>, kind: Kind, absent: &[&str], wanted: &str) -> Result<Leaf<T>> {
    let failure = r.fail(format!("expected {wanted}, found {}", kind.name()));
    match kind {
        Kind::Null | Kind::Str => match r.scalar()? {
            Scalar::Null => Ok(Leaf::Null),
            Scalar::Str(text) if absent.iter().any(|spelling| *spelling == text) => Ok(Leaf::Empty),
            _ => Err(failure),
        },
        _ => Err(failure),
    }
}

/// The failure for a key that is read and comes twice; the reader stands on the second value.
#[cold]
pub fn duplicate(r: &mut Reader<'_>, key: &str) -> Failure {
    let at = SourceAt::value(r.input(), r.offset());
    Failure::decode(format!("the key {} comes twice", crate::failure::shown(key))).at_source(at)
}

/// Passes over the value of a key that the record does not declare, by the record's policy. `record` is its name.
pub fn unknown_key(r: &mut Reader<'_>, notes: &mut Notes, policy: UnknownKeys, record: &str, key: &str) -> Result<()> {
    match policy {
        UnknownKeys::Reject => {
            let at = SourceAt::value(r.input(), r.offset());
            let detail = format!("`{record}` has no key {}", crate::failure::shown(key));
            return Err(Failure::decode(detail).at_source(at));
        }
        UnknownKeys::Warn => notes.unknown_key(record, key),
        UnknownKeys::Ignore => {}
    }
    r.skip()
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
