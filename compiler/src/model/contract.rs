//! What the workspace offers and how failures are routed: APIs, exceptions, teams.

use super::{Auth, Flow, HttpMethod, Id, Idempotency, Mapping, Param, StepId, Struct, System};
use crate::source::Span;

/// An API that the workspace offers.
#[derive(Debug, Clone)]
pub struct Api {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// Its version, if it has one of its own.
    pub version: Option<String>,
    /// How callers authenticate.
    pub auth: Option<Auth>,
    /// The rate limit as written, such as `50/s per client`.
    pub rate: Option<String>,
    /// In order.
    pub operations: Vec<ApiOperation>,
}

/// An operation of an API.
#[derive(Debug, Clone)]
pub struct ApiOperation {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// Method.
    pub method: HttpMethod,
    /// Path template.
    pub path: String,
    /// Parameters.
    pub params: Vec<Param>,
    /// The system operation that answers: system and position in its operations.
    pub call: Option<(Id<System>, u16)>,
    /// The mapping from its response.
    pub receive: Option<Id<Mapping>>,
    /// What the caller sends: a canonical object.
    pub request: Option<Id<Struct>>,
    /// What the caller gets where no mapping says it: a canonical object.
    pub response: Option<Id<Struct>>,
    /// The system that calls.
    pub caller: Option<Id<System>>,
    /// How repeats are told.
    pub idempotency: Option<Idempotency>,
    /// The time that a caller is willing to wait, in milliseconds.
    pub budget_ms: Option<u64>,
    /// How long an answer may be kept, in seconds.
    pub cache: Option<u64>,
    /// The flow whose state is shown.
    pub shows: Option<Id<Flow>>,
    /// When the caller gets an answer of the flow that it starts.
    pub answer: Option<Answer>,
}

/// When the caller of an API gets an answer of the flow that it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The flow.
    pub flow: Id<Flow>,
    /// The step after which it is answered.
    pub after: StepId,
    /// After how long the caller is told that the request was accepted, in milliseconds.
    pub accepted_in_ms: Option<u64>,
    /// Where the step is named.
    pub span: Span,
}

/// A named failure.
#[derive(Debug, Clone)]
pub struct Exception {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// Its class.
    pub class: Option<ExceptionClass>,
    /// Its team, by name.
    pub team: Option<String>,
    /// In seconds.
    pub sla: Option<u64>,
    /// What happens when it waited too long.
    pub escalate: Option<Escalation>,
}

/// What happens when an exception waited too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// After how long, in seconds.
    pub after: u64,
    /// The team that it goes to, by name.
    pub to: String,
}

/// Who deals with a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExceptionClass {
    /// A person.
    Business,
    /// A retry.
    Transient,
    /// The system's team.
    Defect,
}

impl ExceptionClass {
    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            ExceptionClass::Business => "business",
            ExceptionClass::Transient => "transient",
            ExceptionClass::Defect => "defect",
        }
    }
}

/// A team.
#[derive(Debug, Clone)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// How to reach it.
    pub contact: Option<String>,
    /// When it works; at all times if nothing is said.
    pub hours: Option<Hours>,
}

/// Working hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The days, Monday first.
    pub days: [bool; 7],
    /// The first minute of a day's work, from midnight.
    pub from: u16,
    /// The minute after the last one.
    pub to: u16,
    /// The time zone.
    pub zone: String,
}
