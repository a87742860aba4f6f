//! Where the values of a mapping come from: for each target path what is read of an input or of a lookup's answer, named
//! parts and elements of loops followed to what they stand for. Only what is written out counts: a condition that decides
//! between two values is told apart by its role. Absent on purpose: called value mappings, to which a value goes whole, and
//! judgement.

use super::sites::{self, Place, Role, Site};
use crate::expr::ir::{Func, Kind, LoopKind, Node, VarId};
use crate::model::{Mapping, Model, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What a read value belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// An input, by its position.
    Input(u32),
    /// A lookup's answer, by its position.
    Lookup(u16),
}

/// A value that is read for a target.
#[derive(Debug)]
pub struct Origin<'m> {
    /// The target.
    pub place: Rc<Place<'m>>,
    /// What it is to the target.
    pub role: Role,
    /// What it is read of.
    pub root: Root,
    /// Field positions from there inward; lists are entered. Empty for the whole.
    pub path: Vec<u16>,
    /// The expression that reads it.
    pub node: &'m Node,
}

/// Every value that a mapping reads for a target.
pub fn origins<'m>(model: &'m Model, mapping: &'m Mapping) -> Vec<Origin<'m>> {
    origins_but(model, mapping, &|_| false)
}

/// Every value that a mapping reads for a target, but for what expressions read that are `left_out`.
pub fn origins_but<'m>(model: &'m Model, mapping: &'m Mapping, left_out: &dyn Fn(&Node) -> bool) -> Vec<Origin<'m>> {
    let mut bindings = Bindings::new(mapping);
    let parts: BTreeMap<VarId, &Node> = mapping.lets.iter().map(|part| (part.var, &part.value)).collect();
    mapping.body.iter().for_each(|body| body.walk(&mut |node| bindings.bind(node)));
    let mut found = Vec::new();
    let mut entered: BTreeSet<(VarId, Vec<u16>, Role)> = BTreeSet::new();
    // A path is told once, not once more for each of its steps.
    let mut steps: BTreeSet<usize> = BTreeSet::new();
    let mut open: Vec<Site<'m>> = sites::roots(mapping);
    while let Some(site) = open.pop() {
        let node = site.node;
        if left_out(node) {
            continue;
        }
        let step = steps.contains(&address(node));
        let read = if step || !is_read(node) { None } else { bindings.root(node) };
        if let Some(base) = onward(node).filter(|_| step || read.is_some()) {
            steps.insert(address(base));
        }
        // What is gone over is read by what is read of its elements.
        if let Some(list) = gone_over(node) {
            steps.insert(address(list));
        }
        if let Some((root, path)) = read {
            found.push(Origin { place: Rc::clone(&site.place), role: site.role, root, path, node });
        } else if let Kind::Var(var) = &node.kind
            && !step
            && let Some(part) = parts.get(var)
            && entered.insert((*var, site.place.path(), site.role))
        {
            open.push(Site { node: part, place: Rc::clone(&site.place), role: site.role });
        }
        sites::children(model, &site, &mut open);
    }
    found
}

/// Whether an expression may read a value for a target.
fn is_read(node: &Node) -> bool {
    matches!(node.kind, Kind::Field(..) | Kind::OptField(..) | Kind::Var(_) | Kind::Lookup(..) | Kind::Present(_))
}

/// What an expression is a part or element of, or the same value as.
pub fn onward(node: &Node) -> Option<&Node> {
    match &node.kind {
        Kind::Field(base, _)
        | Kind::OptField(base, _)
        | Kind::Present(base)
        | Kind::Some(base)
        | Kind::At(_, base)
        | Kind::OrRaise(base, _)
        | Kind::OrElse(base, _) => Some(base),
        Kind::Call(Func::First | Func::Last | Func::OnlyOne | Func::IndexList | Func::IndexListOpt, args) => {
            args.first()
        }
        Kind::Loop(found) if matches!(found.kind, LoopKind::Filter | LoopKind::Find | LoopKind::One) => {
            Some(&found.list)
        }
        _ => None,
    }
}

/// The list, or optional, whose elements an expression looks at one by one.
fn gone_over(node: &Node) -> Option<&Node> {
    match &node.kind {
        Kind::Each(each) => Some(&each.list),
        Kind::EachPatch(each) => Some(&each.list),
        Kind::OptMap { of, .. } => Some(of),
        Kind::Loop(found) if !matches!(found.kind, LoopKind::Filter | LoopKind::Find | LoopKind::One) => {
            Some(&found.list)
        }
        _ => None,
    }
}

fn address(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

/// What variables stand for.
struct Bindings<'m> {
    inputs: u32,
    bound: BTreeMap<VarId, &'m Node>,
}

/// How deep a path is followed.
const DEPTH: usize = 64;

impl<'m> Bindings<'m> {
    fn new(mapping: &'m Mapping) -> Self {
        let inputs = u32::try_from(mapping.inputs.len()).unwrap_or(u32::MAX);
        let mut bindings = Bindings { inputs, bound: BTreeMap::new() };
        for part in &mapping.lets {
            bindings.bound.insert(part.var, &part.value);
            part.value.walk(&mut |node| bindings.bind(node));
        }
        bindings
    }

    fn bind(&mut self, node: &'m Node) {
        match &node.kind {
            Kind::OptMap { of, var, .. } => drop(self.bound.insert(*var, of)),
            Kind::Loop(found) => drop(self.bound.insert(found.var, &found.list)),
            Kind::Each(each) => {
                self.bound.insert(each.var, &each.list);
                self.bound.extend(each.lets.iter().map(|(var, value)| (*var, value)));
            }
            Kind::EachPatch(each) => {
                self.bound.insert(each.var, &each.list);
                self.bound.extend(each.lets.iter().map(|(var, value)| (*var, value)));
            }
            Kind::Make { fields, .. } => self.bound.extend(fields.iter().map(|(_, var, value)| (*var, value))),
            _ => {}
        }
    }

    /// What a value is read of, if it is nothing but read.
    fn root(&self, node: &Node) -> Option<(Root, Vec<u16>)> {
        let mut path = Vec::new();
        let mut at = node;
        for _ in 0..DEPTH {
            match &at.kind {
                Kind::Field(base, 0) if matches!(base.ty, Type::Pair(..)) => return None,
                Kind::Field(base, field) | Kind::OptField(base, field) if !matches!(base.ty, Type::Pair(..)) => {
                    path.push(*field);
                }
                Kind::Lookup(position, _) => {
                    path.reverse();
                    return Some((Root::Lookup(*position), path));
                }
                Kind::Var(var) if var.0 < self.inputs => {
                    path.reverse();
                    return Some((Root::Input(var.0), path));
                }
                _ => {}
            }
            at = match &at.kind {
                Kind::Var(var) => self.bound.get(var)?,
                _ => onward(at)?,
            };
        }
        None
    }
}
