//! Exceptions: opened with owner and clock, acted upon, closed.

use super::super::state::{Doing, MadeBy, Ordered, Place, Turn};
use super::super::{
    Action, By, Command, Functions, Idempotency, Jump, Message, Millis, Name, Open, Phase, Program, Raised, Then, What,
    Work,
};
use super::run::{Run, refused};
use crate::failure::{Failure, Result};

/// What may be done about any exception, whatever its flow says.
const AGAIN: &str = "again";
/// What may be done about a step that can't be undone: somebody saw to it otherwise.
const CONTINUE: &str = "continue";

impl<F: Functions> Run<'_, F> {
    /// A step failed: its exception is opened, or the one that the step names in its place.
    pub(super) fn fail(&mut self, place: Place, failure: &Failure, message: Option<&Message>) {
        let undoing = self.state.step(place).is_some_and(|step| step.doing == Doing::Undo);
        let failing = self.spec(place).and_then(|spec| spec.failures.iter().find(|one| one.name == failure.code()));
        match failing.filter(|_| !undoing) {
            None => self.raise(place, failure.code().to_owned().into(), failure.detail()),
            Some(failing) => {
                if let Err(other) = self.failed(place, &failing.deed, failure.detail(), message) {
                    self.raise(place, other.code().to_owned().into(), other.detail());
                }
            }
        }
    }

    /// Opens an exception. It holds its step; a wait goes on waiting under it.
    pub(super) fn raise(&mut self, place: Place, name: Name, detail: &str) {
        let waits = matches!(self.spec(place).map(|spec| &spec.work), Some(Work::Await(_)));
        if !waits {
            self.with_step(place, |step| step.phase = Phase::Failed);
            // What may have been done is undone first, also if nothing was done before it.
            if self.state.step(place).is_some_and(|step| step.lost && step.order == 0) {
                let order = self.order();
                self.with_step(place, |step| step.order = order);
            }
        }
        if self.state.open.iter().any(|open| open.place == place && open.name == name) {
            return;
        }
        self.state.log.exceptions += 1;
        let id = self.state.log.exceptions;
        let exception = self.program.exception(&name);
        let due = exception.due(self.now);
        self.state.open.push(Open {
            id,
            name: name.clone(),
            place,
            since: self.now,
            due,
            team: exception.team.clone(),
            detail: detail.into(),
            acting: false,
        });
        let clock = exception.escalate.as_ref().map_or(exception.sla, |escalation| escalation.after);
        let at = exception.after(self.now, clock);
        self.set_timer(place, Ordered::Clock(id), at);
        let by = self.rule(place);
        self.audit(What::Raised, name, place, None, None, by);
        self.tell(id, false);
    }

    fn tell(&mut self, id: u32, escalated: bool) {
        let Some(open) = self.state.open.iter().find(|open| open.id == id) else { return };
        let exception = self.program.exception(&open.name);
        let mut actions: Vec<Name> = exception.actions.iter().map(|action| action.name.clone()).collect();
        for name in [Some(AGAIN), self.is_undone_at(open).then_some(CONTINUE)].into_iter().flatten() {
            if !actions.contains(&Name::Borrowed(name)) {
                actions.push(name.into());
            }
        }
        let raised = Raised {
            exception: id,
            name: open.name.clone(),
            class: exception.class,
            team: open.team.clone(),
            due: open.due,
            escalated,
            step: self.spec(open.place).map(|step| step.name.clone()).unwrap_or_default(),
            part: self.part(open.place.scope),
            detail: open.detail.clone(),
            actions,
        };
        self.out.push(Command::Raise(Box::new(raised)));
    }

    /// The clock of an exception ran out: the next team is told, and has its time.
    pub(super) fn escalate(&mut self, id: u32) {
        let Some(open) = self.state.open.iter_mut().find(|open| open.id == id) else { return };
        let exception = self.program.exception(&open.name);
        if let Some(escalation) = &exception.escalate {
            open.team = escalation.to.clone();
        }
        open.due = exception.due_then(self.now);
        let (place, name, team) = (open.place, open.name.clone(), open.team.clone());
        let due = open.due;
        self.set_timer(place, Ordered::Clock(id), due);
        let by = self.rule(place);
        self.audit(What::Escalated, name, place, None, Some(team), by);
        self.tell(id, true);
    }

    /// Closes an exception.
    pub(super) fn close(&mut self, id: u32, by: By) {
        let Some(index) = self.state.open.iter().position(|open| open.id == id) else { return };
        let open = self.state.open.remove(index);
        self.state.live.retain(|live| live.what != Ordered::Clock(id));
        self.out.push(Command::Close { exception: id });
        self.audit(What::Closed, open.name, open.place, None, None, by);
        // Steps of an action that are still under way have lost their purpose.
        let scopes = self.state.scopes.iter().zip(0_u32..);
        let acting: Vec<u32> = scopes
            .filter(|(scope, _)| matches!(scope.from, MadeBy::Action(exception, _) if exception == id))
            .map(|(_, index)| index)
            .collect();
        for scope in acting {
            self.abandon_scope(scope);
        }
    }

    /// Closes the exceptions of a step that went on by itself.
    pub(super) fn close_at(&mut self, place: Place) {
        while let Some(id) = self.state.open.iter().find(|open| open.place == place).map(|open| open.id) {
            let by = self.rule(place);
            self.close(id, by);
        }
    }

    /// Whether an exception holds a step that is to be undone.
    fn is_undone_at(&self, open: &Open) -> bool {
        let undoing = self.state.step(open.place).is_some_and(|step| step.doing == Doing::Undo || step.to_undo);
        undoing || open.name == Program::CANNOT_UNDO
    }

    /// Acts on an exception.
    pub(super) fn act(&mut self, id: u32, name: &str, by: By) -> Result<()> {
        let Some(open) = self.state.open.iter().find(|open| open.id == id) else {
            return Err(refused(format!("exception {id} is not open")));
        };
        if open.acting {
            return Err(refused(format!("an action on exception {id} is under way")));
        }
        let (place, exception, undone) = (open.place, open.name.clone(), self.is_undone_at(open));
        let program = self.program;
        let declared = &program.exception(&exception).actions;
        let Some(action) = declared.iter().find(|action| action.name == name) else {
            let then = match name {
                AGAIN => Then::Again(0),
                CONTINUE if undone => Then::Continue,
                _ => return Err(refused(format!("`{exception}` has no action {}", crate::failure::shown(name)))),
            };
            self.audit(What::Action, exception, place, None, Some(name.to_owned().into()), by.clone());
            return self.then(id, place, &then, by);
        };
        let undoing = matches!(self.state.log.turn, Some(Turn::Undo | Turn::Undoing));
        let Action { deed, .. } = action;
        if undoing && (deed.steps.is_some() || matches!(deed.then, Then::Jump(Jump::Goto(..)))) {
            return Err(self.turn_refused());
        }
        self.begin_deed(place, deed, None)?;
        self.audit(What::Action, exception, place, None, Some(action.name.clone()), by.clone());
        match deed.steps {
            None => self.then(id, place, &deed.then, by),
            Some(block) => {
                self.run_steps(id, place, block, action);
                Ok(())
            }
        }
    }

    /// Runs the block of an action, in the part of its exception. The exception stays open, with its owner and clock.
    fn run_steps(&mut self, id: u32, place: Place, block: u16, action: &Action) {
        if let Some(open) = self.state.open.iter_mut().find(|open| open.id == id) {
            open.acting = true;
        }
        let number = self.program.actions().zip(0_u16..).find(|((_, one), _)| std::ptr::eq(*one, action));
        let number = number.map_or(u16::MAX, |(_, number)| number);
        self.run_block(place.scope, MadeBy::Action(id, number), block);
    }

    /// The steps of an action are done.
    pub(super) fn acted(&mut self, id: u32, action: u16) {
        let Some(open) = self.state.open.iter().find(|open| open.id == id && open.acting) else { return };
        let place = open.place;
        let program = self.program;
        let Some((_, Action { name, deed })) = program.actions().nth(usize::from(action)) else { return };
        let by = By::Rule(name.clone());
        if let Err(failure) = self.then(id, place, &deed.then, by) {
            self.raise(place, failure.code().to_owned().into(), failure.detail());
        }
    }

    fn then(&mut self, id: u32, place: Place, then: &Then, by: By) -> Result<()> {
        match then {
            Then::Jump(jump) => {
                let turn = match jump {
                    Jump::Undo => Turn::Undo,
                    Jump::Goto(block, position) => {
                        let Some(scope) = self.scope_around(place, *block) else {
                            return Err(refused("the step to go to is not around the exception".to_owned()));
                        };
                        Turn::Goto { scope, position: *position }
                    }
                };
                self.begin_turn(turn, by.clone())?;
                self.close(id, by);
            }
            Then::Raise(name) => {
                let detail = self.state.open.iter().find(|open| open.id == id).map(|open| open.detail.clone());
                self.close(id, by);
                self.raise(place, name.clone(), detail.as_deref().unwrap_or_default());
            }
            Then::Continue => {
                self.close(id, by);
                self.pass_over(place);
                self.changed = true;
            }
            Then::Again(span) => {
                self.close(id, by);
                self.again(place, *span);
            }
        }
        Ok(())
    }

    /// Passes over a step that nothing holds any more. Only a wait for a condition goes on, as long as its clock runs.
    fn pass_over(&mut self, place: Place) {
        let held = self.state.open.iter().any(|open| open.place == place);
        let waits = matches!(self.spec(place).map(|spec| &spec.work), Some(Work::Await(wait)) if wait.until.is_some())
            && self.state.live.iter().any(|live| live.place == place && live.what == Ordered::Deadline);
        if held || waits || !matches!(self.phase(place), Phase::Failed | Phase::Waiting) {
            return;
        }
        self.forget(place);
        self.with_step(place, |step| {
            step.phase = Phase::Skipped;
            step.to_undo = false;
            step.reply = None;
        });
        self.ready.push(place.scope);
    }

    pub(super) fn again(&mut self, place: Place, span: Millis) {
        let Some(spec) = self.spec(place) else { return };
        let at = self.now.saturating_add(span);
        if let Work::Await(wait) = &spec.work {
            self.state.live.retain(|live| live.place != place || live.what != Ordered::Deadline);
            let own = wait.within.as_ref().map(|(within, _)| *within);
            if let Some(within) = if span > 0 { Some(span) } else { own } {
                self.set_timer(place, Ordered::Deadline, self.now.saturating_add(within));
            }
            self.look_at_wait(place);
        } else if span > 0 {
            self.with_step(place, |step| step.phase = Phase::Waiting);
            self.set_timer(place, Ordered::Again, at);
        } else {
            self.try_again(place);
        }
    }

    /// Tries a step again where it failed: what was done and came back is not done again.
    pub(super) fn try_again(&mut self, place: Place) {
        let Some(spec) = self.spec(place) else { return };
        let Some(step) = self.state.step_mut(place) else { return };
        match &spec.work {
            Work::Call { call, .. } => {
                if step.doing == Doing::Undo || step.to_undo {
                    if step.to_undo && step.doing != Doing::Undo {
                        // It could not be undone; perhaps a new version of the flow can.
                        step.phase = Phase::Done;
                    } else {
                        self.begin_call(place, Doing::Undo);
                    }
                } else if let Some(reply) = step.reply.take() {
                    step.phase = Phase::Running;
                    self.receive(super::super::state::Source::Reply, place, reply);
                } else if step.order > 0 && !step.repeat && !step.lost {
                    self.complete(place, None);
                } else {
                    if step.lost && call.idempotency == Idempotency::None {
                        // Who tries again what may have been done decides for a new effect.
                        step.generation += 1;
                        step.key = None;
                        step.lost = false;
                        step.order = 0;
                    }
                    self.enter(place);
                }
            }
            Work::Wait(_) => self.complete(place, None),
            Work::Publish(_) | Work::Await(_) | Work::Decide(_) | Work::Each(_) | Work::Raise(_) => self.enter(place),
        }
    }
}
