//! Texts and documents changed at random, the same way on every run: bytes flipped, cut, spliced, nested, and pieces put
//! in that mean something to whoever reads them.

/// A small generator of numbers, the same on every run.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Begins with a seed.
    pub fn new(seed: u64) -> Self {
        Dice(seed | 1)
    }

    /// A number below `sides`; 0 if there is none.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap_or(0)
    }

    /// One of several.
    pub fn pick<'t, T: ?Sized>(&mut self, of: &[&'t T]) -> Option<&'t T> {
        of.get(self.roll(of.len())).copied()
    }

    /// A place between two bytes, or a range of them.
    fn range(&mut self, within: usize) -> std::ops::Range<usize> {
        let (a, b) = (self.roll(within + 1), self.roll(within + 1));
        a.min(b)..a.max(b)
    }
}

/// Pieces that mean something in YAML or to a reader of text.
pub const YAML: &[&str] = &[
    "'",
    "\"",
    "[",
    "]",
    "{",
    "}",
    ": ",
    " #",
    "!",
    "*",
    "&",
    "- ",
    "\n",
    "  ",
    ",",
    "---\n",
    "|",
    "?",
    "\t",
    "ü",
    "\0",
    "\u{feff}",
    "<<: ",
    "*a",
    "\\",
    "\r\n",
    "NO",
    "~",
    "(",
    ")",
    ".",
    " && ",
    "as ",
    "kind: value\n",
    "\u{202e}",
    "\u{1f4a9}",
    "...\n",
    "%YAML 1.2\n",
    "!!str ",
    "&a ",
    "? ",
    ">-\n",
    "\u{2028}",
    "\u{85}",
    "1e999",
];

/// Pieces that mean something in an expression.
pub const EXPRESSION: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ".",
    ".?",
    "[?",
    ",",
    "'",
    "\"",
    "`",
    "\\",
    "r'",
    "b\"",
    "'''",
    "\\u00e9",
    "\\x",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    "<=",
    " in ",
    "?",
    ":",
    "0",
    "1.5",
    "1e9",
    "9223372036854775807",
    "0x",
    "7u",
    "true",
    "null",
    "has(",
    ".map(x, ",
    ".all(",
    ".exists(",
    ".filter(",
    ".size()",
    ".orValue(",
    "optMap(",
    ".distinct()",
    ".sum(",
    ".groupBy(",
    ".join(",
    "é",
    "\u{202e}",
    "\u{1f4a9}",
    "\0",
    "//",
    "\n",
    "and",
    "=",
    "&",
    "string(",
    "decimal('1.0')",
    "div(",
    "round(",
    "quantity(1, 'EA')",
    "none",
];

/// Pieces that mean something in JSON.
pub const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "\\u0000",
    "null",
    "true",
    "-",
    "0",
    "1e999999999",
    "-0",
    "0.1",
    "00",
    "99999999999999999999999999999999",
    "\u{feff}",
    "é",
    "\u{1f4a9}",
    "\0",
    "\n",
    "/*",
    "//",
    "\"id\":",
    "{}",
    "[]",
    "\"\"",
    "1.0000000000000000000000000000001",
];

/// Changes a text in one to four places; `other` is what it is spliced with.
pub fn mutate(bytes: &[u8], other: &[u8], pieces: &[&str], dice: &mut Dice) -> Vec<u8> {
    let mut text = bytes.to_vec();
    for _ in 0..=dice.roll(4) {
        let range = dice.range(text.len());
        let near = range.start..(range.start + dice.roll(24)).min(text.len());
        let line = line_at(&text, range.start);
        match dice.roll(12) {
            0 if !text.is_empty() => {
                let at = dice.roll(text.len());
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << dice.roll(8);
                }
            }
            1 => text.truncate(range.start),
            2 => drop(text.splice(near, [])),
            3 => {
                // A part again, where it stands or elsewhere.
                let part = text.get(near).unwrap_or_default().to_vec();
                text.splice(range.end..range.end, part);
            }
            4 => {
                let part = other.get(dice.range(other.len())).unwrap_or_default();
                let part = part.get(..part.len().min(400)).unwrap_or_default().to_vec();
                text.splice(near, part);
            }
            5 => {
                let (open, close) = [("[", "]"), ("{\"a\":", "}"), ("(", ")"), ("- ", ""), ("!", "")][dice.roll(5)];
                let deep = [3, 70, 300][dice.roll(3)];
                text.splice(range.end..range.end, close.repeat(deep).into_bytes());
                text.splice(range.start..range.start, open.repeat(deep).into_bytes());
            }
            6 => drop(text.splice(line, [])),
            7 => {
                let again = text.get(line).unwrap_or_default().to_vec();
                let elsewhere = line_at(&text, range.end).start;
                text.splice(elsewhere..elsewhere, again);
            }
            8 => drop(text.splice(line.start..line.start, *b"  ")),
            _ => {
                let piece = dice.pick(pieces).unwrap_or_default();
                let end = if dice.roll(2) == 0 { near.start } else { near.end };
                text.splice(near.start..end, piece.bytes());
            }
        }
    }
    text
}

/// The line around a place, with its end.
fn line_at(text: &[u8], at: usize) -> std::ops::Range<usize> {
    let (before, behind) = text.split_at(at.min(text.len()));
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = behind.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| at + end + 1);
    start..end
}
