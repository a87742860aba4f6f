//! Corpora: folders of cases beside this package, each with an expectation in a file.
//!
//! `BLESS=1` rewrites expectations that differ; whoever does so reads the difference before committing it. Absent on
//! purpose: what a case is run through, which each test says itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A folder of this package.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The folders in a folder, in order of their names; none if it does not exist.
pub fn folders(within: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(within).map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()));
    let mut folders: Vec<PathBuf> = entries.into_iter().flatten().filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Every file below a folder: its path from there, with forward slashes, and its bytes.
pub fn files(below: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    collect(below, "", &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let own = format!("{prefix}{}", name(&path));
        if path.is_dir() {
            collect(&path, &format!("{own}/"), files)?;
        } else {
            files.insert(own, fs::read(&path)?);
        }
    }
    Ok(())
}

/// Compares a result with its expectation in a file, or rewrites that if `BLESS` is set. Says what differs.
pub fn compare(expectation: &Path, actual: &str) -> Result<(), String> {
    let expected = fs::read_to_string(expectation).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        return fs::write(expectation, actual).map_err(|error| format!("{}: {error}", expectation.display()));
    }
    let (expected, actual) = (differing(&expected, actual), actual);
    Err(format!("{} differs{expected}\n--- actual\n{actual}--- BLESS=1 rewrites it", expectation.display()))
}

/// Where two texts begin to differ.
fn differing(expected: &str, actual: &str) -> String {
    let mut pairs = (1..).zip(expected.lines().map(Some).chain(std::iter::repeat(None)));
    let mut actual = actual.lines();
    loop {
        let Some((number, expected)) = pairs.next() else { return String::new() };
        match (expected, actual.next()) {
            (None, None) => return " in its line breaks".to_owned(),
            (expected, actual) if expected == actual => {}
            (expected, actual) => {
                let show = |line: Option<&str>| line.unwrap_or("(nothing)").to_owned();
                return format!(" in line {number}\n  expected: {}\n  actual:   {}", show(expected), show(actual));
            }
        }
    }
}
