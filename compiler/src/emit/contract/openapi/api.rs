//! An API that the workspace offers: canonical objects out and in, flows that are started and shown, and problem details
//! where an exception ends a call.

use super::operation::{form, parameters, place, split_query};
use super::problems::Problems;
use super::{components, content, flow, head};
use crate::emit::contract::security::Schemes;
use crate::emit::contract::shape::{Named, Shapes, Way};
use crate::emit::contract::{Context, about, put, words};
use crate::model::{Api, ApiOperation, Flow, Id, Mapping, Model, Operation, StartFrom, Type};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const JSON: &str = "application/json";

/// An API within its model.
#[derive(Clone, Copy)]
pub(super) struct Offer<'m> {
    pub(super) model: &'m Model,
    id: Id<Api>,
    pub(super) api: &'m Api,
}

/// The document.
pub(super) fn document(context: &Context<'_>, id: Id<Api>, api: &Api) -> Value {
    let offer = Offer { model: context.model, id, api };
    let mut shapes = context.components();
    let title = words::heading(&api.name);
    let mut document = head(context, title, api.version.as_ref(), api.description.as_ref(), api.span);
    document.insert("servers".to_owned(), json!([{ "url": "/" }]));
    let mut schemes = Schemes::new(None);
    document.insert("security".to_owned(), schemes.require(api.auth.as_ref()));
    let described = api.description.clone().unwrap_or_else(|| words::heading(&api.name));
    document.insert("tags".to_owned(), json!([{ "name": api.name, "description": described }]));
    document.insert("paths".to_owned(), paths(offer, &mut shapes).into());
    document.insert("components".to_owned(), components(shapes.finish(), schemes.finish()));
    put(&mut document, "x-rate-limit", api.rate.clone());
    document.into()
}

fn paths(offer: Offer<'_>, shapes: &mut Shapes<'_>) -> Map<String, Value> {
    let mut paths = Map::new();
    // Two templates of one form may not stand in one document: the first spelling holds.
    let mut spellings: BTreeMap<String, String> = BTreeMap::new();
    for operation in &offer.api.operations {
        let (path, _) = split_query(&operation.path);
        let path = spellings.entry(form(path)).or_insert_with(|| path.to_owned());
        place(&mut paths, path, operation.method, self::operation(offer, shapes, path, operation));
    }
    // What is declared comes first: nothing that follows from it takes its place.
    for operation in &offer.api.operations {
        let Some(action) = flow::Action::of(offer, operation) else { continue };
        let path = spellings.entry(form(&action.path)).or_insert_with(|| action.path.clone());
        if paths.get(path).is_none_or(|item| item.get("post").is_none()) {
            let path = path.clone();
            place(&mut paths, &path, crate::model::HttpMethod::Post, action.operation(shapes, &path));
        }
    }
    paths
}

fn operation(offer: Offer<'_>, shapes: &mut Shapes<'_>, path: &str, operation: &ApiOperation) -> Value {
    let params = parameters(shapes, &operation.path, path, &operation.params, operation.idempotency.as_ref());
    let request = operation.request.map(|object| {
        let schema = shapes.refer(Named::Created { of: object, object, by: operation.caller });
        json!({ "required": true, "content": content(JSON, &schema) })
    });
    let mut out = Map::new();
    put(&mut out, "operationId", Some(operation.name.as_str()));
    put(&mut out, "summary", Some(words::heading(&operation.name)));
    put(&mut out, "description", operation.description.clone());
    out.insert("tags".to_owned(), json!([offer.api.name]));
    put(&mut out, "parameters", (!params.is_empty()).then_some(params));
    put(&mut out, "requestBody", request);
    let mut responses = answers(offer, shapes, operation);
    responses.extend(Problems::of(offer, operation).responses(shapes));
    out.insert("responses".to_owned(), responses.into());
    put(&mut out, "x-rate-limit", offer.api.rate.clone());
    put(&mut out, "x-crossdock", extension(offer, operation));
    out.into()
}

/// What OpenAPI has no word for.
fn extension(offer: Offer<'_>, operation: &ApiOperation) -> Option<Value> {
    let model = offer.model;
    let mut map = Map::new();
    put(&mut map, "caller", operation.caller.map(|system| model.systems[system].name.as_str()));
    let call = operation
        .call
        .and_then(|(system, _)| Some(format!("{}.{}", model.systems[system].name, offer.called(operation)?.name)));
    put(&mut map, "call", call);
    put(&mut map, "receive", operation.receive.map(|mapping| model.mappings[mapping].name.as_str()));
    put(&mut map, "starts", offer.started(operation).map(|flow| model.flows[flow].name.as_str()));
    put(&mut map, "answer", operation.answer.and_then(|answer| flow::answer(offer, answer)));
    put(&mut map, "shows", operation.shows.map(|flow| model.flows[flow].name.as_str()));
    put(&mut map, "idempotency", operation.idempotency.as_ref().map(about::idempotency));
    put(&mut map, "budget", operation.budget_ms.map(words::duration));
    put(&mut map, "cache", operation.cache.map(words::seconds));
    (!map.is_empty()).then(|| map.into())
}

impl<'m> Offer<'m> {
    /// The operation of a system that answers.
    pub(super) fn called(self, operation: &ApiOperation) -> Option<&'m Operation> {
        let (system, position) = operation.call?;
        self.model.systems[system].operations.get(usize::from(position))
    }

    /// The flow that an operation starts.
    pub(super) fn started(self, operation: &ApiOperation) -> Option<Id<Flow>> {
        let of = |start: &StartFrom| match start {
            StartFrom::Api { api, operation: position } => {
                *api == self.id && self.at(*position).is_some_and(|at| at.name == operation.name)
            }
            StartFrom::Event { .. } => false,
        };
        let mut flows = self.model.flows.iter();
        flows.find(|(_, flow)| flow.starts.iter().any(|start| of(&start.from))).map(|(id, _)| id)
    }

    fn at(self, position: u16) -> Option<&'m ApiOperation> {
        self.api.operations.get(usize::from(position))
    }
}

/// The answers to calls that end well.
fn answers(offer: Offer<'_>, shapes: &mut Shapes<'_>, operation: &ApiOperation) -> Map<String, Value> {
    if let Some(started) = offer.started(operation) {
        return flow::accepted(offer, shapes, started, operation);
    }
    let schema = answered(offer, shapes, operation);
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
    std::iter::once((status.to_string(), map.into())).collect()
}

/// What an answer holds: what a mapping makes, the object of a flow or where it is, or what a system says.
fn answered(offer: Offer<'_>, shapes: &mut Shapes<'_>, operation: &ApiOperation) -> Option<Value> {
    let model = offer.model;
    let received = operation.receive.map(|mapping| received(model, &model.mappings[mapping]));
    match (received, operation.response, operation.shows) {
        (Some(ty), ..) => Some(shapes.value(&ty)),
        (None, Some(object), _) => Some(shapes.value(&Type::Struct(object))),
        (None, None, Some(flow)) => Some(shapes.refer(Named::Status(flow))),
        (None, None, None) => {
            let record = offer.called(operation)?.response?;
            Some(shapes.document(record, Way::In))
        }
    }
}

/// What a mapping makes of an answer: of a record that comes many at a time, as many.
fn received(model: &Model, mapping: &Mapping) -> Type {
    let many = mapping.inputs.first().is_some_and(|input| model.structs[input.of].many);
    match &mapping.target {
        Type::Struct(_) if many && mapping.inputs.len() == 1 => Type::List(Box::new(mapping.target.clone())),
        target => target.clone(),
    }
}
