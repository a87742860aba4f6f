//! Paths that specs name, resolved as text before any file is touched.

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathError {
    /// Nothing, or a byte that no path may hold.
    Malformed,
    /// It starts at the root of the file system or names a drive.
    Absolute,
    /// It leaves the workspace's folder.
    Outside,
}

/// The path of `relative` as seen from the file `from`, both from the workspace's folder with forward slashes.
///
/// Works on text alone; that a symbolic link does not leave the folder is the loader's to check.
pub fn resolve(from: &str, relative: &str) -> Result<String, PathError> {
    if relative.is_empty() || relative.contains(['\0', '\\']) {
        return Err(PathError::Malformed);
    }
    if relative.starts_with('/') || relative.as_bytes().get(1) == Some(&b':') {
        return Err(PathError::Absolute);
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop().ok_or(PathError::Outside)?),
            part => parts.push(part),
        }
    }
    if parts.is_empty() { Err(PathError::Malformed) } else { Ok(parts.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        assert_eq!(resolve("systems/shopify/system.yaml", "codes.csv").unwrap(), "systems/shopify/codes.csv");
        assert_eq!(resolve("systems/shopify/system.yaml", "../shared/./a.csv").unwrap(), "systems/shared/a.csv");
        assert_eq!(resolve("crossdock.yaml", "a//b.json").unwrap(), "a/b.json");
    }

    #[test]
    fn paths_that_leave_the_workspace_are_refused() {
        assert_eq!(resolve("a/b.yaml", "../../secret"), Err(PathError::Outside));
        assert_eq!(resolve("a/b.yaml", "x/../../../secret"), Err(PathError::Outside));
        assert_eq!(resolve("a.yaml", "/etc/passwd"), Err(PathError::Absolute));
        assert_eq!(resolve("a.yaml", "c:/windows"), Err(PathError::Absolute));
        assert_eq!(resolve("a.yaml", "..\\secret"), Err(PathError::Malformed));
        assert_eq!(resolve("a.yaml", ""), Err(PathError::Malformed));
        assert_eq!(resolve("a/b.yaml", ".."), Err(PathError::Malformed));
    }
}
