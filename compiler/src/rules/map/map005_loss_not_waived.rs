//! MAP005 loss-not-waived: a mapping gives away what it was given
//!
//! A value is rounded to fewer decimals than it may have, or divided with a rounded result; a text is cut to a length;
//! several codes of a list become one code of a system; or lines are left out without a reason, be it that `each` goes over
//! a list that was filtered before.
//!
//! None of these is wrong as such. Each loses something for good, so each is accepted by a team, with a reason and a date.
//!
//! Bad:
//! ```yaml
//!   amount: round(src.total.amount, 2, half_even)
//! ```
//! Good:
//! ```yaml
//!   amount:
//!     value: round(src.total.amount, 2, half_even)
//!     waive: [ { rule: MAP005, reason: ERP amounts have two decimals, by: order_management, until: 2027-06-30 } ]
//! ```
//!
//! Level it with `rules: { MAP005: warn }`, or waive it at the target, as above or with `at: order_to_sap.lines.price`.

use super::crossings::{at_once, crossings, rows_by};
use super::sites::{self, Role, Site};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Const, Func, Kind, LoopKind, Node};
use crate::model::{Mapping, Model, Type};
use crate::rules::Context;
use crate::rules::words::names;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP005", name: "loss-not-waived", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for mapping in model.mappings.rows() {
        sites::visit(model, mapping, |site| {
            // What only decides loses nothing.
            if site.role == Role::Condition {
                return;
            }
            match &site.node.kind {
                Kind::Call(func, args) => found.extend(call(site, *func, args).map(|f| f.at(site.element(mapping)))),
                Kind::Each(each) => {
                    silent(mapping, site, &each.drops, found);
                    found.extend(filtered(mapping, site, &each.list));
                }
                Kind::EachPatch(each) => {
                    silent(mapping, site, &each.drops, found);
                    found.extend(filtered(mapping, site, &each.list));
                }
                _ => {}
            }
        });
    }
    merged(model, found);
}

fn call(site: &Site<'_>, func: Func, args: &[Node]) -> Option<Diagnostic> {
    let span = site.node.span;
    match func {
        Func::RoundDecimal | Func::RoundMoney | Func::RoundQuantity => {
            let (value, scale) = (args.first()?, args.get(1));
            let wanted = scale.and_then(int);
            if let (Some(has), Some(wanted)) = (scale_of(value), wanted)
                && i64::from(has) <= wanted
            {
                return None;
            }
            let message = match wanted {
                Some(1) => "decimals beyond the first are rounded away".to_owned(),
                Some(0) => "all decimals are rounded away".to_owned(),
                Some(wanted) => format!("decimals beyond the first {wanted} are rounded away"),
                None => "decimals are rounded away".to_owned(),
            };
            Some(Diagnostic::new(RULE, span, message).help(ACCEPT))
        }
        Func::DivDecimal | Func::DivMoney => {
            Some(Diagnostic::new(RULE, span, "what this division leaves over is rounded away").help(ACCEPT))
        }
        // Taking a text apart is no loss; cutting one to fit its place is.
        Func::SubstringTo if site.role == Role::Value => {
            let (value, from, to) = (args.first()?, args.get(1).and_then(int)?, args.get(2).and_then(int)?);
            let longest = match value.ty.inner() {
                Type::String(Some(longest)) => i64::from(*longest),
                _ => i64::MAX,
            };
            if from != 0 || to >= longest {
                return None;
            }
            let message = format!("what a text has beyond {to} characters is cut off");
            Some(Diagnostic::new(RULE, span, message).help(ACCEPT))
        }
        _ => None,
    }
}

const ACCEPT: &str = "keep it, or accept the loss with a waiver on the field, with reason, team and date";

/// An integer that is written out.
fn int(node: &Node) -> Option<i64> {
    match &node.kind {
        Kind::Const(Const::Int(value)) => Some(*value),
        _ => None,
    }
}

/// How many decimals a value has at most, where that is known.
fn scale_of(node: &Node) -> Option<u32> {
    match (node.ty.inner(), &node.kind) {
        (Type::Decimal(digits), _) => digits.scale,
        (_, Kind::Call(Func::MakeMoney | Func::MakeQuantity, parts)) => scale_of(parts.first()?),
        _ => None,
    }
}

fn silent(mapping: &Mapping, site: &Site<'_>, drops: &[(Node, String)], found: &mut Diagnostics) {
    for (when, _) in drops.iter().filter(|(_, reason)| reason.trim().is_empty()) {
        let finding = Diagnostic::new(RULE, when.span, "lines are left out, and no reason is given")
            .at(site.element(mapping))
            .help("say why: `reason:`");
        found.push(finding);
    }
}

/// Lines that a filter before the `each` leaves out: uncounted, and nobody says why.
fn filtered(mapping: &Mapping, site: &Site<'_>, list: &Node) -> Option<Diagnostic> {
    let structs = |node: &Node| node.ty.element().and_then(Type::as_struct).is_some();
    let mut at = list;
    loop {
        at = match &at.kind {
            Kind::Loop(each) if each.kind == LoopKind::Filter && structs(at) => {
                let finding = Diagnostic::new(RULE, at.span, "lines are left out, uncounted and without a reason")
                    .at(site.element(mapping))
                    .help("go over all of them, and leave lines out under `drop:` with a `reason:`");
                return Some(finding);
            }
            Kind::Var(var) => &mapping.lets.iter().find(|part| part.var == *var)?.value,
            Kind::OrElse(of, _) | Kind::OrRaise(of, _) | Kind::Present(of) | Kind::Some(of) => of,
            _ => return None,
        };
    }
}

/// Codes of a list that become one code of a system.
fn merged(model: &Model, found: &mut Diagnostics) {
    let (_, outward) = crossings(model);
    for ((codes, system), uses) in &outward {
        let codes = &model.codes[*codes];
        let Some((crosswalk, first)) = codes.crosswalk(*system).zip(uses.first()) else { continue };
        let name = &model.systems[*system].name;
        for (system_code, rows) in rows_by(crosswalk, |row| &row.system_code) {
            let Some((a, b)) = at_once(&rows) else { continue };
            let all: BTreeSet<&str> = rows.iter().map(|row| row.code.as_str()).collect();
            let message = format!("{} of `{}` all become `{system_code}` for `{name}`", names(all), codes.name);
            let finding = Diagnostic::new(RULE, b.span, message)
                .related(a.span, format!("`{}` does", a.code))
                .related(first.span, format!("`{}` goes through it", first.mapping.name))
                .at(format!("{}.{name}", codes.name))
                .help("give each its own code, or accept the loss with a waiver on the list");
            found.push(finding);
        }
    }
}
