//! Driving a store by hand: under a virtual clock, one job at a time, in an order that the caller chooses. The same calls
//! give the same states on every store.

use super::super::{Arrival, Audit, Fate, Intake, Message, Millis, Outcome};
use super::Systems;
use super::engine::{Accepted, Engine, Flows};
use super::intake::Receipt;
use super::store::{DeadLetter, Instance, Job, Order, Store, StoreError};
use crate::answers::Keys;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A deterministic driver.
pub struct Rehearsal<S> {
    engine: Engine<S>,
    now: Millis,
}

/// What can be seen of an instance: what the same inputs must make the same on every driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The state, as it is saved.
    pub state: Option<String>,
    /// Its audit.
    pub audit: Vec<Audit>,
    /// Its milestones.
    pub milestones: Vec<(String, Option<String>, Millis)>,
}

impl<S: Store> Rehearsal<S> {
    /// Flows over a store, at a time. What was interrupted is taken up.
    pub fn new(flows: Flows, store: S, now: Millis) -> Result<Self, StoreError> {
        let mut this = Self { engine: Engine::new(flows, store), now };
        this.transact(Engine::recover)?;
        Ok(this)
    }

    /// The same, with what tells events from what arrives.
    pub fn with_intake(self, intake: Arc<dyn Intake>) -> Self {
        Self { engine: self.engine.with_intake(Some(intake)), ..self }
    }

    /// The store, as a process that stops now leaves it.
    pub fn stop(self) -> S {
        self.engine.store
    }

    /// The store.
    pub fn store(&mut self) -> &mut S {
        &mut self.engine.store
    }

    /// The time.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// Sets the time, which may also go back.
    pub fn set_now(&mut self, now: Millis) {
        self.now = now;
    }

    fn transact<T>(
        &mut self,
        act: impl FnOnce(&mut Engine<S>, Millis) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.engine.store.begin()?;
        self.engine.ordered.clear();
        match act(&mut self.engine, self.now) {
            Ok(result) => self.engine.store.commit().map(|()| result),
            Err(error) => {
                self.engine.store.roll_back();
                Err(error)
            }
        }
    }

    /// Receives a message.
    pub fn accept(&mut self, message: &Message) -> Result<Accepted, StoreError> {
        self.transact(|engine, now| engine.accept(message, now))
    }

    /// Receives what arrives.
    pub fn receive(&mut self, arrival: &Arrival) -> Result<Vec<Receipt>, StoreError> {
        self.transact(|engine, now| engine.receive(arrival, now))
    }

    /// A person acts on an exception.
    pub fn act(&mut self, instance: &Instance, exception: u32, action: &str, person: &str) -> Result<Fate, StoreError> {
        self.transact(|engine, now| engine.act(instance, exception, action, person, now))
    }

    /// Gives a dead letter to its flow again.
    pub fn replay(&mut self, letter: u64) -> Result<Option<Accepted>, StoreError> {
        self.transact(|engine, now| engine.replay(letter, now))
    }

    /// Everything in the outbox, by time and number.
    pub fn jobs(&mut self) -> Result<Vec<Job>, StoreError> {
        self.engine.store.jobs()
    }

    /// Marks a job as begun: if the process stops before its outcome is stored, nobody knows it.
    pub fn begin(&mut self, job: &Job) -> Result<(), StoreError> {
        self.transact(|engine, _| engine.store.begin_job(job.id))
    }

    /// Stores the outcome of a call.
    pub fn replied(&mut self, job: &Job, outcome: Outcome) -> Result<(), StoreError> {
        self.transact(|engine, now| engine.replied(job.id, outcome, now))
    }

    /// Does a job with these systems, and stores its outcome.
    pub fn perform(&mut self, job: &Job, systems: &dyn Systems) -> Result<(), StoreError> {
        if let Some(call) = job.order.call() {
            self.begin(job)?;
            let outcome = systems.call(&job.instance, call);
            return self.replied(job, outcome);
        }
        if let Some(keys) = job.order.asks() {
            let answers = systems.look_up(&job.instance, &asked(keys));
            return self.transact(|engine, now| engine.answered(job.id, answers, now));
        }
        match &job.order {
            Order::Publish(publish) => {
                let done = systems.publish(&job.instance, publish).is_ok();
                self.transact(|engine, now| engine.published(job.id, done, now))
            }
            _ => self.transact(|engine, now| engine.timer(job.id, now)),
        }
    }

    /// Does everything that is due until a time, in its order, with the clock at each one's time, and sweeps.
    pub fn run_until(&mut self, time: Millis, systems: &dyn Systems) -> Result<(), StoreError> {
        while let Some(job) = self.jobs()?.into_iter().find(|job| job.due <= time) {
            self.now = self.now.max(job.due);
            self.perform(&job, systems)?;
        }
        self.now = self.now.max(time);
        self.transact(Engine::sweep)
    }

    /// What can be seen of an instance.
    pub fn seen(&mut self, instance: &Instance) -> Result<Seen, StoreError> {
        let store = &mut self.engine.store;
        Ok(Seen {
            state: store.state(instance)?.map(|saved| String::from_utf8_lossy(&saved).into_owned()),
            audit: store.audit(instance)?,
            milestones: store.milestones(instance)?,
        })
    }

    /// The dead letters.
    pub fn letters(&mut self) -> Result<Vec<DeadLetter>, StoreError> {
        self.engine.store.letters()
    }

    /// The exceptions that are open.
    pub fn raised(&mut self) -> Result<Vec<(Instance, super::super::Raised)>, StoreError> {
        self.engine.store.raised()
    }
}

/// Lookups and keys, as systems take them.
pub(super) fn asked(keys: &[(Box<str>, Box<str>)]) -> Keys {
    let mut asked = Keys::new();
    for (lookup, key) in keys {
        asked.insert(lookup, String::from(key.clone()));
    }
    asked
}
