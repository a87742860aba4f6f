//! MAP001 required-target-unmapped: a mapping leaves out what must be there
//!
//! A mapping that creates an object does not set a required field that its originator may set; a request or a value lacks
//! a required field; or a required field of an object is not the originator's to set and has no `initial:`, so that nobody
//! could ever create one.
//!
//! What is missing fails late: when the object is validated, or when the system refuses the request.
//!
//! Bad, where `currency` is required:
//! ```yaml
//! kind: mapping
//! name: shopify_order
//! from: shopify.Order
//! to: Order
//! intent: create
//! fields:
//!   order_id: string(src.id)
//! ```
//! Good:
//! ```yaml
//! fields:
//!   order_id: string(src.id)
//!   currency: src.currency
//! ```
//! It can't be waived or levelled: a struct without a field can't be built.

use super::sites::{self, Site};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Kind, Node};
use crate::model::{Field, FieldRole, Id, Intent, Mapping, Model, Ownership, Struct, WireKind};
use crate::rules::Context;
use crate::rules::own::rights::{self, entered, may_propose, names};
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP001", name: "required-target-unmapped", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for mapping in model.mappings.rows() {
        let object = entered(&mapping.target).filter(|_| mapping.intent == Intent::Create);
        let ownership = object.and_then(|object| model.ownership_of(object));
        sites::visit(model, mapping, |site| {
            if let Kind::Make { of, fields } = &site.node.kind {
                made(model, mapping, ownership, site, *of, fields, found);
            }
        });
    }
}

fn made<N>(
    model: &Model,
    mapping: &Mapping,
    ownership: Option<&Ownership>,
    site: &Site<'_>,
    of: Id<Struct>,
    fields: &[(u16, N, Node)],
    found: &mut Diagnostics,
) {
    let set: BTreeSet<u16> = fields.iter().map(|(field, _, _)| *field).collect();
    let mut missing: Vec<&Field> = Vec::new();
    for (position, field) in (0_u16..).zip(&model.structs[of].fields) {
        if set.contains(&position) || !required(field) {
            continue;
        }
        let mut path = site.place.path();
        path.push(position);
        let denied = ownership.filter(|ownership| !settable(ownership, mapping, &path));
        match denied {
            None => missing.push(field),
            Some(ownership) => found.push(nobody(model, ownership, site, field)),
        }
    }
    let Some(first) = missing.first() else { return };
    let what = model.structs[of].full_name(model);
    let list = names(missing.iter().map(|field| field.name.as_str()));
    let (message, help) = match missing.len() {
        1 => (
            format!("`{}` does not set {list} of `{what}`, which is required", mapping.name),
            "set it, or make it optional (`?`)",
        ),
        count => (
            format!("`{}` does not set {count} required fields of `{what}`: {list}", mapping.name),
            "set them, or make them optional (`?`)",
        ),
    };
    let element = if missing.len() == 1 { below(&site.element(mapping), &first.name) } else { site.element(mapping) };
    let mut finding = Diagnostic::new(RULE, site.node.span, message).at(element).help(help);
    for field in missing.iter().take(3) {
        finding = finding.related(field.span, "required here");
    }
    found.push(finding);
}

/// Whether a value must be there: neither optional, nor begun by the object itself, nor read from other fields.
fn required(field: &Field) -> bool {
    let joined = field.wire.as_ref().is_some_and(|wire| matches!(wire.kind, WireKind::Joined(..)));
    !field.ty.is_optional()
        && !field.ty.is_unknown()
        && field.initial.is_none()
        && field.role == FieldRole::Plain
        && !joined
}

fn settable(ownership: &Ownership, mapping: &Mapping, path: &[u16]) -> bool {
    let Some(system) = mapping.system else { return true };
    let mut leaves = rights::reached(ownership, path).peekable();
    leaves.peek().is_none() || leaves.any(|leaf| may_propose(leaf, system))
}

/// A required field that an originator may not set.
fn nobody(model: &Model, ownership: &Ownership, site: &Site<'_>, field: &Field) -> Diagnostic {
    let object = &model.structs[ownership.object].name;
    let path = below(&site.place.text(), &field.name);
    let said = rights::reached(ownership, &site.place.path())
        .chain(&ownership.leaves)
        .find(|leaf| leaf.text == path)
        .and_then(|leaf| leaf.owners.first())
        .map_or(ownership.span, |(_, said)| *said);
    let message = format!("`{path}` is required, and not every originator of `{object}` may set it");
    Diagnostic::new(RULE, field.span, message)
        .related(said, "its owner is declared here")
        .at(format!("{object}.{path}"))
        .help("make it optional (`?`), or say what it begins with: `initial:`")
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
