//! Payloads to values along the read plan: what the mapping does not read is skipped, checked for syntax only.
//!
//! A scalar that its codec does not take is kept as a failure that surfaces when it is used. A wrong shape and a key that
//! is read and stands twice fail at once. Absent on purpose: a generic value tree.

use super::eval::mistyped;
use super::plan::Prepared;
use super::projection::{Decoder, Key, Projection, Reading, Union};
use super::scalar;
use super::value::{Leaf, Map, Record, Text, Value};
use crate::model::{Codec, Field, Id, InputShape, Struct, Type, WireKind};
use crossdock_runtime::derived::discriminator;
use crossdock_runtime::json::{Kind, Reader, Scalar};
use crossdock_runtime::record::{duplicate, unknown_key};
use crossdock_runtime::{Failure, Notes, Result, SourceAt, UnknownKeys};
use std::collections::BTreeSet;
use std::rc::Rc;

/// A value, or the failure that waits for its use.
type Lazy<'v> = core::result::Result<Value<'v>, Failure>;

/// Reads documents of one run.
pub(super) struct Decoding<'v, 'n> {
    pub(super) plan: &'v Prepared<'v>,
    pub(super) notes: &'n mut Notes,
}

impl<'v> Decoding<'v, '_> {
    /// A whole document: a record or object, or a list of them where the input is one or the record stands many times.
    pub(super) fn document(
        &mut self,
        bytes: &'v [u8],
        input: u8,
        of: Id<Struct>,
        shape: InputShape,
    ) -> Result<Value<'v>> {
        let record = &self.plan.model().structs[of];
        let mut reader = Reader::new(bytes)?.for_input(input);
        let many = record.many || shape == InputShape::List;
        // A list may come bare, without the record's way to it.
        let bare = many && reader.peek()? == Kind::Array;
        let root = if bare { &[][..] } else { record.root.as_slice() };
        let value = self.at_root(&mut reader, root, of, many)?;
        reader.finish()?;
        Ok(value)
    }

    /// Follows the route to the record; what stands beside it is not the record's.
    fn at_root(
        &mut self,
        reader: &mut Reader<'v>,
        route: &'v [String],
        of: Id<Struct>,
        many: bool,
    ) -> Result<Value<'v>> {
        let Some((step, rest)) = route.split_first() else { return self.documents(reader, of, many) };
        let offset = reader.offset();
        reader.object_begin()?;
        let mut found = None;
        while let Some(key) = reader.next_key()? {
            if key != step.as_str() {
                reader.skip()?;
            } else if found.is_some() {
                return Err(duplicate(reader, step));
            } else {
                found = Some(self.at_root(reader, rest, of, many)?);
            }
        }
        found.ok_or_else(|| {
            let failure = Failure::decode(format!("`{step}` is missing"));
            failure.at_source(SourceAt::field(reader.input(), offset, step))
        })
    }

    fn documents(&mut self, reader: &mut Reader<'v>, of: Id<Struct>, many: bool) -> Result<Value<'v>> {
        if !many {
            return self.one(reader, of);
        }
        if reader.peek()? != Kind::Array {
            // One where many may stand is a list of one.
            return Ok(Value::list(vec![self.one(reader, of)?]));
        }
        let mut all = Vec::new();
        reader.array_begin()?;
        while reader.next_element()? {
            all.push(self.one(reader, of)?);
        }
        Ok(Value::list(all))
    }

    fn one(&mut self, reader: &mut Reader<'v>, of: Id<Struct>) -> Result<Value<'v>> {
        match self.plan.projection_of(of) {
            Some(at) => self.record(reader, at, None),
            None => self.canonical_struct(reader, of),
        }
    }

    /// A record; `tag` is the key that told a union's variant and is no surprise in it.
    fn record(&mut self, reader: &mut Reader<'v>, at: usize, tag: Option<&str>) -> Result<Value<'v>> {
        let plan = self.plan;
        let Some(projection) = plan.projection(at) else { return Err(mistyped()) };
        let mut record = Record {
            of: projection.of,
            projection: at,
            input: reader.input(),
            offset: reader.offset(),
            slots: vec![Leaf::Missing; projection.slots],
            changed: crossdock_runtime::Leaf::Missing,
        };
        match &projection.union {
            Some(union) => self.variant(reader, union, &mut record)?,
            None => {
                let mut filling = Filling { projection, record: &mut record, entered: 0 };
                self.level(reader, 0, tag, &mut filling)?;
            }
        }
        Ok(Value::Record(Rc::new(record)))
    }

    /// A union's record: the tag is looked up first, wherever it stands.
    fn variant(&mut self, reader: &mut Reader<'v>, union: &'v Union<'v>, record: &mut Record<'v>) -> Result<()> {
        let tags: Vec<&str> = union.variants.iter().map(|(tag, ..)| *tag).collect();
        let tag = discriminator(reader, union.by, &tags)?;
        let Some((_, slot, projection)) = union.variants.iter().find(|(known, ..)| *known == tag) else {
            return Err(mistyped());
        };
        let place = slot.and_then(|slot| record.slots.get_mut(usize::from(slot)));
        match place {
            Some(place) => *place = Leaf::Value(self.record(reader, *projection, Some(union.by))?),
            None => reader.skip()?,
        }
        Ok(())
    }

    fn level(
        &mut self,
        reader: &mut Reader<'v>,
        at: usize,
        tag: Option<&str>,
        filling: &mut Filling<'_, 'v>,
    ) -> Result<()> {
        let projection = filling.projection;
        let Some(level) = projection.levels.get(at) else { return Err(mistyped()) };
        reader.object_begin()?;
        while let Some(key) = reader.next_key()? {
            match level.find(&key) {
                Some(known) => self.known(reader, known, filling)?,
                None if tag.is_some_and(|tag| tag == key) => reader.skip()?,
                None if level.leaves_out(&key) => reader.skip()?,
                None if projection.unknown == UnknownKeys::Ignore => reader.skip()?,
                None => {
                    let path = format!("{}{key}", level.route);
                    unknown_key(reader, self.notes, projection.unknown, &projection.name, &path)?;
                }
            }
        }
        Ok(())
    }

    fn known(&mut self, reader: &mut Reader<'v>, key: &'v Key<'v>, filling: &mut Filling<'_, 'v>) -> Result<()> {
        match (key.reads.as_slice(), key.inner, key.changes) {
            ([], None, false) => reader.skip(),
            ([one], None, false) => self.field(reader, key, one, filling),
            ([], Some(inner), false) => self.inner(reader, key, inner, filling),
            // Several things stand there: each is read from the start.
            _ => {
                for one in &key.reads {
                    self.field(&mut reader.clone(), key, one, filling)?;
                }
                if let Some(inner) = key.inner {
                    self.inner(&mut reader.clone(), key, inner, filling)?;
                }
                if key.changes {
                    filling.record.changed = crossdock_runtime::changes::read(&mut reader.clone())?;
                }
                reader.skip()
            }
        }
    }

    /// An object that only routes go through. Null there is as if it were not there.
    fn inner(
        &mut self,
        reader: &mut Reader<'v>,
        key: &Key<'v>,
        inner: usize,
        filling: &mut Filling<'_, 'v>,
    ) -> Result<()> {
        let bit = u32::try_from(inner).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0);
        if filling.entered & bit != 0 {
            return Err(duplicate(reader, key.text));
        }
        filling.entered |= bit;
        if reader.peek()? == Kind::Null { reader.skip() } else { self.level(reader, inner, None, filling) }
    }

    fn field(
        &mut self,
        reader: &mut Reader<'v>,
        key: &Key<'v>,
        reading: &'v Reading<'v>,
        filling: &mut Filling<'_, 'v>,
    ) -> Result<()> {
        let Some(slot) = filling.record.slots.get_mut(usize::from(reading.slot)) else { return Err(mistyped()) };
        if !slot.is_missing() {
            return Err(duplicate(reader, key.text));
        }
        *slot = self.leaf(reader, reading)?;
        Ok(())
    }

    fn leaf(&mut self, reader: &mut Reader<'v>, reading: &'v Reading<'v>) -> Result<Leaf<'v>> {
        let kind = reader.peek()?;
        if kind == Kind::Null {
            reader.skip()?;
            return Ok(Leaf::Null);
        }
        if kind == Kind::Str && !reading.wire.absent.is_empty() {
            let at = SourceAt::value(reader.input(), reader.offset());
            let mut ahead = reader.clone();
            let raw = ahead.scalar()?;
            if let Scalar::Str(text) = &raw
                && reading.wire.absent.iter().any(|spelling| spelling == text)
            {
                *reader = ahead;
                return Ok(Leaf::Empty);
            }
            if let Decoder::Scalar(codec, ty) = &reading.decoder
                && !matches!(ty, Type::Json)
            {
                *reader = ahead;
                return Ok(match scalar::decode(self.plan.model(), codec, ty, raw) {
                    Ok(value) => Leaf::Value(value),
                    Err(failure) => Leaf::Bad(failure.at_source(at)),
                });
            }
        }
        Ok(match self.value(reader, &reading.decoder, false)? {
            Ok(value) => Leaf::Value(value),
            Err(failure) => Leaf::Bad(failure),
        })
    }

    /// A value of a record: the outer failure is one of shape and ends the decoding, the inner one waits for its use.
    fn value(&mut self, reader: &mut Reader<'v>, decoder: &'v Decoder<'v>, nullable: bool) -> Result<Lazy<'v>> {
        if nullable && reader.peek()? == Kind::Null {
            reader.skip()?;
            return Ok(Ok(Value::None));
        }
        match decoder {
            Decoder::Scalar(Codec::Plain, Type::Json) => Ok(Ok(Value::Text(Text::Borrowed(reader.raw()?)))),
            Decoder::Scalar(codec, ty) => {
                let at = SourceAt::value(reader.input(), reader.offset());
                let kind = reader.peek()?;
                if matches!(kind, Kind::Object | Kind::Array) {
                    let failure = reader.fail(format!("expected a single value, found {}", kind.name()));
                    reader.skip()?;
                    return Ok(Err(failure));
                }
                let raw = reader.scalar()?;
                Ok(scalar::decode(self.plan.model(), codec, ty, raw).map_err(|failure| failure.at_source(at)))
            }
            Decoder::Record(at) => self.record(reader, *at, None).map(Ok),
            Decoder::List(element, nullable) => {
                let mut all = Vec::new();
                let mut bad = None;
                reader.array_begin()?;
                while reader.next_element()? {
                    match self.value(reader, element, *nullable)? {
                        Ok(value) => all.push(value),
                        Err(failure) => bad = bad.or(Some(failure)),
                    }
                }
                Ok(bad.map_or_else(|| Ok(Value::list(all)), Err))
            }
            Decoder::Map(of, nullable) => {
                let mut all = Vec::new();
                let mut bad = None;
                let at = SourceAt::value(reader.input(), reader.offset());
                let mut seen = BTreeSet::new();
                reader.object_begin()?;
                while let Some(key) = reader.next_key()? {
                    if !seen.insert(key.clone()) {
                        return Err(duplicate(reader, &key));
                    }
                    match self.value(reader, of, *nullable)? {
                        Ok(value) => all.push((Value::Text(key.into()), value)),
                        Err(failure) => bad = bad.or(Some(failure)),
                    }
                }
                let map = map_of(all).map_err(|failure| failure.at_source(at))?;
                Ok(bad.map_or(Ok(map), Err))
            }
            Decoder::Canonical(ty) => {
                let mut ahead = reader.clone();
                reader.skip()?;
                Ok(self.canonical(&mut ahead, ty))
            }
        }
    }
}

/// A record that is being read.
struct Filling<'r, 'v> {
    projection: &'v Projection<'v>,
    record: &'r mut Record<'v>,
    /// The levels that were entered, as bits: a second time is a key that stands twice.
    entered: u64,
}

/// A map of entries with text keys, none of them twice.
pub(super) fn map_of<'v>(entries: Vec<(Value<'v>, Value<'v>)>) -> Result<Value<'v>> {
    match Map::new(entries) {
        Ok(map) => Ok(Value::Map(Rc::new(map))),
        Err(_) => Err(Failure::decode("a key stands twice")),
    }
}

/// The key under which a field stands in its record's object: the first one of its route.
pub(super) fn key_of(field: &Field) -> &str {
    match field.wire.as_ref().map(|w| &w.kind) {
        Some(WireKind::Route { keys, .. }) => keys.first().map_or(field.name.as_str(), String::as_str),
        _ => &field.name,
    }
}

/// The dotted route by which a change event names a field.
pub(super) fn route_of(field: &Field) -> String {
    match field.wire.as_ref().map(|w| &w.kind) {
        Some(WireKind::Route { keys, .. }) => keys.join("."),
        _ => field.name.clone(),
    }
}
