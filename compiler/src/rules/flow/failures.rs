//! What a call can fail with: the exceptions that its operation raises by name, those that its mappings raise, and an
//! answer that can't be read.
//!
//! Failures of arithmetic and of bounds in expressions are not told here.

use crate::expr::ir::{Kind, Node};
use crate::model::{Action, Call, CallStep, Does, Flow, Id, Mapping, Miss, Model, StepId, StepKind, UnknownCode};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Of an answer that is not what its record says.
const UNREADABLE: &str = "decode_failed";

/// Where a failure comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The place that names it.
    pub span: Span,
    /// What raises it: `wms.create_order`, `order_to_wms`.
    pub by: String,
}

/// The exceptions that a call can fail with, by name, each with the first place that names it.
pub(super) fn of_call(model: &Model, call: &Call) -> BTreeMap<String, Origin> {
    let mut all = BTreeMap::new();
    if let Some(operation) = model.operation(call.operation) {
        for (name, _, span) in &operation.raises {
            let by = model.operation_name(call.operation);
            all.entry(name.clone()).or_insert(Origin { span: *span, by });
        }
    }
    for one in call.send.iter().chain(call.receive.iter().map(|receive| &receive.mapping)) {
        for name in of_mapping(model, one.mapping) {
            let by = model.mappings[one.mapping].name.clone();
            all.entry(name).or_insert(Origin { span: one.span, by });
        }
    }
    if let Some(receive) = &call.receive {
        let by = model.operation_name(call.operation);
        let origin = Origin { span: receive.mapping.span, by };
        all.entry(UNREADABLE.to_owned()).or_insert(origin);
    }
    all
}

/// The exceptions that a mapping raises by name, those of the value mappings that it calls included.
fn of_mapping(model: &Model, mapping: Id<Mapping>) -> BTreeSet<String> {
    let (mut names, mut seen, mut next) = (BTreeSet::new(), BTreeSet::new(), vec![mapping]);
    while let Some(id) = next.pop() {
        if !seen.insert(id) {
            continue;
        }
        let mapping = &model.mappings[id];
        names.extend(mapping.require.iter().map(|require| require.raise.clone()));
        for lookup in &mapping.lookups {
            if let Miss::Raise(name) = &lookup.miss {
                names.insert(name.clone());
            }
        }
        let nodes = mapping.require.iter().map(|require| &require.rule);
        let nodes = nodes.chain(mapping.lets.iter().map(|part| &part.value)).chain(&mapping.body);
        for node in nodes {
            node.walk(&mut |node| raised_by(model, mapping, node, &mut names, &mut next));
        }
    }
    names
}

fn raised_by(model: &Model, mapping: &Mapping, node: &Node, names: &mut BTreeSet<String>, next: &mut Vec<Id<Mapping>>) {
    match &node.kind {
        Kind::OrRaise(_, name) => {
            names.insert(name.clone());
        }
        Kind::Apply(called, _) => next.push(*called),
        Kind::Extern(function, _) => {
            let function = mapping.functions.get(usize::from(*function));
            names.extend(function.into_iter().flat_map(|function| function.raises.iter().cloned()));
        }
        Kind::CodeIn(codes, system, _) => {
            let crosswalk = model.codes[*codes].crosswalks.iter().find(|crosswalk| crosswalk.system == *system);
            if let Some(UnknownCode::Raise(name)) = crosswalk.and_then(|crosswalk| crosswalk.unknown.as_ref()) {
                names.insert(name.clone());
            }
        }
        _ => {}
    }
}

/// The steps at which each exception is raised in a flow.
pub(super) fn raised_at(model: &Model, flow: &Flow) -> BTreeMap<String, BTreeSet<StepId>> {
    let mut all: BTreeMap<String, BTreeSet<StepId>> = BTreeMap::new();
    let mut add = |name: &str, id| {
        all.entry(name.to_owned()).or_default().insert(id);
    };
    for (id, step) in flow.steps() {
        match &step.kind {
            StepKind::Call(call) => raised_by_call(model, call).iter().for_each(|name| add(name, id)),
            StepKind::Await(wait) => {
                let raised = wait.branches.iter().filter_map(|branch| branch.raise.as_ref()).chain(&wait.late);
                raised.for_each(|raise| add(&raise.name, id));
            }
            StepKind::Decide(branches) => {
                branches.iter().filter_map(|branch| branch.then.raises()).for_each(|raise| add(&raise.name, id));
            }
            StepKind::Raise(raise) => add(&raise.name, id),
            StepKind::Publish(_) | StepKind::Wait { .. } | StepKind::Each(_) => {}
        }
    }
    // What an action raises in place of another exception is raised where that was.
    let mut open: Vec<String> = all.keys().cloned().collect();
    while let Some(name) = open.pop() {
        let handlers = flow.handlers.iter().filter(|handler| handler.exception.name == name);
        for raise in handlers.flat_map(|handler| &handler.actions).filter_map(|(_, _, action)| action.raises()) {
            let steps = all.get(&name).cloned().unwrap_or_default();
            let known = all.entry(raise.name.clone()).or_default();
            let before = known.len();
            known.extend(steps);
            if known.len() > before {
                open.push(raise.name.clone());
            }
        }
    }
    all
}

/// The exceptions that a step raises if its call fails: what its `failures` make of them.
fn raised_by_call(model: &Model, call: &CallStep) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for name in of_call(model, &call.call).into_keys() {
        match handled(call, &name).map(|action| &action.does) {
            None => {
                all.insert(name);
            }
            Some(Does::Raise(raise)) => {
                all.insert(raise.name.clone());
            }
            Some(_) => {}
        }
    }
    all
}

/// What a step says is done when its call fails with an exception.
pub(super) fn handled<'c>(call: &'c CallStep, name: &str) -> Option<&'c Action> {
    call.failures.iter().find(|failure| failure.exception.name == name).map(|failure| &failure.action)
}
