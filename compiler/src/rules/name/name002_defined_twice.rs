//! NAME002 defined-twice: one name for two things
//!
//! Two documents of one kind, or an object, value and code list, have the same name; or two records, operations, codes or
//! fields of one element.
//!
//! Which is meant can't be known; the first is used and the second ignored until one is renamed.
//!
//! Bad:
//! ```yaml
//! kind: team
//! name: finance
//! ---
//! kind: team
//! name: finance
//! ```
//! Good:
//! ```yaml
//! kind: team
//! name: finance
//! ---
//! kind: team
//! name: finance_eu
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "NAME002", name: "defined-twice", severity: Severity::Error };
