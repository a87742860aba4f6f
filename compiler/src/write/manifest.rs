//! The list of what the last build wrote: path to hash. It tells a hand edit from a stale, a missing and a foreign file.
//!
//! It is checked in with the output, so it may come out of a bad merge or a stranger's pull request: its paths are
//! judged like any other before they are believed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::WriteError;
use crate::emit::files::misshapen;

/// The manifest's name in the output folder.
pub const MANIFEST: &str = "crossdock.manifest.json";

/// The form of the manifest that this compiler reads and writes.
const FORM: u32 = 1;

/// More than a million files; above that it is no manifest of ours.
const LARGEST: u64 = 256 << 20;

/// A SHA-256, in lower-case hexadecimal.
pub(super) type Hash = String;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    #[serde(rename = "manifest")]
    form: u32,
    compiler: String,
    /// A map of its own order: serde writes it sorted, and a reader's duplicate key is refused below.
    #[serde(deserialize_with = "files_once")]
    pub files: BTreeMap<String, Hash>,
}

impl Manifest {
    pub fn new(files: BTreeMap<String, Hash>) -> Self {
        Self { form: FORM, compiler: env!("CARGO_PKG_VERSION").to_owned(), files }
    }

    /// The manifest in a folder; none where there is no such file.
    pub fn read(folder: &Path) -> Result<Option<Self>, WriteError> {
        let path = folder.join(MANIFEST);
        let unusable = |reason: String| WriteError::Manifest { path: path.clone(), reason };
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(WriteError::io("read", &path)(error)),
            Ok(found) if !found.is_file() => return Err(unusable("it is not a plain file".to_owned())),
            Ok(found) if found.len() > LARGEST => return Err(unusable("it is too large".to_owned())),
            Ok(_) => {}
        }
        let bytes = fs::read(&path).map_err(WriteError::io("read", &path))?;
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
        if manifest.form != FORM {
            return Err(unusable(format!("its form is {}, and this compiler knows {FORM}", manifest.form)));
        }
        if manifest.files.contains_key(MANIFEST) {
            return Err(unusable("it lists itself".to_owned()));
        }
        if let Some((path, reason)) = manifest.files.keys().find_map(|path| Some((path, misshapen(path)?))) {
            return Err(unusable(format!("its path `{path}` {reason}")));
        }
        Ok(Some(manifest))
    }

    /// As it is written: indented, one file per line, so that a merge and a review read well.
    pub fn to_bytes(&self) -> Result<Vec<u8>, WriteError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| WriteError::Io {
            action: "write",
            path: MANIFEST.into(),
            source: error.into(),
        })?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// Refuses a path that stands twice, which a merge can leave: either hash could be the wrong one.
fn files_once<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<BTreeMap<String, Hash>, D::Error> {
    struct Once;
    impl<'de> serde::de::Visitor<'de> for Once {
        type Value = BTreeMap<String, Hash>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("paths with their hashes")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut files = BTreeMap::new();
            while let Some((path, hash)) = map.next_entry::<String, Hash>()? {
                if files.contains_key(&path) {
                    return Err(serde::de::Error::custom(format_args!("the path `{path}` stands twice")));
                }
                files.insert(path, hash);
            }
            Ok(files)
        }
    }
    reader.deserialize_map(Once)
}

pub(super) fn hash(bytes: &[u8]) -> Hash {
    hexadecimal(&Sha256::digest(bytes))
}

/// The hash of a file, read in pieces: a file in the output may be anything.
pub(super) fn hash_file(path: &Path) -> Result<Hash, WriteError> {
    let mut file = File::open(path).map_err(WriteError::io("read", path))?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer).map_err(WriteError::io("read", path))?;
        match buffer.get(..read) {
            Some(bytes) if read > 0 => digest.update(bytes),
            _ => return Ok(hexadecimal(&digest.finalize())),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Manifest>, WriteError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(MANIFEST), text).unwrap();
        Manifest::read(folder.path())
    }

    #[test]
    fn a_manifest_reads_back() {
        let manifest = Manifest::new(BTreeMap::from([("b".to_owned(), hash(b"x")), ("a/c".to_owned(), hash(b""))]));
        let text = String::from_utf8(manifest.to_bytes().unwrap()).unwrap();
        assert!(text.find("a/c").unwrap() < text.find("\"b\"").unwrap());
        assert!(text.contains("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        assert_eq!(read(&text).unwrap().unwrap(), manifest);
    }

    #[test]
    fn no_manifest_is_none() {
        assert_eq!(Manifest::read(tempfile::tempdir().unwrap().path()).unwrap(), None);
    }

    #[test]
    fn a_manifest_that_cannot_be_trusted_is_refused() {
        for (text, why) in [
            ("<<<<<<< ours", "expected value"),
            (r#"{"manifest":2,"compiler":"9","more":[],"files":{}}"#, "its form is 2"),
            (r#"{"manifest":1,"compiler":"9","files":{"crossdock.manifest.json":""}}"#, "it lists itself"),
            (
                r#"{"manifest":1,"compiler":"9","files":{"../../etc/passwd":""}}"#,
                "`../../etc/passwd` holds `.` or `..`",
            ),
            (r#"{"manifest":1,"compiler":"9","files":{"/etc/passwd":""}}"#, "is absolute"),
            (r#"{"manifest":1,"compiler":"9","files":{"a":"1","a":"2"}}"#, "stands twice"),
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains(why), "{message}");
        }
    }
}
