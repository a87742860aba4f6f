//! What moves a state, and what a condition says of it.

use super::{Followed, May, Mays, States};
use crate::expr::ir::{Const, Func, Kind, LoopKind, Node, VarId};
use crate::model::rights::{field_at, leaf, systems};
use crate::model::{FieldRole, Id, Mapping, Ownership, Receive, Received, System};
use crate::rules::map::sites::{self, Role};

/// The states that something may move to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Targets {
    /// Those that are named.
    pub named: States,
    /// Whether others are possible: what a system says decides.
    pub any: bool,
}

impl Targets {
    /// The state, if there is but one.
    pub fn only(&self) -> Option<u16> {
        self.named.first().copied().filter(|_| self.named.len() == 1 && !self.any)
    }
}

/// The states that a system may move a status to: all, or those that were delegated to it.
pub fn may_move(ownership: &Ownership, path: &[u16], system: Id<System>) -> Option<States> {
    let status = leaf(ownership, path)?;
    let writers = status.owners.iter().chain(&status.amenders);
    if status.owners.is_empty() || writers.into_iter().any(|(writer, _)| systems(ownership, *writer).contains(&system))
    {
        return None;
    }
    let delegated = status.transitions.iter().filter(|(to, _, _)| *to == system);
    Some(delegated.flat_map(|(_, states, _)| states.iter().copied()).collect())
}

impl Followed<'_> {
    /// What receiving a mapping's result may do to the state; none if it doesn't touch it.
    pub fn received(&self, receive: &Receive) -> Option<Targets> {
        let mapping = &self.model.mappings[receive.mapping.mapping];
        if receive.into != Received::Patch {
            return None;
        }
        let path = self.status_path(mapping)?;
        let mut targets = Targets::default();
        sites::visit(self.model, mapping, |site| {
            if site.role != Role::Value || site.place.path() != path {
                return;
            }
            match &site.node.kind {
                Kind::Const(Const::Code(_, code)) => {
                    targets.named.insert(*code);
                }
                Kind::Const(_)
                | Kind::At(..)
                | Kind::Some(_)
                | Kind::Fit(_)
                | Kind::Cond(..)
                | Kind::OrElse(..)
                | Kind::OrRaise(..)
                | Kind::OptMap { .. }
                | Kind::Present(_) => {}
                _ => targets.any = true,
            }
        });
        // A system moves no further than it may.
        if targets.any
            && let Some(system) = mapping.system
            && let Some(ownership) = self.model.ownership_of(self.flow.object)
            && let Some(delegated) = may_move(ownership, &path, system)
        {
            targets.any = false;
            targets.named.extend(delegated);
        }
        Some(targets)
    }

    /// The path of the state that a mapping assigns.
    fn status_path(&self, mapping: &Mapping) -> Option<Vec<u16>> {
        let assigned = mapping.assigned.iter().find(|assigned| {
            field_at(self.model, self.flow.object, &assigned.path).is_some_and(|(of, field)| {
                of == self.holder && field.role == FieldRole::Status && (assigned.path.len() == 1) == self.object
            })
        })?;
        Some(assigned.path.clone())
    }

    /// The states after something moved; one that is refused leads nowhere.
    pub fn moved(&self, from: &Mays, targets: &Targets) -> Mays {
        if let Some(state) = targets.only() {
            let moved = from.iter().filter(|may| self.lifecycle.allows(may.state, state));
            return moved.map(|_| May { state, told: false }).collect();
        }
        let to = |may: &May| {
            let from = may.state;
            let moves = self.lifecycle.transitions.iter().filter(move |t| t.from == from);
            moves.map(|t| t.to).filter(|to| targets.any || targets.named.contains(to))
        };
        let told = |state| May { state, told: true };
        from.iter().flat_map(|may| to(may).chain([may.state])).map(told).collect()
    }

    /// Of some states, those in which a condition may be `truth`.
    pub fn where_true(&self, states: &Mays, condition: &Node, truth: bool) -> Mays {
        self.narrowed(states, condition, truth, None)
    }

    /// Of some states, those of the elements that a list holds, and whether some may be left out.
    pub fn within(&self, states: &Mays, list: &Node) -> (Mays, bool) {
        match &list.kind {
            Kind::Loop(filter) if filter.kind == LoopKind::Filter => {
                let (states, _) = self.within(states, &filter.list);
                (self.narrowed(&states, &filter.body, true, Some(filter.var)), true)
            }
            _ => (states.clone(), false),
        }
    }

    fn narrowed(&self, states: &Mays, condition: &Node, truth: bool, var: Option<VarId>) -> Mays {
        match (&condition.kind, truth) {
            (Kind::Not(inner), _) => self.narrowed(states, inner, !truth, var),
            (Kind::And(a, b), true) | (Kind::Or(a, b), false) => {
                self.narrowed(&self.narrowed(states, a, truth, var), b, truth, var)
            }
            (Kind::And(a, b), false) | (Kind::Or(a, b), true) => {
                &self.narrowed(states, a, truth, var) | &self.narrowed(states, b, truth, var)
            }
            (Kind::Call(func, args), _) => {
                let Some((codes, holds)) = self.compared(*func, args, var) else { return states.clone() };
                states.iter().copied().filter(|may| codes.contains(&may.state) == (holds == truth)).collect()
            }
            _ => states.clone(),
        }
    }

    /// The codes that the state is compared with, and whether it is one of them where the comparison holds.
    fn compared(&self, func: Func, args: &[Node], var: Option<VarId>) -> Option<(States, bool)> {
        let [a, b] = args else { return None };
        let code = |node: &Node| match &node.kind {
            Kind::Const(Const::Code(_, code)) => Some(*code),
            _ => None,
        };
        let one = || match (self.is_state(a, var), self.is_state(b, var)) {
            (true, false) => code(b).map(|code| States::from([code])),
            (false, true) => code(a).map(|code| States::from([code])),
            _ => None,
        };
        match (func, &b.kind) {
            (Func::Equal, _) => Some((one()?, true)),
            (Func::NotEqual, _) => Some((one()?, false)),
            (Func::InList, Kind::List(items)) if self.is_state(a, var) => {
                Some((items.iter().map(code).collect::<Option<States>>()?, true))
            }
            _ => None,
        }
    }

    fn is_state(&self, node: &Node, var: Option<VarId>) -> bool {
        let Kind::Field(base, field) = &node.kind else { return false };
        let Kind::Var(of) = &base.kind else { return false };
        *field == self.lifecycle.field
            && base.ty.as_struct() == Some(self.holder)
            && (self.vars.contains(of) || (!self.object && var == Some(*of)))
    }
}
