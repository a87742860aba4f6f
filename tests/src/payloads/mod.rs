//! The real payloads: where they are, the cases over them, and how a result is compared with what a person read there.
//!
//! A case (`tests/payloads/*.yaml`) names payloads and says what they mean. Nothing here evaluates anything, so that the
//! same cases hold the evaluator and generated code to the same reading. Absent on purpose: the payloads themselves,
//! which are other people's and are not in the repository.

mod case;
mod compare;

pub use case::{Case, Given, Subject, cases};
pub use compare::{differences, shape_differences};

use std::path::{Path, PathBuf};

/// Names another place for the payloads.
pub const PLACE: &str = "CROSSDOCK_PAYLOADS";

/// The folder of the payloads; none if it is not there.
pub fn place() -> Option<PathBuf> {
    let given = std::env::var_os(PLACE).map(PathBuf::from);
    let place = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/payloads"));
    place.is_dir().then_some(place)
}
