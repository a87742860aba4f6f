//! Values and types between the form that the cases are written in and the evaluator's.

use crossdock::eval::{Map, Value};
use crossdock::model::Type;
use crossdock_runtime::Decimal;
use serde_json::Value as Json;
use std::rc::Rc;

/// The type that a case gives to a variable, if the language has it.
pub fn type_of(ty: &Json) -> Option<Type> {
    let (kind, of) = ty.as_object()?.iter().next()?;
    Some(match kind.as_str() {
        "primitive" => match of.as_str()? {
            "BOOL" => Type::Bool,
            "INT64" => Type::Int,
            "STRING" => Type::STRING,
            "BYTES" => Type::Bytes,
            // A double of a case is a decimal here: the cases that need more than that are left out.
            "DOUBLE" => Type::DECIMAL,
            _ => return None,
        },
        "well_known" => match of.as_str()? {
            "TIMESTAMP" => Type::Timestamp,
            "DURATION" => Type::Duration,
            _ => return None,
        },
        "list_type" => Type::List(Box::new(type_of(of.get("elem_type")?)?)),
        "map_type" => Type::Map(Box::new(type_of(of.get("key_type")?)?), Box::new(type_of(of.get("value_type")?)?)),
        _ => return None,
    })
}

/// A value as a case writes it, if the language has one.
pub fn value_of(value: &Json) -> Option<Value<'static>> {
    let (kind, of) = value.as_object()?.iter().next()?;
    Some(match kind.as_str() {
        "bool_value" => Value::Bool(of.as_bool()?),
        "int64_value" => Value::Int(of.as_str()?.parse().ok()?),
        "string_value" => Value::text(of.as_str()?.to_owned()),
        "bytes_value" => Value::Bytes(crossdock_runtime::bytes::from_base64(of.as_str()?).ok()?.into()),
        "double_value" => Value::Decimal(Decimal::parse(&of.as_number()?.to_string()).ok()?),
        "list_value" => Value::list(elements(of, "values").map(value_of).collect::<Option<_>>()?),
        "map_value" => {
            let entries = elements(of, "entries").map(|e| Some((value_of(e.get("key")?)?, value_of(e.get("value")?)?)));
            Value::Map(Rc::new(Map::new(entries.collect::<Option<_>>()?).ok()?))
        }
        _ => return None,
    })
}

fn elements<'j>(of: &'j Json, key: &str) -> impl Iterator<Item = &'j Json> {
    of.get(key).and_then(Json::as_array).into_iter().flatten()
}

/// Whether an evaluated value is what a case expects.
pub fn equals(expected: &Json, got: &Value<'_>) -> bool {
    value_of(expected).is_some_and(|expected| same_kind(&expected, got) && expected.compare(got).is_eq())
}

/// Comparing takes for granted that both are of one type; a case does not.
fn same_kind(a: &Value<'_>, b: &Value<'_>) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
        && match (a, b) {
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same_kind(a, b))
            }
            (Value::Map(a), Value::Map(b)) => a.entries().iter().all(|(key, value)| {
                b.entries().iter().any(|(k, v)| same_kind(key, k) && key.compare(k).is_eq() && same_kind(value, v))
            }),
            _ => true,
        }
}
