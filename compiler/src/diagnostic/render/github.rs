//! Findings as GitHub workflow commands: annotations on the lines of a pull request.

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceMap;
use std::fmt::Write as _;

/// All findings, a command each.
pub fn render(findings: &[Diagnostic], sources: &SourceMap) -> String {
    let mut output = String::new();
    for finding in findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let span = finding.primary.span;
        let (start, end) = (sources.start(span), sources.end(span));
        let file = property(&sources.shown(span.file));
        let title = property(&format!("{} {}", finding.code, finding.rule));
        let mut message = finding.message.clone();
        for label in &finding.related {
            let at = sources.start(label.span);
            let _ = write!(message, "\n{}:{}: {}", sources.shown(label.span.file), at.line, label.text);
        }
        if let Some(help) = &finding.help {
            let _ = write!(message, "\nhelp: {help}");
        }
        let line = start.line;
        // GitHub takes columns only within one line, and the last one inclusive.
        let columns = if end.line == line && end.column > start.column {
            format!(",col={},endColumn={}", start.column, end.column - 1)
        } else {
            String::new()
        };
        let end_line = end.line;
        let message = data(&message);
        let _ = writeln!(
            output,
            "::{command} file={file},line={line},endLine={end_line}{columns},title={title}::{message}"
        );
    }
    output
}

/// Text after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text of a property, where `:` and `,` have a meaning.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;

    #[test]
    fn text_from_specs_cannot_end_a_command() {
        let (mut findings, mut sources) = sample();
        sources.seen_from("a,b:c");
        let finding = findings.first_mut().unwrap();
        finding.message = "100% of\r\n::error::x".to_owned();
        finding.related.clear();
        assert_eq!(
            super::render(&findings, &sources),
            "::error file=a%2Cb%3Ac/mappings/order.yaml,line=2,endLine=2,col=3,endColumn=7,\
             title=OWN003 write-by-non-owner::100%25 of%0D%0A::error::x%0Ahelp: let `shopify` supply it\n"
        );
    }

    #[test]
    fn related_places_are_in_the_text() {
        let (findings, sources) = sample();
        assert!(super::render(&findings, &sources).contains("%0Aownership.yaml:1: owner declared here%0Ahelp"));
    }
}
