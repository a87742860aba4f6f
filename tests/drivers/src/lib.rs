//! The drivers of flows as tests drive them: the same calls, over whatever keeps the flows. Time passes when the script says
//! so, and the process stops when it says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod rehearsed;
#[cfg(feature = "restate")]
pub mod restate;
#[cfg(feature = "restate")]
pub mod server;
#[cfg(feature = "restate")]
pub mod service;

pub use rehearsed::Rehearsed;

use crossdock_runtime::flow::driver::{Accepted, DeadLetter, Flows, Instance, Job, Receipt, Seen};
use crossdock_runtime::flow::{Arrival, Fate, Message, Millis, Outcome, Raised};

/// What a script does with flows that run.
pub trait Driver {
    /// The time.
    fn now(&self) -> Millis;
    /// A message arrives.
    fn accept(&mut self, message: &Message) -> Accepted;
    /// Something arrives that holds messages.
    fn receive(&mut self, arrival: &Arrival) -> Vec<Receipt>;
    /// A person acts on an exception.
    fn act(&mut self, instance: &Instance, exception: u32, action: &str, person: &str) -> Fate;
    /// A dead letter is given again.
    fn replay(&mut self, letter: &DeadLetter) -> Option<Accepted>;
    /// What is ordered, by time and number.
    fn jobs(&mut self) -> Vec<Job>;
    /// Begins a call, of which nothing more is heard: the script calls, and stops the process.
    fn begin(&mut self, job: &Job);
    /// Stores an outcome that did not come from the systems.
    fn replied(&mut self, job: &Job, outcome: Outcome);
    /// Does what is ordered.
    fn perform(&mut self, job: &Job);
    /// Lets time pass.
    fn run_until(&mut self, time: Millis);
    /// What is to be seen of an instance.
    fn seen(&mut self, instance: &Instance) -> Seen;
    /// The dead letters.
    fn letters(&mut self) -> Vec<DeadLetter>;
    /// The exceptions that are open.
    fn raised(&mut self) -> Vec<(Instance, Raised)>;
    /// The process stops and starts again, with these flows.
    fn restart_with(&mut self, flows: Flows);
}
