//! MAP011 ambiguous-qualifier: two fields of a record stand at one place
//!
//! Two fields of a record have the same key or route on the wire, or one lies inside the other. (In electronic documents:
//! two segments are told apart by conditions that can both hold.)
//!
//! Only one of them would ever get the value, and which one is an accident of order.
//!
//! Bad:
//! ```yaml
//!       po_number: string(35)?
//!       customer_reference: { type: "string(35)?", from: po_number }
//! ```
//! Good: declare it once, and read it in both places:
//! ```yaml
//!       po_number: string(35)?
//!       total_price: decimal as text
//! ```
//!
//! It can't be waived or levelled: the generated decoder would not compile.

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Field, Struct, WireKind};
use crate::rules::Context;
use std::collections::BTreeMap;

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP011", name: "ambiguous-qualifier", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for of in context.model.structs.rows().iter().filter(|of| of.is_record()) {
        let name = of.full_name(context.model);
        let mut routes: BTreeMap<&[String], &Field> = BTreeMap::new();
        for (field, route) in routes_of(of) {
            let outer = (1..=route.len()).filter_map(|length| route.get(..length)).find_map(|start| routes.get(start));
            let inner =
                routes.range(route..).next().filter(|(other, _)| other.starts_with(route)).map(|(_, field)| field);
            match (outer.or(inner), outer.is_some()) {
                (Some(other), is_inside) => {
                    let same = routes.contains_key(route);
                    found.push(finding(&name, field, other, route, same, is_inside));
                }
                (None, _) => drop(routes.insert(route, field)),
            }
        }
    }
}

/// The fields that stand somewhere of their own, with where.
fn routes_of(of: &Struct) -> impl Iterator<Item = (&Field, &[String])> {
    of.fields.iter().filter_map(|field| match field.wire.as_ref().map(|wire| &wire.kind) {
        Some(WireKind::Route { keys, .. }) if !keys.is_empty() => Some((field, keys.as_slice())),
        _ => None,
    })
}

fn finding(of: &str, field: &Field, other: &Field, route: &[String], same: bool, inside: bool) -> Diagnostic {
    let (name, other_name) = (&field.name, &other.name);
    let (message, help) = if same {
        let message = format!("`{other_name}` and `{name}` of `{of}` are both `{}` on the wire", route.join("."));
        (message, "keep one of them, and read it in both places")
    } else if inside {
        let message = format!("`{name}` of `{of}` stands inside `{other_name}`");
        (message, "select it from there in expressions, or declare the parts alone")
    } else {
        let message = format!("`{other_name}` of `{of}` stands inside `{name}`");
        (message, "select it from there in expressions, or declare the parts alone")
    };
    Diagnostic::new(RULE, field.span, message)
        .related(other.span, format!("`{other_name}` is declared here"))
        .at(format!("{of}.{name}"))
        .help(help)
}
