//! What derived code calls beside [`crate::record`]: routes, unions, maps, and writing.

use crate::codec::Codec;
use crate::failure::{Failure, Result, SourceAt, builtin};
use crate::json::{Kind, Reader, Scalar, Writer};
use crate::leaf::Leaf;
use crate::record::{self, Encode};
use std::borrow::Cow;

/// Enters the object on the way to fields below it; false where null stands instead.
///
/// # Errors
/// `decode_failed`, if anything else stands there, or the key came before.
pub fn enter(r: &mut Reader<'_>, key: &str, entered: &mut bool) -> Result<bool> {
    if core::mem::replace(entered, true) {
        return Err(record::duplicate(r, key));
    }
    if r.peek()? == Kind::Null {
        r.skip()?;
        return Ok(false);
    }
    r.object_begin()?;
    Ok(true)
}

/// The text of any JSON value; text that is one of the `absent` spellings is empty.
pub fn json<'a, T: From<Cow<'a, str>>>(r: &mut Reader<'a>, absent: &[&str]) -> Result<Leaf<T>> {
    if !absent.is_empty() && r.peek()? == Kind::Str {
        let mut ahead = r.clone();
        if matches!(ahead.scalar()?, Scalar::Str(text) if absent.contains(&&*text)) {
            *r = ahead;
            return Ok(Leaf::Empty);
        }
    }
    Ok(match record::json(r)? {
        Leaf::Value(text) => Leaf::Value(Cow::Borrowed(text).into()),
        Leaf::Bad(failure) => Leaf::Bad(failure),
        Leaf::Missing => Leaf::Missing,
        Leaf::Null => Leaf::Null,
        Leaf::Empty => Leaf::Empty,
    })
}

/// An object whose keys are values of their own.
///
/// # Errors
/// `decode_failed`, if it is no object, a key comes twice, or a value can't be read.
pub fn entries<'a, T, M: FromIterator<(Cow<'a, str>, T)>>(
    r: &mut Reader<'a>,
    absent: &[&str],
    read: impl FnMut(&mut Reader<'a>) -> Result<T>,
) -> Result<Leaf<M>> {
    Ok(collected(record::map_of(r, absent, read)?))
}

/// The same where the values are scalars: one that can't be read makes the whole bad, and fails where that is used.
///
/// # Errors
/// `decode_failed`, if it is no object, or a key comes twice.
pub fn scalars<'a, T, M: FromIterator<(Cow<'a, str>, T)>>(
    r: &mut Reader<'a>,
    codec: &impl Codec<'a, T>,
    absent: &[&str],
) -> Result<Leaf<M>> {
    Ok(collected(record::map_of_scalars(r, codec, absent)?))
}

fn collected<'a, T, M: FromIterator<(Cow<'a, str>, T)>>(leaf: Leaf<record::Entries<'a, T>>) -> Leaf<M> {
    match leaf {
        Leaf::Value(entries) => Leaf::Value(entries.into_iter().collect()),
        Leaf::Bad(failure) => Leaf::Bad(failure),
        Leaf::Missing => Leaf::Missing,
        Leaf::Null => Leaf::Null,
        Leaf::Empty => Leaf::Empty,
    }
}

/// The text that says which of several records an object is, without moving the reader.
///
/// # Errors
/// `decode_failed`, if it is no object, or its text is none of `tags`.
pub fn discriminator<'a>(r: &Reader<'a>, key: &str, tags: &[&str]) -> Result<Cow<'a, str>> {
    let mut ahead = r.clone();
    let start = ahead.offset();
    let at = SourceAt::field(r.input(), start, key);
    ahead.object_begin()?;
    while let Some(next) = ahead.next_key()? {
        if next != key {
            ahead.skip()?;
            continue;
        }
        return match ahead.scalar()? {
            Scalar::Str(tag) if tags.contains(&&*tag) => Ok(tag),
            other => {
                let known: Vec<String> = tags.iter().map(|tag| format!("`{tag}`")).collect();
                Err(other.unexpected(format!("one of {}", known.join(", "))).at_source(at))
            }
        };
    }
    Err(Failure::decode(format!("`{key}`, which says what the object is, is missing")).at_source(at))
}

/// Whether a key matches a pattern in which `*` stands for any text.
pub fn matches(pattern: &str, key: &str) -> bool {
    let Some((head, mut rest)) = pattern.split_once('*') else { return pattern == key };
    let Some(mut key) = key.strip_prefix(head) else { return false };
    while let Some((part, after)) = rest.split_once('*') {
        let Some(at) = key.find(part) else { return false };
        key = key.get(at + part.len()..).unwrap_or("");
        rest = after;
    }
    key.ends_with(rest)
}

/// A record that is one of several, and is none.
#[cold]
pub fn no_variant(key: &str) -> Failure {
    Failure::new(builtin::ABSENT_VALUE, format!("the record is none of those that `{key}` tells apart"))
}

/// Writes a list of records.
///
/// # Errors
/// What a record's codecs raise, in its element.
pub fn write_many<T: Encode>(values: &[T], w: &mut Writer) -> Result<()> {
    w.array_begin();
    for (index, value) in values.iter().enumerate() {
        value.encode(w).map_err(|failure| failure.in_index(index))?;
    }
    w.array_end();
    Ok(())
}

/// Writes a list of scalars.
///
/// # Errors
/// What the codec raises, in the element.
pub fn write_each<'a, T>(values: &[T], codec: &impl Codec<'a, T>, w: &mut Writer) -> Result<()> {
    w.array_begin();
    for (index, value) in values.iter().enumerate() {
        codec.encode(value, w).map_err(|failure| failure.in_index(index))?;
    }
    w.array_end();
    Ok(())
}

/// Writes an object whose keys are values of their own.
///
/// # Errors
/// What writing a value raises, under its key.
pub fn write_entries<'v, K: AsRef<str> + 'v, T: 'v>(
    values: impl IntoIterator<Item = &'v (K, T)>,
    w: &mut Writer,
    mut write: impl FnMut(&T, &mut Writer) -> Result<()>,
) -> Result<()> {
    w.object_begin();
    for (key, value) in values {
        w.key(key.as_ref());
        write(value, w).map_err(|failure| failure.in_field(key.as_ref().to_owned()))?;
    }
    w.object_end();
    Ok(())
}

#[cfg(test)]
#[path = "derived_tests.rs"]
mod tests;
