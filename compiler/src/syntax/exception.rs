//! `kind: exception`: a named failure with a class, a team and a clock.

use super::decode::{ast, words};
use super::name::{Name, Snake, Text};
use super::quantity::DurationAst;
use super::workspace::WaiverAst;
use crate::source::Spanned;

ast! {
    /// A named failure.
    pub struct ExceptionAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it is, in Markdown.
        description: optional Text,
        /// Who deals with it.
        class: expected Spanned<ExceptionClassWord>,
        /// The team that it waits for.
        team: optional Text,
        /// How long it may wait. It counts the hours in which its team works (`hours:`), all hours for a team without: with
        /// ten of them a day, `1d` is 24 of those, the third working day. Write `10h` for one such day.
        sla: optional DurationAst,
        /// What happens when it waited too long.
        escalate: optional EscalateAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

words! {
    /// Who deals with a failure.
    pub enum ExceptionClassWord {
        /// A person.
        Business = "business",
        /// A retry.
        Transient = "transient",
        /// The team of the system.
        Defect = "defect",
    }
}

ast! {
    /// What happens when an exception waited too long.
    pub struct EscalateAst {
        /// After how long.
        after: required DurationAst,
        /// The team that it goes to.
        to: required Text,
    }
}
