//! EXPR006 unit-mismatch: currencies, units or time zones that don't go together
//!
//! Amounts of known, different currencies or quantities of known, different units are added or compared; a time without an
//! offset is taken for an instant; or a zone is named that does not exist.
//!
//! The number that comes out would look right and be wrong.
//!
//! Bad:
//! ```yaml
//! fields:
//!   placed_at: row.taken_at              # local_timestamp into timestamp
//! ```
//! Good:
//! ```yaml
//! fields:
//!   placed_at: row.taken_at.at('America/Chicago')
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "EXPR006", name: "unit-mismatch", severity: Severity::Error };
