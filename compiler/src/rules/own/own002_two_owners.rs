//! OWN002 two-owners: a field with more than one system of record
//!
//! Two ownership documents speak of one object; an identifier is given to another system than the one that issues it, or
//! may be changed; or there are several default owners and no partition that decides between them.
//!
//! With two owners, each overwrites the other, and the value depends on which message came last.
//!
//! Bad:
//! ```yaml
//! kind: ownership
//! name: price_ownership
//! object: Price
//! owner: { US: business_central, EU: sap }
//! ```
//! Good:
//! ```yaml
//! kind: ownership
//! name: price_ownership
//! object: Price
//! partition: company
//! owner: { US: business_central, EU: sap }
//! ```
//!
//! Level it with `rules: { OWN002: warn }`, or waive it at the ownership or the path (`at: order_ownership.lines.price`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::{field_at, identifier_of, in_ids};
use crate::model::{Id, Model, Ownership, Struct, System, Writer};
use crate::rules::Context;
use crate::rules::words::system_names;
use crate::source::Span;
use std::collections::BTreeMap;

/// The rule.
pub const RULE: RuleId = RuleId { code: "OWN002", name: "two-owners", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let mut first: BTreeMap<Id<Struct>, &Ownership> = BTreeMap::new();
    for ownership in model.ownerships.rows() {
        if let Some(other) = first.get(&ownership.object) {
            found.push(twice(model, other, ownership));
            continue;
        }
        first.insert(ownership.object, ownership);
        defaults(model, ownership, found);
        identifiers(model, ownership, found);
    }
}

/// An identifier belongs to the system that gave it, and is written once, whatever the document says.
fn identifiers(model: &Model, ownership: &Ownership, found: &mut Diagnostics) {
    for grant in ownership.grants.iter().filter(|grant| in_ids(model, ownership.object, &grant.path)) {
        let issuer = identifier_of(model, ownership.object, &grant.path);
        let issuer = issuer.and_then(|name| model.systems_by_name.get(name)).copied();
        let object = &model.structs[ownership.object].name;
        let message = match (grant.owner, grant.amend, issuer) {
            (Some(Writer::System(owner)), None, Some(issuer)) if owner == issuer => continue,
            (Some(owner), _, Some(issuer)) if owner != Writer::System(issuer) => {
                let (own, other) = (&model.systems[issuer].name, who(model, owner));
                format!("`{}` of `{object}` has two owners, `{own}`, whose identifier it is, and {other}", grant.text)
            }
            (_, Some(amender), _) => {
                format!(
                    "{} may not change `{}` of `{object}`: an identifier is written once",
                    who(model, amender),
                    grant.text
                )
            }
            (Some(owner), None, None) => format!(
                "`{}` of `{object}` has two owners, each identifier's own system and {}",
                grant.text,
                who(model, owner)
            ),
            _ => continue,
        };
        let mut finding = Diagnostic::new(RULE, grant.span, message);
        if let Some((_, field)) = field_at(model, ownership.object, &grant.path) {
            finding = finding.related(field.span, "an identifier belongs to the system that gives it");
        }
        found.push(finding.at(format!("{}.{}", ownership.name, grant.text)).help("take the line out"));
    }
}

fn twice(model: &Model, first: &Ownership, second: &Ownership) -> Diagnostic {
    let object = &model.structs[second.object].name;
    let message = format!("the owners of `{object}` are declared twice, by `{}` and `{}`", first.name, second.name);
    Diagnostic::new(RULE, second.span, message)
        .related(first.span, "declared here already")
        .at(second.name.clone())
        .help("bring both into one document: this one is not used")
}

/// Default owners without a partition, or two for one of its codes.
fn defaults(model: &Model, ownership: &Ownership, found: &mut Diagnostics) {
    let object = &model.structs[ownership.object].name;
    let mut by_code: BTreeMap<Option<u16>, (Id<System>, Span)> = BTreeMap::new();
    for (code, system, span) in &ownership.owner {
        let code = if ownership.partition.is_some() { *code } else { None };
        match by_code.get(&code) {
            Some((other, at)) if other != system => {
                let message = format!("`{object}` has two owners, {}", system_names(model, [*other, *system]));
                let finding =
                    Diagnostic::new(RULE, *span, message).related(*at, "the other owner").at(&*ownership.name);
                found.push(match ownership.partition {
                    None => finding.help("name the code field that decides between them: `partition:`"),
                    Some(_) => finding.help("give each code of the partition one owner"),
                });
            }
            Some(_) => {}
            None => drop(by_code.insert(code, (*system, *span))),
        }
    }
}

fn who(model: &Model, writer: Writer) -> String {
    match writer {
        Writer::System(system) => format!("`{}`", model.systems[system].name),
        Writer::Originator => "the originator".to_owned(),
        Writer::Owner => "the default owner".to_owned(),
    }
}
