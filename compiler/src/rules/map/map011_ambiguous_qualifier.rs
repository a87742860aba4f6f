//! MAP011 ambiguous-qualifier: one qualifier, key or variant names two places
//!
//! Two fields of a record stand at the same place on the wire, two variants of a union have the same tag, or two segments of an
//! electronic document are told apart by conditions that can both hold.
//!
//! Only one of them would ever get the value, and which one is an accident of order.
//!
//! Bad:
//! ```yaml
//! records:
//!   Order:
//!     fields:
//!       ref: { type: string, from: reference }
//!       reference: string
//! ```
//! Good:
//! ```yaml
//! records:
//!   Order:
//!     fields:
//!       reference: string
//! ```
//! Level it with `rules: { MAP011: warn }`, or waive it at the record (`at: shopify.Order`).

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP011", name: "ambiguous-qualifier", severity: Severity::Error };
