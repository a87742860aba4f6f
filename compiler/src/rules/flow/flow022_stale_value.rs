//! FLOW022 stale-value: a value is kept or used longer than it is fresh
//!
//! A field says under `freshness:` how old it may be, and something keeps its value longer: the `cache:` of a lookup that it
//! is made of, or of an operation of an API that shows it; the `staleness:` of a replica; the interval (`every:`) at which
//! the event that brings it is polled. Or a step sends it after a wait that may take longer, and nothing between brought it
//! anew.
//!
//! A price or a stock level that is minutes too old is sold: what was promised can't be kept.
//!
//! Bad, where `total` has `freshness: 5m`:
//! ```yaml
//! replicas:
//!   wms: { fields: [total], staleness: 10m }
//! ```
//! Good:
//! ```yaml
//! replicas:
//!   wms: { fields: [total], staleness: 60s }
//! ```
//! Keep it for less, ask again before it is used, or let the field be older. Level it with `rules: { FLOW022: warn }`, or
//! waive it at the mapping's target (`at: sap_order.total`), the ownership's path (`at: order_ownership.total`), the API's
//! operation (`at: orders.price`), the event (`at: wms.stock`) or the step (`at: order_to_warehouse.submit`).

use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::entered;
use crate::model::{Flow, Id, Mapping, Model, Received, Step, StepId, StepKind, Struct, Transport};
use crate::rules::Context;
use crate::rules::map::origins::{Origin, Root, origins};
use crate::rules::map::sites::{Role, element};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW022", name: "stale-value", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    if !model.structs.rows().iter().any(|of| of.fields.iter().any(|field| field.freshness.is_some())) {
        return;
    }
    for mapping in model.mappings.rows() {
        looked_up(model, mapping, found);
    }
    shown(model, found);
    replicas(model, found);
    for flow in sound(model) {
        polled(model, flow, found);
        sent(model, flow, found);
    }
}

/// A field with a freshness, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fresh {
    seconds: u64,
    span: Span,
}

/// The least freshness along a path.
fn along(model: &Model, of: Id<Struct>, path: &[u16]) -> Option<Fresh> {
    let mut at = Some(of);
    let mut least = None;
    for position in path {
        let Some(field) = at.and_then(|id| model.structs[id].field(*position)) else { break };
        let own = field.freshness.map(|seconds| Fresh { seconds, span: field.span });
        least = [least, own].into_iter().flatten().min();
        at = entered(&field.ty);
    }
    least
}

/// The least freshness along a path and below it.
fn within(model: &Model, of: Id<Struct>, path: &[u16]) -> Option<Fresh> {
    let mut least = along(model, of, path);
    let last = path.iter().try_fold(of, |at, position| entered(&model.structs[at].field(*position)?.ty));
    let mut open: Vec<Id<Struct>> = last.into_iter().collect();
    let mut seen: BTreeSet<Id<Struct>> = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        for field in &model.structs[id].fields {
            let own = field.freshness.map(|seconds| Fresh { seconds, span: field.span });
            least = [least, own].into_iter().flatten().min();
            open.extend(entered(&field.ty));
        }
    }
    least
}

fn finding(span: Span, what: &str, kept: u64, fresh: Fresh) -> Diagnostic {
    let message = format!("{what} {}, and is fresh for {}", time(kept), time(fresh.seconds));
    Diagnostic::new(RULE, span, message).related(fresh.span, "how old it may be is said here")
}

/// `10m`, `90s`, `2d`.
fn time(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = units.iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
    unit.map_or_else(|| format!("{seconds}s"), |(length, word)| format!("{}{word}", seconds / length))
}

/// Answers that are kept longer than what is made of them, or what is read of them, is fresh.
fn looked_up(model: &Model, mapping: &Mapping, found: &mut Diagnostics) {
    if !mapping.lookups.iter().any(|lookup| lookup.cache.is_some()) {
        return;
    }
    let mut told: BTreeSet<(String, u16)> = BTreeSet::new();
    for origin in origins(model, mapping) {
        let Root::Lookup(position) = origin.root else { continue };
        let Some(lookup) = mapping.lookups.get(usize::from(position)) else { continue };
        let Some(kept) = lookup.cache.filter(|_| origin.role != Role::Condition) else { continue };
        let made = entered(&mapping.target).and_then(|target| along(model, target, &origin.place.path()));
        let read = entered(&lookup.result).and_then(|record| along(model, record, &origin.path));
        let Some(fresh) = [made, read].into_iter().flatten().min().filter(|fresh| fresh.seconds < kept) else {
            continue;
        };
        let place = origin.place.text();
        if told.insert((place.clone(), position)) {
            let what = format!("`{place}` is made of an answer that is kept for");
            let finding = finding(origin.node.span, &what, kept, fresh).related(lookup.span, "kept here");
            found.push(finding.at(element(mapping, &place)).help("lower its `cache:`"));
        }
    }
}

/// Answers of APIs.
fn shown(model: &Model, found: &mut Diagnostics) {
    for api in model.apis.rows() {
        for operation in &api.operations {
            let Some(kept) = operation.cache else { continue };
            let received = operation.receive.map(|id| &model.mappings[id]);
            let received = received.and_then(|mapping| {
                let target = entered(&mapping.target)?;
                mapping.assigned.iter().filter_map(|assigned| within(model, target, &assigned.path)).min()
            });
            let answered = operation.response.filter(|_| operation.receive.is_none());
            let fresh = received.or_else(|| within(model, answered?, &[])).filter(|fresh| fresh.seconds < kept);
            if let Some(fresh) = fresh {
                let name = format!("{}.{}", api.name, operation.name);
                let what = format!("an answer of `{name}` is kept for");
                let finding = finding(operation.span, &what, kept, fresh).at(name);
                found.push(finding.help("lower its `cache:`"));
            }
        }
    }
}

fn replicas(model: &Model, found: &mut Diagnostics) {
    for ownership in model.ownerships.rows() {
        for replica in &ownership.replicas {
            let Some(kept) = replica.staleness else { continue };
            for (path, text, span) in &replica.fields {
                let fresh = within(model, ownership.object, path).filter(|fresh| fresh.seconds < kept);
                if let Some(fresh) = fresh {
                    let system = &model.systems[replica.system].name;
                    let what = format!("`{text}` in `{system}` may be as old as");
                    let finding = finding(*span, &what, kept, fresh).at(format!("{}.{text}", ownership.name));
                    found.push(finding.help("lower its `staleness:`, or leave the field out of the copy"));
                }
            }
        }
    }
}

/// Events that are asked for less often than what they bring is fresh.
fn polled(model: &Model, flow: &Flow, found: &mut Diagnostics) {
    for taken in flow.events() {
        let (Some(event), Some(receive)) = (model.event(taken.event), &taken.receive) else { continue };
        let Some(Transport::Poll { every_ms, .. }) = &event.transport else { continue };
        let mapping = &model.mappings[receive.mapping.mapping];
        let Some(target) = entered(&mapping.target) else { continue };
        let every = every_ms.div_ceil(1000);
        let stale =
            mapping.assigned.iter().filter_map(|assigned| Some((within(model, target, &assigned.path)?, assigned)));
        let Some((fresh, assigned)) = stale.min_by_key(|(fresh, _)| *fresh).filter(|(fresh, _)| fresh.seconds < every)
        else {
            continue;
        };
        let name = model.event_name(taken.event);
        let what = format!("`{}` comes by `{name}`, which is asked for every", assigned.text);
        let finding = finding(event.span, &what, every, fresh).at(name);
        found.push(finding.related(taken.span, format!("`{}` takes it here", flow.name)).help("ask more often"));
    }
}

/// Requests after a wait.
fn sent(model: &Model, flow: &Flow, found: &mut Diagnostics) {
    let mut read: BTreeMap<Id<Mapping>, Vec<Origin<'_>>> = BTreeMap::new();
    for (id, step) in flow.steps() {
        let StepKind::Call(call) = &step.kind else { continue };
        let Some(send) = &call.call.send else { continue };
        let mapping = &model.mappings[send.mapping];
        let origins = read.entry(send.mapping).or_insert_with(|| origins(model, mapping));
        let mut told: BTreeSet<StepId> = BTreeSet::new();
        for origin in origins.iter().filter(|origin| origin.role != Role::Condition) {
            let Root::Input(input) = origin.root else { continue };
            let of = mapping.inputs.get(input as usize).map(|input| input.of);
            let Some(fresh) = of.filter(|of| *of == flow.object).and_then(|of| along(model, of, &origin.path)) else {
                continue;
            };
            let Some((waits, waited)) = waited(model, flow, id, &origin.path, fresh) else { continue };
            if told.insert(waits) {
                let place = origin.place.text();
                let what = format!("`{}` sends `{place}` after a wait of up to", step.name);
                let at = flow.step(waits).map_or(step.span, |step| step.span);
                let finding = finding(send.span, &what, waited, fresh).related(at, "it waits here");
                let finding = finding.related(origin.node.span, "read here");
                let element = format!("{}.{}", flow.name, step.name);
                found.push(finding.at(element).help("ask its owner again before: `call` and `receive`"));
            }
        }
    }
}

/// A wait before a step that may take longer than a value is fresh, with nothing after it that brings the value anew.
fn waited(model: &Model, flow: &Flow, id: StepId, path: &[u16], fresh: Fresh) -> Option<(StepId, u64)> {
    let mut open = vec![id];
    let mut seen: BTreeSet<StepId> = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some(step) = flow.step(id).filter(|_| seen.insert(id)) else { continue };
        let before = step.after.iter().map(|(id, _)| *id);
        let outer = if step.after.is_empty() { step.parent } else { None };
        // The first step of an `each` runs after what is before that.
        if let Some(outer) = outer {
            open.push(outer);
        }
        for before in before {
            let Some(step) = flow.step(before) else { continue };
            if brings(model, step, path) {
                continue;
            }
            let waits = match &step.kind {
                StepKind::Wait { ms } => Some(*ms),
                StepKind::Await(wait) => wait.within_ms,
                _ => None,
            };
            match waits.map(|ms| ms.div_ceil(1000)).filter(|seconds| *seconds > fresh.seconds) {
                Some(seconds) => return Some((before, seconds)),
                None => open.push(before),
            }
        }
    }
    None
}

/// Whether a step receives a value anew.
fn brings(model: &Model, step: &Step, path: &[u16]) -> bool {
    let received: Vec<_> = match &step.kind {
        StepKind::Call(call) => call.call.receive.iter().collect(),
        StepKind::Await(wait) => wait.branches.iter().filter_map(|branch| branch.event.receive.as_ref()).collect(),
        _ => Vec::new(),
    };
    received.into_iter().filter(|receive| receive.into == Received::Patch).any(|receive| {
        let assigned = &model.mappings[receive.mapping.mapping].assigned;
        assigned.iter().any(|assigned| path.starts_with(&assigned.path) || assigned.path.starts_with(path))
    })
}
