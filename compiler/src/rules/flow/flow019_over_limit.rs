//! FLOW019 over-limit: the declared peak is more than a system bears
//!
//! At the `peak:` of the flows a system is called more often than its `limits:` allow. Counted are, for each instance of a
//! flow, the calls of its own steps, those of a decision's busiest branch, what the busiest start fetches first, and the
//! calls of subscribers of what it publishes. A step inside `each` counts once, a list of pages as one page, and retries,
//! interrupts, compensations and lookups do not: what is found is the least that comes. A system with instances has the
//! limit once per instance; a call that names one instance counts for that one. Or a peak is declared for a flow that there
//! is not: it is held against nothing.
//!
//! What is above the limit is refused or waits: the peak lasts longer than the business believes, or orders are late.
//!
//! Bad, where two calls of each `order_to_warehouse` go to `wms`, which has `limits: { rate: 40/s }`:
//! ```yaml
//! peak: { order_to_warehouse: 30/s }
//! ```
//! Good:
//! ```yaml
//! peak: { order_to_warehouse: 20/s }
//! ```
//! Call less often, agree on a higher limit, or declare the peak that the landscape bears and start later what is above it.
//! Level it with `rules: { FLOW019: warn }`, or waive it at the system (`at: wms`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity, suggest};
use crate::expr::ir::{Const, Kind};
use crate::model::{
    Call, Flow, Id, Model, OperationRef, Peak, Place, PublishedEvent, StartFrom, Step, StepKind, System, Takes,
};
use crate::rules::Context;
use crate::source::Span;
use std::collections::BTreeMap;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW019", name: "over-limit", severity: Severity::Error };

/// A deployment that is called: a system, and the position of its instance if one is named.
type Called = (Id<System>, Option<usize>);
/// The calls of one instance of a flow, by deployment, in order.
type Calls = BTreeMap<Called, Vec<(OperationRef, Span)>>;

/// How many calls are shown.
const SHOWN: usize = 4;

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let mut all: BTreeMap<Called, Vec<Share<'_>>> = BTreeMap::new();
    for peak in &model.workspace.peaks {
        let Some(id) = model.flows_by_name.get(&peak.flow) else {
            if !context.incomplete {
                found.push(stranger(model, peak));
            }
            continue;
        };
        let flow = &model.flows[*id];
        if flow.unresolved {
            continue;
        }
        for (called, calls) in of_flow(model, flow) {
            all.entry(called).or_default().push(Share { peak, calls });
        }
    }
    let named: Vec<Called> = all.keys().copied().collect();
    for (system, instance) in named {
        // Calls that name no instance may go to any.
        let shares = all.get(&(system, instance)).into_iter().flatten();
        if instance.is_none() {
            let rest = all.iter().filter(|((of, named), _)| *of == system && named.is_some());
            let shares: Vec<&Share<'_>> = shares.chain(rest.flat_map(|(_, shares)| shares)).collect();
            found.extend(judge(model, system, None, &shares));
        } else {
            found.extend(judge(model, system, instance, &shares.collect::<Vec<_>>()));
        }
    }
}

/// What one flow asks of a deployment.
struct Share<'m> {
    peak: &'m Peak,
    calls: Vec<(OperationRef, Span)>,
}

impl Share<'_> {
    fn rate(&self) -> u128 {
        u128::from(self.peak.rate_milli) * self.calls.len() as u128
    }
}

fn stranger(model: &Model, peak: &Peak) -> Diagnostic {
    let known = model.flows_by_name.keys().map(String::as_str);
    let help = suggest(&peak.flow, known).map(|near| format!("did you mean `{near}`?"));
    let message = format!("there is no flow `{}`: its peak is held against nothing", peak.flow);
    Diagnostic::new(RULE, peak.span, message).at(peak.flow.clone()).help_opt(help)
}

fn judge(model: &Model, id: Id<System>, instance: Option<usize>, shares: &[&Share<'_>]) -> Option<Diagnostic> {
    let system = &model.systems[id];
    let limit = u128::from(system.limits.rate_milli?);
    let deployments = if instance.is_some() { 1 } else { system.instances.len().max(1) };
    let capacity = limit * deployments as u128;
    let rate: u128 = shares.iter().map(|share| share.rate()).sum();
    if rate <= capacity {
        return None;
    }
    let name = match instance.and_then(|at| system.instances.get(at)) {
        Some(instance) => format!("{}[{}]", system.name, instance.name),
        None => system.name.clone(),
    };
    let bears = if deployments > 1 {
        format!("{} × {deployments} instances = {}", per_second(limit), per_second(capacity))
    } else {
        per_second(capacity)
    };
    let message = format!("`{name}` is called {} at the peak, and bears {bears}", sum(shares, rate));
    let first = shares.first()?;
    let mut finding = Diagnostic::new(RULE, first.peak.span, message).at(system.name.clone());
    for (operation, span) in shares.iter().flat_map(|share| &share.calls).take(SHOWN) {
        finding = finding.related(*span, format!("one call of `{}`", model.operation_name(*operation)));
    }
    finding = finding.related(system.span, format!("its limit is {}", per_second(limit)));
    Some(finding.help("call it less often, agree on a higher limit, or declare a peak that it bears"))
}

/// `30/s × 2 = 60/s`.
fn sum(shares: &[&Share<'_>], rate: u128) -> String {
    let part = |share: &&Share<'_>| format!("{} × {}", share.peak.text, share.calls.len());
    let parts: Vec<String> = shares.iter().map(part).collect();
    format!("{} = {}", parts.join(" + "), per_second(rate))
}

fn per_second(milli: u128) -> String {
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
