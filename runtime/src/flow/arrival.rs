//! What arrives from systems before anybody knows what it is: the body of a webhook, a message of a queue, a file, the
//! answer of a poll. It is cut into documents, and each is told what it is: an event, an echo of our own writes, or
//! nothing that can be taken, which becomes a dead letter of that document alone.
//!
//! How is said by [`Intake`], as data ([`Gates`]) and typed functions, compiled in generated crates and evaluated
//! elsewhere. Absent on purpose: transports, and who may send; signatures are verified before.

use super::{Bytes, Exception, Func, Message, Millis, Name};
use crate::failure::{Failure, Result, shown};
use crate::form::Map;
use crate::meta::Meta;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many bytes may arrive at once.
pub const MOST: usize = 64 << 20;

/// Something that arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// The system that it comes from.
    pub system: Box<str>,
    /// The deployment of that system, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Box<str>>,
    /// Transport and address as they are declared: `webhook /shopify/orders/create`, `queue ship.events`,
    /// `file inbox/orders`, `adapter port`, or `poll list_invoices` with the operation.
    pub channel: Box<str>,
    /// Its headers, in any case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// When it was received.
    pub received_at: Millis,
    /// Its bytes.
    pub payload: Bytes,
}

/// How arrivals become events, as data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gates {
    /// In the order of the specs.
    pub gates: Vec<Gate>,
    /// Every declared exception.
    pub exceptions: Vec<Exception>,
}

/// The events that one channel carries in documents of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// The system.
    pub system: Name,
    /// The channel, as [`Arrival::channel`].
    pub channel: Name,
    /// The headers that expressions read, as they are spelled there.
    pub headers: Vec<Name>,
    /// Cuts documents smaller, one after the other ([`Intake::cut`]).
    pub cuts: Vec<Func>,
    /// Events, and what tells whether a document is one ([`Intake::judge`]).
    pub events: Vec<(Name, Func)>,
    /// What serves for exceptions that are not declared: a defect for the system's team.
    pub fallback: Exception,
}

/// What a document is to one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// Not this event.
    Passed,
    /// An echo of our own writes, with what tells it from its repeats, if that is known.
    Echo(Option<String>),
    /// This event.
    Event {
        /// What tells it from its repeats; none if nothing was said.
        id: Option<String>,
        /// What keeps its order.
        order: Option<String>,
    },
}

/// The typed functions of arrivals. All are pure.
pub trait Intake: Send + Sync {
    /// The gates as data.
    fn gates(&self) -> &Gates;
    /// The documents that a document holds.
    fn cut(&self, function: Func, arrival: &Arrival, document: &[u8]) -> Result<Vec<Vec<u8>>>;
    /// What a document is to an event.
    fn judge(&self, function: Func, arrival: &Arrival, document: &[u8]) -> Result<Judged>;
}

/// A document that arrived.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrived {
    /// An event.
    Event(Message),
    /// An echo of our own writes.
    Echo(Message),
    /// Nobody can take it: as a message in the name of its channel, how it came, and why.
    Broken(Message, Document, Failure),
}

/// How a document came, so that it can be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The channel.
    pub channel: Box<str>,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// Whether it was cut out of what arrived.
    pub cut: bool,
}

impl Arrival {
    /// The arrival of a document that could not be taken before.
    pub fn again(message: &Message, document: &Document) -> Self {
        Self {
            system: message.system.clone(),
            instance: message.instance.clone(),
            channel: document.channel.clone(),
            headers: document.headers.clone(),
            received_at: message.received_at,
            payload: message.payload.clone(),
        }
    }

    /// Its headers as a gate spells them.
    fn spelled(&self, gate: &Gate) -> Self {
        let spelled = |name: &String| {
            let known = gate.headers.iter().find(|known| known.eq_ignore_ascii_case(name));
            known.map_or_else(|| name.clone(), ToString::to_string)
        };
        let headers = self.headers.iter().map(|(name, value)| (spelled(name), value.clone())).collect();
        Self { headers, ..self.clone() }
    }

    fn message(&self, name: &str, id: String, order: Option<String>, payload: Bytes) -> Message {
        Message {
            system: self.system.clone(),
            instance: self.instance.clone(),
            name: name.into(),
            id: id.into(),
            order: order.map(Into::into),
            received_at: self.received_at,
            payload,
        }
    }
}

/// The circumstances of a document.
pub fn meta_of(settings: &super::Settings, arrival: &Arrival) -> Meta {
    Meta {
        received_at: Timestamp::from_epoch_millis(arrival.received_at).ok(),
        instance: arrival.instance.as_deref().map(ToOwned::to_owned),
        config: settings.get(&*arrival.system).cloned().unwrap_or_default(),
        ..Meta::default()
    }
}

/// The headers of a document, as expressions read them.
pub fn headers(arrival: &Arrival) -> Map<String, String> {
    arrival.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What arrived, document by document; none if nobody expects anything there. What was cut out before is not cut again.
pub fn arrived(intake: &dyn Intake, arrival: &Arrival, cut: bool) -> Option<Vec<Arrived>> {
    let gates = &intake.gates().gates;
    let gates: Vec<&Gate> =
        gates.iter().filter(|gate| gate.system == *arrival.system && gate.channel == *arrival.channel).collect();
    if gates.is_empty() {
        return None;
    }
    let told: Vec<Vec<Arrived>> = gates.iter().map(|gate| through(intake, gate, arrival, cut)).collect();
    // A channel may carry documents of several kinds: what is of one kind is not missed among the others.
    let is_told = |one: &Arrived| !matches!(one, Arrived::Broken(..));
    if told.len() > 1 && told.iter().flatten().any(is_told) {
        return Some(told.into_iter().flatten().filter(is_told).collect());
    }
    told.into_iter().next()
}

/// What arrived, as one gate tells it.
fn through(intake: &dyn Intake, gate: &Gate, arrival: &Arrival, cut: bool) -> Vec<Arrived> {
    let arrival = arrival.spelled(gate);
    if cut || gate.cuts.is_empty() {
        return vec![judged(intake, gate, &arrival, arrival.payload.clone(), cut, 0)];
    }
    match documents(intake, gate, &arrival) {
        Ok(documents) => {
            let judge = |(number, document)| judged(intake, gate, &arrival, document, true, number);
            documents.into_iter().enumerate().map(judge).collect()
        }
        Err(failure) => vec![broken(&arrival, arrival.payload.clone(), false, 0, failure)],
    }
}

fn documents(intake: &dyn Intake, gate: &Gate, arrival: &Arrival) -> Result<Vec<Bytes>> {
    let mut documents = vec![arrival.payload.clone()];
    for cut in &gate.cuts {
        let mut smaller = Vec::new();
        for document in &documents {
            smaller.extend(intake.cut(*cut, arrival, document.as_slice())?.into_iter().map(Bytes::from));
        }
        documents = smaller;
    }
    Ok(documents)
}

/// A document is the first event that takes it. That it can't be read as one does not keep it from being another.
fn judged(intake: &dyn Intake, gate: &Gate, arrival: &Arrival, document: Bytes, cut: bool, number: usize) -> Arrived {
    let (mut echo, mut failed) = (None, None);
    for (event, judge) in &gate.events {
        match intake.judge(*judge, arrival, document.as_slice()) {
            Ok(Judged::Event { id, order }) => {
                let id = id.unwrap_or_else(|| nameless(arrival, &document, number));
                return Arrived::Event(arrival.message(event, id, order, document));
            }
            Ok(Judged::Echo(id)) => echo = echo.or(Some((event, id))),
            Ok(Judged::Passed) => {}
            Err(failure) => failed = failed.or(Some(failure)),
        }
    }
    match (failed, echo) {
        (Some(failure), _) => broken(arrival, document, cut, number, failure),
        (None, Some((event, id))) => {
            let id = id.unwrap_or_else(|| nameless(arrival, &document, number));
            Arrived::Echo(arrival.message(event, id, None, document))
        }
        (None, None) => {
            let detail = format!("no event of {} is in it", shown(&arrival.channel));
            broken(arrival, document, cut, number, Failure::new(super::Program::UNMATCHED, detail))
        }
    }
}

fn broken(arrival: &Arrival, document: Bytes, cut: bool, number: usize, failure: Failure) -> Arrived {
    let name = format!("{} {}", arrival.system, arrival.channel);
    let id = nameless(arrival, &document, number);
    let how = Document { channel: arrival.channel.clone(), headers: arrival.headers.clone(), cut };
    Arrived::Broken(arrival.message(&name, id, None, document), how, failure)
}

/// What tells a document that says nothing of itself from others: when it came, its place, and a sum of its bytes.
fn nameless(arrival: &Arrival, document: &Bytes, number: usize) -> String {
    let sum = document
        .as_slice()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{}/{number}/{sum:016x}", arrival.received_at)
}

/// What tells a document from its repeats, if it can be told.
///
/// # Errors
/// Those of the expression.
pub fn id(told: impl FnOnce() -> Result<String>) -> Result<String> {
    told()
}

/// A failure with its path in a document.
#[cold]
pub fn located(failure: Failure, document: &[u8]) -> Failure {
    failure.locate(&[std::str::from_utf8(document).unwrap_or_default()])
}

/// A function that the intake does not have.
#[cold]
pub fn no_gate(function: Func) -> Failure {
    Failure::new(crate::failure::builtin::INVALID_ARGUMENT, format!("the intake has no function {}", function.0))
}

impl Gates {
    /// The exception of this name; else what serves for it in this channel.
    pub fn exception(&self, system: &str, channel: &str, name: &str) -> Option<&Exception> {
        let declared = self.exceptions.iter().find(|exception| exception.name == name);
        let gate = || self.gates.iter().find(|gate| gate.system == system && gate.channel == channel);
        declared.or_else(|| gate().map(|gate| &gate.fallback))
    }
}
