//! MAP001 required-target-unmapped: a mapping leaves out what must be there
//!
//! A mapping that creates an object does not set a required field that its originator may set; a request or a value lacks
//! a required field; or a required field of an object is not the originator's to set and has no `initial:`, so that nobody
//! could ever create one.
//!
//! What is missing fails late: when the object is validated, or when the system refuses the request.
//!
//! Bad, where `channel` is required:
//! ```yaml
//! fields:
//!   order_id: "'shop-' + string(src.id)"
//!   ids.shop: string(src.id)
//!   placed_at: src.created_at
//! ```
//! Good:
//! ```yaml
//! fields:
//!   order_id: "'shop-' + string(src.id)"
//!   ids.shop: string(src.id)
//!   channel: Channel.WEB
//!   placed_at: src.created_at
//! ```
//!
//! It can't be waived or levelled: a struct without a field can't be built.

use super::sites::{self, Site};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Kind, Node};
use crate::model::origination::{Origination, required};
use crate::model::rights::{self, entered};
use crate::model::{Field, Id, Intent, Mapping, Model, Ownership, Struct, System};
use crate::rules::Context;
use crate::rules::words::names;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP001", name: "required-target-unmapped", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    // What nobody may set is said once, however many mappings come to it.
    let mut denied: BTreeSet<(Id<Struct>, Vec<u16>)> = BTreeSet::new();
    for mapping in model.mappings.rows() {
        let object = entered(&mapping.target).filter(|_| mapping.intent == Intent::Create);
        let ownership = object.and_then(|object| model.ownership_of(object)).filter(|ownership| !ownership.unresolved);
        sites::visit(model, mapping, |site| {
            if let Kind::Make { of, fields } = &site.node.kind {
                let refused = made(model, mapping, ownership, site, *of, fields, found);
                for path in refused {
                    if let Some(ownership) = ownership.filter(|of| denied.insert((of.object, path.clone()))) {
                        found.extend(nobody(model, ownership, mapping.system, &path));
                    }
                }
            }
        });
    }
    // Who calls an API of ours creates without a mapping.
    for operation in model.apis.rows().iter().flat_map(|api| &api.operations) {
        let Some(object) = operation.request else { continue };
        let Some(ownership) = model.ownership_of(object).filter(|ownership| !ownership.unresolved) else { continue };
        for path in Origination::of(model, object, operation.caller).impossible() {
            if denied.insert((object, path.clone())) {
                found.extend(nobody(model, ownership, operation.caller, &path));
            }
        }
    }
}

/// Reports what is missing; gives the required paths that the mapping's system may not set.
fn made<N>(
    model: &Model,
    mapping: &Mapping,
    ownership: Option<&Ownership>,
    site: &Site<'_>,
    of: Id<Struct>,
    fields: &[(u16, N, Node)],
    found: &mut Diagnostics,
) -> Vec<Vec<u16>> {
    let origination = ownership.zip(mapping.system).map(|(of, by)| Origination::of(model, of.object, Some(by)));
    let set: BTreeSet<u16> = fields.iter().map(|(field, _, _)| *field).collect();
    let mut missing: Vec<&Field> = Vec::new();
    let mut denied = Vec::new();
    for (position, field) in (0_u16..).zip(&model.structs[of].fields) {
        if set.contains(&position) || !required(&model.structs[of], position, &set) {
            continue;
        }
        let mut path = site.place.path();
        path.push(position);
        match &origination {
            Some(origination) if !origination.may(&path) => denied.push(path),
            _ => missing.push(field),
        }
    }
    found.extend(unset(model, mapping, site, of, &missing));
    denied
}

fn unset(model: &Model, mapping: &Mapping, site: &Site<'_>, of: Id<Struct>, missing: &[&Field]) -> Option<Diagnostic> {
    let first = missing.first()?;
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
    Some(finding)
}

/// A required field that an originator may not set.
fn nobody(model: &Model, ownership: &Ownership, originator: Option<Id<System>>, path: &[u16]) -> Option<Diagnostic> {
    let object = &model.structs[ownership.object].name;
    let (_, field) = rights::field_at(model, ownership.object, path)?;
    let leaf = rights::reached(ownership, path).next();
    let said = leaf.and_then(|leaf| leaf.owners.first()).map_or(ownership.span, |(_, said)| *said);
    let text = leaf.map_or(field.name.as_str(), |leaf| leaf.text.as_str());
    let message = match originator.map(|system| &model.systems[system].name) {
        Some(who) => format!("`{text}` is required, and `{who}`, which may create `{object}`, may not set it"),
        None => format!("`{text}` is required, and no originator of `{object}` may set it"),
    };
    let finding = Diagnostic::new(RULE, field.span, message)
        .related(said, "its owner is declared here")
        .at(format!("{object}.{text}"));
    Some(finding.help("make it optional (`?`), or say what it begins with: `initial:`"))
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
