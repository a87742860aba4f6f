//! Why a build was not written, said so that the reader knows what to do.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The output was left as it was; [`WriteError::help`] says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file system refused.
    #[error("could not {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The output has no name of its own, such as `/`, `.` or `..`.
    #[error("`{}` can't be the output folder: it is exchanged as a whole and needs a name of its own", .0.display())]
    Nameless(PathBuf),
    /// A file stands where the output folder belongs.
    #[error("`{}` is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// The output, or a folder on the way to a generated file, is a symbolic link.
    #[error("`{}` is a symbolic link, which output never follows", .0.display())]
    Link(PathBuf),
    /// Another build of the same output is running.
    #[error("the output is locked by another build{}", holder.map_or_else(String::new, |id| format!(" (process {id})")))]
    Locked {
        /// The lock file.
        lock: PathBuf,
        /// The process that holds it, where it said so.
        holder: Option<u32>,
    },
    /// The manifest of the last build can't be read.
    #[error("the manifest `{}` can't be used: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A build tried to generate the manifest itself.
    #[error("the generated file `{0}` has the manifest's name")]
    Reserved(String),
    /// Files would be lost.
    #[error("{}", describe(edited, foreign, folders))]
    Conflict {
        /// Generated files that were edited by hand.
        edited: Vec<String>,
        /// Files that no build made, standing where generated files belong.
        foreign: Vec<String>,
        /// Folders with files that no build made, standing where generated files belong; force does not remove those.
        folders: Vec<String>,
    },
    /// An exchange was interrupted and something else has taken the output's place since.
    #[error("`{}` appeared while an interrupted build was to be finished", .0.display())]
    Interrupted(PathBuf),
    /// A test stopped the writer here.
    #[cfg(test)]
    #[error("stopped at {0:?}")]
    Killed(super::killed::Step),
}

impl WriteError {
    /// For `map_err`: the file system refused `action` on `path`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    /// What the reader can do about it, where there is something to say.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Locked { lock, .. } => Some(format!("wait for it; its lock is `{}`", lock.display())),
            Self::Manifest { .. } => Some("take the manifest from version control, or build with `--force`".to_owned()),
            Self::Link(_) => Some("put a real folder in its place, or choose another output".to_owned()),
            Self::Conflict { folders, .. } if !folders.is_empty() => Some("move those folders away".to_owned()),
            Self::Conflict { .. } => {
                Some("move your changes into the specs or away, or build with `--force` to lose them".to_owned())
            }
            Self::Interrupted(_) => Some("move it away and build again".to_owned()),
            _ => None,
        }
    }
}

fn describe(edited: &[String], foreign: &[String], folders: &[String]) -> String {
    let mut text = "files would be lost".to_owned();
    for (what, paths) in [
        ("edited by hand", edited),
        ("not generated, but in the way", foreign),
        ("a folder that is not generated, but in the way", folders),
    ] {
        for path in paths {
            // Writing to a string can't fail.
            let _ = write!(text, "\n  {path}: {what}");
        }
    }
    text
}
