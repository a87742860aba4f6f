//! SPEC008 unknown-edition: the workspace is written in an edition that is not known
//!
//! `crossdock:` in `crossdock.yaml` names the edition of the language. This compiler does not know the one that is named.
//!
//! Reading a later edition as an earlier one could give old meaning to new words.
//!
//! Bad:
//! ```yaml
//! crossdock: 7
//! name: harborline
//! ```
//! Good:
//! ```yaml
//! crossdock: 1
//! name: harborline
//! ```
//! It can't be waived or levelled: such specs have no meaning that could be built.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC008", name: "unknown-edition", severity: Severity::Error };
