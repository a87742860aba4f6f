//! `crossdock explain`: a rule by its code; a field, type, mapping, flow, event, system, exception or team by its name.

mod field;
mod flow;
mod named;
mod reads;

use super::{Streams, default_root, place, specs_of};
use crate::diagnostic::suggest;
use crate::model::{Id, Model, Named, Ownership, Struct, Type, Writer};
use crate::pipeline::Checked;
use crate::rules;
use crate::source::Span;
use clap::Args;
use std::path::PathBuf;

/// Explains a rule by its code, or a field, mapping, flow or system by its name.
#[derive(Debug, Args)]
pub struct Explain {
    /// `OWN003`, `order.total`, `order.lines.shipped`, `shopify.Order.note`, `shopify_order`, `sap`
    what: String,
    /// The workspace: `specs`, or this folder, unless said
    #[arg(long)]
    specs: Option<PathBuf>,
}

impl Explain {
    pub(super) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<u8> {
        let known = |rule: &&rules::Registered| {
            rule.id.code.eq_ignore_ascii_case(&self.what) || rule.id.name.eq_ignore_ascii_case(&self.what)
        };
        if let Some(rule) = rules::all().iter().find(known) {
            write!(streams.out, "{}", rules::documentation(rule))?;
            return Ok(0);
        }
        // Without a workspace a wrong code is still a wrong code.
        let root = default_root(self.specs.clone());
        let found = match specs_of(&root) {
            Ok(found) => found,
            Err(error) if self.specs.is_none() => {
                let near = suggest(&self.what, rules::all().iter().map(|rule| rule.id.code));
                let help = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                anyhow::bail!("`{}` is no rule{help} (and there is no workspace to look in: {error:#})", self.what);
            }
            Err(error) => return Err(error),
        };
        let page = self.page(&found)?;
        write!(streams.out, "{}", page.show(&found))?;
        Ok(0)
    }

    fn page(&self, found: &Checked) -> anyhow::Result<Page> {
        let model = &found.model;
        if let Some(page) = named::explain(found, &self.what) {
            return Ok(page);
        }
        let Some((root, path)) = start(model, &self.what) else {
            let near = suggest(&self.what, names(model).iter().map(String::as_str)).map(str::to_owned);
            let help = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            anyhow::bail!(
                "`{}` is no rule, field, type, mapping, flow, event, system, exception or team{help}",
                self.what
            );
        };
        let Some(path) = path else { return Ok(named::structure(found, root)) };
        match field::find(model, root, path) {
            Ok(place) => Ok(field::explain(found, &place)),
            Err((of, step)) => {
                let of = &model.structs[of];
                let near = suggest(&step, of.fields.iter().map(|field| field.name.as_str()));
                let help = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                anyhow::bail!("`{}` has no field `{step}`{help}", of.full_name(model))
            }
        }
    }
}

/// The struct that a dotted text starts with, and the rest: `order.total`, `shopify.Order.note`, `OrderLine.sku`.
fn start<'w>(model: &Model, what: &'w str) -> Option<(Id<Struct>, Option<&'w str>)> {
    let (first, rest) = what.split_once('.').map_or((what, None), |(first, rest)| (first, Some(rest)));
    if let (Some(system), Some(rest)) = (model.systems_by_name.get(first), rest) {
        let (name, rest) = rest.split_once('.').map_or((rest, None), |(name, rest)| (name, Some(rest)));
        if let Some(record) = model.record(*system, name) {
            return Some((record, rest));
        }
    }
    let folded = |name: &str| name.replace('_', "").to_lowercase();
    let types = model.types_by_name.iter().filter_map(|(name, named)| match named {
        Named::Struct(id) => Some((name, *id)),
        Named::Codes(_) => None,
    });
    let mut types = types.filter(|(name, _)| folded(name) == folded(first));
    types.next().map(|(_, id)| (id, rest))
}

/// Everything that can be asked for by one word, and records.
fn names(model: &Model) -> Vec<String> {
    let mut names: Vec<String> = rules::all().iter().map(|rule| rule.id.code.to_owned()).collect();
    names.extend(model.types_by_name.keys().cloned());
    names.extend(model.mappings_by_name.keys().cloned());
    names.extend(model.flows_by_name.keys().chain(model.events_by_name.keys()).cloned());
    names.extend(model.systems_by_name.keys().cloned());
    names.extend(model.exceptions_by_name.keys().cloned());
    names.extend(model.teams_by_name.keys().cloned());
    names.extend(model.structs.rows().iter().filter(|s| s.is_record()).map(|s| s.full_name(model)));
    names
}

/// The systems that a writer stands for, each with where that was said; by code of the partition where that decides.
fn owners(model: &Model, ownership: &Ownership, who: Writer, span: Span) -> Vec<(String, Span)> {
    match who {
        Writer::System(id) => vec![(model.systems[id].name.clone(), span)],
        Writer::Originator => vec![("whoever created it".to_owned(), span)],
        Writer::Owner => {
            let object = &model.structs[ownership.object];
            let field = ownership.partition.and_then(|at| object.field(at));
            let codes = match field.map(|f| f.ty.inner()) {
                Some(Type::Code(id)) => Some(&model.codes[*id]),
                _ => None,
            };
            let row = |(code, system, span): &(Option<u16>, _, Span)| {
                let name = &model.systems[*system].name;
                let code = code.and_then(|at| codes?.codes.get(usize::from(at)));
                match (code, field) {
                    (Some(code), Some(field)) => (format!("{name}, where {} is {}", field.name, code.code), *span),
                    _ => (name.clone(), *span),
                }
            };
            ownership.owner.iter().map(row).collect()
        }
    }
}

/// A writer in words.
fn writer(model: &Model, ownership: &Ownership, who: Writer) -> String {
    let all: Vec<String> = owners(model, ownership, who, Span::default()).into_iter().map(|(name, _)| name).collect();
    all.join("; ")
}

/// What is said of one thing: a head, facts, and sections of rows with places.
struct Page {
    head: String,
    span: Span,
    facts: Vec<String>,
    sections: Vec<(&'static str, Vec<Row>)>,
}

/// A line of a section.
struct Row {
    what: String,
    span: Span,
    quote: Option<String>,
}

impl Row {
    fn new(what: String, span: Span) -> Self {
        Row { what, span, quote: None }
    }

    /// With the line of the spec that it is about.
    fn quoting(mut self, found: &Checked) -> Self {
        let sources = found.loader.sources();
        let line = (sources.start(self.span).line as usize).saturating_sub(1);
        self.quote = sources.text(self.span.file).lines().nth(line).map(|text| shortened(text.trim()));
        self
    }

    fn same_line(&self, other: &Row, found: &Checked) -> bool {
        let sources = found.loader.sources();
        let line = |row: &Row| (row.span.file, sources.start(row.span).line);
        self.what == other.what && line(self) == line(other)
    }
}

impl Page {
    fn new(head: String, span: Span) -> Self {
        Page { head, span, facts: Vec::new(), sections: Vec::new() }
    }

    fn line(&mut self, fact: impl Into<String>) {
        self.facts.push(fact.into());
    }

    fn says(&mut self, description: Option<&str>) {
        self.facts.extend(description.iter().flat_map(|text| text.trim().lines()).map(str::to_owned));
    }

    fn section(&mut self, title: &'static str, rows: Vec<Row>) {
        if !rows.is_empty() {
            self.sections.push((title, rows));
        }
    }

    fn show(&self, found: &Checked) -> String {
        let sources = found.loader.sources();
        let place = |span: Span| if span == Span::default() { String::new() } else { place::line(sources, span) };
        let mut text = format!("{}  ({})\n", self.head, place(self.span));
        for fact in &self.facts {
            text.push_str(&format!("  {fact}\n"));
        }
        let rows = || self.sections.iter().flat_map(|(_, rows)| rows);
        let width = rows().map(|row| row.what.chars().count()).filter(|width| *width <= 44).max().unwrap_or(0);
        for (title, rows) in &self.sections {
            text.push_str(&format!("\n{title}\n"));
            for row in rows {
                let line = format!("  {:width$}  {}", row.what, place(row.span));
                text.push_str(line.trim_end());
                text.push('\n');
                if let Some(quote) = &row.quote {
                    text.push_str(&format!("      {quote}\n"));
                }
            }
        }
        text
    }
}

/// A line of a spec, for who only wants to know which.
fn shortened(text: &str) -> String {
    const MOST: usize = 110;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(" …".chars()).collect() }
}
