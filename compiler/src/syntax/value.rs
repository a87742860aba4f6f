//! `kind: value`: a part of an object, without identity of its own or with one only inside a keyed list.

use super::decode::ast;
use super::name::{Free, Name, Named, Pascal, Snake, Text};
use super::object::{FieldAst, LifecycleAst, RequirementAst};
use super::types::TypeAst;
use super::workspace::WaiverAst;

ast! {
    /// A canonical value: a part of objects.
    pub struct ValueAst {
        /// The name, in `PascalCase`.
        name: required Name<Pascal>,
        /// What it is, in Markdown.
        description: optional Text,
        /// Its identifiers in other systems, by system.
        ids: default Named<Free, TypeAst>,
        /// Its fields, in order.
        fields: default Named<Snake, FieldAst>,
        /// What must hold of every valid value.
        invariants: default Vec<RequirementAst>,
        /// Its states and the moves between them, if it stands in a keyed list.
        lifecycle: optional LifecycleAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}
