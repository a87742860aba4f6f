//! What a driver keeps, seen from within one transaction.

use super::super::{Audit, By, Call, Deliveries, Delivery, Id, Letter, Message, Millis, Name, Publish, Raised, What};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// An instance of a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instance {
    /// The flow.
    pub flow: Box<str>,
    /// The key.
    pub key: Box<str>,
}

/// Something in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its number: jobs of one time are done in this order.
    pub id: u64,
    /// Who ordered it.
    pub instance: Instance,
    /// Not before this time.
    pub due: Millis,
    /// Whether it was begun: its outcome is not known.
    pub begun: bool,
    /// What is to be done.
    pub order: Order,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Call an operation.
    Call(Call),
    /// Fetch what a mapping asks for: lookups and keys.
    LookUp {
        /// The epoch to answer with.
        epoch: u64,
        /// Lookup and key.
        keys: Vec<(Box<str>, Box<str>)>,
    },
    /// Fetch what a start asks for, and begin.
    Begin {
        /// Which start of the flow.
        start: usize,
        /// The message that begins.
        message: Message,
        /// Lookup and key.
        keys: Vec<(Box<str>, Box<str>)>,
    },
    /// Publish an event.
    Publish(Publish),
    /// Deliver an event to a subscriber, or fetch what that asks for.
    Deliver(Box<Delivery>),
    /// Tell the instance that a time has come.
    Timer {
        /// The epoch of the timer.
        epoch: u64,
    },
}

impl Order {
    /// The operation that is called.
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Call(call) => Some(call),
            Self::Deliver(delivery) if delivery.ask.is_none() => Some(&delivery.call),
            _ => None,
        }
    }

    /// What is fetched.
    pub fn asks(&self) -> Option<&[(Box<str>, Box<str>)]> {
        match self {
            Self::LookUp { keys, .. } | Self::Begin { keys, .. } => Some(keys),
            Self::Deliver(delivery) => delivery.ask.as_ref().map(|ask| ask.keys.as_slice()),
            _ => None,
        }
    }
}

/// An event that nothing waits for yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number: events are offered in this order.
    pub id: u64,
    /// The flow that it is for.
    pub flow: Box<str>,
    /// What may come that waits for it.
    pub targets: Vec<Box<str>>,
    /// Until when.
    pub until: Millis,
    /// The event.
    pub message: Message,
}

/// A message that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number.
    pub id: u64,
    /// The flow that it is for; empty where nobody could tell.
    pub flow: Box<str>,
    /// The instance, where it is known.
    pub key: Option<Box<str>>,
    /// Why, who must act, and the message.
    pub letter: Letter,
}

impl DeadLetter {
    /// That its time is over: where that is kept, and the entry.
    pub(super) fn forgotten(self, now: Millis) -> (Instance, Audit) {
        let message = self.letter.message;
        let audit = Audit {
            at: now,
            what: What::Forgotten,
            subject: message.name.to_string().into(),
            part: None,
            from: None,
            to: None,
            by: By::Rule("dead_letter".into()),
            because: Some(Arc::from(&*message.id)),
        };
        (Instance { flow: self.flow, key: self.key.unwrap_or(message.id) }, audit)
    }
}

/// What a driver keeps, within one transaction. An error ends the transaction: nothing of it was kept.
#[allow(missing_docs)]
pub trait Store {
    fn begin(&mut self) -> Result<(), StoreError>;
    fn commit(&mut self) -> Result<(), StoreError>;
    fn roll_back(&mut self);

    /// Notes a message in the inbox; false if it is there.
    fn note(&mut self, message: &Message) -> Result<bool, StoreError>;
    /// Forgets messages that were received before a time.
    fn forget_before(&mut self, time: Millis) -> Result<(), StoreError>;

    fn state(&mut self, instance: &Instance) -> Result<Option<Vec<u8>>, StoreError>;
    fn put_state(&mut self, instance: &Instance, saved: &[u8], finished: bool) -> Result<(), StoreError>;
    /// The instances that are not finished, by flow and key.
    fn unfinished(&mut self) -> Result<Vec<Instance>, StoreError>;

    fn bind(&mut self, id: &Id, instance: &Instance, part: Option<&str>) -> Result<(), StoreError>;
    /// The key of the flow's instance that an identifier leads to.
    fn bound(&mut self, flow: &str, id: &Id) -> Result<Option<Box<str>>, StoreError>;

    /// Puts something into the outbox, in a lane.
    fn put_job(&mut self, instance: &Instance, due: Millis, order: &Order) -> Result<u64, StoreError>;
    fn job(&mut self, id: u64) -> Result<Option<Job>, StoreError>;
    /// Marks a job as begun.
    fn begin_job(&mut self, id: u64) -> Result<(), StoreError>;
    fn postpone_job(&mut self, id: u64, due: Millis) -> Result<(), StoreError>;
    fn drop_job(&mut self, id: u64) -> Result<(), StoreError>;
    /// Everything in the outbox, by time and number.
    fn jobs(&mut self) -> Result<Vec<Job>, StoreError>;

    /// The deliveries of a queue.
    fn deliveries(&mut self, queue: &str) -> Result<Deliveries, StoreError>;
    fn put_deliveries(&mut self, queue: &str, deliveries: &Deliveries) -> Result<(), StoreError>;

    fn keep(&mut self, kept: Kept) -> Result<(), StoreError>;
    /// The kept events of a flow with one of these targets, by number; they are kept no longer.
    fn take_kept(&mut self, flow: &str, targets: &[Box<str>]) -> Result<Vec<Kept>, StoreError>;
    /// The kept events whose time is over; they are kept no longer.
    fn take_overdue(&mut self, now: Millis) -> Result<Vec<Kept>, StoreError>;

    fn put_letter(&mut self, flow: &str, key: Option<&str>, letter: &Letter) -> Result<(), StoreError>;
    /// A dead letter, which is there no longer.
    fn take_letter(&mut self, id: u64) -> Result<Option<DeadLetter>, StoreError>;
    /// The dead letters that are to be kept no longer, which are there no longer.
    fn take_expired(&mut self, now: Millis) -> Result<Vec<DeadLetter>, StoreError>;
    fn letters(&mut self) -> Result<Vec<DeadLetter>, StoreError>;

    fn put_audit(&mut self, instance: &Instance, audit: &Audit) -> Result<(), StoreError>;
    fn audit(&mut self, instance: &Instance) -> Result<Vec<Audit>, StoreError>;
    fn put_milestone(
        &mut self,
        instance: &Instance,
        name: &Name,
        part: Option<&str>,
        at: Millis,
    ) -> Result<(), StoreError>;
    fn milestones(&mut self, instance: &Instance) -> Result<Vec<(String, Option<String>, Millis)>, StoreError>;
    /// What teams are told, in the place of what they were told of the same exception before.
    fn put_raised(&mut self, instance: &Instance, raised: &Raised) -> Result<(), StoreError>;
    /// An exception is closed.
    fn drop_raised(&mut self, instance: &Instance, exception: u32) -> Result<(), StoreError>;
    /// The exceptions that are open, by flow, key and number.
    fn raised(&mut self) -> Result<Vec<(Instance, Raised)>, StoreError>;
}

/// Why a store could not do its work. What was acknowledged before is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// Another process writes to it.
    Locked(String),
    /// It is damaged, or no store.
    Corrupt(String),
    /// A newer version made it.
    Newer(String),
    /// There is no room left.
    Full(String),
    /// It was closed.
    Closed,
    /// Something else.
    Other(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked(of) => write!(f, "the database is locked by another process: {of}"),
            Self::Corrupt(of) => write!(f, "the database is damaged, or is none; it was not changed: {of}"),
            Self::Newer(of) => write!(f, "a newer version made the database; it was not changed: {of}"),
            Self::Full(of) => write!(f, "there is no room left for the database; nothing was acknowledged: {of}"),
            Self::Closed => f.write_str("the driver is closed"),
            Self::Other(of) => write!(f, "the database failed; nothing was acknowledged: {of}"),
        }
    }
}

impl std::error::Error for StoreError {}
