//! DATA005 timestamp-without-offset: a time that is no instant
//!
//! A field of an object or value has the type `local_timestamp`; or a record's `timestamp` is written in a form that has no
//! offset.
//!
//! 08:00 is another moment in Chicago than in Rotterdam. Who reads it later has to guess, and twice a year an hour does
//! not exist or comes again.
//!
//! Bad:
//! ```yaml
//! kind: object
//! name: Shipment
//! key: shipment_id
//! fields: { shipment_id: string, shipped_at: local_timestamp }
//! ```
//! Good:
//! ```yaml
//! kind: object
//! name: Shipment
//! key: shipment_id
//! fields: { shipment_id: string, shipped_at: timestamp }
//! ```
//!
//! A record tells its zone with `timestamp as local(America/Chicago)`; or it is a `local_timestamp`, and the mapping says
//! where: `src.shipped.at('America/Chicago')`.
//!
//! Level it with `rules: { DATA005: warn }`, or waive it at the field (`at: Shipment.shipped_at`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Codec, Field, Type, WireKind};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "DATA005", name: "timestamp-without-offset", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for of in model.structs.rows() {
        for field in &of.fields {
            let (message, help) = if of.is_record() {
                if !holds(&field.ty, &Type::Timestamp) || has_offset(field) {
                    continue;
                }
                let message = format!("`{}` is read as an instant, and its form has no offset", field.name);
                (
                    message,
                    "name the zone, `as local(…)`; or declare it `local_timestamp` and use `.at(zone)` in mappings",
                )
            } else {
                if !holds(&field.ty, &Type::LocalTimestamp) {
                    continue;
                }
                let message = format!("`{}` of `{}` does not say in which time zone", field.name, of.name);
                (message, "use `timestamp`, which always has its offset")
            };
            let element = format!("{}.{}", of.full_name(model), field.name);
            found.push(Diagnostic::new(RULE, field.type_span, message).at(element).help(help));
        }
    }
}

/// Whether a type is another, or holds it in an optional, list or map.
fn holds(ty: &Type, wanted: &Type) -> bool {
    match ty {
        Type::Optional(inner) | Type::List(inner) => holds(inner, wanted),
        Type::Map(key, value) => holds(key, wanted) || holds(value, wanted),
        other => other == wanted,
    }
}

/// Whether the form of a record's field tells the offset, or has one by definition.
fn has_offset(field: &Field) -> bool {
    match field.wire.as_ref().map(|wire| &wire.kind) {
        Some(WireKind::Joined(..)) => false,
        Some(WireKind::Route { codec: Codec::DatePattern(pattern), .. }) => pattern.contains(['Z', 'z', '+', 'O']),
        _ => true,
    }
}
