//! References to objects.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// A reference to an object: its key, or the identifier that a system knows it by, until the runtime has resolved it. In
/// JSON the key itself, or `{"system": "shopify", "id": "207119551"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ref<K = String> {
    /// The object's key.
    Key(K),
    /// Not resolved yet.
    Known {
        /// The system whose identifier it is.
        system: Cow<'static, str>,
        /// The identifier.
        id: String,
    },
}

impl<K> Ref<K> {
    /// A reference by a system's identifier.
    pub fn known(system: impl Into<Cow<'static, str>>, id: impl Into<String>) -> Self {
        Ref::Known { system: system.into(), id: id.into() }
    }

    /// The key, once resolved; `invalid_argument` before.
    pub fn key(&self) -> crate::Result<&K> {
        match self {
            Ref::Key(key) => Ok(key),
            Ref::Known { system, id } => {
                let say = |quote: crate::failure::Quote| {
                    format!("the reference to {} of `{system}` is not resolved yet", quote.text(id))
                };
                Err(crate::Failure::quoting(crate::failure::builtin::INVALID_ARGUMENT, say))
            }
        }
    }
}

impl<K: fmt::Display> fmt::Display for Ref<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ref::Key(key) => key.fmt(f),
            Ref::Known { system, id } => write!(f, "{system}:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_key_or_a_system_s_identifier() {
        for (json, value) in [
            ("\"C-1\"", Ref::Key("C-1".to_owned())),
            (r#"{"system":"shopify","id":"207119551"}"#, Ref::known("shopify", "207119551")),
        ] {
            assert_eq!(serde_json::from_str::<Ref>(json).unwrap(), value);
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
        }
        assert_eq!(Ref::<String>::known("shopify", "1").key().unwrap_err().code(), "invalid_argument");
    }
}
