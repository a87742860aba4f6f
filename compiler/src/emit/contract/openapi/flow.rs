//! Flows behind an API: operations that start one answer with its status and where to find that, and where a status is
//! shown, people act on the exceptions that hold it up.

use super::api::Offer;
use super::content;
use super::operation::{parameters, split_query};
use super::problems::Problems;
use crate::emit::contract::shape::{Named, Shapes};
use crate::emit::contract::{put, words};
use crate::expr::ir::Kind;
use crate::model::{Answer, ApiOperation, Flow, HttpMethod, Id};
use serde_json::{Map, Value, json};

const JSON: &str = "application/json";

/// The answers of an operation that starts a flow: that its answer is there, or that it will be.
pub(super) fn accepted(
    offer: Offer<'_>,
    shapes: &mut Shapes<'_>,
    started: Id<Flow>,
    operation: &ApiOperation,
) -> Map<String, Value> {
    let flow = &offer.model.flows[started];
    let shown = shown_by(offer, started);
    let mut response = |said: String| {
        let mut map = Map::new();
        put(&mut map, "description", Some(said));
        let location = json!({ "Location": {
            "description": "Where its status is.",
            "schema": { "type": "string", "format": "uri-reference" }
        } });
        put(&mut map, "headers", shown.map(|_| location));
        map.insert("content".to_owned(), content(JSON, &shapes.refer(Named::Status(started))));
        put(&mut map, "links", shown.and_then(|shown| link(offer, flow, shown)));
        Value::from(map)
    };
    let mut out = Map::new();
    let answer = operation.answer.and_then(|answer| Some((flow.step(answer.after)?, answer.accepted_in_ms)));
    let late = match answer {
        Some((step, accepted_in)) => {
            let said = format!("Created. `{}` is done, or an exception holds it up.", step.name);
            out.insert("201".to_owned(), response(said));
            accepted_in.map(|ms| format!("Accepted. There was no answer in {}; ", words::duration(ms)))
        }
        None => Some("Accepted. The flow goes on by itself; ".to_owned()),
    };
    if let Some(said) = late {
        out.insert("202".to_owned(), response(said + "its status says how far it is."));
    }
    out
}

/// When an operation that starts a flow is answered.
pub(super) fn answer(offer: Offer<'_>, answer: Answer) -> Option<Value> {
    let mut map = Map::new();
    put(&mut map, "after", Some(offer.model.flows[answer.flow].step(answer.after)?.name.as_str()));
    put(&mut map, "or_accepted_in", answer.accepted_in_ms.map(words::duration));
    Some(map.into())
}

/// The operation that shows where a flow is; else one that shows its object.
fn shown_by(offer: Offer<'_>, flow: Id<Flow>) -> Option<&ApiOperation> {
    let mut all = offer.api.operations.iter().filter(|one| one.shows == Some(flow) && one.method == HttpMethod::Get);
    all.clone().find(|one| one.response.is_none()).or_else(|| all.next())
}

/// How the status is asked for again, where the flow's key is the object's.
fn link(offer: Offer<'_>, flow: &Flow, shown: &ApiOperation) -> Option<Value> {
    let object = &offer.model.structs[flow.object];
    let [key] = object.key.as_slice() else { return None };
    match &flow.key.as_ref()?.kind {
        Kind::Field(base, field) if field == key && matches!(base.kind, Kind::Var(Flow::OBJECT)) => {}
        _ => return None,
    }
    let parameters = json!({ object.field(*key)?.name.as_str(): "$response.body#/key" });
    Some(json!({ "status": { "operationId": shown.name, "parameters": parameters } }))
}

/// What people may do about an exception of a flow that an operation shows.
pub(super) struct Action<'m> {
    offer: Offer<'m>,
    shown: &'m ApiOperation,
    id: Id<Flow>,
    names: Vec<&'m str>,
    /// Below the operation that shows the flow.
    pub(super) path: String,
}

impl<'m> Action<'m> {
    /// Of an operation that shows where a flow is, if anything can be done there.
    pub(super) fn of(offer: Offer<'m>, shown: &'m ApiOperation) -> Option<Self> {
        let id = shown.shows.filter(|_| shown.response.is_none() && shown.method == HttpMethod::Get)?;
        let names = offer.model.flows[id].actions();
        let (above, _) = split_query(&shown.path);
        let [number, action] = ["number", "action"].map(|name| free(name, above));
        let path = format!("{}/exceptions/{{{number}}}/{{{action}}}", above.trim_end_matches('/'));
        (!names.is_empty()).then_some(Action { offer, shown, id, names, path })
    }

    /// The operation, `path` being the spelling that the document uses.
    pub(super) fn operation(&self, shapes: &mut Shapes<'_>, path: &str) -> Value {
        let (offer, shown) = (self.offer, self.shown);
        let mut params = parameters(shapes, &shown.path, path, &shown.params, None);
        let mut parts = words::names_in(path).into_iter().rev();
        let (action, number) = (parts.next(), parts.next());
        params.push(json!({
            "name": number,
            "in": "path",
            "description": "The exception's number, as the status shows it.",
            "required": true,
            "schema": { "type": "integer", "minimum": 1 }
        }));
        params.push(json!({
            "name": action,
            "in": "path",
            "description": "One of the exception's actions, as the status shows them.",
            "required": true,
            "schema": { "type": "string", "enum": self.names }
        }));
        let person =
            json!({ "description": "Who acts, as the audit trail names them.", "type": "string", "minLength": 1 });
        let body = json!({
            "type": "object",
            "properties": { "person": person },
            "required": ["person"],
            "additionalProperties": false
        });
        let mut problems = Problems::common(offer);
        problems.unreadable();
        problems.because(404, "there is none with this key, or it has no exception with this number");
        problems.because(409, "the exception is closed, or this is none of its actions");
        let status = shapes.refer(Named::Status(self.id));
        let mut responses = Map::new();
        let done = "The action was taken; the status is what came of it so far.";
        responses.insert("200".to_owned(), json!({ "description": done, "content": content(JSON, &status) }));
        responses.extend(problems.responses(shapes));
        let flow = offer.model.flows[self.id].name.as_str();
        let mut out = Map::new();
        // Names of operations have no dot.
        put(&mut out, "operationId", Some(format!("{}.act", shown.name)));
        put(&mut out, "summary", Some("Act on an exception"));
        let said = format!("A person chooses what is done about an exception that holds up the flow `{flow}`.");
        put(&mut out, "description", Some(said));
        out.insert("tags".to_owned(), json!([offer.api.name]));
        out.insert("parameters".to_owned(), params.into());
        out.insert("requestBody".to_owned(), json!({ "required": true, "content": content(JSON, &body) }));
        out.insert("responses".to_owned(), responses.into());
        put(&mut out, "x-rate-limit", offer.api.rate.clone());
        out.insert("x-crossdock".to_owned(), json!({ "acts": flow }));
        out.into()
    }
}

/// A name that a path does not use yet.
fn free(name: &str, path: &str) -> String {
    let used = words::names_in(path);
    let mut free = name.to_owned();
    while used.contains(&free.as_str()) {
        free.push('_');
    }
    free
}
