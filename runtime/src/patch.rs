//! What patches are made of. In JSON a missing field is untouched, null is cleared, anything else is set; a keyed list is
//! `{"set": […], "removed": […]}`, of which what is empty is left out, and the whole where both are.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a patch does to a field. Use with `#[serde(default, skip_serializing_if = "Field::is_untouched")]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// It stays as it is.
    #[default]
    Untouched,
    /// It has no value any more.
    Cleared,
    /// It has this value now.
    Set(T),
}

impl<T> Field<T> {
    /// Set if there is a value, cleared if not.
    pub fn set_or_clear(value: Option<T>) -> Self {
        value.map_or(Field::Cleared, Field::Set)
    }

    /// Set if there is a value, untouched if not.
    pub fn set_or_keep(value: Option<T>) -> Self {
        value.map_or(Field::Untouched, Field::Set)
    }

    /// Whether it stays as it is.
    pub fn is_untouched(&self) -> bool {
        matches!(self, Field::Untouched)
    }

    /// The value that is set.
    pub fn value(&self) -> Option<&T> {
        match self {
            Field::Set(value) => Some(value),
            Field::Untouched | Field::Cleared => None,
        }
    }

    /// The new value of a field that may be none; nothing if it stays.
    pub fn change(&self) -> Option<Option<&T>> {
        match self {
            Field::Untouched => None,
            Field::Cleared => Some(None),
            Field::Set(value) => Some(Some(value)),
        }
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Field::Set(value) => value.serialize(serializer),
            Field::Untouched | Field::Cleared => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A missing field is the default and never gets here.
        Option::deserialize(deserializer).map(Self::set_or_clear)
    }
}

/// What a patch does to a keyed list: `set` holds one patch per line, its key within; lines that neither names stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListPatch<K, P> {
    /// Lines changed or added.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<P>,
    /// Keys of lines removed.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<K>,
}

impl<K, P> Default for ListPatch<K, P> {
    fn default() -> Self {
        Self { set: Vec::new(), removed: Vec::new() }
    }
}

impl<K, P> ListPatch<K, P> {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Default, Serialize, Deserialize)]
    struct Patch {
        #[serde(default, skip_serializing_if = "Field::is_untouched")]
        a: Field<i64>,
        #[serde(default, skip_serializing_if = "Field::is_untouched")]
        b: Field<String>,
        #[serde(default, skip_serializing_if = "ListPatch::is_empty")]
        lines: ListPatch<String, i64>,
    }

    #[test]
    fn tells_missing_null_and_value_apart() {
        for (json, patch) in [
            ("{}", Patch::default()),
            (r#"{"a":null}"#, Patch { a: Field::Cleared, ..Patch::default() }),
            (r#"{"a":1,"b":"x"}"#, Patch { a: Field::Set(1), b: Field::Set("x".to_owned()), ..Patch::default() }),
            (
                r#"{"lines":{"set":[1],"removed":["2"]}}"#,
                Patch { lines: ListPatch { set: vec![1], removed: vec!["2".to_owned()] }, ..Patch::default() },
            ),
            (
                r#"{"lines":{"set":[1]}}"#,
                Patch { lines: ListPatch { set: vec![1], removed: Vec::new() }, ..Patch::default() },
            ),
            (
                r#"{"lines":{"removed":["2"]}}"#,
                Patch { lines: ListPatch { set: Vec::new(), removed: vec!["2".to_owned()] }, ..Patch::default() },
            ),
        ] {
            assert_eq!(serde_json::from_str::<Patch>(json).unwrap(), patch);
            assert_eq!(serde_json::to_string(&patch).unwrap(), json);
        }
    }
}
