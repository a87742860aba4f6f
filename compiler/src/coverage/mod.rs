//! The tests in the specs: run by the evaluator, and compared by value.
//!
//! A test gives a mapping documents and says what becomes of them: a result ([`compare`]) or an exception.
//!
//! Absent on purpose: showing results, which is the command line's, and keeping them from run to run.

mod answers;
pub mod compare;
pub mod document;
mod meta;
mod report;
mod runner;

pub use answers::answers;
pub use meta::{circumstances, setting};
pub use report::{Problem, TestResult};
pub use runner::run;
