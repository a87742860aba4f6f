//! `kind: codes`: a code list and its crosswalks.

use super::decode::{Reader, Syntax, ast, words};
use super::list::OneOrMany;
use super::name::{CodeText, Coded, Free, Name, Named, Pascal, Text};
use super::quantity::DateAst;
use super::schema::SchemaBuilder;
use super::workspace::WaiverAst;
use super::yaml::Node;
use crate::source::{Span, Spanned};
use serde_json::{Value, json};

ast! {
    /// A code list, or crosswalks to a built-in one.
    pub struct CodesAst {
        /// The name, in `PascalCase`.
        name: required Name<Pascal>,
        /// What it is, in Markdown.
        description: optional Text,
        /// The built-in list that the crosswalks lead to, instead of codes.
        of: optional Spanned<BuiltinWord>,
        /// The codes, with what they mean.
        codes: default Named<Coded, CodeAst>,
        /// By system: its codes and what they stand for.
        crosswalk: default Named<Free, CrosswalkAst>,
        /// By system: what an unknown code becomes.
        unknown: default Named<Free, UnknownCodeAst>,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

words! {
    /// The built-in code lists.
    pub enum BuiltinWord {
        /// UN/ECE Recommendation 20.
        Unit = "unit",
        /// ISO 3166-1 alpha-2.
        Country = "country",
        /// ISO 4217 alpha-3.
        Currency = "currency",
    }
}

/// A code: nothing, what it means, or that with more.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CodeAst {
    /// What it means.
    pub description: Option<Text>,
    /// Since when or why it should not be used any more.
    pub deprecated: Option<Text>,
}

ast! {
    /// A code with more than its meaning.
    pub struct CodeKeys short description {
        /// What it means.
        description: optional Text,
        /// Since when or why it should not be used any more.
        deprecated: optional Text,
    }
}

impl Syntax for CodeAst {
    const WHAT: &'static str = "what a code means";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.is_null() {
            return Some(CodeAst::default());
        }
        let CodeKeys { description, deprecated, .. } = CodeKeys::read(node, cx)?;
        Some(CodeAst { description, deprecated })
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [{ "type": "null" }, CodeKeys::schema(cx)] })
    }
}

/// A system's codes and what they stand for.
#[derive(Debug, Clone, PartialEq)]
pub enum CrosswalkAst {
    /// By the system's code: one row, or several of different days.
    Inline(Named<Coded, OneOrMany<CrosswalkRowAst>>, Span),
    /// A CSV file, relative to the spec.
    File(Text),
}

ast! {
    /// What a system's code stands for.
    pub struct CrosswalkRowAst short code {
        /// The code of the list.
        code: required CodeText,
        /// Of several system codes for one code: whether this is the one for the way back.
        preferred: default bool,
        /// The first day on which it holds.
        valid_from: optional DateAst,
        /// The last day on which it holds.
        valid_to: optional DateAst,
    }
}

ast! {
    /// A crosswalk in a file.
    pub struct CrosswalkFile {
        /// A CSV file with the columns `system_code`, `code`, and perhaps `preferred`, `valid_from`, `valid_to`.
        from: required Text,
    }
}

impl Syntax for CrosswalkAst {
    const WHAT: &'static str = "a crosswalk";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        // `{ from: x.csv }` names a file; `{ from: GROUND }` would be a system's code `from`.
        if let [entry] = node.map()
            && entry.key.text == "from"
            && entry.value.text().is_some_and(|text| text.to_ascii_lowercase().ends_with(".csv"))
        {
            return CrosswalkFile::read(node, cx).map(|file| CrosswalkAst::File(file.from));
        }
        Syntax::read(node, cx).map(|rows| CrosswalkAst::Inline(rows, node.span))
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [CrosswalkFile::schema(cx), Named::<Coded, OneOrMany<CrosswalkRowAst>>::schema(cx)] })
    }
}

/// What a code that no crosswalk knows becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownCodeAst {
    /// A failure.
    Raise(Text),
    /// A code of the list.
    Code(CodeText),
}

ast! {
    /// A failure in the place of a value.
    pub struct RaiseAst {
        /// The exception.
        raise: required Text,
    }
}

impl Syntax for UnknownCodeAst {
    const WHAT: &'static str = "a code, or `raise` with an exception";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.is_map() {
            RaiseAst::read(node, cx).map(|ast| UnknownCodeAst::Raise(ast.raise))
        } else {
            CodeText::read(node, cx).map(UnknownCodeAst::Code)
        }
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [RaiseAst::schema(cx), CodeText::schema(cx)] })
    }
}
