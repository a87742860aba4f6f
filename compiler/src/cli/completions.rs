//! `crossdock completions`: a completion script for a shell.

use super::{Arguments, Streams};
use clap::{Args, CommandFactory as _};

/// Prints a completion script for a shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "crossdock", &mut script);
        streams.out.write_all(&script)?;
        Ok(0)
    }
}
