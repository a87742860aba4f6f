//! The promises of a flow, and which of them a schedule broke.

use super::Stage;
use super::world::{Deed, World};
use crossdock_runtime::flow::driver::memory::Memory;
use crossdock_runtime::flow::driver::{Instance, Rehearsal};
use crossdock_runtime::flow::{Ending, Message, What, Work};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a flow promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// It runs.
    Runs,
    /// No effect happens twice.
    Once,
    /// It comes to an end, once nothing goes wrong any more and people act.
    Ends,
    /// Nobody waits without an owner and a clock.
    Owned,
    /// What was acknowledged is taken, or is a dead letter.
    Kept,
    /// Milestones are reached in their order.
    Ordered,
    /// What is undone is undone wholly.
    Undone,
    /// What the scenario says holds.
    Holds,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Promise::Runs => "it can't go on",
            Promise::Once => "an effect happened twice",
            Promise::Ends => "it does not come to an end",
            Promise::Owned => "it waits without an owner and a clock",
            Promise::Kept => "a message was lost",
            Promise::Ordered => "milestones are out of order",
            Promise::Undone => "not everything was undone",
            Promise::Holds => "the scenario does not hold",
        })
    }
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub promise: Promise,
    /// How.
    pub detail: String,
}

impl Broken {
    pub(super) fn new(promise: Promise, detail: impl Into<String>) -> Self {
        Broken { promise, detail: detail.into() }
    }
}

/// The object in a state.
#[derive(Deserialize)]
struct Peek<'a> {
    #[serde(borrow)]
    data: PeekData<'a>,
}

#[derive(Deserialize)]
struct PeekData<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
}

/// What is noted on the way.
#[derive(Debug, Default)]
pub(super) struct Judge {
    accepted: BTreeSet<(String, String)>,
    failing: BTreeMap<String, String>,
    /// The state that was looked at last, and the object in it.
    looked: (Vec<u8>, String),
    /// The steps, and their parts, of which somebody saw to it by hand that they were undone.
    pub by_hand: BTreeSet<(String, Option<String>)>,
}

impl Judge {
    pub fn accepted(&mut self, message: &Message) {
        self.accepted.insert((message.name.to_string(), message.id.to_string()));
    }

    /// Looks at the data of an instance.
    pub fn look(&mut self, stage: &Stage<'static>, state: &[u8]) {
        if self.looked.0 == state {
            return;
        }
        let Ok(Peek { data: PeekData { object } }) = serde_json::from_slice::<Peek<'_>>(state) else { return };
        let text = object.get();
        let known = self.looked.1 == text;
        self.looked = (state.to_vec(), text.to_owned());
        if known {
            return;
        }
        for (hold, written) in &stage.holds {
            if self.failing.contains_key(*written) {
                continue;
            }
            let told = match hold.holds_of(stage.plan.flow.object, text) {
                Ok(true) => continue,
                Ok(false) => format!("`{written}` does not hold of {text}"),
                Err(failure) => format!("`{written}`: {}", failure.detail()),
            };
            self.failing.insert((*written).to_owned(), told);
        }
    }

    /// Everything that was broken.
    pub fn verdict(
        &self,
        stage: &Stage<'static>,
        world: &World<'_>,
        driver: &mut Rehearsal<Memory>,
        ending: Option<Ending>,
    ) -> Vec<Broken> {
        let mut broken: Vec<Broken> =
            self.failing.values().map(|told| Broken::new(Promise::Holds, told.clone())).collect();
        let effects = world.records().effects.clone();
        for (deed, count) in effects.iter().filter(|(_, count)| **count > 1) {
            let part = deed.part.as_deref().map(|part| format!("[{part}]")).unwrap_or_default();
            let detail = format!("{} of {}{part} happened {count} times", deed.operation, deed.step);
            broken.push(Broken::new(Promise::Once, detail));
        }
        let instances: Vec<Instance> = driver.store().states().map(|(instance, _)| instance.clone()).collect();
        for instance in instances {
            let Ok(seen) = driver.seen(&instance) else { continue };
            let state: Value =
                seen.state.as_deref().and_then(|state| serde_json::from_str(state).ok()).unwrap_or_default();
            let some = |key: &str| state.get(key).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
            if ending.is_none() && !some("live") && !some("exceptions") {
                broken
                    .push(Broken::new(Promise::Owned, format!("{} waits for nothing that has a clock", instance.key)));
            }
            let turned = seen.audit.iter().any(|entry| entry.what == What::Goto);
            if !turned {
                broken.extend(in_order(stage, &seen.milestones));
            }
            if ending == Some(Ending::Undone) {
                broken.extend(self.all_undone(stage, &effects));
            }
            broken.extend(self.lost(&state, driver));
        }
        broken
    }

    fn all_undone(&self, stage: &Stage<'static>, effects: &BTreeMap<Deed, u32>) -> Vec<Broken> {
        let undoable: BTreeSet<&str> = stage
            .plan
            .program
            .blocks
            .iter()
            .flatten()
            .filter(|step| matches!(step.work, Work::Call { undo: Some(_), write: true, .. }))
            .map(|step| step.name.as_ref())
            .collect();
        let to_undo = |deed: &&Deed| {
            !deed.undo
                && undoable.contains(deed.step.as_str())
                && !self.by_hand.contains(&(deed.step.clone(), deed.part.clone()))
        };
        let undone = |deed: &Deed| {
            effects.keys().any(|other| {
                other.undo && other.step == deed.step && other.part == deed.part && other.generation >= deed.generation
            })
        };
        let left = effects.keys().filter(to_undo).filter(|deed| !undone(deed));
        left.map(|deed| {
            let part = deed.part.as_deref().map(|part| format!("[{part}]")).unwrap_or_default();
            Broken::new(Promise::Undone, format!("{} of {}{part} was never undone", deed.operation, deed.step))
        })
        .collect()
    }

    /// Messages that were acknowledged, and neither taken nor kept nor a dead letter.
    fn lost(&self, state: &Value, driver: &mut Rehearsal<Memory>) -> Vec<Broken> {
        let handled: BTreeSet<&str> = state
            .get("log")
            .and_then(|log| log.get("handled"))
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.get(1).and_then(Value::as_str))
            .collect();
        let mut known: BTreeSet<(String, String)> = BTreeSet::new();
        for letter in driver.letters().unwrap_or_default() {
            known.insert((letter.letter.message.name.to_string(), letter.letter.message.id.to_string()));
        }
        for message in driver.store().kept() {
            known.insert((message.name.to_string(), message.id.to_string()));
        }
        let lost = self.accepted.iter().filter(|(name, id)| {
            let taken = format!("{name} {id}");
            !handled.contains(taken.as_str()) && !known.contains(&(name.clone(), id.clone()))
        });
        lost.map(|(name, id)| Broken::new(Promise::Kept, format!("{name} {id} was acknowledged and is nowhere")))
            .collect()
    }
}

/// The first milestone that came too early.
fn in_order(stage: &Stage<'static>, milestones: &[(String, Option<String>, i64)]) -> Option<Broken> {
    let order: Vec<&str> = stage
        .plan
        .flow
        .steps
        .iter()
        .filter_map(|step| step.milestone.as_ref())
        .map(|milestone| milestone.name.as_str())
        .collect();
    let mut last: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for (name, part, _) in milestones {
        let Some(place) = order.iter().position(|known| known == name) else { continue };
        // A step that holds others reaches its own milestone after theirs.
        let holds = stage.plan.flow.steps.iter().any(|step| {
            step.milestone.as_ref().is_some_and(|milestone| milestone.name == *name)
                && matches!(step.kind, crate::model::StepKind::Each(_) | crate::model::StepKind::Decide(_))
        });
        let before = last.entry(part.as_deref()).or_default();
        if place < *before && !holds {
            return Some(Broken::new(
                Promise::Ordered,
                format!("{name} came after {}", order.get(*before).unwrap_or(&"")),
            ));
        }
        *before = place.max(*before);
    }
    None
}
