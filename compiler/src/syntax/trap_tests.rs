//! The traps of YAML: each is named, its fix makes the file read as it was meant, and the rest is judged as well.

use super::*;
use crate::diagnostic::{Diagnostic, apply};
use crate::source::FileId;

fn read(text: &str) -> (SpecsAst, Vec<Diagnostic>) {
    let (specs, findings) = parse_file(FileId(0), text, false);
    (specs, findings.sorted())
}

/// The expressions of a mapping's fields, and of their cases.
fn values(specs: &SpecsAst) -> Vec<String> {
    let mut values = Vec::new();
    for (_, target) in &specs.mappings[0].fields {
        match &target.kind {
            TargetKind::Value(expr) => values.push(expr.text.clone()),
            TargetKind::Cases(cases) => {
                let exprs = cases.iter().flat_map(|case| [&case.when, &case.value, &case.otherwise]);
                values.extend(exprs.flatten().map(|expr| expr.text.clone()));
            }
            _ => {}
        }
    }
    values
}

/// Reads a mapping with one field written as `line`; the field must be found misread, mean `meant`, and be read so
/// without findings once the fix is applied.
fn trap(line: &str, meant: &[&str]) {
    let text = format!("kind: mapping\nname: m\nfrom: a.B\nto: C\nfields:\n  x: {line}\n  last: good\nbogus: 1\n");
    let (specs, findings) = read(&text);
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["SPEC010", "SPEC002"], "{line}: {findings:?}");
    let mut expected: Vec<&str> = meant.to_vec();
    expected.push("good");
    assert_eq!(values(&specs), expected, "{line}");
    let fixed = apply(FileId(0), &text, &findings);
    assert_eq!(fixed.applied, 1, "{line}");
    let (again, findings) = read(&fixed.text);
    assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), ["SPEC002"], "{}", fixed.text);
    assert_eq!(values(&again), expected, "{}", fixed.text);
}

#[test]
fn a_quote_at_the_start() {
    trap("'shopify-' + string(src.id)", &["'shopify-' + string(src.id)"]);
    trap("\"a\" + src.b", &["\"a\" + src.b"]);
    trap("{ value: 'x' + y }", &["'x' + y"]);
    trap("'it\\'s' + x # a comment", &["'it\\'s' + x"]);
    trap("\n    'x' + y", &["'x' + y"]);
}

#[test]
fn an_exclamation_mark_at_the_start() {
    trap("!has(src.x)", &["!has(src.x)"]);
    trap("!has(src.x) && src.y", &["!has(src.x) && src.y"]);
    trap("!!src.x", &["!!src.x"]);
    trap("{ value: !has(x) }", &["!has(x)"]);
    trap("\n    cases:\n      - { when: !has(a), value: b }\n      - { else: none }", &["!has(a)", "b", "none"]);
}

#[test]
fn an_asterisk_or_ampersand_at_the_start() {
    trap("*x", &["*x"]);
    trap("*x + 1", &["*x + 1"]);
    trap("{ value: *x }", &["*x"]);
    trap("&x", &["&x"]);
    trap("&& x", &["&& x"]);
}

#[test]
fn a_bracket_or_brace_at_the_start() {
    trap("[1, 2]", &["[1, 2]"]);
    trap("[]", &["[]"]);
    trap("[a, b].size()", &["[a, b].size()"]);
    trap("{'a': 1}", &["{'a': 1}"]);
    trap("{'a': 1}.size()", &["{'a': 1}.size()"]);
    trap("{ value: [a, b] }", &["[a, b]"]);
    trap("[a,\n    b]", &["[a,\n    b]"]);
}

#[test]
fn a_colon_and_a_blank() {
    trap("a ? b : c", &["a ? b : c"]);
    trap("{ value: a ? b : c }", &["a ? b : c"]);
    trap("'a' == b ? 'c' : d", &["'a' == b ? 'c' : d"]);
    trap(
        "\n    cases:\n      - when: x ? y : z\n        value: b\n      - { else: none }",
        &["x ? y : z", "b", "none"],
    );
}

#[test]
fn a_number_sign_in_quotes() {
    trap("src.a == 'x #1'", &["src.a == 'x #1'"]);
    trap("{ value: src.a == 'x #1' }", &["src.a == 'x #1'"]);
    trap("f('a #', b) # a comment", &["f('a #', b)"]);
}

#[test]
fn a_comma_brace_or_bracket_in_braces() {
    trap("{ value: f(a, b), touch: true }", &["f(a, b)"]);
    trap("{ value: a[0] + b }", &["a[0] + b"]);
    trap("{ value: f({'a': 1}) }", &["f({'a': 1})"]);
    trap("\n    cases: [ { when: f(a, b), value: x }, { else: y } ]", &["f(a, b)", "x", "y"]);
}

#[test]
fn every_trap_of_a_file_is_found_in_one_run() {
    let text = "kind: mapping\nname: m\nfrom: a.B\nto: C\nfields:\n  a: 'x' + y\n  b: !has(x)\n  c: { value: f(a, b) }\n\
                  \x20 d: a ? b : c\n  e: [a]\n---\nkind: value\nname: V\nfields: { a: { type: decimal(12,2)? } }\n";
    let (specs, findings) = read(text);
    assert_eq!(findings.len(), 6, "{findings:?}");
    assert!(findings.iter().all(|finding| finding.code == "SPEC010"));
    assert_eq!(values(&specs), ["'x' + y", "!has(x)", "f(a, b)", "a ? b : c", "[a]"]);
    assert!(specs.values[0].fields.get("a").unwrap().ty.optional);
    let fixed = apply(FileId(0), text, &findings);
    assert_eq!((fixed.applied, read(&fixed.text).1.len()), (6, 0), "{}", fixed.text);
}

#[test]
fn a_comment_after_an_open_bracket_has_no_fix() {
    let text = "kind: mapping\nname: m\nfrom: a.B\nto: C\nfields:\n  x: f(a #b\n";
    let findings = read(text).1;
    assert_eq!(findings.iter().map(|f| (f.code, f.fix.is_some())).collect::<Vec<_>>(), [("SPEC010", false)]);
}

#[test]
fn broken_yaml_is_not_taken_for_an_expression() {
    for text in
        ["kind: team\n   'x' + y\n   date: a\nname: b\n", "kind: team\nids ? a : b: { sap: x }\n", "a:{ b\nc: d\n"]
    {
        let findings = read(text).1;
        assert!(findings.iter().any(|f| f.code == "SPEC001"), "{text}: {findings:?}");
        assert!(findings.iter().all(|f| f.code != "SPEC010"), "{text}: {findings:?}");
    }
}

#[test]
fn what_is_written_well_is_left_alone() {
    let text = "kind: mapping\nname: m\nfrom: a.B\nto: C\ndescription: 'quoted' # a comment\nfields:\n  a: \"a ? b : c\"\n\
                  \x20 b: 'a, b'\n  c: src.x # comment\n  d: f(a, b)\n  e: a[0] == 'x'\n  f: { value: a == 'b' }\n";
    let (specs, findings) = read(text);
    assert_eq!(findings, Vec::<Diagnostic>::new());
    assert_eq!(values(&specs), ["a ? b : c", "a, b", "src.x", "f(a, b)", "a[0] == 'x'", "a == 'b'"]);
}

#[test]
fn a_text_that_is_quoted_well_is_not_quoted_again() {
    // The error is the colon without a key.
    for line in [r#":     "fields: { code: \"string?\" }""#, ":     'it''s: here'"] {
        let (_, found) =
            read(&format!("kind: system\nname: shop\nrecords:\n  Name:\n{line}\n    unmapped: {{ x: [name] }}\n"));
        assert!(found.iter().any(|finding| finding.code == "SPEC001"), "{found:?}");
        assert!(found.iter().all(|finding| finding.code != "SPEC010"), "{found:?}");
    }
}

#[test]
fn places_inside_a_misread_text_are_exact() {
    let text = "kind: mapping\nname: m\nfrom: a.B\nto: C\nfields:\n  x: 'a' + größe\n";
    let (specs, _) = read(text);
    let TargetKind::Value(expr) = &specs.mappings[0].fields.entries[0].1.kind else { panic!() };
    let at = u32::try_from(expr.text.find("größe").unwrap()).unwrap();
    assert_eq!(&text[expr.span_at(at..at + 7).range()], "größe");
}
