//! Codecs and shapes of record fields, as the attributes of the derive.

use crate::emit::rust::print::literal;
use crate::model::{Codec, Type};

/// What stands after the keys in `#[wire(…)]`: shape, codec, absent spellings.
pub fn options(ty: &Type, codec: &Codec, absent: &[String]) -> Vec<String> {
    let mut options = Vec::new();
    match ty.inner() {
        Type::Struct(_) => options.push("nested".to_owned()),
        Type::List(element) if matches!(**element, Type::Struct(_)) => options.push("many".to_owned()),
        Type::List(_) if !matches!(codec, Codec::Split(_)) => options.push("each".to_owned()),
        Type::Map(_, of) => {
            options.push("entries".to_owned());
            if of.as_struct().is_some() {
                options.push("nested".to_owned());
            }
        }
        Type::Json if *codec == Codec::Plain => options.push("raw".to_owned()),
        _ => {}
    }
    options.extend(expression(ty, codec).map(|codec| format!("codec = rt::codec::{codec}")));
    if !absent.is_empty() {
        let absent: Vec<String> = absent.iter().map(|text| literal(text)).collect();
        options.push(format!("absent({})", absent.join(", ")));
    }
    options
}

/// The codec of a field as a value of the runtime's, with what its type bounds; none for the natural form of any value.
fn expression(ty: &Type, codec: &Codec) -> Option<String> {
    let mut one = ty.inner();
    while let Type::List(inner) | Type::Map(_, inner) | Type::Optional(inner) = one {
        one = inner;
    }
    let inner = plain(codec);
    let or_plain = || format!("rt::codec::{}", inner.as_deref().unwrap_or("Plain"));
    match (one, codec) {
        (Type::Decimal(digits), _) if digits.precision.is_some() || digits.scale.is_some() => {
            let some = |n: Option<u32>| n.map_or_else(|| "None".to_owned(), |n| format!("Some({n})"));
            Some(format!("Digits({}, {}, {})", or_plain(), some(digits.precision), some(digits.scale)))
        }
        (Type::String(Some(most)), Codec::Plain) => Some(format!("Limited({most})")),
        (Type::String(Some(most)), Codec::Padded(_) | Codec::Split(_)) => {
            Some(format!("Within({}, {most})", or_plain()))
        }
        (Type::Email, Codec::Plain) => Some("Email".to_owned()),
        (Type::Uri, Codec::Plain) => Some("Uri".to_owned()),
        (Type::Uuid, Codec::Plain) => Some("Uuid".to_owned()),
        _ => inner,
    }
}

/// The codec itself, in the runtime's module of codecs; none for the natural form.
fn plain(codec: &Codec) -> Option<String> {
    let named = match codec {
        Codec::Plain => return None,
        Codec::DatePattern(pattern) => return Some(format!("DatePattern({})", literal(pattern))),
        Codec::Local(zone) => return Some(format!("Local({})", literal(zone))),
        Codec::Implied(digits) => return Some(format!("Implied({digits}u32)")),
        Codec::Padded(width) => return Some(format!("Padded({width}u32)")),
        Codec::Split(separator) => return Some(format!("Split({})", literal(separator))),
        Codec::Text => "Text",
        Codec::Number => "Number",
        Codec::Rfc3339 => "Rfc3339",
        Codec::Rfc1123 => "Rfc1123",
        Codec::IsoOffset => "IsoOffset",
        Codec::EpochS => "EpochS",
        Codec::EpochMs => "EpochMs",
        Codec::Odata => "Odata",
        Codec::MinorUnits => "MinorUnits",
        Codec::YN => "YN",
        Codec::ZeroOne => "ZeroOne",
        Codec::JsonText => "JsonText",
    };
    Some(named.to_owned())
}
