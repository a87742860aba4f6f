//! EXPR002 unknown-field: a field that its record or object does not have
//!
//! An expression selects a field that is not declared, or selects from something that has no fields.
//!
//! What is not declared is not decoded: the value would never be there.
//!
//! Bad:
//! ```yaml
//! fields:
//!   total: money(src.totl_price, src.currency)
//! ```
//! Good:
//! ```yaml
//! fields:
//!   total: money(src.total_price, src.currency)
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "EXPR002", name: "unknown-field", severity: Severity::Error };
