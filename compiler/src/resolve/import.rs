//! Records that are taken from a JSON Schema or from a component of an OpenAPI document (`schema:` on a record).
//!
//! The schemas of a system are read together, when the first of its records asks for its own: each schema becomes one
//! record, however many others refer to it, and a reference to a schema that the spec names itself is that record. In
//! order: [`document`] reads files ([`json`], [`yaml`]) and finds places in them, [`flatten`] follows references and joins,
//! [`shape`] tells what values are, [`union`] alternatives, [`record`] makes fields and names.
//!
//! Absent on purpose: the network, files outside the workspace, and judgement of values against a schema. What has no
//! form in the language is a finding that names the place in the schema.

mod document;
mod flatten;
mod json;
mod record;
mod shape;
#[cfg(test)]
mod tests;
mod union;
mod yaml;

use super::Resolver;
use crate::diagnostic::{Diagnostic, RuleId, Severity};
use crate::model::{CodesKind, Field, Id, Named, Struct, System};
use crate::rules;
use crate::source::Span;
use crate::syntax::{RecordAst, SystemAst, Text};
use document::{Documents, Place, Problem, reference};
use record::Todo;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Records that the schemas of a system may make.
const SCHEMA_LIMIT: usize = 2_000;
/// Schema objects that may be looked at for one system.
const STEP_LIMIT: usize = 500_000;
/// Findings that the schemas of one system may give.
const FINDING_LIMIT: usize = 200;

impl Resolver<'_> {
    /// The fields of a record that names a schema; further records that it holds are added to the system. Fields that the
    /// record declares itself are left out.
    pub(super) fn import_schema(&mut self, system: Id<System>, name: &Text, schema: &Text) -> Vec<Field> {
        let specs = self.specs;
        let Some(ast) = specs.systems.get(system.index()) else { return Vec::new() };
        let first = ast.records.iter().find_map(|(_, record)| record.schema.as_ref());
        if first.is_some_and(|first| first.span == schema.span) {
            self.import_schemas(system, ast);
        }
        let record = self.model.record(system, &name.value);
        let record = record.and_then(|id| self.model.structs.get_mut(id));
        record.map(|record| std::mem::take(&mut record.fields)).unwrap_or_default()
    }

    /// Fills in all records of a system that name a schema.
    fn import_schemas(&mut self, system: Id<System>, ast: &SystemAst) {
        let records = self.model.systems[system].records.iter().map(|id| self.model.structs[*id].name.clone());
        let mut taken: BTreeSet<String> = records.collect();
        // A code list's name means the code list in the records that are written out.
        let lists = self.model.types_by_name.iter().filter(|(_, named)| match named {
            Named::Codes(codes) => !matches!(self.model.codes[*codes].kind, CodesKind::Lifecycle(_)),
            Named::Struct(_) => false,
        });
        taken.extend(lists.map(|(name, _)| name.clone()));
        let mut importer = Importer {
            resolver: self,
            system,
            documents: Documents::default(),
            absent: ast.absent.iter().map(|text| text.value.clone()).collect(),
            records: BTreeMap::new(),
            held: BTreeSet::new(),
            unions: Vec::new(),
            taken,
            queue: VecDeque::new(),
            made: 0,
            span: Span::default(),
            steps: 0,
            findings: 0,
            stopped: false,
        };
        for (name, record) in &ast.records {
            if let Some(schema) = &record.schema {
                importer.declare(name, record, schema);
            }
        }
        while let Some(todo) = importer.queue.pop_front() {
            importer.build(&todo);
            if importer.stopped {
                break;
            }
        }
        importer.finish();
    }
}

/// Takes in the schemas of one system.
struct Importer<'i, 's> {
    resolver: &'i mut Resolver<'s>,
    system: Id<System>,
    documents: Documents,
    /// The system's spellings of "no value".
    absent: Vec<String>,
    /// The record of each schema that is one.
    records: BTreeMap<Place, Id<Struct>>,
    /// Records that the spec names or that a field holds, other than as an alternative.
    held: BTreeSet<Id<Struct>>,
    /// Unions, with the key that tells their alternatives apart.
    unions: Vec<(String, Id<Struct>)>,
    /// Names that a new record may not have.
    taken: BTreeSet<String>,
    queue: VecDeque<Todo>,
    /// Records that were made.
    made: usize,
    /// The spec's mention of the schema that is being read.
    span: Span,
    steps: usize,
    findings: usize,
    /// Whether a limit was met.
    stopped: bool,
}

impl Importer<'_, '_> {
    /// A record of the spec: references to its schema mean it.
    fn declare(&mut self, name: &Text, ast: &RecordAst, schema: &Text) {
        self.span = schema.span;
        let Some(id) = self.resolver.model.record(self.system, &name.value) else { return };
        self.held.insert(id);
        let from = self.resolver.loader.sources().path(schema.span.file);
        let (path, pointer) = match reference(from, &schema.value) {
            Ok(named) => named,
            Err(problem) => {
                self.unread(id);
                return self.report(problem.rule, problem.message, problem.help.map(str::to_owned), None);
            }
        };
        let Some(place) = self.locate(&path, pointer, None) else { return self.unread(id) };
        let flat = self.flatten(std::slice::from_ref(&place));
        let place = flat.only().unwrap_or(&flat.end).clone();
        self.records.entry(place.clone()).or_insert(id);
        let declared = ast.fields.names().map(str::to_owned).collect();
        self.queue.push_back(Todo { id, place, span: schema.span, declared });
    }

    fn unread(&mut self, id: Id<Struct>) {
        if let Some(record) = self.resolver.model.structs.get_mut(id) {
            record.unread = true;
        }
    }

    /// Counts a look at a schema; `false` if there were too many.
    fn step(&mut self) -> bool {
        self.steps += 1;
        if self.steps > STEP_LIMIT && !self.stopped {
            let message = "the schemas of the system refer to each other too often to be followed";
            let help = "refer to the components that are needed, not to the whole document";
            self.report(rules::SPEC007, message.to_owned(), Some(help.to_owned()), None);
            self.stopped = true;
        }
        !self.stopped
    }

    /// A finding on a place in a schema.
    fn find(&mut self, place: &Place, problem: &Problem, help: Option<&str>) {
        let message = format!("`{}` {}", self.documents.show(place), problem.message);
        let help = help.or(problem.help).map(str::to_owned);
        self.report(problem.rule, message, help, None);
    }

    /// A warning on keys that the record will not have.
    fn undeclared(&mut self, place: &Place, what: &str) {
        let shown = self.documents.show(place);
        let message = format!("`{shown}` {what}, which are not taken over");
        let help = format!("if they are needed, declare them under `fields` of a record with `schema: {shown}`");
        self.report(rules::SPEC004, message, Some(help), Some(Severity::Warning));
    }

    fn report(&mut self, rule: RuleId, message: String, help: Option<String>, severity: Option<Severity>) {
        self.findings += 1;
        if self.findings > FINDING_LIMIT {
            if self.findings == FINDING_LIMIT + 1 {
                let message =
                    format!("the schemas of the system have more than {FINDING_LIMIT} problems; the rest is not shown");
                self.resolver.report(Diagnostic::new(rules::SPEC007, self.span, message));
            }
            return;
        }
        let mut finding = Diagnostic::new(rule, self.span, message).help_opt(help);
        if let Some(severity) = severity {
            finding = finding.severity(severity);
        }
        self.resolver.report(finding);
    }
}
