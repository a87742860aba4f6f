//! MAP006 read-only-target: a mapping sets what is not set by mapping
//!
//! A new object is given a status, which its lifecycle's `initial:` gives; a mapping sets the identifier of another system
//! than its own; an update changes a key; or a record's field is set that is made from two others.
//!
//! A status that is set on creation skips the moves that lead there and all that hangs on them. An identifier that another
//! system has not given may be wrong, and is written only once.
//!
//! Bad, in a mapping that creates an order:
//! ```yaml
//!   channel: Channel.WEB
//!   status: Order.status.released
//!   placed_at: src.created_at
//! ```
//! Good: the order begins as its lifecycle says, and `erp` tells its own number:
//! ```yaml
//! kind: mapping
//! name: erp_order_update
//! from: erp.Document
//! to: Order
//! intent: update
//! find: { order_id: src.order }
//! fields:
//!   ids.erp: src.number
//! ```
//!
//! Level it with `rules: { MAP006: warn }`, or waive it at the target (`at: shopify_order.ids.sap`).

use super::sites::element;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::{entered, field_at, identifier_of, in_ids, is_key};
use crate::model::{Assigned, FieldRole, Intent, Mapping, Model, WireKind};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP006", name: "read-only-target", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for mapping in context.model.mappings.rows() {
        for assigned in &mapping.assigned {
            if let Some(finding) = judge(context.model, mapping, assigned) {
                found.push(finding.at(element(mapping, &assigned.text)));
            }
        }
    }
}

fn judge(model: &Model, mapping: &Mapping, assigned: &Assigned) -> Option<Diagnostic> {
    let target = entered(&mapping.target)?;
    let (of, field) = field_at(model, target, &assigned.path)?;
    let new = |message: String| Diagnostic::new(RULE, assigned.span, message);
    if field.role == FieldRole::Status && mapping.intent == Intent::Create {
        let lifecycle = model.structs[of].lifecycle.as_ref()?;
        let initial = model.codes[lifecycle.codes].codes.get(usize::from(lifecycle.initial)).map_or("", |c| &c.code);
        let finding = new(format!("`{}` of something new is its lifecycle's to say", assigned.text))
            .related(lifecycle.span, format!("it begins as `{initial}`"));
        return Some(finding.help("leave it out, and move it with an update"));
    }
    if mapping.intent == Intent::Request {
        return joined(model, mapping, assigned);
    }
    if in_ids(model, target, &assigned.path) {
        let issuer = identifier_of(model, target, &assigned.path)?;
        let own = mapping.system.map(|system| model.systems[system].name.as_str())?;
        if issuer == own {
            return None;
        }
        let finding =
            new(format!("`{}` is written by `{issuer}` alone, and this maps what `{own}` says", assigned.text))
                .related(field.span, format!("an identifier in `{issuer}`"));
        return Some(finding.help(format!("leave it out, and set it in a mapping from a record of `{issuer}`")));
    }
    if mapping.intent == Intent::Update && is_key(model, target, &assigned.path) {
        let finding = new(format!("`{}` is a key, which never changes", assigned.text)).related(field.span, "the key");
        let help = if assigned.path.len() > 1 {
            "say which line is meant under `key:`"
        } else {
            "say which object is meant under `find:`"
        };
        return Some(finding.help(help));
    }
    None
}

/// A field that is made from two others, of which one is set too.
fn joined(model: &Model, mapping: &Mapping, assigned: &Assigned) -> Option<Diagnostic> {
    let (last, before) = assigned.path.split_last()?;
    let (of, field) = field_at(model, entered(&mapping.target)?, &assigned.path)?;
    let whole = model.structs[of].fields.iter().zip(0_u16..).find(|(whole, _)| {
        let halves = whole.wire.as_ref().map(|wire| &wire.kind);
        matches!(halves, Some(WireKind::Joined(a, b)) if a == last || b == last)
    });
    let (whole, position) = whole?;
    let mut path = before.to_vec();
    path.push(position);
    let other = mapping.assigned.iter().find(|other| other.path == path)?;
    let message = format!("`{}` is set twice: it is a part of `{}`, which is set too", field.name, whole.name);
    let finding = Diagnostic::new(RULE, assigned.span, message).related(other.span, "the whole is set here");
    Some(finding.help("set the whole, or each of its parts"))
}
