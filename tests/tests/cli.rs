//! The command line as its users see it: every page of `tests/cli`, and the README, is run and compared.
//!
//! One test a page. `BLESS=1` rewrites what is printed. This program is `crossdock` itself when it is called by that
//! name, so that nothing else has to be built first.

use crossdock_tests::console::Page;
use libtest_mimic::{Arguments, Failed, Trial};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    if args.next().is_some_and(|name| Path::new(&name).file_name() == Some("crossdock".as_ref())) {
        let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
        let code = crossdock::cli::run(std::env::args_os(), false, &mut out, &mut err);
        let _ = out.flush();
        return ExitCode::from(code);
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut pages: Vec<PathBuf> = std::fs::read_dir(top.join("tests/cli"))
        .expect("there are pages")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.push(top.join("README.md"));
    pages.sort();
    let trials = pages.into_iter().map(|page| {
        let name = page.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let top = top.clone();
        Trial::test(name, move || run(&page, &top))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn run(page: &Path, top: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(page)?;
    let place = tempfile::tempdir()?;
    let (folder, bin) = (place.path().join("work"), place.path().join("bin"));
    std::fs::create_dir_all(&folder)?;
    std::fs::create_dir_all(&bin)?;
    std::os::unix::fs::symlink(std::env::current_exe()?, bin.join("crossdock"))?;
    copy(&top.join("specs"), &folder.join("specs"))?;
    let (truth, differences) = Page::parse(&text).run(&folder, &bin);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(page, truth)?;
        return Ok(());
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
