//! Code lists and their crosswalks.

use super::{Id, Struct, System};
use crate::source::Span;

/// A code list.
#[derive(Debug, Clone)]
pub struct Codes {
    /// `ShipMethod`; a lifecycle's states are `Order.status`.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// What kind of list.
    pub kind: CodesKind,
    /// In order of declaration; empty for a crosswalk to a built-in list.
    pub codes: Vec<Code>,
    /// Per system.
    pub crosswalks: Vec<Crosswalk>,
}

/// What kind of list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodesKind {
    /// Declared by the workspace.
    Declared,
    /// The states of a struct's lifecycle.
    Lifecycle(Id<Struct>),
    /// Crosswalks to a built-in list.
    Of(Builtin),
}

/// The built-in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builtin {
    /// ISO 4217.
    Currency,
    /// ISO 3166-1.
    Country,
    /// UN/ECE Rec 20.
    Unit,
}

/// One code.
#[derive(Debug, Clone)]
pub struct Code {
    /// As written.
    pub code: String,
    /// Where it stands.
    pub span: Span,
    /// What it means.
    pub description: Option<String>,
}

/// The crosswalk of one system.
#[derive(Debug, Clone)]
pub struct Crosswalk {
    /// Whose codes.
    pub system: Id<System>,
    /// Where it stands.
    pub span: Span,
    /// The CSV file it was read from, relative to the workspace.
    pub file: Option<String>,
    /// In order.
    pub rows: Vec<CrosswalkRow>,
    /// What an unknown code becomes.
    pub unknown: Option<UnknownCode>,
}

/// One line of a crosswalk.
#[derive(Debug, Clone)]
pub struct CrosswalkRow {
    /// The system's code.
    pub system_code: String,
    /// The canonical code, as text; of this list or of the built-in one.
    pub code: String,
    /// Its position in the list, for declared lists.
    pub index: u16,
    /// Of several system codes of one code, the one for the way back.
    pub preferred: bool,
    /// First day on which it holds, by the day of `meta.received_at`.
    pub valid_from: Option<crossdock_runtime::Date>,
    /// Last day on which it holds.
    pub valid_to: Option<crossdock_runtime::Date>,
    /// Where it stands.
    pub span: Span,
}

/// What an unknown code becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownCode {
    /// A failure.
    Raise(String),
    /// A code of the list: text, and position for declared lists.
    Default(String, u16),
}

impl Codes {
    /// The position of a code.
    pub fn position(&self, code: &str) -> Option<u16> {
        self.codes.iter().position(|c| c.code == code).and_then(|i| u16::try_from(i).ok())
    }

    /// The crosswalk of a system.
    pub fn crosswalk(&self, system: Id<System>) -> Option<&Crosswalk> {
        self.crosswalks.iter().find(|c| c.system == system)
    }
}
