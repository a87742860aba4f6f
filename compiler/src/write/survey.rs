//! Compares three things per path: what is generated now, what the last manifest says, what lies on disk.
//!
//! `build` and `check` both judge by this and nothing else, so that a clean check means a build that touches nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::manifest::{Hash, MANIFEST, Manifest, hash, hash_file};
use super::tree::{Kind, Tree};
use super::{Drift, DriftKind, WriteError};
use crate::emit::files::Files;

/// What a path of the files or of the last manifest needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// On disk as generated now.
    Same,
    /// On disk as generated last time, and different now.
    Stale,
    /// Generated now and not on disk.
    Missing,
    /// On disk as no build made it, though the last one wrote it.
    Edited,
    /// Something else stands where it belongs: what the last manifest does not know, and force may replace.
    InTheWay,
    /// A folder with files that are not ours stands where it belongs; nothing may remove that.
    FolderInTheWay,
    /// On disk as generated last time, and generated no more.
    Obsolete,
    /// As `Obsolete`, but edited since.
    ObsoleteEdited,
    /// Generated last time, not on disk and not wanted.
    Gone,
}

#[derive(Debug)]
pub(super) struct Survey {
    pub tree: Tree,
    pub states: BTreeMap<String, State>,
    /// The manifest to write.
    pub manifest: Vec<u8>,
    /// Whether the one on disk has the same bytes.
    pub manifest_same: bool,
    /// Foreign files in the place of a folder that is needed: gone if forced.
    blocking: BTreeSet<PathBuf>,
}

impl Survey {
    /// `root` is the tree as it is now, if there is one. With `force`, a manifest that can't be used is none.
    pub fn new(root: Option<&Path>, files: &Files, force: bool) -> Result<Self, WriteError> {
        if let Some((path, _)) = files.iter().find(|(path, _)| path.eq_ignore_ascii_case(MANIFEST)) {
            return Err(WriteError::Reserved(path.to_owned()));
        }
        let hashes: BTreeMap<String, Hash> =
            files.iter().par_bridge().map(|(path, bytes)| (path.to_owned(), hash(bytes))).collect();
        let (tree, last) = match root {
            None => (Tree::default(), None),
            Some(root) => match Manifest::read(root) {
                Err(WriteError::Manifest { .. }) if force => (Tree::read(root)?, None),
                last => (Tree::read(root)?, last?),
            },
        };
        let manifest = Manifest::new(hashes);
        let written = manifest.to_bytes()?;
        let manifest_same = match &last {
            Some(last) => last.to_bytes()? == written,
            None => false,
        };
        let last = last.map(|last| last.files).unwrap_or_default();

        let paths: BTreeSet<&String> = manifest.files.keys().chain(last.keys()).collect();
        let judge = Judge { root, tree: &tree, now: &manifest.files, last: &last };
        let states = paths.into_par_iter().map(|path| Ok((path.clone(), judge.state(path)?)));
        let states = states.collect::<Result<BTreeMap<_, _>, WriteError>>()?;
        let blocking = judge.blocking();
        Ok(Self { tree, states, manifest: written, manifest_same, blocking })
    }

    /// Whether a build has nothing to do.
    pub fn is_clean(&self) -> bool {
        self.manifest_same && self.states.values().all(|state| *state == State::Same)
    }

    pub fn paths(&self, wanted: &[State]) -> Vec<String> {
        self.states.iter().filter(|(_, state)| wanted.contains(state)).map(|(path, _)| path.clone()).collect()
    }

    /// What would be lost, as an error.
    pub fn refuse_loss(&self, force: bool) -> Result<(), WriteError> {
        let mut edited = self.paths(&[State::Edited, State::ObsoleteEdited]);
        let mut foreign = self.paths(&[State::InTheWay]);
        foreign.extend(self.blocking.iter().map(|path| path.display().to_string()));
        let folders = self.paths(&[State::FolderInTheWay]);
        if force {
            edited.clear();
            foreign.clear();
        }
        if edited.is_empty() && foreign.is_empty() && folders.is_empty() {
            return Ok(());
        }
        Err(WriteError::Conflict { edited, foreign, folders })
    }

    /// Files, links and empty folders that are none of ours and stay.
    pub fn carried(&self) -> Vec<(&Path, Kind)> {
        let ours: BTreeSet<&Path> = self.states.keys().map(Path::new).collect();
        let folders: BTreeSet<&Path> = ours.iter().flat_map(|path| path.ancestors()).collect();
        let stays = |path: &Path, kind: Kind| match kind {
            Kind::Folder => {
                let within_ours = path.ancestors().any(|folder| ours.contains(folder));
                !folders.contains(path) && !within_ours && self.tree.below(path).next().is_none()
            }
            Kind::File | Kind::Link | Kind::Other => {
                !ours.contains(path) && path != Path::new(MANIFEST) && !self.blocking.contains(path)
            }
        };
        self.tree.iter().filter(|(path, kind)| stays(path, *kind)).collect()
    }

    pub fn drifts(&self) -> Vec<Drift> {
        let mut drifts: Vec<Drift> = Vec::new();
        for (path, state) in &self.states {
            let kind = match state {
                State::Same | State::Gone => continue,
                State::Stale | State::Obsolete => DriftKind::Stale,
                State::Missing => DriftKind::Missing,
                State::Edited | State::ObsoleteEdited => DriftKind::EditedByHand,
                State::InTheWay | State::FolderInTheWay => DriftKind::Unexpected,
            };
            drifts.push(Drift { path: path.clone(), kind });
        }
        for path in &self.blocking {
            drifts.push(Drift { path: path.display().to_string(), kind: DriftKind::Unexpected });
        }
        // The manifest follows the files; alone it is worth a line: another compiler version, or a lost manifest.
        if drifts.is_empty() && !self.manifest_same {
            let there = self.tree.kind(Path::new(MANIFEST)).is_some();
            let kind = if there { DriftKind::Stale } else { DriftKind::Missing };
            drifts.push(Drift { path: MANIFEST.to_owned(), kind });
        }
        drifts.sort();
        drifts
    }
}

struct Judge<'a> {
    root: Option<&'a Path>,
    tree: &'a Tree,
    now: &'a BTreeMap<String, Hash>,
    last: &'a BTreeMap<String, Hash>,
}

impl Judge<'_> {
    fn state(&self, path: &str) -> Result<State, WriteError> {
        let (now, last) = (self.now.get(path), self.last.get(path));
        let place = Path::new(path);
        if now.is_some() {
            self.refuse_link_on_the_way(place)?;
        }
        let kind = self.tree.kind(place);
        let (Some(kind), Some(root)) = (kind, self.root) else {
            return Ok(if now.is_some() { State::Missing } else { State::Gone });
        };
        let found = if kind == Kind::File { Some(hash_file(&root.join(place))?) } else { None };
        let untouched = found.is_some() && found.as_ref() == last;
        Ok(match (now, last, kind) {
            (Some(_), _, Kind::Folder) if self.vanishes(place) => State::Missing,
            (Some(_), _, Kind::Folder) => State::FolderInTheWay,
            // The same bytes are as good as generated, whoever wrote them.
            (Some(now), ..) if found.as_ref() == Some(now) => State::Same,
            (Some(_), Some(_), _) if untouched => State::Stale,
            (Some(_), Some(_), _) => State::Edited,
            (Some(_), None, _) => State::InTheWay,
            (None, _, Kind::Folder) => State::Gone,
            (None, ..) if untouched => State::Obsolete,
            (None, ..) => State::ObsoleteEdited,
        })
    }

    fn refuse_link_on_the_way(&self, path: &Path) -> Result<(), WriteError> {
        let Some(root) = self.root else { return Ok(()) };
        let link = folders(path).find(|folder| self.tree.kind(folder) == Some(Kind::Link));
        link.map_or(Ok(()), |link| Err(WriteError::Link(root.join(link))))
    }

    /// Whether a folder holds nothing but what the last build wrote, so that it goes away with that.
    fn vanishes(&self, folder: &Path) -> bool {
        self.tree
            .below(folder)
            .all(|(path, kind)| kind == Kind::Folder || path.to_str().is_some_and(|path| self.last.contains_key(path)))
    }

    fn blocking(&self) -> BTreeSet<PathBuf> {
        let needed = self.now.keys().flat_map(|path| folders(Path::new(path)));
        let is_file = |path: &Path| matches!(self.tree.kind(path), Some(Kind::File | Kind::Other));
        let foreign = |path: &Path| path.to_str().is_none_or(|path| !self.last.contains_key(path));
        needed.filter(|path| is_file(path) && foreign(path)).map(Path::to_owned).collect()
    }
}

/// The folders on the way to a file.
fn folders(path: &Path) -> impl Iterator<Item = &Path> {
    path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty())
}
