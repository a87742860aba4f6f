//! Wire codecs: how a scalar of a logical type is written in a payload, both ways.
//!
//! Each codec is a small struct; which types it knows are its implementations of [`Codec`], so that a pair that makes no
//! sense does not compile. A value of the wrong kind, or text that the codec does not read, fails with `decode_failed`,
//! saying what was expected and what was found. Codecs are strict: a number where text is declared is a failure.

mod date_pattern;
mod epoch;
mod flags;
mod lists;
mod numbers;
mod odata;
mod plain;
mod text;
mod timestamps;

pub use date_pattern::{DatePattern, PatternParts};
pub use epoch::{EpochMs, EpochS};
pub use flags::{YN, ZeroOne};
pub use lists::{JsonText, Split};
pub use numbers::{Digits, Implied, MinorUnits, Number};
pub use odata::Odata;
pub use plain::Plain;
pub use text::{Email, Limited, Measured, Padded, Text, Uri, Uuid, Within};
pub use timestamps::{IsoOffset, Local, Rfc1123, Rfc3339};

use crate::failure::Result;
use crate::json::{Scalar, Writer};
use std::borrow::Cow;

/// Reads and writes values of one type in one wire form.
pub trait Codec<'a, T> {
    /// The value that the scalar stands for.
    fn decode(&self, raw: Scalar<'a>) -> Result<T>;
    /// Writes the value.
    fn encode(&self, value: &T, w: &mut Writer) -> Result<()>;
}

/// The text, where text is wanted.
#[inline]
fn text<'a>(raw: Scalar<'a>, what: &str) -> Result<Cow<'a, str>> {
    match raw {
        Scalar::Str(text) => Ok(text),
        other => Err(other.unexpected(what)),
    }
}

/// The digits, where a number or its text may stand.
#[inline]
fn digits<'a>(raw: Scalar<'a>, what: &str) -> Result<Cow<'a, str>> {
    match raw {
        Scalar::Str(text) => Ok(text),
        Scalar::Num(text) => Ok(Cow::Borrowed(text)),
        other => Err(other.unexpected(what)),
    }
}

#[cfg(test)]
mod tests;
