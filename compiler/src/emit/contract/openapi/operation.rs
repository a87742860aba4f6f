//! What operations of systems and APIs have in common: addresses and parameters.

use crate::emit::contract::shape::Shapes;
use crate::emit::contract::{put, words};
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
    for (own, shown) in words::names_in(own).into_iter().zip(words::names_in(path)) {
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

/// Merges the parameters of operations at one address, each with its name: one that not all need may be left out, and
/// says who needs it, or whose it is.
pub(super) fn merge<'n>(operations: impl Iterator<Item = (&'n str, Vec<Value>)>) -> Vec<Value> {
    struct Merged<'n> {
        parameter: Value,
        of: Vec<&'n str>,
        needed: Vec<&'n str>,
    }
    let mut all: Vec<Merged<'n>> = Vec::new();
    let mut count = 0_usize;
    for (name, parameters) in operations {
        count += 1;
        for mut new in parameters {
            let needed = new.get("required").is_some();
            let Some(known) = all.iter_mut().find(|known| is_same(&known.parameter, &new)) else {
                all.push(Merged {
                    parameter: new,
                    of: vec![name],
                    needed: needed.then_some(name).into_iter().collect(),
                });
                continue;
            };
            known.of.push(name);
            known.needed.extend(needed.then_some(name));
            let schema = new.get_mut("schema").map(Value::take);
            if let (Some(known), Some(schema)) = (known.parameter.get_mut("schema"), schema) {
                *known = either(known.take(), schema);
            }
            if let (Some(map), Some(text)) = (known.parameter.as_object_mut(), new.get_mut("description")) {
                map.entry("description").or_insert(text.take());
            }
        }
    }
    let finish = |merged: Merged<'n>| {
        let Merged { mut parameter, of, needed } = merged;
        let mut notes = Vec::new();
        if of.len() < count {
            let there = if needed == of { "; required there" } else { "" };
            notes.push(format!("Only of {}{there}.", words::names(&of)));
        }
        if !needed.is_empty() && needed.len() < count && needed != of {
            notes.push(format!("Required by {}.", words::names(&needed)));
        }
        if let Some(map) = parameter.as_object_mut() {
            if needed.len() < count {
                map.shift_remove("required");
            }
            if !notes.is_empty() {
                let said = map.shift_remove("description");
                notes.splice(0..0, said.and_then(|said| said.as_str().map(str::to_owned)));
                map.shift_insert(map.len().min(2), "description".to_owned(), notes.join(" ").into());
            }
        }
        parameter
    };
    all.into_iter().map(finish).collect()
}

/// Whether two parameters are one. Case makes no difference to headers.
fn is_same(a: &Value, b: &Value) -> bool {
    let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
    let place = text(a, "in");
    let (one, other) = (text(a, "name"), text(b, "name"));
    place == text(b, "in") && (one == other || (place == "header" && one.eq_ignore_ascii_case(&other)))
}

/// A schema that takes what either of two takes.
pub(super) fn either(a: Value, b: Value) -> Value {
    if a == b {
        return a;
    }
    // Only what this function made, and not a schema whose `anyOf` is one word among others.
    let mut a = a;
    if let Some(Value::Array(all)) = a.as_object_mut().filter(|a| a.len() == 1).and_then(|a| a.get_mut("anyOf")) {
        if !all.contains(&b) {
            all.push(b);
        }
        return a;
    }
    json!({ "anyOf": [a, b] })
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
        assert_eq!(split_query("/a?x=1&y=2"), ("/a", vec![("x", "1"), ("y", "2")]));
    }

    #[test]
    fn what_only_one_operation_requires_is_not_required() {
        let parameter = |name: &str| json!({ "name": name, "in": "query", "required": true, "schema": {} });
        let first = ("first", vec![parameter("a"), parameter("b")]);
        let all = merge([first, ("second", vec![parameter("b"), parameter("c")])].into_iter());
        let required: Vec<bool> = all.iter().map(|p| p.get("required").is_some()).collect();
        assert_eq!(required, [false, true, false]);
        let said: Vec<Option<&str>> = all.iter().map(|p| p.get("description").and_then(Value::as_str)).collect();
        let note = |name: &str| format!("Only of `{name}`; required there.");
        assert_eq!(said, [Some(note("first").as_str()), None, Some(note("second").as_str())]);
    }

    #[test]
    fn headers_that_differ_in_case_are_one() {
        let parameter = |name: &str, of: &str| json!({ "name": name, "in": "header", "schema": { "type": of } });
        let all =
            merge([("a", vec![parameter("X-Id", "string")]), ("b", vec![parameter("x-id", "integer")])].into_iter());
        let either = json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] });
        assert_eq!(all, [json!({ "name": "X-Id", "in": "header", "schema": either })]);
    }
}
