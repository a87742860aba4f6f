//! Deliveries: published events on their way to the subscribers that are called for them.
//!
//! The deliveries of one key of an event to one subscriber stand in a queue: they are made in order, one at a time. None
//! belongs to the state of the instance that published; that goes on.

use super::{Bytes, Call, Class, Exception, Letter, Message, Millis, Name, Outcome, Program, Publish, Replay};
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// An event to be delivered to a subscriber, by a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The event, as it is published.
    pub publish: Publish,
    /// The flow of the instance that publishes.
    pub flow: Box<str>,
    /// The key of that instance.
    pub instance: Box<str>,
    /// The call. Its key is made of the event's id and the subscriber: every attempt and every replay carries it.
    pub call: Call,
    /// What is asked for before its request can be made; none once it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Asking>,
    /// How often it is tried, the first time included.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles each time.
    pub backoff: Millis,
    /// The longest pause.
    pub backoff_max: Millis,
    /// Who must act when it can't be delivered, and how long they have; none for whom its exception says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter: Option<(Name, Millis)>,
    /// How long it is kept when it can't be delivered; none until it is replayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Millis>,
}

/// What a request needs to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// Lookups and keys.
    pub keys: Vec<(Box<str>, Box<str>)>,
    /// The data of the instance when it published.
    pub data: Bytes,
}

impl Delivery {
    /// The queue that it stands in.
    pub fn queue(&self) -> String {
        let escaped = |part: &str| part.replace('%', "%25").replace('/', "%2F");
        [&self.publish.event, &*self.call.system, &self.publish.key].map(escaped).join("/")
    }

    fn pause(&self) -> Millis {
        let doubled = 1_i64.checked_shl(self.call.attempt.saturating_sub(1).min(40)).unwrap_or(Millis::MAX);
        self.backoff.saturating_mul(doubled).min(self.backoff_max)
    }

    /// The same from its first attempt on.
    fn anew(mut self) -> Self {
        self.call.attempt = 1;
        self
    }

    /// The event as a message that could not be taken.
    fn letter(self, program: &Program, failure: &Failure, now: Millis) -> Letter {
        let message = Message {
            system: self.call.system.as_ref().into(),
            instance: self.call.instance.clone(),
            name: self.publish.event.as_ref().into(),
            id: self.publish.id.clone(),
            order: Some(self.publish.key.clone()),
            received_at: now,
            payload: self.publish.payload.clone(),
        };
        let exception = program.exception(failure.code());
        let exception = match &self.dead_letter {
            Some((team, sla)) => Exception { team: team.clone(), sla: *sla, ..exception.clone() },
            None => exception.clone(),
        };
        let letter = Letter::of(&exception, message, failure, now);
        let until = self.keep.map(|keep| now.saturating_add(keep));
        Letter { until, replay: Replay::Delivery(Box::new(self.anew())), ..letter }
    }
}

/// The deliveries of one key of an event to one subscriber. The first is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliveries {
    waiting: VecDeque<Delivery>,
}

/// What follows when something came of a delivery.
#[derive(Debug, Default, PartialEq)]
pub struct Next {
    /// To be made, not before a time.
    pub order: Option<(Delivery, Millis)>,
    /// It can't be made.
    pub letter: Option<Letter>,
}

impl Deliveries {
    /// Whether none waits and none is under way.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Puts one into the queue; if it is the first, it is to be made.
    pub fn enter(&mut self, delivery: Delivery) -> Option<Delivery> {
        let first = self.waiting.is_empty().then(|| delivery.clone());
        self.waiting.push_back(delivery);
        first
    }

    /// Whether this attempt of a delivery is the one under way.
    fn is_first(&self, of: &Delivery) -> bool {
        let what = |one: &Delivery| (one.call.key.clone(), one.call.attempt, one.ask.is_some());
        self.waiting.front().is_some_and(|first| what(first) == what(of))
    }

    /// What came of an attempt. One that is not under way had its outcome before.
    pub fn replied(&mut self, of: &Delivery, outcome: Outcome, program: &Program, now: Millis) -> Next {
        let (failure, repeatable) = match outcome {
            Outcome::Answered(_) => return self.go_on(of, now),
            Outcome::Refused { name, detail } => {
                let transient = program.exception(&name).class == Class::Transient;
                (Failure::new(String::from(name), String::from(detail)), transient)
            }
            Outcome::Lost { name, detail } => {
                (Failure::new(String::from(name), String::from(detail)), of.call.repeatable)
            }
        };
        self.failed(of, &failure, repeatable, program, now)
    }

    /// Its request is made, or can't be.
    pub fn made(
        &mut self,
        of: &Delivery,
        made: Result<(Option<Box<str>>, Bytes), Failure>,
        program: &Program,
        now: Millis,
    ) -> Next {
        if !self.is_first(of) {
            return Next::default();
        }
        match made {
            Ok((instance, request)) => {
                let Some(first) = self.waiting.front_mut() else { return Next::default() };
                first.call.request = request;
                first.call.instance = instance;
                first.call.attempt = 1;
                first.ask = None;
                Next { order: Some((first.clone(), now)), letter: None }
            }
            Err(failure) => {
                let transient = program.exception(failure.code()).class == Class::Transient;
                self.failed(of, &failure, transient, program, now)
            }
        }
    }

    fn failed(&mut self, of: &Delivery, failure: &Failure, again: bool, program: &Program, now: Millis) -> Next {
        if !self.is_first(of) {
            return Next::default();
        }
        if again && of.call.attempt < of.attempts {
            let due = now.saturating_add(of.pause());
            let Some(first) = self.waiting.front_mut() else { return Next::default() };
            first.call.attempt += 1;
            first.call.due = due;
            return Next { order: Some((first.clone(), due)), letter: None };
        }
        let letter = self.waiting.front().cloned().map(|first| first.letter(program, failure, now));
        Next { letter, ..self.go_on(of, now) }
    }

    fn go_on(&mut self, of: &Delivery, now: Millis) -> Next {
        if !self.is_first(of) {
            return Next::default();
        }
        self.waiting.pop_front();
        Next { order: self.waiting.front().map(|next| (next.clone(), now)), letter: None }
    }
}
