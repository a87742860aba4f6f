//! NAME004 never-used: a declaration that nothing mentions
//!
//! A value, code list, exception, team, record, value mapping or collection that a flow keeps is declared, and no other part
//! of the specs names it; or no transitions lead from a lifecycle's initial state to one of its states. Events have a rule of
//! their own, FLOW014.
//!
//! It is left over from a change, or the place that should name it names something else.
//!
//! Bad:
//! ```yaml
//! kind: exception
//! name: missing_sku                    # and no `raise`, `orRaise` or `miss` names it
//! class: business
//! team: order_management
//! ```
//! Good:
//! ```yaml
//! fields:
//!   sku: src.sku.orRaise(missing_sku)
//! ```
//! Level it with `rules: { NAME004: off }`, or waive it at the declaration (`at: missing_sku`, `at: shopify.Refund`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Kind, VarId};
use crate::model::{Codes, CodesKind, Intent, Struct, StructKind};
use crate::resolve::BUILT_IN_EXCEPTIONS;
use crate::rules::Context;
use crate::source::Span;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "NAME004", name: "never-used", severity: Severity::Warning };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    // A document that could not be read may have named what seems unused.
    if context.incomplete {
        return;
    }
    let (model, uses) = (context.model, context.uses);
    let mut judge = |what: &str, name: &str, span: Span, used: bool| {
        if !used {
            let finding = Diagnostic::new(RULE, span, format!("the {what} `{name}` is never used")).at(name);
            found.push(finding.help("use it, or take it out"));
        }
    };
    for (id, of) in model.structs.iter() {
        match of.kind {
            StructKind::Value => judge("value", &of.name, of.span, uses.types.contains(&of.name)),
            StructKind::Record(_) => judge("record", &of.full_name(model), of.span, uses.records.contains(&id)),
            StructKind::Object | StructKind::Ids => {}
        }
    }
    for codes in model.codes.rows() {
        match codes.kind {
            CodesKind::Declared | CodesKind::Of(_) => {
                judge("code list", &codes.name, codes.span, uses.types.contains(&codes.name));
            }
            CodesKind::Lifecycle(_) => {}
        }
    }
    for exception in model.exceptions.rows() {
        // A built-in failure is declared to say who deals with it.
        let built_in = BUILT_IN_EXCEPTIONS.contains(&exception.name.as_str());
        judge("exception", &exception.name, exception.span, built_in || uses.exceptions.contains(&exception.name));
    }
    for team in model.teams.rows() {
        judge("team", &team.name, team.span, uses.teams.contains(&team.name));
    }
    for flow in model.flows.rows().iter().filter(|flow| !flow.unresolved) {
        let mut read: BTreeSet<VarId> = BTreeSet::new();
        flow.walk(&mut |node| {
            node.walk(&mut |node| {
                if let Kind::Var(var) = node.kind {
                    read.insert(var);
                }
            });
        });
        for kept in &flow.keep {
            judge("collection", &format!("{}.{}", flow.name, kept.name), kept.span, read.contains(&kept.var));
        }
    }
    for (id, mapping) in model.mappings.iter().filter(|(_, mapping)| mapping.intent == Intent::Value) {
        judge("value mapping", &mapping.name, mapping.span, uses.mappings.contains(&id));
    }
    for codes in model.codes.rows() {
        let CodesKind::Lifecycle(of) = codes.kind else { continue };
        for (state, span) in unreached(&model.structs[of], codes) {
            let message = format!("no transitions lead to the state `{state}` of `{}`", model.structs[of].name);
            let finding = Diagnostic::new(RULE, span, message).at(format!("{}.{state}", codes.name));
            found.push(finding.help("let one lead there, or take it out"));
        }
    }
}

/// The states that a new one never comes to. If none follows the initial state, that is the mistake.
fn unreached<'m>(of: &Struct, codes: &'m Codes) -> Vec<(&'m str, Span)> {
    let Some(lifecycle) = &of.lifecycle else { return Vec::new() };
    let mut reached = BTreeSet::from([lifecycle.initial]);
    while let Some(next) =
        lifecycle.transitions.iter().find(|one| reached.contains(&one.from) && !reached.contains(&one.to))
    {
        reached.insert(next.to);
    }
    if reached.len() == 1 {
        return Vec::new();
    }
    let states = codes
        .codes
        .iter()
        .enumerate()
        .filter(|(position, _)| !reached.iter().any(|one| usize::from(*one) == *position));
    states.map(|(_, state)| (state.code.as_str(), state.span)).collect()
}
