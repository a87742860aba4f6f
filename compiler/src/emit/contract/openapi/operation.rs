//! What operations of systems and APIs have in common: addresses and parameters.

use crate::emit::contract::put;
use crate::emit::contract::shape::Shapes;
pub(super) use crate::model::path_form as form;
use crate::model::{HttpMethod, Idempotency, Param, ParamPlace};
use serde_json::{Map, Value, json};

/// A path template with what stands behind `?` taken off: fixed parameters of the query.
pub(super) fn split_query(path: &str) -> (&str, Vec<(&str, &str)>) {
    match path.split_once('?') {
        Some((path, query)) => {
            let pairs = query.split('&').filter(|pair| !pair.is_empty());
            (path, pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect())
        }
        None => (path, Vec::new()),
    }
}

/// The names of the parameters in a path template, in order.
pub(super) fn names_in(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// The parameters of an operation at a path template, `path` being the spelling that the document uses.
pub(super) fn parameters(
    shapes: &mut Shapes<'_>,
    own: &str,
    path: &str,
    params: &[Param],
    idempotency: Option<&Idempotency>,
) -> Vec<Value> {
    let mut out = Vec::new();
    let (own, fixed) = split_query(own);
    for (own, shown) in names_in(own).into_iter().zip(names_in(path)) {
        let declared = params.iter().find(|param| param.place == ParamPlace::Path && param.name == own);
        let schema = declared.map_or_else(|| json!({ "type": "string" }), |param| shapes.parameter(&param.ty));
        out.push(json!({ "name": shown, "in": "path", "required": true, "schema": schema }));
    }
    for (name, value) in fixed.into_iter().filter(|(_, value)| !value.contains('{')) {
        out.push(json!({ "name": name, "in": "query", "required": true, "schema": { "const": value } }));
    }
    for param in params.iter().filter(|param| param.place != ParamPlace::Path) {
        let schema = shapes.parameter(&param.ty);
        let mut map = Map::new();
        put(&mut map, "name", Some(param.name.as_str()));
        put(&mut map, "in", Some(param.place.word()));
        put(&mut map, "required", (!param.ty.is_optional()).then_some(true));
        map.insert("schema".to_owned(), schema);
        out.push(map.into());
    }
    if let Some(Idempotency::Header { name, .. }) = idempotency
        && !params.iter().any(|param| param.place == ParamPlace::Header && param.name.eq_ignore_ascii_case(name))
    {
        out.push(json!({
            "name": name,
            "in": "header",
            "description": "Tells a repeat from a new request: the same key has its effect once.",
            "required": true,
            "schema": { "type": "string", "minLength": 1 }
        }));
    }
    out
}

/// Merges the parameters of another operation at the same address: what not both require is not required.
pub(super) fn merge(into: &mut Vec<Value>, other: Vec<Value>) {
    let same = |a: &Value, b: &Value| a.get("name") == b.get("name") && a.get("in") == b.get("in");
    let optional = |parameter: &mut Value| {
        if let Some(map) = parameter.as_object_mut().filter(|map| map.get("in").is_none_or(|place| place != "path")) {
            map.shift_remove("required");
        }
    };
    into.iter_mut().filter(|known| !other.iter().any(|new| same(known, new))).for_each(optional);
    for mut new in other {
        let Some(known) = into.iter_mut().find(|known| same(known, &new)) else {
            optional(&mut new);
            into.push(new);
            continue;
        };
        if new.get("required").is_none() {
            optional(known);
        }
        let schema = new.get_mut("schema").map(Value::take);
        if let (Some(known), Some(schema)) = (known.get_mut("schema"), schema) {
            *known = either(known.take(), schema);
        }
    }
}

/// A schema that takes what either of two takes.
pub(super) fn either(a: Value, b: Value) -> Value {
    if a == b {
        return a;
    }
    let mut a = a;
    if let Some(Value::Array(all)) = a.get_mut("anyOf") {
        if !all.contains(&b) {
            all.push(b);
        }
        return a;
    }
    json!({ "anyOf": [a, b] })
}

/// How repeats are told from new requests.
pub(super) fn idempotency(idempotency: &Idempotency) -> Value {
    match idempotency {
        Idempotency::Header { name, retention } => {
            let mut map = Map::new();
            put(&mut map, "header", Some(name.as_str()));
            put(&mut map, "retention", retention.map(crate::emit::contract::words::seconds));
            map.into()
        }
        Idempotency::Natural => "natural".into(),
        Idempotency::None => "none".into(),
    }
}

/// Puts an operation at its address.
pub(super) fn place(paths: &mut Map<String, Value>, path: &str, method: HttpMethod, operation: Value) {
    let item = paths.entry(path).or_insert_with(|| Value::Object(Map::new()));
    if let Some(item) = item.as_object_mut() {
        item.insert(method.word().to_owned(), operation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_of_one_form_are_one_address() {
        assert_eq!(form("/orders/{id}.json"), form("/orders/{number}.json"));
        assert_ne!(form("/orders/{id}"), form("/orders/{id}/lines"));
        assert_eq!(names_in("/a/{b}/c/{d}"), ["b", "d"]);
        assert_eq!(split_query("/a?x=1&y=2"), ("/a", vec![("x", "1"), ("y", "2")]));
    }

    #[test]
    fn what_only_one_operation_requires_is_not_required() {
        let parameter = |name: &str| json!({ "name": name, "in": "query", "required": true, "schema": {} });
        let mut all = vec![parameter("a"), parameter("b")];
        merge(&mut all, vec![parameter("b"), parameter("c")]);
        let required: Vec<bool> = all.iter().map(|p| p.get("required").is_some()).collect();
        assert_eq!(required, [false, true, false]);
    }
}
