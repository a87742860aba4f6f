//! A driver over a store, driven by hand.

use crate::Driver;
use crossdock_runtime::flow::driver::{Accepted, DeadLetter, Flows, Instance, Job, Receipt, Rehearsal, Seen};
use crossdock_runtime::flow::driver::{Store, Systems};
use crossdock_runtime::flow::{Arrival, Fate, Intake, Message, Millis, Outcome, Raised};
use std::sync::Arc;

/// Flows over a store, and the systems that they call.
pub struct Rehearsed<S> {
    /// None while the process starts again.
    rehearsal: Option<Rehearsal<S>>,
    systems: Arc<dyn Systems>,
    intake: Option<Arc<dyn Intake>>,
}

impl<S: Store> Rehearsed<S> {
    /// Flows over a store, at a time.
    pub fn new(
        flows: Flows,
        store: S,
        systems: Arc<dyn Systems>,
        intake: Option<Arc<dyn Intake>>,
        now: Millis,
    ) -> Self {
        let mut this = Self { rehearsal: None, systems, intake };
        this.start(flows, store, now);
        this
    }

    fn start(&mut self, flows: Flows, store: S, now: Millis) {
        let rehearsal = Rehearsal::new(flows, store, now).unwrap();
        self.rehearsal = Some(match &self.intake {
            Some(intake) => rehearsal.with_intake(Arc::clone(intake)),
            None => rehearsal,
        });
    }

    /// What is driven.
    pub fn r(&mut self) -> &mut Rehearsal<S> {
        self.rehearsal.as_mut().unwrap()
    }
}

impl<S: Store> Driver for Rehearsed<S> {
    fn now(&self) -> Millis {
        self.rehearsal.as_ref().unwrap().now()
    }

    fn accept(&mut self, message: &Message) -> Accepted {
        self.r().accept(message).unwrap()
    }

    fn receive(&mut self, arrival: &Arrival) -> Vec<Receipt> {
        self.r().receive(arrival).unwrap()
    }

    fn act(&mut self, instance: &Instance, exception: u32, action: &str, person: &str) -> Fate {
        self.r().act(instance, exception, action, person).unwrap()
    }

    fn replay(&mut self, letter: &DeadLetter) -> Option<Accepted> {
        self.r().replay(letter.id).unwrap()
    }

    fn jobs(&mut self) -> Vec<Job> {
        self.r().jobs().unwrap()
    }

    fn begin(&mut self, job: &Job) {
        self.r().begin(job).unwrap();
    }

    fn replied(&mut self, job: &Job, outcome: Outcome) {
        self.r().replied(job, outcome).unwrap();
    }

    fn perform(&mut self, job: &Job) {
        let systems = Arc::clone(&self.systems);
        self.r().perform(job, &*systems).unwrap();
    }

    fn run_until(&mut self, time: Millis) {
        let systems = Arc::clone(&self.systems);
        self.r().run_until(time, &*systems).unwrap();
    }

    fn seen(&mut self, instance: &Instance) -> Seen {
        self.r().seen(instance).unwrap()
    }

    fn letters(&mut self) -> Vec<DeadLetter> {
        self.r().letters().unwrap()
    }

    fn raised(&mut self) -> Vec<(Instance, Raised)> {
        self.r().raised().unwrap()
    }

    fn restart_with(&mut self, flows: Flows) {
        let rehearsal = self.rehearsal.take().unwrap();
        let now = rehearsal.now();
        self.start(flows, rehearsal.stop(), now);
    }
}
