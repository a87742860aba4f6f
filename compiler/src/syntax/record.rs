//! Records of a system: what it sends or takes, with wire names and codecs.

use super::decode::{Reader, Syntax, ast, words};
use super::expr_text::ExprText;
use super::mapping::UnmappedAst;
use super::name::{Coded, Free, Named, Text};
use super::object::ClassWord;
use super::path::PathAst;
use super::quantity::DurationAst;
use super::schema::SchemaBuilder;
use super::types::TypeAst;
use super::workspace::WaiverAst;
use super::yaml::{Node, Raw};
use crate::source::Spanned;
use serde_json::{Value, json};

ast! {
    /// What a system sends or takes.
    pub struct RecordAst {
        /// What it is, in Markdown.
        description: optional Text,
        /// How it travels.
        wire: optional WireAst,
        /// What happens to a key that is not declared here.
        unknown: optional Spanned<UnknownKeyWord>,
        /// Its fields by wire name, in order.
        fields: default Named<Free, RecordFieldAst>,
        /// By reason: wire paths that no mapping needs.
        unmapped: default UnmappedAst,
        /// Records told apart by a field.
        one_of: optional OneOfAst,
        /// How a change says which of its fields changed.
        patch: optional ChangeAst,
        /// A JSON Schema or an OpenAPI component that declares it: a file, relative to the spec.
        schema: optional Text,
        /// Segments and loops of an electronic document; kept as it is written.
        body: optional Raw,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// How a record travels.
    pub struct WireAst {
        /// The format; JSON unless said.
        format: optional Spanned<FormatWord>,
        /// The route from the document to the record, such as `d.results`.
        root: optional PathAst,
        /// Whether many stand there, each of them one record.
        many: default bool,
        /// `x12`: the transaction set; `edifact`: the message.
        set: optional Text,
    }
}

words! {
    /// The wire formats.
    pub enum FormatWord {
        /// JSON.
        Json = "json",
        /// XML.
        Xml = "xml",
        /// Comma-separated values.
        Csv = "csv",
        /// Columns of fixed width.
        Fixed = "fixed",
        /// ANSI X12.
        X12 = "x12",
        /// UN/EDIFACT.
        Edifact = "edifact",
    }
}

words! {
    /// What happens to a key that a record does not declare.
    pub enum UnknownKeyWord {
        /// The document is refused.
        Reject = "reject",
        /// It is counted.
        Warn = "warn",
        /// Nothing.
        Ignore = "ignore",
    }
}

ast! {
    /// A field of a record: a type with its codec, or that with more.
    pub struct RecordFieldAst short ty {
        /// The type, with its codec after `as`.
        ty as "type": required TypeAst,
        /// What it is, in Markdown.
        description: optional Text,
        /// How freely its data may move.
        class: optional Spanned<ClassWord>,
        /// Terms of other vocabularies that mean the same.
        refs: default Vec<Text>,
        /// Older than this it may not be used or cached.
        freshness: optional DurationAst,
        /// Spellings of "no value" in its raw text, instead of the system's.
        absent: optional Vec<Text>,
        /// In a patch: what an absent spelling does to the target.
        on_empty: optional Spanned<OnEmptyWord>,
        /// Whether null differs from absent.
        nullable: default bool,
        /// The key on the wire, if it is not the name: one literal key.
        from: optional Text,
        /// The route on the wire, if it is not one key.
        path: optional PathAst,
        /// What is written for none: `null`, or a spelling.
        emit: optional EmitAst,
        /// What it is if a request does not say it.
        initial: optional ExprText,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

words! {
    /// What an absent spelling does in a patch.
    pub enum OnEmptyWord {
        /// It clears the target.
        Clear = "clear",
        /// It leaves the target as it is.
        Keep = "keep",
    }
}

/// What is written for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmitAst {
    /// `null`.
    Null,
    /// A spelling.
    Text(Text),
}

impl Syntax for EmitAst {
    const WHAT: &'static str = "`null` or a spelling";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.is_plain() && node.text().is_some_and(|text| text == "null") {
            return Some(EmitAst::Null);
        }
        cx.scalar(node, Self::WHAT).map(EmitAst::Text)
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": ["string", "null"] })
    }
}

ast! {
    /// Records told apart by a field.
    pub struct OneOfAst {
        /// The wire key whose text tells them apart.
        by: required Text,
        /// By that text: the record.
        of: required Named<Coded, Text>,
    }
}

ast! {
    /// How a change says which of its fields changed.
    pub struct ChangeAst {
        /// The route to the list of their names.
        changed: required PathAst,
    }
}
