//! What a build makes: relative paths and their bytes, in memory and in order.
//!
//! Names come from specs, so every path is judged on its way in: none can leave the output folder, and none means
//! another file on another system. Absent on purpose: anything that touches a disk; that is `write/`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Generated files by path, sorted. A path is relative, in forward slashes, one spelling per file and folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    files: BTreeMap<String, Vec<u8>>,
    /// Every file and folder by its lower-case path: what a file system that ignores case takes for the same name.
    names: BTreeMap<String, Name>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    spelling: String,
    folder: bool,
}

/// Why a path can't be generated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the output path `{path}` {reason}")]
pub struct PathError {
    /// The path as it was asked for.
    pub path: String,
    /// What is wrong with it; reads on from the path.
    pub reason: String,
}

/// Bytes that one name in a path may have: what the usual file systems take.
const LONGEST_NAME: usize = 255;

impl Files {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    ///
    /// Refused are paths that are empty, absolute or hold `.`, `..`, empty names, backslashes, colons or control
    /// characters, that were inserted before, that differ from an earlier file or folder in case only, and that
    /// need a folder where a file stands.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Result<(), PathError> {
        let path = path.into();
        if let Some(reason) = misshapen(&path) {
            return Err(PathError { path, reason: reason.to_owned() });
        }
        // All prefixes are judged before any is remembered, so that a refused path leaves no trace.
        let collision = prefixes(&path).find_map(|(prefix, folder)| self.collision(prefix, folder));
        if let Some(reason) = collision {
            return Err(PathError { path, reason });
        }
        for (prefix, folder) in prefixes(&path) {
            if let Entry::Vacant(entry) = self.names.entry(prefix.to_lowercase()) {
                entry.insert(Name { spelling: prefix.to_owned(), folder });
            }
        }
        self.files.insert(path, bytes.into());
        Ok(())
    }

    /// Adds all files of another set, under the same rules.
    pub fn append(&mut self, other: Self) -> Result<(), PathError> {
        for (path, bytes) in other.files {
            self.insert(path, bytes)?;
        }
        Ok(())
    }

    /// The bytes of a file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn collision(&self, prefix: &str, folder: bool) -> Option<String> {
        let known = self.names.get(&prefix.to_lowercase())?;
        match (known.folder, folder) {
            (true, true) if known.spelling == prefix => None,
            (false, false) if known.spelling == prefix => Some("is generated twice".to_owned()),
            (true, true) | (false, false) => {
                Some(format!("differs from `{}` in upper and lower case only", known.spelling))
            }
            (false, true) => Some(format!("needs a folder where the file `{}` stands", known.spelling)),
            (true, false) => Some(format!("stands where the folder `{}` is needed", known.spelling)),
        }
    }
}

/// What is wrong with the shape of a path, if anything. Also judges the paths in a manifest, which people can edit.
pub(crate) fn misshapen(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("is empty");
    }
    if path.starts_with('/') {
        return Some("is absolute");
    }
    // A colon is a drive or a stream on Windows.
    if path.contains(['\\', ':']) {
        return Some("holds a backslash or a colon");
    }
    if path.chars().any(char::is_control) {
        return Some("holds a control character");
    }
    path.split('/').find_map(|name| match name {
        "" => Some("holds an empty name"),
        "." | ".." => Some("holds `.` or `..`"),
        _ if name.ends_with(['.', ' ']) => Some("holds a name that ends in a dot or a blank"),
        _ if name.len() > LONGEST_NAME => Some("holds a name of more than 255 bytes"),
        _ => None,
    })
}

/// The folders of a path from the outermost, then the path itself; true for folders.
fn prefixes(path: &str) -> impl Iterator<Item = (&str, bool)> {
    let folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at)).map(|folder| (folder, true));
    folders.chain(std::iter::once((path, false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(existing: &[&str], path: &str) -> String {
        let mut files = Files::new();
        for path in existing {
            files.insert(*path, "").unwrap();
        }
        let before = files.clone();
        let error = files.insert(path, "").unwrap_err();
        assert_eq!(files, before, "a refused path leaves no trace");
        error.to_string()
    }

    #[test]
    fn paths_that_leave_the_output_or_mean_different_things_are_refused() {
        for path in ["", "/etc/passwd", "a/../b", "..", "./a", "a//b", "a/", "a\\b", "c:x", "a\0b", "a\nb", "a./b"] {
            assert!(reason(&[], path).starts_with("the output path `"), "{path:?}");
        }
        assert!(reason(&[], &"x".repeat(256)).contains("255"));
    }

    #[test]
    fn names_that_clash_are_refused() {
        assert_eq!(
            reason(&["a/B.rs"], "a/b.rs"),
            "the output path `a/b.rs` differs from `a/B.rs` in upper and lower case only"
        );
        assert_eq!(reason(&["Ä/x"], "ä/y"), "the output path `ä/y` differs from `Ä` in upper and lower case only");
        assert_eq!(reason(&["a"], "a/b"), "the output path `a/b` needs a folder where the file `a` stands");
        assert_eq!(reason(&["a/b"], "a"), "the output path `a` stands where the folder `a` is needed");
        assert_eq!(reason(&["a/b"], "a/b"), "the output path `a/b` is generated twice");
    }

    #[test]
    fn files_come_out_sorted_whatever_the_order_of_insertion() {
        let mut files = Files::new();
        for path in ["b/2", "a", "b/1"] {
            files.insert(path, path).unwrap();
        }
        assert_eq!(files.iter().map(|(path, _)| path).collect::<Vec<_>>(), ["a", "b/1", "b/2"]);
        assert_eq!((files.get("b/1"), files.len(), files.is_empty()), (Some(&b"b/1"[..]), 3, false));
    }
}
