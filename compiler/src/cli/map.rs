//! `crossdock map`: one mapping, on real payloads.

use super::check::{Format, show};
use super::{Streams, default_root, specs_of};
use crate::coverage::document::{Document, payload};
use crate::coverage::{answers, circumstances};
use crate::diagnostic::suggest;
use crate::eval::prepare;
use crate::model::Mapping;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use crossdock_runtime::json::{Limits, Writer};
use crossdock_runtime::{Answers, Failure, Notes};
use std::io::Read;
use std::path::PathBuf;

/// Runs one mapping on real payloads.
#[derive(Debug, Args)]
pub struct Map {
    /// The mapping's name
    mapping: String,
    /// A payload of at most 64 MiB, `-` for standard input; or `input=FILE` for each input of the mapping
    #[arg(required = true)]
    inputs: Vec<String>,
    /// The workspace: `specs`, or this folder, unless said
    #[arg(long)]
    specs: Option<PathBuf>,
    /// A file with the answers to lookups
    #[arg(long)]
    answers: Option<PathBuf>,
    /// When the message was received; now unless said
    #[arg(long)]
    received_at: Option<String>,
    /// The instance of the system
    #[arg(long)]
    instance: Option<String>,
    /// A setting of the system, `name=value`
    #[arg(long = "config", value_name = "NAME=VALUE")]
    config: Vec<String>,
    /// How a failure is written
    #[arg(long, value_enum, default_value_t = Shape::Human)]
    format: Shape,
}

/// How a failure is written; a result is JSON always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// A sentence with its places
    Human,
    /// `{"error": …}`
    Json,
}

impl Map {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let found = specs_of(&default_root(self.specs.clone()))?;
        let known = &found.model.mappings_by_name;
        let Some(id) = known.get(&self.mapping).copied() else {
            let near = suggest(&self.mapping, known.keys().map(String::as_str));
            let help = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            anyhow::bail!("there is no mapping `{}`{help}", self.mapping);
        };
        let mapping = &found.model.mappings[id];
        if mapping.body.is_none() {
            show(&found, Format::Human, streams)?;
            return Ok(1);
        }
        let payloads = self.payloads(mapping)?;
        let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        let mut said = Vec::new();
        said.push(("received_at".to_owned(), self.received_at()?));
        said.extend(self.instance.iter().map(|i| ("instance".to_owned(), i.clone())));
        let meta = circumstances(&found.model, mapping, &said, &pairs(&self.config)?).map_err(anyhow::Error::msg)?;
        let prepared = prepare(&found.model, Some(found.loader.sources()), id);
        let mut notes = Notes::new();
        let result = prepared.keys(&payloads, &meta).map(|keys| {
            let answers = match &self.answers {
                None => self.without_answers(mapping, &keys),
                Some(_) => self.answered(mapping, &keys),
            };
            (keys, answers)
        });
        let (_, given) = match result {
            Ok((keys, Ok(given))) => (keys, given),
            Ok((_, Err(error))) => return Err(error),
            Err(failure) => return self.failed(&failure, streams),
        };
        let mapped = prepared.map(&payloads, &meta, &given, &mut notes).and_then(|out| out.to_json(Writer::pretty()));
        for (reason, count) in notes.dropped() {
            writeln!(streams.err, "note: {count} left out: {reason}")?;
        }
        for (key, count) in notes.unknown_keys() {
            writeln!(streams.err, "note: the record does not declare `{key}` ({count} times)")?;
        }
        match mapped {
            Ok(json) => {
                writeln!(streams.out, "{json}")?;
                Ok(0)
            }
            Err(failure) => self.failed(&failure, streams),
        }
    }

    fn failed(&self, failure: &Failure, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        match self.format {
            Shape::Json => {
                let error = serde_json::json!({ "error": failure.to_json() });
                writeln!(streams.out, "{}", serde_json::to_string_pretty(&error)?)?;
            }
            Shape::Human => {
                writeln!(streams.err, "error[{}]: {}", failure.code(), failure.detail())?;
                if let Some(path) = failure.source_path() {
                    writeln!(streams.err, "  in the payload: {path}")?;
                }
                let target = failure.target_path();
                if !target.is_empty() {
                    writeln!(streams.err, "  in the target:  {target}")?;
                }
                if let Some(spec) = failure.spec() {
                    writeln!(streams.err, "  in the specs:   {}:{}", spec.file, spec.line)?;
                }
            }
        }
        Ok(1)
    }

    fn payloads(&self, mapping: &Mapping) -> anyhow::Result<Vec<Vec<u8>>> {
        if let ([one], [_]) = (self.inputs.as_slice(), mapping.inputs.as_slice()) {
            let path = one.split_once('=').map_or(one.as_str(), |(name, path)| {
                if mapping.inputs.iter().any(|i| i.name == name) { path } else { one }
            });
            return Ok(vec![read(path)?]);
        }
        let given = pairs(&self.inputs)?;
        mapping
            .inputs
            .iter()
            .map(|input| {
                let found = given.iter().find(|(name, _)| *name == input.name);
                let (_, path) = found.with_context(|| {
                    let names: Vec<String> = mapping.inputs.iter().map(|i| format!("{}=FILE", i.name)).collect();
                    format!("`{}` takes {}", mapping.name, names.join(" "))
                })?;
                read(path)
            })
            .collect()
    }

    fn received_at(&self) -> anyhow::Result<String> {
        if let Some(at) = &self.received_at {
            return Ok(at.clone());
        }
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        crossdock_runtime::Timestamp::from_epoch_seconds(i64::try_from(since.as_secs())?)
            .map(|at| at.to_string())
            .map_err(|failure| anyhow::anyhow!("{failure}"))
    }

    fn answered(&self, mapping: &Mapping, keys: &crossdock_runtime::Keys) -> anyhow::Result<Answers> {
        let path = self.answers.clone().unwrap_or_default();
        let bytes = std::fs::read(&path).with_context(|| format!("`{}` can't be read", path.display()))?;
        let document = Document::read(&path.to_string_lossy(), &bytes).map_err(anyhow::Error::msg)?;
        answers(mapping, keys, &document).map_err(anyhow::Error::msg)
    }

    /// Without a file every lookup is a miss, and the mapping says what that means.
    #[allow(clippy::unused_self)]
    fn without_answers(&self, mapping: &Mapping, keys: &crossdock_runtime::Keys) -> anyhow::Result<Answers> {
        answers(mapping, keys, &Document::Null).map_err(anyhow::Error::msg)
    }
}

/// A payload, read one byte beyond what may be: the decoder refuses it then, and memory stays bounded.
fn read(path: &str) -> anyhow::Result<Vec<u8>> {
    let unreadable = || format!("`{path}` can't be read");
    let source: Box<dyn Read> = match path {
        "-" => Box::new(std::io::stdin().lock()),
        _ => Box::new(std::fs::File::open(path).with_context(unreadable)?),
    };
    let mut bytes = Vec::new();
    let most = u64::from(Limits::default().bytes) + 1;
    source.take(most).read_to_end(&mut bytes).with_context(unreadable)?;
    payload(path, &bytes).map_err(|why| anyhow::anyhow!("`{path}`: {why}"))
}

fn pairs(given: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    given
        .iter()
        .map(|pair| {
            let (name, value) = pair.split_once('=').with_context(|| format!("`{pair}` is not `name=value`"))?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect()
}
