//! The user's own template packs: folders whose templates are rendered once, or for each object, system or mapping.
//!
//! A template sees [`view`] and nothing else: no file but those that the caller reads for it, no environment, no clock;
//! what is undefined is an error, and work and memory are bounded. Where output may go, [`Files::insert`] decides. Absent
//! on purpose: reading the manifest, which is syntax, and any access to files, which is the loader's.

pub mod view;

use super::files::Files;
use crate::model::{Each, Model, TemplateFile, TemplatePack};
use crate::source::{Span, resolve};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

/// Steps that one template may take; a step also pays for 64 bytes of text.
const FUEL: u64 = 4_000_000;
/// The largest output of one template, in bytes.
const OUTPUT_LIMIT: usize = 16 << 20;
/// The largest output of all packs, in bytes.
const TOTAL_LIMIT: usize = 512 << 20;
/// The name under which the path of an output is rendered.
const PATH: &str = "path";

/// Why a template could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// Where.
    pub place: Place,
    /// What is wrong: lower case, one sentence, no full stop.
    pub message: String,
    /// Where the manifest names the template.
    pub named: Span,
    /// The name of the element that it was rendered for.
    pub element: String,
}

/// Where a template's error is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line of a template, from 1; the template by its path from the workspace's folder.
    Template(String, usize),
    /// The output path in the manifest.
    Path(Span),
}

/// Renders all packs of a workspace. `read` gives the text of a template by its path from the workspace's folder, none
/// if there is no such file, or says why it can't. Every problem is reported, each template once.
pub fn render<R>(model: &Model, read: R) -> (Files, Vec<TemplateError>)
where
    R: Fn(&str) -> Result<Option<String>, String> + Send + Sync + 'static,
{
    let mut run = Run { environment: environment(read), files: Files::new(), problems: Vec::new(), size: 0 };
    if model.workspace.templates.is_empty() {
        return (run.files, run.problems);
    }
    let workspace = view::workspace(model);
    let all = Value::from(Serde(&workspace));
    for (pack, file) in
        model.workspace.templates.iter().flat_map(|pack| pack.files.iter().map(move |file| (pack, file)))
    {
        let elements = match file.each {
            Each::Object => named(&workspace.objects, |object| &object.name),
            Each::System => named(&workspace.systems, |system| &system.name),
            Each::Mapping => named(&workspace.mappings, |mapping| &mapping.name),
            Each::Flow => named(&workspace.flows, |flow| &flow.name),
            Each::Once => vec![(workspace.name.clone(), Value::UNDEFINED)],
        };
        for (name, element) in elements {
            let mut context = BTreeMap::from([("workspace", all.clone()), ("name", Value::from(name.as_str()))]);
            if file.each != Each::Once {
                context.insert(file.each.word(), element);
            }
            // What fails for one element mostly fails for all of them.
            if let Err((place, message)) = run.render(pack, file, &Value::from_pairs(context)) {
                run.problems.push(TemplateError { place, message, named: file.span, element: name });
                break;
            }
        }
    }
    (run.files, run.problems)
}

fn named<T: serde::Serialize>(all: &[T], name: impl Fn(&T) -> &String) -> Vec<(String, Value)> {
    all.iter().map(|element| (name(element).clone(), Value::from(Serde(element)))).collect()
}

/// An environment in which there are templates and nothing else.
fn environment<R>(read: R) -> Environment<'static>
where
    R: Fn(&str) -> Result<Option<String>, String> + Send + Sync + 'static,
{
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // A line that holds nothing but a block leaves no line behind.
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).trim_blocks(true).lstrip_blocks(true).build();
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(escape);
    // Templates name each other as specs name files: relative to themselves. What leaves the workspace is kept as it is,
    // for the reader to refuse.
    environment.set_path_join_callback(|name, from| resolve(from, name).map_or(Cow::Borrowed(name), Cow::Owned));
    environment.set_loader(move |name| read(name).map_err(|why| Error::new(ErrorKind::InvalidOperation, why)));
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

struct Run {
    environment: Environment<'static>,
    files: Files,
    problems: Vec<TemplateError>,
    /// Bytes rendered so far.
    size: usize,
}

impl Run {
    fn render(&mut self, pack: &TemplatePack, file: &TemplateFile, context: &Value) -> Result<(), (Place, String)> {
        let in_manifest = |message: String| (Place::Path(file.path_span), message);
        let path = self.environment.render_named_str(PATH, &file.path, context.clone());
        let path = path.map_err(|error| in_manifest(said(&error)))?;
        let located = |error: Error| {
            let name = error.name().unwrap_or(&file.template).to_owned();
            (Place::Template(name, error.line().unwrap_or(1)), said(&error))
        };
        let template = self.environment.get_template(&file.template).map_err(located)?;
        let mut output = Bounded { bytes: Vec::new(), left: OUTPUT_LIMIT.min(TOTAL_LIMIT.saturating_sub(self.size)) };
        template.render_captured_to(context.clone(), &mut output).map(drop).map_err(located)?;
        self.size += output.bytes.len();
        let path = if pack.out.is_empty() { path } else { format!("{}/{path}", pack.out) };
        self.files.insert(path, output.bytes).map_err(|error| in_manifest(error.to_string()))
    }
}

/// What a template's error says, in the words of findings.
fn said(error: &Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "the template takes too many steps, or makes too much text".to_owned(),
        (ErrorKind::WriteFailure, _) => format!("the template writes more than {} MiB", OUTPUT_LIMIT >> 20),
        (ErrorKind::UndefinedError, None) => "the template reads something that is not defined".to_owned(),
        (ErrorKind::TemplateNotFound | ErrorKind::InvalidOperation, Some(why)) => why.to_owned(),
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
    use crate::source::FileId;

    const PATH_SPAN: Span = Span { file: FileId(1), start: 9, end: 12 };

    fn model(template: &str, path: &str) -> Model {
        let mut model = Model::default();
        "shop <b>".clone_into(&mut model.workspace.name);
        let file = TemplateFile {
            template: format!("packs/docs/{template}"),
            each: Each::Once,
            path: path.to_owned(),
            span: Span::default(),
            path_span: PATH_SPAN,
        };
        model.workspace.templates.push(TemplatePack {
            folder: "packs/docs".to_owned(),
            out: "docs".to_owned(),
            span: Span::default(),
            description: None,
            files: vec![file],
        });
        model
    }

    fn run(template: &str, text: &str, path: &str) -> (Files, Vec<TemplateError>) {
        let files: BTreeMap<String, String> =
            [(format!("packs/docs/{template}"), text.to_owned()), ("packs/shared.j2".to_owned(), "shared".to_owned())]
                .into();
        let read = move |name: &str| match resolve("", name) {
            Ok(path) => Ok(files.get(&path).cloned()),
            Err(_) => Err(format!("the path `{name}` leaves the workspace")),
        };
        render(&model(template, path), read)
    }

    fn problem(template: &str, text: &str, path: &str) -> (Place, String) {
        let (files, problems) = run(template, text, path);
        assert!(files.is_empty());
        let [only] = problems.as_slice() else { panic!("{problems:?}") };
        (only.place.clone(), only.message.clone())
    }

    fn line(template: &str, line: usize) -> Place {
        Place::Template(format!("packs/docs/{template}"), line)
    }

    #[test]
    fn a_template_is_rendered_to_the_path_that_the_manifest_gives() {
        let (files, problems) = run("x.md.j2", "# {{ workspace.name }}\n", "{{ name|length }}.md");
        assert_eq!(problems, []);
        assert_eq!(files.get("docs/8.md"), Some(&b"# shop <b>\n"[..]));
    }

    #[test]
    fn templates_name_each_other_relative_to_themselves() {
        let (files, problems) = run("x.md.j2", "{% include '../shared.j2' %}", "x");
        assert_eq!(problems, []);
        assert_eq!(files.get("docs/x"), Some(&b"shared"[..]));
    }

    #[test]
    fn text_of_specs_is_escaped_in_html() {
        let (files, _) = run("x.html.j2", "{{ name }}", "x");
        assert_eq!(files.get("docs/x"), Some(&b"shop &lt;b&gt;"[..]));
    }

    #[test]
    fn problems_name_file_and_line() {
        assert_eq!(problem("x.md", "\n{{ workspace.nmae }}", "x").0, line("x.md", 2));
        let (place, message) = problem("x.md", "\n\n{% for %}", "x");
        assert_eq!((place, message.starts_with("syntax error")), (line("x.md", 3), true));
        assert_eq!(problem("x.md", "", "{{ nobody }}").0, Place::Path(PATH_SPAN));
        for outside in ["/etc/passwd", "../../../x"] {
            let (place, message) = problem("x.md", &format!("{{% include '{outside}' %}}"), "x");
            assert_eq!(place, line("x.md", 1));
            assert!(message.ends_with(&format!("the path `{outside}` leaves the workspace")), "{message}");
        }
    }

    #[test]
    fn a_template_can_neither_leave_the_output_nor_run_for_ever() {
        let (place, message) = problem("x.md", "", "../../x");
        assert_eq!(place, Place::Path(PATH_SPAN));
        assert!(message.starts_with("the output path `docs/../../x`"), "{message}");
        let endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
        assert!(problem("x.md", endless, "x").1.starts_with("the template takes too many steps"));
        let doubling = "{% set n = namespace(s='x') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}";
        assert!(problem("x.md", doubling, "x").1.contains("makes too much text"));
        let long = "{% for a in range(9999) %}{{ 'x' * 9999 }}{% endfor %}";
        assert_eq!(problem("x.md", long, "x").1, "the template writes more than 16 MiB");
        assert_eq!(problem("x.md", "{% include 'x.md' %}", "x").0, line("x.md", 1));
    }
}
