//! A store in memory: for tests and simulation. States are kept as they are saved, so that every transition proves that
//! they can be read.

use super::super::{Audit, Deliveries, Id, Letter, Message, Millis, Name, Raised};
use super::store::{DeadLetter, Instance, Job, Kept, Order, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// A store in memory. A transaction that is rolled back leaves it as it was before.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    tables: Tables,
    before: Option<Box<Tables>>,
}

#[derive(Debug, Clone, Default)]
struct Tables {
    serial: u64,
    inbox: BTreeMap<(Box<str>, Box<str>), Millis>,
    states: BTreeMap<Instance, (Vec<u8>, bool)>,
    ids: BTreeMap<(Box<str>, Id), Box<str>>,
    jobs: BTreeMap<u64, Job>,
    deliveries: BTreeMap<String, Deliveries>,
    kept: BTreeMap<u64, Kept>,
    letters: BTreeMap<u64, DeadLetter>,
    audit: BTreeMap<Instance, Vec<Audit>>,
    milestones: BTreeMap<Instance, Vec<(String, Option<String>, Millis)>>,
    raised: BTreeMap<(Instance, u32), Raised>,
}

impl Tables {
    fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a copy at the begin of each transaction from now on, so that it can be rolled back.
    pub fn with_roll_back(mut self) -> Self {
        self.before = Some(Box::default());
        self
    }

    /// Every instance with its state, by flow and key.
    pub fn states(&self) -> impl Iterator<Item = (&Instance, &[u8])> {
        self.tables.states.iter().map(|(instance, (state, _))| (instance, state.as_slice()))
    }

    /// The events that are kept for later, by number.
    pub fn kept(&self) -> impl Iterator<Item = &Message> {
        self.tables.kept.values().map(|kept| &kept.message)
    }

    /// How many messages, instances, jobs and kept events it holds.
    pub fn sizes(&self) -> [usize; 4] {
        [self.tables.inbox.len(), self.tables.states.len(), self.tables.jobs.len(), self.tables.kept.len()]
    }
}

impl Store for Memory {
    fn begin(&mut self) -> Result<(), StoreError> {
        if let Some(before) = &mut self.before {
            **before = self.tables.clone();
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn roll_back(&mut self) {
        if let Some(before) = &self.before {
            self.tables = (**before).clone();
        }
    }

    fn note(&mut self, message: &Message) -> Result<bool, StoreError> {
        let known = self.tables.inbox.insert((message.name.clone(), message.id.clone()), message.received_at);
        Ok(known.is_none())
    }

    fn forget_before(&mut self, time: Millis) -> Result<(), StoreError> {
        self.tables.inbox.retain(|_, at| *at >= time);
        Ok(())
    }

    fn state(&mut self, instance: &Instance) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables.states.get(instance).map(|(saved, _)| saved.clone()))
    }

    fn put_state(&mut self, instance: &Instance, saved: &[u8], finished: bool) -> Result<(), StoreError> {
        self.tables.states.insert(instance.clone(), (saved.to_vec(), finished));
        Ok(())
    }

    fn unfinished(&mut self) -> Result<Vec<Instance>, StoreError> {
        let open = self.tables.states.iter().filter(|(_, (_, finished))| !finished);
        Ok(open.map(|(instance, _)| instance.clone()).collect())
    }

    fn bind(&mut self, id: &Id, instance: &Instance, _: Option<&str>) -> Result<(), StoreError> {
        self.tables.ids.insert((instance.flow.clone(), id.clone()), instance.key.clone());
        Ok(())
    }

    fn bound(&mut self, flow: &str, id: &Id) -> Result<Option<Box<str>>, StoreError> {
        Ok(self.tables.ids.get(&(flow.into(), id.clone())).cloned())
    }

    fn put_job(&mut self, instance: &Instance, due: Millis, order: &Order) -> Result<u64, StoreError> {
        let id = self.tables.next();
        let job = Job { id, instance: instance.clone(), due, begun: false, order: order.clone() };
        self.tables.jobs.insert(id, job);
        Ok(id)
    }

    fn job(&mut self, id: u64) -> Result<Option<Job>, StoreError> {
        Ok(self.tables.jobs.get(&id).cloned())
    }

    fn begin_job(&mut self, id: u64) -> Result<(), StoreError> {
        if let Some(job) = self.tables.jobs.get_mut(&id) {
            job.begun = true;
        }
        Ok(())
    }

    fn postpone_job(&mut self, id: u64, due: Millis) -> Result<(), StoreError> {
        if let Some(job) = self.tables.jobs.get_mut(&id) {
            job.due = due;
        }
        Ok(())
    }

    fn drop_job(&mut self, id: u64) -> Result<(), StoreError> {
        self.tables.jobs.remove(&id);
        Ok(())
    }

    fn jobs(&mut self) -> Result<Vec<Job>, StoreError> {
        let mut jobs: Vec<Job> = self.tables.jobs.values().cloned().collect();
        jobs.sort_by_key(|job| (job.due, job.id));
        Ok(jobs)
    }

    fn deliveries(&mut self, queue: &str) -> Result<Deliveries, StoreError> {
        Ok(self.tables.deliveries.get(queue).cloned().unwrap_or_default())
    }

    fn put_deliveries(&mut self, queue: &str, deliveries: &Deliveries) -> Result<(), StoreError> {
        if deliveries.is_empty() {
            self.tables.deliveries.remove(queue);
        } else {
            self.tables.deliveries.insert(queue.to_owned(), deliveries.clone());
        }
        Ok(())
    }

    fn keep(&mut self, kept: Kept) -> Result<(), StoreError> {
        let id = self.tables.next();
        self.tables.kept.insert(id, Kept { id, ..kept });
        Ok(())
    }

    fn take_kept(&mut self, flow: &str, targets: &[Box<str>]) -> Result<Vec<Kept>, StoreError> {
        let wanted: BTreeSet<&Box<str>> = targets.iter().collect();
        let mut taken = Vec::new();
        self.tables.kept.retain(|_, kept| {
            let take = *kept.flow == *flow && kept.targets.iter().any(|target| wanted.contains(target));
            if take {
                taken.push(kept.clone());
            }
            !take
        });
        Ok(taken)
    }

    fn take_overdue(&mut self, now: Millis) -> Result<Vec<Kept>, StoreError> {
        let mut taken = Vec::new();
        self.tables.kept.retain(|_, kept| {
            if kept.until <= now {
                taken.push(kept.clone());
            }
            kept.until > now
        });
        Ok(taken)
    }

    fn put_letter(&mut self, flow: &str, key: Option<&str>, letter: &Letter) -> Result<(), StoreError> {
        let id = self.tables.next();
        let letter = DeadLetter { id, flow: flow.into(), key: key.map(Into::into), letter: letter.clone() };
        self.tables.letters.insert(id, letter);
        Ok(())
    }

    fn take_letter(&mut self, id: u64) -> Result<Option<DeadLetter>, StoreError> {
        Ok(self.tables.letters.remove(&id))
    }

    fn take_expired(&mut self, now: Millis) -> Result<Vec<DeadLetter>, StoreError> {
        let over = |letter: &DeadLetter| letter.letter.until.is_some_and(|until| until <= now);
        let taken = self.tables.letters.values().filter(|letter| over(letter)).cloned().collect();
        self.tables.letters.retain(|_, letter| !over(letter));
        Ok(taken)
    }

    fn letters(&mut self) -> Result<Vec<DeadLetter>, StoreError> {
        Ok(self.tables.letters.values().cloned().collect())
    }

    fn put_audit(&mut self, instance: &Instance, audit: &Audit) -> Result<(), StoreError> {
        self.tables.audit.entry(instance.clone()).or_default().push(audit.clone());
        Ok(())
    }

    fn audit(&mut self, instance: &Instance) -> Result<Vec<Audit>, StoreError> {
        Ok(self.tables.audit.get(instance).cloned().unwrap_or_default())
    }

    fn put_milestone(
        &mut self,
        instance: &Instance,
        name: &Name,
        part: Option<&str>,
        at: Millis,
    ) -> Result<(), StoreError> {
        let reached = (name.to_string(), part.map(ToOwned::to_owned), at);
        self.tables.milestones.entry(instance.clone()).or_default().push(reached);
        Ok(())
    }

    fn milestones(&mut self, instance: &Instance) -> Result<Vec<(String, Option<String>, Millis)>, StoreError> {
        Ok(self.tables.milestones.get(instance).cloned().unwrap_or_default())
    }

    fn put_raised(&mut self, instance: &Instance, raised: &Raised) -> Result<(), StoreError> {
        self.tables.raised.insert((instance.clone(), raised.exception), raised.clone());
        Ok(())
    }

    fn drop_raised(&mut self, instance: &Instance, exception: u32) -> Result<(), StoreError> {
        self.tables.raised.remove(&(instance.clone(), exception));
        Ok(())
    }

    fn raised(&mut self) -> Result<Vec<(Instance, Raised)>, StoreError> {
        Ok(self.tables.raised.iter().map(|((instance, _), raised)| (instance.clone(), raised.clone())).collect())
    }
}
