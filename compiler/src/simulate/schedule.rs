//! One schedule: things happen in some order until nothing is left to happen, people act, and it is judged.

use super::Stage;
use super::chance::Chance;
use super::judge::{Broken, Judge};
use super::recall::forget;
use super::world::{World, time};
use crate::model::BegunBy;
use crossdock_runtime::flow::driver::memory::Memory;
use crossdock_runtime::flow::driver::{Accepted, Instance, Job, Order, Rehearsal, Store as _, StoreError, Systems};
use crossdock_runtime::flow::{Call, Ending, Fate, Message, Millis, Outcome as Reply, Raised};
use serde_json::{Value, json};

/// When every schedule begins: 2026-01-05, a Monday.
const T0: Millis = 1_767_600_000_000;
/// How much may happen between two looks of people before it is held to go round for ever.
const MOST: usize = 2_000;
/// How often people look at what is open, and after which span.
const ROUNDS: usize = 400;
const LOOK: Millis = 24 * HOUR;
/// For how many of these spans things go wrong.
const TROUBLED: usize = 10;
const HOUR: Millis = 3_600_000;

/// A way in which a scenario can happen.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// What tells it from others.
    pub seed: u64,
}

/// What came of a schedule.
#[derive(Debug)]
pub struct Outcome {
    /// How the instance ended; none if it did not.
    pub ending: Option<Ending>,
    /// The exceptions that hold it, if it did not end.
    pub held: Vec<String>,
    /// How many transitions it took.
    pub happened: usize,
    /// The promises that were broken.
    pub broken: Vec<Broken>,
    /// What is wrong with the scenario itself.
    pub wrong: Option<String>,
    /// What happened, one line each.
    pub trace: Vec<String>,
}

struct Play<'s> {
    stage: &'s Stage<'static>,
    world: World<'s>,
    rehearsal: Option<Rehearsal<Memory>>,
    chance: Chance,
    happened: usize,
    /// Whether it goes round for ever.
    round: bool,
    judge: Judge,
}

impl Stage<'static> {
    /// Runs a schedule.
    pub fn play(&self, schedule: Schedule) -> Outcome {
        forget();
        let mut chance = Chance::new(schedule.seed);
        let world = World::new(self, Chance::new(chance.below(u64::MAX)), T0);
        let rehearsal = Rehearsal::new(self.flows.clone(), Memory::new(), T0).ok();
        let mut play =
            Play { stage: self, world, rehearsal, chance, happened: 0, round: false, judge: Judge::default() };
        let stopped = play.run().err();
        play.outcome(stopped)
    }
}

impl Play<'_> {
    fn driver(&mut self) -> Result<&mut Rehearsal<Memory>, StoreError> {
        self.rehearsal.as_mut().ok_or(StoreError::Closed)
    }

    fn run(&mut self) -> Result<(), StoreError> {
        let Some(start) = &self.stage.scenario.start else { return Ok(()) };
        let stage = self.stage;
        let known = json!({ "serial": 1, "now": time(T0) });
        let payload = match stage.templates.fill(&start.payload, &known) {
            Ok(payload) => payload,
            Err(wrong) => {
                self.world.records().wrong = Some(wrong);
                return Ok(());
            }
        };
        let (system, name) = match start.by {
            BegunBy::Event(event) => (stage.model.systems[event.system].name.clone(), stage.model.event_name(event)),
            BegunBy::Api(api, operation) => {
                let declared = stage.model.apis[api].operations.get(usize::from(operation));
                let caller = declared.and_then(|one| one.caller).map(|id| stage.model.systems[id].name.clone());
                let name = stage.model.api_operation_name(api, operation);
                (caller.unwrap_or_else(|| stage.model.apis[api].name.clone()), name)
            }
        };
        let started: Value = serde_json::from_str(&payload).unwrap_or_default();
        self.world.records().start = started.clone();
        let begin = Message {
            system: system.into(),
            instance: None,
            name: name.into(),
            id: "start".into(),
            order: None,
            received_at: T0,
            payload: payload.into_bytes().into(),
        };
        self.accept(&begin)?;
        if self.chance.one_in(3) {
            self.accept(&begin)?;
        }
        {
            let mut records = self.world.records();
            let known = json!({ "start": started, "serial": 1, "now": time(T0) });
            self.world.caused(&mut records, None, None, &known);
        }
        for round in 0..ROUNDS {
            if self.round || self.ended()? {
                break;
            }
            if round == TROUBLED {
                // Whatever went wrong is mended.
                self.world.calm();
            }
            let Some(next) = self.next()? else {
                let before = self.happened;
                self.people()?;
                if self.happened == before {
                    break;
                }
                continue;
            };
            let now = self.driver()?.now();
            self.let_happen(next.max(now.saturating_add(LOOK)))?;
            self.people()?;
        }
        Ok(())
    }

    fn accept(&mut self, message: &Message) -> Result<(), StoreError> {
        let accepted = self.driver()?.accept(message)?;
        let now = self.driver()?.now();
        self.happened += 1;
        let why = match accepted {
            Accepted::Dead => self.driver()?.letters()?.last().map(|dead| format!(" ({})", dead.letter.detail)),
            _ => None,
        };
        let told = format!("{} {} arrives: {}{}", message.name, message.id, word(accepted), why.unwrap_or_default());
        self.world.records().trace.push(format!("{}  {told}", time(now)));
        if accepted != Accepted::Unknown {
            self.judge.accepted(message);
        }
        self.look()
    }

    /// Looks at the instance after something happened.
    fn look(&mut self) -> Result<(), StoreError> {
        if self.stage.holds.is_empty() {
            return Ok(());
        }
        let Self { stage, rehearsal, judge, .. } = self;
        for (_, state) in rehearsal.as_mut().ok_or(StoreError::Closed)?.store().states() {
            judge.look(stage, state);
        }
        Ok(())
    }

    /// When the next thing happens by itself.
    fn next(&mut self) -> Result<Option<Millis>, StoreError> {
        let job_at = self.driver()?.jobs()?.first().map(|job| job.due);
        let message_at = self.world.records().pending.iter().map(|pending| pending.at).min();
        Ok(job_at.into_iter().chain(message_at).min())
    }

    /// Lets things happen until a time.
    fn let_happen(&mut self, until: Millis) -> Result<(), StoreError> {
        let before = self.happened;
        loop {
            if self.happened - before > MOST {
                self.round = true;
                return Ok(());
            }
            let jobs = self.driver()?.jobs()?;
            let job_at = jobs.first().map(|job| job.due);
            let message_at = self.world.records().pending.iter().map(|pending| pending.at).min();
            let Some(next) = job_at.into_iter().chain(message_at).min().filter(|next| *next <= until) else { break };
            let now = self.driver()?.now().max(next);
            self.driver()?.set_now(now);
            self.world.records().now = now;
            let due: Vec<_> = jobs.into_iter().filter(|job| job.due <= now).collect();
            let arriving: Vec<usize> = {
                let records = self.world.records();
                let pending = records.pending.iter().enumerate();
                pending.filter(|(_, pending)| pending.at <= now).map(|(index, _)| index).collect()
            };
            let choice = self.chance.position(due.len() + arriving.len());
            if let Some(index) = choice.checked_sub(due.len()).and_then(|choice| arriving.get(choice)) {
                let pending = self.world.records().pending.swap_remove(*index);
                let system = pending.name.split('.').next().unwrap_or_default().to_owned();
                self.accept(&Message {
                    system: system.into(),
                    instance: pending.instance.map(Into::into),
                    name: pending.name.into(),
                    id: pending.id.into(),
                    order: None,
                    received_at: now,
                    payload: pending.payload.into_bytes().into(),
                })?;
                continue;
            }
            let Some(job) = due.get(choice).cloned() else { continue };
            self.happened += 1;
            if self.chance.one_in(20) {
                self.somebody()?;
            }
            match &job.order {
                // The process stops with the call made, or only begun.
                Order::Call(call) if self.chance.one_in(12) => {
                    self.driver()?.begin(&job)?;
                    if self.chance.one_in(2) {
                        self.world.call(&job.instance, call);
                    }
                    self.world.records().trace.push(format!("{}  the process stops and starts again", time(now)));
                    self.restart()?;
                }
                Order::Call(call) if self.chance.one_in(15) => {
                    self.call(&job, call)?;
                    // The answer comes twice.
                    self.driver()?.replied(&job, Reply::Answered(b"{}".to_vec().into()))?;
                }
                order => {
                    if self.chance.one_in(40) {
                        self.restart()?;
                    }
                    if let Order::Call(call) = order {
                        self.call(&job, call)?;
                    } else {
                        let Some(driver) = self.rehearsal.as_mut() else { return Err(StoreError::Closed) };
                        driver.perform(&job, &self.world)?;
                    }
                }
            }
            self.look()?;
        }
        // What was kept and is over its time becomes a dead letter.
        self.world.records().now = until;
        let Some(driver) = self.rehearsal.as_mut() else { return Err(StoreError::Closed) };
        driver.run_until(until, &self.world)
    }

    /// Makes a call. Who gets no answer has waited for it until the call's time was over.
    fn call(&mut self, job: &Job, call: &Call) -> Result<(), StoreError> {
        self.driver()?.begin(job)?;
        let outcome = self.world.call(&job.instance, call);
        let driver = self.driver()?;
        if matches!(outcome, Reply::Lost { .. }) {
            driver.set_now(driver.now().saturating_add(call.timeout));
        }
        driver.replied(job, outcome)
    }

    fn restart(&mut self) -> Result<(), StoreError> {
        let Some(driver) = self.rehearsal.take() else { return Err(StoreError::Closed) };
        let now = driver.now();
        forget();
        self.rehearsal = Some(Rehearsal::new(self.stage.flows.clone(), driver.stop(), now)?);
        Ok(())
    }

    /// People look at all that is open.
    fn people(&mut self) -> Result<(), StoreError> {
        for (instance, raised) in self.driver()?.raised()? {
            self.act(&instance, &raised)?;
        }
        self.replay()
    }

    /// Somebody looks at something that is open, while other things happen.
    fn somebody(&mut self) -> Result<(), StoreError> {
        let open = self.driver()?.raised()?;
        match open.get(self.chance.position(open.len())) {
            Some((instance, raised)) => self.act(instance, raised),
            None => Ok(()),
        }
    }

    fn act(&mut self, instance: &Instance, raised: &Raised) -> Result<(), StoreError> {
        let now = self.driver()?.now();
        let chosen = self.stage.scenario.actions.iter().find(|(exception, _)| *exception == *raised.name);
        let offered = |action: &str| raised.actions.iter().any(|known| known == action);
        let action = chosen.map(|(_, action)| action.as_str()).filter(|action| offered(action));
        let by_hand = action.is_none() && offered("continue");
        let action = action.unwrap_or(if by_hand { "continue" } else { "again" });
        let told = format!("{} of {} is acted upon: {action}", raised.name, raised.step);
        self.world.records().trace.push(format!("{}  {told} ({})", time(now), raised.detail));
        if by_hand {
            let part = raised.part.as_deref().map(ToOwned::to_owned);
            self.judge.by_hand.insert((raised.step.to_string(), part));
        }
        self.happened += 1;
        let fate = self.driver()?.act(instance, raised.exception, action, "person")?;
        if let Fate::Refused(failure) = fate {
            self.world.records().trace.push(format!("  refused: {}", failure.detail()));
        }
        Ok(())
    }

    /// Dead letters are looked at, and given again: what nothing waited for may be waited for by now.
    fn replay(&mut self) -> Result<(), StoreError> {
        for letter in self.driver()?.letters()? {
            let (id, message) = (letter.id, letter.letter.message);
            if self.driver()?.replay(id)? == Some(Accepted::Taken) {
                self.happened += 1;
                let (now, why) = (time(self.driver()?.now()), letter.letter.detail);
                let told = format!("{now}  {} {}, a dead letter ({why}), is given again", message.name, message.id);
                self.world.records().trace.push(told);
                self.look()?;
            }
        }
        Ok(())
    }

    fn ended(&mut self) -> Result<bool, StoreError> {
        let store = self.driver()?.store();
        Ok(store.unfinished()?.is_empty() && store.states().next().is_some())
    }

    /// How the instance ended.
    fn ending(&mut self) -> Option<Ending> {
        let mut states = self.driver().ok()?.store().states();
        let state: Value = serde_json::from_slice(states.next()?.1).ok()?;
        serde_json::from_value(state.get("log")?.get("finished")?.clone()).ok()
    }

    fn outcome(mut self, stopped: Option<StoreError>) -> Outcome {
        let ending = self.ending();
        let raised = self.driver().and_then(Rehearsal::raised).unwrap_or_default();
        let mut broken = Vec::new();
        if let Some(error) = stopped {
            broken.push(Broken::new(super::Promise::Runs, error.to_string()));
        }
        if self.round {
            broken.push(Broken::new(super::Promise::Runs, "it goes round for ever"));
        }
        let world = &self.world;
        if let Some(driver) = self.rehearsal.as_mut() {
            broken.extend(self.judge.verdict(self.stage, world, driver, ending));
        }
        let raised = raised.iter().map(|(_, raised)| format!("{} at {}", raised.name, raised.step));
        let mut held: Vec<String> = raised.collect();
        if held.is_empty() && ending.is_none() {
            held.push("what never comes".to_owned());
        }
        // Nothing goes wrong any more, and people did what they could.
        if ending.is_none() && broken.is_empty() {
            broken.push(Broken::new(super::Promise::Ends, format!("it is held by {}", held.join(", "))));
        }
        let mut records = self.world.records();
        Outcome {
            ending,
            held,
            happened: self.happened,
            broken,
            wrong: records.wrong.take(),
            trace: std::mem::take(&mut records.trace),
        }
    }
}

fn word(accepted: Accepted) -> &'static str {
    match accepted {
        Accepted::Taken => "taken",
        Accepted::Duplicate => "known already",
        Accepted::Kept => "kept for later",
        Accepted::Dead => "a dead letter",
        Accepted::Unknown => "not read by any flow",
    }
}
