//! The checks. One rule is one file, which reads in one order: what it catches, why that hurts, a bad and a good
//! example, then the check. [`registry`] is the only list.
//!
//! Rules whose findings arise while specs are read (SPEC, most of EXPR and NAME) have their documentation and identity
//! here and no check of their own: the reader gives the finding where it can't go on otherwise. A rule is silent about
//! what did not resolve. Absent on purpose: reading files (fixtures are judged by `coverage`), and levels and waivers,
//! which [`levels`] applies to all findings alike.

mod data;
mod expr;
pub(crate) mod flow;
pub mod levels;
mod map;
mod name;
mod own;
mod registry;
mod spec;
mod words;

pub use crate::diagnostic::RuleId;
pub use data::data006_secret_in_spec::{looks_secret, looks_secret_under};
pub use map::map002_source_field_unread::{undeclared, unseen};
pub use registry::*;
pub use words::names;

use crate::diagnostic::Diagnostics;
use crate::lower::reads::Reads;
use crate::model::{Id, Mapping, Model};
use std::collections::BTreeMap;

/// What rules may look at.
pub struct Context<'m> {
    /// The resolved workspace.
    pub model: &'m Model,
    /// What each mapping reads.
    pub reads: &'m BTreeMap<Id<Mapping>, Reads>,
    /// What is mentioned by name anywhere in the specs, for rules on what is never used.
    pub uses: &'m crate::resolve::Uses,
    /// Whether reading the specs already found errors: rules on what is missing stay careful then.
    pub incomplete: bool,
}

/// Runs every rule that has a check.
pub fn run(context: &Context<'_>) -> Diagnostics {
    let mut found = Diagnostics::new();
    for rule in all() {
        if let Some(check) = rule.check {
            check(context, &mut found);
        }
    }
    found
}

/// What a rule's file says of it: the module's comment, without the marks.
pub fn documentation(rule: &Registered) -> String {
    let mut text = String::new();
    for line in rule.source.lines() {
        let Some(line) = line.strip_prefix("//!") else { break };
        text.push_str(line.strip_prefix(' ').unwrap_or(line));
        text.push('\n');
    }
    text
}
