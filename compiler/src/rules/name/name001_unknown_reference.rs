//! NAME001 unknown-reference: a name that nothing has
//!
//! A type, system, record, operation, mapping, exception, team, code or path is named that is not declared. What has nearly the
//! same name is suggested.
//!
//! Rules that would judge what did not resolve are silent about it: mend this first.
//!
//! Bad:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Ordr
//! ```
//! Good:
//! ```yaml
//! kind: ownership
//! name: order_ownership
//! object: Order
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "NAME001", name: "unknown-reference", severity: Severity::Error };
