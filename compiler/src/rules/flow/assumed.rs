//! What the decisions on a way have told of the object: which company it is of, and the like.
//!
//! Only what no step changes is remembered: keys, and the field that decides between systems of record. Two decisions on the
//! same company then go the same way. Of any other condition nothing is known.

use crate::expr::check::path_of;
use crate::expr::ir::{Func, Kind, Node};
use crate::model::{Flow, Model};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a field that never changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    is: Option<String>,
    is_not: BTreeSet<String>,
}

/// What is known on a way.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Assumed {
    fields: BTreeMap<u16, Known>,
}

/// The fields of a flow's object that never change.
pub(super) struct Lasting(BTreeSet<u16>);

impl Lasting {
    pub fn of(model: &Model, flow: &Flow) -> Self {
        let partition = model.ownership_of(flow.object).and_then(|ownership| ownership.partition);
        Lasting(model.structs[flow.object].key.iter().copied().chain(partition).collect())
    }

    /// A comparison of such a field with a constant: the field, the constant, and whether they are to be equal.
    fn compared(&self, node: &Node) -> Option<(u16, String, bool)> {
        let Kind::Call(func @ (Func::Equal | Func::NotEqual), parts) = &node.kind else { return None };
        let ([value, Node { kind: Kind::Const(constant), .. }] | [Node { kind: Kind::Const(constant), .. }, value]) =
            parts.as_slice()
        else {
            return None;
        };
        let (var, fields) = path_of(value)?;
        let [field] = fields.as_slice() else { return None };
        let lasts = var == Flow::OBJECT && self.0.contains(field);
        lasts.then(|| (*field, format!("{constant:?}"), *func == Func::Equal))
    }
}

impl Assumed {
    /// Whether a condition holds, as far as that is known.
    pub fn holds(&self, lasting: &Lasting, node: &Node) -> Option<bool> {
        match &node.kind {
            Kind::Not(inner) => self.holds(lasting, inner).map(|holds| !holds),
            Kind::And(left, right) => match (self.holds(lasting, left), self.holds(lasting, right)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Kind::Or(left, right) => match (self.holds(lasting, left), self.holds(lasting, right)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            _ => {
                let (field, constant, equal) = lasting.compared(node)?;
                let known = self.fields.get(&field)?;
                match &known.is {
                    Some(is) => Some((*is == constant) == equal),
                    None => known.is_not.contains(&constant).then_some(!equal),
                }
            }
        }
    }

    /// What is known besides where a condition holds, or does not.
    pub fn and(mut self, lasting: &Lasting, node: &Node, truth: bool) -> Self {
        match &node.kind {
            Kind::Not(inner) => self.and(lasting, inner, !truth),
            Kind::And(left, right) if truth => self.and(lasting, left, true).and(lasting, right, true),
            Kind::Or(left, right) if !truth => self.and(lasting, left, false).and(lasting, right, false),
            _ => {
                if let Some((field, constant, equal)) = lasting.compared(node) {
                    let known = self.fields.entry(field).or_default();
                    if equal == truth {
                        known.is = Some(constant);
                    } else {
                        known.is_not.insert(constant);
                    }
                }
                self
            }
        }
    }
}
