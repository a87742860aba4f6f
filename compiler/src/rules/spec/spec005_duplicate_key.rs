//! SPEC005 duplicate-key: a key stands twice in one map
//!
//! YAML readers take the last of two equal keys and drop the first in silence. Here both are shown.
//!
//! Which one was meant can't be known, and a field, code or mapping would be lost.
//!
//! Bad:
//! ```yaml
//! fields:
//!   total: money
//!   currency: currency
//!   total: decimal
//! ```
//! Good:
//! ```yaml
//! fields:
//!   total: money
//!   currency: currency
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC005", name: "duplicate-key", severity: Severity::Error };
