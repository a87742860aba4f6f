//! From YAML nodes to syntax types: the trait that each syntax type has, and the macros that declare them.
//!
//! One declaration gives the struct, its decoder, and its part of the editor's JSON Schema, so that the language is
//! defined once. Decoding collects every problem and still yields as much as can be had: a key that can't be read is
//! left out, not the document around it. Absent on purpose: any meaning across keys.

use super::name::Text;
use super::schema::SchemaBuilder;
use super::trap::Repair;
use super::yaml::{Entry, Node, NodeKind};
use crate::diagnostic::{Diagnostic, Diagnostics, did_you_mean, suggest};
use crate::rules;
use crate::source::{FileId, Span, Spanned};
use serde_json::{Value, json};

/// Findings of one file that are kept.
const FINDING_LIMIT: usize = 1_000;

/// What can be written in a spec.
pub trait Syntax: Sized {
    /// What it is in a message: "a name", "an expression".
    const WHAT: &'static str;

    /// Reads it. `None` if there is nothing to go on with; then a finding was given.
    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self>;

    /// The JSON Schema of how it is written.
    fn schema(cx: &mut SchemaBuilder) -> Value;
}

/// What decoding one file needs and collects.
#[derive(Debug)]
pub struct Reader<'s> {
    /// The file.
    pub file: FileId,
    /// Its text as the author wrote it.
    pub source: &'s str,
    /// The same, with texts that YAML misreads blanked out, as far as they are known.
    pub(super) blanked: &'s str,
    /// The findings so far.
    pub diagnostics: Diagnostics,
    /// Texts that YAML misread, to be read again as they were meant.
    pub(super) repairs: Vec<Repair>,
}

impl<'s> Reader<'s> {
    /// For one file, whose text is read from `blanked`.
    pub(super) fn new(file: FileId, source: &'s str, blanked: &'s str) -> Self {
        Reader { file, source, blanked, diagnostics: Diagnostics::new(), repairs: Vec::new() }
    }

    /// Adds a finding. Of a file with very many the rest is not kept.
    pub fn report(&mut self, finding: Diagnostic) {
        if !self.is_full() {
            self.diagnostics.push(finding);
        }
    }

    /// Whether no further finding is kept.
    fn is_full(&self) -> bool {
        self.diagnostics.len() >= FINDING_LIMIT
    }

    /// The findings, with a word on those that were not kept.
    pub(super) fn into_findings(mut self) -> Diagnostics {
        if self.is_full() {
            let message =
                format!("there are more than {FINDING_LIMIT} findings in this file; the others are not shown");
            self.diagnostics.push(Diagnostic::new(rules::SPEC007, Span::new(self.file, 0, 0), message));
        }
        self.diagnostics
    }

    /// The text that a span covers.
    pub fn slice(&self, span: Span) -> &'s str {
        self.source.get(span.range()).unwrap_or("")
    }

    /// Reports that something else than `what` was found.
    pub fn wrong_type(&mut self, node: &Node<'_>, what: &str) {
        let found = match &node.kind {
            NodeKind::Scalar { text, .. } if text.is_empty() => "nothing".to_owned(),
            NodeKind::Scalar { text, .. } => format!("`{}`", brief(text)),
            NodeKind::List(_) => "a list".to_owned(),
            NodeKind::Map(_) => "a map".to_owned(),
        };
        self.report(Diagnostic::new(rules::SPEC004, node.head(), format!("expected {what}, found {found}")));
    }

    /// Reports a scalar that is not `what`.
    pub fn not(&mut self, text: &Text, what: &str) {
        self.report(Diagnostic::new(rules::SPEC004, text.span, format!("`{}` is not {what}", brief(text))));
    }

    /// A scalar's text.
    pub fn scalar(&mut self, node: &Node<'_>, what: &str) -> Option<Text> {
        match &node.kind {
            // Written as `""` it is a text like any other.
            NodeKind::Scalar { text, .. } if !node.is_null() => Some(Spanned::new(text.to_string(), node.span)),
            _ => {
                self.wrong_type(node, what);
                None
            }
        }
    }

    /// A map's entries.
    pub fn entries<'n, 'a>(&mut self, node: &'n Node<'a>, what: &str) -> Option<&'n [Entry<'a>]> {
        let NodeKind::Map(entries) = &node.kind else {
            self.wrong_type(node, what);
            return None;
        };
        Some(entries)
    }

    /// One of the words of an enumeration.
    pub fn word<W: Word>(&mut self, text: &Text) -> Option<Spanned<W>> {
        if let Some((_, word)) = W::WORDS.iter().find(|(name, _)| *name == text.value) {
            return Some(Spanned::new(*word, text.span));
        }
        let names: Vec<&str> = W::WORDS.iter().map(|(name, _)| *name).collect();
        let message = format!("`{}` is not {}", brief(text), one_of(&names));
        let help = did_you_mean(text, names.iter().copied());
        self.report(Diagnostic::new(rules::SPEC004, text.span, message).help_opt(help));
        None
    }
}

/// The first 60 characters, on one line.
pub(super) fn brief(text: &str) -> String {
    let mut line: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    line
}

/// `a`, `b` or `c`, each in backticks.
fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// A closed set of words.
pub trait Word: Copy + 'static {
    /// The words and what they stand for.
    const WORDS: &'static [(&'static str, Self)];
    /// What each of them means, in the same order.
    const DOCS: &'static [&'static str];

    /// As written.
    fn text(self) -> &'static str;
}

impl<W: Word> Syntax for Spanned<W> {
    const WHAT: &'static str = "a word";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let text = cx.scalar(node, Self::WHAT)?;
        cx.word(&text)
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        let word = |(word, doc): (&(&str, W), &&str)| json!({ "const": word.0, "description": doc.trim() });
        let words: Vec<Value> = W::WORDS.iter().zip(W::DOCS).map(word).collect();
        json!({ "oneOf": words })
    }
}

impl Syntax for Text {
    const WHAT: &'static str = "text";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        cx.scalar(node, Self::WHAT)
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        // YAML readers of editors take `1.0` for a number; it is text all the same.
        json!({ "type": ["string", "number", "boolean"] })
    }
}

impl Syntax for bool {
    const WHAT: &'static str = "`true` or `false`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        match node.text() {
            Some("true") if node.is_plain() => Some(true),
            Some("false") if node.is_plain() => Some(false),
            _ => {
                cx.wrong_type(node, Self::WHAT);
                None
            }
        }
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": "boolean" })
    }
}

/// The keys of a map that is read as a struct.
#[derive(Debug)]
pub struct Keys<'n, 'a> {
    node: &'n Node<'a>,
    /// The one key that a node which is not a map stands for.
    short: Option<&'static str>,
    known: &'static [&'static str],
}

impl<'n, 'a> Keys<'n, 'a> {
    /// A map; or, if there is a `short` key, anything else as the value of that key.
    pub fn open(
        node: &'n Node<'a>,
        what: &'static str,
        short: Option<&'static str>,
        known: &'static [&'static str],
        cx: &mut Reader<'_>,
    ) -> Option<Self> {
        if node.is_map() {
            let stray = |entry: &Entry<'_>| !known.contains(&entry.key.text.as_ref());
            if short.is_some() && node.map().iter().all(stray) && super::trap::misread_map(node, cx) {
                return None;
            }
            return Some(Keys { node, short: None, known });
        }
        if short.is_none() {
            cx.wrong_type(node, what);
            return None;
        }
        Some(Keys { node, short, known })
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'n Node<'a>> {
        match self.short {
            Some(short) => (short == key).then_some(self.node),
            None => self.node.get(key),
        }
    }

    /// A value that may be left out.
    pub fn optional<T: Syntax>(&self, key: &str, cx: &mut Reader<'_>) -> Option<T> {
        T::read(self.get(key)?, cx)
    }

    /// A value that must be there.
    pub fn required<T: Syntax>(&self, key: &'static str, cx: &mut Reader<'_>) -> Option<T> {
        let Some(node) = self.get(key) else {
            if self.misspelt(key) {
                return None;
            }
            let finding = Diagnostic::new(rules::SPEC003, self.node.head(), format!("`{key}` is missing"));
            cx.report(finding.help(format!("add `{key}:` with {}", T::WHAT)));
            return None;
        };
        T::read(node, cx)
    }

    /// Whether another key was probably meant to be this one: it is unknown, and its finding says which it should be.
    fn misspelt(&self, key: &'static str) -> bool {
        let strays = self.node.map().iter().filter(|entry| !self.known.contains(&entry.key.text.as_ref()));
        strays.into_iter().any(|entry| suggest(&entry.key.text, self.known.iter().copied()) == Some(key))
    }

    /// Reports keys that are not known, and reads duplicates' values for nothing but to have them judged.
    pub fn finish(&self, cx: &mut Reader<'_>) {
        let known = self.known;
        if self.short.is_some() {
            return;
        }
        for entry in self.node.map() {
            if !known.contains(&entry.key.text.as_ref()) && !cx.is_full() {
                let message = format!("unknown key `{}`", brief(&entry.key.text));
                let mut finding = Diagnostic::new(rules::SPEC002, entry.key.span, message);
                if let Some(near) = suggest(&entry.key.text, known.iter().copied()) {
                    finding = finding.help(format!("did you mean `{near}`?")).maybe_fix(entry.key.span, near);
                } else {
                    finding = finding.help(format!("known keys are {}", one_of(known).replace(" or ", " and ")));
                }
                cx.report(finding);
            }
        }
    }
}

/// Declares a struct of the syntax: its keys, whether each must be there, and what each is.
///
/// ```text
/// ast! {
///     /// What it is.
///     pub struct ThingAst short value {      // `short value`: anything but a map is the value of `value`
///         /// What the key is.
///         value: required Text,               // without it there is no thing
///         /// …
///         other as "else": optional Text,     // another key than the field's name; `Option<Text>`
///     }
/// }
/// ```
/// A key is `required` (`T`; without it there is no node), `expected` (`Option<T>`; its absence is a finding),
/// `optional` (`Option<T>`) or `default` (`T`). Each struct has the `span` of its node.
macro_rules! ast {
    (
        $(#[doc = $doc:literal])+
        pub struct $Name:ident $(short $short:ident)? {
            $( $(#[doc = $field_doc:literal])+ $field:ident $(as $key:literal)? : $presence:ident $Type:ty, )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub struct $Name {
            $( $(#[doc = $field_doc])+ pub $field: $crate::syntax::decode::field_type!($presence $Type), )*
            /// Where it stands.
            #[allow(dead_code)] // Of the few that only help to read another, nobody asks it.
            pub span: $crate::source::Span,
        }

        impl PartialEq for $Name {
            fn eq(&self, other: &Self) -> bool {
                $( self.$field == other.$field )&&*
            }
        }

        impl $Name {
            /// Its keys.
            pub const KEYS: &'static [&'static str] =
                &[$( $crate::syntax::decode::key_name!($field $($key)?) ),*];
        }

        impl $crate::syntax::decode::Syntax for $Name {
            const WHAT: &'static str = "a map";

            fn read(
                node: &$crate::syntax::yaml::Node<'_>,
                cx: &mut $crate::syntax::decode::Reader<'_>,
            ) -> Option<Self> {
                #[allow(unused_mut, unused_assignments)]
                let mut short: Option<&'static str> = None;
                $( short = Some(Self::short_key(stringify!($short))); )?
                let keys = $crate::syntax::decode::Keys::open(node, Self::WHAT, short, Self::KEYS, cx)?;
                $( let $field =
                    $crate::syntax::decode::read_field!($presence keys, $crate::syntax::decode::key_name!($field $($key)?), cx); )*
                keys.finish(cx);
                Some($Name {
                    $( $field: $crate::syntax::decode::take_field!($presence $field), )*
                    span: node.span,
                })
            }

            fn schema(cx: &mut $crate::syntax::schema::SchemaBuilder) -> serde_json::Value {
                let doc = concat!($($doc, "\n"),+);
                #[allow(unused_mut, unused_assignments)]
                let mut short: Option<&'static str> = None;
                $( short = Some(Self::short_key(stringify!($short))); )?
                cx.object(stringify!($Name), doc, short, |cx, keys| {
                    $( keys.add(
                        $crate::syntax::decode::key_name!($field $($key)?),
                        concat!($($field_doc, "\n"),+),
                        $crate::syntax::decode::is_needed!($presence),
                        <$Type as $crate::syntax::decode::Syntax>::schema(cx),
                    ); )*
                })
            }
        }

        impl $Name {
            #[allow(dead_code)]
            fn short_key(field: &str) -> &'static str {
                $( if field == stringify!($field) {
                    return $crate::syntax::decode::key_name!($field $($key)?);
                } )*
                ""
            }
        }

        $crate::syntax::decode::default_impl!($Name; $($field $presence),*);
    };
}

/// Declares a closed set of words.
macro_rules! words {
    (
        $(#[doc = $doc:literal])+
        pub enum $Name:ident { $( $(#[doc = $word_doc:literal])+ $Variant:ident = $word:literal, )+ }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $Name { $( $(#[doc = $word_doc])+ $Variant, )+ }

        impl $crate::syntax::decode::Word for $Name {
            const WORDS: &'static [(&'static str, Self)] = &[$( ($word, $Name::$Variant) ),+];
            const DOCS: &'static [&'static str] = &[$( concat!($($word_doc, "\n"),+) ),+];

            fn text(self) -> &'static str {
                match self { $( $Name::$Variant => $word, )+ }
            }
        }
    };
}

/// The type of a field.
macro_rules! field_type {
    (required $Type:ty) => { $Type };
    (default $Type:ty) => { $Type };
    (expected $Type:ty) => { Option<$Type> };
    (optional $Type:ty) => { Option<$Type> };
}

/// The key of a field.
macro_rules! key_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

/// Reads a field as an option.
macro_rules! read_field {
    (required $keys:ident, $key:expr, $cx:ident) => {
        $keys.required($key, $cx)
    };
    (expected $keys:ident, $key:expr, $cx:ident) => {
        $keys.required($key, $cx)
    };
    (optional $keys:ident, $key:expr, $cx:ident) => {
        $keys.optional($key, $cx)
    };
    (default $keys:ident, $key:expr, $cx:ident) => {
        $keys.optional($key, $cx)
    };
}

/// What a field becomes of the option that was read; after every key was.
macro_rules! take_field {
    (required $value:ident) => {
        $value?
    };
    (default $value:ident) => {
        $value.unwrap_or_default()
    };
    (expected $value:ident) => {
        $value
    };
    (optional $value:ident) => {
        $value
    };
}

/// Whether a key must be there.
macro_rules! is_needed {
    (required) => {
        true
    };
    (expected) => {
        true
    };
    (optional) => {
        false
    };
    (default) => {
        false
    };
}

/// A struct without keys that must be there has a default.
macro_rules! default_impl {
    ($Name:ident; $($field:ident $presence:ident),*) => {
        $crate::syntax::decode::default_impl!(@scan $Name [$($field)*] $($presence)*);
    };
    (@scan $Name:ident [$($field:ident)*] optional $($rest:ident)*) => {
        $crate::syntax::decode::default_impl!(@scan $Name [$($field)*] $($rest)*);
    };
    (@scan $Name:ident [$($field:ident)*] default $($rest:ident)*) => {
        $crate::syntax::decode::default_impl!(@scan $Name [$($field)*] $($rest)*);
    };
    (@scan $Name:ident [$($field:ident)*] $presence:ident $($rest:ident)*) => {};
    (@scan $Name:ident [$($field:ident)*]) => {
        impl Default for $Name {
            fn default() -> Self {
                $Name { $( $field: Default::default(), )* span: Default::default() }
            }
        }
    };
}

pub(crate) use {ast, default_impl, field_type, is_needed, key_name, read_field, take_field, words};
