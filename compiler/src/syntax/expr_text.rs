//! The text of an expression, with the place of each of its characters. What it means is `expr`'s to say.

use super::decode::{Reader, Syntax};
use super::schema::SchemaBuilder;
use super::yaml::{Node, NodeKind, Style};
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::Span;
use serde_json::{Value, json};
use std::ops::Range;

/// An expression as written. Two are equal if their texts are.
#[derive(Debug, Clone, Default)]
pub struct ExprText {
    /// The text, free of YAML.
    pub text: String,
    /// Where it stands, without quotes.
    pub span: Span,
    /// Where each of its bytes stands, if the file does not hold it byte for byte.
    places: Option<Box<[u32]>>,
}

impl ExprText {
    /// A text that the file holds byte for byte in a place.
    pub fn exact(text: impl Into<String>, span: Span) -> Self {
        ExprText { text: text.into(), span, places: None }
    }

    /// A text that the file holds with escapes or folded over lines; `raw` is what stands there.
    fn written(text: String, raw: &str, style: Style, span: Span) -> Self {
        if raw == text {
            return Self::exact(text, span);
        }
        let places = places(&text, raw, style, span);
        ExprText { text, span, places: Some(places) }
    }

    /// Where a range of bytes of the text stands.
    pub fn span_at(&self, range: Range<u32>) -> Span {
        let at = |offset: u32| match &self.places {
            None => self.span.start.saturating_add(offset).min(self.span.end),
            Some(places) => places.get(offset as usize).copied().unwrap_or(self.span.end),
        };
        // The end is where the last byte ends, not where the next one starts, which may be lines below.
        let end = match (&self.places, range.end.checked_sub(1)) {
            (Some(_), Some(last)) if range.end > range.start => at(last).saturating_add(1).min(self.span.end),
            _ => at(range.end),
        };
        Span::new(self.span.file, at(range.start), end)
    }

    /// A part of the text, by its bytes; what is not there is empty.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let text = self.text.get(range.clone()).unwrap_or_default().to_owned();
        let places = self.places.as_ref().map(|places| places.get(range.clone()).unwrap_or_default().into());
        ExprText { text, span: self.span_at(at(range.start)..at(range.end)), places }
    }

    /// Reads a scalar of this kind: something whose inner places matter, and that YAML may misread.
    pub(super) fn read_as(node: &Node<'_>, cx: &mut Reader<'_>, what: &'static str) -> Option<Self> {
        let NodeKind::Scalar { text, style } = &node.kind else {
            super::trap::misread(node, what, cx);
            return None;
        };
        if text.is_empty() {
            cx.wrong_type(node, what);
            return None;
        }
        if *style == Style::Plain && super::trap::cut_short(node, text, cx) {
            return None;
        }
        let span = match style {
            Style::Single | Style::Double => {
                Span::new(node.span.file, node.span.start + 1, node.span.end.saturating_sub(1))
            }
            Style::Plain | Style::Block => node.span,
        };
        Some(Self::written(text.clone().into_owned(), cx.slice(span), *style, span))
    }
}

/// Where each byte of a text stands in what was written for it: the two run side by side, with escapes and line breaks
/// skipped over. Where they part, which only rare escapes make them, the rest stands at the end.
fn places(text: &str, raw: &str, style: Style, span: Span) -> Box<[u32]> {
    let mut places = Vec::with_capacity(text.len());
    // A block's text starts below its `|` or `>`.
    let mut at = if style == Style::Block && raw.starts_with(['|', '>']) { raw.find('\n').unwrap_or(0) } else { 0 };
    for c in text.chars() {
        let rest = raw.get(at..).unwrap_or("");
        // Line breaks and the blanks around them stand for one blank, or for a line break in a block.
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let folded = rest.get(..blanks).unwrap_or("").contains('\n');
        if folded && !c.is_whitespace() {
            at += blanks;
        }
        let rest = raw.get(at..).unwrap_or("");
        let start = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(span.start);
        let same = rest.starts_with(c);
        let mut one_by_one = false;
        let length = match rest.chars().next() {
            Some('\\') if style == Style::Double => Some(1 + rest.chars().nth(1).map_or(0, char::len_utf8)),
            Some('\'') if style == Style::Single => Some(2),
            Some(_) if folded && c.is_whitespace() => Some(blanks),
            Some(_) if same => {
                // Its bytes stand behind each other, so that a span of it ends behind it.
                one_by_one = true;
                Some(c.len_utf8())
            }
            _ => None,
        };
        let start = if length.is_some() { start } else { span.end };
        let width = u32::try_from(c.len_utf8()).unwrap_or(1);
        places.extend((0..width).map(|byte| start.saturating_add(if one_by_one { byte } else { 0 }).min(span.end)));
        at = length.map_or(raw.len(), |length| at + length);
    }
    places.into_boxed_slice()
}

impl PartialEq for ExprText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ExprText {}

impl Syntax for ExprText {
    const WHAT: &'static str = "an expression";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        Self::read_as(node, cx, Self::WHAT)
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": ["string", "number", "boolean"] })
    }
}

/// An expression that gives a list, for `each`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListText(pub ExprText);

impl Syntax for ListText {
    const WHAT: &'static str = "an expression that gives a list";

    /// One expression in brackets is meant as the list itself, and not as a list of one.
    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let Some([only]) = node.list() else { return ExprText::read_as(node, cx, Self::WHAT).map(Self) };
        if !matches!(only.kind, NodeKind::Scalar { style: Style::Plain, .. }) || !cx.slice(node.span).starts_with('[') {
            return ExprText::read_as(node, cx, Self::WHAT).map(Self);
        }
        let list = ExprText::read(only, cx)?;
        let message = format!("expected {}, found one in brackets", Self::WHAT);
        let finding = Diagnostic::new(rules::SPEC004, node.span, message).help("leave out the brackets");
        cx.report(finding.fix(node.span, list.text.clone()));
        Some(Self(list))
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        ExprText::schema(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    /// What `part` of the text points to in `raw`.
    fn pointed<'r>(raw: &'r str, text: &str, style: Style, part: &str) -> &'r str {
        let span = Span::new(FileId(0), 0, u32::try_from(raw.len()).unwrap());
        let expr = ExprText::written(text.to_owned(), raw, style, span);
        let start = u32::try_from(text.find(part).unwrap()).unwrap();
        let end = start + u32::try_from(part.len()).unwrap();
        &raw[expr.span_at(start..end).range()]
    }

    #[test]
    fn places_are_found_behind_escapes_and_line_breaks() {
        assert_eq!(pointed("a == b", "a == b", Style::Plain, "b"), "b");
        assert_eq!(pointed("a ==\n     bee", "a == bee", Style::Plain, "bee"), "bee");
        assert_eq!(pointed(r#"a == \"x\" + bee"#, r#"a == "x" + bee"#, Style::Double, "bee"), "bee");
        assert_eq!(pointed(r#"a == \"ü\" + bee"#, r#"a == "ü" + bee"#, Style::Double, "ü"), "ü");
        assert_eq!(pointed(r#"\"a\" == ü"#, r#""a" == ü"#, Style::Double, "ü"), "ü");
        assert_eq!(pointed("a == ''x'' + bee", "a == 'x' + bee", Style::Single, "bee"), "bee");
        assert_eq!(pointed("|\n  a\n  + bee\n", "a\n+ bee\n", Style::Block, "bee").trim(), "bee");
    }

    #[test]
    fn a_range_past_the_end_points_at_the_end() {
        let expr = ExprText::exact("abc", Span::new(FileId(0), 10, 13));
        assert_eq!(expr.span_at(2..99), Span::new(FileId(0), 12, 13));
        assert_eq!(expr.span_at(3..3), Span::new(FileId(0), 13, 13));
        assert_eq!(ExprText::default().span_at(5..9), Span::default());
    }
}
