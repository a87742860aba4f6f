//! The result of running all tests.

use super::compare::Difference;
use super::points::{Aspect, Point};
use super::trace::{Seen, Site};
use crate::model::{Id, Mapping, Test};
use crate::rules::RuleId;
use crate::source::Span;
use crossdock_runtime::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// All tests of a workspace and what they reach.
#[derive(Debug, Default)]
pub struct Report<'m> {
    /// Every test that was run, by mapping in order of declaration.
    pub tests: Vec<TestResult<'m>>,
    /// What there was to reach, by mapping; mappings with nothing to run are left out.
    pub coverage: Vec<Coverage<'m>>,
}

/// One test.
#[derive(Debug)]
pub struct TestResult<'m> {
    /// Of which mapping.
    pub mapping: Id<Mapping>,
    /// The test as declared.
    pub test: &'m Test,
    /// What is wrong; none if it passed.
    pub problems: Vec<Problem>,
    /// What was seen while it ran.
    pub(super) seen: BTreeMap<Site, Seen>,
    /// Keys of its payloads that no record declares, as wire paths; behind the input's name where there are several.
    pub(super) undeclared: BTreeSet<String>,
}

/// What is wrong with a test or its result.
#[derive(Debug)]
pub enum Problem {
    /// It can't be run: the rule that says so, why, and where.
    Unusable(RuleId, String, Span),
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
            Problem::Unusable(_, why, _) => f.write_str(why),
            Problem::Differs(difference) => difference.fmt(f),
            Problem::Failed(failure) => write!(f, "it raised {failure:#}"),
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

/// What the tests of a workspace reach of one mapping.
#[derive(Debug)]
pub struct Coverage<'m> {
    /// Which mapping.
    pub mapping: Id<Mapping>,
    /// The mapping.
    pub of: &'m Mapping,
    /// How many there are of each kind, and how many of them are reached.
    pub tallies: BTreeMap<Aspect, Tally>,
    /// What no test reaches.
    pub missed: Vec<Point>,
    /// Whether any test runs it at all, itself or by calling it.
    pub ran: bool,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Reached.
    pub reached: usize,
    /// There to be reached.
    pub of: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.reached, self.of)
    }
}
