//! Events that the workspace publishes: what they carry, when, and who takes them.

use super::Resolver;
use super::calls::Written;
use super::declare::text_of;
use super::ownership::positions;
use super::typist::Typist;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expr::check::Scope;
use crate::expr::ir::{Kind, Node};
use crate::expr::parse::is_reserved;
use crate::model::rights;
use crate::model::{DeadLetter, EventField, Id, Lookup, Model, PublishedEvent, Struct, Subscriber, Takes, Type};
use crate::rules;
use crate::syntax::{EventAst, PathAst, SubscriberAst, Text};

/// What an event's subscribers come to.
struct Subscribed {
    subscribers: Vec<Subscriber>,
    lookups: Vec<Lookup>,
    variables: u32,
    diagnostics: Diagnostics,
}

impl Resolver<'_> {
    /// Names, payloads and keys: what others refer to.
    pub(super) fn declare_events(&mut self) {
        let specs = self.specs;
        for ast in &specs.events {
            if let Some(earlier) = self.model.events_by_name.get(&ast.name.value) {
                let span = self.model.events[*earlier].span;
                self.twice("event", &ast.name.text, span);
                continue;
            }
            let payload = ast.payload.as_ref();
            let Some(object) = payload.and_then(|payload| self.object_named(&payload.object)) else {
                self.model.unread.add(&ast.name.value);
                continue;
            };
            let id = self.model.events.push(PublishedEvent {
                name: ast.name.value.clone(),
                span: ast.name.span,
                description: text_of(ast.description.as_ref()),
                version: ast.version.as_ref().map_or(1, |version| version.value),
                object,
                fields: Vec::new(),
                when_changes: Vec::new(),
                key: Vec::new(),
                channel: text_of(ast.channel.as_ref()).unwrap_or_default(),
                channel_span: ast.channel.as_ref().map_or(ast.name.span, |channel| channel.span),
                subscribers: Vec::new(),
                dead_letter: None,
                lookups: Vec::new(),
                variables: 1,
            });
            self.model.events_by_name.insert(ast.name.value.clone(), id);
        }
    }

    /// What stands behind the names, once objects and mappings are known.
    pub(super) fn events(&mut self) {
        let specs = self.specs;
        for ast in &specs.events {
            let id = self.model.events_by_name.get(&ast.name.value).copied();
            // Of two with one name the first counts.
            let Some(id) = id.filter(|id| self.model.events[*id].span == ast.name.span) else { continue };
            self.published(id, ast);
        }
    }

    fn published(&mut self, id: Id<PublishedEvent>, ast: &EventAst) {
        let object = self.model.events[id].object;
        let payload = ast.payload.as_ref();
        let fields = self.event_fields(object, payload.map(|payload| payload.fields.as_slice()).unwrap_or_default());
        let when_changes = self.event_fields(object, &ast.when_changes);
        let key = self.event_fields(object, ast.key.as_ref().map(|key| key.0.as_slice()).unwrap_or_default());
        for field in &key {
            self.event_key(object, field);
        }
        let dead_letter = ast.dead_letter.as_ref().map(|dead_letter| {
            dead_letter.team.iter().for_each(|team| self.check_team(team));
            DeadLetter {
                team: text_of(dead_letter.team.as_ref()),
                sla: dead_letter.sla.as_ref().map(|d| d.value.seconds()),
                keep: dead_letter.keep.as_ref().map(|d| d.value.seconds()),
                span: dead_letter.span,
            }
        });
        let subscribed = subscribers(&self.model, object, &fields, ast);
        self.diagnostics.append(subscribed.diagnostics);
        if let Some(event) = self.model.events.get_mut(id) {
            event.fields = fields;
            event.when_changes = when_changes;
            event.key = key;
            event.dead_letter = dead_letter;
            event.subscribers = subscribed.subscribers;
            event.lookups = subscribed.lookups;
            event.variables = subscribed.variables;
        }
    }

    fn event_fields(&mut self, object: Id<Struct>, paths: &[PathAst]) -> Vec<EventField> {
        let mut all: Vec<EventField> = Vec::with_capacity(paths.len());
        for path in paths {
            let Some(positions) = self.object_path(object, path) else { continue };
            if let Some(earlier) = all.iter().find(|field| field.path == positions) {
                let finding = Diagnostic::new(rules::NAME002, path.span, format!("`{}` stands here twice", path.text));
                let finding = finding.related(earlier.span, "the first stands here");
                self.report(finding);
                continue;
            }
            all.push(EventField { path: positions, text: path.text.clone(), span: path.span });
        }
        all
    }

    /// What a key is made of is a scalar of the object itself.
    fn event_key(&mut self, object: Id<Struct>, field: &EventField) {
        let last = rights::field_at(&self.model, object, &field.path);
        let scalar = last.is_some_and(|(_, field)| {
            !matches!(field.ty.inner(), Type::List(_) | Type::Map(..) | Type::Struct(_) | Type::Json)
        });
        if !scalar {
            let message = format!("`{}` is no single value, and a key is made of such", field.text);
            self.report(
                Diagnostic::new(rules::SPEC004, field.span, message).help("name a field such as the object's key"),
            );
        }
    }
}

/// The name of an object in expressions: its name in lower case, words apart; a word that CEL keeps for itself has a `_`
/// behind it (`return_`).
pub(super) fn root_name(name: &str) -> String {
    let root = crate::lower::names::snake(name);
    if is_reserved(&root) { root + "_" } else { root }
}

fn subscribers(model: &Model, object: Id<Struct>, fields: &[EventField], ast: &EventAst) -> Subscribed {
    let mut typist = Typist::new(model);
    let var = typist.scope.bind(&root_name(&model.structs[object].name), Type::Struct(object), false);
    let own = Node { kind: Kind::Var(var), ty: Type::Struct(object), fails: false, span: ast.name.span };
    let mut subscribers: Vec<Subscriber> = Vec::with_capacity(ast.subscribers.len());
    for (name, subscriber) in &ast.subscribers {
        let Some(system) = typist.system(name) else { continue };
        if let Some(takes) = takes(&mut typist, object, name, subscriber, &own, fields) {
            let description = text_of(subscriber.description.as_ref());
            subscribers.push(Subscriber { system, span: name.span, description, takes });
        }
    }
    let Typist { scope: Scope { lookups, next_var, .. }, diagnostics, .. } = typist;
    Subscribed { subscribers, lookups, variables: next_var, diagnostics }
}

fn takes(
    typist: &mut Typist<'_>,
    object: Id<Struct>,
    name: &Text,
    ast: &SubscriberAst,
    own: &Node,
    fields: &[EventField],
) -> Option<Takes> {
    match (&ast.call, &ast.reads) {
        (Some(_), Some(_)) => {
            let message = format!("`{}` either is called or reads the channel", name.value);
            typist.report(Diagnostic::new(rules::SPEC004, name.span, message).help("leave `call` or `reads` out"));
            None
        }
        (Some(call), None) => {
            if call.system.value != name.value {
                let message = format!("`{}` is the subscriber, and `{}` is called", name.value, call.system.value);
                let finding =
                    Diagnostic::new(rules::SPEC004, call.system.span, message).related(name.span, "the subscriber");
                typist.report(finding.help("name the subscriber after the system that takes the event"));
                return None;
            }
            let written = Written { call, params: &ast.params, send: ast.send.as_ref(), receive: None };
            typist.call(&written, std::slice::from_ref(own), None).map(Takes::Call)
        }
        (None, reads) => {
            let stray = ast.send.as_ref().map(|send| send.span).or(ast.params.iter().next().map(|(name, _)| name.span));
            if let Some(span) = stray {
                let message = format!("`{}` is not called, so nothing is sent to it", name.value);
                typist.report(Diagnostic::new(rules::SPEC003, span, message).help("add `call:` with an operation"));
            }
            let reads = reads
                .as_ref()
                .map(|reads| reads.iter().filter_map(|path| read(typist, object, path, fields)).collect());
            Some(Takes::Reads(reads))
        }
    }
}

/// A field of the payload, or one below.
fn read(typist: &mut Typist<'_>, object: Id<Struct>, path: &PathAst, fields: &[EventField]) -> Option<EventField> {
    let carried = fields.iter().find(|field| {
        path.text.strip_prefix(field.text.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    if carried.is_none() {
        let message = format!("the event does not carry `{}`", path.text);
        let text = Text::new(path.text.clone(), path.span);
        typist.not_there(message, &text, fields.iter().map(|field| field.text.as_str()), "it carries", "");
        return None;
    }
    match positions(typist.model, object, path) {
        Ok(positions) => Some(EventField { path: positions, text: path.text.clone(), span: path.span }),
        Err(finding) => {
            typist.report(*finding);
            None
        }
    }
}
