//! Which paths of its inputs a mapping reads, and where: exact, through loops and through the mappings that it calls.

use crate::expr::ir::{Func, Kind, LoopKind, Node, VarId};
use crate::model::{Id, Mapping, Model, Struct};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Field positions from an input inward; lists are entered.
type Path = Vec<u16>;

/// One expression that reads a path.
pub(super) struct Read {
    /// Where it leads.
    pub path: Path,
    /// Whether the value is used as it is, with all that is in it; a list that is gone through is not.
    pub whole: bool,
    /// The mapping that it stands in: the one that was asked, or one that it calls.
    pub mapping: Id<Mapping>,
    /// Where it stands.
    pub span: Span,
}

/// Everything that a mapping reads of those of its inputs that are of a struct.
pub(super) fn reads(model: &Model, mapping: Id<Mapping>, of: Id<Struct>) -> Vec<Read> {
    let inputs = &model.mappings[mapping].inputs;
    let inputs: Vec<Option<Path>> = inputs.iter().map(|input| (input.of == of).then(Path::new)).collect();
    let mut found = Vec::new();
    let mut calls = vec![(mapping, inputs)];
    let mut seen = BTreeSet::new();
    while let Some((id, inputs)) = calls.pop() {
        if seen.insert((id, inputs.clone())) {
            Walk::new(model, id, inputs, &mut found, &mut calls).mapping();
        }
    }
    found
}

/// A mapping to be walked, with the path that stands for each of its inputs.
type Call = (Id<Mapping>, Vec<Option<Path>>);

struct Walk<'w> {
    model: &'w Model,
    mapping: Id<Mapping>,
    /// What variables stand for, as far as that is a path.
    paths: BTreeMap<VarId, Path>,
    found: &'w mut Vec<Read>,
    calls: &'w mut Vec<Call>,
}

impl<'w> Walk<'w> {
    fn new(
        model: &'w Model,
        mapping: Id<Mapping>,
        inputs: Vec<Option<Path>>,
        found: &'w mut Vec<Read>,
        calls: &'w mut Vec<Call>,
    ) -> Self {
        let inputs = (0..).map(VarId).zip(inputs);
        let paths = inputs.filter_map(|(var, path)| Some((var, path?))).collect();
        Walk { model, mapping, paths, found, calls }
    }

    fn mapping(mut self) {
        let mapping = &self.model.mappings[self.mapping];
        for require in &mapping.require {
            self.node(&require.rule);
        }
        for part in &mapping.lets {
            self.node(&part.value);
            self.bind(part.var, &part.value);
        }
        if let Some(body) = &mapping.body {
            self.node(body);
        }
    }

    fn node(&mut self, node: &Node) {
        match &node.kind {
            Kind::Var(_) | Kind::Field(..) | Kind::OptField(..) => self.read(node, true),
            Kind::Loop(found) => {
                self.read(&found.list, false);
                self.bind(found.var, &found.list);
                found.filter.iter().for_each(|when| self.node(when));
                self.node(&found.body);
            }
            Kind::Each(each) => {
                self.element(&each.list, each.var, &each.lets, &each.drops);
                self.node(&each.body);
            }
            Kind::EachPatch(each) => {
                self.element(&each.list, each.var, &each.lets, &each.drops);
                self.node(&each.key.1);
                each.removed.iter().for_each(|removed| self.node(removed));
                self.node(&each.body);
            }
            Kind::OptMap { of, var, body } => {
                self.read(of, false);
                self.bind(*var, of);
                self.node(body);
            }
            Kind::Apply(id, args) => {
                for arg in args {
                    self.read(arg, false);
                }
                self.calls.push((*id, args.iter().map(|arg| self.path(arg)).collect()));
            }
            // Whether it is there, how many there are: nothing in it is looked at.
            Kind::Has(of) | Kind::IsNull(of) | Kind::IsMissing(of) | Kind::IsCleared(of) => self.read(of, false),
            Kind::Call(func, args) => {
                let compares = matches!(func, Func::Equal | Func::NotEqual | Func::InList | Func::Distinct);
                let hands_on = node.ty.as_struct().is_some() || node.ty.element().is_some();
                for arg in args {
                    self.read(arg, compares || hands_on);
                }
            }
            _ => node.children(&mut |child| self.node(child)),
        }
    }

    fn element(&mut self, list: &Node, var: VarId, lets: &[(VarId, Node)], drops: &[(Node, String)]) {
        self.read(list, false);
        self.bind(var, list);
        for (var, value) in lets {
            self.node(value);
            self.bind(*var, value);
        }
        for (when, _) in drops {
            self.node(when);
        }
    }

    /// A node that is read; what lies on the way to it is not.
    fn read(&mut self, node: &Node, whole: bool) {
        match self.path(node) {
            Some(path) => {
                if !path.is_empty() {
                    self.found.push(Read { path, whole, mapping: self.mapping, span: node.span });
                }
                self.way(node);
            }
            None => match &node.kind {
                Kind::Var(_) => {}
                Kind::Field(of, _) | Kind::OptField(of, _) => self.read(of, false),
                _ => self.node(node),
            },
        }
    }

    /// What stands beside the path in a node that is one: conditions, indices.
    fn way(&mut self, node: &Node) {
        match &node.kind {
            Kind::Loop(found) => {
                self.way(&found.list);
                self.bind(found.var, &found.list);
                found.filter.iter().for_each(|when| self.node(when));
                self.node(&found.body);
            }
            Kind::Call(_, args) => {
                let mut args = args.iter();
                args.next().iter().for_each(|of| self.way(of));
                args.for_each(|arg| self.node(arg));
            }
            _ => node.children(&mut |child| self.way(child)),
        }
    }

    fn bind(&mut self, var: VarId, to: &Node) {
        if let Some(path) = self.path(to) {
            self.paths.insert(var, path);
        }
    }

    /// The path that a node is, if it is one.
    fn path(&self, node: &Node) -> Option<Path> {
        match &node.kind {
            Kind::Var(var) => self.paths.get(var).cloned(),
            Kind::Field(of, field) | Kind::OptField(of, field) => {
                let mut path = self.path(of)?;
                path.push(*field);
                Some(path)
            }
            Kind::Present(of) | Kind::Some(of) | Kind::OrRaise(of, _) | Kind::At(_, of) => self.path(of),
            Kind::Loop(found) if matches!(found.kind, LoopKind::Filter | LoopKind::Find | LoopKind::One) => {
                self.path(&found.list)
            }
            // `first`, an index: an element of the list.
            Kind::Call(_, args) => {
                let list = args.first()?;
                let is_element = list.ty.element().is_some_and(|element| element.inner() == node.ty.inner());
                if is_element && node.ty.as_struct().is_some() { self.path(list) } else { None }
            }
            _ => None,
        }
    }
}
