//! Where things lie from where the user stands.

use crate::source::{SourceMap, Span};
use std::path::{Component, Path, PathBuf};

/// What stands before the paths of a workspace's files, so that they lead there from the current folder: `specs`,
/// `../specs`, nothing for the current folder itself; an absolute path only if the workspace was named by one that does
/// not lie in the current folder.
pub(super) fn of_workspace(root: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let below = root.strip_prefix(&here).unwrap_or(root);
    let plain: PathBuf = below.components().filter(|part| *part != Component::CurDir).collect();
    shown(&plain)
}

/// The same from the top of the repository, where a workflow checked it out: what annotations need.
pub(super) fn in_repository(root: &Path, repository: &Path) -> String {
    let (Ok(root), Ok(repository)) = (root.canonicalize(), repository.canonicalize()) else {
        return of_workspace(root);
    };
    root.strip_prefix(&repository).map_or_else(|_| of_workspace(&root), shown)
}

/// `file:line`.
pub(super) fn line(sources: &SourceMap, span: Span) -> String {
    format!("{}:{}", sources.shown(span.file), sources.start(span).line)
}

/// A path with `/` on every system.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_is_named_from_here() {
        let here = std::env::current_dir().unwrap();
        for (named, shown) in [("specs", "specs"), ("./specs/", "specs"), (".", ""), ("../a/specs", "../a/specs")] {
            assert_eq!(of_workspace(Path::new(named)), shown, "{named}");
        }
        assert_eq!(of_workspace(&here.join("a/specs")), "a/specs");
        assert_eq!(of_workspace(&here), "");
        assert_eq!(of_workspace(Path::new("/elsewhere/specs")), "/elsewhere/specs");
    }

    #[test]
    fn annotations_name_files_from_the_top_of_the_repository() {
        let top = tempfile::tempdir().unwrap();
        let specs = top.path().join("contracts/specs");
        std::fs::create_dir_all(&specs).unwrap();
        assert_eq!(in_repository(&specs, top.path()), "contracts/specs");
        assert_eq!(in_repository(top.path(), &specs), of_workspace(&top.path().canonicalize().unwrap()));
    }
}
