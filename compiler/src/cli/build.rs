//! `crossdock build`: generate, or say what would change.

use super::check::{Format, show};
use super::{Streams, checked, default_root};
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
    /// Overwrite files that were edited by hand
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
        let out = match self.out {
            Some(out) => out,
            None => beside(&root)?,
        };
        outside(&root, &out)?;
        let files = pipeline::emit(&sound)?;
        let explained = |error: write::WriteError| {
            let help = error.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
            anyhow::anyhow!("{error}{help}")
        };
        if self.check {
            let drift = write::check(&out, &files).map_err(explained)?;
            for one in &drift {
                writeln!(streams.out, "{}: {}", one.path, one.kind.describe())?;
            }
            writeln!(streams.err, "{} of {} files differ", drift.len(), files.len())?;
            return Ok(u8::from(!drift.is_empty()));
        }
        let outcome = write::build(&out, &files, Options { force: self.force }).map_err(explained)?;
        writeln!(
            streams.err,
            "{} files written, {} unchanged, {} removed in {}",
            outcome.written.len(),
            outcome.unchanged,
            outcome.removed.len(),
            out.display()
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
    let root = root.canonicalize()?;
    let out = match out.canonicalize() {
        Ok(out) => out,
        Err(_) => std::path::absolute(out)?,
    };
    if root.starts_with(&out) || out.starts_with(&root) {
        anyhow::bail!("the output `{}` and the workspace `{}` may not hold each other", out.display(), root.display());
    }
    Ok(())
}
