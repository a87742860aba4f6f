//! Where text comes from: files, positions in them, and the one reader of files.
//!
//! [`Loader`] reads a workspace and whatever its specs name; [`SourceMap`] keeps the spec texts and turns byte offsets
//! into lines and columns; [`Span`] is a place in one of them. Absent on purpose: YAML, findings about meaning, and
//! any access to files outside the workspace's folder.

mod loader;
mod map;
mod path;
mod span;

pub use loader::{DataReader, LoadError, LoadProblem, Loader, ProblemKind};
pub use map::{Position, SourceFile, SourceMap};
pub use path::{PathError, resolve};
pub use span::{FileId, Span, Spanned};
