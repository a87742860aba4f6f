//! Which steps a flow can come to while an identifier is not bound, and on which way.
//!
//! The steps of a list are gone through in an order in which each follows those before it. Only decisions divide a way:
//! of their branches each is followed, and what a branch passes over binds nothing. A step that waits for several has what
//! any of them bound. Exceptions, interrupts and `goto` lead to a step anew: what stands before it may then have been
//! passed over. Ways on which the identifier is bound are of no interest, and what was looked at once in one state is not
//! looked at again; all in all a search takes a bounded number of steps, and finds nothing beyond.

use super::assumed::{Assumed, Lasting};
use super::bindings::{Bindings, Wanted};
use super::ways::{Exit, Failures, Note, Raised, To, Ways};
use crate::model::{Action, Does, Flow, Interrupt, Model, StepId, StepKind, Then};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a search of one flow may cost: a step that is looked at counts as [`STEP`], a way that divides as the list's steps.
const MOST: usize = 20_000_000;
/// What looking at a step costs.
const STEP: usize = 100;

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
    lasting: Lasting,
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
    /// What is known by then.
    assumed: Assumed,
}

/// Steps that were left, and lists that were begun, with what was known by then.
#[derive(Default)]
struct Done {
    left: BTreeSet<(StepId, Assumed)>,
    begun: BTreeSet<(Option<StepId>, Option<StepId>, Assumed)>,
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

/// A place in a list of steps, what became of those before it, and what was assumed on the way.
type Seen = (usize, Vec<(usize, Became)>, Assumed);

impl<'f> Search<'f> {
    /// Searches of a flow.
    pub fn of(model: &'f Model, flow: &'f Flow) -> Self {
        Search {
            bindings: Bindings::of(model, flow),
            failures: Failures::of(model, flow),
            blocks: Blocks::of(flow),
            lasting: Lasting::of(model, flow),
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
        jobs.push_back(Job {
            steps: &flow.body,
            within: None,
            first: None,
            from: From::Start(start),
            assumed: Assumed::default(),
        });
        let mut done = Done::default();
        loop {
            while let Some(job) = jobs.pop_front() {
                let again = job.first.is_some_and(|first| done.left.contains(&(first, job.assumed.clone())));
                if !again && done.begun.insert((job.steps.first().copied(), job.first, job.assumed.clone())) {
                    self.go(&job, wanted, &mut found, &mut done, &mut jobs);
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
            Does::Goto(target, _) | Does::Undo(_, Then::Goto(target, _)) => {
                jobs.extend(self.jump(*target, from, Assumed::default()));
            }
            Does::Steps(steps, then) => {
                let assumed = Assumed::default();
                jobs.push_back(Job { steps, within: None, first: None, from: from.clone(), assumed });
                if let Then::Goto(target, _) = then {
                    jobs.extend(self.jump(*target, from, Assumed::default()));
                }
            }
            _ => {}
        }
    }

    fn jump(&self, target: StepId, from: From, assumed: Assumed) -> Option<Job<'f>> {
        let steps = self.blocks.around(target)?;
        let within = self.bindings.flow.step(target)?.parent;
        Some(Job { steps, within, first: Some(target), from, assumed })
    }

    /// Goes through a list, by all ways on which the identifier is not bound.
    fn go(
        &mut self,
        job: &Job<'f>,
        wanted: Wanted,
        found: &mut Unbound,
        done: &mut Done,
        jobs: &mut VecDeque<Job<'f>>,
    ) {
        let list = List::of(self.bindings.flow, job.steps);
        let mut begun = vec![Became::Ahead; list.order.len()];
        if let Some(first) = job.first.and_then(|first| list.position(first)) {
            for before in list.before(first) {
                set(before, Became::Over { bound: false, ran: true }, &mut begun);
            }
        }
        let mut seen: BTreeSet<Seen> = BTreeSet::new();
        let mut open = vec![(0, begun, job.assumed.clone())];
        while let Some((at, mut way, assumed)) = open.pop() {
            for position in at..list.order.len() {
                let Some(left) = self.left.checked_sub(STEP) else { return };
                self.left = left;
                let Some(id) = list.order.get(position).copied() else { break };
                let begins = job.first == Some(id);
                let Some(bound) = list.enter(position, &mut way, begins) else { continue };
                let ways = Ways::of(&self.bindings, &self.failures, id, job.within, wanted);
                let branches = self.branches(id, &assumed);
                if !bound && !found.entered.contains_key(&id) {
                    let from = if begins { None } else { self.come_from(&list, position, &way, job, wanted) };
                    found.entered.insert(id, from.unwrap_or_else(|| job.from.clone()));
                    let raised = ways.raised.iter().filter(|raised| !raised.bound).cloned();
                    found.raised.extend(raised.map(|raised| (id, raised)));
                }
                if !bound && done.left.insert((id, assumed.clone())) {
                    for (branch, assumed) in &branches {
                        self.leave(id, &ways, (*branch, assumed), &list, job, jobs);
                    }
                }
                let mut ahead = Vec::new();
                for (branch, assumed) in branches {
                    let stays = list.stays(id, &ways.exits, branch, self.bindings.flow);
                    ahead.extend(stays.into_iter().map(|stays| (stays, assumed.clone())));
                }
                if let [(only, known)] = ahead.as_slice()
                    && *known == assumed
                {
                    list.follow(position, *only, bound, &mut way);
                    continue;
                }
                if ahead.is_empty() {
                    set(position, Became::Never, &mut way);
                    continue;
                }
                for (stays, assumed) in ahead {
                    self.left = self.left.saturating_sub(list.order.len());
                    let mut way = way.clone();
                    list.follow(position, stays, bound, &mut way);
                    if seen.insert((position, list.matters(position, &way), assumed.clone())) {
                        open.push((position + 1, way, assumed));
                    }
                }
                break;
            }
        }
    }

    /// The branches of a decision that may be taken, each with what is known on it; of any other step one that is none.
    fn branches(&self, id: StepId, assumed: &Assumed) -> Vec<(Option<usize>, Assumed)> {
        let Some(StepKind::Decide(branches)) = self.bindings.flow.step(id).map(|step| &step.kind) else {
            return vec![(None, assumed.clone())];
        };
        let mut all = Vec::new();
        let mut known = assumed.clone();
        for (at, branch) in branches.iter().enumerate() {
            let Some(when) = &branch.when else {
                all.push((Some(at), known));
                break;
            };
            match known.holds(&self.lasting, when) {
                Some(false) => {}
                Some(true) => {
                    all.push((Some(at), known));
                    break;
                }
                None => {
                    all.push((Some(at), known.clone().and(&self.lasting, when, true)));
                    known = known.and(&self.lasting, when, false);
                }
            }
        }
        all
    }

    /// What else is begun at a step that was entered without the identifier, by one of its branches.
    fn leave(
        &self,
        id: StepId,
        ways: &Ways<'f>,
        (branch, assumed): (Option<usize>, &Assumed),
        list: &List,
        job: &Job<'f>,
        jobs: &mut VecDeque<Job<'f>>,
    ) {
        let flow = self.bindings.flow;
        let begun = |steps, within, note| Job {
            steps,
            within,
            first: None,
            from: From::Step(id, note),
            assumed: assumed.clone(),
        };
        if let Some(StepKind::Each(each)) = flow.step(id).map(|step| &step.kind) {
            jobs.push_back(begun(each.steps.as_slice(), Some(id), None));
        }
        for (steps, note, _) in ways.blocks.iter().filter(|(_, _, of)| *of == branch) {
            jobs.push_back(begun(steps, job.within, note.clone()));
        }
        for exit in ways.exits.iter().filter(|exit| !exit.bound && exit.branch == branch) {
            if let To::Step(target) = exit.to
                && !list.leads_on(flow, id, target)
            {
                jobs.extend(self.jump(target, From::Step(id, exit.note.clone()), assumed.clone()));
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
        let next = || ways.exits.iter().find(|exit| exit.to == To::Next && !exit.bound);
        let exit = to(To::Step(*id)).or_else(next);
        Some(From::Step(before, exit.and_then(|exit| exit.note.clone())))
    }
}

impl<'f> Blocks<'f> {
    fn of(flow: &'f Flow) -> Self {
        let mut blocks = Blocks { lists: Vec::new(), of: BTreeMap::new() };
        for list in flow.lists() {
            blocks.of.extend(list.iter().map(|id| (*id, blocks.lists.len())));
            blocks.lists.push(list);
        }
        blocks
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

    /// Per position, whether it comes after one.
    fn below(&self, position: usize) -> Vec<bool> {
        let mut found = vec![false; self.order.len()];
        for (one, after) in self.after.iter().enumerate().skip(position) {
            let is_below = after.iter().any(|before| *before == position || found.get(*before) == Some(&true));
            if let (true, Some(found)) = (is_below, found.get_mut(one)) {
                *found = true;
            }
        }
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
        decides && positions.is_some_and(|(from, target)| self.below(from).get(target) == Some(&true))
    }

    /// The ways behind a step that stay in the list, by one of its branches: the step that a decision leads to, or none
    /// for the next; and whether the identifier is bound on it.
    fn stays(&self, id: StepId, exits: &[Exit], branch: Option<usize>, flow: &Flow) -> Vec<(Option<usize>, bool)> {
        let exits = exits.iter().filter(|exit| exit.branch == branch);
        let stays = exits.filter_map(|exit| match exit.to {
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
        let (below, kept) = (self.below(position), self.below(target));
        for (one, (below, kept)) in below.into_iter().zip(kept).enumerate() {
            if below && !kept && one != target {
                set(one, Became::PassedOver, way);
            }
        }
    }

    /// What of a way matters for what is ahead of a position.
    fn matters(&self, position: usize, way: &[Became]) -> Vec<(usize, Became)> {
        let all = way.iter().copied().enumerate().zip(&self.last);
        let matters = all.filter(
            |((one, became), last)| {
                if *one > position { *became != Became::Ahead } else { **last > position }
            },
        );
        matters.map(|(one, _)| one).collect()
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
