//! A system's document: its HTTP operations, and its webhooks.

use super::operation::{either, form, idempotency, merge, parameters, place, split_query};
use super::security::Schemes;
use super::{components, content, head};
use crate::emit::contract::shape::{Shapes, Way};
use crate::emit::contract::{Context, put, raises, words};
use crate::model::{Effect, Event, HttpMethod, Id, Model, Operation, Retry, Struct, System, Transport, WriteMode};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const JSON: &str = "application/json";

/// Operations that share method and address: OpenAPI has one place for them.
struct Address<'m> {
    method: HttpMethod,
    /// As the first of them spells it, without a query.
    path: &'m str,
    operations: Vec<(&'m str, &'m Operation)>,
}

/// The document.
pub(super) fn document(context: &Context<'_>, system: &System) -> Value {
    let model = context.model;
    let mut shapes = context.components();
    // What the workspace uses of it, and not the vendor's whole interface.
    let title = format!("{}, as {} uses it", system.name, model.workspace.name);
    let mut document = head(context, title, None, system.description.as_ref(), system.span);
    let base = system.base.as_deref();
    let server = json!([{ "url": base.map_or("/", |base| base.trim_end_matches('/')) }]);
    document.insert("servers".to_owned(), server);
    let mut schemes = Schemes::new(base);
    document.insert("security".to_owned(), schemes.require(system.auth.as_ref()));
    let described = system.description.clone().unwrap_or_else(|| system.role.clone());
    document.insert("tags".to_owned(), json!([{ "name": system.name, "description": described }]));
    let mut paths = Map::new();
    for address in addresses(system) {
        place(&mut paths, address.path, address.method, operation(model, &mut shapes, &mut schemes, system, &address));
    }
    document.insert("paths".to_owned(), paths.into());
    let webhooks = webhooks(&mut shapes, system);
    put(&mut document, "webhooks", (!webhooks.is_empty()).then_some(webhooks));
    document.insert("components".to_owned(), components(shapes.finish(), schemes.finish()));
    put(&mut document, "x-crossdock", about(system));
    document.into()
}

fn about(system: &System) -> Option<Value> {
    let mut limits = Map::new();
    put(&mut limits, "rate", system.limits.rate_milli.map(words::rate));
    put(&mut limits, "burst", system.limits.burst);
    put(&mut limits, "concurrency", system.limits.concurrency);
    let mut about = Map::new();
    put(&mut about, "role", Some(system.role.as_str()).filter(|role| !role.is_empty()));
    put(&mut about, "team", system.team.clone());
    put(&mut about, "region", system.region.clone());
    put(&mut about, "limits", (!limits.is_empty()).then_some(limits));
    (!about.is_empty()).then(|| about.into())
}

fn addresses(system: &System) -> Vec<Address<'_>> {
    let mut addresses: Vec<Address<'_>> = Vec::new();
    let mut spellings: BTreeMap<String, &str> = BTreeMap::new();
    let mut positions: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for operation in &system.operations {
        let Some(Transport::Http(method, own)) = &operation.transport else { continue };
        let (path, _) = split_query(own);
        // Two templates of one form may not stand in one document: the first spelling holds.
        let form = form(path);
        let path = *spellings.entry(form.clone()).or_insert(path);
        let position = *positions.entry((form, method.word())).or_insert(addresses.len());
        match addresses.get_mut(position) {
            Some(address) => address.operations.push((own, operation)),
            None => addresses.push(Address { method: *method, path, operations: vec![(own, operation)] }),
        }
    }
    addresses
}

/// What stands at an address.
fn operation(
    model: &Model,
    shapes: &mut Shapes<'_>,
    schemes: &mut Schemes<'_>,
    system: &System,
    address: &Address<'_>,
) -> Value {
    let names: Vec<&str> = address.operations.iter().map(|(_, operation)| operation.name.as_str()).collect();
    let described: Vec<&str> =
        address.operations.iter().filter_map(|(_, operation)| operation.description.as_deref()).collect();
    let mut all = Vec::new();
    for (index, (own, operation)) in address.operations.iter().enumerate() {
        let these = parameters(shapes, own, address.path, &operation.params, Some(&operation.idempotency));
        if index == 0 {
            all = these;
        } else {
            merge(&mut all, these);
        }
    }
    let requests = address.operations.iter().filter_map(|(_, operation)| operation.request);
    let request = requests.map(|record| shapes.document(record, Way::Out)).reduce(either);
    let mut out = Map::new();
    let name = names.join("_or_");
    put(&mut out, "operationId", Some(name.as_str()));
    put(&mut out, "summary", Some(words::heading(&name)));
    put(&mut out, "description", (!described.is_empty()).then(|| described.join("\n\n")));
    out.insert("tags".to_owned(), json!([system.name]));
    // What stands at one address takes one way to authenticate: the first that an operation says for itself.
    let own = address.operations.iter().find_map(|(_, operation)| operation.auth.as_ref());
    put(&mut out, "security", own.map(|auth| schemes.require(Some(auth))));
    put(&mut out, "parameters", (!all.is_empty()).then_some(all));
    let body = request.map(|schema| json!({ "required": true, "content": content(JSON, &schema) }));
    put(&mut out, "requestBody", body);
    out.insert("responses".to_owned(), responses(model, shapes, address));
    let about: Vec<Value> = address.operations.iter().map(|(_, operation)| extension(system, operation)).collect();
    out.insert(
        "x-crossdock".to_owned(),
        match about.as_slice() {
            [only] => only.clone(),
            _ => about.into(),
        },
    );
    out.into()
}

/// What one status means: schemas of its body, and exceptions raised on it.
#[derive(Default)]
struct Response {
    success: bool,
    schema: Option<Value>,
    raises: Vec<String>,
}

impl Response {
    fn with(&mut self, schema: Value) {
        self.schema = Some(match self.schema.take() {
            Some(known) => either(known, schema),
            None => schema,
        });
    }
}

fn responses(model: &Model, shapes: &mut Shapes<'_>, address: &Address<'_>) -> Value {
    let mut by_status: BTreeMap<String, Response> = BTreeMap::new();
    for (_, operation) in &address.operations {
        for status in successes(address.method, operation) {
            let response = by_status.entry(status.to_string()).or_default();
            response.success = true;
            // These statuses have no body.
            if let Some(record) = operation.response.filter(|_| status != 204 && status != 205) {
                response.with(shapes.document(record, Way::In));
            }
        }
        for (status, record) in &operation.errors {
            by_status.entry(status.to_string()).or_default().with(shapes.document(*record, Way::In));
        }
        for (exception, condition, _) in &operation.raises {
            for status in condition.iter().flat_map(raises::statuses) {
                let response = by_status.entry(status).or_default();
                if !response.raises.contains(exception) {
                    response.raises.push(exception.clone());
                }
            }
        }
    }
    // There is always a way to be refused; a reader should not have to wonder.
    if !by_status.keys().any(|status| status.starts_with('4')) {
        by_status.entry("4XX".to_owned()).or_default();
    }
    by_status.into_iter().map(|(status, response)| described(model, status, response)).collect::<Map<_, _>>().into()
}

fn described(model: &Model, status: String, response: Response) -> (String, Value) {
    let reason = match status.parse() {
        Ok(status) => words::reason(status),
        Err(_) if status.starts_with('4') => "Refused",
        Err(_) => "Failed",
    };
    let mut description = reason.to_owned();
    for exception in &response.raises {
        let known = model.exceptions_by_name.get(exception).map(|id| &model.exceptions[*id]);
        let what = known.and_then(|known| known.description.as_deref()).unwrap_or_default();
        let dots = if what.is_empty() { "" } else { ": " };
        // Writing to a string does not fail.
        let _ = write!(description, "\n\nRaises `{exception}`{dots}{what}");
    }
    let mut map = Map::new();
    put(&mut map, "description", Some(description));
    put(&mut map, "content", response.schema.map(|schema| content(JSON, &schema)));
    put(&mut map, "x-raises", (!response.raises.is_empty()).then_some(response.raises));
    (status, map.into())
}

/// The statuses of success, said or usual.
fn successes(method: HttpMethod, operation: &Operation) -> Vec<u16> {
    match (operation.success.as_slice(), method, operation.response) {
        ([], HttpMethod::Post, Some(_)) => vec![201],
        ([], ..) => vec![200],
        (said, ..) => said.to_vec(),
    }
}

/// What OpenAPI has no word for.
fn extension(system: &System, operation: &Operation) -> Value {
    let mut map = Map::new();
    let write = operation.effect == Effect::Write;
    put(&mut map, "operation", Some(operation.name.as_str()));
    put(&mut map, "effect", Some(if write { "write" } else { "read" }));
    put(&mut map, "idempotency", write.then(|| idempotency(&operation.idempotency)));
    put(&mut map, "undo", operation.undo.as_ref().map(|(name, _)| name.as_str()));
    put(
        &mut map,
        "mode",
        write.then_some(match operation.mode {
            WriteMode::Merge => "merge",
            WriteMode::Replace => "replace",
        }),
    );
    let raises: Vec<Value> = operation.raises.iter().map(|(name, ..)| name.as_str().into()).collect();
    put(&mut map, "raises", (!raises.is_empty()).then_some(raises));
    put(&mut map, "retry", operation.retry.or(system.retry).map(retry));
    put(&mut map, "timeout", operation.timeout_ms.or(system.timeout_ms).map(words::duration));
    if let Some(page) = &operation.page {
        let page = json!({ "items": page.items, "next": page.next, "into": page.into });
        map.insert("page".to_owned(), page);
    }
    map.into()
}

fn retry(retry: Retry) -> Value {
    let mut map = Map::new();
    put(&mut map, "attempts", retry.attempts);
    let backoff =
        retry.backoff_ms.map(|(first, most)| format!("{}..{}", words::duration(first), words::duration(most)));
    put(&mut map, "backoff", backoff);
    map.into()
}

fn webhooks(shapes: &mut Shapes<'_>, system: &System) -> Map<String, Value> {
    let taken = |name: &str| system.operations.iter().any(|operation| operation.name == name);
    let mut out = Map::new();
    for event in &system.events {
        if let Some(Transport::Webhook { path, hmac_header }) = &event.transport {
            let id = if taken(&event.name) { format!("on_{}", event.name) } else { event.name.clone() };
            let call = webhook(shapes, system, event, id, path.as_deref(), hmac_header.as_deref());
            out.insert(event.name.clone(), json!({ "post": call }));
        }
    }
    out
}

fn webhook(
    shapes: &mut Shapes<'_>,
    system: &System,
    event: &Event,
    id: String,
    path: Option<&str>,
    hmac: Option<&str>,
) -> Value {
    let mut out = Map::new();
    put(&mut out, "operationId", Some(id));
    put(&mut out, "summary", Some(words::heading(&event.name)));
    put(&mut out, "description", event.description.clone());
    out.insert("tags".to_owned(), json!([system.name]));
    // The caller proves itself by the signature, not by what protects the operations.
    out.insert("security".to_owned(), json!([]));
    let signature = hmac.map(|header| {
        json!([{
            "name": header,
            "in": "header",
            "description": "HMAC-SHA256 of the body.",
            "required": true,
            "schema": { "type": "string" },
            "x-hmac": "sha256"
        }])
    });
    put(&mut out, "parameters", signature);
    let record = |record: Id<Struct>| {
        let schema = shapes.document(record, Way::In);
        json!({ "required": true, "content": content(JSON, &schema) })
    };
    put(&mut out, "requestBody", event.record.map(record));
    let refused = hmac.map(|_| json!({ "description": "The signature is wrong" }));
    let mut responses = Map::new();
    responses.insert("2XX".to_owned(), json!({ "description": "Taken; a repeat of it changes nothing" }));
    put(&mut responses, "401", refused);
    out.insert("responses".to_owned(), responses.into());
    put(&mut out, "x-crossdock", path.map(|path| json!({ "path": path })));
    out.into()
}
