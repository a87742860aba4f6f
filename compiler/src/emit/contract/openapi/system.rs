//! A system's document: its HTTP operations, and its webhooks.

use super::address::{self, addresses};
use super::operation::place;
use super::{components, content, head};
use crate::emit::contract::security::Schemes;
use crate::emit::contract::shape::{Shapes, Way};
use crate::emit::contract::{Context, about, put, words};
use crate::model::{Event, Id, Struct, System, Transport};
use serde_json::{Map, Value, json};

const JSON: &str = "application/json";

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
        place(
            &mut paths,
            address.path,
            address.method,
            address::operation(model, &mut shapes, &mut schemes, system, &address),
        );
    }
    document.insert("paths".to_owned(), paths.into());
    let webhooks = webhooks(&mut shapes, system);
    put(&mut document, "webhooks", (!webhooks.is_empty()).then_some(webhooks));
    document.insert("components".to_owned(), components(shapes.finish(), schemes.finish()));
    put(&mut document, "x-crossdock", about::system(system));
    document.into()
}

fn webhooks(shapes: &mut Shapes<'_>, system: &System) -> Map<String, Value> {
    let mut out = Map::new();
    for event in &system.events {
        if let Some(Transport::Webhook { path, hmac_header }) = &event.transport {
            let id = about::event_id(system, event);
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
