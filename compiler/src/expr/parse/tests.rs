use super::*;
use crate::expr::ast::BinaryOp;

/// The tree of a text without errors, with every operator in parentheses.
fn shape(text: &str) -> String {
    let (tree, errors) = parse(text);
    assert!(errors.is_empty(), "{text}: {errors:?}");
    grouped(&tree.unwrap())
}

fn grouped(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Binary { op, left, right, .. } => format!("({} {} {})", grouped(left), op.text(), grouped(right)),
        ExprKind::Cond { cond, then, other } => format!("({} ? {} : {})", grouped(cond), grouped(then), grouped(other)),
        _ => expr.to_string(),
    }
}

/// Every error as `span message (help)`.
fn errors(text: &str) -> Vec<String> {
    let (_, errors) = parse(text);
    let with_help = |e: ParseError| {
        let help = e.help.map(|h| format!(" ({h})")).unwrap_or_default();
        format!("{}..{} {}{help}", e.start, e.end, e.message)
    };
    errors.into_iter().map(with_help).collect()
}

fn limited(text: &str) -> bool {
    let (tree, errors) = parse(text);
    assert!(tree.is_none());
    matches!(errors.as_slice(), [ParseError { limit: true, .. }])
}

#[test]
fn operators_group_as_in_cel() {
    assert_eq!(shape("a || b && c == d + e * f"), "(a || (b && (c == (d + (e * f)))))");
    assert_eq!(shape("a * b + c < d && e || f"), "(((((a * b) + c) < d) && e) || f)");
    assert_eq!(shape("a - b - c"), "((a - b) - c)");
    assert_eq!(shape("a - (b - c)"), "(a - (b - c))");
    assert_eq!(shape("a == b in c"), "((a == b) in c)");
    assert_eq!(shape("a ? b : c ? d : e"), "(a ? b : (c ? d : e))");
    assert_eq!(shape("(a ? b : c) ? d : e"), "((a ? b : c) ? d : e)");
    assert_eq!(shape("a || b ? c : d || e"), "((a || b) ? c : (d || e))");
}

#[test]
fn a_sign_belongs_to_the_number_after_it() {
    let kind = |text: &str| parse(text).0.unwrap().kind;
    assert_eq!(kind("-9223372036854775808"), ExprKind::Int(i64::MIN));
    assert_eq!(kind("-0x8000000000000000"), ExprKind::Int(i64::MIN));
    assert_eq!(kind("-1.50"), ExprKind::Decimal("-1.50".to_owned()));
    assert_eq!(kind("18446744073709551615u"), ExprKind::Uint(u64::MAX));
    assert!(matches!(kind("-1.abs()"), ExprKind::Method { .. }));
    assert!(matches!(kind("-(1)"), ExprKind::Unary { .. }));
    assert_eq!(shape("a -1"), "(a - 1)");
    assert_eq!(shape("--x"), "--x");
    assert_eq!(shape("!!x.y"), "!!x.y");
}

#[test]
fn spans_cover_parentheses_of_operands_only() {
    let (tree, _) = parse("  (a + b) * c.d ");
    let tree = tree.unwrap();
    assert_eq!((tree.start, tree.end), (2, 15));
    let ExprKind::Binary { op: BinaryOp::Mul, left, right, op_start } = tree.kind else { panic!("a product") };
    assert_eq!(op_start, 10);
    assert_eq!((left.start, left.end), (3, 8));
    assert_eq!((right.start, right.end), (12, 15));
}

#[test]
fn calls_and_literals_end_after_their_bracket() {
    for text in ["f(a, b)", "a.f( b )", "a[ 0 ]", "[1, 2,]", "{'a': 1, }", "A.B{c: 1}", "(a).b", "-1", "a ? b : (c)"] {
        let tree = parse(text).0.unwrap();
        assert_eq!((tree.start as usize, tree.end as usize), (0, text.len()), "{text}");
    }
}

#[test]
fn everything_optional() {
    for text in ["a.?b", "a[?0]", "[?a, b]", "{?'a': b}", "M{?a: b}", "a.?b[?c].d"] {
        assert_eq!(shape(text), text);
    }
}

#[test]
fn names_that_are_words_elsewhere() {
    assert_eq!(shape("src.package.let"), "src.package.let");
    assert_eq!(shape("src.as()"), "src.as()");
    assert_eq!(shape("src.`content-type`.`a.b`"), "src.`content-type`.`a.b`");
    assert_eq!(shape("src.`plain`"), "src.plain");
    assert_eq!(shape("src.`in`"), "src.`in`");
    assert_eq!(shape(".a.b"), ".a.b");
    assert_eq!(shape("and.or"), "and.or");
}

#[test]
fn comments_and_blanks() {
    assert_eq!(shape("a // first\n  + b // 'second"), "(a + b)");
}

#[test]
fn what_was_meant_is_read_as_such() {
    let (tree, found) = parse("a = 1 and not b or c <> 2 & d | e");
    assert_eq!(grouped(&tree.unwrap()), "((((a == 1) && !b) || ((c != 2) && d)) || e)");
    assert_eq!(found.len(), 7);
    assert_eq!(errors("a = 1"), ["2..3 `=` is not an operator (did you mean `==`?)"]);
    assert_eq!(errors("a and b"), ["2..5 `and` is not an operator (did you mean `&&`?)"]);
    assert_eq!(errors("not a"), ["0..3 `not` is not an operator (did you mean `!`?)"]);
}

#[test]
fn every_broken_argument_is_told() {
    assert_eq!(
        errors("f(1 +, *, [2 3], x)"),
        [
            "5..6 a value is expected, found `,`",
            "7..8 a value is expected, found `*` (an operand is missing)",
            "13..14 `,` or `]` is expected, found `3`",
        ]
    );
    assert_eq!(errors("{'a' 1, b: }"), ["5..6 `:` is expected, found `1`", "11..12 a value is expected, found `}`"]);
}

#[test]
fn brackets_that_do_not_match() {
    assert_eq!(errors("f(a"), ["1..2 `(` is never closed (add `)`)"]);
    assert_eq!(errors("f([1, 2)"), ["7..8 `,` or `]` is expected, found `)`"]);
    assert_eq!(errors("(a"), ["0..1 `(` is never closed (add `)`)"]);
    assert_eq!(errors("a)"), ["1..2 `)` closes nothing"]);
    assert_eq!(errors("a[]"), ["2..3 a position or key is missing between the brackets"]);
    assert_eq!(errors("()"), ["0..2 a value is missing between the parentheses"]);
    assert_eq!(errors("f(a,)"), ["3..4 no argument follows this `,` (leave it out)"]);
    assert_eq!(errors("(a, b)"), ["2..3 `)` is expected, found `,`"]);
}

#[test]
fn precise_messages() {
    assert_eq!(errors(""), ["0..0 an expression is missing here"]);
    assert_eq!(errors("  // no more"), ["12..12 an expression is missing here"]);
    assert_eq!(errors("a b"), ["2..3 an operator is missing before `b`"]);
    assert_eq!(errors("a +"), ["3..3 a value is expected, found the end"]);
    assert_eq!(errors("a."), ["2..2 a field's name is expected after the dot, found the end"]);
    assert_eq!(errors("a.1"), ["1..3 `.1` is no field (a position stands in brackets: `a[0]`)"]);
    assert_eq!(errors("a.in"), ["2..4 `in` is a reserved word (select it in backticks: .`in`)"]);
    assert_eq!(errors("package"), ["0..7 `package` is a reserved word (it can name a field, after a dot)"]);
    assert_eq!(errors("a ? b"), ["5..5 `:` is expected for this `?`, found the end (write `condition ? a : b`)"]);
    assert_eq!(errors("a?.b"), ["1..3 `?.` is not an operator (a field that may be absent is selected with `.?`)"]);
    assert_eq!(errors("a ?? b"), ["3..4 a value is expected, found `?` (a value for none is written `a.orValue(b)`)"]);
    assert_eq!(
        errors("a ? b ? c : d : e"),
        [
            "6..7 a condition inside a condition needs parentheses (put parentheses around the inner condition: `a ? (b ? c : d) : e`)"
        ]
    );
    assert_eq!(
        errors("9223372036854775808"),
        [
            "0..19 an int lies between -9223372036854775808 and 9223372036854775807 (a larger number is a decimal: write it with a fraction, `.0`)"
        ]
    );
    assert_eq!(errors("`a`"), ["0..3 a name in backticks stands after a dot (only a field can be named so: src.`a`)"]);
    assert_eq!(
        errors("a is null"),
        [
            "2..4 an operator is missing before `is` (compare with `==`; ask `has(x)` for presence, `isNull(x)` for null)"
        ]
    );
}

#[test]
fn an_unclosed_text_hides_what_follows_from_it() {
    assert_eq!(
        errors("f(a + 'b, c)"),
        ["6..12 this text is never closed (add the `'` that ends it; a `'` inside is written `\\'`)"]
    );
    assert_eq!(errors("f(a = 1, 'b)").len(), 2);
    assert_eq!(
        errors("'it's'"),
        [
            "0..6 this text ends at the quote inside it (a `'` inside is written `\\'`, or the text stands in the other quotes)"
        ]
    );
}

#[test]
fn chains_up_to_the_limit_are_read() {
    let long = |part: &str, n: usize| vec!["a"; n].join(part);
    assert!(parse(&long(" + ", 250)).0.is_some());
    assert!(limited(&long(" + ", 251)));
    assert!(parse(&long(".", 250)).0.is_some());
    assert!(parse(&format!("{}a", "a ? b : ".repeat(249))).0.is_some());
    assert!(parse(&format!("{}a", "!".repeat(249))).0.is_some());
    assert!(parse(&format!("{}a{}", "(".repeat(99), ")".repeat(99))).0.is_some());
    assert!(parse(&format!("[{}]", long(", ", 9_999))).0.is_some());
    assert!(limited(&format!("[{}]", long(", ", 10_000))));
}

#[test]
fn a_long_chain_of_a_logical_operator_is_no_deep_tree() {
    for op in [" && ", " || "] {
        let (tree, errors) = parse(&vec!["a"; 5_000].join(op));
        assert!(tree.is_some(), "{errors:?}");
        assert!(limited(&vec!["a"; 5_001].join(op)), "more than may be in one expression");
    }
    // Short ones group to the left, as they are written; others end where a looser operator follows.
    assert_eq!(shape("a && b && c || d || e"), "((((a && b) && c) || d) || e)");
    let mixed = shape(&format!("{} || b", vec!["a"; 1_000].join(" && ")));
    assert!(mixed.ends_with(" || b)") && mixed.matches('a').count() == 1_000);
}

#[test]
fn deep_and_long_input_is_refused() {
    for n in [1_000, 10_000] {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("a[", "]"),
            ("f(", ")"),
            ("{1:", "}"),
            ("A{b:", "}"),
            ("!", ""),
            ("-", ""),
            ("a+(", ")"),
        ] {
            assert!(limited(&format!("{}a{}", open.repeat(n), close.repeat(n))), "{n} times {open}");
            assert!(limited(&format!("{}a", open.repeat(n))), "{n} times {open}, never closed");
        }
        for chain in ["a.", "a + ", "a ? b : ", "a in ", "a ? b :\n"] {
            assert!(limited(&format!("{}a", chain.repeat(n))), "{n} times {chain}");
        }
        assert!(limited(&format!("a{}", "[0]".repeat(n))));
    }
    assert!(limited(&"a".repeat(MAX_LENGTH + 1)));
}

#[test]
fn no_bytes_break_the_parser() {
    let parts = [
        "(", ")", "[", "]", "{", "}", ",", ".", "?", ":", "'", "\"", "'''", "`", "\\", "\\u", "a", "b'", "r\"", "in",
        "not ", "and ", "true", "if", "1", "0x", "1.", ".5", "e5", "u", "-", "!", "=", "==", "&", "&&", "//", "\n",
        " ", "é", "\0", "€", "\u{2019}",
    ];
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            text.push_str(parts[usize::try_from(seed % parts.len() as u64).unwrap()]);
        }
        let (tree, errors) = parse(&text);
        assert!(tree.is_some() || !errors.is_empty(), "nothing is said about {text:?}");
        for e in errors {
            assert!(e.start <= e.end && text.get(e.start as usize..e.end as usize).is_some(), "{text:?}: {e:?}");
        }
    }
}
