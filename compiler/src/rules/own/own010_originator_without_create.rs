//! OWN010 originator-without-create: a system may create an object, and nothing does it in its name
//!
//! An originator has neither a mapping with `intent: create` to the object nor an operation of an API of which it is the
//! `caller` and the object the `request`.
//!
//! Either the way in is missing, or the right to create was left behind when the way in was taken away.
//!
//! Bad:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Order
//! steward: order_management
//! owner: erp
//! originators: [shop, erp]            # and no mapping from a record of erp creates an Order
//! ```
//! Good:
//! ```yaml
//! kind: mapping
//! name: shop_order
//! from: shop.Order
//! to: Order
//! intent: create
//! ```
//!
//! Level it with `rules: { OWN010: warn }`, or waive it at the ownership (`at: order_ownership`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::entered;
use crate::model::{Intent, Mapping};
use crate::rules::Context;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN010", name: "originator-without-create", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    if context.incomplete {
        return;
    }
    let model = context.model;
    let creates = |mapping: &&Mapping| mapping.intent == Intent::Create;
    let by_mapping = model.mappings.rows().iter().filter(creates).filter_map(|m| m.system.zip(entered(&m.target)));
    let operations = model.apis.rows().iter().flat_map(|api| &api.operations);
    let by_call = operations.filter_map(|operation| operation.caller.zip(operation.request));
    let created: BTreeSet<_> = by_mapping.chain(by_call).collect();
    for ownership in model.ownerships.rows() {
        for (originator, span) in &ownership.originators {
            let system = &model.systems[*originator];
            if system.is_abstract || created.contains(&(*originator, ownership.object)) {
                continue;
            }
            let object = &model.structs[ownership.object].name;
            let message = format!("`{}` may create `{object}`, and no mapping does it in its name", system.name);
            let help = format!(
                "add a mapping from a record of `{}` to `{object}` with `intent: create`, or take it out of `originators:`",
                system.name
            );
            found.push(Diagnostic::new(RULE, *span, message).at(ownership.name.clone()).help(help));
        }
    }
}
