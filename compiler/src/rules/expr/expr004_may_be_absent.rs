//! EXPR004 may-be-absent: a value that may be none where one is needed
//!
//! An optional goes where a value is needed: into a required target, an operator, a function, or a comparison with a plain
//! value.
//!
//! Nothing is lifted over optionals and nothing has a default that nobody wrote: an order with an empty text for what the
//! shop did not say is worse than one that is refused.
//!
//! Bad:
//! ```yaml
//! fields:
//!   order_id: src.po_number              # string(35)? into string(36)
//! ```
//! Good:
//! ```yaml
//! fields:
//!   order_id: src.po_number.orRaise(missing_sku)
//! ```
//! `orValue(x)`, `orRaise(exception)`, `optMap(v, …)` and `has(path) ? … : …` say what holds when there is none.
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "EXPR004", name: "may-be-absent", severity: Severity::Error };
