//! Wire forms of scalars: what each codec reads and writes.

use super::scalar::{local_timestamp, scalar};
use crate::model::{Builtin, Codec, Type};
use serde_json::{Value, json};

/// A number written out.
const DECIMAL: &str = "^[+-]?([0-9]+(\\.[0-9]+)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$";
/// A whole number written out.
const INTEGER: &str = "^[+-]?[0-9]+$";
/// A time within a day, as OData version 2 spells it.
const ODATA_TIME: &str = "^PT([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]+)?S)?$";

/// The type of a built-in code list.
pub(super) fn builtin(list: Builtin) -> Type {
    match list {
        Builtin::Currency => Type::Currency,
        Builtin::Country => Type::Country,
        Builtin::Unit => Type::Unit,
    }
}

/// A scalar of a type as a codec writes it and, unless it is only ever written, as it reads it; `None` for what is no
/// scalar.
pub(super) fn coded(ty: &Type, codec: &Codec, written: bool) -> Option<Value> {
    Some(match (codec, ty) {
        (Codec::Plain | Codec::Number, Type::Decimal(_)) => json!({ "type": "number" }),
        (Codec::Text, Type::Decimal(_)) => text(DECIMAL),
        (Codec::Text, Type::Int) => text(INTEGER),
        (Codec::Text, Type::Bool) => json!({ "type": "string", "enum": ["true", "false"] }),
        (Codec::Rfc3339, Type::Timestamp) => json!({ "type": "string", "format": "date-time" }),
        (Codec::Rfc1123, _) => text(
            "^([A-Z][a-z]{2}, )?[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}(:[0-9]{2})? ([A-Z]+|[+-][0-9]{4})$",
        ),
        (Codec::IsoOffset, _) => {
            text("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})$")
        }
        (Codec::EpochS | Codec::EpochMs | Codec::Implied(_) | Codec::MinorUnits, _) => number_or_text(written),
        (Codec::Odata, Type::Time) => text(ODATA_TIME),
        (Codec::Odata, _) => text("^/Date\\(-?[0-9]+([+-][0-9]{1,4})?\\)/$"),
        (Codec::DatePattern(pattern), _) => text(&date_pattern(pattern)),
        (Codec::Local(_), Type::Timestamp) => text(&local_timestamp().replace("T(", "[T ](")),
        (Codec::Padded(width), Type::Int) => text(&format!("^[0-9]{{1,{width}}}$")),
        (Codec::Padded(width), _) => json!({ "type": "string", "maxLength": width }),
        (Codec::YN, _) => json!({ "type": "string", "enum": ["Y", "N"] }),
        (Codec::ZeroOne, _) if written => json!({ "type": "integer", "enum": [1, 0] }),
        (Codec::ZeroOne, _) => json!({ "enum": [1, 0, "1", "0"] }),
        _ => return scalar(ty),
    })
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// A count, read as a number or its text, written as a number.
fn number_or_text(written: bool) -> Value {
    if written { json!({ "type": "number" }) } else { json!({ "type": ["number", "string"], "pattern": DECIMAL }) }
}

/// `CCYYMMDD` as a regular expression: pairs of letters of a date stand for two digits, all else for itself.
fn date_pattern(pattern: &str) -> String {
    let mut out = String::from("^");
    let mut rest = pattern;
    let mut digits = 0_usize;
    while let Some(letter) = rest.chars().next() {
        let pair = ["CC", "YY", "MM", "DD", "hh", "mm", "ss"].into_iter().find_map(|pair| rest.strip_prefix(pair));
        if let Some(after) = pair {
            digits += 2;
            rest = after;
            continue;
        }
        flush(&mut out, &mut digits);
        // Only what has a meaning in a regular expression: escaping anything else is an error in some dialects.
        if "^$\\.*+?()[]{}|/".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
        rest = rest.get(letter.len_utf8()..).unwrap_or("");
    }
    flush(&mut out, &mut digits);
    out.push('$');
    out
}

fn flush(out: &mut String, digits: &mut usize) {
    if *digits > 0 {
        out.push_str(&format!("[0-9]{{{digits}}}"));
        *digits = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_a_date_pattern_are_digits() {
        assert_eq!(date_pattern("CCYYMMDD"), "^[0-9]{8}$");
        assert_eq!(date_pattern("DD.MM.CCYY hh:mm"), "^[0-9]{2}\\.[0-9]{2}\\.[0-9]{4} [0-9]{2}:[0-9]{2}$");
    }
}
