//! Where a test can stop the writer as if its process had been killed. Not part of any other build.

use std::cell::Cell;

use super::WriteError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Locked,
    StageBegun,
    FoldersMade,
    Linked,
    HalfWritten,
    Written,
    ManifestWritten,
    Synced,
    JournalWritten,
    OldMoved,
    NewMoved,
    JournalRemoved,
    Exchanged,
    Rescued,
}

impl Step {
    pub const ALL: [Self; 14] = [
        Self::Locked,
        Self::StageBegun,
        Self::FoldersMade,
        Self::Linked,
        Self::HalfWritten,
        Self::Written,
        Self::ManifestWritten,
        Self::Synced,
        Self::JournalWritten,
        Self::OldMoved,
        Self::NewMoved,
        Self::JournalRemoved,
        Self::Exchanged,
        Self::Rescued,
    ];
}

thread_local! {
    static ARMED: Cell<Option<Step>> = const { Cell::new(None) };
}

/// Stops this thread's next build at a step.
pub(super) fn arm(step: Option<Step>) {
    ARMED.set(step);
}

pub(super) fn at(step: Step) -> Result<(), WriteError> {
    if ARMED.get() == Some(step) { Err(WriteError::Killed(step)) } else { Ok(()) }
}
