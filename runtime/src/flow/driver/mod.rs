//! Drivers: what brings clock, storage and systems to the machine.
//!
//! A [`Store`] is one transaction's view of what is kept: inbox, states, identifier index, outbox with timers, kept events,
//! dead letters, audit. An [`Engine`] is the meaning of a driver over any store: each of its methods is one transition
//! with everything that it orders, and is to be called within one transaction. So drivers differ in storage alone.
//!
//! - feature `memory`: [`memory::Memory`], and [`Rehearsal`], which drives any store deterministically, under a virtual
//!   clock,
//! - feature `sqlite`: `sqlite::Sqlite`, with a writer that groups commits and an executor that keeps the systems' limits,
//! - feature `restate`: module `restate`, distributed: no store, but objects that call each other and decide by the same `Offer`.
//!
//! What is acknowledged is stored. What is ordered is in the outbox until its outcome is stored: a process that stops in
//! between does it again, under the same key, or, where the operation knows no key, reports it as lost.

mod deliver;
mod engine;
mod intake;
mod limits;
#[cfg(feature = "memory")]
pub mod memory;
mod offer;
mod rehearsal;
#[cfg(feature = "restate")]
pub mod restate;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;

pub use engine::{Accepted, Engine, Flows};
pub use intake::{Became, Receipt};
pub use limits::{Lane, Limit};
pub use rehearsal::{Rehearsal, Seen};
pub use store::{DeadLetter, Instance, Job, Kept, Order, Store, StoreError};

use super::{Call, Outcome, Publish};
pub use super::{Hosted, Made, Stepped};
use crate::answers::{Answers, Keys};
use crate::failure::Result;

/// The systems, as an executor sees them. Each method may block; what it does is at least once.
pub trait Systems: Send + Sync {
    /// Calls an operation, under the call's key and within its time.
    fn call(&self, instance: &Instance, call: &Call) -> Outcome;
    /// Fetches what a mapping asks for.
    fn look_up(&self, instance: &Instance, keys: &Keys) -> Result<Answers>;
    /// Publishes an event. A failure is tried again.
    fn publish(&self, instance: &Instance, publish: &Publish) -> Result<()>;
}
