//! SPEC007 resource-limit: a spec is larger or deeper than any honest one
//!
//! A file, a text, the nesting of a document or an expression, or the expansion of aliases is beyond its limit.
//!
//! Specs come with pull requests from anybody. The limits keep a hostile one from taking the machine, and are far above
//! what people write: 16 MiB a file, 64 levels of nesting, 1,000 uses of aliases, 1,000,000 values a file.
//!
//! Bad:
//! ```yaml
//! a: &a [x, x, x, x, x, x, x, x, x]
//! b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
//! c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
//! ```
//! and so on: nine times more with each line.
//!
//! Good:
//! ```yaml
//! kind: value
//! name: Parcel
//! fields: { weight: decimal, content: list<OrderLine> }
//! ```
//! What is repeated is written once, as a value or a value mapping, and named. It can't be waived or levelled.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC007", name: "resource-limit", severity: Severity::Error };
