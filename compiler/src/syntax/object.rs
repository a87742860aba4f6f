//! `kind: object`: a canonical business record; and what values share with it.

use super::decode::{ast, words};
use super::expr_text::ExprText;
use super::list::OneOrMany;
use super::name::{CodeText, Coded, Free, Name, Named, Pascal, Snake, Text};
use super::quantity::DurationAst;
use super::types::TypeAst;
use super::workspace::WaiverAst;
use crate::source::Spanned;

ast! {
    /// A canonical object: a business record that several systems share.
    pub struct ObjectAst {
        /// The name, in `PascalCase`.
        name: required Name<Pascal>,
        /// What it is, in Markdown.
        description: optional Text,
        /// The field or fields that identify it.
        key: expected OneOrMany<Text>,
        /// Further combinations of fields that no two objects share.
        unique: default Vec<OneOrMany<Text>>,
        /// Its identifiers in other systems, by system.
        ids: default Named<Free, TypeAst>,
        /// Its fields, in order.
        fields: default Named<Snake, FieldAst>,
        /// What must hold of every valid object.
        invariants: default Vec<RequirementAst>,
        /// Its states and the moves between them.
        lifecycle: optional LifecycleAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// A canonical field: a type, or a type with more.
    pub struct FieldAst short ty {
        /// The type.
        ty as "type": required TypeAst,
        /// What it is, in Markdown.
        description: optional Text,
        /// How freely its data may move.
        class: optional Spanned<ClassWord>,
        /// Terms of other vocabularies that mean the same, such as `x12:850/BEG/03`.
        refs: default Vec<Text>,
        /// Older than this it may not be used or cached.
        freshness: optional DurationAst,
        /// What it is at first, if its creator may not set it: an expression over `this`.
        initial: optional ExprText,
        /// In a list of values: the field that identifies an element.
        key: optional Text,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

words! {
    /// How freely data may move.
    pub enum ClassWord {
        /// Known to anyone.
        Public = "public",
        /// Known inside the company.
        Internal = "internal",
        /// Of a person.
        Personal = "personal",
        /// Of a person, and harmful when lost.
        Sensitive = "sensitive",
    }
}

ast! {
    /// A condition, and the exception that its breach raises.
    pub struct RequirementAst {
        /// What must hold.
        rule: required ExprText,
        /// The exception that is raised if it does not.
        raise: expected Text,
        /// Why, in Markdown.
        description: optional Text,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// States and the moves between them.
    pub struct LifecycleAst {
        /// The state of a new one.
        initial: expected CodeText,
        /// By state: the states that may follow.
        transitions: default Named<Coded, Vec<CodeText>>,
    }
}
