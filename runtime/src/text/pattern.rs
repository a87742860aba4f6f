//! Regular expressions of `matches`: linear in time, bounded in size, compiled once by the caller.

use crate::failure::{Failure, Quote, Result, builtin};

/// The most bytes that a compiled pattern takes.
const SIZE: usize = 1 << 20;
/// The most bytes of a pattern's text.
const LENGTH: usize = 4_096;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern(regex_lite::Regex);

impl Pattern {
    /// Compiles a pattern: RE2's syntax, with classes such as `\d` and `\w` of ASCII. What is no pattern, or one that is too
    /// large, fails with `invalid_argument`.
    pub fn new(pattern: &str) -> Result<Self> {
        if pattern.len() > LENGTH {
            let detail = format!("the pattern is longer than {LENGTH} bytes");
            return Err(Failure::new(builtin::INVALID_ARGUMENT, detail));
        }
        regex_lite::RegexBuilder::new(pattern).size_limit(SIZE).nest_limit(100).build().map(Self).map_err(|error| {
            let say = |quote: Quote| format!("{} is no pattern: {error}", quote.text(pattern));
            Failure::quoting(builtin::INVALID_ARGUMENT, say)
        })
    }

    /// Whether the pattern matches anywhere in the text.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}
