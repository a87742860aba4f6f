//! From syntax trees to the model: names looked up, types resolved, expressions typed.
//!
//! In order: [`declare`] gives every name its id; [`structs`], [`records`], [`codes`], [`system`] and [`ownership`]
//! fill in what stands behind the names; [`mapping`] types the bodies, once all signatures are known; [`contracts`],
//! [`event`] and [`flow`] put them to use. Nothing stops at
//! the first problem: what does not resolve becomes unknown, has its finding, and is not spoken of again.
//!
//! Absent on purpose: judgement. Whether a resolved workspace is a good one is for [`crate::rules`] to say.

mod calls;
mod codes;
mod contracts;
mod csv;
mod declare;
mod event;
mod flow;
mod import;
mod instance;
mod mapping;
mod misplaced;
mod ownership;
mod packs;
mod patch_state;
mod records;
mod rewrite;
mod scenario;
mod structs;
mod system;
mod system_event;
mod target;
mod types;
mod typist;
mod uses;

pub use uses::Uses;

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, suggest};
use crate::expr::check::list_of;
use crate::model::{Builtin, Id, Model, Struct, System, Type};
use crate::rules;
use crate::source::Loader;
use crate::syntax::{SpecsAst, Text};

/// The type of the entries of a built-in list.
pub fn builtin_type(builtin: Builtin) -> Type {
    match builtin {
        Builtin::Currency => Type::Currency,
        Builtin::Country => Type::Country,
        Builtin::Unit => Type::Unit,
    }
}

/// The failures that can happen anywhere, without being declared.
pub const BUILT_IN_EXCEPTIONS: &[&str] = &[
    "decode_failed",
    "overflow",
    "divide_by_zero",
    "digits_lost",
    "text_too_long",
    "currency_mismatch",
    "unit_mismatch",
    "unknown_code",
    "out_of_range",
    "no_such_key",
    "not_one",
    "invalid_argument",
    "lookup_missing",
    "unknown_line",
    "not_owner",
    "illegal_transition",
    "stale",
    "invariant",
    "absent_value",
    "unmatched_event",
];

/// What resolving gives.
pub struct Resolved {
    /// The model, complete as far as the specs are.
    pub model: Model,
    /// What is mentioned.
    pub uses: Uses,
    /// What was found on the way.
    pub diagnostics: Diagnostics,
}

/// Resolves a workspace.
pub fn resolve(specs: &SpecsAst, loader: &Loader) -> Resolved {
    let mut resolver = Resolver { specs, loader, model: Model::default(), diagnostics: Diagnostics::new(), untold: 0 };
    resolver.workspace();
    resolver.unread();
    let ids = resolver.declare();
    resolver.structs(&ids);
    resolver.records(&ids);
    resolver.codes(&ids);
    resolver.systems(&ids);
    resolver.ownerships();
    resolver.signatures(&ids);
    resolver.expressions(&ids);
    resolver.bodies(&ids);
    resolver.contracts();
    resolver.events();
    resolver.flows();
    resolver.scenarios();
    resolver.packs();
    resolver.waivers();
    let uses = uses::uses(&resolver.model);
    Resolved { model: resolver.model, uses, diagnostics: resolver.diagnostics }
}

struct Resolver<'s> {
    specs: &'s SpecsAst,
    loader: &'s Loader,
    model: Model,
    diagnostics: Diagnostics,
    /// How many names stand for nothing, of which no finding says so.
    untold: usize,
}

impl Resolver<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The names of what could not be read.
    fn unread(&mut self) {
        for name in self.specs.unsure() {
            self.model.unread.add(name);
        }
        if !self.loader.problems().is_empty() {
            self.model.unread.add_any();
        }
    }

    /// A finding on a name that nothing has, with the nearest that exists.
    fn unknown_name(&mut self, rule: RuleId, what: &str, name: &Text, known: &[&str]) {
        if self.model.unread.has(&name.value) {
            self.untold += 1;
            return;
        }
        let help = match suggest(&name.value, known.iter().copied()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if known.is_empty() => None,
            None => Some(format!("there is {}", list_of(known))),
        };
        let message = format!("there is no {what} `{}`", name.value);
        self.report(Diagnostic::new(rule, name.span, message).help_opt(help));
    }

    fn system_named(&mut self, name: &Text) -> Option<Id<System>> {
        let found = self.model.systems_by_name.get(&name.value).copied();
        if found.is_none() {
            let known: Vec<String> = self.model.systems_by_name.keys().cloned().collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown_name(rules::NAME001, "system", name, &known);
        }
        found
    }

    fn object_named(&mut self, name: &Text) -> Option<Id<Struct>> {
        let found = self.model.objects().find(|(_, s)| s.name == name.value).map(|(id, _)| id);
        if found.is_none() {
            let known: Vec<String> = self.model.objects().map(|(_, s)| s.name.clone()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown_name(rules::NAME001, "object", name, &known);
        }
        found
    }

    /// Whether an exception is declared or built in; reports it if not.
    fn check_exception(&mut self, name: &Text) {
        if self.model.exceptions_by_name.contains_key(&name.value) || BUILT_IN_EXCEPTIONS.contains(&name.value.as_str())
        {
            return;
        }
        let known: Vec<String> = self.model.exceptions_by_name.keys().cloned().collect();
        let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
        known.extend(BUILT_IN_EXCEPTIONS);
        self.unknown_name(rules::NAME001, "exception", name, &known);
    }

    fn check_team(&mut self, name: &Text) {
        if self.model.teams_by_name.contains_key(&name.value) {
            return;
        }
        let known: Vec<String> = self.model.teams_by_name.keys().cloned().collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.unknown_name(rules::NAME001, "team", name, &known);
    }
}
