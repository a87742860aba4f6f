//! The canonical encoding of what has no parts, and of money, quantities and problem details.

use crate::model::{Digits, Type};
use serde_json::{Value, json};

/// Digits that a decimal can hold at most.
const MOST_DIGITS: u32 = 28;
/// A wall-clock time; seconds may have decimals.
const TIME: &str = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?";
/// A calendar date.
const DATE: &str = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";

/// A span of time in seconds, such as `5400s` or `3.5s`.
const DURATION: &str = "^-?[0-9]+(\\.[0-9]{1,9})?s$";

/// The schema of a type without parts and names of its own; `None` for the others.
pub(super) fn scalar(ty: &Type) -> Option<Value> {
    Some(match ty {
        Type::Bool => json!({ "type": "boolean" }),
        Type::Int => json!({ "type": "integer", "format": "int64" }),
        Type::Decimal(digits) => decimal(*digits),
        Type::String(None) => json!({ "type": "string" }),
        Type::String(Some(length)) => json!({ "type": "string", "maxLength": length }),
        Type::Email => json!({ "type": "string", "format": "email" }),
        Type::Uri => json!({ "type": "string", "format": "uri-reference" }),
        Type::Uuid => json!({ "type": "string", "format": "uuid" }),
        Type::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
        Type::Date => json!({ "type": "string", "format": "date" }),
        Type::Time => json!({ "type": "string", "pattern": format!("^{TIME}$") }),
        // Format alone is a remark to most validators; the offset must be there.
        Type::Timestamp => json!({ "type": "string", "format": "date-time", "pattern": timestamp() }),
        Type::LocalTimestamp => json!({ "type": "string", "pattern": local_timestamp() }),
        Type::Duration => json!({ "type": "string", "pattern": DURATION }),
        Type::Currency => json!({ "type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217 currency" }),
        Type::Country => json!({ "type": "string", "pattern": "^[A-Z]{2}$", "description": "ISO 3166-1 country" }),
        Type::Unit => {
            json!({ "type": "string", "pattern": "^[A-Z0-9]{2,3}$", "description": "UN/ECE Recommendation 20 unit" })
        }
        _ => return None,
    })
}

/// A date and time with offset, as it is written canonically.
fn timestamp() -> String {
    format!("^{DATE}T{TIME}(Z|[+-][0-9]{{2}}:[0-9]{{2}})$")
}

/// A date and wall-clock time without offset.
pub(super) fn local_timestamp() -> String {
    format!("^{DATE}T{TIME}$")
}

/// A decimal: text, so that no reader turns it into a binary float; it keeps its scale.
fn decimal(digits: Digits) -> Value {
    let scale = digits.scale.map(|scale| scale.min(MOST_DIGITS));
    let whole = match (digits.precision, scale) {
        (Some(precision), Some(scale)) => precision.saturating_sub(scale),
        (Some(precision), None) => precision,
        (None, scale) => MOST_DIGITS - scale.unwrap_or(0),
    };
    let whole = match whole {
        0 => "0".to_owned(),
        1 => "[0-9]".to_owned(),
        whole => format!("(0|[1-9][0-9]{{0,{}}})", whole.min(MOST_DIGITS) - 1),
    };
    let fraction = match scale {
        Some(0) => String::new(),
        scale => format!("(\\.[0-9]{{1,{}}})?", scale.unwrap_or(MOST_DIGITS)),
    };
    json!({ "type": "string", "pattern": format!("^-?{whole}{fraction}$") })
}

/// An exact amount in a currency.
pub(super) fn money() -> Value {
    json!({
        "description": "An exact amount in a currency.",
        "type": "object",
        "properties": { "amount": scalar(&Type::DECIMAL), "currency": scalar(&Type::Currency) },
        "required": ["amount", "currency"],
        "additionalProperties": false
    })
}

/// An exact value in a unit.
pub(super) fn quantity() -> Value {
    json!({
        "description": "An exact value in a unit.",
        "type": "object",
        "properties": { "value": scalar(&Type::DECIMAL), "unit": scalar(&Type::Unit) },
        "required": ["value", "unit"],
        "additionalProperties": false
    })
}

/// Problem details with the name of an exception.
pub(super) fn problem() -> Value {
    json!({
        "description": "Problem details (RFC 9457) with the name of the exception.",
        "type": "object",
        "properties": {
            "type": { "type": "string", "format": "uri-reference", "description": "What kind of problem it is." },
            "title": { "type": "string", "description": "The kind in words." },
            "status": { "type": "integer", "minimum": 100, "maximum": 599, "description": "The HTTP status." },
            "detail": { "type": "string", "description": "What happened this time." },
            "instance": { "type": "string", "format": "uri-reference", "description": "This occurrence." },
            "exception": { "type": "string", "description": "The exception's name, as the workspace declares it." }
        },
        "required": ["type", "title", "status"]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_bound_a_decimal_on_both_sides_of_the_point() {
        let pattern = |precision, scale| decimal(Digits { precision, scale })["pattern"].as_str().unwrap().to_owned();
        assert_eq!(pattern(Some(12), Some(2)), r"^-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?$");
        assert_eq!(pattern(Some(4), Some(4)), r"^-?0(\.[0-9]{1,4})?$");
        assert_eq!(pattern(Some(5), Some(0)), r"^-?(0|[1-9][0-9]{0,4})$");
        assert_eq!(pattern(None, None), r"^-?(0|[1-9][0-9]{0,27})(\.[0-9]{1,28})?$");
    }
}
