//! What ownership lets a system do, leaf by leaf: the one place where `owner`, `originator`, `amend`, `until` and
//! delegated moves are turned into systems. Absent on purpose: time (whether a state is reached yet is judged when a
//! patch is applied) and findings.

use super::{Field, FieldRole, Id, Leaf, Model, Ownership, Struct, System, Type, Writer};
use std::collections::{BTreeMap, BTreeSet};

/// The systems that a writer stands for.
pub fn systems(ownership: &Ownership, writer: Writer) -> BTreeSet<Id<System>> {
    match writer {
        Writer::System(system) => BTreeSet::from([system]),
        Writer::Originator => ownership.originators.iter().map(|(system, _)| *system).collect(),
        Writer::Owner => ownership.owner.iter().map(|(_, system, _)| *system).collect(),
    }
}

/// The codes of the partition that have no owner.
pub fn unowned_codes<'m>(model: &'m Model, ownership: &Ownership) -> Vec<&'m str> {
    let field = ownership.partition.and_then(|field| model.structs[ownership.object].field(field));
    let Some(Type::Code(codes)) = field.map(|field| field.ty.inner()) else { return Vec::new() };
    if ownership.owner.is_empty() || ownership.owner.iter().any(|(code, _, _)| code.is_none()) {
        return Vec::new();
    }
    let owned = |position: usize| ownership.owner.iter().any(|(code, _, _)| code.map(usize::from) == Some(position));
    let codes = model.codes[*codes].codes.iter().enumerate();
    codes.filter(|(at, _)| !owned(*at)).map(|(_, code)| code.code.as_str()).collect()
}

/// Every system that may ever change a leaf of an object that exists.
pub fn changers(ownership: &Ownership, leaf: &Leaf) -> BTreeSet<Id<System>> {
    let writers = leaf.owners.iter().chain(&leaf.amenders).map(|(writer, _)| *writer);
    let mut found: BTreeSet<Id<System>> = writers.flat_map(|writer| systems(ownership, writer)).collect();
    found.extend(leaf.transitions.iter().map(|(system, _, _)| *system));
    found
}

/// Whether a system that creates an object may set a leaf of it: what the default owner keeps (it accepts the
/// proposal), what is the originator's, and what is its own. What another system is named for is not.
pub fn may_propose(leaf: &Leaf, system: Id<System>) -> bool {
    leaf.owners.is_empty()
        || leaf.owners.iter().chain(&leaf.amenders).any(|(writer, _)| match writer {
            Writer::System(owner) => *owner == system,
            Writer::Originator | Writer::Owner => true,
        })
}

/// The leaves that writing a path reaches: those at it or below it, else the one that it is a part of.
pub fn reached<'o>(ownership: &'o Ownership, path: &'o [u16]) -> impl Iterator<Item = &'o Leaf> {
    let below = || ownership.leaves.iter().filter(move |leaf| leaf.path.starts_with(path));
    let above = ownership.leaves.iter().filter(move |leaf| !leaf.membership && path.starts_with(&leaf.path));
    let above = if below().next().is_some() { None } else { above.max_by_key(|leaf| leaf.path.len()) };
    below().chain(above)
}

/// The leaf that a path names.
pub fn leaf<'o>(ownership: &'o Ownership, path: &[u16]) -> Option<&'o Leaf> {
    ownership.leaves.iter().find(|leaf| leaf.path == path)
}

/// The field that a path from a struct leads to, with the struct that it belongs to. Lists and optionals are entered.
pub fn field_at<'m>(model: &'m Model, of: Id<Struct>, path: &[u16]) -> Option<(Id<Struct>, &'m Field)> {
    let mut at = of;
    let (last, before) = path.split_last()?;
    for step in before {
        at = entered(&model.structs[at].field(*step)?.ty)?;
    }
    model.structs[at].field(*last).map(|field| (at, field))
}

/// The struct of a value, of a list's elements, or of what an optional holds.
pub fn entered(ty: &Type) -> Option<Id<Struct>> {
    match ty {
        Type::Struct(id) => Some(*id),
        Type::Optional(inner) | Type::List(inner) | Type::Map(_, inner) => entered(inner),
        _ => None,
    }
}

/// Whether a path is, or lies below, the identifiers in other systems (`ids.sap`, `lines.ids.sap`).
pub fn in_ids(model: &Model, of: Id<Struct>, path: &[u16]) -> bool {
    ids_length(model, of, path).is_some()
}

/// The name of the system whose identifier a path is.
pub fn identifier_of<'m>(model: &'m Model, of: Id<Struct>, path: &[u16]) -> Option<&'m str> {
    let length = ids_length(model, of, path)?;
    let (_, field) = field_at(model, of, path.get(..=length)?)?;
    Some(field.name.as_str())
}

/// How much of a path leads to the identifiers.
fn ids_length(model: &Model, of: Id<Struct>, path: &[u16]) -> Option<usize> {
    (1..=path.len()).find(|length| {
        path.get(..*length).and_then(|p| field_at(model, of, p)).is_some_and(|(_, f)| f.role == FieldRole::Ids)
    })
}

/// Whether a path leads to a key: the object's own, or a line's in its list.
pub fn is_key(model: &Model, of: Id<Struct>, path: &[u16]) -> bool {
    let Some((last, before)) = path.split_last() else { return false };
    if before.is_empty() {
        return model.structs[of].key.contains(last);
    }
    field_at(model, of, before).is_some_and(|(_, list)| list.list_key == Some(*last))
}

/// Leaves by the field that they are: struct and position.
pub fn by_field<'o>(model: &Model, ownership: &'o Ownership) -> BTreeMap<(Id<Struct>, u16), Vec<&'o Leaf>> {
    let mut found: BTreeMap<(Id<Struct>, u16), Vec<&Leaf>> = BTreeMap::new();
    for leaf in &ownership.leaves {
        if let (Some(last), Some((of, _))) = (leaf.path.last(), field_at(model, ownership.object, &leaf.path)) {
            found.entry((of, *last)).or_default().push(leaf);
        }
    }
    found
}
