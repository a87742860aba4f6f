//! All steps of a flow in one table, before anything in them is looked at: their places, names and order.
//!
//! Nothing here is recursive in the number of steps, and names are found by a map: a flow may have many.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Place, StepId};
use crate::rules;
use crate::syntax::{FlowAst, StepAst};
use std::collections::BTreeMap;

/// A step as it is written, and where it stands.
pub(super) struct Slot<'s> {
    pub ast: &'s StepAst,
    /// The `each` that it stands in.
    pub parent: Option<StepId>,
    pub place: Place,
    /// The step above it in its list.
    pub above: Option<StepId>,
    /// The list that it stands in.
    pub list: u32,
    /// The steps in it: of an `each`.
    pub inner: Vec<StepId>,
    /// Per branch of a decision: its own steps.
    pub branches: Vec<Vec<StepId>>,
}

/// The table of steps.
#[derive(Default)]
pub(super) struct Slots<'s> {
    table: Vec<Slot<'s>>,
    by_name: BTreeMap<&'s str, StepId>,
    lists: u32,
    /// The flow's own steps.
    pub body: Vec<StepId>,
    /// Per interrupt, its own steps.
    pub interrupts: Vec<Vec<StepId>>,
    /// Per handler and action, its own steps.
    pub actions: Vec<Vec<Vec<StepId>>>,
}

impl<'s> Slots<'s> {
    /// Every step of a flow; one that has the name of an earlier one is a finding.
    pub fn new(ast: &'s FlowAst) -> (Self, Diagnostics) {
        let mut slots = Slots::default();
        slots.body = slots.add(&ast.steps, None, Place::Body);
        for (index, interrupt) in ast.interrupts.iter().enumerate() {
            let steps = slots.add(&interrupt.steps, None, Place::Interrupt(small(index)));
            slots.interrupts.push(steps);
        }
        for (index, (_, handler)) in ast.exceptions.iter().enumerate() {
            let actions = handler
                .actions
                .iter()
                .enumerate()
                .map(|(action, (_, ast))| slots.add(&ast.steps, None, Place::Action(small(index), small(action))));
            let actions = actions.collect();
            slots.actions.push(actions);
        }
        let found = slots.names_once();
        (slots, found)
    }

    /// The steps of a list, with those in them; how deep they may be nested, the YAML reader has bounded.
    fn add(&mut self, asts: &'s [StepAst], parent: Option<StepId>, place: Place) -> Vec<StepId> {
        let list = self.lists;
        self.lists += 1;
        let mut ids = Vec::with_capacity(asts.len());
        for ast in asts {
            let id = StepId::new(self.table.len());
            let above = ids.last().copied();
            let (inner, branches) = (Vec::new(), Vec::new());
            self.table.push(Slot { ast, parent, place, above, list, inner, branches });
            ids.push(id);
            // Steps without an `each` around them are a finding of their step; here they have a place all the same.
            let inner = self.add(&ast.steps, Some(id), place);
            let branches = ast
                .decide
                .iter()
                .flatten()
                .enumerate()
                .map(|(index, branch)| self.add(&branch.then.steps, parent, Place::Branch(id, small(index))));
            let branches = branches.collect();
            if let Some(slot) = self.table.get_mut(id.index()) {
                slot.inner = inner;
                slot.branches = branches;
            }
        }
        ids
    }

    fn names_once(&mut self) -> Diagnostics {
        let mut found = Diagnostics::new();
        for (index, slot) in self.table.iter().enumerate() {
            let name = &slot.ast.name;
            if let Some(earlier) = self.by_name.get(name.value.as_str()).and_then(|id| self.table.get(id.index())) {
                let message = format!("the step `{}` is defined twice", name.value);
                let finding = Diagnostic::new(rules::NAME002, name.span, message);
                let finding = finding.related(earlier.ast.name.span, "defined here already");
                found.push(finding.help("names of steps are unique in a flow, those of inner steps included"));
                continue;
            }
            self.by_name.insert(&name.value, StepId::new(index));
        }
        found
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// A step's slot.
    pub fn get(&self, id: StepId) -> Option<&Slot<'s>> {
        self.table.get(id.index())
    }

    /// Of open steps, the innermost whose parts have a name.
    pub fn named_part(&self, name: &str, open: &[StepId]) -> Option<StepId> {
        let has =
            |id: &&StepId| self.get(**id).and_then(|slot| slot.ast.element.as_ref()).is_some_and(|n| n.value == name);
        open.iter().rev().find(has).copied()
    }

    /// A step by its name.
    pub fn named(&self, name: &str) -> Option<StepId> {
        self.by_name.get(name).copied()
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &'s str> + Clone + '_ {
        self.by_name.keys().copied()
    }
}

/// A position; there are never more than the YAML reader takes values.
pub(super) fn small(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
