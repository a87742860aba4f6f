//! A flow as data. It names functions by number ([`Func`]); everything else that decides how an instance goes on stands
//! here.
//!
//! Blocks hold the steps: block 0 is the flow's own, others are those of an `each` or of an exception's action. Steps are
//! addressed by their position in their block, and known by a name that is unique in the flow: a saved state holds names.

use super::{Hours, Millis, Shape};
use crate::failure::builtin;
use std::borrow::Cow;

/// A name in the specs: borrowed in generated code, owned where a flow is made at run time.
pub type Name = Cow<'static, str>;

/// A function of the flow, by its number among all of them. Which method of [`super::Functions`] takes it follows from
/// where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Func(pub u32);

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: Name,
    /// Its version.
    pub version: u32,
    /// How an instance is begun.
    pub starts: Vec<Start>,
    /// Its blocks; the first is the flow's own.
    pub blocks: Vec<Block>,
    /// Events that are taken at any time.
    pub interrupts: Vec<Interrupt>,
    /// Every exception that a step or message of the flow can meet.
    pub exceptions: Vec<Exception>,
    /// The exception whose class, team and clock serve those that are not declared.
    pub fallback: Exception,
    /// What is published whenever something changes.
    pub on_change: Vec<OnChange>,
    /// How long the ids of handled messages are kept: longer than any source redelivers.
    pub retention: Millis,
    /// How long an event is kept that nothing waits for yet; one that is not named here, for an hour.
    pub unmatched: Vec<(Name, Millis)>,
    /// Steps of older versions that are gone.
    pub dropped: Vec<Name>,
    /// What is saved of the data: the shapes that it is made of, the first that of the whole. Without any, all is.
    pub data: Vec<Shape>,
}

/// The steps of a flow, of an `each` or of an action.
pub type Block = Vec<Step>;

/// An event or API operation that begins an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The event, as `shopify.order_created`.
    pub event: Name,
    /// What the start looks up in the message ([`super::Functions::start_keys`]): answers of reads, a `fetch` included.
    pub keys: Option<Func>,
    /// Makes key and data of the message ([`super::Functions::start`]).
    pub receive: Func,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name, unique in the flow.
    pub name: Name,
    /// Its names in older versions.
    pub was: Vec<Name>,
    /// The positions of the steps that come before it.
    pub after: Vec<u16>,
    /// What it does.
    pub work: Work,
    /// The statuses that are set when it is done.
    pub set: Vec<Set>,
    /// What is reached when it is done.
    pub milestone: Option<Name>,
    /// What becomes of failures, by exception.
    pub failures: Vec<Failing>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Calls an operation.
    Call {
        /// The call.
        call: Box<CallSpec>,
        /// Calls this instead when a `goto` comes back.
        redo: Option<Box<CallSpec>>,
        /// Undoes it.
        undo: Option<Box<CallSpec>>,
        /// Whether it changes anything: a read needs no undo.
        write: bool,
    },
    /// Publishes an event.
    Publish(PublishSpec),
    /// Waits for events.
    Await(Await),
    /// Waits for a span.
    Wait(Millis),
    /// Does what the first choice says that holds; without one, goes on.
    Decide(Decide),
    /// Runs a block for each part, beside each other.
    Each(Each),
    /// Raises an exception.
    Raise(Name),
}

/// How an operation is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSpec {
    /// The system.
    pub system: Name,
    /// The system's deployment ([`super::Functions::text`]).
    pub instance: Option<Func>,
    /// The operation.
    pub operation: Name,
    /// What the request looks up ([`super::Functions::keys`]).
    pub keys: Option<Func>,
    /// Makes parameters and body ([`super::Functions::request`]).
    pub send: Func,
    /// Takes what comes back.
    pub receive: Option<Receive>,
    /// Under which key it is called.
    pub idempotency: Idempotency,
    /// How often it is tried, the first time included.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles each time.
    pub backoff: Millis,
    /// The longest pause.
    pub backoff_max: Millis,
    /// How long an attempt waits.
    pub timeout: Millis,
    /// How long all attempts may take.
    pub budget: Option<Millis>,
}

/// Under which key an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// The operation knows no key: what may have happened is never repeated by itself.
    None,
    /// The key is made of flow, instance, part and step; also where the operation is repeatable by nature.
    Step,
    /// The key is what this function says ([`super::Functions::text`]).
    Key(Func),
}

/// A mapping of a message into the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receive {
    /// What it looks up ([`super::Functions::keys`]).
    pub keys: Option<Func>,
    /// Applies it ([`super::Functions::receive`]).
    pub map: Func,
}

/// How an event is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishSpec {
    /// The event.
    pub event: Name,
    /// What keeps its order ([`super::Functions::text`]).
    pub key: Func,
    /// The payload ([`super::Functions::request`]).
    pub payload: Func,
    /// The subscribers that are called, each under a key made of the event's id and its name.
    pub calls: Vec<CallSpec>,
    /// Who must act when an event can't be delivered, and how long they have; none for whom the exception says.
    pub dead_letter: Option<(Name, Millis)>,
    /// How long an event that can't be delivered is kept; none until it is replayed.
    pub keep: Option<Millis>,
}

/// What is published, once per transition, when one of these paths changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnChange {
    /// The paths.
    pub paths: Vec<Name>,
    /// What is published.
    pub publish: PublishSpec,
}

/// How an event finds its instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The event, as `ongoing.order_shipped`.
    pub event: Name,
    /// What the value of the event is compared with.
    pub with: Matching,
    /// The value of the event ([`super::Functions::correlate`]).
    pub value: Func,
}

/// What the value of an event is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matching {
    /// The key of the instance.
    Key,
    /// An identifier in this system: of the part, of a part around it, or of the instance.
    Id(Name),
}

impl Listen {
    /// What saved states call each of these: by its event, and those that come after the first of one event by their number
    /// among them, so that another event in between leaves the names as they are.
    pub fn names<'a>(listens: impl Iterator<Item = &'a Listen> + Clone) -> impl Iterator<Item = Cow<'a, str>> {
        listens.clone().enumerate().map(move |(position, listen)| {
            match listens.clone().take(position).filter(|before| before.event == listen.event).count() {
                0 => Cow::Borrowed(&*listen.event),
                before => Cow::Owned(format!("{}:{}", listen.event, before + 1)),
            }
        })
    }
}

/// A wait for events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Await {
    /// What is waited for.
    pub branches: Vec<Branch>,
    /// Ends the wait ([`super::Functions::test`]); without it, the first event does.
    pub until: Option<Func>,
    /// How long, and the exception that is raised then; the wait itself goes on.
    pub within: Option<(Millis, Name)>,
}

/// An event that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The event.
    pub listen: Listen,
    /// Takes it.
    pub receive: Option<Receive>,
    /// What follows: an exception is raised while the wait goes on, or the wait ends and the flow goes elsewhere. To
    /// continue is to end the wait, unless a condition decides that.
    pub then: Then,
}

impl Await {
    /// What saved states call the branches, in their order.
    pub fn branch_names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        Listen::names(self.branches.iter().map(|branch| &branch.listen))
    }
}

/// A choice between ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decide {
    /// What its conditions look up ([`super::Functions::keys`]).
    pub keys: Option<Func>,
    /// The ways, in the order in which they are tried.
    pub choices: Vec<Choice>,
}

/// A choice of a `decide`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Whether it is taken ([`super::Functions::test`]); without it, always.
    pub when: Option<Func>,
    /// What is done then.
    pub deed: Deed,
}

/// What is done out of the order of steps: on a failure, a choice, an interrupt, or by a person about an exception. Its
/// parts are done in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The statuses that go with it.
    pub set: Vec<Set>,
    /// Names of steps that are undone.
    pub undo: Vec<Name>,
    /// The block that is run first.
    pub steps: Option<u16>,
    /// How the flow goes on.
    pub then: Then,
}

/// A block that runs for each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Each {
    /// The parts, fixed on entry ([`super::Functions::parts`]).
    pub parts: Func,
    /// The block.
    pub block: u16,
}

/// A change of status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Makes it ([`super::Functions::set`]).
    pub set: Func,
    /// The system in whose name it is made.
    pub by: Name,
}

/// What becomes of a failure of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// The exception's name.
    pub name: Name,
    /// What is done; without steps.
    pub deed: Deed,
}

/// An event that is taken at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupt {
    /// The event.
    pub listen: Listen,
    /// Whether it may still be taken ([`super::Functions::test`]).
    pub open: Option<Func>,
    /// Takes it.
    pub receive: Option<Receive>,
    /// What is done then; to continue is to go on where the flow is.
    pub deed: Deed,
}

/// Where a flow goes out of its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// To a step, by block and position.
    Goto(u16, u16),
    /// Back: what was done is undone, in reverse order, and the instance finishes.
    Undo,
}

/// What kind of failure an exception is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A person decides.
    Business,
    /// It is tried again.
    Transient,
    /// Something is broken.
    Defect,
}

/// An exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its name.
    pub name: Name,
    /// What kind of failure it is.
    pub class: Class,
    /// Who must act.
    pub team: Name,
    /// When they work; at all times if nothing is said.
    pub hours: Option<Hours>,
    /// How long they have, of the time in which they work.
    pub sla: Millis,
    /// Who is told if they don't.
    pub escalate: Option<Escalation>,
    /// What may be done in this flow. Whatever stands here, `again` may be done.
    pub actions: Vec<Action>,
    /// Events that do it.
    pub resolve: Vec<Resolve>,
}

/// Who is told when nobody acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// After this span, of the time in which the first team works.
    pub after: Millis,
    /// This team.
    pub to: Name,
    /// When it works.
    pub hours: Option<Hours>,
}

/// What may be done about an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its name.
    pub name: Name,
    /// What is done.
    pub deed: Deed,
}

/// How a flow goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// Where it is. A wait for a condition goes on as long as its clock runs; any other step that an exception held counts
    /// as skipped.
    Continue,
    /// The step is tried again after a span; a wait gets a new deadline, its own if the span is zero.
    Again(Millis),
    /// The flow goes elsewhere.
    Jump(Jump),
    /// An exception is raised, in the place of one that is acted upon.
    Raise(Name),
}

/// An event that acts on an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    /// The action's name.
    pub action: Name,
    /// The event.
    pub listen: Listen,
}

impl Step {
    /// A step that comes after the one at the position before it.
    pub fn new(name: impl Into<Name>, position: u16, work: Work) -> Self {
        Self {
            name: name.into(),
            was: Vec::new(),
            after: position.checked_sub(1).into_iter().collect(),
            work,
            set: Vec::new(),
            milestone: None,
            failures: Vec::new(),
        }
    }
}

impl Deed {
    /// Nothing but a way to go on.
    pub fn then(then: Then) -> Self {
        Self { set: Vec::new(), undo: Vec::new(), steps: None, then }
    }
}

impl CallSpec {
    /// A call under the step's key, tried once, with ten seconds' time.
    pub fn new(system: impl Into<Name>, operation: impl Into<Name>, send: Func) -> Self {
        Self {
            system: system.into(),
            instance: None,
            operation: operation.into(),
            keys: None,
            send,
            receive: None,
            idempotency: Idempotency::Step,
            attempts: 1,
            backoff: 200,
            backoff_max: 30_000,
            timeout: 10_000,
            budget: None,
        }
    }

    /// The pause after the attempt with this number.
    pub(super) fn pause(&self, attempt: u32) -> Millis {
        let doubled = 1_i64.checked_shl(attempt.saturating_sub(1).min(40)).unwrap_or(Millis::MAX);
        self.backoff.saturating_mul(doubled).min(self.backoff_max)
    }
}

impl PublishSpec {
    /// An event that subscribers read from its channel.
    pub fn new(event: impl Into<Name>, key: Func, payload: Func) -> Self {
        Self { event: event.into(), key, payload, calls: Vec::new(), dead_letter: None, keep: None }
    }
}

impl Exception {
    /// An exception without anything to be done in the flow but to try again.
    pub fn new(name: impl Into<Name>, class: Class, team: impl Into<Name>, sla: Millis) -> Self {
        Self {
            name: name.into(),
            class,
            team: team.into(),
            hours: None,
            sla,
            escalate: None,
            actions: Vec::new(),
            resolve: Vec::new(),
        }
    }

    /// When its team has had so much of its time.
    pub fn after(&self, now: Millis, span: Millis) -> Millis {
        counted(self.hours.as_ref(), now, span)
    }

    /// Until when the team must act on one that is opened now.
    pub fn due(&self, now: Millis) -> Millis {
        self.after(now, self.sla)
    }

    /// Until when whoever it is escalated to must act.
    pub fn due_then(&self, now: Millis) -> Millis {
        let hours = self.escalate.as_ref().map_or(self.hours.as_ref(), |escalation| escalation.hours.as_ref());
        counted(hours, now, self.sla)
    }
}

fn counted(hours: Option<&Hours>, now: Millis, span: Millis) -> Millis {
    hours.map_or_else(|| now.saturating_add(span), |hours| hours.after(now, span))
}

impl Program {
    /// A flow without steps.
    pub fn new(name: impl Into<Name>, version: u32, fallback: Exception) -> Self {
        Self {
            name: name.into(),
            version,
            starts: Vec::new(),
            blocks: vec![Vec::new()],
            interrupts: Vec::new(),
            exceptions: Vec::new(),
            fallback,
            on_change: Vec::new(),
            retention: 30 * 24 * 3_600_000,
            unmatched: Vec::new(),
            dropped: Vec::new(),
            data: Vec::new(),
        }
    }

    /// The exception of this name, or the fallback.
    pub fn exception(&self, name: &str) -> &Exception {
        self.exceptions.iter().find(|exception| exception.name == name).unwrap_or(&self.fallback)
    }

    /// Every action, with its exception.
    pub fn actions(&self) -> impl Iterator<Item = (&Exception, &Action)> {
        let exceptions = self.exceptions.iter().chain([&self.fallback]);
        exceptions.flat_map(|exception| exception.actions.iter().map(move |action| (exception, action)))
    }

    /// The step at a position of a block.
    pub fn step(&self, block: u16, position: u16) -> Option<&Step> {
        self.blocks.get(usize::from(block))?.get(usize::from(position))
    }

    /// What saved states call the interrupts, in their order.
    pub fn interrupt_names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        Listen::names(self.interrupts.iter().map(|interrupt| &interrupt.listen))
    }

    /// Every way in which an event is published.
    pub fn publishes(&self) -> impl Iterator<Item = &PublishSpec> {
        let steps = self.blocks.iter().flatten();
        let steps = steps.filter_map(|step| if let Work::Publish(publish) = &step.work { Some(publish) } else { None });
        steps.chain(self.on_change.iter().map(|one| &one.publish))
    }

    /// Every way in which an event is waited for.
    pub fn listens(&self) -> impl Iterator<Item = &Listen> {
        let steps = self.blocks.iter().flatten();
        let waits = steps.filter_map(|step| if let Work::Await(wait) = &step.work { Some(wait) } else { None });
        let branches = waits.flat_map(|wait| wait.branches.iter().map(|branch| &branch.listen));
        let resolves = self.exceptions.iter().flat_map(|exception| exception.resolve.iter().map(|one| &one.listen));
        branches.chain(resolves).chain(self.interrupts.iter().map(|interrupt| &interrupt.listen))
    }
}

/// The exceptions that the machine itself raises; a workspace routes them like its own.
impl Program {
    /// An event that nothing waited for within its time, or whose instance is finished.
    pub const UNMATCHED: &'static str = "unmatched_event";
    /// A step that should be undone and can't be.
    pub const CANNOT_UNDO: &'static str = "cannot_undo";
    /// A saved state that can't be read.
    pub const UNREADABLE: &'static str = "unreadable_state";
    /// A payload that is not what its record declares.
    pub const DECODE_FAILED: &'static str = builtin::DECODE_FAILED;
}
