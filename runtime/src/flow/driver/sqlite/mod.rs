//! The embedded driver, over one SQLite file.
//!
//! A writer thread owns the file. It takes whatever requests are there, makes their transitions in one transaction, and
//! answers all of them when that is durable: concurrent transitions share a commit. Workers do what the outbox holds, for
//! each deployment of a system in a lane of its own, so that a slow system delays only its own calls. Queues are bounded:
//! who sends faster than the writer writes, waits.

mod store;
mod work;
mod writer;

pub use store::File;

use super::super::{Arrival, Audit, Fate, Intake, Message, Millis, Raised};
use super::Systems;
use super::engine::{Accepted, Engine, Flows};
use super::intake::Receipt;
use super::limits::Limit;
use super::store::{DeadLetter, Instance, Store, StoreError};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use work::Lanes;
use writer::Writer;

/// How a driver behaves.
#[derive(Clone)]
pub struct Options {
    /// What systems bear, by system or `system/instance`; the more exact name goes first.
    pub limits: BTreeMap<String, Limit>,
    /// What tells events from what arrives.
    pub intake: Option<Arc<dyn Intake>>,
    /// How many requests may wait for the writer.
    pub queue: usize,
    /// The time.
    pub clock: Arc<dyn Fn() -> Millis + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        let clock = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
        };
        Self { limits: BTreeMap::new(), intake: None, queue: 1024, clock: Arc::new(clock) }
    }
}

/// Flows that run, over a file. Dropping it stops the workers; what they have not done is done after the next start.
pub struct Sqlite {
    writer: Arc<Writer>,
    lanes: Arc<Lanes>,
}

impl Sqlite {
    /// Opens or creates the file, takes up what was interrupted, and begins to work.
    pub fn open(path: &Path, flows: Flows, systems: Arc<dyn Systems>, options: &Options) -> Result<Self, StoreError> {
        let mut engine = Engine::new(flows, File::open(path)?).with_intake(options.intake.clone());
        engine.store.begin()?;
        engine.recover((options.clock)())?;
        engine.store.commit()?;
        let jobs = engine.store.jobs()?;
        engine.ordered.clear();
        let lanes = Arc::new(Lanes::new(systems, options));
        let writer = Arc::new(Writer::start(engine, Arc::clone(&lanes), options));
        lanes.serve(&writer);
        lanes.push(jobs);
        Ok(Self { writer, lanes })
    }

    /// Receives a message. When this returns it is durable, and may be acknowledged.
    pub fn accept(&self, message: Message) -> Result<Accepted, StoreError> {
        self.writer.transact(move |engine, now| engine.accept(&message, now))
    }

    /// Receives what arrives: a webhook's body, a message of a queue. When this returns, every document of it is durable,
    /// and it may be acknowledged, unless a receipt says otherwise.
    pub fn receive(&self, arrival: Arrival) -> Result<Vec<Receipt>, StoreError> {
        self.writer.transact(move |engine, now| engine.receive(&arrival, now))
    }

    /// A person acts on an open exception.
    pub fn act(&self, instance: Instance, exception: u32, action: String, person: String) -> Result<Fate, StoreError> {
        self.writer.transact(move |engine, now| engine.act(&instance, exception, &action, &person, now))
    }

    /// Gives a dead letter to its flow again.
    pub fn replay(&self, letter: u64) -> Result<Option<Accepted>, StoreError> {
        self.writer.transact(move |engine, now| engine.replay(letter, now))
    }

    /// The dead letters.
    pub fn letters(&self) -> Result<Vec<DeadLetter>, StoreError> {
        self.writer.transact(|engine, _| engine.store.letters())
    }

    /// The exceptions that are open.
    pub fn raised(&self) -> Result<Vec<(Instance, Raised)>, StoreError> {
        self.writer.transact(|engine, _| engine.store.raised())
    }

    /// The audit of an instance.
    pub fn audit(&self, instance: Instance) -> Result<Vec<Audit>, StoreError> {
        self.writer.transact(move |engine, _| engine.store.audit(&instance))
    }

    /// The milestones of an instance.
    pub fn milestones(&self, instance: Instance) -> Result<Vec<(String, Option<String>, Millis)>, StoreError> {
        self.writer.transact(move |engine, _| engine.store.milestones(&instance))
    }

    /// The state of an instance, as it is saved.
    pub fn state(&self, instance: Instance) -> Result<Option<Vec<u8>>, StoreError> {
        self.writer.transact(move |engine, _| engine.store.state(&instance))
    }

    /// The instances that are not finished.
    pub fn unfinished(&self) -> Result<Vec<Instance>, StoreError> {
        self.writer.transact(|engine, _| engine.store.unfinished())
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.lanes.close();
        self.writer.close();
    }
}
