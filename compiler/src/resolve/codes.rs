//! Crosswalks: inline or from CSV files, judged against the list they lead to.

use super::Resolver;
use super::declare::Ids;
use crate::diagnostic::{Diagnostic, suggest};
use crate::model::{Builtin, Codes, CodesKind, Crosswalk, CrosswalkRow, Id, System, UnknownCode};
use crate::rules;
use crate::syntax::{CodesAst, CrosswalkAst, Text, UnknownCodeAst};
use crossdock_runtime::{Country, Currency, Date, Unit};

impl Resolver<'_> {
    pub(super) fn codes(&mut self, ids: &Ids) {
        let specs = self.specs;
        for (id, ast) in ids.codes.iter().zip(&specs.codes) {
            let mut crosswalks = Vec::with_capacity(ast.crosswalk.len());
            for (name, crosswalk) in &ast.crosswalk {
                let Some(system) = self.system_named(name) else { continue };
                crosswalks.push(self.crosswalk(*id, system, name, crosswalk));
            }
            self.unknown_codes(*id, ast, &mut crosswalks);
            if let Some(codes) = self.model.codes.get_mut(*id) {
                codes.crosswalks = crosswalks;
            }
        }
    }

    fn crosswalk(&mut self, codes: Id<Codes>, system: Id<System>, name: &Text, ast: &CrosswalkAst) -> Crosswalk {
        let mut crosswalk = Crosswalk { system, span: name.span, file: None, rows: Vec::new(), unknown: None };
        match ast {
            CrosswalkAst::Inline(rows, _) => {
                for (system_code, all) in rows {
                    for row in all {
                        let Some(index) = self.code_of(codes, &row.code.text) else { continue };
                        crosswalk.rows.push(CrosswalkRow {
                            system_code: system_code.value.clone(),
                            code: row.code.value.clone(),
                            index,
                            preferred: row.preferred,
                            valid_from: row.valid_from.as_ref().and_then(|d| date(&d.value.to_string())),
                            valid_to: row.valid_to.as_ref().and_then(|d| date(&d.value.to_string())),
                            span: system_code.span,
                        });
                    }
                }
            }
            CrosswalkAst::File(path) => {
                crosswalk.file = self.loader.resolve(path.span.file, &path.value).ok();
                crosswalk.rows = self.crosswalk_file(codes, path);
            }
        }
        self.overlaps(&crosswalk);
        crosswalk
    }

    /// One row is given once on one day. That a system's code stands for several of the list is judged by the direction in
    /// which it is used.
    fn overlaps(&mut self, crosswalk: &Crosswalk) {
        let mut by_code: std::collections::BTreeMap<&str, Vec<&CrosswalkRow>> = std::collections::BTreeMap::new();
        for row in &crosswalk.rows {
            let rows = by_code.entry(row.system_code.as_str()).or_default();
            let clash = rows.iter().find(|other| {
                let starts = |a: &CrosswalkRow, b: &CrosswalkRow| match (a.valid_from, b.valid_to) {
                    (Some(from), Some(to)) => from <= to,
                    _ => true,
                };
                row.code == other.code && starts(row, other) && starts(other, row)
            });
            if let Some(other) = clash {
                let message = format!("`{}` stands for `{}` twice on the same day", row.system_code, row.code);
                let finding =
                    Diagnostic::new(rules::NAME002, row.span, message).related(other.span, "given here already");
                self.diagnostics.push(finding);
            }
            rows.push(row);
        }
    }

    fn crosswalk_file(&mut self, codes: Id<Codes>, path: &Text) -> Vec<CrosswalkRow> {
        let bytes = match self.loader.read_inside(path.span.file, &path.value) {
            Ok(bytes) => bytes,
            Err(problem) => {
                let rule = if problem.is_limit() { rules::SPEC007 } else { rules::NAME001 };
                self.report(Diagnostic::new(rule, path.span, problem.message(&path.value)));
                return Vec::new();
            }
        };
        let table = match super::csv::read(&bytes) {
            Ok(table) => table,
            Err(message) => {
                self.report(Diagnostic::new(rules::SPEC004, path.span, format!("`{}`: {message}", path.value)));
                return Vec::new();
            }
        };
        let mut rows = Vec::with_capacity(table.rows.len());
        let columns = ["system_code", "code", "preferred", "valid_from", "valid_to"];
        for header in &table.header {
            if !columns.contains(&header.as_str()) {
                let message = format!("`{}` has a column `{header}` that no crosswalk has", path.value);
                let help = "its columns are `system_code`, `code`, `preferred`, `valid_from`, `valid_to`";
                self.report(Diagnostic::new(rules::SPEC002, path.span, message).help(help));
            }
        }
        for required in ["system_code", "code"] {
            if !table.header.iter().any(|h| h == required) {
                let message = format!("`{}` has no column `{required}`", path.value);
                self.report(Diagnostic::new(rules::SPEC003, path.span, message));
                return Vec::new();
            }
        }
        for (line, cells) in &table.rows {
            let cell = |column: &str| {
                table.header.iter().position(|h| h == column).and_then(|i| cells.get(i)).map_or("", String::as_str)
            };
            let code = Text::new(cell("code").to_owned(), path.span);
            let before = self.diagnostics.len();
            let Some(index) = self.code_of(codes, &code) else {
                self.diagnostics.truncate(before);
                let message = format!(
                    "`{}`, line {line}: `{}` has no code `{}`",
                    path.value, self.model.codes[codes].name, code.value
                );
                self.report(Diagnostic::new(rules::NAME001, path.span, message));
                continue;
            };
            let mut day = |column: &str| {
                let text = cell(column);
                let parsed = date(text);
                if parsed.is_none() && !text.is_empty() {
                    let message = format!("`{}`, line {line}: `{text}` is not a day, such as `2027-06-30`", path.value);
                    self.diagnostics.push(Diagnostic::new(rules::SPEC004, path.span, message));
                }
                parsed
            };
            let (valid_from, valid_to) = (day("valid_from"), day("valid_to"));
            let preferred = match cell("preferred") {
                "" | "false" | "no" | "0" => false,
                "true" | "yes" | "1" => true,
                other => {
                    let message = format!("`{}`, line {line}: `{other}` is neither `true` nor `false`", path.value);
                    self.report(Diagnostic::new(rules::SPEC004, path.span, message));
                    false
                }
            };
            rows.push(CrosswalkRow {
                system_code: cell("system_code").to_owned(),
                code: code.value,
                index,
                preferred,
                valid_from,
                valid_to,
                span: path.span,
            });
        }
        rows
    }

    /// The position of a code in its list; of a built-in list 0.
    fn code_of(&mut self, id: Id<Codes>, code: &Text) -> Option<u16> {
        let codes = &self.model.codes[id];
        let (found, what) = match codes.kind {
            CodesKind::Of(Builtin::Currency) => (Currency::parse(&code.value).is_ok().then_some(0), "ISO 4217"),
            CodesKind::Of(Builtin::Country) => (Country::parse(&code.value).is_ok().then_some(0), "ISO 3166-1"),
            CodesKind::Of(Builtin::Unit) => (Unit::parse(&code.value).is_ok().then_some(0), "UN/ECE Rec 20"),
            _ => (codes.position(&code.value), ""),
        };
        if found.is_none() {
            let known: Vec<String> = codes.codes.iter().map(|c| c.code.clone()).collect();
            let message = if what.is_empty() {
                format!("`{}` has no code `{}`", codes.name, code.value)
            } else {
                format!("{what} has no code `{}`", code.value)
            };
            let help =
                suggest(&code.value, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            self.report(Diagnostic::new(rules::NAME001, code.span, message).help_opt(help));
        }
        found
    }

    fn unknown_codes(&mut self, id: Id<Codes>, ast: &CodesAst, crosswalks: &mut [Crosswalk]) {
        for (name, unknown) in &ast.unknown {
            let Some(system) = self.system_named(name) else { continue };
            let resolved = match unknown {
                UnknownCodeAst::Raise(exception) => {
                    self.check_exception(exception);
                    Some(UnknownCode::Raise(exception.value.clone()))
                }
                UnknownCodeAst::Code(code) => {
                    self.code_of(id, &code.text).map(|index| UnknownCode::Default(code.value.clone(), index))
                }
            };
            match crosswalks.iter_mut().find(|c| c.system == system) {
                Some(crosswalk) => crosswalk.unknown = resolved,
                None => {
                    let message = format!("`{}` has no crosswalk for `{}`", ast.name.value, name.value);
                    self.report(Diagnostic::new(rules::NAME001, name.span, message));
                }
            }
        }
    }
}

fn date(text: &str) -> Option<Date> {
    crossdock_runtime::time::parse_date(text).ok()
}
