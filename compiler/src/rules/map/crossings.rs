//! Which crosswalks the mappings go through, in which direction, and where. Absent on purpose: judgement.

use super::sites;
use crate::expr::ir::{Const, Kind};
use crate::model::{Codes, Crosswalk, CrosswalkRow, Id, Mapping, Model, System};
use crate::source::Span;
use std::collections::BTreeMap;

/// A use of a crosswalk.
#[derive(Debug, Clone)]
pub struct Crossing<'m> {
    /// The first mapping that uses it so.
    pub mapping: &'m Mapping,
    /// Where.
    pub span: Span,
    /// The code, where it is written out.
    pub constant: Option<String>,
}

/// Uses by list and system.
pub type Crossings<'m> = BTreeMap<(Id<Codes>, Id<System>), Vec<Crossing<'m>>>;

/// All uses: system's code to canonical, and canonical to system's code.
pub fn crossings(model: &Model) -> (Crossings<'_>, Crossings<'_>) {
    let (mut inward, mut outward) = (Crossings::new(), Crossings::new());
    for mapping in model.mappings.rows() {
        sites::visit(model, mapping, |site| {
            let span = site.node.span;
            match &site.node.kind {
                Kind::CodeIn(codes, system, _) => {
                    let crossing = Crossing { mapping, span, constant: None };
                    inward.entry((*codes, *system)).or_default().push(crossing);
                }
                Kind::CodeOut(codes, system, of) => {
                    let constant = match &of.kind {
                        Kind::Const(Const::Text(text)) => Some(text.clone()),
                        _ => None,
                    };
                    outward.entry((*codes, *system)).or_default().push(Crossing { mapping, span, constant });
                }
                _ => {}
            }
        });
    }
    (inward, outward)
}

/// Rows by what `key` says of them, in order of the keys.
pub fn rows_by<'c>(
    crosswalk: &'c Crosswalk,
    key: impl Fn(&'c CrosswalkRow) -> &'c str,
) -> BTreeMap<&'c str, Vec<&'c CrosswalkRow>> {
    let mut by: BTreeMap<&str, Vec<&CrosswalkRow>> = BTreeMap::new();
    for row in &crosswalk.rows {
        by.entry(key(row)).or_default().push(row);
    }
    by
}

/// Whether two rows hold on one and the same day.
pub fn overlap(a: &CrosswalkRow, b: &CrosswalkRow) -> bool {
    let begins = |a: &CrosswalkRow, b: &CrosswalkRow| match (a.valid_from, b.valid_to) {
        (Some(from), Some(to)) => from <= to,
        _ => true,
    };
    begins(a, b) && begins(b, a)
}

/// Two rows of one system's code that stand for different codes of the list on one and the same day.
pub fn at_once<'c>(rows: &[&'c CrosswalkRow]) -> Option<(&'c CrosswalkRow, &'c CrosswalkRow)> {
    rows.iter()
        .enumerate()
        .find_map(|(at, a)| rows.iter().skip(at + 1).find(|b| a.code != b.code && overlap(a, b)).map(|b| (*a, *b)))
}
