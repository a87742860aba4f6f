//! What a mapping says beside its result: elements that were dropped, by reason, and keys that the record does not declare.

use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The most different entries that are kept of each kind; the rest is counted together.
const MOST: usize = 1_000;

/// Counts, bounded in memory whatever the payload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Notes {
    /// Elements dropped, by reason.
    dropped: Counts,
    /// Undeclared keys, by path.
    unknown_keys: Counts,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counts {
    by_name: BTreeMap<String, u64>,
    others: u64,
}

impl Counts {
    fn add(&mut self, name: &str) {
        if let Some(count) = self.by_name.get_mut(name) {
            *count += 1;
        } else if self.by_name.len() < MOST {
            // Names from payloads are cut, so that memory stays bounded.
            let name: String = name.chars().take(200).collect();
            *self.by_name.entry(name).or_default() += 1;
        } else {
            self.others += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.by_name.iter().map(|(name, count)| (name.as_str(), *count))
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let others = (self.others > 0).then_some(("…", self.others));
        serializer.collect_map(self.iter().chain(others))
    }
}

impl Notes {
    /// Nothing noted.
    pub fn new() -> Self {
        Self::default()
    }

    /// An element was dropped for a reason.
    pub fn drop_element(&mut self, reason: &str) {
        self.dropped.add(reason);
    }

    /// A key was found that the record does not declare; `record` is the record's name, as `Order` or `Order.lines`.
    pub fn unknown_key(&mut self, record: &str, key: &str) {
        let mut path = record.to_owned();
        crate::json::push_key(&mut path, key);
        self.unknown_keys.add(&path);
    }

    /// The reasons with their counts, in the order of their text.
    pub fn dropped(&self) -> impl Iterator<Item = (&str, u64)> {
        self.dropped.iter()
    }

    /// The undeclared keys with their counts, in the order of their text.
    pub fn unknown_keys(&self) -> impl Iterator<Item = (&str, u64)> {
        self.unknown_keys.iter()
    }

    /// Elements and keys beyond those that are listed singly.
    pub fn others(&self) -> u64 {
        self.dropped.others + self.unknown_keys.others
    }

    /// Whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.dropped.by_name.is_empty() && self.unknown_keys.by_name.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_within_bounds() {
        let mut notes = Notes::new();
        notes.drop_element("not goods");
        notes.drop_element("not goods");
        for n in 0..5_000 {
            notes.unknown_key("Order.lines", &format!("x{n:05}"));
        }
        notes.unknown_key("Order", "@odata.etag");
        assert_eq!(notes.dropped().collect::<Vec<_>>(), [("not goods", 2)]);
        assert_eq!(notes.unknown_keys().next(), Some(("Order.lines.x00000", 1)));
        assert_eq!(notes.unknown_keys().count(), 1_000);
        assert_eq!(notes.others(), 4_001);
    }
}
