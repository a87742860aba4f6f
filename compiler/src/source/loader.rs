//! The only reader of files: the specs of a workspace, and the data that specs name.
//!
//! A spec is `crossdock.yaml` and every other `*.yaml` or `*.yml` below its folder, except
//! - in hidden folders and files (a name that starts with a dot),
//! - in folders that hold a `crossdock.yaml` of their own: another workspace,
//! - in folders named `fixtures`, at any depth: what lies there is data (inputs and expected results of tests),
//! - behind links to folders: what they point to inside the workspace is read where it is.
//!
//! Data (fixtures, crosswalk tables, foreign schemas) is read by [`Loader::read_inside`], from anywhere in the
//! workspace and from nowhere else. Absent on purpose: writing, watching, the network, and what the bytes mean.

use super::map::SourceMap;
use super::path::{PathError, resolve};
use super::span::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file that makes a folder a workspace.
const WORKSPACE_FILE: &str = "crossdock.yaml";
/// The folder whose YAML files are data.
const DATA_FOLDER: &str = "fixtures";
/// The largest spec or data file, in bytes.
const FILE_LIMIT: u64 = 16 << 20;
/// The largest sum of all spec files, and of all data files, in bytes.
const TOTAL_LIMIT: u64 = 512 << 20;
/// Folders within folders.
const DEPTH_LIMIT: usize = 32;
/// Spec files.
const COUNT_LIMIT: usize = 100_000;

/// Why a workspace can't be opened at all.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder has no `crossdock.yaml`.
    #[error("`{}` is not a workspace: it has no `crossdock.yaml`", .0.display())]
    NotAWorkspace(PathBuf),
    /// The folder, or one below it, can't be listed.
    #[error("`{}` can't be read", .0.display())]
    Io(PathBuf, #[source] io::Error),
}

/// A problem of one file; the file stands in the source map, with what text could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadProblem {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: ProblemKind,
}

/// What keeps a file from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// It is larger than a spec or data file may be.
    TooLarge,
    /// All files together are larger, or more, than a workspace may hold.
    TotalTooLarge,
    /// Folders are nested too deeply.
    TooDeep,
    /// A byte that is not UTF-8; the text before it was read.
    NotUtf8,
    /// It is a link to something outside the workspace.
    LinkOutside,
    /// The path that names it leaves the workspace.
    PathOutside,
    /// The path that names it is absolute.
    PathAbsolute,
    /// The path that names it is empty or holds a backslash or a NUL.
    PathMalformed,
    /// There is none.
    Missing,
    /// It is a folder, a device or the like.
    NotAFile,
    /// The system refuses it, with its words.
    Unreadable(String),
}

impl ProblemKind {
    /// What is wrong with the file at `path`: lower case, one sentence, no full stop.
    pub fn message(&self, path: &str) -> String {
        match self {
            ProblemKind::TooLarge => format!("`{path}` is larger than {} MiB", FILE_LIMIT >> 20),
            ProblemKind::TotalTooLarge => {
                format!(
                    "the workspace is larger than {} MiB or {COUNT_LIMIT} files; `{path}` is not read",
                    TOTAL_LIMIT >> 20
                )
            }
            ProblemKind::TooDeep => format!("`{path}` lies more than {DEPTH_LIMIT} folders deep"),
            ProblemKind::NotUtf8 => format!("`{path}` is not UTF-8"),
            ProblemKind::LinkOutside => format!("`{path}` is a link that leaves the workspace"),
            ProblemKind::PathOutside => format!("the path `{path}` leaves the workspace"),
            ProblemKind::PathAbsolute => format!("the path `{path}` is absolute"),
            ProblemKind::PathMalformed => format!("`{path}` is not a path"),
            ProblemKind::Missing => format!("there is no file `{path}`"),
            ProblemKind::NotAFile => format!("`{path}` is not a file"),
            ProblemKind::Unreadable(why) => format!("`{path}` cannot be read: {why}"),
        }
    }

    /// Whether it is a limit of resources.
    pub fn is_limit(&self) -> bool {
        matches!(self, ProblemKind::TooLarge | ProblemKind::TotalTooLarge | ProblemKind::TooDeep)
    }
}

impl From<PathError> for ProblemKind {
    fn from(error: PathError) -> Self {
        match error {
            PathError::Malformed => ProblemKind::PathMalformed,
            PathError::Absolute => ProblemKind::PathAbsolute,
            PathError::Outside => ProblemKind::PathOutside,
        }
    }
}

/// A workspace that was read: its specs, and access to the data beside them.
#[derive(Debug)]
pub struct Loader {
    sources: SourceMap,
    problems: Vec<LoadProblem>,
    data: DataReader,
}

/// Reads the data of a workspace, from nowhere else, each file once. Clones read from the same memory.
#[derive(Debug, Clone)]
pub struct DataReader {
    store: Arc<Store>,
    read: Arc<Mutex<Data>>,
}

/// Data read so far.
#[derive(Debug, Default)]
struct Data {
    files: BTreeMap<String, Arc<[u8]>>,
    /// The sum of its bytes.
    total: u64,
}

/// Where bytes are.
#[derive(Debug)]
enum Store {
    /// A folder, without links in its own path.
    Disk(PathBuf),
    /// Paths from the workspace's folder, and bytes.
    Memory(BTreeMap<String, Vec<u8>>),
}

impl Loader {
    /// Reads the specs below a folder, in the order of their paths. Problems of single files are kept for the findings.
    pub fn open(named: &Path) -> Result<Loader, LoadError> {
        let root = named.canonicalize().map_err(|error| LoadError::Io(named.to_owned(), error))?;
        if !root.join(WORKSPACE_FILE).is_file() {
            return Err(LoadError::NotAWorkspace(named.to_owned()));
        }
        let mut found = Vec::new();
        let mut refused = Vec::new();
        walk(&root, "", 0, &mut found, &mut refused)?;
        Ok(Self::load(Store::Disk(root), found, refused))
    }

    /// A workspace of bytes in memory, by path from the workspace's folder.
    pub fn memory(files: BTreeMap<String, Vec<u8>>) -> Loader {
        let workspaces: BTreeSet<&str> = files
            .keys()
            .filter_map(|path| path.strip_suffix(WORKSPACE_FILE).and_then(|folder| folder.strip_suffix('/')))
            .collect();
        let is_spec = |path: &&String| {
            let mut folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
            is_spec_name(path.rsplit('/').next().unwrap_or(path))
                && !path.split('/').any(|part| part.starts_with('.'))
                && !path.split('/').rev().skip(1).any(|part| part == DATA_FOLDER)
                && !folders.any(|folder| workspaces.contains(folder))
        };
        let found = files.keys().filter(is_spec).cloned().collect();
        Self::load(Store::Memory(files), found, Vec::new())
    }

    fn load(store: Store, mut paths: Vec<String>, refused: Vec<(String, ProblemKind)>) -> Loader {
        let data = DataReader { store: Arc::new(store), read: Arc::default() };
        let mut loader = Loader { sources: SourceMap::new(), problems: Vec::new(), data };
        paths.sort_by(|a, b| (a != WORKSPACE_FILE, a).cmp(&(b != WORKSPACE_FILE, b)));
        let mut total = 0;
        for (index, path) in paths.into_iter().enumerate() {
            let bytes = match loader.data.store.read(&path) {
                Ok(_) if index >= COUNT_LIMIT => Err(ProblemKind::TotalTooLarge),
                Ok(bytes) if total + bytes.len() as u64 > TOTAL_LIMIT => Err(ProblemKind::TotalTooLarge),
                other => other,
            };
            total += bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
            match bytes {
                Ok(bytes) => loader.add(path, bytes),
                Err(kind) => {
                    let stop = kind == ProblemKind::TotalTooLarge;
                    loader.refuse(path, kind);
                    if stop {
                        break;
                    }
                }
            }
        }
        for (path, kind) in refused {
            loader.refuse(path, kind);
        }
        loader
    }

    fn add(&mut self, path: String, bytes: Vec<u8>) {
        match String::from_utf8(bytes) {
            Ok(text) => drop(self.sources.add(path, text)),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                bytes.truncate(valid);
                let end = u32::try_from(valid).unwrap_or(u32::MAX);
                let file = self.sources.add(path, String::from_utf8(bytes).unwrap_or_default());
                self.problems.push(LoadProblem { span: Span::new(file, end, end), kind: ProblemKind::NotUtf8 });
            }
        }
    }

    fn refuse(&mut self, path: String, kind: ProblemKind) {
        let file = self.sources.add(path, "");
        self.problems.push(LoadProblem { span: Span::new(file, 0, 0), kind });
    }

    /// The specs, `crossdock.yaml` first.
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// Says where the workspace lies from where its reader stands: see [`SourceMap::seen_from`].
    pub fn seen_from(&mut self, folder: impl Into<String>) {
        self.sources.seen_from(folder);
    }

    /// What could not be read. Such a file has no text, or only that before the problem.
    pub fn problems(&self) -> &[LoadProblem] {
        &self.problems
    }

    /// The file that makes it a workspace.
    pub fn workspace_file(&self) -> Option<FileId> {
        self.sources.by_path(WORKSPACE_FILE)
    }

    /// The path, from the workspace's folder, of what a spec file names.
    pub fn resolve(&self, from: FileId, relative: &str) -> Result<String, ProblemKind> {
        Ok(resolve(self.sources.path(from), relative)?)
    }

    /// The bytes of a file that a spec names, relative to that spec; never from outside the workspace. Reads once.
    pub fn read_inside(&self, from: FileId, relative: &str) -> Result<Arc<[u8]>, ProblemKind> {
        self.read_path(&self.resolve(from, relative)?)
    }

    /// The bytes of a file by its path from the workspace's folder, as [`Loader::resolve`] gives it. Reads once.
    pub fn read_path(&self, path: &str) -> Result<Arc<[u8]>, ProblemKind> {
        self.data.read_path(path)
    }

    /// What reads the data, for those who outlive a borrow.
    pub fn data(&self) -> DataReader {
        self.data.clone()
    }

    /// Puts a data file of text among the sources, so that findings can point into it.
    pub fn add_source(&mut self, path: &str) -> Option<FileId> {
        if let Some(known) = self.sources.by_path(path) {
            return Some(known);
        }
        let bytes = self.data.read_path(path).ok()?;
        Some(self.sources.add(path, std::str::from_utf8(&bytes).ok()?))
    }
}

impl DataReader {
    /// The bytes of a file by its path from the workspace's folder. Reads once.
    pub fn read_path(&self, path: &str) -> Result<Arc<[u8]>, ProblemKind> {
        let path = resolve("", path)?;
        let mut data = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = data.files.get(&path) {
            return Ok(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> = self.store.read(&path)?.into();
        data.total += bytes.len() as u64;
        if data.total > TOTAL_LIMIT {
            return Err(ProblemKind::TotalTooLarge);
        }
        data.files.insert(path, Arc::clone(&bytes));
        Ok(bytes)
    }
}

impl Store {
    /// Reads at most [`FILE_LIMIT`] bytes of a regular file inside the workspace.
    fn read(&self, path: &str) -> Result<Vec<u8>, ProblemKind> {
        let root = match self {
            Store::Memory(files) => {
                let bytes = files.get(path).ok_or(ProblemKind::Missing)?;
                return if bytes.len() as u64 > FILE_LIMIT { Err(ProblemKind::TooLarge) } else { Ok(bytes.clone()) };
            }
            Store::Disk(root) => root,
        };
        let target = root.join(path).canonicalize().map_err(|error| unreadable(&error))?;
        if !target.starts_with(root) {
            return Err(ProblemKind::LinkOutside);
        }
        // Asked before opening: opening a pipe would wait for its other end.
        if !target.metadata().map_err(|error| unreadable(&error))?.is_file() {
            return Err(ProblemKind::NotAFile);
        }
        let file = std::fs::File::open(&target).map_err(|error| unreadable(&error))?;
        let mut bytes = Vec::new();
        file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        if bytes.len() as u64 > FILE_LIMIT { Err(ProblemKind::TooLarge) } else { Ok(bytes) }
    }
}

fn unreadable(error: &io::Error) -> ProblemKind {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ProblemKind::Missing,
        _ => ProblemKind::Unreadable(error.to_string()),
    }
}

/// A name that a spec file may have; not hidden.
fn is_spec_name(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    !name.starts_with('.') && (extension == "yaml" || extension == "yml")
}

/// Collects the paths of spec files below a folder. `prefix` is the folder's path with a slash, empty for the root.
fn walk(
    folder: &Path,
    prefix: &str,
    depth: usize,
    found: &mut Vec<String>,
    refused: &mut Vec<(String, ProblemKind)>,
) -> Result<(), LoadError> {
    if depth > DEPTH_LIMIT {
        refused.push((prefix.trim_end_matches('/').to_owned(), ProblemKind::TooDeep));
        return Ok(());
    }
    let at = |error| LoadError::Io(folder.to_owned(), error);
    for entry in std::fs::read_dir(folder).map_err(at)? {
        let entry = entry.map_err(at)?;
        // A name that is not UTF-8 can't be written in a spec either.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type().map_err(at)?;
        if kind.is_dir() {
            if name != DATA_FOLDER && !entry.path().join(WORKSPACE_FILE).exists() {
                walk(&entry.path(), &format!("{path}/"), depth + 1, found, refused)?;
            }
        } else if is_spec_name(&name) && (kind.is_file() || !entry.path().is_dir()) {
            // A link is judged when it is read: only then is it certain what it points to.
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(files: &[(&str, &[u8])]) -> Loader {
        Loader::memory(files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect())
    }

    fn paths(loader: &Loader) -> Vec<&str> {
        loader.sources().files().map(|(_, file)| file.path.as_str()).collect()
    }

    #[test]
    fn specs_are_found_and_data_is_not_taken_for_specs() {
        let loader = memory(&[
            ("crossdock.yaml", b"crossdock: 1"),
            ("a.yaml", b""),
            ("b/fixtures/x.yaml", b"[1]"),
            ("b/z.yml", b""),
            ("b/.hidden.yaml", b""),
            (".git/y.yaml", b""),
            ("other/crossdock.yaml", b""),
            ("other/deep/x.yaml", b""),
            ("notes.txt", b""),
        ]);
        assert_eq!(paths(&loader), ["crossdock.yaml", "a.yaml", "b/z.yml"]);
        let spec = loader.sources().by_path("b/z.yml").unwrap();
        assert_eq!(&*loader.read_inside(spec, "fixtures/x.yaml").unwrap(), b"[1]");
        assert_eq!(loader.read_inside(spec, "../../x"), Err(ProblemKind::PathOutside));
        assert_eq!(loader.read_inside(spec, "/etc/passwd"), Err(ProblemKind::PathAbsolute));
        assert_eq!(loader.read_inside(spec, "none.csv"), Err(ProblemKind::Missing));
    }

    #[test]
    fn text_before_a_bad_byte_is_kept_and_the_byte_is_located() {
        let loader = memory(&[("crossdock.yaml", b"crossdock: 1\nname: \xff\n")]);
        let problem = loader.problems().first().unwrap();
        assert_eq!(problem.kind, ProblemKind::NotUtf8);
        assert_eq!(loader.sources().start(problem.span).line, 2);
        assert_eq!(loader.sources().start(problem.span).column, 7);
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let loader = memory(&[("crossdock.yaml", b"crossdock: 1"), ("big.yaml", &vec![b'#'; (16 << 20) + 1])]);
        assert_eq!(loader.problems().first().unwrap().kind, ProblemKind::TooLarge);
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_workspace_are_refused() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.yaml"), "kind: team").unwrap();
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("crossdock.yaml"), "crossdock: 1").unwrap();
        std::fs::write(root.path().join("real.yaml"), "kind: team").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.yaml"), root.path().join("leak.yaml")).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("folder")).unwrap();
        std::os::unix::fs::symlink(root.path().join("real.yaml"), root.path().join("same.yaml")).unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("round")).unwrap();
        let loader = Loader::open(root.path()).unwrap();
        assert_eq!(paths(&loader), ["crossdock.yaml", "leak.yaml", "real.yaml", "same.yaml"]);
        assert_eq!(loader.problems().len(), 1);
        assert_eq!(loader.problems().first().unwrap().kind, ProblemKind::LinkOutside);
        let spec = loader.workspace_file().unwrap();
        assert_eq!(loader.read_inside(spec, "folder/secret.yaml"), Err(ProblemKind::LinkOutside));
        assert!(loader.read_inside(spec, "round/real.yaml").is_ok());
    }

    #[test]
    fn a_folder_without_a_workspace_file_is_no_workspace() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(Loader::open(root.path()), Err(LoadError::NotAWorkspace(_))));
    }
}
