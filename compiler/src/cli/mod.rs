//! The command line: one file per subcommand. Exit codes: 0 clean, 1 findings, 2 could not run.
//!
//! Everything below takes its writers as arguments, so that tests need no process.

mod build;
mod check;
mod completions;
mod explain;
mod init;
mod map;
mod schema;
mod test;

use crate::pipeline::{self, Checked};
use anyhow::Context as _;
use clap::{Parser, Subcommand};
use crossdock_runtime::Date;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A compiler for integration contracts.
#[derive(Debug, Parser)]
#[command(name = "crossdock", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a new workspace that passes `check`, with an example to change
    Init(init::Init),
    /// Reads the specs and says everything that is wrong with them
    Check(check::Check),
    /// Generates crates and contracts from specs that are free of errors
    Build(build::Build),
    /// Runs the tests in the specs
    Test(test::Test),
    /// Runs one mapping on real payloads
    Map(map::Map),
    /// Explains a rule by its code, or a field, mapping or system by its name
    Explain(explain::Explain),
    /// Prints the JSON Schemas of the language, for editors
    Schema(schema::Schema),
    /// Prints a completion script for a shell
    Completions(completions::Completions),
}

/// Where a subcommand writes.
struct Streams<'w> {
    out: &'w mut dyn Write,
    err: &'w mut dyn Write,
    colour: bool,
}

/// Runs the command line; gives the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, colour: bool, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = !error.use_stderr();
            let target: &mut dyn Write = if asked { out } else { err };
            let _ = write!(target, "{error}");
            return if asked { 0 } else { 2 };
        }
    };
    let mut streams = Streams { out, err, colour };
    let result = match arguments.command {
        Command::Init(it) => it.run(&mut streams),
        Command::Check(it) => it.run(&mut streams),
        Command::Build(it) => it.run(&mut streams),
        Command::Test(it) => it.run(&mut streams),
        Command::Map(it) => it.run(&mut streams),
        Command::Explain(it) => it.run(&mut streams),
        Command::Schema(it) => it.run(&mut streams),
        Command::Completions(it) => it.run(&mut streams),
    };
    result.unwrap_or_else(|error| {
        let _ = writeln!(streams.err, "error: {error:#}");
        2
    })
}

/// Reads and judges the workspace in a folder.
fn checked(root: &Path) -> anyhow::Result<Checked> {
    pipeline::check(root, today()?).with_context(|| format!("`{}` can't be read", root.display()))
}

/// Reads the workspace in a folder and judges its specs, without running their tests.
fn specs_of(root: &Path) -> anyhow::Result<Checked> {
    pipeline::check_specs(root, today()?).with_context(|| format!("`{}` can't be read", root.display()))
}

/// Today in UTC: what decides which waivers have expired.
fn today() -> anyhow::Result<Date> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let now = crossdock_runtime::Timestamp::from_epoch_seconds(i64::try_from(since.as_secs())?)
        .map_err(|failure| anyhow::anyhow!("{failure}"))?;
    Ok(now.date())
}

/// The workspace that is meant when none is named: `specs`, or this folder.
fn default_root(named: Option<PathBuf>) -> PathBuf {
    named.unwrap_or_else(|| {
        let here = Path::new("crossdock.yaml").exists();
        PathBuf::from(if here { "." } else { "specs" })
    })
}

/// `1 test`, `2 tests`.
fn counted(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}
