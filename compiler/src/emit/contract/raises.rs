//! The statuses of HTTP that stand for a failure.

use crate::expr::ir::{Const, Func, Kind, Node};
use std::collections::BTreeSet;

/// The statuses for which a condition over `status` can hold: `429`, or `5XX` for a whole class.
pub(super) fn statuses(condition: &Node) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    condition.walk(&mut |node| {
        let Kind::Call(func, operands) = &node.kind else { return };
        match (func, operands.as_slice()) {
            (Func::Equal, [Node { kind: Kind::Var(_), .. }, other]) => found.extend(status(other)),
            (Func::Equal, [other, Node { kind: Kind::Var(_), .. }]) => found.extend(status(other)),
            (Func::InList, [Node { kind: Kind::Var(_), .. }, Node { kind: Kind::List(items), .. }]) => {
                found.extend(items.iter().filter_map(status));
            }
            (Func::GreaterEqual, [Node { kind: Kind::Var(_), .. }, other]) => found.extend(class(other)),
            _ => {}
        }
    });
    found
}

fn number(node: &Node) -> Option<i64> {
    match &node.kind {
        Kind::Const(Const::Int(number)) if (100..600).contains(number) => Some(*number),
        _ => None,
    }
}

fn status(node: &Node) -> Option<String> {
    number(node).map(|status| status.to_string())
}

/// From a status upward: the classes it begins.
fn class(node: &Node) -> BTreeSet<String> {
    let first = number(node).map_or(6, |status| (status + 99) / 100);
    (first..6).map(|class| format!("{class}XX")).collect()
}
