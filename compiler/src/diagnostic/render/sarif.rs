//! Findings as SARIF 2.1.0, for code scanning.

use crate::diagnostic::{Diagnostic, Label};
use crate::source::{SourceMap, Span};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// All findings as one run, with a line break at the end. `version` is the compiler's; `documentation` gives what a
/// rule's code means, as Markdown whose first line is its title.
pub fn render(
    findings: &[Diagnostic],
    sources: &SourceMap,
    version: &str,
    documentation: &dyn Fn(&str) -> Option<String>,
) -> String {
    let rules: BTreeMap<&str, &str> = findings.iter().map(|finding| (finding.code, finding.rule)).collect();
    let codes: Vec<&str> = rules.keys().copied().collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, &codes, sources)).collect();
    let rules: Vec<Value> = rules.iter().map(|(code, name)| rule(code, name, documentation(code))).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "crossdock", "version": version, "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(code: &str, name: &str, documentation: Option<String>) -> Value {
    let mut rule = json!({ "id": code, "name": name });
    if let (Some(text), Some(object)) = (documentation, rule.as_object_mut()) {
        let title = text.lines().next().unwrap_or(name).to_owned();
        object.insert("shortDescription".to_owned(), json!({ "text": title }));
        object.insert("help".to_owned(), json!({ "text": text, "markdown": text }));
    }
    rule
}

fn result(finding: &Diagnostic, codes: &[&str], sources: &SourceMap) -> Value {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    let mut result = json!({
        "ruleId": finding.code,
        "ruleIndex": codes.iter().position(|code| *code == finding.code),
        "level": finding.severity.word(),
        "message": { "text": text },
        "locations": [{ "physicalLocation": place(finding.primary.span, sources) }],
    });
    let Some(object) = result.as_object_mut() else { return result };
    if !finding.related.is_empty() {
        let related = |(id, label): (usize, &Label)| {
            json!({
                "id": id,
                "message": { "text": label.text },
                "physicalLocation": place(label.span, sources),
            })
        };
        object.insert("relatedLocations".to_owned(), finding.related.iter().enumerate().map(related).collect());
    }
    if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.certain) {
        let replacement = json!({
            "deletedRegion": region(fix.span, sources),
            "insertedContent": { "text": fix.replacement },
        });
        let change = json!({
            "artifactLocation": { "uri": uri(&sources.shown(fix.span.file)) },
            "replacements": [replacement],
        });
        let description = finding.help.as_deref().unwrap_or(&finding.message);
        object.insert(
            "fixes".to_owned(),
            json!([{ "description": { "text": description }, "artifactChanges": [change] }]),
        );
    }
    result
}

fn place(span: Span, sources: &SourceMap) -> Value {
    json!({
        "artifactLocation": { "uri": uri(&sources.shown(span.file)) },
        "region": region(span, sources),
    })
}

fn region(span: Span, sources: &SourceMap) -> Value {
    let (start, end) = (sources.start(span), sources.end(span));
    json!({
        "startLine": start.line, "startColumn": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}

/// A relative reference, or the URI of a file outside the current folder: what is not plain in a path is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len() + 7);
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~') {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use serde_json::Value;

    #[test]
    fn results_refer_to_rules_and_places() {
        let (findings, sources) = sample();
        let log: Value =
            serde_json::from_str(&super::render(&findings, &sources, "1.2.3", &|_| Some("Title\n\nText".to_owned())))
                .unwrap();
        let at = |pointer: &str| log.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(at("/runs/0/tool/driver/rules/0/id"), "OWN003");
        assert_eq!(at("/runs/0/tool/driver/rules/0/shortDescription/text"), "Title");
        assert_eq!(at("/runs/0/results/0/ruleIndex"), 0);
        assert_eq!(at("/runs/0/results/0/locations/0/physicalLocation/region/endColumn"), 8);
        assert_eq!(at("/runs/0/results/0/relatedLocations/0/message/text"), "owner declared here");
    }

    #[test]
    fn paths_are_escaped() {
        assert_eq!(super::uri("a b/ü%.yaml"), "a%20b/%C3%BC%25.yaml");
        assert_eq!(super::uri("/a/b.yaml"), "file:///a/b.yaml");
    }
}
