//! SPEC004 wrong-type: a value of another kind than the key takes
//!
//! A key has text where it takes a list, a word that is none of its words, a number that is not one, and so on.
//!
//! What was meant can't be guessed from another kind of value, and a guess would be a mapping that nobody wrote.
//!
//! Bad:
//! ```yaml
//! kind: object
//! name: Item
//! key: sku
//! fields: [sku, title]
//! ```
//! Good:
//! ```yaml
//! kind: object
//! name: Item
//! key: sku
//! fields: { sku: string(40), title: string }
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC004", name: "wrong-type", severity: Severity::Error };
