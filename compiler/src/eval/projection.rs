//! How one record is read for one mapping: which keys at which level go to which slot, which are skipped, and which
//! are unknown.
//!
//! Only fields of the read plan get a slot. A key is found by its length and first bytes, then compared. Absent on
//! purpose: reading itself (`decode`), and what values mean (`scalar`).

use crate::lower::reads::Reads;
use crate::model::{self, Codec, Id, Model, Struct, Type, Wire, WireKind};
use crossdock_runtime::UnknownKeys;
use std::collections::{BTreeMap, BTreeSet};

/// How a record is read.
#[derive(Debug)]
pub struct Projection<'m> {
    /// The record.
    pub of: Id<Struct>,
    /// Its name with its system's, for messages.
    pub name: String,
    /// How many of its fields are read.
    pub slots: usize,
    /// The slot of each field; `NO_SLOT` for those not read.
    slot_of: Vec<u16>,
    /// The record's own keys first, then those of the objects that routes go through.
    pub levels: Vec<Level<'m>>,
    /// What to do with a key that is not declared.
    pub unknown: UnknownKeys,
    /// Told apart by a field.
    pub union: Option<Union<'m>>,
}

/// The keys of one object.
#[derive(Debug, Default)]
pub struct Level<'m> {
    /// Ordered by print, then text.
    keys: Vec<Key<'m>>,
    /// Patterns of keys that are declared to be left out, with a `*`.
    patterns: Vec<&'m str>,
    /// The route to it from the record, dotted, with a dot at its end; empty for the record itself.
    pub route: String,
}

/// One key.
#[derive(Debug)]
pub struct Key<'m> {
    print: u64,
    /// The key.
    pub text: &'m str,
    /// The fields that stand there.
    pub reads: Vec<Reading<'m>>,
    /// The level below it that holds further fields.
    pub inner: Option<usize>,
    /// Whether the list of changed fields stands there.
    pub changes: bool,
}

/// A field to be read.
#[derive(Debug, Clone)]
pub struct Reading<'m> {
    /// Where its value goes.
    pub slot: u16,
    /// How the value is read.
    pub decoder: Decoder<'m>,
    /// Its declaration.
    pub wire: &'m Wire,
}

/// How a value is read.
#[derive(Debug, Clone)]
pub enum Decoder<'m> {
    /// A scalar through a codec.
    Scalar(&'m Codec, &'m Type),
    /// A record, by its projection.
    Record(usize),
    /// A list of these; `true` if its elements may be null.
    List(Box<Decoder<'m>>, bool),
    /// An object whose keys are data; `true` if its values may be null.
    Map(Box<Decoder<'m>>, bool),
    /// A canonical type, in its canonical encoding.
    Canonical(&'m Type),
}

/// A record told apart by a field.
#[derive(Debug)]
pub struct Union<'m> {
    /// The wire key whose text tells.
    pub by: &'m str,
    /// Tag, slot if it is read, projection.
    pub variants: Vec<(&'m str, Option<u16>, usize)>,
}

const NO_SLOT: u16 = u16::MAX;

impl Projection<'_> {
    /// The slot of a field, if it is read.
    pub fn slot(&self, field: u16) -> Option<usize> {
        self.slot_of.get(usize::from(field)).copied().filter(|s| *s != NO_SLOT).map(usize::from)
    }
}

impl<'m> Level<'m> {
    /// What is known of a key.
    pub fn find(&self, key: &str) -> Option<&Key<'m>> {
        let print = print_of(key);
        let from = self.keys.partition_point(|k| k.print < print);
        self.keys.iter().skip(from).take_while(|k| k.print == print).find(|k| k.text == key)
    }

    /// Whether a key that is not declared is one that the specs leave out by a pattern.
    pub fn leaves_out(&self, key: &str) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern, key))
    }

    fn position(&mut self, text: &'m str) -> usize {
        if let Some(at) = self.keys.iter().position(|k| k.text == text) {
            return at;
        }
        self.keys.push(Key { print: print_of(text), text, reads: Vec::new(), inner: None, changes: false });
        self.keys.len() - 1
    }
}

/// Length and first bytes: enough to tell most keys of a record apart by one comparison.
fn print_of(key: &str) -> u64 {
    let mut print = [0_u8; 8];
    for (to, from) in print.iter_mut().skip(1).zip(key.bytes()) {
        *to = from;
    }
    if let Some(first) = print.first_mut() {
        *first = u8::try_from(key.len()).unwrap_or(u8::MAX);
    }
    u64::from_be_bytes(print)
}

pub use crate::lower::left_out::matches;

/// The projections of all records that a mapping reads.
#[derive(Debug, Default)]
pub struct Projections<'m> {
    rows: Vec<Projection<'m>>,
    by_struct: BTreeMap<Id<Struct>, usize>,
}

impl<'m> Projections<'m> {
    /// The projections for a read plan; whether it is asked if fields are missing decides if what changed is read.
    pub fn new(model: &'m Model, reads: &Reads, asks_presence: bool) -> Self {
        let records = reachable(model, reads);
        let by_struct: BTreeMap<_, _> = records.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let rows = records.iter().map(|id| project(model, *id, reads.get(id), &by_struct, asks_presence)).collect();
        Projections { rows, by_struct }
    }

    /// A projection by its position.
    pub fn get(&self, at: usize) -> Option<&Projection<'m>> {
        self.rows.get(at)
    }

    /// The position of a record's projection.
    pub fn position(&self, of: Id<Struct>) -> Option<usize> {
        self.by_struct.get(&of).copied()
    }

    /// The records that are read.
    pub fn records(&self) -> Vec<Id<Struct>> {
        self.rows.iter().map(|row| row.of).collect()
    }

    /// Makes known that a wire path of a record is left out on purpose.
    pub fn leave_out(&mut self, record: Id<Struct>, path: &'m str) {
        if let Some(at) = self.position(record) {
            self.leave_out_at(at, 0, path);
        }
    }

    fn leave_out_at(&mut self, at: usize, level: usize, path: &'m str) {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let Some(here) = self.rows.get_mut(at).and_then(|p| p.levels.get_mut(level)) else { return };
        if first.contains('*') {
            here.patterns.push(first);
        } else {
            here.position(first);
            here.sort();
        }
        let Some(rest) = rest else { return };
        let mut below: BTreeSet<(usize, usize)> = BTreeSet::new();
        for key in here.keys.iter().filter(|k| matches(first, k.text)) {
            below.extend(key.inner.map(|inner| (at, inner)));
            below.extend(key.reads.iter().filter_map(|r| r.decoder.record()).map(|record| (record, 0)));
        }
        for (record, level) in below {
            self.leave_out_at(record, level, rest);
        }
    }
}

impl Level<'_> {
    fn sort(&mut self) {
        self.keys.sort_by(|a, b| (a.print, a.text).cmp(&(b.print, b.text)));
    }
}

impl Decoder<'_> {
    /// The projection of the record that it reads, or reads a list or map of.
    fn record(&self) -> Option<usize> {
        match self {
            Decoder::Record(at) => Some(*at),
            Decoder::List(inner, _) | Decoder::Map(inner, _) => inner.record(),
            Decoder::Scalar(..) | Decoder::Canonical(_) => None,
        }
    }
}

/// Records of the plan, and those that its fields hold.
fn reachable(model: &Model, reads: &Reads) -> Vec<Id<Struct>> {
    let mut found: BTreeSet<Id<Struct>> = BTreeSet::new();
    let mut todo: Vec<Id<Struct>> = reads.keys().copied().collect();
    while let Some(id) = todo.pop() {
        let of = &model.structs[id];
        if !of.is_record() || !found.insert(id) {
            continue;
        }
        let fields = reads.get(&id).into_iter().flatten().filter_map(|f| of.field(*f));
        let variants = of.one_of.iter().flat_map(|u| &u.variants).filter_map(|(_, f)| of.field(*f));
        todo.extend(fields.chain(variants).filter_map(|f| innermost(&f.ty)));
    }
    found.into_iter().collect()
}

fn innermost(ty: &Type) -> Option<Id<Struct>> {
    match ty {
        Type::Struct(id) => Some(*id),
        Type::Optional(inner) | Type::List(inner) | Type::Map(_, inner) => innermost(inner),
        _ => None,
    }
}

fn project<'m>(
    model: &'m Model,
    id: Id<Struct>,
    reads: Option<&BTreeSet<u16>>,
    records: &BTreeMap<Id<Struct>, usize>,
    asks_presence: bool,
) -> Projection<'m> {
    let of = &model.structs[id];
    let mut slot_of = vec![NO_SLOT; of.fields.len()];
    let mut slots: u16 = 0;
    let mut levels = vec![Level::default()];
    for (position, field) in (0_u16..).zip(&of.fields) {
        let read = reads.is_some_and(|r| r.contains(&position));
        if read && let Some(slot) = slot_of.get_mut(usize::from(position)) {
            *slot = slots;
            slots += 1;
        }
        let Some(Wire { kind: WireKind::Route { keys, codec }, .. }) = &field.wire else { continue };
        let Some(key) = enter(&mut levels, keys) else { continue };
        if let (true, Some(wire)) = (read, &field.wire) {
            let decoder = decoder(field.ty.inner(), codec, records);
            key.reads.push(Reading { slot: slots - 1, decoder, wire });
        }
    }
    if let Some(key) = of.changed.as_ref().and_then(|change| enter(&mut levels, &change.route)) {
        key.changes = asks_presence;
    }
    let union = of.one_of.as_ref().map(|union| Union {
        by: &union.by,
        variants: union
            .variants
            .iter()
            .filter_map(|(tag, field)| {
                let slot = slot_of.get(usize::from(*field)).copied().filter(|s| *s != NO_SLOT);
                let record = of.field(*field).and_then(|f| f.ty.as_struct())?;
                Some((tag.as_str(), slot, *records.get(&record)?))
            })
            .collect(),
    });
    skip_unread(&mut levels);
    levels.iter_mut().for_each(Level::sort);
    Projection {
        of: id,
        name: of.name.clone(),
        slots: usize::from(slots),
        slot_of,
        levels,
        unknown: match of.unknown {
            model::UnknownKeys::Reject => UnknownKeys::Reject,
            model::UnknownKeys::Warn => UnknownKeys::Warn,
            model::UnknownKeys::Ignore => UnknownKeys::Ignore,
        },
        union,
    }
}

/// The key at the end of a route; the levels on the way are made.
fn enter<'m, 'l>(levels: &'l mut Vec<Level<'m>>, route: &'m [String]) -> Option<&'l mut Key<'m>> {
    let (last, way) = route.split_last()?;
    let mut at = 0;
    for text in way {
        let next = levels.len();
        let level = levels.get_mut(at)?;
        let below = format!("{}{text}.", level.route);
        let key = level.position(text);
        let inner = level.keys.get_mut(key)?.inner.get_or_insert(next);
        at = *inner;
        if at == next {
            levels.push(Level { route: below, ..Level::default() });
        }
    }
    let level = levels.get_mut(at)?;
    let key = level.position(last);
    level.keys.get_mut(key)
}

/// Cuts off levels below which nothing is read: they are not visited.
fn skip_unread(levels: &mut [Level<'_>]) {
    // A level is made after the one above it, so that going backwards meets the inner ones first.
    let mut read = vec![false; levels.len()];
    for at in (0..levels.len()).rev() {
        let Some(level) = levels.get_mut(at) else { continue };
        let mut any = false;
        for key in &mut level.keys {
            key.inner = key.inner.filter(|inner| read.get(*inner).copied().unwrap_or(false));
            any |= key.changes || key.inner.is_some() || !key.reads.is_empty();
        }
        if let Some(mark) = read.get_mut(at) {
            *mark = any;
        }
    }
}

fn decoder<'m>(ty: &'m Type, codec: &'m Codec, records: &BTreeMap<Id<Struct>, usize>) -> Decoder<'m> {
    match ty {
        Type::Struct(id) => records.get(id).map_or(Decoder::Canonical(ty), |at| Decoder::Record(*at)),
        // Several values in one text are one scalar.
        Type::List(_) if matches!(codec, Codec::Split(_)) => Decoder::Scalar(codec, ty),
        Type::List(element) => Decoder::List(Box::new(decoder(element.inner(), codec, records)), element.is_optional()),
        Type::Map(_, value) => Decoder::Map(Box::new(decoder(value.inner(), codec, records)), value.is_optional()),
        Type::Money | Type::Quantity if *codec == Codec::Plain => Decoder::Canonical(ty),
        _ => Decoder::Scalar(codec, ty),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("landing_site*", "landing_site_ref"));
        assert!(matches("*_at", "created_at"));
        assert!(matches("a*b*c", "a--b--c"));
        assert!(!matches("a*b*c", "a--c--b"));
        assert!(!matches("note", "notes"));
    }

    #[test]
    fn keys_that_begin_alike_are_told_apart() {
        let mut level = Level::default();
        for key in ["shipping_address", "shipping_lines_x", "shipping", "note", ""] {
            level.position(key);
        }
        level.sort();
        assert_eq!(level.find("shipping_lines_x").map(|k| k.text), Some("shipping_lines_x"));
        assert_eq!(level.find("").map(|k| k.text), Some(""));
        assert!(level.find("shipping_linesXx").is_none());
    }
}
