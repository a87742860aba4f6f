//! Flows: long-running processes over objects, as data plus typed functions, run by one machine without I/O.
//!
//! A [`Program`] is a flow as data: its steps, waits, retries, exceptions and interrupts, by name and small index. The
//! expressions and mappings of a flow are [`Functions`], compiled in generated crates and evaluated elsewhere, over an
//! associated type of data that the machine never looks into. A [`Machine`] is both together:
//!
//! - [`Machine::begin`] makes the [`State`] of an instance from the message that starts it,
//! - [`Machine::handle`] takes an [`Input`] and the time, changes the state, and says what is to be done: [`Command`]s,
//! - [`Machine::routes`] says which instances an event may concern, so that whoever drives can find them,
//! - [`Machine::save`] and [`Machine::load`] write and read a state by the names of its steps, also an older one.
//!
//! The words, each for one idea:
//!
//! | word | what |
//! |---|---|
//! | instance | a run of a flow, known by its key |
//! | step, block | a step has a name; a block is the steps of the flow, of an `each`, or of a deed |
//! | deed | what is done out of the order of steps: on a failure, a choice, an interrupt, about an exception |
//! | part | an element or group of an `each`, with a key of its own; its block runs beside those of the other parts |
//! | generation | how often a step was done anew because a `goto` came back to it; it joins the idempotency key |
//! | attempt | how often a call of one generation was made; all of them carry the same key |
//! | epoch | the number under which a call, lookup or timer was ordered; what comes back under another is late |
//! | binding | an identifier in a system, and the instance that it leads to |
//! | exception | what went wrong, with owner and clock, open until an action, an event or the step itself ends it |
//! | dead letter | a message that could not be taken, kept with the reason, to be replayed |
//!
//! What arrives becomes messages by an [`Intake`]: cut into documents, each told which event it is, with its id and order.
//!
//! Drivers (module `driver`) bring clock, storage and systems. Deliberately absent here: clocks, random numbers, threads, files,
//! expressions and payload values. The same inputs give the same state and commands, byte for byte.

mod arrival;
mod command;
mod compiled;
mod data;
mod delivery;
#[cfg(any(feature = "memory", feature = "restate", feature = "sqlite"))]
pub mod driver;
mod exchange;
mod functions;
mod hosted;
mod hours;
mod input;
mod machine;
mod message;
mod program;
mod saved;
mod sound;
mod state;

pub use arrival::{
    Arrival, Arrived, Document, Gate, Gates, Intake, Judged, MOST, arrived, headers, id, located, meta_of, no_gate,
};
pub use command::{Audit, By, Call, Change, Command, Letter, LookUp, Publish, Raised, Replay, What};
pub use compiled::{
    Params, Settings, Visit, ask_reference, element, element_mut, elements, fetched, group, grouped, handled, items,
    kept, key_of, message, meta, no_function, no_instance, number, one, part, refer, tell, upsert,
};
pub use data::{Holds, Saved, Shape, Slot};
pub use delivery::{Asking, Deliveries, Delivery, Next};
pub use exchange::{Request, answers_to, ask, asked, request};
pub use functions::{At, Functions, PartRef, PartSpec, Received, Started};
pub use hosted::{Hosted, Made, Stepped};
pub use hours::Hours;
pub use input::{Fate, Input, Outcome};
pub use machine::{Begun, Machine, Target};
pub use message::{Bytes, Id, Message};
pub use program::{
    Action, Await, Block, Branch, CallSpec, Choice, Class, Decide, Deed, Each, Escalation, Exception, Failing, Func,
    Idempotency, Interrupt, Jump, Listen, Matching, Name, OnChange, Program, PublishSpec, Receive, Resolve, Set, Start,
    Step, Then, Work,
};
pub use saved::Unreadable;
pub use sound::ProgramError;
pub use state::{Ending, Open, Phase, State};

/// Milliseconds: a time since 1970, or a span.
pub type Millis = i64;
