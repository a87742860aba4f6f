//! For build scripts: specs in, modules in `OUT_DIR` out, as with other code generators that Cargo users know.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), crossdock::BuildError> {
//!     crossdock::build("specs")
//! }
//! ```
//!
//! and at the root of the crate, which depends on `crossdock-runtime`:
//!
//! ```text
//! include!(concat!(env!("OUT_DIR"), "/crossdock/mod.rs"));
//! ```
//!
//! Then `crate::harborline_canonical`, `crate::harborline_sap` and the rest are modules. Like the command line, this is
//! an end of the library: it alone, beside `cli`, asks for environment and clock.

use crate::diagnostic::{Severity, concise, human};
use crate::emit::{files::PathError, rust};
use crate::pipeline;
use crate::source::LoadError;
use crate::write::{self, Options, WriteError};
use crossdock_runtime::Timestamp;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Why a build script stops. `Debug` is as readable as `Display`: it is what Cargo shows of a failed script.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The specs can't be read at all.
    #[error("{}{}", .0, because(.0))]
    Load(#[from] LoadError),
    /// The specs have errors: every one, with its YAML file and line.
    #[error("the specs in `{}` have errors\n\n{findings}", folder.display())]
    Specs {
        /// The workspace.
        folder: PathBuf,
        /// What was found, for people.
        findings: String,
    },
    /// A generated file can't be named.
    #[error("{0}")]
    Path(#[from] PathError),
    /// The modules can't be written.
    #[error("{0}")]
    Write(#[from] WriteError),
    /// This is no build script.
    #[error("`OUT_DIR` is not set: call this from a build script")]
    NoScript,
    /// The clock says a time that no calendar has.
    #[error("the system's clock is wrong")]
    Clock,
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn because(error: &LoadError) -> String {
    std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default()
}

/// Generates the modules of a workspace, for a crate that includes them at its root: see [`Build`] for elsewhere.
pub fn build(specs: impl AsRef<Path>) -> Result<(), BuildError> {
    Build::of(specs).run()
}

/// A build of modules, to be told where they are included.
#[derive(Debug, Clone)]
pub struct Build {
    specs: PathBuf,
    module: String,
}

impl Build {
    /// Of the workspace in a folder, relative to the package.
    pub fn of(specs: impl AsRef<Path>) -> Self {
        Build { specs: specs.as_ref().to_owned(), module: String::new() }
    }

    /// The module that has the `include!`, from the crate's root: `contracts::generated`.
    pub fn in_module(mut self, path: impl Into<String>) -> Self {
        self.module = path.into();
        self
    }

    /// Reads, checks and generates; tells Cargo when to do so again, and of warnings.
    pub fn run(self) -> Result<(), BuildError> {
        let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or(BuildError::NoScript)?).join("crossdock");
        // Cargo looks at every file in the folder: specs, tables, schemas and those that are still to come.
        println!("cargo:rerun-if-changed={}", self.specs.display());
        for warning in self.generate(&out)? {
            println!("cargo:warning={warning}");
        }
        Ok(())
    }

    /// Writes the modules into a folder of their own; gives the warnings, a line each.
    pub fn generate(&self, out: &Path) -> Result<Vec<String>, BuildError> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| BuildError::Clock)?;
        let seconds = i64::try_from(since.as_secs()).map_err(|_| BuildError::Clock)?;
        let today = Timestamp::from_epoch_seconds(seconds).map_err(|_| BuildError::Clock)?.date();
        let mut found = pipeline::check_specs(&self.specs, today)?;
        found.loader.seen_from(self.specs.to_string_lossy());
        let sources = found.loader.sources();
        // Tests and templates of the specs are for who edits them: they would only slow the crate's build down.
        if found.diagnostics.iter().any(|finding| finding.severity == Severity::Error) {
            let findings = human::render(&found.diagnostics, sources, false);
            return Err(BuildError::Specs { folder: self.specs.clone(), findings });
        }
        let files = rust::modules(&rust::files(&found.model, sources)?, &self.module)?;
        write::build(out, &files, Options { force: true })?;
        let warnings: Vec<_> =
            found.diagnostics.iter().filter(|finding| finding.severity == Severity::Warning).cloned().collect();
        Ok(concise::render(&warnings, sources).lines().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specs(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("crossdock.yaml"), "crossdock: 1\nname: a\nversion: 1.0.0\n").unwrap();
        std::fs::write(folder.path().join("types.yaml"), text).unwrap();
        folder
    }

    #[test]
    fn modules_are_written_and_named() {
        let folder = specs("kind: value\nname: Address\nfields: { line1: string(35) }\n");
        let out = folder.path().join("out/crossdock");
        std::fs::create_dir_all(folder.path().join("out")).unwrap();
        Build::of(folder.path()).generate(&out).unwrap();
        assert!(std::fs::read_to_string(out.join("mod.rs")).unwrap().contains("pub mod a_canonical;"));
        assert!(out.join("a_canonical/lib.rs").is_file());
    }

    #[test]
    fn an_error_names_the_file_and_the_line() {
        let folder = specs("kind: value\nname: Address\nfields: { line1: strng }\n");
        let error = Build::of(folder.path()).generate(&folder.path().join("out")).unwrap_err();
        let text = format!("{error:?}");
        assert!(text.contains("types.yaml:3:"), "{text}");
        assert!(text.contains("strng"), "{text}");
        assert!(!folder.path().join("out").exists());
    }
}
