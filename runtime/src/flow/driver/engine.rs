//! The meaning of a driver: what happens to a message, an outcome, a timer, an action, over any store.

use super::super::{
    Command, Fate, Input, Intake, Letter, Message, Millis, Outcome, Program, Raised, Replay, Unreadable,
};
use super::offer::{Ask, Begun, Given, Offer, at, beginning, closed, listens, overdue, reads, span, target_of};
use super::store::{DeadLetter, Instance, Job, Kept, Order, Store, StoreError};
use super::{Hosted, Made};
use crate::answers::{Answers, Keys};
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// The flows that a driver runs.
pub type Flows = Arc<[Box<dyn Hosted>]>;

/// After this span what could not be given to an unreadable state is tried again.
pub(super) const MINUTE: Millis = 60_000;

/// The number of the exception that says that a state can't be read: those of the machine begin at one.
pub(super) const UNREADABLE: u32 = 0;

/// Flows over a store. Each method belongs into one transaction of the store.
pub struct Engine<S> {
    pub(super) flows: Flows,
    /// What tells events from what arrives.
    pub(super) intake: Option<Arc<dyn Intake>>,
    /// The store.
    pub store: S,
    /// What was put into the outbox since it was last taken.
    pub ordered: Vec<Job>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accepted {
    /// An instance took it, or will when what it begins with was looked up.
    Taken,
    /// It was received before.
    Duplicate,
    /// Nothing waits for it yet; it is kept.
    Kept,
    /// It is a dead letter.
    Dead,
    /// No flow reads this event. It was not stored.
    Unknown,
}

/// What came of a transition.
enum Moved {
    Fate(Fate),
    Unreadable(Unreadable),
}

impl<S: Store> Engine<S> {
    /// Flows over a store.
    pub fn new(flows: Flows, store: S) -> Self {
        Self { flows, intake: None, store, ordered: Vec::new() }
    }

    /// The same, with what tells events from what arrives.
    pub fn with_intake(self, intake: Option<Arc<dyn Intake>>) -> Self {
        Self { intake, ..self }
    }

    /// The flows.
    pub fn flows(&self) -> &Flows {
        &self.flows
    }

    /// Receives a message. Once the transaction is committed it may be acknowledged.
    pub fn accept(&mut self, message: &Message, now: Millis) -> Result<Accepted, StoreError> {
        if !self.flows.iter().any(|flow| reads(flow.program(), &message.name)) {
            return Ok(Accepted::Unknown);
        }
        if !self.store.note(message)? {
            return Ok(Accepted::Duplicate);
        }
        self.offer_all(message, None, now)
    }

    /// Gives a dead letter to its flow again; none if there is no such letter, or no longer. It is safe: what was taken
    /// before is not taken twice.
    pub fn replay(&mut self, letter: u64, now: Millis) -> Result<Option<Accepted>, StoreError> {
        match self.store.take_letter(letter)? {
            None => Ok(None),
            Some(DeadLetter { flow, letter, .. }) => match &letter.replay {
                Replay::Message => self.offer_all(&letter.message, Some(&flow), now).map(Some),
                Replay::Delivery(delivery) => {
                    self.enter((**delivery).clone(), now)?;
                    Ok(Some(Accepted::Taken))
                }
                Replay::Document(document) => self.judge_again(&letter.message, document, now).map(Some),
            },
        }
    }

    fn offer_all(&mut self, message: &Message, only: Option<&str>, now: Millis) -> Result<Accepted, StoreError> {
        let flows = Arc::clone(&self.flows);
        let mut result = Accepted::Unknown;
        for flow in flows.iter() {
            let program = flow.program();
            if only.is_none_or(|name| *program.name == *name) && reads(program, &message.name) {
                let accepted = self.offer(&**flow, message, Offer::new(&**flow, message), None, now)?;
                if result == Accepted::Unknown || accepted == Accepted::Taken {
                    result = accepted;
                }
            }
        }
        Ok(result)
    }

    /// Offers a message to a flow: to the instances that it may concern, then to its starts; else it is kept.
    fn offer(
        &mut self,
        flow: &dyn Hosted,
        message: &Message,
        mut offer: Offer,
        answers: Option<&Answers>,
        now: Millis,
    ) -> Result<Accepted, StoreError> {
        let program = flow.program();
        loop {
            match offer.next() {
                Ask::Bound(id) => offer.bound(self.store.bound(&program.name, &id)?),
                Ask::Give(key) => {
                    let instance = Instance { flow: program.name.as_ref().into(), key };
                    let given = self.give(flow, &instance, Input::Event(message.clone()), now)?;
                    offer.given(instance.key, given);
                }
                Ask::Start(start) => match self.start(flow, start, message, answers, now)? {
                    Begun::Ended(accepted) => return Ok(accepted),
                    Begun::Gave(key, given) => offer.given(key, given),
                },
                Ask::Bury(key, failure) => return self.bury(program, key.as_deref(), message.clone(), &failure, now),
                Ask::Done { duplicate } => return Ok(if duplicate { Accepted::Duplicate } else { Accepted::Taken }),
                Ask::Keep(targets) => {
                    let until = now.saturating_add(span(program, &message.name));
                    let flow = program.name.as_ref().into();
                    self.store.keep(Kept { id: 0, flow, targets, until, message: message.clone() })?;
                    return Ok(Accepted::Kept);
                }
            }
        }
    }

    /// Gives a message to an instance, as what begins it or as an event.
    fn give(&mut self, flow: &dyn Hosted, instance: &Instance, input: Input, now: Millis) -> Result<Given, StoreError> {
        Ok(match self.step(flow, instance, input, now)? {
            None => Given::Absent,
            Some(Moved::Fate(fate)) => Given::Fate(fate),
            Some(Moved::Unreadable(why)) => Given::Unreadable(why.to_string()),
        })
    }

    fn start(
        &mut self,
        flow: &dyn Hosted,
        start: usize,
        message: &Message,
        answers: Option<&Answers>,
        now: Millis,
    ) -> Result<Begun, StoreError> {
        let program = flow.program();
        let (key, saved) = match flow.make(start, message, answers) {
            Err(failure) => return self.bury(program, None, message.clone(), &failure, now).map(Begun::Ended),
            Ok(None) => return Ok(Begun::Ended(Accepted::Unknown)),
            Ok(Some(Made::LookUp(keys))) => {
                let instance = Instance { flow: program.name.as_ref().into(), key: Box::default() };
                let order = Order::Begin { start, message: message.clone(), keys: pairs(&keys) };
                self.order(&instance, now, order)?;
                return Ok(Begun::Ended(Accepted::Taken));
            }
            Ok(Some(Made::Ready(key, saved))) => (key, saved),
        };
        let instance = Instance { flow: program.name.as_ref().into(), key };
        let given = if self.store.state(&instance)?.is_none() {
            self.store.put_state(&instance, &saved, false)?;
            self.give(flow, &instance, Input::Start(message.clone()), now)?
        } else if listens(program, &message.name) {
            self.give(flow, &instance, Input::Event(message.clone()), now)?
        } else {
            Given::Fate(Fate::Duplicate)
        };
        Ok(Begun::Gave(instance.key, given))
    }

    fn bury(
        &mut self,
        program: &Program,
        key: Option<&str>,
        message: Message,
        failure: &Failure,
        now: Millis,
    ) -> Result<Accepted, StoreError> {
        self.store.put_letter(&program.name, key, &Letter::new(program, message, failure, now))?;
        Ok(Accepted::Dead)
    }

    /// A person acts on an open exception.
    pub fn act(
        &mut self,
        instance: &Instance,
        exception: u32,
        action: &str,
        person: &str,
        now: Millis,
    ) -> Result<Fate, StoreError> {
        let input = Input::Action { exception, action: action.into(), person: person.into() };
        let refused = |detail: String| Fate::Refused(Failure::new(crate::failure::builtin::INVALID_ARGUMENT, detail));
        let flows = Arc::clone(&self.flows);
        let Some(flow) = flows.iter().find(|flow| *flow.program().name == *instance.flow) else {
            return Ok(refused(format!("there is no flow {}", crate::failure::shown(&instance.flow))));
        };
        Ok(match self.step(&**flow, instance, input, now)? {
            None => refused(format!("there is no instance {}", crate::failure::shown(&instance.key))),
            Some(Moved::Fate(fate)) => fate,
            Some(Moved::Unreadable(why)) => refused(why.to_string()),
        })
    }

    /// The outcome of a call. A job that is gone had its outcome before: nothing happens.
    pub fn replied(&mut self, job: u64, outcome: Outcome, now: Millis) -> Result<(), StoreError> {
        let Some(job) = self.store.job(job)? else { return Ok(()) };
        match &job.order {
            Order::Call(call) => {
                let input = Input::Reply { epoch: call.epoch, outcome };
                self.finish(&job, input, now)
            }
            Order::Deliver(delivery) => self.delivered(&job, delivery, outcome, now),
            _ => Ok(()),
        }
    }

    /// The answers to a lookup.
    pub fn answered(&mut self, job: u64, answers: Result<Answers, Failure>, now: Millis) -> Result<(), StoreError> {
        let Some(job) = self.store.job(job)? else { return Ok(()) };
        match &job.order {
            Order::LookUp { epoch, .. } => {
                let input = Input::Answers { epoch: *epoch, answers };
                self.finish(&job, input, now)
            }
            Order::Begin { start, message, .. } => {
                let flows = Arc::clone(&self.flows);
                let flow = flows.iter().find(|flow| *flow.program().name == *job.instance.flow);
                let Some(flow) = flow else { return self.postpone(job, now) };
                match answers {
                    Ok(answers) => self.offer(&**flow, message, Offer::of_start(*start), Some(&answers), now)?,
                    Err(failure) => self.bury(flow.program(), None, message.clone(), &failure, now)?,
                };
                self.store.drop_job(job.id)
            }
            Order::Deliver(delivery) => self.made(&job, delivery, answers, now),
            _ => Ok(()),
        }
    }

    /// An event was published, or could not be and is tried again later.
    pub fn published(&mut self, job: u64, done: bool, now: Millis) -> Result<(), StoreError> {
        if done {
            return self.store.drop_job(job);
        }
        match self.store.job(job)? {
            Some(job) => self.postpone(job, now),
            None => Ok(()),
        }
    }

    /// A timer is due.
    pub fn timer(&mut self, job: u64, now: Millis) -> Result<(), StoreError> {
        let Some(job) = self.store.job(job)? else { return Ok(()) };
        match job.order {
            Order::Timer { epoch } => self.finish(&job, Input::Timer { epoch }, now),
            _ => Ok(()),
        }
    }

    /// Kept events whose time is over become dead letters, and dead letters whose time is over are removed, which is
    /// recorded; the inbox forgets what no source sends again.
    pub fn sweep(&mut self, now: Millis) -> Result<(), StoreError> {
        for kept in self.store.take_overdue(now)? {
            let flows = Arc::clone(&self.flows);
            if let Some(flow) = flows.iter().find(|flow| *flow.program().name == *kept.flow) {
                self.bury(flow.program(), None, kept.message, &overdue(), now)?;
            }
        }
        for letter in self.store.take_expired(now)? {
            let (instance, audit) = letter.forgotten(now);
            self.store.put_audit(&instance, &audit)?;
        }
        let retention = self.flows.iter().map(|flow| flow.program().retention).max().unwrap_or_default();
        self.store.forget_before(now.saturating_sub(retention))
    }

    /// After a start of the process: calls that were begun and know no key are lost, and states of older versions go on.
    pub fn recover(&mut self, now: Millis) -> Result<(), StoreError> {
        let interrupted = |job: &Job| job.begun && job.order.call().is_some_and(|call| !call.repeatable);
        for job in self.store.jobs()?.iter().filter(|job| interrupted(job)) {
            let detail = "the process stopped before the answer came".into();
            self.replied(job.id, Outcome::Lost { name: "interrupted".into(), detail }, now)?;
        }
        let flows = Arc::clone(&self.flows);
        for instance in self.store.unfinished()? {
            let Some(flow) = flows.iter().find(|flow| *flow.program().name == *instance.flow) else { continue };
            let Some(saved) = self.store.state(&instance)? else { continue };
            match flow.is_older(&saved) {
                Ok(false) => {}
                Ok(true) => {
                    self.step(&**flow, &instance, Input::Resume, now)?;
                }
                Err(why) => self.tell_unreadable(flow.program(), &instance, &why, now)?,
            }
        }
        Ok(())
    }

    /// Gives a job's outcome to its instance, and takes the job out of the outbox.
    fn finish(&mut self, job: &Job, input: Input, now: Millis) -> Result<(), StoreError> {
        let flows = Arc::clone(&self.flows);
        let flow = flows.iter().find(|flow| *flow.program().name == *job.instance.flow);
        let moved = match flow {
            Some(flow) => self.step(&**flow, &job.instance, input, now)?,
            None => return self.postpone(job.clone(), now),
        };
        match moved {
            // The state stays as it is; who can read it gets the outcome.
            Some(Moved::Unreadable(_)) => self.postpone(job.clone(), now),
            _ => self.store.drop_job(job.id),
        }
    }

    /// A transition, with all that it orders, and with the kept events that can be taken after it.
    fn step(
        &mut self,
        flow: &dyn Hosted,
        instance: &Instance,
        input: Input,
        now: Millis,
    ) -> Result<Option<Moved>, StoreError> {
        let mut offers: VecDeque<Input> = VecDeque::from([input]);
        let mut first = None;
        while let Some(input) = offers.pop_front() {
            let started = matches!(input, Input::Start(_));
            let event = if let Input::Event(message) = &input { Some(message.clone()) } else { None };
            let Some(saved) = self.store.state(instance)? else { break };
            let moved = match flow.step(&saved, input, now) {
                Err(why) => {
                    self.tell_unreadable(flow.program(), instance, &why, now)?;
                    Moved::Unreadable(why)
                }
                Ok(stepped) => {
                    if let Some(saved) = stepped.saved {
                        let mut targets = vec![at(&instance.key)];
                        if started {
                            targets.push(beginning(&instance.key));
                        }
                        for command in stepped.commands {
                            if let Command::Bind { id, .. } = &command {
                                targets.push(target_of(id));
                            }
                            self.carry_out(instance, command, now)?;
                        }
                        self.store.put_state(instance, &saved, stepped.finished)?;
                        let kept = self.store.take_kept(&instance.flow, &targets)?;
                        offers.extend(kept.into_iter().map(|kept| Input::Event(kept.message)));
                    }
                    Moved::Fate(stepped.fate)
                }
            };
            match (&first, event) {
                (None, _) => first = Some(moved),
                (Some(_), Some(message)) => self.offered(flow.program(), instance, &moved, message, now)?,
                (Some(_), None) => {}
            }
        }
        Ok(first)
    }

    /// A kept event was offered again: if nothing waits for it still, it is kept on.
    fn offered(
        &mut self,
        program: &Program,
        instance: &Instance,
        moved: &Moved,
        message: Message,
        now: Millis,
    ) -> Result<(), StoreError> {
        match moved {
            Moved::Fate(Fate::Early) => self.store.keep(Kept {
                id: 0,
                flow: instance.flow.clone(),
                targets: vec![at(&instance.key)],
                until: message.received_at.saturating_add(span(program, &message.name)),
                message,
            }),
            Moved::Fate(Fate::Closed) => self.bury(program, Some(&instance.key), message, &closed(), now).map(|_| ()),
            Moved::Unreadable(why) => {
                let failure = Failure::new(Program::UNREADABLE, why.to_string());
                self.bury(program, Some(&instance.key), message, &failure, now).map(|_| ())
            }
            Moved::Fate(_) => Ok(()),
        }
    }

    fn carry_out(&mut self, instance: &Instance, command: Command, now: Millis) -> Result<(), StoreError> {
        match command {
            Command::Call(call) => self.order(instance, call.due, Order::Call(*call)),
            Command::LookUp(look_up) => {
                self.order(instance, look_up.due, Order::LookUp { epoch: look_up.epoch, keys: pairs(&look_up.keys) })
            }
            Command::Publish(publish) => self.order(instance, now, Order::Publish(*publish)),
            Command::Deliver(delivery) => self.enter(*delivery, now),
            Command::SetTimer { epoch, at } => self.order(instance, at, Order::Timer { epoch }),
            Command::Bind { id, part } => self.store.bind(&id, instance, part.as_deref()),
            Command::Milestone { name, part, at } => self.store.put_milestone(instance, &name, part.as_deref(), at),
            Command::Audit(audit) => self.store.put_audit(instance, &audit),
            Command::Raise(raised) => self.store.put_raised(instance, &raised),
            Command::Close { exception } => self.store.drop_raised(instance, exception),
            Command::DeadLetter(letter) => self.store.put_letter(&instance.flow, Some(&instance.key), &letter),
            // What the state says suffices.
            Command::Finish(_) => Ok(()),
        }
    }

    pub(super) fn order(&mut self, instance: &Instance, due: Millis, order: Order) -> Result<(), StoreError> {
        let id = self.store.put_job(instance, due, &order)?;
        self.ordered.push(Job { id, instance: instance.clone(), due, begun: false, order });
        Ok(())
    }

    pub(super) fn postpone(&mut self, job: Job, now: Millis) -> Result<(), StoreError> {
        let due = now.saturating_add(MINUTE);
        self.store.postpone_job(job.id, due)?;
        self.ordered.push(Job { due, ..job });
        Ok(())
    }

    /// A state can't be read: its team is told, once, and it stays as it is.
    fn tell_unreadable(
        &mut self,
        program: &Program,
        instance: &Instance,
        why: &Unreadable,
        now: Millis,
    ) -> Result<(), StoreError> {
        // The clock of the exception runs from when it was first found.
        if self.store.raised()?.iter().any(|(of, raised)| of == instance && raised.exception == UNREADABLE) {
            return Ok(());
        }
        self.store.put_raised(instance, &unreadable(program, why, now))
    }
}

/// What the team is told of a state that can't be read.
pub(super) fn unreadable(program: &Program, why: &Unreadable, now: Millis) -> Raised {
    let exception = program.exception(Program::UNREADABLE);
    Raised {
        exception: UNREADABLE,
        name: Program::UNREADABLE.into(),
        class: exception.class,
        team: exception.team.clone(),
        due: exception.due(now),
        escalated: false,
        step: program.name.clone(),
        part: None,
        detail: why.to_string().into(),
        actions: Vec::new(),
    }
}

/// Lookups and keys, as they are kept.
pub(super) fn pairs(keys: &Keys) -> Vec<(Box<str>, Box<str>)> {
    keys.iter().map(|(lookup, key)| (lookup.into(), key.into())).collect()
}
