//! `crossdock schema`: the JSON Schemas of the language.

use super::Streams;
use crate::syntax;
use clap::Args;

/// Prints the JSON Schemas of the language, for editors.
#[derive(Debug, Args)]
pub struct Schema {
    /// A kind of document, or `workspace`; all kinds in one schema unless said
    kind: Option<String>,
}

impl Schema {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let schema = match self.kind.as_deref() {
            None => syntax::editor_schema(),
            Some("workspace") => syntax::workspace_schema(),
            Some(kind) => syntax::kind_schema(kind).ok_or_else(|| {
                anyhow::anyhow!("there is no kind `{kind}`; there are {} and workspace", syntax::KINDS.join(", "))
            })?,
        };
        writeln!(streams.out, "{}", serde_json::to_string_pretty(&schema)?)?;
        Ok(0)
    }
}
