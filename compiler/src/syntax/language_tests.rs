//! The language's own description as a test: every example of the parts that are read decodes without findings.

use super::*;
use crate::source::FileId;
use std::path::Path;

/// The description, where the project is developed.
fn language() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/LANGUAGE.md");
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        eprintln!("not present: ../shared/LANGUAGE.md");
    }
    text
}

/// The YAML blocks of a section, by its number.
fn blocks(text: &str, section: u32) -> Vec<String> {
    let start = format!("\n## {section} ");
    let end = format!("\n## {} ", section + 1);
    let body = text.split_once(&start).map_or("", |(_, rest)| rest.split_once(&end).map_or(rest, |(body, _)| body));
    let parts = body.split("```yaml\n").skip(1);
    parts.filter_map(|part| part.split_once("\n```").map(|(block, _)| block.to_owned())).collect()
}

fn findings(text: &str, workspace: bool) -> Vec<String> {
    let (_, findings) = parse_file(FileId(0), text, workspace);
    let show = |d: crate::diagnostic::Diagnostic| {
        let line = text.get(..d.primary.span.start as usize).unwrap_or("").lines().count();
        format!("{line}: {} {} ({})", d.code, d.message, d.help.unwrap_or_default())
    };
    findings.sorted().into_iter().map(show).collect()
}

#[test]
fn every_example_of_the_language_is_read_without_findings() {
    let Some(text) = language() else { return };
    for section in 1..=9 {
        let blocks = blocks(&text, section);
        for block in &blocks {
            // The example of electronic documents shows the records of a system alone.
            let block = if block.starts_with("records:") {
                format!("kind: system\nname: partner\nrole: edi\n{block}")
            } else {
                block.clone()
            };
            assert_eq!(findings(&block, section == 1), Vec::<String>::new(), "section {section}:\n{block}");
        }
        assert_eq!(blocks.is_empty(), section == 2, "section {section} has other examples than expected");
    }
}
