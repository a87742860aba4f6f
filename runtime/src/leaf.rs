//! A field of a record as it was found: a failure to decode it surfaces when the field is first used, not before.

use crate::failure::{Failure, Result, SourceAt};

/// What stands at a record's field.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Leaf<T> {
    /// The key is not there.
    #[default]
    Missing,
    /// Null.
    Null,
    /// One of the record's spellings of "no value".
    Empty,
    /// A value.
    Value(T),
    /// Something that its codec can't read.
    Bad(Failure),
}

impl<T> Leaf<T> {
    /// The value, where one is required; `at` names the field, for the failure.
    #[inline]
    pub fn required(&self, at: SourceAt<'_>) -> Result<&T> {
        match self {
            Leaf::Value(value) => Ok(value),
            _ => Err(self.failure(at)),
        }
    }

    /// The value, or none where it is missing, null or empty.
    #[inline]
    pub fn optional(&self) -> Result<Option<&T>> {
        match self {
            Leaf::Value(value) => Ok(Some(value)),
            Leaf::Missing | Leaf::Null | Leaf::Empty => Ok(None),
            Leaf::Bad(failure) => Err(failure.clone()),
        }
    }

    /// The value itself, where one is required.
    pub fn into_required(self, at: SourceAt<'_>) -> Result<T> {
        match self {
            Leaf::Value(value) => Ok(value),
            other => Err(other.failure(at)),
        }
    }

    /// The value itself, or none.
    pub fn into_optional(self) -> Result<Option<T>> {
        match self {
            Leaf::Value(value) => Ok(Some(value)),
            Leaf::Missing | Leaf::Null | Leaf::Empty => Ok(None),
            Leaf::Bad(failure) => Err(failure),
        }
    }

    /// Whether something stands there: `has(x)`. What can't be decoded counts, so that it fails on use.
    #[inline]
    pub fn is_present(&self) -> bool {
        matches!(self, Leaf::Value(_) | Leaf::Bad(_))
    }

    /// Whether it is null: `isNull(x)`.
    #[inline]
    pub fn is_null(&self) -> bool {
        matches!(self, Leaf::Null)
    }

    /// Whether the key is not there.
    #[inline]
    pub fn is_missing(&self) -> bool {
        matches!(self, Leaf::Missing)
    }

    /// Whether it is one of the spellings of "no value".
    #[inline]
    pub fn is_empty_text(&self) -> bool {
        matches!(self, Leaf::Empty)
    }

    #[cold]
    fn failure(&self, at: SourceAt<'_>) -> Failure {
        let name = at.field.unwrap_or("value");
        let failure = match self {
            Leaf::Bad(failure) => failure.clone(),
            Leaf::Null => Failure::decode(format!("`{name}` is null")),
            Leaf::Empty => Failure::decode(format!("`{name}` is empty")),
            Leaf::Missing | Leaf::Value(_) => Failure::decode(format!("`{name}` is missing")),
        };
        failure.at_source(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fails_on_use_only() {
        let at = SourceAt::field(1, 40, "sku");
        let said = |leaf: Leaf<i64>| leaf.required(at).unwrap_err().detail().to_owned();
        assert_eq!(said(Leaf::Missing), "`sku` is missing");
        assert_eq!(said(Leaf::Null), "`sku` is null");
        assert_eq!(said(Leaf::Empty), "`sku` is empty");
        let bad: Leaf<i64> = Leaf::Bad(Failure::decode("no").at_source(SourceAt::value(1, 44)));
        assert_eq!(bad.required(at).unwrap_err().source_at().unwrap().offset, 44);
        assert!(bad.is_present() && bad.optional().is_err());
        assert_eq!(Leaf::Value(3).required(at).unwrap(), &3);
        assert_eq!(Leaf::<i64>::Null.optional().unwrap(), None);
    }
}
