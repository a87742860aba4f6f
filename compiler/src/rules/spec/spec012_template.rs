//! SPEC012 template: a template that can't be rendered
//!
//! A template of a pack (`templates:` in `crossdock.yaml`) is not well-formed, reads something that is not there, takes too
//! many steps, writes too much, or has an output path that leaves the output folder or that something else has already.
//!
//! What is not defined is an error and never an empty text: a page that lacks what it should say looks like one that has
//! nothing to say.
//!
//! Bad:
//! ```yaml
//! files:
//!   - { template: notes.md.j2, each: once, path: ../../notes.md }
//! ```
//! Good:
//! ```yaml
//! files:
//!   - { template: notes.yaml, each: once, path: "{{ name }}.yaml" }
//! ```
//! What templates can read is described in `templates/README.md`. Found only in a workspace that is free of other errors.
//! It can't be waived or levelled.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "SPEC012", name: "template", severity: Severity::Error };
