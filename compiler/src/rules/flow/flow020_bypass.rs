//! FLOW020 bypass: one system's words go straight to another
//!
//! What a system says reaches another system's call without becoming part of a canonical object: a start asks a system with
//! values of another system's event (`fetch`); a request to a system is filled from another system's answer to a lookup;
//! or an API gives its caller what a system answered as it is, without a mapping.
//!
//! The two systems then know each other's formats, codes and numbers: a change of one breaks the other, nothing checks who
//! owns the value, and nobody sees that it passed.
//!
//! Bad:
//! ```yaml
//! - { event: shop.order_created, fetch: { stock: { call: wms.get_stock, params: { sku: src.sku } } }, receive: shop_order }
//! ```
//! Good:
//! ```yaml
//! - { event: shop.order_created, receive: shop_order }
//! ```
//! Map what is said to the object first; steps send it on from there. A lookup that helps a mapping to make the object is
//! none of these. Level it with `rules: { FLOW020: warn }`, or waive it at the flow (`at: order_to_warehouse`), the
//! mapping's target (`at: order_to_wms.stock`) or the API's operation (`at: orders.stock`).

use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Kind, VarId};
use crate::model::{Api, Call, Flow, Intent, LookupSource, Mapping, Model, StartFrom};
use crate::rules::Context;
use crate::rules::map::origins::{Root, origins};
use crate::rules::map::sites::{Role, element};
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW020", name: "bypass", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for flow in sound(model) {
        fetched(model, flow, found);
    }
    for mapping in model.mappings.rows().iter().filter(|mapping| mapping.intent == Intent::Request) {
        looked_up(model, mapping, found);
    }
    for api in model.apis.rows() {
        found.extend(raw(model, api));
    }
}

/// Calls at a start that take values of another system's event.
fn fetched(model: &Model, flow: &Flow, found: &mut Diagnostics) {
    for start in &flow.starts {
        let StartFrom::Event { event, fetch } = &start.from else { continue };
        for fetch in fetch.iter().filter(|fetch| fetch.call.operation.system != event.event.system) {
            if !reads(&fetch.call, event.src) {
                continue;
            }
            let operation = model.operation_name(fetch.call.operation);
            let message = format!("`{operation}` is called with what `{}` says", model.event_name(event.event));
            let finding = Diagnostic::new(RULE, fetch.call.span, message).at(flow.name.clone());
            let finding = finding.related(event.span, "the event of another system");
            let object = &model.structs[flow.object].name;
            found.push(finding.help(format!("receive the event as `{object}`, and call with that in a step")));
        }
    }
}

fn reads(call: &Call, src: VarId) -> bool {
    let mut reads = false;
    call.walk(&mut |node| {
        node.walk(&mut |node| reads |= matches!(&node.kind, Kind::Var(var) if *var == src));
    });
    reads
}

/// Requests that are filled from another system's answer.
fn looked_up(model: &Model, mapping: &Mapping, found: &mut Diagnostics) {
    let Some(system) = mapping.system.filter(|_| !mapping.lookups.is_empty()) else { return };
    let mut told: BTreeSet<(String, u16)> = BTreeSet::new();
    for origin in origins(model, mapping) {
        let Root::Lookup(position) = origin.root else { continue };
        let Some(lookup) = mapping.lookups.get(usize::from(position)) else { continue };
        let LookupSource::Operation(asked, operation) = &lookup.source else { continue };
        let place = origin.place.text();
        if *asked == system || origin.role == Role::Condition || !told.insert((place.clone(), position)) {
            continue;
        }
        let (from, to) = (&model.systems[*asked].name, &model.systems[system].name);
        let message = format!("what `{from}.{operation}` answers goes to `{to}` as it is");
        let finding = Diagnostic::new(RULE, origin.node.span, message).at(element(mapping, &place));
        let finding = finding.related(lookup.span, "looked up here");
        found.push(finding.help("let the flow receive it into the object, and map the request from there"));
    }
}

/// Operations of an API that answer with a system's record.
fn raw<'m>(model: &'m Model, api: &'m Api) -> impl Iterator<Item = Diagnostic> {
    api.operations.iter().filter_map(|operation| {
        let (system, position) = operation.call.filter(|_| operation.receive.is_none())?;
        let called = model.systems[system].operations.get(usize::from(position))?;
        let record = called.response?;
        let name = format!("{}.{}", api.name, operation.name);
        let message = format!("`{name}` gives its caller `{}` as it is", model.structs[record].full_name(model));
        let finding = Diagnostic::new(RULE, operation.span, message).at(name);
        let finding = finding.related(called.span, "what answers it");
        Some(finding.help("map the answer to an object or value: `receive:`"))
    })
}
