//! Deeds: what is done out of the order of steps, on a choice, a failure or an interrupt. Those about open exceptions are
//! in [`super::exceptions`], and go the same ways.

use super::super::state::{MadeBy, Ordered, Place, ROOT, Scope, StepState, Turn};
use super::super::{By, Decide, Deed, Functions, Jump, Message, Name, Phase, Then, Work};
use super::run::{Run, refused};
use super::turns::below;
use crate::answers::Answers;
use crate::failure::Result;

impl<F: Functions> Run<'_, F> {
    /// Takes a choice, at once unless the conditions look something up.
    pub(super) fn enter_decide(&mut self, place: Place, decide: &Decide) -> Result<()> {
        if let Some(keys) = decide.keys {
            self.with_step(place, |step| step.phase = Phase::Waiting);
            if self.look_up(place, keys, None, Ordered::Request, self.now)? {
                return Ok(());
            }
        }
        self.decide(place, decide, &Answers::new())
    }

    /// Takes the first choice that holds.
    pub(super) fn decide(&mut self, place: Place, decide: &Decide, answers: &Answers) -> Result<()> {
        for (choice, number) in decide.choices.iter().zip(0_u16..) {
            let holds = match choice.when {
                Some(when) => self.read(place.scope, None, answers, |f, data, at| f.test(when, data, at))?,
                None => true,
            };
            if !holds {
                continue;
            }
            self.begin_deed(place, &choice.deed, None)?;
            let Some(block) = choice.deed.steps else {
                self.go_on(place, &choice.deed.then, "", Phase::Done);
                return Ok(());
            };
            self.with_step(place, |step| step.phase = Phase::Running);
            let from = MadeBy::Choice(place.position, number);
            let known = self.state.scopes.iter().position(|scope| scope.up == Some(place.scope) && scope.from == from);
            match known.and_then(|index| u32::try_from(index).ok()) {
                Some(index) => self.ready.push(index),
                None => self.run_block(place.scope, from, block),
            }
            return Ok(());
        }
        self.complete(place, None);
        Ok(())
    }

    /// The steps of a choice are done.
    pub(super) fn chosen(&mut self, place: Place, choice: u16) {
        let Some(Work::Decide(decide)) = self.spec(place).map(|step| &step.work) else { return };
        if let Some(choice) = decide.choices.get(usize::from(choice)) {
            self.go_on(place, &choice.deed.then, "", Phase::Done);
        }
    }

    /// What a step's own failure makes of it.
    pub(super) fn failed(&mut self, place: Place, deed: &Deed, detail: &str, message: Option<&Message>) -> Result<()> {
        self.begin_deed(place, deed, message)?;
        self.go_on(place, &deed.then, detail, Phase::Skipped);
        Ok(())
    }

    /// What an interrupt does once its message is received.
    pub(super) fn interrupt(&mut self, index: u16, deed: &Deed, message: &Message) -> Result<()> {
        self.begin_deed(ROOT, deed, Some(message))?;
        let Some(block) = deed.steps else {
            return self.go_on_from_aside(&deed.then, By::System(message.system.to_string().into()));
        };
        let number = self.epoch();
        self.run_block(0, MadeBy::Interrupt(index, number), block);
        Ok(())
    }

    /// The steps of an interrupt are done.
    pub(super) fn was_interrupted(&mut self, index: u16) {
        let Some(interrupt) = self.program.interrupts.get(usize::from(index)) else { return };
        let by = By::Rule(interrupt.listen.event.clone());
        if let Err(failure) = self.go_on_from_aside(&interrupt.deed.then, by) {
            self.raise(ROOT, failure.code().to_owned().into(), failure.detail());
        }
    }

    /// Sets what goes with a deed, and marks what it undoes.
    pub(super) fn begin_deed(&mut self, place: Place, deed: &Deed, message: Option<&Message>) -> Result<()> {
        self.set(place, &deed.set, message)?;
        if !deed.undo.is_empty() {
            self.mark_steps_to_undo(&deed.undo);
        }
        Ok(())
    }

    /// Runs a block that a step or message made.
    pub(super) fn run_block(&mut self, up: u32, from: MadeBy, block: u16) {
        let steps = self.program.blocks.get(usize::from(block)).map_or(0, Vec::len);
        let scope = self.add_scope(Scope {
            up: Some(up),
            from,
            block,
            key: Box::default(),
            items: Vec::new(),
            ids: Vec::new(),
            gone: false,
            steps: vec![StepState::default(); steps],
        });
        self.ready.push(scope);
    }

    /// Goes on from a step that came to its end, done or skipped, or failed with this detail.
    pub(super) fn go_on(&mut self, place: Place, then: &Then, detail: &str, ended: Phase) {
        match then {
            Then::Continue => self.end(place, ended),
            Then::Again(span) => {
                self.forget(place);
                self.again(place, *span);
            }
            Then::Raise(name) => self.raise(place, name.clone(), detail),
            Then::Jump(jump) => {
                self.end(place, ended);
                if let Err(failure) = self.jump(place, *jump, self.rule(place)) {
                    self.raise(place, failure.code().to_owned().into(), failure.detail());
                }
            }
        }
    }

    /// Only a step that is done reaches its milestone.
    fn end(&mut self, place: Place, ended: Phase) {
        if ended == Phase::Done {
            self.complete(place, None);
            return;
        }
        self.forget(place);
        self.close_at(place);
        self.with_step(place, |step| {
            step.phase = Phase::Skipped;
            step.request = None;
            step.reply = None;
        });
        self.ready.push(place.scope);
    }

    /// The scope of a block that a step lies in.
    pub(super) fn scope_around(&self, place: Place, block: u16) -> Option<u32> {
        let is = |index: &u32| self.state.scopes.get(*index as usize).is_some_and(|scope| scope.block == block);
        self.around(place.scope).find(is)
    }

    /// Goes elsewhere from a step. Forward in the same block, what is passed over is skipped; any other way is a turn.
    pub(super) fn jump(&mut self, place: Place, jump: Jump, by: By) -> Result<()> {
        let Jump::Goto(block, target) = jump else { return self.begin_turn(Turn::Undo, by) };
        let Some(scope) = self.scope_around(place, block) else {
            return Err(refused("the step to go to is not around this one".to_owned()));
        };
        if scope == place.scope {
            let steps = self.block(scope);
            let after = below(steps, place.position);
            if after.contains(&target) {
                let kept = below(steps, target);
                let passed: Vec<u16> = after.into_iter().filter(|one| *one != target && !kept.contains(one)).collect();
                for position in passed {
                    let place = Place { scope, position };
                    if self.phase(place) == Phase::Pending {
                        self.with_step(place, |step| step.phase = Phase::Skipped);
                    }
                }
                return Ok(());
            }
        }
        self.begin_turn(Turn::Goto { scope, position: target }, by)
    }

    /// Goes on from what ran beside the flow.
    fn go_on_from_aside(&mut self, then: &Then, by: By) -> Result<()> {
        match then {
            Then::Continue | Then::Again(_) => {
                self.changed = true;
                Ok(())
            }
            Then::Jump(jump) => self.jump_from_root(*jump, by),
            Then::Raise(name) => {
                self.raise(ROOT, name.clone(), "");
                Ok(())
            }
        }
    }

    fn jump_from_root(&mut self, jump: Jump, by: By) -> Result<()> {
        match jump {
            Jump::Goto(0, position) => self.begin_turn(Turn::Goto { scope: 0, position }, by),
            Jump::Goto(..) => Err(refused("the step to go to is not one of the flow's own".to_owned())),
            Jump::Undo => self.begin_turn(Turn::Undo, by),
        }
    }

    /// Marks what steps of these names did, wherever they ran, as to be undone.
    fn mark_steps_to_undo(&mut self, names: &[Name]) {
        let scopes = u32::try_from(self.state.scopes.len()).unwrap_or(u32::MAX);
        for scope in 0..scopes {
            self.mark_some_to_undo(scope, |step| names.contains(&step.name));
        }
    }
}
