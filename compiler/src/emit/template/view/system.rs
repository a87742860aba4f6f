//! Systems and APIs, as templates see them.

use super::mapping::{Unmapped, unmapped};
use crate::model::{self, Effect, Id, Model, Struct, Transport, WireKind};
use serde::Serialize;

/// A system.
#[derive(Debug, Serialize)]
pub struct System {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// `commerce`, `erp`, …
    pub role: String,
    /// The team's name.
    pub team: Option<String>,
    /// Where it runs.
    pub region: Option<String>,
    /// The base URL.
    pub base: Option<String>,
    /// Its records.
    pub records: Vec<Record>,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Its events.
    pub events: Vec<Event>,
}

/// A record.
#[derive(Debug, Serialize)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// The route from the document to it.
    pub root: Vec<String>,
    /// Whether many stand there.
    pub many: bool,
    /// `reject`, `warn` or `ignore`.
    pub unknown: &'static str,
    /// Its fields.
    pub fields: Vec<RecordField>,
    /// What no mapping reads.
    pub unmapped: Vec<Unmapped>,
}

/// A field of a record.
#[derive(Debug, Serialize)]
pub struct RecordField {
    /// Its name.
    pub name: String,
    /// The route on the wire; of two siblings read as one, none.
    pub path: Vec<String>,
    /// Its type, as a spec writes it.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether it may be none.
    pub optional: bool,
    /// Markdown.
    pub description: Option<String>,
    /// The data class.
    pub class: &'static str,
    /// Spellings of no value.
    pub absent: Vec<String>,
}

/// An operation.
#[derive(Debug, Serialize)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// `http`, `queue`, `file` or `adapter`.
    pub transport: Option<&'static str>,
    /// `GET` and the like, for `http`.
    pub method: Option<String>,
    /// Path, queue, folder or adapter.
    pub address: Option<String>,
    /// `read` or `write`.
    pub effect: &'static str,
    /// The request's record.
    pub request: Option<String>,
    /// The response's record.
    pub response: Option<String>,
    /// Its parameters.
    pub params: Vec<Param>,
    /// The exceptions that it raises.
    pub raises: Vec<String>,
    /// The operation that undoes it.
    pub undo: Option<String>,
}

/// A parameter.
#[derive(Debug, Serialize)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: &'static str,
    /// Its type, as a spec writes it.
    #[serde(rename = "type")]
    pub ty: String,
}

/// An event.
#[derive(Debug, Serialize)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// `webhook`, `poll`, `queue`, `file` or `adapter`.
    pub transport: Option<&'static str>,
    /// Path, operation, queue, folder or adapter.
    pub address: Option<String>,
    /// The record that it carries.
    pub record: Option<String>,
}

/// An API.
#[derive(Debug, Serialize)]
pub struct Api {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// The rate limit, as a spec writes it.
    pub rate: Option<String>,
    /// Its operations.
    pub operations: Vec<ApiOperation>,
}

/// An operation of an API.
#[derive(Debug, Serialize)]
pub struct ApiOperation {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// `GET` and the like.
    pub method: String,
    /// The path template.
    pub path: String,
    /// Its parameters.
    pub params: Vec<Param>,
    /// The system that answers.
    pub system: Option<String>,
    /// The mapping of the answer.
    pub receive: Option<String>,
    /// The object that callers send.
    pub request: Option<String>,
    /// The flow whose state is shown.
    pub shows: Option<String>,
}

pub(super) fn system(model: &Model, system: &model::System) -> System {
    System {
        name: system.name.clone(),
        description: system.description.clone(),
        role: system.role.clone(),
        team: system.team.clone(),
        region: system.region.clone(),
        base: system.base.clone(),
        records: system.records.iter().map(|id| record(model, *id)).collect(),
        operations: system.operations.iter().map(|declared| operation(model, declared)).collect(),
        events: system.events.iter().map(|declared| event(model, declared)).collect(),
    }
}

fn record(model: &Model, id: Id<Struct>) -> Record {
    let of = &model.structs[id];
    let field = |field: &model::Field| RecordField {
        name: field.name.clone(),
        path: match field.wire.as_ref().map(|wire| &wire.kind) {
            Some(WireKind::Route { keys, .. }) => keys.clone(),
            _ => Vec::new(),
        },
        ty: field.ty.show(model),
        optional: field.ty.is_optional(),
        description: field.description.clone(),
        class: field.class.word(),
        absent: field.wire.as_ref().map(|wire| wire.absent.clone()).unwrap_or_default(),
    };
    Record {
        name: of.name.clone(),
        description: of.description.clone(),
        root: of.root.clone(),
        many: of.many,
        unknown: of.unknown.word(),
        fields: of.fields.iter().map(field).collect(),
        unmapped: unmapped(&of.unmapped),
    }
}

/// The kind of a transport, its method and its address.
fn transport(transport: Option<&Transport>) -> (Option<&'static str>, Option<String>, Option<String>) {
    match transport {
        Some(Transport::Http(method, path)) => {
            (Some("http"), Some(method.word().to_ascii_uppercase()), Some(path.clone()))
        }
        Some(Transport::Webhook { path, .. }) => (Some("webhook"), None, path.clone()),
        Some(Transport::Poll { operation, .. }) => (Some("poll"), None, Some(operation.clone())),
        Some(Transport::Queue(name)) => (Some("queue"), None, Some(name.clone())),
        Some(Transport::File(folder)) => (Some("file"), None, Some(folder.clone())),
        Some(Transport::Adapter(name)) => (Some("adapter"), None, Some(name.clone())),
        None => (None, None, None),
    }
}

fn name_of(model: &Model, id: Option<Id<Struct>>) -> Option<String> {
    id.map(|id| model.structs[id].name.clone())
}

fn operation(model: &Model, operation: &model::Operation) -> Operation {
    let (kind, method, address) = transport(operation.transport.as_ref());
    Operation {
        name: operation.name.clone(),
        description: operation.description.clone(),
        transport: kind,
        method,
        address,
        effect: if operation.effect == Effect::Write { "write" } else { "read" },
        request: name_of(model, operation.request),
        response: name_of(model, operation.response),
        params: params(model, &operation.params),
        raises: operation.raises.iter().map(|(name, ..)| name.clone()).collect(),
        undo: operation.undo.as_ref().map(|(name, _)| name.clone()),
    }
}

fn params(model: &Model, params: &[model::Param]) -> Vec<Param> {
    let param =
        |param: &model::Param| Param { name: param.name.clone(), place: param.place.word(), ty: param.ty.show(model) };
    params.iter().map(param).collect()
}

fn event(model: &Model, event: &model::Event) -> Event {
    let (kind, _, address) = transport(event.transport.as_ref());
    Event {
        name: event.name.clone(),
        description: event.description.clone(),
        transport: kind,
        address,
        record: name_of(model, event.record),
    }
}

pub(super) fn api(model: &Model, api: &model::Api) -> Api {
    let operation = |operation: &model::ApiOperation| ApiOperation {
        name: operation.name.clone(),
        description: operation.description.clone(),
        method: operation.method.word().to_ascii_uppercase(),
        path: operation.path.clone(),
        params: params(model, &operation.params),
        system: operation.call.map(|(system, _)| model.systems[system].name.clone()),
        receive: operation.receive.map(|mapping| model.mappings[mapping].name.clone()),
        request: name_of(model, operation.request),
        shows: operation.shows.map(|flow| model.flows[flow].name.clone()),
    };
    Api {
        name: api.name.clone(),
        description: api.description.clone(),
        rate: api.rate.clone(),
        operations: api.operations.iter().map(operation).collect(),
    }
}
