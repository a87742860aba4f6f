//! What `check` and `build` of a large workspace cost, in CPU time over all threads and in peak memory.
//!
//! `cargo bench -p crossdock-tests --bench workspace [-- TYPES…]`; 2,000 and 20,000 types unless said. Every run is a
//! process of its own, and cold: it reads, judges and writes everything. What counts is the least of several runs.

use crossdock_tests::synthetic::synthetic;
use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

/// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == "--one") {
        return one(arguments.drain(1..).map(OsString::from).collect());
    }
    let mut sizes: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![2_000, 20_000];
    }
    for types in sizes {
        let folder = tempfile::tempdir()?;
        let specs = folder.path().join("specs");
        let size = synthetic(types, &specs)?;
        println!("{}", size.describe());
        // A large one is there to show how things grow: once is enough.
        let runs = if types > 5_000 { 1 } else { RUNS };
        let check = least(runs, || spawn(&["check".as_ref(), specs.as_os_str()]))?;
        println!("  check            {check}");
        // Each into a folder of its own: file systems are slow to reuse what has just been deleted.
        let outs: Vec<_> = (0..runs).map(|run| folder.path().join(format!("generated-{run}"))).collect();
        let build = |out: &Path| spawn(&["build".as_ref(), specs.as_os_str(), "--out".as_ref(), out.as_os_str()]);
        let mut fresh = outs.iter();
        let fresh = least(runs, || build(fresh.next().ok_or("one folder a run")?))?;
        println!("  build            {fresh}");
        let Some(last) = outs.last() else { continue };
        println!("  build, unchanged {}", least(runs, || build(last))?);
    }
    Ok(())
}

/// What a run has cost.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Cost {
    cpu_seconds: f64,
    peak_kilobytes: u64,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:6.2} s CPU, {:4} MB at most", self.cpu_seconds, self.peak_kilobytes / 1000)
    }
}

fn least(runs: usize, mut run: impl FnMut() -> Result<Cost, Box<dyn Error>>) -> Result<Cost, Box<dyn Error>> {
    let mut least = run()?;
    for _ in 1..runs {
        let next = run()?;
        if next < least {
            least = next;
        }
    }
    Ok(least)
}

/// Runs the command line in a process of its own, which tells its cost.
fn spawn(arguments: &[&std::ffi::OsStr]) -> Result<Cost, Box<dyn Error>> {
    let told = Command::new(std::env::current_exe()?).arg("--one").args(arguments).output()?;
    let text = String::from_utf8(told.stdout)?;
    let last = text.lines().last().unwrap_or_default();
    let failed = || format!("it failed: {text}{}", String::from_utf8_lossy(&told.stderr));
    let (code, rest) = last.split_once(' ').ok_or_else(failed)?;
    let (cpu, peak) = rest.split_once(' ').ok_or_else(failed)?;
    if code != "0" {
        return Err(failed().into());
    }
    Ok(Cost { cpu_seconds: cpu.parse()?, peak_kilobytes: peak.parse()? })
}

fn one(arguments: Vec<OsString>) -> Result<(), Box<dyn Error>> {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let arguments = std::iter::once(OsString::from("crossdock")).chain(arguments);
    let code = crossdock::cli::run(arguments, false, &mut out, &mut err);
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9;
    writeln!(out, "\n{code} {seconds} {}", peak_kilobytes(Path::new("/proc/self/status")))?;
    Ok(())
}

/// The most memory this process has had, where the system tells; else zero.
fn peak_kilobytes(status: &Path) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}
