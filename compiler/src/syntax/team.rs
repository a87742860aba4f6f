//! `kind: team`: who answers.

use super::decode::ast;
use super::name::{Name, Snake, Text};
use super::workspace::WaiverAst;

ast! {
    /// A team: stewards of objects, owners of systems, receivers of exceptions.
    pub struct TeamAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it is, in Markdown.
        description: optional Text,
        /// How to reach it.
        contact: optional Text,
        /// When it works.
        hours: optional HoursAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// Working hours.
    pub struct HoursAst {
        /// The days, such as `mon-fri`.
        days: required Text,
        /// The first hour, such as `"08:00"`.
        from: required Text,
        /// The end, such as `"18:00"`.
        to: required Text,
        /// The time zone, such as `America/Chicago`.
        zone: required Text,
    }
}
