//! `crossdock init`: a new workspace that passes `check`.

use super::{Streams, counted};
use anyhow::Context as _;
use clap::Args;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Writes a new workspace that passes `check`, with an example to change.
#[derive(Debug, Args)]
pub struct Init {
    /// The folder; this one unless said
    folder: Option<PathBuf>,
}

const FILES: &[(&str, &str)] = &[
    ("crossdock.yaml", include_str!("../../../templates/init/crossdock.yaml")),
    ("canonical.yaml", include_str!("../../../templates/init/canonical.yaml")),
    ("shop.yaml", include_str!("../../../templates/init/shop.yaml")),
    ("fixtures/order.json", include_str!("../../../templates/init/fixtures/order.json")),
    ("fixtures/order.yaml", include_str!("../../../templates/init/fixtures/order.yaml")),
];

impl Init {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let folder = self.folder.unwrap_or_else(|| PathBuf::from("."));
        if let Some(there) = visible(&folder)? {
            anyhow::bail!("`{}` is not empty: `{there}` is there, and nothing is overwritten", folder.display());
        }
        for (path, text) in FILES {
            let place = folder.join(path);
            if let Some(parent) = place.parent() {
                std::fs::create_dir_all(parent).with_context(|| format!("`{}` can't be made", parent.display()))?;
            }
            std::fs::write(&place, text).with_context(|| format!("`{}` can't be written", place.display()))?;
        }
        let named = if folder == Path::new(".") { String::new() } else { format!(" {}", folder.display()) };
        writeln!(
            streams.err,
            "{} written in `{}`\ntry `crossdock check{named}`, `crossdock test{named}`, then change `canonical.yaml`",
            counted(FILES.len(), "file"),
            folder.display()
        )?;
        Ok(0)
    }
}

/// Something in a folder that may not be there yet; what is hidden, such as `.git`, does not count.
fn visible(folder: &Path) -> anyhow::Result<Option<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        entries => entries.with_context(|| format!("`{}` can't be read", folder.display()))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names.into_iter().find(|name| !name.starts_with('.')))
}
