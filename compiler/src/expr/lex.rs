//! Text to tokens. Literals are decoded here, words are not looked at: a reserved word is the parser's matter.
//!
//! Never stops at a wrong character: it is reported, left out, and the rest is read, so that one run shows all errors.

use super::parse::ParseError;

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub kind: Kind,
    /// Byte offset of its first byte.
    pub start: u32,
    /// Byte offset after its last byte.
    pub end: u32,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// An integer without its sign; one that does not fit 64 bits is [`u64::MAX`], which the parser refuses.
    Int(u64),
    /// `1u`
    Uint(u64),
    /// A number with a fraction or an exponent, as written.
    Decimal(String),
    /// Text, unescaped.
    String(String),
    /// Octets, unescaped.
    Bytes(Vec<u8>),
    /// A word.
    Word(String),
    /// A name in backticks.
    Quoted(String),
    /// An operator or a bracket, one of [`SYMBOLS`].
    Symbol(&'static str),
    /// After the last token.
    End,
}

/// Longest first. Some are no part of the language: they are read as one to say what was meant.
const SYMBOLS: [&str; 36] = [
    "===", "!==", "&&", "||", "==", "!=", "<=", ">=", "<>", "=>", ":=", "=", "<", ">", "&", "|", "!", "?", ":", ".",
    ",", "(", ")", "[", "]", "{", "}", "+", "-", "*", "/", "%", ";", "^", "~", "@",
];

/// What the lexer made of a text.
pub(super) struct Tokens {
    /// The tokens; the last is [`Kind::End`].
    pub list: Vec<Token>,
    /// What was wrong.
    pub errors: Vec<ParseError>,
    /// From this offset on, tokens are missing or guessed, and what a parser says about them is not worth telling.
    pub derailed: Option<u32>,
}

/// Reads all tokens. The text is at most 64 KiB long: offsets fit `u32`.
pub(super) fn lex(text: &str) -> Tokens {
    let mut lexer = Lexer { text, at: 0, out: Tokens { list: Vec::new(), errors: Vec::new(), derailed: None } };
    while lexer.token() {}
    let end = lexer.offset();
    lexer.out.list.push(Token { kind: Kind::End, start: end, end });
    lexer.out
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    out: Tokens,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn offset(&self) -> u32 {
        u32::try_from(self.at).unwrap_or(u32::MAX)
    }

    fn since(&self, start: u32) -> &'t str {
        self.text.get(start as usize..self.at).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    fn push(&mut self, kind: Kind, start: u32) {
        let end = self.offset();
        self.out.list.push(Token { kind, start, end });
    }

    fn error(&mut self, start: u32, message: String, help: Option<String>) {
        let end = self.offset();
        self.out.errors.push(ParseError { message, start, end, help, limit: false });
    }

    fn derail(&mut self, from: u32) {
        self.out.derailed = Some(self.out.derailed.map_or(from, |d| d.min(from)));
    }

    /// Reads one token, blank or comment; false at the end.
    fn token(&mut self) -> bool {
        let start = self.offset();
        let Some(c) = self.peek() else { return false };
        let second = self.rest().chars().nth(1);
        match c {
            ' ' | '\t' | '\n' | '\r' | '\u{c}' => {
                self.take();
            }
            '/' if second == Some('/') => {
                self.take_while(|c| c != '\n');
            }
            '0'..='9' => self.number(start),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(start),
            'a'..='z' | 'A'..='Z' | '_' => self.word(start),
            '\'' | '"' => self.string(start, false, false),
            '`' => self.quoted(start),
            _ => match SYMBOLS.iter().find(|s| self.eat(s)) {
                Some(symbol) => self.push(Kind::Symbol(symbol), start),
                None => self.unknown(start),
            },
        }
        true
    }

    fn unknown(&mut self, start: u32) {
        self.derail(start);
        let run = self.take_while(|c| !c.is_ascii());
        if run.is_empty() {
            self.take();
        }
        let text = self.since(start).to_owned();
        let help = if text.contains(['\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{201e}']) {
            Some("text stands in straight quotes: `'…'`".to_owned())
        } else if text.chars().any(char::is_alphabetic) {
            Some(
                "names hold letters from `a` to `z`, digits and `_`; another field is selected in backticks".to_owned(),
            )
        } else {
            None
        };
        let shown: String = text.chars().take(20).flat_map(char::escape_debug).collect();
        self.error(start, format!("`{shown}` has no meaning in an expression"), help);
    }

    fn word(&mut self, start: u32) {
        let word = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_').to_owned();
        if self.rest().starts_with(['\'', '"']) {
            match word.as_str() {
                "r" | "R" => return self.string(start, true, false),
                "b" | "B" => return self.string(start, false, true),
                "br" | "bR" | "Br" | "BR" => return self.string(start, true, true),
                _ => {}
            }
        }
        self.push(Kind::Word(word), start);
    }

    fn quoted(&mut self, start: u32) {
        self.take();
        let name = self.take_while(|c| c != '`' && c != '\n').to_owned();
        if !self.eat("`") {
            self.derail(start);
            self.error(start, "this backtick is never closed".to_owned(), None);
        } else if name.is_empty() {
            self.error(start, "there is no name between the backticks".to_owned(), None);
        }
        self.push(Kind::Quoted(name), start);
    }

    fn number(&mut self, start: u32) {
        let hex = self.eat("0x") || self.eat("0X");
        let kind = if hex {
            let digits = self.take_while(|c| c.is_ascii_hexdigit());
            if digits.is_empty() {
                self.error(start, "hexadecimal digits are missing after `0x`".to_owned(), None);
            }
            self.integer(start, u64::from_str_radix(digits, 16))
        } else {
            let digits = self.take_while(|c| c.is_ascii_digit());
            let fraction = self.fraction();
            let exponent = self.exponent();
            if fraction || exponent {
                Kind::Decimal(self.since(start).to_owned())
            } else {
                self.integer(start, digits.parse())
            }
        };
        let tail = self.take_while(|c| c.is_alphanumeric() || c == '_');
        if !tail.is_empty() {
            let help = match tail {
                "f" | "F" | "d" | "D" | "m" | "M" => {
                    Some("a number with a fraction is a decimal as it stands".to_owned())
                }
                _ => Some("a name can't start with a digit; text stands in quotes".to_owned()),
            };
            self.error(start, format!("`{}` is neither a number nor a name", self.since(start)), help);
        }
        self.push(kind, start);
    }

    fn fraction(&mut self) -> bool {
        let has = self.rest().strip_prefix('.').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
        if has {
            self.take();
            self.take_while(|c| c.is_ascii_digit());
        }
        has
    }

    fn exponent(&mut self) -> bool {
        let Some(rest) = self.rest().strip_prefix(['e', 'E']) else { return false };
        let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let has = digits.starts_with(|c: char| c.is_ascii_digit());
        if has {
            self.at = self.text.len() - digits.len();
            self.take_while(|c| c.is_ascii_digit());
        }
        has
    }

    fn integer(&mut self, start: u32, value: Result<u64, std::num::ParseIntError>) -> Kind {
        if !(self.eat("u") || self.eat("U")) {
            return Kind::Int(value.unwrap_or(u64::MAX));
        }
        if value.is_err() {
            self.error(start, format!("`{}` does not fit 64 bits", self.since(start)), None);
        }
        Kind::Uint(value.unwrap_or(0))
    }

    /// A text or byte literal whose quote is next; its prefix is read.
    fn string(&mut self, start: u32, raw: bool, bytes: bool) {
        let Some(quote) = self.take() else { return };
        let triple = self.rest().starts_with(&String::from(quote).repeat(2));
        let close = String::from(quote).repeat(if triple { 3 } else { 1 });
        if triple {
            self.at += 2;
        }
        let mut out: Vec<u8> = Vec::new();
        loop {
            if self.eat(&close) {
                break;
            }
            match self.peek() {
                None => return self.unclosed(start, quote, bytes, out),
                Some('\n' | '\r') if !triple => return self.unclosed(start, quote, bytes, out),
                Some('\\') if !raw => self.escape(bytes, &mut out),
                Some(_) => {
                    let c = self.take().unwrap_or_default();
                    push_char(&mut out, c);
                }
            }
        }
        self.push_text(start, bytes, out);
    }

    fn push_text(&mut self, start: u32, bytes: bool, out: Vec<u8>) {
        // Without `bytes` only whole characters were pushed.
        let kind = if bytes { Kind::Bytes(out) } else { Kind::String(String::from_utf8(out).unwrap_or_default()) };
        self.push(kind, start);
    }

    fn unclosed(&mut self, start: u32, quote: char, bytes: bool, out: Vec<u8>) {
        // `'it's'`: a word right after a text shows that a quote inside was taken for its end.
        let [.., text, word] = self.out.list.as_slice() else { return self.never_closed(start, quote, bytes, out) };
        let inside = matches!((&text.kind, &word.kind), (Kind::String(_), Kind::Word(_)))
            && text.end == word.start
            && word.end == start;
        if inside {
            let first = text.start;
            let message = "this text ends at the quote inside it".to_owned();
            let help = format!("a `{quote}` inside is written `\\{quote}`, or the text stands in the other quotes");
            self.derail(first);
            self.error(first, message, Some(help));
            self.push_text(start, bytes, out);
        } else {
            self.never_closed(start, quote, bytes, out);
        }
    }

    fn never_closed(&mut self, start: u32, quote: char, bytes: bool, out: Vec<u8>) {
        self.derail(start);
        let by_line = self.peek().is_some();
        let help = if by_line {
            format!(
                "text over several lines stands in three quotes, a line's end is written `\\n`; else add the `{quote}`"
            )
        } else {
            format!("add the `{quote}` that ends it; a `{quote}` inside is written `\\{quote}`")
        };
        let what = if by_line { "this text is not closed on its line" } else { "this text is never closed" };
        self.error(start, what.to_owned(), Some(help));
        self.push_text(start, bytes, out);
    }

    /// An escape whose backslash is next.
    fn escape(&mut self, bytes: bool, out: &mut Vec<u8>) {
        let start = self.offset();
        self.take();
        let Some(c) = self.peek() else { return };
        if matches!(c, '\n' | '\r') {
            return self.error(start, "a backslash ends the line".to_owned(), Some("write `\\\\` for one".to_owned()));
        }
        if !matches!(c, '0'..='3') {
            self.take();
        }
        let simple = match c {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' | '\'' | '"' | '`' | '?' => c,
            'x' | 'X' => return self.coded(start, 16, 2, bytes, out),
            'u' if !bytes => return self.coded(start, 16, 4, bytes, out),
            'U' if !bytes => return self.coded(start, 16, 8, bytes, out),
            '0'..='3' => return self.coded(start, 8, 3, bytes, out),
            'u' | 'U' => {
                let help = "octets are written `\\x41`".to_owned();
                return self.error(start, format!("`\\{c}` has no meaning between octets"), Some(help));
            }
            _ => {
                let help = format!("write `\\\\{c}`, or `r'…'` for text in which a backslash is just that");
                return self.error(start, format!("`\\{c}` is not an escape"), Some(help));
            }
        };
        push_char(out, simple);
    }

    /// The digits of an escape: a code point, or an octet.
    fn coded(&mut self, start: u32, radix: u32, len: usize, bytes: bool, out: &mut Vec<u8>) {
        let digits: String = self.rest().chars().take(len).take_while(|c| c.is_digit(radix)).collect();
        self.at += digits.len();
        let value = u32::from_str_radix(&digits, radix).ok().filter(|_| digits.len() == len);
        let (Some(value), kind) = (value, if radix == 16 { "hexadecimal" } else { "octal" }) else {
            return self.error(start, format!("`{}` needs {len} digits", self.since(start)), None);
        };
        match (u8::try_from(value), char::from_u32(value)) {
            (Ok(octet), _) if bytes => out.push(octet),
            (_, Some(c)) if !bytes => push_char(out, c),
            _ => self.error(
                start,
                format!("`{}` is no character", self.since(start)),
                Some(format!("the {kind} number of a character is wanted")),
            ),
        }
    }
}

fn push_char(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        let tokens = lex(text);
        assert!(tokens.errors.is_empty(), "{text}: {:?}", tokens.errors);
        tokens.list.into_iter().map(|t| t.kind).filter(|k| *k != Kind::End).collect()
    }

    fn errors(text: &str) -> Vec<String> {
        lex(text).errors.into_iter().map(|e| format!("{}..{} {}", e.start, e.end, e.message)).collect()
    }

    fn text(of: &str) -> Kind {
        Kind::String(of.to_owned())
    }

    fn decimal(of: &str) -> Kind {
        Kind::Decimal(of.to_owned())
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(
            kinds("0 007 0xfF 18446744073709551615u 99999999999999999999"),
            [Kind::Int(0), Kind::Int(7), Kind::Int(255), Kind::Uint(u64::MAX), Kind::Int(u64::MAX)]
        );
        assert_eq!(kinds("1.50 .5 1e3 1.0E-7"), [decimal("1.50"), decimal(".5"), decimal("1e3"), decimal("1.0E-7")]);
    }

    #[test]
    fn a_method_on_a_number_is_not_a_fraction() {
        assert_eq!(kinds("1.e"), [Kind::Int(1), Kind::Symbol("."), Kind::Word("e".to_owned())]);
    }

    #[test]
    fn every_spelling_of_text_and_octets() {
        assert_eq!(
            kinds(r#"'a' "b" '''c'd''' r'\d' R"\n""#),
            [text("a"), text("b"), text("c'd"), text(r"\d"), text(r"\n")]
        );
        assert_eq!(kinds("'''a\nb'''"), [text("a\nb")]);
        assert_eq!(kinds(r"'\x41\101\u00e9\U0001F62C\a\?\`'"), [text("AA\u{e9}\u{1f62c}\u{7}?`")]);
        assert_eq!(
            kinds(r"b'\xff\377é' br'\n'"),
            [Kind::Bytes(vec![255, 255, 0xc3, 0xa9]), Kind::Bytes(b"\\n".to_vec())]
        );
        assert_eq!(kinds("''"), [text("")]);
    }

    #[test]
    fn wrong_escapes_are_told_one_by_one() {
        assert_eq!(
            errors(r"'\d \x4 \ud800 \U00110000'"),
            [
                r"1..3 `\d` is not an escape",
                r"4..7 `\x4` needs 2 digits",
                r"8..14 `\ud800` is no character",
                r"15..25 `\U00110000` is no character"
            ]
        );
        assert_eq!(errors(r"b'\u0041'"), [r"2..4 `\u` has no meaning between octets"]);
    }

    #[test]
    fn unclosed_text() {
        assert_eq!(errors("f('a"), ["2..4 this text is never closed"]);
        assert_eq!(errors("'a\n'b'").first().map(String::as_str), Some("0..2 this text is not closed on its line"));
        assert_eq!(errors("'it's'"), ["0..6 this text ends at the quote inside it"]);
        assert_eq!(errors("r'\\"), ["0..3 this text is never closed"]);
        assert_eq!(errors("'\\"), ["0..2 this text is never closed"]);
    }

    #[test]
    fn foreign_characters_and_tails() {
        assert_eq!(errors("a € b"), ["2..5 `€` has no meaning in an expression"]);
        assert_eq!(errors("1abc"), ["0..4 `1abc` is neither a number nor a name"]);
        assert_eq!(errors("a.`b"), ["2..4 this backtick is never closed"]);
    }
}
