//! Values as a system takes them: records by their own declaration, with routes, codecs and spellings of nothing.
//!
//! Absent on purpose: canonical JSON (`encode`), and how a scalar is spelled (`scalar`).

use super::encode;
use super::projection::Projections;
use super::scalar;
use super::value::{Record, Value};
use crate::model::{Codec, Emit, Id, Model, Struct, Type, WireKind};
use crossdock_runtime::Result;
use crossdock_runtime::json::Writer;
use std::collections::BTreeMap;

/// The shape of every record that a mapping may send.
#[derive(Debug, Default)]
pub struct Layouts<'m> {
    records: BTreeMap<Id<Struct>, Vec<Part<'m>>>,
}

/// A key of an object that is written.
#[derive(Debug)]
struct Part<'m> {
    key: &'m str,
    content: Content<'m>,
}

#[derive(Debug)]
enum Content<'m> {
    /// A field, by position.
    Field(u16),
    /// Further keys.
    Below(Vec<Part<'m>>),
}

impl<'m> Layouts<'m> {
    /// Those of targets and of what they hold.
    pub fn new(model: &'m Model, targets: impl IntoIterator<Item = &'m Type>) -> Self {
        let mut records = BTreeMap::new();
        let mut todo: Vec<&Type> = targets.into_iter().collect();
        while let Some(ty) = todo.pop() {
            match ty {
                Type::Optional(inner) | Type::List(inner) | Type::Map(_, inner) => todo.push(inner),
                Type::Struct(id) if model.structs[*id].is_record() && !records.contains_key(id) => {
                    let of = &model.structs[*id];
                    let mut parts = Vec::new();
                    for (position, field) in (0_u16..).zip(&of.fields) {
                        todo.push(&field.ty);
                        if let Some(WireKind::Route { keys, .. }) = field.wire.as_ref().map(|w| &w.kind) {
                            place(&mut parts, keys, position);
                        }
                    }
                    records.insert(*id, parts);
                }
                _ => {}
            }
        }
        Layouts { records }
    }
}

/// Puts a field at the end of its route; routes that begin alike share their objects.
fn place<'m>(parts: &mut Vec<Part<'m>>, route: &'m [String], field: u16) {
    let Some((key, rest)) = route.split_first() else { return };
    if rest.is_empty() {
        parts.push(Part { key, content: Content::Field(field) });
        return;
    }
    let below = parts.iter_mut().find_map(|part| match &mut part.content {
        Content::Below(below) if part.key == key => Some(below),
        _ => None,
    });
    if let Some(below) = below {
        return place(below, rest, field);
    }
    let mut below = Vec::new();
    place(&mut below, rest, field);
    parts.push(Part { key, content: Content::Below(below) });
}

/// Writes what a mapping has made for a system.
pub(super) struct Sender<'v> {
    pub(super) model: &'v Model,
    pub(super) layouts: &'v Layouts<'v>,
    pub(super) projections: &'v Projections<'v>,
}

impl<'v> Sender<'v> {
    /// A document: the record within its route.
    pub(super) fn document(&self, of: Id<Struct>, value: &Value<'v>, w: &mut Writer) -> Result<()> {
        let record = &self.model.structs[of];
        for key in &record.root {
            w.object_begin();
            w.key(key);
        }
        match value {
            Value::List(items) => {
                w.array_begin();
                for item in items.iter() {
                    self.record(item, w)?;
                }
                w.array_end();
            }
            one if record.many => {
                w.array_begin();
                self.record(one, w)?;
                w.array_end();
            }
            one => self.record(one, w)?,
        }
        record.root.iter().for_each(|_| w.object_end());
        Ok(())
    }

    fn record(&self, value: &Value<'v>, w: &mut Writer) -> Result<()> {
        let of = match value {
            Value::Object(object) => object.of,
            Value::Record(record) => record.of,
            _ => {
                w.null();
                return Ok(());
            }
        };
        w.object_begin();
        self.contents(of, value, w)?;
        w.object_end();
        Ok(())
    }

    /// What stands between the braces; a union puts its tag beside the keys of its variant.
    fn contents(&self, of: Id<Struct>, value: &Value<'v>, w: &mut Writer) -> Result<()> {
        let Some(union) = &self.model.structs[of].one_of else {
            return self.layouts.records.get(&of).map_or(Ok(()), |parts| self.parts(of, parts, value, w));
        };
        for (tag, field) in &union.variants {
            let variant = self.field(value, *field)?;
            if let Value::Object(object) = &variant {
                // A variant that declares the tag writes it itself.
                if !self.model.structs[object.of].writes_key(&union.by) {
                    w.key(&union.by);
                    w.str(tag);
                }
                return self.contents(object.of, &variant, w);
            }
        }
        Ok(())
    }

    fn parts(&self, of: Id<Struct>, parts: &[Part<'_>], value: &Value<'v>, w: &mut Writer) -> Result<()> {
        for part in parts {
            match &part.content {
                Content::Field(position) => {
                    let Some(field) = self.model.structs[of].field(*position) else { continue };
                    let Some(wire) = &field.wire else { continue };
                    let WireKind::Route { codec, .. } = &wire.kind else { continue };
                    match (self.field(value, *position)?, &wire.emit) {
                        (Value::None, Emit::Omit) => {}
                        (Value::None, Emit::Null) => {
                            w.key(part.key);
                            w.null();
                        }
                        (Value::None, Emit::Text(spelling)) => {
                            w.key(part.key);
                            w.str(spelling);
                        }
                        (value, _) => {
                            w.key(part.key);
                            self.value(field.ty.inner(), codec, &value, w)
                                .map_err(|f| f.in_field(field.name.clone()))?;
                        }
                    }
                }
                Content::Below(below) if self.is_written(of, below, value)? => {
                    w.key(part.key);
                    w.object_begin();
                    self.parts(of, below, value, w)?;
                    w.object_end();
                }
                Content::Below(_) => {}
            }
        }
        Ok(())
    }

    /// Whether anything stands in an object that only routes go through; if not, it is left out as a whole.
    fn is_written(&self, of: Id<Struct>, parts: &[Part<'_>], value: &Value<'v>) -> Result<bool> {
        for part in parts {
            let written = match &part.content {
                Content::Below(below) => self.is_written(of, below, value)?,
                Content::Field(position) => {
                    let wire = self.model.structs[of].field(*position).and_then(|f| f.wire.as_ref());
                    wire.is_some_and(|w| w.emit != Emit::Omit) || !self.field(value, *position)?.is_none()
                }
            };
            if written {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn field(&self, value: &Value<'v>, field: u16) -> Result<Value<'v>> {
        match value {
            Value::Object(object) => Ok(object.fields.get(usize::from(field)).cloned().unwrap_or(Value::None)),
            Value::Record(record) => self.taken_over(record, field),
            _ => Ok(Value::None),
        }
    }

    /// A field of a record that goes out as it came in.
    fn taken_over(&self, record: &Record<'v>, field: u16) -> Result<Value<'v>> {
        let slot = self.projections.get(record.projection).and_then(|p| p.slot(field));
        match slot.and_then(|slot| record.slots.get(slot)) {
            Some(super::value::Leaf::Bad(failure)) => Err(failure.clone()),
            Some(leaf) => Ok(leaf.or_none().clone()),
            None => Ok(Value::None),
        }
    }

    fn value(&self, ty: &Type, codec: &Codec, value: &Value<'v>, w: &mut Writer) -> Result<()> {
        match (ty, value) {
            (_, Value::None) => w.null(),
            (Type::Struct(of), _) if !self.model.structs[*of].is_record() => encode::write(self.model, ty, value, w),
            (_, Value::Object(_) | Value::Record(_)) => return self.record(value, w),
            (Type::List(element), Value::List(items)) if !matches!(codec, Codec::Split(_)) => {
                w.array_begin();
                for item in items.iter() {
                    self.value(element.inner(), codec, item, w)?;
                }
                w.array_end();
            }
            (Type::Map(_, of), Value::Map(map)) => {
                w.object_begin();
                for (key, item) in map.entries() {
                    w.key(&encode::key_text(key));
                    self.value(of.inner(), codec, item, w)?;
                }
                w.object_end();
            }
            _ => return scalar::encode(self.model, codec, ty, value, w),
        }
        Ok(())
    }
}
