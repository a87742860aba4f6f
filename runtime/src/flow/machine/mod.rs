//! The machine: a program and its functions, and the transitions that they make.
//!
//! [`run`] holds what one transition knows; [`steps`] enters and completes steps, [`calls`] makes calls and takes replies,
//! [`events`] finds what waits for a message and receives it, [`deeds`] leaves the order of steps, [`exceptions`] opens,
//! closes and acts, [`turns`] goes to other steps and back.

mod calls;
mod deeds;
mod events;
mod exceptions;
mod run;
mod steps;
mod turns;

use super::data::LeftOut;
use super::state::{Log, MadeBy, Scope, StepState};
use super::{
    At, Bytes, Command, Delivery, Fate, Functions, Id, Input, Matching, Message, Millis, Program, ProgramError, State,
};
use crate::answers::{Answers, Keys};
use crate::failure::{Failure, Result, builtin};
use run::Run;
pub(super) use turns::below;

/// A flow that can be run.
#[derive(Debug)]
pub struct Machine<F> {
    program: Program,
    functions: F,
}

/// How an instance is begun.
#[derive(Debug)]
pub enum Begun<D> {
    /// The message asks for this first.
    LookUp(Keys),
    /// The instance, to be given [`Input::Start`] if there is none of its key.
    Ready(Box<State<D>>),
}

/// Where an event may lead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// To the instance that an identifier is bound to.
    Id(Id),
    /// To the instance of a key.
    Instance(Box<str>),
    /// To a new instance, by the start at this position.
    Start(usize),
}

impl<F: Functions> Machine<F> {
    /// A machine for a program that is sound.
    pub fn new(program: Program, functions: F) -> Result<Self, ProgramError> {
        program.check()?;
        Ok(Self { program, functions })
    }

    /// The flow as data.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The flow's functions.
    pub fn functions(&self) -> &F {
        &self.functions
    }

    /// Where an event may lead, the likeliest first. It fails if the event can't be read.
    pub fn routes(&self, message: &Message) -> Result<Vec<Target>> {
        let mut targets = Vec::new();
        for listen in self.program.listens().filter(|listen| *listen.event == *message.name) {
            let Some(value) = self.functions.correlate(listen.value, message)? else { continue };
            let target = match &listen.with {
                Matching::Key => Target::Instance(value.into()),
                Matching::Id(system) => Target::Id(id(system, value.into(), message)),
            };
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        let starts = self.program.starts.iter().enumerate();
        targets
            .extend(starts.filter(|(_, start)| *start.event == *message.name).map(|(index, _)| Target::Start(index)));
        Ok(targets)
    }

    /// Makes the instance that a message begins, or says first what it looks up: also what only the answers to an earlier
    /// lookup tell.
    pub fn begin(&self, start: usize, message: &Message, answers: Option<&Answers>) -> Result<Option<Begun<F::Data>>> {
        let Some(start) = self.program.starts.get(start) else { return Ok(None) };
        let none = Answers::new();
        let answers = answers.unwrap_or(&none);
        if let Some(keys) = start.keys {
            let keys = self.functions.start_keys(keys, message, answers)?;
            if !answers.cover(&keys) {
                return Ok(Some(Begun::LookUp(keys)));
            }
        }
        let started = self.functions.start(start.receive, message, answers)?;
        let steps = self.program.blocks.first().map_or(0, Vec::len);
        let root = Scope {
            up: None,
            from: MadeBy::Flow,
            block: 0,
            key: Box::default(),
            items: Vec::new(),
            ids: started.received.ids.into_iter().map(|(system, value)| id(&system, value.into(), message)).collect(),
            gone: false,
            steps: vec![StepState::default(); steps],
        };
        Ok(Some(Begun::Ready(Box::new(State {
            key: started.key.into(),
            data: started.data,
            left_out: LeftOut::new(),
            scopes: vec![root],
            live: Vec::new(),
            open: Vec::new(),
            log: Log::default(),
        }))))
    }

    /// What a delivery that asked for something calls, of what it keeps of its instance, and the answers.
    pub fn deliver(&self, delivery: &Delivery, answers: &Answers) -> Result<(Option<Box<str>>, Bytes)> {
        let wrong = |detail: String| Failure::new(builtin::INVALID_ARGUMENT, detail);
        let (event, system) = (&delivery.publish.event, &delivery.call.system);
        let published = self.program.publishes().filter(|one| one.event == *event);
        let call = published.flat_map(|one| &one.calls).find(|call| call.system == *system);
        let call = call.ok_or_else(|| wrong(format!("`{system}` is not called for `{event}` any more")))?;
        let data = delivery.ask.as_ref().map(|ask| serde_json::from_slice(ask.data.as_slice()));
        let data = data.transpose().map_err(|error| Failure::json(builtin::INVALID_ARGUMENT, &error))?;
        let data = data.ok_or_else(|| wrong("its request is made".to_owned()))?;
        steps::called(&self.functions, call, &data, &At { key: &delivery.instance, part: None, message: None, answers })
    }

    /// One transition: what the input means for the instance at this time, and what is to be done.
    pub fn handle(&self, state: &mut State<F::Data>, input: Input, now: Millis, out: &mut Vec<Command>) -> Fate {
        let mut run = Run::new(&self.program, &self.functions, state, now, out);
        let fate = run.take(input);
        if fate == Fate::Taken {
            run.settle();
        }
        fate
    }
}

/// An identifier that a message carries: in the deployment that the message comes from, if it is one of that system.
fn id(system: &str, value: Box<str>, message: &Message) -> Id {
    let instance = if *message.system == *system { message.instance.clone() } else { None };
    Id { system: system.into(), instance, value }
}
