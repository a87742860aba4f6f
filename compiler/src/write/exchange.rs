//! Puts the new tree in the place of the old: in one step where the system can exchange two names, else by a journal.
//!
//! With a journal there is an instant without an output. Whoever comes next, a build or a check, reads the journal and
//! goes on from there, so nobody who uses these commands sees that instant.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::WriteError;
use super::place::Place;
use super::stage::sync_folder;

/// How two trees change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// In one step if the system can, else by a journal.
    Best,
    /// By a journal. For tests on systems that have better.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests choose it"))]
    Journal,
}

/// Makes `stage` the output. Returns the old tree, which nobody needs any more.
pub(super) fn exchange(place: &Place, stage: &Path, method: Method) -> Result<Option<PathBuf>, WriteError> {
    if !place.exists()? {
        fs::rename(stage, &place.out).map_err(WriteError::io("create", &place.out))?;
        kill_point!(Exchanged);
        sync_folder(&place.parent)?;
        return Ok(None);
    }
    let done =
        method == Method::Best && in_one_step(stage, &place.out).map_err(WriteError::io("exchange", &place.out))?;
    if done {
        kill_point!(Exchanged);
        sync_folder(&place.parent)?;
        return Ok(Some(stage.to_owned()));
    }
    write_journal(place, stage)?;
    kill_point!(JournalWritten);
    finish(place, stage, &place.old())?;
    Ok(Some(place.old()))
}

/// Brings an interrupted exchange to its end. The caller has the lock.
pub(super) fn roll_forward(place: &Place) -> Result<(), WriteError> {
    let path = place.journal();
    match read_journal(place) {
        Some((stage, old)) => finish(place, &stage, &old),
        // Broken off while it was written: nothing was moved yet.
        None if fs::symlink_metadata(&path).is_ok() => fs::remove_file(&path).map_err(WriteError::io("remove", &path)),
        None => Ok(()),
    }
}

/// The output for who only reads: the new tree, if an exchange was interrupted at the instant without an output.
pub(super) fn current(place: &Place) -> Result<Option<PathBuf>, WriteError> {
    if place.exists()? {
        return Ok(Some(place.out.clone()));
    }
    Ok(read_journal(place).map(|(stage, _)| stage).filter(|stage| is_folder(stage)))
}

/// Removes the trees of killed builds. The caller has the lock, which every builder of these trees has had: all of
/// them are dead.
pub(super) fn remove_left_overs(place: &Place) -> Result<(), WriteError> {
    let entries = match fs::read_dir(&place.parent) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(WriteError::io("read", &place.parent))?,
    };
    for entry in entries {
        let entry = entry.map_err(WriteError::io("read", &place.parent))?;
        if entry.file_name().to_str().is_some_and(|name| place.is_left_over(name)) {
            let (path, found) = (entry.path(), entry.file_type());
            // A link could have come with a checkout: the link goes, not what it points to.
            let removed = match found {
                Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
                Err(error) => Err(error),
            };
            removed.map_err(WriteError::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Each step is done or not, and is told from what stands where; so it can be run again from any point.
fn finish(place: &Place, stage: &Path, old: &Path) -> Result<(), WriteError> {
    if is_folder(stage) {
        match (place.exists()?, fs::symlink_metadata(old).is_ok()) {
            (true, true) => return Err(WriteError::Interrupted(place.out.clone())),
            (true, false) => fs::rename(&place.out, old).map_err(WriteError::io("move", &place.out))?,
            (false, _) => {}
        }
        kill_point!(OldMoved);
        fs::rename(stage, &place.out).map_err(WriteError::io("create", &place.out))?;
        kill_point!(NewMoved);
        sync_folder(&place.parent)?;
    }
    let journal = place.journal();
    fs::remove_file(&journal).map_err(WriteError::io("remove", &journal))?;
    kill_point!(JournalRemoved);
    sync_folder(&place.parent)
}

fn write_journal(place: &Place, stage: &Path) -> Result<(), WriteError> {
    let name = |path: &Path| path.file_name().unwrap_or_default().display().to_string();
    let text = format!("{}\n{}\n.\n", name(stage), name(&place.old()));
    let path = place.journal();
    let written = File::create_new(&path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(WriteError::io("write", &path))?;
    sync_folder(&place.parent)
}

/// The stage and the old tree that a complete journal names; only names that builds of this output use are believed.
fn read_journal(place: &Place) -> Option<(PathBuf, PathBuf)> {
    let path = place.journal();
    fs::symlink_metadata(&path).ok().filter(|found| found.is_file() && found.len() < 4096)?;
    let text = fs::read_to_string(&path).ok()?;
    let mut lines = text.lines();
    let (stage, old, end) = (lines.next()?, lines.next()?, lines.next()?);
    let known = place.is_left_over(stage) && place.is_left_over(old) && stage != old && end == ".";
    known.then(|| (place.parent.join(stage), place.parent.join(old)))
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Whether it was done; not done means that the file system can't.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn in_one_step(one: &Path, other: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn in_one_step(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}
