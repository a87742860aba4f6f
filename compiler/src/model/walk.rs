//! Going over what a flow holds: its steps and lists of steps, calls, events, mappings, exceptions and expressions.

use super::{Call, Flow, Over, Raise, StartFrom, Step, StepId, StepKind, Taken};
use crate::expr::ir::Node;

impl Flow {
    /// A step.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(id.index())
    }

    /// Steps with their ids.
    pub fn steps(&self) -> impl Iterator<Item = (StepId, &Step)> {
        self.steps.iter().enumerate().map(|(index, step)| (StepId::new(index), step))
    }

    /// A step by its name.
    pub fn step_named(&self, name: &str) -> Option<StepId> {
        self.steps.iter().position(|step| step.name == name).map(StepId::new)
    }

    /// Every list of steps: the flow's own, those of `each` and of decisions, of interrupts, and of actions.
    pub fn lists(&self) -> impl Iterator<Item = &[StepId]> {
        let inner = self.steps.iter().flat_map(|step| -> Vec<&[StepId]> {
            match &step.kind {
                StepKind::Each(each) => vec![&each.steps],
                StepKind::Decide(branches) => branches.iter().filter_map(|branch| branch.then.steps()).collect(),
                _ => Vec::new(),
            }
        });
        let interrupts = self.interrupts.iter().filter_map(|interrupt| interrupt.action.steps());
        let actions = self.handlers.iter().flat_map(|handler| &handler.actions);
        let actions = actions.filter_map(|(_, _, action)| action.steps());
        std::iter::once(self.body.as_slice()).chain(inner).chain(interrupts).chain(actions)
    }

    /// Every call with the step that it stands in: calls, their `redo` and `undo`.
    pub fn calls(&self) -> impl Iterator<Item = (StepId, &Call)> {
        self.steps().flat_map(|(id, step)| {
            let calls: Vec<&Call> = match &step.kind {
                StepKind::Call(call) => {
                    [Some(&call.call), call.redo.as_ref(), call.undo.as_ref()].into_iter().flatten().collect()
                }
                _ => Vec::new(),
            };
            calls.into_iter().map(move |call| (id, call))
        })
    }

    /// Every place where it takes an event.
    pub fn events(&self) -> impl Iterator<Item = &Taken> {
        let starts = self.starts.iter().filter_map(|start| match &start.from {
            StartFrom::Event { event, .. } => Some(&**event),
            StartFrom::Api { .. } => None,
        });
        let awaited = self.steps.iter().flat_map(|step| match &step.kind {
            StepKind::Await(wait) => wait.branches.iter().map(|branch| &branch.event).collect(),
            _ => Vec::new(),
        });
        let interrupts = self.interrupts.iter().map(|interrupt| &interrupt.event);
        let resolved = self.handlers.iter().flat_map(|handler| handler.resolve.iter().map(|(_, event)| event));
        starts.chain(awaited).chain(interrupts).chain(resolved)
    }

    /// Every mapping that it applies, where it does.
    pub fn uses(&self) -> impl Iterator<Item = &super::MapUse> {
        let called = self.calls().flat_map(|(_, call)| call.send.iter().chain(call.receive.iter().map(|r| &r.mapping)));
        let taken = self.events().filter_map(|event| event.receive.as_ref()).map(|receive| &receive.mapping);
        called.chain(taken)
    }

    /// Every place where it raises an exception or says what is done about one.
    pub fn raises(&self) -> impl Iterator<Item = &Raise> {
        let steps = self.steps.iter().flat_map(|step| -> Vec<&Raise> {
            match &step.kind {
                StepKind::Call(call) => {
                    call.failures.iter().flat_map(|f| [Some(&f.exception), f.action.raises()]).flatten().collect()
                }
                StepKind::Await(wait) => {
                    wait.branches.iter().filter_map(|b| b.raise.as_ref()).chain(&wait.late).collect()
                }
                StepKind::Decide(branches) => branches.iter().filter_map(|branch| branch.then.raises()).collect(),
                StepKind::Raise(raise) => vec![raise],
                StepKind::Publish(_) | StepKind::Wait { .. } | StepKind::Each(_) => Vec::new(),
            }
        });
        let interrupts = self.interrupts.iter().filter_map(|interrupt| interrupt.action.raises());
        let handled = self.handlers.iter().flat_map(|handler| {
            let actions = handler.actions.iter().filter_map(|(_, _, action)| action.raises());
            std::iter::once(&handler.exception).chain(actions)
        });
        steps.chain(interrupts).chain(handled)
    }

    /// The names of what people can do about its exceptions, each once, in order.
    pub fn actions(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for (name, ..) in self.handlers.iter().flat_map(|handler| &handler.actions) {
            if !names.contains(&name.as_str()) {
                names.push(name.as_str());
            }
        }
        names
    }

    /// Calls `visit` with every expression.
    pub fn walk<'f>(&'f self, visit: &mut dyn FnMut(&'f Node)) {
        self.key.iter().for_each(&mut *visit);
        self.derive.iter().for_each(|derive| visit(&derive.value));
        for start in &self.starts {
            if let StartFrom::Event { fetch, .. } = &start.from {
                for fetch in fetch {
                    fetch.call.walk(visit);
                }
            }
        }
        self.events().for_each(|event| event.walk(visit));
        for step in &self.steps {
            match &step.kind {
                StepKind::Call(call) => call.idempotency.iter().for_each(&mut *visit),
                StepKind::Await(wait) => wait.until.iter().for_each(&mut *visit),
                StepKind::Decide(branches) => branches.iter().filter_map(|b| b.when.as_ref()).for_each(&mut *visit),
                StepKind::Each(each) => match &each.over {
                    Over::Elements { list, .. } => visit(list),
                    Over::Groups { list, by, .. } => {
                        visit(list);
                        visit(by);
                    }
                    Over::Unknown => {}
                },
                StepKind::Publish(_) | StepKind::Wait { .. } | StepKind::Raise(_) => {}
            }
        }
        self.calls().for_each(|(_, call)| call.walk(visit));
    }
}

impl Call {
    /// Calls `visit` with every expression.
    pub fn walk<'c>(&'c self, visit: &mut dyn FnMut(&'c Node)) {
        self.instance.iter().for_each(&mut *visit);
        self.params.iter().for_each(|(_, value, _)| visit(value));
        let uses = self.send.iter().chain(self.receive.iter().map(|receive| &receive.mapping));
        uses.flat_map(|one| &one.inputs).for_each(visit);
    }
}

impl Taken {
    /// Calls `visit` with every expression.
    pub fn walk<'t>(&'t self, visit: &mut dyn FnMut(&'t Node)) {
        if let Some(matches) = &self.matches {
            visit(&matches.event);
        }
        self.receive.iter().flat_map(|receive| &receive.mapping.inputs).for_each(visit);
    }
}
