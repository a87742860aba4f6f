//! What does not compile: writes by who does not own, moves that the lifecycle has not, objects that nothing validated.

#[test]
fn what_the_specs_forbid_does_not_compile() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
