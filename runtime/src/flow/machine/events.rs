//! Messages: what waits for them, and how they are received.

use super::super::state::{Live, Ordered, Place, ROOT, Source, Turn};
use super::super::{
    By, Command, Fate, Functions, Letter, Listen, Matching, Message, Name, Phase, Program, Receive, Then, What, Work,
};
use super::run::{Run, refused};
use crate::answers::Answers;
use crate::failure::Failure;

impl<F: Functions> Run<'_, F> {
    /// Gives an event to the first that waits for it: an open exception, a step, an interrupt.
    pub(super) fn event(&mut self, message: Message) -> Fate {
        if self.was_handled(&message) {
            return Fate::Duplicate;
        }
        if self.is_behind(&message) {
            return Fate::Early;
        }
        if matches!(self.state.log.turn, Some(Turn::Undo | Turn::Undoing)) {
            return match self.resolved_by(&message) {
                Some((exception, action)) => self.resolve(exception, &action, message),
                None => Fate::Closed,
            };
        }
        if let Some((exception, action)) = self.resolved_by(&message) {
            return self.resolve(exception, &action, message);
        }
        if let Some((place, branch)) = self.awaited_at(&message) {
            self.note_handled(&message);
            self.receive(Source::Branch(branch), place, message);
            return Fate::Taken;
        }
        let program = self.program;
        let mut interrupts = program.interrupts.iter().zip(0_u16..);
        let Some((interrupt, index)) = interrupts.find(|(one, _)| self.matches(&one.listen, 0, &message)) else {
            return Fate::Early;
        };
        self.note_handled(&message);
        let open = match interrupt.open {
            Some(open) => self.read(0, Some(&message), &Answers::new(), |f, data, at| f.test(open, data, at)),
            None => Ok(true),
        };
        match open {
            Ok(true) => self.receive(Source::Interrupt(index), ROOT, message),
            Ok(false) => {
                let late = Failure::new(Program::UNMATCHED, "it came too late to be taken");
                self.not_received(Source::Interrupt(index), ROOT, message, &late);
            }
            Err(failure) => self.not_received(Source::Interrupt(index), ROOT, message, &failure),
        }
        Fate::Taken
    }

    /// Whether something is still looked up for a message that is to be handled before this one.
    fn is_behind(&self, message: &Message) -> bool {
        let before = |live: &Live| match &live.what {
            Ordered::Receive { message: before, .. } => {
                before.system == message.system && before.order == message.order
            }
            _ => false,
        };
        message.order.is_some() && self.state.live.iter().any(before)
    }

    fn matches(&self, listen: &Listen, scope: u32, message: &Message) -> bool {
        if *listen.event != *message.name {
            return false;
        }
        let Ok(Some(value)) = self.functions.correlate(listen.value, message) else { return false };
        match &listen.with {
            Matching::Key => *self.state.key == *value,
            Matching::Id(system) => {
                let wanted = super::id(system, value.into(), message);
                self.around(scope)
                    .filter_map(|index| self.state.scopes.get(index as usize))
                    .any(|scope| scope.ids.contains(&wanted))
            }
        }
    }

    /// The exception that an event acts on, and the action.
    fn resolved_by(&self, message: &Message) -> Option<(u32, Name)> {
        self.state.open.iter().filter(|open| !open.acting).find_map(|open| {
            let resolve = &self.program.exception(&open.name).resolve;
            let one = resolve.iter().find(|one| self.matches(&one.listen, open.place.scope, message))?;
            Some((open.id, one.action.clone()))
        })
    }

    fn resolve(&mut self, exception: u32, action: &str, message: Message) -> Fate {
        self.note_handled(&message);
        let by = By::System(message.system.to_string().into());
        if let Err(failure) = self.act(exception, action, by) {
            self.not_received(Source::Reply, ROOT, message, &failure);
        }
        Fate::Taken
    }

    /// The step that waits for an event, and the branch.
    fn awaited_at(&self, message: &Message) -> Option<(Place, u16)> {
        for (scope, index) in self.state.scopes.iter().zip(0_u32..) {
            for (_, position) in scope.steps.iter().zip(0_u16..).filter(|(step, _)| step.phase == Phase::Waiting) {
                let place = Place { scope: index, position };
                let Some(Work::Await(wait)) = self.spec(place).map(|spec| &spec.work) else { continue };
                let mut branches = wait.branches.iter().zip(0_u16..);
                if let Some((_, branch)) = branches.find(|(one, _)| self.matches(&one.listen, index, message)) {
                    return Some((place, branch));
                }
            }
        }
        None
    }

    pub(super) fn mapping(&self, source: Source, place: Place) -> Option<Receive> {
        match source {
            Source::Reply => self.call_spec(place)?.receive,
            Source::Branch(index) => {
                let Work::Await(wait) = &self.spec(place)?.work else { return None };
                wait.branches.get(usize::from(index))?.receive
            }
            Source::Interrupt(index) => self.program.interrupts.get(usize::from(index))?.receive,
        }
    }

    /// Receives a message, once what its mapping looks up is known.
    pub(super) fn receive(&mut self, source: Source, place: Place, message: Message) {
        if let Some(keys) = self.mapping(source, place).and_then(|mapping| mapping.keys) {
            let what = Ordered::Receive { source, message: message.clone(), failed: 0 };
            match self.look_up(place, keys, Some(&message), what, self.now) {
                Ok(true) => {}
                Ok(false) => self.received(source, place, &message, &Answers::new()),
                Err(failure) => self.not_received(source, place, message, &failure),
            }
        } else {
            self.received(source, place, &message, &Answers::new());
        }
    }

    pub(super) fn received(&mut self, source: Source, place: Place, message: &Message, answers: &Answers) {
        if let Some(mapping) = self.mapping(source, place)
            && let Err(failure) = self.apply(place, mapping.map, message, answers)
        {
            self.not_received(source, place, message.clone(), &failure);
            return;
        }
        match source {
            Source::Reply => self.complete(place, Some(message)),
            Source::Branch(index) => self.branch_taken(place, index, message),
            Source::Interrupt(index) => self.interrupted(index, message),
        }
    }

    /// A reply that can't be received holds its step: what was done is known, and is not done again. Any other message
    /// becomes a dead letter, and may be replayed.
    pub(super) fn not_received(&mut self, source: Source, place: Place, message: Message, failure: &Failure) {
        if source == Source::Reply && self.call_spec(place).is_some() && self.phase(place) == Phase::Running {
            self.with_step(place, |step| step.reply = Some(message));
            self.fail(place, failure, None);
            return;
        }
        let known = format!("{} {}", message.name, message.id);
        self.state.log.handled.retain(|(_, id)| **id != *known);
        let letter = Letter::new(self.program, message, failure, self.now);
        self.out.push(Command::DeadLetter(Box::new(letter)));
    }

    fn branch_taken(&mut self, place: Place, index: u16, message: &Message) {
        let Some(Work::Await(wait)) = self.spec(place).map(|spec| &spec.work) else { return };
        // While something was looked up for it, the wait may have come to its end.
        if self.phase(place) != Phase::Waiting {
            return;
        }
        let Some(branch) = wait.branches.get(usize::from(index)) else { return };
        match &branch.then {
            Then::Continue | Then::Again(_) => {
                if wait.until.is_none() {
                    self.complete(place, Some(message));
                }
            }
            then => self.go_on(place, then, &format!("{} {}", message.name, message.id), Phase::Skipped),
        }
    }

    fn interrupted(&mut self, index: u16, message: &Message) {
        let Some(interrupt) = self.program.interrupts.get(usize::from(index)) else { return };
        let by = By::System(message.system.to_string().into());
        self.audit(What::Interrupt, interrupt.listen.event.clone(), ROOT, None, None, by);
        if let Err(failure) = self.interrupt(index, &interrupt.deed, message) {
            self.not_received(Source::Interrupt(index), ROOT, message.clone(), &failure);
        }
    }

    // Waits and timers.

    /// Ends the waits whose condition holds now.
    pub(super) fn look_at_waits(&mut self) {
        let waiting: Vec<Place> = (0_u32..)
            .zip(&self.state.scopes)
            .flat_map(|(scope, state)| (0_u16..).zip(&state.steps).map(move |(position, step)| (scope, position, step)))
            .filter(|(_, _, step)| step.phase == Phase::Waiting)
            .map(|(scope, position, _)| Place { scope, position })
            .collect();
        for place in waiting {
            self.look_at_wait(place);
        }
    }

    pub(super) fn look_at_wait(&mut self, place: Place) {
        let Some(Work::Await(wait)) = self.spec(place).map(|spec| &spec.work) else { return };
        let Some(until) = wait.until else { return };
        if self.phase(place) != Phase::Waiting {
            return;
        }
        match self.read(place.scope, None, &Answers::new(), |f, data, at| f.test(until, data, at)) {
            Ok(true) => self.complete(place, None),
            Ok(false) => {}
            Err(failure) => self.fail(place, &failure, None),
        }
    }

    pub(super) fn timer(&mut self, live: &Live) -> Fate {
        let place = live.place;
        match live.what {
            Ordered::Deadline => {
                if let Some(Work::Await(wait)) = self.spec(place).map(|spec| &spec.work)
                    && let Some((_, late)) = &wait.within
                {
                    self.raise(place, late.clone(), "the deadline passed");
                }
            }
            Ordered::Pause => self.complete(place, None),
            Ordered::Again => self.try_again(place),
            Ordered::Clock(exception) => self.escalate(exception),
            Ordered::Call | Ordered::Request | Ordered::Receive { .. } => return Fate::Late,
        }
        Fate::Taken
    }

    pub(super) fn turn_refused(&self) -> Failure {
        refused(format!("`{}` is being undone", self.state.key))
    }
}
