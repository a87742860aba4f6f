//! OWN009 no-concurrency-token: several systems change an object and nothing tells who was first
//!
//! After an object is created, two systems or more may change it, be it different fields of it, and its ownership names no
//! `concurrency:` token.
//!
//! Two patches that cross each other are applied in the order of their arrival. One that was made from an old state
//! passes as if it knew the new one.
//!
//! Bad:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Order
//! steward: order_management
//! owner: erp
//! originators: [shop]
//! fields: { lines.shipped: warehouse }
//! ```
//! Good:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Order
//! steward: order_management
//! owner: erp
//! originators: [shop]
//! concurrency: { token: runtime, stale: reject }
//! fields: { lines.shipped: warehouse }
//! ```
//!
//! Level it with `rules: { OWN009: warn }`, or waive it at the ownership (`at: order_ownership`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::{changers, in_ids, is_key};
use crate::model::{Id, Model, Ownership, System, Writer};
use crate::rules::Context;
use crate::rules::words::system_names;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN009", name: "no-concurrency-token", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for ownership in
        model.ownerships.rows().iter().filter(|ownership| ownership.token.is_none() && !ownership.unresolved)
    {
        let writers = writers(model, ownership);
        if writers.len() < 2 {
            continue;
        }
        let object = &model.structs[ownership.object].name;
        let systems = system_names(model, writers.iter().copied());
        let message = format!("{systems} may all change `{object}`, and no token tells which saw its last state");
        let message =
            if writers.len() == 2 { message.replacen("may all change", "may both change", 1) } else { message };
        let finding = Diagnostic::new(RULE, ownership.span, message)
            .at(ownership.name.clone())
            .help("add `concurrency: { token: runtime, stale: reject }`");
        found.push(finding);
    }
}

/// The systems that may change one and the same object: whoever is named for a path, and of the owners by partition,
/// of which an object has one, one that is not named otherwise.
fn writers(model: &Model, ownership: &Ownership) -> BTreeSet<Id<System>> {
    let object = ownership.object;
    let is_owner = |system: &Id<System>| ownership.owner.iter().any(|(_, owner, _)| owner == system);
    let mut named: BTreeSet<Id<System>> = BTreeSet::new();
    let mut owners: BTreeSet<Id<System>> = BTreeSet::new();
    for leaf in &ownership.leaves {
        if in_ids(model, object, &leaf.path) || is_key(model, object, &leaf.path) {
            continue;
        }
        let originator = leaf.owners.iter().chain(&leaf.amenders).any(|(writer, _)| *writer == Writer::Originator);
        for system in changers(ownership, leaf) {
            if is_owner(&system) && !originator {
                owners.insert(system)
            } else {
                named.insert(system)
            };
        }
    }
    let further = owners.iter().find(|owner| !named.contains(owner)).copied();
    named.extend(further);
    named
}
