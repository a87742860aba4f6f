//! Regular expressions of `matches`: linear in time, bounded in size, compiled once by the caller.

use crate::failure::{Failure, Result, builtin};

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
        let fail = |why: String| Failure::new(builtin::INVALID_ARGUMENT, why);
        if pattern.len() > LENGTH {
            return Err(fail(format!("the pattern is longer than {LENGTH} bytes")));
        }
        regex_lite::RegexBuilder::new(pattern)
            .size_limit(SIZE)
            .nest_limit(100)
            .build()
            .map(Self)
            .map_err(|error| fail(format!("{} is no pattern: {error}", crate::failure::shown(pattern))))
    }

    /// Whether the pattern matches anywhere in the text.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}
