//! FLOW025 step-gone: a step of an older version is gone, and nothing says what became of it
//!
//! A step that an older version of a flow has is neither in this one, nor named by a step as what it `was`, nor in the
//! flow's `drop`. One that moved into or out of an `each`, a choice or an action is not found again either: let the old name
//! be dropped, and give the step another.
//!
//! An order that stands in that step, or has passed it, can't be brought up to date: its state is left as it is and raised
//! to a team, order by order.
//!
//! Bad:
//! ```yaml
//! steps:
//!   - { name: hand_over, publish: order_changed }   # version 1 calls it `announce`
//! ```
//! Good:
//! ```yaml
//! steps:
//!   - { name: hand_over, publish: order_changed, was: [announce] }
//! ```
//! Found by `crossdock build`, against the schemas of older versions that it keeps in `flows/` of its output; once no state of
//! a version is stored anywhere, its schema can be taken away. It can't be waived or levelled.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW025", name: "step-gone", severity: Severity::Error };
