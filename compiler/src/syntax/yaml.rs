//! YAML to a tree of nodes that know their places. The only file that names the YAML crate.
//!
//! YAML 1.2, less of it: no tags, no merge keys, no keys that are not text. Anchors and aliases are resolved here, under
//! limits; a key that stands twice is kept, marked and reported; a syntax error ends its document, not the file.
//! Absent on purpose: any typing of scalars (a scalar is its text and its style), and comments.

use super::decode::Reader;
use super::trap::{self, Repairs};
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::{FileId, Span};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StrInput, StructureStyle};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub use super::node::{Entry, Key, Node, NodeKind, Raw, Style};

/// Collections within collections.
const DEPTH_LIMIT: usize = 64;
/// Uses of aliases in a file.
const ALIAS_LIMIT: usize = 1_000;
/// Nodes in a file, aliases expanded.
const NODE_LIMIT: usize = 1_000_000;
/// Bytes in a scalar.
const SCALAR_LIMIT: usize = 1 << 20;

/// The documents of a file.
#[derive(Debug, Default)]
pub(super) struct Parsed<'a> {
    /// Those that could be read to their end, in order.
    pub documents: Vec<Node<'a>>,
    /// What was read of others before their syntax error.
    pub broken: Vec<Node<'a>>,
    /// Whether there was an error, behind which documents may stand that were not seen.
    pub cut: bool,
}

/// Reads all documents of a text. `repairs` are places that stand in the text as blanks of the same length; their
/// scalars get the text that was meant.
pub(super) fn parse<'a>(text: &'a str, repairs: &Repairs, cx: &mut Reader<'_>) -> Parsed<'a> {
    let mut options = granit_parser::options! {
        strict_indentation: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH_LIMIT + 1,
        block_nesting_limit: DEPTH_LIMIT + 1,
    };
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::new(cx.file, text, repairs);
    let mut parsed = Parsed::default();
    while let Some(event) = parser.next_event() {
        let stop = match event {
            Ok((Event::DocumentEnd, _)) => {
                parsed.documents.extend(builder.finish().filter(|node| !node.is_null()));
                continue;
            }
            Ok((event, span)) => builder.event(event, &span, cx),
            Err(error) => {
                builder.error(&error, cx);
                Err(Stop::Document)
            }
        };
        if let Err(stop) = stop {
            parsed.cut = true;
            parsed.broken.extend(builder.abandon());
            if matches!(stop, Stop::File) || !next_document(&mut parser, cx) {
                break;
            }
        }
    }
    parsed
}

fn next_document<'a>(parser: &mut Parser<'a, StrInput<'a>>, cx: &mut Reader<'_>) -> bool {
    parser.proceed_next_document().unwrap_or_else(|error| {
        cx.report(syntax_error(error.kind(), at(&error, cx.file)));
        false
    })
}

/// What can't be gone on with.
enum Stop {
    /// The document.
    Document,
    /// The whole file: a limit that counts over its documents.
    File,
}

/// Builds the tree of a document from events.
struct Builder<'a, 'r> {
    file: FileId,
    text: &'a str,
    repairs: &'r Repairs,
    stack: Vec<Frame<'a>>,
    root: Option<Node<'a>>,
    /// Anchored nodes with the number of nodes in each.
    anchors: BTreeMap<usize, (Node<'a>, usize)>,
    aliases: usize,
    nodes: usize,
}

/// A collection that is not closed yet.
struct Frame<'a> {
    start: u32,
    anchor: usize,
    flow: bool,
    /// How many nodes there were when it began.
    nodes: usize,
    items: Items<'a>,
}

enum Items<'a> {
    List(Vec<Node<'a>>),
    Map(Vec<Entry<'a>>, Option<Key<'a>>),
}

impl<'a, 'r> Builder<'a, 'r> {
    fn new(file: FileId, text: &'a str, repairs: &'r Repairs) -> Self {
        let (stack, anchors) = (Vec::new(), BTreeMap::new());
        Builder { file, text, repairs, stack, root: None, anchors, aliases: 0, nodes: 0 }
    }

    fn event(&mut self, event: Event<'a>, span: &granit_parser::Span, cx: &mut Reader<'_>) -> Result<(), Stop> {
        let place = self.span(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(place, 1, cx)?;
                if tag.is_some() {
                    self.tag(span, cx);
                }
                if anchor != 0 {
                    trap::anchor(place, self.in_flow(), cx);
                }
                if text.len() > SCALAR_LIMIT {
                    let message = format!("a text is longer than {} KiB", SCALAR_LIMIT >> 10);
                    cx.report(Diagnostic::new(rules::SPEC007, place.at_start(), message));
                    return Err(Stop::Document);
                }
                let kind = self.scalar(text, style, place);
                let node = Node { kind, span: self.trimmed(place, style), flow: self.in_flow() };
                self.anchor(anchor, &node, 1, cx)?;
                self.value(node, cx);
                Ok(())
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.open(Items::List(Vec::new()), style, anchor, tag.is_some(), span, cx)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.open(Items::Map(Vec::new(), None), style, anchor, tag.is_some(), span, cx)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place, cx),
            Event::Alias(id) => self.alias(id, place, cx),
            Event::UnresolvedAlias(name) => {
                trap::alias(&name, place, self.in_flow(), cx);
                let kind = NodeKind::Scalar { text: Cow::Borrowed(""), style: Style::Plain };
                self.value(Node { kind, span: place, flow: self.in_flow() }, cx);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or(0..0);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.file, offset(range.start), offset(range.end))
    }

    /// A block scalar's place without the blank lines below it.
    fn trimmed(&self, place: Span, style: ScalarStyle) -> Span {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return place;
        }
        let written = self.text.get(place.range()).unwrap_or("").trim_end();
        Span::new(place.file, place.start, place.start.saturating_add(u32::try_from(written.len()).unwrap_or(0)))
    }

    fn in_flow(&self) -> bool {
        self.stack.last().is_some_and(|frame| frame.flow)
    }

    fn scalar(&self, text: Cow<'a, str>, style: ScalarStyle, place: Span) -> NodeKind<'a> {
        if let Some(meant) = self.repairs.meant(place.start) {
            return NodeKind::Scalar { text: Cow::Owned(meant.to_owned()), style: Style::Plain };
        }
        // The parser gives `~` where nothing is written.
        let text = if style == ScalarStyle::Plain && place.start == place.end { Cow::Borrowed("") } else { text };
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        NodeKind::Scalar { text, style }
    }

    fn tag(&self, span: &granit_parser::Span, cx: &mut Reader<'_>) {
        let tag = span.tag_span().map_or_else(|| self.span(span).at_start(), |tag| self.span(&tag));
        trap::tag(tag, self.in_flow(), cx);
    }

    /// Counts nodes; aliases count for all that they stand for.
    fn count(&mut self, place: Span, nodes: usize, cx: &mut Reader<'_>) -> Result<(), Stop> {
        self.nodes += nodes;
        if self.nodes <= NODE_LIMIT {
            return Ok(());
        }
        let message = format!("the file has more than {NODE_LIMIT} values, aliases counted where they are used");
        let help =
            if self.aliases > 0 { "write out what the aliases stand for" } else { "split it into several files" };
        cx.report(Diagnostic::new(rules::SPEC007, place, message).help(help));
        Err(Stop::File)
    }

    fn open(
        &mut self,
        items: Items<'a>,
        style: StructureStyle,
        anchor: usize,
        tagged: bool,
        span: &granit_parser::Span,
        cx: &mut Reader<'_>,
    ) -> Result<(), Stop> {
        let place = self.span(span);
        self.count(place, 1, cx)?;
        if tagged {
            self.tag(span, cx);
        }
        if self.stack.len() >= DEPTH_LIMIT {
            let message = format!("values are nested more than {DEPTH_LIMIT} deep");
            cx.report(Diagnostic::new(rules::SPEC007, place.at_start(), message));
            return Err(Stop::Document);
        }
        let flow = style == StructureStyle::Flow;
        self.stack.push(Frame { start: place.start, anchor, flow, nodes: self.nodes, items });
        Ok(())
    }

    fn close(&mut self, place: Span, cx: &mut Reader<'_>) -> Result<(), Stop> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let Frame { start, anchor, flow, nodes, items } = frame;
        let (kind, last) = match items {
            Items::List(items) => {
                let last = items.last().map(|item| item.span.end);
                (NodeKind::List(items), last)
            }
            Items::Map(mut entries, _) => {
                mark_duplicates(&mut entries, cx);
                let last = entries.last().map(|entry| entry.value.span.end.max(entry.key.span.end));
                (NodeKind::Map(entries), last)
            }
        };
        // A block ends where the next token begins, which may be lines below.
        let end = if flow { place.end } else { last.unwrap_or(start) };
        let node = Node { kind, span: Span::new(self.file, start, end), flow: flow || self.in_flow() };
        self.anchor(anchor, &node, self.nodes - nodes + 1, cx)?;
        self.value(node, cx);
        Ok(())
    }

    fn anchor(&mut self, id: usize, node: &Node<'a>, nodes: usize, cx: &mut Reader<'_>) -> Result<(), Stop> {
        if id != 0 {
            // The copy that is kept counts: anchors within anchors would multiply unseen.
            self.count(node.head(), nodes, cx)?;
            self.anchors.insert(id, (node.clone(), nodes));
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, place: Span, cx: &mut Reader<'_>) -> Result<(), Stop> {
        self.aliases += 1;
        if self.aliases > ALIAS_LIMIT {
            let message = format!("the file uses aliases more than {ALIAS_LIMIT} times");
            cx.report(Diagnostic::new(rules::SPEC007, place, message));
            return Err(Stop::File);
        }
        let Some((node, nodes)) = self.anchors.get(&id).cloned() else {
            cx.report(Diagnostic::new(rules::SPEC001, place, "an alias stands inside what it stands for"));
            return Err(Stop::Document);
        };
        self.count(place, nodes, cx)?;
        if self.stack.len() + depth(&node) > DEPTH_LIMIT {
            let message = format!("values are nested more than {DEPTH_LIMIT} deep where this alias stands");
            cx.report(Diagnostic::new(rules::SPEC007, place, message));
            return Err(Stop::Document);
        }
        self.value(node, cx);
        Ok(())
    }

    /// Puts a complete value where it belongs.
    fn value(&mut self, node: Node<'a>, cx: &mut Reader<'_>) {
        match self.stack.last_mut().map(|frame| &mut frame.items) {
            None => self.root = Some(node),
            Some(Items::List(items)) => items.push(node),
            Some(Items::Map(entries, pending)) => match pending.take() {
                Some(key) if key.style == Style::Plain && key.text == "<<" => {
                    let finding = Diagnostic::new(rules::SPEC002, key.span, "merge keys are not part of the language");
                    cx.report(finding.help("write the keys out"));
                }
                Some(key) => entries.push(Entry { key, value: node, duplicate: false }),
                None => *pending = Some(key(node, cx)),
            },
        }
    }

    /// The document's root.
    fn finish(&mut self) -> Option<Node<'a>> {
        self.stack.clear();
        self.anchors.clear();
        self.root.take()
    }

    /// What was read of a document that can't be gone on with: the outermost map as far as it goes.
    fn abandon(&mut self) -> Option<Node<'a>> {
        let file = self.file;
        let outermost = self.stack.drain(..).next().map(|frame| match frame.items {
            Items::List(items) => (NodeKind::List(items), frame.start),
            Items::Map(entries, _) => (NodeKind::Map(entries), frame.start),
        });
        self.anchors.clear();
        let started = outermost.map(|(kind, start)| Node { kind, span: Span::new(file, start, start), flow: false });
        self.root.take().or(started)
    }

    fn error(&self, error: &ScanError, cx: &mut Reader<'_>) {
        let place = at(error, self.file);
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            let message = format!("values are nested more than {DEPTH_LIMIT} deep");
            return cx.report(Diagnostic::new(rules::SPEC007, place, message));
        }
        let flow = self.stack.iter().find(|frame| frame.flow).map(|frame| frame.start);
        if !trap::at_error(place.start, flow, cx) {
            let open = self.stack.iter().rev().find(|frame| frame.flow).map(|frame| frame.start);
            let mut finding = syntax_error(error.kind(), self.noticed(error.kind(), place));
            if let Some(open) = open {
                finding = finding.related(Span::new(self.file, open, open + 1), "opened here");
            }
            cx.report(finding);
        }
    }

    /// The place of an error as a reader looks for it: a tab is noticed behind it, or at the start of the text that it
    /// would go on with.
    fn noticed(&self, kind: &ErrorKind, place: Span) -> Span {
        if matches!(kind, ErrorKind::TabInPlainScalar) {
            let behind = self.text.get(place.range().start..).and_then(|text| text.find('\t'));
            let tab = behind.and_then(|at| u32::try_from(at).ok()).map(|at| place.start + at);
            return tab.map_or(place, |tab| Span::new(place.file, tab, tab + 1));
        }
        let before = place.start.checked_sub(1).map(|start| Span::new(place.file, start, place.start));
        match before {
            Some(before) if self.text.get(before.range()) == Some("\t") => before,
            _ => place,
        }
    }
}

fn at(error: &ScanError, file: FileId) -> Span {
    let offset = u32::try_from(error.marker().byte_offset().unwrap_or(0)).unwrap_or(u32::MAX);
    Span::new(file, offset, offset)
}

/// A key must be text; of anything else the finding is given and an empty one goes on.
fn key<'a>(node: Node<'a>, cx: &mut Reader<'_>) -> Key<'a> {
    if let NodeKind::Scalar { text, style } = node.kind {
        return Key { text, style, span: node.span };
    }
    cx.wrong_type(&node, "text as a key");
    Key { text: Cow::Borrowed(""), style: Style::Double, span: node.head() }
}

fn depth(node: &Node<'_>) -> usize {
    match &node.kind {
        NodeKind::Scalar { .. } => 0,
        NodeKind::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        NodeKind::Map(entries) => 1 + entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0),
    }
}

/// Marks and reports each key that stood before.
fn mark_duplicates(entries: &mut [Entry<'_>], cx: &mut Reader<'_>) {
    let mut repeats: Vec<(usize, Span)> = Vec::new();
    if entries.len() <= 12 {
        for (index, entry) in entries.iter().enumerate() {
            if let Some(first) = entries.iter().take(index).find(|first| first.key.text == entry.key.text) {
                repeats.push((index, first.key.span));
            }
        }
    } else {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            match seen.get(entry.key.text.as_ref()) {
                Some(first) => repeats.push((index, *first)),
                None => drop(seen.insert(&entry.key.text, entry.key.span)),
            }
        }
    }
    for (index, first) in repeats {
        if let Some(entry) = entries.get_mut(index) {
            entry.duplicate = true;
            let message = format!("the key `{}` stands twice", super::decode::brief(&entry.key.text));
            let finding = Diagnostic::new(rules::SPEC005, entry.key.span, message);
            cx.report(finding.related(first, "first here").help("one map can say a thing once; this one is not used"));
        }
    }
}

/// A syntax error in the words of the language.
fn syntax_error(kind: &ErrorKind, place: Span) -> Diagnostic {
    let (message, help) = match kind {
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabInPlainScalar => ("a tab cannot indent", Some("indent with blanks")),
        ErrorKind::UnclosedQuotedScalar => ("a quoted text is not closed", None),
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent => {
            ("this line is indented less than what it continues", Some("close the quote, bracket or brace before it"))
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => (
            "a key cannot stand here",
            Some("indent it as the keys beside it are; if it is part of a text, write the text in double quotes"),
        ),
        ErrorKind::InvalidQuotedScalarIndent => (
            "this line of a quoted text is indented less than its start",
            Some("perhaps a quote before it is not closed"),
        ),
        ErrorKind::ExpectedBlockMappingKey => ("a key with `:` after it was expected here", None),
        ErrorKind::SimpleKeyExpected => ("`:` was expected after the key", None),
        ErrorKind::DuplicateVersionDirective | ErrorKind::DirectiveDisallowed => {
            ("directives are not part of the language", Some("take the line that starts with `%` out"))
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("`{close}` cannot close what `{open}` opened");
            return Diagnostic::new(rules::SPEC001, place, message);
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            return Diagnostic::new(rules::SPEC001, place, format!("`{open}` is not closed"));
        }
        ErrorKind::UnexpectedCharacter { character } => {
            let message = format!("`{character}` cannot start a text without quotes");
            return Diagnostic::new(rules::SPEC001, place, message).help("write the text in double quotes");
        }
        other => return Diagnostic::new(rules::SPEC001, place, lower_first(&other.to_string())),
    };
    Diagnostic::new(rules::SPEC001, place, message).help_opt(help)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Node<'static>>, Vec<String>) {
        let mut cx = Reader::new(FileId(0), text, text);
        let parsed = parse(text, &Repairs::default(), &mut cx);
        let codes = cx.diagnostics.iter().map(|d| format!("{} {}", d.code, d.message)).collect();
        (parsed.documents.into_iter().map(Node::into_owned).collect(), codes)
    }

    fn code(text: &str) -> &'static str {
        let mut cx = Reader::new(FileId(0), text, text);
        parse(text, &Repairs::default(), &mut cx);
        cx.diagnostics.sorted().first().map_or("", |finding| finding.code)
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "größe: { a: 'x y', b: [1,  2] }\nlast:\n  - z\n\n";
        let (documents, findings) = read(text);
        assert_eq!(findings, Vec::<String>::new());
        let at = |node: &Node<'_>| &text[node.span.range()];
        let [root] = documents.as_slice() else { panic!() };
        let inner = root.get("größe").unwrap();
        assert_eq!(at(inner), "{ a: 'x y', b: [1,  2] }");
        assert_eq!(at(inner.get("a").unwrap()), "'x y'");
        assert_eq!(at(inner.get("b").unwrap()), "[1,  2]");
        assert_eq!(at(root.get("last").unwrap()), "- z");
        assert_eq!(&text[root.map()[0].key.span.range()], "größe");
    }

    #[test]
    fn a_key_that_stands_twice_is_kept_marked_and_reported() {
        let (documents, findings) = read("a: 1\nb: 2\na: 3\n");
        assert_eq!(findings, ["SPEC005 the key `a` stands twice"]);
        assert_eq!(documents[0].map().iter().map(|e| e.duplicate).collect::<Vec<_>>(), [false, false, true]);
        let many = (0..40).map(|i| format!("k{}: 1\n", i % 39)).collect::<Vec<_>>().concat();
        assert_eq!(read(&many).1, ["SPEC005 the key `k0` stands twice"]);
    }

    #[test]
    fn a_syntax_error_ends_its_document_and_no_other() {
        let (documents, findings) = read("a: 1\n---\nb: [1\nc: 2\n---\nd: 3\n");
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].starts_with("SPEC001"));
        assert_eq!(documents.iter().map(|d| d.map()[0].key.text.to_string()).collect::<Vec<_>>(), ["a", "d"]);
    }

    #[test]
    fn aliases_stand_for_what_they_name_within_limits() {
        assert_eq!(read("a: &x { b: 1 }\nc: *x\n").0[0].get("c").unwrap().get("b").unwrap().text(), Some("1"));
        let bomb = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, i| {
            format!("{text}a{i}: &a{i} [*a{p}, *a{p}, *a{p}, *a{p}]\n", p = i - 1)
        });
        assert_eq!(code(&bomb), "SPEC007");
        let many = format!("a: &a 1\nb: [{}]\n", "*a, ".repeat(1_001));
        assert_eq!(code(&many), "SPEC007");
        assert_ne!(code("a: &a [*a]\n"), "");
    }

    #[test]
    fn resources_are_limited() {
        assert_eq!(code(&"[".repeat(10_000)), "SPEC007");
        assert_eq!(code(&"{a: ".repeat(10_000)), "SPEC007");
        assert_eq!(code(&"- ".repeat(10_000)), "SPEC007");
        let nested = (0..10_000).map(|i| format!("{}a:\n", " ".repeat(i % 200))).collect::<Vec<_>>().concat();
        assert_ne!(code(&nested), "");
        assert_eq!(code(&format!("a: {}", "x".repeat((1 << 20) + 1))), "SPEC007");
        assert_eq!(code(&format!("[{}]", "1,".repeat(1_000_001))), "SPEC007");
    }

    #[test]
    fn what_yaml_has_and_the_language_has_not_is_refused() {
        assert_eq!(read("a: 1\n<<: { b: 2 }\n").1, ["SPEC002 merge keys are not part of the language"]);
        assert_eq!(read("? [a, b]\n: 1\n").1, ["SPEC004 expected text as a key, found a list"]);
        assert_eq!(code("\ta: 1\n  \tb: 2\n"), "SPEC001");
    }

    #[test]
    fn an_empty_file_and_empty_documents_hold_nothing() {
        for text in ["", "# only a word\n", "---\n---\n", "\u{feff}", "\n\n"] {
            assert_eq!(read(text), (Vec::new(), Vec::new()), "{text:?}");
        }
    }
}
