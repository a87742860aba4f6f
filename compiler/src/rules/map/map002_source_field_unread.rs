//! MAP002 source-field-unread: a source field that is neither read nor listed
//!
//! A declared field of what a mapping reads is used by no expression, and neither the mapping nor its record lists it
//! under `unmapped:`. Keys that appear in the payload of a test and are not declared count too, so that trimming the
//! record hides nothing. An entry of `unmapped:` that is read after all is a finding as well; so is one that matches
//! nothing. Where a record lets undeclared keys come, the payloads of the mapping's tests tell whether there is one.
//!
//! Data is lost where two systems meet, and nobody decided that it should be. A list with reasons shows that somebody did.
//!
//! Bad, where `po_number` is declared and not read:
//! ```yaml
//! fields:
//!   order_id: "'shop-' + string(src.id)"
//!   ids.shop: string(src.id)
//!   channel: Channel.WEB
//!   placed_at: src.created_at
//!   total: money(src.total_price, src.currency)
//! ```
//! Good:
//! ```yaml
//! unmapped: { used by the shop alone: [po_number] }
//! ```
//!
//! A field that no mapping needs is listed once, on its record. Of a value mapping, the mappings that call it are judged.
//! `"*"` lists all that a request to a system has no use for.
//!
//! Level it with `rules: { MAP002: warn }`, or waive it at the mapping (`at: shopify_order`).

use super::wire_path::{Cover, SourcePath};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity, did_you_mean};
use crate::expr::ir::Kind;
use crate::lower::reads::Reads;
use crate::model::rights::entered;
use crate::model::{Field, Id, Input, Intent, Mapping, Model, Struct, StructKind, UnknownKeys, Unmapped, WireKind};
use crate::rules::Context;
use crate::rules::words::names;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP002", name: "source-field-unread", severity: Severity::Error };

/// Records that contain each other are entered so many times in one mapping, and no deeper than so many levels.
const VISITS: usize = 20_000;
const LEVELS: usize = 24;

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let mut entries = Entries::new();
    let mut seen: BTreeSet<Id<Struct>> = BTreeSet::new();
    for (id, mapping) in model.mappings.iter() {
        let Some(reads) = context.reads.get(&id).filter(|_| mapping.body.is_some()) else { continue };
        let mut walk = Walk::new(model, id, reads, &mut entries, &mut seen);
        walk.inputs(mapping);
        let left = walk.finish();
        // What a value mapping leaves, another one beside it may read: the mappings that call it are judged.
        let called = mapping.intent == Intent::Value && context.uses.mappings.contains(&id);
        if !called {
            found.extend(left.into_iter().map(|(of, left)| unread(model, mapping, of, &left)));
        }
    }
    if !context.incomplete {
        idle(model, &entries, &seen, found);
    }
}

/// Findings for keys that appear in the payloads of a mapping's tests and that its records do not declare: dotted wire
/// paths from the input, behind its name where there are several.
pub fn undeclared<'k>(model: &Model, id: Id<Mapping>, keys: impl IntoIterator<Item = &'k str>) -> Diagnostics {
    let mapping = &model.mappings[id];
    let applied = applied(model, id);
    let mut left: BTreeMap<Id<Struct>, BTreeSet<String>> = BTreeMap::new();
    for key in keys {
        let steps: Vec<String> = key.split('.').map(str::to_owned).collect();
        if let Some((of, false)) = locate(model, mapping, &applied, &steps) {
            left.entry(of).or_default().insert(key.to_owned());
        }
    }
    let finding = |(of, keys): (Id<Struct>, BTreeSet<String>)| {
        let list = names(keys.iter().map(String::as_str));
        let record = &model.structs[of];
        let name = record.full_name(model);
        let message = match keys.len() {
            1 => format!("{list} appears in a test of `{}`, and `{name}` does not declare it", mapping.name),
            _ => format!("keys appear in tests of `{}` that `{name}` does not declare: {list}", mapping.name),
        };
        Diagnostic::new(RULE, mapping.span, message)
            .related(record.span, "the record")
            .at(mapping.name.clone())
            .help("declare what is read, and list the rest under `unmapped:` with a reason")
    };
    left.into_iter().map(finding).collect()
}

/// Findings for entries of a mapping's list that match nothing that its records declare, nor any of the undeclared keys
/// that appear in the payloads of its tests.
pub fn unseen<'k>(model: &Model, id: Id<Mapping>, keys: impl IntoIterator<Item = &'k str>) -> Diagnostics {
    let mapping = &model.mappings[id];
    let declared = declared(model, mapping);
    let step = |path: SourcePath, step: &str| path.field(&[step.to_owned()], step);
    let keys: Vec<SourcePath> = keys.into_iter().map(|key| key.split('.').fold(SourcePath::default(), step)).collect();
    let inputs: Vec<Id<Struct>> = mapping.inputs.iter().map(|input| input.of).collect();
    // What lies below an undeclared key is not looked at.
    let is_seen = |listed: &Unmapped| {
        let covers = |path: &SourcePath| path.against(&listed.pattern, (0, 0));
        declared.iter().any(|path| covers(path) == Cover::Whole) || keys.iter().any(|key| covers(key) != Cover::Apart)
    };
    // The others are known without a payload.
    let told = |listed: &Unmapped| nowhere(model, &inputs, listed).is_some();
    let finding = |listed: &Unmapped| {
        let of: Vec<String> = inputs.iter().map(|id| model.structs[*id].full_name(model)).collect();
        let of = names(of.iter().map(String::as_str));
        let message =
            format!("`{}` is listed as unmapped, and neither {of} nor a payload of a test has it", listed.pattern);
        let finding =
            Diagnostic::new(RULE, listed.span, message).help("take it off the list, or add a test that has it");
        finding.severity(Severity::Warning).at(mapping.name.clone())
    };
    mapping.unmapped.iter().filter(|listed| !is_seen(listed) && !told(listed)).map(finding).collect()
}

/// The paths that the records of a mapping's inputs declare.
fn declared(model: &Model, mapping: &Mapping) -> Vec<SourcePath> {
    let several = mapping.inputs.len() > 1;
    let start = |input: &Input| if several { SourcePath::input(&input.name) } else { SourcePath::default() };
    let mut open: Vec<(Id<Struct>, SourcePath, Vec<Id<Struct>>)> =
        mapping.inputs.iter().map(|input| (input.of, start(input), vec![input.of])).collect();
    let mut paths = Vec::new();
    while let Some((id, path, outer)) = open.pop() {
        let of = &model.structs[id];
        for (field, keys) in of.fields.iter().filter_map(|field| Some((field, keys(of, field)?))) {
            let path = path.field(&keys, &field.name);
            let inner = entered(&field.ty).filter(|inner| !outer.contains(inner) && outer.len() < LEVELS);
            if let Some(inner) = inner.filter(|_| paths.len() < VISITS) {
                let outer = outer.iter().copied().chain([inner]).collect();
                open.push((inner, path.clone(), outer));
            }
            paths.push(path);
        }
    }
    paths
}

/// An entry of a list: whose, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Mapping(Id<Mapping>, usize),
    Record(Id<Struct>, usize),
}

/// What an entry was good for.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// It covers a field that is not read.
    covers: bool,
    /// It names a field that is read: where that is declared.
    read: Option<Span>,
}

type Entries = BTreeMap<Place, Entry>;

/// Lists that hold from a depth of a path on.
type Scopes = Vec<(Owner, (usize, usize))>;

#[derive(Debug, Clone, Copy)]
enum Owner {
    Mapping(Id<Mapping>),
    Record(Id<Struct>),
}

impl Owner {
    fn list(self, model: &Model) -> &[Unmapped] {
        match self {
            Owner::Mapping(id) => &model.mappings[id].unmapped,
            Owner::Record(id) => &model.structs[id].unmapped,
        }
    }

    fn place(self, entry: usize) -> Place {
        match self {
            Owner::Mapping(id) => Place::Mapping(id, entry),
            Owner::Record(id) => Place::Record(id, entry),
        }
    }
}

/// A mapping and the value mappings that it calls, directly or not; itself first.
fn applied(model: &Model, id: Id<Mapping>) -> Vec<Id<Mapping>> {
    let mut all = vec![id];
    let mut at = 0;
    while let Some(id) = all.get(at).copied() {
        at += 1;
        let mapping = &model.mappings[id];
        let mut nodes: Vec<_> = mapping.body.iter().chain(mapping.lets.iter().map(|part| &part.value)).collect();
        nodes.extend(mapping.require.iter().map(|require| &require.rule));
        while let Some(node) = nodes.pop() {
            if let Kind::Apply(called, _) = &node.kind
                && !all.contains(called)
            {
                all.push(*called);
            }
            node.children(&mut |child| nodes.push(child));
        }
    }
    all
}

/// The lists that begin to hold where a struct is entered.
fn scopes(model: &Model, applied: &[Id<Mapping>], of: Id<Struct>, path: &SourcePath, scopes: &mut Scopes) {
    scopes.push((Owner::Record(of), path.depth()));
    for called in applied.iter().skip(1) {
        if let [input] = model.mappings[*called].inputs.as_slice()
            && input.of == of
        {
            scopes.push((Owner::Mapping(*called), path.depth()));
        }
    }
}

/// What is left of a struct's fields: path and declaration.
type Left = Vec<(String, Span)>;

struct Walk<'c, 'm> {
    model: &'m Model,
    reads: &'m Reads,
    applied: Vec<Id<Mapping>>,
    entries: &'c mut Entries,
    seen: &'c mut BTreeSet<Id<Struct>>,
    left: BTreeMap<Id<Struct>, Left>,
    /// How often a struct was entered.
    entered: BTreeMap<Id<Struct>, usize>,
    /// Entries that name fields which are read: the field's struct and declaration.
    read: Vec<(Place, Id<Struct>, Span)>,
}

/// A struct that was entered.
struct Frame {
    of: Id<Struct>,
    path: SourcePath,
    scopes: Scopes,
    outer: Vec<Id<Struct>>,
    /// Nothing below is read: the way here is not.
    unread: bool,
}

impl<'c, 'm> Walk<'c, 'm> {
    fn new(
        model: &'m Model,
        id: Id<Mapping>,
        reads: &'m Reads,
        entries: &'c mut Entries,
        seen: &'c mut BTreeSet<Id<Struct>>,
    ) -> Self {
        let (left, entered) = (BTreeMap::new(), BTreeMap::new());
        Walk { model, reads, applied: applied(model, id), entries, seen, left, entered, read: Vec::new() }
    }

    fn inputs(&mut self, mapping: &'m Mapping) {
        let Some(own) = self.applied.first().copied() else { return };
        let mut open: Vec<Frame> = Vec::new();
        for input in &mapping.inputs {
            let path = if mapping.inputs.len() > 1 { SourcePath::input(&input.name) } else { SourcePath::default() };
            let mut lists = vec![(Owner::Mapping(own), (0, 0))];
            scopes(self.model, &self.applied, input.of, &path, &mut lists);
            open.push(Frame { of: input.of, path, scopes: lists, outer: Vec::new(), unread: false });
        }
        for (entry, _) in mapping.unmapped.iter().enumerate() {
            self.entries.entry(Place::Mapping(own, entry)).or_default();
        }
        let mut visits = 0;
        while let Some(frame) = open.pop() {
            visits += 1;
            if visits > VISITS {
                return;
            }
            self.frame(&frame, &mut open);
        }
    }

    /// What is left, by struct.
    fn finish(self) -> BTreeMap<Id<Struct>, Left> {
        for (place, of, span) in self.read {
            let entry = self.entries.entry(place).or_default();
            // What is read goes by the record, wherever it stands: of one that stands in several places nothing is
            // known of the single place.
            if self.entered.get(&of).is_some_and(|times| *times > 1) {
                entry.covers = true;
            } else {
                entry.read.get_or_insert(span);
            }
        }
        self.left
    }

    fn frame(&mut self, frame: &Frame, open: &mut Vec<Frame>) {
        let of = &self.model.structs[frame.of];
        self.seen.insert(frame.of);
        *self.entered.entry(frame.of).or_default() += 1;
        let read = self.reads.get(&frame.of);
        for (position, field) in (0_u16..).zip(&of.fields) {
            let Some(keys) = keys(of, field) else { continue };
            let path = frame.path.field(&keys, &field.name);
            let direct = !frame.unread && read.is_some_and(|read| read.contains(&position));
            if direct || indirectly(of, field, position, read) {
                self.note_read(frame, &path, field);
                self.enter(frame, path, field, false, open);
                continue;
            }
            match self.cover(frame, &path) {
                Cover::Whole => {}
                Cover::Below => self.enter(frame, path, field, true, open),
                Cover::Apart => {
                    self.left.entry(frame.of).or_default().push((path.text(), field.span));
                }
            }
        }
    }

    /// How the lists lie to a path that is not read. The entries that cover it have done their work.
    fn cover(&mut self, frame: &Frame, path: &SourcePath) -> Cover {
        let mut best = Cover::Apart;
        for (owner, depth) in &frame.scopes {
            for (entry, listed) in owner.list(self.model).iter().enumerate() {
                let cover = path.against(&listed.pattern, *depth);
                if cover == Cover::Whole {
                    self.entries.entry(owner.place(entry)).or_default().covers = true;
                }
                best = best.max(cover);
            }
        }
        best
    }

    /// Remembers the entries that name a field which is read. What a called mapping lists, it is asked for itself.
    fn note_read(&mut self, frame: &Frame, path: &SourcePath, field: &Field) {
        let own = self.applied.first().copied();
        for (owner, depth) in &frame.scopes {
            if matches!(owner, Owner::Mapping(id) if Some(*id) != own) {
                continue;
            }
            for (entry, listed) in owner.list(self.model).iter().enumerate() {
                if path.against(&listed.pattern, *depth) == Cover::Whole {
                    self.read.push((owner.place(entry), frame.of, field.span));
                }
            }
        }
    }

    fn enter(&self, frame: &Frame, path: SourcePath, field: &Field, unread: bool, open: &mut Vec<Frame>) {
        let Some(of) = entered(&field.ty).filter(|of| *of != frame.of && !frame.outer.contains(of)) else { return };
        if frame.outer.len() >= LEVELS {
            return;
        }
        let mut lists = frame.scopes.clone();
        scopes(self.model, &self.applied, of, &path, &mut lists);
        let mut outer = frame.outer.clone();
        outer.push(frame.of);
        open.push(Frame { of, path, scopes: lists, outer, unread: unread || frame.unread });
    }
}

/// The keys of a field on the wire; none for a field that is read from two others.
fn keys(of: &Struct, field: &Field) -> Option<Vec<String>> {
    match field.wire.as_ref().map(|wire| &wire.kind) {
        Some(WireKind::Route { keys, .. }) => Some(keys.clone()),
        Some(WireKind::Joined(..)) => None,
        None if of.is_record() => None,
        None => Some(vec![field.name.clone()]),
    }
}

fn unread(model: &Model, mapping: &Mapping, of: Id<Struct>, left: &Left) -> Diagnostic {
    let of = &model.structs[of];
    let name = match of.kind {
        StructKind::Ids => of.name.trim_end_matches("Ids").to_owned(),
        _ => of.full_name(model),
    };
    let list = names(left.iter().map(|(path, _)| path.as_str()));
    let message = match left.len() {
        1 => format!("`{}` neither reads {list} of `{name}` nor lists it", mapping.name),
        count => format!("`{}` neither reads nor lists {count} fields of `{name}`: {list}", mapping.name),
    };
    let mut finding = Diagnostic::new(RULE, mapping.span, message).at(mapping.name.clone());
    for (_, span) in left.iter().take(3) {
        finding = finding.related(*span, "declared here");
    }
    let what = if left.len() == 1 { "it" } else { "them" };
    let elsewhere = if of.is_record() { format!(", or on `{name}` if no mapping needs {what}") } else { String::new() };
    let whole = if list.ends_with('`') {
        String::new()
    } else {
        let paths: Vec<&str> = left.iter().map(|(path, _)| path.as_str()).collect();
        format!("; they are [{}]", paths.join(", "))
    };
    finding.help(format!("read {what}, or list {what} under `unmapped:` with a reason{elsewhere}{whole}"))
}

/// Entries that cover nothing.
fn idle(model: &Model, entries: &Entries, seen: &BTreeSet<Id<Struct>>, found: &mut Diagnostics) {
    let mut judge = |place: Place, listed: &Unmapped, inputs: &[Id<Struct>], element: String| {
        let entry = entries.get(&place).copied().unwrap_or_default();
        if entry.covers {
            return;
        }
        let finding = match entry.read {
            Some(span) => Diagnostic::new(
                RULE,
                listed.span,
                format!("`{}` is listed as unmapped and read after all", listed.pattern),
            )
            .related(span, "this field is read")
            .help("take it off the list"),
            None => match nowhere(model, inputs, listed) {
                Some(finding) => finding,
                None => return,
            },
        };
        found.push(finding.severity(Severity::Warning).at(element));
    };
    for (id, mapping) in model.mappings.iter() {
        let inputs: Vec<Id<Struct>> = mapping.inputs.iter().map(|input| input.of).collect();
        for (entry, listed) in mapping.unmapped.iter().enumerate() {
            let place = Place::Mapping(id, entry);
            if entries.contains_key(&place) {
                judge(place, listed, &inputs, mapping.name.clone());
            }
        }
    }
    for (id, record) in model.structs.iter().filter(|(id, _)| seen.contains(id)) {
        for (entry, listed) in record.unmapped.iter().enumerate() {
            judge(Place::Record(id, entry), listed, &[id], record.full_name(model));
        }
    }
}

/// An entry that matches no field. Where undeclared keys may come, it may be about one of them, unless it is a slip.
fn nowhere(model: &Model, inputs: &[Id<Struct>], listed: &Unmapped) -> Option<Diagnostic> {
    let fields = || inputs.iter().flat_map(|id| &model.structs[*id].fields).map(|field| field.name.as_str());
    let open = |id: &Id<Struct>| model.structs[*id].is_record() && model.structs[*id].unknown != UnknownKeys::Reject;
    if inputs.iter().any(open) && !fields().any(|name| is_slip(&listed.pattern, name)) {
        return None;
    }
    let of: Vec<String> = inputs.iter().map(|id| model.structs[*id].full_name(model)).collect();
    let of = names(of.iter().map(String::as_str));
    let message = format!("`{}` is listed as unmapped and matches no field of {of}", listed.pattern);
    let help = did_you_mean(&listed.pattern, fields()).unwrap_or_else(|| "take it off the list".to_owned());
    Some(Diagnostic::new(RULE, listed.span, message).help(help))
}

/// Whether two names differ in a letter or two in one place, or in case alone.
fn is_slip(written: &str, name: &str) -> bool {
    let (longer, shorter) = (written.len().max(name.len()), written.len().min(name.len()));
    let before = written.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    let after = written.bytes().rev().zip(name.bytes().rev()).take_while(|(a, b)| a == b).count();
    written.eq_ignore_ascii_case(name) || (shorter > 4 && before + after.min(shorter - before) + 2 >= longer)
}

/// The struct in which an undeclared key stands, and whether a list covers it.
fn locate(model: &Model, mapping: &Mapping, applied: &[Id<Mapping>], steps: &[String]) -> Option<(Id<Struct>, bool)> {
    let several = mapping.inputs.len() > 1;
    let (input, mut rest) = match steps.split_first() {
        Some((name, rest)) if several => (mapping.inputs.iter().find(|input| input.name == *name)?, rest),
        _ => (mapping.inputs.first()?, steps),
    };
    let mut path = if several { SourcePath::input(&input.name) } else { SourcePath::default() };
    let mut lists: Scopes = applied.first().map(|own| (Owner::Mapping(*own), (0, 0))).into_iter().collect();
    let mut of = input.of;
    loop {
        scopes(model, applied, of, &path, &mut lists);
        let declared = &model.structs[of];
        let known = declared.fields.iter().find_map(|field| {
            let keys = keys(declared, field)?;
            let flat: Vec<String> = keys.iter().flat_map(|key| key.split('.')).map(str::to_owned).collect();
            (!flat.is_empty() && rest.starts_with(&flat)).then_some((field, flat))
        });
        let Some((field, used)) = known else { break };
        rest = rest.get(used.len()..)?;
        path = path.field(&used, &field.name);
        of = entered(&field.ty)?;
        if rest.is_empty() {
            return None;
        }
    }
    let key = rest.iter().fold(path, |path, step| path.field(std::slice::from_ref(step), step));
    let covered = lists.iter().any(|(owner, depth)| {
        owner.list(model).iter().any(|listed| key.against(&listed.pattern, *depth) == Cover::Whole)
    });
    Some((of, covered))
}

/// Whether a field is read as a half of another, or says which fields changed.
fn indirectly(of: &Struct, field: &Field, position: u16, read: Option<&BTreeSet<u16>>) -> bool {
    let half = |(at, whole): (u16, &Field)| {
        let halves = whole.wire.as_ref().map(|wire| &wire.kind);
        matches!(halves, Some(WireKind::Joined(a, b)) if *a == position || *b == position)
            && read.is_some_and(|read| read.contains(&at))
    };
    let changes = of
        .changed
        .as_ref()
        .is_some_and(|change| keys(of, field).is_some_and(|keys| !keys.is_empty() && change.route.starts_with(&keys)));
    let tells = of.one_of.as_ref().is_some_and(|union| union.by == field.name);
    changes || tells || (0_u16..).zip(&of.fields).any(half)
}
