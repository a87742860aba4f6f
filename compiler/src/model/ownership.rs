//! Ownership, expanded: every leaf of an object, with who owns it and who may write it when.

use super::{Id, Struct, System};
use crate::source::Span;

/// The ownership of one object.
#[derive(Debug, Clone)]
pub struct Ownership {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Whose.
    pub object: Id<Struct>,
    /// The team that answers for it, by name.
    pub steward: Option<String>,
    /// The code field that decides between systems of record, by position in the object.
    pub partition: Option<u16>,
    /// The default owner: one row without a code, or one per code of the partition.
    pub owner: Vec<(Option<u16>, Id<System>, Span)>,
    /// Who may create.
    pub originators: Vec<(Id<System>, Span)>,
    /// What was said of single paths, as declared.
    pub grants: Vec<Grant>,
    /// Every leaf of the object with its writers; see [`Leaf`].
    pub leaves: Vec<Leaf>,
    /// Copies kept elsewhere.
    pub replicas: Vec<Replica>,
    /// Whether a concurrency token is declared: `runtime` or a field.
    pub token: Option<String>,
    /// Whether a name in it did not resolve, or its object has another: a finding was given, and what is missing here
    /// may have been meant.
    pub unresolved: bool,
}

/// One line of `fields:`.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Field positions from the object inward; lists are entered (`lines.shipped`).
    pub path: Vec<u16>,
    /// The path as written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The owner it names, if it names one.
    pub owner: Option<Writer>,
    /// Who else may change it.
    pub amend: Option<Writer>,
    /// The lifecycle state (a position in its codes) until which owner (with `owner`) or amender (with `amend`) holds.
    pub until: Option<u16>,
    /// Delegated moves of a status: system and target states.
    pub transitions: Vec<(Id<System>, Vec<u16>, Span)>,
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writer {
    /// A system.
    System(Id<System>),
    /// Whoever created the object.
    Originator,
    /// The default owner of the partition.
    Owner,
}

/// A leaf: a field that is not a struct or keyed list itself; keyed lists have a leaf of their own for membership.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Field positions from the object inward.
    pub path: Vec<u16>,
    /// `lines.shipped`.
    pub text: String,
    /// The field's declaration.
    pub span: Span,
    /// Its owners, each with where that was said; more than one only per partition value.
    pub owners: Vec<(Writer, Span)>,
    /// Others that may write it while the state allows.
    pub amenders: Vec<(Writer, Span)>,
    /// Lifecycle state until which the grant holds.
    pub until: Option<u16>,
    /// A status: delegated moves.
    pub transitions: Vec<(Id<System>, Vec<u16>, Span)>,
    /// A key, identifier or membership leaf.
    pub membership: bool,
}

/// A copy of fields kept in another system.
#[derive(Debug, Clone)]
pub struct Replica {
    /// Where.
    pub system: Id<System>,
    /// What: paths as written, with field positions.
    pub fields: Vec<(Vec<u16>, String, Span)>,
    /// How old it may be, in seconds.
    pub staleness: Option<u64>,
    /// Where it stands.
    pub span: Span,
}
