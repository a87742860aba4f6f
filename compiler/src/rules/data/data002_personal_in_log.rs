//! DATA002 personal-in-log: personal data in a log, an audit entry or a dead letter
//!
//! Data of class `personal` or `sensitive` goes where it is written down beside the business: into the path or query of a
//! call (every proxy logs it); into what tells messages, instances, their parts and effects apart (`dedupe`, `order_by`,
//! `key`, `each`, `idempotency`), which stands in every audit entry and log line; or into the payload of an event whose
//! dead letters are kept. A record's field is personal if it says so, or if it becomes a personal field as it is. Messages
//! that systems send are kept as they came when they can't be handled, and are not counted.
//!
//! Where this rule finds nothing, what flows write down (audit, exceptions and what teams are told of them, why a letter is
//! dead, what the status of an instance shows) holds no value of a personal or sensitive field: the rest of it is names of
//! the specs, states, times and numbers. Failures quote no value of any payload, whatever its class: they say
//! `a text of 12 characters`, and where it stands; `crossdock map` shows the value to who has the payload. Two things are
//! written down as they come: the keys of a payload's `map`, as part of that place, and what the client of a system says
//! of a call that failed.
//!
//! Logs are read by many, copied and kept for years; who asks to be forgotten is forgotten everywhere else only.
//!
//! Bad, where `contact` is personal:
//! ```yaml
//! params: { contact: order.contact }
//! ```
//! Good:
//! ```yaml
//! params: { number: order.order_id }
//! ```
//! Name people by keys; send what is personal in a request's body. Level it with `rules: { DATA002: warn }`, or waive it at
//! the step (`at: order_to_warehouse.find`), the event (`at: shop.order_created`, `at: order_changed`), the flow
//! (`at: order_to_warehouse`) or the mapping (`at: shop_order`).

use super::classes::{Classed, Classes, calls, flow_vars};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Kind, Node, VarId};
use crate::model::{
    Event, Id, LookupSource, Mapping, Model, Operation, Over, ParamPlace, StepKind, Struct, System, Type,
};
use crate::rules::Context;
use crate::rules::words::names;

/// The rule.
pub const RULE: RuleId = RuleId { code: "DATA002", name: "personal-in-log", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let classes = Classes::new(model);
    for system in model.systems.rows() {
        events(system, &classes, found);
    }
    flows(model, &classes, found);
    published(model, &classes, found);
    params(model, &classes, found);
    for mapping in model.mappings.rows().iter().filter(|mapping| !mapping.lookups.is_empty()) {
        lookups(model, mapping, &classes, found);
    }
}

fn personal(node: &Node, class: Classed, what: &str, when: &str) -> Diagnostic {
    let word = class.0.word();
    let message = format!("{word} data is written down {when}: it is part of {what}");
    Diagnostic::new(RULE, node.span, message).related(class.1, format!("it is {word}"))
}

const NAME_IT: &str = "use a key or identifier that says nothing of a person";

fn events(system: &System, classes: &Classes<'_>, found: &mut Diagnostics) {
    for event in &system.events {
        let Some(record) = event.carried() else { continue };
        for (key, node) in [("dedupe", &event.dedupe), ("order_by", &event.order_by)] {
            let Some(node) = node else { continue };
            if let Some(class) = classes.read(node, &[(Event::SRC, record)]) {
                let finding = personal(node, class, &format!("`{key}`"), "with every message");
                found.push(finding.at(format!("{}.{}", system.name, event.name)).help(NAME_IT));
            }
        }
    }
}

fn flows(model: &Model, classes: &Classes<'_>, found: &mut Diagnostics) {
    for flow in model.flows.rows().iter().filter(|flow| !flow.unresolved) {
        let vars = flow_vars(model, flow);
        if let Some((key, class)) = flow.key.as_ref().and_then(|key| Some((key, classes.read(key, &vars)?))) {
            let finding = personal(key, class, "the key of the flow", "in all that is kept of an instance");
            found.push(finding.at(flow.name.clone()).help(NAME_IT));
        }
        for step in &flow.steps {
            let (key, class, what, when) = match &step.kind {
                StepKind::Call(call) => {
                    let Some(key) = &call.idempotency else { continue };
                    (key, classes.read(key, &vars), "the idempotency key", "with every attempt")
                }
                StepKind::Each(each) => {
                    let Some((key, class)) = parts(&each.over, classes, &vars) else { continue };
                    (key, class, "the key of a part", "in all that is kept of it")
                }
                _ => continue,
            };
            if let Some(class) = class {
                let finding = personal(key, class, what, when);
                found.push(finding.at(format!("{}.{}", flow.name, step.name)).help(NAME_IT));
            }
        }
    }
}

/// What tells the parts of an `each` apart, and its class.
fn parts<'m>(
    over: &'m Over,
    classes: &Classes<'_>,
    vars: &[(VarId, Id<Struct>)],
) -> Option<(&'m Node, Option<Classed>)> {
    Some(match over {
        Over::Elements { list, of, key, .. } => (list, classes.along(*of, &[*key])),
        Over::Groups { list, element: var, by, .. } => {
            let vars: Vec<_> = vars.iter().copied().chain(element(list).map(|of| (*var, of))).collect();
            (by, classes.read(by, &vars))
        }
        Over::Unknown => return None,
    })
}

fn published(model: &Model, classes: &Classes<'_>, found: &mut Diagnostics) {
    for event in model.events.rows() {
        let class = |path: &[u16]| classes.within(event.object, path);
        if let Some((field, class)) = event.key.iter().find_map(|field| Some((field, class(&field.path)?))) {
            let word = class.0.word();
            let message = format!("{word} data is written down with every message: `{}` is its key", field.text);
            let finding = Diagnostic::new(RULE, field.span, message).related(class.1, format!("it is {word}"));
            found.push(finding.at(event.name.clone()).help(NAME_IT));
        }
        let Some(dead_letter) = &event.dead_letter else { continue };
        let held: Vec<_> = event.fields.iter().filter_map(|field| Some((field, class(&field.path)?))).collect();
        let Some((first, class)) = held.first() else { continue };
        let word = class.0.word();
        let fields = names(held.iter().map(|(field, _)| field.text.as_str()));
        let message = format!("dead letters of `{}` hold {fields}, which is {word} data", event.name);
        let finding = Diagnostic::new(RULE, first.span, message).at(event.name.clone());
        let finding = finding.related(class.1, format!("it is {word}")).related(dead_letter.span, "they are kept here");
        found.push(finding.help("publish the key, and let subscribers ask for the rest"));
    }
}

/// Whether a parameter stands in the address of a call.
fn in_address(operation: Option<&Operation>, position: u16) -> Option<&str> {
    let param = operation?.params.get(usize::from(position))?;
    matches!(param.place, ParamPlace::Path | ParamPlace::Query).then_some(param.name.as_str())
}

fn params(model: &Model, classes: &Classes<'_>, found: &mut Diagnostics) {
    for placed in calls(model) {
        for (position, node, _) in &placed.call.params {
            let Some(param) = in_address(model.operation(placed.call.operation), *position) else { continue };
            if let Some(class) = classes.read(node, &placed.vars) {
                let finding = personal(node, class, &format!("the address, as `{param}`"), "with every call");
                found.push(finding.at(placed.element.clone()).help(NAME_IT));
            }
        }
    }
}

/// Keys of lookups, which stand in addresses.
fn lookups(model: &Model, mapping: &Mapping, classes: &Classes<'_>, found: &mut Diagnostics) {
    let inputs = (0_u32..).map(VarId).zip(mapping.inputs.iter().map(|input| input.of));
    let mut vars: Vec<(VarId, Id<Struct>)> = inputs.collect();
    let mut asked: Vec<(u16, &[Node])> = Vec::new();
    let parts = mapping.lets.iter().map(|part| &part.value);
    for node in parts.chain(&mapping.body) {
        node.walk(&mut |node| match &node.kind {
            Kind::Each(each) => vars.extend(element(&each.list).map(|of| (each.var, of))),
            Kind::EachPatch(each) => vars.extend(element(&each.list).map(|of| (each.var, of))),
            Kind::Loop(found) => vars.extend(element(&found.list).map(|of| (found.var, of))),
            Kind::Lookup(position, args) => asked.push((*position, args)),
            _ => {}
        });
    }
    for (position, args) in asked {
        let Some(lookup) = mapping.lookups.get(usize::from(position)) else { continue };
        let LookupSource::Operation(system, name) = &lookup.source else { continue };
        let operation = model.systems[*system].operations.iter().find(|operation| operation.name == *name);
        for (arg, (param, _)) in args.iter().zip(&lookup.params) {
            let at = operation.and_then(|operation| operation.params.iter().position(|known| known.name == *param));
            let at = at.and_then(|at| u16::try_from(at).ok());
            if at.and_then(|at| in_address(operation, at)).is_none() {
                continue;
            }
            if let Some(class) = classes.read(arg, &vars) {
                let finding = personal(arg, class, &format!("the address, as `{param}`"), "with every call");
                let finding = finding.related(lookup.span, "the lookup");
                found.push(finding.at(mapping.name.clone()).help(NAME_IT));
            }
        }
    }
}

fn element(list: &Node) -> Option<Id<Struct>> {
    list.ty.element().and_then(Type::as_struct)
}
