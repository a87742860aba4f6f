//! Tokens to a syntax tree: the limits, the errors and the reading of tokens stand here, the productions in `grammar`.
//!
//! Errors are collected. What was clearly meant (`and`, `=`) is reported and read as such; a broken element of a list
//! or an argument is skipped up to its comma, so that the next one is looked at too.
//! Depth and number of nodes are bounded here, so that whoever walks the tree may recurse.

mod grammar;

use super::ast::{Expr, ExprKind};
use super::lex::{Kind, Token, lex};

/// The longest text, in bytes.
pub const MAX_LENGTH: usize = 64 * 1024;
/// How deep brackets may nest.
pub const MAX_NESTING: u32 = 100;
/// How deep a tree may be: a chain such as `a + b + c` or `a.b.c` grows by one for each operator, one of `&&` or `||`
/// hardly at all.
pub const MAX_DEPTH: u32 = 250;
/// How many nodes a tree may have.
pub const MAX_NODES: u32 = 10_000;

/// Words that are literals or operators: no names, not even of fields.
pub(super) const KEYWORDS: [&str; 4] = ["true", "false", "null", "in"];

/// Whether a word can't be a name by itself.
pub fn is_reserved(word: &str) -> bool {
    KEYWORDS.contains(&word) || grammar::RESERVED.contains(&word)
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// One sentence, lower case, no final period.
    pub message: String,
    /// Byte offset in the text.
    pub start: u32,
    /// Byte offset after the last byte.
    pub end: u32,
    /// What to do.
    pub help: Option<String>,
    /// A limit was reached, rather than a rule of the grammar broken.
    pub limit: bool,
}

/// Reads an expression. Without errors there always is a tree. With errors there is one if all were such that it was
/// clear what was meant; errors stand in the order of the text.
pub fn parse(text: &str) -> (Option<Expr>, Vec<ParseError>) {
    if text.len() > MAX_LENGTH {
        let message = format!("an expression is at most {} KiB long", MAX_LENGTH / 1024);
        return (None, vec![ParseError { message, start: 0, end: 0, help: None, limit: true }]);
    }
    let tokens = lex(text);
    let derailed = tokens.derailed;
    let mut parser = Parser {
        text,
        tokens: tokens.list,
        derailed,
        at: 0,
        errors: Vec::new(),
        nodes: 0,
        nesting: 0,
        broken: false,
        full: false,
    };
    let tree = parser.whole();
    let sound = !parser.broken && derailed.is_none();
    let mut errors = parser.errors;
    errors.extend(tokens.errors);
    errors.sort_by_key(|e| e.start);
    (tree.filter(|_| sound).map(|t| t.expr), errors)
}

/// An expression with what its parents need to know: the span with its parentheses, the depth.
struct Tree {
    expr: Expr,
    start: u32,
    end: u32,
    depth: u32,
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// From here on tokens are guessed: nothing is reported.
    derailed: Option<u32>,
    at: usize,
    errors: Vec<ParseError>,
    nodes: u32,
    nesting: u32,
    /// An error was reported after which it is not clear what was meant.
    broken: bool,
    /// A limit was reached: nothing more is read or reported.
    full: bool,
}

const END: Token = Token { kind: Kind::End, start: 0, end: 0 };

impl Parser<'_> {
    fn token(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).or(self.tokens.last()).unwrap_or(&END)
    }

    fn span(&self) -> (u32, u32) {
        let token = self.token(0);
        (token.start, token.end)
    }

    /// Where the token before ended.
    fn last_end(&self) -> u32 {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0, |t| t.end)
    }

    fn advance(&mut self) {
        if self.token(0).kind != Kind::End {
            self.at += 1;
        }
    }

    fn symbol(&self, ahead: usize) -> Option<&'static str> {
        if let Kind::Symbol(symbol) = self.token(ahead).kind { Some(symbol) } else { None }
    }

    fn is(&self, symbol: &str) -> bool {
        self.symbol(0) == Some(symbol)
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn report(&mut self, (start, end): (u32, u32), message: impl Into<String>, help: Option<&str>) {
        if !self.full && self.derailed.is_none_or(|from| self.token(0).start < from) {
            let help = help.map(str::to_owned);
            self.errors.push(ParseError { message: message.into(), start, end, help, limit: false });
        }
    }

    /// An error after which the tree is not to be used.
    fn fail<T>(&mut self, span: (u32, u32), message: impl Into<String>, help: Option<&str>) -> Option<T> {
        self.report(span, message, help);
        self.broken = true;
        None
    }

    fn limit<T>(&mut self, (start, end): (u32, u32), message: String, help: &str) -> Option<T> {
        if !self.full {
            self.errors.push(ParseError { message, start, end, help: Some(help.to_owned()), limit: true });
        }
        self.full = true;
        self.broken = true;
        None
    }

    /// The next token as a message names it.
    fn found(&self) -> String {
        let (start, end) = self.span();
        let text = self.text.get(start as usize..end as usize).unwrap_or_default();
        if text.is_empty() {
            return "the end".to_owned();
        }
        let short: String = text.chars().take(24).map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("`{short}{}`", if text.chars().nth(24).is_some() { "…" } else { "" })
    }

    /// Skips to the comma or closing bracket that ends the broken element.
    fn recover(&mut self) {
        let mut depth = 0_u32;
        loop {
            match &self.token(0).kind {
                Kind::End => return,
                Kind::Symbol("(" | "[" | "{") => depth += 1,
                Kind::Symbol(")" | "]" | "}") if depth == 0 => return,
                Kind::Symbol(")" | "]" | "}") => depth -= 1,
                Kind::Symbol(",") if depth == 0 => return,
                _ => {}
            }
            self.advance();
        }
    }

    fn node(&mut self, kind: ExprKind, (start, end): (u32, u32), below: u32) -> Option<Tree> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return self.limit((start, end), format!("this expression has more than {MAX_NODES} parts"), "split it");
        }
        if below >= MAX_DEPTH {
            let help = "name a part of it under `let`, or use a list with a macro";
            return self.limit((start, end), format!("this expression is more than {MAX_DEPTH} levels deep"), help);
        }
        Some(Tree { expr: Expr { kind, start, end }, start, end, depth: below + 1 })
    }
}

#[cfg(test)]
mod tests;
