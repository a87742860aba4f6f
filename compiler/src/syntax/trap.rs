//! Texts that YAML reads otherwise than they are meant: an expression that starts with a quote, `!`, `*`, `&`, `[` or
//! `{`, or that holds `: `, ` #`, or inside braces a comma, brace or bracket.
//!
//! Each is named (SPEC010) with the fix that adds quotes. So that the rest of the document is judged in the same run,
//! the place becomes a [`Repair`]: the file is read again with the text blanked out, and the scalar gets the text that
//! was meant. Absent on purpose: the grammar of expressions; quotes and brackets are all that is looked at.

use super::decode::{Reader, brief};
use super::yaml::Node;
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::Span;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

/// Lines that one misread text may go over.
const LINE_LIMIT: usize = 20;
/// Misread texts in a file; of more nothing is gained.
const REPAIR_LIMIT: usize = 1_000;
/// Collections within collections that are looked through.
const DEPTH_LIMIT: u32 = 64;

/// A text to be read again as it was meant.
#[derive(Debug, Clone)]
pub(super) struct Repair {
    /// Where it stands.
    pub range: Range<u32>,
    /// What was meant.
    pub text: String,
    /// What is said about it.
    pub finding: Diagnostic,
}

/// The repairs of a file, by where they start; no two overlap.
#[derive(Debug, Default)]
pub(super) struct Repairs {
    by_start: BTreeMap<u32, Repair>,
}

impl Repairs {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_start.len()
    }

    /// Adds one, unless its place is repaired already or there are too many.
    pub fn add(&mut self, new: Repair) {
        let before = self.by_start.range(..new.range.end).next_back();
        let free = before.is_none_or(|(_, old)| old.range.end <= new.range.start);
        if free && self.by_start.len() < REPAIR_LIMIT {
            self.by_start.insert(new.range.start, new);
        }
    }

    /// What was meant where a scalar starts.
    pub fn meant(&self, start: u32) -> Option<&str> {
        self.by_start.get(&start).map(|repair| repair.text.as_str())
    }

    /// The text with each repaired place filled with letters: one plain scalar of the same length.
    pub fn blank<'s>(&self, source: &'s str) -> Cow<'s, str> {
        if self.by_start.is_empty() {
            return Cow::Borrowed(source);
        }
        let mut text = String::with_capacity(source.len());
        for repair in self.by_start.values() {
            text.push_str(source.get(text.len()..repair.range.start as usize).unwrap_or(""));
            text.extend(repair.range.clone().map(|_| 'x'));
        }
        text.push_str(source.get(text.len()..).unwrap_or(""));
        Cow::Owned(text)
    }

    /// Forgets those that a syntax error stands at all the same: what is there was not an expression.
    pub fn withdraw(&mut self, errors: impl Iterator<Item = u32>) {
        for error in errors {
            let touched = self.by_start.range(..=error).next_back().filter(|(_, old)| error <= old.range.end);
            if let Some(start) = touched.map(|(start, _)| *start) {
                self.by_start.remove(&start);
            }
        }
    }

    /// What is said about them.
    pub fn into_findings(self) -> impl Iterator<Item = Diagnostic> {
        self.by_start.into_values().map(|repair| repair.finding)
    }
}

/// The text in double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A tag: refused everywhere, and most often the start of `!has(x)`.
pub(super) fn tag(tag: Span, flow: bool, cx: &mut Reader<'_>) {
    if !repair(tag.start, flow, "takes what follows `!` for a tag", cx) {
        let message = format!("`{}` is a tag, and there are none in the language", brief(cx.slice(tag)));
        cx.report(
            Diagnostic::new(rules::SPEC010, tag, message).help("an expression that starts with `!` needs quotes"),
        );
    }
}

/// An alias without anchor.
pub(super) fn alias(name: &str, place: Span, flow: bool, cx: &mut Reader<'_>) {
    if !repair(place.start, flow, "takes what follows `*` for an alias", cx) {
        cx.report(Diagnostic::new(
            rules::SPEC010,
            place,
            format!("`*{name}` is an alias, and nothing is anchored as `{name}`"),
        ));
    }
}

/// An anchored scalar. An anchor that names nothing, or is no name, is the start of an expression.
pub(super) fn anchor(scalar: Span, flow: bool, cx: &mut Reader<'_>) {
    let line = cx.blanked.get(..scalar.start as usize).unwrap_or("").rsplit('\n').next().unwrap_or("");
    // The first `&` of the last word: `&&` is an anchor of the name `&`.
    let word = line.trim_end().rsplit([' ', ',', '[', '{']).next().unwrap_or("");
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let anchor = word.strip_prefix('&').filter(|name| scalar.start == scalar.end || !name.chars().all(is_name));
    if let Some(name) = anchor {
        let length = line.len() - line.trim_end().len() + name.len() + 1;
        let start = scalar.start - u32::try_from(length).unwrap_or(0);
        repair(start, flow, "takes what follows `&` for an anchor", cx);
    }
}

/// A list or map where `what`, an expression or the like, was expected.
pub(super) fn misread(node: &Node<'_>, what: &str, cx: &mut Reader<'_>) {
    if !misread_collection(node, cx) {
        cx.wrong_type(node, what);
    }
}

/// A map none of whose keys is known, in a place where an expression could stand. Says whether it is one.
pub(super) fn misread_map(node: &Node<'_>, cx: &mut Reader<'_>) -> bool {
    let literal = node.map().first().is_some_and(|entry| !entry.key.is_plain());
    let conditional = node.map().first().is_some_and(|entry| entry.key.is_plain() && entry.key.text.contains(" ? "));
    (literal || conditional) && misread_collection(node, cx)
}

fn misread_collection(node: &Node<'_>, cx: &mut Reader<'_>) -> bool {
    let start = node.span.start;
    match cx.blanked.get(start as usize..).and_then(|rest| rest.chars().next()) {
        Some('[') => repair(start, node.flow, "takes what starts with `[` for a list", cx),
        Some('{') => repair(start, node.flow, "takes what starts with `{` for a map", cx),
        _ => {
            let conditional = node.map().first().is_some_and(|entry| entry.key.text.contains(" ? "));
            conditional && repair(start, node.flow, "takes what precedes `: ` for a key", cx)
        }
    }
}

/// Whether a plain scalar ends with a quote or bracket open because YAML cut it at a comma, brace or comment.
/// Then it was reported.
pub(super) fn cut_short(node: &Node<'_>, text: &str, cx: &mut Reader<'_>) -> bool {
    if !text.bytes().any(|b| matches!(b, b'(' | b'[' | b'{' | b'\'' | b'"')) || is_closed(text) {
        return false;
    }
    let rest = cx.blanked.get(node.span.end as usize..).unwrap_or("");
    let line = rest.lines().next().unwrap_or("").trim_start();
    let why = match line.chars().next() {
        Some('#') => "takes what follows ` #` for a comment",
        Some(',') if node.flow => "takes `,` inside `{ }` or `[ ]` for the end of the text",
        Some('}' | ']' | '{' | '[') if node.flow => "takes brackets inside `{ }` or `[ ]` for its own",
        Some(':') => "takes what precedes `: ` for a key",
        _ => return false,
    };
    if repair(node.span.start, node.flow, why, cx) {
        return true;
    }
    let message = format!("`{}` ends with a quote or bracket open: YAML {why}", brief(text));
    cx.report(Diagnostic::new(rules::SPEC010, node.span, message).help("write the whole text in double quotes"));
    true
}

/// Looks for the misread text that a syntax error comes from: on the line of the error, or in the braces that are open
/// there since `flow`. Says whether there is one; then it was reported.
pub(super) fn at_error(error: u32, flow: Option<u32>, cx: &mut Reader<'_>) -> bool {
    let source = cx.blanked;
    let line_of = |offset: u32| {
        let before = source.get(..(offset as usize).min(source.len())).unwrap_or("");
        before.rfind('\n').map_or(0, |at| at + 1)
    };
    let mut lines = vec![line_of(error)];
    lines.extend(flow.map(line_of));
    // Errors are often noticed at the start of the line after.
    lines.extend(u32::try_from(line_of(error)).ok().and_then(|start| start.checked_sub(1)).map(line_of));
    for line in lines {
        let mut search = Search { source, depth: 0 };
        if let Some(Found { start, flow, why }) = search.line(line)
            && start <= error as usize
            && repair(u32::try_from(start).unwrap_or(u32::MAX), flow, why, cx)
        {
            return true;
        }
    }
    false
}

/// Reports the text from `start` to where an expression there ends, and has it read again. Not if it has no clear end,
/// or if it was repaired before.
fn repair(start: u32, flow: bool, why: &str, cx: &mut Reader<'_>) -> bool {
    let Some(end) = extent(cx.blanked, start as usize, flow) else { return false };
    let range = start..u32::try_from(end).unwrap_or(u32::MAX);
    let text = cx.source.get(start as usize..end).unwrap_or("").to_owned();
    if text.is_empty() {
        return false;
    }
    let span = Span::new(cx.file, range.start, range.end);
    let message = format!("`{}` needs quotes: YAML {why}", brief(&text));
    let finding = Diagnostic::new(rules::SPEC010, span, message).help("write it in double quotes");
    let finding = finding.fix(span, quoted(&text));
    cx.repairs.push(Repair { range, text, finding });
    true
}

/// Whether every quote and bracket of a text is closed.
fn is_closed(text: &str) -> bool {
    let mut scan = Scan::default();
    text.bytes().all(|byte| scan.step(byte)) && scan.is_closed()
}

/// Quotes and brackets that are open.
#[derive(Default)]
struct Scan {
    brackets: Vec<u8>,
    quote: Option<u8>,
    escaped: bool,
}

impl Scan {
    /// Takes a byte; false if it closes what is not open.
    fn step(&mut self, byte: u8) -> bool {
        if let Some(quote) = self.quote {
            if self.escaped {
                self.escaped = false;
            } else if byte == b'\\' {
                self.escaped = true;
            } else if byte == quote {
                self.quote = None;
            }
            return true;
        }
        match byte {
            b'\'' | b'"' => self.quote = Some(byte),
            b'(' | b'[' | b'{' if self.brackets.len() < 256 => self.brackets.push(byte),
            b')' => return self.brackets.pop() == Some(b'('),
            b']' => return self.brackets.pop() == Some(b'['),
            b'}' => return self.brackets.pop() == Some(b'{'),
            _ => {}
        }
        true
    }

    fn is_closed(&self) -> bool {
        self.quote.is_none() && self.brackets.is_empty()
    }
}

/// Where an expression ends that starts at `start`: at the end of the line or a comment, in braces also at a comma or
/// closing brace; none of them inside its own quotes and brackets. `None` if they are not closed.
fn extent(source: &str, start: usize, flow: bool) -> Option<usize> {
    let text = source.get(start..)?;
    let mut scan = Scan::default();
    let mut lines = 0;
    let mut previous = b' ';
    let mut end = text.len();
    for (at, byte) in text.bytes().enumerate() {
        let open = !scan.is_closed();
        let ends = match byte {
            b'\n' => {
                lines += 1;
                !open || scan.quote.is_some() || lines > LINE_LIMIT
            }
            b'#' => scan.quote.is_none() && matches!(previous, b' ' | b'\t'),
            b',' | b'}' | b']' => flow && !open,
            _ => false,
        };
        if ends {
            end = at;
            break;
        }
        if !scan.step(byte) {
            return None;
        }
        previous = byte;
    }
    let text = text.get(..end)?.trim_end();
    scan.is_closed().then_some(start + text.len())
}

/// The length of the quoted text that a line starts with, as YAML reads it.
fn quoted_length(line: &str, quote: char) -> Option<usize> {
    let mut chars = line.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => drop(chars.next()),
            // Two of them stand for one.
            '\'' if c == quote && chars.peek().is_some_and(|(_, next)| *next == quote) => drop(chars.next()),
            c if c == quote => return Some(at + c.len_utf8()),
            _ => {}
        }
    }
    None
}

/// A misread text: where it starts, whether in braces, and what YAML makes of it.
struct Found {
    start: usize,
    flow: bool,
    why: &'static str,
}

/// Looks through lines and braces for values that YAML misreads.
struct Search<'s> {
    source: &'s str,
    depth: u32,
}

impl Search<'_> {
    fn rest(&self, at: usize) -> &str {
        self.source.get(at..).unwrap_or("")
    }

    fn skip(&self, at: usize, blanks: &[char]) -> usize {
        let rest = self.rest(at);
        at + rest.len() - rest.trim_start_matches(blanks).len()
    }

    /// The rest of the line, comment included.
    fn tail(&self, at: usize) -> &str {
        self.rest(at).lines().next().unwrap_or("")
    }

    /// A line of a block: dashes, a key, a value.
    fn line(&mut self, start: usize) -> Option<Found> {
        let first = self.skip(start, &[' ']);
        let mut at = first;
        while self.tail(at).starts_with("- ") {
            at = self.skip(at + 1, &[' ']);
        }
        let value = match self.key(at) {
            Some(after) => self.skip(after, &[' ']),
            // A line without key or dash is a value only if the line before left one open.
            None if at > first || self.source.get(..start)?.trim_end().ends_with(':') => at,
            None => return None,
        };
        self.value(value, false)
    }

    /// Where the value after a key starts, if there is a key.
    fn key(&self, at: usize) -> Option<usize> {
        let line = self.tail(at);
        let (key, after) = match line.chars().next()? {
            quote @ ('"' | '\'') => {
                let length = quoted_length(line, quote)?;
                (length, line.get(length..)?.trim_start().strip_prefix(':')?)
            }
            '{' | '[' => return None,
            _ => {
                let mut colons = line.match_indices(':').map(|(at, _)| at);
                let length = colons
                    .find(|at| line.get(at + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))?;
                (length, line.get(length + 1..)?)
            }
        };
        let name = line.get(..key)?;
        // `a ? b : c` is no key.
        if name.contains(" ? ") { None } else { Some(at + line.len() - after.len()) }
    }

    fn value(&mut self, at: usize, flow: bool) -> Option<Found> {
        let found = |why| Some(Found { start: at, flow, why });
        let line = self.tail(at);
        let first = line.chars().next()?;
        match first {
            '!' => found("takes what follows `!` for a tag"),
            '*' => found("takes what follows `*` for an alias"),
            '&' => found("takes what follows `&` for an anchor"),
            '@' | '`' | '%' => found("keeps this character for itself"),
            '"' | '\'' => {
                let after = line.get(quoted_length(line, first)?..)?.trim_start();
                let ends = after.is_empty() || after.starts_with('#') || (flow && after.starts_with([',', '}', ']']));
                if ends {
                    None
                } else if first == '"' {
                    found("takes what starts with `\"` for a quoted text")
                } else {
                    found("takes what starts with `'` for a quoted text")
                }
            }
            '[' | '{' => {
                let end = extent(self.source, at, flow)?;
                let close = self.close(at)?;
                if end > close {
                    let list = first == '[';
                    return found(if list {
                        "takes what starts with `[` for a list"
                    } else {
                        "takes what starts with `{` for a map"
                    });
                }
                self.collection(at, first == '{')
            }
            _ => {
                let end = extent(self.source, at, flow)?;
                let text = self.source.get(at..end)?;
                if text.contains(": ") || text.ends_with(':') {
                    found("takes what precedes `: ` for a key")
                } else if text.contains(" #") {
                    found("takes what follows ` #` for a comment")
                } else if flow && text.contains(['[', ']', '{', '}']) {
                    found("takes brackets inside `{ }` or `[ ]` for its own")
                } else if flow && text.contains(',') {
                    found("takes `,` inside `{ }` or `[ ]` for the end of the text")
                } else {
                    None
                }
            }
        }
    }

    /// Where the bracket at `at` is closed: the offset after it.
    fn close(&self, at: usize) -> Option<usize> {
        let mut scan = Scan::default();
        for (offset, byte) in self.rest(at).bytes().enumerate() {
            if !scan.step(byte) {
                return None;
            }
            if scan.is_closed() {
                return Some(at + offset + 1);
            }
        }
        None
    }

    /// The values of a list or map in brackets.
    fn collection(&mut self, open: usize, map: bool) -> Option<Found> {
        if self.depth >= DEPTH_LIMIT {
            return None;
        }
        self.depth += 1;
        let mut at = open + 1;
        let found = loop {
            at = self.skip(at, &[' ', '\t', '\n', '\r', ',']);
            let line = self.tail(at);
            match line.chars().next() {
                None if self.rest(at).is_empty() => break None,
                Some('}' | ']') => break None,
                Some('#') => at += line.len(),
                _ => {
                    let key = if map { self.key(at) } else { None };
                    let value = key.map_or(at, |after| self.skip(after, &[' ']));
                    if let Some(found) = self.value(value, true) {
                        break Some(found);
                    }
                    match extent(self.source, value, true) {
                        Some(end) if end > at => at = end,
                        _ => break None,
                    }
                }
            }
        };
        self.depth -= 1;
        found
    }
}
