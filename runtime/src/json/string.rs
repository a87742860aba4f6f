//! JSON strings: passed over, or read with their escapes undone.

use super::skip::Fault;
use crate::scan;
use std::borrow::Cow;

const UNCLOSED: &str = "the payload ends within a text";
const CONTROL: &str = "a control character stands in a text without an escape";
const ESCAPE: &str = "this is not an escape of JSON";
const SURROGATE: &str = "half of a surrogate pair stands alone";

/// The end of the string that starts with a quote at `at`; escapes are checked for syntax.
#[inline]
pub(super) fn pass(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let mut at = at + 1;
    loop {
        at = scan::special(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => match bytes.get(at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                Some(b'u') => {
                    unit(bytes, at)?;
                    at += 6;
                }
                _ => return Err((at, ESCAPE)),
            },
            Some(_) => return Err((at, CONTROL)),
            None => return Err((at, UNCLOSED)),
        }
    }
}

/// The text of the string that starts with a quote at `at`, and its end.
#[inline]
pub(super) fn read(text: &str, at: usize) -> Result<(Cow<'_, str>, usize), Fault> {
    let start = at + 1;
    let end = scan::special(text.as_bytes(), start);
    if text.as_bytes().get(end) == Some(&b'"') {
        return Ok((Cow::Borrowed(text.get(start..end).unwrap_or_default()), end + 1));
    }
    let (unescaped, end) = unescape(text, start)?;
    Ok((Cow::Owned(unescaped), end))
}

#[cold]
fn unescape(text: &str, mut start: usize) -> Result<(String, usize), Fault> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    loop {
        let at = scan::special(bytes, start);
        out.push_str(text.get(start..at).unwrap_or_default());
        match bytes.get(at) {
            Some(b'"') => return Ok((out, at + 1)),
            Some(b'\\') => {
                let (c, length) = escape(bytes, at)?;
                out.push(c);
                start = at + length;
            }
            Some(_) => return Err((at, CONTROL)),
            None => return Err((at, UNCLOSED)),
        }
    }
}

/// The character of the escape at `at`, and its length.
fn escape(bytes: &[u8], at: usize) -> Result<(char, usize), Fault> {
    let c = match bytes.get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(bytes, at),
        _ => return Err((at, ESCAPE)),
    };
    Ok((c, 2))
}

fn unicode(bytes: &[u8], at: usize) -> Result<(char, usize), Fault> {
    let first = unit(bytes, at)?;
    if let Some(c) = char::from_u32(first) {
        return Ok((c, 6));
    }
    // A high half needs a low one right after it.
    let second = match bytes.get(at + 6..at + 8) {
        Some(b"\\u") if first < 0xdc00 => unit(bytes, at + 6)?,
        _ => return Err((at, SURROGATE)),
    };
    if !(0xdc00..0xe000).contains(&second) {
        return Err((at, SURROGATE));
    }
    let c = char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or((at, SURROGATE))?;
    Ok((c, 12))
}

/// The 16 bits of `\uXXXX` at `at`.
fn unit(bytes: &[u8], at: usize) -> Result<u32, Fault> {
    let digits = bytes.get(at + 2..at + 6).ok_or((at, ESCAPE))?;
    let mut unit = 0;
    for &byte in digits {
        let digit = char::from(byte).to_digit(16).ok_or((at, ESCAPE))?;
        unit = unit << 4 | digit;
    }
    Ok(unit)
}
