//! A machine that recalls the state that it last wrote, as a process does that keeps it: only what it does not recall is
//! read. It forgets when the process stops, so that states prove time and again that they can be read.

use crate::eval::flow::{Data, Evaluated};
use crossdock_runtime::flow::driver::{Hosted, Made, Stepped};
use crossdock_runtime::flow::{
    Bytes, Delivery, Fate, Input, Machine, Message, Millis, Program, State, Target, Unreadable,
};
use crossdock_runtime::{Answers, Result};
use std::cell::RefCell;

thread_local! {
    /// A state, and how it was written. A thread runs one schedule at a time.
    static LAST: RefCell<Option<(Vec<u8>, State<Data>)>> = const { RefCell::new(None) };
}

/// The process stops.
pub(super) fn forget() {
    LAST.take();
}

/// A machine of a simulated process.
pub(super) struct Recalling(pub Machine<Evaluated<'static>>);

impl Hosted for Recalling {
    fn program(&self) -> &Program {
        self.0.program()
    }

    fn routes(&self, message: &Message) -> Result<Vec<Target>> {
        self.0.routes(message)
    }

    fn make(&self, start: usize, message: &Message, answers: Option<&Answers>) -> Result<Option<Made>> {
        self.0.make(start, message, answers)
    }

    fn step(&self, saved: &[u8], input: Input, now: Millis) -> Result<Stepped, Unreadable> {
        let mut state = match LAST.take() {
            Some((written, state)) if written == saved => state,
            _ => self.0.load(saved)?.0,
        };
        let mut commands = Vec::new();
        let fate = self.0.handle(&mut state, input, now, &mut commands);
        let written = match fate {
            Fate::Taken => Some(self.0.save(&state).map_err(|error| Unreadable::Broken(error.to_string()))?),
            _ => None,
        };
        let finished = state.finished().is_some();
        // What was refused may have left its traces in the state; it is read again.
        if !matches!(fate, Fate::Refused(_)) {
            LAST.set(Some((written.clone().unwrap_or_else(|| saved.to_vec()), state)));
        }
        Ok(Stepped { fate, saved: written, commands, finished })
    }

    fn deliver(&self, delivery: &Delivery, answers: &Answers) -> Result<(Option<Box<str>>, Bytes)> {
        self.0.deliver(delivery, answers)
    }

    fn is_older(&self, saved: &[u8]) -> Result<bool, Unreadable> {
        self.0.is_older(saved)
    }
}
