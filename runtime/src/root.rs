//! Whole payloads: from the document's first byte along a route of keys to the record, or to the list of them.

use crate::derived;
use crate::failure::{Failure, Result, SourceAt};
use crate::json::{Kind, Reader, Writer};
use crate::notes::Notes;
use crate::record::{Encode, Record, duplicate};

/// The number that the answer to a lookup has among a mapping's inputs.
pub const ANSWER: u8 = 63;

/// Decodes the one record at `root`; gives the payload's text too, by which failures are located later.
///
/// # Errors
///
/// `decode_failed`, located: text that is not JSON, another shape, a route that leads nowhere.
pub fn decode<'a, R: Record<'a>>(
    payload: &'a [u8],
    input: u8,
    root: &[&str],
    notes: &mut Notes,
) -> Result<(R, &'a str)> {
    read(payload, input, |reader| enter(reader, root, &mut |reader| R::decode(reader, notes)))
}

/// Decodes the answer to a lookup: the one record at `root`. Notes are of the documents that are mapped, so an answer
/// leaves none; nor do its failures have a path, which would be taken for one in a document.
///
/// # Errors
///
/// As [`decode`].
pub fn answer<'a, R: Record<'a>>(payload: &'a [u8], root: &[&str]) -> Result<R> {
    let notes = &mut Notes::new();
    let mut reader = Reader::new(payload)?.for_input(ANSWER);
    let record = enter(&mut reader, root, &mut |reader| R::decode(reader, notes))?;
    reader.finish().map(|()| record)
}

/// Decodes the list of records at `root`; a single object counts as a list of one.
///
/// # Errors
///
/// As [`decode`].
pub fn decode_list<'a, R: Record<'a>>(
    payload: &'a [u8],
    input: u8,
    root: &[&str],
    notes: &mut Notes,
) -> Result<(Vec<R>, &'a str)> {
    read(payload, input, |reader| {
        // A payload that is the list itself needs no route.
        let root = if reader.peek()? == Kind::Array { &[] } else { root };
        enter(reader, root, &mut |reader| {
            if reader.peek()? != Kind::Array {
                return R::decode(reader, notes).map(|one| vec![one]);
            }
            let mut all = Vec::new();
            reader.array_begin()?;
            while reader.next_element()? {
                all.push(R::decode(reader, notes)?);
            }
            Ok(all)
        })
    })
}

/// The document that carries records at `root`: one record itself, or a list of them where `many` may stand.
///
/// # Errors
///
/// What a value's codec can't spell.
pub fn encode<R: Encode>(records: &[R], root: &[&str], many: bool) -> Result<Vec<u8>> {
    let mut w = Writer::compact();
    for step in root {
        w.object_begin();
        w.key(step);
    }
    match records {
        [one] if !many => one.encode(&mut w)?,
        all => derived::write_many(all, &mut w)?,
    }
    for _ in root {
        w.object_end();
    }
    Ok(w.into_bytes())
}

/// A record within a document, as a document of its own: the value at `place` (see [`Reader::packed_place`]), within the
/// route that its record declares.
///
/// # Errors
///
/// `decode_failed`, if nothing starts there.
pub fn part(text: &str, place: u32, root: &[&str]) -> Result<Vec<u8>> {
    let mut w = Writer::compact();
    for step in root {
        w.object_begin();
        w.key(step);
    }
    w.raw(value_at(text, place)?);
    for _ in root {
        w.object_end();
    }
    Ok(w.into_bytes())
}

/// The same of several records: a list, bare.
///
/// # Errors
///
/// As [`part`].
pub fn parts(text: &str, places: impl IntoIterator<Item = u32>) -> Result<Vec<u8>> {
    let mut w = Writer::compact();
    w.array_begin();
    for place in places {
        w.raw(value_at(text, place)?);
    }
    w.array_end();
    Ok(w.into_bytes())
}

fn value_at(text: &str, place: u32) -> Result<&str> {
    let offset = SourceAt::record(place).offset as usize;
    let rest = text.get(offset..).ok_or_else(|| Failure::decode("there is no record"))?;
    Reader::new(rest.as_bytes())?.raw()
}

fn read<'a, T>(payload: &'a [u8], input: u8, f: impl FnOnce(&mut Reader<'a>) -> Result<T>) -> Result<(T, &'a str)> {
    let mut reader = Reader::new(payload)?.for_input(input);
    let text = reader.text();
    let read = f(&mut reader).and_then(|read| reader.finish().map(|()| read));
    match read {
        Ok(read) => Ok((read, text)),
        Err(failure) => {
            let mut texts = vec![""; usize::from(input)];
            texts.push(text);
            Err(failure.locate(&texts))
        }
    }
}

fn enter<'a, T>(reader: &mut Reader<'a>, root: &[&str], f: &mut dyn FnMut(&mut Reader<'a>) -> Result<T>) -> Result<T> {
    let Some((step, rest)) = root.split_first() else { return f(reader) };
    if reader.peek()? != Kind::Object {
        return Err(reader.unexpected("an object"));
    }
    let offset = reader.offset();
    reader.object_begin()?;
    let mut found = None;
    while let Some(key) = reader.next_key()? {
        if key != *step {
            reader.skip()?;
        } else if found.is_some() {
            return Err(duplicate(reader, step));
        } else {
            found = Some(enter(reader, rest, f)?);
        }
    }
    found.ok_or_else(|| {
        let failure = Failure::decode(format!("`{step}` is missing"));
        failure.at_source(SourceAt::field(reader.input(), offset, step))
    })
}
