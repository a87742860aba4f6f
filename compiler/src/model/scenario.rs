//! Scenarios: worlds in which flows are simulated.
//!
//! Payloads and answers are files of JSON with places to be filled in (`{{ answer.number }}`): what is known there is what
//! made it happen (`request`, `answer`, `cause`), what began the instance (`start`), a number of its own (`serial`) and the
//! time (`now`).

use super::{Api, EventRef, Flow, Id, OperationRef, System};
use crate::expr::ir::Node;
use crate::source::Span;

/// A world in which a flow is simulated.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// The flow.
    pub flow: Id<Flow>,
    /// What begins an instance.
    pub start: Option<Begins>,
    /// Settings: system, name and text.
    pub config: Vec<(Id<System>, String, String, Span)>,
    /// Files with answers, by operation.
    pub answers: Vec<(OperationRef, TemplateRef)>,
    /// What systems tell, in order.
    pub events: Vec<Happening>,
    /// Actions that people choose, by exception.
    pub actions: Vec<(String, String)>,
    /// What holds of the object at all times, with its text.
    pub holds: Vec<(Node, String)>,
    /// How many variables its expressions use; the object is [`Flow::OBJECT`].
    pub variables: u32,
}

/// What begins an instance.
#[derive(Debug, Clone)]
pub struct Begins {
    /// The event or operation.
    pub by: BegunBy,
    /// The payload.
    pub payload: TemplateRef,
}

/// What an instance begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BegunBy {
    /// An event of a system.
    Event(EventRef),
    /// An operation of an API.
    Api(Id<Api>, u16),
}

/// Something that a system tells.
#[derive(Debug, Clone)]
pub struct Happening {
    /// The event.
    pub event: EventRef,
    /// What makes it happen; without it, the start.
    pub after: Option<Cause>,
    /// Within how many milliseconds after that.
    pub within_ms: u64,
    /// In how many of a hundred cases.
    pub share: u64,
    /// The payload.
    pub payload: TemplateRef,
}

/// What makes an event happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The effect of an operation.
    Effect(OperationRef),
    /// Another event.
    Event(EventRef),
}

/// A file that is a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRef {
    /// Its path, from the workspace's folder.
    pub path: String,
    /// Where it is named.
    pub span: Span,
}
