//! Failures: what went wrong, under which exception's name, where in the payload, where in the target, and by which line
//! of the specs.
//!
//! A failure is made cheaply in the hot path and enriched on its way out: the source place is a byte offset, of which the
//! path is computed only when the failure is reported ([`Failure::locate`]). Deliberately absent: causes, backtraces and
//! severities. Who must act on a failure is decided by the exception of its name.
//!
//! What a failure says goes where many read it and where it is kept: exceptions, dead letters, logs. So it quotes nothing of
//! payloads, whatever field a value was read from, but says what kind of value it was. The quoting words are kept apart
//! ([`Failure::quoted`]), for who has the payload at hand.

use core::fmt;
use serde_json::error::Category;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The result of everything here that can fail.
pub type Result<T, E = Failure> = core::result::Result<T, E>;

/// The names of the built-in exceptions.
pub mod builtin {
    macro_rules! names {
        ($($(#[doc = $doc:literal])* $constant:ident = $name:literal,)*) => {
            $($(#[doc = $doc])* pub const $constant: &str = $name;)*
            /// All of them.
            pub const ALL: &[&str] = &[$($name),*];
        };
    }
    names! {
        /// A payload, or a value in it, is not what its record declares.
        DECODE_FAILED = "decode_failed",
        /// A result leaves the range of its type.
        OVERFLOW = "overflow",
        /// A division by zero.
        DIVIDE_BY_ZERO = "divide_by_zero",
        /// A decimal does not fit the declared digits.
        DIGITS_LOST = "digits_lost",
        /// A text is longer than declared.
        TEXT_TOO_LONG = "text_too_long",
        /// Amounts of different currencies.
        CURRENCY_MISMATCH = "currency_mismatch",
        /// Quantities of different units.
        UNIT_MISMATCH = "unit_mismatch",
        /// A code that its crosswalk or list does not know.
        UNKNOWN_CODE = "unknown_code",
        /// A position outside a list or text.
        OUT_OF_RANGE = "out_of_range",
        /// A key that a map does not hold.
        NO_SUCH_KEY = "no_such_key",
        /// Not exactly one element where one was asked for.
        NOT_ONE = "not_one",
        /// An argument that a function can't take.
        INVALID_ARGUMENT = "invalid_argument",
        /// No answer was given to a lookup.
        LOOKUP_MISSING = "lookup_missing",
        /// A patch names a line that the object does not hold.
        UNKNOWN_LINE = "unknown_line",
        /// A write by a system that does not own the path.
        NOT_OWNER = "not_owner",
        /// A move that the lifecycle does not allow.
        ILLEGAL_TRANSITION = "illegal_transition",
        /// A write against an older version.
        STALE = "stale",
        /// An invariant does not hold.
        INVARIANT = "invariant",
        /// A value is absent where one is needed.
        ABSENT_VALUE = "absent_value",
    }
}

/// A step of a path into the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// A field by name.
    Field(Cow<'static, str>),
    /// A list element by position.
    Index(usize),
}

/// A place in a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceAt<'f> {
    /// Which of the mapping's inputs, from 0.
    pub input: u8,
    /// The byte at which the value, or the object that should hold the field, starts; a byte order mark does not count.
    pub offset: u32,
    /// The key below the object that starts there.
    pub field: Option<&'f str>,
}

impl<'f> SourceAt<'f> {
    /// The value that starts there.
    pub fn value(input: u8, offset: u32) -> Self {
        Self { input, offset, field: None }
    }

    /// A field of the record that remembers `place` (see [`crate::json::Reader::packed_place`]).
    #[inline]
    pub fn in_record(place: u32, field: &'f str) -> Self {
        SourceAt::field(u8::try_from(place >> 26).unwrap_or(u8::MAX), place & 0x03ff_ffff, field)
    }

    /// The record that remembers `place`.
    #[inline]
    pub fn record(place: u32) -> Self {
        SourceAt::value(u8::try_from(place >> 26).unwrap_or(u8::MAX), place & 0x03ff_ffff)
    }

    /// A field of the object that starts there.
    pub fn field(input: u8, offset: u32, field: &'f str) -> Self {
        Self { input, offset, field: Some(field) }
    }
}

/// A line of the specs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Path of the file, relative to the workspace.
    pub file: Cow<'static, str>,
    /// From 1.
    pub line: u32,
}

/// A named failure with its places. It is one pointer wide.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure(Box<Inner>);

#[derive(Debug, Clone, PartialEq)]
struct Inner {
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    /// The detail with the values that it is about, if there are any.
    quoted: Option<Box<str>>,
    source: Option<Source>,
    source_path: Option<String>,
    /// From the inside out.
    target: Vec<Segment>,
    spec: Option<Spec>,
}

#[derive(Debug, Clone, PartialEq)]
struct Source {
    input: u8,
    offset: u32,
    field: Option<Box<str>>,
}

impl Failure {
    /// A failure under an exception's name. The detail quotes no value: see [`Failure::quoting`].
    #[cold]
    pub fn new(code: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code: code.into(),
            detail: detail.into(),
            quoted: None,
            source: None,
            source_path: None,
            target: Vec::new(),
            spec: None,
        }))
    }

    /// Something is not what its record or codec declares.
    #[cold]
    pub fn decode(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(builtin::DECODE_FAILED, detail)
    }

    /// A failure whose words are about values: they are said twice, with and without quoting them.
    ///
    /// ```
    /// use crossdock_runtime::Failure;
    ///
    /// let failure = Failure::quoting("not_an_int", |quote| format!("{} is not an int", quote.text("Anna")));
    /// assert_eq!(failure.detail(), "a text of 4 characters is not an int");
    /// assert_eq!(failure.quoted(), "`Anna` is not an int");
    /// ```
    #[cold]
    pub fn quoting(code: impl Into<Cow<'static, str>>, say: impl Fn(Quote) -> String) -> Self {
        let mut failure = Self::new(code, say(Quote(false)));
        failure.0.quoted = Some(say(Quote(true)).into());
        failure
    }

    /// A codec wanted one thing and found another.
    #[cold]
    pub fn expected(what: impl fmt::Display, found: &str) -> Self {
        Self::quoting(builtin::DECODE_FAILED, |quote| format!("expected {what}, found {}", quote.text(found)))
    }

    /// JSON that is not what was to be read, or could not be written.
    #[cold]
    pub fn json(code: impl Into<Cow<'static, str>>, error: &serde_json::Error) -> Self {
        Self::quoting(code, |quote| if quote.0 { error.to_string() } else { unquoted(error) })
    }

    /// The same words under another name, without places.
    #[cold]
    pub fn renamed(&self, code: impl Into<Cow<'static, str>>) -> Self {
        self.within(code, "")
    }

    /// The same words under another name and behind others, without places.
    #[cold]
    pub fn within(&self, code: impl Into<Cow<'static, str>>, before: &str) -> Self {
        let mut failure = Self::new(code, format!("{before}{}", self.detail()));
        failure.0.quoted = self.0.quoted.as_ref().map(|quoted| format!("{before}{quoted}").into());
        failure
    }

    /// A result leaves the range of its type.
    #[cold]
    pub fn overflow(what: &'static str) -> Self {
        Self::new(builtin::OVERFLOW, what)
    }

    /// Adds the place in the payload, unless a more exact one is known.
    #[cold]
    pub fn at_source(mut self, at: SourceAt<'_>) -> Self {
        if self.0.source.is_none() {
            self.0.source = Some(Source { input: at.input, offset: at.offset, field: at.field.map(Box::from) });
        }
        self
    }

    /// Adds the field of the target, outside of what was added before.
    #[cold]
    pub fn in_field(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.target.push(Segment::Field(name.into()));
        self
    }

    /// Adds the position in a target list, outside of what was added before.
    #[cold]
    pub fn in_index(mut self, index: usize) -> Self {
        self.0.target.push(Segment::Index(index));
        self
    }

    /// Adds the line of the specs, unless a more exact one is known.
    #[cold]
    pub fn at_spec(mut self, file: impl Into<Cow<'static, str>>, line: u32) -> Self {
        if self.0.spec.is_none() {
            self.0.spec = Some(Spec { file: file.into(), line });
        }
        self
    }

    /// Computes the path of the source place from the inputs that were mapped, in their order.
    #[cold]
    pub fn locate(mut self, inputs: &[&str]) -> Self {
        if let Some(source) = &self.0.source
            && let Some(text) = inputs.get(usize::from(source.input))
        {
            self.0.source_path = Some(crate::json::path_at(text, source.offset, source.field.as_deref()));
        }
        self
    }

    /// The exception's name.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// What went wrong: one lower-case sentence without a final period, which quotes nothing of a payload.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What went wrong, with the values that it is about. It is for who has the payload at hand, and is not to be kept.
    pub fn quoted(&self) -> &str {
        self.0.quoted.as_deref().unwrap_or(&self.0.detail)
    }

    /// The place in the payload.
    pub fn source_at(&self) -> Option<SourceAt<'_>> {
        let source = self.0.source.as_ref()?;
        Some(SourceAt { input: source.input, offset: source.offset, field: source.field.as_deref() })
    }

    /// The path of the place in the payload (`line_items[3].sku`), once located; empty for the payload as a whole.
    pub fn source_path(&self) -> Option<&str> {
        self.0.source_path.as_deref()
    }

    /// The path in the target, from the outside in.
    pub fn target(&self) -> impl Iterator<Item = &Segment> {
        self.0.target.iter().rev()
    }

    /// The path in the target as text (`lines[3].sku`); empty if the failure belongs to no field.
    pub fn target_path(&self) -> String {
        let mut path = String::new();
        for segment in self.target() {
            match segment {
                Segment::Field(name) => crate::json::push_key(&mut path, name),
                Segment::Index(index) => crate::json::push_index(&mut path, *index),
            }
        }
        path
    }

    /// The line of the specs.
    pub fn spec(&self) -> Option<&Spec> {
        self.0.spec.as_ref()
    }

    /// `{code, message, source, target, file, line}`: paths as text, and what is unknown is left out.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("code".to_owned(), self.code().into());
        object.insert("message".to_owned(), self.detail().into());
        if let Some(path) = self.source_path().filter(|path| !path.is_empty()) {
            object.insert("source".to_owned(), path.into());
        }
        if !self.0.target.is_empty() {
            object.insert("target".to_owned(), self.target_path().into());
        }
        if let Some(spec) = self.spec() {
            object.insert("file".to_owned(), spec.file.as_ref().into());
            object.insert("line".to_owned(), spec.line.into());
        }
        Value::Object(object)
    }
}

/// `{:#}` quotes the values that it is about.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = if f.alternate() { self.quoted() } else { self.detail() };
        write!(f, "{}: {words}", self.code())?;
        if let Some(path) = self.source_path().filter(|path| !path.is_empty()) {
            write!(f, "; in the source at {path}")?;
        }
        if !self.0.target.is_empty() {
            write!(f, "; in the target at {}", self.target_path())?;
        }
        if let Some(spec) = self.spec() {
            write!(f, "; {}:{}", spec.file, spec.line)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// Whether values are quoted: how a failure speaks of them.
#[derive(Debug, Clone, Copy)]
pub struct Quote(bool);

impl Quote {
    /// A text: `` `Anna` ``, or `a text of 4 characters`.
    pub fn text(self, text: &str) -> String {
        if self.0 { shown(text) } else { long("text", text) }
    }

    /// A value by its kind: `` the number `1.5` ``, or `a number of 3 characters`.
    pub fn the(self, kind: &str, text: &str) -> String {
        if self.0 { format!("the {kind} {}", shown(text)) } else { long(kind, text) }
    }

    /// A value of which its kind says enough: `` `USD` ``, or `a currency`.
    pub fn value(self, kind: &str, value: impl fmt::Display) -> String {
        if self.0 { shown(&value.to_string()) } else { kind.to_owned() }
    }

    /// What is foreign, as it is, or what it is.
    pub fn bare(self, kind: &str, text: &str) -> String {
        if self.0 { text.to_owned() } else { kind.to_owned() }
    }

    /// What there is not: `` element `7` ``, or `such element`.
    pub fn no(self, kind: &str, text: &str) -> String {
        if self.0 { format!("{kind} {}", shown(text)) } else { format!("such {kind}") }
    }
}

/// What is wrong with JSON, without the values that serde quotes.
pub fn unquoted(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Io => "the JSON can't be written",
        Category::Syntax => "it is no JSON",
        Category::Data => "the JSON is not what is expected",
        Category::Eof => "the JSON ends too early",
    };
    match error.line() {
        0 => what.to_owned(),
        line => format!("{what}, at line {line} column {}", error.column()),
    }
}

fn long(kind: &str, text: &str) -> String {
    let count = text.chars().count();
    format!("a {kind} of {count} character{}", if count == 1 { "" } else { "s" })
}

/// Foreign text in backticks, at most 40 characters of it, control characters escaped.
pub fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let mut out = String::with_capacity(MOST + 2);
    out.push('`');
    for (count, c) in text.chars().enumerate() {
        if count == MOST {
            out.push('…');
            break;
        }
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out.push('`');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_pointer_wide() {
        assert_eq!(size_of::<Failure>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn collects_its_places_from_the_inside_out() {
        let text = r#"{"lines":[{"sku":1},{"sku":null}]}"#;
        let offset = u32::try_from(text.rfind('{').unwrap()).unwrap();
        let failure = Failure::decode("`sku` is missing")
            .at_source(SourceAt::field(0, offset, "sku"))
            .at_spec("order.yaml", 12)
            .in_field("sku")
            .in_index(1)
            .in_field("lines")
            .at_source(SourceAt::value(0, 0))
            .at_spec("order.yaml", 3)
            .locate(&[text]);
        assert_eq!(
            failure.to_string(),
            "decode_failed: `sku` is missing; in the source at lines[1].sku; in the target at lines[1].sku; order.yaml:12"
        );
        assert_eq!(
            failure.to_json().to_string(),
            r#"{"code":"decode_failed","message":"`sku` is missing","source":"lines[1].sku","target":"lines[1].sku","file":"order.yaml","line":12}"#
        );
    }

    #[test]
    fn leaves_out_what_is_unknown() {
        let json = Failure::overflow("the sum does not fit an int").to_json().to_string();
        assert_eq!(json, r#"{"code":"overflow","message":"the sum does not fit an int"}"#);
    }

    #[test]
    fn tells_no_value_unless_it_is_asked_for() {
        let failure = Failure::expected("an int", "anna@example.com").in_field("age");
        assert_eq!(
            failure.to_string(),
            "decode_failed: expected an int, found a text of 16 characters; in the target at age"
        );
        assert!(format!("{failure:#}").starts_with("decode_failed: expected an int, found `anna@example.com`;"));
        assert!(!failure.to_json().to_string().contains("anna"));
        assert_eq!(failure.quoted(), "expected an int, found `anna@example.com`");
        let error = serde_json::from_str::<u8>(r#""Anna""#).unwrap_err();
        let failure = Failure::json(builtin::DECODE_FAILED, &error).within("other", "the answer: ");
        assert_eq!(failure.detail(), "the answer: the JSON is not what is expected, at line 1 column 6");
        assert!(failure.quoted().contains("Anna"));
    }

    #[test]
    fn bounds_and_escapes_foreign_text() {
        assert_eq!(shown("a\u{1b}[31m\n"), "`a\\u{1b}[31m\\n`");
        assert_eq!(shown(&"x".repeat(1000)).chars().count(), 43);
    }
}
