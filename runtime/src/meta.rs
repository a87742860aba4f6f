//! What comes with a message beside its payload: recorded inputs, so that a replay gives the same result.

use crate::decimal::Decimal;
use crate::failure::{Failure, Result, builtin};
use crate::time::{Date, Timestamp};
use std::collections::BTreeMap;

/// A declared setting of a system, as its deployment gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// A bool.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A decimal.
    Decimal(Decimal),
    /// Text, and every type that is carried as text.
    Text(String),
    /// A date.
    Date(Date),
    /// A timestamp.
    Timestamp(Timestamp),
}

/// The message's circumstances: `meta` and `config` in expressions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Meta {
    /// When it was received.
    pub received_at: Option<Timestamp>,
    /// The system's deployment that it comes from.
    pub instance: Option<String>,
    /// Its identifier at the sender.
    pub message_id: Option<String>,
    /// The control number of its envelope.
    pub control_number: Option<String>,
    /// The settings of the system.
    pub config: BTreeMap<String, Setting>,
}

/// Reads a setting of one type; a missing one fails with `absent_value`, one of another type with `invalid_argument`.
macro_rules! setting {
    ($($(#[doc = $doc:literal])* $name:ident: $variant:ident -> $ty:ty, $what:literal;)*) => {$(
        $(#[doc = $doc])*
        pub fn $name(&self, name: &str) -> Result<$ty> {
            match self.config.get(name) {
                Some(Setting::$variant(value)) => Ok(value.clone()),
                Some(_) => Err(Failure::new(builtin::INVALID_ARGUMENT, format!("the setting `{name}` is not {}", $what))),
                None => Err(Failure::new(builtin::ABSENT_VALUE, format!("the setting `{name}` is not given"))),
            }
        }
    )*};
}

impl Meta {
    setting! {
        /// A setting that is a bool.
        config_bool: Bool -> bool, "a bool";
        /// A setting that is an int.
        config_int: Int -> i64, "an int";
        /// A setting that is a decimal.
        config_decimal: Decimal -> Decimal, "a decimal";
        /// A setting that is text.
        config_text: Text -> String, "text";
        /// A setting that is a date.
        config_date: Date -> Date, "a date";
        /// A setting that is a timestamp.
        config_timestamp: Timestamp -> Timestamp, "a timestamp";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_settings_of_their_type_only() {
        let mut meta = Meta::default();
        meta.config.insert("location".to_owned(), Setting::Int(7));
        assert_eq!(meta.config_int("location").unwrap(), 7);
        assert_eq!(meta.config_text("location").unwrap_err().code(), "invalid_argument");
        assert_eq!(meta.config_text("zone").unwrap_err().code(), "absent_value");
    }
}
