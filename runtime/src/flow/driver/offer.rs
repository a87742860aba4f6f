//! A message on its way to the instances of one flow: whom it is offered to, in which order, and where it ends. It asks, and
//! is told; so the same decisions are made over a store in one transaction and over objects that call each other.

use super::super::Hosted;
use super::super::{Fate, Id, Message, Millis, Program, Target};
use super::Accepted;
use crate::failure::Failure;
use std::collections::VecDeque;

/// How long an event is kept that its flow gives no time.
const HOUR: Millis = 3_600_000;

/// A message that is being offered.
pub(super) struct Offer {
    routes: VecDeque<Target>,
    targets: Vec<Box<str>>,
    closed: Option<Box<str>>,
    next: Option<Ask>,
}

/// What an offer asks for.
pub(super) enum Ask {
    /// Which key is bound to the identifier? Tell [`Offer::bound`].
    Bound(Id),
    /// Give the message to this instance, and tell [`Offer::given`] what came of it.
    Give(Box<str>),
    /// Begin an instance. If there is one of that key already, it is given the message where the flow [`listens`] to such;
    /// else that is a duplicate. Tell [`Offer::given`] what came of it.
    Start(usize),
    /// Nothing waits for it yet: keep it for these. The end of the offer.
    Keep(Vec<Box<str>>),
    /// It can't be taken: the end of the offer.
    Bury(Option<Box<str>>, Failure),
    /// It was taken, or had been: the end of the offer.
    Done {
        /// Whether it had been.
        duplicate: bool,
    },
}

/// What came of giving it to an instance.
pub(super) enum Given {
    /// There is no such instance.
    Absent,
    /// What its machine said.
    Fate(Fate),
    /// Its state can't be read, and why.
    Unreadable(String),
}

/// What came of a start.
pub(super) enum Begun {
    /// The offer has ended: it asks for something first, or can't be read.
    Ended(Accepted),
    /// The message was given to the instance of this key.
    Gave(Box<str>, Given),
}

impl Offer {
    /// A message that goes to the instances that it may concern, then to the flow's starts; else it is kept.
    pub fn new(flow: &dyn Hosted, message: &Message) -> Self {
        let (routes, next) = match flow.routes(message) {
            Ok(routes) => (routes.into(), None),
            Err(failure) => (VecDeque::new(), Some(Ask::Bury(None, failure))),
        };
        Self { routes, targets: Vec::new(), closed: None, next }
    }

    /// A message whose start fetched what it asks for.
    pub fn of_start(start: usize) -> Self {
        Self { routes: VecDeque::from([Target::Start(start)]), targets: Vec::new(), closed: None, next: None }
    }

    /// What is to be done next.
    pub fn next(&mut self) -> Ask {
        if let Some(next) = self.next.take() {
            return next;
        }
        match self.routes.pop_front() {
            Some(Target::Id(id)) => {
                self.targets.push(target_of(&id));
                Ask::Bound(id)
            }
            Some(Target::Instance(key)) => {
                self.targets.push(beginning(&key));
                Ask::Give(key)
            }
            Some(Target::Start(start)) => Ask::Start(start),
            None => self.end(),
        }
    }

    fn end(&mut self) -> Ask {
        if let Some(key) = self.closed.take() {
            return Ask::Bury(Some(key), closed());
        }
        if self.targets.is_empty() {
            let detail = "it carries nothing by which it could find an instance";
            return Ask::Bury(None, Failure::new(Program::UNMATCHED, detail));
        }
        Ask::Keep(std::mem::take(&mut self.targets))
    }

    /// The key that an identifier is bound to, if any.
    pub fn bound(&mut self, key: Option<Box<str>>) {
        self.next = key.map(Ask::Give);
    }

    /// What came of giving the message to the instance of this key.
    pub fn given(&mut self, key: Box<str>, given: Given) {
        match given {
            Given::Absent => {}
            Given::Fate(Fate::Early) => {
                let target = at(&key);
                if !self.targets.contains(&target) {
                    self.targets.push(target);
                }
            }
            Given::Fate(Fate::Closed) => self.closed = Some(key),
            Given::Fate(fate) => self.next = Some(Ask::Done { duplicate: fate == Fate::Duplicate }),
            Given::Unreadable(why) => self.next = Some(Ask::Bury(Some(key), Failure::new(Program::UNREADABLE, why))),
        }
    }
}

/// How long an event of this name is kept.
pub(super) fn span(program: &Program, event: &str) -> Millis {
    program.unmatched.iter().find(|(name, _)| name == event).map_or(HOUR, |(_, span)| *span)
}

/// Whether a flow listens to an event, or begins with it.
pub(super) fn reads(program: &Program, event: &str) -> bool {
    listens(program, event) || program.starts.iter().any(|start| start.event == event)
}

/// Whether an event means anything to an instance that has begun. What only begins one says nothing new to it.
pub(super) fn listens(program: &Program, event: &str) -> bool {
    program.listens().any(|listen| listen.event == event)
}

/// Why an event is not kept for an instance that waits for nothing any more.
pub(super) fn closed() -> Failure {
    Failure::new(Program::UNMATCHED, "its instance is finished, or being undone")
}

/// Why an event is kept no longer.
pub(super) fn overdue() -> Failure {
    Failure::new(Program::UNMATCHED, "nothing waited for it in time")
}

/// What a kept event waits for: an identifier to be bound.
pub(super) fn target_of(id: &Id) -> Box<str> {
    format!("id {} {} {}", id.system, id.instance.as_deref().unwrap_or_default(), id.value).into()
}

/// What a kept event waits for: the instance to go on.
pub(super) fn at(key: &str) -> Box<str> {
    format!("at {key}").into()
}

/// What a kept event waits for: the instance to begin.
pub(super) fn beginning(key: &str) -> Box<str> {
    format!("key {key}").into()
}
