//! OWN005 write-back-to-owner: a system is sent a field that only it may say
//!
//! A mapping to a system's request sends a field that this system owns and nobody else may ever write. Keys and
//! identifiers, which tell it what is meant, and fields that only take part in a decision are not counted; nor is what an
//! operation with `mode: replace` would blank if it were not sent.
//!
//! The owner gets its own word back, perhaps an old one: at best a useless write, at worst a newer value is overwritten,
//! or an echo goes round for ever.
//!
//! Bad, in a mapping to `erp`, where the ownership says `total: erp`:
//! ```yaml
//! fields:
//!   reference: src.order_id
//!   customer_reference: src.customer_reference
//!   amount: src.total.orRaise(missing_sku).amount
//! ```
//! Good: `erp` knows the total:
//! ```yaml
//! fields:
//!   reference: src.order_id
//!   customer_reference: src.customer_reference
//! ```
//!
//! Level it with `rules: { OWN005: off }`, or waive it at the target (`at: order_to_sap.TotalNetAmount`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::Kind;
use crate::model::rights::{by_field, changers, entered, in_ids, is_key};
use crate::model::{Id, Intent, Leaf, Mapping, Model, Operation, Ownership, System, WriteMode, Writer};
use crate::rules::Context;
use crate::rules::map::sites::{self, Role};
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN005", name: "write-back-to-owner", severity: Severity::Warning };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for mapping in model.mappings.rows() {
        let (Intent::Request, Some(system)) = (mapping.intent, mapping.system) else { continue };
        let request = entered(&mapping.target);
        let replaces = |operation: &Operation| operation.request == request && operation.mode == WriteMode::Replace;
        if model.systems[system].operations.iter().any(replaces) {
            continue;
        }
        for input in &mapping.inputs {
            if let Some(ownership) = model.ownership_of(input.of).filter(|ownership| !ownership.unresolved) {
                sent(model, mapping, ownership, system, found);
            }
        }
    }
}

fn sent(model: &Model, mapping: &Mapping, ownership: &Ownership, system: Id<System>, found: &mut Diagnostics) {
    let leaves = by_field(model, ownership);
    let mut seen: BTreeSet<(String, (u32, u32))> = BTreeSet::new();
    sites::visit(model, mapping, |site| {
        let (Kind::Field(base, field) | Kind::OptField(base, field)) = &site.node.kind else { return };
        let Some(of) = base.ty.as_struct().filter(|_| site.role != Role::Condition) else { return };
        // A value such as an address stands in several paths: all of them must be the system's alone.
        let Some(leaves) = leaves.get(&(of, *field)) else { return };
        let Some(leaf) = leaves.first().filter(|_| leaves.iter().all(|leaf| alone(model, ownership, leaf, system)))
        else {
            return;
        };
        let span = site.node.span;
        if !seen.insert((site.place.text(), (span.start, span.end))) {
            return;
        }
        let name = &model.systems[system].name;
        let said = leaf.owners.first().map_or(ownership.span, |(_, said)| *said);
        let finding = Diagnostic::new(RULE, span, format!("`{}` is sent back to `{name}`, which owns it", leaf.text))
            .related(said, "owned by it alone")
            .at(site.element(mapping))
            .help(format!("leave it out: `{name}` knows it; or say in the ownership who else may change it"));
        found.push(finding);
    });
}

/// Whether nobody but the system may ever write the leaf, at its creation included.
fn alone(model: &Model, ownership: &Ownership, leaf: &Leaf, system: Id<System>) -> bool {
    if in_ids(model, ownership.object, &leaf.path) || is_key(model, ownership.object, &leaf.path) || leaf.membership {
        return false;
    }
    let mut writers = changers(ownership, leaf);
    // What has the default owner may be proposed by whoever creates.
    if leaf.owners.iter().any(|(writer, _)| *writer == Writer::Owner) {
        writers.extend(ownership.originators.iter().map(|(originator, _)| *originator));
    }
    writers == BTreeSet::from([system])
}
