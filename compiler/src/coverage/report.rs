//! The result of running all tests.

use super::compare::Difference;
use crate::model::{Id, Mapping, Test};
use crate::source::Span;
use crossdock_runtime::Failure;
use std::fmt;

/// One test.
#[derive(Debug)]
pub struct TestResult<'m> {
    /// Of which mapping.
    pub mapping: Id<Mapping>,
    /// The test as declared.
    pub test: &'m Test,
    /// What is wrong; none if it passed.
    pub problems: Vec<Problem>,
}

/// What is wrong with a test or its result.
#[derive(Debug)]
pub enum Problem {
    /// A file of the test can't be used, with its place.
    Unusable(String, Span),
    /// The result differs.
    Differs(Difference),
    /// It failed, where a result or another exception was expected.
    Failed(Failure),
    /// It did not fail, where this exception was expected.
    NotRaised(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unusable(why, _) => f.write_str(why),
            Problem::Differs(difference) => difference.fmt(f),
            Problem::Failed(failure) => write!(f, "it raised {failure}"),
            Problem::NotRaised(exception) => write!(f, "it did not raise `{exception}`"),
        }
    }
}

impl TestResult<'_> {
    /// Whether nothing is wrong.
    pub fn passed(&self) -> bool {
        self.problems.is_empty()
    }
}
