//! What the typed language leaves out as a whole: cases that need protocol buffers, values whose type is known only when
//! they are there, binary floats, unsigned integers, or types as values.

use super::case::Case;
use serde_json::Value as Json;

/// A part of CEL that the language does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Predicate {
    /// Messages and enums of protocol buffers, and names resolved in their packages.
    Protobuf,
    /// `dyn`, and null, which is of every type.
    Dyn,
    /// Binary floating point: conversion to it, division of it, its infinities, and numbers that no decimal holds.
    Double,
    /// Unsigned integers.
    Uint,
    /// `type(x)` and types as values.
    TypeOf,
}

impl Predicate {
    /// Its name in reports.
    pub fn word(self) -> &'static str {
        match self {
            Predicate::Protobuf => "protobuf",
            Predicate::Dyn => "dyn",
            Predicate::Double => "double",
            Predicate::Uint => "uint",
            Predicate::TypeOf => "type()",
        }
    }
}

/// The part that a case needs, if it needs one that is not there.
pub fn predicate(case: &Case) -> Option<Predicate> {
    let words = Words::of(&case.expr);
    let typed = |name: &str| {
        case.variables.iter().any(|(_, ty, _)| ty.pointer("/primitive").and_then(Json::as_str) == Some(name))
    };
    let yields = |kind: &str| case.value.as_ref().is_some_and(|value| mentions(value, kind));
    if case.container.is_some() || words.message || yields("object_value") || yields("enum_value") {
        return Some(Predicate::Protobuf);
    }
    if words.has("type") || yields("type_value") || words.types_as_values {
        return Some(Predicate::TypeOf);
    }
    if words.has("dyn") || words.null || yields("null_value") {
        return Some(Predicate::Dyn);
    }
    if words.unsigned || words.has("uint") || typed("UINT64") || yields("uint64_value") {
        return Some(Predicate::Uint);
    }
    if words.has("double") || words.float_arithmetic {
        return Some(Predicate::Double);
    }
    None
}

fn mentions(value: &Json, kind: &str) -> bool {
    match value {
        Json::Object(parts) => parts.iter().any(|(key, part)| key == kind || mentions(part, kind)),
        Json::Array(items) => items.iter().any(|item| mentions(item, kind)),
        _ => false,
    }
}

/// What stands in an expression outside its texts.
#[derive(Debug, Default)]
struct Words {
    called: Vec<String>,
    message: bool,
    null: bool,
    unsigned: bool,
    float_arithmetic: bool,
    types_as_values: bool,
}

impl Words {
    fn of(expr: &str) -> Words {
        let plain = without_texts(expr);
        let mut words = Words::default();
        let chars: Vec<char> = plain.chars().collect();
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            let start = at;
            let part = |c: char| c.is_alphanumeric() || c == '_';
            if !part(c) {
                at += 1;
                continue;
            }
            while chars.get(at).is_some_and(|c| part(*c)) {
                at += 1;
            }
            let word: String = chars.get(start..at).unwrap_or_default().iter().collect();
            let rest: String = chars.get(at..).unwrap_or_default().iter().collect();
            let before = chars.get(..start).unwrap_or_default().iter().rev().find(|c| !c.is_whitespace()).copied();
            words.word(&word, rest.trim_start(), before);
        }
        // A quotient of fractions is exact only where somebody says how many digits it has.
        words.float_arithmetic |= divides_fractions(&plain);
        words
    }

    fn word(&mut self, word: &str, rest: &str, before: Option<char>) {
        if rest.starts_with('(') && before != Some('.') {
            self.called.push(word.to_owned());
        }
        let number = word.starts_with(|c: char| c.is_ascii_digit());
        self.unsigned |= number && word.ends_with(['u', 'U']);
        self.null |= word == "null" && before != Some('.');
        self.message |= word == "google" && rest.starts_with(".protobuf");
        self.message |= word.starts_with(char::is_uppercase) && rest.starts_with('{');
        let a_type = matches!(word, "int" | "uint" | "double" | "bool" | "string" | "bytes" | "list" | "map" | "null_type");
        self.types_as_values |= a_type && !rest.starts_with(['(', ':']) && before != Some('.');
    }

    fn has(&self, function: &str) -> bool {
        self.called.iter().any(|f| f == function)
    }
}

/// The expression with every text and every name in backticks blanked.
fn without_texts(expr: &str) -> String {
    let mut plain = String::with_capacity(expr.len());
    let mut chars = expr.chars().peekable();
    while let Some(c) = chars.next() {
        if !matches!(c, '\'' | '"' | '`') {
            plain.push(c);
            continue;
        }
        plain.push(' ');
        let mut escaped = false;
        for inner in chars.by_ref() {
            if !escaped && inner == c {
                break;
            }
            escaped = inner == '\\' && !escaped;
        }
    }
    plain
}

fn divides_fractions(plain: &str) -> bool {
    let Some((left, right)) = plain.split_once('/') else { return false };
    let fraction = |text: &str| {
        text.as_bytes().windows(3).any(|w| matches!(w, [a, b'.', b] if a.is_ascii_digit() && b.is_ascii_digit()))
    };
    fraction(left) || fraction(right)
}
