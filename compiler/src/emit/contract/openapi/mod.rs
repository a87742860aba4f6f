//! OpenAPI 3.1: one document per API that the workspace offers, and one per system with HTTP operations or webhooks.
//!
//! What OpenAPI has no word for stands under `x-crossdock`. Absent on purpose: operations over files, queues and
//! adapters, which are no HTTP.

mod address;
mod api;
mod operation;
mod security;
mod system;

use super::{Context, put, text};
use crate::model::Transport;
use crate::source::Span;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

/// All documents by path below `contracts/`, in order of declaration.
pub(super) fn documents(context: &Context<'_>) -> Vec<(String, Vec<u8>)> {
    let model = context.model;
    let apis = model
        .apis
        .rows()
        .par_iter()
        .map(|api| (format!("openapi/api-{}.json", api.name), text(&api::document(context, api))));
    let systems = model.systems.rows().par_iter().filter(|system| {
        let operations = system.operations.iter().map(|operation| &operation.transport);
        let mut transports = operations.chain(system.events.iter().map(|event| &event.transport));
        transports.any(|transport| matches!(transport, Some(Transport::Http(..) | Transport::Webhook { .. })))
    });
    let systems =
        systems.map(|system| (format!("openapi/{}.json", system.name), text(&system::document(context, system))));
    apis.chain(systems).collect()
}

/// The head of a document; the rest is added to it.
fn head(
    context: &Context<'_>,
    title: String,
    version: Option<&String>,
    description: Option<&String>,
    declared: Span,
) -> Map<String, Value> {
    let workspace = &context.model.workspace;
    let mut info = Map::new();
    info.insert("title".to_owned(), title.into());
    put(&mut info, "description", description.cloned());
    let version = version.unwrap_or(&workspace.version).as_str();
    info.insert("version".to_owned(), if version.is_empty() { "0.0.0" } else { version }.into());
    info.insert("x-generated-by".to_owned(), context.origin(declared).into());
    let mut document = Map::new();
    document.insert("openapi".to_owned(), "3.1.0".into());
    document.insert("info".to_owned(), info.into());
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

/// A URL that is absolute, or follows a base.
fn absolute(base: Option<&str>, url: &str) -> String {
    match base {
        Some(base) if !url.contains("://") => {
            format!("{}/{}", base.trim_end_matches('/'), url.trim_start_matches('/'))
        }
        _ => url.to_owned(),
    }
}
