//! SPEC006 ambiguous-scalar: a code that YAML readers read in two ways
//!
//! A code or the key of a crosswalk is written bare and looks like a number, a bool, a date or nothing at all: `NO` (Norway)
//! is false to some readers, `1E5` a number, `00` and `010` lose their zeros, `1.10` its digit, `12:30` counts seconds.
//!
//! Codes are text to the last character. A tool beside this one that reads the same file would see another code.
//!
//! Bad:
//! ```yaml
//! kind: codes
//! name: ShipCountry
//! codes: { NO: Norway, SE: Sweden }
//! ```
//! Good:
//! ```yaml
//! kind: codes
//! name: ShipCountry
//! codes: { "NO": Norway, SE: Sweden }
//! ```
//! The fix, which `crossdock check --fix` applies, adds the quotes. It can't be waived or levelled.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC006", name: "ambiguous-scalar", severity: Severity::Error };
