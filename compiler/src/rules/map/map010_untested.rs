//! MAP010 untested: a branch, an absent value or a code that no test reaches
//!
//! `crossdock test` runs the mapping's tests and sees which cases, branches, drops, optional sources and codes none of them
//! reaches. Of a crosswalk in a file, one known and one unknown code are enough. The finding names what was not reached.
//!
//! A branch that never ran is a guess about the vendor's payload. It is judged after all static rules, and only for mappings
//! without errors.
//!
//! Bad:
//! ```yaml
//! tests:
//!   - { name: two lines, input: fixtures/two-lines.json, expect: fixtures/two-lines.yaml }
//! ```
//! Good, for a mapping with `sku: line.sku.orRaise(missing_sku)`:
//! ```yaml
//! tests:
//!   - { name: two lines, input: fixtures/two-lines.json, expect: fixtures/two-lines.yaml }
//!   - { name: no sku, input: fixtures/no-sku.json, raises: missing_sku }
//! ```
//! Level it with `rules: { MAP010: off }`, or waive it at the mapping or the target (`at: shopify_order.lines.sku`).

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP010", name: "untested", severity: Severity::Warning };
