//! A flow as the runtime takes it: a [`Program`], which is data, and the functions that it names by number.
//!
//! What is a matter of steps, times, names and keys stands in the program; what reads or changes the data of an instance
//! is a [`Function`]: an expression, a mapping or a status of the model, in the parts that are open where it stands. The
//! evaluator runs functions, the generated crate compiles them; both take the same numbers.
//!
//! Absent on purpose: any judgement. Where a rule would have spoken, the next best meaning is taken.

mod asked;
mod blocks;
mod calls;
pub mod data;
mod deeds;
mod limits;
mod parts;

pub use asked::{Ask, Source, asks, name_of_fetch};
pub use limits::limits;
pub use parts::{Kept, Listed, listed};

use crate::expr::ir::{Node, VarId};
use crate::model::{
    Call, EventRef, Flow, Id, Model, PublishedEvent, Receive, SetState, Start, StartFrom, StepId, StepKind, System,
    Taken,
};
use blocks::Blocks;
use crossdock_runtime::flow::{
    Class, Escalation, Exception, Func, Hours, Listen, Matching, Millis, Name, OnChange, Program, PublishSpec, Resolve,
};
use std::collections::BTreeSet;

/// A flow, lowered.
#[derive(Debug)]
pub struct Plan<'m> {
    /// Which.
    pub id: Id<Flow>,
    /// The flow.
    pub flow: &'m Flow,
    /// As data.
    pub program: Program,
    /// Its functions, by number.
    pub functions: Vec<Function<'m>>,
    /// The paths of the object whose changes are of interest to somebody.
    pub watched: Vec<&'m crate::model::EventField>,
}

/// A function of a flow.
#[derive(Debug, Clone)]
pub struct Function<'m> {
    /// The innermost `each` whose part is open.
    pub within: Option<StepId>,
    /// The published event whose subscriber it is for: that event's lookups are meant, not the flow's.
    pub of: Option<Id<PublishedEvent>>,
    /// What it does.
    pub does: Does<'m>,
}

/// What a function does; the method of the runtime's `Functions` that it belongs to is told by each.
#[derive(Debug, Clone)]
pub enum Does<'m> {
    /// `start_keys`: what a start fetches, and what its mapping looks up.
    StartKeys(&'m Start),
    /// `start`: makes the object.
    Start(&'m Start),
    /// `correlate`: the value by which an event finds its instance.
    Correlate(EventRef, VarId, &'m Node),
    /// `test`: a condition.
    Test(&'m Node),
    /// `test`: whether the object has not come to a state of its lifecycle yet.
    Before(u16),
    /// `text`: a key.
    Text(&'m Node),
    /// `text`: the deployment of a system that a text or code selects.
    Instance(Id<System>, &'m Node),
    /// `text`: what keeps the order of a published event.
    EventKey(Id<PublishedEvent>),
    /// `parts`: of this `each`.
    Parts(StepId),
    /// `keys`: what conditions look up.
    TestKeys(Vec<&'m Node>),
    /// `keys`: what a call's deployment, parameters and request look up.
    CallKeys(&'m Call),
    /// `request`: parameters and body.
    Request(&'m Call),
    /// `request`: the payload of a published event.
    Payload(Id<PublishedEvent>),
    /// `keys`: what the mapping of an answer or event looks up.
    ReceiveKeys(Origin, &'m Receive),
    /// `receive`: applies it.
    Receive(Origin, &'m Receive),
    /// `set`: moves statuses.
    Set(Vec<&'m SetState>),
}

/// Where what is received comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An event of a system.
    Event(EventRef),
    /// The answer to a call.
    Answer(crate::model::OperationRef),
}

impl Origin {
    /// The system that it comes from.
    pub fn system(self) -> Id<System> {
        match self {
            Origin::Event(event) => event.system,
            Origin::Answer(operation) => operation.system,
        }
    }
}

/// Lowers a flow in which everything resolved.
pub fn plan(model: &Model, id: Id<Flow>) -> Plan<'_> {
    let flow = &model.flows[id];
    let mut lowering = Lowering { model, flow, blocks: Blocks::new(flow), functions: Vec::new(), of: None };
    let program = lowering.program();
    Plan { id, flow, program, functions: lowering.functions, watched: watched(model, flow) }
}

/// A flow on its way.
struct Lowering<'m> {
    model: &'m Model,
    flow: &'m Flow,
    blocks: Blocks,
    functions: Vec<Function<'m>>,
    /// The published event whose subscribers are lowered.
    of: Option<Id<PublishedEvent>>,
}

/// The published events of the flow's object that a change brings about.
fn on_change<'m>(model: &'m Model, flow: &Flow) -> impl Iterator<Item = (Id<PublishedEvent>, &'m PublishedEvent)> {
    let object = flow.object;
    model.events.iter().filter(move |(_, event)| event.object == object && !event.when_changes.is_empty())
}

/// The events that a flow publishes, by a step or because something changes.
pub fn published(model: &Model, flow: &Flow) -> BTreeSet<Id<PublishedEvent>> {
    let published = flow.steps.iter().filter_map(|step| match step.kind {
        StepKind::Publish(id) => Some(id),
        _ => None,
    });
    published.chain(on_change(model, flow).map(|(id, _)| id)).collect()
}

/// The calls of subscribers of the events that a flow publishes.
pub fn deliveries<'m>(model: &'m Model, flow: &'m Flow) -> impl Iterator<Item = &'m Call> {
    published(model, flow).into_iter().flat_map(|id| model.events[id].calls())
}

fn watched<'m>(model: &'m Model, flow: &Flow) -> Vec<&'m crate::model::EventField> {
    let mut all: Vec<&crate::model::EventField> = Vec::new();
    for field in on_change(model, flow).flat_map(|(_, event)| &event.when_changes) {
        if all.iter().all(|known| known.text != field.text) {
            all.push(field);
        }
    }
    all
}

/// Seconds as the runtime counts.
fn seconds(seconds: u64) -> Millis {
    Millis::try_from(seconds.saturating_mul(1000)).unwrap_or(Millis::MAX)
}

/// Milliseconds as the runtime counts.
fn millis(ms: u64) -> Millis {
    Millis::try_from(ms).unwrap_or(Millis::MAX)
}

/// How long whoever must act has where nobody said it.
const UNSAID: Millis = 4 * 3_600_000;

impl<'m> Lowering<'m> {
    fn program(&mut self) -> Program {
        let (model, flow) = (self.model, self.flow);
        let version = u32::try_from(flow.version).unwrap_or(u32::MAX);
        let mut program = Program::new(flow.name.clone(), version, self.fallback());
        program.starts = flow.starts.iter().map(|start| self.start(start)).collect();
        program.blocks = self.blocks.lists().map(|list| self.block(&list)).collect();
        program.interrupts = flow.interrupts.iter().filter_map(|interrupt| self.interrupt(interrupt)).collect();
        program.exceptions = self.exceptions();
        program.on_change = on_change(model, flow)
            .map(|(id, event)| OnChange {
                paths: event.when_changes.iter().map(|field| field.text.clone().into()).collect(),
                publish: self.publish(id),
            })
            .collect();
        let mut unmatched: Vec<(Name, Millis)> = Vec::new();
        for taken in flow.events() {
            let name: Name = model.event_name(taken.event).into();
            if let Some(ms) = model.event(taken.event).and_then(|event| event.unmatched_ms)
                && unmatched.iter().all(|(known, _)| *known != name)
            {
                unmatched.push((name, millis(ms)));
            }
        }
        program.unmatched = unmatched;
        program.data = data::shapes(model, flow);
        program.dropped = flow.dropped.iter().map(|(name, _)| name.clone().into()).collect();
        program
    }

    fn function(&mut self, within: Option<StepId>, does: Does<'m>) -> Func {
        self.functions.push(Function { within, of: self.of, does });
        Func(u32::try_from(self.functions.len() - 1).unwrap_or(u32::MAX))
    }

    fn start(&mut self, start: &'m Start) -> crossdock_runtime::flow::Start {
        let event = match &start.from {
            StartFrom::Event { event, .. } => self.model.event_name(event.event),
            StartFrom::Api { api, operation } => self.model.api_operation_name(*api, *operation),
        };
        let refers = refers(self.model, &crate::model::Type::Struct(self.flow.object));
        let asks = match &start.from {
            StartFrom::Event { event, fetch } => {
                let receive = event.receive.as_ref();
                !fetch.is_empty() || refers || receive.is_some_and(|one| self.looks_up(&one.mapping))
            }
            StartFrom::Api { .. } => false,
        };
        let keys = asks.then(|| self.function(None, Does::StartKeys(start)));
        let receive = self.function(None, Does::Start(start));
        crossdock_runtime::flow::Start { event: event.into(), keys, receive }
    }

    /// How an event finds its instance, and inside `each` the part.
    fn listen(&mut self, taken: &'m Taken) -> Option<Listen> {
        let matches = taken.matches.as_ref()?;
        let with = match &matches.bound {
            crate::model::Bound::Object(system) | crate::model::Bound::Part(_, system) => {
                Matching::Id(self.model.systems[*system].name.clone().into())
            }
            crate::model::Bound::Key => Matching::Key,
        };
        let value = self.function(None, Does::Correlate(taken.event, taken.src, &matches.event));
        Some(Listen { event: self.model.event_name(taken.event).into(), with, value })
    }

    fn receive(
        &mut self,
        within: Option<StepId>,
        origin: Origin,
        receive: Option<&'m Receive>,
    ) -> Option<crossdock_runtime::flow::Receive> {
        let receive = receive?;
        let keys = self.looks_up(&receive.mapping).then(|| self.function(within, Does::ReceiveKeys(origin, receive)));
        let map = self.function(within, Does::Receive(origin, receive));
        Some(crossdock_runtime::flow::Receive { keys, map })
    }

    fn publish(&mut self, id: Id<PublishedEvent>) -> PublishSpec {
        let model = self.model;
        let event = &model.events[id];
        let (key, payload) = (self.function(None, Does::EventKey(id)), self.function(None, Does::Payload(id)));
        let mut publish = PublishSpec::new(event.name.clone(), key, payload);
        self.of = Some(id);
        publish.calls = event.calls().map(|call| self.call_spec(None, call, None)).collect();
        self.of = None;
        if let (false, Some(letter)) = (publish.calls.is_empty(), &event.dead_letter) {
            let team = letter.team.clone().unwrap_or_else(|| self.team());
            publish.dead_letter = Some((team.into(), letter.sla.map_or(UNSAID, seconds)));
            publish.keep = letter.keep.map(seconds);
        }
        publish
    }

    /// Every exception of the workspace, with what this flow can do about it.
    fn exceptions(&mut self) -> Vec<Exception> {
        let (model, flow) = (self.model, self.flow);
        let mut all = Vec::with_capacity(model.exceptions.rows().len());
        for declared in model.exceptions.rows() {
            let mut exception = exception(model, declared, &self.team());
            if let Some(handler) = flow.handlers.iter().find(|handler| handler.exception.name == declared.name) {
                self.handled(handler, &mut exception);
            }
            all.push(exception);
        }
        // A built-in exception may have a handler without being declared.
        for handler in flow.handlers.iter().filter(|handler| handler.exception.declared.is_none()) {
            let mut exception = Exception { name: handler.exception.name.clone().into(), ..self.fallback() };
            self.handled(handler, &mut exception);
            all.push(exception);
        }
        all
    }

    fn handled(&mut self, handler: &'m crate::model::Handler, exception: &mut Exception) {
        for (name, _, action) in &handler.actions {
            let deed = self.deed(None, action);
            exception.actions.push(crossdock_runtime::flow::Action { name: name.clone().into(), deed });
        }
        for (position, taken) in &handler.resolve {
            let action = handler.actions.get(usize::from(*position)).map(|(name, _, _)| name.clone());
            if let (Some(action), Some(listen)) = (action, self.listen(taken)) {
                exception.resolve.push(Resolve { action: action.into(), listen });
            }
        }
    }

    /// Whose an exception is that nobody declared: the team that answers for the object.
    fn team(&self) -> String {
        let mut ownerships = self.model.ownerships.rows().iter();
        let own = ownerships.find(|ownership| ownership.object == self.flow.object);
        own.and_then(|ownership| ownership.steward.clone()).unwrap_or_else(|| self.flow.name.clone())
    }

    fn fallback(&self) -> Exception {
        undeclared(self.model, &self.team())
    }

    /// Whether applying a mapping needs answers.
    fn looks_up(&self, used: &crate::model::MapUse) -> bool {
        let mapping = &self.model.mappings[used.mapping];
        !mapping.lookups.is_empty() || used.inputs.iter().any(Node::looks_up)
    }
}

/// Every exception that the workspace declares, in its own name where no team is said.
pub fn declared(model: &Model) -> Vec<Exception> {
    let rows = model.exceptions.rows().iter();
    rows.map(|declared| exception(model, declared, &model.workspace.name)).collect()
}

/// A declared exception; a team serves for one that has none.
fn exception(model: &Model, declared: &crate::model::Exception, team: &str) -> Exception {
    let team = declared.team.as_deref().unwrap_or(team);
    let sla = declared.sla.map_or(UNSAID, seconds);
    let escalate = declared.escalate.as_ref().map(|escalation| Escalation {
        after: seconds(escalation.after),
        to: escalation.to.clone().into(),
        hours: hours(model, &escalation.to),
    });
    let exception = Exception::new(declared.name.clone(), class(declared.class), team.to_owned(), sla);
    Exception { escalate, hours: hours(model, team), ..exception }
}

/// What serves for exceptions that nobody declared: a defect for a team.
pub(super) fn undeclared(model: &Model, team: &str) -> Exception {
    let exception = Exception::new("unexpected", Class::Defect, team.to_owned(), UNSAID);
    Exception { hours: hours(model, team), ..exception }
}

/// When a team works, if it says so.
fn hours(model: &Model, team: &str) -> Option<Hours> {
    let hours = model.teams[*model.teams_by_name.get(team)?].hours.as_ref()?;
    let days = (0_u8..).zip(hours.days).fold(0, |days, (day, works)| days | (u8::from(works) << day));
    Some(Hours::new(days, hours.from, hours.to, hours.zone.clone()))
}

fn class(class: Option<crate::model::ExceptionClass>) -> Class {
    match class {
        Some(crate::model::ExceptionClass::Business) => Class::Business,
        Some(crate::model::ExceptionClass::Transient) => Class::Transient,
        Some(crate::model::ExceptionClass::Defect) | None => Class::Defect,
    }
}

/// The steps of an `each`, outermost first, whose parts are open inside it.
pub fn open(flow: &Flow, within: Option<StepId>) -> Vec<(StepId, &crate::model::EachStep)> {
    let mut chain = Vec::new();
    let mut at = within;
    while let Some(id) = at {
        let Some(step) = flow.step(id) else { break };
        if let StepKind::Each(each) = &step.kind {
            chain.push((id, each));
        }
        at = step.parent;
    }
    chain.reverse();
    chain
}

/// Whether a value of this type may refer to an object.
pub fn refers(model: &Model, ty: &crate::model::Type) -> bool {
    use crate::model::Type;
    match ty {
        Type::Ref(_) => true,
        Type::Optional(ty) | Type::List(ty) => refers(model, ty),
        Type::Struct(of) => model.structs[*of].fields.iter().any(|field| refers(model, &field.ty)),
        _ => false,
    }
}
