//! What one transition knows, and the small things that every part of it does.

use super::super::state::{Live, Ordered, Place, ROOT, StepState};
use super::super::{
    At, Audit, By, Change, Command, Ending, Fate, Functions, Id, Input, Message, Millis, Name, PartRef, Phase, Program,
    Received, Set, State, Step, What,
};
use crate::answers::Answers;
use crate::failure::{Failure, Result, builtin};
use std::sync::Arc;

/// A transition.
pub(super) struct Run<'a, F: Functions> {
    pub program: &'a Program,
    pub functions: &'a F,
    pub state: &'a mut State<F::Data>,
    pub now: Millis,
    pub out: &'a mut Vec<Command>,
    /// The message that caused it.
    pub because: Option<Arc<str>>,
    /// Scopes in which a step may have become possible.
    pub ready: Vec<u32>,
    /// Whether the data changed since the waits were looked at.
    pub changed: bool,
    /// The paths that changed.
    pub touched: Vec<Name>,
    /// How often it changed direction: a flow may not go round without waiting.
    pub turns: u32,
}

impl<'a, F: Functions> Run<'a, F> {
    pub fn new(
        program: &'a Program,
        functions: &'a F,
        state: &'a mut State<F::Data>,
        now: Millis,
        out: &'a mut Vec<Command>,
    ) -> Self {
        Self {
            program,
            functions,
            state,
            now,
            out,
            because: None,
            ready: Vec::new(),
            changed: false,
            touched: vec![],
            turns: 0,
        }
    }

    /// Takes an input; what follows from it happens in [`Run::settle`].
    pub fn take(&mut self, input: Input) -> Fate {
        if self.state.log.finished.is_some() {
            return match input {
                Input::Start(_) => Fate::Duplicate,
                Input::Event(message) if self.was_handled(&message) => Fate::Duplicate,
                Input::Event(_) => Fate::Closed,
                Input::Action { .. } => Fate::Refused(refused("the instance is finished".to_owned())),
                _ => Fate::Late,
            };
        }
        match input {
            Input::Start(message) => self.start(&message),
            Input::Event(message) => self.event(message),
            Input::Reply { epoch, outcome } => match self.take_live(epoch, |what| matches!(what, Ordered::Call)) {
                Some(live) => self.reply(live.place, outcome),
                None => Fate::Late,
            },
            Input::Answers { epoch, answers } => {
                let lookup = |what: &Ordered| matches!(what, Ordered::Request | Ordered::Receive { .. });
                match self.take_live(epoch, lookup) {
                    Some(live) => self.answers(live, answers),
                    None => Fate::Late,
                }
            }
            Input::Timer { epoch } => {
                let timer = |what: &Ordered| {
                    matches!(what, Ordered::Deadline | Ordered::Pause | Ordered::Again | Ordered::Clock(_))
                };
                match self.take_live(epoch, timer) {
                    Some(live) => self.timer(&live),
                    None => Fate::Late,
                }
            }
            Input::Action { exception, action, person } => match self.act(exception, &action, By::Person(person)) {
                Ok(()) => Fate::Taken,
                Err(failure) => Fate::Refused(failure),
            },
            Input::Resume => {
                self.ready.extend((0..self.state.scopes.len()).filter_map(|index| u32::try_from(index).ok()));
                self.changed = true;
                Fate::Taken
            }
        }
    }

    fn start(&mut self, message: &Message) -> Fate {
        if self.state.log.epoch > 0 {
            return Fate::Duplicate;
        }
        self.note_handled(message);
        let ids = self.state.scopes.first().map(|root| root.ids.clone()).unwrap_or_default();
        self.audit(
            What::Started,
            self.program.name.clone(),
            ROOT,
            None,
            None,
            By::System(message.system.to_string().into()),
        );
        self.out.extend(ids.into_iter().map(|id| Command::Bind { id, part: None }));
        self.state.log.epoch = 1;
        self.ready.push(0);
        if let Err(failure) = self.derive(ROOT) {
            self.raise(ROOT, failure.code().to_owned().into(), failure.detail());
        }
        Fate::Taken
    }

    // Time and identity.

    pub fn epoch(&mut self) -> u64 {
        self.state.log.epoch += 1;
        self.state.log.epoch
    }

    pub fn order(&mut self) -> u32 {
        self.state.log.done += 1;
        self.state.log.done
    }

    /// Remembers that something was ordered, under a new epoch.
    pub fn order_live(&mut self, place: Place, what: Ordered) -> u64 {
        let epoch = self.epoch();
        self.state.live.push(Live { epoch, place, what });
        epoch
    }

    pub fn set_timer(&mut self, place: Place, what: Ordered, at: Millis) {
        let epoch = self.order_live(place, what);
        self.out.push(Command::SetTimer { epoch, at });
    }

    fn take_live(&mut self, epoch: u64, is: impl Fn(&Ordered) -> bool) -> Option<Live> {
        let index = self.state.live.iter().position(|live| live.epoch == epoch && is(&live.what))?;
        Some(self.state.live.remove(index))
    }

    /// Forgets what was ordered at a place: its return will be late. The clocks of exceptions go with the exceptions, and
    /// a message that is held while something is looked up for it is received all the same.
    pub fn forget(&mut self, place: Place) {
        let kept = |what: &Ordered| matches!(what, Ordered::Clock(_) | Ordered::Receive { .. });
        self.state.live.retain(|live| live.place != place || kept(&live.what));
    }

    pub fn spec(&self, place: Place) -> Option<&'a Step> {
        let scope = self.state.scopes.get(place.scope as usize)?;
        self.program.step(scope.block, place.position)
    }

    pub fn with_step(&mut self, place: Place, change: impl FnOnce(&mut StepState)) {
        if let Some(step) = self.state.step_mut(place) {
            change(step);
        }
    }

    pub fn phase(&self, place: Place) -> Phase {
        self.state.step(place).map_or(Phase::Skipped, |step| step.phase)
    }

    /// The key of the part that a scope lies in.
    pub fn part(&self, scope: u32) -> Option<Box<str>> {
        PartRef::of(&self.state.scopes, scope).map(|part| part.key().into())
    }

    /// The scopes from one up to the flow's own.
    pub fn around(&self, scope: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(scope), |index| self.state.scopes.get(*index as usize)?.up)
    }

    // Functions.

    /// Evaluates a function that reads.
    pub fn read<T>(
        &self,
        scope: u32,
        message: Option<&Message>,
        answers: &Answers,
        read: impl FnOnce(&F, &F::Data, &At<'_>) -> Result<T>,
    ) -> Result<T> {
        let part = PartRef::of(&self.state.scopes, scope);
        read(self.functions, &self.state.data, &At { key: &self.state.key, part, message, answers })
    }

    /// Evaluates a function that changes the data.
    fn write<T>(
        &mut self,
        scope: u32,
        message: Option<&Message>,
        answers: &Answers,
        write: impl FnOnce(&F, &mut F::Data, &At<'_>) -> Result<T>,
    ) -> Result<T> {
        let part = PartRef::of(&self.state.scopes, scope);
        let at = At { key: &self.state.key, part, message, answers };
        let result = write(self.functions, &mut self.state.data, &at)?;
        self.changed = true;
        Ok(result)
    }

    /// Applies a message to the data, and keeps what it brought.
    pub fn apply(&mut self, place: Place, map: super::super::Func, message: &Message, answers: &Answers) -> Result<()> {
        let received = self.write(place.scope, Some(message), answers, |f, data, at| f.receive(map, data, at))?;
        let system = By::System(message.system.to_string().into());
        for (owner, value) in &received.ids {
            self.bind(place.scope, super::id(owner, value.as_str().into(), message));
        }
        self.note_changes(place, received, &system);
        self.derive(place)
    }

    fn derive(&mut self, place: Place) -> Result<()> {
        let derived = self.functions.derive(&mut self.state.data)?;
        self.note_changes(place, derived, &By::Rule("derive".into()));
        Ok(())
    }

    /// Sets statuses, each in the name of a system.
    pub fn set(&mut self, place: Place, sets: &[Set], message: Option<&Message>) -> Result<()> {
        for set in sets {
            let changes = self.write(place.scope, message, &Answers::new(), |f, data, at| f.set(set.set, data, at))?;
            self.note_changes(place, Received { changes, ..Received::default() }, &By::System(set.by.clone()));
        }
        if sets.is_empty() { Ok(()) } else { self.derive(place) }
    }

    fn note_changes(&mut self, place: Place, received: Received, by: &By) {
        self.touched.extend(received.touched);
        for Change { path, from, to } in received.changes {
            self.touched.push(path.clone());
            self.audit(What::Status, path, place, Some(from), Some(to), by.clone());
        }
    }

    /// An identifier belongs to the innermost part, else to the instance; a new one takes the place of the old.
    fn bind(&mut self, scope: u32, id: Id) {
        let owner = self.around(scope).find(|index| {
            *index == 0 || self.state.scopes.get(*index as usize).is_some_and(super::super::state::Scope::is_part)
        });
        let part = self.part(scope);
        let Some(owner) = owner.and_then(|index| self.state.scopes.get_mut(index as usize)) else { return };
        if owner.ids.contains(&id) {
            return;
        }
        owner.ids.retain(|old| old.system != id.system || old.instance != id.instance);
        owner.ids.push(id.clone());
        self.out.push(Command::Bind { id, part });
    }

    // What is told.

    pub fn audit(&mut self, what: What, subject: Name, place: Place, from: Option<Name>, to: Option<Name>, by: By) {
        let part = self.part(place.scope);
        let because = self.because.clone();
        self.out.push(Command::Audit(Box::new(Audit { at: self.now, what, subject, part, from, to, by, because })));
    }

    /// The name that a step, or the flow, goes by.
    pub fn rule(&self, place: Place) -> By {
        By::Rule(self.spec(place).map_or_else(|| self.program.name.clone(), |step| step.name.clone()))
    }

    // Messages.

    pub fn was_handled(&self, message: &Message) -> bool {
        self.state.log.handled.iter().any(|(_, id)| is_id_of(id, message))
    }

    pub fn note_handled(&mut self, message: &Message) {
        let oldest = self.now.saturating_sub(self.program.retention);
        let handled = &mut self.state.log.handled;
        while handled.front().is_some_and(|(at, _)| *at < oldest) {
            handled.pop_front();
        }
        handled.push_back((self.now, format!("{} {}", message.name, message.id).into()));
        self.because = Some(Arc::from(&*message.id));
    }

    // The end of a transition.

    /// Lets everything happen that follows from what was taken.
    pub fn settle(&mut self) {
        loop {
            self.turn();
            while let Some(scope) = self.ready.pop() {
                self.advance(scope);
            }
            self.undo_next();
            if self.changed {
                self.changed = false;
                self.look_at_waits();
            }
            if self.ready.is_empty() && !self.changed && !self.can_turn() {
                break;
            }
        }
        self.publish_changes();
        self.finish();
    }

    fn publish_changes(&mut self) {
        if self.touched.is_empty() {
            return;
        }
        let touched = std::mem::take(&mut self.touched);
        let program = self.program;
        let due = program.on_change.iter().filter(|one| one.paths.iter().any(|path| touched.contains(path)));
        for one in due {
            let epoch = self.epoch();
            let id = format!("{}/{}/{}/{epoch}", program.name, self.state.key, one.publish.event);
            if let Err(failure) = self.publish(ROOT, &one.publish, id) {
                self.raise(ROOT, failure.code().to_owned().into(), failure.detail());
            }
        }
    }

    fn finish(&mut self) {
        let ended = |step: &StepState| matches!(step.phase, Phase::Done | Phase::Skipped | Phase::Undone);
        if self.state.log.finished.is_some() || !self.state.open.is_empty() {
            return;
        }
        let under_way = |what: &Ordered| matches!(what, Ordered::Call | Ordered::Request | Ordered::Receive { .. });
        if self.state.live.iter().any(|live| under_way(&live.what))
            || self.state.scopes.iter().flat_map(|scope| &scope.steps).any(|step| step.to_undo)
            || self
                .state
                .scopes
                .iter()
                .filter(|scope| scope.is_aside())
                .flat_map(|scope| &scope.steps)
                .any(|step| !ended(step))
        {
            return;
        }
        let ending = match self.state.log.turn {
            Some(super::super::state::Turn::Undoing) => Ending::Undone,
            Some(_) => return,
            None if self.state.scopes.first().is_some_and(|root| root.steps.iter().all(ended)) => Ending::Done,
            None => return,
        };
        self.state.log.finished = Some(ending);
        self.state.log.turn = None;
        self.state.live.clear();
        let to = match ending {
            Ending::Done => "done",
            Ending::Undone => "undone",
        };
        self.audit(What::Finished, self.program.name.clone(), ROOT, None, Some(to.into()), self.rule_of_flow());
        self.out.push(Command::Finish(ending));
    }

    pub fn rule_of_flow(&self) -> By {
        By::Rule(self.program.name.clone())
    }
}

fn is_id_of(handled: &str, message: &Message) -> bool {
    handled.strip_prefix(&*message.name).and_then(|rest| rest.strip_prefix(' ')) == Some(&*message.id)
}

/// A refusal, in words.
pub(super) fn refused(detail: String) -> Failure {
    Failure::new(builtin::INVALID_ARGUMENT, detail)
}
