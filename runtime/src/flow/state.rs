//! The state of an instance. It is changed by the machine only; [`super::Machine::save`] writes it.

use super::data::LeftOut;
use super::{Bytes, Id, Message, Millis, Name};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// An instance of a flow.
#[derive(Debug, Clone, PartialEq)]
pub struct State<D> {
    pub(super) key: Box<str>,
    pub(super) data: D,
    /// What was not saved of the data.
    pub(super) left_out: LeftOut,
    /// The flow's own block first, then parts and actions as they came.
    pub(super) scopes: Vec<Scope>,
    pub(super) live: Vec<Live>,
    pub(super) open: Vec<Open>,
    pub(super) log: Log,
}

/// What has no place in steps: counters and what was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Log {
    /// The last epoch, exception and place in the order of completion.
    pub epoch: u64,
    pub exceptions: u32,
    pub done: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<(Name, Option<Box<str>>, Millis)>,
    /// Messages that were handled, oldest first.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub handled: VecDeque<(Millis, Box<str>)>,
    /// It is saved by the name of its step.
    #[serde(skip)]
    pub turn: Option<Turn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Ending>,
}

/// How an instance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Every step was done or skipped.
    Done,
    /// What was done is undone.
    Undone,
}

/// A change of direction. No step is entered before every call that is under way has come to an end: what it did must be
/// known before it is done again or undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// To a step of a scope.
    Goto { scope: u32, position: u16 },
    /// Back: not begun yet.
    Undo,
    /// Back: under way. What is left to undo stands in the steps.
    Undoing,
}

/// A block that is run: the flow's own, a part's, or an action's.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    pub(super) up: Option<u32>,
    pub(super) from: MadeBy,
    pub(super) block: u16,
    pub(super) key: Box<str>,
    pub(super) items: Vec<Box<str>>,
    pub(super) ids: Vec<Id>,
    /// A part that a later entry of its `each` no longer has: only to be undone.
    pub(super) gone: bool,
    pub(super) steps: Vec<StepState>,
}

/// What a scope was made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MadeBy {
    /// The flow.
    Flow,
    /// The `each` at this position of the scope above.
    Each(u16),
    /// A choice of the `decide` at this position of the scope above, by the choice's number.
    Choice(u16, u16),
    /// An interrupt by its number, taken as this one among all that was ordered.
    Interrupt(u16, u64),
    /// An action on this exception, by its number among all actions of the flow.
    Action(u32, u16),
}

impl Scope {
    pub(super) fn is_part(&self) -> bool {
        matches!(self.from, MadeBy::Each(_))
    }

    /// Whether it runs beside the flow's own steps, none of which waits for it.
    pub(super) fn is_aside(&self) -> bool {
        matches!(self.from, MadeBy::Interrupt(..))
    }

    /// Whether the step at this position made it.
    pub(super) fn is_of(&self, position: u16) -> bool {
        matches!(self.from, MadeBy::Each(of) | MadeBy::Choice(of, _) if of == position)
    }
}

/// How far a step is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not entered yet.
    #[default]
    Pending,
    /// A call, a lookup or a block is under way.
    Running,
    /// It waits for an event or a time.
    Waiting,
    /// It is done.
    Done,
    /// It was passed over.
    Skipped,
    /// An exception holds it.
    Failed,
    /// It was done, and is undone.
    Undone,
}

/// What a call step is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Doing {
    #[default]
    Call,
    Redo,
    Undo,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StepState {
    pub phase: Phase,
    /// From 0; the first is left out of keys.
    #[serde(default, skip_serializing_if = "is_default")]
    pub generation: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub attempts: u32,
    /// When the attempts began: what the budget is counted from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub entered: Millis,
    #[serde(default, skip_serializing_if = "is_default")]
    pub doing: Doing,
    /// The key of this generation's effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Arc<str>>,
    /// What is being sent, for the next attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Bytes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Box<str>>,
    /// What came back and could not be received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Message>,
    /// When it was done, among all steps; zero if it was not.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order: u32,
    /// An earlier generation was done, and neither redone nor undone yet.
    #[serde(default, skip_serializing_if = "is_default")]
    pub repeat: bool,
    /// The last attempt may have been done.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lost: bool,
    /// Whether it is to be undone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub to_undo: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A step of a scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub scope: u32,
    pub position: u16,
}

/// The place of what concerns the whole flow: there is no step.
pub(super) const ROOT: Place = Place { scope: 0, position: u16::MAX };

/// Something that was ordered and has not come back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Live {
    pub epoch: u64,
    pub place: Place,
    pub what: Ordered,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ordered {
    /// A call.
    Call,
    /// A lookup for a request.
    Request,
    /// A lookup for a message.
    Receive {
        /// It is saved by name.
        #[serde(skip)]
        source: Source,
        message: Message,
        /// How often it failed.
        #[serde(default, skip_serializing_if = "is_default")]
        failed: u32,
    },
    /// The deadline of a wait.
    Deadline,
    /// The end of a `wait`.
    Pause,
    /// The time to try a step again.
    Again,
    /// The clock of an exception.
    Clock(u32),
}

/// Where a message goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Source {
    /// The step that called.
    #[default]
    Reply,
    /// The branch of the step that waits, by its number.
    Branch(u16),
    /// The interrupt, by its number.
    Interrupt(u16),
}

/// An exception that is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// Its number in the instance: what actions name.
    pub id: u32,
    /// Its name.
    pub name: Name,
    /// It is saved by name.
    #[serde(skip)]
    pub(super) place: Place,
    /// When it was raised.
    pub since: Millis,
    /// Until when the team must act.
    pub due: Millis,
    /// Who must act now.
    pub team: Name,
    /// What is known.
    pub detail: Box<str>,
    /// Whether steps of an action are under way.
    #[serde(default, skip_serializing_if = "is_default")]
    pub acting: bool,
}

impl<D> State<D> {
    /// The key of the instance.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its data.
    pub fn data(&self) -> &D {
        &self.data
    }

    /// The milestones that were reached, with their parts and times.
    pub fn milestones(&self) -> impl Iterator<Item = (&str, Option<&str>, Millis)> {
        self.log.milestones.iter().map(|(name, part, at)| (name.as_ref(), part.as_deref(), *at))
    }

    /// The exceptions that are open.
    pub fn exceptions(&self) -> &[Open] {
        &self.open
    }

    /// How it ended.
    pub fn finished(&self) -> Option<Ending> {
        self.log.finished
    }

    /// Whether anything was ordered that has not come back, an exception is open, or an event is waited for with a
    /// deadline: what is neither finished nor under way is stuck.
    pub fn is_under_way(&self) -> bool {
        !self.live.is_empty() || !self.open.is_empty()
    }

    pub(super) fn step(&self, place: Place) -> Option<&StepState> {
        self.scopes.get(place.scope as usize)?.steps.get(usize::from(place.position))
    }

    pub(super) fn step_mut(&mut self, place: Place) -> Option<&mut StepState> {
        self.scopes.get_mut(place.scope as usize)?.steps.get_mut(usize::from(place.position))
    }
}
