//! Load: how often the flows call each deployment of a system at their declared peaks, in exact arithmetic.
//!
//! Counted is the least that comes, as [`super::flow019_over_limit`] says.

use crate::expr::ir::{Const, Kind};
use crate::model::{
    Call, Flow, Id, Model, OperationRef, Peak, Place, PublishedEvent, StartFrom, Step, StepKind, System, Takes,
};
use crate::source::Span;
use std::collections::BTreeMap;

/// A deployment that is called: a system, and the position of its instance if one is named.
type Called = (Id<System>, Option<usize>);
/// The calls of one instance of a flow, by deployment, in order.
type Calls = BTreeMap<Called, Vec<(OperationRef, Span)>>;

/// What flows ask of a system, or of one instance of it that they name.
pub struct Load<'m> {
    /// The system.
    pub system: &'m System,
    /// The position of the instance, if only what names it is counted.
    pub instance: Option<usize>,
    /// By flow.
    pub shares: Vec<Share<'m>>,
}

/// What one flow asks of a deployment.
#[derive(Clone)]
pub struct Share<'m> {
    /// How often the flow begins.
    pub peak: &'m Peak,
    /// The calls of one instance of it, and where they are made.
    pub calls: Vec<(OperationRef, Span)>,
}

/// What every deployment of a system is asked at the declared peaks. What names no instance may go to any: the load of a
/// system is all of it.
pub fn loads(model: &Model) -> Vec<Load<'_>> {
    let mut all: BTreeMap<Called, Vec<Share<'_>>> = BTreeMap::new();
    for peak in &model.workspace.peaks {
        let Some(flow) = model.flows_by_name.get(&peak.flow).map(|id| &model.flows[*id]) else { continue };
        if flow.unresolved {
            continue;
        }
        for (called, calls) in of_flow(model, flow) {
            all.entry(called).or_default().push(Share { peak, calls });
        }
    }
    // A system is there with its instances, also if each call names one.
    for system in all.keys().map(|(system, _)| *system).collect::<Vec<_>>() {
        all.entry((system, None)).or_default();
    }
    let load = |(system, instance): &Called| {
        let shares = all.iter().filter(|((of, named), _)| of == system && (instance.is_none() || named == instance));
        let shares = shares.flat_map(|(_, shares)| shares.iter().cloned()).collect();
        Load { system: &model.systems[*system], instance: *instance, shares }
    };
    all.keys().map(load).collect()
}

impl Load<'_> {
    /// `ongoing[west]`.
    pub fn name(&self) -> String {
        match self.instance.and_then(|at| self.system.instances.get(at)) {
            Some(instance) => format!("{}[{}]", self.system.name, instance.name),
            None => self.system.name.clone(),
        }
    }

    /// Calls per second, in thousandths.
    pub fn rate(&self) -> u128 {
        self.shares.iter().map(|share| u128::from(share.peak.rate_milli) * share.calls.len() as u128).sum()
    }

    /// How many deployments bear it.
    pub fn deployments(&self) -> usize {
        if self.instance.is_some() { 1 } else { self.system.instances.len().max(1) }
    }

    /// What they bear together, in thousandths of calls per second, if a limit is declared.
    pub fn capacity(&self) -> Option<u128> {
        Some(u128::from(self.system.limits.rate_milli?) * self.deployments() as u128)
    }
}

/// `12.5/s`, of thousandths.
pub fn per_second(milli: u128) -> String {
    let (whole, rest) = (milli / 1000, milli % 1000);
    let decimals = format!("{rest:03}");
    match decimals.trim_end_matches('0') {
        "" => format!("{whole}/s"),
        decimals => format!("{whole}.{decimals}/s"),
    }
}

/// The calls of one instance of a flow in its own course.
fn of_flow(model: &Model, flow: &Flow) -> Calls {
    let mut calls = Calls::new();
    let starts = flow.starts.iter().map(|start| match &start.from {
        StartFrom::Event { fetch, .. } => of_calls(model, fetch.iter().map(|fetch| &fetch.call)),
        StartFrom::Api { .. } => Calls::new(),
    });
    add(&mut calls, busiest(starts));
    for step in flow.steps.iter().filter(|step| step.place == Place::Body) {
        add(&mut calls, of_step(model, step));
    }
    for (id, step) in flow.steps() {
        if let StepKind::Decide(branches) = &step.kind {
            let branch = |at: usize| {
                let place = u32::try_from(at).ok().map(|at| Place::Branch(id, at));
                let mut calls = Calls::new();
                for step in flow.steps.iter().filter(|step| Some(step.place) == place) {
                    add(&mut calls, of_step(model, step));
                }
                calls
            };
            if step.place == Place::Body {
                add(&mut calls, busiest((0..branches.len()).map(branch)));
            }
        }
    }
    calls
}

fn of_step(model: &Model, step: &Step) -> Calls {
    match &step.kind {
        StepKind::Call(call) => of_calls(model, [&call.call]),
        StepKind::Publish(event) => of_calls(model, subscribed(model, *event)),
        _ => Calls::new(),
    }
}

fn subscribed(model: &Model, event: Id<PublishedEvent>) -> impl Iterator<Item = &Call> {
    model.events[event].subscribers.iter().filter_map(|subscriber| match &subscriber.takes {
        Takes::Call(call) => Some(call),
        Takes::Reads(_) => None,
    })
}

fn of_calls<'m>(model: &Model, calls: impl IntoIterator<Item = &'m Call>) -> Calls {
    let mut all = Calls::new();
    for call in calls {
        let system = call.operation.system;
        all.entry((system, instance(model, call))).or_default().push((call.operation, call.span));
    }
    all
}

/// The instance that a call names in so many words.
fn instance(model: &Model, call: &Call) -> Option<usize> {
    let text = match &call.instance.as_ref()?.kind {
        Kind::Const(Const::Text(text)) => text.as_str(),
        Kind::Const(Const::Code(codes, code)) => &model.codes[*codes].codes.get(usize::from(*code))?.code,
        _ => return None,
    };
    model.systems[call.operation.system].instances.iter().position(|one| one.is == text || one.name == text)
}

fn add(all: &mut Calls, more: Calls) {
    for (called, calls) in more {
        all.entry(called).or_default().extend(calls);
    }
}

/// Of alternatives, the most calls of each deployment.
fn busiest(alternatives: impl Iterator<Item = Calls>) -> Calls {
    let mut most = Calls::new();
    for alternative in alternatives {
        for (called, calls) in alternative {
            let known = most.entry(called).or_default();
            if known.len() < calls.len() {
                *known = calls;
            }
        }
    }
    most
}
