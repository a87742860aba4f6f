//! Documents of all kinds: what is read, and what is said of what can't be.

use super::*;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Loader};
use std::collections::BTreeMap;

/// `CODE message (help)` of each finding.
fn said(findings: Vec<Diagnostic>) -> Vec<String> {
    findings.into_iter().map(|f| format!("{} {}", f.code, f.message)).collect()
}

fn read(text: &str) -> (SpecsAst, Vec<String>) {
    let (specs, findings) = parse_file(FileId(0), text, false);
    (specs, said(findings.sorted()))
}

fn findings(text: &str) -> Vec<String> {
    read(text).1
}

#[test]
fn every_error_of_a_document_is_reported_and_the_rest_is_kept() {
    let (specs, findings) = read(
        "kind: object\nname: Order\ndesciption: x\nkey: [id]\nfields:\n  id: string(36\n  Total: money\n  note: {}\n\
         \x20 ok: { type: int, class: secret }\nlifecycle: { transitions: { a: b } }\n",
    );
    assert_eq!(
        findings,
        [
            "SPEC002 unknown key `desciption`",
            "SPEC004 expected `,` after an argument, found the end",
            "SPEC009 `Total` is not written in snake_case",
            "SPEC003 `type` is missing",
            "SPEC004 `secret` is not `public`, `internal`, `personal` or `sensitive`",
            "SPEC003 `initial` is missing",
            "SPEC004 expected a list, found `b`",
        ]
    );
    let order = &specs.objects[0];
    assert_eq!(order.fields.names().collect::<Vec<_>>(), ["Total", "ok"]);
    assert_eq!(order.key.as_ref().unwrap()[0].value, "id");
}

#[test]
fn unknown_keys_and_kinds_have_a_suggestion() {
    let (_, findings) = parse_file(FileId(0), "kind: object\nname: A\nkey: a\nfeilds: {}\n---\nkind: maping\n", false);
    let helps: Vec<_> = findings.sorted().into_iter().map(|f| f.help.unwrap_or_default()).collect();
    assert_eq!(helps, ["did you mean `fields`?", "did you mean `mapping`?"]);
}

#[test]
fn names_follow_the_convention_of_what_they_name() {
    assert_eq!(findings("kind: team\nname: Finance\n"), ["SPEC009 `Finance` is not written in snake_case"]);
    assert_eq!(findings("kind: value\nname: order_line\n"), ["SPEC009 `order_line` is not written in PascalCase"]);
    assert_eq!(findings("kind: value\nname: \"\"\n"), ["SPEC009 a name may not be empty"]);
    let system = "kind: system\nname: sap\nrecords: { order: { fields: { \"@odata.etag\": string, A_B: int } } }\n";
    assert_eq!(findings(system), ["SPEC009 `order` is not written in PascalCase"]);
}

#[test]
fn codes_that_yaml_reads_in_two_ways_are_found_wherever_codes_stand() {
    let text = "kind: codes\nname: Country2\ncodes: { NO: Norway, \"NO\": x, OK: }\n\
                crosswalk: { sap: { 01: NO, a: { code: yes } } }\nunknown: { sap: off }\n---\n\
                kind: ownership\nname: o\nobject: Order\nowner: { NO: sap }\nfields: { x: { amend: sap, until: on } }\n";
    let (_, findings) = parse_file(FileId(0), text, false);
    let codes: Vec<_> = findings.sorted().into_iter().map(|f| (f.code, f.fix.map(|fix| fix.replacement))).collect();
    let quoted = |text: &str| ("SPEC006", Some(format!("\"{text}\"")));
    assert_eq!(
        codes,
        [
            quoted("NO"),
            ("SPEC005", None),
            quoted("01"),
            quoted("NO"),
            quoted("yes"),
            quoted("off"),
            quoted("NO"),
            quoted("on")
        ]
    );
}

#[test]
fn crosswalks_are_inline_or_in_a_file() {
    let text = "kind: codes\nname: ShipMethod\ncrosswalk:\n  shopify: { Standard: GROUND, from: AIR }\n\
                \x20 sap: { from: x.csv }\n  ups:\n    \"01\":\n      - { code: AIR, preferred: true, valid_to: 2026-12-31 }\n\
                \x20     - { code: GROUND, valid_from: 2027-01-01 }\n";
    let (specs, findings) = read(text);
    assert_eq!(findings, Vec::<String>::new());
    let crosswalk = &specs.codes[0].crosswalk;
    let rows = |system: &str| match crosswalk.get(system) {
        Some(CrosswalkAst::Inline(rows, _)) => {
            rows.iter().map(|(code, rows)| (code.value.clone(), rows.len())).collect::<Vec<_>>()
        }
        _ => Vec::new(),
    };
    assert_eq!(rows("shopify"), [("Standard".to_owned(), 1), ("from".to_owned(), 1)]);
    assert_eq!(rows("ups"), [("01".to_owned(), 2)]);
    assert!(matches!(crosswalk.get("sap"), Some(CrosswalkAst::File(file)) if file.value == "x.csv"));
}

#[test]
fn operations_and_their_paths_are_read_with_places() {
    let text = "kind: system\nname: shopify\nauth: { oauth2: { scopes: [a] } }\nlimits: { rate: 40/s }\n\
                defaults: { retry: { attempts: 4, backoff: 200ms..30s } }\noperations:\n\
                \x20 get: { http: \"GET /orders/{id}/{line}.json\", effect: read }\n  bad: { http: FETCH /x, effect: raed }\n";
    let (specs, findings) = read(text);
    assert_eq!(
        findings,
        ["SPEC004 `FETCH` is not `GET`, `POST`, `PUT`, `PATCH` or `DELETE`", "SPEC004 `raed` is not `read` or `write`"]
    );
    let system = &specs.systems[0];
    assert_eq!(system.auth.as_ref().unwrap().scheme.value, AuthWord::OAuth2);
    let backoff = system.defaults.as_ref().unwrap().retry.as_ref().unwrap().backoff.unwrap();
    assert_eq!((backoff.from, backoff.to), (Millis(200), Millis(30_000)));
    let params = system.operations.get("get").unwrap().http.as_ref().unwrap().params();
    let pointed: Vec<&str> = params.iter().map(|param| &text[param.span.range()]).collect();
    assert_eq!(pointed, ["id", "line"]);
}

#[test]
fn a_target_says_one_thing() {
    let mapping = |field: &str| format!("kind: mapping\nname: m\nfrom: a.B\nto: C\nfields:\n  x: {field}\n");
    let only = |field: &str| findings(&mapping(field));
    assert_eq!(only("{ value: a, cases: [{ else: b }] }"), ["SPEC002 `cases` cannot stand beside `value`"]);
    assert_eq!(only("{ value: a, as: b }"), ["SPEC002 `as` cannot stand beside `value`"]);
    assert_eq!(only("{ each: a }"), ["SPEC003 `each` needs `fields` or `value`: what an element becomes"]);
    assert_eq!(only("{ touch: a }"), ["SPEC003 a field needs `value`, `cases`, `each` or `fields`"]);
    assert_eq!(
        only("{ cases: [{ else: a }, { when: b, value: c }] }"),
        ["SPEC004 `else` stands before other cases, which can never hold"]
    );
    assert_eq!(
        only("{ cases: [{ when: b }] }"),
        ["SPEC004 a case has `when` and either `value` or `fields`, or `else` alone"]
    );
    assert_eq!(only("{ each: a, as: b, value: b.c, drop: [{ when: b.d, reason: x }] }"), Vec::<String>::new());
    assert_eq!(
        only("{ let: { a: b }, fields: { y: { cases: [{ when: a, fields: { z: b } }] } } }"),
        Vec::<String>::new()
    );
}

#[test]
fn the_workspace_says_its_edition() {
    let read = |text: &str| said(parse_file(FileId(0), text, true).1.sorted());
    assert_eq!(read("crossdock: 2\nname: x\n"), ["SPEC008 there is no edition `2` of the language"]);
    assert_eq!(read("name: x\n"), ["SPEC003 `crossdock` is missing"]);
    assert_eq!(
        read("crossdock: 1\nname: x\nrules: { NAME004: warning }\n"),
        ["SPEC004 `warning` is not `error`, `warn` or `off`"]
    );
    let waiver = "crossdock: 1\nname: x\nwaivers: [{ rule: MAP005, at: a.b, reason: r, until: 2027-02-29 }]\n";
    assert_eq!(read(waiver), ["SPEC003 `by` is missing", "SPEC004 `2027-02-29` is not a day, such as `2027-06-30`"]);
    assert_eq!(findings("crossdock: 1\nname: x\n"), ["SPEC003 `kind` is missing"]);
}

#[test]
fn a_workspace_is_read_file_by_file_in_order() {
    let files = [
        ("crossdock.yaml", "crossdock: 1\nname: x\n---\nkind: team\nname: first\n"),
        ("a.yaml", "kind: team\nname: second\n---\nkind: flow\nname: f\nversion: 1\nobject: Order\nkey: !x []\n"),
        (
            "b.yaml",
            "kind: team\nname: third\n---\nkind: object\nname: Order\nkey: [id\n---\nkind: event\nname: e\nversion: 1\nchannel: e\n",
        ),
        ("fixtures/c.yaml", "not: a spec"),
    ];
    let files: BTreeMap<String, Vec<u8>> =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let (specs, findings) = parse(&Loader::memory(files));
    let teams: Vec<&str> = specs.teams.iter().map(|team| team.name.as_str()).collect();
    assert_eq!(teams, ["first", "second", "third"]);
    assert_eq!(specs.workspace.unwrap().name.unwrap().value, "x");
    assert_eq!(specs.flows.iter().map(|flow| flow.name.as_str()).collect::<Vec<_>>(), ["f"]);
    assert_eq!(specs.events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["e"]);
    assert_eq!(specs.broken[0].name.as_ref().unwrap().value, "Order");
    let codes: Vec<&str> = findings.sorted().iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["SPEC010", "SPEC001", "SPEC003"]);
}

#[test]
fn files_that_cannot_be_read_are_findings() {
    let files =
        [("crossdock.yaml", b"crossdock: 1\nname: x\n".to_vec()), ("a.yaml", b"kind: team\nname: \xff\n".to_vec())];
    let files: BTreeMap<String, Vec<u8>> = files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes)).collect();
    let loader = Loader::memory(files);
    let findings = said(parse(&loader).1.sorted());
    assert!(findings.contains(&"SPEC001 `a.yaml` is not UTF-8".to_owned()), "{findings:?}");
}

#[test]
fn schemas_refer_to_what_they_define() {
    fn references(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(object) => {
                found.extend(object.get("$ref").and_then(|r| r.as_str()).map(str::to_owned));
                object.values().for_each(|value| references(value, found));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let kinds = KINDS.iter().map(|kind| kind_schema(kind).unwrap());
    for schema in kinds.chain([workspace_schema(), editor_schema()]) {
        let mut found = Vec::new();
        references(&schema, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(schema.pointer(pointer).is_some_and(serde_json::Value::is_object), "{reference} in {schema:#}");
        }
    }
    let mapping = kind_schema("mapping").unwrap();
    assert_eq!(mapping.pointer("/properties/kind/const").unwrap(), "mapping");
    assert_eq!(mapping.pointer("/required").unwrap(), &serde_json::json!(["kind", "name", "from", "to"]));
    assert!(kind_schema("flows").is_none());
}
