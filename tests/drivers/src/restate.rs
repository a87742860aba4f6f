//! A real Restate server: transitions, states and journals go through it; a virtual clock, and what comes later, are in the
//! hands of the script.

use crate::Driver;
use crate::server::{Server, free_port};
use crate::service::Service;
use crossdock_runtime::flow::driver::restate::{Address, Client, Clock, Held, Options, Unanswered};
use crossdock_runtime::flow::driver::{Accepted, DeadLetter, Flows, Instance, Job, Order, Receipt, Seen, Systems};
use crossdock_runtime::flow::{Arrival, Call, Fate, Intake, Message, Millis, Outcome, Publish, Raised};
use crossdock_runtime::{Answers, Keys, Result};
use serde_json::json;
use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Systems, which keep calls waiting that are only begun.
struct Stalling {
    systems: Arc<dyn Systems>,
    /// The calls that are begun, by instance and epoch; and which of them arrived.
    stalled: Mutex<Vec<(Instance, u64, bool)>>,
    changed: Condvar,
}

impl Stalling {
    fn arrived(&self) -> usize {
        self.stalled.lock().unwrap().iter().filter(|(.., arrived)| *arrived).count()
    }

    fn let_go(&self, instance: &Instance, epoch: u64) {
        self.stalled.lock().unwrap().retain(|(of, number, _)| (of, *number) != (instance, epoch));
        self.changed.notify_all();
    }
}

impl Systems for Stalling {
    fn call(&self, instance: &Instance, call: &Call) -> Outcome {
        let mut stalled = self.stalled.lock().unwrap();
        while let Some(one) = stalled.iter_mut().find(|(of, epoch, _)| of == instance && *epoch == call.epoch) {
            one.2 = true;
            stalled = self.changed.wait(stalled).unwrap();
        }
        drop(stalled);
        self.systems.call(instance, call)
    }

    fn look_up(&self, instance: &Instance, keys: &Keys) -> Result<Answers> {
        self.systems.look_up(instance, keys)
    }

    fn publish(&self, instance: &Instance, publish: &Publish) -> Result<()> {
        self.systems.publish(instance, publish)
    }
}

/// Flows on a server of their own.
pub struct OnRestate {
    _server: Server,
    service: Option<Service>,
    port: u16,
    client: Client,
    runtime: Runtime,
    time: Arc<AtomicI64>,
    options: Options,
    systems: Arc<dyn Systems>,
    stalling: Arc<Stalling>,
    /// The calls that are begun and under way.
    begun: Vec<Job>,
}

impl OnRestate {
    /// Starts a server, and serves flows on it, at a time; none if nobody said where the server's program is.
    pub fn start(
        name: &str,
        flows: Flows,
        systems: Arc<dyn Systems>,
        intake: Option<Arc<dyn Intake>>,
        now: Millis,
    ) -> Option<Self> {
        let server = Server::start(name)?;
        let time = Arc::new(AtomicI64::new(now));
        let of = Arc::clone(&time);
        let clock: Clock = Arc::new(move || of.load(Ordering::SeqCst));
        let mut this = Self {
            service: None,
            port: free_port(),
            client: Client::new(&server.ingress(), &server.admin(), Arc::clone(&clock)),
            runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
            _server: server,
            time,
            options: Options { clock, intake, rehearsed: true, ..Options::default() },
            stalling: stalling(&systems, Vec::new()),
            systems,
            begun: Vec::new(),
        };
        this.serve(flows);
        let begun = Instant::now();
        while this.runtime.block_on(this.client.under_way()).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the server answers no query");
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(this)
    }

    fn serve(&mut self, flows: Flows) {
        let stalled = self.begun.iter().filter_map(epoch).map(|(instance, epoch)| (instance, epoch, false)).collect();
        self.stalling = stalling(&self.systems, stalled);
        self.service = Some(Service::start(self.port, flows, Arc::clone(&self.stalling) as _, &self.options));
        self.ask(|client, url| async move { client.register(&url).await });
    }

    fn ask<T, F: Future<Output = std::result::Result<T, Unanswered>>>(
        &self,
        act: impl FnOnce(Client, String) -> F,
    ) -> T {
        let url = format!("http://127.0.0.1:{}", self.port);
        self.runtime.block_on(act(self.client.clone(), url)).unwrap()
    }

    /// Waits until nothing is under way but the calls that are only begun.
    fn settle(&self) {
        let begun = Instant::now();
        let mut before = None;
        loop {
            let at = self.ask(|client, _| async move { client.under_way().await });
            let still = at.0 == self.begun.len() && self.stalling.arrived() == self.begun.len();
            if still && before == Some(at) {
                return;
            }
            before = still.then_some(at);
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not come to rest: {at:?}, {:?}", self.begun);
            if !still {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    fn held(&self) -> Vec<Held> {
        self.ask(|client, _| async move { client.held().await })
    }

    fn release(&self, held: &Held) {
        self.ask(|client, _| {
            let held = held.clone();
            async move { client.release(&held).await }
        });
    }

    fn release_job(&self, job: &Job) {
        let held = self.held().into_iter().find(|held| held.job.as_ref().is_some_and(|one| one.id == job.id));
        self.release(&held.expect("the job is there"));
    }

    fn set_now(&self, now: Millis) {
        self.time.store(now, Ordering::SeqCst);
    }
}

fn stalling(systems: &Arc<dyn Systems>, stalled: Vec<(Instance, u64, bool)>) -> Arc<Stalling> {
    let (systems, stalled) = (Arc::clone(systems), Mutex::new(stalled));
    Arc::new(Stalling { systems, stalled, changed: Condvar::new() })
}

fn epoch(job: &Job) -> Option<(Instance, u64)> {
    match &job.order {
        Order::Call(call) => Some((job.instance.clone(), call.epoch)),
        _ => None,
    }
}

impl Driver for OnRestate {
    fn now(&self) -> Millis {
        self.time.load(Ordering::SeqCst)
    }

    fn accept(&mut self, message: &Message) -> Accepted {
        let accepted = self.ask(|client, _| async move { client.accept(message).await });
        self.settle();
        accepted
    }

    fn receive(&mut self, arrival: &Arrival) -> Vec<Receipt> {
        let receipts = self.ask(|client, _| async move { client.receive(arrival).await });
        self.settle();
        receipts
    }

    fn act(&mut self, instance: &Instance, exception: u32, action: &str, person: &str) -> Fate {
        let fate = self.ask(|client, _| async move { client.act(instance, exception, action, person).await });
        self.settle();
        fate
    }

    fn replay(&mut self, letter: &DeadLetter) -> Option<Accepted> {
        let accepted = self.ask(|client, _| async move { client.replay(letter).await });
        self.settle();
        accepted
    }

    fn jobs(&mut self) -> Vec<Job> {
        let mut jobs: Vec<Job> = self.held().into_iter().filter_map(|held| held.job).collect();
        jobs.extend(self.begun.iter().cloned());
        jobs.sort_by_key(|job| (job.due, job.id));
        jobs
    }

    fn begin(&mut self, job: &Job) {
        let (instance, number) = epoch(job).expect("it is a call");
        self.stalling.stalled.lock().unwrap().push((instance, number, false));
        self.release_job(job);
        self.begun.push(job.clone());
        self.settle();
    }

    fn replied(&mut self, job: &Job, outcome: Outcome) {
        if let Some((instance, epoch)) = epoch(job) {
            let told = json!({ "told": { "reply": { "epoch": epoch, "outcome": outcome } }, "now": self.now() });
            self.ask(|client, _| async move { client.call(&Address::instance(&instance, "tell"), &told).await });
            self.settle();
        }
    }

    fn perform(&mut self, job: &Job) {
        match self.begun.iter().position(|begun| begun == job) {
            Some(position) => {
                let job = self.begun.remove(position);
                let (instance, epoch) = epoch(&job).expect("it is a call");
                self.stalling.let_go(&instance, epoch);
            }
            None => self.release_job(job),
        }
        self.settle();
    }

    fn run_until(&mut self, time: Millis) {
        while let Some(job) = self.jobs().into_iter().find(|job| job.due <= time) {
            self.set_now(self.now().max(job.due));
            self.perform(&job);
        }
        self.set_now(self.now().max(time));
        for held in self.held().into_iter().filter(|held| held.job.is_none() && held.due <= time) {
            self.release(&held);
            self.settle();
        }
    }

    fn seen(&mut self, instance: &Instance) -> Seen {
        self.ask(|client, _| async move { client.seen(instance).await })
    }

    fn letters(&mut self) -> Vec<DeadLetter> {
        self.ask(|client, _| async move { client.letters().await })
    }

    fn raised(&mut self) -> Vec<(Instance, Raised)> {
        self.ask(|client, _| async move { client.raised().await })
    }

    fn restart_with(&mut self, flows: Flows) {
        self.service.take().unwrap().stop();
        // What was begun and knows no key is lost; the rest is called again.
        self.begun.retain(|job| matches!(&job.order, Order::Call(call) if call.repeatable));
        let programs: Vec<(String, u32)> =
            flows.iter().map(|flow| (flow.program().name.to_string(), flow.program().version)).collect();
        self.serve(flows);
        self.settle();
        for (flow, version) in programs {
            self.ask(|client, _| async move { client.resume(&flow, version).await });
        }
        self.settle();
    }
}
