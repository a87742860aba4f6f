//! Changes of direction: to another step, or back.
//!
//! Both wait until every call that is under way has come to an end. Going to a step raises the generation of what was
//! done from there on; going back undoes what was done, last first, one at a time.

use super::super::state::{Doing, MadeBy, Ordered, Place, ROOT, Turn};
use super::super::{By, Functions, Phase, Program, Step, What, Work};
use super::run::{Run, refused};
use crate::failure::Result;

/// How often a flow may change direction within one transition.
const TURNS: u32 = 100;

impl<F: Functions> Run<'_, F> {
    pub(super) fn begin_turn(&mut self, turn: Turn, by: By) -> Result<()> {
        if matches!(self.state.log.turn, Some(Turn::Undo | Turn::Undoing)) {
            return if turn == Turn::Undo { Ok(()) } else { Err(self.turn_refused()) };
        }
        self.turns += 1;
        if self.turns > TURNS {
            return Err(refused("the flow goes round without waiting".to_owned()));
        }
        let (subject, place) = match turn {
            Turn::Goto { scope, position } => {
                let place = Place { scope, position };
                (self.spec(place).map(|spec| spec.name.clone()).unwrap_or_default(), place)
            }
            Turn::Undo | Turn::Undoing => ("undo".into(), ROOT),
        };
        self.audit(What::Goto, subject, place, None, None, by);
        self.state.log.turn = Some(turn);
        Ok(())
    }

    /// Whether a change of direction is due, and nothing is under way that it must wait for.
    pub(super) fn can_turn(&self) -> bool {
        matches!(self.state.log.turn, Some(Turn::Goto { .. } | Turn::Undo))
            && !self.state.live.iter().any(|live| matches!(live.what, Ordered::Call | Ordered::Receive { .. }))
            && !self.undoes_steps()
    }

    /// Whether something that is to be undone can still be, without anybody's help.
    fn undoes_steps(&self) -> bool {
        let steps = self.state.scopes.iter().flat_map(|scope| &scope.steps);
        steps.into_iter().any(|step| step.to_undo && step.phase != Phase::Failed)
    }

    /// Changes direction, if it is time.
    pub(super) fn turn(&mut self) {
        if !self.can_turn() {
            return;
        }
        match self.state.log.turn {
            Some(Turn::Goto { scope, position }) => {
                self.state.log.turn = None;
                self.go_to(scope, position);
                // Whatever could not be entered meanwhile.
                let scopes = u32::try_from(self.state.scopes.len()).unwrap_or(u32::MAX);
                self.ready.extend((0..scopes).rev());
            }
            Some(Turn::Undo) => {
                self.state.log.turn = Some(Turn::Undoing);
                self.go_back();
            }
            Some(Turn::Undoing) | None => {}
        }
    }

    fn go_to(&mut self, scope: u32, target: u16) {
        let block = self.block(scope);
        let mut anew = below(block, target);
        anew.push(target);
        let before = above(block, target);
        for position in before {
            let place = Place { scope, position };
            if !self.has_ended(place) {
                self.abandon(place);
            }
        }
        for position in anew {
            self.reset(Place { scope, position });
        }
    }

    /// Makes a step pending. What it did remains known, to be redone or undone when the step is entered.
    fn reset(&mut self, place: Place) {
        self.abandon_below(place);
        self.forget(place);
        self.close_at(place);
        let call = matches!(self.spec(place).map(|spec| &spec.work), Some(Work::Call { .. }));
        for scope in self.parts_of(place) {
            let count = self.state.scopes.get(scope as usize).map_or(0, |scope| scope.steps.len());
            for position in 0..u16::try_from(count).unwrap_or(u16::MAX) {
                self.reset(Place { scope, position });
            }
        }
        self.with_step(place, |step| {
            let done = if call { step.order > 0 && !step.lost } else { step.phase == Phase::Done };
            if done && !step.repeat {
                step.generation += 1;
                step.repeat = call;
            }
            if !done && !step.lost {
                step.key = None;
            }
            step.phase = Phase::Pending;
            step.doing = Doing::Call;
            step.request = None;
            step.reply = None;
        });
    }

    /// Passes over a step that has not ended, with all that it began.
    fn abandon(&mut self, place: Place) {
        self.abandon_below(place);
        for scope in self.parts_of(place) {
            self.abandon_scope(scope);
        }
        self.forget(place);
        self.with_step(place, |step| {
            step.phase = Phase::Skipped;
            step.request = None;
        });
        self.close_at(place);
    }

    pub(super) fn abandon_scope(&mut self, scope: u32) {
        let count = self.state.scopes.get(scope as usize).map_or(0, |scope| scope.steps.len());
        for position in 0..u16::try_from(count).unwrap_or(u16::MAX) {
            let place = Place { scope, position };
            if !self.has_ended(place) {
                self.abandon(place);
            }
        }
    }

    /// Passes over the steps of actions on a step's exceptions.
    fn abandon_below(&mut self, place: Place) {
        let mine: Vec<u32> = self.state.open.iter().filter(|open| open.place == place).map(|open| open.id).collect();
        let scopes = self.state.scopes.iter().zip(0_u32..);
        let acting: Vec<u32> = scopes
            .filter(|(scope, _)| matches!(scope.from, MadeBy::Action(exception, _) if mine.contains(&exception)))
            .map(|(_, index)| index)
            .collect();
        for scope in acting {
            self.abandon_scope(scope);
        }
    }

    fn go_back(&mut self) {
        let scopes = u32::try_from(self.state.scopes.len()).unwrap_or(u32::MAX);
        for scope in 0..scopes {
            self.abandon_scope(scope);
            self.mark_to_undo(scope);
        }
        let program = self.program.name.clone();
        while let Some(open) = self.state.open.first() {
            let id = open.id;
            self.close(id, By::Rule(program.clone()));
        }
        self.state.live.clear();
    }

    /// Marks what a scope's steps did as to be undone.
    pub(super) fn mark_to_undo(&mut self, scope: u32) {
        self.mark_some_to_undo(scope, |_| true);
    }

    /// As [`Run::mark_to_undo`], of some steps.
    pub(super) fn mark_some_to_undo(&mut self, scope: u32, is: impl Fn(&Step) -> bool) {
        let count = self.state.scopes.get(scope as usize).map_or(0, |scope| scope.steps.len());
        for position in 0..u16::try_from(count).unwrap_or(u16::MAX) {
            let place = Place { scope, position };
            let Some(spec) = self.spec(place).filter(|spec| is(spec)) else { continue };
            let write = matches!(spec.work, Work::Call { write: true, .. });
            self.with_step(place, |step| {
                step.to_undo = write && step.order > 0;
                if step.to_undo {
                    step.phase = Phase::Done;
                    step.doing = Doing::Call;
                }
            });
        }
    }

    /// Undoes the next step, unless one is being undone or could not be.
    pub(super) fn undo_next(&mut self) {
        loop {
            let mut next: Option<(u32, Place)> = None;
            for (scope, index) in self.state.scopes.iter().zip(0_u32..) {
                for (step, position) in scope.steps.iter().zip(0_u16..).filter(|(step, _)| step.to_undo) {
                    if step.doing == Doing::Undo {
                        return;
                    }
                    let place = Place { scope: index, position };
                    if step.phase != Phase::Failed && next.is_none_or(|(order, _)| step.order >= order) {
                        next = Some((step.order, place));
                    }
                }
            }
            let Some((_, place)) = next else { return };
            if matches!(self.spec(place).map(|spec| &spec.work), Some(Work::Call { undo: Some(_), .. })) {
                self.begin_call(place, Doing::Undo);
                return;
            }
            self.raise(place, Program::CANNOT_UNDO.into(), "it was done and has no undo");
        }
    }
}

/// The positions that come after one, directly or not.
pub(in super::super) fn below(block: &[Step], position: u16) -> Vec<u16> {
    let mut found = vec![position];
    for (step, index) in block.iter().zip(0_u16..) {
        if index > position && step.after.iter().any(|before| found.contains(before)) {
            found.push(index);
        }
    }
    found.retain(|one| *one != position);
    found
}

/// The positions that come before one, directly or not.
fn above(block: &[Step], position: u16) -> Vec<u16> {
    let mut found = block.get(usize::from(position)).map(|step| step.after.clone()).unwrap_or_default();
    let mut next = 0;
    while let Some(before) = found.get(next).copied() {
        next += 1;
        for one in block.get(usize::from(before)).map_or(&[][..], |step| step.after.as_slice()) {
            if !found.contains(one) {
                found.push(*one);
            }
        }
    }
    found
}
