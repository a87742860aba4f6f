//! Any bytes as specs: a located finding or a clean refusal, never a panic, a hang or unbounded memory.

use crossdock::diagnostic::concise;
use crossdock::pipeline::{self, Checked};
use crossdock::source::Loader;
use crossdock_tests::corpus;
use crossdock_tests::fuzz::all_located;
use crossdock_tests::mutate::{Dice, YAML, mutate};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

type Files = BTreeMap<String, Vec<u8>>;

const WORKSPACE: &str = "crossdock: 1\nname: harborline\n";

fn today() -> crossdock_runtime::Date {
    crossdock_runtime::time::parse_date("2026-06-01").unwrap()
}

fn check(files: &Files) -> Checked {
    let checked = pipeline::check_loaded(Loader::memory(files.clone()), today());
    all_located(&checked);
    checked
}

/// What is found in a workspace of one more file, one line each.
fn found_in(path: &str, bytes: impl Into<Vec<u8>>) -> String {
    let mut files = Files::from([("crossdock.yaml".to_owned(), WORKSPACE.as_bytes().to_vec())]);
    files.insert(path.to_owned(), bytes.into());
    let checked = check(&files);
    concise::render(&checked.diagnostics, checked.loader.sources())
}

fn found(text: impl Into<Vec<u8>>) -> String {
    found_in("a.yaml", text)
}

/// What is found in the cases' prelude with one line of its mapping replaced.
fn found_in_mapping(key: &str, expression: &str) -> String {
    let mut files = corpus::files(&corpus::folder("check/prelude")).unwrap();
    let mapping = String::from_utf8(files.remove("mapping.yaml").unwrap()).unwrap();
    let start = format!("  {key}: ");
    let with =
        |line: &str| if line.starts_with(&start) { format!("{start}{expression}\n") } else { format!("{line}\n") };
    files.insert("mapping.yaml".to_owned(), mapping.lines().map(with).collect::<String>().into_bytes());
    let checked = check(&files);
    concise::render(&checked.diagnostics, checked.loader.sources())
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..40 {
        let last = i - 1;
        let _ = writeln!(bomb, "a{i}: &a{i} [{}]", vec![format!("*a{last}"); 10].join(", "));
    }
    assert!(found(bomb).contains("error[SPEC007]"));
    assert!(found(format!("a: &a x\nb: [{}]\n", vec!["*a"; 2_000].join(", "))).contains("error[SPEC007]"));
    assert!(found("a: &a [*a]\n").contains("error["));
}

#[test]
fn nesting_of_any_kind_is_refused_beyond_its_limit() {
    let deep = 10_000;
    let mut block = String::new();
    // Indentation grows with the depth: less of it makes the same point in a file of honest size.
    for depth in 0..2_000 {
        let _ = writeln!(block, "{}a:", " ".repeat(depth));
    }
    for text in [
        "[".repeat(deep),
        format!("{}{}", "[".repeat(deep), "]".repeat(deep)),
        "{ a: ".repeat(deep),
        format!("{}x{}", "{ a: ".repeat(deep), " }".repeat(deep)),
        "- ".repeat(deep),
        "? ".repeat(deep),
        block,
    ] {
        let found = found(text.clone());
        assert!(found.contains("error[SPEC007]"), "{}…: {found}", &text[..20]);
    }
}

#[test]
fn a_file_of_100_mb_is_refused_by_its_size() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("crossdock.yaml"), WORKSPACE).unwrap();
    for name in ["huge.yaml", "huge.csv"] {
        // Sparse: it has the size and no content.
        fs::File::create(folder.path().join(name)).unwrap().set_len(100 << 20).unwrap();
    }
    let codes = "kind: codes\nname: Unit\ncodes: { A: x }\ncrosswalk: { shop: { from: huge.csv } }\n";
    fs::write(folder.path().join("codes.yaml"), codes).unwrap();
    fs::write(
        folder.path().join("shop.yaml"),
        "kind: system\nname: shop\nrole: erp\nteam: t\nregion: us\nauth: none\n",
    )
    .unwrap();
    let started = Instant::now();
    let checked = pipeline::check(folder.path(), today()).unwrap();
    all_located(&checked);
    let found = concise::render(&checked.diagnostics, checked.loader.sources());
    assert!(found.contains("huge.yaml:1:1: error[SPEC007] `huge.yaml` is larger than"), "{found}");
    assert!(found.contains("codes.yaml:4:28: error["), "{found}");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn bytes_that_are_no_text_are_located() {
    let text = found(*b"kind: team\nname: finance\ncontact: \xff\xfe\n");
    assert!(text.contains("a.yaml:3:10: error[SPEC001] `a.yaml` is not UTF-8"), "{text}");
    let text = found(b"\xff\xfek\0i\0n\0d\0".to_vec());
    assert!(text.contains("a.yaml:1:1: error[SPEC001]"), "{text}");
    assert!(found(*b"kind: team\nname: fin\0ance\n").contains("a.yaml:2:"));
    assert!(found(*b"kind: team\nname: \"fin\\0ance\"\n").contains("error[SPEC009]"));
    assert!(found(*b"kind: team\nname: \x1b[31mred\n").contains("error["));
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_no_problem() {
    let team = "kind: team\nname: finance\ncontact: a@example.com\n---\nkind: exception\nname: decode_failed\nclass: defect\nteam: finance\nsla: 4h\n";
    assert_eq!(found(format!("\u{feff}{team}")), "");
    assert_eq!(found(team.replace('\n', "\r\n")), "");
    // And places are those of the text as it stands.
    let text = found(format!("\u{feff}{}", team.replace("contact", "contcat").replace('\n', "\r\n")));
    assert!(text.contains("a.yaml:3:1: error[SPEC002] unknown key `contcat`"), "{text}");
}

#[test]
fn duplicate_keys_are_both_shown() {
    assert!(found("kind: team\nname: a\nname: b\n").contains("a.yaml:3:1: error[SPEC005] the key `name` stands twice"));
}

/// A system whose record is taken from a schema at a path.
fn schema(path: &str) -> String {
    format!(
        "kind: system\nname: shop\nrole: commerce\nteam: t\nregion: us\nauth: none\n\
         records: {{ Order: {{ schema: \"{path}\" }} }}\n---\nkind: team\nname: t\n"
    )
}

#[test]
fn a_schema_is_never_read_from_outside_the_workspace() {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("specs");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("crossdock.yaml"), WORKSPACE).unwrap();
    let secret = r#"{ "type": "object", "properties": { "outside": { "type": "string" } } }"#;
    fs::write(outer.path().join("secret.json"), secret).unwrap();
    let absolute = outer.path().join("secret.json").display().to_string();
    let found = |path: &str| {
        fs::write(inner.join("shop.yaml"), schema(path)).unwrap();
        let checked = pipeline::check(&inner, today()).unwrap();
        all_located(&checked);
        let read = checked.model.structs.rows().iter().any(|of| of.fields.iter().any(|field| field.name == "outside"));
        assert!(!read, "{path} was read");
        concise::render(&checked.diagnostics, checked.loader.sources())
    };
    for path in ["../secret.json", "a/../../secret.json", absolute.as_str(), "./../specs/../secret.json"] {
        let found = found(path);
        assert!(
            found.contains("shop.yaml:7:29: error[") && (found.contains("leaves") || found.contains("absolute")),
            "{found}"
        );
    }
    assert!(found("..\\secret.json").contains("shop.yaml:7:29: error["));
    assert!(found("").contains("shop.yaml:7:29: error["));
    assert!(found("/dev/zero").contains("shop.yaml:7:29: error["));
    links_outside(&inner, outer.path(), &found);
    // A reference inside a schema leaves it no more than a spec does.
    let reference = format!(r#"{{ "$ref": "{absolute}" }}"#);
    for text in [r#"{ "$ref": "../secret.json" }"#, r#"{ "$ref": "https://example.com/a.json" }"#, &reference] {
        fs::write(inner.join("order.json"), text).unwrap();
        let found = found("order.json");
        assert!(found.contains("shop.yaml:7:") && found.contains("error["), "{text}: {found}");
    }
}

#[cfg(unix)]
fn links_outside(inner: &Path, outer: &Path, found: &dyn Fn(&str) -> String) {
    std::os::unix::fs::symlink(outer.join("secret.json"), inner.join("link.json")).unwrap();
    std::os::unix::fs::symlink(outer, inner.join("folder")).unwrap();
    for path in ["link.json", "folder/secret.json"] {
        let found = found(path);
        assert!(
            found.contains("shop.yaml:7:29: error[") && found.contains("link that leaves the workspace"),
            "{found}"
        );
    }
    // A spec that is such a link is not read either.
    fs::write(outer.join("elsewhere.yaml"), "kind: nonsense\n").unwrap();
    std::os::unix::fs::symlink(outer.join("elsewhere.yaml"), inner.join("linked.yaml")).unwrap();
    let found = found("link.json");
    assert!(found.contains("linked.yaml:1:1: error[SPEC001]") && !found.contains("nonsense"), "{found}");
}

#[cfg(not(unix))]
fn links_outside(_: &Path, _: &Path, _: &dyn Fn(&str) -> String) {}

#[test]
fn names_that_rust_keeps_for_itself_are_names_like_any_other() {
    let text = found(
        "kind: value\nname: Box\nfields: { type: string, self: string, crate: string, async: string, fn: string }\n\
         ---\nkind: value\nname: Option\nfields: { match: Box, gen: string, try: list<Box> }\n\
         ---\nkind: codes\nname: Vec\ncodes: { Self: x, None: x, type: x }\n",
    );
    let errors: Vec<&str> = text.lines().filter(|line| line.contains("error[")).collect();
    assert_eq!(errors, Vec::<&str>::new());
}

#[test]
fn text_that_looks_like_code_stays_text() {
    let hostile = "\\\" */ } ]] --> ''' `rm` </script> \\u{202e} {{ x }} {% raw %} // ";
    let text = format!(
        "kind: codes\nname: Odd\ndescription: \"{hostile}\"\ncodes: {{ \"{hostile}\": \"{hostile}\", '\"#': x, '*/': x }}\n"
    );
    let text = text.replace("\\u{202e}", "\\u202e");
    let found = found(text);
    assert!(!found.contains("error["), "{found}");
}

#[test]
fn long_expressions_are_computed_or_refused_in_words() {
    let chain = |operand: &str, operator: &str, n: usize| format!("\"{}\"", vec![operand; n].join(operator));
    for (operand, operator) in [("src.id > 1", " && "), ("src.id == 7", " || ")] {
        let rule = chain(operand, operator, 1_200);
        let condition = format!("{} ? 'a' : 'b'\"", rule.trim_end_matches('"'));
        assert_eq!(found_in_mapping("order_id", &condition), "", "1,200 operands of{operator}");
    }
    for (operand, operator) in [("'a'", " + "), ("src.id", " - "), ("src.id > 1", " && "), ("src.id", " / ")] {
        let found = found_in_mapping("order_id", &chain(operand, operator, 9_000));
        assert!(found.contains("mapping.yaml:7:") && found.contains("error[SPEC007]"), "{found}");
    }
    for (open, close) in [("(", ")"), ("[", "]"), ("!", ""), ("-", ""), ("string(", ")"), ("true ? 1 : ", "")] {
        let text = format!("\"{}src.id{}\"", open.repeat(5_000), close.repeat(5_000));
        let found = found_in_mapping("order_id", &text);
        assert!(found.contains("mapping.yaml:7:") && found.contains("error[SPEC007]"), "{open}: {found}");
    }
    let list = format!("\"[{}].size() > 1 ? 'a' : 'b'\"", vec!["1"; 5_000].join(", "));
    assert_eq!(found_in_mapping("order_id", &list), "");
    let letters = format!("\"'{}'\"", "a".repeat(70_000));
    assert!(found_in_mapping("order_id", &letters).contains("error[SPEC007]"));
}

/// What is found in the cases' prelude with a flow of these steps.
fn found_in_flow(steps: &str) -> String {
    let mut files = corpus::files(&corpus::folder("check/prelude")).unwrap();
    let flow = format!(
        "kind: flow\nname: many\nversion: 1\nobject: Order\nkey: order.order_id\n\
         start: [ {{ event: shop.order_created, receive: shop_order }} ]\nsteps:\n{steps}"
    );
    files.insert("flow.yaml".to_owned(), flow.into_bytes());
    let checked = check(&files);
    concise::render(&checked.diagnostics, checked.loader.sources())
}

#[test]
fn flows_of_many_steps_are_judged_in_time() {
    let started = Instant::now();
    let each = |line: fn(usize) -> String| (0..10_000).map(line).collect::<String>();
    assert_eq!(found_in_flow(&each(|i| format!("  - {{ name: s{i}, wait: 1s }}\n"))), "");
    // All wait for one another, in one circle.
    let circle = found_in_flow(&each(|i| format!("  - {{ name: s{i}, wait: 1s, after: s{} }}\n", (i + 1) % 10_000)));
    assert_eq!(circle.lines().count(), 1, "{circle}");
    assert!(circle.contains("[FLOW012] steps wait for each other: `s0` > `s1`"), "{circle}");
    // All behind one that waits for itself.
    let behind = found_in_flow(&each(|i| format!("  - {{ name: s{i}, wait: 1s, after: s{} }}\n", i.saturating_sub(1))));
    assert_eq!(behind.lines().count(), 1, "{behind}");
    // Every name is wrong, or stands twice.
    let wrong = found_in_flow(&each(|i| format!("  - {{ name: s{i}, wait: 1s, after: t{i} }}\n")));
    assert_eq!(wrong.lines().filter(|line| line.contains("[NAME001]")).count(), 10_000);
    let twice = found_in_flow(&each(|_| "  - { name: s, wait: 1s }\n".to_owned()));
    assert!(twice.contains("[NAME002] the step `s` is defined twice"), "{twice}");
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
}

#[test]
fn records_and_values_that_hold_themselves_end() {
    let circle: String = (0..2_000)
        .map(|i| format!("kind: value\nname: V{i}\nfields: {{ next: V{}, all: list<V{}> }}\n---\n", (i + 1) % 2_000, i))
        .collect();
    let found = found(circle);
    assert!(found.contains("error[NAME005]"), "{found}");
}

#[test]
fn mutated_specs_give_located_findings() {
    let files = corpus::files(&corpus::folder("check/prelude")).unwrap();
    let mut dice = Dice::new(0x9e37_79b9_7f4a_7c15);
    let paths: Vec<&String> = files.keys().collect();
    for _ in 0..1_500 {
        let mut mutated = files.clone();
        let path = paths[dice.roll(paths.len())];
        mutated.insert(path.clone(), mutate(&files[path], &files[paths[dice.roll(paths.len())]], YAML, &mut dice));
        check(&mutated);
    }
}

/// Each file of the reference specs in turn, as often as a few seconds allow; the rest of the workspace stays whole.
#[test]
fn mutated_reference_specs_give_located_findings() {
    let root = corpus::folder("../specs");
    let files = corpus::files(&root).unwrap();
    let specs: Vec<&String> =
        files.keys().filter(|path| path.ends_with(".yaml") && !path.contains("fixtures")).collect();
    let mut dice = Dice::new(0x0123_4567_89ab_cdef);
    let started = Instant::now();
    for path in specs {
        if started.elapsed() > Duration::from_secs(8) {
            break;
        }
        let mut mutated = files.clone();
        mutated.insert(path.clone(), mutate(&files[path], b"", YAML, &mut dice));
        check(&mutated);
    }
}
