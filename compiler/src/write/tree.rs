//! What lies in the output folder now: names and kinds only, no link followed, no depth too deep.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use super::WriteError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    /// A pipe, a socket, a device.
    Other,
}

/// Everything below a folder by relative path; a folder comes before what it holds.
#[derive(Debug, Default)]
pub(super) struct Tree {
    entries: BTreeMap<PathBuf, Kind>,
}

impl Tree {
    pub fn read(root: &Path) -> Result<Self, WriteError> {
        let mut entries = BTreeMap::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let full = root.join(&folder);
            for entry in fs::read_dir(&full).map_err(WriteError::io("read", &full))? {
                let entry = entry.map_err(WriteError::io("read", &full))?;
                let found = entry.file_type().map_err(WriteError::io("read", &full))?;
                let path = folder.join(entry.file_name());
                let kind = match found {
                    _ if found.is_symlink() => Kind::Link,
                    _ if found.is_dir() => Kind::Folder,
                    _ if found.is_file() => Kind::File,
                    _ => Kind::Other,
                };
                if kind == Kind::Folder {
                    folders.push(path.clone());
                }
                entries.insert(path, kind);
            }
        }
        Ok(Self { entries })
    }

    pub fn kind(&self, path: &Path) -> Option<Kind> {
        self.entries.get(path).copied()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Path, Kind)> {
        self.entries.iter().map(|(path, kind)| (path.as_path(), *kind))
    }

    /// Everything below a path.
    pub fn below<'t>(&'t self, path: &'t Path) -> impl Iterator<Item = (&'t Path, Kind)> {
        // Paths compare name by name, so what a folder holds follows it directly.
        let after = self.entries.range::<Path, _>((Bound::Excluded(path), Bound::Unbounded));
        after.take_while(move |(entry, _)| entry.starts_with(path)).map(|(entry, kind)| (entry.as_path(), *kind))
    }
}
