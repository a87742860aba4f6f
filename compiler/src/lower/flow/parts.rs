//! The lists that an `each` goes over: where they stand in the data, and what tells their elements apart.

use super::open;
use crate::expr::ir::{Kind, LoopKind, Node};
use crate::model::{Flow, Model, Over, StepId};

/// A list that parts are made of.
#[derive(Debug, Clone)]
pub struct Listed<'f> {
    /// Whose: the object's, by field positions, or a kept collection, by its position in `keep`.
    pub of: Kept<'f>,
    /// The field that tells elements apart; without one, their positions do.
    pub key: Option<u16>,
}

/// Where a list stands.
#[derive(Debug, Clone)]
pub enum Kept<'f> {
    /// In the working copy.
    Object(Vec<u16>),
    /// Beside it.
    Beside(usize, &'f crate::model::Kept),
}

/// The list behind a node, whatever it filters: elements are fixed by their keys when an `each` is entered. None for a
/// list that is made on the way.
pub fn listed<'f>(model: &Model, flow: &'f Flow, within: Option<StepId>, list: &Node) -> Option<Listed<'f>> {
    match &list.kind {
        Kind::Loop(filtered) if filtered.kind == LoopKind::Filter => listed(model, flow, within, &filtered.list),
        Kind::Var(var) => {
            if let Some((position, kept)) = flow.keep.iter().enumerate().find(|(_, kept)| kept.var == *var) {
                return Some(Listed { of: Kept::Beside(position, kept), key: Some(kept.key) });
            }
            // The items of a part are elements of the list that was grouped.
            open(flow, within).into_iter().find_map(|(id, each)| match &each.over {
                Over::Groups { list, items, .. } if items == var => listed(model, flow, flow.step(id)?.parent, list),
                _ => None,
            })
        }
        Kind::Field(base, position) => {
            let key = model.structs[base.ty.as_struct()?].field(*position)?.list_key;
            let mut path = path(base)?;
            path.push(*position);
            Some(Listed { of: Kept::Object(path), key })
        }
        _ => None,
    }
}

/// Field positions from the working copy inward.
fn path(node: &Node) -> Option<Vec<u16>> {
    match &node.kind {
        Kind::Var(var) if *var == Flow::OBJECT => Some(Vec::new()),
        Kind::Field(base, position) => {
            let mut path = path(base)?;
            path.push(*position);
            Some(path)
        }
        _ => None,
    }
}
