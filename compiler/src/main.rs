//! The `crossdock` command.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// The system's allocator asks for memory a page at a time where threads do: a tenth of what `check` costs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let code = crossdock::cli::run(std::env::args_os(), colour, &mut out, &mut err);
    let _ = out.flush();
    ExitCode::from(code)
}
