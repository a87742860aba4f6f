//! `manifest.yaml` of a template pack: which templates there are, what each is rendered for, and where its output goes.

use super::decode::{Reader, Syntax, ast, words};
use super::name::Text;
use super::trap::Repairs;
use super::yaml;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rules;
use crate::source::{FileId, Span, Spanned};

ast! {
    /// A template pack: what is made from the workspace besides crates and contracts.
    pub struct PackAst {
        /// What it makes, in Markdown.
        description: optional Text,
        /// Its templates, in order.
        files: default Vec<PackFileAst>,
    }
}

ast! {
    /// A template, and what it is rendered for.
    pub struct PackFileAst {
        /// The template, a path from the pack's folder.
        template: required Text,
        /// What it is rendered for.
        each: required Spanned<EachWord>,
        /// Where the output goes: a path with placeholders, such as `"tables/{{ name }}.md"`.
        path: required Text,
    }
}

words! {
    /// What a template is rendered for.
    pub enum EachWord {
        /// Every canonical object.
        Object = "object",
        /// Every system.
        System = "system",
        /// Every mapping.
        Mapping = "mapping",
        /// Every flow.
        Flow = "flow",
        /// The workspace.
        Once = "once",
    }
}

/// Reads the manifest of a pack.
pub fn parse_pack(file: FileId, text: &str) -> (Option<PackAst>, Diagnostics) {
    let mut cx = Reader::new(file, text, text);
    let parsed = yaml::parse(text, &Repairs::default(), &mut cx);
    let pack = match parsed.documents.as_slice() {
        [only] => PackAst::read(only, &mut cx),
        [] if parsed.broken.is_empty() => {
            cx.report(Diagnostic::new(rules::SPEC003, Span::new(file, 0, 0), "`files` is missing"));
            None
        }
        [] => None,
        [_, second, ..] => {
            cx.report(Diagnostic::new(rules::SPEC004, second.head(), "a manifest is one document"));
            None
        }
    };
    let misread: Vec<_> = cx.repairs.drain(..).map(|repair| repair.finding).collect();
    let mut findings = cx.into_findings();
    findings.extend(misread);
    (pack, findings)
}
