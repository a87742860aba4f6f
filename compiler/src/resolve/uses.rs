//! What is mentioned: for rules on what is declared and never used.

use crate::expr::ir::{Kind, Node};
use crate::model::{Call, Id, Mapping, Miss, Model, Struct, Takes, Type, UnknownCode};
use std::collections::BTreeSet;

/// Names and ids mentioned anywhere but in their own declaration.
#[derive(Debug, Default)]
pub struct Uses {
    /// Canonical types: values and code lists.
    pub types: BTreeSet<String>,
    /// Exceptions.
    pub exceptions: BTreeSet<String>,
    /// Teams.
    pub teams: BTreeSet<String>,
    /// Mappings that are called, or named by an API.
    pub mappings: BTreeSet<Id<Mapping>>,
    /// Records that are read, written, or part of another.
    pub records: BTreeSet<Id<Struct>>,
}

/// Collects what is mentioned.
pub(super) fn uses(model: &Model) -> Uses {
    let mut uses = Uses::default();
    for of in model.structs.rows() {
        for field in &of.fields {
            uses.ty(model, &field.ty);
            field.initial.iter().for_each(|node| uses.node(model, node));
        }
        for invariant in &of.invariants {
            uses.exceptions.insert(invariant.raise.clone());
            uses.node(model, &invariant.rule);
        }
    }
    for codes in model.codes.rows() {
        for crosswalk in &codes.crosswalks {
            if let Some(UnknownCode::Raise(exception)) = &crosswalk.unknown {
                uses.exceptions.insert(exception.clone());
            }
        }
    }
    for system in model.systems.rows() {
        uses.teams.extend(system.team.clone());
        for operation in &system.operations {
            uses.records.extend(operation.request.iter().chain(&operation.response).copied());
            uses.records.extend(operation.errors.iter().map(|(_, record)| *record));
            uses.exceptions.extend(operation.raises.iter().map(|(name, _, _)| name.clone()));
            operation.params.iter().for_each(|p| uses.ty(model, &p.ty));
        }
        uses.records.extend(system.events.iter().filter_map(|e| e.record));
    }
    uses.teams.extend(model.ownerships.rows().iter().filter_map(|o| o.steward.clone()));
    uses.teams.extend(model.exceptions.rows().iter().filter_map(|e| e.team.clone()));
    uses.teams.extend(model.exceptions.rows().iter().filter_map(|e| Some(e.escalate.as_ref()?.to.clone())));
    uses.teams.extend(model.workspace.waivers.iter().map(|w| w.by.clone()));
    for mapping in model.mappings.rows() {
        for input in &mapping.inputs {
            uses.ty(model, &Type::Struct(input.of));
        }
        uses.ty(model, &mapping.target);
        mapping.require.iter().for_each(|r| {
            uses.exceptions.insert(r.raise.clone());
            uses.node(model, &r.rule);
        });
        mapping.lets.iter().for_each(|l| uses.node(model, &l.value));
        mapping.body.iter().for_each(|b| uses.node(model, b));
        for lookup in &mapping.lookups {
            uses.ty(model, &lookup.result);
            if let Miss::Raise(exception) = &lookup.miss {
                uses.exceptions.insert(exception.clone());
            }
        }
        uses.exceptions.extend(mapping.functions.iter().flat_map(|f| f.raises.iter().cloned()));
    }
    uses.mappings.extend(model.apis.rows().iter().flat_map(|a| a.operations.iter().filter_map(|o| o.receive)));
    flows(model, &mut uses);
    uses
}

/// What events and flows mention.
fn flows(model: &Model, uses: &mut Uses) {
    for system in model.systems.rows() {
        for event in &system.events {
            uses.records.extend(event.carried());
            event.expressions().for_each(|(_, node)| uses.node(model, node));
        }
    }
    for event in model.events.rows() {
        uses.teams.extend(event.dead_letter.as_ref().and_then(|dead_letter| dead_letter.team.clone()));
        for subscriber in &event.subscribers {
            if let Takes::Call(call) = &subscriber.takes {
                uses.call(model, call);
            }
        }
    }
    for flow in model.flows.rows() {
        flow.keep.iter().for_each(|kept| uses.ty(model, &Type::Struct(kept.element)));
        flow.walk(&mut |node| uses.node(model, node));
        flow.calls().for_each(|(_, call)| uses.call(model, call));
        uses.exceptions.extend(flow.raises().map(|raise| raise.name.clone()));
        uses.mappings.extend(flow.events().filter_map(|event| Some(event.receive.as_ref()?.mapping.mapping)));
    }
}

impl Uses {
    fn ty(&mut self, model: &Model, ty: &Type) {
        match ty {
            Type::List(inner) | Type::Optional(inner) => self.ty(model, inner),
            Type::Map(key, value) => {
                self.ty(model, key);
                self.ty(model, value);
            }
            Type::Struct(id) if model.structs[*id].is_record() => {
                self.records.insert(*id);
            }
            Type::Struct(id) => {
                self.types.insert(model.structs[*id].name.clone());
            }
            Type::Code(id) => {
                self.types.insert(model.codes[*id].name.clone());
            }
            _ => {}
        }
    }

    fn call(&mut self, model: &Model, call: &Call) {
        call.walk(&mut |node| self.node(model, node));
        let uses = call.send.iter().chain(call.receive.iter().map(|receive| &receive.mapping));
        self.mappings.extend(uses.map(|one| one.mapping));
    }

    fn node(&mut self, model: &Model, node: &Node) {
        node.walk(&mut |node| {
            self.ty(model, &node.ty);
            match &node.kind {
                Kind::OrRaise(_, exception) => {
                    self.exceptions.insert(exception.clone());
                }
                Kind::CodeIn(codes, _, _) | Kind::CodeOut(codes, _, _) => {
                    self.types.insert(model.codes[*codes].name.clone());
                }
                Kind::Apply(mapping, _) => {
                    self.mappings.insert(*mapping);
                }
                _ => {}
            }
        });
    }
}
