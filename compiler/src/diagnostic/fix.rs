//! Applying fixes to text.

use super::model::{Diagnostic, Fix};
use crate::source::FileId;

/// What applying fixes made of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// How many fixes are in it.
    pub applied: usize,
}

/// Applies the certain fixes of a file's findings to its text, from the end to the start so that offsets hold.
/// Of fixes that overlap, the one that starts later is applied; run again for the rest.
pub fn apply<'a>(file: FileId, text: &str, findings: impl IntoIterator<Item = &'a Diagnostic>) -> Fixed {
    let mut fixes: Vec<&Fix> =
        findings.into_iter().filter_map(|d| d.fix.as_ref()).filter(|f| f.certain && f.span.file == file).collect();
    fixes.sort_by_key(|fix| (fix.span.start, fix.span.end));
    fixes.dedup();
    let mut result = Fixed { text: text.to_owned(), applied: 0 };
    let mut limit = text.len();
    for fix in fixes.into_iter().rev() {
        let range = fix.span.range();
        if range.end <= limit && text.get(range.clone()).is_some() {
            result.text.replace_range(range.clone(), &fix.replacement);
            result.applied += 1;
            limit = range.start;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::super::model::{RuleId, Severity};
    use super::*;
    use crate::source::Span;

    const RULE: RuleId = RuleId { code: "SPEC010", name: "needs-quotes", severity: Severity::Error };

    fn finding(start: u32, end: u32, replacement: &str) -> Diagnostic {
        let span = Span::new(FileId(0), start, end);
        Diagnostic::new(RULE, span, "x").fix(span, replacement)
    }

    #[test]
    fn fixes_apply_from_the_end_and_never_overlap() {
        let findings = [finding(0, 1, "AA"), finding(4, 5, "E"), finding(0, 3, "-"), finding(4, 5, "E")];
        let fixed = apply(FileId(0), "abcde", &findings);
        assert_eq!(fixed, Fixed { text: "-dE".to_owned(), applied: 2 });
    }

    #[test]
    fn doubtful_fixes_and_those_of_other_files_are_left_alone() {
        let span = Span::new(FileId(1), 0, 1);
        let findings =
            [Diagnostic::new(RULE, span, "x").fix(span, "y"), Diagnostic::new(RULE, span, "x").maybe_fix(span, "z")];
        assert_eq!(apply(FileId(0), "a", &findings).applied, 0);
        assert_eq!(apply(FileId(1), "a", &findings).text, "y");
    }
}
