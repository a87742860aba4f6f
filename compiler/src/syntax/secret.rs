//! Texts of a spec that look like credentials (`DATA006`), in keys, values and documents of any kind. The finding points
//! at the text and does not repeat it: reports go further than specs do.

use super::decode::Reader;
use super::node::{Node, NodeKind};
use crate::diagnostic::Diagnostic;
use crate::rules::{DATA006, looks_secret, looks_secret_under};

/// Reports every text of a document that looks like a credential.
pub fn report_secrets(document: &Node<'_>, cx: &mut Reader<'_>) {
    let mut open: Vec<(Option<&str>, &Node<'_>)> = vec![(None, document)];
    while let Some((key, node)) = open.pop() {
        match &node.kind {
            NodeKind::Scalar { text, .. } => {
                if looks_secret(text) || key.is_some_and(|key| looks_secret_under(key, text)) {
                    let finding = Diagnostic::new(DATA006, node.span, "this looks like a credential")
                        .help("take it out and change it where it was issued; deployments are given their own");
                    cx.report(finding);
                }
            }
            NodeKind::List(items) => open.extend(items.iter().map(|item| (key, item))),
            NodeKind::Map(entries) => open.extend(entries.iter().map(|entry| (Some(&*entry.key.text), &entry.value))),
        }
    }
}
