//! From the checked model to files in memory, one folder per kind of output. Emitters decide nothing: names and plans
//! come from [`crate::lower`]. Absent on purpose: YAML, the syntax tree, and the disk.

pub mod contract;
pub mod files;
pub mod rust;
pub mod template;

use crate::model::Model;
use crate::source::SourceMap;
use files::{Files, PathError};

/// Everything that is generated.
pub fn all(model: &Model, sources: &SourceMap) -> Result<Files, PathError> {
    let mut files = Files::new();
    files.append(rust::files(model, sources)?)?;
    files.append(contract::files(model, sources)?)?;
    files.append(contract::state::files(model, sources)?)?;
    Ok(files)
}
