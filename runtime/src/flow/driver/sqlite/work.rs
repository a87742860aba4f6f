//! The workers: they do what the outbox holds, lane by lane, and store the outcomes.

use super::super::super::Outcome;
use super::super::limits::Lane;
use super::super::rehearsal::asked;
use super::super::store::{Job, Order, Store, StoreError};
use super::super::{Limit, Systems};
use super::writer::Writer;
use super::{Millis, Options};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

/// How many jobs of a lane are held in memory; the others are read when it is their turn.
const HELD: usize = 1024;
/// How many timers are told in one transition of the store.
const TIMERS: usize = 64;
/// How long a worker rests at most before it looks again: clocks may jump.
const REST: Duration = Duration::from_secs(1);

pub(super) struct Lanes {
    systems: Arc<dyn Systems>,
    limits: BTreeMap<String, Limit>,
    clock: Arc<dyn Fn() -> Millis + Send + Sync>,
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    lanes: BTreeMap<String, Arc<Cell>>,
    writer: Weak<Writer>,
    threads: Vec<JoinHandle<()>>,
    closed: bool,
}

struct Cell {
    queue: Mutex<Queue>,
    changed: Condvar,
}

struct Queue {
    lane: Lane,
    held: BTreeMap<u64, Job>,
    closed: bool,
}

impl Lanes {
    pub fn new(systems: Arc<dyn Systems>, options: &Options) -> Self {
        Self { systems, limits: options.limits.clone(), clock: Arc::clone(&options.clock), all: Mutex::default() }
    }

    pub fn serve(&self, writer: &Arc<Writer>) {
        lock(&self.all).writer = Arc::downgrade(writer);
    }

    /// Takes jobs over, once they are stored.
    pub fn push(self: &Arc<Self>, jobs: Vec<Job>) {
        for job in jobs {
            let name = Lane::of(&job.order);
            let Some(cell) = self.cell(name) else { return };
            let mut queue = lock(&cell.queue);
            queue.lane.push(job.due, job.id);
            if queue.held.len() < HELD {
                queue.held.insert(job.id, job);
            }
            drop(queue);
            cell.changed.notify_one();
        }
    }

    fn cell(self: &Arc<Self>, name: String) -> Option<Arc<Cell>> {
        let mut all = lock(&self.all);
        if all.closed {
            return None;
        }
        if let Some(cell) = all.lanes.get(&name) {
            return Some(Arc::clone(cell));
        }
        let system = name.split('/').next().unwrap_or_default();
        let mut limit = self.limits.get(&name).or_else(|| self.limits.get(system)).copied().unwrap_or_default();
        let timer = name == "timer";
        if timer {
            limit = Limit { concurrency: u32::try_from(TIMERS).unwrap_or(1), ..limit };
        }
        let queue = Queue { lane: Lane::new(limit), held: BTreeMap::new(), closed: false };
        let cell = Arc::new(Cell { queue: Mutex::new(queue), changed: Condvar::new() });
        for _ in 0..if timer { 1 } else { limit.concurrency.max(1) } {
            let (lanes, cell) = (Arc::clone(self), Arc::clone(&cell));
            let writer = all.writer.clone();
            all.threads.push(spawn(move || lanes.work(&cell, &writer, if timer { TIMERS } else { 1 })));
        }
        all.lanes.insert(name, Arc::clone(&cell));
        Some(cell)
    }

    /// Ends the workers. What is under way comes to its end first.
    pub fn close(&self) {
        let mut all = lock(&self.all);
        all.closed = true;
        for cell in all.lanes.values() {
            lock(&cell.queue).closed = true;
            cell.changed.notify_all();
        }
        let threads = std::mem::take(&mut all.threads);
        drop(all);
        for thread in threads {
            // It ends by itself, and has nothing to say.
            let _ended = thread.join();
        }
        lock(&self.all).lanes.clear();
    }

    fn work(&self, cell: &Cell, writer: &Weak<Writer>, most: usize) {
        while let Some(jobs) = self.next(cell, most) {
            let Some(writer) = writer.upgrade() else { return };
            let count = jobs.len();
            self.perform(cell, &writer, jobs);
            let mut queue = lock(&cell.queue);
            for _ in 0..count {
                queue.lane.done();
            }
            drop(queue);
            cell.changed.notify_one();
        }
    }

    /// The next jobs that may be done; none when it is time to end.
    fn next(&self, cell: &Cell, most: usize) -> Option<Vec<(u64, Option<Job>)>> {
        let mut queue = lock(&cell.queue);
        loop {
            if queue.closed {
                return None;
            }
            let now = (self.clock)();
            let mut jobs = Vec::new();
            while jobs.len() < most
                && let Some(job) = queue.lane.take(now)
            {
                let held = queue.held.remove(&job);
                jobs.push((job, held));
            }
            if !jobs.is_empty() {
                return Some(jobs);
            }
            let span = queue.lane.free_at(now).map_or(REST, |at| {
                Duration::from_millis(u64::try_from(at.saturating_sub(now)).unwrap_or(0).max(1)).min(REST)
            });
            queue = match cell.changed.wait_timeout(queue, span) {
                Ok((queue, _)) => queue,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    fn perform(&self, cell: &Cell, writer: &Writer, jobs: Vec<(u64, Option<Job>)>) {
        let mut timers = Vec::new();
        for (id, held) in jobs {
            let job = match held {
                Some(job) => Some(job),
                None => insist(cell, || writer.transact(move |engine, _| engine.store.job(id))).flatten(),
            };
            let Some(job) = job else { continue };
            match job.order {
                Order::Timer { .. } => timers.push(id),
                _ => self.perform_one(cell, writer, &job),
            }
        }
        if !timers.is_empty() {
            insist(cell, || {
                let timers = timers.clone();
                writer.transact(move |engine, now| timers.iter().try_for_each(|id| engine.timer(*id, now)))
            });
        }
    }

    fn perform_one(&self, cell: &Cell, writer: &Writer, job: &Job) {
        let id = job.id;
        let instance = &job.instance;
        if let Some(call) = job.order.call() {
            if !call.repeatable
                && insist(cell, || writer.transact(move |engine, _| engine.store.begin_job(id))).is_none()
            {
                return;
            }
            let outcome = guarded(|| self.systems.call(instance, call)).unwrap_or_else(|| Outcome::Lost {
                name: "panicked".into(),
                detail: "the client of the system panicked".into(),
            });
            insist(cell, || {
                let outcome = outcome.clone();
                writer.transact(move |engine, now| engine.replied(id, outcome.clone(), now))
            });
        } else if let Some(keys) = job.order.asks() {
            let answers = guarded(|| self.systems.look_up(instance, &asked(keys)))
                .unwrap_or_else(|| Err(crate::failure::Failure::new("panicked", "the client of the system panicked")));
            insist(cell, || {
                let answers = answers.clone();
                writer.transact(move |engine, now| engine.answered(id, answers.clone(), now))
            });
        } else if let Order::Publish(publish) = &job.order {
            let done = guarded(|| self.systems.publish(instance, publish).is_ok()).unwrap_or(false);
            insist(cell, || writer.transact(move |engine, now| engine.published(id, done, now)));
        }
    }
}

/// Clients are written by others: their panic is an answer that did not come.
fn guarded<T>(act: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(act)).ok()
}

/// Stores an outcome, however long the store can't: what was done must not be forgotten while the process lives.
fn insist<T>(cell: &Cell, mut act: impl FnMut() -> Result<T, StoreError>) -> Option<T> {
    loop {
        match act() {
            Ok(value) => return Some(value),
            Err(StoreError::Closed) => return None,
            Err(_) => {
                let queue = lock(&cell.queue);
                if queue.closed {
                    return None;
                }
                drop(cell.changed.wait_timeout(queue, REST));
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
