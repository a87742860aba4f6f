//! Findings for people: the line, what is wrong in it, what belongs to it, what to do.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::{SourceFile, SourceMap, Span};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::ops::Range;

/// Labels further apart than this many lines get a snippet each.
const WINDOW: u32 = 30;
/// The longest line that is shown, in bytes; of longer ones the place is named alone.
const LINE_LIMIT: usize = 2_000;

/// All findings, a blank line after each; `colour` with terminal escapes.
pub fn render(findings: &[Diagnostic], sources: &SourceMap, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut output = String::new();
    for finding in findings {
        output.push_str(&renderer.render(&[group(finding, sources)]));
        output.push_str("\n\n");
    }
    output
}

fn group<'a>(finding: &'a Diagnostic, sources: &'a SourceMap) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(finding.message.as_str()).id(finding.code);
    let mut group = Group::with_title(title);
    for snippet in snippets(finding, sources) {
        group = group.element(snippet);
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

/// The labels of a finding, those near each other together.
fn snippets<'a>(
    finding: &'a Diagnostic,
    sources: &'a SourceMap,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let mut groups: Vec<(Window<'a>, Vec<(AnnotationKind, &'a Label)>)> = Vec::new();
    let primary = std::iter::once((AnnotationKind::Primary, &finding.primary));
    let related = finding.related.iter().map(|label| (AnnotationKind::Context, label));
    for (kind, label) in primary.chain(related) {
        let Some(file) = sources.file(label.span.file) else { continue };
        let window = Window::around(file, sources.shown(label.span.file), label.span);
        let near = groups.iter_mut().find(|(other, _)| other.joins(&window, label.span, finding.primary.span));
        if let Some((other, labels)) = near {
            other.widen(&window);
            labels.push((kind, label));
        } else {
            groups.push((window, vec![(kind, label)]));
        }
    }
    groups.into_iter().map(|(window, labels)| window.snippet(labels)).collect()
}

/// Some lines of a file.
struct Window<'a> {
    file: &'a SourceFile,
    path: String,
    first: u32,
    last: u32,
}

impl<'a> Window<'a> {
    /// The lines of a span; of a long one its first lines.
    fn around(file: &'a SourceFile, path: String, span: Span) -> Self {
        let first = file.position(span.start).line;
        let last = file.position(span.end.max(span.start)).line;
        Window { file, path, first, last: last.min(first + WINDOW) }
    }

    fn joins(&self, other: &Window<'_>, span: Span, primary: Span) -> bool {
        let (first, last) = (self.first.min(other.first), self.last.max(other.last));
        span.file == primary.file && self.file.path == other.file.path && last - first <= WINDOW
    }

    fn widen(&mut self, other: &Window<'_>) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    fn snippet(&self, labels: Vec<(AnnotationKind, &'a Label)>) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let range = self.file.line_start(self.first) as usize..self.file.line_start(self.last + 1) as usize;
        let text = self.file.text.get(range.clone()).unwrap_or("");
        let long = text.lines().any(|line| line.len() > LINE_LIMIT);
        let snippet = Snippet::source(if long { "" } else { text });
        let mut snippet = snippet.path(self.path.clone()).line_start(self.first as usize).fold(true);
        for (kind, label) in labels {
            let span = if long { 0..0 } else { clip(label.span, &range, text) };
            let annotation = kind.span(span);
            let text = (!label.text.is_empty()).then_some(label.text.as_str());
            snippet = snippet.annotation(annotation.label(text));
        }
        snippet
    }
}

/// A span within the lines that are shown, not past the line break that ends them.
fn clip(span: Span, range: &Range<usize>, text: &str) -> Range<usize> {
    let limit = text.trim_end_matches(['\n', '\r']).len();
    let at = |offset: u32| (offset as usize).saturating_sub(range.start).min(limit);
    let (start, end) = (at(span.start), at(span.end.max(span.start)));
    if text.is_char_boundary(start) && text.is_char_boundary(end) { start..end } else { 0..0 }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn both_sides_of_a_finding_are_shown() {
        let (findings, sources) = sample();
        let expected = "\
error[OWN003]: `sap` writes `total`, which `shopify` owns
 --> mappings/order.yaml:2:3
  |
2 |   total: src.größe
  |   ^^^^^ written here
  |
 ::: ownership.yaml:1:1
  |
1 | owner: shopify
  | ----- owner declared here
  |
  = help: let `shopify` supply it

";
        assert_eq!(render(&findings, &sources, false), expected);
    }

    #[test]
    fn any_span_is_shown_without_failing() {
        let (mut findings, sources) = sample();
        let file = findings.first().unwrap().primary.span.file;
        for (start, end) in [(0, 0), (0, 999), (999, 999), (5, 2), (20, 21), (21, 22)] {
            for finding in &mut findings {
                finding.primary.span = Span { file, start, end };
                finding.related.clear();
            }
            assert!(render(&findings, &sources, true).contains("OWN003"), "{start}..{end}");
        }
    }
}
