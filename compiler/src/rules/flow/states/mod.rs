//! Which states of a lifecycle may hold where in a flow: followed from the initial state along the steps, what failures,
//! waits, decisions, interrupts and exceptions lead to, and what is set and received on the way.
//!
//! What is found errs towards less. Where a mapping chooses between states, the system's word decides: what follows must be
//! right after one of them. Such a word that comes at any time, by an interrupt, is left out. Of branches that run side by side, the one
//! that moves the state is what counts where they meet. Absent on purpose: findings.

mod moves;
mod walk;

pub use moves::may_move;

use crate::expr::ir::VarId;
use crate::model::{Flow, Id, Lifecycle, Model, Over, SetState, StateOf, StepKind, Struct};
use std::collections::BTreeSet;
use walk::Walk;

/// States, by position in the lifecycle's codes.
pub type States = BTreeSet<u16>;

/// A state that may hold, and how it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct May {
    /// The state.
    pub state: u16,
    /// Whether it is one of several that a system may have told of.
    pub told: bool,
}

/// The states that may hold.
pub type Mays = BTreeSet<May>;

/// A state that is set, and the states that may hold there.
#[derive(Debug)]
pub struct Judged<'m> {
    /// What is set.
    pub set: &'m SetState,
    /// The lifecycle that it belongs to.
    pub lifecycle: &'m Lifecycle,
    /// What may hold before.
    pub from: Mays,
    /// Whether a person may have chosen it, in whose name nobody need say.
    pub chosen: bool,
}

/// Whose state is followed.
#[derive(Debug, Clone)]
struct Followed<'m> {
    model: &'m Model,
    flow: &'m Flow,
    /// The struct that has the lifecycle.
    holder: Id<Struct>,
    lifecycle: &'m Lifecycle,
    /// Whether it is the flow's object, or else the element of an `each`.
    object: bool,
    /// The variables that stand for it.
    vars: BTreeSet<VarId>,
}

impl Judged<'_> {
    /// The states from which the lifecycle has no such move: of those that may hold for sure, any; of those that a system
    /// may have told of, all.
    pub fn illegal(&self) -> States {
        let legal = |may: &May| self.lifecycle.allows(may.state, self.set.state);
        let right = self.from.iter().any(|may| may.told && legal(may));
        self.from.iter().filter(|may| !legal(may) && (!may.told || !right)).map(|may| may.state).collect()
    }
}

impl Followed<'_> {
    fn is(&self, set: &SetState) -> bool {
        set.holder == self.holder && matches!(set.of, StateOf::Object) == self.object
    }
}

/// Every state that a flow sets, with the states that may hold before. One that is never come to is left out.
pub fn judged<'m>(model: &'m Model, flow: &'m Flow) -> Vec<Judged<'m>> {
    let mut elements: BTreeSet<Id<Struct>> = BTreeSet::new();
    for step in &flow.steps {
        if let StepKind::Each(each) = &step.kind
            && let Over::Elements { of, .. } = &each.over
        {
            elements.insert(*of);
        }
    }
    let followed = std::iter::once((flow.object, true)).chain(elements.into_iter().map(|of| (of, false)));
    let mut all = Vec::new();
    for (holder, object) in followed {
        let Some(lifecycle) = &model.structs[holder].lifecycle else { continue };
        let vars = if object { BTreeSet::from([Flow::OBJECT]) } else { element_vars(flow, holder) };
        all.extend(Walk::new(Followed { model, flow, holder, lifecycle, object, vars }).run());
    }
    all
}

fn element_vars(flow: &Flow, holder: Id<Struct>) -> BTreeSet<VarId> {
    let of = |kind: &StepKind| match kind {
        StepKind::Each(each) => match &each.over {
            Over::Elements { var, of, .. } if *of == holder => Some(*var),
            _ => None,
        },
        _ => None,
    };
    flow.steps.iter().filter_map(|step| of(&step.kind)).collect()
}
