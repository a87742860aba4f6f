//! Expected against actual, by value: amounts, decimals and timestamps as what they mean, the rest as written.
//!
//! The type of what was made leads: `"1.50"` is the same as `"1.5"` where a decimal stands and another where text does.
//! What a system takes is compared as JSON, its numbers by value. Absent on purpose: order within a list is never ignored.

use super::document::Document;
use crate::model::{Id, Model, Struct, Type};
use crossdock_runtime::{Decimal, Timestamp};
use std::fmt;

/// The parts of money and quantities.
static NUMBER: Type = Type::DECIMAL;
static TEXT: Type = Type::STRING;

/// One place at which a result is not the expected one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// `lines[3].sku`; empty for the whole.
    pub path: String,
    /// JSON; none if nothing was expected there.
    pub expected: Option<String>,
    /// JSON; none if nothing is there.
    pub actual: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the result" } else { &self.path };
        match (&self.expected, &self.actual) {
            (Some(expected), Some(actual)) => write!(f, "{path}: expected {expected}, got {actual}"),
            (Some(expected), None) => write!(f, "{path}: expected {expected}, got nothing"),
            (None, Some(actual)) => write!(f, "{path}: expected nothing, got {actual}"),
            (None, None) => write!(f, "{path}"),
        }
    }
}

/// Where a result of a type differs from the expected one; with `patch`, in the encoding of patches.
pub fn compare(model: &Model, ty: &Type, patch: bool, expected: &Document, actual: &Document) -> Vec<Difference> {
    let mut comparison = Comparison { model, patch, path: String::new(), found: Vec::new() };
    comparison.values(Some(ty), expected, actual);
    comparison.found
}

struct Comparison<'m> {
    model: &'m Model,
    patch: bool,
    path: String,
    found: Vec<Difference>,
}

impl<'m> Comparison<'m> {
    fn values(&mut self, ty: Option<&'m Type>, expected: &Document, actual: &Document) {
        let ty = ty.map(Type::inner);
        match (expected, actual) {
            (Document::Map(_), Document::Map(_)) => self.maps(ty, expected, actual),
            (Document::List(left), Document::List(right)) => {
                // A document that holds many gives a list of what its mapping makes.
                let element = ty.map(|ty| ty.element().unwrap_or(ty));
                for at in 0..left.len().max(right.len()) {
                    self.below(&format!("[{at}]"), |c| c.parts(element, left.get(at), right.get(at)));
                }
            }
            _ if same(ty, expected, actual) => {}
            _ => self.differ(Some(expected), Some(actual)),
        }
    }

    fn maps(&mut self, ty: Option<&'m Type>, expected: &Document, actual: &Document) {
        let added = actual.map().iter().filter(|(key, _)| expected.get(key).is_none());
        let keys: Vec<&str> = expected.map().iter().chain(added).map(|(key, _)| key.as_str()).collect();
        for key in keys {
            let mut step = String::new();
            crossdock_runtime::json::push_key(&mut step, key);
            if !self.path.is_empty() && !step.starts_with('[') {
                step.insert(0, '.');
            }
            let of = ty.and_then(|ty| self.type_of(ty, key));
            self.below(&step, |c| c.parts(of, expected.get(key), actual.get(key)));
        }
    }

    /// The type of what stands under a key of a value of this type; none if the wire decides.
    fn type_of(&self, ty: &'m Type, key: &str) -> Option<&'m Type> {
        match ty {
            Type::Struct(id) => self.field_type(*id, key, ty),
            Type::Map(_, of) => Some(of),
            Type::Money if key == "amount" => Some(&NUMBER),
            Type::Quantity if key == "value" => Some(&NUMBER),
            Type::Money | Type::Quantity => Some(&TEXT),
            // A keyed list in a patch: what is set are elements.
            Type::List(_) if self.patch && key == "set" => Some(ty),
            _ => None,
        }
    }

    fn field_type(&self, id: Id<Struct>, key: &str, own: &'m Type) -> Option<&'m Type> {
        let of = &self.model.structs[id];
        if of.is_record() {
            return None;
        }
        let field = of.position(key).and_then(|at| of.field(at));
        match field {
            Some(field) => Some(&field.ty),
            // The identity that a patch names is spelt by the object's own fields.
            None => (self.patch && key == "find").then_some(own),
        }
    }

    /// Parts that may be missing on either side. In a patch null clears; elsewhere it is the same as nothing.
    fn parts(&mut self, ty: Option<&'m Type>, expected: Option<&Document>, actual: Option<&Document>) {
        let nothing = |part: Option<&Document>| match part {
            None => true,
            Some(part) => !self.patch && ty.is_some() && *part == Document::Null,
        };
        match (expected, actual) {
            _ if nothing(expected) && nothing(actual) => {}
            (Some(expected), Some(actual)) => self.values(ty, expected, actual),
            (expected, actual) => self.differ(expected, actual),
        }
    }

    fn below(&mut self, step: &str, compare: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(step);
        compare(self);
        self.path.truncate(length);
    }

    fn differ(&mut self, expected: Option<&Document>, actual: Option<&Document>) {
        let expected = expected.map(Document::to_json);
        let actual = actual.map(Document::to_json);
        self.found.push(Difference { path: self.path.clone(), expected, actual });
    }
}

/// Whether two scalars of a type mean the same; `None` is whatever stands on a wire.
fn same(ty: Option<&Type>, expected: &Document, actual: &Document) -> bool {
    if expected == actual {
        return true;
    }
    let decimals = |a: &str, b: &str| Decimal::parse(a).is_ok_and(|a| Decimal::parse(b).is_ok_and(|b| a == b));
    let instants =
        |a: &str, b: &str| Timestamp::parse_rfc3339(a).is_ok_and(|a| Timestamp::parse_rfc3339(b).is_ok_and(|b| a == b));
    match (ty, expected, actual) {
        (None | Some(Type::Json | Type::Any), Document::Number(a), Document::Number(b)) => decimals(a, b),
        (None | Some(Type::Json | Type::Any | Type::Bool), _, _) => false,
        (Some(ty), expected, actual) => {
            let (Some(a), Some(b)) = (expected.scalar(), actual.scalar()) else { return false };
            match ty {
                Type::Decimal(_) | Type::Int => decimals(a, b),
                Type::Timestamp => instants(a, b),
                // A number where text belongs is how YAML reads an unquoted text.
                _ => a == b,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(ty: &Type, patch: bool, expected: &str, actual: &str) -> Vec<String> {
        let document = |text: &str| Document::from_json(text.as_bytes()).unwrap();
        let found = compare(&Model::default(), ty, patch, &document(expected), &document(actual));
        found.iter().map(Difference::to_string).collect()
    }

    #[test]
    fn amounts_and_instants_are_compared_by_value() {
        let money = (r#"{"amount":"1.50","currency":"USD"}"#, r#"{"amount":"1.5","currency":"USD"}"#);
        assert!(differences(&Type::Money, false, money.0, money.1).is_empty());
        let instants = (r#""2025-03-04T23:00:00-05:00""#, r#""2025-03-05T04:00:00Z""#);
        assert!(differences(&Type::Timestamp, false, instants.0, instants.1).is_empty());
        let other = differences(&Type::Money, false, money.0, r#"{"amount":"1.51","currency":"USD"}"#);
        assert_eq!(other, [r#"amount: expected "1.50", got "1.51""#]);
    }

    #[test]
    fn of_many_each_is_compared_by_its_type() {
        let many = (r#"["2025-03-04T23:00:00+00:00"]"#, r#"["2025-03-04T23:00:00Z"]"#);
        assert!(differences(&Type::Timestamp, false, many.0, many.1).is_empty());
    }

    #[test]
    fn text_is_compared_as_text() {
        assert_eq!(differences(&Type::STRING, false, r#""1.50""#, r#""1.5""#).len(), 1);
        let list = Type::List(Box::new(Type::STRING));
        assert_eq!(differences(&list, false, r#"["a","b"]"#, r#"["a"]"#), [r#"[1]: expected "b", got nothing"#]);
    }

    #[test]
    fn null_clears_in_a_patch_and_is_nothing_elsewhere() {
        let map = Type::Map(Box::new(Type::STRING), Box::new(Type::STRING));
        assert!(differences(&map, false, r#"{"a":null}"#, "{}").is_empty());
        assert_eq!(differences(&map, true, r#"{"a":null}"#, "{}"), ["a: expected null, got nothing"]);
    }
}
