//! What the workspace publishes: a channel per address, and per event who takes it and what becomes of one that can't
//! be delivered.

use super::channels::{Action, Address, Channels};
use super::{JSON, fill, head};
use crate::emit::contract::shape::{Named, Shapes};
use crate::emit::contract::{Context, about, put, words};
use crate::model::{
    Call, DeadLetter, EventField, Flow, Id, Idempotency, Model, PublishedEvent, StepKind, Subscriber, Takes,
};
use crate::source::Span;
use serde_json::{Map, Value, json};

/// The document; none where nothing is published.
pub(super) fn document(context: &Context<'_>) -> Option<Value> {
    let model = context.model;
    let declared: Vec<Span> = model.events.rows().iter().map(|event| event.span).collect();
    if declared.is_empty() {
        return None;
    }
    let mut shapes = context.messages();
    let workspace = &model.workspace;
    let title = format!("Events of {}", workspace.name);
    let mut document = head(context, title, workspace.description.as_ref(), &declared);
    let mut channels = Channels::default();
    for (id, event) in model.events.iter() {
        let address = Address { transport: "queue", at: Some(&event.channel), otherwise: "" };
        let message = message(&mut shapes, id, event);
        channels.add(address, &event.name, Action::Send, message, operation(model, id, event));
    }
    fill(&mut document, channels, shapes.finish(), Map::new());
    Some(document.into())
}

fn texts(fields: &[EventField]) -> Vec<&str> {
    fields.iter().map(|field| field.text.as_str()).collect()
}

fn message(shapes: &mut Shapes<'_>, id: Id<PublishedEvent>, event: &PublishedEvent) -> Value {
    let mut out = Map::new();
    put(&mut out, "name", Some(event.name.as_str()));
    put(&mut out, "title", Some(words::heading(&event.name)));
    put(&mut out, "description", event.description.clone());
    put(&mut out, "contentType", Some(JSON));
    put(&mut out, "headers", Some(headers(event)));
    put(&mut out, "payload", Some(shapes.refer(Named::Told(id))));
    put(&mut out, "x-order-key", Some(texts(&event.key)));
    out.into()
}

fn headers(event: &PublishedEvent) -> Value {
    let key = words::names(&texts(&event.key));
    json!({
        "type": "object",
        "properties": {
            "message-id": {
                "description": "Tells a message from others; it is the same however often the message comes.",
                "type": "string", "minLength": 1
            },
            "event": { "description": "What the message is.", "type": "string", "const": event.name },
            "version": { "description": "Of what version.", "type": "string", "const": event.version.to_string() },
            "key": { "description": format!("What keeps the order, of {key}, with `/` between."), "type": "string" }
        },
        "required": ["message-id", "event", "version", "key"]
    })
}

fn operation(model: &Model, id: Id<PublishedEvent>, event: &PublishedEvent) -> Map<String, Value> {
    let mut out = Map::new();
    put(&mut out, "summary", Some(words::heading(&event.name)));
    put(&mut out, "description", event.description.clone());
    let subscribers: Vec<Value> = event.subscribers.iter().map(|one| subscriber(model, one)).collect();
    put(&mut out, "x-subscribers", (!subscribers.is_empty()).then_some(subscribers));
    put(&mut out, "x-dead-letter", event.dead_letter.as_ref().map(dead_letter));
    let mut more = Map::new();
    let flows: Vec<&str> = model.flows.rows().iter().filter(|flow| publishes(flow, id, event)).map(named).collect();
    put(&mut more, "flows", (!flows.is_empty()).then_some(flows));
    put(&mut more, "when_changes", (!event.when_changes.is_empty()).then(|| texts(&event.when_changes)));
    put(&mut out, "x-crossdock", (!more.is_empty()).then_some(more));
    out
}

fn named(flow: &Flow) -> &str {
    &flow.name
}

/// Whether a flow publishes an event: by a step, or because its object changes.
fn publishes(flow: &Flow, id: Id<PublishedEvent>, event: &PublishedEvent) -> bool {
    let steps = flow.steps.iter().any(|step| matches!(step.kind, StepKind::Publish(published) if published == id));
    steps || (flow.object == event.object && !event.when_changes.is_empty())
}

fn subscriber(model: &Model, subscriber: &Subscriber) -> Value {
    let mut out = Map::new();
    put(&mut out, "system", Some(model.systems[subscriber.system].name.as_str()));
    put(&mut out, "description", subscriber.description.clone());
    match &subscriber.takes {
        Takes::Call(call) => called(model, call, &mut out),
        Takes::Reads(reads) => put(&mut out, "reads", reads.as_deref().map(texts)),
    }
    out.into()
}

/// The call that delivers an event, and how it is repeated.
fn called(model: &Model, call: &Call, out: &mut Map<String, Value>) {
    put(out, "call", Some(model.operation_name(call.operation)));
    put(out, "send", call.send.as_ref().map(|send| model.mappings[send.mapping].name.as_str()));
    let Some(operation) = model.operation(call.operation) else { return };
    let system = &model.systems[call.operation.system];
    put(out, "idempotency", Some(about::idempotency(&operation.idempotency)));
    // What can't be told from a new request is not repeated.
    let repeats = operation.idempotency != Idempotency::None;
    put(out, "retry", operation.retry.or(system.retry).filter(|_| repeats).map(about::retry));
    put(out, "timeout", operation.timeout_ms.or(system.timeout_ms).map(words::duration));
}

fn dead_letter(dead_letter: &DeadLetter) -> Value {
    let mut out = Map::new();
    put(&mut out, "team", dead_letter.team.clone());
    put(&mut out, "sla", dead_letter.sla.map(words::seconds));
    put(&mut out, "keep", dead_letter.keep.map(words::seconds));
    out.into()
}
