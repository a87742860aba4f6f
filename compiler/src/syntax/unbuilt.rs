//! Kinds that are part of the language and that nothing is built from yet: `event` and `flow`. Their documents are
//! kept as written, so that names can be found in them and none of their keys is judged.

use super::name::Text;
use super::yaml::Raw;
use crate::source::Span;

/// A document of such a kind.
#[derive(Debug, Clone)]
pub struct UnbuiltAst {
    /// The kind.
    pub kind: Text,
    /// The name.
    pub name: Option<Text>,
    /// The whole document.
    pub document: Raw,
    /// Where it stands.
    pub span: Span,
}
