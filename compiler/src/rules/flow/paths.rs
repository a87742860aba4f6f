//! Which steps a flow can come to while an identifier is not bound, and on which way.
//!
//! The steps of a list are gone through in an order in which each follows those before it. Only decisions divide a way:
//! of their branches each is followed, and what a branch passes over binds nothing. A step that waits for several has what
//! any of them bound. Exceptions, interrupts and `goto` lead to a step anew: what stands before it may then have been
//! passed over. Ways on which the identifier is bound are of no interest, and what was looked at once in one state is not
//! looked at again; all in all a search takes a bounded number of steps, and finds nothing beyond.

use super::bindings::{Bindings, Wanted};
use super::ways::{Exit, Failures, Note, Raised, To, Ways};
use crate::model::{Action, Does, Flow, Interrupt, Model, StepId, StepKind, Then};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Steps that are looked at in one flow.
const MOST: usize = 200_000;

/// How a step is come to.
#[derive(Debug, Clone)]
pub(super) enum From {
    /// By this start.
    Start(usize),
    /// From another step; with what is to be said about that.
    Step(StepId, Option<Note>),
    /// By an interrupt.
    Interrupt(usize),
}

/// Where an identifier may not be bound.
#[derive(Debug, Default)]
pub(super) struct Unbound {
    /// Steps that can be entered without it, each with how.
    pub entered: BTreeMap<StepId, From>,
    /// Exceptions that can be raised without it, with the step.
    pub raised: Vec<(StepId, Raised)>,
    /// Interrupts that can come without it.
    pub interrupts: BTreeSet<usize>,
}

/// Searches of one flow.
pub(super) struct Search<'f> {
    pub bindings: Bindings<'f>,
    failures: Failures<'f>,
    blocks: Blocks<'f>,
    left: usize,
}

/// The lists of steps.
struct Blocks<'f> {
    lists: Vec<&'f [StepId]>,
    /// Per step, the list that it stands in.
    of: BTreeMap<StepId, usize>,
}

/// A list to go through.
struct Job<'f> {
    steps: &'f [StepId],
    /// The `each` around it.
    within: Option<StepId>,
    /// The step to begin with; what is before it was passed over, or done without binding.
    first: Option<StepId>,
    from: From,
}

/// What became of a step on a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    /// It is ahead.
    Ahead,
    /// It is ahead, and will be passed over.
    PassedOver,
    /// It was done, or passed over; whether the identifier was bound by then.
    Over { bound: bool, ran: bool },
    /// It does not come to its end, or not to its beginning.
    Never,
}

impl<'f> Search<'f> {
    /// Searches of a flow.
    pub fn of(model: &'f Model, flow: &'f Flow) -> Self {
        Search {
            bindings: Bindings::of(model, flow),
            failures: Failures::of(model, flow),
            blocks: Blocks::of(flow),
            left: MOST,
        }
    }

    /// Where an identifier may not be bound.
    pub fn unbound(&mut self, wanted: Wanted) -> Unbound {
        let flow = self.bindings.flow;
        let mut found = Unbound::default();
        let mut jobs = VecDeque::new();
        let starts = flow.starts.iter().position(|start| !self.bindings.starts_with(&start.from, wanted, true));
        let Some(start) = starts else { return found };
        jobs.push_back(Job { steps: &flow.body, within: None, first: None, from: From::Start(start) });
        let mut done: BTreeSet<(Option<StepId>, Option<StepId>)> = BTreeSet::new();
        loop {
            while let Some(job) = jobs.pop_front() {
                let again = job.first.is_some_and(|first| found.entered.contains_key(&first));
                if !again && done.insert((job.steps.first().copied(), job.first)) {
                    self.go(&job, wanted, &mut found, &mut jobs);
                }
            }
            for (at, interrupt) in flow.interrupts.iter().enumerate() {
                if !found.interrupts.contains(&at) && self.comes_without(interrupt, wanted, &found) {
                    found.interrupts.insert(at);
                    if !self.bindings.takes(&interrupt.event, None, wanted, true) {
                        self.interrupted(&interrupt.action, at, &mut jobs);
                    }
                }
            }
            if jobs.is_empty() {
                return found;
            }
        }
    }

    /// Whether an interrupt can come while the identifier is not bound: what it matches by does not go along with it.
    fn comes_without(&self, interrupt: &Interrupt, wanted: Wanted, found: &Unbound) -> bool {
        let flow = self.bindings.flow;
        let matched = interrupt.event.matches.as_ref().and_then(|matches| Bindings::matched(&matches.bound));
        let starts =
            |wanted, surely| move |start: &&crate::model::Start| self.bindings.starts_with(&start.from, wanted, surely);
        let Some(matched) = matched else { return !flow.starts.iter().all(|start| starts(wanted, true)(&start)) };
        if matched == wanted {
            return false;
        }
        let by_start = flow.starts.iter().filter(starts(matched, false)).any(|start| !starts(wanted, true)(&start));
        by_start
            || flow.steps().any(|(id, step)| {
                let binds = |wanted, surely| self.bindings.step_binds(step, step.parent, wanted, surely);
                binds(matched, false) && found.entered.contains_key(&id) && !binds(wanted, true)
            })
    }

    fn interrupted(&self, action: &'f Action, at: usize, jobs: &mut VecDeque<Job<'f>>) {
        let from = From::Interrupt(at);
        match &action.does {
            Does::Goto(target, _) | Does::Undo(_, Then::Goto(target, _)) => jobs.extend(self.jump(*target, from)),
            Does::Steps(steps, then) => {
                jobs.push_back(Job { steps, within: None, first: None, from: from.clone() });
                if let Then::Goto(target, _) = then {
                    jobs.extend(self.jump(*target, from));
                }
            }
            _ => {}
        }
    }

    fn jump(&self, target: StepId, from: From) -> Option<Job<'f>> {
        let steps = self.blocks.around(target)?;
        let within = self.bindings.flow.step(target)?.parent;
        Some(Job { steps, within, first: Some(target), from })
    }

    /// Goes through a list, by all ways on which the identifier is not bound.
    fn go(&mut self, job: &Job<'f>, wanted: Wanted, found: &mut Unbound, jobs: &mut VecDeque<Job<'f>>) {
        let list = List::of(self.bindings.flow, job.steps);
        let mut begun = vec![Became::Ahead; list.order.len()];
        if let Some(first) = job.first.and_then(|first| list.position(first)) {
            for before in list.before(first) {
                if let Some(one) = begun.get_mut(before) {
                    *one = Became::Over { bound: false, ran: true };
                }
            }
        }
        let mut seen: BTreeSet<(usize, Vec<Became>)> = BTreeSet::new();
        let mut open = vec![(0, begun)];
        while let Some((at, mut way)) = open.pop() {
            for position in at..list.order.len() {
                if self.left == 0 {
                    return;
                }
                self.left -= 1;
                let Some(id) = list.order.get(position).copied() else { break };
                let begins = job.first == Some(id);
                let Some(bound) = list.enter(position, &mut way, begins) else { continue };
                let ways = Ways::of(&self.bindings, &self.failures, id, job.within, wanted);
                if !bound && !found.entered.contains_key(&id) {
                    let from = if begins { None } else { self.come_from(&list, position, &way, job, wanted) };
                    found.entered.insert(id, from.unwrap_or_else(|| job.from.clone()));
                    self.leave(id, &ways, &list, job, jobs);
                    found
                        .raised
                        .extend(ways.raised.into_iter().filter(|raised| !raised.bound).map(|raised| (id, raised)));
                }
                let branches = list.branches(id, &ways.exits, self.bindings.flow);
                if let [only] = branches.as_slice() {
                    list.follow(position, *only, bound, &mut way);
                    continue;
                }
                if branches.is_empty() {
                    set(position, Became::Never, &mut way);
                    continue;
                }
                for branch in branches {
                    let mut way = way.clone();
                    list.follow(position, branch, bound, &mut way);
                    let ahead = list.matters(position, &way);
                    if seen.insert((position, ahead)) {
                        open.push((position + 1, way));
                    }
                }
                break;
            }
        }
    }

    /// What else is begun at a step that was entered without the identifier.
    fn leave(&self, id: StepId, ways: &Ways<'f>, list: &List, job: &Job<'f>, jobs: &mut VecDeque<Job<'f>>) {
        let flow = self.bindings.flow;
        if let Some(StepKind::Each(each)) = flow.step(id).map(|step| &step.kind) {
            jobs.push_back(Job { steps: &each.steps, within: Some(id), first: None, from: From::Step(id, None) });
        }
        for (steps, note) in &ways.blocks {
            jobs.push_back(Job { steps, within: job.within, first: None, from: From::Step(id, note.clone()) });
        }
        for exit in ways.exits.iter().filter(|exit| !exit.bound) {
            if let To::Step(target) = exit.to
                && !list.leads_on(flow, id, target)
            {
                jobs.extend(self.jump(target, From::Step(id, exit.note.clone())));
            }
        }
    }

    /// The last step that was done before another one on a way, with what is to be said about it.
    fn come_from(&self, list: &List, position: usize, way: &[Became], job: &Job<'f>, wanted: Wanted) -> Option<From> {
        let id = list.order.get(position)?;
        let before = list.last_that_ran(position, way)?;
        let before = *list.order.get(before)?;
        let ways = Ways::of(&self.bindings, &self.failures, before, job.within, wanted);
        let to = |to: To| ways.exits.iter().find(|exit| exit.to == to);
        let exit = to(To::Step(*id)).or_else(|| to(To::Next));
        Some(From::Step(before, exit.and_then(|exit| exit.note.clone())))
    }
}

impl<'f> Blocks<'f> {
    fn of(flow: &'f Flow) -> Self {
        let mut blocks = Blocks { lists: Vec::new(), of: BTreeMap::new() };
        blocks.add(&flow.body);
        for step in &flow.steps {
            match &step.kind {
                StepKind::Each(each) => blocks.add(&each.steps),
                StepKind::Decide(branches) => branches.iter().for_each(|branch| blocks.add_of(&branch.then)),
                _ => {}
            }
        }
        flow.interrupts.iter().for_each(|interrupt| blocks.add_of(&interrupt.action));
        let actions = flow.handlers.iter().flat_map(|handler| &handler.actions);
        actions.for_each(|(_, _, action)| blocks.add_of(action));
        blocks
    }

    fn add(&mut self, list: &'f [StepId]) {
        self.of.extend(list.iter().map(|id| (*id, self.lists.len())));
        self.lists.push(list);
    }

    fn add_of(&mut self, action: &'f Action) {
        if let Does::Steps(steps, _) = &action.does {
            self.add(steps);
        }
    }

    fn around(&self, step: StepId) -> Option<&'f [StepId]> {
        self.lists.get(*self.of.get(&step)?).copied()
    }
}

fn set(position: usize, became: Became, way: &mut [Became]) {
    if let Some(one) = way.get_mut(position) {
        *one = became;
    }
}

/// A list of steps in an order in which each follows those before it. Steps that wait for each other are left out.
struct List {
    order: Vec<StepId>,
    positions: BTreeMap<StepId, usize>,
    /// Per position, those that it waits for.
    after: Vec<Vec<usize>>,
    /// Per position, the last that waits for it.
    last: Vec<usize>,
}

impl List {
    fn of(flow: &Flow, steps: &[StepId]) -> Self {
        let listed: BTreeSet<StepId> = steps.iter().copied().collect();
        let mut open: BTreeMap<StepId, usize> = BTreeMap::new();
        let mut waiting: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
        for id in steps {
            let after = flow.step(*id).map(|step| step.after.as_slice()).unwrap_or_default();
            let after = after.iter().map(|(before, _)| *before).filter(|before| listed.contains(before));
            for before in after {
                *open.entry(*id).or_default() += 1;
                waiting.entry(before).or_default().push(*id);
            }
        }
        let mut order: Vec<StepId> = steps.iter().copied().filter(|id| !open.contains_key(id)).collect();
        let mut at = 0;
        while let Some(id) = order.get(at).copied() {
            at += 1;
            for after in waiting.get(&id).into_iter().flatten() {
                if let Some(open) = open.get_mut(after) {
                    *open -= 1;
                    if *open == 0 {
                        order.push(*after);
                    }
                }
            }
        }
        let positions: BTreeMap<StepId, usize> = order.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let before = |id: &StepId| -> Vec<usize> {
            let after = flow.step(*id).map(|step| step.after.as_slice()).unwrap_or_default();
            after.iter().filter_map(|(before, _)| positions.get(before).copied()).collect()
        };
        let after: Vec<Vec<usize>> = order.iter().map(before).collect();
        let mut last = vec![0; order.len()];
        for (position, before) in after.iter().enumerate() {
            for one in before {
                if let Some(last) = last.get_mut(*one) {
                    *last = position;
                }
            }
        }
        List { order, positions, after, last }
    }

    fn position(&self, id: StepId) -> Option<usize> {
        self.positions.get(&id).copied()
    }

    /// All that come before one.
    fn before(&self, position: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut next = self.after.get(position).cloned().unwrap_or_default();
        while let Some(one) = next.pop() {
            if found.insert(one) {
                next.extend(self.after.get(one).into_iter().flatten().copied());
            }
        }
        found
    }

    /// All that come after one.
    fn below(&self, position: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([position]);
        for (one, after) in self.after.iter().enumerate().skip(position) {
            if after.iter().any(|before| found.contains(before)) {
                found.insert(one);
            }
        }
        found.remove(&position);
        found
    }

    /// Enters a step on a way: whether the identifier is bound by then; none if it is not entered.
    fn enter(&self, position: usize, way: &mut [Became], begins: bool) -> Option<bool> {
        let became = way.get(position).copied()?;
        if begins {
            return Some(false);
        }
        let before = || self.after.get(position).into_iter().flatten().filter_map(|one| way.get(*one));
        let never = before().any(|one| *one == Became::Never);
        let bound = before().any(|one| matches!(one, Became::Over { bound: true, .. }));
        match became {
            Became::Ahead | Became::PassedOver if never => set(position, Became::Never, way),
            Became::PassedOver => set(position, Became::Over { bound, ran: false }, way),
            Became::Ahead => return Some(bound),
            Became::Over { .. } | Became::Never => {}
        }
        None
    }

    /// Whether a decision leads on in its list to a step, passing over others.
    fn leads_on(&self, flow: &Flow, from: StepId, target: StepId) -> bool {
        let decides = matches!(flow.step(from).map(|step| &step.kind), Some(StepKind::Decide(_)));
        let positions = self.position(from).zip(self.position(target));
        decides && positions.is_some_and(|(from, target)| self.below(from).contains(&target))
    }

    /// The ways behind a step that stay in the list: the step that a decision leads to, or none for the next; and whether
    /// the identifier is bound on it.
    fn branches(&self, id: StepId, exits: &[Exit], flow: &Flow) -> Vec<(Option<usize>, bool)> {
        let stays = exits.iter().filter_map(|exit| match exit.to {
            To::Next => Some((None, exit.bound)),
            To::Step(target) if self.leads_on(flow, id, target) => Some((self.position(target), exit.bound)),
            To::Step(_) => None,
        });
        stays.collect()
    }

    /// Goes on behind a step.
    fn follow(&self, position: usize, (target, binds): (Option<usize>, bool), bound: bool, way: &mut [Became]) {
        set(position, Became::Over { bound: bound || binds, ran: true }, way);
        let Some(target) = target else { return };
        let kept = self.below(target);
        for one in self.below(position) {
            if one != target && !kept.contains(&one) {
                set(one, Became::PassedOver, way);
            }
        }
    }

    /// What of a way matters for what is ahead of a position.
    fn matters(&self, position: usize, way: &[Became]) -> Vec<Became> {
        let all = way.iter().zip(&self.last).enumerate();
        all.filter(|(one, (_, last))| *one > position || **last > position).map(|(_, (became, _))| *became).collect()
    }

    /// The last before a position that was done, passing by those that were passed over.
    fn last_that_ran(&self, position: usize, way: &[Became]) -> Option<usize> {
        let mut seen = BTreeSet::new();
        let mut next: BTreeSet<usize> = self.after.get(position)?.iter().copied().collect();
        while let Some(one) = next.pop_last() {
            match way.get(one) {
                Some(Became::Over { ran: true, .. }) => return Some(one),
                _ if seen.insert(one) => next.extend(self.after.get(one).into_iter().flatten().copied()),
                _ => {}
            }
        }
        None
    }
}
