//! Where the output is, and the names beside it that a build uses: lock, stage, old tree, journal.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::WriteError;

#[derive(Debug)]
pub(super) struct Place {
    pub parent: PathBuf,
    name: String,
    pub out: PathBuf,
}

impl Place {
    pub fn new(out: &Path) -> Result<Self, WriteError> {
        // `file_name` knows no name for `/`, `.`, `a/..`; a name that is no text could not be told from another.
        let name = out.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| WriteError::Nameless(out.to_owned()))?.to_owned();
        let parent = match out.parent() {
            Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
            Some(parent) => parent.to_owned(),
            None => return Err(WriteError::Nameless(out.to_owned())),
        };
        // Put together anew: `out/` with a slash at its end would be followed through a link.
        let out = parent.join(&name);
        Ok(Self { parent, name, out })
    }

    pub fn lock(&self) -> PathBuf {
        self.beside("lock")
    }

    pub fn journal(&self) -> PathBuf {
        self.beside("journal")
    }

    /// Where this process builds the new tree.
    pub fn stage(&self) -> PathBuf {
        self.beside(&format!("stage-{}", std::process::id()))
    }

    /// Where this process puts the old tree, when it can't be exchanged in one step.
    pub fn old(&self) -> PathBuf {
        self.beside(&format!("old-{}", std::process::id()))
    }

    /// Whether a name beside the output is a stage or an old tree of this output, of whatever process.
    pub fn is_left_over(&self, name: &str) -> bool {
        let rest = name.strip_prefix(&self.prefix());
        let process = rest.and_then(|rest| rest.strip_prefix("stage-").or_else(|| rest.strip_prefix("old-")));
        process.is_some_and(|process| !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// Whether the output exists; a link or a file in its place is refused.
    pub fn exists(&self) -> Result<bool, WriteError> {
        match fs::symlink_metadata(&self.out) {
            Ok(found) if found.is_symlink() => Err(WriteError::Link(self.out.clone())),
            Ok(found) if !found.is_dir() => Err(WriteError::NotAFolder(self.out.clone())),
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(WriteError::io("read", &self.out)(error)),
        }
    }

    fn prefix(&self) -> String {
        format!(".{}.crossdock-", self.name)
    }

    fn beside(&self, what: &str) -> PathBuf {
        self.parent.join(format!("{}{what}", self.prefix()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_without_a_name_is_refused() {
        for out in ["/", ".", "..", "a/..", ""] {
            assert!(matches!(Place::new(Path::new(out)), Err(WriteError::Nameless(_))), "{out:?}");
        }
    }

    #[test]
    fn names_stand_beside_the_output() {
        let place = Place::new(Path::new("x/generated/")).unwrap();
        assert_eq!(place.out, Path::new("x/generated"));
        assert_eq!(place.lock(), Path::new("x/.generated.crossdock-lock"));
        assert_eq!(Place::new(Path::new("generated")).unwrap().journal(), Path::new("./.generated.crossdock-journal"));
    }

    #[test]
    fn only_trees_of_this_output_are_left_over() {
        let place = Place::new(Path::new("out")).unwrap();
        assert!(place.is_left_over(".out.crossdock-stage-12"));
        assert!(place.is_left_over(".out.crossdock-old-1"));
        for name in
            [".out.crossdock-stage-", ".out.crossdock-stage-1x", ".out2.crossdock-stage-1", ".out.crossdock-lock"]
        {
            assert!(!place.is_left_over(name), "{name}");
        }
    }
}
