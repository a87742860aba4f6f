//! The examples of the language's description are a test: they are checked as a workspace, but for those of electronic
//! documents, which are read as the syntax that they are.
//!
//! The description lies in `../shared` beside the checkout where the project is developed; elsewhere this says so.

use crossdock::diagnostic::{Diagnostic, concise};
use crossdock::expr::ir::Kind;
use crossdock::model::{Bound, Does, Over, Received, StartFrom, StepKind, Takes, Undo};
use crossdock::pipeline::{self, Checked};
use crossdock::source::{FileId, Loader};
use crossdock::syntax;
use crossdock_tests::corpus;
use std::collections::BTreeMap;

/// The section whose example is `crossdock.yaml`.
const WORKSPACE: u32 = 1;
/// Sections that are checked together, since they speak of each other, and what of the prelude they stand in. Section 4
/// shows another shop than section 6 maps.
const TOGETHER: &[(&[u32], &[&str])] = &[
    (&[1, 3, 5, 6, 7, 8, 9], &["canonical", "people", "exceptions", "systems", "ongoing", "shopify", "flow"]),
    (&[3, 6], &["canonical", "people", "exceptions", "raised", "systems", "ongoing", "shopify"]),
    (&[3, 4], &["canonical", "people", "exceptions", "raised", "systems", "ongoing"]),
];
/// Rules on a landscape as a whole, of which an example shows a part. What it shows must resolve and have a type.
const WHOLE: &[&str] = &["MAP", "OWN", "DATA", "FLOW", "NAME004", "SPEC011"];

/// What the shop of section 4 names and does not show, by the text that it is put behind.
const SHOP: &[(&str, &str)] = &[
    ("config: { ", "user: string, "),
    ("      name: string\n", "      updated_at: string\n"),
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

/// Examples and files of the prelude as one workspace.
fn checked(examples: &[(u32, String)], prelude: &[&str]) -> Checked {
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
    pipeline::check_loaded(Loader::memory(files), today)
}

/// What is found in them, but for what an example need not answer.
fn found(examples: &[(u32, String)], prelude: &[&str]) -> String {
    let mut checked = checked(examples, prelude);
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

#[test]
fn the_flow_of_the_description_means_what_it_says() {
    let Some(text) = language() else { return };
    let (sections, prelude) = TOGETHER[0];
    let chosen: Vec<(u32, String)> = blocks(&text)
        .into_iter()
        .filter(|(section, block)| sections.contains(section) && !block.starts_with("records:"))
        .collect();
    let checked = checked(&chosen, prelude);
    let model = &checked.model;
    let flow = &model.flows[model.flows_by_name["order_to_cash"]];
    let system = |name: &str| model.systems_by_name[name];
    let step = |name: &str| flow.step(flow.step_named(name).unwrap()).unwrap();
    assert!(!flow.unresolved);
    assert_eq!((flow.root.as_str(), flow.steps.len(), flow.body.len()), ("order", 7, 4));

    // A start asks for what its mapping reads; an API's request is the object.
    let StartFrom::Event { event, fetch } = &flow.starts[1].from else { panic!("an event") };
    assert_eq!(fetch.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["order", "items"]);
    assert_eq!(fetch[1].ty.show(model), "list<amazon.Item>");
    assert_eq!(event.receive.as_ref().unwrap().into, Received::Create);
    assert!(matches!(flow.starts[2].from, StartFrom::Api { operation: 0, .. }));

    // A sum over nothing leaves the derived field as it is.
    assert_eq!(flow.derive[0].text, "lines.shipped");
    assert!(matches!(flow.derive[0].value.kind, Kind::Cond(..)));

    let StepKind::Call(submit) = &step("submit").kind else { panic!("a call") };
    assert_eq!(model.operation_name(submit.undo.as_ref().unwrap().operation), "sap.cancel_order");
    assert_eq!(model.operation_name(submit.redo.as_ref().unwrap().operation), "sap.change_order");
    let StepKind::Call(credit) = &step("check_credit").kind else { panic!("a call") };
    assert_eq!((credit.budget_ms, credit.failures[0].action.set[0].by), (Some(3_000), Some(system("sap"))));
    assert!(matches!(&credit.failures[0].action.does, Does::Raise(raise) if raise.name == "credit_hold"));
    let milestone = step("fulfil").milestone.as_ref().unwrap();
    assert_eq!((milestone.name.as_str(), milestone.set[0].by), ("shipped", Some(system("ongoing"))));

    // Groups have keys, items and identifiers; a wait inside is tied to a part by one of them.
    let fulfil = flow.step_named("fulfil").unwrap();
    let StepKind::Each(each) = &step("fulfil").kind else { panic!("each") };
    let Over::Groups { by, ids, .. } = &each.over else { panic!("groups") };
    assert_eq!((by.ty.show(model).as_str(), ids[0].0), ("Warehouse", system("ongoing")));
    let StepKind::Await(ship) = &step("ship").kind else { panic!("a wait") };
    assert_eq!(step("ship").parent, Some(fulfil));
    assert_eq!((ship.within_ms, ship.late.as_ref().unwrap().name.as_str()), (Some(432_000_000), "shipment_late"));
    for branch in &ship.branches {
        let bound = &branch.event.matches.as_ref().unwrap().bound;
        assert!(matches!(bound, Bound::Part(of, with) if *of == fulfil && *with == system("ongoing")));
    }
    assert_eq!(ship.branches[0].event.receive.as_ref().unwrap().into, Received::Kept(0));
    assert_eq!(ship.branches[1].event.receive.as_ref().unwrap().into, Received::Patch);

    let cancelled = &flow.interrupts[1];
    assert!(matches!(cancelled.event.matches.as_ref().unwrap().bound, Bound::Object(of) if of == system("salesforce")));
    let states = &model.codes[model.structs[flow.object].lifecycle.as_ref().unwrap().codes];
    assert_eq!(states.codes[usize::from(cancelled.until.unwrap().0)].code, "shipped");
    assert!(matches!(cancelled.action.does, Does::Undo(Undo::All, _)));

    let held = &flow.handlers[0];
    assert_eq!(held.resolve.iter().map(|(action, _)| *action).collect::<Vec<_>>(), [0, 1]);
    assert!(matches!(held.actions[0].2.does, Does::Goto(to, _) if to == flow.step_named("submit").unwrap()));
    let Does::Steps(cut, _) = &flow.handlers[1].actions[1].2.does else { panic!("steps") };
    assert_eq!(flow.step(cut[0]).unwrap().name, "cut_lines");

    let event = &model.events[model.events_by_name["order_changed"]];
    assert!(matches!(event.subscribers[0].takes, Takes::Call(_)));
    assert!(matches!(&event.subscribers[1].takes, Takes::Reads(Some(reads)) if reads.len() == 2));
    let submitted = &model.apis.rows()[0].operations[0];
    assert_eq!(submitted.answer.unwrap().after, flow.step_named("submit").unwrap());
    assert_eq!(model.apis.rows()[0].operations[1].shows, Some(model.flows_by_name["order_to_cash"]));
}
