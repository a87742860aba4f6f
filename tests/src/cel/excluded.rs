//! Cases that are left out one by one, each with its reason.

use std::path::Path;

/// A case that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// The list at `path`: `name: reason` on each line, `#` before a remark.
pub fn excluded(path: &Path) -> Result<Vec<Excluded>, String> {
    let text = std::fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split_once(": ") {
            Some((name, reason)) if !reason.trim().is_empty() => {
                Ok(Excluded { name: name.to_owned(), reason: reason.trim().to_owned() })
            }
            _ => Err(format!("{}: no reason in `{line}`", path.display())),
        })
        .collect()
}
