//! Identifiers that a flow learns on its way: where they are bound, and where they are wanted.
//!
//! What is received outside an `each` binds identifiers of the object, inside one those of the part; a mapping that sets
//! identifiers of a list's elements binds them of those. A mapping binds one surely if what it sets can't be none.

use crate::expr::check::path_of;
use crate::expr::ir::{Kind, Node, VarId};
use crate::model::rights::identifier_of;
use crate::model::{
    Bound, EachStep, FieldRole, Flow, Id, Mapping, Model, Over, Receive, StartFrom, Step, StepId, StepKind, Struct,
    System, Taken,
};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The failure of an identifier that is read and not there.
const ABSENT: &str = "absent_value";

/// Mappings that call each other are followed so far.
const DEEPEST: u8 = 32;

/// An identifier that something wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wanted {
    /// `order.ids.sap`.
    Object(Id<System>),
    /// `part.ids.ongoing`, `line.ids.sap`: of the parts of this step.
    Part(StepId, Id<System>),
}

/// Identifiers by the struct that has them, and the system.
type Given = BTreeSet<(Id<Struct>, Id<System>)>;

/// What mappings give.
#[derive(Debug, Clone, Default)]
struct Gives {
    /// Whatever the payload.
    surely: Given,
    /// If the payload has it.
    perhaps: Given,
}

/// The identifiers of a flow.
pub(super) struct Bindings<'m> {
    model: &'m Model,
    pub flow: &'m Flow,
    mappings: BTreeMap<Id<Mapping>, Gives>,
    /// The parts that a variable is, or is an identifier of.
    parts: BTreeMap<VarId, (StepId, Option<Id<System>>)>,
}

impl<'m> Bindings<'m> {
    /// Those of a flow.
    pub fn of(model: &'m Model, flow: &'m Flow) -> Self {
        let mut parts = BTreeMap::new();
        for (id, step) in flow.steps() {
            match &step.kind {
                StepKind::Each(EachStep { over: Over::Elements { var, .. }, .. }) => {
                    parts.insert(*var, (id, None));
                }
                StepKind::Each(EachStep { over: Over::Groups { ids, .. }, .. }) => {
                    parts.extend(ids.iter().map(|(system, var)| (*var, (id, Some(*system)))));
                }
                _ => {}
            }
        }
        let used: BTreeSet<Id<Mapping>> = flow.uses().map(|one| one.mapping).collect();
        let mut mappings = BTreeMap::new();
        for mapping in used {
            add_mapping(model, mapping, 0, &mut mappings);
        }
        Bindings { model, flow, mappings, parts }
    }

    /// As it is written: `order.ids.sap`.
    pub fn name(&self, wanted: Wanted) -> String {
        let system = |id: Id<System>| &self.model.systems[id].name;
        match wanted {
            Wanted::Object(of) => format!("{}.ids.{}", self.flow.root, system(of)),
            Wanted::Part(step, of) => match self.flow.step(step).map(|step| &step.kind) {
                Some(StepKind::Each(each)) => format!("{}.ids.{}", each.name, system(of)),
                _ => format!("ids.{}", system(of)),
            },
        }
    }

    /// Whether what is received binds an identifier, surely or perhaps; `within` is the `each` around it.
    pub fn binds(&self, receive: &Receive, within: Option<StepId>, wanted: Wanted, surely: bool) -> bool {
        let Some(gives) = self.mappings.get(&receive.mapping.mapping) else { return false };
        let given = if surely { &gives.surely } else { &gives.perhaps };
        match wanted {
            Wanted::Object(of) => within.is_none() && given.contains(&(self.flow.object, of)),
            Wanted::Part(step, of) => {
                (within == Some(step) && given.contains(&(self.flow.object, of)))
                    || self.element(step).is_some_and(|element| given.contains(&(element, of)))
            }
        }
    }

    /// What the parts of a step are, where they are elements of a list.
    fn element(&self, step: StepId) -> Option<Id<Struct>> {
        match &self.flow.step(step)?.kind {
            StepKind::Each(EachStep { over: Over::Elements { of, .. }, .. }) => Some(*of),
            _ => None,
        }
    }

    /// Whether a start binds an identifier.
    pub fn starts_with(&self, from: &StartFrom, wanted: Wanted, surely: bool) -> bool {
        match from {
            StartFrom::Event { event, .. } => self.takes(event, None, wanted, surely),
            // Who calls may give its own identifier, and need not.
            StartFrom::Api { api, operation } => {
                let declared = self.model.apis[*api].operations.get(usize::from(*operation));
                let caller = declared.and_then(|operation| operation.caller);
                !surely && matches!(wanted, Wanted::Object(of) if caller.is_none_or(|caller| caller == of))
            }
        }
    }

    /// Whether an event that is taken binds an identifier.
    pub fn takes(&self, event: &Taken, within: Option<StepId>, wanted: Wanted, surely: bool) -> bool {
        event.receive.as_ref().is_some_and(|receive| self.binds(receive, within, wanted, surely))
    }

    /// Whether a step binds an identifier by what it receives, however it ends well; `within` is the `each` around it.
    pub fn step_binds(&self, step: &Step, within: Option<StepId>, wanted: Wanted, surely: bool) -> bool {
        match &step.kind {
            StepKind::Call(call) => {
                call.call.receive.as_ref().is_some_and(|receive| self.binds(receive, within, wanted, surely))
            }
            StepKind::Await(wait) => {
                // One that raises ends no wait, and one that leads elsewhere does not go on from here.
                let ends = wait.branches.iter().filter(|branch| branch.raise.is_none() && branch.goto.is_none());
                let mut binds = ends.map(|branch| self.takes(&branch.event, within, wanted, surely)).peekable();
                let any = binds.peek().is_some();
                if surely { any && binds.all(|binds| binds) } else { binds.any(|binds| binds) }
            }
            _ => false,
        }
    }

    /// What a match waits for, if it is an identifier.
    pub fn matched(bound: &Bound) -> Option<Wanted> {
        match bound {
            Bound::Object(system) => Some(Wanted::Object(*system)),
            Bound::Part(step, system) => Some(Wanted::Part(*step, *system)),
            Bound::Key => None,
        }
    }

    /// The identifiers that an expression reads and fails without.
    pub fn read(&self, node: &Node) -> Vec<(Wanted, Span)> {
        let mut found = Vec::new();
        node.walk(&mut |node| {
            if let Kind::OrRaise(value, name) = &node.kind
                && name == ABSENT
                && let Some(wanted) = self.identifier(value)
            {
                found.push((wanted, node.span));
            }
        });
        found
    }

    fn identifier(&self, node: &Node) -> Option<Wanted> {
        let (var, path) = path_of(node)?;
        let system = |of| self.model.systems_by_name.get(identifier_of(self.model, of, &path)?).copied();
        if var == Flow::OBJECT {
            return system(self.flow.object).map(Wanted::Object);
        }
        match self.parts.get(&var)? {
            (step, Some(system)) => Some(Wanted::Part(*step, *system)),
            (step, None) => Some(Wanted::Part(*step, system(self.element(*step)?)?)),
        }
    }

    /// A place that binds an identifier, surely if there is one that does.
    pub fn place(&self, wanted: Wanted) -> Option<(Span, String, bool)> {
        let place = |surely| {
            let starts = self.flow.starts.iter().filter(|start| self.starts_with(&start.from, wanted, surely));
            let steps = self.flow.steps.iter().filter(|step| self.step_binds(step, step.parent, wanted, surely));
            let interrupts = self.flow.interrupts.iter().map(|interrupt| &interrupt.event);
            let interrupts = interrupts.filter(|event| self.takes(event, None, wanted, surely));
            let starts = starts.map(|start| (start.span, self.start_name(&start.from), surely));
            let steps = steps.map(|step| (step.span, step.name.clone(), surely));
            steps.chain(starts).chain(interrupts.map(|event| (event.span, self.event_name(event), surely))).next()
        };
        place(true).or_else(|| place(false))
    }

    /// `ongoing.order_shipped`.
    pub fn event_name(&self, event: &Taken) -> String {
        self.model.event_name(event.event)
    }

    /// `shop.order_created`, `orders.submit_order`.
    pub fn start_name(&self, from: &StartFrom) -> String {
        match from {
            StartFrom::Event { event, .. } => self.event_name(event),
            StartFrom::Api { api, operation } => {
                let api = &self.model.apis[*api];
                let operation = api.operations.get(usize::from(*operation));
                operation.map_or_else(|| api.name.clone(), |operation| format!("{}.{}", api.name, operation.name))
            }
        }
    }
}

/// Adds what a mapping gives to what is known, and before it what those give that it calls. One that calls itself, or
/// others too deep, gives nothing.
fn add_mapping(model: &Model, mapping: Id<Mapping>, depth: u8, known: &mut BTreeMap<Id<Mapping>, Gives>) {
    if known.contains_key(&mapping) || depth > DEEPEST {
        return;
    }
    known.insert(mapping, Gives::default());
    let mut gives = Gives::default();
    if let Some(body) = &model.mappings[mapping].body {
        body.walk(&mut |node| {
            if let Kind::Apply(called, _) = &node.kind {
                add_mapping(model, *called, depth + 1, known);
            }
        });
        gives.made(model, body, true, known);
    }
    known.insert(mapping, gives);
}

impl Gives {
    /// What a value has of identifiers.
    fn made(&mut self, model: &Model, node: &Node, surely: bool, known: &BTreeMap<Id<Mapping>, Gives>) {
        match &node.kind {
            Kind::Make { of, fields } => {
                for (position, _, value) in fields {
                    self.field(model, (*of, *position), value, surely, known);
                }
            }
            Kind::Patch(patch) => {
                for field in &patch.fields {
                    self.field(model, (patch.of, field.field), &field.value, surely, known);
                }
            }
            Kind::At(_, inner) | Kind::Some(inner) => self.made(model, inner, surely, known),
            Kind::Each(each) => self.made(model, &each.body, surely, known),
            Kind::EachPatch(each) => self.made(model, &each.body, surely, known),
            Kind::Cond(_, then, other) => {
                let (mut left, mut right) = (Gives::default(), Gives::default());
                left.made(model, then, surely, known);
                right.made(model, other, surely, known);
                self.surely.extend(left.surely.intersection(&right.surely));
                self.perhaps.extend(left.perhaps.union(&right.perhaps));
            }
            Kind::Apply(mapping, _) => {
                let called = known.get(mapping).cloned().unwrap_or_default();
                if surely {
                    self.surely.extend(called.surely);
                }
                self.perhaps.extend(called.perhaps);
            }
            _ => node.children(&mut |child| self.made(model, child, false, known)),
        }
    }

    fn field(
        &mut self,
        model: &Model,
        (of, position): (Id<Struct>, u16),
        value: &Node,
        surely: bool,
        known: &BTreeMap<Id<Mapping>, Gives>,
    ) {
        let ids = model.structs[of].field(position).filter(|field| field.role == FieldRole::Ids);
        if ids.is_none() {
            return self.made(model, value, surely, known);
        }
        let mut node = value;
        while let Kind::At(_, inner) | Kind::Some(inner) = &node.kind {
            node = inner;
        }
        let set: Vec<(Id<Struct>, u16, &Node)> = match &node.kind {
            Kind::Make { of, fields } => fields.iter().map(|(at, _, value)| (*of, *at, value)).collect(),
            Kind::Patch(patch) => patch.fields.iter().map(|field| (patch.of, field.field, &field.value)).collect(),
            _ => Vec::new(),
        };
        for (ids, at, value) in set {
            let name = model.structs[ids].field(at).map(|field| field.name.as_str());
            if let Some(system) = name.and_then(|name| model.systems_by_name.get(name)) {
                self.perhaps.insert((of, *system));
                if surely && is_there(value) {
                    self.surely.insert((of, *system));
                }
            }
        }
    }
}

/// Whether a value that may be none can't be.
fn is_there(node: &Node) -> bool {
    match &node.kind {
        Kind::Some(_) => true,
        Kind::At(_, inner) | Kind::Fit(inner) => is_there(inner),
        Kind::Cond(_, then, other) => is_there(then) && is_there(other),
        Kind::OrElse(_, other) => is_there(other),
        _ => !node.ty.is_optional(),
    }
}
