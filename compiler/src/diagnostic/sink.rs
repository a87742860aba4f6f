//! Where findings are collected.

use super::model::{Diagnostic, Severity};

/// The findings of a run. Order of arrival does not matter: [`Diagnostics::sorted`] gives one order and no duplicates.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    findings: Vec<Diagnostic>,
}

impl Diagnostics {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding.
    pub fn push(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// Adds all findings of another.
    pub fn append(&mut self, other: Diagnostics) {
        self.findings.extend(other.findings);
    }

    /// How many there are, duplicates included.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether any of them keeps the specs from being built.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The findings in order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter()
    }

    /// Forgets those that came after the first `len`: for attempts that are given up.
    pub fn truncate(&mut self, len: usize) {
        self.findings.truncate(len);
    }

    /// Keeps those of which `keep` says so, after it had a chance to change them.
    pub fn retain_mut(&mut self, keep: impl FnMut(&mut Diagnostic) -> bool) {
        self.findings.retain_mut(keep);
    }

    /// The findings by file, position and code, each once.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.findings.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.primary.span.file, d.primary.span.start, d.primary.span.end);
            key(a).cmp(&key(b)).then_with(|| a.code.cmp(b.code)).then_with(|| a.message.cmp(&b.message))
        });
        self.findings.dedup_by(|b, a| a.code == b.code && a.primary.span == b.primary.span && a.message == b.message);
        self.findings
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, findings: I) {
        self.findings.extend(findings);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(findings: I) -> Self {
        Diagnostics { findings: findings.into_iter().collect() }
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.findings.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::RuleId;
    use super::*;
    use crate::source::{FileId, Span};

    const RULE: RuleId = RuleId { code: "SPEC002", name: "unknown-key", severity: Severity::Error };

    #[test]
    fn findings_are_ordered_by_place_and_given_once() {
        let at = |file, start| Span::new(FileId(file), start, start + 1);
        let mut sink = Diagnostics::new();
        sink.push(Diagnostic::new(RULE, at(1, 0), "c"));
        sink.push(Diagnostic::new(RULE, at(0, 9), "b"));
        sink.push(Diagnostic::new(RULE, at(0, 2), "a"));
        sink.push(Diagnostic::new(RULE, at(0, 9), "b"));
        let messages: Vec<String> = sink.sorted().into_iter().map(|d| d.message).collect();
        assert_eq!(messages, ["a", "b", "c"]);
    }
}
