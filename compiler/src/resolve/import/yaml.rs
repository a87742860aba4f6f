//! Foreign YAML: what vendors publish, tags and merge keys included, as the same tree that JSON gives.
//!
//! The language's own reader is stricter, because a spec is written for it; a vendor's document is not. Absent on purpose:
//! places and comments.

use super::json::{DEPTH_LIMIT, Json, Reading};
use granit_parser::{Event, Parser, ScalarStyle};
use std::collections::{BTreeMap, BTreeSet};

/// Reads a document. The message of an error goes on after the file's name.
pub(super) fn read(text: &str, reading: &mut Reading) -> Result<Json, String> {
    let mut options = granit_parser::options! {
        flow_nesting_limit: DEPTH_LIMIT + 2,
        block_nesting_limit: DEPTH_LIMIT + 2,
    };
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::default();
    while let Some(event) = parser.next_event() {
        let (event, _) =
            event.map_err(|error| format!("is not YAML: {} in line {}", error.kind(), error.marker().line()))?;
        if let Event::DocumentStart(..) = event
            && builder.root.is_some()
        {
            return Err("holds several documents, and a schema is one".to_owned());
        }
        builder.event(event, reading)?;
    }
    builder.root.map(|tall| tall.value).ok_or_else(|| "is empty".to_owned())
}

/// A value and how many collections lie in each other within it: aliases would nest without end.
#[derive(Clone)]
struct Tall {
    value: Json,
    height: usize,
}

#[derive(Default)]
struct Builder {
    stack: Vec<Frame>,
    root: Option<Tall>,
    anchors: BTreeMap<usize, Tall>,
}

struct Frame {
    anchor: usize,
    height: usize,
    items: Items,
}

enum Items {
    List(Vec<Json>),
    Map { entries: Vec<(String, Json)>, merged: Vec<(String, Json)>, key: Option<String> },
}

impl Builder {
    fn event(&mut self, event: Event<'_>, reading: &mut Reading) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix() == "str");
                let value = if is_text { Json::Text(text.as_ref().into()) } else { plain(&text) };
                // Keys are texts, whatever they look like.
                let value = if self.expects_key() { Json::Text(text.as_ref().into()) } else { value };
                self.put(anchor, Tall { value, height: 0 }, reading)
            }
            Event::SequenceStart(_, anchor, _) => self.open(anchor, Items::List(Vec::new()), reading),
            Event::MappingStart(_, anchor, _) => {
                let items = Items::Map { entries: Vec::new(), merged: Vec::new(), key: None };
                self.open(anchor, items, reading)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(frame) = self.stack.pop() else { return Ok(()) };
                let value = match frame.items {
                    Items::List(items) => Json::List(items.into()),
                    Items::Map { mut entries, merged, .. } => {
                        // What stands in the map itself counts, then what was merged first.
                        let mut known: BTreeSet<String> = entries.iter().map(|(key, _)| key.clone()).collect();
                        entries.extend(merged.into_iter().filter(|(key, _)| known.insert(key.clone())));
                        reading.object(entries)
                    }
                };
                self.put(frame.anchor, Tall { value, height: frame.height + 1 }, reading)
            }
            Event::Alias(id) => match self.anchors.get(&id).cloned() {
                Some(tall) => self.put(0, tall, reading),
                None => Err("has an alias inside what it stands for".to_owned()),
            },
            _ => Ok(()),
        }
    }

    fn expects_key(&self) -> bool {
        self.stack.last().is_some_and(|frame| matches!(&frame.items, Items::Map { key: None, .. }))
    }

    fn count(&self, height: usize, reading: &mut Reading) -> Result<(), String> {
        if reading.count(self.stack.len() + height) { Ok(()) } else { Err("limit".to_owned()) }
    }

    fn open(&mut self, anchor: usize, items: Items, reading: &mut Reading) -> Result<(), String> {
        self.count(1, reading)?;
        self.stack.push(Frame { anchor, height: 0, items });
        Ok(())
    }

    /// Puts a complete value where it belongs.
    fn put(&mut self, anchor: usize, tall: Tall, reading: &mut Reading) -> Result<(), String> {
        self.count(tall.height, reading)?;
        if anchor != 0 {
            self.anchors.insert(anchor, tall.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(tall);
            return Ok(());
        };
        frame.height = frame.height.max(tall.height);
        match &mut frame.items {
            Items::List(items) => items.push(tall.value),
            Items::Map { entries, merged, key } => match key.take() {
                None => *key = Some(tall.value.text().ok_or("has a key that is not text")?.to_owned()),
                Some(key) if key == "<<" => {
                    let sources = match &tall.value {
                        Json::List(sources) => sources.to_vec(),
                        one => vec![one.clone()],
                    };
                    for source in sources.iter().filter_map(Json::object) {
                        for (key, value) in source.iter() {
                            if !reading.count(0) {
                                return Err("limit".to_owned());
                            }
                            merged.push((key.to_owned(), value.clone()));
                        }
                    }
                }
                Some(key) => entries.push((key, tall.value)),
            },
        }
        Ok(())
    }
}

/// What YAML's core schema makes of a text without quotes.
fn plain(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => number(text),
        _ => Json::Text(text.into()),
    }
}

fn number(text: &str) -> Json {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() {
        return text.parse().map_or(Json::Real, Json::Int);
    }
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let whole = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let blank = exponent.is_empty() || (integer.is_empty() && fraction.is_empty());
    if !blank && whole(integer) && whole(fraction) && whole(exponent) { Json::Real } else { Json::Text(text.into()) }
}
