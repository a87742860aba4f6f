//! The workspace itself: name, version, levels of rules, waivers.

use crate::source::Span;
use std::collections::BTreeMap;

/// What `crossdock.yaml` says.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// Its name, `snake_case`.
    pub name: String,
    /// The version of this contract set.
    pub version: String,
    /// Markdown.
    pub description: Option<String>,
    /// Levels of rules by code: `error`, `warn`, `off`.
    pub levels: BTreeMap<String, String>,
    /// Where generated crates get their runtime from: a path relative to the workspace, or a version.
    pub runtime_path: Option<String>,
    /// A version requirement of the runtime.
    pub runtime_version: Option<String>,
    /// All waivers, wherever they stand.
    pub waivers: Vec<Waiver>,
    /// The user's own template packs, in order.
    pub templates: Vec<TemplatePack>,
}

/// A template pack, and where its output goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplatePack {
    /// The pack's folder, from the workspace's.
    pub pack: String,
    /// The folder for its output, from that of everything generated.
    pub out: String,
    /// Where the pack is named.
    pub span: Span,
}

/// A finding that is accepted.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The rule's code.
    pub rule: String,
    /// Where the finding is.
    pub place: WaiverPlace,
    /// Why.
    pub reason: String,
    /// By which team.
    pub by: String,
    /// Last day.
    pub until: crossdock_runtime::Date,
    /// Where the waiver stands.
    pub span: Span,
}

/// What a waiver covers.
#[derive(Debug, Clone)]
pub enum WaiverPlace {
    /// An element's path, such as `order_to_sap.lines.price`: the element and what is below it.
    Path(String),
    /// The span of the element it stands on.
    Element(Span),
}
