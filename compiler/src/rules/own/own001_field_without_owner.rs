//! OWN001 field-without-owner: a field that no system of record answers for
//!
//! An object has no ownership document; a path of it has no owner, or none after its `until:`, or belongs to an originator
//! where there is none; or a code of the partition has none, or the partition itself may be absent.
//!
//! Where nobody owns a field, the last writer wins, and two systems that disagree have no judge.
//!
//! Bad:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Order
//! steward: order_management
//! partition: company                 # codes US and EU
//! owner: { US: shop }
//! ```
//! Good:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Order
//! steward: order_management
//! partition: company                 # codes US and EU
//! owner: { US: shop, EU: erp }
//! ```
//!
//! Level it with `rules: { OWN001: warn }`, or waive it at the path (`at: order_ownership.lines.price`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::{in_ids, unowned_codes};
use crate::model::{Leaf, Model, Ownership, Type, Writer};
use crate::rules::Context;
use crate::rules::words::names;
use crate::source::Span;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN001", name: "field-without-owner", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let owned: BTreeSet<_> = model.ownerships.rows().iter().map(|ownership| ownership.object).collect();
    for (id, object) in model.objects() {
        if !owned.contains(&id) && !context.incomplete {
            let finding = Diagnostic::new(RULE, object.span, format!("nobody owns `{}`", object.name))
                .at(object.name.clone())
                .help(format!("declare a `kind: ownership` with `object: {}` that names its owner", object.name));
            found.push(finding);
        }
    }
    for ownership in model.ownerships.rows() {
        if ownership.unresolved {
            continue;
        }
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
    let object = &model.structs[ownership.object].name;
    if field.ty.is_optional() {
        let message = format!("`{object}` has no owner where it has no `{}`", field.name);
        let finding = Diagnostic::new(RULE, field.type_span, message)
            .related(ownership.span, format!("the owner goes by `{}`", field.name))
            .at(ownership.name.clone())
            .help("make the field that decides required");
        found.push(finding);
    }
    let codes = &model.codes[*codes];
    let without = unowned_codes(model, ownership);
    if without.is_empty() {
        return;
    }
    let message = format!("`{object}` has no owner where its `{}` is {}", field.name, names(without.iter().copied()));
    let place = ownership.owner.iter().map(|(_, _, span)| *span).reduce(Span::to).unwrap_or(ownership.span);
    let finding = Diagnostic::new(RULE, place, message)
        .label("owners by code")
        .related(codes.span, format!("`{}` has more codes", codes.name))
        .at(ownership.name.clone())
        .help("name the owner of each code of the partition");
    found.push(finding);
}

/// Every leaf needs an owner, at any time.
fn paths(model: &Model, ownership: &Ownership, found: &mut Diagnostics) {
    let default = !ownership.owner.is_empty();
    let mut without: Vec<&Leaf> = Vec::new();
    for leaf in ownership.leaves.iter().filter(|leaf| !in_ids(model, ownership.object, &leaf.path)) {
        let (writer, said) = match leaf.owners.first() {
            Some((Writer::Owner, _)) if default => continue,
            Some((Writer::Owner, _)) | None => {
                without.push(leaf);
                continue;
            }
            Some(owner) => *owner,
        };
        if writer == Writer::Originator && ownership.originators.is_empty() {
            let message = format!("`{}` belongs to the originator, and there is none", leaf.text);
            let finding = Diagnostic::new(RULE, said, message).at(format!("{}.{}", ownership.name, leaf.text));
            found.push(
                finding.help("say who may create it, with `originators:`, or name the system that owns the field"),
            );
        } else if let (Some(state), false) = (owned_until(model, ownership, leaf), default) {
            let message = format!("`{}` has no owner from `{state}` on", leaf.text);
            let finding = Diagnostic::new(RULE, said, message).at(format!("{}.{}", ownership.name, leaf.text));
            found.push(finding.help("give the object an `owner:`, who has it from then on"));
        }
    }
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

/// The state until which the owner of a leaf has it; none if it is only an amender's time that ends.
fn owned_until<'m>(model: &'m Model, ownership: &Ownership, leaf: &Leaf) -> Option<&'m str> {
    let until = leaf.until.filter(|_| leaf.amenders.is_empty())?;
    let lifecycle = model.structs[ownership.object].lifecycle.as_ref()?;
    model.codes[lifecycle.codes].codes.get(usize::from(until)).map(|state| state.code.as_str())
}
