//! SPEC002 unknown-key: a key that the language does not know
//!
//! A document or element has a key that means nothing there.
//!
//! A mistyped key that was passed over would change what the spec means without a word: an `orignators` that nobody reads
//! leaves an object without originators.
//!
//! Bad:
//! ```yaml
//! kind: team
//! name: finance
//! contcat: finance@example.com
//! ```
//! Good:
//! ```yaml
//! kind: team
//! name: finance
//! contact: finance@example.com
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC002", name: "unknown-key", severity: Severity::Error };
