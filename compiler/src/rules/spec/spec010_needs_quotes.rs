//! SPEC010 needs-quotes: an expression or type that YAML reads otherwise
//!
//! An expression or a type stands bare where YAML gives its characters a meaning of its own. Seven traps are known: it starts
//! with a quote; with `!` (a tag), `*` or `&` (an alias or anchor), `[` or `{` (a list or map); it holds `: ` (a key); it holds
//! ` #` (a comment); or, inside braces, a comma, brace or bracket.
//!
//! What YAML makes of it is another text, or a part of it, and the mapping would compute something else.
//!
//! Bad:
//! ```yaml
//! fields:
//!   order_id: 'shop-' + string(src.id)
//! ```
//! Good:
//! ```yaml
//! fields:
//!   order_id: "'shop-' + string(src.id)"
//! ```
//! The fix, which `crossdock check --fix` applies, adds the quotes. It can't be waived or levelled.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC010", name: "needs-quotes", severity: Severity::Error };
