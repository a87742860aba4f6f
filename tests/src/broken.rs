//! Documents broken in every way that senders, proxies and attackers break them; the same ones on every run.
//!
//! Absent on purpose: what should come of them. Whoever reads them must neither panic nor hang, and say where it failed.

use crossdock::coverage::document::Document;

/// How deep the documents are nested that are too deep.
const DEEP: usize = 10_000;
/// How many places a document is cut off at.
const CUTS: usize = 48;
/// How many values of a document are changed at most.
const MOST: usize = 100;
/// How many times bytes of a document are changed at random.
const FLIPS: usize = 96;

/// A document that is broken, or may be.
#[derive(Debug, Clone)]
pub struct Broken {
    /// What was done to it.
    pub what: String,
    /// The document.
    pub bytes: Vec<u8>,
}

/// A JSON document, broken.
pub fn broken(bytes: &[u8], seed: u64) -> Vec<Broken> {
    let mut all = Vec::new();
    let mut add = |what: String, bytes: Vec<u8>| all.push(Broken { what, bytes });
    for cut in 0..CUTS {
        let at = bytes.len() * cut / CUTS;
        add(format!("cut off at byte {at}"), bytes.iter().take(at).copied().collect());
    }
    let mut random = Random(seed | 1);
    for flip in 0..FLIPS {
        let mut changed = bytes.to_vec();
        for _ in 0..=flip % 4 {
            let at = random.below(changed.len());
            let with = u8::try_from(random.below(256)).unwrap_or(0);
            if let Some(byte) = changed.get_mut(at) {
                *byte = if flip % 2 == 0 { with } else { *byte ^ (1 << (with % 8)) };
            }
        }
        add(format!("bytes changed at random, {flip}"), changed);
    }
    for (what, whole) in [
        ("nothing", Vec::new()),
        ("blanks", b" \n\t ".to_vec()),
        ("a byte order mark alone", b"\xef\xbb\xbf".to_vec()),
        ("lists within lists", nested("[", "]")),
        ("objects within objects", nested("{\"a\":", "}")),
        ("lists that do not end", "[".repeat(DEEP).into_bytes()),
        ("two documents", [bytes, bytes].concat()),
        ("a text", b"\"text\"".to_vec()),
        ("null", b"null".to_vec()),
        ("bytes that are no text", (0..=255).collect()),
    ] {
        add(what.to_owned(), whole);
    }
    if let Ok(document) = Document::from_json(bytes) {
        let size = nodes(&document);
        // Of a large document not every value, and of each only a third of what it may become: the next has another third.
        for at in (0..size).step_by(size.div_ceil(MOST)) {
            for (what, raw) in values().into_iter().skip(at % 3).step_by(3) {
                add(format!("value {at} is {what}"), written(&document, at, Change::Value(raw)));
            }
            add(format!("value {at} stands twice"), written(&document, at, Change::Twice));
        }
        let invalid = written(&document, size / 2, Change::Value("\"~\"".to_owned()));
        add("a value is no UTF-8".to_owned(), invalid.iter().map(|b| if *b == b'~' { 0xff } else { *b }).collect());
        let escape = written(&document, size / 2, Change::Value("\"\\ud800\"".to_owned()));
        add("a value is half a surrogate pair".to_owned(), escape);
    }
    all
}

/// What a value may be instead, as JSON says it.
fn values() -> Vec<(&'static str, String)> {
    vec![
        ("null", "null".to_owned()),
        ("a bool", "true".to_owned()),
        ("an empty text", "\"\"".to_owned()),
        ("another text", "\"\u{202e}x\\u0000\\n\"".to_owned()),
        ("a number", "7".to_owned()),
        ("a fraction", "-0.000000000000000000000000000000000001".to_owned()),
        ("a number of 5000 digits", "9".repeat(5_000)),
        ("a number with a great exponent", "1e999999999".to_owned()),
        ("an integer beyond 64 bits", "18446744073709551616".to_owned()),
        ("a list", "[1,\"a\",null,{}]".to_owned()),
        ("an object", "{\"a\":{\"b\":[1]}}".to_owned()),
        ("very deep", String::from_utf8(nested("[", "]")).unwrap_or_default()),
    ]
}

fn nested(open: &str, close: &str) -> Vec<u8> {
    format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP)).into_bytes()
}

/// How many values a document holds, itself included.
fn nodes(document: &Document) -> usize {
    let below = document.list().iter().chain(document.map().iter().map(|(_, value)| value));
    1 + below.map(nodes).sum::<usize>()
}

/// What is done to one value.
enum Change {
    /// Other text stands there.
    Value(String),
    /// It stands twice, with its key where it has one.
    Twice,
}

/// A document with one of its values changed, counted in the order in which they are written.
fn written(document: &Document, at: usize, change: Change) -> Vec<u8> {
    let mut writing = Writing { left: at, change: Some(change), text: String::new() };
    writing.value(document, "");
    writing.text.into_bytes()
}

struct Writing {
    left: usize,
    change: Option<Change>,
    text: String,
}

impl Writing {
    /// A value after its key.
    fn value(&mut self, value: &Document, key: &str) {
        if self.left == 0 {
            match self.change.take() {
                Some(Change::Value(raw)) => {
                    self.text.push_str(key);
                    self.text.push_str(&raw);
                    return;
                }
                Some(Change::Twice) => {
                    self.text.push_str(key);
                    self.text.push_str(&value.to_json());
                    self.text.push(',');
                }
                None => {}
            }
        }
        self.left = self.left.saturating_sub(1);
        self.text.push_str(key);
        match value {
            Document::List(items) => {
                self.text.push('[');
                for (at, item) in items.iter().enumerate() {
                    self.comma(at);
                    self.value(item, "");
                }
                self.text.push(']');
            }
            Document::Map(entries) => {
                self.text.push('{');
                for (at, (key, item)) in entries.iter().enumerate() {
                    self.comma(at);
                    self.value(item, &format!("{}:", Document::Text(key.clone()).to_json()));
                }
                self.text.push('}');
            }
            scalar => self.text.push_str(&scalar.to_json()),
        }
    }

    fn comma(&mut self, at: usize) {
        if at > 0 {
            self.text.push(',');
        }
    }
}

/// Numbers that look random and are the same on every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % bound.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_changed_and_the_rest_is_kept() {
        let document = Document::from_json(br#"{"a":[1,{"b":2}],"c":3}"#).unwrap_or(Document::Null);
        let say = |at, change| String::from_utf8(written(&document, at, change)).unwrap_or_default();
        assert_eq!(nodes(&document), 6);
        assert_eq!(say(0, Change::Value("x".to_owned())), "x");
        assert_eq!(say(4, Change::Value("x".to_owned())), r#"{"a":[1,{"b":x}],"c":3}"#);
        assert_eq!(say(5, Change::Twice), r#"{"a":[1,{"b":2}],"c":3,"c":3}"#);
    }

    #[test]
    fn every_run_breaks_the_same() {
        let (one, other) = (broken(br#"{"a":1}"#, 7), broken(br#"{"a":1}"#, 7));
        assert!(one.iter().zip(&other).all(|(one, other)| one.bytes == other.bytes));
        assert!(one.len() > CUTS + FLIPS);
    }
}
