//! Crossdock: a compiler for integration contracts.
//!
//! Architects describe, in YAML, the business objects of order-to-cash, which system owns each field, and how every
//! system's payload maps to them. Crossdock proves the set consistent and generates what a runtime deploys. The whole
//! run is on one page: [`pipeline`].

#[cfg(feature = "cli")]
pub mod cli;
pub mod compat;
pub mod coverage;
pub mod diagnostic;
pub mod emit;
pub mod eval;
pub mod expr;
pub mod lower;
pub mod model;
pub mod pipeline;
pub mod resolve;
pub mod rules;
pub mod script;
pub mod simulate;
pub mod source;
pub mod syntax;
pub mod write;

pub use script::{Build, BuildError, build};
