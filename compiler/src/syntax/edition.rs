//! The edition of the language that a workspace is written in.

use super::decode::{Reader, Syntax};
use super::schema::SchemaBuilder;
use super::yaml::Node;
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::Span;
use serde_json::{Value, json};

/// The one edition that there is.
pub const EDITION: &str = "1";

/// The edition that a workspace says it is written in. An unknown one was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EditionAst {
    /// Where it stands.
    pub span: Span,
}

impl Syntax for EditionAst {
    const WHAT: &'static str = "an edition";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let text = cx.scalar(node, Self::WHAT)?;
        if text.value != EDITION {
            let message = format!("there is no edition `{}` of the language", text.value);
            let finding = Diagnostic::new(rules::SPEC008, text.span, message);
            cx.report(finding.help(format!("this compiler knows edition {EDITION}: `crossdock: {EDITION}`")));
        }
        Some(EditionAst { span: text.span })
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "const": 1 })
    }
}
