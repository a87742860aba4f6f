//! The workspace itself: name, version, levels of rules, waivers.

use super::DataClass;
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
    /// Declared load of flows, in order.
    pub peaks: Vec<Peak>,
    /// Where data of a class may go, in order; a class or region of origin that is not named is free.
    pub residency: Vec<Residency>,
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

/// The load that a flow is declared to bear at its peak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peak {
    /// The flow's name.
    pub flow: String,
    /// New instances per second, in thousandths.
    pub rate_milli: u64,
    /// As written: `120/s`.
    pub text: String,
    /// Where the flow is named.
    pub span: Span,
}

/// Where data of one class that comes from one region may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residency {
    /// The class.
    pub class: DataClass,
    /// The region that it comes from.
    pub from: String,
    /// The regions that it may reach.
    pub to: Vec<String>,
    /// Where the region of origin is named.
    pub span: Span,
}

/// A template pack, and where its output goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplatePack {
    /// The pack's folder, from the workspace's.
    pub folder: String,
    /// The folder for its output, from that of everything generated; empty for that folder itself.
    pub out: String,
    /// Where the pack is named.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// Its templates, in order.
    pub files: Vec<TemplateFile>,
}

/// A template, and what it is rendered for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFile {
    /// The template's path, from the workspace's folder.
    pub template: String,
    /// What it is rendered for.
    pub each: Each,
    /// Where its output goes, from the pack's output folder: a template too.
    pub path: String,
    /// Where the template is named.
    pub span: Span,
    /// Where the path stands.
    pub path_span: Span,
}

/// What a template is rendered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Each {
    /// Every canonical object.
    Object,
    /// Every system.
    System,
    /// Every mapping.
    Mapping,
    /// Every flow.
    Flow,
    /// The workspace.
    Once,
}

impl Each {
    /// The word in manifests; in templates the name of what one is rendered for.
    pub fn word(self) -> &'static str {
        match self {
            Each::Object => "object",
            Each::System => "system",
            Each::Mapping => "mapping",
            Each::Flow => "flow",
            Each::Once => "once",
        }
    }
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
