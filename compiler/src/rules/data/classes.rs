//! How sensitive a value is, by the path that it is read along; and where calls read the object. A field's class holds for
//! all that is in it. A record's field that is taken over as it is has at least the class of what it becomes.

use super::partition::{self, Partitions};
use crate::expr::ir::{Kind, Node, VarId};
use crate::model::rights::entered;
use crate::model::{Call, DataClass, Flow, Id, Intent, Mapping, Model, PublishedEvent, StepKind, Struct, Takes};
use crate::rules::map::origins::{Root, onward, origins_but};
use crate::rules::map::sites::Role;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A class, and the field that has it.
pub type Classed = (DataClass, Span);

/// The classes of fields by struct, with what records' fields become.
pub struct Classes<'m> {
    model: &'m Model,
    becomes: BTreeMap<(Id<Struct>, u16), Classed>,
}

impl<'m> Classes<'m> {
    pub fn new(model: &'m Model) -> Self {
        let mut classes = Classes { model, becomes: BTreeMap::new() };
        let mut becomes: BTreeMap<(Id<Struct>, u16), Classed> = BTreeMap::new();
        for mapping in model.mappings.rows().iter().filter(|mapping| mapping.intent != Intent::Request) {
            let Some(target) = entered(&mapping.target) else { continue };
            for origin in origins_but(model, mapping, &|node| declassifies(mapping, node)) {
                let Root::Input(input) = origin.root else { continue };
                let Some(of) = mapping.inputs.get(input as usize).map(|input| input.of) else { continue };
                let place = origin.place.path();
                let (Some(class), Role::Value) = (classes.along(target, &place), origin.role) else { continue };
                let Some((last, before)) = origin.path.split_last() else { continue };
                if let Some(holder) = inner(model, of, before).filter(|id| model.structs[*id].is_record()) {
                    let known = becomes.entry((holder, *last)).or_insert(class);
                    *known = (*known).max(class);
                }
            }
        }
        classes.becomes = becomes;
        classes
    }

    fn of_field(&self, of: Id<Struct>, position: u16) -> Option<Classed> {
        let field = self.model.structs[of].field(position)?;
        let own = (field.class >= DataClass::Personal).then_some((field.class, field.span));
        [own, self.becomes.get(&(of, position)).copied()].into_iter().flatten().max()
    }

    /// The highest class along a path, if it is personal or more.
    pub fn along(&self, of: Id<Struct>, path: &[u16]) -> Option<Classed> {
        let mut at = Some(of);
        let mut highest = None;
        for position in path {
            let Some(id) = at else { break };
            highest = higher(highest, self.of_field(id, *position));
            at = self.model.structs[id].field(*position).and_then(|field| entered(&field.ty));
        }
        highest
    }

    /// The highest class along a path and in what it leads to.
    pub fn within(&self, of: Id<Struct>, path: &[u16]) -> Option<Classed> {
        let mut highest = self.along(of, path);
        let mut open: Vec<Id<Struct>> = inner(self.model, of, path).into_iter().collect();
        let mut seen: BTreeSet<Id<Struct>> = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            for (position, field) in (0_u16..).zip(&self.model.structs[id].fields) {
                let own = self.of_field(id, position);
                highest = higher(highest, own);
                open.extend(entered(&field.ty));
            }
        }
        highest
    }

    /// The highest class of what an expression reads of variables, each of which is a struct.
    pub fn read(&self, node: &Node, vars: &[(VarId, Id<Struct>)]) -> Option<Classed> {
        let mut highest: Option<Classed> = None;
        paths(node, &mut |var, path| {
            let of = vars.iter().find(|(known, _)| *known == var).map(|(_, of)| *of);
            let class = of.filter(|_| !path.is_empty()).and_then(|of| self.within(of, path));
            highest = higher(highest, class);
        });
        highest
    }
}

/// The higher class; of equal ones the first.
fn higher(one: Option<Classed>, other: Option<Classed>) -> Option<Classed> {
    match (one, other) {
        (Some(one), Some(other)) if other.0 > one.0 => Some(other),
        (one, other) => one.or(other),
    }
}

/// What a path leads into.
fn inner(model: &Model, of: Id<Struct>, path: &[u16]) -> Option<Id<Struct>> {
    path.iter().try_fold(of, |at, position| entered(&model.structs[at].field(*position)?.ty))
}

/// Whether an expression leaves nothing of its operands to be known: a Rust function by the name of `redact` or `hash`.
pub fn declassifies(mapping: &Mapping, node: &Node) -> bool {
    let Kind::Extern(position, _) = &node.kind else { return false };
    let function = mapping.functions.get(usize::from(*position));
    function.is_some_and(|function| matches!(function.name.as_str(), "redact" | "hash"))
}

/// Visits the paths that an expression reads, the longest alone. What only decides is left out.
pub fn paths(node: &Node, visit: &mut dyn FnMut(VarId, &[u16])) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if let Some((var, path)) = path(node) {
            visit(var, &path);
            continue;
        }
        match &node.kind {
            Kind::Cond(_, a, b) => open.extend([&**a, &**b]),
            Kind::Has(_) | Kind::IsNull(_) | Kind::IsMissing(_) | Kind::IsCleared(_) => {}
            _ => node.children(&mut |child| open.push(child)),
        }
    }
}

fn path(node: &Node) -> Option<(VarId, Vec<u16>)> {
    let mut path = Vec::new();
    let mut at = node;
    loop {
        match &at.kind {
            Kind::Var(var) => {
                path.reverse();
                return Some((*var, path));
            }
            Kind::Field(base, field) | Kind::OptField(base, field) => {
                base.ty.as_struct()?;
                path.push(*field);
            }
            // The other value is read, too.
            Kind::OrElse(..) => return None,
            _ => {}
        }
        at = onward(at)?;
    }
}

/// A call, where it stands.
pub struct Placed<'m> {
    /// The call.
    pub call: &'m Call,
    /// What waivers name: `order_to_warehouse.submit`, `order_changed`.
    pub element: String,
    /// The partitions of the object that it is made for.
    pub partitions: Partitions,
    /// The variables that are structs, such as the object.
    pub vars: Vec<(VarId, Id<Struct>)>,
}

/// Every call of flows and events.
pub fn calls(model: &Model) -> Vec<Placed<'_>> {
    let mut all = Vec::new();
    for flow in model.flows.rows().iter().filter(|flow| !flow.unresolved) {
        let vars = flow_vars(model, flow);
        for (id, call) in flow.calls() {
            let step = flow.step(id).map_or("", |step| step.name.as_str());
            all.push(Placed {
                call,
                element: format!("{}.{step}", flow.name),
                partitions: partition::at(model, flow, id),
                vars: vars.clone(),
            });
        }
        for start in &flow.starts {
            if let crate::model::StartFrom::Event { fetch, .. } = &start.from {
                let element = || flow.name.clone();
                all.extend(fetch.iter().map(|f| Placed {
                    call: &f.call,
                    element: element(),
                    partitions: None,
                    vars: vars.clone(),
                }));
            }
        }
    }
    for event in model.events.rows() {
        for subscriber in &event.subscribers {
            if let Takes::Call(call) = &subscriber.takes {
                let vars = vec![(PublishedEvent::OBJECT, event.object)];
                all.push(Placed { call, element: event.name.clone(), partitions: None, vars });
            }
        }
    }
    all
}

/// What the variables of a flow are: the object, elements of its lists, and the records of events.
pub fn flow_vars(model: &Model, flow: &Flow) -> Vec<(VarId, Id<Struct>)> {
    let mut vars = vec![(Flow::OBJECT, flow.object)];
    for step in &flow.steps {
        if let StepKind::Each(each) = &step.kind
            && let crate::model::Over::Elements { var, of, .. } = &each.over
        {
            vars.push((*var, *of));
        }
    }
    for taken in flow.events() {
        let record = model.event(taken.event).and_then(crate::model::Event::carried);
        vars.extend(record.map(|record| (taken.src, record)));
    }
    vars
}
