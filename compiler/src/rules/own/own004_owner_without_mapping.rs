//! OWN004 owner-without-mapping: a system owns a field, and no mapping brings its word in
//!
//! A system is the owner of fields of an object, and none of its mappings that create or update the object supplies
//! them. What an originator proposes counts, for a field of the default owner, once the owner has any mapping of its own:
//! silence is consent. Keys, identifiers, fields with `initial:`, and states that are delegated are not asked for.
//!
//! A field that its owner never tells stays what somebody else once said, or empty, and looks like a fact.
//!
//! Bad:
//! ```yaml
//! kind: ownership
//! name: price_ownership
//! object: Price
//! owner: sap                         # and there is no mapping from a record of sap to Price
//! ```
//! Good:
//! ```yaml
//! kind: mapping
//! name: sap_price
//! from: sap.Price
//! to: Price
//! intent: create
//! ```
//!
//! Level it with `rules: { OWN004: warn }`, or waive it at the ownership (`at: price_ownership`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::{self, field_at, in_ids, is_key, may_propose};
use crate::model::{FieldRole, Id, Intent, Leaf, Mapping, Model, Ownership, System, Writer};
use crate::rules::Context;
use crate::rules::words::names;
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN004", name: "owner-without-mapping", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    if context.incomplete {
        return;
    }
    let model = context.model;
    let mut inward: BTreeMap<_, Vec<&Mapping>> = BTreeMap::new();
    for mapping in model.mappings.rows() {
        if let (Intent::Create | Intent::Update, Some(object)) = (mapping.intent, rights::entered(&mapping.target)) {
            inward.entry(object).or_default().push(mapping);
        }
    }
    let operations = || model.apis.rows().iter().flat_map(|api| &api.operations);
    for ownership in model.ownerships.rows() {
        let mappings = inward.get(&ownership.object).map_or(&[][..], Vec::as_slice);
        let callers: BTreeSet<_> = operations()
            .filter(|operation| operation.request == Some(ownership.object))
            .filter_map(|operation| operation.caller)
            .collect();
        for (owner, missing) in missing(model, ownership, mappings) {
            // What calls an API of ours sends all that it may say.
            if callers.contains(&owner) {
                continue;
            }
            found.push(finding(model, ownership, owner, mappings, &missing));
        }
    }
}

/// The leaves that an owner does not supply, by owner.
fn missing<'o>(model: &Model, ownership: &'o Ownership, mappings: &[&Mapping]) -> BTreeMap<Id<System>, Vec<&'o Leaf>> {
    let mut missing: BTreeMap<Id<System>, Vec<&Leaf>> = BTreeMap::new();
    let mut written: BTreeMap<Id<System>, BTreeSet<&[u16]>> = BTreeMap::new();
    let mut proposed: BTreeSet<&[u16]> = BTreeSet::new();
    for mapping in mappings {
        let Some(system) = mapping.system else { continue };
        let all: BTreeSet<&[u16]> = mapping.assigned.iter().map(|assigned| assigned.path.as_slice()).collect();
        // What is made of parts is supplied part by part.
        let in_parts = |path: &[u16]| all.range(path..).nth(1).is_some_and(|next| next.starts_with(path));
        let paths = all.iter().copied().filter(|path| !in_parts(path));
        written.entry(system).or_default().extend(paths.clone());
        if mapping.intent == Intent::Create {
            proposed.extend(paths);
        }
    }
    for leaf in ownership.leaves.iter().filter(|leaf| asked_for(model, ownership, leaf)) {
        for (writer, _) in &leaf.owners {
            let owners = match writer {
                Writer::Originator => continue,
                Writer::System(_) | Writer::Owner => rights::systems(ownership, *writer),
            };
            for owner in owners {
                let own = written.get(&owner);
                let consents = *writer == Writer::Owner && own.is_some() && may_propose(leaf, owner);
                let supplied =
                    own.is_some_and(|paths| covers(paths, &leaf.path)) || (consents && covers(&proposed, &leaf.path));
                if !supplied {
                    missing.entry(owner).or_default().push(leaf);
                }
            }
        }
    }
    missing
}

fn asked_for(model: &Model, ownership: &Ownership, leaf: &Leaf) -> bool {
    let object = ownership.object;
    let field = field_at(model, object, &leaf.path).map(|(_, field)| field);
    let delegated = field.is_some_and(|f| f.role == FieldRole::Status) && !leaf.transitions.is_empty();
    let begun = (1..=leaf.path.len())
        .filter_map(|length| leaf.path.get(..length))
        .any(|path| field_at(model, object, path).is_some_and(|(_, f)| f.initial.is_some()));
    !(delegated || begun || in_ids(model, object, &leaf.path) || is_key(model, object, &leaf.path))
}

/// Whether a path is written, whole or in part, or lies below one that is.
fn covers(written: &BTreeSet<&[u16]>, path: &[u16]) -> bool {
    (1..=path.len()).filter_map(|length| path.get(..length)).any(|prefix| written.contains(prefix))
        || written.range(path..).next().is_some_and(|next| next.starts_with(path))
}

fn finding(
    model: &Model,
    ownership: &Ownership,
    owner: Id<System>,
    mappings: &[&Mapping],
    missing: &[&Leaf],
) -> Diagnostic {
    let object = &model.structs[ownership.object].name;
    let name = &model.systems[owner].name;
    let said = missing.iter().flat_map(|leaf| &leaf.owners).find(|(writer, _)| {
        matches!(writer, Writer::Owner | Writer::System(_)) && rights::systems(ownership, *writer).contains(&owner)
    });
    let default = ownership.owner.iter().find(|(_, system, _)| *system == owner).map(|(_, _, span)| *span);
    let span = match said {
        Some((Writer::System(_), span)) => *span,
        _ => default.unwrap_or(ownership.span),
    };
    let own: Vec<&&Mapping> = mappings.iter().filter(|mapping| mapping.system == Some(owner)).collect();
    let paths = names(missing.iter().map(|leaf| leaf.text.as_str()));
    let message = match (own.is_empty(), missing.len()) {
        (true, 1) => format!("`{name}` owns {paths} of `{object}` and has no mapping to `{object}`"),
        (true, _) => format!("`{name}` owns fields of `{object}` and has no mapping to `{object}`: {paths}"),
        (false, 1) => format!("`{name}` owns {paths} of `{object}` and no mapping of it supplies it"),
        (false, _) => format!("`{name}` owns fields of `{object}` that no mapping of it supplies: {paths}"),
    };
    let mut finding = Diagnostic::new(RULE, span, message).label(format!("`{name}` is the owner"));
    for mapping in own.into_iter().take(3) {
        finding = finding.related(mapping.span, "this mapping does not");
    }
    let element = match missing {
        [leaf] => format!("{}.{}", ownership.name, leaf.text),
        _ => ownership.name.clone(),
    };
    finding.at(element).help(format!("map it from a record of `{name}`, or give it to the system that knows it"))
}
