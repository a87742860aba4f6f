//! Whole builds on a real disk: what a user would find in the folder afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::killed::{Step, arm};
use super::*;

/// A folder for one test, with an output in it.
struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a first build of these files.
    fn built(entries: &[(&str, &str)]) -> Self {
        let case = Self::new();
        case.build(&files(entries)).unwrap();
        case
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("generated")
    }

    fn build(&self, files: &Files) -> Result<Outcome, WriteError> {
        build(&self.out(), files, Options::default())
    }

    fn force(&self, files: &Files) -> Result<Outcome, WriteError> {
        build(&self.out(), files, Options { force: true })
    }

    fn check(&self, files: &Files) -> Vec<(String, DriftKind)> {
        check(&self.out(), files).unwrap().into_iter().map(|drift| (drift.path, drift.kind)).collect()
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.out().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.out().join(path)).unwrap()
    }

    /// Everything in the output but the manifest.
    fn content(&self) -> BTreeMap<String, Vec<u8>> {
        let mut content = content(&self.out());
        content.remove(MANIFEST);
        content
    }

    /// Names beside the output.
    fn beside(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "generated").collect()
    }
}

fn files(entries: &[(&str, &str)]) -> Files {
    let mut files = Files::new();
    for (path, text) in entries {
        files.insert(*path, *text).unwrap();
    }
    files
}

/// Files with their bytes, links with their targets, empty folders.
fn content(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let tree = Tree::read(root).unwrap();
    let read = |path: &Path, kind| match kind {
        tree::Kind::File => fs::read(root.join(path)).unwrap(),
        tree::Kind::Link => fs::read_link(root.join(path)).unwrap().display().to_string().into_bytes(),
        tree::Kind::Folder | tree::Kind::Other => Vec::new(),
    };
    let leaf = |path: &Path, kind| kind != tree::Kind::Folder || tree.below(path).next().is_none();
    let leaves = tree.iter().filter(|(path, kind)| leaf(path, *kind));
    leaves.map(|(path, kind)| (path.display().to_string(), read(path, kind))).collect()
}

fn expected(entries: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    entries.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

#[test]
fn a_first_build_writes_everything_and_leaves_nothing_beside() {
    let case = Case::new();
    let outcome = case.build(&files(&[("rust/lib.rs", "a"), ("b.json", "{}")])).unwrap();
    assert_eq!(outcome.written, ["b.json", "rust/lib.rs"]);
    assert_eq!(case.content(), expected(&[("rust/lib.rs", "a"), ("b.json", "{}")]));
    assert_eq!(case.beside(), [""; 0]);
    assert!(case.check(&files(&[("rust/lib.rs", "a"), ("b.json", "{}")])).is_empty());
}

#[test]
fn a_build_without_changes_touches_nothing() {
    let case = Case::built(&[("a/x", "1"), ("b", "2")]);
    let times = |path: &str| {
        let found = fs::metadata(case.out().join(path)).unwrap();
        (found.modified().unwrap(), inode(&found))
    };
    let before = ["", "a", "a/x", "b", MANIFEST].map(times);
    std::thread::sleep(Duration::from_millis(15));
    let outcome = case.build(&files(&[("a/x", "1"), ("b", "2")])).unwrap();
    assert_eq!(outcome, Outcome { unchanged: 2, ..Outcome::default() });
    assert_eq!(["", "a", "a/x", "b", MANIFEST].map(times), before);
}

#[cfg(unix)]
fn inode(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

#[test]
fn only_changed_files_get_a_new_time() {
    let case = Case::built(&[("same", "1"), ("changed", "1"), ("gone/away", "1")]);
    let time = |path: &str| -> SystemTime { fs::metadata(case.out().join(path)).unwrap().modified().unwrap() };
    let (same, changed) = (time("same"), time("changed"));
    std::thread::sleep(Duration::from_millis(15));
    let outcome = case.build(&files(&[("same", "1"), ("changed", "2"), ("new", "3")])).unwrap();
    assert_eq!(outcome.written, ["changed", "new"]);
    assert_eq!((outcome.unchanged, outcome.removed), (1, vec!["gone/away".to_owned()]));
    assert_eq!(case.content(), expected(&[("same", "1"), ("changed", "2"), ("new", "3")]));
    assert_eq!(time("same"), same);
    assert!(time("changed") > changed);
    assert!(!case.out().join("gone").exists(), "an empty folder of ours goes, too");
}

#[test]
fn the_same_files_give_the_same_bytes_whatever_the_order() {
    let (one, other) = (Case::built(&[("a", "1"), ("b/c", "2")]), Case::built(&[("old", "")]));
    other.build(&files(&[("b/c", "2"), ("a", "1")])).unwrap();
    assert_eq!(content(&one.out()), content(&other.out()));
}

#[test]
fn a_hand_edited_file_stops_the_build_unless_forced() {
    let case = Case::built(&[("a", "1"), ("b", "1"), ("c", "1")]);
    case.put("a", "mine");
    case.put("c", "mine");
    // `c` is generated no more, and was edited: removing it would lose the edit as well.
    let next = files(&[("a", "1"), ("b", "2")]);
    let error = case.build(&next).unwrap_err();
    assert_eq!(error.to_string(), "files would be lost\n  a: edited by hand\n  c: edited by hand");
    assert!(error.help().unwrap().contains("--force"));
    assert_eq!(case.content(), expected(&[("a", "mine"), ("b", "1"), ("c", "mine")]));
    assert_eq!(case.beside(), [""; 0]);
    case.force(&next).unwrap();
    assert_eq!(case.content(), expected(&[("a", "1"), ("b", "2")]));
}

#[test]
fn an_edit_that_equals_what_is_generated_is_none() {
    let case = Case::built(&[("a", "1")]);
    case.put("a", "2");
    assert_eq!(case.build(&files(&[("a", "2")])).unwrap().unchanged, 1);
    assert!(case.check(&files(&[("a", "2")])).is_empty());
}

#[test]
fn foreign_files_and_folders_survive() {
    let case = Case::built(&[("rust/a/lib.rs", "1"), ("rust/b/lib.rs", "1")]);
    case.put("Cargo.lock", "lock");
    case.put("rust/b/notes.md", "mine");
    fs::create_dir_all(case.out().join("empty/er")).unwrap();
    assert!(case.check(&files(&[("rust/a/lib.rs", "1"), ("rust/b/lib.rs", "1")])).is_empty());
    case.build(&files(&[("rust/a/lib.rs", "2")])).unwrap();
    let left = [("rust/a/lib.rs", "2"), ("Cargo.lock", "lock"), ("rust/b/notes.md", "mine"), ("empty/er", "")];
    assert_eq!(case.content(), expected(&left));
}

#[test]
fn a_foreign_file_in_the_way_is_kept_unless_forced_or_the_same() {
    let case = Case::built(&[("a", "1")]);
    case.put("same", "s");
    case.put("other", "mine");
    case.put("folder", "mine");
    let next = files(&[("a", "1"), ("same", "s"), ("other", "o"), ("folder/x", "x")]);
    let error = case.build(&next).unwrap_err().to_string();
    assert_eq!(
        error,
        "files would be lost\n  other: not generated, but in the way\n  folder: not generated, but in the way"
    );
    let (unexpected, missing) = (DriftKind::Unexpected, DriftKind::Missing);
    let drifts = [("folder", unexpected), ("folder/x", missing), ("other", unexpected)];
    assert_eq!(case.check(&next), drifts.map(|(path, kind)| (path.to_owned(), kind)));
    assert_eq!(case.force(&next).unwrap().written, ["folder/x", "other"]);
    assert_eq!(case.content(), expected(&[("a", "1"), ("same", "s"), ("other", "o"), ("folder/x", "x")]));
}

#[test]
fn a_foreign_folder_in_the_way_is_never_removed() {
    let case = Case::built(&[("a", "1")]);
    case.put("b/mine", "mine");
    let error = case.force(&files(&[("b", "1")])).unwrap_err().to_string();
    assert_eq!(error, "files would be lost\n  b: a folder that is not generated, but in the way");
    assert_eq!(case.text("b/mine"), "mine");
}

#[test]
fn a_generated_file_may_become_a_folder_and_a_folder_a_file() {
    let case = Case::built(&[("a", "1"), ("b/x", "1")]);
    fs::create_dir(case.out().join("b/empty")).unwrap();
    case.build(&files(&[("a/x", "2"), ("b", "2")])).unwrap();
    assert_eq!(case.content(), expected(&[("a/x", "2"), ("b", "2")]));
}

#[test]
fn check_names_each_kind_of_drift_and_changes_nothing() {
    let case = Case::built(&[("same", "1"), ("changed", "1"), ("edited", "1"), ("deleted", "1"), ("dropped", "1")]);
    case.put("edited", "mine");
    case.put("in-the-way", "mine");
    fs::remove_file(case.out().join("deleted")).unwrap();
    let before = (content(&case.out()), case.beside());
    let next = [("same", "1"), ("changed", "2"), ("edited", "1"), ("deleted", "1"), ("new", "1"), ("in-the-way", "1")];
    let drifts = case.check(&files(&next)).into_iter().map(|(path, kind)| format!("{path}: {}", kind.describe()));
    assert_eq!(
        drifts.collect::<Vec<_>>(),
        [
            "changed: stale",
            "deleted: missing",
            "dropped: stale",
            "edited: edited by hand",
            "in-the-way: not generated, but in the way",
            "new: missing",
        ]
    );
    assert_eq!((content(&case.out()), case.beside()), before);
}

#[test]
fn an_output_that_is_not_there_is_missing_as_a_whole() {
    let case = Case::new();
    assert_eq!(case.check(&files(&[("a", "1")])), [("a".to_owned(), DriftKind::Missing)]);
    assert_eq!(case.beside(), [""; 0]);
}

#[test]
fn a_lost_manifest_is_drift_and_is_made_again() {
    let case = Case::built(&[("a", "1")]);
    fs::remove_file(case.out().join(MANIFEST)).unwrap();
    assert_eq!(case.check(&files(&[("a", "1")])), [(MANIFEST.to_owned(), DriftKind::Missing)]);
    assert_eq!(case.build(&files(&[("a", "1")])).unwrap().unchanged, 1);
    assert!(case.check(&files(&[("a", "1")])).is_empty());
}

#[test]
fn a_broken_manifest_stops_the_build_unless_forced() {
    let case = Case::built(&[("a", "1"), ("b", "1")]);
    case.put(MANIFEST, "<<<<<<< ours");
    assert!(matches!(case.build(&files(&[("a", "2")])), Err(WriteError::Manifest { .. })));
    case.force(&files(&[("a", "2")])).unwrap();
    assert_eq!(case.content(), expected(&[("a", "2"), ("b", "1")]), "what is unknown is foreign and stays");
}

#[test]
fn a_manifest_can_not_name_files_outside() {
    let case = Case::built(&[("a", "1")]);
    let outside = case.folder.path().join("outside");
    fs::write(&outside, "mine").unwrap();
    let hash = manifest::hash(b"mine");
    case.put(MANIFEST, &format!(r#"{{"manifest":1,"compiler":"0","files":{{"../outside":"{hash}"}}}}"#));
    case.build(&files(&[("a", "1")])).unwrap_err();
    case.force(&files(&[("a", "1")])).unwrap();
    assert!(outside.exists());
}

#[test]
fn the_manifest_itself_can_not_be_generated() {
    let case = Case::new();
    assert!(matches!(case.build(&files(&[("Crossdock.manifest.json", "")])), Err(WriteError::Reserved(_))));
}

#[test]
fn a_second_build_at_the_same_time_is_refused() {
    let case = Case::built(&[("a", "1")]);
    let lock = Lock::acquire(&Place::new(&case.out()).unwrap().lock()).unwrap();
    assert!(matches!(case.build(&files(&[("a", "2")])), Err(WriteError::Locked { holder: Some(_), .. })));
    assert!(matches!(check(&case.out(), &files(&[])), Err(WriteError::Locked { .. })));
    drop(lock);
    case.build(&files(&[("a", "2")])).unwrap();
}

#[test]
fn a_file_in_the_place_of_the_output_is_refused() {
    let case = Case::new();
    fs::write(case.out(), "mine").unwrap();
    assert!(matches!(case.force(&files(&[("a", "1")])), Err(WriteError::NotAFolder(_))));
    assert_eq!(fs::read(case.out()).unwrap(), b"mine");
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn an_output_that_is_a_link_is_refused() {
        let case = Case::new();
        let target = case.folder.path().join("elsewhere");
        fs::create_dir(&target).unwrap();
        symlink(&target, case.out()).unwrap();
        for out in [case.out(), case.out().join("")] {
            let forced = build(&out, &files(&[("a", "1")]), Options { force: true });
            assert!(matches!(forced, Err(WriteError::Link(_))));
            assert!(matches!(check(&out, &files(&[("a", "1")])), Err(WriteError::Link(_))));
        }
        assert!(content(&target).is_empty());
    }

    #[test]
    fn a_link_on_the_way_to_a_file_is_refused() {
        let case = Case::built(&[("rust/a", "1")]);
        let target = case.folder.path().join("elsewhere");
        fs::create_dir(&target).unwrap();
        fs::remove_dir_all(case.out().join("rust")).unwrap();
        symlink(&target, case.out().join("rust")).unwrap();
        for path in ["rust/a", "rust/deep/b"] {
            let error = case.force(&files(&[(path, "2")])).unwrap_err();
            assert!(matches!(&error, WriteError::Link(link) if link.ends_with("rust")), "{error}");
        }
        // Nothing is removed through it either.
        fs::write(target.join("a"), "1").unwrap();
        case.build(&files(&[("b", "1")])).unwrap();
        assert_eq!(fs::read(target.join("a")).unwrap(), b"1");
    }

    #[test]
    fn a_link_in_the_place_of_a_file_is_replaced_only_if_forced_and_never_followed() {
        let case = Case::built(&[("a", "1")]);
        let target = case.folder.path().join("precious");
        fs::write(&target, "1").unwrap();
        fs::remove_file(case.out().join("a")).unwrap();
        symlink(&target, case.out().join("a")).unwrap();
        assert!(matches!(case.build(&files(&[("a", "2")])), Err(WriteError::Conflict { .. })));
        case.force(&files(&[("a", "2")])).unwrap();
        assert_eq!((case.text("a"), fs::read(&target).unwrap()), ("2".to_owned(), b"1".to_vec()));
        assert!(fs::symlink_metadata(case.out().join("a")).unwrap().is_file());
    }

    #[test]
    fn foreign_links_survive_as_links_and_are_not_walked_into() {
        let case = Case::built(&[("a", "1")]);
        symlink("..", case.out().join("up")).unwrap();
        symlink("nowhere", case.out().join("dangling")).unwrap();
        case.build(&files(&[("a", "2")])).unwrap();
        assert_eq!(case.content(), expected(&[("a", "2"), ("up", ".."), ("dangling", "nowhere")]));
    }

    #[test]
    fn a_left_over_that_is_a_link_goes_without_its_target() {
        let case = Case::built(&[("a", "1")]);
        let target = case.folder.path().join("precious");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("file"), "").unwrap();
        symlink(&target, case.folder.path().join(".generated.crossdock-stage-1")).unwrap();
        case.build(&files(&[("a", "2")])).unwrap();
        assert_eq!(case.beside(), ["precious"]);
        assert!(target.join("file").exists());
    }

    #[test]
    fn modes_of_folders_are_kept() {
        let case = Case::built(&[("a/x", "1")]);
        fs::set_permissions(case.out().join("a"), fs::Permissions::from_mode(0o750)).unwrap();
        case.build(&files(&[("a/x", "2")])).unwrap();
        assert_eq!(fs::metadata(case.out().join("a")).unwrap().permissions().mode() & 0o777, 0o750);
    }
}

mod kill {
    use super::*;

    const OLD: [(&str, &str); 4] = [("same", "1"), ("a/changed", "1"), ("a/dropped", "1"), ("z", "1")];
    const NEW: [(&str, &str); 4] = [("same", "1"), ("a/changed", "2"), ("b/new", "2"), ("z", "2")];

    fn with_foreign(entries: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        let mut content = expected(entries);
        content.insert("Cargo.lock".to_owned(), b"lock".to_vec());
        content
    }

    #[test]
    fn a_build_that_dies_at_any_step_leaves_the_old_output_or_the_new() {
        for method in [Method::Best, Method::Journal] {
            let mut met = 0;
            for step in Step::ALL {
                let case = Case::built(&OLD);
                case.put("Cargo.lock", "lock");
                arm(Some(step));
                let killed = build_by(&case.out(), &files(&NEW), Options::default(), method);
                arm(None);
                if killed.is_ok() {
                    continue;
                }
                assert!(matches!(killed, Err(WriteError::Killed(at)) if at == step));
                met += 1;

                // Who reads finds one of the two, complete; by a journal through `current`.
                let place = Place::new(&case.out()).unwrap();
                let found = exchange::current(&place).unwrap().unwrap();
                assert!(method == Method::Journal || found == case.out());
                let mut now = content(&found);
                now.remove(MANIFEST);
                assert!(now == with_foreign(&OLD) || now == with_foreign(&NEW), "{method:?} {step:?}: {now:?}");
                let is_new = now == with_foreign(&NEW);
                assert_eq!(case.check(&files(&NEW)).is_empty(), is_new, "{method:?} {step:?}");

                // And the next build, of whatever, brings all in order.
                case.build(&files(if is_new { &NEW } else { &OLD })).unwrap();
                case.build(&files(&NEW)).unwrap();
                assert_eq!(case.content(), with_foreign(&NEW), "{method:?} {step:?}");
                assert_eq!(case.beside(), [""; 0], "{method:?} {step:?}");
            }
            assert_eq!(met, if method == Method::Best { 10 } else { 13 }, "{method:?} meets its steps");
        }
    }

    #[test]
    fn a_first_build_that_dies_leaves_all_or_nothing() {
        for step in Step::ALL {
            let case = Case::new();
            arm(Some(step));
            let _ = case.build(&files(&NEW));
            arm(None);
            assert!(!case.out().exists() || case.content() == expected(&NEW), "{step:?}");
            case.build(&files(&NEW)).unwrap();
            assert_eq!((case.content(), case.beside()), (expected(&NEW), vec![]), "{step:?}");
        }
    }

    #[test]
    fn a_journal_that_makes_no_sense_is_dropped() {
        for text in ["", ".generated.crossdock-stage-1\n", "../../etc\n.generated.crossdock-old-1\n.\n"] {
            let case = Case::built(&[("a", "1")]);
            fs::write(case.folder.path().join(".generated.crossdock-journal"), text).unwrap();
            case.build(&files(&[("a", "1")])).unwrap();
            assert_eq!((case.text("a"), case.beside()), ("1".to_owned(), vec![]));
        }
    }

    #[test]
    fn an_output_that_appears_in_an_interrupted_exchange_is_not_overwritten() {
        let case = Case::built(&OLD);
        arm(Some(Step::OldMoved));
        build_by(&case.out(), &files(&NEW), Options::default(), Method::Journal).unwrap_err();
        arm(None);
        case.put("mine", "mine");
        assert!(matches!(case.build(&files(&NEW)), Err(WriteError::Interrupted(_))));
        assert_eq!(case.text("mine"), "mine");
        fs::remove_dir_all(case.out()).unwrap();
        case.build(&files(&NEW)).unwrap();
        assert_eq!(case.content(), expected(&NEW));
    }

    #[test]
    fn a_foreign_file_that_appears_during_a_build_is_not_lost() {
        let case = Case::built(&OLD);
        let late = case.out().join("a/Cargo.lock");
        let before = Tree::read(&case.out()).unwrap();
        fs::write(&late, "late").unwrap();
        let old = case.folder.path().join("old");
        fs::rename(case.out(), &old).unwrap();
        case.build(&files(&NEW)).unwrap();
        rescue(&old, &case.out(), &before);
        assert_eq!(fs::read(&late).unwrap(), b"late");
    }

    /// Set for the process that is killed: the output that it builds over and over.
    const VICTIM: &str = "CROSSDOCK_TEST_VICTIM";

    /// Not a test by itself: what the next one starts and kills.
    #[test]
    fn victim() {
        let Ok(out) = std::env::var(VICTIM) else { return };
        loop {
            for entries in [&OLD, &NEW] {
                build(Path::new(&out), &many(entries), Options::default()).unwrap();
            }
        }
    }

    fn many(entries: &[(&str, &str)]) -> Files {
        let mut files = files(entries);
        for n in 0..40 {
            files.insert(format!("many/{n}"), entries[3].1).unwrap();
        }
        files
    }

    #[test]
    fn a_process_that_is_killed_leaves_the_old_output_or_the_new() {
        let case = Case::new();
        case.build(&many(&OLD)).unwrap();
        let states = [&OLD, &NEW].map(|entries| {
            let files = many(entries);
            files.iter().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect::<BTreeMap<_, _>>()
        });
        for round in 0..12 {
            let mut victim = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "write::tests::kill::victim", "--quiet"])
                .env(VICTIM, case.out())
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(20 + round * 7));
            assert_eq!(victim.try_wait().unwrap(), None, "it builds until it is killed");
            victim.kill().unwrap();
            victim.wait().unwrap();
            assert!(states.contains(&case.content()), "round {round}");
        }
        case.build(&many(&NEW)).unwrap();
        assert_eq!((case.content(), case.beside()), (states[1].clone(), vec![]));
    }
}

/// Not a benchmark: only that nothing is quadratic, and that a slow disk is the only thing that may make it slow.
#[test]
fn two_thousand_files_are_no_trouble() {
    let case = Case::new();
    let mut files = Files::new();
    for n in 0..2000 {
        files.insert(format!("rust/crate-{}/src/file_{n}.rs", n % 20), "x".repeat(n)).unwrap();
    }
    let timed = |what: &str, files: &Files| {
        let start = Instant::now();
        let outcome = case.build(files).unwrap();
        println!("{what}: {} written in {:?}", outcome.written.len(), start.elapsed());
        outcome
    };
    assert_eq!(timed("first", &files).written.len(), 2000);
    assert_eq!(timed("unchanged", &files).unchanged, 2000);
    files.insert("one-more", "").unwrap();
    assert_eq!(timed("one more", &files).written, ["one-more"]);
    assert!(case.check(&files).is_empty());
}
