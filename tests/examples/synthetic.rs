//! Writes a synthetic workspace: `cargo run -p crossdock-tests --example synthetic -- 2000 DIR`.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let types = arguments.next().and_then(|text| text.parse::<usize>().ok());
    let (Some(types), Some(into)) = (types, arguments.next().map(PathBuf::from)) else {
        eprintln!("usage: synthetic TYPES DIRECTORY");
        return ExitCode::from(2);
    };
    match crossdock_tests::synthetic::synthetic(types, &into) {
        Ok(size) => {
            println!("{}", size.describe());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{} can't be written: {error}", into.display());
            ExitCode::from(2)
        }
    }
}
