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
        Bench::new("differential", number("CROSSDOCK_SEED", 1), mappings, 8, 8).unwrap_or_else(|why| panic!("{why}"));
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
