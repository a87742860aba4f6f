//! Flows and the events that the workspace publishes, as templates see them.

use crate::model::{self, Model, Over, Place, StartFrom, StateOf, StepKind, Takes};
use serde::Serialize;

/// A flow.
#[derive(Debug, Serialize)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// Its version.
    pub version: u64,
    /// The object's name.
    pub object: String,
    /// What starts it.
    pub starts: Vec<Start>,
    /// The collections that it keeps.
    pub keep: Vec<Kept>,
    /// Every step; one inside `each` follows the step that it stands in.
    pub steps: Vec<Step>,
    /// What may come at any time.
    pub interrupts: Vec<Interrupt>,
    /// What can be done about exceptions.
    pub exceptions: Vec<Handler>,
}

/// What starts a flow.
#[derive(Debug, Serialize)]
pub struct Start {
    /// The event of a system, such as `shopify.order_created`.
    pub event: Option<String>,
    /// The operation of an API, such as `orders.submit_order`.
    pub api: Option<String>,
    /// The mapping of the event.
    pub receive: Option<String>,
}

/// A collection that a flow keeps.
#[derive(Debug, Serialize)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// The object or value that it holds.
    pub of: String,
    /// The field that tells elements apart.
    pub key: Option<String>,
}

/// A step.
#[derive(Debug, Serialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// `call`, `publish`, `await`, `wait`, `decide`, `each` or `raise`.
    pub kind: &'static str,
    /// The step of kind `each` that it stands in.
    pub parent: Option<String>,
    /// Whether it belongs to an action, a branch or an interrupt, and not to the flow's own steps.
    pub aside: bool,
    /// The steps that must be done before.
    pub after: Vec<String>,
    /// The operation that it calls, such as `sap.create_order`.
    pub call: Option<String>,
    /// The events that it waits for.
    pub awaits: Vec<String>,
    /// The event that it publishes.
    pub publish: Option<String>,
    /// The mapping to the request.
    pub send: Option<String>,
    /// The mapping from the answer.
    pub receive: Option<String>,
    /// The exceptions that it raises, or that its call fails with.
    pub raises: Vec<String>,
    /// How long it waits at most, or does nothing, in milliseconds.
    pub within_ms: Option<u64>,
    /// The milestone that it reaches.
    pub milestone: Option<String>,
    /// The states that it sets, such as `status: released`.
    pub sets: Vec<String>,
}

/// What may come at any time.
#[derive(Debug, Serialize)]
pub struct Interrupt {
    /// The event.
    pub event: String,
    /// Markdown.
    pub description: Option<String>,
    /// The mapping of the event.
    pub receive: Option<String>,
    /// The state until which it is taken.
    pub until: Option<String>,
}

/// What can be done about an exception.
#[derive(Debug, Serialize)]
pub struct Handler {
    /// The exception.
    pub exception: String,
    /// The names of actions.
    pub actions: Vec<String>,
}

/// An event that the workspace publishes.
#[derive(Debug, Serialize)]
pub struct Published {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// Its version.
    pub version: u64,
    /// The object that it tells of.
    pub object: String,
    /// The fields that it carries.
    pub fields: Vec<String>,
    /// The changes on which it is published.
    pub when_changes: Vec<String>,
    /// The fields by which it is ordered.
    pub key: Vec<String>,
    /// The topic or queue.
    pub channel: String,
    /// Who takes it.
    pub subscribers: Vec<Subscriber>,
    /// The team that one waits for which can't be delivered.
    pub dead_letter_team: Option<String>,
}

/// Who takes an event.
#[derive(Debug, Serialize)]
pub struct Subscriber {
    /// The system.
    pub system: String,
    /// Markdown.
    pub description: Option<String>,
    /// The operation that is called.
    pub call: Option<String>,
    /// The fields that it reads from the channel.
    pub reads: Vec<String>,
}

pub(super) fn flow(model: &Model, flow: &model::Flow) -> Flow {
    let start = |start: &model::Start| match &start.from {
        StartFrom::Event { event, .. } => Start {
            event: Some(model.event_name(event.event)),
            api: None,
            receive: received(model, event.receive.as_ref()),
        },
        StartFrom::Api { api, operation } => {
            let of = &model.apis[*api];
            let operation = of.operations.get(usize::from(*operation)).map_or("", |operation| operation.name.as_str());
            Start { event: None, api: Some(format!("{}.{operation}", of.name)), receive: None }
        }
    };
    let kept = |kept: &model::Kept| {
        let of = &model.structs[kept.element];
        Kept {
            name: kept.name.clone(),
            description: kept.description.clone(),
            of: of.name.clone(),
            key: of.field(kept.key).map(|field| field.name.clone()),
        }
    };
    let interrupt = |interrupt: &model::Interrupt| {
        let codes = model.structs[flow.object].lifecycle.as_ref().map(|lifecycle| &model.codes[lifecycle.codes]);
        let state = |(at, _): (u16, _)| codes?.codes.get(usize::from(at)).map(|code| code.code.clone());
        Interrupt {
            event: model.event_name(interrupt.event.event),
            description: interrupt.description.clone(),
            receive: received(model, interrupt.event.receive.as_ref()),
            until: interrupt.until.and_then(state),
        }
    };
    let handler = |handler: &model::Handler| Handler {
        exception: handler.exception.name.clone(),
        actions: handler.actions.iter().map(|(name, _, _)| name.clone()).collect(),
    };
    Flow {
        name: flow.name.clone(),
        description: flow.description.clone(),
        version: flow.version,
        object: model.structs[flow.object].name.clone(),
        starts: flow.starts.iter().map(start).collect(),
        keep: flow.keep.iter().map(kept).collect(),
        steps: flow.steps.iter().map(|one| step(model, flow, one)).collect(),
        interrupts: flow.interrupts.iter().map(interrupt).collect(),
        exceptions: flow.handlers.iter().map(handler).collect(),
    }
}

fn step(model: &Model, flow: &model::Flow, step: &model::Step) -> Step {
    let name = |id: model::StepId| flow.step(id).map(|step| step.name.clone()).unwrap_or_default();
    let mut view = Step {
        name: step.name.clone(),
        description: step.description.clone(),
        kind: step.kind.word(),
        parent: step.parent.map(name),
        aside: step.place != Place::Body,
        after: step.after.iter().map(|(id, _)| name(*id)).collect(),
        call: None,
        awaits: Vec::new(),
        publish: None,
        send: None,
        receive: None,
        raises: Vec::new(),
        within_ms: None,
        milestone: step.milestone.as_ref().map(|milestone| milestone.name.clone()),
        sets: step.sets().map(|set| state(model, flow, set)).collect(),
    };
    match &step.kind {
        StepKind::Call(call) => {
            view.call = Some(model.operation_name(call.call.operation));
            view.send = call.call.send.as_ref().map(|send| model.mappings[send.mapping].name.clone());
            view.receive = received(model, call.call.receive.as_ref());
            view.raises = call.failures.iter().map(|failure| failure.exception.name.clone()).collect();
        }
        StepKind::Publish(event) => view.publish = Some(model.events[*event].name.clone()),
        StepKind::Await(wait) => {
            view.awaits = wait.branches.iter().map(|branch| model.event_name(branch.event.event)).collect();
            let raised = wait.branches.iter().filter_map(|branch| branch.raise.as_ref()).chain(&wait.late);
            view.raises = raised.map(|raise| raise.name.clone()).collect();
            view.within_ms = wait.within_ms;
        }
        StepKind::Wait { ms } => view.within_ms = Some(*ms),
        StepKind::Raise(raise) => view.raises.push(raise.name.clone()),
        StepKind::Decide(_) | StepKind::Each(_) => {}
    }
    view
}

fn state(model: &Model, flow: &model::Flow, set: &model::SetState) -> String {
    let holder = &model.structs[set.holder];
    let field = holder.field(set.field).map_or("", |field| field.name.as_str());
    let codes = holder.lifecycle.as_ref().map(|lifecycle| &model.codes[lifecycle.codes]);
    let code = codes.and_then(|codes| codes.codes.get(usize::from(set.state))).map_or("", |code| code.code.as_str());
    let part = match set.of {
        StateOf::Object => None,
        StateOf::Part(id) => flow.step(id).and_then(|step| match &step.kind {
            StepKind::Each(each) if !matches!(each.over, Over::Unknown) => Some(each.name.clone()),
            _ => None,
        }),
    };
    part.map_or_else(|| format!("{field}: {code}"), |part| format!("{part}.{field}: {code}"))
}

fn received(model: &Model, receive: Option<&model::Receive>) -> Option<String> {
    receive.map(|receive| model.mappings[receive.mapping.mapping].name.clone())
}

pub(super) fn published(model: &Model, event: &model::PublishedEvent) -> Published {
    let texts = |fields: &[model::EventField]| fields.iter().map(|field| field.text.clone()).collect::<Vec<_>>();
    let subscriber = |subscriber: &model::Subscriber| {
        let (call, reads) = match &subscriber.takes {
            Takes::Call(call) => (Some(model.operation_name(call.operation)), Vec::new()),
            Takes::Reads(reads) => (None, reads.as_deref().map(texts).unwrap_or_default()),
        };
        let system = model.systems[subscriber.system].name.clone();
        Subscriber { system, description: subscriber.description.clone(), call, reads }
    };
    Published {
        name: event.name.clone(),
        description: event.description.clone(),
        version: event.version,
        object: model.structs[event.object].name.clone(),
        fields: texts(&event.fields),
        when_changes: texts(&event.when_changes),
        key: texts(&event.key),
        channel: event.channel.clone(),
        subscribers: event.subscribers.iter().map(subscriber).collect(),
        dead_letter_team: event.dead_letter.as_ref().and_then(|dead_letter| dead_letter.team.clone()),
    }
}
