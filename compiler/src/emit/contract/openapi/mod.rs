//! OpenAPI 3.1: one document per API that the workspace offers, and one per system with HTTP operations or webhooks.
//!
//! What OpenAPI has no word for stands under `x-crossdock`. Absent on purpose: operations over files, queues and
//! adapters, which are no HTTP.

mod address;
mod api;
mod flow;
mod operation;
mod problems;
mod system;

use super::{Context, info, put, text};
use crate::model::{Api, Id, Transport};
use crate::source::Span;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

/// All documents by path below `contracts/`, in order of declaration.
pub(super) fn documents(context: &Context<'_>) -> Vec<(String, Vec<u8>)> {
    let model = context.model;
    let apis: Vec<(Id<Api>, &Api)> = model.apis.iter().collect();
    let apis = apis
        .par_iter()
        .map(|(id, api)| (format!("openapi/api-{}.json", api.name), text(&api::document(context, *id, api))));
    let systems = model.systems.rows().par_iter().filter(|system| {
        let operations = system.operations.iter().map(|operation| &operation.transport);
        let mut transports = operations.chain(system.events.iter().map(|event| &event.transport));
        transports.any(|transport| matches!(transport, Some(Transport::Http(..) | Transport::Webhook { .. })))
    });
    let systems =
        systems.map(|system| (format!("openapi/{}.json", system.name), text(&system::document(context, system))));
    let mut documents: Vec<_> = apis.collect();
    documents.par_extend(systems);
    documents
}

/// The head of a document; the rest is added to it.
fn head(
    context: &Context<'_>,
    title: String,
    version: Option<&String>,
    description: Option<&String>,
    declared: Span,
) -> Map<String, Value> {
    let info = info(context, title, version, description, &[declared]);
    let mut document = Map::new();
    document.insert("openapi".to_owned(), "3.1.0".into());
    document.insert("info".to_owned(), info);
    document
}

/// The parts that other parts refer to.
fn components(schemas: Map<String, Value>, security: Map<String, Value>) -> Value {
    let mut components = Map::new();
    put(&mut components, "schemas", (!schemas.is_empty()).then_some(schemas));
    put(&mut components, "securitySchemes", (!security.is_empty()).then_some(security));
    components.into()
}

/// Content of a media type.
fn content(media: &str, schema: &Value) -> Value {
    json!({ media: { "schema": schema } })
}
