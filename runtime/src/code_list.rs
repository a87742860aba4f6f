//! Code lists that a workspace declares, and the states of lifecycles: what `#[derive(Codes)]` implements.

use crate::failure::{Failure, Result, builtin};
use serde::Deserialize as _;
use std::borrow::Cow;

/// A code list: an enum that is written as its code.
pub trait Codes: Copy + Eq + Sized + 'static {
    /// The list's name, for messages.
    const NAME: &'static str;

    /// Every code, in order of declaration.
    const ALL: &'static [Self];

    /// The code as it is written.
    fn code(self) -> &'static str;

    /// The code of a text, if the list has it.
    fn from_code(text: &str) -> Option<Self>;

    /// The code of a text.
    ///
    /// # Errors
    /// `unknown_code`, if the list does not have it.
    fn parse_code(text: &str) -> Result<Self> {
        Self::from_code(text).ok_or_else(|| unknown(Self::NAME, text))
    }
}

/// The states of a lifecycle.
pub trait Lifecycle: Codes {
    /// The state of a new object.
    const INITIAL: Self;

    /// The states that may follow.
    fn next(self) -> &'static [Self];
}

#[cold]
fn unknown(list: &str, text: &str) -> Failure {
    Failure::quoting(builtin::UNKNOWN_CODE, |quote| format!("{} is no code of `{list}`", quote.text(text)))
}

/// Reads a code in the canonical encoding: its text.
pub fn deserialize<'de, T: Codes, D: serde::Deserializer<'de>>(deserializer: D) -> core::result::Result<T, D::Error> {
    let text = <Cow<'de, str>>::deserialize(deserializer)?;
    T::parse_code(&text).map_err(|failure| serde::de::Error::custom(failure.quoted()))
}

#[cfg(test)]
mod tests {
    #[derive(Debug, Clone, Copy, PartialEq, Eq, crossdock_macros::Codes)]
    enum Method {
        #[code("GROUND")]
        Ground,
        #[code("2-DAY")]
        N2Day,
        #[code("AIR")]
        Air,
    }

    #[test]
    fn reads_and_writes_its_codes() {
        assert_eq!(Method::parse("2-DAY").unwrap(), Method::N2Day);
        assert_eq!(Method::ALL.len(), 3);
        assert_eq!(format!("{:>5}", Method::Air), "  AIR");
        assert_eq!(serde_json::to_string(&Method::Ground).unwrap(), r#""GROUND""#);
        assert_eq!(serde_json::from_str::<Method>(r#""AIR""#).unwrap(), Method::Air);
    }

    #[test]
    fn names_the_list_that_a_code_is_not_in() {
        let failure = "ground".parse::<Method>().unwrap_err();
        assert_eq!(format!("{failure:#}"), "unknown_code: `ground` is no code of `Method`");
        let error = serde_json::from_str::<Method>(r#""SEA""#).unwrap_err();
        assert!(error.to_string().contains("`SEA` is no code of `Method`"), "{error}");
    }
}
