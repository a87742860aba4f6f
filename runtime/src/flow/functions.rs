//! The typed functions of a flow: what its expressions and mappings mean.
//!
//! One method per signature; each takes the number of the function. All are pure. Those that change the data do so
//! wholly or, when they fail, not at all.

use super::state::Scope;
use super::{Change, Func, Id, Message, Name};
use crate::answers::{Answers, Keys};
use crate::failure::Result;

/// The functions of a flow.
pub trait Functions {
    /// The working copy, the kept collections, and whatever else the functions need to remember. It is saved through
    /// `serde`; what later steps don't read need not be in it.
    type Data: serde::Serialize + serde::de::DeserializeOwned;

    /// What a start looks up: all that can be told from the message and the answers so far, those that have an answer
    /// included.
    fn start_keys(&self, function: Func, message: &Message, answers: &Answers) -> Result<Keys>;
    /// What a start makes of its message.
    fn start(&self, function: Func, message: &Message, answers: &Answers) -> Result<Started<Self::Data>>;
    /// The value by which an event finds its instance; none if this event carries none.
    fn correlate(&self, function: Func, message: &Message) -> Result<Option<String>>;
    /// A condition.
    fn test(&self, function: Func, data: &Self::Data, at: &At<'_>) -> Result<bool>;
    /// A key, or the deployment of a system.
    fn text(&self, function: Func, data: &Self::Data, at: &At<'_>) -> Result<String>;
    /// The parts of an `each`.
    fn parts(&self, function: Func, data: &Self::Data, at: &At<'_>) -> Result<Vec<PartSpec>>;
    /// What a request or a mapping of [`At::message`] looks up.
    fn keys(&self, function: Func, data: &Self::Data, at: &At<'_>) -> Result<Keys>;
    /// Parameters and body of a call, or the payload of an event; lookups are answered by [`At::answers`].
    fn request(&self, function: Func, data: &Self::Data, at: &At<'_>) -> Result<Vec<u8>>;
    /// Applies [`At::message`]: as the patch of the system that sent it, or into a kept collection, by key.
    fn receive(&self, function: Func, data: &mut Self::Data, at: &At<'_>) -> Result<Received>;
    /// Sets a status. One that is set already is no change.
    fn set(&self, function: Func, data: &mut Self::Data, at: &At<'_>) -> Result<Vec<Change>>;
    /// Brings derived values up to date, after every change.
    fn derive(&self, data: &mut Self::Data) -> Result<Received>;
}

/// What a start made of its message.
#[derive(Debug)]
pub struct Started<D> {
    /// The key of the instance.
    pub key: String,
    /// Its data.
    pub data: D,
    /// What it received.
    pub received: Received,
}

/// What a message, or a derivation, did to the data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// The paths that were touched, for events that are published on change.
    pub touched: Vec<Name>,
    /// The statuses that changed.
    pub changes: Vec<Change>,
    /// The identifiers that were received, by system. Inside an `each` they belong to the part.
    pub ids: Vec<(Name, String)>,
}

/// A part of an `each`, as it is fixed on entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartSpec {
    /// Its key, unique among the parts of the step.
    pub key: String,
    /// The keys, or positions, of its elements.
    pub items: Vec<String>,
}

/// Where a function is evaluated.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// The key of the instance.
    pub key: &'a str,
    /// The part, inside an `each`.
    pub part: Option<PartRef<'a>>,
    /// The message that is received, or that was acted upon.
    pub message: Option<&'a Message>,
    /// The answers to lookups.
    pub answers: &'a Answers,
}

/// A part, as functions see it.
#[derive(Debug, Clone, Copy)]
pub struct PartRef<'a> {
    scopes: &'a [Scope],
    scope: &'a Scope,
}

impl<'a> PartRef<'a> {
    /// The innermost part that a scope lies in.
    pub(super) fn of(scopes: &'a [Scope], index: u32) -> Option<Self> {
        let mut index = index;
        loop {
            let scope = scopes.get(index as usize)?;
            if scope.is_part() {
                return Some(Self { scopes, scope });
            }
            index = scope.up?;
        }
    }

    /// Its key.
    pub fn key(&self) -> &'a str {
        &self.scope.key
    }

    /// The keys, or positions, of its elements.
    pub fn items(&self) -> impl Iterator<Item = &'a str> {
        self.scope.items.iter().map(AsRef::as_ref)
    }

    /// Its identifier in a system.
    pub fn id(&self, system: &str) -> Option<&'a str> {
        self.ids().find(|id| &*id.system == system).map(|id| &*id.value)
    }

    /// Its identifiers.
    pub fn ids(&self) -> impl Iterator<Item = &'a Id> {
        self.scope.ids.iter()
    }

    /// The part around it.
    pub fn up(&self) -> Option<Self> {
        Self::of(self.scopes, self.scope.up?)
    }
}
