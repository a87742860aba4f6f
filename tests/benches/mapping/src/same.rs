//! Whether two ways of mapping come to the same: JSON by value, instants as instants, nothing as good as null.

use jiff::Timestamp;
use serde_json::Value;

/// The first place where two documents differ.
pub fn difference(a: &Value, b: &Value, path: &str) -> Option<String> {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => x.keys().chain(y.keys()).find_map(|key| {
            let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
            difference(&of(x), &of(y), &format!("{path}.{key}"))
        }),
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            let pairs = x.iter().zip(y).enumerate();
            pairs.into_iter().find_map(|(at, (x, y))| difference(x, y, &format!("{path}[{at}]")))
        }
        (Value::String(x), Value::String(y)) if path.ends_with("_at") => {
            let (x, y) = (x.parse::<Timestamp>(), y.parse::<Timestamp>());
            (x.is_err() || x.ok() != y.ok()).then(|| format!("{path}: {a} and {b}"))
        }
        _ => (a != b).then(|| format!("{path}: {a} and {b}")),
    }
}
