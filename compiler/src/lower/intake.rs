//! What arrives from systems, as the runtime takes it: [`Gates`], which are data, and the functions that they name by
//! number. The evaluator runs functions, the generated crate compiles them; both take the same numbers.
//!
//! Absent on purpose: events that start a flow by an API: their requests are messages as they are.

use super::flow::{declared, undeclared};
use crate::expr::check::path_of;
use crate::expr::ir::{Node, VarId};
use crate::model::{Event, EventRef, Id, Model, Struct, System, Transport, Type, path_form};
use crossdock_runtime::flow::{Func, Gate, Gates, Name};
use std::collections::BTreeSet;

/// What arrives, lowered.
#[derive(Debug)]
pub struct Plan<'m> {
    /// As data.
    pub gates: Gates,
    /// Its functions, by number.
    pub functions: Vec<Function<'m>>,
}

/// A function of what arrives.
#[derive(Debug, Clone)]
pub struct Function<'m> {
    /// The system that it comes from.
    pub system: Id<System>,
    /// What it does.
    pub does: Does<'m>,
}

/// What a function does.
#[derive(Debug, Clone)]
pub enum Does<'m> {
    /// `cut`: the documents in a document.
    Cut(Cut<'m>),
    /// `judge`: what a document is to an event.
    Judge(EventRef, &'m Event),
}

/// How documents are cut out of one.
#[derive(Debug, Clone, Copy)]
pub struct Cut<'m> {
    /// The record that the document holds; as a list, where it may stand many times.
    pub of: Id<Struct>,
    /// The list over it whose elements become documents; none where the records themselves do.
    pub list: Option<&'m Node>,
    /// The record of a document that is cut out.
    pub element: Id<Struct>,
}

impl Cut<'_> {
    /// What the list is over.
    pub const SRC: VarId = Event::SRC;

    /// The same cut: fields in the same order, of the same record.
    fn is(&self, other: &Cut<'_>) -> bool {
        let path = |cut: &Cut<'_>| cut.list.map(|list| path_of(list).map(|(_, fields)| fields));
        self.of == other.of && path(self) == path(other) && path(self) != Some(None)
    }
}

impl<'m> Plan<'m> {
    /// The nodes of what is cut, and of what is judged, of a system.
    pub fn nodes(&self, system: Id<System>) -> (Vec<&'m Node>, Vec<&'m Node>) {
        let (mut cut, mut judged) = (Vec::new(), Vec::new());
        for function in self.functions.iter().filter(|function| function.system == system) {
            match &function.does {
                Does::Cut(one) => cut.extend(one.list),
                Does::Judge(_, event) => judged.extend(judging(event)),
            }
        }
        (cut, judged)
    }

    /// The records that are cut, and that are judged, of a system.
    pub fn records(&self, system: Id<System>) -> (BTreeSet<Id<Struct>>, BTreeSet<Id<Struct>>) {
        let (mut cut, mut judged) = (BTreeSet::new(), BTreeSet::new());
        for function in self.functions.iter().filter(|function| function.system == system) {
            match &function.does {
                Does::Cut(one) => cut.extend([one.of, one.element]),
                Does::Judge(_, event) => judged.extend(event.carried()),
            }
        }
        (cut, judged)
    }
}

/// The expressions that tell what a document is to an event.
pub fn judging(event: &Event) -> impl Iterator<Item = &Node> {
    [&event.when, &event.ignore, &event.dedupe, &event.order_by].into_iter().flatten()
}

/// Lowers the events of every system.
pub fn plan(model: &Model) -> Plan<'_> {
    let mut plan = Plan { gates: Gates::default(), functions: Vec::new() };
    plan.gates.exceptions = declared(model);
    for (id, system) in model.systems.iter().filter(|(_, system)| !system.is_abstract) {
        let mut gates: Vec<(Vec<Cut<'_>>, Gate)> = Vec::new();
        for (event, position) in system.events.iter().zip(0_u16..) {
            let Some(channel) = event.transport.as_ref().and_then(channel) else { continue };
            let Some(cuts) = cuts(model, system, event) else { continue };
            let reference = EventRef { system: id, event: position };
            let judge = plan.function(id, Does::Judge(reference, event));
            let name: Name = model.event_name(reference).into();
            // Channels of one form are one: it goes by the name that came first.
            let first = gates.iter().find(|(_, gate)| path_form(&gate.channel) == path_form(&channel));
            let channel = first.map_or(Name::from(channel), |(_, gate)| gate.channel.clone());
            let same = |(by, gate): &&mut (Vec<Cut<'_>>, Gate)| {
                gate.channel == channel && by.len() == cuts.len() && by.iter().zip(&cuts).all(|(one, cut)| one.is(cut))
            };
            if let Some((_, gate)) = gates.iter_mut().find(same) {
                gate.events.push((name, judge));
                gate.headers.extend(headers(event));
                continue;
            }
            let gate = Gate {
                system: system.name.clone().into(),
                channel,
                headers: headers(event),
                cuts: cuts.iter().map(|cut| plan.function(id, Does::Cut(*cut))).collect(),
                events: vec![(name, judge)],
                fallback: undeclared(model, system.team.as_ref().unwrap_or(&system.name)),
            };
            gates.push((cuts, gate));
        }
        for (_, mut gate) in gates {
            gate.headers.sort();
            gate.headers.dedup();
            plan.gates.gates.push(gate);
        }
    }
    plan
}

impl<'m> Plan<'m> {
    fn function(&mut self, system: Id<System>, does: Does<'m>) -> Func {
        self.functions.push(Function { system, does });
        Func(u32::try_from(self.functions.len() - 1).unwrap_or(u32::MAX))
    }
}

/// Transport and address of what arrives; none for what is called.
fn channel(transport: &Transport) -> Option<String> {
    let (how, address) = match transport {
        Transport::Webhook { path, .. } => ("webhook", path.as_deref().unwrap_or_default()),
        Transport::Poll { operation, .. } => ("poll", operation.as_str()),
        Transport::Queue(name) => ("queue", name.as_str()),
        Transport::File(folder) => ("file", folder.as_str()),
        Transport::Adapter(port) => ("adapter", port.as_str()),
        Transport::Http(..) => return None,
    };
    Some(format!("{how} {address}"))
}

/// How what arrives is cut into events: the items of a page, records that stand many times, what the event splits.
fn cuts<'m>(model: &'m Model, system: &'m System, event: &'m Event) -> Option<Vec<Cut<'m>>> {
    let record = event.record?;
    let element = |list: &Node| list.ty.element().and_then(Type::as_struct);
    let mut cuts = Vec::new();
    if let Some(Transport::Poll { operation, .. }) = &event.transport {
        let polled = system.operations.iter().find(|one| one.name == *operation)?;
        if let Some(list) = polled.page.as_ref().and_then(|page| page.list.as_ref()) {
            cuts.push(Cut { of: polled.response?, list: Some(list), element: element(list)? });
        }
    }
    if cuts.is_empty() && model.structs[record].many {
        cuts.push(Cut { of: record, list: None, element: record });
    }
    if let Some(split) = &event.split {
        cuts.push(Cut { of: record, list: Some(split), element: element(split)? });
    }
    Some(cuts)
}

/// The headers that an event reads.
fn headers(event: &Event) -> Vec<Name> {
    let mut names = Vec::new();
    for (_, node) in event.expressions() {
        node.walk(&mut |node| names.extend(Event::header(node).map(|(name, _)| Name::from(name.to_owned()))));
    }
    names
}
