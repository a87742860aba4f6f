//! Events: what systems tell, and what the workspace itself publishes.

use super::{Call, Id, Lookup, Struct, System, Transport, Type};
use crate::expr::ir::{Const, Func, Kind, Node, VarId};
use crate::source::Span;

/// An event that a system emits.
///
/// Its expressions read `src`, the record, as [`Event::SRC`], and `header`, the message's headers, as
/// [`Event::HEADER`]. Where `split` makes one event of each element, [`Event::SRC`] is the element for all but `split`
/// itself.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// How it travels.
    pub transport: Option<Transport>,
    /// The record of the message; of a poll, that of an item of the answer.
    pub record: Option<Id<Struct>>,
    /// A list in the message, each element of which is one event.
    pub split: Option<Node>,
    /// Which messages of the channel are this event: a bool.
    pub when: Option<Node>,
    /// Which are echoes of our own writes: a bool.
    pub ignore: Option<Node>,
    /// What tells a message from its repeats: text.
    pub dedupe: Option<Node>,
    /// Messages with the same value are handled in order.
    pub order_by: Option<Node>,
    /// Of a poll: what grows from one to the next.
    pub after: Option<Node>,
    /// How long one waits that matches nothing yet, in milliseconds.
    pub unmatched_ms: Option<u64>,
    /// How many variables its expressions use.
    pub variables: u32,
}

impl Event {
    /// The record, or the element that `split` makes an event of.
    pub const SRC: VarId = VarId(0);
    /// The headers of the message, by name.
    pub const HEADER: VarId = VarId(1);

    /// The record that one event carries: an element of `split`, or the message's.
    pub fn carried(&self) -> Option<Id<Struct>> {
        match &self.split {
            Some(split) => split.ty.element().and_then(Type::as_struct),
            None => self.record,
        }
    }

    /// The header that an expression of an event reads, and whether it must be there.
    pub fn header(node: &Node) -> Option<(&str, bool)> {
        let Kind::Call(func @ (Func::IndexMap | Func::IndexMapOpt), operands) = &node.kind else { return None };
        match operands.as_slice() {
            [Node { kind: Kind::Var(Event::HEADER), .. }, Node { kind: Kind::Const(Const::Text(name)), .. }] => {
                Some((name, *func == Func::IndexMap))
            }
            _ => None,
        }
    }

    /// Its expressions, with the keys that they stand under.
    pub fn expressions(&self) -> impl Iterator<Item = (&'static str, &Node)> {
        let all = [
            ("split", &self.split),
            ("when", &self.when),
            ("ignore", &self.ignore),
            ("dedupe", &self.dedupe),
            ("order_by", &self.order_by),
            ("after", &self.after),
        ];
        all.into_iter().filter_map(|(key, node)| Some((key, node.as_ref()?)))
    }
}

/// An event of a system, by its position there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventRef {
    /// The system.
    pub system: Id<System>,
    /// The event's position in the system.
    pub event: u16,
}

/// An event that the workspace publishes.
#[derive(Debug, Clone)]
pub struct PublishedEvent {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// Its version.
    pub version: u64,
    /// What it tells of.
    pub object: Id<Struct>,
    /// The fields that go along, in order.
    pub fields: Vec<EventField>,
    /// It is published when one of these changes.
    pub when_changes: Vec<EventField>,
    /// Events with the same key are delivered in order: fields of the object.
    pub key: Vec<EventField>,
    /// The topic or queue.
    pub channel: String,
    /// Where the channel stands.
    pub channel_span: Span,
    /// Who takes it, in order.
    pub subscribers: Vec<Subscriber>,
    /// What becomes of one that can't be delivered.
    pub dead_letter: Option<DeadLetter>,
    /// The identifiers of other objects that subscribers' expressions look up.
    pub lookups: Vec<Lookup>,
    /// How many variables its expressions use; [`PublishedEvent::OBJECT`] is the object.
    pub variables: u32,
}

impl PublishedEvent {
    /// The object that the event tells of.
    pub const OBJECT: VarId = VarId(0);

    /// The calls of those of its subscribers that are called.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.subscribers.iter().filter_map(|subscriber| match &subscriber.takes {
            Takes::Call(call) => Some(call),
            Takes::Reads(_) => None,
        })
    }
}

/// A field of the object that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventField {
    /// Field positions from the object inward; lists are entered (`lines.shipped`).
    pub path: Vec<u16>,
    /// As written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Who takes an event.
#[derive(Debug, Clone)]
pub struct Subscriber {
    /// The system.
    pub system: Id<System>,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// How it takes the event.
    pub takes: Takes,
}

/// How a subscriber takes an event.
#[derive(Debug, Clone)]
pub enum Takes {
    /// It is called.
    Call(Call),
    /// It reads the channel itself; what of the payload, if it says so.
    Reads(Option<Vec<EventField>>),
}

/// What becomes of an event that can't be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The team that it waits for, by name.
    pub team: Option<String>,
    /// How long it may wait, in seconds.
    pub sla: Option<u64>,
    /// How long it is kept, in seconds.
    pub keep: Option<u64>,
    /// Where it stands.
    pub span: Span,
}
