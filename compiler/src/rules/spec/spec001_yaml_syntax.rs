//! SPEC001 yaml-syntax: a file is not YAML
//!
//! A spec file can't be read as YAML. The rest of the workspace is read all the same.
//!
//! Nothing in the file is known then, and names that it declares are missing elsewhere: mend this first.
//!
//! Bad:
//! ```yaml
//! kind: team
//! name: finance
//!   contact: finance@example.com
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
pub const RULE: RuleId = RuleId { code: "SPEC001", name: "yaml-syntax", severity: Severity::Error };
