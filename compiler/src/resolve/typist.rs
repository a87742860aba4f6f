//! Types expressions of one place after the other in a scope that they share: what flows and published events have in
//! common. Calls, and mappings with what goes into them and comes out, are in [`super::calls`].

use super::BUILT_IN_EXCEPTIONS;
use crate::diagnostic::{Diagnostic, Diagnostics, suggest};
use crate::expr::check::{Binding, Checker, Scope, list_of};
use crate::expr::ir::{Node, VarId};
use crate::model::{EventRef, Id, Model, OperationRef, Raise, System, Type};
use crate::rules;
use crate::source::Span;
use crate::syntax::{ExprText, Text};
use std::collections::BTreeMap;

/// The model as far as it is known, a scope, and what was found.
pub(super) struct Typist<'m> {
    pub model: &'m Model,
    pub scope: Scope,
    pub diagnostics: Diagnostics,
    /// How many names stand for nothing, of which no finding says so: what they stand for could not be read.
    pub untold: usize,
    /// How many names were compared with what they may have been meant to be.
    guesses: usize,
}

/// Names that are compared with all that there are: who mistypes more of them has another problem.
const GUESSES: usize = 200;

impl<'m> Typist<'m> {
    pub fn new(model: &'m Model) -> Self {
        let scope = Scope { present_ids: true, gathers: true, ..Scope::default() };
        Typist { model, scope, diagnostics: Diagnostics::new(), untold: 0, guesses: 0 }
    }

    pub fn report(&mut self, finding: Diagnostic) {
        self.diagnostics.push(finding);
    }

    /// Runs something on a checker with the scope.
    pub fn checked<T>(&mut self, f: impl FnOnce(&mut Checker<'_>) -> T) -> T {
        let scope = std::mem::take(&mut self.scope);
        let mut checker = Checker::new(self.model, scope, &mut self.diagnostics);
        let result = f(&mut checker);
        self.scope = std::mem::take(&mut checker.scope);
        drop(checker);
        for (exception, span) in std::mem::take(&mut self.scope.raises) {
            self.exception(&Text::new(exception, span));
        }
        result
    }

    /// An expression of a type; none if it has not: a finding was given.
    pub fn expression(&mut self, text: &ExprText, ty: &Type) -> Option<Node> {
        let node = self.checked(|checker| checker.expression(text, ty));
        (!node.ty.is_unknown()).then_some(node)
    }

    /// An expression of any type.
    pub fn infer(&mut self, text: &ExprText) -> Option<Node> {
        let node = self.checked(|checker| checker.infer(text));
        (!node.ty.is_unknown()).then_some(node)
    }

    /// Runs something with a record in scope as `src`, which came from a system.
    pub fn with_src<T>(&mut self, system: Id<System>, src: (VarId, Type), f: impl FnOnce(&mut Self) -> T) -> T {
        let bound = self.scope.bindings.len();
        let before = (self.scope.system, self.scope.meta);
        self.scope.bindings.push(Binding { name: "src".to_owned(), var: src.0, ty: src.1, fails: false });
        (self.scope.system, self.scope.meta) = (Some(system), true);
        let result = f(self);
        self.scope.bindings.truncate(bound);
        (self.scope.system, self.scope.meta) = before;
        result
    }

    /// Runs something with the settings of a system in scope.
    pub fn with_system<T>(&mut self, system: Id<System>, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.scope.system.replace(system);
        let result = f(self);
        self.scope.system = before;
        result
    }

    /// Something by its name.
    pub fn named<T>(&mut self, known: &BTreeMap<String, Id<T>>, what: &str, name: &Text) -> Option<Id<T>> {
        let found = known.get(&name.value).copied();
        if found.is_none() {
            self.unknown(what, name, known.keys().map(String::as_str));
        }
        found
    }

    pub fn system(&mut self, name: &Text) -> Option<Id<System>> {
        let model = self.model;
        self.named(&model.systems_by_name, "system", name)
    }

    /// An exception, declared or built in.
    pub fn exception(&mut self, name: &Text) -> Option<Raise> {
        let model = self.model;
        let declared = model.exceptions_by_name.get(&name.value).copied();
        if declared.is_none() && !BUILT_IN_EXCEPTIONS.contains(&name.value.as_str()) {
            let known = model.exceptions_by_name.keys().map(String::as_str);
            self.unknown("exception", name, known.chain(BUILT_IN_EXCEPTIONS.iter().copied()));
            return None;
        }
        Some(Raise { name: name.value.clone(), declared, span: name.span })
    }

    /// A finding on a name that nothing has, with the nearest that exists.
    pub fn unknown<'a>(&mut self, what: &str, name: &Text, known: impl Iterator<Item = &'a str> + Clone) {
        self.not_there(format!("there is no {what} `{}`", name.value), name, known, "there is", "");
    }

    /// A finding on a name that nothing has in its place; what is suggested gets a prefix.
    pub fn not_there<'a>(
        &mut self,
        message: String,
        name: &Text,
        known: impl Iterator<Item = &'a str> + Clone,
        has: &str,
        prefix: &str,
    ) {
        if self.model.unread.has(&name.value) {
            self.untold += 1;
            return;
        }
        let few: Vec<&str> = known.clone().take(9).collect();
        self.guesses += 1;
        let near = if self.guesses > GUESSES { None } else { suggest(&name.value, known) };
        let help = match near {
            Some(near) => Some(format!("did you mean `{prefix}{near}`?")),
            None if few.is_empty() => None,
            None => Some(format!("{has} {}", list_of(&few))),
        };
        self.report(Diagnostic::new(rules::NAME001, name.span, message).help_opt(help));
    }

    /// An event of a system by its name.
    pub fn event(&mut self, name: &Text) -> Option<EventRef> {
        let (system, event) = self.dotted(name, "an event of a system, such as `shopify.order_created`")?;
        let model = self.model;
        let id = self.system(&system)?;
        let events = &model.systems[id].events;
        let position = self.member("event", &system, &event, events.iter().map(|known| known.name.as_str()))?;
        Some(EventRef { system: id, event: position })
    }

    /// An operation of a system that is known, by both names.
    pub fn operation_of(&mut self, id: Id<System>, system: &Text, operation: &Text) -> Option<OperationRef> {
        let model = self.model;
        let operations = &model.systems[id].operations;
        let position =
            self.member("operation", system, operation, operations.iter().map(|known| known.name.as_str()))?;
        Some(OperationRef { system: id, operation: position })
    }

    /// The position of something that a system has, by its name.
    fn member<'a>(
        &mut self,
        what: &str,
        system: &Text,
        name: &Text,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Option<u16> {
        let Some(position) = known.clone().position(|known| known == name.value) else {
            let message = format!("`{}` has no {what} `{}`", system.value, name.value);
            self.not_there(message, name, known, "it has", &format!("{}.", system.value));
            return None;
        };
        u16::try_from(position).ok()
    }

    /// A reference of the form `system.thing`, as two names with their places.
    pub fn dotted(&mut self, name: &Text, what: &str) -> Option<(Text, Text)> {
        let Some((first, second)) = name.value.split_once('.').filter(|(a, b)| !a.is_empty() && !b.is_empty()) else {
            let message = format!("`{}` is not {what}", name.value);
            self.report(Diagnostic::new(rules::SPEC004, name.span, message));
            return None;
        };
        let (start, end) = (name.span.start, name.span.end);
        // A name in quotes stands one place further.
        let quote = (end - start).saturating_sub(u32::try_from(name.value.len()).unwrap_or(u32::MAX)) / 2;
        let dot = start.saturating_add(quote).saturating_add(u32::try_from(first.len()).unwrap_or(u32::MAX)).min(end);
        let at = |from: u32, to: u32| Span::new(name.span.file, from, to);
        let second_at = at((dot + 1).min(end), end.saturating_sub(quote).max(dot));
        Some((Text::new(first.to_owned(), at(start + quote, dot)), Text::new(second.to_owned(), second_at)))
    }
}
