//! `crossdock test`: the tests in the specs.

use super::{Streams, checked, default_root};
use crate::coverage;
use clap::Args;
use std::path::PathBuf;

/// Runs the tests in the specs.
#[derive(Debug, Args)]
pub struct Test {
    /// The workspace: a folder with `crossdock.yaml`
    workspace: Option<PathBuf>,
    /// Only tests whose mapping or name holds this
    #[arg(long, default_value = "")]
    filter: String,
}

impl Test {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let found = checked(&default_root(self.workspace))?;
        let filter = self.filter;
        let report = coverage::run(&found.model, &found.loader, &|mapping, test| {
            mapping.name.contains(&filter) || test.name.contains(&filter)
        });
        let mut failed = 0;
        for result in &report {
            if result.passed() {
                continue;
            }
            failed += 1;
            let place = found.loader.sources().start(result.test.span);
            let file = found.loader.sources().path(result.test.span.file);
            let mapping = &found.model.mappings[result.mapping].name;
            writeln!(streams.out, "{file}:{}: {mapping}: {}", place.line, result.test.name)?;
            for problem in &result.problems {
                writeln!(streams.out, "    {problem}")?;
            }
        }
        writeln!(streams.err, "{} passed, {failed} failed", report.len() - failed)?;
        Ok(u8::from(failed > 0))
    }
}
