//! What a target path of a mapping becomes: an expression, or a tree of cases, lists and nested fields.

use super::decode::{Reader, Syntax, ast};
use super::expr_text::{ExprText, ListText};
use super::name::{Free, Named, Snake, Text};
use super::path::ByPath;
use super::schema::SchemaBuilder;
use super::workspace::WaiverAst;
use super::yaml::Node;
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::Span;
use serde_json::Value;

/// What a target path becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetAst {
    /// Where it stands.
    pub span: Span,
    /// What it becomes.
    pub kind: TargetKind,
    /// In a patch: the condition under which it is touched, instead of the rule of missing sources.
    pub touch: Option<ExprText>,
    /// Why, in Markdown.
    pub description: Option<Text>,
    /// Findings about it that are accepted.
    pub waive: Vec<WaiverAst>,
}

/// The ways to say what a target path becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetKind {
    /// An expression.
    Value(ExprText),
    /// The first case that holds.
    Cases(Vec<CaseAst>),
    /// A list, element by element.
    Each(Box<EachAst>),
    /// Nested fields.
    Fields(FieldsAst),
    /// None of them could be read: a finding was given.
    Missing,
}

/// Nested fields, with named parts of their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FieldsAst {
    /// Named parts.
    pub lets: Named<Snake, ExprText>,
    /// By path from here.
    pub fields: ByPath<TargetAst>,
}

/// A list, element by element.
#[derive(Debug, Clone, PartialEq)]
pub struct EachAst {
    /// The source list.
    pub list: ExprText,
    /// The name of an element.
    pub element: Option<Text>,
    /// The name of its position, from 0.
    pub index: Option<Text>,
    /// In a patch: the identity of the line, by field.
    pub key: Named<Free, ExprText>,
    /// Elements that are left out, with the reason.
    pub drop: Vec<DropAst>,
    /// In a patch: whether the line is removed.
    pub removed: Option<ExprText>,
    /// Named parts and fields of the element.
    pub body: FieldsAst,
    /// The element itself, where it has no fields.
    pub value: Option<ExprText>,
}

ast! {
    /// What a target path becomes: an expression, or more.
    pub struct TargetKeys short value {
        /// An expression.
        value: optional ExprText,
        /// The first case that holds.
        cases: optional Vec<CaseAst>,
        /// A source list, of which each element becomes one.
        each: optional ListText,
        /// The name of an element of `each`.
        element as "as": optional Text,
        /// The name of its position, from 0.
        index: optional Text,
        /// In a patch: the identity of the line, by field.
        key: default Named<Free, ExprText>,
        /// Elements that are left out: counted, never silent.
        drop: default Vec<DropAst>,
        /// In a patch: whether the line is removed.
        removed: optional ExprText,
        /// Named parts.
        lets as "let": default Named<Snake, ExprText>,
        /// By path from here: what it becomes.
        fields: optional ByPath<TargetAst>,
        /// In a patch: the condition under which it is touched.
        touch: optional ExprText,
        /// Why, in Markdown.
        description: optional Text,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// A case: a condition and a value or nested fields; or what holds otherwise.
    pub struct CaseAst {
        /// The condition.
        when: optional ExprText,
        /// What it becomes if the condition holds.
        value: optional ExprText,
        /// What its fields become if the condition holds.
        fields: optional ByPath<TargetAst>,
        /// What it becomes if no condition before held.
        otherwise as "else": optional ExprText,
    }
}

ast! {
    /// Elements that are left out.
    pub struct DropAst {
        /// The condition.
        when: required ExprText,
        /// Why they are left out.
        reason: expected Text,
    }
}

impl Syntax for TargetAst {
    const WHAT: &'static str = "an expression, or what a field becomes";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let mut keys = TargetKeys::read(node, cx)?;
        let kind = kind(node, &mut keys, cx);
        let TargetKeys { span, touch, description, waive, .. } = keys;
        Some(TargetAst { span, kind, touch, description, waive })
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        TargetKeys::schema(cx)
    }
}

/// Keys that only stand beside `each`.
const OF_EACH: [&str; 5] = ["as", "index", "key", "drop", "removed"];

/// Chooses the one way that the keys say, and reports keys that belong to another.
fn kind(node: &Node<'_>, keys: &mut TargetKeys, cx: &mut Reader<'_>) -> TargetKind {
    let has = |key: &str| node.get(key).is_some();
    let lets = std::mem::take(&mut keys.lets);
    if let Some(list) = keys.each.take() {
        foreign(node, "each", &["cases"], cx);
        if keys.value.is_some() {
            foreign(node, "value", &["fields"], cx);
        } else if !has("fields") && !has("value") {
            missing(node, "`each` needs `fields` or `value`: what an element becomes", cx);
        }
        let fields = keys.fields.take().unwrap_or_default();
        return TargetKind::Each(Box::new(EachAst {
            list: list.0,
            element: keys.element.take(),
            index: keys.index.take(),
            key: std::mem::take(&mut keys.key),
            drop: std::mem::take(&mut keys.drop),
            removed: keys.removed.take(),
            body: FieldsAst { lets, fields },
            value: keys.value.take(),
        }));
    }
    if let Some(value) = keys.value.take() {
        foreign(node, "value", &["cases", "fields", "let"], cx);
        foreign(node, "value", &OF_EACH, cx);
        TargetKind::Value(value)
    } else if let Some(cases) = keys.cases.take() {
        foreign(node, "cases", &["fields", "let"], cx);
        foreign(node, "cases", &OF_EACH, cx);
        check_cases(&cases, cx);
        TargetKind::Cases(cases)
    } else if let Some(fields) = keys.fields.take() {
        foreign(node, "fields", &OF_EACH, cx);
        TargetKind::Fields(FieldsAst { lets, fields })
    } else {
        // A key that is there but could not be read has its own finding.
        if !["value", "cases", "each", "fields"].into_iter().any(has) && node.is_map() {
            missing(node, "a field needs `value`, `cases`, `each` or `fields`", cx);
        }
        TargetKind::Missing
    }
}

/// Every case has a condition and a value or fields, but the last may have `else` alone.
fn check_cases(cases: &[CaseAst], cx: &mut Reader<'_>) {
    for (index, case) in cases.iter().enumerate() {
        let last = index + 1 == cases.len();
        let becomes = usize::from(case.value.is_some()) + usize::from(case.fields.is_some());
        let problem = match (&case.when, becomes, &case.otherwise) {
            (Some(_), 1, None) => None,
            (None, 0, Some(_)) if last => None,
            (None, 0, Some(_)) => Some("`else` stands before other cases, which can never hold"),
            _ => Some("a case has `when` and either `value` or `fields`, or `else` alone"),
        };
        if let Some(problem) = problem {
            cx.report(Diagnostic::new(rules::SPEC004, case.span, problem));
        }
    }
}

fn missing(node: &Node<'_>, message: &str, cx: &mut Reader<'_>) {
    cx.report(Diagnostic::new(rules::SPEC003, node.head(), message));
}

/// Reports keys that can't stand beside `beside`.
fn foreign(node: &Node<'_>, beside: &str, keys: &[&str], cx: &mut Reader<'_>) {
    for entry in node.map() {
        if keys.contains(&entry.key.text.as_ref()) {
            let message = format!("`{}` cannot stand beside `{beside}`", entry.key.text);
            cx.report(Diagnostic::new(rules::SPEC002, entry.key.span, message));
        }
    }
}
