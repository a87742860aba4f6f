//! When a patch touches a target, and when it clears it: read off the source fields that its value reads.
//!
//! A target is untouched if a source field it reads is missing; a field that the expression asks about itself, with
//! `has`, does not count: the expression has said what happens then.

use crate::expr::check::path_of;
use crate::expr::ir::{Const, Kind, Node, VarId};
use crate::model::{Model, Type};
use std::collections::BTreeSet;

/// A bool: whether everything that `value` reads is there.
pub fn touched(model: &Model, value: &Node) -> Node {
    let span = value.span;
    let mut all = Node::constant(Const::Bool(true), Type::Bool, span);
    for leaf in leaves(model, value) {
        for part in prefixes(model, &leaf) {
            let fails = part.fails && !matches!(&part.kind, Kind::Field(base, _) if matches!(base.kind, Kind::Var(_)));
            let missing = Node { kind: Kind::IsMissing(Box::new(part)), ty: Type::Bool, fails, span };
            let there = Node { kind: Kind::Not(Box::new(missing)), ty: Type::Bool, fails, span };
            all = match all.kind {
                Kind::Const(Const::Bool(true)) => there,
                _ => {
                    let fails = all.fails || there.fails;
                    Node { kind: Kind::And(Box::new(all), Box::new(there)), ty: Type::Bool, fails, span }
                }
            };
        }
    }
    all
}

/// A bool: whether one of the fields that `value` reads is in a state that clears.
pub fn clears(model: &Model, value: &Node) -> Node {
    let span = value.span;
    let mut any = Node::constant(Const::Bool(false), Type::Bool, span);
    let leaves = leaves(model, value);
    let parts = leaves.iter().flat_map(|leaf| {
        // What an event names as changed, and does not give, is gone with all that lies in it.
        let outer = prefixes(model, leaf).into_iter().filter(|part| part.ty != leaf.ty && in_event(model, part));
        outer.chain([leaf.clone()]).collect::<Vec<_>>()
    });
    for leaf in parts {
        let (Kind::Field(base, position) | Kind::OptField(base, position)) = &leaf.kind else { continue };
        let wire = base.ty.as_struct().and_then(|id| model.structs[id].field(*position)).and_then(|f| f.wire.as_ref());
        if !wire.is_some_and(|w| w.nullable || w.on_empty_clears) && !in_event(model, &leaf) {
            continue;
        }
        let fails = base.fails;
        let cleared = Node { kind: Kind::IsCleared(Box::new(leaf)), ty: Type::Bool, fails, span };
        any = match any.kind {
            Kind::Const(Const::Bool(false)) => cleared,
            _ => {
                let fails = any.fails || cleared.fails;
                Node { kind: Kind::Or(Box::new(any), Box::new(cleared)), ty: Type::Bool, fails, span }
            }
        };
    }
    any
}

/// The record fields that the value reads, each once: the longest paths, outside the value's own loops.
fn leaves(model: &Model, value: &Node) -> Vec<Node> {
    let mut bound = BTreeSet::new();
    value.walk(&mut |node| match &node.kind {
        Kind::OptMap { var, .. } => {
            bound.insert(*var);
        }
        Kind::Loop(l) => {
            bound.insert(l.var);
        }
        Kind::Each(e) => {
            bound.insert(e.var);
        }
        Kind::EachPatch(e) => {
            bound.insert(e.var);
        }
        _ => {}
    });
    let mut found = Vec::new();
    let mut asked = BTreeSet::new();
    collect(model, value, &bound, &mut asked, &mut found);
    let mut paths: Vec<(VarId, Vec<u16>)> = Vec::new();
    found.retain(|node| {
        let Some(path) = path_of(node) else { return false };
        if asked.contains(&path) || paths.contains(&path) {
            return false;
        }
        paths.push(path);
        true
    });
    found
}

fn collect(
    model: &Model,
    node: &Node,
    bound: &BTreeSet<VarId>,
    asked: &mut BTreeSet<(VarId, Vec<u16>)>,
    found: &mut Vec<Node>,
) {
    match &node.kind {
        Kind::Has(inner) | Kind::IsNull(inner) => {
            asked.extend(path_of(inner));
        }
        // What a nested patch touches, it says itself.
        Kind::Patch(_) => {}
        Kind::EachPatch(e) => collect(model, &e.list, bound, asked, found),
        Kind::Field(base, _) | Kind::OptField(base, _) => {
            let record = base.ty.as_struct().is_some_and(|id| model.structs[id].is_record());
            let own = path_of(node).is_some_and(|(var, _)| !bound.contains(&var));
            if record && own {
                found.push(node.clone());
            } else {
                collect(model, base, bound, asked, found);
            }
        }
        _ => node.children(&mut |child| collect(model, child, bound, asked, found)),
    }
}

/// The path itself and what it goes through, outermost first.
fn prefixes(model: &Model, leaf: &Node) -> Vec<Node> {
    let mut all = vec![leaf.clone()];
    let mut at = leaf;
    loop {
        at = match &at.kind {
            Kind::Field(base, _) | Kind::OptField(base, _) | Kind::Present(base) => base,
            _ => break,
        };
        if let Kind::Field(base, _) | Kind::OptField(base, _) = &at.kind
            && base.ty.as_struct().is_some_and(|id| model.structs[id].is_record())
        {
            all.push(at.clone());
        }
    }
    all.reverse();
    all
}

/// Whether a field stands in a record that says which of its fields changed.
fn in_event(model: &Model, node: &Node) -> bool {
    let (Kind::Field(base, _) | Kind::OptField(base, _)) = &node.kind else { return false };
    base.ty.as_struct().is_some_and(|id| model.structs[id].changed.is_some())
}
