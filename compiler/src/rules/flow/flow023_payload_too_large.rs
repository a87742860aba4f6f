//! FLOW023 payload-too-large: an event carries what no subscriber reads
//!
//! A published event carries fields that none of its subscribers declares under `reads:` or sends on. Or a subscriber that
//! reads the channel does not declare what it reads. The event's key, and the keys of object and lines, are not counted.
//!
//! Whatever travels is copied, stored, may leak, and can't be changed any more without asking everybody who might read it.
//!
//! Bad:
//! ```yaml
//! payload: { object: Order, fields: [order_id, customer_reference, total] }
//! subscribers:
//!   wms: { reads: [order_id, customer_reference] }
//! ```
//! Good:
//! ```yaml
//! payload: { object: Order, fields: [order_id, customer_reference] }
//! subscribers:
//!   wms: { reads: [order_id, customer_reference] }
//! ```
//! Level it with `rules: { FLOW023: off }`, or waive it at the event (`at: order_changed`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::check::path_of;
use crate::expr::ir::{Kind, Node};
use crate::model::rights::{entered, field_at, is_key};
use crate::model::{Call, EventField, Id, Mapping, Model, PublishedEvent, Struct, Takes};
use crate::rules::Context;
use crate::rules::map::origins::{Root, origins};
use crate::rules::words::names;
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW023", name: "payload-too-large", severity: Severity::Warning };

/// How deep a payload is looked into, and how wide.
const DEPTH: usize = 8;
const WIDTH: usize = 2_000;

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    // What did not resolve may have read what seems unread.
    if context.incomplete {
        return;
    }
    for event in model.events.rows() {
        let silent: Vec<_> =
            event.subscribers.iter().filter(|subscriber| matches!(subscriber.takes, Takes::Reads(None))).collect();
        for subscriber in &silent {
            let name = &model.systems[subscriber.system].name;
            let message = format!("`{name}` does not say what it reads of `{}`", event.name);
            let finding = Diagnostic::new(RULE, subscriber.span, message).at(event.name.clone());
            found.push(finding.help("declare it: `reads:` with fields of the payload"));
        }
        if silent.is_empty() && !event.subscribers.is_empty() {
            found.extend(unread(model, event));
        }
    }
}

fn unread(model: &Model, event: &PublishedEvent) -> Option<Diagnostic> {
    let read = read(model, event);
    let mut unread: Vec<(String, &EventField)> = Vec::new();
    for field in &event.fields {
        let mut leaves = Vec::new();
        leaves_of(model, event.object, &field.path, &field.text, &mut leaves);
        let counts = |path: &[u16]| {
            let keyed = event.key.iter().any(|key| key.path == path) || is_key(model, event.object, path);
            !keyed && !read.iter().any(|read| path.starts_with(read))
        };
        let all = leaves.len();
        let left: Vec<String> = leaves.into_iter().filter(|(path, _)| counts(path)).map(|(_, text)| text).collect();
        if left.len() == all {
            unread.push((field.text.clone(), field));
        } else {
            unread.extend(left.into_iter().map(|text| (text, field)));
        }
    }
    let (_, first) = unread.first()?;
    let paths = names(unread.iter().map(|(text, _)| text.as_str()));
    let message = format!("`{}` carries {paths}, which no subscriber reads", event.name);
    let mut finding = Diagnostic::new(RULE, first.span, message).at(event.name.clone());
    for subscriber in event.subscribers.iter().take(3) {
        finding = finding.related(subscriber.span, "a subscriber");
    }
    Some(finding.help("leave it out of the payload, or declare under `reads:` who needs it"))
}

/// The leaves of a path; a value that holds itself is not looked into again.
fn leaves_of(model: &Model, object: Id<Struct>, path: &[u16], text: &str, leaves: &mut Vec<(Vec<u16>, String)>) {
    let inner = field_at(model, object, path).and_then(|(_, field)| entered(&field.ty));
    match inner.filter(|_| path.len() < DEPTH && leaves.len() < WIDTH) {
        Some(inner) if !model.structs[inner].fields.is_empty() => {
            for (position, field) in (0_u16..).zip(&model.structs[inner].fields) {
                let path = [path, &[position]].concat();
                leaves_of(model, object, &path, &format!("{text}.{}", field.name), leaves);
            }
        }
        _ => leaves.push((path.to_vec(), text.to_owned())),
    }
}

/// The paths of the object that subscribers read.
fn read(model: &Model, event: &PublishedEvent) -> BTreeSet<Vec<u16>> {
    let mut paths = BTreeSet::new();
    let mut of_mapping: BTreeMap<Id<Mapping>, Vec<Vec<u16>>> = BTreeMap::new();
    for subscriber in &event.subscribers {
        match &subscriber.takes {
            Takes::Reads(reads) => paths.extend(reads.iter().flatten().map(|field| field.path.clone())),
            Takes::Call(call) => {
                params(call, &mut paths);
                if let Some(send) = &call.send {
                    let read = of_mapping.entry(send.mapping).or_insert_with(|| of_object(model, send.mapping, event));
                    paths.extend(read.iter().cloned());
                }
            }
        }
    }
    paths
}

/// What a mapping reads of the event's object.
fn of_object(model: &Model, id: Id<Mapping>, event: &PublishedEvent) -> Vec<Vec<u16>> {
    let mapping = &model.mappings[id];
    let is_object = |input: u32| mapping.inputs.get(input as usize).is_some_and(|input| input.of == event.object);
    let all = origins(model, mapping).into_iter();
    let mut paths: Vec<Vec<u16>> = all
        .filter(|origin| matches!(origin.root, Root::Input(input) if is_object(input)))
        .map(|origin| origin.path)
        .collect();
    // What it requires decides whether there is a request at all.
    for require in &mapping.require {
        require.rule.walk(&mut |node| {
            if let Some((var, path)) = path_of(node)
                && is_object(var.0)
                && !path.is_empty()
            {
                paths.push(path);
            }
        });
    }
    paths
}

/// What the parameters of a call read of the object.
fn params(call: &Call, paths: &mut BTreeSet<Vec<u16>>) {
    call.walk(&mut |node| {
        node.walk(&mut |node| paths.extend(path(node).filter(|path| !path.is_empty())));
    });
}

fn path(node: &Node) -> Option<Vec<u16>> {
    match &node.kind {
        Kind::Var(var) if *var == PublishedEvent::OBJECT => Some(Vec::new()),
        Kind::Field(base, field) | Kind::OptField(base, field) => {
            let mut path = path(base)?;
            path.push(*field);
            Some(path)
        }
        Kind::Present(base) | Kind::OrRaise(base, _) => path(base),
        _ => None,
    }
}
