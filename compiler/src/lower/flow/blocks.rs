//! Blocks: the lists of steps of a flow, each in an order in which what must come before does.

use crate::model::{Flow, StepId};
use std::collections::BTreeMap;

/// Where every step stands: its block and its position there.
pub(super) struct Blocks {
    lists: Vec<Vec<StepId>>,
    places: BTreeMap<StepId, (u16, u16)>,
    /// The block of a list, by its first step.
    heads: BTreeMap<StepId, u16>,
}

impl Blocks {
    pub fn new(flow: &Flow) -> Self {
        let mut this = Self { lists: Vec::new(), places: BTreeMap::new(), heads: BTreeMap::new() };
        for steps in flow.lists() {
            this.add(flow, steps);
        }
        this
    }

    fn add(&mut self, flow: &Flow, steps: &[StepId]) {
        let block = u16::try_from(self.lists.len()).unwrap_or(u16::MAX);
        let list = in_order(flow, steps);
        self.heads.extend(steps.first().map(|head| (*head, block)));
        for (step, position) in list.iter().zip(0_u16..) {
            self.places.insert(*step, (block, position));
        }
        self.lists.push(list);
    }

    /// The lists, by block.
    pub fn lists(&self) -> std::vec::IntoIter<Vec<StepId>> {
        self.lists.clone().into_iter()
    }

    /// The block of a list of steps.
    pub fn of(&self, steps: &[StepId]) -> Option<u16> {
        self.heads.get(steps.first()?).copied()
    }

    /// Where a step stands.
    pub fn place(&self, step: StepId) -> Option<(u16, u16)> {
        self.places.get(&step).copied()
    }
}

/// The steps as declared, but none before one that it comes after. Steps that wait for each other stay as they are.
fn in_order(flow: &Flow, steps: &[StepId]) -> Vec<StepId> {
    let mut rest = steps.to_vec();
    let mut list = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let is_free =
            |id: &StepId| flow.step(*id).is_none_or(|step| step.after.iter().all(|(before, _)| !rest.contains(before)));
        let next = rest.iter().position(is_free).unwrap_or(0);
        list.push(rest.remove(next));
    }
    list
}
