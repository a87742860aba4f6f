//! `crossdock build`: generate, or say what would change.

use super::check::{Format, show};
use super::{Streams, checked, counted, default_root, place};
use crate::diagnostic;
use crate::pipeline;
use crate::write::{self, Options};
use clap::Args;
use std::path::{Path, PathBuf};

/// Generates crates and contracts from specs that are free of errors.
#[derive(Debug, Args)]
pub struct Build {
    /// The workspace: a folder with `crossdock.yaml`
    workspace: Option<PathBuf>,
    /// Where to; beside the workspace unless said
    #[arg(long)]
    out: Option<PathBuf>,
    /// Change nothing; say what is stale, edited by hand or missing
    #[arg(long)]
    check: bool,
    /// Overwrite files that were edited by hand, and give up what is under way in flows whose state can't be kept
    #[arg(long)]
    force: bool,
}

impl Build {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let root = default_root(self.workspace);
        let found = checked(&root)?;
        let Some(sound) = found.sound() else {
            show(found, Format::Human, streams)?;
            return Ok(1);
        };
        // Warnings stop nothing, and are said here too: a build may be all that is run.
        if !found.diagnostics.is_empty() {
            streams
                .err
                .write_all(diagnostic::concise::render(&found.diagnostics, found.loader.sources()).as_bytes())?;
        }
        let out = match self.out {
            Some(out) => out,
            None => beside(&root)?,
        };
        outside(&root, &out)?;
        let options = Options { force: self.force };
        let explained = |error: write::WriteError| {
            let help = error.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
            anyhow::anyhow!("{error}{help}")
        };
        let mut files = pipeline::emit(&sound)?;
        let built = write::left(&out, pipeline::STATES, options).map_err(explained)?;
        let lost = pipeline::survive(&sound, &files, &built);
        if !lost.is_empty() && !self.force {
            let sources = found.loader.sources();
            streams.out.write_all(diagnostic::human::render(&lost, sources, streams.colour).as_bytes())?;
            writeln!(streams.err, "{}, nothing is written", counted(lost.len(), "error"))?;
            return Ok(1);
        }
        pipeline::keep(&sound, &mut files, &built)?;
        if self.check {
            let drift = write::check(&out, &files).map_err(explained)?;
            for one in &drift {
                writeln!(streams.out, "{}: {}", one.path, one.kind.describe())?;
            }
            let differ = if drift.len() == 1 { "differs" } else { "differ" };
            writeln!(streams.err, "{} of {} {differ}", drift.len(), counted(files.len(), "file"))?;
            return Ok(u8::from(!drift.is_empty()));
        }
        let outcome = write::build(&out, &files, options).map_err(explained)?;
        writeln!(
            streams.err,
            "{} written, {} unchanged, {} removed in {}",
            counted(outcome.written.len(), "file"),
            outcome.unchanged,
            outcome.removed.len(),
            place::of_workspace(&out)
        )?;
        Ok(0)
    }
}

/// `generated` in the folder that holds the workspace.
fn beside(root: &Path) -> anyhow::Result<PathBuf> {
    let root = root.canonicalize()?;
    let parent = root.parent().ok_or_else(|| anyhow::anyhow!("say with `--out` where to write"))?;
    Ok(parent.join("generated"))
}

/// The output is neither the workspace, nor in it, nor around it.
fn outside(root: &Path, out: &Path) -> anyhow::Result<()> {
    let (whole_root, whole_out) = (root.canonicalize()?, whole(out)?);
    if whole_root.starts_with(&whole_out) || whole_out.starts_with(&whole_root) {
        let (out, root) = (out.display(), root.display());
        anyhow::bail!("the output `{out}` and the workspace `{root}` may not hold each other");
    }
    Ok(())
}

/// A path without links and steps up, of which the end need not exist yet.
fn whole(path: &Path) -> anyhow::Result<PathBuf> {
    let mut missing = Vec::new();
    let mut there = std::path::absolute(path)?;
    loop {
        match (there.canonicalize(), there.file_name()) {
            (Ok(found), _) => return Ok(missing.iter().rev().fold(found, |path, name| path.join(name))),
            (Err(_), Some(name)) => missing.push(name.to_owned()),
            (Err(error), None) => return Err(error.into()),
        }
        there.pop();
    }
}
