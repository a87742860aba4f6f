//! Steps, and what is done out of their order.

use super::{Does as Function, Lowering, Origin, millis};
use crate::model::{Action, Does, SetState, Step, StepId, StepKind, Then as ModelThen, Undo};
use crossdock_runtime::flow::{
    Await, Block, Branch, Choice, Decide, Deed, Each, Interrupt, Jump, Name, Set, Step as Spec, Then, Work,
};

impl<'m> Lowering<'m> {
    pub(super) fn block(&mut self, list: &[StepId]) -> Block {
        let flow = self.flow;
        list.iter().filter_map(|id| Some(self.step(*id, flow.step(*id)?))).collect()
    }

    fn step(&mut self, id: StepId, step: &'m Step) -> Spec {
        let within = step.parent;
        let position = |id: &StepId| self.blocks.place(*id).map(|(_, position)| position);
        let own = position(&id).unwrap_or_default();
        // Of steps that wait for each other, the later one does not wait.
        let after = step.after.iter().filter_map(|(before, _)| position(before)).filter(|before| *before < own);
        let after: Vec<u16> = after.collect();
        let work = self.work(id, step);
        let states: Vec<&SetState> = step.sets().collect();
        let failures = match &step.kind {
            StepKind::Call(call) => self.failings(within, call),
            _ => Vec::new(),
        };
        Spec {
            name: step.name.clone().into(),
            was: step.was.iter().map(|(name, _)| name.clone().into()).collect(),
            after,
            work,
            set: self.sets(within, &states),
            milestone: step.milestone.as_ref().map(|milestone| milestone.name.clone().into()),
            failures,
        }
    }

    fn work(&mut self, id: StepId, step: &'m Step) -> Work {
        let within = step.parent;
        match &step.kind {
            StepKind::Call(call) => self.call(within, call),
            StepKind::Publish(event) => Work::Publish(self.publish(*event)),
            StepKind::Await(wait) => {
                let branches = wait.branches.iter().filter_map(|branch| {
                    let listen = self.listen(&branch.event)?;
                    let then = match (&branch.raise, &branch.goto) {
                        (Some(raise), _) => Then::Raise(raise.name.clone().into()),
                        (None, Some((step, _))) => self.goto(*step),
                        (None, None) => Then::Continue,
                    };
                    let origin = Origin::Event(branch.event.event);
                    let receive = self.receive(within, origin, branch.event.receive.as_ref());
                    Some(Branch { listen, receive, then })
                });
                let branches = branches.collect();
                let until = wait.until.as_ref().map(|until| self.function(within, Function::Test(until)));
                let late = wait.late.as_ref().map(|late| Name::from(late.name.clone()));
                Work::Await(Await { branches, until, within: wait.within_ms.map(millis).zip(late) })
            }
            StepKind::Wait { ms } => Work::Wait(millis(*ms)),
            StepKind::Decide(branches) => {
                let conditions: Vec<_> = branches.iter().filter_map(|branch| branch.when.as_ref()).collect();
                let asks = conditions.iter().any(|when| when.looks_up());
                let keys = asks.then(|| self.function(within, Function::TestKeys(conditions)));
                let choices = branches.iter().map(|branch| Choice {
                    when: branch.when.as_ref().map(|when| self.function(within, Function::Test(when))),
                    deed: self.deed(within, &branch.then),
                });
                Work::Decide(Decide { keys, choices: choices.collect() })
            }
            StepKind::Each(each) => {
                let parts = self.function(within, Function::Parts(id));
                Work::Each(Each { parts, block: self.blocks.of(&each.steps).unwrap_or_default() })
            }
            StepKind::Raise(raise) => Work::Raise(raise.name.clone().into()),
        }
    }

    /// States that are set one after the other, those of one system at once.
    pub(super) fn sets(&mut self, within: Option<StepId>, states: &[&'m SetState]) -> Vec<Set> {
        let runs = states.chunk_by(|a, b| a.by == b.by);
        runs.filter_map(|run| {
            let by = run.first()?.by.map_or_else(|| self.flow.name.clone(), |by| self.model.systems[by].name.clone());
            Some(Set { set: self.function(within, Function::Set(run.to_vec())), by: by.into() })
        })
        .collect()
    }

    /// What an action does, in the parts that are open where it stands.
    pub(super) fn deed(&mut self, within: Option<StepId>, action: &'m Action) -> Deed {
        let states: Vec<&SetState> = action.set.iter().collect();
        let set = self.sets(within, &states);
        let mut deed = Deed { set, ..Deed::then(Then::Continue) };
        match &action.does {
            Does::Continue => {}
            Does::Goto(step, _) => deed.then = self.goto(*step),
            Does::Again(ms) => deed.then = Then::Again(millis(*ms)),
            Does::Raise(raise) => deed.then = Then::Raise(raise.name.clone().into()),
            Does::Undo(Undo::All, _) => deed.then = Then::Jump(Jump::Undo),
            Does::Undo(Undo::Steps(steps), then) => {
                let named = steps.iter().filter_map(|(step, _)| self.flow.step(*step));
                deed.undo = named.map(|step| step.name.clone().into()).collect();
                deed.then = self.then(*then);
            }
            Does::Steps(steps, then) => {
                deed.steps = self.blocks.of(steps);
                deed.then = self.then(*then);
            }
        }
        deed
    }

    fn then(&self, then: ModelThen) -> Then {
        match then {
            ModelThen::Continue => Then::Continue,
            ModelThen::Goto(step, _) => self.goto(step),
            ModelThen::End => Then::Jump(Jump::Undo),
        }
    }

    fn goto(&self, step: StepId) -> Then {
        let place = self.blocks.place(step);
        place.map_or(Then::Continue, |(block, position)| Then::Jump(Jump::Goto(block, position)))
    }

    pub(super) fn interrupt(&mut self, interrupt: &'m crate::model::Interrupt) -> Option<Interrupt> {
        let listen = self.listen(&interrupt.event)?;
        let open = interrupt.until.map(|(state, _)| self.function(None, Function::Before(state)));
        let origin = Origin::Event(interrupt.event.event);
        let receive = self.receive(None, origin, interrupt.event.receive.as_ref());
        Some(Interrupt { listen, open, receive, deed: self.deed(None, &interrupt.action) })
    }
}
