//! The user's own template packs: a folder with `manifest.yaml`, whose templates are rendered once, or for each object,
//! system or mapping.
//!
//! A template sees [`view`] and nothing else: no file but the pack's own (which the caller read), no environment, no
//! clock; what is undefined is an error, and work is bounded. Where output may go, [`Files::insert`] decides. Absent on
//! purpose: reading the manifest, which is syntax, and the files of the pack, which is the loader's.

pub mod view;

use super::files::Files;
use crate::model::Model;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// The file that makes a folder a pack.
pub const MANIFEST: &str = "manifest.yaml";
/// Steps that one template may take.
const FUEL: u64 = 20_000_000;
/// The largest output of one template, in bytes.
const OUTPUT_LIMIT: usize = 16 << 20;
/// The largest output of a pack, in bytes.
const TOTAL_LIMIT: usize = 512 << 20;

/// A pack, read.
#[derive(Debug, Clone, Default)]
pub struct Pack {
    /// Its folder, from the workspace's: messages name files by it.
    pub folder: String,
    /// Its manifest.
    pub entries: Vec<Entry>,
    /// Its files by path from its folder.
    pub files: BTreeMap<String, String>,
}

/// A line of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The template's path from the pack's folder.
    pub template: String,
    /// What it is rendered for.
    pub each: Each,
    /// Where its output goes, from the pack's output folder: a template too, in which `name` is the element's.
    pub path: String,
    /// Where it stands in the manifest, from 1.
    pub line: usize,
}

/// What a template is rendered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Each {
    /// Every canonical object.
    Object,
    /// Every system.
    System,
    /// Every mapping.
    Mapping,
    /// The workspace.
    Once,
}

impl Each {
    /// The words of manifests.
    pub const WORDS: [(&'static str, Each); 4] =
        [("object", Each::Object), ("system", Each::System), ("mapping", Each::Mapping), ("once", Each::Once)];

    /// The word in manifests; in templates the name of what it is rendered for.
    pub fn word(self) -> &'static str {
        match self {
            Each::Object => "object",
            Each::System => "system",
            Each::Mapping => "mapping",
            Each::Once => "once",
        }
    }
}

/// Why a template could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {message}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct TemplateError {
    /// The file, from the workspace's folder.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong: lower case, one sentence, no full stop.
    pub message: String,
}

/// Renders a pack into `out`, a folder below the output. Every problem is reported, each template once.
pub fn render(model: &Model, pack: &Pack, out: &str) -> (Files, Vec<TemplateError>) {
    let workspace = view::workspace(model);
    let environment = environment(pack);
    let mut run = Run { pack, environment, files: Files::new(), problems: Vec::new(), size: 0, out };
    let all = Value::from(Serde(&workspace));
    for entry in &pack.entries {
        let elements = match entry.each {
            Each::Object => named(&workspace.objects, |object| &object.name),
            Each::System => named(&workspace.systems, |system| &system.name),
            Each::Mapping => named(&workspace.mappings, |mapping| &mapping.name),
            Each::Once => vec![(workspace.name.clone(), Value::UNDEFINED)],
        };
        for (name, element) in elements {
            let mut context = BTreeMap::from([("workspace", all.clone()), ("name", Value::from(name))]);
            if entry.each != Each::Once {
                context.insert(entry.each.word(), element);
            }
            // What fails for one element mostly fails for all of them.
            if let Err(problem) = run.render(entry, Value::from_pairs(context)) {
                run.problems.push(problem);
                break;
            }
        }
    }
    (run.files, run.problems)
}

fn named<T: serde::Serialize>(all: &[T], name: impl Fn(&T) -> &String) -> Vec<(String, Value)> {
    all.iter().map(|element| (name(element).clone(), Value::from(Serde(element)))).collect()
}

/// An environment in which there is the pack and nothing else.
fn environment(pack: &Pack) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // A line that holds nothing but a block leaves no line behind.
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).trim_blocks(true).lstrip_blocks(true).build();
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(escape);
    let files = Arc::new(pack.files.clone());
    environment.set_loader(move |name| Ok(files.get(name).cloned()));
    environment
}

/// Text of specs can't become markup: what is rendered into HTML or XML is escaped, by the name of the template.
fn escape(name: &str) -> AutoEscape {
    let name = [".j2", ".jinja", ".jinja2"].into_iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    match name.rsplit('.').next().map(str::to_ascii_lowercase).as_deref() {
        Some("html" | "htm" | "xhtml" | "xml" | "svg") => AutoEscape::Html,
        _ => AutoEscape::None,
    }
}

struct Run<'p> {
    pack: &'p Pack,
    environment: Environment<'static>,
    files: Files,
    problems: Vec<TemplateError>,
    /// Bytes rendered so far.
    size: usize,
    out: &'p str,
}

impl Run<'_> {
    fn render(&mut self, entry: &Entry, context: Value) -> Result<(), TemplateError> {
        let file = self.file(MANIFEST);
        let manifest = |message: String| TemplateError { file: file.clone(), line: Some(entry.line), message };
        if !self.pack.files.contains_key(&entry.template) {
            return Err(manifest(format!("the pack has no template `{}`", entry.template)));
        }
        let path = self.environment.render_named_str(MANIFEST, &entry.path, context.clone());
        let path = path.map_err(|error| manifest(said(&error)))?;
        let template = self.environment.get_template(&entry.template).map_err(|error| self.located(entry, &error))?;
        let mut output = Bounded { bytes: Vec::new(), left: OUTPUT_LIMIT.min(TOTAL_LIMIT.saturating_sub(self.size)) };
        let rendered = template.render_captured_to(context, &mut output);
        rendered.map(drop).map_err(|error| self.located(entry, &error))?;
        self.size += output.bytes.len();
        let path = if self.out.is_empty() { path } else { format!("{}/{path}", self.out) };
        self.files.insert(path, output.bytes).map_err(|error| manifest(error.to_string()))
    }

    fn file(&self, name: &str) -> String {
        if self.pack.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.pack.folder) }
    }

    fn located(&self, entry: &Entry, error: &Error) -> TemplateError {
        let name = error.name().unwrap_or(&entry.template);
        TemplateError { file: self.file(name), line: error.line(), message: said(error) }
    }
}

/// What a template's error says, in the words of findings.
fn said(error: &Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "the template takes too many steps".to_owned(),
        (ErrorKind::WriteFailure, _) => format!("the template writes more than {} MiB", OUTPUT_LIMIT >> 20),
        (ErrorKind::UndefinedError, None) => "the template reads something that is not defined".to_owned(),
        (kind, None) => kind.to_string(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
    }
}

/// Takes so many bytes and no more.
struct Bounded {
    bytes: Vec<u8>,
    left: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(template: &str, text: &str, path: &str) -> Pack {
        let entry = Entry { template: template.to_owned(), each: Each::Once, path: path.to_owned(), line: 3 };
        let files = BTreeMap::from([(template.to_owned(), text.to_owned())]);
        Pack { folder: "packs/docs".to_owned(), entries: vec![entry], files }
    }

    fn problem(template: &str, text: &str, path: &str) -> String {
        let (files, problems) = render(&model(), &pack(template, text, path), "docs");
        assert!(files.is_empty());
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    fn model() -> Model {
        let mut model = Model::default();
        "shop <b>".clone_into(&mut model.workspace.name);
        model
    }

    #[test]
    fn a_template_is_rendered_to_the_path_that_the_manifest_gives() {
        let (files, problems) =
            render(&model(), &pack("x.md.j2", "# {{ workspace.name }}\n", "{{ name|length }}.md"), "docs");
        assert_eq!(problems, []);
        assert_eq!(files.get("docs/8.md"), Some(&b"# shop <b>\n"[..]));
    }

    #[test]
    fn text_of_specs_is_escaped_in_html() {
        let (files, _) = render(&model(), &pack("x.html.j2", "{{ name }}", "x"), "");
        assert_eq!(files.get("x"), Some(&b"shop &lt;b&gt;"[..]));
    }

    #[test]
    fn problems_name_file_and_line() {
        assert!(problem("x.md", "\n{{ workspace.nmae }}", "x").starts_with("packs/docs/x.md:2: "));
        assert!(problem("x.md", "\n\n{% for %}", "x").starts_with("packs/docs/x.md:3: syntax error"));
        assert!(problem("x.md", "", "{{ nobody }}").starts_with("packs/docs/manifest.yaml:3: "));
        assert!(
            problem("x.md", "{% include '/etc/passwd' %}", "x").starts_with("packs/docs/x.md:1: template not found")
        );
    }

    #[test]
    fn a_template_can_neither_leave_the_output_nor_run_for_ever() {
        assert!(
            problem("x.md", "", "../../x").starts_with("packs/docs/manifest.yaml:3: the output path `docs/../../x`")
        );
        let endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
        assert!(problem("x.md", endless, "x").ends_with("the template takes too many steps"));
        let long = "{% for a in range(99999) %}{{ 'x' * 9999 }}{% endfor %}";
        assert!(problem("x.md", long, "x").ends_with("the template writes more than 16 MiB"));
        let deep = "{% include 'x.md' %}";
        assert!(!problem("x.md", deep, "x").is_empty());
    }
}
