//! Operands of built-in functions, taken out of values: the checker has settled their types.

use super::eval::mistyped;
use super::value::{Map, Text, Value};
use crossdock_runtime::{Date, Decimal, Duration, LocalTimestamp, Money, Quantity, Result, Rounding, Timestamp};
use std::rc::Rc;

macro_rules! operands {
    ($($(#[doc = $doc:literal])* $name:ident: $variant:ident -> $ty:ty,)*) => {
        $($(#[doc = $doc])*
        #[inline]
        pub(super) fn $name(value: &Value<'_>) -> Result<$ty> {
            match value {
                Value::$variant(value) => Ok(*value),
                _ => Err(mistyped()),
            }
        })*
    };
}

operands! {
    /// A bool.
    bool_of: Bool -> bool,
    /// An integer.
    int_of: Int -> i64,
    /// A decimal.
    decimal_of: Decimal -> Decimal,
    /// A date.
    date_of: Date -> Date,
    /// An instant.
    timestamp_of: Timestamp -> Timestamp,
    /// A local date and time.
    local_of: Local -> LocalTimestamp,
    /// A span of time.
    duration_of: Duration -> Duration,
    /// An amount.
    money_of: Money -> Money,
    /// A measure.
    quantity_of: Quantity -> Quantity,
}

/// Text.
pub(super) fn text_of<'a, 'v>(value: &'a Value<'v>) -> Result<&'a Text<'v>> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(mistyped()),
    }
}

/// Octets.
pub(super) fn bytes_of<'a>(value: &'a Value<'_>) -> Result<&'a [u8]> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err(mistyped()),
    }
}

/// A list.
pub(super) fn list_of<'a, 'v>(value: &'a Value<'v>) -> Result<&'a Rc<Vec<Value<'v>>>> {
    match value {
        Value::List(items) => Ok(items),
        _ => Err(mistyped()),
    }
}

/// A map.
pub(super) fn map_of<'a, 'v>(value: &'a Value<'v>) -> Result<&'a Map<'v>> {
    match value {
        Value::Map(map) => Ok(map),
        _ => Err(mistyped()),
    }
}

/// A list of texts.
pub(super) fn texts_of<'a>(value: &'a Value<'_>) -> Result<Vec<&'a str>> {
    list_of(value)?.iter().map(|item| text_of(item).map(|text| &**text)).collect()
}

/// A rounding mode, which is written as a word.
pub(super) fn rounding_of(value: &Value<'_>) -> Result<Rounding> {
    Rounding::from_name(text_of(value)?).ok_or_else(mistyped)
}

/// A scale, checked.
pub(super) fn scale_of(value: &Value<'_>) -> Result<u32> {
    crossdock_runtime::decimal::scale_of(int_of(value)?)
}
