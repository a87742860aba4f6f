//! Documents: which kinds there are, and all documents of a workspace.

use super::api::ApiAst;
use super::codes::CodesAst;
use super::decode::{Reader, Syntax, brief};
use super::event::EventAst;
use super::exception::ExceptionAst;
use super::flow::FlowAst;
use super::mapping::MappingAst;
use super::name::Text;
use super::object::ObjectAst;
use super::ownership::OwnershipAst;
use super::scenario::ScenarioAst;
use super::schema::SchemaBuilder;
use super::secret::report_secrets;
use super::system::SystemAst;
use super::team::TeamAst;
use super::trap::Repairs;
use super::value::ValueAst;
use super::workspace::WorkspaceAst;
use super::yaml::{self, Node, NodeKind};
use crate::diagnostic::{Diagnostic, Diagnostics, suggest};
use crate::rules;
use crate::source::{FileId, Loader, Span, Spanned, resolve};
use rayon::prelude::*;
use serde_json::{Value, json};

/// How often a file is read again because YAML misread a text in it.
const REPAIR_ROUNDS: usize = 64;
/// How many bytes are read again in all, per file.
const REPAIR_BYTES: usize = 64 << 20;

/// Declares the kinds of documents: the word, the syntax type, and where they are collected.
macro_rules! kinds {
    ($( $(#[doc = $doc:literal])+ $word:literal $Variant:ident($Ast:ty) in $field:ident; )+) => {
        /// A document.
        #[derive(Debug, Clone)]
        pub enum DocumentAst {
            $( $(#[doc = $doc])+ $Variant(Box<$Ast>), )+
        }

        /// All documents of a workspace, by kind, in the order of files and of documents in them.
        #[derive(Debug, Clone, Default)]
        pub struct SpecsAst {
            /// `crossdock.yaml`.
            pub workspace: Option<WorkspaceAst>,
            $( $(#[doc = $doc])+ pub $field: Vec<$Ast>, )+
            /// Documents that could not be read, with what is known of them.
            pub broken: Vec<BrokenAst>,
        }

        impl SpecsAst {
            fn add(&mut self, document: DocumentAst) {
                match document {
                    $( DocumentAst::$Variant(ast) => self.$field.push(*ast), )+
                }
            }

            /// The names of things that could not be read, or that are not written as such names are: others may refer
            /// to them by what was meant.
            pub fn unsure(&self) -> Vec<&str> {
                let mut unsure: Vec<&str> =
                    self.broken.iter().filter_map(|broken| Some(broken.name.as_ref()?.as_str())).collect();
                $( unsure.extend(self.$field.iter().filter(|ast| !ast.name.is_well()).map(|ast| ast.name.as_str())); )+
                unsure
            }
        }

        /// The kinds of documents.
        pub const KINDS: &[&str] = &[$( $word ),+];

        fn read_kind(kind: &str, node: &Node<'_>, cx: &mut Reader<'_>) -> Option<DocumentAst> {
            match kind {
                $( $word => Some(DocumentAst::$Variant(Box::new(<$Ast>::read(node, cx)?))), )+
                _ => None,
            }
        }

        fn schema_of(kind: &str, cx: &mut SchemaBuilder) -> Option<Value> {
            match kind {
                $( $word => Some(<$Ast>::schema(cx)), )+
                _ => None,
            }
        }
    };
}

kinds! {
    /// A canonical object.
    "object" Object(ObjectAst) in objects;
    /// A canonical value.
    "value" Value(ValueAst) in values;
    /// A code list.
    "codes" Codes(CodesAst) in codes;
    /// A system.
    "system" System(SystemAst) in systems;
    /// Who owns an object.
    "ownership" Ownership(OwnershipAst) in ownerships;
    /// A mapping.
    "mapping" Mapping(MappingAst) in mappings;
    /// A named failure.
    "exception" Exception(ExceptionAst) in exceptions;
    /// A team.
    "team" Team(TeamAst) in teams;
    /// An API.
    "api" Api(ApiAst) in apis;
    /// An event that the workspace publishes.
    "event" Event(EventAst) in events;
    /// A flow.
    "flow" Flow(FlowAst) in flows;
    /// A world in which a flow is simulated.
    "scenario" Scenario(ScenarioAst) in scenarios;
}

/// A document that could not be read, as far as it could; so that what it defines is not called unknown.
#[derive(Debug, Clone)]
pub struct BrokenAst {
    /// Its name.
    pub name: Option<Text>,
    /// The file.
    pub file: FileId,
}

/// What one file gave.
#[derive(Debug, Default)]
struct FileAst {
    workspace: Option<WorkspaceAst>,
    documents: Vec<DocumentAst>,
    broken: Vec<BrokenAst>,
    findings: Diagnostics,
}

/// Reads all specs of a workspace. Files are read in parallel; the result is in their order.
pub fn parse(loader: &Loader) -> (SpecsAst, Diagnostics) {
    let sources = loader.sources();
    let workspace = loader.workspace_file();
    let files: Vec<(FileId, &str)> = sources.files().map(|(id, file)| (id, &*file.text)).collect();
    let settings = workspace.map(|id| read_file(id, sources.text(id), true)).unwrap_or_default();
    let packs = packs(settings.workspace.as_ref());
    let specs_files = files.par_iter().filter(|(id, _)| workspace != Some(*id));
    // What lies in a template pack is the pack's.
    let specs_files = specs_files.filter(|(id, _)| !packs.iter().any(|pack| sources.path(*id).starts_with(pack)));
    let read: Vec<FileAst> = specs_files.map(|(id, text)| read_file(*id, text, false)).collect();
    let mut specs = SpecsAst::default();
    let mut findings = Diagnostics::new();
    for file in std::iter::once(settings).chain(read) {
        specs.workspace = specs.workspace.or(file.workspace);
        file.documents.into_iter().for_each(|document| specs.add(document));
        specs.broken.extend(file.broken);
        findings.append(file.findings);
    }
    for problem in loader.problems() {
        let rule = if problem.kind.is_limit() { rules::SPEC007 } else { rules::SPEC001 };
        let message = problem.kind.message(sources.path(problem.span.file));
        findings.push(Diagnostic::new(rule, problem.span, message));
    }
    (specs, findings)
}

/// The folders of the workspace's template packs, each with a slash at its end.
fn packs(workspace: Option<&WorkspaceAst>) -> Vec<String> {
    let named = workspace.into_iter().flat_map(|workspace| &workspace.templates);
    named.filter_map(|pack| Some(format!("{}/", resolve("", &pack.pack.value).ok()?))).collect()
}

/// Reads the documents of one text; the first is the workspace's own if `workspace`.
pub fn parse_file(file: FileId, text: &str, workspace: bool) -> (SpecsAst, Diagnostics) {
    let read = read_file(file, text, workspace);
    let mut specs = SpecsAst { workspace: read.workspace, broken: read.broken, ..SpecsAst::default() };
    read.documents.into_iter().for_each(|document| specs.add(document));
    (specs, read.findings)
}

/// Reads a file, again and again while texts are found in it that YAML misreads.
fn read_file(file: FileId, source: &str, workspace: bool) -> FileAst {
    let mut repairs = Repairs::default();
    for round in 1.. {
        let text = repairs.blank(source);
        let mut cx = Reader::new(file, source, &text);
        let mut ast = read_once(&text, &repairs, workspace, &mut cx);
        let found = std::mem::take(&mut cx.repairs);
        let last = round >= REPAIR_ROUNDS || round * source.len() > REPAIR_BYTES;
        let known = repairs.len();
        for repair in found {
            repairs.add(repair);
        }
        if last || repairs.len() == known {
            ast.findings = cx.into_findings();
            let errors = ast.findings.iter().filter(|finding| finding.code == rules::SPEC001.code);
            repairs.withdraw(errors.map(|finding| finding.primary.span.start));
            ast.findings.extend(repairs.into_findings());
            return ast;
        }
    }
    FileAst::default()
}

fn read_once(text: &str, repairs: &Repairs, workspace: bool, cx: &mut Reader<'_>) -> FileAst {
    let parsed = yaml::parse(text, repairs, cx);
    let mut ast = FileAst::default();
    if workspace && parsed.documents.is_empty() && parsed.broken.is_empty() && !parsed.cut {
        let start = Span { file: cx.file, start: 0, end: 0 };
        let finding = Diagnostic::new(rules::SPEC003, start, "the workspace says nothing of itself");
        cx.report(finding.help("begin with `crossdock: 1`, `name:` and `version:`"));
    }
    for (index, node) in parsed.documents.into_iter().enumerate() {
        report_secrets(&node, cx);
        if workspace && index == 0 {
            ast.workspace = WorkspaceAst::read(&node, cx);
        } else {
            let name = known(&node, "name");
            match document(node, cx) {
                Some(document) => ast.documents.push(document),
                None => ast.broken.push(BrokenAst { name, file: cx.file }),
            }
        }
    }
    ast.broken.extend(parsed.broken.iter().map(|node| BrokenAst { name: known(node, "name"), file: cx.file }));
    if parsed.cut {
        // Behind the place where reading ended stand names, too.
        let lines = text.lines().filter_map(|line| line.strip_prefix("name:"));
        let names = lines.map(|name| name.split_once(" #").map_or(name, |(name, _)| name).trim());
        let broken =
            |name: &str| BrokenAst { name: Some(Spanned::new(name.to_owned(), Span::default())), file: cx.file };
        ast.broken.extend(names.map(broken));
    }
    ast
}

/// A text at a key of a document.
fn known(node: &Node<'_>, key: &str) -> Option<Text> {
    let value = node.get(key)?;
    Some(Spanned::new(value.text()?.to_owned(), value.span))
}

fn document(mut node: Node<'_>, cx: &mut Reader<'_>) -> Option<DocumentAst> {
    if !node.is_map() {
        cx.wrong_type(&node, "a document with `kind` and `name`");
        return None;
    }
    let Some(kind) = node.get("kind") else {
        let mut finding = Diagnostic::new(rules::SPEC003, node.head(), "`kind` is missing");
        if node.get("crossdock").is_some() {
            finding = finding.help("the workspace itself is described in `crossdock.yaml`, at the top of its folder");
        } else {
            finding = finding.help(format!("a document says what it is: `kind: {}`, …", KINDS.join("`, `kind: ")));
        }
        cx.report(finding);
        return None;
    };
    let kind = cx.scalar(kind, "a kind of document")?;
    if !KINDS.contains(&kind.as_str()) {
        unknown_kind(&kind, cx);
        return None;
    }
    // The kind is read; its document knows nothing of it. A second one has its finding.
    if let NodeKind::Map(entries) = &mut node.kind {
        entries.retain(|entry| entry.key.text != "kind");
    }
    read_kind(&kind, &node, cx)
}

fn unknown_kind(kind: &Text, cx: &mut Reader<'_>) {
    let message = format!("there is no kind `{}`", brief(kind));
    let mut finding = Diagnostic::new(rules::SPEC004, kind.span, message);
    if let Some(near) = suggest(kind, KINDS.iter().copied()) {
        finding = finding.help(format!("did you mean `{near}`?")).maybe_fix(kind.span, near);
    } else {
        let names: Vec<String> = KINDS.iter().map(|name| format!("`{name}`")).collect();
        finding = finding.help(format!("kinds are {}", names.join(", ")));
    }
    cx.report(finding);
}

/// The JSON Schema of one kind of document.
pub fn kind_schema(kind: &str) -> Option<Value> {
    let mut cx = SchemaBuilder::default();
    let reference = schema_of(kind, &mut cx)?;
    Some(cx.document(&format!("Crossdock {kind}"), Some(kind), &reference))
}

/// The JSON Schema of `crossdock.yaml`.
pub fn workspace_schema() -> Value {
    let mut cx = SchemaBuilder::default();
    let reference = WorkspaceAst::schema(&mut cx);
    cx.document("Crossdock workspace", None, &reference)
}

/// The JSON Schema of any other spec file's documents: it looks at `kind`, so that an editor completes the keys of
/// that kind alone.
pub fn editor_schema() -> Value {
    let mut cx = SchemaBuilder::default();
    let mut branches = Vec::new();
    for kind in KINDS {
        if let Some(reference) = schema_of(kind, &mut cx) {
            let reference = cx.kind(kind, reference);
            branches.push(json!({
                "if": { "properties": { "kind": { "const": kind } }, "required": ["kind"] },
                "then": reference,
            }));
        }
    }
    json!({
        "$schema": super::schema::DIALECT,
        "title": "Crossdock spec",
        "type": "object",
        "properties": { "kind": { "enum": KINDS, "description": "The kind of document." } },
        "required": ["kind"],
        "allOf": branches,
        "$defs": cx.into_definitions(),
    })
}
