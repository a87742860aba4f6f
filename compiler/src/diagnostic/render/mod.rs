//! Findings as text, one format per file. Each takes sorted findings and the source map, and gives the whole output.

pub mod concise;
pub mod github;
pub mod human;
pub mod json;
pub mod sarif;

/// Text on one line, without what a terminal would obey.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::{Diagnostic, RuleId, Severity};
    use crate::source::{SourceMap, Span};

    /// One finding with both sides, in two files, with letters beyond ASCII before and in them.
    pub(super) fn sample() -> (Vec<Diagnostic>, SourceMap) {
        let mut sources = SourceMap::new();
        let mapping = sources.add("mappings/order.yaml", "fields:\n  total: src.größe\n");
        let ownership = sources.add("ownership.yaml", "owner: shopify\n");
        let rule = RuleId { code: "OWN003", name: "write-by-non-owner", severity: Severity::Error };
        let message = "`sap` writes `total`, which `shopify` owns";
        let finding = Diagnostic::new(rule, Span::new(mapping, 10, 15), message)
            .label("written here")
            .related(Span::new(ownership, 0, 5), "owner declared here")
            .help("let `shopify` supply it");
        (vec![finding], sources)
    }
}
