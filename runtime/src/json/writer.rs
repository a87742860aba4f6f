//! A JSON writer: the caller says what comes, the commas, colons, escapes and indentation are put here.
//!
//! The caller keeps objects and arrays balanced and writes a key before each value of an object. Deliberately absent:
//! floats; numbers are written from their text.

use crate::decimal::Decimal;
use crate::scan;
use std::fmt::Write as _;

/// Writes one JSON document.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    depth: usize,
    pretty: bool,
    /// A value or key that comes next needs a comma before it.
    comma: bool,
    /// A key has just been written: its value stays on the line.
    after_key: bool,
}

impl Writer {
    /// Writes without white space.
    pub fn compact() -> Self {
        Self::default()
    }

    /// Writes without white space, with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes), ..Self::default() }
    }

    /// Writes one key or element per line, indented by two blanks.
    pub fn pretty() -> Self {
        Self { pretty: true, ..Self::default() }
    }

    /// Opens an object.
    #[inline]
    pub fn object_begin(&mut self) {
        self.open('{');
    }

    /// Closes an object.
    #[inline]
    pub fn object_end(&mut self) {
        self.close('}');
    }

    /// Opens an array.
    #[inline]
    pub fn array_begin(&mut self) {
        self.open('[');
    }

    /// Closes an array.
    #[inline]
    pub fn array_end(&mut self) {
        self.close(']');
    }

    /// A key; its value comes next.
    #[inline]
    pub fn key(&mut self, key: &str) {
        self.separate();
        push_quoted(&mut self.out, key);
        self.out.push_str(if self.pretty { ": " } else { ":" });
        self.comma = false;
        self.after_key = true;
    }

    /// Text.
    #[inline]
    pub fn str(&mut self, text: &str) {
        self.separate();
        push_quoted(&mut self.out, text);
    }

    /// Text that is known to need no escapes, such as digits and codes.
    #[inline]
    pub fn plain_str(&mut self, text: &str) {
        self.separate();
        self.out.push('"');
        self.out.push_str(text);
        self.out.push('"');
    }

    /// A number of JSON's grammar.
    #[inline]
    pub fn number(&mut self, text: &str) {
        self.separate();
        self.out.push_str(text);
    }

    /// An integer.
    #[inline]
    pub fn int(&mut self, value: i64) {
        self.number(Decimal::from_int(value).text().as_str());
    }

    /// A bool.
    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.number(if value { "true" } else { "false" });
    }

    /// Null.
    #[inline]
    pub fn null(&mut self) {
        self.number("null");
    }

    /// A value that is JSON text already; it is not indented.
    #[inline]
    pub fn raw(&mut self, json: &str) {
        self.number(json);
    }

    /// Text as it is shown.
    pub fn display(&mut self, value: &impl core::fmt::Display) {
        self.separate();
        self.out.push('"');
        let start = self.out.len();
        // Writing to a string does not fail.
        let _ = write!(self.out, "{value}");
        if scan::special(self.out.as_bytes(), start) < self.out.len() {
            let shown = self.out.split_off(start);
            escape_into(&mut self.out, &shown);
        }
        self.out.push('"');
    }

    /// How many bytes are written.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// The document, as bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    /// The document, as text.
    pub fn into_string(self) -> String {
        self.out
    }

    #[inline]
    fn open(&mut self, bracket: char) {
        self.separate();
        self.out.push(bracket);
        self.depth += 1;
        self.comma = false;
    }

    #[inline]
    fn close(&mut self, bracket: char) {
        self.depth = self.depth.saturating_sub(1);
        // Empty ones stay on their line.
        if self.pretty && self.comma {
            self.line();
        }
        self.out.push(bracket);
        self.comma = true;
    }

    /// Puts what belongs between the last token and the next.
    #[inline]
    fn separate(&mut self) {
        if self.comma {
            self.out.push(',');
        }
        if self.pretty {
            let same_line = core::mem::take(&mut self.after_key) || self.out.is_empty();
            if !same_line {
                self.line();
            }
        }
        self.comma = true;
    }

    #[cold]
    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(core::iter::repeat_n("  ", self.depth));
    }
}

/// Text in quotes, with the escapes that JSON needs.
#[inline]
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    if scan::special(text.as_bytes(), 0) == text.len() {
        out.push_str(text);
    } else {
        escape_into(out, text);
    }
    out.push('"');
}

#[cold]
fn escape_into(out: &mut String, text: &str) {
    let (bytes, mut start) = (text.as_bytes(), 0);
    loop {
        let at = scan::special(bytes, start);
        out.push_str(text.get(start..at).unwrap_or_default());
        let Some(byte) = bytes.get(at) else { return };
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x8 => out.push_str("\\b"),
            0xc => out.push_str("\\f"),
            other => {
                let _ = write!(out, "\\u{other:04x}");
            }
        }
        start = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(mut w: Writer) -> String {
        w.object_begin();
        w.key("a");
        w.int(-1);
        w.key("list");
        w.array_begin();
        w.str("x\"\\\n\u{1}é😀");
        w.bool(true);
        w.null();
        w.array_begin();
        w.array_end();
        w.array_end();
        w.key("none");
        w.object_begin();
        w.object_end();
        w.key("n");
        w.number("1.50");
        w.object_end();
        w.into_string()
    }

    #[test]
    fn writes_what_serde_json_writes() {
        let compact = document(Writer::compact());
        assert_eq!(compact, r#"{"a":-1,"list":["x\"\\\n\u0001é😀",true,null,[]],"none":{},"n":1.50}"#);
        let value: serde_json::Value = serde_json::from_str(&compact).unwrap();
        let pretty = document(Writer::pretty());
        assert_eq!(pretty, serde_json::to_string_pretty(&value).unwrap().replace("1.5\n", "1.50\n"));
    }

    #[test]
    fn escapes_what_is_displayed() {
        let mut w = Writer::compact();
        w.display(&"a\"b");
        assert_eq!(w.into_string(), r#""a\"b""#);
    }
}
