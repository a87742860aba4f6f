//! The examples of the language's description are a test: those of parts that are built are checked as a workspace, the
//! others are read as the syntax that they are.
//!
//! The description lies in `../shared` beside the checkout where the project is developed; elsewhere this says so.

use crossdock::diagnostic::{Diagnostic, concise};
use crossdock::pipeline;
use crossdock::source::{FileId, Loader};
use crossdock::syntax;
use crossdock_tests::corpus;
use std::collections::BTreeMap;

/// The section whose example is `crossdock.yaml`.
const WORKSPACE: u32 = 1;
/// Sections that are checked together, since they speak of each other, and what of the prelude they stand in. Section 4
/// shows another shop than section 6 maps.
const TOGETHER: &[(&[u32], &[&str])] = &[
    (&[1, 3, 5, 7, 8], &["canonical", "people", "exceptions", "systems", "ongoing", "shopify"]),
    (&[3, 6], &["canonical", "people", "exceptions", "systems", "ongoing", "shopify"]),
    (&[3, 4], &["canonical", "people", "exceptions", "raised", "systems", "ongoing"]),
];
/// Rules on a landscape as a whole, of which an example shows a part. What it shows must resolve and have a type.
const WHOLE: &[&str] = &["MAP", "OWN", "DATA", "NAME004", "SPEC011"];

/// What the shop of section 4 names and does not show, by the text that it is put behind.
const SHOP: &[(&str, &str)] = &[
    ("config: { ", "user: string, "),
    (
        "records:\n",
        "  Fulfillment: { fields: { id: int } }
  Problem: { fields: { code: string } }
  OrderPage: { fields: { orders: list<Order>, next: string? } }
  StockFile: { fields: { id: int } }
  Document: { fields: { id: int } }
  Accepted: { fields: { id: int } }
  Status: { fields: { event_id: string, status: string, user: string } }
",
    ),
    (
        "operations:\n",
        "  cancel_fulfillment: { http: POST /cancel, request: Fulfillment, effect: write, idempotency: natural }\n",
    ),
];

fn language() -> Option<String> {
    let path = corpus::folder("../../shared/LANGUAGE.md");
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("not present: the description of the language");
    }
    text
}

/// The YAML blocks by section.
fn blocks(text: &str) -> Vec<(u32, String)> {
    let mut section = 0;
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        if let Some(block) = &mut open {
            if line == "```" {
                blocks.push((section, open.take().unwrap()));
            } else {
                block.push_str(line);
                block.push('\n');
            }
        } else if line == "```yaml" {
            open = Some(String::new());
        } else if let Some(number) = line.strip_prefix("## ").and_then(|rest| rest.split(' ').next()) {
            section = number.parse().unwrap();
        }
    }
    blocks
}

/// What is found in examples and files of the prelude as one workspace, but for what an example need not answer.
fn found(examples: &[(u32, String)], prelude: &[&str]) -> String {
    let mut files = BTreeMap::from([("crossdock.yaml".to_owned(), b"crossdock: 1\nname: harborline\n".to_vec())]);
    for (path, bytes) in corpus::files(&corpus::folder("language")).unwrap() {
        if path.strip_suffix(".yaml").is_none_or(|name| prelude.contains(&name)) {
            files.insert(path, bytes);
        }
    }
    for (section, block) in examples {
        let workspace = *section == WORKSPACE;
        let path = if workspace { "crossdock.yaml".to_owned() } else { format!("section-{section}.yaml") };
        let mut text = block.clone();
        for (line, more) in SHOP.iter().filter(|_| *section == 4) {
            text = text.replacen(line, &format!("{line}{more}"), 1);
        }
        files.insert(path, text.into_bytes());
    }
    let today = crossdock_runtime::time::parse_date("2026-06-01").unwrap();
    let mut checked = pipeline::check_loaded(Loader::memory(files), today);
    checked.diagnostics.retain(|finding| !set_aside(finding));
    concise::render(&checked.diagnostics, checked.loader.sources())
}

/// Rules on the whole, files and records that an example names and does not show, and what is refused in so many words
/// until it is built.
fn set_aside(finding: &Diagnostic) -> bool {
    if finding.message.ends_with("not built yet") || finding.message.ends_with("are built yet") {
        return true;
    }
    let elsewhere = finding.message.contains("`fixtures/") || finding.message.contains("vendor/");
    elsewhere || WHOLE.iter().any(|code| finding.code.starts_with(code))
}

#[test]
fn every_example_is_written_in_the_language() {
    let Some(text) = language() else { return };
    let blocks = blocks(&text);
    assert!(blocks.len() >= 9, "{} examples", blocks.len());
    for (section, block) in blocks {
        // The example of electronic documents shows the records of a system alone.
        let head = if block.starts_with("records:") { "kind: system\nname: partner\nrole: edi\n" } else { "" };
        let (_, findings) = syntax::parse_file(FileId(0), &format!("{head}{block}"), section == WORKSPACE);
        let found: Vec<String> = findings.sorted().into_iter().map(|d| format!("{}: {}", d.code, d.message)).collect();
        assert_eq!(found, Vec::<String>::new(), "section {section}");
    }
}

#[test]
fn examples_of_built_parts_resolve_and_have_types() {
    let Some(text) = language() else { return };
    let blocks = blocks(&text);
    for (sections, prelude) in TOGETHER {
        let chosen: Vec<(u32, String)> = blocks
            .iter()
            .filter(|(section, block)| sections.contains(section) && !block.starts_with("records:"))
            .cloned()
            .collect();
        assert_eq!(chosen.len(), sections.len());
        assert_eq!(found(&chosen, prelude), "", "sections {sections:?}");
    }
}
