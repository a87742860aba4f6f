//! The way to a place where an identifier is wanted and may not be bound, as a finding shows it.

use super::bindings::{Bindings, Wanted};
use super::paths::{From, Unbound};
use super::ways::Note;
use crate::diagnostic::Diagnostic;
use crate::model::{Step, StepId, StepKind};
use crate::rules::words::names;
use crate::source::Span;

/// Places that are shown at either end of a way.
const SHOWN: usize = 4;

/// The ways on which an identifier is not bound.
pub(super) struct Trace<'a, 'f> {
    pub bindings: &'a Bindings<'f>,
    pub unbound: &'a Unbound,
    pub wanted: Wanted,
}

/// A place on a way.
struct Stop {
    name: String,
    note: Note,
}

impl Trace<'_, '_> {
    /// Shows the way to a step that wants the identifier; `then` is what happens there.
    pub fn finding(&self, finding: Diagnostic, step: StepId, then: Option<&Note>) -> Diagnostic {
        let chain = self.chain(step);
        let binder = self.bindings.place(self.wanted).map(|(span, name, surely)| {
            let step = self.bindings.flow.step_named(&name);
            let passed = chain.iter().any(|from| matches!(from, From::Step(id, _) if Some(*id) == step));
            (span, name, surely, passed)
        });
        let mut finding = finding;
        for stop in shown(&chain).filter_map(|from| self.stop(from)) {
            finding = finding.related(stop.note.0, stop.note.1);
        }
        if let Some((span, text)) = then {
            finding = finding.related(*span, text.clone());
        }
        self.binder(finding, binder)
    }

    /// `shop.order_created` > `submit` > `ship`.
    pub fn way(&self, step: StepId) -> String {
        let chain = self.chain(step);
        let quoted = |from: &&From| self.stop(from).map(|stop| format!("`{}`", stop.name));
        let mut names: Vec<String> = shown(&chain).filter_map(|from| quoted(&from)).collect();
        if chain.len() > 2 * SHOWN {
            names.insert(SHOWN.min(names.len()), "…".to_owned());
        }
        names.extend(self.bindings.flow.step(step).map(|step| format!("`{}`", step.name)));
        names.join(" > ")
    }

    /// How a step is come to, and how the step before it, from the beginning on.
    fn chain(&self, step: StepId) -> Vec<&From> {
        let mut chain = Vec::new();
        let mut at = Some(step);
        // A way never comes by a step twice.
        while let Some(from) = at.and_then(|id| self.unbound.entered.get(&id)) {
            if chain.len() > self.bindings.flow.steps.len() {
                break;
            }
            chain.push(from);
            at = match from {
                From::Step(id, _) => Some(*id),
                From::Start(_) | From::Interrupt(_) => None,
            };
        }
        chain.reverse();
        chain
    }

    /// A place on a way; it says how the flow goes on from there.
    fn stop(&self, from: &From) -> Option<Stop> {
        let flow = self.bindings.flow;
        let wanted = self.bindings.name(self.wanted);
        match from {
            From::Start(index) => flow.starts.get(*index).map(|start| Stop {
                name: self.bindings.start_name(&start.from),
                note: (start.span, format!("begins here, and does not give `{wanted}`")),
            }),
            From::Interrupt(index) => flow.interrupts.get(*index).map(|interrupt| Stop {
                name: self.bindings.event_name(&interrupt.event),
                note: (interrupt.span, format!("may come before `{wanted}` is bound")),
            }),
            From::Step(id, note) => flow.step(*id).map(|step| Stop {
                name: step.name.clone(),
                note: note.clone().unwrap_or_else(|| (step.span, self.passed(step).to_owned())),
            }),
        }
    }

    /// What is to be said about a step that the way comes by in the ordinary way.
    fn passed(&self, step: &Step) -> &'static str {
        match &step.kind {
            StepKind::Each(_) => "goes through its parts",
            _ if self.bindings.step_binds(step, step.parent, self.wanted, false) => "may not bind it",
            _ => "does not bind it",
        }
    }

    /// Where it is bound otherwise, and what to do. `passed` is whether the way comes by there.
    fn binder(&self, finding: Diagnostic, place: Option<(Span, String, bool, bool)>) -> Diagnostic {
        let wanted = self.bindings.name(self.wanted);
        let Some((span, name, surely, passed)) = place else {
            return finding.help(format!("let a mapping that is received before set `{}`", short(&wanted)));
        };
        let (text, help) = match (surely, passed) {
            (true, false) => (
                format!("`{name}` binds it, and is not on this way"),
                format!("bind `{wanted}` on this way too, or let the way not lead here"),
            ),
            (true, true) => (
                format!("`{name}` binds it only if it is done"),
                format!("bind `{wanted}` on this way too, or let the way not lead here"),
            ),
            (false, _) => (
                format!("`{name}` binds it only if what is received has it"),
                "let the mapping set it surely, such as by `.orRaise(…)`".to_owned(),
            ),
        };
        finding.related(span, text).help(help)
    }
}

/// The places at either end of a way.
fn shown<'c>(chain: &'c [&From]) -> impl Iterator<Item = &'c From> {
    let all = chain.len();
    chain.iter().enumerate().filter(move |(at, _)| *at < SHOWN || at + SHOWN >= all).map(|(_, from)| *from)
}

/// `ids.sap`, as a mapping sets it.
fn short(wanted: &str) -> &str {
    wanted.split_once('.').map_or(wanted, |(_, ids)| ids)
}

/// What to say of an identifier that nothing binds.
pub(super) fn nowhere(bindings: &Bindings<'_>, wanted: Wanted, finding: Diagnostic) -> Diagnostic {
    let flow = bindings.flow;
    let starts: Vec<String> = flow.starts.iter().map(|start| bindings.start_name(&start.from)).collect();
    let starts = names(starts.iter().map(String::as_str));
    let name = bindings.name(wanted);
    let span: Span = flow.starts.first().map_or(flow.span, |start| start.span);
    let finding = finding.related(span, format!("neither {starts} nor any step gives `{name}`"));
    finding.help(format!("let a mapping that is received set `{}`", short(&name)))
}
