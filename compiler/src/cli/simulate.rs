//! `crossdock simulate`: runs the scenarios of a workspace in many schedules, and says which promise was broken and how.
//!
//! A broken promise is shown with the seed that repeats it and what happened until then; the exit code is 1.

use super::{Streams, checked, counted, default_root};
use crate::diagnostic::Severity;
use crate::model::{Id, Model, Scenario};
use crate::rules::flow::load::{loads, per_second};
use crate::simulate::{Broken, Outcome, Promise, Schedule, Stage, Templates};
use anyhow::{Context as _, bail};
use clap::Args;
use crossdock_runtime::flow::Ending;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// How many schedules are run before progress is shown.
const BATCH: u64 = 500;
/// How many lines of what happened are shown.
const LINES: usize = 60;

/// Runs flows against simulated systems.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The workspace: a folder with `crossdock.yaml`
    workspace: Option<PathBuf>,
    /// How many schedules of every scenario are run
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    schedules: u64,
    /// Only scenarios whose name, or whose flow's name, holds this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Only the schedule with this seed, and everything that happens in it
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

/// What came of many schedules.
#[derive(Default)]
struct Sum {
    done: u64,
    undone: u64,
    held: BTreeMap<String, u64>,
    happened: u64,
    broken: BTreeMap<Promise, (u64, u64, String)>,
    wrong: Option<String>,
}

impl Simulate {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let root = default_root(self.workspace.clone());
        let found = &*checked(&root)?;
        let errors = found.diagnostics.iter().filter(|one| one.severity == Severity::Error).count();
        if errors > 0 {
            bail!("the specs have {}: see `crossdock check`", counted(errors, "error"));
        }
        let model = &found.model;
        let filter = self.filter.as_deref().unwrap_or_default();
        let chosen: Vec<Id<Scenario>> = model
            .scenarios
            .iter()
            .filter(|(_, one)| one.name.contains(filter) || model.flows[one.flow].name.contains(filter))
            .map(|(id, _)| id)
            .collect();
        if chosen.is_empty() {
            bail!("there is no scenario to run: write one with `kind: scenario`");
        }
        let mut code = 0;
        let whole = filter.is_empty() && self.seed.is_none();
        for id in chosen {
            let scenario = &model.scenarios[id];
            let read = |path: &str| {
                let bytes = found.loader.read_path(path).map_err(|problem| problem.message(path))?;
                Ok(bytes.to_vec())
            };
            let templates = Templates::read(scenario, read).map_err(anyhow::Error::msg)?;
            let stage = Stage::new(model, Some(found.loader.sources()), id, templates)
                .with_context(|| format!("the flow of `{}` can't be run", scenario.name))?;
            code = code.max(match self.seed {
                Some(seed) => Self::one(&stage, seed, streams)?,
                None => self.many(&stage, streams)?,
            });
        }
        if whole {
            Self::utilisation(model, streams)?;
        }
        Ok(code)
    }

    /// How much of their limits the systems bear at the declared peaks, and what is left behind where it is more.
    fn utilisation(model: &Model, streams: &mut Streams<'_>) -> anyhow::Result<()> {
        let loads = loads(model);
        let mut limited = loads.iter().filter_map(|load| Some((load, load.capacity()?))).peekable();
        if limited.peek().is_some() {
            writeln!(streams.out, "at the declared peaks:")?;
        }
        for (load, capacity) in limited {
            let (name, rate) = (load.name(), load.rate());
            let percent = rate.saturating_mul(100).div_ceil(capacity.max(1));
            write!(streams.out, "  {name} is called {}, {percent} % of what it bears", per_second(rate))?;
            let hourly = rate.saturating_sub(capacity).saturating_mul(3600) / 1000;
            if hourly > 0 {
                write!(streams.out, ": each hour leaves {hourly} calls behind")?;
            }
            writeln!(streams.out)?;
        }
        Ok(())
    }

    /// One schedule, with everything that happens.
    fn one(stage: &Stage<'static>, seed: u64, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let outcome = stage.play(Schedule { seed });
        for line in &outcome.trace {
            writeln!(streams.out, "{line}")?;
        }
        if let Some(wrong) = &outcome.wrong {
            bail!("{wrong}");
        }
        let ended = match outcome.ending {
            Some(Ending::Done) => "it was done".to_owned(),
            Some(Ending::Undone) => "it was undone".to_owned(),
            None => format!("it is held by {}", outcome.held.join(", ")),
        };
        writeln!(streams.out, "{} with seed {seed}: {ended}", stage.scenario().name)?;
        for broken in &outcome.broken {
            writeln!(streams.out, "broken: {}: {}", broken.promise, broken.detail)?;
        }
        Ok(u8::from(!outcome.broken.is_empty()))
    }

    fn many(&self, stage: &Stage<'static>, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let name = &stage.scenario().name;
        let mut sum = Sum::default();
        let mut next = 0;
        while next < self.schedules {
            let until = next.saturating_add(BATCH).min(self.schedules);
            let outcomes: Vec<Outcome> =
                (next..until).into_par_iter().map(|seed| stage.play(Schedule { seed })).collect();
            for (seed, outcome) in (next..).zip(outcomes) {
                sum.add(seed, outcome);
            }
            next = until;
            if streams.colour {
                write!(streams.err, "\r{name}: {next} of {}", self.schedules)?;
                streams.err.flush()?;
            }
            if sum.wrong.is_some() {
                break;
            }
        }
        if streams.colour {
            write!(streams.err, "\r\u{1b}[K")?;
        }
        if let Some(wrong) = sum.wrong {
            bail!("{wrong}");
        }
        let held: u64 = sum.held.values().sum();
        let (done, undone, happened) = (sum.done, sum.undone, sum.happened);
        writeln!(
            streams.out,
            "{name}: {next} schedules, {happened} things that happened: {done} done, {undone} undone, {held} held"
        )?;
        for (by, count) in &sum.held {
            writeln!(streams.out, "  held {count} times by {by}")?;
        }
        for (promise, (count, seed, detail)) in &sum.broken {
            writeln!(streams.out, "  broken in {count} of {next} schedules: {promise}: {detail}")?;
            writeln!(streams.out, "  with seed {seed}:")?;
            let outcome = stage.play(Schedule { seed: *seed });
            let skipped = outcome.trace.len().saturating_sub(LINES);
            if skipped > 0 {
                writeln!(streams.out, "    … {skipped} lines before")?;
            }
            for line in outcome.trace.iter().skip(skipped) {
                writeln!(streams.out, "    {line}")?;
            }
        }
        Ok(u8::from(!sum.broken.is_empty()))
    }
}

impl Sum {
    fn add(&mut self, seed: u64, outcome: Outcome) {
        match outcome.ending {
            Some(Ending::Done) => self.done += 1,
            Some(Ending::Undone) => self.undone += 1,
            None => *self.held.entry(outcome.held.join(", ")).or_default() += 1,
        }
        self.happened += outcome.happened as u64;
        self.wrong = self.wrong.take().or(outcome.wrong);
        // A promise is broken once in a schedule, however many things break it.
        let mut broken = BTreeSet::new();
        for Broken { promise, detail } in outcome.broken {
            if broken.insert(promise) {
                self.broken.entry(promise).or_insert((0, seed, detail)).0 += 1;
            }
        }
    }
}
