//! Calls: requests, attempts, replies. The key of an effect is made when its step is entered, and stored.

use super::super::state::{Doing, Live, Ordered, Place, Source};
use super::super::{
    Call, CallSpec, Class, Command, Fate, Func, Functions, Idempotency, LookUp, Message, Millis, Outcome, Phase, What,
    Work,
};
use super::run::Run;
use crate::answers::Answers;
use crate::failure::{Failure, Result};
use std::sync::Arc;

/// How often something is looked up, for a message before it becomes a dead letter, for a choice before it fails.
const LOOKUPS: u32 = 5;
/// Half the pause before the second time; it doubles each time.
const LOOKUP_PAUSE: Millis = 500;

impl<'a, F: Functions> Run<'a, F> {
    /// The call that a step is about.
    pub(super) fn call_spec(&self, place: Place) -> Option<&'a CallSpec> {
        let Work::Call { call, redo, undo, .. } = &self.spec(place)?.work else { return None };
        match self.state.step(place)?.doing {
            Doing::Call => Some(call),
            Doing::Redo => redo.as_deref(),
            Doing::Undo => undo.as_deref(),
        }
    }

    /// Enters a call. What an earlier generation did is redone, or undone first.
    pub(super) fn enter_call(&mut self, place: Place, redo: bool, undo: bool) {
        let repeat = self.state.step(place).is_some_and(|step| step.repeat);
        if repeat && redo {
            self.with_step(place, |step| step.key = None);
            self.begin_call(place, Doing::Redo);
        } else if repeat && undo {
            self.begin_call(place, Doing::Undo);
        } else {
            if repeat {
                self.with_step(place, |step| step.key = None);
            }
            self.begin_call(place, Doing::Call);
        }
    }

    pub(super) fn begin_call(&mut self, place: Place, doing: Doing) {
        let now = self.now;
        self.with_step(place, |step| {
            step.phase = Phase::Running;
            step.doing = doing;
            step.attempts = 0;
            step.entered = now;
            step.request = None;
        });
        let Some(spec) = self.call_spec(place) else { return };
        let sent = match spec.keys {
            Some(keys) => self.look_up(place, keys, None, Ordered::Request, now),
            None => Ok(false),
        };
        let sent = match sent {
            Ok(true) => Ok(()),
            Ok(false) => self.send(place, spec, &Answers::new()),
            Err(failure) => Err(failure),
        };
        if let Err(failure) = sent {
            self.fail(place, &failure, None);
        }
    }

    /// Orders a lookup if there is anything to look up.
    pub(super) fn look_up(
        &mut self,
        place: Place,
        keys: Func,
        message: Option<&Message>,
        what: Ordered,
        due: Millis,
    ) -> Result<bool> {
        let keys = self.read(place.scope, message, &Answers::new(), |f, data, at| f.keys(keys, data, at))?;
        if keys.is_empty() {
            return Ok(false);
        }
        let epoch = self.order_live(place, what);
        self.out.push(Command::LookUp(Box::new(LookUp { epoch, keys, due })));
        Ok(true)
    }

    pub(super) fn answers(&mut self, live: Live, answers: Result<Answers>) -> Fate {
        let place = live.place;
        match (live.what, answers) {
            (Ordered::Receive { source, message, .. }, Ok(answers)) => {
                self.because = Some(Arc::from(&*message.id));
                self.received(source, place, &message, &answers);
            }
            (Ordered::Receive { source, message, failed }, Err(failure)) => {
                if !self.look_up_again(source, place, &message, failed + 1, &failure) {
                    self.not_received(source, place, message, &failure);
                }
            }
            (_, Ok(answers)) => {
                self.with_step(place, |step| step.attempts = 0);
                let went_on = match (self.call_spec(place), self.spec(place).map(|step| &step.work)) {
                    (Some(spec), _) => self.send(place, spec, &answers),
                    (None, Some(Work::Decide(decide))) => self.decide(place, decide, &answers),
                    _ => Ok(()),
                };
                if let Err(failure) = went_on {
                    self.fail(place, &failure, None);
                }
            }
            (_, Err(failure)) => {
                self.with_step(place, |step| step.attempts += 1);
                let failed = self.state.step(place).map_or(0, |step| step.attempts);
                let again = match self.asking(place, failed) {
                    Some((keys, pause)) if self.may_help(&failure) => {
                        self.look_up(place, keys, None, Ordered::Request, self.now.saturating_add(pause))
                    }
                    _ => Ok(false),
                };
                if !matches!(again, Ok(true)) {
                    self.fail(place, &failure, None);
                }
            }
        }
        Fate::Taken
    }

    /// What a step looks up, and the pause before it does so again; nothing if it failed too often.
    fn asking(&self, place: Place, failed: u32) -> Option<(Func, Millis)> {
        let (keys, attempts, pause) = match (self.call_spec(place), &self.spec(place)?.work) {
            (Some(spec), _) => (spec.keys?, spec.attempts, spec.pause(failed)),
            (None, Work::Decide(decide)) => (decide.keys?, LOOKUPS, LOOKUP_PAUSE << failed.min(LOOKUPS)),
            _ => return None,
        };
        (failed < attempts).then_some((keys, pause))
    }

    /// Whether trying again may help.
    fn may_help(&self, failure: &Failure) -> bool {
        self.program.exception(failure.code()).class == Class::Transient
    }

    /// Looks up again what a message needs, if that may help.
    fn look_up_again(
        &mut self,
        source: Source,
        place: Place,
        message: &Message,
        failed: u32,
        failure: &Failure,
    ) -> bool {
        let Some(keys) = self.mapping(source, place).and_then(|mapping| mapping.keys) else { return false };
        if failed >= LOOKUPS || !self.may_help(failure) {
            return false;
        }
        let due = self.now.saturating_add(LOOKUP_PAUSE << failed);
        let what = Ordered::Receive { source, message: message.clone(), failed };
        matches!(self.look_up(place, keys, Some(message), what, due), Ok(true))
    }

    /// Makes request and key, and the first attempt.
    fn send(&mut self, place: Place, spec: &CallSpec, answers: &Answers) -> Result<()> {
        let request = self.read(place.scope, None, answers, |f, data, at| f.request(spec.send, data, at))?;
        let instance = match spec.instance {
            Some(instance) => {
                Some(self.read(place.scope, None, answers, |f, data, at| f.text(instance, data, at))?.into())
            }
            None => None,
        };
        let stored = self.state.step(place).and_then(|step| step.key.clone());
        let undo = self.state.step(place).is_some_and(|step| step.doing == Doing::Undo);
        let key = match stored {
            Some(key) => key,
            None => self.effect_key(place, spec, undo)?,
        };
        self.with_step(place, |step| {
            step.request = Some(request.into());
            step.instance = instance;
            step.key = Some(key);
        });
        self.attempt(place, spec, self.now);
        Ok(())
    }

    fn effect_key(&self, place: Place, spec: &CallSpec, undo: bool) -> Result<Arc<str>> {
        let function = match spec.idempotency {
            Idempotency::Key(function) if !undo => function,
            _ => return Ok(self.step_key(place).into()),
        };
        let text = self.read(place.scope, None, &Answers::new(), |f, data, at| f.text(function, data, at))?;
        let generation = self.state.step(place).map_or(0, |step| step.generation);
        Ok(if generation == 0 { text.into() } else { format!("{text}/{}", generation + 1).into() })
    }

    /// Orders an attempt, under the stored key.
    fn attempt(&mut self, place: Place, spec: &CallSpec, due: Millis) {
        let epoch = self.order_live(place, Ordered::Call);
        let part = self.part(place.scope);
        let Some(name) = self.spec(place).map(|step| step.name.clone()) else { return };
        let Some(step) = self.state.step_mut(place) else { return };
        step.attempts += 1;
        let undo = step.doing == Doing::Undo;
        let key = match &step.key {
            Some(key) if undo => format!("{key}/undo").into(),
            Some(key) => Arc::clone(key),
            None => Arc::from(""),
        };
        // What is undone before it is done anew is of the generation before.
        let before = u32::from(undo && step.repeat);
        self.out.push(Command::Call(Box::new(Call {
            epoch,
            step: name,
            part,
            generation: step.generation.saturating_sub(before),
            attempt: step.attempts,
            undo,
            system: spec.system.clone(),
            instance: step.instance.clone(),
            operation: spec.operation.clone(),
            key,
            repeatable: spec.idempotency != Idempotency::None,
            request: step.request.clone().unwrap_or_default(),
            due,
            timeout: spec.timeout,
        })));
    }

    pub(super) fn reply(&mut self, place: Place, outcome: Outcome) -> Fate {
        let Some(spec) = self.call_spec(place) else { return Fate::Late };
        let (name, detail, repeatable) = match outcome {
            Outcome::Answered(payload) => {
                self.answered(place, spec, payload);
                return Fate::Taken;
            }
            Outcome::Refused { name, detail } => {
                let transient = self.program.exception(&name).class == Class::Transient;
                (name, detail, transient)
            }
            Outcome::Lost { name, detail } => {
                self.with_step(place, |step| step.lost = true);
                (name, detail, spec.idempotency != Idempotency::None)
            }
        };
        let Some(step) = self.state.step(place) else { return Fate::Late };
        let due = self.now.saturating_add(spec.pause(step.attempts));
        let in_budget = spec.budget.is_none_or(|budget| due <= step.entered.saturating_add(budget));
        if repeatable && in_budget && step.attempts < spec.attempts {
            self.attempt(place, spec, due);
        } else {
            let failure = Failure::new(String::from(name), String::from(detail));
            self.fail(place, &failure, None);
        }
        Fate::Taken
    }

    fn answered(&mut self, place: Place, spec: &CallSpec, payload: super::super::Bytes) {
        let order = self.order();
        let Some(step) = self.state.step_mut(place) else { return };
        step.lost = false;
        step.request = None;
        if step.doing == Doing::Undo {
            self.undone(place);
            return;
        }
        step.repeat = false;
        step.order = order;
        let message = Message {
            system: spec.system.as_ref().into(),
            instance: step.instance.clone(),
            name: spec.operation.as_ref().into(),
            id: step.key.as_deref().unwrap_or_default().into(),
            order: None,
            received_at: self.now,
            payload,
        };
        self.because = step.key.clone();
        self.receive(Source::Reply, place, message);
    }

    /// A step's effect was taken back.
    fn undone(&mut self, place: Place) {
        self.forget(place);
        self.close_at(place);
        let Some(step) = self.state.step_mut(place) else { return };
        step.order = 0;
        step.key = None;
        step.repeat = false;
        let again = !step.to_undo;
        step.to_undo = false;
        step.phase = Phase::Undone;
        let name = self.spec(place).map(|spec| spec.name.clone()).unwrap_or_default();
        self.audit(What::Undone, name, place, None, None, self.rule(place));
        // Undone because a `goto` came back: now it is done anew.
        if again {
            self.begin_call(place, Doing::Call);
        }
    }
}
