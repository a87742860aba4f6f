//! EXPR003 type-mismatch: a value of another type than its place takes
//!
//! An operand, an argument or a target's value has another type than its place. There are few implicit conversions: `int` to
//! `decimal`, a plain value where an optional is wanted, a shorter text into a longer one.
//!
//! A conversion that nobody wrote is a loss that nobody sees.
//!
//! Bad:
//! ```yaml
//! fields:
//!   order_id: src.id                     # an int into a string
//! ```
//! Good:
//! ```yaml
//! fields:
//!   order_id: string(src.id)
//! ```
//! A decimal with more decimals than its target takes is rounded in so many words: `round(x, 2, half_even)`. Records of a
//! system are not compared as wholes; compare the fields that tell one from another.
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "EXPR003", name: "type-mismatch", severity: Severity::Error };
