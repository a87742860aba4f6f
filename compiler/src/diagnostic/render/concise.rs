//! Findings one per line: `file:line:column: severity[CODE] message`.

use super::one_line;
use crate::diagnostic::Diagnostic;
use crate::source::SourceMap;
use std::fmt::Write as _;

/// All findings, a line each.
pub fn render(findings: &[Diagnostic], sources: &SourceMap) -> String {
    let mut output = String::new();
    for finding in findings {
        let span = finding.primary.span;
        let at = sources.start(span);
        let path = sources.shown(span.file);
        let (severity, code, message) = (finding.severity, finding.code, one_line(&finding.message));
        let _ = writeln!(output, "{path}:{}:{}: {severity}[{code}] {message}", at.line, at.column);
    }
    output
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;

    #[test]
    fn a_finding_is_a_line() {
        let (findings, sources) = sample();
        assert_eq!(
            super::render(&findings, &sources),
            "mappings/order.yaml:2:3: error[OWN003] `sap` writes `total`, which `shopify` owns\n"
        );
    }
}
