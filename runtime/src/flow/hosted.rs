//! A machine without its types: what a driver of several flows holds.

use super::{
    Begun, Bytes, Command, Delivery, Fate, Functions, Input, Machine, Message, Millis, Program, Target, Unreadable,
};
use crate::answers::{Answers, Keys};
use crate::failure::{Failure, Result, builtin};

/// A flow that a driver can run: a [`Machine`] over saved states.
pub trait Hosted: Send + Sync {
    /// The flow as data.
    fn program(&self) -> &Program;
    /// See [`Machine::routes`].
    fn routes(&self, message: &Message) -> Result<Vec<Target>>;
    /// See [`Machine::begin`].
    fn make(&self, start: usize, message: &Message, answers: Option<&Answers>) -> Result<Option<Made>>;
    /// See [`Machine::handle`]; the state is read and written. A failure to write leaves everything as it was.
    fn step(&self, saved: &[u8], input: Input, now: Millis) -> Result<Stepped, Unreadable>;
    /// See [`Machine::deliver`].
    fn deliver(&self, delivery: &Delivery, answers: &Answers) -> Result<(Option<Box<str>>, Bytes)>;
    /// Whether an older version wrote this state.
    fn is_older(&self, saved: &[u8]) -> Result<bool, Unreadable>;
}

/// What a message begins.
#[derive(Debug)]
pub enum Made {
    /// The message asks for this first.
    LookUp(Keys),
    /// The instance, by its key.
    Ready(Box<str>, Vec<u8>),
}

/// What a transition made.
#[derive(Debug)]
pub struct Stepped {
    /// What became of the input.
    pub fate: Fate,
    /// The state, if the input was taken.
    pub saved: Option<Vec<u8>>,
    /// What is to be done.
    pub commands: Vec<Command>,
    /// Whether the instance is finished.
    pub finished: bool,
}

impl<F: Functions + Send + Sync> Hosted for Machine<F> {
    fn program(&self) -> &Program {
        Machine::program(self)
    }

    fn routes(&self, message: &Message) -> Result<Vec<Target>> {
        Machine::routes(self, message)
    }

    fn make(&self, start: usize, message: &Message, answers: Option<&Answers>) -> Result<Option<Made>> {
        Ok(match self.begin(start, message, answers)? {
            None => None,
            Some(Begun::LookUp(keys)) => Some(Made::LookUp(keys)),
            Some(Begun::Ready(state)) => {
                let unwritten = |error: serde_json::Error| Failure::json(builtin::INVALID_ARGUMENT, &error);
                Some(Made::Ready(state.key().into(), self.save(&state).map_err(unwritten)?))
            }
        })
    }

    fn step(&self, saved: &[u8], input: Input, now: Millis) -> Result<Stepped, Unreadable> {
        let (mut state, _) = self.load(saved)?;
        let mut commands = Vec::new();
        let fate = self.handle(&mut state, input, now, &mut commands);
        let saved = match fate {
            Fate::Taken => {
                Some(self.save(&state).map_err(|error| Unreadable::Broken(crate::failure::unquoted(&error)))?)
            }
            _ => None,
        };
        Ok(Stepped { fate, saved, commands, finished: state.finished().is_some() })
    }

    fn deliver(&self, delivery: &Delivery, answers: &Answers) -> Result<(Option<Box<str>>, Bytes)> {
        Machine::deliver(self, delivery, answers)
    }

    fn is_older(&self, saved: &[u8]) -> Result<bool, Unreadable> {
        self.load(saved).map(|(_, older)| older)
    }
}
