//! MAP010 untested: a branch, an absent value or a code that no test reaches
//!
//! `crossdock test` runs the mapping's tests and sees which cases, branches, drops, optional sources and codes none of them
//! reaches. Of a crosswalk in a file, one known and one unknown code are enough. The finding names what was not reached.
//!
//! A branch that never ran is a guess about the vendor's payload. It is judged after all static rules, of every mapping that
//! type-checks. A crosswalk is one thing: it is enough that the test of any mapping reaches its code.
//!
//! Bad, where a line may come without `sku`:
//! ```yaml
//! tests:
//!   - { name: one row, input: fixtures/one.json, expect: fixtures/one.yaml }
//! ```
//! Good:
//! ```yaml
//! tests:
//!   - { name: one row, input: fixtures/one.json, expect: fixtures/one.yaml }
//!   - { name: no sku, input: fixtures/no-sku.json, raises: missing_sku }
//! ```
//!
//! Level it with `rules: { MAP010: off }`, or waive it at the mapping, the target or the crosswalk
//! (`at: shopify_order.lines.sku`, `at: ShipMethod.sap`).

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP010", name: "untested", severity: Severity::Warning };
