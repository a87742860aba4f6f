//! What the machine orders: the only ways in which an instance acts on the world.

use super::{Bytes, Class, Delivery, Document, Ending, Exception, Id, Message, Millis, Name, Program};
use crate::answers::Keys;
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is to be done after a transition, in this order, once its state is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Call an operation, and reply.
    Call(Box<Call>),
    /// Fetch what a mapping asks for, and answer.
    LookUp(Box<LookUp>),
    /// Publish an event.
    Publish(Box<Publish>),
    /// Deliver an event to a subscriber that is called for it.
    Deliver(Box<Delivery>),
    /// Give a timer input at a time.
    SetTimer {
        /// The epoch to give back.
        epoch: u64,
        /// When.
        at: Millis,
    },
    /// Remember that an identifier leads to this instance.
    Bind {
        /// The identifier.
        id: Id,
        /// The part that it belongs to.
        part: Option<Box<str>>,
    },
    /// A milestone was reached.
    Milestone {
        /// Its name.
        name: Name,
        /// The part that reached it.
        part: Option<Box<str>>,
        /// When.
        at: Millis,
    },
    /// Keep an audit entry.
    Audit(Box<Audit>),
    /// Tell a team that an exception is open, or, later, that its clock ran out.
    Raise(Box<Raised>),
    /// Tell that an exception is closed.
    Close {
        /// Its number in the instance.
        exception: u32,
    },
    /// Keep a message that could not be taken.
    DeadLetter(Box<Letter>),
    /// The instance is finished.
    Finish(Ending),
}

/// A call to be made. It is at least once, so its key goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The epoch to reply with.
    pub epoch: u64,
    /// The step that calls.
    pub step: Name,
    /// The part that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Box<str>>,
    /// Of the step.
    pub generation: u32,
    /// From 1.
    pub attempt: u32,
    /// Whether it undoes the step.
    pub undo: bool,
    /// The system.
    pub system: Name,
    /// Its deployment, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Box<str>>,
    /// The operation.
    pub operation: Name,
    /// The idempotency key: the same for every attempt.
    pub key: Arc<str>,
    /// Whether it may be repeated under its key. If not, an interrupted call is reported as lost, never made again.
    pub repeatable: bool,
    /// Parameters and body, as the system's client takes them.
    pub request: Bytes,
    /// Not before this time.
    pub due: Millis,
    /// How long to wait for the answer.
    pub timeout: Millis,
}

/// What a mapping asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUp {
    /// The epoch to answer with.
    pub epoch: u64,
    /// Lookups and keys.
    pub keys: Keys,
    /// Not before this time.
    pub due: Millis,
}

/// An event to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publish {
    /// The event.
    pub event: Name,
    /// What keeps its order.
    pub key: Box<str>,
    /// Its message id: the same however often it is published.
    pub id: Box<str>,
    /// The payload.
    pub payload: Bytes,
}

/// A status that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The path, such as `lines.status`.
    pub path: Name,
    /// From which state.
    pub from: Name,
    /// To which state.
    pub to: Name,
}

/// In whose name something was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A system.
    System(Name),
    /// A person.
    Person(Box<str>),
    /// A rule of the flow.
    Rule(Name),
}

/// What an audit entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The instance began.
    Started,
    /// A status changed; `subject` is its path.
    Status,
    /// A milestone was reached again.
    Milestone,
    /// A person or an event acted on an exception; `subject` is the exception, `to` the action.
    Action,
    /// An exception was opened.
    Raised,
    /// The clock of an exception ran out; `to` is the team that was told.
    Escalated,
    /// An exception was closed.
    Closed,
    /// An interrupt was taken; `subject` is the event.
    Interrupt,
    /// An echo of our own writes was passed over; `subject` is the event.
    Echo,
    /// The flow went to a step; `subject` is the step.
    Goto,
    /// A step was undone; `subject` is the step.
    Undone,
    /// The instance finished.
    Finished,
    /// A dead letter was kept for its time, and is removed; `subject` is the message's name.
    Forgotten,
}

/// What happened, when, from what to what, in whose name, because of which message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// When.
    pub at: Millis,
    /// What.
    pub what: What,
    /// A path, step, exception or milestone.
    pub subject: Name,
    /// The part that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Box<str>>,
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Name>,
    /// After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Name>,
    /// In whose name.
    pub by: By,
    /// The id of the message that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Arc<str>>,
}

/// An exception that is open, for the team that must act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// Of the instance.
    pub exception: u32,
    /// Its name.
    pub name: Name,
    /// What kind of failure it is.
    pub class: Class,
    /// Who must act now.
    pub team: Name,
    /// Until when.
    pub due: Millis,
    /// Whether an earlier clock ran out.
    pub escalated: bool,
    /// The step that it holds.
    pub step: Name,
    /// The part that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Box<str>>,
    /// What is known.
    pub detail: Box<str>,
    /// What may be done.
    pub actions: Vec<Name>,
}

/// A message that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The exception that says why.
    pub name: Name,
    /// What kind of failure it is.
    pub class: Class,
    /// Who must act.
    pub team: Name,
    /// Until when.
    pub due: Millis,
    /// What is known.
    pub detail: Box<str>,
    /// The message.
    pub message: Message,
    /// Until when it is kept; none until it is replayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// What is done with it when it is replayed.
    #[serde(default)]
    pub replay: Replay,
}

/// What a dead letter is, and so what is done when it is replayed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replay {
    /// A message: it is offered to its flow again.
    #[default]
    Message,
    /// A document of which nobody could tell what it is: it is judged again.
    Document(Document),
    /// An event that a subscriber did not take: it is delivered again, under the same key.
    Delivery(Box<Delivery>),
}

impl Letter {
    /// A message that could not be taken because of this, with who must act by the flow's exceptions.
    pub fn new(program: &Program, message: Message, failure: &Failure, now: Millis) -> Self {
        Self::of(program.exception(failure.code()), message, failure, now)
    }

    /// The same, where it is known which exception it is.
    pub fn of(exception: &Exception, message: Message, failure: &Failure, now: Millis) -> Self {
        Self {
            name: failure.code().to_owned().into(),
            class: exception.class,
            team: exception.team.clone(),
            due: exception.due(now),
            detail: failure.detail().into(),
            message,
            until: None,
            replay: Replay::Message,
        }
    }
}
