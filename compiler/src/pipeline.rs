//! The whole run on one page: load, parse, resolve, check, lower, emit.

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::emit::files::{Files, PathError};
use crate::model::Model;
use crate::resolve::{Resolved, Uses};
use crate::source::{LoadError, Loader};
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
}

/// Only what is free of errors can be emitted.
pub struct Sound<'c>(&'c Checked);

impl Checked {
    /// The workspace if nothing found is an error.
    pub fn sound(&self) -> Option<Sound<'_>> {
        let errors = self.diagnostics.iter().any(|d| d.severity == Severity::Error);
        (!errors).then_some(Sound(self))
    }
}

/// Reads and judges a workspace. `today` decides which waivers have expired.
pub fn check(root: &Path, today: Date) -> Result<Checked, LoadError> {
    Ok(check_loaded(Loader::open(root)?, today))
}

/// Judges what was loaded: the specs, then what their tests reach.
pub fn check_loaded(loader: Loader, today: Date) -> Checked {
    read(loader, today, |model, loader| coverage::findings(model, loader))
}

/// Reads and judges a workspace without running its tests, for whoever runs them himself or needs the model alone.
pub fn check_specs(root: &Path, today: Date) -> Result<Checked, LoadError> {
    Ok(read(Loader::open(root)?, today, |_, _| Diagnostics::new()))
}

fn read(loader: Loader, today: Date, tests: impl Fn(&Model, &Loader) -> Diagnostics) -> Checked {
    let (specs, mut diagnostics) = syntax::parse(&loader);
    let Resolved { model, uses, diagnostics: found } = resolve::resolve(&specs, &loader);
    let incomplete = diagnostics.has_errors() || found.has_errors();
    diagnostics.append(found);
    diagnostics.append(judge(&model, &uses, incomplete));
    diagnostics.append(tests(&model, &loader));
    let diagnostics = rules::levels::apply(diagnostics, &model.workspace, loader.sources(), today).sorted();
    Checked { loader, model, uses, diagnostics }
}

fn judge(model: &Model, uses: &Uses, incomplete: bool) -> Diagnostics {
    let reads = model.mappings.iter().map(|(id, _)| (id, lower::reads::reads(model, id))).collect();
    rules::run(&rules::Context { model, reads: &reads, uses, incomplete })
}

/// Everything that is generated, in memory.
pub fn emit(sound: &Sound<'_>) -> Result<Files, PathError> {
    let Sound(checked) = sound;
    crate::emit::all(&checked.model, checked.loader.sources())
}
