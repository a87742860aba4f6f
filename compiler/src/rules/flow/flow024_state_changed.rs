//! FLOW024 state-changed: the state of a flow changes and its version does not
//!
//! What is saved of an instance (its steps, what it keeps, the fields of its object) is not what the last build of the
//! same version says, or the version is lower than one that was built.
//!
//! Orders are under way when a new build is deployed. A state that claims to be of this version and is not can't be read, or
//! is read as something else; one of a newer version is left alone. With a version of its own each is brought up to date.
//!
//! Bad:
//! ```yaml
//! version: 1
//! keep: { shipments: { type: list<Parcel>, key: number } }   # version 1 was built without it
//! ```
//! Good:
//! ```yaml
//! version: 2
//! keep: { shipments: { type: list<Parcel>, key: number } }
//! ```
//! Found by `crossdock build`, against the schemas that it keeps in `flows/` of its output: one for each flow and version,
//! those of older versions as they were. It can't be waived or levelled. Where nothing of a version is stored anywhere yet,
//! take its schema away, or build with `--force`.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW024", name: "state-changed", severity: Severity::Error };
