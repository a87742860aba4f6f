//! OWN001 field-without-owner: a field that no system of record answers for
//!
//! An object has no ownership document, a path of it has no owner, or a code of the partition has none.
//!
//! Where nobody owns a field, the last writer wins, and two systems that disagree have no judge.
//!
//! Bad:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Order
//! partition: company                 # codes US and EU
//! owner: { US: business_central }
//! ```
//! Good:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Order
//! partition: company
//! owner: { US: business_central, EU: sap }
//! ```
//! Level it with `rules: { OWN001: warn }`, or waive it at the path (`at: order_ownership.lines.price`).

use super::rights::{in_ids, names};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Model, Ownership, Type, Writer};
use crate::rules::Context;
use crate::source::Span;

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN001", name: "field-without-owner", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for (id, object) in model.objects() {
        if model.ownership_of(id).is_none() && !context.incomplete {
            let finding = Diagnostic::new(RULE, object.span, format!("nobody owns `{}`", object.name))
                .at(object.name.clone())
                .help(format!("declare a `kind: ownership` with `object: {}` that names its owner", object.name));
            found.push(finding);
        }
    }
    for ownership in model.ownerships.rows() {
        partition(model, ownership, found);
        paths(model, ownership, found);
    }
}

/// Every code of the partition needs an owner.
fn partition(model: &Model, ownership: &Ownership, found: &mut Diagnostics) {
    let Some(field) = ownership.partition.and_then(|field| model.structs[ownership.object].field(field)) else {
        return;
    };
    let Type::Code(codes) = field.ty.inner() else { return };
    if ownership.owner.is_empty() || ownership.owner.iter().any(|(code, _, _)| code.is_none()) {
        return;
    }
    let owned = |position: usize| ownership.owner.iter().any(|(code, _, _)| code.map(usize::from) == Some(position));
    let codes = &model.codes[*codes];
    let without: Vec<&str> =
        codes.codes.iter().enumerate().filter(|(at, _)| !owned(*at)).map(|(_, code)| code.code.as_str()).collect();
    if without.is_empty() {
        return;
    }
    let object = &model.structs[ownership.object].name;
    let message = format!("`{object}` has no owner where its `{}` is {}", field.name, names(without.iter().copied()));
    let place = ownership.owner.iter().map(|(_, _, span)| *span).reduce(Span::to).unwrap_or(ownership.span);
    let finding = Diagnostic::new(RULE, place, message)
        .label("owners by code")
        .related(codes.span, format!("`{}` has more codes", codes.name))
        .at(ownership.name.clone())
        .help("name the owner of each code of the partition");
    found.push(finding);
}

/// Every leaf needs an owner.
fn paths(model: &Model, ownership: &Ownership, found: &mut Diagnostics) {
    let default = !ownership.owner.is_empty();
    let without = ownership.leaves.iter().filter(|leaf| {
        let owned = leaf.owners.iter().any(|(writer, _)| default || *writer != Writer::Owner);
        !owned && !in_ids(model, ownership.object, &leaf.path)
    });
    let without: Vec<_> = without.collect();
    let Some(first) = without.first() else { return };
    let object = &model.structs[ownership.object].name;
    let paths = names(without.iter().map(|leaf| leaf.text.as_str()));
    let (element, message) = match without.len() {
        1 => (format!("{}.{}", ownership.name, first.text), format!("{paths} of `{object}` has no owner")),
        count => (ownership.name.clone(), format!("{count} fields of `{object}` have no owner: {paths}")),
    };
    let finding = Diagnostic::new(RULE, ownership.span, message)
        .related(first.span, "declared here")
        .at(element)
        .help("give the object an `owner:`, which has every path that is not named under `fields:`");
    found.push(finding);
}
