//! Paths: `lines.shipped`, `landing_site*`, `[to_Item, results]`.

use super::decode::{Reader, Syntax};
use super::expr_text::ExprText;
use super::name::Text;
use super::schema::SchemaBuilder;
use super::yaml::{Key, Node};
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::{Span, Spanned};
use serde_json::{Value, json};

/// A path into an object or a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathAst {
    /// As written; the segments of a list joined with dots.
    pub text: String,
    /// Its parts, each with where it stands. A list's parts are literal keys, which may hold dots.
    pub segments: Vec<Text>,
    /// Where it stands.
    pub span: Span,
}

impl PathAst {
    /// Splits a dotted path. Empty parts are reported.
    fn parse(text: &ExprText, cx: &mut Reader<'_>) -> Option<Self> {
        let mut segments = Vec::new();
        let mut start = 0_u32;
        for part in text.text.split('.') {
            let end = start.saturating_add(u32::try_from(part.len()).unwrap_or(u32::MAX));
            segments.push(Spanned::new(part.to_owned(), text.span_at(start..end)));
            start = end.saturating_add(1);
        }
        if segments.iter().any(|segment| segment.is_empty() || segment.contains(char::is_whitespace)) {
            let message = format!("`{}` is not a path, such as `lines.shipped`", text.text);
            cx.report(Diagnostic::new(rules::SPEC004, text.span, message));
            return None;
        }
        Some(PathAst { text: text.text.clone(), segments, span: text.span })
    }

    fn read_key(key: &Key<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let quote = u32::from(!key.is_plain());
        let span = Span::new(key.span.file, key.span.start + quote, key.span.end.saturating_sub(quote));
        let text = ExprText::exact(key.text.clone(), span);
        Self::parse(&text, cx)
    }
}

impl Syntax for PathAst {
    const WHAT: &'static str = "a path, such as `lines.shipped`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if let Some(items) = node.list() {
            let segments: Vec<Text> = items.iter().filter_map(|item| cx.scalar(item, "a key")).collect();
            if segments.is_empty() {
                cx.wrong_type(node, Self::WHAT);
                return None;
            }
            let text = segments.iter().map(|segment| segment.as_str()).collect::<Vec<_>>().join(".");
            return Some(PathAst { text, segments, span: node.span });
        }
        let text = ExprText::read_as(node, cx, Self::WHAT)?;
        Self::parse(&text, cx)
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }] })
    }
}

/// Things by path, in order of declaration. A path that stands twice was reported and is here once, the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByPath<T> {
    /// Path and thing.
    pub entries: Vec<(PathAst, T)>,
}

impl<T> Default for ByPath<T> {
    fn default() -> Self {
        ByPath { entries: Vec::new() }
    }
}

impl<T> ByPath<T> {
    /// Path and thing, in order of declaration.
    pub fn iter(&self) -> std::slice::Iter<'_, (PathAst, T)> {
        self.entries.iter()
    }

    /// A thing by its path as written.
    pub fn get(&self, path: &str) -> Option<&T> {
        self.entries.iter().find(|(other, _)| other.text == path).map(|(_, thing)| thing)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

impl<'a, T> IntoIterator for &'a ByPath<T> {
    type Item = &'a (PathAst, T);
    type IntoIter = std::slice::Iter<'a, (PathAst, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<T: Syntax> Syntax for ByPath<T> {
    const WHAT: &'static str = "a map of paths";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let entries = cx.entries(node, Self::WHAT)?;
        let mut by_path = ByPath { entries: Vec::with_capacity(entries.len()) };
        for entry in entries {
            let path = PathAst::read_key(&entry.key, cx);
            let thing = T::read(&entry.value, cx);
            if let (Some(path), Some(thing), false) = (path, thing, entry.duplicate) {
                by_path.entries.push((path, thing));
            }
        }
        Some(by_path)
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "type": "object", "additionalProperties": T::schema(cx) })
    }
}
