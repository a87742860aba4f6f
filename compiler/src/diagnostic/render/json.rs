//! Findings for programs, version 1. The shape is stable: keys may be added, none changes or goes.
//!
//! ```text
//! { "version": 1, "findings": [ {
//!     "code": "OWN003", "rule": "write-by-non-owner", "severity": "error" | "warning" | "note", "message": text,
//!     "file": path from the current folder, with `/`,
//!     "line", "column", "end_line", "end_column": from 1, columns in code points, the end exclusive,
//!     "help": text or null,
//!     "related": [ { "message", "file", "line", "column", "end_line", "end_column" } ]
//! } ] }
//! ```

use crate::diagnostic::{Diagnostic, Label};
use crate::source::{SourceMap, Span};
use serde_json::{Map, Value, json};

/// The version of the format.
pub const VERSION: u32 = 1;

/// All findings as one document, indented, with a line break at its end.
pub fn render(findings: &[Diagnostic], sources: &SourceMap) -> String {
    let findings: Vec<Value> = findings.iter().map(|finding| value(finding, sources)).collect();
    format!("{:#}\n", json!({ "version": VERSION, "findings": findings }))
}

fn value(finding: &Diagnostic, sources: &SourceMap) -> Value {
    let mut object = Map::new();
    object.insert("code".to_owned(), finding.code.into());
    object.insert("rule".to_owned(), finding.rule.into());
    object.insert("severity".to_owned(), finding.severity.word().into());
    object.insert("message".to_owned(), finding.message.as_str().into());
    place(&mut object, finding.primary.span, sources);
    object.insert("help".to_owned(), finding.help.as_deref().into());
    let related = |label: &Label| {
        let mut object = Map::new();
        object.insert("message".to_owned(), label.text.as_str().into());
        place(&mut object, label.span, sources);
        Value::Object(object)
    };
    object.insert("related".to_owned(), finding.related.iter().map(related).collect());
    Value::Object(object)
}

fn place(object: &mut Map<String, Value>, span: Span, sources: &SourceMap) {
    let (start, end) = (sources.start(span), sources.end(span));
    object.insert("file".to_owned(), sources.shown(span.file).into());
    object.insert("line".to_owned(), start.line.into());
    object.insert("column".to_owned(), start.column.into());
    object.insert("end_line".to_owned(), end.line.into());
    object.insert("end_column".to_owned(), end.column.into());
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use serde_json::{Value, json};

    #[test]
    fn the_shape_is_version_1() {
        let (findings, sources) = sample();
        let document: Value = serde_json::from_str(&super::render(&findings, &sources)).unwrap();
        let expected = json!({ "version": 1, "findings": [{
            "code": "OWN003", "rule": "write-by-non-owner", "severity": "error",
            "message": "`sap` writes `total`, which `shopify` owns",
            "file": "mappings/order.yaml", "line": 2, "column": 3, "end_line": 2, "end_column": 8,
            "help": "let `shopify` supply it",
            "related": [{
                "message": "owner declared here",
                "file": "ownership.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 6
            }]
        }] });
        assert_eq!(document, expected);
    }
}
