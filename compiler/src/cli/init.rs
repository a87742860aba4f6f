//! `crossdock init`: a new workspace that passes `check`.

use super::Streams;
use anyhow::Context as _;
use clap::Args;
use std::path::PathBuf;

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
        for (path, _) in FILES {
            let place = folder.join(path);
            anyhow::ensure!(!place.exists(), "`{}` is there already, and nothing is overwritten", place.display());
        }
        for (path, text) in FILES {
            let place = folder.join(path);
            if let Some(parent) = place.parent() {
                std::fs::create_dir_all(parent).with_context(|| format!("`{}` can't be made", parent.display()))?;
            }
            std::fs::write(&place, text).with_context(|| format!("`{}` can't be written", place.display()))?;
        }
        writeln!(streams.err, "a workspace is in {}: try `crossdock check {0}`", folder.display())?;
        Ok(0)
    }
}
