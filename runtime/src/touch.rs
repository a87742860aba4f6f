//! What a patch touches, as paths; and values inside a patch that are patched or replaced.
//!
//! Paths are the specification's (`lines.shipped`): which line is meant is not part of them. `ship_to.*` says that the
//! whole value is replaced or cleared, and `lines` alone that lines are removed.

use crate::patch::{Field, ListPatch};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An update of an object, a value, or a line: what `#[derive(Patch)]` implements.
pub trait Patch {
    /// Whether nothing is touched.
    fn is_empty(&self) -> bool;

    /// Adds what is touched, below `path`.
    fn touch(&self, path: &str, touched: &mut Vec<String>);

    /// What is touched: sorted, each path once.
    fn touched(&self) -> Vec<String> {
        let mut touched = Vec::new();
        self.touch("", &mut touched);
        touched.sort_unstable();
        touched.dedup();
        touched
    }
}

/// A field of a patch.
pub trait Touch {
    /// Whether it is left as it is.
    fn is_untouched(&self) -> bool;

    /// Adds what is touched: the field itself, or what is below it.
    fn touch(&self, path: &str, name: &str, touched: &mut Vec<String>);
}

/// A path below a path.
pub fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl<T> Touch for Field<T> {
    fn is_untouched(&self) -> bool {
        matches!(self, Field::Untouched)
    }

    fn touch(&self, path: &str, name: &str, touched: &mut Vec<String>) {
        if !Touch::is_untouched(self) {
            touched.push(below(path, name));
        }
    }
}

impl<K, P: Patch> Touch for ListPatch<K, P> {
    fn is_untouched(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }

    fn touch(&self, path: &str, name: &str, touched: &mut Vec<String>) {
        let path = below(path, name);
        for element in &self.set {
            element.touch(&path, touched);
        }
        if !self.removed.is_empty() {
            touched.push(path);
        }
    }
}

/// A value inside an object: replaced as a whole, or patched.
///
/// Written, a value that replaces is what it holds; read back, an object is a patch.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Nested<T, P> {
    /// It stays.
    #[default]
    Untouched,
    /// There is none any more.
    Cleared,
    /// It is replaced.
    Set(T),
    /// Some of it is changed.
    Patch(P),
}

impl<T, P> From<Field<T>> for Nested<T, P> {
    fn from(field: Field<T>) -> Self {
        match field {
            Field::Untouched => Nested::Untouched,
            Field::Cleared => Nested::Cleared,
            Field::Set(value) => Nested::Set(value),
        }
    }
}

impl<T, P: Patch> Touch for Nested<T, P> {
    fn is_untouched(&self) -> bool {
        match self {
            Nested::Untouched => true,
            Nested::Patch(patch) => patch.is_empty(),
            Nested::Cleared | Nested::Set(_) => false,
        }
    }

    fn touch(&self, path: &str, name: &str, touched: &mut Vec<String>) {
        match self {
            Nested::Untouched => {}
            Nested::Patch(patch) => patch.touch(&below(path, name), touched),
            Nested::Cleared | Nested::Set(_) => touched.push(below(&below(path, name), "*")),
        }
    }
}

impl<T: Serialize, P: Serialize> Serialize for Nested<T, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Nested::Untouched | Nested::Cleared => serializer.serialize_none(),
            Nested::Set(value) => value.serialize(serializer),
            Nested::Patch(patch) => patch.serialize(serializer),
        }
    }
}

impl<'de, T, P: Deserialize<'de>> Deserialize<'de> for Nested<T, P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::<P>::deserialize(deserializer)? {
            Some(patch) => Nested::Patch(patch),
            None => Nested::Cleared,
        })
    }
}
