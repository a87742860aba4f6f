//! The walk: what may hold where, until nothing is added.

use super::moves::Targets;
use super::{Followed, Judged, May, Mays, States};
use crate::lower::raises;
use crate::model::{
    Await, CallStep, Does, EachStep, Flow, Id, Interrupt, MapUse, Mapping, Model, Over, Place, SetState, Step, StepId,
    StepKind, Then,
};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// How often the steps are gone through. Each time something is added that goes back in the flow; what takes longer is
/// told less of.
const ROUNDS: usize = 64;

/// What may come at any time: from which states (none: from all), and to which.
type Sudden = (Option<States>, u16);

pub(super) struct Walk<'m> {
    of: Followed<'m>,
    /// Per step: what may hold when it starts, and when it is done.
    at: Vec<Mays>,
    done: Vec<Mays>,
    /// Per step: those before it, itself included, that move the state.
    movers: Vec<BTreeSet<StepId>>,
    /// Per exception: the steps where it may be open, with what may hold then.
    open: BTreeMap<&'m str, BTreeMap<Option<StepId>, Mays>>,
    /// Per exception that is dealt with: the steps whose mappings may raise it.
    mapped: BTreeMap<&'m str, Vec<StepId>>,
    sudden: Vec<Sudden>,
    /// What is set, by where it stands.
    judged: BTreeMap<Span, Judged<'m>>,
    changed: bool,
}

impl<'m> Walk<'m> {
    pub fn new(of: Followed<'m>) -> Self {
        let count = of.flow.steps.len();
        Walk {
            at: vec![Mays::new(); count],
            done: vec![Mays::new(); count],
            movers: vec![BTreeSet::new(); count],
            open: BTreeMap::new(),
            mapped: mapped(of.model, of.flow),
            sudden: Vec::new(),
            judged: BTreeMap::new(),
            changed: false,
            of,
        }
    }

    pub fn run(mut self) -> Vec<Judged<'m>> {
        let flow = self.of.flow;
        self.movers();
        let initial = Mays::from([May { state: self.of.lifecycle.initial, told: false }]);
        for (id, _) in
            flow.steps().filter(|(_, step)| step.place == Place::Body && step.parent.is_none() && step.after.is_empty())
        {
            self.enter(id, &initial);
        }
        for _ in 0..ROUNDS {
            self.changed = false;
            for (id, step) in flow.steps() {
                self.step(id, step);
            }
            for interrupt in &flow.interrupts {
                self.interrupt(interrupt);
            }
            self.handlers();
            if !self.changed {
                break;
            }
        }
        self.judged.into_values().collect()
    }

    fn movers(&mut self) {
        for (id, step) in self.of.flow.steps() {
            let mut movers: BTreeSet<StepId> = BTreeSet::new();
            for (before, _) in &step.after {
                movers.extend(self.movers.get(before.index()).into_iter().flatten());
            }
            if self.moves(step) {
                movers.insert(id);
            }
            if let Some(own) = self.movers.get_mut(id.index()) {
                *own = movers;
            }
        }
    }

    /// Whether a step, or one within it, moves the state.
    fn moves(&self, step: &Step) -> bool {
        let own = step.sets().any(|set| self.of.is(set));
        own || match &step.kind {
            StepKind::Call(call) => call.call.receive.iter().any(|receive| self.of.received(receive).is_some()),
            StepKind::Await(wait) => wait
                .branches
                .iter()
                .filter_map(|branch| branch.event.receive.as_ref())
                .any(|receive| self.of.received(receive).is_some()),
            StepKind::Each(each) => {
                each.steps.iter().filter_map(|id| self.of.flow.step(*id)).any(|step| self.moves(step))
            }
            _ => false,
        }
    }

    fn enter(&mut self, id: StepId, states: &Mays) {
        Self::add(self.at.get_mut(id.index()), states, &mut self.changed);
    }

    fn leave(&mut self, id: StepId, states: &Mays) {
        Self::add(self.done.get_mut(id.index()), states, &mut self.changed);
    }

    fn add(known: Option<&mut Mays>, states: &Mays, changed: &mut bool) {
        let Some(known) = known else { return };
        let before = known.len();
        known.extend(states);
        *changed |= known.len() > before;
    }

    fn raise(&mut self, name: &'m str, origin: Option<StepId>, states: &Mays) {
        let known = self.open.entry(name).or_default().entry(origin).or_default();
        Self::add(Some(known), states, &mut self.changed);
    }

    /// What may hold where some states hold: something may have come meanwhile.
    fn near(&self, states: &Mays) -> Mays {
        let mut near = states.clone();
        loop {
            let before = near.len();
            for (window, state) in &self.sudden {
                let open = |from: u16| window.as_ref().is_none_or(|window| window.contains(&from));
                if near.iter().any(|may| open(may.state) && self.of.lifecycle.allows(may.state, *state)) {
                    near.insert(May { state: *state, told: false });
                }
            }
            if near.len() == before {
                return near;
            }
        }
    }

    /// Sets states, and remembers what held before.
    fn set(&mut self, sets: impl Iterator<Item = &'m SetState>, states: Mays, chosen: bool) -> Mays {
        let mut states = states;
        for set in sets.filter(|set| self.of.is(set)).collect::<Vec<_>>() {
            if states.is_empty() {
                return states;
            }
            let lifecycle = self.of.lifecycle;
            let judged = self.judged.entry(set.span);
            let judged = judged.or_insert(Judged { set, lifecycle, from: Mays::new(), chosen });
            Self::add(Some(&mut judged.from), &states, &mut self.changed);
            states = Mays::from([May { state: set.state, told: false }]);
        }
        states
    }

    /// What may hold when the steps before one are done.
    fn joined(&self, step: &Step) -> Mays {
        let movers = |id: StepId| self.movers.get(id.index());
        let stale = |id: StepId| {
            let Some(own) = movers(id) else { return false };
            let others = step.after.iter().filter_map(|(other, _)| movers(*other));
            others.into_iter().any(|other| own.len() < other.len() && own.is_subset(other))
        };
        let before = step.after.iter().map(|(id, _)| *id).filter(|id| !stale(*id));
        before.filter_map(|id| self.done.get(id.index())).flatten().copied().collect()
    }

    fn step(&mut self, id: StepId, step: &'m Step) {
        if !step.after.is_empty() {
            let joined = self.joined(step);
            self.enter(id, &joined);
        }
        let near = self.at.get(id.index()).map(|at| self.near(at)).unwrap_or_default();
        if near.is_empty() {
            return;
        }
        let out = match &step.kind {
            StepKind::Call(call) => self.call(id, call, near),
            StepKind::Publish(_) | StepKind::Wait { .. } => near,
            StepKind::Await(wait) => self.wait(id, wait, near),
            StepKind::Decide(branches) => {
                let (mut rest, mut out) = (near, Mays::new());
                for branch in branches {
                    let here = match &branch.when {
                        Some(when) => self.of.where_true(&rest, when, true),
                        None => rest.clone(),
                    };
                    if let Some(when) = &branch.when {
                        rest = self.of.where_true(&rest, when, false);
                    }
                    let here = self.set(branch.then.set.iter(), here, false);
                    match &branch.then.does {
                        Does::Continue => out.extend(here),
                        does => self.follow(does, Some(id), &here),
                    }
                }
                out
            }
            StepKind::Each(each) => self.each(each, &near),
            StepKind::Raise(raise) => {
                self.raise(&raise.name, Some(id), &near);
                Mays::new()
            }
        };
        let out = self.set(step.sets(), out, false);
        self.leave(id, &out);
    }

    fn call(&mut self, id: StepId, call: &'m CallStep, near: Mays) -> Mays {
        let model = self.of.model;
        for failure in &call.failures {
            let here = self.set(failure.action.set.iter(), near.clone(), false);
            self.follow(&failure.action.does, Some(id), &here);
        }
        let handled = |name: &str| call.failures.iter().any(|failure| failure.exception.name == name);
        let raises = model.operation(call.call.operation).map(|o| o.raises.as_slice()).unwrap_or_default();
        for (name, _, _) in raises.iter().filter(|(name, _, _)| !handled(name)) {
            self.raise(name, Some(id), &near);
        }
        let calls = std::iter::once(&call.call).chain(&call.redo);
        let mut out = near;
        for targets in calls.filter_map(|call| self.of.received(call.receive.as_ref()?)).collect::<Vec<_>>() {
            out = self.of.moved(&out, &targets);
        }
        out
    }

    fn wait(&mut self, id: StepId, wait: &'m Await, near: Mays) -> Mays {
        let mut here = near;
        let mut out = Mays::new();
        loop {
            let before = here.len();
            for branch in &wait.branches {
                let targets = branch.event.receive.as_ref().and_then(|receive| self.of.received(receive));
                let after = targets.map_or_else(|| here.clone(), |targets| self.of.moved(&here, &targets));
                if let Some(raise) = &branch.raise {
                    self.raise(&raise.name, Some(id), &after);
                } else if let Some((to, _)) = branch.goto {
                    self.enter(to, &after);
                } else {
                    out.extend(&after);
                }
                // A wait goes on under an exception, and until its condition holds.
                if branch.raise.is_some() || wait.until.is_some() {
                    here.extend(after);
                }
            }
            if here.len() == before {
                break;
            }
        }
        if let Some(late) = &wait.late {
            self.raise(&late.name, Some(id), &here);
        }
        match &wait.until {
            Some(until) => self.of.where_true(&here, until, true),
            None => out,
        }
    }

    fn each(&mut self, each: &'m EachStep, near: &Mays) -> Mays {
        let flow = self.of.flow;
        // Each element has a state of its own; that of anything else is the same for all parts.
        let (mut entry, left) = match &each.over {
            Over::Elements { list, of, .. } if !self.of.object && *of == self.of.holder => self.of.within(near, list),
            _ => (near.clone(), false),
        };
        let follows = |id: &StepId| {
            let inner = each.steps.iter().filter_map(|inner| flow.step(*inner));
            inner.into_iter().any(|step| step.after.iter().any(|(before, _)| before == id))
        };
        let last = each.steps.iter().filter(|id| !follows(id));
        let done: Mays = last.filter_map(|id| self.done.get(id.index())).flatten().copied().collect();
        let shared = !matches!(&each.over, Over::Elements { of, .. } if !self.of.object && *of == self.of.holder);
        if shared {
            entry.extend(&done);
        }
        for id in each.steps.iter().filter(|id| flow.step(**id).is_some_and(|step| step.after.is_empty())) {
            self.enter(*id, &entry);
        }
        if left { &done | near } else { done }
    }

    fn follow(&mut self, does: &'m Does, origin: Option<StepId>, states: &Mays) {
        let flow = self.of.flow;
        if states.is_empty() {
            return;
        }
        match does {
            Does::Continue => self.then(Then::Continue, origin, states),
            Does::Goto(to, _) => self.enter(*to, states),
            Does::Again(_) => {
                if let Some(origin) = origin {
                    self.enter(origin, states);
                }
            }
            Does::Undo(_, then) => self.then(*then, origin, states),
            Does::Raise(raise) => self.raise(&raise.name, origin, states),
            Does::Steps(steps, then) => {
                let of = |id: &StepId| flow.step(*id);
                for id in steps.iter().filter(|id| of(id).is_some_and(|step| step.after.is_empty())) {
                    self.enter(*id, states);
                }
                let follows = |id: &StepId| steps.iter().filter_map(of).any(|s| s.after.iter().any(|(b, _)| b == id));
                let last = steps.iter().filter(|id| !follows(id));
                let done: Mays = last.filter_map(|id| self.done.get(id.index())).flatten().copied().collect();
                self.then(*then, origin, &done);
            }
        }
    }

    fn waits(&self, id: StepId) -> bool {
        self.of.flow.step(id).is_some_and(|step| matches!(step.kind, StepKind::Await(_)))
    }

    fn then(&mut self, then: Then, origin: Option<StepId>, states: &Mays) {
        match (then, origin) {
            // A wait goes on waiting.
            (Then::Continue, Some(origin)) if self.waits(origin) => self.enter(origin, states),
            (Then::Continue, Some(origin)) => self.leave(origin, states),
            (Then::Goto(to, _), _) => self.enter(to, states),
            (Then::Continue, None) | (Then::End, _) => {}
        }
    }

    fn interrupt(&mut self, interrupt: &'m Interrupt) {
        let anywhere: Mays = self.at.iter().flatten().copied().collect();
        let window = match interrupt.until {
            Some((until, _)) if self.of.object => Some(self.of.lifecycle.before(until)),
            _ => None,
        };
        let mut here = self.near(&anywhere);
        here.retain(|may| window.as_ref().is_none_or(|window| window.contains(&may.state)));
        let received = interrupt.event.receive.as_ref().and_then(|receive| self.of.received(receive));
        let said = received.and_then(|targets| targets.only());
        if let Some(state) = said {
            here = self.of.moved(&here, &Targets { named: States::from([state]), any: false });
        }
        let after = self.set(interrupt.action.set.iter(), here, false);
        if let Does::Continue | Does::Steps(_, Then::Continue) | Does::Undo(_, Then::Continue) = interrupt.action.does {
            // The flow goes on where it is, in another state.
            let set = interrupt.action.set.iter().filter(|set| self.of.is(set)).map(|set| set.state);
            for state in said.into_iter().chain(set).collect::<Vec<_>>() {
                let sudden = (window.clone(), state);
                if !self.sudden.contains(&sudden) {
                    self.sudden.push(sudden);
                    self.changed = true;
                }
            }
        }
        self.follow(&interrupt.action.does, None, &after);
    }

    fn handlers(&mut self) {
        let flow = self.of.flow;
        for handler in &flow.handlers {
            let name = handler.exception.name.as_str();
            let mut places = self.open.get(name).cloned().unwrap_or_default();
            for id in self.mapped.get(name).into_iter().flatten() {
                let here = self.at.get(id.index()).map(|at| self.near(at)).unwrap_or_default();
                places.entry(Some(*id)).or_default().extend(here);
            }
            for (origin, states) in places {
                for (position, (_, _, action)) in (0_u16..).zip(&handler.actions) {
                    let mut here = self.near(&states);
                    let taken = handler.resolve.iter().filter(|(of, _)| *of == position);
                    for targets in taken.filter_map(|(_, taken)| self.of.received(taken.receive.as_ref()?)) {
                        here = self.of.moved(&here, &targets);
                    }
                    let after = self.set(action.set.iter(), here, true);
                    self.follow(&action.does, origin, &after);
                }
            }
        }
    }
}

/// The steps whose mappings may raise an exception that is dealt with.
fn mapped<'m>(model: &'m Model, flow: &'m Flow) -> BTreeMap<&'m str, Vec<StepId>> {
    let mut raised: BTreeMap<Id<Mapping>, BTreeSet<String>> = BTreeMap::new();
    let mut all: BTreeMap<&str, Vec<StepId>> = BTreeMap::new();
    for (id, step) in flow.steps() {
        let used: Vec<&MapUse> = match &step.kind {
            StepKind::Call(call) => {
                let calls = std::iter::once(&call.call).chain(&call.redo);
                calls.flat_map(|call| call.send.iter().chain(call.receive.iter().map(|r| &r.mapping))).collect()
            }
            StepKind::Await(wait) => {
                wait.branches.iter().filter_map(|branch| Some(&branch.event.receive.as_ref()?.mapping)).collect()
            }
            _ => Vec::new(),
        };
        for handler in &flow.handlers {
            let name = handler.exception.name.as_str();
            let mut raises = used.iter().map(|used| used.mapping);
            if raises.any(|id| raised.entry(id).or_insert_with(|| raises::of_mapping(model, id)).contains(name)) {
                all.entry(name).or_default().push(id);
            }
        }
    }
    all
}
