//! OWN003 write-by-non-owner: a mapping writes what its system may not
//!
//! A mapping that creates an object names a system that is no originator of it; or a mapping sets a path whose owner is
//! another system, adds or removes lines without owning the membership of their list, or moves a status to a state that
//! was not delegated to it. A mapping that reads no system's record writes in nobody's name.
//!
//! The value would be overwritten by the owner's next word, or overwrite it. The generated patch type of the system does
//! not have the path, so this can't be built either.
//!
//! Bad, where the ownership says `lines.shipped: warehouse`:
//! ```yaml
//! kind: mapping
//! name: erp_order_update
//! from: erp.Document
//! to: Order
//! intent: update
//! find: { order_id: src.order }
//! fields:
//!   ids.erp: src.number
//!   customer_reference: src.reference
//!   lines:
//!     each: src.lines
//!     as: line
//!     key: { line_id: line.number }
//!     fields: { shipped: "quantity(line.quantity, 'EA')" }
//! ```
//! Good:
//! ```yaml
//! kind: mapping
//! name: warehouse_order
//! from: warehouse.Document
//! to: Order
//! intent: update
//! find: { order_id: src.order }
//! fields:
//!   lines:
//!     each: src.lines
//!     as: line
//!     key: { line_id: line.number }
//!     fields: { shipped: "quantity(line.quantity, 'EA')" }
//! ```
//!
//! Level it with `rules: { OWN003: warn }`, or waive it at the target (`at: sap_order_update.lines.shipped`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Const, Kind};
use crate::model::rights::{self, changers, in_ids, is_key, leaf, may_propose, reached};
use crate::model::{FieldRole, Id, Intent, Leaf, Mapping, Model, Ownership, Struct, System, Writer};
use crate::rules::Context;
use crate::rules::map::sites::{self, Role, element, written};
use crate::rules::words::{names, system_names};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN003", name: "write-by-non-owner", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for mapping in model.mappings.rows() {
        let Some(writing) = Writing::of(model, mapping) else {
            found.extend(nobody(model, mapping));
            continue;
        };
        if writing.ownership.unresolved {
            continue;
        }
        match mapping.intent {
            Intent::Create => writing.create(found),
            Intent::Update => writing.update(found),
            Intent::Request | Intent::Value => {}
        }
    }
    for api in model.apis.rows() {
        for operation in &api.operations {
            let Some((object, caller)) = operation.request.zip(operation.caller) else { continue };
            let Some(ownership) = model.ownership_of(object).filter(|o| !o.unresolved) else { continue };
            if !originates(ownership, caller) {
                let finding = stranger(model, ownership, caller, operation.span, &operation.name);
                found.push(finding.at(format!("{}.{}", api.name, operation.name)));
            }
        }
    }
}

/// A mapping that writes an object in the name of a system.
struct Writing<'m> {
    model: &'m Model,
    mapping: &'m Mapping,
    ownership: &'m Ownership,
    object: Id<Struct>,
    system: Id<System>,
}

impl<'m> Writing<'m> {
    fn of(model: &'m Model, mapping: &'m Mapping) -> Option<Self> {
        let object = rights::entered(&mapping.target)?;
        let ownership = model.ownership_of(object)?;
        Some(Writing { model, mapping, ownership, object, system: mapping.system? })
    }

    fn create(&self, found: &mut Diagnostics) {
        let Writing { model, mapping, ownership, system, .. } = *self;
        if !originates(ownership, system) {
            let finding = stranger(model, ownership, system, mapping.span, &mapping.name);
            found.push(finding.at(mapping.name.clone()));
            return;
        }
        self.assignments(found, |leaf| may_propose(leaf, system), |_| true);
    }

    fn update(&self, found: &mut Diagnostics) {
        let Writing { ownership, system, .. } = *self;
        let may = |leaf: &Leaf| changers(ownership, leaf).contains(&system);
        // In a patch, naming a list only enters it: its membership is written by `removed` alone.
        self.assignments(found, may, |leaf| !leaf.membership);
        self.removals(found, may);
        self.moves(found);
    }

    /// Reports every assignment that reaches a leaf that `may` refuses.
    fn assignments(&self, found: &mut Diagnostics, may: impl Fn(&Leaf) -> bool, judged: impl Fn(&Leaf) -> bool) {
        let Writing { model, mapping, ownership, object, .. } = *self;
        let entered: BTreeSet<&[u16]> = mapping.assigned.iter().flat_map(|a| prefixes(&a.path)).collect();
        let mut told: BTreeSet<&[u16]> = BTreeSet::new();
        let whole = rights::unowned_codes(model, ownership).is_empty();
        for assigned in &mapping.assigned {
            let path = assigned.path.as_slice();
            let status = rights::field_at(model, object, path).is_some_and(|(_, f)| f.role == FieldRole::Status);
            if in_ids(model, object, path)
                || is_key(model, object, path)
                || (status && mapping.intent == Intent::Create)
            {
                continue;
            }
            // What is assigned in parts is judged part by part.
            let parts = entered.contains(path);
            let refused: Vec<&Leaf> = reached(ownership, path)
                .filter(|leaf| !parts || leaf.path == path)
                .filter(|leaf| judged(leaf) && !may(leaf) && !told.contains(leaf.path.as_slice()))
                .filter(|leaf| !in_ids(model, object, &leaf.path) && !is_key(model, object, &leaf.path))
                .filter(|leaf| leaf.path == path || !self.has_lifecycle(leaf))
                // Which parts are assigned is not known where a body did not resolve; who owns what, where a code of
                // the partition has no owner.
                .filter(|leaf| leaf.path == path || mapping.body.is_some())
                .filter(|leaf| whole || !leaf.owners.iter().any(|(writer, _)| *writer == Writer::Owner))
                .collect();
            told.extend(refused.iter().map(|leaf| leaf.path.as_slice()));
            if let Some(first) = refused.first() {
                found.push(self.refusal(&assigned.text, assigned.span, first, &refused));
            }
        }
    }

    fn has_lifecycle(&self, leaf: &Leaf) -> bool {
        rights::field_at(self.model, self.object, &leaf.path).is_some_and(|(_, f)| f.role == FieldRole::Status)
    }

    /// Reports lines that are removed by a system that does not own their list.
    fn removals(&self, found: &mut Diagnostics, may: impl Fn(&Leaf) -> bool) {
        let Writing { model, mapping, ownership, .. } = *self;
        sites::visit(model, mapping, |site| {
            let Kind::EachPatch(each) = &site.node.kind else { return };
            let (Some(removed), Some(list)) = (&each.removed, leaf(ownership, &site.place.path())) else { return };
            if !may(list) {
                let finding = self.refusal(&site.place.text(), removed.span, list, &[]);
                found.push(finding.label(format!("removes lines of `{}`", site.place.text())));
            }
        });
    }

    /// Reports states that a system sets and may not.
    fn moves(&self, found: &mut Diagnostics) {
        let Writing { model, mapping, ownership, system, .. } = *self;
        let mut refused: BTreeMap<(Vec<u16>, u16), Span> = BTreeMap::new();
        sites::visit(model, mapping, |site| {
            let Kind::Const(Const::Code(_, code)) = &site.node.kind else { return };
            let Some(status) = leaf(ownership, &site.place.path()).filter(|_| site.role == Role::Value) else { return };
            let owners = status.owners.iter().flat_map(|(writer, _)| rights::systems(ownership, *writer));
            let amenders = status.amenders.iter().flat_map(|(writer, _)| rights::systems(ownership, *writer));
            let delegated: Vec<u16> = delegations(status, system).copied().collect();
            let free = owners.chain(amenders).any(|owner| owner == system);
            if self.has_lifecycle(status) && !free && !delegated.is_empty() && !delegated.contains(code) {
                refused.entry((status.path.clone(), *code)).or_insert(site.node.span);
            }
        });
        for ((path, code), span) in refused {
            let Some(status) = leaf(ownership, &path) else { continue };
            let Some(states) = self.states(status) else { continue };
            let name = |code: u16| states.get(usize::from(code)).copied().unwrap_or("?");
            let delegated = delegations(status, system).map(|code| name(*code));
            let owner = &model.systems[system].name;
            let message = format!("`{owner}` may not move `{}` to `{}`", status.text, name(code));
            let delegation = status.transitions.iter().find(|(to, _, _)| *to == system);
            let mut finding = Diagnostic::new(RULE, span, message).at(element(mapping, &status.text));
            if let Some((_, _, said)) = delegation {
                finding = finding.related(*said, format!("delegated to it: {}", names(delegated)));
            }
            found.push(finding.help(format!(
                "leave that state to its owner, or delegate it under `transitions:` of `{}`",
                ownership.name
            )));
        }
    }

    fn states(&self, status: &Leaf) -> Option<Vec<&'m str>> {
        let (of, _) = rights::field_at(self.model, self.object, &status.path)?;
        let lifecycle = self.model.structs[of].lifecycle.as_ref()?;
        Some(self.model.codes[lifecycle.codes].codes.iter().map(|code| code.code.as_str()).collect())
    }

    fn refusal(&self, path: &str, span: Span, first: &Leaf, refused: &[&Leaf]) -> Diagnostic {
        let Writing { model, mapping, ownership, system, .. } = *self;
        let name = &model.systems[system].name;
        let owners: BTreeSet<Id<System>> =
            first.owners.iter().flat_map(|(writer, _)| rights::systems(ownership, *writer)).collect();
        let what = if refused.len() > 1 || refused.iter().any(|leaf| leaf.text != path) {
            format!("`{path}` with {}", names(refused.iter().map(|leaf| leaf.text.as_str())))
        } else if first.membership {
            format!("`{path}`, that is which lines there are")
        } else {
            format!("`{path}`")
        };
        let message = if owners.is_empty() {
            format!("`{name}` writes {what}, which nobody owns")
        } else {
            format!("`{name}` writes {what}, whose owner is {}", system_names(model, owners))
        };
        let said = first.owners.first().map_or(ownership.span, |(_, span)| *span);
        let span = if span == Span::default() { written(mapping, &first.path) } else { span };
        Diagnostic::new(RULE, span, message)
            .related(said, "the owner is declared here")
            .at(element(mapping, path))
            .help(format!(
                "leave `{path}` out, or let `{name}` write it: `owner:` or `amend:` under `fields:` of `{}`",
                ownership.name
            ))
    }
}

/// A mapping that writes an object and names no system: in whose name it writes, nobody knows.
fn nobody(model: &Model, mapping: &Mapping) -> Option<Diagnostic> {
    let object = rights::entered(&mapping.target).filter(|_| mapping.system.is_none())?;
    let ownership = model.ownership_of(object)?;
    let verb = match mapping.intent {
        Intent::Create => "creates",
        Intent::Update => "changes",
        Intent::Request | Intent::Value => return None,
    };
    let message = format!("`{}` {verb} `{}` in the name of no system", mapping.name, model.structs[object].name);
    let finding =
        Diagnostic::new(RULE, mapping.span, message).related(ownership.span, "systems own it").at(mapping.name.clone());
    Some(finding.help("map it from a record of the system that says so"))
}

fn originates(ownership: &Ownership, system: Id<System>) -> bool {
    ownership.originators.iter().any(|(originator, _)| *originator == system)
}

fn delegations(status: &Leaf, system: Id<System>) -> impl Iterator<Item = &u16> {
    status.transitions.iter().filter(move |(to, _, _)| *to == system).flat_map(|(_, codes, _)| codes)
}

fn prefixes(path: &[u16]) -> impl Iterator<Item = &[u16]> {
    (1..path.len()).filter_map(|length| path.get(..length))
}

fn stranger(model: &Model, ownership: &Ownership, system: Id<System>, span: Span, by: &str) -> Diagnostic {
    let object = &model.structs[ownership.object].name;
    let name = &model.systems[system].name;
    let said = ownership.originators.iter().map(|(_, span)| *span).reduce(Span::to).unwrap_or(ownership.span);
    let message = format!("`{by}` creates `{object}` in the name of `{name}`, which is not one of its originators");
    Diagnostic::new(RULE, span, message).related(said, "the originators are declared here").help(format!(
        "add `{name}` to `originators:` of `{}`, or patch what others created: `intent: update`",
        ownership.name
    ))
}
