//! The command line: one file per subcommand.
//!
//! Exit codes: 0 is clean, and so are warnings unless `--deny-warnings` is given; 1 is findings (errors in specs, failed
//! tests, a payload that can't be mapped, output that is not up to date); 2 could not run (a wrong argument, no workspace, no
//! permission, an output that is locked or was edited by hand). What is asked for goes to standard output, what is said about it to standard
//! error. A reader who closes the pipe changes neither the exit code nor the work.
//!
//! Everything below takes its writers as arguments, so that tests need no process.

mod build;
mod check;
mod completions;
mod explain;
mod init;
mod map;
mod pipe;
mod place;
mod schema;
mod simulate;
mod test;

use crate::pipeline::{self, Checked};
use clap::{Parser, Subcommand};
use crossdock_runtime::{Date, Timestamp};
use pipe::Pipe;
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
    /// Runs flows against simulated systems, in many schedules
    Simulate(simulate::Simulate),
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
    let (mut out, mut err) = (Pipe::new(out), Pipe::new(err));
    let mut streams = Streams { out: &mut out, err: &mut err, colour };
    let result = match arguments.command {
        Command::Init(it) => it.run(&mut streams),
        Command::Check(it) => it.run(&mut streams),
        Command::Build(it) => it.run(&mut streams),
        Command::Test(it) => it.run(&mut streams),
        Command::Map(it) => it.run(&mut streams),
        Command::Simulate(it) => it.run(&mut streams),
        Command::Explain(it) => it.run(&mut streams),
        Command::Schema(it) => it.run(&mut streams),
        Command::Completions(it) => it.run(&mut streams),
    };
    result.unwrap_or_else(|error| {
        let _ = writeln!(streams.err, "error: {error:#}");
        2
    })
}

/// Reads and judges the workspace in a folder. It is kept until the process ends: taking a large one to pieces costs as
/// much as reading a tenth of it.
fn checked(root: &Path) -> anyhow::Result<&'static mut Checked> {
    Ok(Box::leak(Box::new(seen_from_here(pipeline::check(root, today()?)?, root))))
}

/// Reads the workspace in a folder and judges its specs, without running their tests.
fn specs_of(root: &Path) -> anyhow::Result<Checked> {
    Ok(seen_from_here(pipeline::check_specs(root, today()?)?, root))
}

/// Paths are shown so that they lead to the files from the current folder.
fn seen_from_here(mut found: Checked, root: &Path) -> Checked {
    found.loader.seen_from(place::of_workspace(root));
    found
}

/// Today in UTC: what decides which waivers have expired.
fn today() -> anyhow::Result<Date> {
    Ok(now()?.date())
}

/// The time in UTC.
fn now() -> anyhow::Result<Timestamp> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Timestamp::from_epoch_seconds(i64::try_from(since.as_secs())?).map_err(|failure| anyhow::anyhow!("{failure}"))
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
