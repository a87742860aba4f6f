//! What the machine is told.

use super::{Bytes, Message};
use crate::answers::Answers;
use crate::failure::Failure;
use serde::{Deserialize, Serialize};

/// What happened to an instance. Each is handled in one transition.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The instance was begun by this message: its first transition.
    Start(Message),
    /// A message that [`super::Machine::routes`] led here.
    Event(Message),
    /// What came of a call.
    Reply {
        /// Under which the call was ordered.
        epoch: u64,
        /// What came of it.
        outcome: Outcome,
    },
    /// What was found by a lookup, or why nothing could be found out.
    Answers {
        /// Under which the lookup was ordered.
        epoch: u64,
        /// The answers to all its keys.
        answers: Result<Answers, Failure>,
    },
    /// A timer is due.
    Timer {
        /// Under which the timer was set.
        epoch: u64,
    },
    /// A person acts on an open exception.
    Action {
        /// Which exception of the instance.
        exception: u32,
        /// The action's name.
        action: Box<str>,
        /// Who acts.
        person: Box<str>,
    },
    /// The state was made by an older version: what has become possible goes on.
    Resume,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done, and this came back.
    Answered(Bytes),
    /// The system said no, under an exception's name: nothing was done.
    Refused {
        /// The exception.
        name: Box<str>,
        /// What the system said. It is kept and shown as it is: the client leaves values of payloads out.
        detail: Box<str>,
    },
    /// No answer: a timeout, a broken connection, an error that says nothing. It may have been done.
    Lost {
        /// The exception.
        name: Box<str>,
        /// What is known. It is kept and shown as it is: the client leaves values of payloads out.
        detail: Box<str>,
    },
}

/// What became of an input.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// It was taken; state and commands say how.
    Taken,
    /// A message that was handled before.
    Duplicate,
    /// A reply or timer that nothing waits for any more.
    Late,
    /// An event that nothing waits for yet: keep it for its `unmatched` time, and offer it again after each transition.
    Early,
    /// An event for an instance that is finished, or being undone.
    Closed,
    /// An action that can't be done, and why. Nothing was changed.
    Refused(Failure),
}
