//! Puts generated files on disk: all of them or none, and no more than changed.
//!
//! The new tree is built beside the output ([`stage`]), then takes its place in one step ([`exchange`]); a lock keeps
//! builds apart ([`lock`]), and a manifest of hashes ([`manifest`]) tells what the last build wrote from what people
//! did ([`survey`]). So a build that dies at any instant leaves the old output or the new.
//!
//! Only files of the last manifest are ever removed. Files that no build made, such as a lock file of Cargo's, stay.
//! Absent on purpose: what the files are, and any judgement of specs.

/// Stops here if a test said so; nothing in other builds.
macro_rules! kill_point {
    ($step:ident) => {
        #[cfg(test)]
        $crate::write::killed::at($crate::write::killed::Step::$step)?;
    };
}

mod error;
mod exchange;
#[cfg(test)]
mod killed;
mod lock;
mod manifest;
mod place;
mod stage;
mod survey;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub use error::WriteError;
pub use manifest::MANIFEST;

use crate::emit::files::Files;
use exchange::Method;
use lock::Lock;
use manifest::{Manifest, hash};
use place::Place;
use survey::{State, Survey};
use tree::Tree;

/// How to build.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Overwrite files that were edited by hand or are in the way, and disregard a manifest that can't be read.
    pub force: bool,
}

/// What a build did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Files that are new or changed, sorted.
    pub written: Vec<String>,
    /// How many files were as they should be, and were not touched.
    pub unchanged: usize,
    /// Files of the last build that are generated no more, sorted.
    pub removed: Vec<String>,
}

/// A file that is not as a build would leave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drift {
    /// The file, relative to the output.
    pub path: String,
    /// What is the matter with it.
    pub kind: DriftKind,
}

/// What is the matter with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftKind {
    /// As an older build wrote it: its content would change, or it is generated no more.
    Stale,
    /// Changed since the last build wrote it.
    EditedByHand,
    /// Generated, but not there.
    Missing,
    /// Something that no build made stands where a generated file belongs.
    Unexpected,
}

impl DriftKind {
    /// In words, as it follows the path.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::EditedByHand => "edited by hand",
            Self::Missing => "missing",
            Self::Unexpected => "not generated, but in the way",
        }
    }
}

/// Makes the folder `out` hold these files, beside the foreign ones that it already holds.
///
/// On an error the output is as it was; the one thing that may be left is rubbish beside it, which the next build
/// removes. Nothing is touched where nothing changed.
pub fn build(out: &Path, files: &Files, options: Options) -> Result<Outcome, WriteError> {
    build_by(out, files, options, Method::Best)
}

fn build_by(out: &Path, files: &Files, options: Options, method: Method) -> Result<Outcome, WriteError> {
    let place = Place::new(out)?;
    place.exists()?;
    fs::create_dir_all(&place.parent).map_err(WriteError::io("create", &place.parent))?;
    let _lock = Lock::acquire(&place.lock())?;
    kill_point!(Locked);
    exchange::roll_forward(&place)?;
    exchange::remove_left_overs(&place)?;

    let now = place.exists()?.then_some(place.out.as_path());
    let survey = Survey::new(now, files, options.force)?;
    survey.refuse_loss(options.force)?;
    let unchanged = survey.paths(&[State::Same]).len();
    if now.is_some() && survey.is_clean() {
        return Ok(Outcome { unchanged, ..Outcome::default() });
    }

    let stage = place.stage();
    let staged = stage::build(&stage, now, files, &survey).and_then(|()| exchange::exchange(&place, &stage, method));
    let old = staged.inspect_err(|error| tidy(&stage, &place, error))?;
    if let Some(old) = old {
        rescue(&old, &place.out, &survey.tree);
        kill_point!(Rescued);
        // The output is right already; what can't be removed now, the next build tries again.
        let _ = fs::remove_dir_all(&old);
    }
    Ok(Outcome {
        written: survey.paths(&[State::Stale, State::Missing, State::Edited, State::InTheWay]),
        unchanged,
        removed: survey.paths(&[State::Obsolete, State::ObsoleteEdited]),
    })
}

/// What the last build left in a folder of `out` (such as `flows/`), by path from `out`. A file that was edited since is not
/// what it left, and is left out unless forced; where there was no build, nothing was left. Changes nothing.
pub fn left(out: &Path, folder: &str, options: Options) -> Result<BTreeMap<String, Vec<u8>>, WriteError> {
    let Some(now) = exchange::current(&Place::new(out)?)? else { return Ok(BTreeMap::new()) };
    let listed = match Manifest::read(&now) {
        Err(WriteError::Manifest { .. }) if options.force => None,
        listed => listed?,
    };
    let listed = listed.map(|manifest| manifest.files).unwrap_or_default();
    let tree = Tree::read(&now)?;
    let mut left = BTreeMap::new();
    for (path, known) in listed.into_iter().filter(|(path, _)| path.starts_with(folder)) {
        if tree.kind(Path::new(&path)) == Some(tree::Kind::File) {
            let place = now.join(&path);
            let bytes = fs::read(&place).map_err(WriteError::io("read", &place))?;
            if options.force || hash(&bytes) == known {
                left.insert(path, bytes);
            }
        }
    }
    Ok(left)
}

/// Says how the folder `out` differs from what a build of these files would leave, sorted by path. Changes nothing.
pub fn check(out: &Path, files: &Files) -> Result<Vec<Drift>, WriteError> {
    let place = Place::new(out)?;
    Lock::refuse_if_held(&place.lock())?;
    let now = exchange::current(&place)?;
    Ok(Survey::new(now.as_deref(), files, false)?.drifts())
}

/// After a failed build: its stage, unless a journal speaks of it, which the next command will finish.
fn tidy(stage: &Path, place: &Place, error: &WriteError) {
    #[cfg(test)]
    if matches!(error, WriteError::Killed(_)) {
        return;
    }
    let _ = error;
    if fs::symlink_metadata(place.journal()).is_err() {
        let _ = fs::remove_dir_all(stage);
    }
}

/// Brings over foreign files that appeared in the old tree while the new one was built, such as a lock file of Cargo's.
fn rescue(old: &Path, out: &Path, before: &Tree) {
    // What can't be brought over is no reason to fail: the build itself is done.
    let Ok(after) = Tree::read(old) else { return };
    for (path, kind) in after.iter() {
        if before.kind(path).is_none() && kind != tree::Kind::Folder && fs::symlink_metadata(out.join(path)).is_err() {
            if let Some(folder) = path.parent() {
                let _ = fs::create_dir_all(out.join(folder));
            }
            let _ = fs::rename(old.join(path), out.join(path));
        }
    }
}
