//! Builds the whole new tree beside the old one, so that what is exchanged later is complete and on the disk.
//!
//! Unchanged and foreign files are the same files under a second name: they keep their times, and cost no bytes.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::WriteError;
use super::manifest::MANIFEST;
use super::survey::{State, Survey};
use super::tree::Kind;
use crate::emit::files::Files;

/// More files than these are brought to the disk by one request for the whole file system, where it knows such a thing: a
/// request for each is most of what a large build costs.
const SYNCED_EACH: usize = 64;

/// Makes `stage`, which must not exist. `out` is the tree as it is now, if there is one.
pub(super) fn build(stage: &Path, out: Option<&Path>, files: &Files, survey: &Survey) -> Result<(), WriteError> {
    let carried = survey.carried();
    let of = |state: State| files.iter().filter(move |(path, _)| survey.states.get(*path) == Some(&state));
    let kept: Vec<&Path> = of(State::Same).map(|(path, _)| Path::new(path)).collect();
    let changed: Vec<(&Path, &[u8])> = files
        .iter()
        .filter(|(path, _)| survey.states.get(*path) != Some(&State::Same))
        .map(|(path, bytes)| (Path::new(path), bytes))
        .collect();

    let mut folders: BTreeSet<&Path> = BTreeSet::new();
    let all = kept.iter().copied().chain(changed.iter().map(|(path, _)| *path));
    for path in all.chain(carried.iter().map(|(path, _)| *path)) {
        folders.extend(path.ancestors().skip(1));
    }
    folders.extend(carried.iter().filter(|(_, kind)| *kind == Kind::Folder).map(|(path, _)| *path));
    folders.insert(Path::new(""));
    // Sorted, so that a folder comes before those in it.
    for folder in &folders {
        let full = at(stage, folder);
        fs::create_dir(&full).map_err(WriteError::io("create", &full))?;
        if folder.as_os_str().is_empty() {
            kill_point!(StageBegun);
        }
    }
    kill_point!(FoldersMade);

    if let Some(out) = out {
        let kept = kept.iter().map(|path| (*path, Kind::File));
        for (path, kind) in kept.chain(carried.iter().copied()) {
            carry(&out.join(path), &stage.join(path), kind)?;
        }
    }
    kill_point!(Linked);

    let half = changed.len() / 2;
    let (first, second) = changed.split_at_checked(half).unwrap_or((&changed, &[]));
    let each = !SYNCS_AT_ONCE || changed.len() <= SYNCED_EACH;
    let write_one = |(path, bytes): &(&Path, &[u8])| write(&stage.join(path), bytes, each);
    let write_all = |part: &[(&Path, &[u8])]| {
        if each {
            // In parallel, so that the disk can settle many files at once.
            part.par_iter().try_for_each(write_one)
        } else {
            // Two threads that make files in one folder spend their time waiting for each other.
            part.iter().try_for_each(write_one)
        }
    };
    write_all(first)?;
    kill_point!(HalfWritten);
    write_all(second)?;
    kill_point!(Written);
    write(&stage.join(MANIFEST), &survey.manifest, each)?;
    kill_point!(ManifestWritten);
    if !each {
        sync_at_once(stage).map_err(WriteError::io("sync", stage))?;
    }

    // From the innermost: a folder may be made read-only here.
    for folder in folders.iter().rev() {
        if let Some(out) = out {
            copy_mode(&at(out, folder), &at(stage, folder));
        }
        sync_folder(&at(stage, folder))?;
    }
    kill_point!(Synced);
    Ok(())
}

/// `root.join("")` would end in a slash.
fn at(root: &Path, folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() { root.to_owned() } else { root.join(folder) }
}

fn carry(from: &Path, to: &Path, kind: Kind) -> Result<(), WriteError> {
    if kind == Kind::Folder || fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    // A file system without links, or a file with too many.
    let copied = match kind {
        Kind::Folder => Ok(()),
        Kind::File => copy(from, to),
        Kind::Link => copy_link(from, to),
        Kind::Other => Err(io::Error::new(io::ErrorKind::Unsupported, "it is no plain file and can't be linked")),
    };
    copied.map_err(WriteError::io("carry over", from))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    // Opened for reading: a read-only file takes a time, too.
    let file = File::open(to)?;
    file.set_modified(modified)?;
    file.sync_all()
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "it is a link and can't be linked"))
}

fn write(path: &Path, bytes: &[u8], sync: bool) -> Result<(), WriteError> {
    let written = File::create_new(path).and_then(|mut file| {
        file.write_all(bytes)?;
        if sync { file.sync_all() } else { Ok(()) }
    });
    written.map_err(WriteError::io("write", path))
}

const SYNCS_AT_ONCE: bool = cfg!(target_os = "linux");

/// Brings everything on the file system that holds `path` to the disk.
#[cfg(target_os = "linux")]
fn sync_at_once(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(path)?)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_at_once(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A folder that was not there before, or a system without modes, keeps what it has.
fn copy_mode(from: &Path, to: &Path) {
    if let Ok(found) = fs::symlink_metadata(from)
        && found.is_dir()
    {
        let _ = fs::set_permissions(to, found.permissions());
    }
}

#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> Result<(), WriteError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(WriteError::io("sync", path))
}

/// Elsewhere a folder can't be opened, and the system orders names by itself.
#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> Result<(), WriteError> {
    Ok(())
}
