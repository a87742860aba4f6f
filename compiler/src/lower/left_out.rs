//! Which keys of the projected records the specs leave out on purpose, so that decoding them is not worth a note.
//!
//! A path of `unmapped` begins at a mapping's input or at a record, and goes along routes and into nested records; each
//! key on the way is known, whether it is read or not. A `*` stands for any text within a key.

use super::reads::Reads;
use crate::model::{Id, Mapping, Model, Struct, WireKind};
use std::collections::{BTreeMap, BTreeSet};

/// Routes that are left out, by record; the last key of a route may be a pattern.
pub type LeftOut<'m> = BTreeMap<Id<Struct>, BTreeSet<Vec<&'m str>>>;

/// What the mappings, and the records that they read, leave out.
pub fn left_out<'m>(model: &'m Model, mappings: &[&'m Mapping], reads: &Reads) -> LeftOut<'m> {
    let mut out = Walk { model, reads, found: LeftOut::new() };
    for mapping in mappings {
        for unmapped in &mapping.unmapped {
            let path = unmapped.pattern.as_str();
            let named = path.split_once('.').and_then(|(first, rest)| {
                let input = mapping.inputs.iter().find(|input| input.name == first)?;
                Some((input, rest))
            });
            match named {
                Some((input, rest)) => out.path(input.of, &mut Vec::new(), rest),
                None => mapping.inputs.iter().for_each(|input| out.path(input.of, &mut Vec::new(), path)),
            }
        }
    }
    for record in reads.keys() {
        for unmapped in &model.structs[*record].unmapped {
            out.path(*record, &mut Vec::new(), &unmapped.pattern);
        }
    }
    out.found
}

struct Walk<'m, 'r> {
    model: &'m Model,
    reads: &'r Reads,
    found: LeftOut<'m>,
}

impl<'m> Walk<'m, '_> {
    /// Leaves out a path of a record, below a route of its keys.
    fn path(&mut self, record: Id<Struct>, route: &mut Vec<&'m str>, path: &'m str) {
        if !self.reads.contains_key(&record) {
            return;
        }
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        route.push(first);
        self.found.entry(record).or_default().insert(route.clone());
        route.pop();
        let Some(rest) = rest else { return };
        let mut deeper: BTreeSet<&'m str> = BTreeSet::new();
        for field in &self.model.structs[record].fields {
            let Some(WireKind::Route { keys, .. }) = field.wire.as_ref().map(|wire| &wire.kind) else { continue };
            let Some((key, below)) = keys.get(route.len()..).and_then(<[String]>::split_first) else { continue };
            if keys.iter().zip(&*route).any(|(key, step)| key != step) || !matches(first, key) {
                continue;
            }
            if !below.is_empty() {
                deeper.insert(key);
            } else if let Some(inner) =
                field.ty.as_struct().or_else(|| field.ty.element().and_then(crate::model::Type::as_struct))
            {
                self.path(inner, &mut Vec::new(), rest);
            }
        }
        // What says which fields changed is read by a route of its own.
        if let Some(keys) = self.model.structs[record].changed.as_ref().map(|change| &change.route)
            && let Some([key, _, ..]) = keys.get(route.len()..)
            && keys.iter().zip(&*route).all(|(key, step)| key == step)
            && matches(first, key)
        {
            deeper.insert(key);
        }
        for key in deeper {
            route.push(key);
            self.path(record, route, rest);
            route.pop();
        }
    }
}

/// Whether a key matches a pattern in which `*` stands for any text.
pub fn matches(pattern: &str, key: &str) -> bool {
    crossdock_runtime::derived::matches(pattern, key)
}
