//! The entry points of the fuzzers on mutated corpora, the same on every run: specs, expressions, payloads. `FUZZ=50`
//! makes fifty times as many mutants.

use crossdock_tests::mutate::{Dice, EXPRESSION, JSON, YAML, mutate};
use crossdock_tests::{cel, corpus, fuzz};
/// How many mutants there are: of all specs, of all expressions, of each mapping's payloads.
const SPECS: usize = 250;
const EXPRESSIONS: usize = 6_000;
const PAYLOADS: usize = 100;

/// The mutant at hand, shown if the test fails.
struct Shown<'b>(&'b [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("with {:?}", String::from_utf8_lossy(self.0));
        }
    }
}

/// Judges mutants of a corpus, now and then mutants of mutants; gives how many of them were accepted, of how many.
fn each_mutant(
    corpus: &[Vec<u8>],
    count: usize,
    pieces: &[&str],
    seed: u64,
    judge: impl Fn(&[u8]) -> bool,
) -> (usize, usize) {
    let mut dice = Dice::new(seed);
    let times = std::env::var("FUZZ").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let (mut accepted, count) = (0, count * times);
    for _ in 0..count {
        let one = &corpus[dice.roll(corpus.len())];
        let other = &corpus[dice.roll(corpus.len())];
        let mut mutant = mutate(one, other, pieces, &mut dice);
        if dice.roll(4) == 0 {
            mutant = mutate(&mutant, other, pieces, &mut dice);
        }
        let shown = Shown(&mutant);
        accepted += usize::from(judge(shown.0));
    }
    (accepted, count)
}

/// Some mutants are accepted and some are not, or they are not what this suite takes them for.
fn both((accepted, count): (usize, usize)) {
    assert!(accepted > count / 100 && accepted < count, "{accepted} of {count} are accepted");
}

fn specs() -> Vec<Vec<u8>> {
    let files = corpus::files(&corpus::folder("../specs")).unwrap();
    let specs = files.into_iter().filter(|(path, _)| path.ends_with(".yaml") && !path.contains("fixtures"));
    // One document is what a mutant has to do with; a file of a hundred takes long and shows no more.
    let documents = specs.flat_map(|(_, bytes)| {
        let text = String::from_utf8(bytes).unwrap();
        text.split("\n---\n").map(|document| document.as_bytes().to_vec()).collect::<Vec<_>>()
    });
    documents.collect()
}

#[test]
fn any_bytes_as_specs() {
    both(each_mutant(&specs(), SPECS, YAML, 0x9e37_79b9_7f4a_7c15, fuzz::spec));
}

/// Expressions over the variables that there are.
const OWN: &[&str] = &[
    "b && i > 3 || s == 'a'",
    "l.map(x, x * 2).filter(x, x > 2).size() == 3 ? 'many' : 'few'",
    "o.orValue('none') + string(i)",
    "l.exists(x, x == 1) && t.all(x, x.size() > 0)",
    "div(d, decimal('3.0'), 2, half_even) + round(d, 1, half_up)",
    "t.distinct().join(', ')",
    "l.groupBy(x, x % 2).map(g, g.items.sum(x, x))",
    "o.optMap(x, x.upperAscii()).orValue(s.substring(0, 2))",
    "[[1, 2], [3]].flatten().sum(x, x)",
    "{'a': 1, 'b': 2}['a'] + l[0]",
    "o.hasValue() ? o : s",
    "timestamp('2026-01-31T08:00:00+01:00') - duration('36h') < timestamp('2026-02-01T00:00:00Z')",
    "money(d, 'EUR') + money(decimal('1.00'), 'EUR')",
    "quantity(i, 'EA').value > decimal('2')",
    "-(-9223372036854775807 - 1)",
    r"r'\d+' + '\u00e9' + '''it's''' + s.replace('ß', 'ss')",
    "i / 0 == 1 || true",
    "l.first().orValue(0) + l.find(x, x > 2).orValue(9)",
    "t.where(x, x != 'a').one()",
    "t.join(l, x, string(x), y, string(y))",
];

/// Expressions of the language, and those of CEL's conformance cases where they are present.
fn expressions() -> Vec<Vec<u8>> {
    let conformance = cel::place().and_then(|place| cel::cases(&place).ok()).unwrap_or_default();
    let own = OWN.iter().map(|text| (*text).to_owned());
    own.chain(conformance.into_iter().map(|case| case.expr)).map(String::into_bytes).collect()
}

#[test]
fn any_bytes_as_an_expression() {
    let corpus = expressions();
    let refused: Vec<&&str> = OWN.iter().filter(|text| !fuzz::expression(text.as_bytes())).collect();
    assert!(refused.is_empty(), "{refused:?}");
    for text in &corpus {
        fuzz::expression(text);
    }
    both(each_mutant(&corpus, EXPRESSIONS, EXPRESSION, 0x0123_4567_89ab_cdef, fuzz::expression));
}

#[test]
fn any_bytes_as_a_payload() {
    let mut total = (0, 0);
    for (mapping, payloads) in fuzz::payloads() {
        let judge = |bytes: &[u8]| fuzz::payload(mapping, bytes);
        let (accepted, count) = each_mutant(&payloads, PAYLOADS, JSON, 0x2545_f491_4f6c_dd1d, judge);
        total = (total.0 + accepted, total.1 + count);
    }
    both(total);
}
