//! Lists, and what may be written as one thing or as a list of them.

use super::decode::{Reader, Syntax};
use super::schema::SchemaBuilder;
use super::yaml::Node;
use serde_json::{Value, json};
use std::ops::Deref;

impl<T: Syntax> Syntax for Vec<T> {
    const WHAT: &'static str = "a list";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let Some(items) = node.list() else {
            cx.wrong_type(node, Self::WHAT);
            return None;
        };
        Some(items.iter().filter_map(|item| T::read(item, cx)).collect())
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "type": "array", "items": T::schema(cx) })
    }
}

/// One thing, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany(Vec::new())
    }
}

impl<T> Deref for OneOrMany<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a OneOrMany<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Syntax> Syntax for OneOrMany<T> {
    const WHAT: &'static str = T::WHAT;

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.list().is_some() {
            Syntax::read(node, cx).map(OneOrMany)
        } else {
            T::read(node, cx).map(|one| OneOrMany(vec![one]))
        }
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        let one = T::schema(cx);
        json!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}
