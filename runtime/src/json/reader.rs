//! A pull reader over JSON text (RFC 8259): the caller asks for keys, elements and scalars in the order in which they come,
//! and skips what it does not need, which is then checked for syntax only.
//!
//! Text is borrowed where it holds no escapes, numbers stay text. Bounded in bytes and depth, linear in time. Deliberately
//! absent: a value tree, comments and other extensions, and the judgement of duplicate keys, which only those who know
//! the record can tell from unread ones.

use super::{skip, string};
use crate::failure::builtin::DECODE_FAILED;
use crate::failure::{Failure, Quote, Result, SourceAt};
use std::borrow::Cow;

/// What bounds a payload.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most bytes.
    pub bytes: u32,
    /// The most arrays and objects within each other; at most 128.
    pub depth: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 128 }
    }
}

/// What kind of value comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    Str,
    /// A digit or `-`.
    Num,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
}

impl Kind {
    /// The kind with its article, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Object => "an object",
            Kind::Array => "a list",
            Kind::Str => "text",
            Kind::Num => "a number",
            Kind::Bool => "a bool",
            Kind::Null => "null",
        }
    }
}

/// A value that is neither object nor array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// Text, without its escapes.
    Str(Cow<'a, str>),
    /// A number as it is written, of JSON's grammar.
    Num(&'a str),
    /// A bool.
    Bool(bool),
    /// Null.
    Null,
}

impl Scalar<'_> {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Scalar::Str(_) => Kind::Str,
            Scalar::Num(_) => Kind::Num,
            Scalar::Bool(_) => Kind::Bool,
            Scalar::Null => Kind::Null,
        }
    }

    /// The failure of a codec that wanted something else.
    #[cold]
    pub fn unexpected(&self, wanted: impl core::fmt::Display) -> Failure {
        match self {
            Scalar::Str(text) => {
                Failure::quoting(DECODE_FAILED, |quote| format!("expected {wanted}, found {}", quote.the("text", text)))
            }
            Scalar::Num(text) => Failure::quoting(DECODE_FAILED, |quote| {
                format!("expected {wanted}, found {}", quote.the("number", text))
            }),
            Scalar::Bool(value) => Failure::quoting(DECODE_FAILED, |quote| {
                format!("expected {wanted}, found {}", quote.value("a bool", value))
            }),
            Scalar::Null => Failure::decode(format!("expected {wanted}, found null")),
        }
    }
}

/// The text without a byte order mark. Offsets count from here.
pub fn strip_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A position in JSON text. All failures are `decode_failed` at the byte where the text goes wrong; after one, the reader
/// is of no further use.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    input: u8,
    depth: u8,
    most_depth: u8,
    /// An object or array has just begun: no comma before what comes next.
    first: bool,
}

impl<'a> Reader<'a> {
    /// At the start of a payload: UTF-8, with or without a byte order mark, within the default limits.
    pub fn new(payload: &'a [u8]) -> Result<Self> {
        Self::with_limits(payload, Limits::default())
    }

    /// At the start of a payload within other limits.
    pub fn with_limits(payload: &'a [u8], limits: Limits) -> Result<Self> {
        if u32::try_from(payload.len()).is_ok_and(|length| length <= limits.bytes) {
            let text = core::str::from_utf8(payload).map_err(|error| {
                let offset = u32::try_from(error.valid_up_to()).unwrap_or(u32::MAX);
                Failure::decode("the payload is not UTF-8").at_source(SourceAt::value(0, offset))
            })?;
            return Ok(Self::over(text, limits));
        }
        Err(Failure::decode(format!("the payload is larger than {} bytes", limits.bytes)))
    }

    /// At the start of text of less than 4 GiB that is known to be of bounded size.
    pub fn from_text(text: &'a str) -> Self {
        Self::over(text, Limits::default())
    }

    fn over(text: &'a str, limits: Limits) -> Self {
        let text = strip_mark(text);
        Self { text, at: 0, input: 0, depth: 0, most_depth: limits.depth.min(128), first: false }
    }

    /// The same reader, whose failures name this input of the mapping.
    #[must_use]
    pub fn for_input(mut self, input: u8) -> Self {
        self.input = input;
        self
    }

    /// The whole text, without a byte order mark; offsets count from its start.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The byte at which the next token starts, with the input in the upper six bits: what a record remembers of its
    /// place. A payload is smaller than 64 MiB.
    #[inline]
    pub fn packed_place(&mut self) -> u32 {
        (u32::from(self.input) << 26) | (self.offset() & 0x03ff_ffff)
    }

    /// Which input of the mapping this is.
    #[inline]
    pub fn input(&self) -> u8 {
        self.input
    }

    /// The byte at which the next token starts.
    #[inline]
    pub fn offset(&mut self) -> u32 {
        self.space();
        self.place()
    }

    /// What comes next, where a value may stand.
    #[inline]
    pub fn peek(&mut self) -> Result<Kind> {
        self.space();
        match self.byte() {
            Some(b'"') => Ok(Kind::Str),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Num),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// Enters an object.
    #[inline]
    pub fn object_begin(&mut self) -> Result<()> {
        self.begin(b'{', "an object")
    }

    /// The next key of the object that was entered, with the reader on its value; none once the object is left.
    #[inline]
    pub fn next_key(&mut self) -> Result<Option<Cow<'a, str>>> {
        self.space();
        let first = core::mem::take(&mut self.first);
        match self.byte() {
            Some(b'}') => {
                self.end();
                return Ok(None);
            }
            Some(b',') if !first => {
                self.at += 1;
                self.space();
            }
            _ if first => {}
            _ => return Err(self.unexpected("`,` or `}`")),
        }
        if self.byte() != Some(b'"') {
            return Err(self.unexpected("a key"));
        }
        let key = self.string()?;
        self.space();
        if self.byte() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Enters an array.
    #[inline]
    pub fn array_begin(&mut self) -> Result<()> {
        self.begin(b'[', "a list")
    }

    /// Whether the array that was entered has a further element, with the reader on it; false once the array is left.
    #[inline]
    pub fn next_element(&mut self) -> Result<bool> {
        self.space();
        let first = core::mem::take(&mut self.first);
        match self.byte() {
            Some(b']') => {
                self.end();
                Ok(false)
            }
            Some(b',') if !first => {
                self.at += 1;
                self.space();
                // `[1,]` is caught here; what else may not stand here, where the element is read.
                if self.byte() == Some(b']') { Err(self.unexpected("a value")) } else { Ok(true) }
            }
            _ if first => Ok(true),
            _ => Err(self.unexpected("`,` or `]`")),
        }
    }

    /// The next value, which is neither object nor array.
    #[inline]
    pub fn scalar(&mut self) -> Result<Scalar<'a>> {
        self.space();
        match self.byte() {
            Some(b'"') => self.string().map(Scalar::Str),
            Some(b'-' | b'0'..=b'9') => {
                let start = self.at;
                self.number()?;
                Ok(Scalar::Num(self.text.get(start..self.at).unwrap_or_default()))
            }
            Some(b't') => self.literal("true").map(|()| Scalar::Bool(true)),
            Some(b'f') => self.literal("false").map(|()| Scalar::Bool(false)),
            Some(b'n') => self.literal("null").map(|()| Scalar::Null),
            Some(b'{') => Err(self.fail("expected a single value, found an object")),
            Some(b'[') => Err(self.fail("expected a single value, found a list")),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// Passes over the next value, whatever it is.
    #[inline]
    pub fn skip(&mut self) -> Result<()> {
        self.space();
        let bytes = self.text.as_bytes();
        match self.byte() {
            // The most frequent ones at once.
            Some(b'"') => match string::pass(bytes, self.at) {
                Ok(end) => self.at = end,
                Err(fault) => return Err(self.fault(fault)),
            },
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => match skip::value(bytes, self.at, self.most_depth - self.depth) {
                Ok(end) => self.at = end,
                Err(fault) => return Err(self.fault(fault)),
            },
        }
        Ok(())
    }

    /// The text of the next value as it stands, checked for syntax.
    pub fn raw(&mut self) -> Result<&'a str> {
        self.space();
        let start = self.at;
        self.skip()?;
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    /// Nothing but white space may follow.
    pub fn finish(&mut self) -> Result<()> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.unexpected("the end of the payload")) }
    }

    /// A failure at the next token.
    #[cold]
    pub fn fail(&self, detail: impl Into<Cow<'static, str>>) -> Failure {
        self.here(Failure::decode(detail))
    }

    /// The failure, at the next token.
    #[cold]
    pub fn here(&self, failure: Failure) -> Failure {
        failure.at_source(SourceAt::value(self.input, self.place()))
    }

    /// Something other than what may stand here.
    #[cold]
    pub fn unexpected(&self, wanted: &str) -> Failure {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(c) => {
                let say = |quote: Quote| format!("expected {wanted}, found {}", quote.value("another character", c));
                self.here(Failure::quoting(DECODE_FAILED, say))
            }
            None => self.fail(format!("expected {wanted}, but the payload ends")),
        }
    }

    /// The byte right after the last token that was read.
    pub(super) fn place_after(&self) -> u32 {
        self.place()
    }

    #[inline]
    fn place(&self) -> u32 {
        u32::try_from(self.at).unwrap_or(u32::MAX)
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    #[inline]
    fn begin(&mut self, byte: u8, what: &str) -> Result<()> {
        self.space();
        if self.byte() != Some(byte) {
            let found = self.peek()?;
            return Err(self.fail(format!("expected {what}, found {}", found.name())));
        }
        if self.depth == self.most_depth {
            return Err(self.fail(skip::TOO_DEEP));
        }
        self.at += 1;
        self.depth += 1;
        self.first = true;
        Ok(())
    }

    #[inline]
    fn end(&mut self) {
        self.at += 1;
        self.depth = self.depth.saturating_sub(1);
    }

    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>> {
        match string::read(self.text, self.at) {
            Ok((text, end)) => {
                self.at = end;
                Ok(text)
            }
            Err(fault) => Err(self.fault(fault)),
        }
    }

    #[inline]
    fn number(&mut self) -> Result<()> {
        match skip::number(self.text.as_bytes(), self.at) {
            Ok(end) => {
                self.at = end;
                Ok(())
            }
            Err(fault) => Err(self.fault(fault)),
        }
    }

    #[inline]
    fn literal(&mut self, word: &'static str) -> Result<()> {
        match skip::literal(self.text.as_bytes(), self.at, word) {
            Ok(end) => {
                self.at = end;
                Ok(())
            }
            Err(fault) => Err(self.fault(fault)),
        }
    }

    #[cold]
    fn fault(&mut self, (at, what): skip::Fault) -> Failure {
        self.at = at;
        self.fail(what)
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
