//! SPEC003 missing-key: a key that must be there is not
//!
//! A document or element lacks a key without which it says nothing.
//!
//! There are no defaults that nobody wrote: who answers for a failure, or what a mapping makes, is said or it is unknown.
//!
//! Bad:
//! ```yaml
//! kind: mapping
//! name: shop_order
//! to: Order
//! ```
//! Good:
//! ```yaml
//! kind: mapping
//! name: shop_order
//! from: shop.Order
//! to: Order
//! intent: create
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC003", name: "missing-key", severity: Severity::Error };
