//! EXPR005 unknown-function: a function or mapping that does not exist
//!
//! An expression calls what is no function of the language, no value mapping, no lookup and none of the mapping's `functions:`.
//!
//! There is no way to call what is not declared: a mapping reads no clock, no network and no library.
//!
//! Bad:
//! ```yaml
//! fields:
//!   customer_reference: src.currency.toUpper()
//! ```
//! Good:
//! ```yaml
//! fields:
//!   order_id: string(src.id).upperAscii()
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "EXPR005", name: "unknown-function", severity: Severity::Error };
