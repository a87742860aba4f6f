//! The systems of a schedule: what they do with calls, by their declarations, and what they tell afterwards.

use super::Stage;
use super::chance::Chance;
use crate::lower::flow::Source;
use crate::model::{Cause, Effect, Idempotency, Operation, OperationRef};
use crossdock_runtime::flow::driver::{Instance, Systems};
use crossdock_runtime::flow::{Call, Class, Millis, Outcome, Publish, Request};
use crossdock_runtime::{Answers, Failure, Keys, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One effect of the flow, whatever the attempts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deed {
    pub step: String,
    pub part: Option<String>,
    pub generation: u32,
    pub undo: bool,
    pub operation: String,
}

/// A message on its way to the flow.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub at: Millis,
    pub name: String,
    pub instance: Option<String>,
    pub id: String,
    pub payload: String,
}

/// What happened in the systems.
#[derive(Debug)]
pub(super) struct Records {
    pub chance: Chance,
    pub now: Millis,
    pub trace: Vec<String>,
    /// How often each effect happened.
    pub effects: BTreeMap<Deed, u32>,
    /// What a system remembers of idempotency keys: until when, and what it answered.
    known: BTreeMap<(String, String), (Millis, String)>,
    pub pending: Vec<Pending>,
    serial: u64,
    /// In how many of a hundred calls something goes wrong.
    faults: u64,
    /// What is wrong with the scenario.
    pub wrong: Option<String>,
    pub start: Value,
    /// Which operations were called.
    pub called: BTreeSet<String>,
}

impl Records {
    /// What an operation answered to a call of this key, if that was done and is remembered.
    fn remembered(&self, operation: &Operation, name: &str, key: &str) -> Option<&str> {
        if operation.idempotency == Idempotency::None {
            return None;
        }
        let (until, answer) = self.known.get(&(name.to_owned(), key.to_owned()))?;
        (*until >= self.now).then_some(answer)
    }
}

/// Systems as they are declared.
pub(super) struct World<'s> {
    pub stage: &'s Stage<'static>,
    records: Mutex<Records>,
}

impl<'s> World<'s> {
    pub fn new(stage: &'s Stage<'static>, mut chance: Chance, now: Millis) -> Self {
        let faults = match chance.below(3) {
            0 => 0,
            1 => 8,
            _ => 30,
        };
        let records = Records {
            chance,
            now,
            trace: Vec::new(),
            effects: BTreeMap::new(),
            known: BTreeMap::new(),
            pending: Vec::new(),
            serial: 0,
            faults,
            wrong: None,
            start: Value::Null,
            called: BTreeSet::new(),
        };
        World { stage, records: Mutex::new(records) }
    }

    pub fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on nothing goes wrong any more.
    pub fn calm(&self) {
        self.records().faults = 0;
    }

    fn operation(&self, call: &Call) -> Option<(OperationRef, &'static Operation)> {
        let model = self.stage.model;
        let system = *model.systems_by_name.get(&*call.system)?;
        let operations = &model.systems[system].operations;
        let position = operations.iter().position(|known| known.name == *call.operation)?;
        let at = OperationRef { system, operation: u16::try_from(position).ok()? };
        Some((at, operations.get(position)?))
    }

    /// What an operation answers, filled in with what is known.
    fn answer(&self, at: OperationRef, known: &Value) -> core::result::Result<String, String> {
        let stage = self.stage;
        match stage.scenario.answers.iter().find(|(operation, _)| *operation == at) {
            Some((_, file)) => stage.templates.fill(file, known),
            None => match stage.model.operation(at).and_then(|operation| operation.response) {
                None => Ok("{}".to_owned()),
                Some(_) => {
                    let (name, scenario) = (stage.model.operation_name(at), &stage.scenario.name);
                    Err(format!("`{scenario}` does not say what `{name}` answers"))
                }
            },
        }
    }

    /// What happens because of something.
    pub fn caused(&self, records: &mut Records, cause: Option<Cause>, instance: Option<&str>, known: &Value) {
        let stage = self.stage;
        for happening in stage.scenario.events.iter().filter(|happening| happening.after == cause) {
            if !records.chance.percent(happening.share) {
                continue;
            }
            let within = happening.within_ms.max(1);
            let at = records.now.saturating_add(Millis::try_from(records.chance.below(within)).unwrap_or_default());
            let mut known = known.clone();
            records.serial += 1;
            if let Some(known) = known.as_object_mut() {
                known.insert("serial".to_owned(), json!(records.serial));
                known.insert("now".to_owned(), json!(time(at)));
            }
            let payload = match stage.templates.fill(&happening.payload, &known) {
                Ok(payload) => payload,
                Err(wrong) => {
                    records.wrong = records.wrong.take().or(Some(wrong));
                    continue;
                }
            };
            let event = stage.model.event_name(happening.event);
            let pending = Pending {
                at,
                id: format!("{event}-{}", records.serial),
                name: event,
                instance: instance.map(ToOwned::to_owned),
                payload,
            };
            // Webhooks repeat, and overtake each other.
            let repeats = if records.chance.one_in(4) { 1 + records.chance.below(2) } else { 0 };
            for _ in 0..repeats {
                let later = Millis::try_from(records.chance.below(2 * 3_600_000)).unwrap_or_default();
                records.pending.push(Pending { at: at.saturating_add(later), ..pending.clone() });
            }
            let mut below = known;
            if let (Some(below), Ok(told)) = (below.as_object_mut(), serde_json::from_str::<Value>(&pending.payload)) {
                below.insert("cause".to_owned(), told);
            }
            records.pending.push(pending);
            // What follows an event happens after it, whether or not it has been heard of.
            let before = std::mem::replace(&mut records.now, at);
            self.caused(records, Some(Cause::Event(happening.event)), instance, &below);
            records.now = before;
        }
    }

    fn done(
        &self,
        records: &mut Records,
        at: OperationRef,
        operation: &Operation,
        call: &Call,
    ) -> core::result::Result<String, String> {
        let name = format!("{}.{}", call.system, call.operation);
        if let Some(answer) = records.remembered(operation, &name, &call.key) {
            return Ok(answer.to_owned());
        }
        if operation.effect == Effect::Write {
            let deed = Deed {
                step: call.step.to_string(),
                part: call.part.as_deref().map(ToOwned::to_owned),
                generation: call.generation,
                undo: call.undo,
                operation: name.clone(),
            };
            *records.effects.entry(deed).or_default() += 1;
        }
        records.serial += 1;
        let request =
            Request::read(call.request.as_slice()).map_err(|error| format!("a request of `{name}`: {error}"))?;
        let mut known = json!({
            "start": records.start, "serial": records.serial, "now": time(records.now), "key": &*call.key,
            "request": { "params": request.params, "body": request.body },
        });
        let answer = self.answer(at, &known)?;
        if let Some(known) = known.as_object_mut() {
            known.insert("answer".to_owned(), serde_json::from_str(&answer).unwrap_or_default());
        }
        let until = match &operation.idempotency {
            Idempotency::Header { retention: Some(seconds), .. } => {
                records.now.saturating_add(Millis::try_from(seconds.saturating_mul(1000)).unwrap_or(Millis::MAX))
            }
            _ => Millis::MAX,
        };
        records.known.insert((name, call.key.to_string()), (until, answer.clone()));
        self.caused(records, Some(Cause::Effect(at)), call.instance.as_deref(), &known);
        Ok(answer)
    }

    /// How a call is refused that nothing says otherwise of. What was done for its key and is remembered may fail in
    /// passing, but is not judged again.
    fn refusal(&self, records: &mut Records, operation: &Operation, name: &str, key: &str) -> Fault {
        let judged = records.remembered(operation, name, key).is_none();
        let program = &self.stage.plan.program;
        let raises = operation.raises.iter().map(|(exception, ..)| exception);
        let possible: Vec<&String> =
            raises.filter(|name| judged || program.exception(name).class == Class::Transient).collect();
        let choice = records.chance.position(possible.len());
        possible.get(choice).map_or(Fault::Lost { done: false }, |name| Fault::Refused((*name).clone()))
    }
}

/// How a call goes wrong.
enum Fault {
    Refused(String),
    Lost { done: bool },
}

impl Systems for World<'_> {
    fn call(&self, _: &Instance, call: &Call) -> Outcome {
        let mut records = self.records();
        let name = format!("{}.{}", call.system, call.operation);
        records.called.insert(name.clone());
        let Some((at, operation)) = self.operation(call) else {
            records.wrong = Some(format!("there is no operation `{name}`"));
            return Outcome::Lost { name: "timeout".into(), detail: "no such operation".into() };
        };
        let share = records.faults;
        let fault = records.chance.percent(share).then(|| match records.chance.below(3) {
            0 => self.refusal(&mut records, operation, &name, &call.key),
            1 => Fault::Lost { done: true },
            _ => Fault::Lost { done: false },
        });
        let told = |fault: &str| {
            let part = call.part.as_deref().map(|part| format!("[{part}]")).unwrap_or_default();
            format!("{}{part} calls {name} (attempt {}, key {}): {fault}", call.step, call.attempt, call.key)
        };
        let lost = Outcome::Lost { name: "timeout".into(), detail: "no answer".into() };
        match fault {
            Some(Fault::Refused(exception)) => {
                records.trace.push(told(&format!("refused, {exception}")));
                Outcome::Refused { name: exception.into(), detail: "as declared".into() }
            }
            Some(Fault::Lost { done: false }) => {
                records.trace.push(told("no answer, and not done"));
                lost
            }
            fault => match self.done(&mut records, at, operation, call) {
                Ok(_) if fault.is_some() => {
                    records.trace.push(told("no answer, but done"));
                    lost
                }
                Ok(answer) => {
                    records.trace.push(told("done"));
                    Outcome::Answered(answer.into_bytes().into())
                }
                Err(wrong) => {
                    records.wrong = records.wrong.take().or(Some(wrong));
                    lost
                }
            },
        }
    }

    fn look_up(&self, _: &Instance, keys: &Keys) -> Result<Answers> {
        let mut records = self.records();
        let mut answers = Answers::new();
        for (name, key) in keys.iter() {
            match self.stage.asks.get(name).map(|ask| &ask.source) {
                // Every object is known everywhere, by a number that its key gives.
                Some(Source::Index(..)) | None => {
                    let number = key.bytes().fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 899_999_981);
                    answers.found(name, key, json!((100_000_000 + number).to_string()).to_string());
                }
                Some(Source::Operation(at)) => {
                    records.serial += 1;
                    let params: Value = serde_json::from_str(key).unwrap_or_default();
                    let known = json!({
                        "start": records.start, "serial": records.serial, "now": time(records.now), "key": key,
                        "request": { "params": params, "body": null },
                    });
                    match self.answer(*at, &known) {
                        Ok(answer) => answers.found(name, key, answer),
                        Err(wrong) => {
                            records.wrong = records.wrong.take().or(Some(wrong.clone()));
                            return Err(Failure::new("lookup_missing", wrong));
                        }
                    }
                }
            }
        }
        Ok(answers)
    }

    fn publish(&self, _: &Instance, publish: &Publish) -> Result<()> {
        self.records().trace.push(format!("{} is published for {}", publish.event, publish.key));
        Ok(())
    }
}

/// A time as text.
pub(super) fn time(at: Millis) -> String {
    crossdock_runtime::Timestamp::from_epoch_millis(at).map(|at| at.to_string()).unwrap_or_default()
}
