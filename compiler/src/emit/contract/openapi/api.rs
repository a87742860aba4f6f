//! An API that the workspace offers: canonical objects out and in, and problem details where an exception ends a call.
//!
//! Which status an exception answers with follows from its class and from where it arises; see [`status`].

use super::operation::{form, idempotency, names_in, parameters, place, split_query};
use super::security::Schemes;
use super::{components, content, head};
use crate::emit::contract::shape::{Named, Shapes, Way};
use crate::emit::contract::{Context, put, raises, words};
use crate::model::{Api, ApiOperation, Auth, ExceptionClass, Idempotency, Mapping, Model, Operation, ParamPlace, Type};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// The document.
pub(super) fn document(context: &Context<'_>, api: &Api) -> Value {
    let model = context.model;
    let mut shapes = context.components();
    let title = words::heading(&api.name);
    let mut document = head(context, title, api.version.as_ref(), api.description.as_ref(), api.span);
    document.insert("servers".to_owned(), json!([{ "url": "/" }]));
    let mut schemes = Schemes::new(None);
    document.insert("security".to_owned(), schemes.require(api.auth.as_ref()));
    let described = api.description.clone().unwrap_or_else(|| words::heading(&api.name));
    document.insert("tags".to_owned(), json!([{ "name": api.name, "description": described }]));
    let mut paths = Map::new();
    // Two templates of one form may not stand in one document: the first spelling holds.
    let mut spellings: BTreeMap<String, &str> = BTreeMap::new();
    for operation in &api.operations {
        let (path, _) = split_query(&operation.path);
        let path = *spellings.entry(form(path)).or_insert(path);
        place(&mut paths, path, operation.method, self::operation(model, &mut shapes, api, path, operation));
    }
    document.insert("paths".to_owned(), paths.into());
    document.insert("components".to_owned(), components(shapes.finish(), schemes.finish()));
    put(&mut document, "x-rate-limit", api.rate.clone());
    document.into()
}

fn operation(model: &Model, shapes: &mut Shapes<'_>, api: &Api, path: &str, operation: &ApiOperation) -> Value {
    let params = parameters(shapes, &operation.path, path, &operation.params, operation.idempotency.as_ref());
    let request = operation.request.map(|object| {
        let schema = shapes.refer(Named::Created { of: object, object, by: operation.caller });
        json!({ "required": true, "content": content(JSON, &schema) })
    });
    let mut out = Map::new();
    put(&mut out, "operationId", Some(operation.name.as_str()));
    put(&mut out, "summary", Some(words::heading(&operation.name)));
    put(&mut out, "description", operation.description.clone());
    out.insert("tags".to_owned(), json!([api.name]));
    put(&mut out, "parameters", (!params.is_empty()).then_some(params));
    put(&mut out, "requestBody", request);
    out.insert("responses".to_owned(), responses(model, shapes, api, operation));
    put(&mut out, "x-rate-limit", api.rate.clone());
    put(&mut out, "x-crossdock", extension(model, operation));
    out.into()
}

/// What OpenAPI has no word for.
fn extension(model: &Model, operation: &ApiOperation) -> Option<Value> {
    let mut map = Map::new();
    put(&mut map, "caller", operation.caller.map(|system| model.systems[system].name.as_str()));
    let call = operation
        .call
        .and_then(|(system, _)| Some(format!("{}.{}", model.systems[system].name, called(model, operation)?.name)));
    put(&mut map, "call", call);
    put(&mut map, "receive", operation.receive.map(|mapping| model.mappings[mapping].name.as_str()));
    put(&mut map, "idempotency", operation.idempotency.as_ref().map(idempotency));
    put(&mut map, "budget", operation.budget_ms.map(words::duration));
    put(&mut map, "cache", operation.cache.map(words::seconds));
    (!map.is_empty()).then(|| map.into())
}

fn called<'m>(model: &'m Model, operation: &ApiOperation) -> Option<&'m Operation> {
    let (system, position) = operation.call?;
    model.systems[system].operations.get(usize::from(position))
}

fn responses(model: &Model, shapes: &mut Shapes<'_>, api: &Api, operation: &ApiOperation) -> Value {
    let (success, answer) = success(model, shapes, operation);
    let mut out = Map::new();
    out.insert(success.to_string(), answer);
    for (status, names) in problems(model, api, operation) {
        out.insert(status.to_string(), problem(shapes, status, &names));
    }
    out.into()
}

/// The answer to a call that ends well.
fn success(model: &Model, shapes: &mut Shapes<'_>, operation: &ApiOperation) -> (u16, Value) {
    let received = operation.receive.map(|mapping| received(model, &model.mappings[mapping]));
    let schema = match (received, operation.response, called(model, operation)) {
        (Some(ty), ..) => Some(shapes.value(&ty)),
        (None, Some(object), _) => Some(shapes.value(&Type::Struct(object))),
        (None, None, called) => {
            called.and_then(|called| called.response).map(|record| shapes.document(record, Way::In))
        }
    };
    // What is not answered from a call is taken up by a flow.
    let status = if schema.is_some() || operation.call.is_some() { 200 } else { 202 };
    let mut map = Map::new();
    put(&mut map, "description", Some(words::reason(status)));
    let kept = operation.cache.map(|seconds| match seconds {
        0 => "no-store".to_owned(),
        seconds => format!("max-age={seconds}"),
    });
    put(
        &mut map,
        "headers",
        kept.map(|kept| {
            json!({ "Cache-Control": {
            "description": "How long the answer may be kept.",
            "schema": { "type": "string", "const": kept }
        } })
        }),
    );
    put(&mut map, "content", schema.map(|schema| content(JSON, &schema)));
    (status, map.into())
}

/// What a mapping makes of an answer: of a record that comes many at a time, as many.
fn received(model: &Model, mapping: &Mapping) -> Type {
    let many = mapping.inputs.first().is_some_and(|input| model.structs[input.of].many);
    match &mapping.target {
        Type::Struct(_) if many && mapping.inputs.len() == 1 => Type::List(Box::new(mapping.target.clone())),
        target => target.clone(),
    }
}

/// By status: the names of the exceptions that answer with it, if they have names.
fn problems(model: &Model, api: &Api, operation: &ApiOperation) -> BTreeMap<u16, BTreeSet<String>> {
    let mut by_status: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    let takes = !names_in(&operation.path).is_empty() || !operation.params.is_empty() || operation.request.is_some();
    if takes {
        by_status.entry(400).or_default().insert("decode_failed".to_owned());
    }
    if api.auth.as_ref().is_some_and(|auth| *auth != Auth::None) {
        by_status.entry(401).or_default();
    }
    if api.rate.is_some() {
        by_status.entry(429).or_default();
    }
    if matches!(operation.idempotency, Some(Idempotency::Header { .. })) {
        by_status.entry(409).or_default();
    }
    if let Some(called) = called(model, operation) {
        by_status.entry(502).or_default();
        by_status.entry(504).or_default();
        let asks = called.params.iter().any(|param| param.place == ParamPlace::Path);
        for (exception, condition, _) in &called.raises {
            let missing = asks && condition.iter().flat_map(raises::statuses).any(|status| status == "404");
            by_status.entry(status(model, exception, missing)).or_default().insert(exception.clone());
        }
    }
    if let Some(mapping) = operation.receive {
        for exception in crate::lower::raises::of_mapping(model, mapping) {
            by_status.entry(status(model, &exception, false)).or_default().insert(exception);
        }
    }
    if let Some(object) = operation.request {
        for invariant in &model.structs[object].invariants {
            by_status.entry(status(model, &invariant.raise, false)).or_default().insert(invariant.raise.clone());
        }
    }
    by_status
}

/// The status that an exception answers with: what is transient may be asked again (503); what a business rule refuses
/// may not (422), and what is not there is not found (404); all else is the fault of a system behind the API (502).
fn status(model: &Model, exception: &str, missing: bool) -> u16 {
    let known = model.exceptions_by_name.get(exception).map(|id| &model.exceptions[*id]);
    match known.and_then(|known| known.class) {
        _ if missing => 404,
        Some(ExceptionClass::Business) => 422,
        Some(ExceptionClass::Transient) => 503,
        Some(ExceptionClass::Defect) | None => 502,
    }
}

fn problem(shapes: &mut Shapes<'_>, status: u16, names: &BTreeSet<String>) -> Value {
    let details = shapes.refer(Named::Problem);
    let schema = if names.is_empty() {
        details
    } else {
        json!({ "allOf": [details, { "type": "object", "properties": { "exception": { "enum": names } } }] })
    };
    let mut map = Map::new();
    let description = match status {
        409 => "The idempotency key was used for another request",
        status => words::reason(status),
    };
    put(&mut map, "description", Some(description));
    if matches!(status, 429 | 503) {
        let header = json!({ "description": "Seconds to wait before asking again.", "schema": { "type": "integer" } });
        map.insert("headers".to_owned(), json!({ "Retry-After": header }));
    }
    map.insert("content".to_owned(), content(PROBLEM, &schema));
    map.into()
}
