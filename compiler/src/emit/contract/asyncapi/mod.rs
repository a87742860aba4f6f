//! AsyncAPI 3.0: one document for what the workspace publishes, and one per system for what it tells and is told by
//! messages. The application that they describe is the workspace: it receives what systems send, and sends what it
//! publishes.
//!
//! What AsyncAPI has no word for stands under `x-` keys. Servers are left out: which broker carries a channel differs by
//! deployment. Absent on purpose: operations over HTTP and adapters, which are calls and no messages.

mod channels;
mod published;
mod security;
mod system;

use super::{Context, info, put, text};
use crate::model::{Id, Model, System};
use crate::source::Span;
use channels::Channels;
use rayon::prelude::*;
use serde_json::{Map, Value};

const JSON: &str = "application/json";

/// All documents by path below `contracts/`, in order of declaration.
pub(super) fn documents(context: &Context<'_>) -> Vec<(String, Vec<u8>)> {
    let model = context.model;
    // A system's name has no `-`.
    let published =
        published::document(context).map(|document| ("asyncapi/published-events.json".to_owned(), text(&document)));
    let systems: Vec<(Id<System>, &System)> =
        model.systems.iter().filter(|(_, system)| system::has_messages(system)).collect();
    let systems = systems
        .par_iter()
        .map(|(id, system)| (format!("asyncapi/{}.json", system.name), text(&system::document(context, *id, system))));
    published.into_iter().chain(systems.collect::<Vec<_>>()).collect()
}

/// A document without channels.
fn head(context: &Context<'_>, title: String, description: Option<&String>, declared: &[Span]) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("asyncapi".to_owned(), "3.0.0".into());
    document.insert("info".to_owned(), info(context, title, None, description, declared));
    document.insert("defaultContentType".to_owned(), JSON.into());
    document
}

/// Adds the channels, and all that they refer to.
fn fill(
    document: &mut Map<String, Value>,
    channels: Channels,
    schemas: Map<String, Value>,
    security: Map<String, Value>,
) {
    let Channels { all, operations, messages, .. } = channels;
    document.insert("channels".to_owned(), all.into());
    document.insert("operations".to_owned(), operations.into());
    let mut components = Map::new();
    put(&mut components, "messages", Some(messages));
    put(&mut components, "schemas", (!schemas.is_empty()).then_some(schemas));
    put(&mut components, "securitySchemes", (!security.is_empty()).then_some(security));
    document.insert("components".to_owned(), components.into());
}

/// Where what can't be handled waits: the team and its clock, of an exception.
fn dead_letter(model: &Model, exception: &str) -> Option<Value> {
    let known = &model.exceptions[*model.exceptions_by_name.get(exception)?];
    let mut map = Map::new();
    put(&mut map, "exception", Some(exception));
    put(&mut map, "team", known.team.clone());
    put(&mut map, "sla", known.sla.map(super::words::seconds));
    Some(map.into())
}
