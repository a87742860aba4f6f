//! One build at a time per output: an advisory lock on a file beside it, which the system releases when a process dies.
//!
//! The lock file goes away with its lock. So whoever gets a lock must see that it still has a name: a waiter may have
//! locked a file that its holder removed meanwhile, which nobody else would ever meet.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::WriteError;

#[derive(Debug)]
pub(super) struct Lock {
    /// Held open: closing it releases the lock.
    _file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock, or says who has it. Never waits.
    pub fn acquire(path: &Path) -> Result<Self, WriteError> {
        let error = || WriteError::io("lock", path);
        // Three builds that end just now are no more than bad luck; a loop without end would be a hang.
        for _ in 0..3 {
            let mut file = open(path, true).map_err(error())?;
            if !system::try_exclusive(&file).map_err(error())? {
                return Err(locked(path, &mut file));
            }
            if !is_at(&file, path) {
                continue;
            }
            file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(error())?;
            return Ok(Self { _file: file, path: path.to_owned() });
        }
        Err(WriteError::Locked { lock: path.to_owned(), holder: None })
    }

    /// Says who has the lock, if anybody. For readers: makes no file.
    pub fn refuse_if_held(path: &Path) -> Result<(), WriteError> {
        match open(path, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(WriteError::io("read", path)(error)),
            Ok(mut file) => match system::try_shared(&file) {
                Ok(true) => Ok(()),
                Ok(false) => Err(locked(path, &mut file)),
                Err(error) => Err(WriteError::io("lock", path)(error)),
            },
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A lock file that stays is only untidy: it is unlocked.
        let _ = fs::remove_file(&self.path);
    }
}

fn locked(path: &Path, file: &mut File) -> WriteError {
    let mut text = String::new();
    let holder = file.take(32).read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
    WriteError::Locked { lock: path.to_owned(), holder }
}

/// Never through a symbolic link, which could have come with a checkout and would let us write somewhere else.
fn open(path: &Path, create: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(create).create(create).truncate(false);
    system::no_follow(&mut options);
    options.open(path)
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let here = file.metadata();
    let there = fs::symlink_metadata(path);
    matches!((here, there), (Ok(here), Ok(there)) if (here.dev(), here.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(unix)]
mod system {
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::{FlockOperation, OFlags, flock};

    pub fn try_exclusive(file: &File) -> io::Result<bool> {
        attempt(file, FlockOperation::NonBlockingLockExclusive)
    }

    pub fn try_shared(file: &File) -> io::Result<bool> {
        attempt(file, FlockOperation::NonBlockingLockShared)
    }

    fn attempt(file: &File, operation: FlockOperation) -> io::Result<bool> {
        match flock(file, operation) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub fn no_follow(options: &mut OpenOptions) {
        options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    }
}

/// Without advisory locks two builds at once are the caller's to avoid.
#[cfg(not(unix))]
mod system {
    use std::fs::{File, OpenOptions};
    use std::io;

    pub fn try_exclusive(_: &File) -> io::Result<bool> {
        Ok(true)
    }

    pub fn try_shared(_: &File) -> io::Result<bool> {
        Ok(true)
    }

    pub fn no_follow(_: &mut OpenOptions) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_build_is_told_who_has_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::acquire(&path).unwrap();
        let message = Lock::acquire(&path).unwrap_err().to_string();
        assert_eq!(message, format!("the output is locked by another build (process {})", std::process::id()));
        assert!(matches!(Lock::refuse_if_held(&path), Err(WriteError::Locked { .. })));
        drop(first);
        Lock::refuse_if_held(&path).unwrap();
        assert!(!path.exists());
        Lock::acquire(&path).unwrap();
    }

    #[test]
    fn a_lock_file_that_a_killed_build_left_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        fs::write(&path, "999999999999\n").unwrap();
        Lock::refuse_if_held(&path).unwrap();
        Lock::acquire(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_file_that_is_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("lock"), folder.path().join("precious"));
        fs::write(&target, "mine").unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        Lock::acquire(&path).unwrap_err();
        assert_eq!(fs::read(&target).unwrap(), b"mine");
    }
}
