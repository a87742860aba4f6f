//! The tests in the specs: run by the evaluator, compared by value, and judged by what they reach.
//!
//! A test gives a mapping documents and says what becomes of them: a result ([`compare`]) or an exception. While tests
//! run, [`trace`] sees what is evaluated; [`points`] are what is there to be reached: target fields, branches, codes,
//! and the presence of optional sources. What no test reaches is a finding ([`mod@findings`], `MAP010`), and so is a key of a
//! fixture that its record does not declare ([`undeclared`], `MAP002`).
//!
//! Absent on purpose: showing results, which is the command line's, and keeping them from run to run: all tests of a
//! workspace take less time than reading it.

mod answers;
pub mod compare;
pub mod document;
mod findings;
mod functions;
mod meta;
mod points;
mod report;
mod runner;
mod trace;
mod undeclared;

pub use answers::answers;
pub use findings::findings;
pub use functions::functions;
pub use meta::{circumstances, setting};
pub use points::{Aspect, Of, Point};
pub use report::{Coverage, Problem, Report, Tally, TestResult};
pub use runner::{Case, case, run};
