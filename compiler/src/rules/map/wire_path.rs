//! Paths as `unmapped:` writes them, and whether a pattern covers one.
//!
//! A path is dotted through nested records and lists; `*` stands for any text within one level; a pattern that names a
//! parent covers all below it. A field is known by its wire path and by its own name alike.

/// A source path in both spellings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourcePath {
    /// By wire keys.
    wire: Vec<String>,
    /// By field names.
    names: Vec<String>,
}

impl SourcePath {
    /// The path of an input of several, by its name.
    pub fn input(name: &str) -> Self {
        SourcePath { wire: vec![name.to_owned()], names: vec![name.to_owned()] }
    }

    /// The path of a field below this one. No keys: a variant, which stands at the same level.
    #[must_use]
    pub fn field(&self, keys: &[String], name: &str) -> Self {
        let mut path = self.clone();
        let dotted = keys.iter().flat_map(|key| key.split('.'));
        path.wire.extend(dotted.map(str::to_owned));
        if !keys.is_empty() {
            path.names.extend(name.split('.').map(str::to_owned));
        }
        path
    }

    /// As people write it.
    pub fn text(&self) -> String {
        self.wire.join(".")
    }

    /// How many levels it has, by wire keys and by names.
    pub fn depth(&self) -> (usize, usize) {
        (self.wire.len(), self.names.len())
    }

    /// How a pattern that starts at a depth of this path lies to it.
    pub fn against(&self, pattern: &str, depth: (usize, usize)) -> Cover {
        let by = |path: &[String], depth: usize| cover(pattern, path.get(depth..).unwrap_or_default());
        by(&self.wire, depth.0).max(by(&self.names, depth.1))
    }
}

/// How a pattern lies to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cover {
    /// Elsewhere.
    Apart,
    /// It names something below the path.
    Below,
    /// It names the path, or a parent of it.
    Whole,
}

fn cover(pattern: &str, path: &[String]) -> Cover {
    let mut steps = path.iter();
    for part in pattern.split('.') {
        match steps.next() {
            None => return Cover::Below,
            Some(step) if !glob(part, step) => return Cover::Apart,
            Some(_) => {}
        }
    }
    Cover::Whole
}

/// Whether a text matches a pattern in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part).and_then(|at| rest.get(at + part.len()..)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(wire: &[&str]) -> SourcePath {
        wire.iter().fold(SourcePath::default(), |path, key| path.field(&[(*key).to_owned()], key))
    }

    #[test]
    fn a_star_stands_for_text_within_one_level() {
        assert!(glob("landing_site*", "landing_site_ref"));
        assert!(glob("*_set", "price_set"));
        assert!(glob("a*b*c", "axxbyyc"));
        assert!(!glob("a*b", "acb_"));
        assert!(!glob("*ab", "b"));
        assert!(glob("*", ""));
        assert_eq!(path(&["lines", "price"]).against("lines*", (0, 0)), Cover::Whole);
        assert_eq!(path(&["lines", "price"]).against("*price", (0, 0)), Cover::Apart);
    }

    #[test]
    fn a_parent_covers_all_below_and_a_child_does_not_cover_its_parent() {
        assert_eq!(path(&["a", "b", "c"]).against("a.b", (0, 0)), Cover::Whole);
        assert_eq!(path(&["a"]).against("a.b", (0, 0)), Cover::Below);
        assert_eq!(path(&["a", "b", "c"]).against("c", (2, 2)), Cover::Whole);
    }

    #[test]
    fn a_field_is_known_by_its_key_and_by_its_name() {
        let etag = SourcePath::default().field(&["@odata.etag".to_owned()], "etag");
        assert_eq!(etag.against("@odata.etag", (0, 0)), Cover::Whole);
        assert_eq!(etag.against("etag", (0, 0)), Cover::Whole);
        assert_eq!(etag.text(), "@odata.etag");
    }
}
