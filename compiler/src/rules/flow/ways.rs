//! How a flow goes on behind a step: to the next, to another, or nowhere; and what it may have received by then.

use super::bindings::{Bindings, Wanted};
use super::failures;
use crate::model::{Action, Does, Flow, Handler, Model, Raise, Step, StepId, StepKind, Then};
use crate::source::Span;
use std::collections::BTreeMap;

/// Something to be said about a place on the way.
pub(super) type Note = (Span, String);

/// Where a way leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum To {
    /// To what comes after the step.
    Next,
    /// To a step.
    Step(StepId),
}

/// A way behind a step.
#[derive(Debug, Clone)]
pub(super) struct Exit {
    pub to: To,
    /// Whether the identifier is surely bound on it, by what the step or an action received.
    pub bound: bool,
    /// What is to be said about it where it is not the ordinary way.
    pub note: Option<Note>,
    /// The branch of a decision that leads there.
    pub branch: Option<usize>,
}

/// An exception that a step may raise.
#[derive(Debug, Clone)]
pub(super) struct Raised {
    pub name: String,
    pub bound: bool,
    pub note: Note,
}

/// What may follow a step, with regard to one identifier.
#[derive(Debug, Default)]
pub(super) struct Ways<'f> {
    pub exits: Vec<Exit>,
    /// Steps of actions and branches that are entered here, with the branch of a decision.
    pub blocks: Vec<(&'f [StepId], Option<Note>, Option<usize>)>,
    pub raised: Vec<Raised>,
    /// The branch that is being looked at.
    branch: Option<usize>,
}

/// What flows say of failures: computed once per flow.
pub(super) struct Failures<'m> {
    /// Per step that calls, the exceptions that the call can fail with.
    met: BTreeMap<StepId, Vec<String>>,
    /// What can be done about exceptions, by name.
    handlers: BTreeMap<&'m str, Vec<&'m Handler>>,
}

impl<'m> Failures<'m> {
    pub fn of(model: &Model, flow: &'m Flow) -> Self {
        let mut met = BTreeMap::new();
        for (id, step) in flow.steps() {
            if let StepKind::Call(call) = &step.kind {
                met.insert(id, failures::of_call(model, &call.call).into_keys().collect());
            }
        }
        let mut handlers: BTreeMap<&str, Vec<&Handler>> = BTreeMap::new();
        for handler in &flow.handlers {
            handlers.entry(&handler.exception.name).or_default().push(handler);
        }
        Failures { met, handlers }
    }
}

impl<'f> Ways<'f> {
    /// The ways behind a step.
    pub fn of(
        bindings: &Bindings<'f>,
        known: &Failures<'f>,
        id: StepId,
        within: Option<StepId>,
        wanted: Wanted,
    ) -> Self {
        let mut ways = Ways::default();
        let Some(step) = bindings.flow.step(id) else { return ways };
        let maker = Maker { bindings, failures: known, step, within, wanted };
        let binds = bindings.step_binds(step, within, wanted, true);
        match &step.kind {
            StepKind::Call(call) => {
                ways.to(To::Next, binds, None);
                for name in known.met.get(&id).into_iter().flatten() {
                    let note = (step.span, format!("`{}` fails with `{name}`", step.name));
                    match failures::handled(call, name) {
                        Some(action) => maker.action(&mut ways, action, false, &note, 0),
                        None => maker.raise(&mut ways, name, false, note, 0),
                    }
                }
            }
            StepKind::Await(wait) => {
                let ends = wait.branches.iter().any(|branch| branch.raise.is_none() && branch.goto.is_none());
                if ends || wait.until.is_some() {
                    ways.to(To::Next, binds, None);
                }
                for branch in &wait.branches {
                    let bound = bindings.takes(&branch.event, within, wanted, true);
                    let event = || bindings.event_name(&branch.event);
                    if let Some((target, span)) = branch.goto {
                        ways.to(To::Step(target), bound, Some((span, format!("`{}` leads on from here", event()))));
                    }
                    if let Some(raise) = &branch.raise {
                        let note = (raise.span, format!("`{}` raises `{}`", event(), raise.name));
                        maker.raise(&mut ways, &raise.name, bound, note, 0);
                    }
                }
                if let Some(late) = &wait.late {
                    let note = (late.span, format!("`{}` is raised when it is late", late.name));
                    maker.raise(&mut ways, &late.name, false, note, 0);
                }
            }
            StepKind::Decide(branches) => {
                for (at, branch) in branches.iter().enumerate() {
                    ways.branch = Some(at);
                    maker.action(&mut ways, &branch.then, false, &(branch.span, "this branch is taken".to_owned()), 0);
                }
            }
            StepKind::Raise(Raise { name, span, .. }) => {
                maker.raise(&mut ways, name, false, (*span, format!("`{name}` is raised")), 0);
            }
            StepKind::Each(_) | StepKind::Publish(_) | StepKind::Wait { .. } => ways.to(To::Next, binds, None),
        }
        ways
    }

    /// Adds a way; of two to one place, the one on which nothing is bound counts.
    fn to(&mut self, to: To, bound: bool, note: Option<Note>) {
        let branch = self.branch;
        match self.exits.iter_mut().find(|exit| exit.to == to && exit.branch == branch) {
            Some(exit) if exit.bound && !bound => *exit = Exit { to, bound, note, branch },
            Some(_) => {}
            None => self.exits.push(Exit { to, bound, note, branch }),
        }
    }
}

/// Exceptions may raise others so often.
const RAISED: u8 = 8;

/// Follows the actions at one step.
struct Maker<'a, 'f> {
    bindings: &'a Bindings<'f>,
    failures: &'a Failures<'f>,
    step: &'f Step,
    within: Option<StepId>,
    wanted: Wanted,
}

impl<'f> Maker<'_, 'f> {
    fn raise(&self, ways: &mut Ways<'f>, name: &str, bound: bool, note: Note, depth: u8) {
        if depth > RAISED || ways.raised.iter().any(|raised| raised.name == name && (bound || !raised.bound)) {
            return;
        }
        let handlers = self.failures.handlers.get(name).into_iter().flatten();
        for (action, span, does) in handlers.flat_map(|handler| &handler.actions) {
            // Going on does not end a wait, and what is tried again comes here again.
            if matches!((&does.does, &self.step.kind), (Does::Continue, StepKind::Await(_))) {
                continue;
            }
            let said = (*span, format!("{}, and `{action}` is chosen", note.1));
            self.action(ways, does, bound, &said, depth + 1);
        }
        ways.raised.push(Raised { name: name.to_owned(), bound, note });
    }

    fn action(&self, ways: &mut Ways<'f>, action: &'f Action, bound: bool, note: &Note, depth: u8) {
        let waits = matches!(self.step.kind, StepKind::Await(_));
        match &action.does {
            Does::Continue => ways.to(To::Next, bound, Some(note.clone())),
            Does::Goto(target, _) => ways.to(To::Step(*target), bound, Some(note.clone())),
            Does::Steps(steps, then) => {
                let listed = steps.iter().filter_map(|id| self.bindings.flow.step(*id));
                let mut listed = listed.map(|step| self.bindings.step_binds(step, self.within, self.wanted, true));
                let binds = bound || listed.any(|binds| binds);
                if !bound {
                    ways.blocks.push((steps, Some(note.clone()), ways.branch));
                }
                match then {
                    Then::Continue if waits => {}
                    Then::Continue => ways.to(To::Next, binds, Some(note.clone())),
                    Then::Goto(target, _) => ways.to(To::Step(*target), binds, Some(note.clone())),
                    Then::End => {}
                }
            }
            Does::Undo(_, Then::Continue) if !waits => ways.to(To::Next, bound, Some(note.clone())),
            Does::Undo(_, Then::Goto(target, _)) => ways.to(To::Step(*target), bound, Some(note.clone())),
            Does::Raise(raise) => self.raise(ways, &raise.name, bound, (raise.span, note.1.clone()), depth + 1),
            Does::Again(_) | Does::Undo(..) => {}
        }
    }
}
