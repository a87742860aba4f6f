//! SPEC004 wrong-type: a value of another kind than the key takes
//!
//! A key has text where it takes a list, a word that is none of its words, a number that is not one, and so on.
//!
//! Bad:
//! ```yaml
//! kind: object
//! name: Order
//! fields: [order_id, total]
//! ```
//! Good:
//! ```yaml
//! kind: object
//! name: Order
//! key: order_id
//! fields: { order_id: string(36), total: money }
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC004", name: "wrong-type", severity: Severity::Error };
