//! The tree of a YAML document: values that know their places and how they were written.

use super::decode::{Reader, Syntax};
use super::schema::SchemaBuilder;
use crate::source::Span;
use serde_json::{Value, json};
use std::borrow::Cow;

/// A value in a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// What it is.
    pub kind: NodeKind<'a>,
    /// Where it stands; a quoted scalar with its quotes, an alias where its anchor is.
    pub span: Span,
    /// Whether it stands inside `[ ]` or `{ }`.
    pub flow: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind<'a> {
    /// Text, free of quotes and escapes.
    Scalar {
        /// The text.
        text: Cow<'a, str>,
        /// How it is written.
        style: Style,
    },
    /// Values in order.
    List(Vec<Node<'a>>),
    /// Keys and values in order.
    Map(Vec<Entry<'a>>),
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// As an indented block after `|` or `>`.
    Block,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    /// The key.
    pub key: Key<'a>,
    /// The value.
    pub value: Node<'a>,
    /// Whether the key stood before in the same map; that was reported.
    pub duplicate: bool,
}

/// A key.
#[derive(Debug, Clone, PartialEq)]
pub struct Key<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// How it is written.
    pub style: Style,
    /// Where it stands, with its quotes.
    pub span: Span,
}

impl Key<'_> {
    /// Whether it stands without quotes.
    pub fn is_plain(&self) -> bool {
        self.style == Style::Plain
    }
}

impl<'a> Node<'a> {
    /// A scalar's text.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it is a scalar without quotes.
    pub fn is_plain(&self) -> bool {
        matches!(self.kind, NodeKind::Scalar { style: Style::Plain, .. })
    }

    /// Whether nothing is written, or a word for nothing.
    pub fn is_null(&self) -> bool {
        self.is_plain() && self.text().is_some_and(|text| matches!(text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Whether it is a map.
    pub fn is_map(&self) -> bool {
        matches!(self.kind, NodeKind::Map(_))
    }

    /// A map's entries; none if it is not a map.
    pub fn map(&self) -> &[Entry<'a>] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// A list's elements.
    pub fn list(&self) -> Option<&[Node<'a>]> {
        match &self.kind {
            NodeKind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.map().iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    /// Where to point at when something is said of the whole: at a map's first key, not at all of its lines.
    pub fn head(&self) -> Span {
        match &self.kind {
            NodeKind::Scalar { .. } => self.span,
            NodeKind::List(items) if self.flow || items.is_empty() => self.span,
            NodeKind::List(items) => items.first().map_or(self.span, Node::head),
            NodeKind::Map(entries) => entries.first().map_or(self.span, |entry| entry.key.span),
        }
    }

    /// The same, independent of the text that it was read from.
    pub fn into_owned(self) -> Node<'static> {
        let kind = match self.kind {
            NodeKind::Scalar { text, style } => NodeKind::Scalar { text: Cow::Owned(text.into_owned()), style },
            NodeKind::List(items) => NodeKind::List(items.into_iter().map(Node::into_owned).collect()),
            NodeKind::Map(entries) => NodeKind::Map(entries.into_iter().map(Entry::into_owned).collect()),
        };
        Node { kind, span: self.span, flow: self.flow }
    }
}

impl Entry<'_> {
    fn into_owned(self) -> Entry<'static> {
        let Key { text, style, span } = self.key;
        let key = Key { text: Cow::Owned(text.into_owned()), style, span };
        Entry { key, value: self.value.into_owned(), duplicate: self.duplicate }
    }
}

/// A value that is kept as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw(pub Node<'static>);

impl Syntax for Raw {
    const WHAT: &'static str = "a value";

    fn read(node: &Node<'_>, _: &mut Reader<'_>) -> Option<Self> {
        Some(Raw(node.clone().into_owned()))
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!(true)
    }
}
