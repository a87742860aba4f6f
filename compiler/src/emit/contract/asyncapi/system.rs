//! What a system tells by messages, and what it is told: events by webhook, poll, queue, file and adapter, and operations
//! over queues and files.

use super::channels::{Action, Address, Channels};
use super::security::Schemes;
use super::{JSON, dead_letter, fill, head};
use crate::emit::contract::shape::{Named, Shapes, Way};
use crate::emit::contract::{Context, about, put, words};
use crate::model::{Event, EventRef, Flow, Id, Model, Operation, System, Transport};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Whether a system tells or is told anything so.
pub(super) fn has_messages(system: &System) -> bool {
    !system.is_abstract && (!system.events.is_empty() || system.operations.iter().any(|one| put_into(one).is_some()))
}

/// The channel that an operation puts its request into.
fn put_into(operation: &Operation) -> Option<Address<'_>> {
    let (transport, address) = match operation.transport.as_ref()? {
        Transport::Queue(queue) => ("queue", queue),
        Transport::File(folder) => ("file", folder),
        _ => return None,
    };
    Some(Address { transport, at: Some(address), otherwise: "" })
}

/// The document.
pub(super) fn document(context: &Context<'_>, id: Id<System>, system: &System) -> Value {
    let model = context.model;
    let mut shapes = context.messages();
    let mut schemes = Schemes::new(system.base.as_deref());
    let title = format!("Messages of {}, as {} uses them", system.name, model.workspace.name);
    let mut document = head(context, title, system.description.as_ref(), &[system.span]);
    let mut channels = Channels::default();
    for (position, event) in (0_u16..).zip(&system.events) {
        let Some(transport) = &event.transport else { continue };
        let message = received(context, &mut shapes, event);
        let taken = Taken { model, event, at: EventRef { system: id, event: position } };
        let operation = taken.operation(&mut schemes, system, transport);
        let name = about::event_id(system, event);
        channels.add(arrives(system, event, transport), &name, Action::Receive, message, operation);
    }
    for operation in &system.operations {
        if let Some(address) = put_into(operation) {
            let message = sent(&mut shapes, operation);
            channels.add(address, &operation.name, Action::Send, message, sending(system, operation));
        }
    }
    fill(&mut document, channels, shapes.finish(), schemes.finish());
    put(&mut document, "x-crossdock", about::system(system));
    document.into()
}

/// Where an event arrives, or is asked for.
fn arrives<'m>(system: &'m System, event: &'m Event, transport: &'m Transport) -> Address<'m> {
    let (transport, at) = match transport {
        Transport::Webhook { path, .. } => ("webhook", path.as_deref()),
        Transport::Poll { operation, .. } => ("poll", asked(system, operation).map(|(_, path)| path)),
        Transport::Queue(queue) => ("queue", Some(queue.as_str())),
        Transport::File(folder) => ("file", Some(folder.as_str())),
        Transport::Adapter(adapter) => ("adapter", Some(adapter.as_str())),
        Transport::Http(_, path) => ("http", Some(path.as_str())),
    };
    Address { transport, at, otherwise: &event.name }
}

/// Method and path that a poll asks, without its query.
fn asked<'m>(system: &'m System, operation: &str) -> Option<(&'static str, &'m str)> {
    let operation = system.operations.iter().find(|one| one.name == operation)?;
    let Some(Transport::Http(method, path)) = &operation.transport else { return None };
    Some((method.word(), path.split_once('?').map_or(path.as_str(), |(path, _)| path)))
}

fn message(name: &str, description: Option<&String>) -> Map<String, Value> {
    let mut out = Map::new();
    put(&mut out, "name", Some(name));
    put(&mut out, "title", Some(words::heading(name)));
    put(&mut out, "description", description.cloned());
    put(&mut out, "contentType", Some(JSON));
    out
}

/// What comes in, with what is read of it before any mapping does.
fn received(context: &Context<'_>, shapes: &mut Shapes<'_>, event: &Event) -> Value {
    let mut out = message(&event.name, event.description.as_ref());
    put(&mut out, "headers", headers(event));
    let polled = matches!(event.transport, Some(Transport::Poll { .. }));
    // Of a poll an item of the answer, without what is around it.
    let payload = event.record.map(|record| {
        if polled { shapes.refer(Named::Wire(record, Way::In)) } else { shapes.document(record, Way::In) }
    });
    put(&mut out, "payload", payload);
    let written: Map<String, Value> =
        event.expressions().map(|(key, node)| (key.to_owned(), context.sources.slice(node.span).into())).collect();
    put(&mut out, "x-crossdock", (!written.is_empty()).then_some(written));
    out.into()
}

/// The headers that an event's conditions and keys read, and the one that signs the body.
fn headers(event: &Event) -> Option<Value> {
    let mut read: BTreeMap<&str, bool> = BTreeMap::new();
    for (_, node) in event.expressions() {
        node.walk(&mut |node| {
            if let Some((name, needed)) = Event::header(node) {
                *read.entry(name).or_default() |= needed;
            }
        });
    }
    if let Some(Transport::Webhook { hmac_header: Some(name), .. }) = &event.transport {
        read.insert(name, true);
    }
    let required: Vec<&str> = read.iter().filter(|(_, needed)| **needed).map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        read.keys().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
    let mut out = Map::new();
    put(&mut out, "type", Some("object"));
    put(&mut out, "properties", Some(properties));
    put(&mut out, "required", (!required.is_empty()).then_some(required));
    (!read.is_empty()).then(|| out.into())
}

/// An event that the workspace takes.
struct Taken<'m> {
    model: &'m Model,
    event: &'m Event,
    at: EventRef,
}

impl Taken<'_> {
    fn operation(&self, schemes: &mut Schemes<'_>, system: &System, transport: &Transport) -> Map<String, Value> {
        let mut out = Map::new();
        put(&mut out, "summary", Some(words::heading(&self.event.name)));
        put(&mut out, "description", self.event.description.clone());
        let mut more = Map::new();
        let method = match transport {
            Transport::Webhook { hmac_header, .. } => {
                put(&mut out, "security", hmac_header.as_deref().map(|header| schemes.signed(header)));
                Some("POST".to_owned())
            }
            Transport::Poll { operation, every_ms } => {
                let own = system.operations.iter().find(|one| one.name == *operation).and_then(|one| one.auth.as_ref());
                put(&mut out, "security", schemes.require(own.or(system.auth.as_ref())));
                put(&mut more, "poll", Some(operation.as_str()));
                put(&mut more, "every", Some(words::duration(*every_ms)));
                asked(system, operation).map(|(method, _)| method.to_ascii_uppercase())
            }
            _ => None,
        };
        let binding = method.map(|method| json!({ "http": { "method": method, "bindingVersion": "0.3.0" } }));
        put(&mut out, "bindings", binding);
        put(&mut out, "x-dead-letter", self.dead_letter());
        put(&mut more, "unmatched", self.event.unmatched_ms.map(words::duration));
        let flows = self.model.flows.rows().iter().filter(|flow| flow.events().any(|taken| taken.event == self.at));
        let flows: Vec<&str> = flows.map(|flow| flow.name.as_str()).collect();
        put(&mut more, "flows", (!flows.is_empty()).then_some(flows));
        put(&mut out, "x-crossdock", (!more.is_empty()).then_some(more));
        out
    }

    /// Where one goes that must belong to something and does not.
    fn dead_letter(&self) -> Option<Value> {
        let mut taken = self.model.flows.rows().iter().flat_map(Flow::events);
        let matched = taken.any(|taken| taken.event == self.at && taken.matches.is_some());
        matched.then(|| dead_letter(self.model, "unmatched_event")).flatten()
    }
}

/// What goes out.
fn sent(shapes: &mut Shapes<'_>, operation: &Operation) -> Value {
    let mut out = message(&operation.name, operation.description.as_ref());
    put(&mut out, "payload", operation.request.map(|record| shapes.document(record, Way::Out)));
    out.into()
}

fn sending(system: &System, operation: &Operation) -> Map<String, Value> {
    let mut out = Map::new();
    put(&mut out, "summary", Some(words::heading(&operation.name)));
    put(&mut out, "description", operation.description.clone());
    let mut more = Map::new();
    about::operation(&mut more, system, operation);
    put(&mut out, "x-crossdock", Some(more));
    out
}
