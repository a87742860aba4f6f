//! `kind: ownership`: which system owns each field of an object, and who else may write it when.

use super::decode::{Reader, Syntax, ast, words};
use super::name::{CodeText, Coded, Free, Name, Named, Snake, Text};
use super::path::{ByPath, PathAst};
use super::quantity::DurationAst;
use super::schema::SchemaBuilder;
use super::workspace::WaiverAst;
use super::yaml::Node;
use crate::source::Spanned;
use serde_json::{Value, json};

ast! {
    /// Who owns the fields of an object.
    pub struct OwnershipAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it is, in Markdown.
        description: optional Text,
        /// The object.
        object: expected Text,
        /// The team that answers for it.
        steward: optional Text,
        /// The code field that decides between systems of record.
        partition: optional PathAst,
        /// The system of record, or one per code of the partition.
        owner: optional OwnerAst,
        /// The systems that may create the object.
        originators: default Vec<Text>,
        /// What differs, by path.
        fields: default ByPath<GrantAst>,
        /// Copies kept in other systems, by system.
        replicas: default Named<Free, ReplicaAst>,
        /// How writers at once are told apart.
        concurrency: optional ConcurrencyAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

/// Who owns an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerAst {
    /// One system.
    Single(Text),
    /// One per code of the partition.
    ByCode(Named<Coded, Text>),
}

impl Syntax for OwnerAst {
    const WHAT: &'static str = "a system, or systems by code";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.is_map() {
            Syntax::read(node, cx).map(OwnerAst::ByCode)
        } else {
            cx.scalar(node, Self::WHAT).map(OwnerAst::Single)
        }
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [Text::schema(cx), Named::<Coded, Text>::schema(cx)] })
    }
}

ast! {
    /// Who owns or may change one path: an owner, or more.
    pub struct GrantAst short owner {
        /// A system, or `originator`.
        owner: optional Text,
        /// A system, or `originator`, that may change it beside its owner.
        amend: optional Text,
        /// The state until which that holds.
        until: optional CodeText,
        /// Of a status: the states that other systems may set, by system.
        transitions: default Named<Free, Vec<CodeText>>,
        /// Why, in Markdown.
        description: optional Text,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// A copy of fields, kept in another system.
    pub struct ReplicaAst {
        /// What is copied.
        fields: default Vec<PathAst>,
        /// How old the copy may be.
        staleness: optional DurationAst,
        /// Why, in Markdown.
        description: optional Text,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// How writers at once are told apart.
    pub struct ConcurrencyAst {
        /// `runtime`, or a field that the owner maintains.
        token: required Text,
        /// What happens to a write that comes too late.
        stale: optional Spanned<StaleWord>,
    }
}

words! {
    /// What happens to a write that comes too late.
    pub enum StaleWord {
        /// It is refused.
        Reject = "reject",
    }
}
