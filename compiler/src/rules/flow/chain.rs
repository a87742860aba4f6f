//! The steps that come before one, and the longest chain of them.

use crate::model::{Flow, Place, Step, StepId, StepKind};
use std::collections::BTreeSet;

/// All steps that the flow comes by on its way to one: those before it, those before the `each` or decision that it
/// stands in, and what runs inside any of them or inside itself.
pub(super) fn before(flow: &Flow, step: StepId) -> BTreeSet<StepId> {
    let mut found = BTreeSet::new();
    let mut next = [nearest(flow, step), inner(flow, step)].concat();
    while let Some(id) = next.pop() {
        if found.insert(id) {
            next.extend(nearest(flow, id));
            next.extend(inner(flow, id));
        }
    }
    found
}

/// The steps after which one is entered: those that it names, and the one that it stands in.
pub(super) fn nearest(flow: &Flow, id: StepId) -> Vec<StepId> {
    let Some(step) = flow.step(id) else { return Vec::new() };
    let mut all: Vec<StepId> = step.after.iter().map(|(id, _)| *id).collect();
    // The `each` itself is not done by then, so what else runs in it does not count.
    let above = step.parent.and_then(|parent| flow.step(parent)).into_iter().flat_map(|parent| &parent.after);
    all.extend(above.map(|(id, _)| *id));
    if let Place::Branch(decision, _) = step.place {
        all.push(decision);
    }
    all
}

/// The steps that stand in one.
fn inner(flow: &Flow, id: StepId) -> Vec<StepId> {
    match flow.step(id).map(|step| &step.kind) {
        Some(StepKind::Each(each)) => each.steps.clone(),
        _ => Vec::new(),
    }
}

/// Of the ways to the end of a step, the one on which steps weigh most: what it weighs, and its steps in order. Parts of
/// an `each` run beside each other.
pub(super) fn heaviest(flow: &Flow, to: StepId, weight: &dyn Fn(&Step) -> u64) -> (u64, Vec<StepId>) {
    let mut steps = before(flow, to);
    steps.insert(to);
    let mut best: Vec<Option<(u64, Option<StepId>)>> = vec![None; flow.steps.len()];
    // Steps that wait for each other in a circle are never done; they have a finding of their own.
    for id in in_order(flow, &steps) {
        let Some(step) = flow.step(id) else { continue };
        let mut earlier = nearest(flow, id);
        earlier.extend(inner(flow, id));
        let before = earlier.into_iter().filter_map(|id| Some((best.get(id.index())?.as_ref()?.0, id)));
        let (above, from) = before.max_by_key(|(sum, id)| (*sum, std::cmp::Reverse(*id))).unzip();
        if let Some(slot) = best.get_mut(id.index()) {
            *slot = Some((above.unwrap_or(0).saturating_add(weight(step)), from));
        }
    }
    let mut way = Vec::new();
    let mut at = Some(to);
    while let Some((_, from)) = at.and_then(|id| best.get(id.index()).copied().flatten()) {
        way.extend(at);
        at = from;
    }
    way.reverse();
    let sum = best.get(to.index()).copied().flatten().map_or(0, |(sum, _)| sum);
    (sum, way)
}

/// Some steps, each after those before it.
fn in_order(flow: &Flow, steps: &BTreeSet<StepId>) -> Vec<StepId> {
    let mut open: Vec<usize> = vec![0; flow.steps.len()];
    let mut waiting: Vec<Vec<StepId>> = vec![Vec::new(); flow.steps.len()];
    for id in steps {
        let earlier: BTreeSet<StepId> = nearest(flow, *id).into_iter().chain(inner(flow, *id)).collect();
        for before in earlier.intersection(steps) {
            if let (Some(open), Some(waiting)) = (open.get_mut(id.index()), waiting.get_mut(before.index())) {
                *open += 1;
                waiting.push(*id);
            }
        }
    }
    let mut order: Vec<StepId> = steps.iter().copied().filter(|id| open.get(id.index()) == Some(&0)).collect();
    let mut at = 0;
    while let Some(id) = order.get(at).copied() {
        at += 1;
        for after in waiting.get(id.index()).into_iter().flatten() {
            if let Some(open) = open.get_mut(after.index()) {
                *open = open.saturating_sub(1);
                if *open == 0 {
                    order.push(*after);
                }
            }
        }
    }
    order
}
