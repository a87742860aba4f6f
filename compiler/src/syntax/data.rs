//! YAML that is data and not a spec: fixtures, expected results, answers of lookups.
//!
//! Read by the same reader under the same limits. Absent on purpose: how scalars are typed, which the caller decides by
//! their text and style.

use super::decode::Reader;
use super::trap::Repairs;
use super::yaml::{self, Node};
use crate::diagnostic::Diagnostics;
use crate::source::FileId;

/// The documents of a text and what is wrong with it. Spans are of `file`, which the caller knows.
pub fn data(file: FileId, text: &str) -> (Vec<Node<'static>>, Diagnostics) {
    let mut cx = Reader::new(file, text, text);
    let parsed = yaml::parse(text, &Repairs::default(), &mut cx);
    let documents = parsed.documents.into_iter().map(Node::into_owned).collect();
    let misread: Vec<_> = cx.repairs.drain(..).map(|repair| repair.finding).collect();
    let mut findings = cx.into_findings();
    findings.extend(misread);
    (documents, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_read_under_the_same_rules() {
        let (documents, findings) = data(FileId(0), "amount: { amount: '1.50', currency: USD }\n");
        assert!(findings.is_empty());
        assert_eq!(documents[0].get("amount").unwrap().get("amount").unwrap().text(), Some("1.50"));
        for bad in ["a: !x b", "a: *b", "a: [1", "a: 1\na: 2"] {
            assert!(!data(FileId(0), bad).1.is_empty(), "{bad}");
        }
    }
}
