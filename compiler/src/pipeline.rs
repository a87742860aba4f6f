//! The whole run on one page: load, parse, resolve, check, lower, emit.

use crate::compat::states::{self, Built};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::emit::files::{Files, PathError};
use crate::emit::template;
use crate::model::Model;
use crate::resolve::{Resolved, Uses};
use crate::source::{LoadError, Loader, ProblemKind};
use crate::{coverage, lower, resolve, rules, syntax};
use crossdock_runtime::Date;
use std::path::Path;

/// A workspace, read and judged.
pub struct Checked {
    /// Where the specs came from.
    pub loader: Loader,
    /// What they mean.
    pub model: Model,
    /// What is mentioned in them.
    pub uses: Uses,
    /// What was found: by file, position and code, with levels and waivers applied.
    pub diagnostics: Vec<Diagnostic>,
    /// What the workspace's template packs make, if it was judged as a whole.
    rendered: Option<Files>,
}

/// Only what was judged as a whole and is free of errors can be emitted.
pub struct Sound<'c> {
    checked: &'c Checked,
    rendered: &'c Files,
}

impl Checked {
    /// The workspace if it was judged as a whole and nothing found is an error.
    pub fn sound(&self) -> Option<Sound<'_>> {
        let errors = self.diagnostics.iter().any(|d| d.severity == Severity::Error);
        self.rendered.as_ref().filter(|_| !errors).map(|rendered| Sound { checked: self, rendered })
    }
}

/// Reads and judges a workspace. `today` decides which waivers have expired.
pub fn check(root: &Path, today: Date) -> Result<Checked, LoadError> {
    Ok(check_loaded(Loader::open(root)?, today))
}

/// Judges what was loaded: the specs, then what their tests reach and what their templates make.
pub fn check_loaded(loader: Loader, today: Date) -> Checked {
    read(loader, today, true)
}

/// Reads and judges a workspace without running its tests and templates, for whoever runs the tests himself or needs
/// the model alone.
pub fn check_specs(root: &Path, today: Date) -> Result<Checked, LoadError> {
    Ok(read(Loader::open(root)?, today, false))
}

fn read(mut loader: Loader, today: Date, whole: bool) -> Checked {
    let (specs, mut diagnostics) = syntax::parse(&loader);
    let Resolved { model, uses, diagnostics: found } = resolve::resolve(&specs, &loader);
    let incomplete = diagnostics.has_errors() || found.has_errors();
    diagnostics.append(found);
    diagnostics.append(judge(&model, &uses, incomplete));
    // What tests reach is judged after the static rules: a mapping that can't run reaches nothing.
    let builds = !diagnostics.iter().any(|d| d.severity == Severity::Error && rules::levels::is_fixed(d.code));
    if whole && builds {
        diagnostics.append(coverage::findings(&model, &loader));
    }
    let mut diagnostics = rules::levels::apply(diagnostics, &model.workspace, loader.sources(), today);
    // A template that is shown half a workspace has findings of its own that say nothing.
    let rendered = whole.then(|| {
        let (files, found) = if diagnostics.has_errors() { Default::default() } else { templates(&model, &mut loader) };
        diagnostics.append(found);
        files
    });
    let diagnostics = diagnostics.sorted();
    Checked { loader, model, uses, diagnostics, rendered }
}

fn judge(model: &Model, uses: &Uses, incomplete: bool) -> Diagnostics {
    let reads = model.mappings.iter().map(|(id, _)| (id, lower::reads::reads(model, id))).collect();
    rules::run(&rules::Context { model, reads: &reads, uses, incomplete })
}

/// Renders the template packs; what is wrong with a template is a finding in it.
fn templates(model: &Model, loader: &mut Loader) -> (Files, Diagnostics) {
    let data = loader.data();
    let (files, problems) = template::render(model, move |path| match data.read_path(path) {
        Ok(bytes) => String::from_utf8(bytes.to_vec()).map(Some).map_err(|_| ProblemKind::NotUtf8.message(path)),
        Err(problem) => Err(problem.message(path)),
    });
    let mut findings = Diagnostics::new();
    for problem in problems {
        let span = match &problem.place {
            template::Place::Path(span) => *span,
            template::Place::Template(path, line) => match loader.add_source(path) {
                Some(file) => loader.sources().line(file, *line),
                None => problem.named,
            },
        };
        let mut finding = Diagnostic::new(rules::SPEC012, span, problem.message);
        if span != problem.named {
            finding = finding.related(problem.named, format!("rendered for `{}`", problem.element));
        }
        findings.push(finding);
    }
    (files, findings)
}

/// Everything that is generated, in memory.
pub fn emit(sound: &Sound<'_>) -> Result<Files, PathError> {
    let mut files = crate::emit::all(&sound.checked.model, sound.checked.loader.sources())?;
    files.append(sound.rendered.clone())?;
    Ok(files)
}

/// Where a build keeps the schemas of the flows' states.
pub const STATES: &str = crate::emit::contract::state::FOLDER;

/// What instances under way would not survive, by what the last build left of [`STATES`].
pub fn survive(sound: &Sound<'_>, files: &Files, built: &Built) -> Vec<Diagnostic> {
    states::judge(&sound.checked.model, files, built).sorted()
}

/// Adds what stays of earlier builds.
pub fn keep(sound: &Sound<'_>, files: &mut Files, built: &Built) -> Result<(), PathError> {
    states::keep(&sound.checked.model, files, built)
}
