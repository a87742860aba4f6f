//! Names, codes, and maps whose keys are either.

use super::decode::{Reader, Syntax};
use super::schema::SchemaBuilder;
use super::yaml::{Key, Node};
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::{Span, Spanned};
use serde_json::{Value, json};
use std::marker::PhantomData;
use std::ops::Deref;

/// Text that names, describes or says something; the names in it are looked up later.
pub type Text = Spanned<String>;

/// How the names of one kind of thing are written.
pub trait Convention {
    /// A regular expression for the editor's schema, if any name is not as good as another.
    const PATTERN: Option<&'static str>;
    /// Whether a word for nothing is a name like any other, to be judged by `check`.
    const NULL: bool = false;

    /// Whether a name is written so.
    fn is_well(_: &str) -> bool {
        true
    }

    /// Reports a name that is not written so. `plain` if it stands without quotes.
    fn check(name: &Text, plain: bool, cx: &mut Reader<'_>);
}

/// `snake_case`: canonical fields, systems, operations, mappings, exceptions, teams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Snake;

/// `PascalCase`: objects, values, code lists, records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pascal;

/// Whatever a partner or a person calls it: a record's fields, headers, reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Free;

/// A code: any text, but written so that every YAML reader takes it for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coded;

impl Convention for Snake {
    const PATTERN: Option<&'static str> = Some("^[a-z][a-z0-9]*(_[a-z0-9]+)*$");

    fn is_well(name: &str) -> bool {
        is_word(name, |c| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !name.contains("__")
            && !name.ends_with('_')
    }

    fn check(name: &Text, _: bool, cx: &mut Reader<'_>) {
        if !Self::is_well(name) {
            bad_name(name, "snake_case", to_snake(name), cx);
        }
    }
}

impl Convention for Pascal {
    const PATTERN: Option<&'static str> = Some("^[A-Z][A-Za-z0-9]*$");

    fn is_well(name: &str) -> bool {
        is_word(name, |c| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
    }

    fn check(name: &Text, _: bool, cx: &mut Reader<'_>) {
        if !Self::is_well(name) {
            bad_name(name, "PascalCase", to_pascal(name), cx);
        }
    }
}

impl Convention for Free {
    const PATTERN: Option<&'static str> = None;

    fn check(_: &Text, _: bool, _: &mut Reader<'_>) {}
}

impl Convention for Coded {
    const PATTERN: Option<&'static str> = None;
    const NULL: bool = true;

    fn check(code: &Text, plain: bool, cx: &mut Reader<'_>) {
        if plain && let Some(reading) = super::ambiguous::other_reading(code) {
            let message = format!("`{}` is read as {reading} by some YAML readers and as text by others", code.value);
            let finding = Diagnostic::new(rules::SPEC006, code.span, message).help("write it in quotes");
            cx.report(finding.fix(code.span, super::trap::quoted(code)));
        }
    }
}

fn is_word(name: &str, first: impl Fn(char) -> bool) -> bool {
    name.chars().next().is_some_and(first)
}

fn bad_name(name: &Text, convention: &str, better: Option<String>, cx: &mut Reader<'_>) {
    let message = if name.is_empty() {
        "a name may not be empty".to_owned()
    } else {
        format!("`{}` is not written in {convention}", name.value)
    };
    let help = better.map_or_else(|| "a name starts with a letter".to_owned(), |better| format!("write `{better}`"));
    cx.report(Diagnostic::new(rules::SPEC009, name.span, message).help(help));
}

/// The words of a name written in any convention.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = '_';
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            let starts =
                !previous.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && !previous.is_ascii_uppercase());
            match words.last_mut() {
                Some(word) if !starts => word.push(c.to_ascii_lowercase()),
                _ => words.push(c.to_ascii_lowercase().to_string()),
            }
        }
        previous = c;
    }
    words
}

fn to_snake(name: &str) -> Option<String> {
    let better = words(name).join("_");
    better.starts_with(|c: char| c.is_ascii_lowercase()).then_some(better)
}

fn to_pascal(name: &str) -> Option<String> {
    let upper = |word: String| {
        let mut chars = word.chars();
        chars.next().map(|first| format!("{}{}", first.to_ascii_uppercase(), chars.as_str())).unwrap_or_default()
    };
    let better: String = words(name).into_iter().map(upper).collect();
    better.starts_with(|c: char| c.is_ascii_uppercase()).then_some(better)
}

/// A name where a thing gets it; where it is only referred to, it is [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Name<C> {
    /// The name and where it stands.
    pub text: Text,
    convention: PhantomData<C>,
}

impl<C: Convention> Name<C> {
    /// Whether it is written as names of its kind are; if not, it has its finding.
    pub fn is_well(&self) -> bool {
        C::is_well(&self.text)
    }
}

impl<C> Deref for Name<C> {
    type Target = Text;

    fn deref(&self) -> &Text {
        &self.text
    }
}

impl<C: Convention> Syntax for Name<C> {
    const WHAT: &'static str = "a name";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let plain = node.is_plain();
        let text = match node.text() {
            Some(null) if C::NULL && !null.is_empty() => Spanned::new(null.to_owned(), node.span),
            _ => cx.scalar(node, Self::WHAT)?,
        };
        C::check(&text, plain, cx);
        Some(Name { text, convention: PhantomData })
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        let mut schema = json!({ "type": "string" });
        if let (Some(pattern), Some(schema)) = (C::PATTERN, schema.as_object_mut()) {
            schema.insert("pattern".to_owned(), pattern.into());
        }
        schema
    }
}

/// A code where it is used: any scalar, written so that every YAML reader takes it for text.
pub type CodeText = Name<Coded>;

/// Things by name, in order of declaration. A name that stands twice was reported and is here once, the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<C, T> {
    /// Name and thing.
    pub entries: Vec<(Text, T)>,
    convention: PhantomData<C>,
}

impl<C, T> Default for Named<C, T> {
    fn default() -> Self {
        Named { entries: Vec::new(), convention: PhantomData }
    }
}

impl<C, T> Named<C, T> {
    /// Name and thing, in order of declaration.
    pub fn iter(&self) -> std::slice::Iter<'_, (Text, T)> {
        self.entries.iter()
    }

    /// The names, in order of declaration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// A thing by its name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.entries.iter().find(|(other, _)| other.value == name).map(|(_, thing)| thing)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<'a, C, T> IntoIterator for &'a Named<C, T> {
    type Item = &'a (Text, T);
    type IntoIter = std::slice::Iter<'a, (Text, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<C: Convention, T: Syntax> Syntax for Named<C, T> {
    const WHAT: &'static str = "a map of names";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let entries = cx.entries(node, Self::WHAT)?;
        let mut named = Named { entries: Vec::with_capacity(entries.len()), convention: PhantomData };
        for entry in entries {
            let name = entry.key.to_text();
            if !entry.duplicate {
                C::check(&name, entry.key.is_plain(), cx);
            }
            // A duplicate is read for its own findings only.
            let thing = T::read(&entry.value, cx);
            if let (Some(thing), false) = (thing, entry.duplicate) {
                named.entries.push((name, thing));
            }
        }
        Some(named)
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        let mut schema = json!({ "type": "object", "additionalProperties": T::schema(cx) });
        if let (Some(pattern), Some(schema)) = (C::PATTERN, schema.as_object_mut()) {
            schema.insert("propertyNames".to_owned(), json!({ "pattern": pattern }));
        }
        schema
    }
}

impl Key<'_> {
    /// The key as text with its place.
    pub fn to_text(&self) -> Text {
        Spanned::new(self.text.clone().into_owned(), self.span)
    }
}

/// Where a thing without a name of its own stands, for messages.
pub(super) fn place(span: Span, text: &str) -> Text {
    Spanned::new(text.to_owned(), span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_rewritten_in_the_other_convention() {
        assert_eq!(to_snake("ShipMethod").as_deref(), Some("ship_method"));
        assert_eq!(to_snake("shipHTTPMethod").as_deref(), Some("ship_httpmethod"));
        assert_eq!(to_snake("Ship-To").as_deref(), Some("ship_to"));
        assert_eq!(to_snake("1x"), None);
        assert_eq!(to_pascal("ship_method").as_deref(), Some("ShipMethod"));
        assert_eq!(to_pascal("orderLine").as_deref(), Some("OrderLine"));
        assert_eq!(to_pascal(""), None);
    }
}
