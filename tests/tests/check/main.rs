//! The rules on their cases: `tests/check/<CODE>-<name>/<case>/` is a workspace and what `check` finds in it.
//!
//! A case is as small as it may be and still be believed. If it has no `crossdock.yaml`, the files of
//! `tests/check/prelude/` are added, those that the case has under the same path excepted. `expected.txt` holds the
//! findings in two formats, one line each and in full, and what `check --fix` makes of the files where it fixes anything.
//! A case whose name begins with `ok` shows what the rule lets pass.

mod case;
mod meta;

use crossdock_tests::corpus;
use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let root = corpus::folder("check");
    let mut trials = Vec::new();
    for rule in corpus::folders(&root).into_iter().filter(|path| corpus::name(path) != case::PRELUDE) {
        for folder in corpus::folders(&rule) {
            let name = format!("{}/{}", corpus::name(&rule), corpus::name(&folder));
            trials.push(Trial::test(name, move || case::run(&folder).map_err(Into::into)));
        }
    }
    let prelude = root.join(case::PRELUDE);
    trials.push(Trial::test("the prelude is clean", move || case::prelude_is_clean(&prelude).map_err(Into::into)));
    trials.extend(meta::trials(&root));
    libtest_mimic::run(&arguments, trials).exit();
}
