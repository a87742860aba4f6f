//! Sessions at a terminal inside a Markdown page, run and compared: the README's and those of `tests/cli`.
//!
//! ```text
//! $ crossdock check shop
//! error[OWN003]: …
//! ...
//! ? 1
//! ```
//!
//! stands in a block marked `console`. What is printed, to either output, follows its command; `...` alone on a line
//! stands for any lines; `? 1` gives an exit code other than 0. All commands of a page run in one folder, in order.

use std::path::Path;
use std::process::Command;

/// A page, cut at its commands.
pub struct Page {
    pieces: Vec<Piece>,
}

enum Piece {
    /// Text that is no session, with its line breaks.
    Text(String),
    Run {
        command: String,
        output: Vec<String>,
        code: i32,
    },
}

impl Page {
    /// Reads a page.
    pub fn parse(text: &str) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut inside = false;
        for line in text.lines() {
            let fence = line.trim_start().starts_with("```");
            if fence {
                inside = !inside && line.trim() == "```console";
            }
            match (line.strip_prefix("$ "), pieces.last_mut()) {
                (Some(command), _) if inside => {
                    pieces.push(Piece::Run { command: command.to_owned(), output: Vec::new(), code: 0 });
                }
                (None, Some(Piece::Run { output, code, .. })) if inside => {
                    match line.strip_prefix("? ").and_then(|code| code.parse().ok()) {
                        Some(found) => *code = found,
                        None => output.push(line.to_owned()),
                    }
                }
                (_, Some(Piece::Text(text))) => {
                    text.push_str(line);
                    text.push('\n');
                }
                _ => pieces.push(Piece::Text(format!("{line}\n"))),
            }
        }
        Page { pieces }
    }

    /// Runs every command in a folder, with `bin` before everything else where programs are looked for. Gives the page
    /// as it is true, and what differs.
    pub fn run(&self, folder: &Path, bin: &Path) -> (String, Vec<String>) {
        let (mut truth, mut differences) = (String::new(), Vec::new());
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => truth.push_str(text),
                Piece::Run { command, output, code } => {
                    let (found, found_code) = run(command, folder, bin);
                    let same = *code == found_code && matches(output, &found);
                    let shown = if same { output } else { &found };
                    truth.push_str(&format!("$ {command}\n"));
                    for line in shown {
                        truth.push_str(&format!("{line}\n"));
                    }
                    if found_code != 0 {
                        truth.push_str(&format!("? {found_code}\n"));
                    }
                    if !same {
                        let (expected, got) = (output.join("\n"), found.join("\n"));
                        differences.push(format!(
                            "$ {command}\n--- expected, exit code {code}\n{expected}\n+++ found, exit code {found_code}\n{got}\n"
                        ));
                    }
                }
            }
        }
        (truth, differences)
    }
}

fn run(command: &str, folder: &Path, bin: &Path) -> (Vec<String>, i32) {
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env_remove("GITHUB_WORKSPACE")
        .output()
        .expect("a shell runs");
    let text = String::from_utf8_lossy(&output.stdout);
    // A line that is empty at the end of a block would be lost in Markdown's eyes.
    let lines = text.trim_end().lines().map(str::to_owned).collect();
    (lines, output.status.code().unwrap_or(-1))
}

/// Whether lines are those that are expected, where `...` stands for any.
fn matches(expected: &[String], found: &[String]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((line, rest)) if line == "..." => (0..=found.len()).any(|skip| matches(rest, &found[skip..])),
        Some((line, rest)) => found.split_first().is_some_and(|(first, after)| line == first && matches(rest, after)),
    }
}
