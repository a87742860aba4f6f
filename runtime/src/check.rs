//! Checks of declared bounds on canonical values that did not come from a checked mapping: read back from storage, sent to
//! an API, or made by hand.

use crate::decimal::Decimal;
use crate::failure::{Failure, Quote, Result, builtin};
use std::collections::BTreeSet;

/// Text of at most so many code points.
///
/// # Errors
/// `text_too_long`, in the field.
pub fn text(value: &str, most: u32, name: &'static str) -> Result<()> {
    let most = most as usize;
    // No text has more code points than bytes.
    if value.len() <= most || value.chars().count() <= most {
        return Ok(());
    }
    let say = |quote: Quote| format!("{} has more than {most} characters", quote.text(value));
    Err(Failure::quoting(builtin::TEXT_TOO_LONG, say).in_field(name))
}

/// A decimal of declared digits.
///
/// # Errors
/// `digits_lost`, in the field.
pub fn decimal(value: &Decimal, precision: Option<u32>, scale: Option<u32>, name: &'static str) -> Result<()> {
    value.fit(precision, scale).map(drop).map_err(|failure| failure.in_field(name))
}

/// The address of a mailbox.
///
/// # Errors
/// `decode_failed`, in the field.
pub fn email(value: &str, name: &'static str) -> Result<()> {
    crate::text::check_email(value).map_err(|failure| failure.in_field(name))
}

/// A URI reference.
///
/// # Errors
/// `decode_failed`, in the field.
pub fn uri(value: &str, name: &'static str) -> Result<()> {
    crate::text::check_uri(value).map_err(|failure| failure.in_field(name))
}

/// A UUID.
///
/// # Errors
/// `decode_failed`, in the field.
pub fn uuid(value: &str, name: &'static str) -> Result<()> {
    crate::text::check_uuid(value).map_err(|failure| failure.in_field(name))
}

macro_rules! each {
    ($($(#[doc = $doc:literal])* $name:ident($one:ident: $of:ty $(, $argument:ident: $ty:ty)*);)*) => {$(
        $(#[doc = $doc])*
        ///
        /// # Errors
        /// The first that is not, in the field.
        pub fn $name<'v>(values: impl IntoIterator<Item = &'v $of> $(, $argument: $ty)*, name: &'static str) -> Result<()> {
            values.into_iter().try_for_each(|value| $one(value $(, $argument)*, name))
        }
    )*};
}
each! {
    /// Texts of a list or optional.
    each_text(text: String, most: u32);
    /// Decimals of a list or optional.
    each_decimal(decimal: Decimal, precision: Option<u32>, scale: Option<u32>);
    /// Mailboxes of a list or optional.
    each_email(email: String);
    /// URI references of a list or optional.
    each_uri(uri: String);
    /// UUIDs of a list or optional.
    each_uuid(uuid: String);
}

/// A value with checks of its own.
///
/// # Errors
/// Its first, in the field.
pub fn value<T>(value: &T, name: &'static str, check: impl Fn(&T) -> Result<()>) -> Result<()> {
    check(value).map_err(|failure| failure.in_field(name))
}

/// A value that may be none.
///
/// # Errors
/// Its first, in the field.
pub fn optional<T>(value: &Option<T>, name: &'static str, check: impl Fn(&T) -> Result<()>) -> Result<()> {
    value.as_ref().map_or(Ok(()), |value| check(value).map_err(|failure| failure.in_field(name)))
}

/// The elements of a list.
///
/// # Errors
/// The first, in the element of the field.
pub fn elements<T>(values: &[T], name: &'static str, check: impl Fn(&T) -> Result<()>) -> Result<()> {
    let mut numbered = values.iter().enumerate();
    numbered.try_for_each(|(index, value)| check(value).map_err(|failure| failure.in_index(index).in_field(name)))
}

/// The elements of a keyed list: no two of one key.
///
/// # Errors
/// `invariant`, in the second.
pub fn keys<T, K: Ord>(values: &[T], key: impl Fn(&T) -> &K, name: &'static str) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (index, value) in values.iter().enumerate() {
        if !seen.insert(key(value)) {
            let failure = Failure::new(builtin::INVARIANT, "another element has the same key");
            return Err(failure.in_index(index).in_field(name));
        }
    }
    Ok(())
}

/// An invariant: `rule` as the specification writes it, the exception that its breach raises, and where it is declared.
///
/// # Errors
/// The exception, or the failure of the rule itself.
pub fn invariant(
    held: Result<bool>,
    rule: &'static str,
    raise: &'static str,
    (file, line): (&'static str, u32),
) -> Result<()> {
    match held {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(raise, format!("`{rule}` does not hold")).at_spec(file, line)),
        Err(failure) => Err(failure.at_spec(file, line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_code_points_and_says_where() {
        assert!(text("größe", 5, "sku").is_ok());
        let failure = text("größer", 5, "sku").unwrap_err();
        assert_eq!((failure.code(), failure.target_path().as_str()), ("text_too_long", "sku"));
        assert!(each_text(&None, 5, "note").is_ok());
        assert!(each_text(&["longer".to_owned()].to_vec(), 5, "tags").is_err());
    }

    #[test]
    fn finds_the_second_of_one_key() {
        let failure = keys(&["a", "b", "a"], |key| key, "lines").unwrap_err();
        assert_eq!((failure.code(), failure.target_path().as_str()), ("invariant", "lines[2]"));
    }
}
