//! Wrong declarations: every mistake is an error at its own place, all of them at once. The cases lie in `tests/ui`, with
//! the compiler's words; `TRYBUILD=overwrite` rewrites those.
//!
//! The test stands in this package because its cases are compiled with the dependencies of the package that runs them.

#[test]
fn what_is_wrong_is_said_where_it_is() {
    trybuild::TestCases::new().compile_fail("../tests/ui/*.rs");
}
