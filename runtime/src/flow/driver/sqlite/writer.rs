//! The writer: the only thread that touches the file. It groups commits.

use super::super::engine::Engine;
use super::super::store::{Store, StoreError};
use super::store::File;
use super::work::Lanes;
use super::{Millis, Options};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

/// How many transitions share a commit at most.
const BATCH: usize = 256;
/// How often overdue events are looked for.
const SWEEP: Duration = Duration::from_secs(1);

type Act = Box<dyn FnMut(&mut Engine<File>, Millis) -> Result<(), StoreError> + Send>;

struct Request {
    act: Act,
    done: SyncSender<Result<(), StoreError>>,
}

pub(super) struct Writer {
    requests: Mutex<Option<SyncSender<Request>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub fn start(engine: Engine<File>, lanes: Arc<Lanes>, options: &Options) -> Self {
        let (sender, receiver) = sync_channel(options.queue.max(1));
        let clock = Arc::clone(&options.clock);
        let thread = spawn(move || Group { engine, lanes, clock }.run(&receiver));
        Self { requests: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) }
    }

    /// Makes a transition, and returns when it is durable. It may be made twice if the transaction that it shares fails,
    /// the first time without a trace.
    pub fn transact<T: Send + 'static>(
        &self,
        mut act: impl FnMut(&mut Engine<File>, Millis) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let sender = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Closed)?;
        let (done, outcome) = sync_channel(1);
        let slot = Arc::new(Mutex::new(None));
        let result = Arc::clone(&slot);
        let act: Act = Box::new(move |engine, now| {
            let value = act(engine, now)?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Ok(())
        });
        sender.send(Request { act, done }).map_err(|_| StoreError::Closed)?;
        outcome.recv().map_err(|_| StoreError::Closed)??;
        result.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(StoreError::Closed)
    }

    /// Lets what was requested be written, and stops.
    pub fn close(&self) {
        drop(self.requests.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It ends by itself, and has nothing to say.
            let _ended = thread.join();
        }
    }
}

struct Group {
    engine: Engine<File>,
    lanes: Arc<Lanes>,
    clock: Arc<dyn Fn() -> Millis + Send + Sync>,
}

impl Group {
    fn run(mut self, requests: &Receiver<Request>) {
        let mut swept = Instant::now();
        loop {
            let mut batch = match requests.recv_timeout(SWEEP) {
                Ok(request) => vec![request],
                Err(RecvTimeoutError::Timeout) => Vec::new(),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if !batch.is_empty() {
                batch.extend(requests.try_iter().take(BATCH - 1));
                self.write(batch);
            }
            if swept.elapsed() >= SWEEP {
                swept = Instant::now();
                // What can't be swept now is swept later.
                let _swept = self.transact(Engine::sweep);
            }
        }
    }

    /// One transaction for all; if that fails, one for each, so that nobody fails for another.
    fn write(&mut self, mut batch: Vec<Request>) {
        let together = self.transact(|engine, now| batch.iter_mut().try_for_each(|request| (request.act)(engine, now)));
        if let (Err(_), true) = (&together, batch.len() > 1) {
            for mut request in batch {
                let alone = self.transact(|engine, now| (request.act)(engine, now));
                answer(&request, alone);
            }
            return;
        }
        for request in &batch {
            answer(request, together.clone());
        }
    }

    fn transact(
        &mut self,
        act: impl FnOnce(&mut Engine<File>, Millis) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let now = (self.clock)();
        self.engine.ordered.clear();
        let engine = &mut self.engine;
        let written = engine.store.begin().and_then(|()| act(engine, now)).and_then(|()| engine.store.commit());
        match written {
            Ok(()) => self.lanes.push(std::mem::take(&mut self.engine.ordered)),
            Err(_) => self.engine.store.roll_back(),
        }
        written
    }
}

fn answer(request: &Request, outcome: Result<(), StoreError>) {
    // Who asked may have gone away.
    let _sent = request.done.send(outcome);
}
