//! Findings: what they are, where they are collected, how they are shown.
//!
//! Problems in specs are never errors of a function: they are pushed into a [`Diagnostics`] and the work goes on.
//! Renderers turn a sorted list of findings into text, one format per file. Absent on purpose: the rules (a finding
//! only carries its rule's code, name and severity), levels and waivers, and any output.

mod fix;
mod model;
mod render;
mod sink;
mod suggest;

pub use fix::{Fixed, apply};
pub use model::{Diagnostic, Fix, Label, RuleId, Severity};
pub use render::{concise, github, human, json, sarif};
pub use sink::Diagnostics;
pub use suggest::{did_you_mean, suggest};
