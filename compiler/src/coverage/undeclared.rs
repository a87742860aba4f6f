//! Keys of a payload that no record declares: what a trimmed record would hide.
//!
//! A payload is walked along its record: known keys are entered, others are given as dotted wire paths from the record,
//! as `unmapped:` writes them. Absent on purpose: whether a list covers a key, which the rule judges.

use super::document::Document;
use crate::model::{Id, Model, Struct, Type, WireKind};
use std::collections::BTreeSet;

/// The undeclared keys of a document that is a record, or many of them.
pub fn undeclared(model: &Model, of: Id<Struct>, many: bool, document: &Document) -> BTreeSet<String> {
    let record = &model.structs[of];
    let mut walk = Walk { model, path: Vec::new(), found: BTreeSet::new() };
    if !record.is_record() {
        return walk.found;
    }
    let many = many || record.many;
    let bare = many && matches!(document, Document::List(_));
    let route = if bare { &[][..] } else { record.root.as_slice() };
    let at_root = route.iter().try_fold(document, |document, step| document.get(step));
    match at_root {
        Some(Document::List(items)) if many => items.iter().for_each(|item| walk.record(of, item)),
        Some(one) => walk.record(of, one),
        None => {}
    }
    walk.found
}

struct Walk<'m, 'd> {
    model: &'m Model,
    path: Vec<&'d str>,
    found: BTreeSet<String>,
}

/// What a record declares: the keys on the way to it, and its type; none where only the keys matter.
type Declared<'m> = (&'m [String], Option<&'m Type>);

impl<'m, 'd> Walk<'m, 'd> {
    fn record(&mut self, id: Id<Struct>, document: &'d Document) {
        let of = &self.model.structs[id];
        let mut declared: Vec<Declared<'m>> = Vec::new();
        for field in &of.fields {
            if let Some(WireKind::Route { keys, .. }) = field.wire.as_ref().map(|wire| &wire.kind) {
                declared.push((keys, Some(&field.ty)));
            }
        }
        declared.extend(of.changed.as_ref().map(|change| (change.route.as_slice(), None)));
        match &of.one_of {
            None => self.level(&declared, document),
            Some(union) => {
                let tag = document.get(&union.by).and_then(Document::scalar);
                let variant = union.variants.iter().find(|(known, _)| Some(known.as_str()) == tag);
                let variant = variant.and_then(|(_, at)| of.field(*at)).and_then(|field| field.ty.as_struct());
                if let Some(variant) = variant.filter(|variant| *variant != id) {
                    self.record(variant, document);
                    // The tag is the union's own key.
                    let tag = self.prefixed(&union.by);
                    self.found.remove(&tag);
                }
            }
        }
    }

    /// The keys of one object; `declared` are the ways that lead through it.
    fn level(&mut self, declared: &[Declared<'m>], document: &'d Document) {
        for (key, value) in document.map() {
            let mut on: Vec<Declared<'m>> = Vec::new();
            let (mut known, mut of) = (false, None);
            for (keys, ty) in declared {
                match keys.split_first() {
                    Some((first, rest)) if first == key => {
                        known = true;
                        if rest.is_empty() { of = of.or(*ty) } else { on.push((rest, *ty)) }
                    }
                    _ => {}
                }
            }
            if !known {
                self.found.insert(self.prefixed(key));
                continue;
            }
            self.path.push(key);
            if !on.is_empty() {
                self.level(&on, value);
            } else if let Some(ty) = of {
                self.value(ty, value);
            }
            self.path.pop();
        }
    }

    fn value(&mut self, ty: &'m Type, value: &'d Document) {
        match (ty.inner(), value) {
            (Type::Struct(id), _) if self.model.structs[*id].is_record() => self.record(*id, value),
            (Type::List(element), Document::List(items)) => {
                for item in items {
                    self.value(element, item);
                }
            }
            (Type::Map(_, of), Document::Map(entries)) => {
                for (_, value) in entries {
                    self.value(of, value);
                }
            }
            _ => {}
        }
    }

    fn prefixed(&self, key: &str) -> String {
        self.path.iter().copied().chain([key]).collect::<Vec<_>>().join(".")
    }
}
