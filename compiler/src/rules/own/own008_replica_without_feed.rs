//! OWN008 replica-without-feed: a copy is promised and nothing keeps it up to date
//!
//! The ownership says that a system keeps a copy of fields, and no mapping to a request of that system reads them.
//!
//! People look at the copy and act on it. One that nobody feeds is wrong from the first change on.
//!
//! Bad, where no mapping to a request of `erp` reads `total`:
//! ```yaml
//! replicas:
//!   erp: { fields: [customer_reference, total], staleness: 60s }
//! ```
//! Good, in a mapping from `Order` to a request of `erp`:
//! ```yaml
//! fields:
//!   reference: src.order_id
//!   customer_reference: src.customer_reference
//!   amount: src.total.amount
//! ```
//!
//! Level it with `rules: { OWN008: warn }`, or waive it at the ownership (`at: order_ownership`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::field_at;
use crate::model::{Id, Intent, Mapping, Model, Ownership, Replica};
use crate::rules::Context;
use crate::rules::words::names;

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN008", name: "replica-without-feed", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    if context.incomplete {
        return;
    }
    for ownership in context.model.ownerships.rows() {
        for replica in &ownership.replicas {
            judge(context, ownership, replica, found);
        }
    }
}

fn judge(context: &Context<'_>, ownership: &Ownership, replica: &Replica, found: &mut Diagnostics) {
    let model = context.model;
    let feeds: Vec<(Id<Mapping>, &Mapping)> = feeds(model, ownership, replica).collect();
    let unfed: Vec<_> = replica
        .fields
        .iter()
        .filter(|(path, _, _)| !feeds.iter().any(|(id, _)| fed(context, ownership, *id, path)))
        .collect();
    let Some((_, path, span)) = unfed.first() else { return };
    let object = &model.structs[ownership.object].name;
    let system = &model.systems[replica.system].name;
    let paths = names(unfed.iter().map(|(_, text, _)| text.as_str()));
    let (one, of) =
        if unfed.len() == 1 { ("it", format!("{}.{path}", ownership.name)) } else { ("them", ownership.name.clone()) };
    let message = format!("`{system}` keeps a copy of {paths} of `{object}`, and no mapping sends {one} there");
    let mut finding = Diagnostic::new(RULE, *span, message).at(of);
    for (_, mapping) in feeds.into_iter().take(3) {
        finding = finding.related(mapping.span, format!("goes to `{system}` and does not read {one}"));
    }
    found.push(
        finding.help(format!("read {one} in a mapping from `{object}` to a request of `{system}`, or drop the copy")),
    );
}

fn feeds<'m>(
    model: &'m Model,
    ownership: &Ownership,
    replica: &Replica,
) -> impl Iterator<Item = (Id<Mapping>, &'m Mapping)> {
    let (object, system) = (ownership.object, replica.system);
    model.mappings.iter().filter(move |(_, mapping)| {
        mapping.intent == Intent::Request
            && mapping.system == Some(system)
            && mapping.inputs.iter().any(|input| input.of == object)
    })
}

/// Whether a mapping reads every step of a path.
fn fed(context: &Context<'_>, ownership: &Ownership, mapping: Id<Mapping>, path: &[u16]) -> bool {
    let Some(reads) = context.reads.get(&mapping) else { return false };
    (1..=path.len()).filter_map(|length| path.get(..length)).all(|step| {
        let at = field_at(context.model, ownership.object, step).zip(step.last());
        at.is_some_and(|((of, _), field)| reads.get(&of).is_some_and(|fields| fields.contains(field)))
    })
}
