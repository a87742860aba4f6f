//! OWN006 echo-loop: two systems tell each other for ever
//!
//! A flow takes a system's event, at its start or as an interrupt, and what comes of it is written to another system: by the
//! steps that follow, or by an event that is published on the change. That system tells of what was written to it by an
//! event of its own, which is taken likewise and written back to the first. None of the events has `ignore:`, which drops
//! echoes of our own writes, or `when:`.
//!
//! Every change goes round until somebody pulls a plug. Where both sides are edited at once, the two values chase each
//! other and neither stays. A system that is told its own word on a change is no loop, as nothing changes then; and an
//! event that tells of something new is no answer to `PUT`, `PATCH` or `DELETE`.
//!
//! Bad:
//! ```yaml
//! order_updated: { queue: wms.updated, record: Moved, dedupe: src.id, order_by: src.number }
//! ```
//! Good:
//! ```yaml
//! order_updated: { queue: wms.updated, record: Moved, ignore: src.user == 'middleware', dedupe: src.id, order_by: src.number }
//! ```
//! One `ignore:` on the way breaks the loop. Level it with `rules: { OWN006: warn }`, or waive it at the event
//! (`at: wms.order_updated`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::{entered, in_ids, is_key};
use crate::model::{
    Call, Does, Effect, EventRef, Flow, HttpMethod, Id, Mapping, Model, OperationRef, PublishedEvent, Receive,
    Received, StartFrom, Step, StepId, StepKind, Struct, Taken, Takes, Then, Transport,
};
use crate::rules::Context;
use crate::rules::map::origins::{Root, origins};
use crate::rules::map::sites::Role;
use crate::source::Span;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN006", name: "echo-loop", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let loops = Loops::new(context.model);
    let mut told: BTreeSet<usize> = BTreeSet::new();
    for at in 0..loops.heard.len() {
        if told.contains(&at) {
            continue;
        }
        if let Some(round) = loops.round(at) {
            told.extend(round.iter().map(|(at, _)| *at));
            found.extend(loops.finding(&round));
        }
    }
}

/// An event that changes an object whenever it comes.
struct Heard<'m> {
    event: EventRef,
    span: Span,
    object: Id<Struct>,
    /// Whether it tells of a new object.
    creates: bool,
    /// The paths that it sets.
    sets: Vec<Vec<u16>>,
    /// What is written of it.
    writes: Vec<Write<'m>>,
}

/// A write to a system.
#[derive(Clone, Copy)]
struct Write<'m> {
    operation: OperationRef,
    send: Id<Mapping>,
    span: Span,
    /// The published event that it subscribes to.
    by: Option<&'m PublishedEvent>,
    /// Whether it is made only where something changed.
    on_change: bool,
}

/// A loop: events in order, each with the write that leads to the next.
type Round<'m> = Vec<(usize, Write<'m>)>;

/// A path of an object that is sent.
type Sent = (Id<Struct>, Vec<u16>);

struct Loops<'m> {
    model: &'m Model,
    heard: Vec<Heard<'m>>,
    /// What mappings to requests read of objects.
    sends: BTreeMap<Id<Mapping>, Vec<Sent>>,
    /// Per event, those by which systems tell of what it had written to them.
    next: Vec<Vec<(usize, Write<'m>)>>,
}

impl<'m> Loops<'m> {
    fn new(model: &'m Model) -> Self {
        let mut loops = Loops { model, heard: Vec::new(), sends: BTreeMap::new(), next: Vec::new() };
        for flow in model.flows.rows().iter().filter(|flow| !flow.unresolved) {
            for start in &flow.starts {
                if let StartFrom::Event { event, .. } = &start.from {
                    loops.hear(flow, event, flow.body.clone());
                }
            }
            for interrupt in &flow.interrupts {
                loops.hear(flow, &interrupt.event, led_to(flow, &interrupt.action.does));
            }
        }
        let sends: BTreeSet<Id<Mapping>> = loops.heard.iter().flat_map(|h| h.writes.iter().map(|w| w.send)).collect();
        loops.sends = sends.into_iter().map(|send| (send, read(model, send))).collect();
        loops.next = loops.heard.iter().map(|heard| loops.told_of(heard)).collect();
        loops
    }

    fn hear(&mut self, flow: &'m Flow, taken: &'m Taken, steps: Vec<StepId>) {
        let model = self.model;
        let open = model.event(taken.event).is_some_and(|event| event.ignore.is_none() && event.when.is_none());
        let Some(sets) = taken.receive.as_ref().filter(|_| open).map(|receive| sets(model, flow, receive)) else {
            return;
        };
        let mut writes = Vec::new();
        steps_within(flow, steps, &mut |step| match &step.kind {
            StepKind::Call(call) => {
                let calls = std::iter::once(&call.call).chain(&call.redo);
                writes.extend(calls.filter_map(|call| write(model, call, None)));
            }
            StepKind::Publish(event) => writes.extend(subscribed(model, &model.events[*event])),
            _ => {}
        });
        for event in model.events.rows().iter().filter(|event| event.object == flow.object) {
            if event.when_changes.iter().any(|field| sets.iter().any(|set| overlap(set, &field.path))) {
                writes.extend(subscribed(model, event).map(|write| Write { on_change: true, ..write }));
            }
        }
        let creates = taken.receive.as_ref().is_some_and(|receive| receive.into == Received::Create);
        self.heard.push(Heard { event: taken.event, span: taken.span, object: flow.object, creates, sets, writes });
    }

    /// The events by which systems tell of what an event had written to them.
    fn told_of(&self, heard: &Heard<'m>) -> Vec<(usize, Write<'m>)> {
        let mut next = Vec::new();
        for write in &heard.writes {
            let sent: Vec<&Vec<u16>> = self
                .sends
                .get(&write.send)
                .into_iter()
                .flatten()
                .filter(|(of, path)| *of == heard.object && heard.sets.iter().any(|set| overlap(set, path)))
                .map(|(_, path)| path)
                .collect();
            for (to, other) in self.heard.iter().enumerate() {
                let system = write.operation.system;
                let tells = other.object == heard.object && other.event.system == system;
                // A system that is told its own word changes nothing, and what changes something makes nothing new.
                let own = write.on_change && heard.event.system == system;
                let anew = !other.creates || may_create(self.model, write.operation);
                if tells && !own && anew && other.sets.iter().any(|set| sent.iter().any(|path| overlap(set, path))) {
                    next.push((to, *write));
                }
            }
        }
        next
    }

    /// The shortest way from an event back to it.
    fn round(&self, start: usize) -> Option<Round<'m>> {
        let mut from: BTreeMap<usize, (usize, Write<'m>)> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(at) = open.pop_front() {
            for (to, write) in self.next.get(at).into_iter().flatten().copied() {
                if to == start {
                    let mut round = vec![(at, write)];
                    let mut before = at;
                    while before != start {
                        let (earlier, write) = *from.get(&before)?;
                        round.push((earlier, write));
                        before = earlier;
                    }
                    round.reverse();
                    return Some(round);
                }
                if let Entry::Vacant(entry) = from.entry(to) {
                    entry.insert((at, write));
                    open.push_back(to);
                }
            }
        }
        None
    }

    fn finding(&self, round: &Round<'m>) -> Option<Diagnostic> {
        let model = self.model;
        let (first, _) = round.first()?;
        let first = self.heard.get(*first)?;
        let name = model.event_name(first.event);
        let mut way: Vec<String> = Vec::new();
        for (at, write) in round {
            way.push(format!("`{}`", model.event_name(self.heard.get(*at)?.event)));
            way.extend(write.by.map(|event| format!("`{}`", event.name)));
            way.push(format!("`{}`", model.operation_name(write.operation)));
        }
        let message = format!("what `{name}` says comes back to it: {} > `{name}`", way.join(" > "));
        let span = model.event(first.event)?.span;
        let mut finding = Diagnostic::new(RULE, span, message).at(name);
        for (at, write) in round.iter().take(3) {
            let heard = self.heard.get(*at)?;
            finding = finding.related(heard.span, format!("`{}` is taken here", model.event_name(heard.event)));
            finding = finding.related(write.span, "and written here");
        }
        Some(
            finding
                .help("drop echoes of our own writes at one of the events: `ignore:`, such as by the user that writes"),
        )
    }
}

/// Whether an operation may make something new.
fn may_create(model: &Model, at: OperationRef) -> bool {
    let transport = model.operation(at).and_then(|operation| operation.transport.as_ref());
    !matches!(transport, Some(Transport::Http(HttpMethod::Put | HttpMethod::Patch | HttpMethod::Delete, _)))
}

fn overlap(a: &[u16], b: &[u16]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// What a received mapping says of the object, keys and identifiers excepted: they don't change.
fn sets(model: &Model, flow: &Flow, receive: &Receive) -> Vec<Vec<u16>> {
    let mapping = &model.mappings[receive.mapping.mapping];
    if entered(&mapping.target) != Some(flow.object) {
        return Vec::new();
    }
    let assigned = mapping.assigned.iter().map(|assigned| &assigned.path);
    let told = assigned.filter(|path| !in_ids(model, flow.object, path) && !is_key(model, flow.object, path));
    // A list that is entered is set by its parts.
    let whole =
        |path: &&Vec<u16>| !mapping.assigned.iter().any(|a| a.path.len() > path.len() && a.path.starts_with(path));
    told.filter(whole).cloned().collect()
}

/// What a mapping to a request sends of objects.
fn read(model: &Model, id: Id<Mapping>) -> Vec<Sent> {
    let mapping = &model.mappings[id];
    let mut read = Vec::new();
    for origin in origins(model, mapping).into_iter().filter(|origin| origin.role != Role::Condition) {
        let Root::Input(input) = origin.root else { continue };
        let Some(input) = mapping.inputs.get(input as usize) else { continue };
        let fixed = in_ids(model, input.of, &origin.path) || is_key(model, input.of, &origin.path);
        if !origin.path.is_empty() && !fixed {
            read.push((input.of, origin.path));
        }
    }
    read
}

fn write<'m>(model: &'m Model, call: &Call, by: Option<&'m PublishedEvent>) -> Option<Write<'m>> {
    let operation = model.operation(call.operation).filter(|operation| operation.effect == Effect::Write)?;
    let send = call.send.as_ref().filter(|_| operation.request.is_some())?;
    Some(Write { operation: call.operation, send: send.mapping, span: call.span, by, on_change: false })
}

fn subscribed<'m>(model: &'m Model, event: &'m PublishedEvent) -> impl Iterator<Item = Write<'m>> {
    event.subscribers.iter().filter_map(move |subscriber| match &subscriber.takes {
        Takes::Call(call) => write(model, call, Some(event)),
        Takes::Reads(_) => None,
    })
}

/// The steps that an interrupt leads to: its own, and those from where it goes to.
fn led_to(flow: &Flow, does: &Does) -> Vec<StepId> {
    let onward = |then: &Then| match then {
        Then::Goto(to, _) => after(flow, *to),
        Then::Continue | Then::End => Vec::new(),
    };
    match does {
        Does::Goto(to, _) => after(flow, *to),
        Does::Steps(steps, then) => [steps.clone(), onward(then)].concat(),
        Does::Undo(_, then) => onward(then),
        Does::Continue | Does::Again(_) | Does::Raise(_) => Vec::new(),
    }
}

/// A step and those behind it.
fn after(flow: &Flow, from: StepId) -> Vec<StepId> {
    let mut behind: BTreeSet<StepId> = BTreeSet::from([from]);
    // In the table a step mostly stands behind those that it follows.
    loop {
        let before = behind.len();
        for (id, step) in flow.steps() {
            if step.after.iter().any(|(before, _)| behind.contains(before)) {
                behind.insert(id);
            }
        }
        if behind.len() == before {
            return behind.into_iter().collect();
        }
    }
}

/// Visits steps and those within them.
fn steps_within<'m>(flow: &'m Flow, steps: Vec<StepId>, visit: &mut dyn FnMut(&'m Step)) {
    let mut open = steps;
    let mut seen: BTreeSet<StepId> = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some(step) = flow.step(id).filter(|_| seen.insert(id)) else { continue };
        visit(step);
        if let StepKind::Each(each) = &step.kind {
            open.extend(&each.steps);
        }
    }
}
