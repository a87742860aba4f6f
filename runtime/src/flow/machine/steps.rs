//! Entering and completing steps, in the order of their block.

use super::super::state::{MadeBy, Ordered, Place, Scope, StepState};
use super::super::{
    Asking, At, Bytes, Call, CallSpec, Command, Delivery, Each, Functions, Idempotency, Message, Phase, Publish,
    PublishSpec, What, Work,
};
use super::run::{Run, refused};
use crate::answers::{Answers, Keys};
use crate::failure::{Failure, Result, builtin};
use std::collections::BTreeSet;

impl<F: Functions> Run<'_, F> {
    /// Enters the steps of a scope whose turn has come; tells who made the scope if none is left.
    pub(super) fn advance(&mut self, index: u32) {
        if self.state.log.turn.is_some() {
            return;
        }
        let Some(scope) = self.state.scopes.get(index as usize) else { return };
        // A part that is gone, or whose step is not entered again yet, stands still.
        let made_by = |position| Place { scope: scope.up.unwrap_or(0), position };
        let stands = match scope.from {
            MadeBy::Each(position) | MadeBy::Choice(position, _) => self.phase(made_by(position)) != Phase::Running,
            MadeBy::Flow | MadeBy::Interrupt(..) | MadeBy::Action(..) => false,
        };
        if scope.gone || stands {
            return;
        }
        let block = scope.block;
        let count = u16::try_from(scope.steps.len()).unwrap_or(u16::MAX);
        for position in 0..count {
            let place = Place { scope: index, position };
            let Some(spec) = self.program.step(block, position) else { continue };
            let ready = self.phase(place) == Phase::Pending
                && spec.after.iter().all(|before| self.has_ended(Place { scope: index, position: *before }));
            if ready {
                self.enter(place);
                if self.state.log.turn.is_some() {
                    return;
                }
            }
        }
        if (0..count).all(|position| self.has_ended(Place { scope: index, position })) {
            self.leave(index);
        }
    }

    pub(super) fn has_ended(&self, place: Place) -> bool {
        matches!(self.phase(place), Phase::Done | Phase::Skipped | Phase::Undone)
    }

    fn leave(&mut self, index: u32) {
        let Some(scope) = self.state.scopes.get(index as usize) else { return };
        let (from, up) = (scope.from, scope.up.unwrap_or(0));
        match from {
            MadeBy::Flow => {}
            MadeBy::Each(position) => {
                let each = Place { scope: up, position };
                if self.phase(each) == Phase::Running && self.parts_have_ended(each) {
                    self.complete(each, None);
                }
            }
            MadeBy::Choice(position, choice) => {
                let decide = Place { scope: up, position };
                if self.phase(decide) == Phase::Running {
                    self.chosen(decide, choice);
                }
            }
            MadeBy::Interrupt(interrupt, _) => self.was_interrupted(interrupt),
            MadeBy::Action(exception, action) => self.acted(exception, action),
        }
    }

    /// Enters a step, whatever it did before.
    pub(super) fn enter(&mut self, place: Place) {
        let Some(spec) = self.spec(place) else { return };
        let now = self.now;
        self.with_step(place, |step| {
            step.attempts = 0;
            step.entered = now;
        });
        let entered = match &spec.work {
            Work::Call { redo, undo, .. } => {
                self.enter_call(place, redo.is_some(), undo.is_some());
                Ok(())
            }
            Work::Publish(publish) => {
                let id = self.step_key(place);
                self.publish(place, publish, id).map(|()| self.complete(place, None))
            }
            Work::Await(wait) => {
                self.with_step(place, |step| step.phase = Phase::Waiting);
                if let Some((within, _)) = wait.within {
                    self.set_timer(place, Ordered::Deadline, now.saturating_add(within));
                }
                self.look_at_wait(place);
                Ok(())
            }
            Work::Wait(span) => {
                self.with_step(place, |step| step.phase = Phase::Waiting);
                self.set_timer(place, Ordered::Pause, now.saturating_add(*span));
                Ok(())
            }
            Work::Decide(decide) => self.enter_decide(place, decide),
            Work::Each(each) => self.enter_parts(place, each),
            Work::Raise(name) => {
                self.raise(place, name.clone(), "");
                Ok(())
            }
        };
        if let Err(failure) = entered {
            self.fail(place, &failure, None);
        }
    }

    /// A step is done: its exceptions are closed, its milestone is reached, and what comes after it may go on.
    pub(super) fn complete(&mut self, place: Place, message: Option<&Message>) {
        let Some(spec) = self.spec(place) else { return };
        self.with_step(place, |step| {
            step.phase = Phase::Done;
            step.request = None;
            step.reply = None;
        });
        self.forget(place);
        self.close_at(place);
        self.ready.push(place.scope);
        if let Err(failure) = self.set(place, &spec.set, message) {
            self.fail(place, &failure, None);
            return;
        }
        let Some(milestone) = &spec.milestone else { return };
        let part = self.part(place.scope);
        let known = self.state.log.milestones.iter().any(|(name, of, _)| name == milestone && *of == part);
        if known {
            self.audit(What::Milestone, milestone.clone(), place, None, None, self.rule(place));
        } else {
            self.state.log.milestones.push((milestone.clone(), part.clone(), self.now));
            self.out.push(Command::Milestone { name: milestone.clone(), part, at: self.now });
        }
    }

    pub(super) fn publish(&mut self, place: Place, spec: &PublishSpec, id: String) -> Result<()> {
        let none = Answers::new();
        let key = self.read(place.scope, None, &none, |f, data, at| f.text(spec.key, data, at))?;
        let payload = self.read(place.scope, None, &none, |f, data, at| f.request(spec.payload, data, at))?;
        let publish = Publish { event: spec.event.clone(), key: key.into(), id: id.into(), payload: payload.into() };
        for call in &spec.calls {
            let delivery = self.delivery(place, &publish, call, spec)?;
            self.out.push(Command::Deliver(Box::new(delivery)));
        }
        self.out.push(Command::Publish(Box::new(publish)));
        Ok(())
    }

    /// What is called for a published event. A request that asks for something first, or can't be made now, is made on
    /// the way, of the data as they are now.
    fn delivery(&self, place: Place, publish: &Publish, spec: &CallSpec, of: &PublishSpec) -> Result<Delivery> {
        let none = Answers::new();
        let keys = match spec.keys {
            Some(keys) => self.read(place.scope, None, &none, |f, data, at| f.keys(keys, data, at)),
            None => Ok(Keys::new()),
        };
        let made = |f: &F, data: &F::Data, at: &At<'_>| called(f, spec, data, at);
        let (made, keys) = match keys {
            Ok(keys) if keys.is_empty() => (self.read(place.scope, None, &none, made), keys),
            Ok(keys) => (Err(Failure::new(builtin::LOOKUP_MISSING, "nothing is looked up yet")), keys),
            Err(failure) => (Err(failure), Keys::new()),
        };
        let (instance, request, ask) = match made {
            Ok((instance, request)) => (instance, request, None),
            Err(_) => {
                let data = serde_json::to_vec(&self.state.data)
                    .map_err(|error| Failure::json(builtin::INVALID_ARGUMENT, &error))?;
                let keys = keys.iter().map(|(lookup, key)| (lookup.into(), key.into())).collect();
                (None, Bytes::default(), Some(Asking { keys, data: data.into() }))
            }
        };
        Ok(Delivery {
            publish: publish.clone(),
            flow: self.program.name.as_ref().into(),
            instance: self.state.key.as_ref().into(),
            call: Call {
                epoch: 0,
                step: publish.event.clone(),
                part: Some(publish.id.clone()),
                generation: 0,
                attempt: 1,
                undo: false,
                system: spec.system.clone(),
                instance,
                operation: spec.operation.clone(),
                key: format!("{}/{}", publish.id, spec.system).into(),
                repeatable: spec.idempotency != Idempotency::None,
                request,
                due: self.now,
                timeout: spec.timeout,
            },
            ask,
            attempts: spec.attempts,
            backoff: spec.backoff,
            backoff_max: spec.backoff_max,
            dead_letter: of.dead_letter.clone(),
            keep: of.keep,
        })
    }

    /// Flow, instance, part, step and generation, as a key.
    pub(super) fn step_key(&self, place: Place) -> String {
        let mut key = format!("{}/{}", self.program.name, self.state.key);
        let mut parts: Vec<u32> = self.around(place.scope).filter(|index| *index != 0).collect();
        parts.reverse();
        for scope in parts.into_iter().filter_map(|index| self.state.scopes.get(index as usize)) {
            key.push('/');
            match scope.from {
                MadeBy::Action(exception, _) => key.push_str(&format!("{exception}")),
                MadeBy::Interrupt(_, number) => key.push_str(&format!("i{number}")),
                MadeBy::Choice(_, choice) => key.push_str(&format!("c{choice}")),
                MadeBy::Flow | MadeBy::Each(_) => key.push_str(&scope.key),
            }
        }
        key.push('/');
        key.push_str(self.spec(place).map_or("", |step| step.name.as_ref()));
        if let Some(generation) = self.state.step(place).map(|step| step.generation).filter(|number| *number > 0) {
            key.push_str(&format!("/{}", generation + 1));
        }
        key
    }

    pub(super) fn block(&self, scope: u32) -> &[super::super::Step] {
        let block = self.state.scopes.get(scope as usize).map_or(0, |scope| scope.block);
        self.program.blocks.get(usize::from(block)).map_or(&[], Vec::as_slice)
    }

    /// The scopes that a step made: the parts of an `each`, the choices of a `decide` that were taken.
    pub(super) fn parts_of(&self, step: Place) -> Vec<u32> {
        let scopes = self.state.scopes.iter().enumerate();
        let mine = scopes.filter(|(_, scope)| scope.up == Some(step.scope) && scope.is_of(step.position));
        mine.filter_map(|(index, _)| u32::try_from(index).ok()).collect()
    }

    fn parts_have_ended(&self, each: Place) -> bool {
        self.parts_of(each).into_iter().filter_map(|index| self.state.scopes.get(index as usize)).all(|scope| {
            let ended = |step: &StepState| matches!(step.phase, Phase::Done | Phase::Skipped | Phase::Undone);
            scope.gone || scope.steps.iter().all(ended)
        })
    }

    /// Fixes the parts. One that was there before goes on where it was; one that is gone is undone.
    fn enter_parts(&mut self, place: Place, each: &Each) -> Result<()> {
        let parts = self.read(place.scope, None, &Answers::new(), |f, data, at| f.parts(each.parts, data, at))?;
        let mut keys = BTreeSet::new();
        if let Some(twice) = parts.iter().find(|part| !keys.insert(part.key.as_str())) {
            return Err(refused(format!("two parts have the key {}", crate::failure::shown(&twice.key))));
        }
        self.with_step(place, |step| step.phase = Phase::Running);
        let before = self.parts_of(place);
        for index in &before {
            let Some(scope) = self.state.scopes.get_mut(*index as usize) else { continue };
            scope.gone = !keys.contains(&*scope.key);
            if scope.gone {
                self.mark_to_undo(*index);
            }
        }
        let steps = self.program.blocks.get(usize::from(each.block)).map_or(0, Vec::len);
        for part in &parts {
            let items = part.items.iter().map(|item| item.as_str().into()).collect();
            let known = before
                .iter()
                .find(|index| self.state.scopes.get(**index as usize).is_some_and(|scope| *scope.key == *part.key));
            let index = match known {
                Some(index) => {
                    if let Some(scope) = self.state.scopes.get_mut(*index as usize) {
                        scope.items = items;
                    }
                    *index
                }
                None => self.add_scope(Scope {
                    up: Some(place.scope),
                    from: MadeBy::Each(place.position),
                    block: each.block,
                    key: part.key.as_str().into(),
                    items,
                    ids: Vec::new(),
                    gone: false,
                    steps: vec![StepState::default(); steps],
                }),
            };
            self.ready.push(index);
        }
        // The parts are entered in their order.
        let tail = self.ready.len().saturating_sub(parts.len());
        if let Some(tail) = self.ready.get_mut(tail..) {
            tail.reverse();
        }
        if self.parts_have_ended(place) {
            self.complete(place, None);
        }
        Ok(())
    }

    pub(super) fn add_scope(&mut self, scope: Scope) -> u32 {
        self.state.scopes.push(scope);
        u32::try_from(self.state.scopes.len() - 1).unwrap_or(u32::MAX)
    }
}

/// Which deployment is called, with what.
pub(super) fn called<F: Functions>(
    functions: &F,
    spec: &CallSpec,
    data: &F::Data,
    at: &At<'_>,
) -> Result<(Option<Box<str>>, Bytes)> {
    let instance = spec.instance.map(|instance| functions.text(instance, data, at)).transpose()?;
    Ok((instance.map(Into::into), functions.request(spec.send, data, at)?.into()))
}
