//! A field of an object, value or record: what it is, who may write it, and every mapping that does or reads it.

use super::reads::{Read, reads};
use super::{Page, Row, owners, writer};
use crate::model::{Emit, Field, FieldRole, Id, Intent, Mapping, Model, Ownership, Struct, StructKind, Type, WireKind};
use crate::pipeline::Checked;
use crate::source::Span;

/// A field by its path from a struct: every step, and what it leads to.
pub(super) struct Place<'m> {
    /// The struct that the path starts from.
    pub root: Id<Struct>,
    /// Positions; lists are entered.
    pub path: Vec<u16>,
    /// Its text.
    pub text: String,
    /// The struct that has the field.
    pub of: Id<Struct>,
    /// The field.
    pub field: &'m Field,
}

/// Where a path leads, or the struct and the step at which it ends.
pub(super) fn find<'m>(model: &'m Model, root: Id<Struct>, path: &str) -> Result<Place<'m>, (Id<Struct>, String)> {
    let (mut of, mut positions, mut last) = (root, Vec::new(), None);
    let mut steps = path.split('.').peekable();
    while let Some(step) = steps.next() {
        let wrong = || (of, step.to_owned());
        let position = model.structs[of].position(step).ok_or_else(wrong)?;
        let field = model.structs[of].field(position).ok_or_else(wrong)?;
        positions.push(position);
        last = Some((of, field));
        if let Some(next) = steps.peek() {
            of = crate::model::rights::entered(&field.ty).ok_or_else(|| (of, format!("{step}.{next}")))?;
        }
    }
    let (of, field) = last.ok_or((root, path.to_owned()))?;
    Ok(Place { root, path: positions, text: path.to_owned(), of, field })
}

/// Everything about a field.
pub(super) fn explain(found: &Checked, place: &Place<'_>) -> Page {
    let model = &found.model;
    let (root, field) = (&model.structs[place.root], place.field);
    let mut page = Page::new(format!("{}.{}: {}", root.full_name(model), place.text, field.ty.show(model)), field.span);
    page.says(field.description.as_deref());
    about(found, place, &mut page);
    match model.ownership_of(place.root) {
        Some(ownership) => owned(model, ownership, place, &mut page),
        None if root.kind == StructKind::Object => page.line("owned by nobody: no ownership is declared"),
        None => {}
    }
    page.section("written by", written(found, place));
    page.section("read by", read(found, place));
    if root.is_record() {
        let listed = root.unmapped.iter().chain(model.mappings.rows().iter().flat_map(|m| &m.unmapped));
        let own = listed.filter(|l| l.pattern == place.text && of_record(model, place.root, l.span));
        page.section("left out", own.map(|l| Row::new(l.reason.clone(), l.span)).collect());
    }
    page
}

/// Whether a list of unmapped paths stands on the record or on a mapping that reads it.
fn of_record(model: &Model, record: Id<Struct>, span: Span) -> bool {
    let own = model.structs[record].unmapped.iter().any(|l| l.span == span);
    own || model
        .mappings
        .rows()
        .iter()
        .any(|m| m.unmapped.iter().any(|l| l.span == span) && m.inputs.iter().any(|input| input.of == record))
}

fn about(found: &Checked, place: &Place<'_>, page: &mut Page) {
    let (model, field) = (&found.model, place.field);
    if !model.structs[place.of].is_record() {
        page.line(format!("class {}", field.class.word()));
    }
    if let (FieldRole::Status, Some(lifecycle)) = (field.role, &model.structs[place.of].lifecycle) {
        let initial = model.codes[lifecycle.codes].codes.get(usize::from(lifecycle.initial));
        page.line(format!("the state of the lifecycle, initially {}", initial.map_or("", |code| code.code.as_str())));
    }
    if let Some(seconds) = field.freshness {
        page.line(format!("may be used for {}", duration(seconds)));
    }
    if let (Some(initial), FieldRole::Plain) = (&field.initial, field.role) {
        page.line(format!("initially {}", found.loader.sources().slice(initial.span)));
    }
    if !field.refs.is_empty() {
        page.line(format!("the same as {}", field.refs.join(", ")));
    }
    let Some(wire) = &field.wire else { return };
    match &wire.kind {
        WireKind::Route { keys, .. } => {
            if keys.as_slice() != [field.name.as_str()] {
                page.line(format!("on the wire at {}", keys.join(" / ")));
            }
        }
        WireKind::Joined(first, second) => {
            let name = |at: &u16| model.structs[place.of].field(*at).map_or("", |f| f.name.as_str());
            page.line(format!("on the wire as {} and {}", name(first), name(second)));
        }
    }
    if !wire.absent.is_empty() {
        let spelled: Vec<String> = wire.absent.iter().map(|text| format!("\"{text}\"")).collect();
        page.line(format!("absent if {}", spelled.join(" or ")));
    }
    if wire.nullable {
        page.line("null differs from absent");
    }
    if wire.on_empty_clears {
        page.line("in a patch an empty text clears");
    }
    match &wire.emit {
        Emit::Omit => {}
        Emit::Null => page.line("none is written as null"),
        Emit::Text(text) => page.line(format!("none is written as \"{text}\"")),
    }
}

fn owned(model: &Model, ownership: &Ownership, place: &Place<'_>, page: &mut Page) {
    let states = model.structs[place.root].lifecycle.as_ref().map(|l| &model.codes[l.codes]);
    let state = |at: u16| states.and_then(|s| s.codes.get(usize::from(at))).map_or("?", |code| code.code.as_str());
    let exact = ownership.leaves.iter().any(|leaf| leaf.path == place.path);
    let leaves = ownership.leaves.iter().filter(|leaf| {
        if exact {
            leaf.path == place.path
        } else {
            leaf.path.starts_with(&place.path) || place.path.starts_with(&leaf.path)
        }
    });
    let (mut owned, mut amended, mut moved) = (Vec::new(), Vec::new(), Vec::new());
    for leaf in leaves {
        let of = if exact { String::new() } else { format!("{}: ", leaf.text) };
        let until = leaf.until.map(|at| format!(", until {}", state(at))).unwrap_or_default();
        let what = if leaf.membership && exact && place.field.ty.element().is_some() {
            " (which of them there are)"
        } else {
            ""
        };
        for (who, span) in &leaf.owners {
            let until = if leaf.amenders.is_empty() { until.as_str() } else { "" };
            for (name, at) in owners(model, ownership, *who, *span) {
                owned.push(Row::new(format!("{of}{name}{until}{what}"), at));
            }
        }
        for (who, span) in &leaf.amenders {
            amended.push(Row::new(format!("{of}{}{until}", writer(model, ownership, *who)), *span));
        }
        for (system, to, span) in &leaf.transitions {
            let to: Vec<&str> = to.iter().map(|at| state(*at)).collect();
            moved.push(Row::new(format!("{of}{} to {}", model.systems[*system].name, to.join(", ")), *span));
        }
    }
    page.section("owned by", owned);
    page.section("amended by", amended);
    page.section("moved by", moved);
    let creators = ownership.originators.iter().map(|(id, at)| Row::new(model.systems[*id].name.clone(), *at));
    page.section("created by", creators.collect());
    let replicas = ownership.replicas.iter().filter_map(|replica| {
        let (_, _, span) = replica.fields.iter().find(|(path, ..)| place.path.starts_with(path))?;
        let age = replica.staleness.map(|s| format!(", at most {} old", duration(s))).unwrap_or_default();
        Some(Row::new(format!("{}{age}", model.systems[replica.system].name), *span))
    });
    page.section("copied to", replicas.collect());
}

fn written(found: &Checked, place: &Place<'_>) -> Vec<Row> {
    let model = &found.model;
    let mut rows = Vec::new();
    for mapping in model.mappings.rows() {
        if struct_of(&mapping.target) != Some(place.root) {
            continue;
        }
        let exact = mapping.assigned.iter().filter(|one| one.path == place.path);
        // Set as a part of something, or as the whole of its parts.
        let around =
            mapping.assigned.iter().filter(|one| place.path.starts_with(&one.path)).max_by_key(|o| o.path.len());
        let inside = mapping.assigned.iter().find(|one| one.path.starts_with(&place.path));
        let mut spans: Vec<Span> = exact.map(|one| one.span).collect();
        if spans.is_empty() {
            spans.extend(around.filter(|one| !goes_into(model, place.root, &one.path)).or(inside).map(|one| one.span));
        }
        rows.extend(spans.into_iter().map(|span| row(found, mapping, span)));
    }
    rows
}

/// Whether a path leads to a list whose elements are mapped by themselves: then its assignment says nothing of them.
fn goes_into(model: &Model, root: Id<Struct>, path: &[u16]) -> bool {
    crate::model::rights::field_at(model, root, path).is_some_and(|(_, field)| field.list_key.is_some())
}

fn read(found: &Checked, place: &Place<'_>) -> Vec<Row> {
    let model = &found.model;
    let mut rows: Vec<Row> = Vec::new();
    for (id, mapping) in model.mappings.iter() {
        if !mapping.inputs.iter().any(|input| input.of == place.root) {
            continue;
        }
        let all = reads(model, id, place.root);
        let exact = |one: &&Read| one.path == place.path || (one.whole && place.path.starts_with(&one.path));
        let mut some: Vec<&Read> = all.iter().filter(exact).collect();
        if some.is_empty() {
            some.extend(all.iter().find(|one| one.path.starts_with(&place.path)));
        }
        some.sort_by_key(|one| one.span);
        for one in some {
            let inner = &model.mappings[one.mapping];
            let mut row = row(found, mapping, one.span);
            if one.mapping != id {
                row.what.push_str(&format!(", in {}", inner.name));
            }
            if rows.last().is_none_or(|last| !last.same_line(&row, found)) {
                rows.push(row);
            }
        }
    }
    rows
}

fn row(found: &Checked, mapping: &Mapping, span: Span) -> Row {
    let intent = match mapping.intent {
        Intent::Create => " (create)",
        Intent::Update => " (update)",
        Intent::Request => " (request)",
        Intent::Value => "",
    };
    Row::new(format!("{}{intent}", mapping.name), span).quoting(found)
}

fn struct_of(ty: &Type) -> Option<Id<Struct>> {
    crate::model::rights::entered(ty)
}

fn duration(seconds: u64) -> String {
    match seconds {
        s if s > 0 && s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s > 0 && s % 3_600 == 0 => format!("{}h", s / 3_600),
        s if s > 0 && s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}
