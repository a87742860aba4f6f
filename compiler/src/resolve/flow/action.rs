//! Actions: on a failure, a branch, an interrupt, and what people or events choose about an exception.

use super::Maker;
use super::event::WrittenEvent;
use crate::diagnostic::Diagnostic;
use crate::model::{Action, Does, Handler, Id, Interrupt, Raise, StepId, System, Then, Undo};
use crate::rules;
use crate::source::Span;
use crate::syntax::{ActionAst, FailureAst, Free, HandlerAst, InterruptAst, Named, Text};

/// The word for going on where one stood.
const CONTINUE: &str = "continue";
/// The word for all that was done.
const ALL: &str = "all";

impl Maker<'_, '_> {
    /// What is done when a call fails with an exception, which is raised if nothing else is said: states are set in the
    /// name of the system that answered.
    pub(super) fn failure_action(
        &mut self,
        ast: &FailureAst,
        exception: &Raise,
        system: Id<System>,
        within: Option<StepId>,
    ) -> Action {
        let set = self.states(&ast.set, ast.by.as_ref(), Some(system), within);
        let said = [
            ("raise", ast.raise.as_ref().map(|raise| raise.span)),
            ("goto", ast.goto.as_ref().map(|goto| goto.span)),
            ("again", ast.again.as_ref().map(|again| again.span)),
        ];
        self.one_way(&said);
        let goto = ast.goto.as_ref().and_then(|goto| Some(Does::Goto(self.step_named(goto)?, goto.span)));
        let raise = ast.raise.as_ref().and_then(|raise| self.typist.exception(raise)).map(Does::Raise);
        let again = ast.again.as_ref().map(|again| Does::Again(again.value.0));
        Action { set, does: goto.or(raise).or(again).unwrap_or_else(|| Does::Raise(exception.clone())), span: ast.span }
    }

    /// An action goes on one way.
    fn one_way(&mut self, said: &[(&str, Option<Span>)]) {
        let mut said = said.iter().filter_map(|(word, span)| Some((*word, (*span)?)));
        if let (Some((first, at)), Some((second, span))) = (said.next(), said.next()) {
            let message = format!("`{first}` and `{second}` are two ways to go on");
            let finding = Diagnostic::new(rules::SPEC004, span, message).related(at, "the other stands here");
            self.typist.report(finding.help("leave one of them out"));
        }
    }

    /// An action. `again` is where something can be waited for or tried again; `default` what is done if nothing is
    /// said, a finding if there is nothing.
    pub(super) fn action(
        &mut self,
        ast: &ActionAst,
        steps: Vec<StepId>,
        follows: Option<Id<System>>,
        within: Option<StepId>,
        default: Option<Does>,
    ) -> Option<Action> {
        let set = self.states(&ast.set, ast.by.as_ref(), follows, within);
        let said = [
            ("goto", ast.goto.as_ref().map(|goto| goto.span)),
            ("raise", ast.raise.as_ref().map(|raise| raise.span)),
            ("again", ast.again.as_ref().map(|again| again.span)),
            ("undo", ast.undo.as_ref().and_then(|undo| undo.iter().next()).map(|first| first.span)),
            ("steps", ast.steps.first().map(|first| first.name.span)),
        ];
        self.one_way(&said);
        let then = ast.then.as_ref().and_then(|then| self.then(then));
        let nothing = said.iter().all(|(_, span)| span.is_none());
        let does = if let Some(goto) = &ast.goto {
            Some(Does::Goto(self.step_named(goto)?, goto.span))
        } else if let Some(raise) = &ast.raise {
            Some(Does::Raise(self.typist.exception(raise)?))
        } else if let Some(again) = &ast.again {
            Some(Does::Again(again.value.0))
        } else if let Some(undo) = &ast.undo {
            Some(self.undone(undo, then)?)
        } else if !ast.steps.is_empty() {
            Some(Does::Steps(steps, self.after_steps(ast, then)))
        } else {
            match then {
                Some(Then::Goto(step, span)) => Some(Does::Goto(step, span)),
                Some(Then::Continue) => Some(Does::Continue),
                _ => None,
            }
        };
        if let (Some(then), false) = (&ast.then, nothing || ast.undo.is_some() || !ast.steps.is_empty()) {
            let message = "`then` follows `steps` or `undo`";
            self.typist.report(Diagnostic::new(rules::SPEC004, then.span, message).help("leave it out"));
        }
        let Some(does) = does.or(default) else {
            if nothing && ast.then.is_none() {
                let message = "this does not say how to go on";
                let finding = Diagnostic::new(rules::SPEC003, ast.span, message);
                self.typist.report(
                    finding.help("an action is `goto`, `again`, `undo`, `raise` or `steps`; or `then: continue`"),
                );
            }
            return None;
        };
        Some(Action { set, does, span: ast.span })
    }

    fn undone(&mut self, names: &[Text], then: Option<Then>) -> Option<Does> {
        let all = names.iter().find(|name| name.value == ALL);
        if let Some(all) = all {
            if names.len() > 1 {
                let message = "`all` includes the other steps";
                self.typist.report(Diagnostic::new(rules::SPEC004, all.span, message).help("leave them out"));
            }
            return Some(Does::Undo(Undo::All, then.unwrap_or(Then::End)));
        }
        let steps: Vec<(StepId, Span)> =
            names.iter().filter_map(|name| Some((self.step_named(name)?, name.span))).collect();
        (!steps.is_empty()).then(|| Does::Undo(Undo::Steps(steps), then.unwrap_or(Then::Continue)))
    }

    fn after_steps(&mut self, ast: &ActionAst, then: Option<Then>) -> Then {
        if ast.then.is_none() {
            let span = ast.steps.first().map_or(ast.span, |step| step.name.span);
            let message = "nothing says how it goes on after these steps";
            let finding = Diagnostic::new(rules::SPEC003, span, message);
            self.typist.report(finding.help("add `then: continue`, or `then:` with a step"));
        }
        then.unwrap_or(Then::Continue)
    }

    fn then(&mut self, name: &Text) -> Option<Then> {
        if name.value == CONTINUE {
            return Some(Then::Continue);
        }
        self.step_named(name).map(|step| Then::Goto(step, name.span))
    }

    pub(super) fn interrupts(&mut self, asts: &[InterruptAst]) -> Vec<Interrupt> {
        let mut all = Vec::with_capacity(asts.len());
        for (index, ast) in asts.iter().enumerate() {
            let written = WrittenEvent {
                event: &ast.event,
                matches: ast.matches.as_ref(),
                receive: ast.receive.as_ref(),
                into: ast.into.as_ref(),
            };
            let event = self.taken(&written);
            let until = ast.until.as_ref().and_then(|name| Some((self.object_state(name)?, name.span)));
            let steps = self.slots.interrupts.get(index).cloned().unwrap_or_default();
            let follows = event.as_ref().map(|event| event.event.system);
            // What is received or set is enough: the flow goes on where it is.
            let enough = ast.receive.is_some() || !ast.set.is_empty();
            let action = self.action(&ast.action(), steps, follows, None, enough.then_some(Does::Continue));
            let (Some(event), Some(action)) = (event, action) else { continue };
            let description = ast.description.as_ref().map(|d| d.value.clone());
            all.push(Interrupt { event, description, until, action, span: ast.span });
        }
        all
    }

    pub(super) fn handlers(&mut self, asts: &Named<Free, HandlerAst>) -> Vec<Handler> {
        let mut all = Vec::with_capacity(asts.len());
        for (index, (name, ast)) in asts.iter().enumerate() {
            let exception = self.typist.exception(name);
            if ast.actions.is_empty() {
                let message = format!("nothing can be done about `{}`", name.value);
                let finding = Diagnostic::new(rules::SPEC003, name.span, message);
                self.typist.report(finding.help("add `actions:`, each with `goto`, `again`, `undo` or `steps`"));
            }
            let mut actions = Vec::with_capacity(ast.actions.len());
            for (position, (action, body)) in ast.actions.iter().enumerate() {
                let steps = self.slots.actions.get(index).and_then(|actions| actions.get(position));
                let steps = steps.cloned().unwrap_or_default();
                if let Some(made) = self.action(body, steps, None, None, None) {
                    actions.push((action.value.clone(), action.span, made));
                }
            }
            let mut resolve = Vec::with_capacity(ast.resolve.len());
            for (action, event) in &ast.resolve {
                let written = WrittenEvent {
                    event: &event.event,
                    matches: event.matches.as_ref(),
                    receive: event.receive.as_ref(),
                    into: event.into.as_ref(),
                };
                let taken = self.taken(&written);
                if ast.actions.get(&action.value).is_none() {
                    let message = format!("`{}` has no action `{}`", name.value, action.value);
                    let known: Vec<&str> = ast.actions.names().collect();
                    self.typist.not_there(message, action, known.into_iter(), "it has", "");
                    continue;
                }
                let position = actions.iter().position(|(known, _, _)| *known == action.value);
                if let (Some(position), Some(taken)) = (position.and_then(|at| u16::try_from(at).ok()), taken) {
                    resolve.push((position, taken));
                }
            }
            all.extend(exception.map(|exception| Handler { exception, actions, resolve }));
        }
        all
    }
}
