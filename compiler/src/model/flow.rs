//! Flows: how an object moves between systems.
//!
//! Vocabulary:
//! - **step**: one thing that a flow does; all steps of a flow, nested ones and those of actions included, stand in
//!   one table and are referred to by their position ([`StepId`]).
//! - **part**: an element or group of an `each`; steps inside run once per part.
//! - **milestone**: a fact of the flow with a time.
//! - **match**: what ties an event to an instance, and inside `each` to a part: an identifier or key on the flow's
//!   side, and something of the event on the other.
//!
//! All expressions of a flow share one space of variables: [`Flow::OBJECT`] is the working copy, then the kept
//! collections, then what steps bind. An own identifier (`order.ids.sap`, `part.ids.ongoing`) is read as present: where
//! it is not it fails with `absent_value`, and rules prove that it can't be.

use super::{Call, EventRef, Id, Lookup, PublishedEvent, Receive, Struct, System, Type};
use crate::expr::ir::{Node, VarId};
use crate::source::Span;

/// A flow.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// Its version.
    pub version: u64,
    /// Where that stands; where it does not, the name.
    pub version_span: Span,
    /// Whose flow it is.
    pub object: Id<Struct>,
    /// The object's name in its expressions: `order`.
    pub root: String,
    /// What tells one instance from another: text over the object.
    pub key: Option<Node>,
    /// Collections kept beside the object, in order.
    pub keep: Vec<Kept>,
    /// Fields that follow from what is kept, in order.
    pub derive: Vec<Derive>,
    /// What starts it, in order.
    pub starts: Vec<Start>,
    /// Every step, in order of declaration: a nested one follows the one it stands in.
    pub steps: Vec<Step>,
    /// The steps of the flow itself, in order.
    pub body: Vec<StepId>,
    /// What may come at any time, in order.
    pub interrupts: Vec<Interrupt>,
    /// What can be done about exceptions, in order.
    pub handlers: Vec<Handler>,
    /// Names of steps of earlier versions that are gone.
    pub dropped: Vec<(String, Span)>,
    /// The identifiers of other objects that its expressions look up.
    pub lookups: Vec<Lookup>,
    /// How many variables its expressions use.
    pub variables: u32,
    /// Whether something in it did not resolve: a finding was given, and what is missing here may have been meant.
    pub unresolved: bool,
}

impl Flow {
    /// The working copy of the object.
    pub const OBJECT: VarId = VarId(0);
}

/// A step of a flow, by its position in [`Flow::steps`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId(u32);

impl StepId {
    /// The id of a position.
    pub fn new(index: usize) -> Self {
        StepId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A collection that is kept beside the object, upserted by key.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// Its variable: a list.
    pub var: VarId,
    /// An object or value.
    pub element: Id<Struct>,
    /// The field that tells elements apart.
    pub key: u16,
}

/// A field of the object that follows from what is kept.
#[derive(Debug, Clone)]
pub struct Derive {
    /// Field positions from the object inward; one list at most is entered.
    pub path: Vec<u16>,
    /// As written, without the object: `lines.shipped`.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Where the path enters a list: how many steps of the path lead to the list, and the variable of its element.
    pub element: Option<(usize, VarId)>,
    /// A value of the field's type. A sum of money or quantities over nothing, whose currency or unit is not known,
    /// leaves the field as it is: the node says so itself.
    pub value: Node,
    /// The system in whose name it is written.
    pub by: Option<Id<System>>,
}

/// What starts a flow.
#[derive(Debug, Clone)]
pub struct Start {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub from: StartFrom,
}

/// What starts a flow.
#[derive(Debug, Clone)]
pub enum StartFrom {
    /// An event of a system; what is received makes the object.
    Event {
        /// The event.
        event: Box<Taken>,
        /// What is asked first, in order.
        fetch: Vec<Fetch>,
    },
    /// An operation of an API: its request is the object.
    Api {
        /// Positions in the model's APIs and in the API's operations.
        api: Id<super::Api>,
        /// The operation.
        operation: u16,
    },
}

/// A call whose answer a mapping reads.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// Its name: of an input of the mapping.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// The answer.
    pub var: VarId,
    /// A record, or a list of them where the operation answers with many.
    pub ty: Type,
    /// The call; its parameters read the event.
    pub call: Call,
}

/// An event that a flow takes.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The event.
    pub event: EventRef,
    /// Where it is named.
    pub span: Span,
    /// Its record, for what is read of it.
    pub src: VarId,
    /// What ties it to an instance and part; a start needs none.
    pub matches: Option<Match>,
    /// What is made of it.
    pub receive: Option<Receive>,
}

/// What ties an event to an instance, and inside `each` to a part.
#[derive(Debug, Clone)]
pub struct Match {
    /// The side of the flow, which the runtime's index holds.
    pub bound: Bound,
    /// The side of the event: over its record, as text.
    pub event: Node,
    /// Where it stands.
    pub span: Span,
}

/// The side of a match that is bound by the flow.
#[derive(Debug, Clone)]
pub enum Bound {
    /// The object's identifier in a system: `order.ids.sap`.
    Object(Id<System>),
    /// A part's identifier in a system: `part.ids.ongoing`, `line.ids.sap`; of the step that binds the part.
    Part(StepId, Id<System>),
    /// The flow's key.
    Key,
}

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name, unique in the flow.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// Its names in earlier versions.
    pub was: Vec<(String, Span)>,
    /// The step of kind `each` that it stands in.
    pub parent: Option<StepId>,
    /// Where it stands otherwise.
    pub place: Place,
    /// What must be done before it starts: as declared, or the step above.
    pub after: Vec<(StepId, Span)>,
    /// Whether `after` was declared.
    pub declared_after: bool,
    /// What it does.
    pub kind: StepKind,
    /// States that are set when it is done.
    pub set: Vec<SetState>,
    /// The fact that is recorded when it is done.
    pub milestone: Option<Milestone>,
}

impl Step {
    /// The states that it sets when it is done, its milestone's included.
    pub fn sets(&self) -> impl Iterator<Item = &SetState> {
        self.set.iter().chain(self.milestone.iter().flat_map(|milestone| &milestone.set))
    }
}

impl StepKind {
    /// The word of the language.
    pub fn word(&self) -> &'static str {
        match self {
            StepKind::Call(_) => "call",
            StepKind::Publish(_) => "publish",
            StepKind::Await(_) => "await",
            StepKind::Wait { .. } => "wait",
            StepKind::Decide(_) => "decide",
            StepKind::Each(_) => "each",
            StepKind::Raise(_) => "raise",
        }
    }
}

/// Which list of steps a step belongs to; inside `each` that of the outermost step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The flow's own.
    Body,
    /// An interrupt's, by its position.
    Interrupt(u32),
    /// An action's of a handler, by both positions.
    Action(u32, u32),
    /// A branch's of a decision, by the step and the branch's position.
    Branch(StepId, u32),
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum StepKind {
    /// It calls an operation.
    Call(Box<CallStep>),
    /// It publishes an event.
    Publish(Id<PublishedEvent>),
    /// It waits for events.
    Await(Await),
    /// It does nothing for so long.
    Wait {
        /// In milliseconds.
        ms: u64,
    },
    /// It decides where to go on: the first branch whose condition holds.
    Decide(Vec<Branch>),
    /// It runs steps per part.
    Each(EachStep),
    /// It raises an exception.
    Raise(Raise),
}

/// A step that calls an operation.
#[derive(Debug, Clone)]
pub struct CallStep {
    /// The call.
    pub call: Call,
    /// What tells a repeat from another call: text, evaluated once on entering the step.
    pub idempotency: Option<Node>,
    /// How long it may take in all, in milliseconds.
    pub budget_ms: Option<u64>,
    /// How it is undone: the operation that its operation names, with parameters.
    pub undo: Option<Call>,
    /// What runs instead when a `goto` comes back here.
    pub redo: Option<Call>,
    /// What happens when the call fails with an exception, in order.
    pub failures: Vec<Failure>,
}

/// What happens when a call fails with an exception.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The exception that the operation raises.
    pub exception: Raise,
    /// What is done.
    pub action: Action,
}

/// An exception that is raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raise {
    /// Its name.
    pub name: String,
    /// Its declaration; a built-in one need not have one.
    pub declared: Option<Id<super::Exception>>,
    /// Where it is named.
    pub span: Span,
}

/// A wait for events.
#[derive(Debug, Clone)]
pub struct Await {
    /// What is waited for, in order.
    pub branches: Vec<AwaitBranch>,
    /// What must hold for the wait to end; without it, the first event ends it.
    pub until: Option<Node>,
    /// How long is waited, in milliseconds.
    pub within_ms: Option<u64>,
    /// The exception that is raised when that is over.
    pub late: Option<Raise>,
}

/// An event that is waited for.
#[derive(Debug, Clone)]
pub struct AwaitBranch {
    /// The event.
    pub event: Taken,
    /// The exception that it raises.
    pub raise: Option<Raise>,
    /// The step to go on with.
    pub goto: Option<(StepId, Span)>,
}

/// A branch of a decision.
#[derive(Debug, Clone)]
pub struct Branch {
    /// The condition; none for `else`.
    pub when: Option<Node>,
    /// What follows.
    pub then: Action,
    /// Where it stands.
    pub span: Span,
}

/// Steps per part.
#[derive(Debug, Clone)]
pub struct EachStep {
    /// The parts.
    pub over: Over,
    /// The name of a part.
    pub name: String,
    /// The steps of a part, in order.
    pub steps: Vec<StepId>,
}

/// What the parts of an `each` are.
#[derive(Debug, Clone)]
pub enum Over {
    /// Elements of a keyed list of the object, or of a kept collection.
    Elements {
        /// The list.
        list: Node,
        /// The element.
        var: VarId,
        /// The element's struct.
        of: Id<Struct>,
        /// The field that is its identity: the part's key.
        key: u16,
    },
    /// Groups of elements, fixed on entry.
    Groups {
        /// The list.
        list: Node,
        /// An element, for `by`.
        element: VarId,
        /// What an element is grouped by; an absent one fails with `absent_value`.
        by: Node,
        /// `part.key`.
        key: VarId,
        /// `part.items`.
        items: VarId,
        /// The identifiers that expressions read of a part, `part.ids.ongoing`: optional text each.
        ids: Vec<(Id<System>, VarId)>,
    },
    /// What did not resolve: a finding was given.
    Unknown,
}

/// A fact of the flow.
#[derive(Debug, Clone)]
pub struct Milestone {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// States that are set.
    pub set: Vec<SetState>,
}

/// A state that is set.
#[derive(Debug, Clone)]
pub struct SetState {
    /// Whose: the object, or the element of the `each` that the step stands in.
    pub of: StateOf,
    /// The struct that has the lifecycle.
    pub holder: Id<Struct>,
    /// The field that holds the state.
    pub field: u16,
    /// The state, a position in the lifecycle's codes.
    pub state: u16,
    /// The system in whose name it is set: as said, or the one that was called or whose events were waited for.
    pub by: Option<Id<System>>,
    /// Where `by` was said; none if it follows.
    pub by_span: Option<Span>,
    /// Where the state stands.
    pub span: Span,
}

/// Whose state is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateOf {
    /// The object's.
    Object,
    /// That of an element of an `each`.
    Part(StepId),
}

/// What is done: on a failure, an interrupt, a branch, by a person.
#[derive(Debug, Clone)]
pub struct Action {
    /// States that are set first.
    pub set: Vec<SetState>,
    /// What follows.
    pub does: Does,
    /// Where it stands.
    pub span: Span,
}

impl Action {
    /// The steps that it runs.
    pub fn steps(&self) -> Option<&[StepId]> {
        match &self.does {
            Does::Steps(steps, _) => Some(steps),
            _ => None,
        }
    }

    /// The exception that it raises.
    pub fn raises(&self) -> Option<&Raise> {
        match &self.does {
            Does::Raise(raise) => Some(raise),
            _ => None,
        }
    }
}

/// What an action does.
#[derive(Debug, Clone)]
pub enum Does {
    /// It goes on as if nothing were.
    Continue,
    /// It goes on with a step.
    Goto(StepId, Span),
    /// A wait is prolonged by so long; another step is tried again after it. In milliseconds.
    Again(u64),
    /// It compensates in reverse order what was done, or what some steps did, and ends or goes on.
    Undo(Undo, Then),
    /// It runs steps, then goes on.
    Steps(Vec<StepId>, Then),
    /// It raises an exception.
    Raise(Raise),
}

/// What is compensated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// All that was done; the flow ends.
    All,
    /// What these steps did.
    Steps(Vec<(StepId, Span)>),
}

/// How an action goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Where it stood.
    Continue,
    /// With a step.
    Goto(StepId, Span),
    /// It does not: the flow ends.
    End,
}

/// What may come at any time.
#[derive(Debug, Clone)]
pub struct Interrupt {
    /// The event.
    pub event: Taken,
    /// Markdown.
    pub description: Option<String>,
    /// The lifecycle state of the object until which it is taken, with where it stands.
    pub until: Option<(u16, Span)>,
    /// What is done then.
    pub action: Action,
    /// Where it stands.
    pub span: Span,
}

/// What can be done about an exception.
#[derive(Debug, Clone)]
pub struct Handler {
    /// The exception.
    pub exception: Raise,
    /// By name: what a person may choose.
    pub actions: Vec<(String, Span, Action)>,
    /// Position of an action, and the event that chooses it.
    pub resolve: Vec<(u16, Taken)>,
}
