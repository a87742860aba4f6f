//! What creating an object takes: what its originator may set of it, and what it must.
//!
//! Keys may always be set, identifiers by the system that gives them, a status by nobody (its lifecycle says how it
//! begins), and all else as the ownership of its leaves says. Absent on purpose: findings, and schemas.

use super::rights::{field_at, identifier_of, in_ids, is_key, leaf, may_propose, reached};
use super::{Field, FieldRole, Id, Leaf, Model, Ownership, Struct, StructKind, System, WireKind};
use std::collections::BTreeSet;

/// The creation of an object by a system or, where none is named, by any of its originators.
#[derive(Debug)]
pub struct Origination<'m> {
    model: &'m Model,
    object: Id<Struct>,
    /// None where nobody says, or what was said did not resolve: then all is the originator's.
    ownership: Option<&'m Ownership>,
    /// Who may be creating it; none where nobody says.
    originators: Vec<Id<System>>,
}

impl<'m> Origination<'m> {
    /// The creation of an object.
    pub fn of(model: &'m Model, object: Id<Struct>, by: Option<Id<System>>) -> Self {
        let ownership = model.ownership_of(object).filter(|ownership| !ownership.unresolved);
        let all = || ownership.iter().flat_map(|ownership| &ownership.originators).map(|(system, _)| *system).collect();
        Origination { model, object, ownership, originators: by.map_or_else(all, |system| vec![system]) }
    }

    /// Whether one of those who may be creating it may set a path.
    pub fn may(&self, path: &[u16]) -> bool {
        self.originators.iter().any(|system| self.may_by(*system, path))
            || (self.originators.is_empty() && !self.is_status(path))
    }

    /// Whether whoever creates it must set a path, given what the path is in.
    pub fn must(&self, path: &[u16]) -> bool {
        let (Some((of, _)), Some(position)) = (field_at(self.model, self.object, path), path.last()) else {
            return false;
        };
        required(&self.model.structs[of], *position, &BTreeSet::new())
            && self.originators.iter().all(|system| self.may_by(*system, path))
    }

    /// Whether all below a path may be set by all of them: what it is a part of makes no difference then.
    pub fn free(&self, path: &[u16]) -> bool {
        let leaves = self.ownership.iter().flat_map(|ownership| &ownership.leaves);
        leaves
            .filter(|leaf| leaf.path.len() > path.len() && leaf.path.starts_with(path))
            .filter(|leaf| !self.is_status(&leaf.path) && !in_ids(self.model, self.object, &leaf.path))
            .all(|leaf| self.originators.iter().all(|system| self.proposes(*system, leaf)))
    }

    /// Whether one of them gives the identifiers of this name.
    pub fn gives(&self, identifier: &str) -> bool {
        self.originators.is_empty() || self.originators.iter().any(|id| self.model.systems[*id].name == identifier)
    }

    /// The outermost required paths that none of them may set: nobody could ever create the object.
    pub fn impossible(&self) -> Vec<Vec<u16>> {
        let mut found = Vec::new();
        self.impossible_in(self.object, &[], &mut found);
        found
    }

    fn impossible_in(&self, of: Id<Struct>, above: &[u16], found: &mut Vec<Vec<u16>>) {
        let of = &self.model.structs[of];
        for (position, field) in (0_u16..).zip(&of.fields) {
            let path = [above, &[position]].concat();
            if !self.may(&path) {
                if required(of, position, &BTreeSet::new()) {
                    found.push(path);
                }
            } else if let Some(inner) = super::rights::entered(&field.ty).filter(|_| self.is_divided(&path)) {
                self.impossible_in(inner, &path, found);
            }
        }
    }

    /// Whether the ownership tells parts of a path apart.
    fn is_divided(&self, path: &[u16]) -> bool {
        let mut leaves = self.ownership.iter().flat_map(|ownership| &ownership.leaves);
        leaves.any(|leaf| leaf.path.len() > path.len() && leaf.path.starts_with(path))
    }

    fn may_by(&self, system: Id<System>, path: &[u16]) -> bool {
        let Some((_, field)) = field_at(self.model, self.object, path) else { return true };
        if field.role == FieldRole::Status {
            return false;
        }
        let name = self.model.systems[system].name.as_str();
        if let Some(issuer) = identifier_of(self.model, self.object, path) {
            return issuer == name;
        }
        if field.role == FieldRole::Ids {
            return field.ty.as_struct().is_some_and(|ids| self.model.structs[ids].position(name).is_some());
        }
        let Some(ownership) = self.ownership else { return true };
        // Which lines there are is a right of its own.
        if let Some(list) = leaf(ownership, path).filter(|_| field.list_key.is_some()) {
            return may_propose(list, system);
        }
        let mut leaves = reached(ownership, path).peekable();
        is_key(self.model, self.object, path)
            || leaves.peek().is_none()
            || leaves.any(|leaf| may_propose(leaf, system) && !self.is_status(&leaf.path))
    }

    fn proposes(&self, system: Id<System>, leaf: &Leaf) -> bool {
        is_key(self.model, self.object, &leaf.path) || may_propose(leaf, system)
    }

    fn is_status(&self, path: &[u16]) -> bool {
        field_at(self.model, self.object, path).is_some_and(|(_, field)| field.role == FieldRole::Status)
    }
}

/// Whether a value must be there when a struct is made: neither optional, nor begun by the struct itself, nor read from
/// other fields, nor a part of one that is `set`.
pub fn required(of: &Struct, position: u16, set: &BTreeSet<u16>) -> bool {
    let halves = |field: &Field| match field.wire.as_ref().map(|wire| &wire.kind) {
        Some(WireKind::Joined(a, b)) => Some((*a, *b)),
        _ => None,
    };
    let told = || {
        let whole = set.iter().filter_map(|whole| of.field(*whole).and_then(halves));
        whole.into_iter().any(|(a, b)| a == position || b == position)
    };
    let Some(field) = of.field(position) else { return false };
    // Identifiers come one after the other.
    of.kind != StructKind::Ids
        && !field.ty.is_optional()
        && !field.ty.is_unknown()
        && field.initial.is_none()
        && field.role == FieldRole::Plain
        && halves(field).is_none()
        && !told()
}
