//! Evaluator against generated code, on seeded mappings and seeded payloads. `CROSSDOCK_SEED` and `CROSSDOCK_MAPPINGS`
//! choose others.

use crossdock_tests::differential::harness::Bench;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn evaluator_and_generated_code_agree() {
    let mappings = usize::try_from(number("CROSSDOCK_MAPPINGS", 500)).expect("a small number");
    let started = std::time::Instant::now();
    let bench =
        Bench::new("differential", number("CROSSDOCK_SEED", 1), mappings, 8, 12).unwrap_or_else(|why| panic!("{why}"));
    println!(
        "{mappings} mappings, {} expressions of which {} are literals since the checker did not take them ({:?})",
        bench.workspace.expressions(),
        bench.workspace.replaced,
        started.elapsed()
    );
    let evaluated = bench.evaluated();
    println!("evaluated ({:?})", started.elapsed());
    let compiled = bench.compiled(&|_, text| text).unwrap_or_else(|why| panic!("{why}"));
    println!("compiled and run ({:?})", started.elapsed());
    assert_eq!(evaluated.len(), compiled.len());
    let failed = evaluated.iter().filter(|said| said.pointer("/result/failure").is_some()).count();
    println!("{} results, {failed} of them failures", evaluated.len());
    let differences = bench.differences(&evaluated, &compiled);
    let shown: Vec<String> = differences.iter().take(10).map(ToString::to_string).collect();
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), shown.join("\n"));
    assert!(failed * 10 > evaluated.len() && failed * 10 < evaluated.len() * 9, "too one-sided to show anything");
}

/// What a generator might get wrong, as changes of the Rust that it writes.
const MISTAKES: [(&str, &str, &str); 3] = [
    ("inequality for equality", " == ", " != "),
    ("absence taken for presence", ".is_present()", ".is_missing()"),
    ("both asked where one will do", "rt::logic::or(", "rt::logic::and("),
];

#[test]
fn a_wrong_generator_is_found_out() {
    for (what, right, wrong) in MISTAKES {
        let bench =
            Bench::new("mistaken", number("CROSSDOCK_SEED", 1), 32, 8, 12).unwrap_or_else(|why| panic!("{why}"));
        let evaluated = bench.evaluated();
        let compiled =
            bench.compiled(&|_, text| text.replace(right, wrong)).unwrap_or_else(|why| panic!("{what}: {why}"));
        let found = bench.differences(&evaluated, &compiled).len();
        println!("{what}: {found} of {} results differ", evaluated.len());
        assert!(found > 0, "{what} shows nowhere");
    }
}
