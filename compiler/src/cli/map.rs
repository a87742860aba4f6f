//! `crossdock map`: one mapping, on real payloads.
//!
//! The canonical object, or the request, goes to standard output as JSON. A payload that can't be mapped is exit code 1;
//! with `--format json` the failure goes to standard output too. Its shape is stable: keys may be added, none changes or
//! goes.
//!
//! ```text
//! { "version": 1, "error": {
//!     "code": the exception's name, "message": text,
//!     "source": { "input": the input's name or null, "path": "lines[3].sku", "" for the whole, or null },
//!     "target": { "path": text or null },
//!     "spec": { "file", "line" } or null
//! } }
//! ```

use super::check::{self, show};
use super::{Streams, counted, default_root, specs_of};
use crate::coverage::document::{Document, payload};
use crate::coverage::{answers, circumstances, functions};
use crate::diagnostic::did_you_mean;
use crate::eval::{Functions, Outside, Prepared, prepare};
use crate::model::Mapping;
use crate::pipeline::Checked;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use crossdock_runtime::json::{Limits, Writer};
use crossdock_runtime::{Answers, Failure, Keys, Meta, Notes};
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Runs one mapping on real payloads.
#[derive(Debug, Args)]
pub struct Map {
    /// The mapping's name
    mapping: String,
    /// A payload of at most 64 MiB, `-` for standard input; or `input=FILE` for each input of the mapping
    #[arg(required = true, value_name = "FILE")]
    inputs: Vec<String>,
    /// The workspace: `specs`, or this folder, unless said
    #[arg(long, value_name = "FOLDER")]
    specs: Option<PathBuf>,
    /// A file with the answers to lookups; what is not in it is a miss
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// A file with what the mapping's Rust functions give; a call that is not in it fails
    #[arg(long, value_name = "FILE")]
    functions: Option<PathBuf>,
    /// When the message was received; now unless said
    #[arg(long, value_name = "TIMESTAMP")]
    received_at: Option<String>,
    /// The instance of the system that sent it
    #[arg(long, value_name = "NAME")]
    instance: Option<String>,
    /// The message's id in its transport
    #[arg(long, value_name = "ID")]
    message_id: Option<String>,
    /// A setting of the system
    #[arg(long = "config", value_name = "NAME=VALUE")]
    config: Vec<String>,
    /// How a failure is written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How a failure is written; a result is JSON always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A sentence with its places, on standard error
    Human,
    /// A versioned document, on standard output
    Json,
}

impl Map {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let found = specs_of(&default_root(self.specs.clone()))?;
        let known = &found.model.mappings_by_name;
        let Some(id) = known.get(&self.mapping).copied() else {
            let near = did_you_mean(&self.mapping, known.keys().map(String::as_str));
            anyhow::bail!("there is no mapping `{}`{}", self.mapping, after(near));
        };
        let mapping = &found.model.mappings[id];
        if mapping.body.is_none() {
            let format = if self.format == Format::Json { check::Format::Json } else { check::Format::Human };
            show(&found, format, streams)?;
            return Ok(1);
        }
        let payloads = self.payloads(mapping)?;
        let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        let meta = self.meta(&found, mapping)?;
        let prepared = prepare(&found.model, Some(found.loader.sources()), id);
        let mut notes = Notes::new();
        let given = match &self.functions {
            Some(path) => {
                functions(&prepared, &file(path)?).map_err(|why| anyhow::anyhow!("`{}`: {why}", path.display()))?
            }
            None => Functions::new(),
        };
        let outside = Outside { functions: &given, ..Outside::of(&meta) };
        let mapped = match prepared.keys_given(&payloads, outside) {
            Ok(keys) => {
                let answers = self.answered(mapping, &keys, streams)?;
                json_of(&prepared, &payloads, Outside { answers: &answers, ..outside }, &mut notes)
            }
            Err(failure) => Err(failure),
        };
        for (reason, count) in notes.dropped() {
            writeln!(streams.err, "note: {} left out: {reason}", counted(usize::try_from(count)?, "element"))?;
        }
        for (key, count) in notes.unknown_keys() {
            let times = counted(usize::try_from(count)?, "time");
            writeln!(streams.err, "note: the record does not declare `{key}` ({times})")?;
        }
        match mapped {
            Ok(json) => {
                writeln!(streams.out, "{json}")?;
                Ok(0)
            }
            Err(failure) => {
                match self.format {
                    Format::Json => writeln!(streams.out, "{:#}", document(&found, mapping, &failure))?,
                    Format::Human => write!(streams.err, "{}", sentence(&found, mapping, &failure))?,
                }
                Ok(1)
            }
        }
    }

    fn meta(&self, found: &Checked, mapping: &Mapping) -> anyhow::Result<Meta> {
        let received_at = match &self.received_at {
            Some(at) => at.clone(),
            None => super::now()?.to_string(),
        };
        let mut said = vec![("received_at".to_owned(), received_at)];
        said.extend(self.instance.iter().map(|text| ("instance".to_owned(), text.clone())));
        said.extend(self.message_id.iter().map(|text| ("message_id".to_owned(), text.clone())));
        circumstances(&found.model, mapping, &said, &pairs(&self.config)?).map_err(anyhow::Error::msg)
    }

    /// The payloads in the order of the mapping's inputs.
    fn payloads(&self, mapping: &Mapping) -> anyhow::Result<Vec<Vec<u8>>> {
        let usage = || {
            let names: Vec<String> = mapping.inputs.iter().map(|input| format!("{}=FILE", input.name)).collect();
            format!("`{}` takes {}", mapping.name, names.join(" "))
        };
        if let ([one], [input]) = (self.inputs.as_slice(), mapping.inputs.as_slice()) {
            let named = one.split_once('=').filter(|(name, _)| *name == input.name);
            return Ok(vec![read(named.map_or(one.as_str(), |(_, path)| path))?]);
        }
        let given = pairs(&self.inputs).with_context(usage)?;
        for (at, (name, _)) in given.iter().enumerate() {
            let known = mapping.inputs.iter().map(|input| input.name.as_str());
            if !known.clone().any(|known| known == name) {
                anyhow::bail!("{}; it has no input `{name}`{}", usage(), after(did_you_mean(name, known)));
            }
            anyhow::ensure!(!given.iter().take(at).any(|(other, _)| other == name), "`{name}` is given twice");
        }
        let one = |input: &crate::model::Input| {
            let path = given.iter().find(|(name, _)| *name == input.name).map(|(_, path)| path);
            read(path.with_context(usage)?)
        };
        mapping.inputs.iter().map(one).collect()
    }

    fn answered(&self, mapping: &Mapping, keys: &Keys, streams: &mut Streams<'_>) -> anyhow::Result<Answers> {
        let document = match &self.answers {
            Some(path) => file(path)?,
            None => {
                // Every lookup is a miss then, and the mapping says what that means.
                for (lookup, key) in keys.iter() {
                    writeln!(streams.err, "note: no answer is given to the lookup `{lookup}` with {key}")?;
                }
                Document::Null
            }
        };
        answers(mapping, keys, &document).map_err(anyhow::Error::msg)
    }
}

fn json_of(
    prepared: &Prepared<'_>,
    payloads: &[&[u8]],
    outside: Outside<'_>,
    notes: &mut Notes,
) -> Result<String, Failure> {
    prepared.map_given(payloads, outside, notes, None)?.to_json(Writer::pretty())
}

/// The input that a failure's place is in, where there are several.
fn input_of<'m>(mapping: &'m Mapping, failure: &Failure) -> Option<&'m str> {
    let at = failure.source_at()?;
    mapping.inputs.get(usize::from(at.input)).map(|input| input.name.as_str())
}

/// The spec's file as the user finds it, and the line.
fn spec_of(found: &Checked, failure: &Failure) -> Option<(String, u32)> {
    let spec = failure.spec()?;
    let sources = found.loader.sources();
    let file = sources.by_path(&spec.file).map_or_else(|| spec.file.to_string(), |id| sources.shown(id));
    Some((file, spec.line))
}

fn document(found: &Checked, mapping: &Mapping, failure: &Failure) -> Value {
    let target = Some(failure.target_path()).filter(|path| !path.is_empty());
    let spec = spec_of(found, failure).map(|(file, line)| json!({ "file": file, "line": line }));
    json!({ "version": 1, "error": {
        "code": failure.code(),
        "message": failure.quoted(),
        "source": { "input": input_of(mapping, failure), "path": failure.source_path() },
        "target": { "path": target },
        "spec": spec,
    } })
}

fn sentence(found: &Checked, mapping: &Mapping, failure: &Failure) -> String {
    let mut text = format!("error[{}]: {}\n", failure.code(), failure.quoted());
    if let Some(path) = failure.source_path() {
        let path = if path.is_empty() { "as a whole" } else { path };
        let several = mapping.inputs.len() > 1;
        let input = input_of(mapping, failure).filter(|_| several).map(|name| format!("{name}: ")).unwrap_or_default();
        text.push_str(&format!("  in the payload: {input}{path}\n"));
    }
    let target = failure.target_path();
    if !target.is_empty() {
        text.push_str(&format!("  in the target:  {target}\n"));
    }
    if let Some((file, line)) = spec_of(found, failure) {
        text.push_str(&format!("  in the specs:   {file}:{line}\n"));
    }
    text
}

fn after(help: Option<String>) -> String {
    help.map(|help| format!("; {help}")).unwrap_or_default()
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

/// A file that says what is given.
fn file(path: &Path) -> anyhow::Result<Document> {
    let bytes = std::fs::read(path).with_context(|| format!("`{}` can't be read", path.display()))?;
    Document::read(&path.to_string_lossy(), &bytes).map_err(|why| anyhow::anyhow!("`{}`: {why}", path.display()))
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
