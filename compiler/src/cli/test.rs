//! `crossdock test`: the tests in the specs, and what they reach.
//!
//! The JSON format is stable as that of findings is: keys may be added, none changes or goes.
//!
//! ```text
//! { "version": 1,
//!   "tests": [ { "mapping", "name", "passed": bool, "file", "line", "problems": [text] } ],
//!   "coverage": [ { "mapping", "fields" | "branches" | "codes" | "presence": { "reached", "of" },
//!                   "missed": [ { "aspect", "what", "file", "line" } ] } ] }
//! ```

use super::{Streams, counted, default_root, specs_of};
use crate::coverage::{self, Aspect, Coverage, Report, Tally};
use crate::pipeline::Checked;
use crate::source::Span;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Runs the tests in the specs.
#[derive(Debug, Args)]
pub struct Test {
    /// The workspace: a folder with `crossdock.yaml`
    workspace: Option<PathBuf>,
    /// Only tests whose mapping or name holds this; says nothing of coverage then
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// How results are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Say of every mapping what no test reaches
    #[arg(long)]
    missed: bool,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// What failed, then what is reached
    Human,
    /// A versioned document
    Json,
}

impl Test {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let root = default_root(self.workspace.clone());
        let found = specs_of(&root)?;
        let filter = self.filter.as_deref().unwrap_or_default();
        let report = coverage::run(&found.model, &found.loader, true, &|mapping, test| {
            mapping.name.contains(filter) || test.name.contains(filter)
        });
        if self.format == Format::Json {
            let document = self.document(&found, &report);
            writeln!(streams.out, "{document:#}")?;
        } else {
            self.show(&found, &report, streams)?;
        }
        let failed = report.tests.iter().filter(|test| !test.passed()).count();
        let passed = report.tests.len() - failed;
        // A mapping that did not type-check has no result at all, and its tests did not pass.
        let broken = found.model.mappings.rows().iter().filter(|m| m.body.is_none()).count();
        write!(streams.err, "{passed} passed, {failed} failed")?;
        if broken > 0 {
            write!(streams.err, "; {} not run: see `crossdock check`", counted(broken, "mapping"))?;
        }
        writeln!(streams.err)?;
        Ok(u8::from(failed > 0 || broken > 0))
    }

    fn show(&self, found: &Checked, report: &Report<'_>, streams: &mut Streams<'_>) -> anyhow::Result<()> {
        for result in report.tests.iter().filter(|result| !result.passed()) {
            let mapping = &found.model.mappings[result.mapping].name;
            let (file, line) = place(found, result.test.span);
            writeln!(streams.out, "failed: {mapping}: {} ({file}:{line})", result.test.name)?;
            for problem in &result.problems {
                writeln!(streams.out, "  {problem}")?;
            }
        }
        if self.filter.is_some() {
            return Ok(());
        }
        let width = report.coverage.iter().map(|c| c.of.name.len()).max().unwrap_or(0);
        for coverage in &report.coverage {
            let name = &coverage.of.name;
            let tests = counted(coverage.of.tests.len(), "test");
            let tallies: Vec<String> = tallies(coverage).map(|(a, tally)| format!("{} {tally}", a.word())).collect();
            writeln!(streams.out, "{name:width$}  {tests:>8}  {}", tallies.join(", "))?;
            if self.missed {
                for point in &coverage.missed {
                    let (file, line) = place(found, point.span);
                    writeln!(streams.out, "  no test {} ({file}:{line})", point.what)?;
                }
            }
        }
        Ok(())
    }

    fn document(&self, found: &Checked, report: &Report<'_>) -> Value {
        let tests: Vec<Value> = report
            .tests
            .iter()
            .map(|result| {
                let (file, line) = place(found, result.test.span);
                let problems: Vec<String> = result.problems.iter().map(ToString::to_string).collect();
                let mapping = &found.model.mappings[result.mapping].name;
                let (name, passed) = (&result.test.name, result.passed());
                json!({ "mapping": mapping, "name": name, "passed": passed, "file": file, "line": line,
                        "problems": problems })
            })
            .collect();
        let mut document = json!({ "version": 1, "tests": tests });
        if let (None, Some(document)) = (&self.filter, document.as_object_mut()) {
            let coverage = report.coverage.iter().map(|coverage| reached(found, coverage)).collect();
            document.insert("coverage".to_owned(), coverage);
        }
        document
    }
}

fn reached(found: &Checked, coverage: &Coverage<'_>) -> Value {
    let mut object = serde_json::Map::new();
    object.insert("mapping".to_owned(), coverage.of.name.as_str().into());
    for (aspect, tally) in tallies(coverage) {
        object.insert(aspect.word().to_owned(), json!({ "reached": tally.reached, "of": tally.of }));
    }
    let missed = coverage.missed.iter().map(|point| {
        let (file, line) = place(found, point.span);
        json!({ "aspect": point.aspect.word(), "what": point.what, "file": file, "line": line })
    });
    object.insert("missed".to_owned(), missed.collect());
    Value::Object(object)
}

/// Every aspect, also those of which a mapping has nothing.
fn tallies(coverage: &Coverage<'_>) -> impl Iterator<Item = (Aspect, Tally)> {
    Aspect::ALL.into_iter().map(|aspect| (aspect, coverage.tallies.get(&aspect).copied().unwrap_or_default()))
}

fn place(found: &Checked, span: Span) -> (String, u32) {
    let sources = found.loader.sources();
    (sources.shown(span.file), sources.start(span).line)
}
