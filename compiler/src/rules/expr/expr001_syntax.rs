//! EXPR001 syntax: an expression can't be parsed
//!
//! Expressions are CEL. Strings stand in single quotes, codes as `Channel.WEB`.
//!
//! What can't be parsed has no type and no value: the rest of the mapping is judged, this part is not.
//!
//! Bad:
//! ```yaml
//! fields:
//!   placed_at: src.created_at +
//! ```
//! Good:
//! ```yaml
//! fields:
//!   placed_at: src.created_at
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "EXPR001", name: "syntax", severity: Severity::Error };
