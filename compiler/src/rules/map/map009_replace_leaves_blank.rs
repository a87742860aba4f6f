//! MAP009 replace-leaves-blank: a request that replaces says nothing of fields that others fill
//!
//! An operation with `mode: replace` blanks what is not sent, and a mapping to its request leaves fields out that the
//! record declares, and that the record does not list under `unmapped:`.
//!
//! What a person or another system entered there is gone with the next update, and no error shows it.
//!
//! Bad, with a mapping to `Request` that does not set its `customer_reference`:
//! ```yaml
//!   put_document: { http: PUT /documents, request: Request, effect: write, idempotency: natural, mode: replace }
//! ```
//! Good: send what was read before; or use an operation with `mode: merge`; or say on the record why blank is right:
//! ```yaml
//!     unmapped: { nobody enters one there: [customer_reference] }
//! ```
//!
//! Level it with `rules: { MAP009: warn }`, or waive it at the mapping (`at: customer_to_erp`).

use super::sites;
use super::wire_path::{Cover, SourcePath};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Kind, Node};
use crate::model::rights::entered;
use crate::model::{Field, Id, Intent, Mapping, Model, Operation, Struct, WireKind, WriteMode};
use crate::rules::Context;
use crate::rules::words::names;
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP009", name: "replace-leaves-blank", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let mut replaced: BTreeMap<Id<Struct>, &Operation> = BTreeMap::new();
    for operation in model.systems.rows().iter().flat_map(|system| &system.operations) {
        if let (WriteMode::Replace, Some(request)) = (operation.mode, operation.request) {
            replaced.entry(request).or_insert(operation);
        }
    }
    for mapping in model.mappings.rows().iter().filter(|mapping| mapping.intent == Intent::Request) {
        let Some(operation) = entered(&mapping.target).and_then(|target| replaced.get(&target)) else { continue };
        let mut blank: BTreeSet<String> = BTreeSet::new();
        sites::visit(model, mapping, |site| {
            if let Kind::Make { of, fields } = &site.node.kind {
                blank.extend(left_out(model, *of, fields).map(|name| match site.place.text().as_str() {
                    "" => name.to_owned(),
                    path => format!("{path}.{name}"),
                }));
            }
        });
        if !blank.is_empty() {
            found.push(finding(model, mapping, operation, &blank));
        }
    }
}

/// Fields that are not set, may be left out, and are not listed.
fn left_out<'m, N>(model: &'m Model, of: Id<Struct>, fields: &[(u16, N, Node)]) -> impl Iterator<Item = &'m str> {
    let of = &model.structs[of];
    let set: BTreeSet<u16> = fields.iter().map(|(field, _, _)| *field).collect();
    let variant =
        |at: u16| of.one_of.as_ref().is_some_and(|union| union.variants.iter().any(|(_, field)| *field == at));
    let left: Vec<&Field> = (0_u16..)
        .zip(&of.fields)
        .filter(|(at, field)| !set.contains(at) && field.ty.is_optional() && !variant(*at))
        .map(|(_, field)| field)
        .filter(|field| !listed(of, field))
        .collect();
    left.into_iter().map(|field| field.name.as_str())
}

fn listed(of: &Struct, field: &Field) -> bool {
    let Some(WireKind::Route { keys, .. }) = field.wire.as_ref().map(|wire| &wire.kind) else { return true };
    let path = SourcePath::default().field(keys, &field.name);
    of.unmapped.iter().any(|listed| path.against(&listed.pattern, (0, 0)) == Cover::Whole)
}

fn finding(model: &Model, mapping: &Mapping, operation: &Operation, blank: &BTreeSet<String>) -> Diagnostic {
    let list = names(blank.iter().map(String::as_str));
    let record = entered(&mapping.target).map_or_else(String::new, |id| model.structs[id].full_name(model));
    let message = format!("`{}` replaces, and `{}` leaves {list} of `{record}` blank", operation.name, mapping.name);
    Diagnostic::new(RULE, mapping.span, message)
        .related(operation.span, "what is not sent is blanked")
        .at(mapping.name.clone())
        .help("send them, use an operation with `mode: merge`, or list them on the record under `unmapped:` with a reason")
}
