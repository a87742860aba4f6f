//! Documents by path, places in them by JSON pointer (RFC 6901), and what a reference names.

use super::json::{self, Json, Reading};
use super::yaml;
use crate::diagnostic::RuleId;
use crate::rules;
use crate::source::{Loader, ProblemKind, resolve};
use std::collections::BTreeMap;

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The document's position in [`Documents`].
    pub(super) document: usize,
    /// A JSON pointer, escaped; empty for the whole.
    pub(super) pointer: String,
}

impl Place {
    /// What stands below it at a key.
    pub(super) fn key(&self, key: &str) -> Place {
        let escaped = key.replace('~', "~0").replace('/', "~1");
        Place { document: self.document, pointer: format!("{}/{escaped}", self.pointer) }
    }

    /// What stands below it at an index.
    pub(super) fn index(&self, index: usize) -> Place {
        Place { document: self.document, pointer: format!("{}/{index}", self.pointer) }
    }

    /// The last step of the way to it; none for the whole document.
    pub(super) fn last(&self) -> Option<String> {
        self.pointer.rsplit_once('/').map(|(_, last)| unescape(last))
    }

    /// The place around it.
    pub(super) fn parent(&self) -> Option<Place> {
        let (parent, _) = self.pointer.rsplit_once('/')?;
        Some(Place { document: self.document, pointer: parent.to_owned() })
    }
}

/// What is wrong with a document or a reference; the message goes on after what it is about.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) rule: RuleId,
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
}

impl Problem {
    pub(super) fn new(rule: RuleId, message: impl Into<String>) -> Problem {
        Problem { rule, message: message.into(), help: None }
    }

    fn help(self, help: &'static str) -> Problem {
        Problem { help: Some(help), ..self }
    }
}

/// The documents that were read.
#[derive(Debug, Default)]
pub(super) struct Documents {
    read: Vec<(String, Json)>,
    by_path: BTreeMap<String, Option<usize>>,
}

impl Documents {
    /// The document at a path from the workspace's folder. Problems are given when it is first asked for; the document
    /// may be there all the same.
    pub(super) fn load(&mut self, path: &str, loader: &Loader) -> (Option<usize>, Vec<Problem>) {
        if let Some(known) = self.by_path.get(path) {
            return (*known, Vec::new());
        }
        let mut problems = Vec::new();
        let root = loader.read_path(path).map_err(|problem| refused(&problem, path)).and_then(|bytes| {
            let mut reading = Reading::default();
            let read = parse(path, &bytes, &mut reading);
            for key in &reading.duplicates {
                problems
                    .push(Problem::new(rules::SPEC005, format!("`{path}` has the key `{key}` twice in one object")));
            }
            match (reading.limit, read) {
                (Some(limit), _) => Err(Problem::new(rules::SPEC007, format!("`{path}` {limit}"))),
                (None, read) => read.map_err(|why| Problem::new(rules::SPEC001, format!("`{path}` {why}"))),
            }
        });
        let id = match root {
            Ok(root) => {
                self.read.push((path.to_owned(), root));
                Some(self.read.len() - 1)
            }
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        self.by_path.insert(path.to_owned(), id);
        (id, problems)
    }

    /// A document's path from the workspace's folder.
    pub(super) fn path(&self, document: usize) -> &str {
        self.read.get(document).map_or("", |(path, _)| path)
    }

    /// What stands at a place.
    pub(super) fn get(&self, place: &Place) -> Option<Json> {
        let (_, root) = self.read.get(place.document)?;
        let mut at = root;
        for step in place.pointer.split('/').skip(1) {
            at = if step.contains('~') { at.child(&unescape(step))? } else { at.child(step)? };
        }
        Some(at.clone())
    }

    /// A place as a reference to it: `vendor/a.json#/properties/x`.
    pub(super) fn show(&self, place: &Place) -> String {
        let path = self.path(place.document);
        if place.pointer.is_empty() { path.to_owned() } else { format!("{path}#{}", place.pointer) }
    }
}

fn parse(path: &str, bytes: &[u8], reading: &mut Reading) -> Result<Json, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let by_name = path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("json"));
    if by_name || text.trim_start().starts_with('{') { json::read(text, reading) } else { yaml::read(text, reading) }
}

fn refused(problem: &ProblemKind, path: &str) -> Problem {
    let rule = match problem {
        limit if limit.is_limit() => rules::SPEC007,
        ProblemKind::Missing => rules::NAME001,
        _ => rules::SPEC004,
    };
    let problem = Problem::new(rule, problem.message(path));
    problem.help("a schema and all that it refers to lie inside the workspace")
}

/// A reference: a document, by its path from the workspace's folder, and a pointer in it. `from` is the path of the file
/// that it stands in.
pub(super) fn reference(from: &str, text: &str) -> Result<(String, String), Problem> {
    let (uri, fragment) = text.split_once('#').unwrap_or((text, ""));
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if is_scheme || uri.starts_with("//") {
        let problem = Problem::new(rules::SPEC004, format!("`{text}` is outside of the workspace"));
        return Err(problem.help("save the document in the workspace and refer to the file"));
    }
    let path = match uri {
        "" => from.to_owned(),
        uri => {
            let uri = decoded(uri);
            resolve(from, &uri).map_err(|error| refused(&error.into(), &uri))?
        }
    };
    let pointer = decoded(fragment);
    if !pointer.is_empty() && !pointer.starts_with('/') {
        let problem = Problem::new(rules::SPEC004, format!("`{text}` names an anchor"));
        return Err(problem.help("refer to a place by its JSON pointer, such as `#/$defs/Address`"));
    }
    // One spelling of one place, so that it is one record.
    let mut normal = String::with_capacity(pointer.len());
    for step in pointer.split('/').skip(1) {
        normal.push('/');
        normal.push_str(&escape(&unescape(step)));
    }
    Ok((path, normal))
}

fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// Percent-decoded; what is no escape, or no UTF-8 after it, stays as it is.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let hex = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high * 16 + low);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}
