//! SPEC009 bad-name: a name in another case than its kind is written in
//!
//! Fields, systems, operations, mappings, exceptions and teams are named in `snake_case`; objects, values, code lists and
//! records in `PascalCase`. A record's fields keep their wire names, codes are free text.
//!
//! One way to write a name lets a reader tell a type from a field at sight, and generated code never renames anything.
//!
//! Bad:
//! ```yaml
//! kind: object
//! name: sales_order
//! key: orderId
//! fields: { orderId: string }
//! ```
//! Good:
//! ```yaml
//! kind: object
//! name: SalesOrder
//! key: order_id
//! fields: { order_id: string }
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC009", name: "bad-name", severity: Severity::Error };
