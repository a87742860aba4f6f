//! The conformance cases of the Common Expression Language, run through this project's parser, checker and evaluator.
//!
//! The cases are not part of this repository: they lie beside a checkout where the project is developed, or where
//! `CROSSDOCK_CEL` says. What the typed language leaves out is told by [`predicate`], or listed in `tests/cel/excluded.txt`.

pub mod case;
pub mod excluded;
pub mod predicate;
pub mod value;

pub use case::{Case, Outcome, cases, run};
pub use excluded::{Excluded, excluded};

use std::path::{Path, PathBuf};

/// The variable that names where the cases are.
pub const PLACE: &str = "CROSSDOCK_CEL";

/// Where the cases are, if they are present.
pub fn place() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cel-conformance");
    let place = std::env::var_os(PLACE).map_or_else(beside, PathBuf::from);
    place.join("basic.json").is_file().then_some(place)
}
