//! `crossdock.yaml`: the workspace itself; and waivers, which stand there or on the element itself.

use super::decode::{ast, words};
use super::edition::EditionAst;
use super::name::{Free, Name, Named, Snake, Text};
use super::quantity::{DateAst, RateAst};
use crate::source::Spanned;

ast! {
    /// The workspace: what makes a folder of specs one contract set.
    pub struct WorkspaceAst {
        /// The edition of the language: 1.
        crossdock: expected EditionAst,
        /// The name, in `snake_case`.
        name: expected Name<Snake>,
        /// The version of this contract set.
        version: optional Text,
        /// What it is, in Markdown.
        description: optional Text,
        /// Declared load by flow, such as `120/s`.
        peak: default Named<Free, RateAst>,
        /// By data class and region of origin: the regions that the data may reach.
        residency: default Named<Free, Named<Free, Vec<Text>>>,
        /// Levels of rules, by code.
        rules: default Named<Free, Spanned<LevelWord>>,
        /// What generated Rust depends on.
        rust: optional RustAst,
        /// Packs of templates that are rendered beside everything else.
        templates: default Vec<TemplatePackAst>,
        /// Findings that are accepted, with reason, team and date.
        waivers: default Vec<WaiverAst>,
    }
}

ast! {
    /// What generated Rust depends on.
    pub struct RustAst {
        /// Where generated crates get their runtime from.
        runtime: optional RuntimeAst,
    }
}

ast! {
    /// Where generated crates get their runtime from: a folder or a version.
    pub struct RuntimeAst {
        /// A folder beside the workspace, from the workspace, as in `../runtime`; or an absolute path.
        path: optional Text,
        /// A version requirement.
        version: optional Text,
    }
}

ast! {
    /// A pack of templates: its folder, which holds a `manifest.yaml`.
    pub struct TemplatePackAst short pack {
        /// The folder, relative to the workspace.
        pack: required Text,
        /// The folder for its output, below that of everything generated; that folder itself unless said.
        out: optional Text,
    }
}

ast! {
    /// A finding that is accepted.
    pub struct WaiverAst {
        /// The rule's code.
        rule: required Text,
        /// The element, such as `order_to_sap.lines.price`; left out where the waiver stands on the element itself.
        at: optional Text,
        /// Why it is accepted.
        reason: expected Text,
        /// The team that accepts it.
        by: expected Text,
        /// The last day of its acceptance.
        until: expected DateAst,
    }
}

words! {
    /// How a rule's findings count.
    pub enum LevelWord {
        /// They stop the build.
        Error = "error",
        /// They are shown.
        Warn = "warn",
        /// They are not looked for.
        Off = "off",
    }
}
