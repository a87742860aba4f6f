//! Code lists and the states of lifecycles: enums with `#[derive(Codes)]`.

use super::Canonical;
use crate::emit::rust::print::{Printer, literal};
use crate::lower::names;
use crate::model::{Codes, CodesKind, Id, Model};

/// Whether a list becomes an enum: crosswalks to built-in lists have no codes of their own.
pub fn is_generated(codes: &Codes) -> bool {
    !matches!(codes.kind, CodesKind::Of(_)) && !codes.codes.is_empty()
}

/// `codes.rs`.
pub fn file(crate_: &Canonical<'_>) -> String {
    let lists: Vec<_> = crate_.model.codes.iter().filter(|(_, codes)| is_generated(codes)).collect();
    let mut out = Printer::file(&crate_.origin(lists.iter().map(|(_, codes)| codes.span)));
    out.module_doc("Code lists, and the states of lifecycles.");
    if lists.is_empty() {
        return out.finish();
    }
    out.blank();
    out.line("use crossdock_runtime as rt;");
    for (id, codes) in lists {
        out.blank();
        list(&mut out, codes);
        if let CodesKind::Lifecycle(of) = codes.kind {
            transitions(&mut out, crate_.model, id, of);
        }
    }
    out.finish()
}

fn list(out: &mut Printer, codes: &Codes) {
    let name = names::codes_type_name(&codes.name);
    match (&codes.description, codes.kind) {
        (Some(description), _) => out.doc(description),
        (None, CodesKind::Lifecycle(_)) => out.doc(&format!("The states of `{}`.", codes.name)),
        (None, _) => out.doc(&format!("The codes of `{}`.", codes.name)),
    }
    out.line("#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, rt::Codes)]");
    out.open(&format!("pub enum {name} {{"));
    for code in &codes.codes {
        match &code.description {
            Some(description) if !description.trim().is_empty() => out.doc(description),
            _ => out.doc(&format!("`{}`", code.code)),
        }
        out.line(&format!("#[code({})]", literal(&code.code)));
        out.line(&format!("{},", names::variant_name(&code.code)));
    }
    out.close("}");
}

/// Which states follow which.
fn transitions(out: &mut Printer, model: &Model, id: Id<Codes>, of: Id<crate::model::Struct>) {
    let (Some(lifecycle), codes) = (&model.structs[of].lifecycle, &model.codes[id]) else { return };
    let name = names::codes_type_name(&codes.name);
    let variant = |position: u16| {
        let code = codes.codes.get(usize::from(position));
        format!("Self::{}", names::variant_name(code.map_or("", |code| &code.code)))
    };
    out.blank();
    out.open(&format!("impl rt::Lifecycle for {name} {{"));
    out.line(&format!("const INITIAL: Self = {};", variant(lifecycle.initial)));
    out.blank();
    out.open("fn next(self) -> &'static [Self] {");
    out.open("match self {");
    let mut last = Vec::new();
    for position in (0..codes.codes.len()).filter_map(|position| u16::try_from(position).ok()) {
        let moves = lifecycle.transitions.iter().filter(|transition| transition.from == position);
        let next: Vec<String> = moves.map(|transition| variant(transition.to)).collect();
        if next.is_empty() {
            last.push(variant(position));
        } else {
            out.array(&format!("{} => &", variant(position)), &next, ",");
        }
    }
    if !last.is_empty() {
        patterns(out, &last, "&[]");
    }
    out.close("}");
    out.close("}");
    out.close("}");
}

/// An arm of several patterns.
pub fn patterns(out: &mut Printer, patterns: &[String], body: &str) {
    let line = format!("{} => {body},", patterns.join(" | "));
    if out.fits(&line) {
        return out.line(&line);
    }
    let mut patterns = patterns.iter();
    out.line(patterns.next().map_or("", String::as_str));
    let mut rest = patterns.peekable();
    while let Some(pattern) = rest.next() {
        let end = if rest.peek().is_none() { format!(" => {body},") } else { String::new() };
        out.line(&format!("| {pattern}{end}"));
    }
}
