//! What each system may write of each object, from the ownership of its leaves: which fields its patches hold, and when
//! each may be written.

use crate::lower::names;
use crate::model::{Field, FieldRole, Id, Leaf, Model, Ownership, Struct, System, Type, Writer};
use std::collections::{BTreeMap, BTreeSet};

/// A right of a system to write a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The path, as the specification writes it; `ship_to.*` for a value and all that is below it.
    pub path: String,
    /// In which capacity.
    pub by: Capacity,
    /// The partitions in which it holds; empty for all.
    pub partitions: Vec<String>,
    /// The states of the object in which it holds, where not all.
    pub states: Option<Vec<String>>,
    /// Of a status: the states it may be moved to, where not all.
    pub moves: Option<Vec<String>>,
}

/// In which capacity a system writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// As a system of record.
    Owner,
    /// As the object's creator.
    Originator,
    /// Not at all.
    Nobody,
}

/// What one system may write.
#[derive(Debug, Default)]
pub struct Writable {
    /// The fields of the patches, by struct.
    pub fields: BTreeMap<Id<Struct>, BTreeSet<u16>>,
    /// The rights, by object.
    pub rights: BTreeMap<Id<Struct>, Vec<Right>>,
}

/// What every system may write; systems that may write nothing are left out.
pub fn writable(model: &Model) -> BTreeMap<Id<System>, Writable> {
    let mut found: BTreeMap<Id<System>, Writable> = BTreeMap::new();
    for ownership in model.ownerships.rows() {
        for (system, _) in model.systems.iter() {
            let scope = Scope { model, ownership, system };
            let leaves: Vec<_> = ownership.leaves.iter().map(|leaf| (leaf, scope.of_leaf(leaf))).collect();
            if leaves.iter().all(|(_, rights)| rights.is_empty()) {
                continue;
            }
            let writable = found.entry(system).or_default();
            for (leaf, _) in leaves.iter().filter(|(leaf, rights)| !rights.is_empty() || scope.on_creation(leaf)) {
                scope.hold(&leaf.path, writable);
            }
            let all = scope.all(&leaves);
            writable.rights.entry(ownership.object).or_default().extend(all);
        }
    }
    found
}

/// One system and one ownership.
struct Scope<'m> {
    model: &'m Model,
    ownership: &'m Ownership,
    system: Id<System>,
}

impl Scope<'_> {
    /// The rights on a leaf. Keys have none: they say which object or element is meant.
    fn of_leaf(&self, leaf: &Leaf) -> Vec<Right> {
        let Some((holder, field)) = self.last(&leaf.path) else { return Vec::new() };
        if self.is_key(&leaf.path) {
            return Vec::new();
        }
        if let crate::model::StructKind::Ids = holder.kind {
            let own = field.name == self.model.systems[self.system].name;
            return if own { vec![self.right(leaf, Capacity::Owner, Vec::new(), None)] } else { Vec::new() };
        }
        let (before, after) = self.window(leaf);
        // `until` bounds the amenders where there are some, else the owners; the owner of the partition follows.
        let bounded = leaf.amenders.is_empty();
        let mut rights = Vec::new();
        for (writer, _) in &leaf.owners {
            let states = if bounded { before.clone() } else { None };
            rights.extend(self.of_writer(leaf, *writer, leaf.owners.len() > 1, states));
        }
        for (writer, _) in &leaf.amenders {
            rights.extend(self.of_writer(leaf, *writer, false, before.clone()));
        }
        if let (true, Some(after)) = (bounded, after) {
            rights.extend(self.of_writer(leaf, Writer::Owner, false, Some(after)));
        }
        for (system, targets, _) in &leaf.transitions {
            if *system == self.system {
                let moves = self.codes_of(&leaf.path, targets);
                rights.push(Right { moves: Some(moves), ..self.right(leaf, Capacity::Owner, Vec::new(), None) });
            }
        }
        rights.dedup();
        rights
    }

    fn right(&self, leaf: &Leaf, by: Capacity, partitions: Vec<String>, states: Option<Vec<String>>) -> Right {
        // A value that is a leaf as a whole stands for all that is below it.
        let whole = self.last(&leaf.path).is_some_and(|(_, field)| field.ty.as_struct().is_some());
        let path = if whole { format!("{}.*", leaf.text) } else { leaf.text.clone() };
        Right { path, by, partitions, states, moves: None }
    }

    fn of_writer(&self, leaf: &Leaf, writer: Writer, several: bool, states: Option<Vec<String>>) -> Option<Right> {
        let (by, partitions) = match writer {
            Writer::System(system) if system == self.system => {
                // One of several owners is an owner of partitions.
                let partitions = if several { self.partitions().unwrap_or_default() } else { Vec::new() };
                (Capacity::Owner, partitions)
            }
            Writer::Owner => (Capacity::Owner, self.partitions()?),
            Writer::Originator if self.originates() => (Capacity::Originator, Vec::new()),
            Writer::System(_) | Writer::Originator => return None,
        };
        Some(self.right(leaf, by, partitions, states))
    }

    /// The partitions of which the system is the owner: none if it is not one, an empty list if of all.
    fn partitions(&self) -> Option<Vec<String>> {
        let rows: Vec<_> = self.ownership.owner.iter().filter(|(_, system, _)| *system == self.system).collect();
        if rows.is_empty() {
            return None;
        }
        let field = self.ownership.partition.and_then(|field| self.model.structs[self.ownership.object].field(field));
        let Some(Type::Code(codes)) = field.map(|field| field.ty.inner()) else { return Some(Vec::new()) };
        if rows.iter().any(|(code, _, _)| code.is_none()) {
            return Some(Vec::new());
        }
        let codes = &self.model.codes[*codes].codes;
        let named = rows.iter().filter_map(|(code, _, _)| codes.get(usize::from((*code)?)));
        Some(named.map(|code| code.code.clone()).collect())
    }

    fn originates(&self) -> bool {
        self.ownership.originators.iter().any(|(system, _)| *system == self.system)
    }

    /// The states before `until` is reached, and those from it on.
    fn window(&self, leaf: &Leaf) -> (Option<Vec<String>>, Option<Vec<String>>) {
        let (Some(until), Some(lifecycle)) = (leaf.until, &self.model.structs[self.ownership.object].lifecycle) else {
            return (None, None);
        };
        let open = lifecycle.before(until);
        let codes = self.model.codes[lifecycle.codes].codes.iter().enumerate();
        let (mut within, mut beyond) = (Vec::new(), Vec::new());
        for (position, code) in codes {
            let is_open = u16::try_from(position).is_ok_and(|position| open.contains(&position));
            if is_open { within.push(code.code.clone()) } else { beyond.push(code.code.clone()) }
        }
        (Some(within), Some(beyond))
    }

    /// The codes of states of the lifecycle that the path's status belongs to.
    fn codes_of(&self, path: &[u16], positions: &[u16]) -> Vec<String> {
        let Some((holder, _)) = self.last(path) else { return Vec::new() };
        let Some(lifecycle) = &holder.lifecycle else { return Vec::new() };
        let codes = &self.model.codes[lifecycle.codes].codes;
        positions.iter().filter_map(|position| Some(codes.get(usize::from(*position))?.code.clone())).collect()
    }

    /// Whether the leaf is written when an element is added to a list whose membership the system has: whatever no
    /// other system owns by name.
    fn on_creation(&self, leaf: &Leaf) -> bool {
        let ours = |list: &Leaf| {
            list.membership
                && is_below(&leaf.path, &list.path)
                && !self.of_leaf(list).is_empty()
                && !self.is_key(&list.path)
        };
        let foreign = |writer: &Writer| matches!(writer, Writer::System(system) if *system != self.system);
        let (holder, role) = match self.last(&leaf.path) {
            Some((holder, field)) => (holder, field.role),
            None => return false,
        };
        holder.kind != crate::model::StructKind::Ids
            && role != FieldRole::Status
            && !self.is_key(&leaf.path)
            && !(leaf.owners.len() == 1 && leaf.owners.iter().all(|(writer, _)| foreign(writer)))
            && self.ownership.leaves.iter().any(ours)
    }

    /// Notes that the patches on the way to a leaf hold it, and all of a value that is a leaf as a whole.
    fn hold(&self, path: &[u16], writable: &mut Writable) {
        let mut at = Some(self.ownership.object);
        let mut last = None;
        for position in path {
            let Some(id) = at else { return };
            writable.fields.entry(id).or_default().insert(*position);
            last = self.model.structs[id].field(*position);
            at = last.and_then(struct_of);
        }
        if let Some(value) = last.and_then(|field| field.ty.as_struct()) {
            self.hold_all(value, writable, &mut BTreeSet::new());
        }
    }

    fn hold_all(&self, id: Id<Struct>, writable: &mut Writable, seen: &mut BTreeSet<Id<Struct>>) {
        if !seen.insert(id) {
            return;
        }
        for (position, field) in self.model.structs[id].fields.iter().enumerate() {
            if let Ok(position) = u16::try_from(position) {
                writable.fields.entry(id).or_default().insert(position);
            }
            let keyed = field.list_key.and(struct_of(field));
            if let Some(inner) = field.ty.as_struct().or(keyed) {
                self.hold_all(inner, writable, seen);
            }
        }
    }

    /// The rights of an object, with the leaves that lie beside writable ones and are not.
    fn all(&self, leaves: &[(&Leaf, Vec<Right>)]) -> Vec<Right> {
        let held: Vec<&[u16]> =
            leaves.iter().filter(|(_, r)| !r.is_empty()).map(|(leaf, _)| leaf.path.as_slice()).collect();
        let mut all = Vec::new();
        for (leaf, rights) in leaves {
            if !rights.is_empty() {
                all.extend(rights.iter().cloned());
                continue;
            }
            let beside = leaf.path.split_last().is_some_and(|(_, above)| {
                !above.is_empty() && held.iter().any(|path| path.starts_with(above.get(..1).unwrap_or_default()))
            });
            if beside && !self.is_key(&leaf.path) {
                all.push(self.right(leaf, Capacity::Nobody, Vec::new(), None));
            }
        }
        all
    }

    /// The field at the end of a path, and what it belongs to.
    fn last(&self, path: &[u16]) -> Option<(&Struct, &Field)> {
        let mut id = self.ownership.object;
        let (last, above) = path.split_last()?;
        for position in above {
            id = struct_of(self.model.structs[id].field(*position)?)?;
        }
        let holder = &self.model.structs[id];
        Some((holder, holder.field(*last)?))
    }

    /// Whether the path is part of the object's key, or the key of a keyed list's element.
    fn is_key(&self, path: &[u16]) -> bool {
        let Some((last, above)) = path.split_last() else { return false };
        match above {
            [] => self.model.structs[self.ownership.object].key.contains(last),
            above => self.last(above).is_some_and(|(_, list)| list.list_key == Some(*last)),
        }
    }
}

/// The struct that a field holds, or holds a list of.
pub fn struct_of(field: &Field) -> Option<Id<Struct>> {
    field.ty.as_struct().or_else(|| field.ty.element()?.as_struct())
}

fn is_below(path: &[u16], list: &[u16]) -> bool {
    path.len() > list.len() && path.starts_with(list)
}

/// The module of a system's patches.
pub fn module(model: &Model, system: Id<System>) -> String {
    names::module_name(&model.systems[system].name)
}
