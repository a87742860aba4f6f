//! Evaluator against generated code: seeded, well-typed mappings are generated as a workspace, compiled as crates, and run
//! on the same seeded payloads as the evaluator. Values, failures with all their places, keys and notes must be equal.
//!
//! `random` is where choices come from, `shape` what records look like, `scope` what may be read,
//! `grammar` makes expressions, `workspace` writes specs, `payload` makes inputs, `harness` compiles and compares.

pub mod grammar;
pub mod harness;
pub mod payload;
pub mod random;
pub mod scope;
pub mod shape;
pub mod workspace;
