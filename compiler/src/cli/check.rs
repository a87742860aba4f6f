//! `crossdock check`: all findings, in the format that is asked for.

use super::{Streams, checked, counted, default_root, place};
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::pipeline::Checked;
use crate::rules;
use crate::source::FileId;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Reads the specs and says everything that is wrong with them.
#[derive(Debug, Args)]
pub struct Check {
    /// The workspace: a folder with `crossdock.yaml`
    workspace: Option<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Apply the fixes that are certain
    #[arg(long)]
    fix: bool,
    /// Warnings fail too
    #[arg(long)]
    deny_warnings: bool,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// With the lines they are about
    Human,
    /// One line each
    Concise,
    /// A versioned document
    Json,
    /// Workflow annotations
    Github,
    /// SARIF 2.1.0
    Sarif,
}

impl Check {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let root = default_root(self.workspace);
        let mut found = checked(&root)?;
        if self.fix {
            let fixed = apply(found, &root)?;
            writeln!(streams.err, "{} fixed", counted(fixed, "finding"))?;
            found = checked(&root)?;
        }
        if let (Format::Github, Some(repository)) = (self.format, std::env::var_os("GITHUB_WORKSPACE")) {
            found.loader.seen_from(place::in_repository(&root, repository.as_ref()));
        }
        show(found, self.format, streams)?;
        let errors = count(&found.diagnostics, Severity::Error);
        let warnings = count(&found.diagnostics, Severity::Warning);
        Ok(u8::from(errors > 0 || (self.deny_warnings && warnings > 0)))
    }
}

fn apply(found: &Checked, root: &Path) -> anyhow::Result<usize> {
    let sources = found.loader.sources();
    let mut total = 0;
    // Of a file with a problem only a part was read: writing that back would lose the rest.
    let whole = |id: FileId| !found.loader.problems().iter().any(|problem| problem.span.file == id);
    let files: Vec<(FileId, String)> = sources.files().map(|(id, file)| (id, file.path.clone())).collect();
    for (id, path) in files.into_iter().filter(|(id, _)| whole(*id)) {
        let own = found.diagnostics.iter().filter(|d| d.fix.as_ref().is_some_and(|f| f.certain && f.span.file == id));
        let fixed = diagnostic::apply(id, sources.text(id), own);
        if fixed.applied > 0 {
            total += fixed.applied;
            let place = root.join(&path);
            replace(root, &place, &fixed.text).with_context(|| format!("`{}` can't be written", place.display()))?;
        }
    }
    Ok(total)
}

/// Replaces a file's text in one step: written beside it, with its permissions, and renamed over it. Of a link inside the
/// workspace what it leads to is replaced; one that leads out is refused.
fn replace(root: &Path, place: &Path, text: &str) -> anyhow::Result<()> {
    let (root, place) = (root.canonicalize()?, place.canonicalize()?);
    anyhow::ensure!(place.starts_with(&root), "it is a link that leaves the workspace");
    let permissions = std::fs::metadata(&place)?.permissions();
    anyhow::ensure!(!permissions.readonly(), "it may not be written");
    // Beside it, so that the renaming stays on one file system; hidden, so that no reader takes it for a spec.
    let folder = place.parent().context("it has no folder")?;
    let mut new = tempfile::Builder::new().prefix(".crossdock-fix-").tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(permissions)?;
    new.as_file().sync_all()?;
    new.persist(&place)?;
    Ok(())
}

/// Writes findings, and a summary for people.
pub(super) fn show(found: &Checked, format: Format, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let sources = found.loader.sources();
    let findings = &found.diagnostics;
    let text = match format {
        Format::Human => diagnostic::human::render(findings, sources, streams.colour),
        Format::Concise => diagnostic::concise::render(findings, sources),
        Format::Json => diagnostic::json::render(findings, sources),
        Format::Github => diagnostic::github::render(findings, sources),
        Format::Sarif => {
            let rule = |code: &str| rules::all().iter().find(|rule| rule.id.code == code).map(rules::documentation);
            diagnostic::sarif::render(findings, sources, env!("CARGO_PKG_VERSION"), &rule)
        }
    };
    streams.out.write_all(text.as_bytes())?;
    if matches!(format, Format::Human | Format::Concise) {
        let (errors, warnings) = (count(findings, Severity::Error), count(findings, Severity::Warning));
        let files = sources.files().count();
        let mappings = found.model.mappings.len();
        let said = [(errors, "error"), (warnings, "warning"), (files, "file"), (mappings, "mapping")];
        let [errors, warnings, files, mappings] = said.map(|(count, what)| counted(count, what));
        writeln!(streams.err, "{errors}, {warnings} in {files}, {mappings}")?;
    }
    Ok(())
}

fn count(findings: &[Diagnostic], severity: Severity) -> usize {
    findings.iter().filter(|d| d.severity == severity).count()
}
