//! CEL's functions on text and its string extensions. Positions count code points; one outside of the text fails with
//! `out_of_range`.

use crate::failure::{Failure, Result, builtin};

/// The most bytes of a text that a function may make.
const LONGEST: usize = 16 << 20;

/// `size`: how many code points.
#[allow(clippy::cast_possible_wrap, reason = "a text of 2^63 code points does not exist")]
pub fn size(text: &str) -> i64 {
    text.chars().count() as i64
}

/// The byte at which the code point of a position starts; the end counts as one.
fn byte_at(text: &str, position: i64) -> Option<usize> {
    let position = usize::try_from(position).ok()?;
    let ends = text.char_indices().map(|(byte, _)| byte).chain(core::iter::once(text.len()));
    ends.into_iter().nth(position)
}

/// The position of a byte at which a code point starts.
fn position_of(text: &str, byte: usize) -> i64 {
    size(text.get(..byte).unwrap_or_default())
}

fn outside(position: i64) -> Failure {
    Failure::new(builtin::OUT_OF_RANGE, format!("the position {position} lies outside of the text"))
}

/// `charAt`: one code point; at the end, nothing.
pub fn char_at(text: &str, position: i64) -> Result<&str> {
    let start = byte_at(text, position).ok_or_else(|| outside(position))?;
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.chars().next().map_or(0, char::len_utf8);
    Ok(rest.get(..length).unwrap_or_default())
}

/// `a + b`: two texts in one.
pub fn concat(a: &str, b: &str) -> String {
    let mut joined = String::with_capacity(a.len() + b.len());
    joined.push_str(a);
    joined.push_str(b);
    joined
}

/// `contains`
pub fn contains(text: &str, part: &str) -> bool {
    text.contains(part)
}

/// `startsWith`
pub fn starts_with(text: &str, part: &str) -> bool {
    text.starts_with(part)
}

/// `endsWith`
pub fn ends_with(text: &str, part: &str) -> bool {
    text.ends_with(part)
}

/// `indexOf`: where the part stands first, or -1.
pub fn index_of(text: &str, part: &str) -> i64 {
    text.find(part).map_or(-1, |byte| position_of(text, byte))
}

/// `indexOf` from a position on.
pub fn index_of_from(text: &str, part: &str, from: i64) -> Result<i64> {
    let start = byte_at(text, from).ok_or_else(|| outside(from))?;
    let found = text.get(start..).and_then(|rest| rest.find(part));
    Ok(found.map_or(-1, |byte| position_of(text, start + byte)))
}

/// `lastIndexOf`: where the part stands last, or -1.
pub fn last_index_of(text: &str, part: &str) -> i64 {
    text.rfind(part).map_or(-1, |byte| position_of(text, byte))
}

/// `lastIndexOf` of parts that start at a position or before.
pub fn last_index_of_from(text: &str, part: &str, from: i64) -> Result<i64> {
    let start = byte_at(text, from).ok_or_else(|| outside(from))?;
    // A part that starts there ends so much later, or behind the text.
    let mut end = (start + part.len()).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Ok(text.get(..end).and_then(|head| head.rfind(part)).map_or(-1, |byte| position_of(text, byte)))
}

/// `lowerAscii`: ASCII letters only.
pub fn lower_ascii(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// `upperAscii`: ASCII letters only.
pub fn upper_ascii(text: &str) -> String {
    text.to_ascii_uppercase()
}

/// `replace`: all occurrences.
pub fn replace(text: &str, part: &str, by: &str) -> Result<String> {
    replace_n(text, part, by, -1)
}

/// `replace` of at most so many occurrences; negative: all. A result beyond 16 MiB fails with `text_too_long`.
pub fn replace_n(text: &str, part: &str, by: &str, most: i64) -> Result<String> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    // An empty part occurs between all characters.
    let occurrences = if part.is_empty() { text.chars().count() + 1 } else { text.matches(part).count() };
    let longest = text.len().saturating_add(occurrences.min(most).saturating_mul(by.len()));
    bounded(longest)?;
    Ok(text.replacen(part, by, most))
}

fn bounded(length: usize) -> Result<()> {
    if length <= LONGEST {
        return Ok(());
    }
    Err(Failure::new(builtin::TEXT_TOO_LONG, "the text grows beyond 16 MiB"))
}

/// `reverse`: code points backwards.
pub fn reverse(text: &str) -> String {
    text.chars().rev().collect()
}

/// `split` at every separator; an empty one parts all characters.
pub fn split(text: &str, separator: &str) -> Vec<String> {
    split_n(text, separator, -1)
}

/// `split` into at most so many parts, the last one holding the rest; negative: all.
pub fn split_n(text: &str, separator: &str, most: i64) -> Vec<String> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if separator.is_empty() {
        let mut rest = text;
        let mut parts = Vec::new();
        while let Some(c) = rest.chars().next().filter(|_| parts.len() < most) {
            let length = if parts.len() + 1 == most { rest.len() } else { c.len_utf8() };
            let (part, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
            parts.push(part.to_owned());
            rest = tail;
        }
        return parts;
    }
    text.splitn(most, separator).map(str::to_owned).collect()
}

/// `substring` from a position to the end.
pub fn substring(text: &str, from: i64) -> Result<&str> {
    let start = byte_at(text, from).ok_or_else(|| outside(from))?;
    Ok(text.get(start..).unwrap_or_default())
}

/// `substring` from a position up to another.
pub fn substring_to(text: &str, from: i64, to: i64) -> Result<&str> {
    let start = byte_at(text, from).ok_or_else(|| outside(from))?;
    let end = byte_at(text, to).ok_or_else(|| outside(to))?;
    text.get(start..end).ok_or_else(|| {
        Failure::new(builtin::OUT_OF_RANGE, format!("a substring can't start at {from} and end at {to}"))
    })
}

/// `trim`: without white space, as Unicode knows it, at both ends.
pub fn trim(text: &str) -> &str {
    text.trim()
}

/// `join`: the parts with a separator between. A result beyond 16 MiB fails with `text_too_long`.
pub fn join<S: AsRef<str>>(parts: &[S], separator: &str) -> Result<String> {
    let mut out = String::new();
    for (index, part) in parts.iter().map(AsRef::as_ref).enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(part);
        bounded(out.len())?;
    }
    Ok(out)
}

/// `padLeft`: at least so many code points, filled on the left with one character. A filler of another length, or a width
/// beyond 10,000, fails with `invalid_argument`.
pub fn pad_left(text: &str, width: i64, filler: &str) -> Result<String> {
    let invalid = |detail: &'static str| Failure::new(builtin::INVALID_ARGUMENT, detail);
    let mut chars = filler.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return Err(invalid("a text is padded with one character"));
    };
    let width = usize::try_from(width).ok().filter(|width| *width <= 10_000);
    let width = width.ok_or_else(|| invalid("a text is padded to a width between 0 and 10,000"))?;
    let missing = width.saturating_sub(text.chars().count());
    let mut out = String::with_capacity(text.len() + missing * c.len_utf8());
    out.extend(core::iter::repeat_n(c, missing));
    out.push_str(text);
    Ok(out)
}

/// `strings.quote`: as a literal of CEL, in double quotes.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
