//! Compiles a workspace's crates together with a program that runs every mapping, and compares what it says with what the
//! evaluator says.

use super::payload::{Mix, payload};
use super::random::Random;
use super::workspace::{Entry, Makes, Workspace};
use crossdock::diagnostic::Severity;
use crossdock::eval::prepare;
use crossdock::pipeline::{Checked, check, emit};
use crossdock_runtime::json::Writer;
use crossdock_runtime::{Answers, Date, Failure, Keys, Meta, Notes, Result as Mapped, Timestamp, time};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

/// How often findings are repaired before the workspace counts as unusable.
const ROUNDS: usize = 12;

/// A workspace that the checker takes, and its payloads: the mapping's position and the document.
pub struct Bench {
    /// What was generated.
    pub workspace: Workspace,
    /// The same, checked.
    pub checked: Checked,
    /// What to run.
    pub payloads: Vec<(usize, String)>,
    /// Where everything lies.
    place: PathBuf,
}

/// Where two runs differ.
#[derive(Debug)]
pub struct Difference {
    /// The mapping.
    pub mapping: String,
    /// Its input.
    pub payload: String,
    /// What the evaluator says.
    pub evaluated: Json,
    /// What the compiled mapping says.
    pub compiled: Json,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} on {}", self.mapping, self.payload)?;
        writeln!(f, "  evaluated: {}", self.evaluated)?;
        write!(f, "  compiled:  {}", self.compiled)
    }
}

impl Bench {
    /// Makes a workspace in a place below the target folder, which keeps what was compiled from one run to the next.
    pub fn new(name: &str, seed: u64, mappings: usize, systems: usize, payloads: usize) -> Result<Bench, String> {
        let mut workspace = Workspace::new(seed, mappings, systems);
        let place = target().join(name);
        let specs = place.join("specs");
        let checked = sound(&mut workspace, &specs)?;
        let mut random = Random::new(seed ^ 0x5eed);
        let mut all = Vec::new();
        for (at, entry) in workspace.entries.iter().enumerate() {
            for turn in 0..payloads {
                // Most are sound, some of them bare, so that results are seen as well as failures.
                let mix = match turn % 4 {
                    0 | 1 => Mix { absent: 0, odd: 0 },
                    2 => Mix { absent: 35, odd: 0 },
                    _ => Mix { absent: 20, odd: 10 },
                };
                all.push((at, payload(&entry.shape, &mut random, mix)));
            }
        }
        Ok(Bench { workspace, checked, payloads: all, place })
    }

    /// Compiles and runs; `change` is applied to every generated source, by its path.
    pub fn compiled(&self, change: &dyn Fn(&str, String) -> String) -> Result<Vec<Json>, String> {
        let files = self.checked.sound().ok_or("the workspace has findings")?;
        let files = emit(&files).map_err(|why| why.to_string())?;
        let crates = self.place.join("crates");
        for (path, bytes) in files.iter() {
            if !path.starts_with("rust/") {
                continue;
            }
            let text = String::from_utf8_lossy(bytes).into_owned();
            let text = if path.ends_with("Cargo.toml") {
                text.replace("\"../../../runtime\"", &format!("{:?}", root().join("runtime")))
            } else {
                change(path, text)
            };
            put(&crates.join(path), &text).map_err(|why| format!("{path}: {why}"))?;
        }
        self.program(&crates).map_err(|why| why.to_string())?;
        build(&crates, &self.place.join("target"))?;
        self.run()
    }

    fn program(&self, crates: &Path) -> io::Result<()> {
        let systems = self.workspace.entries.iter().map(|e| e.system).max().map_or(0, |last| last + 1);
        let mut members = vec!["rust/differ-canonical".to_owned(), "run".to_owned()];
        members.extend((0..systems).map(|s| format!("rust/differ-s{s}")));
        let workspace = format!(
            "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\
             [profile.dev]\ndebug = false\nincremental = false\n\
             [profile.dev.package.\"*\"]\ndebug = \"line-tables-only\"\n"
        );
        put(&crates.join("Cargo.toml"), &workspace)?;
        let mut manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[dependencies]\ncrossdock-runtime = {{ path = {:?} }}\n",
            self.binary(),
            root().join("runtime")
        );
        for system in 0..systems {
            let _ = writeln!(manifest, "differ-s{system} = {{ path = \"../rust/differ-s{system}\" }}");
        }
        put(&crates.join("run/Cargo.toml"), &manifest)?;
        put(&crates.join("run/src/main.rs"), &self.main())?;
        let lock = root().join("Cargo.lock");
        if !crates.join("Cargo.lock").exists() {
            fs::copy(lock, crates.join("Cargo.lock"))?;
        }
        Ok(())
    }

    fn binary(&self) -> String {
        let name = self.place.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        format!("{name}-run")
    }

    fn main(&self) -> String {
        let mut text = String::from(MAIN);
        let mut arms = String::new();
        for (at, entry) in self.workspace.entries.iter().enumerate() {
            text.push_str(&runner(entry));
            let _ = writeln!(arms, "        {at} => {}(payload),", entry.name);
        }
        let _ = write!(
            text,
            "fn run(number: usize, payload: &[u8]) -> Value {{\n    match number {{\n{arms}        _ => Value::Null,\n    }}\n}}\n"
        );
        text
    }

    fn run(&self) -> Result<Vec<Json>, String> {
        let program = self.place.join("target/debug").join(self.binary());
        let mut child = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| format!("{}: {why}", program.display()))?;
        let mut input = child.stdin.take().ok_or("no input")?;
        let lines: String = self.payloads.iter().fold(String::new(), |mut all, (at, payload)| {
            let _ = writeln!(all, "{at} {payload}");
            all
        });
        let feeding = std::thread::spawn(move || input.write_all(lines.as_bytes()));
        let output = child.wait_with_output().map_err(|why| why.to_string())?;
        feeding.join().map_err(|_| "the input was not taken")?.map_err(|why| why.to_string())?;
        if !output.status.success() {
            return Err(format!("the program ended with {}", output.status));
        }
        let text = String::from_utf8(output.stdout).map_err(|why| why.to_string())?;
        text.lines().map(|line| serde_json::from_str(line).map_err(|why| format!("{line}: {why}"))).collect()
    }

    /// What the evaluator says of the same payloads.
    pub fn evaluated(&self) -> Vec<Json> {
        let model = &self.checked.model;
        let meta = meta();
        let mut all = Vec::with_capacity(self.payloads.len());
        for (at, entry) in self.workspace.entries.iter().enumerate() {
            let Some(id) = model.mappings_by_name.get(&entry.name).copied() else { continue };
            let prepared = prepare(model, Some(self.checked.loader.sources()), id);
            for (_, payload) in self.payloads.iter().filter(|(of, _)| *of == at) {
                let inputs = [payload.as_bytes()];
                let mut notes = Notes::new();
                let keys = prepared.keys(&inputs, &meta);
                let answers = keys.as_ref().map(answers).unwrap_or_default();
                let result = prepared
                    .map(&inputs, &meta, &answers, &mut notes)
                    .and_then(|output| output.to_json(Writer::compact()))
                    .map(|text| serde_json::from_str(&text).unwrap_or(Json::String(text)));
                all.push(said(result, &notes, &keys.unwrap_or_default()));
            }
        }
        all
    }

    /// Where the two differ.
    pub fn differences(&self, evaluated: &[Json], compiled: &[Json]) -> Vec<Difference> {
        let mut all = Vec::new();
        for (((at, payload), evaluated), compiled) in self.payloads.iter().zip(evaluated).zip(compiled) {
            if evaluated != compiled {
                all.push(Difference {
                    mapping: self.workspace.entries[*at].name.clone(),
                    payload: payload.clone(),
                    evaluated: evaluated.clone(),
                    compiled: compiled.clone(),
                });
            }
        }
        all
    }
}

/// Writes specs and repairs them until the checker takes them.
fn sound(workspace: &mut Workspace, specs: &Path) -> Result<Checked, String> {
    for _ in 0..ROUNDS {
        for (path, text) in workspace.files() {
            put(&specs.join(&path), &text).map_err(|why| format!("{path}: {why}"))?;
        }
        let today: Date = time::parse_date("2026-01-01").map_err(|why| why.to_string())?;
        let checked = check(specs, today).map_err(|why| why.to_string())?;
        let mut errors = checked.diagnostics.iter().filter(|d| d.severity == Severity::Error).peekable();
        if errors.peek().is_none() {
            return Ok(checked);
        }
        let sources = checked.loader.sources();
        let mut beyond = Vec::new();
        for error in errors {
            let (file, line) = (sources.path(error.primary.span.file), sources.start(error.primary.span).line);
            let line = usize::try_from(line).unwrap_or(0);
            if !workspace.repair(file, line) {
                beyond.push(format!("{file}:{line}: {} {}", error.code, error.message));
            }
        }
        if !beyond.is_empty() {
            beyond.truncate(20);
            return Err(beyond.join("\n"));
        }
    }
    Err(format!("after {ROUNDS} rounds of repair there still are findings"))
}

/// The circumstances that every run is in.
fn meta() -> Meta {
    Meta { received_at: Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").ok(), ..Meta::default() }
}

/// Answers by what the key looks like: some found, some not, some no document at all.
fn answers(keys: &Keys) -> Answers {
    let mut answers = Answers::new();
    for (lookup, key) in keys.iter() {
        match key.len() % 4 {
            0 => answers.missing(lookup, key),
            1 => answers.found(lookup, key, r#"{"name":"found","note":"a note"}"#),
            2 => answers.found(lookup, key, r#"{"name":"bare","more":1}"#),
            _ => answers.found(lookup, key, r#"{"note":null}"#),
        }
    }
    answers
}

fn said(result: Mapped<Json>, notes: &Notes, keys: &Keys) -> Json {
    let result = match result {
        Ok(value) => json!({ "ok": value }),
        Err(failure) => json!({ "failure": failure_of(&failure) }),
    };
    let keys: Vec<String> = keys.iter().map(|(lookup, key)| format!("{lookup} {key}")).collect();
    json!({ "result": result, "notes": serde_json::to_value(notes).unwrap_or_default(), "keys": keys })
}

fn failure_of(failure: &Failure) -> Json {
    let mut told = failure.to_json();
    told["quoted"] = failure.quoted().into();
    told
}

const MAIN: &str = r##"//! Runs mappings: on each line of the input the mapping's number and a payload.

use crossdock_runtime as rt;
use rt::serde_json::{Value, json};

fn main() {
    for line in std::io::stdin().lines() {
        let line = line.expect("a line");
        let (number, payload) = line.split_once(' ').expect("a number and a payload");
        println!("{}", run(number.parse().expect("a number"), payload.as_bytes()));
    }
}

fn meta() -> rt::Meta {
    rt::Meta { received_at: rt::Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").ok(), ..rt::Meta::default() }
}

fn answers(keys: &rt::Keys) -> rt::Answers {
    let mut answers = rt::Answers::new();
    for (lookup, key) in keys.iter() {
        match key.len() % 4 {
            0 => answers.missing(lookup, key),
            1 => answers.found(lookup, key, r#"{"name":"found","note":"a note"}"#),
            2 => answers.found(lookup, key, r#"{"name":"bare","more":1}"#),
            _ => answers.found(lookup, key, r#"{"note":null}"#),
        }
    }
    answers
}

fn said(result: rt::Result<Value>, notes: &rt::Notes, keys: &rt::Keys) -> Value {
    let result = match result {
        Ok(value) => json!({ "ok": value }),
        Err(failure) => {
            let mut told = failure.to_json();
            told["quoted"] = failure.quoted().into();
            json!({ "failure": told })
        }
    };
    let keys: Vec<String> = keys.iter().map(|(lookup, key)| format!("{lookup} {key}")).collect();
    json!({ "result": result, "notes": rt::serde_json::to_value(notes).expect("notes"), "keys": keys })
}

fn value<T: rt::serde::Serialize>(value: &T) -> Value {
    rt::serde_json::to_value(value).expect("a value")
}

fn sent<T: rt::Encode>(record: &T) -> rt::Result<Value> {
    rt::record::encode(record).map(|bytes| rt::serde_json::from_slice(&bytes).expect("JSON"))
}

"##;

/// The function that runs one mapping.
fn runner(entry: &Entry) -> String {
    let (name, system) = (&entry.name, entry.system);
    let (ask, given) = if entry.lookup {
        ("\n        keys = input.keys(&meta);\n        let answers = answers(&keys);", "&answers, ")
    } else {
        ("", "")
    };
    let shown =
        if entry.makes == Makes::Request { ".and_then(|made| sent(&made))" } else { ".map(|made| value(&made))" };
    let keys = if entry.lookup { "let mut keys" } else { "let keys" };
    format!(
        "fn {name}(payload: &[u8]) -> Value {{\n    let (meta, mut notes) = (meta(), rt::Notes::new());\n    \
         {keys} = rt::Keys::new();\n    \
         let result = differ_s{system}::{name}::Input::decode(payload, &mut notes).and_then(|input| {{{ask}\n        \
         input.map(&meta, {given}&mut notes){shown}\n    }});\n    said(result, &notes, &keys)\n}}\n\n"
    )
}

/// Each workspace has a target folder of its own: Cargo tells members of one name apart by their path in the workspace
/// alone.
fn build(crates: &Path, target: &Path) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--offline", "--quiet", "--message-format", "short"])
        .current_dir(crates)
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTFLAGS", std::env::var("RUSTFLAGS").unwrap_or_default())
        .stdin(Stdio::null())
        .output()
        .map_err(|why| why.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<&str> = text.lines().filter(|line| line.contains("error")).take(40).collect();
    Err(format!("the generated crates do not compile:\n{}", errors.join("\n")))
}

/// Writes a file unless it holds that text already: what is unchanged is not compiled again.
fn put(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

fn root() -> PathBuf {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    above.canonicalize().unwrap_or(above)
}

/// Where the root's own builds go: the dependencies are compiled already.
fn target_of_builds() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn target() -> PathBuf {
    target_of_builds().join("differential")
}
