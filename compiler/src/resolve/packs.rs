//! Template packs: their manifests, and that their templates lie in the workspace. Rendering comes later, from the model.

use super::Resolver;
use super::declare::text_of;
use crate::diagnostic::Diagnostic;
use crate::model::{Each, TemplateFile, TemplatePack};
use crate::rules;
use crate::source::{ProblemKind, resolve};
use crate::syntax::{EachWord, PackFileAst, TemplatePackAst, Text, parse_pack};

/// The file that makes a folder a pack.
const MANIFEST: &str = "manifest.yaml";

impl Resolver<'_> {
    pub(super) fn packs(&mut self) {
        let Some(workspace) = &self.specs.workspace else { return };
        for ast in &workspace.templates {
            if let Some(pack) = self.pack(ast) {
                self.model.workspace.templates.push(pack);
            }
        }
    }

    fn pack(&mut self, ast: &TemplatePackAst) -> Option<TemplatePack> {
        let at = ast.pack.span;
        let folder = self.inside("", &ast.pack)?;
        if let Some(earlier) = self.model.workspace.templates.iter().find(|pack| pack.folder == folder) {
            let finding = Diagnostic::new(rules::NAME002, at, format!("the pack `{folder}` is named twice"));
            let finding = finding.related(earlier.span, "named here already");
            self.report(finding);
            return None;
        }
        let out = match &ast.out {
            Some(out) => self.inside("", out)?,
            None => String::new(),
        };
        let manifest = format!("{folder}/{MANIFEST}");
        let sources = self.loader.sources();
        let Some(file) = sources.by_path(&manifest) else {
            match self.loader.read_path(&manifest) {
                Err(problem) => self.refuse_path(&problem, &ast.pack, &manifest),
                // Such as a hidden folder: what is not read as specs is not read as a pack either.
                Ok(_) => {
                    let message = format!("`{folder}` is hidden, linked, data or another workspace's");
                    let finding = Diagnostic::new(rules::SPEC004, at, message);
                    self.report(finding.help("a pack lies in a folder of this workspace"));
                }
            }
            return None;
        };
        let (parsed, findings) = parse_pack(file, sources.text(file));
        self.diagnostics.append(findings);
        let parsed = parsed?;
        if parsed.files.is_empty() {
            let finding = Diagnostic::new(rules::SPEC003, parsed.span, "the pack names no template");
            self.report(finding.help("add `files:` with `template`, `each` and `path`"));
        }
        let files = parsed.files.iter().filter_map(|file| self.template(&manifest, file)).collect();
        Some(TemplatePack { folder, out, span: at, description: text_of(parsed.description.as_ref()), files })
    }

    fn template(&mut self, manifest: &str, ast: &PackFileAst) -> Option<TemplateFile> {
        let each = match ast.each.value {
            EachWord::Object => Each::Object,
            EachWord::System => Each::System,
            EachWord::Mapping => Each::Mapping,
            EachWord::Once => Each::Once,
            EachWord::Flow => Each::Flow,
        };
        let template = self.inside(manifest, &ast.template)?;
        if let Err(problem) = self.loader.read_path(&template) {
            self.refuse_path(&problem, &ast.template, &template);
            return None;
        }
        Some(TemplateFile {
            template,
            each,
            path: ast.path.value.clone(),
            span: ast.template.span,
            path_span: ast.path.span,
        })
    }

    /// A path from the workspace's folder, of what a file names relative to itself.
    fn inside(&mut self, from: &str, path: &Text) -> Option<String> {
        match resolve(from, &path.value) {
            Ok(path) => Some(path),
            Err(error) => {
                self.refuse_path(&ProblemKind::from(error), path, &path.value);
                None
            }
        }
    }

    fn refuse_path(&mut self, problem: &ProblemKind, at: &Text, path: &str) {
        let rule = match problem {
            limit if limit.is_limit() => rules::SPEC007,
            ProblemKind::Missing => rules::NAME001,
            _ => rules::SPEC004,
        };
        let finding = Diagnostic::new(rule, at.span, problem.message(path));
        self.report(finding.help("a pack and its templates lie in the workspace"));
    }
}
