//! SPEC003 missing-key: a key that must be there is not
//!
//! A document or element lacks a key without which it says nothing.
//!
//! Bad:
//! ```yaml
//! kind: mapping
//! name: shopify_order
//! to: Order
//! ```
//! Good:
//! ```yaml
//! kind: mapping
//! name: shopify_order
//! from: shopify.Order
//! to: Order
//! intent: create
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC003", name: "missing-key", severity: Severity::Error };
