//! Wire forms of scalars: what each codec reads and writes.

use super::Way;
use super::scalar::{local_timestamp, scalar};
use crate::model::{Builtin, Codec, Type};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A number written out.
const DECIMAL: &str = "^[+-]?([0-9]+(\\.[0-9]+)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$";
/// A whole number written out.
const INTEGER: &str = "^[+-]?[0-9]+(\\.0+)?$";
/// A time within a day, as `OData` version 2 spells it.
const ODATA_TIME: &str = "^PT([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]+)?S)?$";
/// A date and time as people of the net spell it, without weekday and zone.
const RFC_1123: &str = "[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}";
/// A wall-clock time, perhaps without seconds.
const LOOSE_TIME: &str = "[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?";
/// A span of time in any units.
const DURATION: &str = "^[+-]?(0|([0-9.]+(h|m|s|ms|us|µs|ns))+)$";

/// The type of a built-in code list.
pub(super) fn builtin(list: Builtin) -> Type {
    match list {
        Builtin::Currency => Type::Currency,
        Builtin::Country => Type::Country,
        Builtin::Unit => Type::Unit,
    }
}

/// A codec as specs write it; nothing for the natural form of a type.
pub(super) fn word(codec: &Codec) -> Option<String> {
    Some(match codec {
        Codec::Plain => return None,
        Codec::Text => "text".to_owned(),
        Codec::Number => "number".to_owned(),
        Codec::Rfc3339 => "rfc3339".to_owned(),
        Codec::Rfc1123 => "rfc1123".to_owned(),
        Codec::IsoOffset => "iso_offset".to_owned(),
        Codec::EpochS => "epoch_s".to_owned(),
        Codec::EpochMs => "epoch_ms".to_owned(),
        Codec::Odata => "odata".to_owned(),
        Codec::DatePattern(pattern) => format!("date({pattern})"),
        Codec::Local(zone) => format!("local({zone})"),
        Codec::Implied(digits) => format!("implied({digits})"),
        Codec::MinorUnits => "minor_units".to_owned(),
        Codec::Padded(width) => format!("padded({width})"),
        Codec::YN => "y_n".to_owned(),
        Codec::ZeroOne => "zero_one".to_owned(),
        Codec::Split(separator) => format!("split('{separator}')"),
        Codec::JsonText => "json_text".to_owned(),
    })
}

/// A scalar of a type as a codec reads or writes it; `None` for what is no scalar.
pub(super) fn coded(ty: &Type, codec: &Codec, way: Way) -> Option<Value> {
    let read = way == Way::In;
    Some(match (codec, ty) {
        (Codec::Plain | Codec::Number, Type::Decimal(_)) => json!({ "type": "number" }),
        (Codec::Plain, Type::Time) if read => text(&format!("^{LOOSE_TIME}$")),
        (Codec::Plain, Type::Duration) if read => text(DURATION),
        (Codec::Plain, Type::LocalTimestamp) | (Codec::Local(_), _) if read => {
            text(&format!("^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt ]{LOOSE_TIME}$"))
        }
        (Codec::Local(_), _) => text(&local_timestamp()),
        (Codec::Plain | Codec::Rfc3339, Type::Timestamp) if read => {
            text("^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|z|[+-][0-9]{2}:[0-9]{2})$")
        }
        (Codec::Text, Type::Decimal(_)) if read => text(DECIMAL),
        (Codec::Text, Type::Int) => text(INTEGER),
        (Codec::Text, Type::Bool) => json!({ "type": "string", "enum": ["true", "false"] }),
        (Codec::Rfc1123, _) if read => {
            text(&format!("^([A-Z][a-z]{{2}}, )?{RFC_1123}(:[0-9]{{2}}(\\.[0-9]+)?)? (GMT|UTC|Z|[+-][0-9]{{4}})$"))
        }
        (Codec::Rfc1123, _) => text(&format!("^[A-Z][a-z]{{2}}, {RFC_1123}:[0-9]{{2}} GMT$")),
        (Codec::IsoOffset, _) => text(iso_offset(read)),
        (Codec::EpochS | Codec::EpochMs, _) if read => number_or_text("number", DECIMAL),
        (Codec::EpochS | Codec::EpochMs, _) => json!({ "type": "number" }),
        (Codec::Implied(_) | Codec::MinorUnits, _) if read => number_or_text("integer", INTEGER),
        (Codec::Implied(_) | Codec::MinorUnits, _) => json!({ "type": "integer" }),
        (Codec::Odata, Type::Time) => text(ODATA_TIME),
        (Codec::Odata, Type::LocalTimestamp) => text("^/Date\\(-?[0-9]+\\)/$"),
        (Codec::Odata, _) => text("^/Date\\(-?[0-9]+([+-][0-9]{1,4})?\\)/$"),
        (Codec::DatePattern(pattern), _) => text(&date_pattern(pattern)),
        (Codec::Padded(width), Type::Int) if read => text(&format!("^[0-9]{{1,{width}}}$")),
        (Codec::Padded(width), Type::Int) => text(&format!("^[0-9]{{{width}}}$")),
        (Codec::Padded(width), _) => json!({ "type": "string", "maxLength": width }),
        (Codec::YN, _) => json!({ "type": "string", "enum": ["Y", "N"] }),
        (Codec::ZeroOne, _) if read => json!({ "enum": [1, 0, "1", "0"] }),
        (Codec::ZeroOne, _) => json!({ "type": "integer", "enum": [1, 0] }),
        // On the wire a reference is text: the mapping says whose identifier it is.
        (_, Type::Ref(_)) => json!({ "type": "string" }),
        _ => return scalar(ty),
    })
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// A count, read as a number or its text.
fn number_or_text(number: &str, pattern: &str) -> Value {
    json!({ "type": [number, "string"], "pattern": pattern })
}

/// A timestamp whose offset has no colon.
fn iso_offset(read: bool) -> &'static str {
    if read {
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|z|[+-][0-9]{4})$"
    } else {
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}([0-9]{6})?[+-][0-9]{4}$"
    }
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
        // Writing to a string does not fail.
        let _ = write!(out, "[0-9]{{{digits}}}");
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
