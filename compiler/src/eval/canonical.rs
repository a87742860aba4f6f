//! Canonical JSON to values: what outward mappings start from, and canonical types inside records.
//!
//! Everything is checked at once: a canonical field never fails when it is read. Absent on purpose: invariants, which the
//! run evaluates on the finished object.

use super::decode::{Decoding, map_of};
use super::eval::Run;
use super::scalar;
use super::value::{Object, Text, Value};
use crate::model::{Field, FieldRole, Id, Struct, System, Type};
use crossdock_runtime::json::{Kind, Reader, Scalar};
use crossdock_runtime::record::duplicate;
use crossdock_runtime::{Currency, Decimal, Failure, Money, Quantity, Result, SourceAt, Unit};
use std::rc::Rc;

impl<'v> Decoding<'v, '_> {
    /// A value of a canonical type in its canonical encoding.
    pub(super) fn canonical(&mut self, reader: &mut Reader<'v>, ty: &'v Type) -> Result<Value<'v>> {
        let at = SourceAt::value(reader.input(), reader.offset());
        match ty {
            Type::Optional(inner) => {
                if reader.peek()? == Kind::Null {
                    reader.skip()?;
                    return Ok(Value::None);
                }
                self.canonical(reader, inner)
            }
            Type::Struct(id) => match self.plan.projection_of(*id) {
                Some(_) => Err(super::eval::mistyped()),
                None => self.canonical_struct(reader, *id),
            },
            Type::List(element) => {
                let mut all = Vec::new();
                reader.array_begin()?;
                while reader.next_element()? {
                    all.push(self.canonical(reader, element)?);
                }
                Ok(Value::list(all))
            }
            Type::Map(_, of) => {
                let mut all = Vec::new();
                reader.object_begin()?;
                while let Some(key) = reader.next_key()? {
                    all.push((Value::Text(key.into()), self.canonical(reader, of)?));
                }
                map_of(all).map_err(|failure| failure.at_source(at))
            }
            Type::Money => {
                let (amount, currency) = pair(reader, "amount", "currency")?;
                let money = || Ok(Money::new(Decimal::parse(&amount)?, Currency::parse(&currency)?));
                money().map(Value::Money).map_err(|failure: Failure| failure.at_source(at))
            }
            Type::Quantity => {
                let (value, unit) = pair(reader, "value", "unit")?;
                let quantity = || Ok(Quantity::new(Decimal::parse(&value)?, Unit::parse(&unit)?));
                quantity().map(Value::Quantity).map_err(|failure: Failure| failure.at_source(at))
            }
            Type::Ref(_) if reader.peek()? == Kind::Object => {
                let (system, id) = pair(reader, "system", "id")?;
                let Some(system) = self.system(&system) else {
                    return Err(Failure::expected("the name of a system", &system).at_source(at));
                };
                Ok(Value::RefBy(Rc::new((system, id))))
            }
            Type::Json => Ok(Value::Text(Text::Borrowed(reader.raw()?))),
            _ => {
                let raw = reader.scalar()?;
                scalar::decode_canonical(self.plan.model(), ty, raw).map_err(|failure| failure.at_source(at))
            }
        }
    }

    /// An object or value with all its fields.
    pub(super) fn canonical_struct(&mut self, reader: &mut Reader<'v>, id: Id<Struct>) -> Result<Value<'v>> {
        let of = &self.plan.model().structs[id];
        let (input, offset) = (reader.input(), reader.offset());
        let values = self.fields(reader, id, None)?;
        let mut fields = Vec::with_capacity(values.len());
        for (field, value) in of.fields.iter().zip(values) {
            fields.push(match value {
                Some(value) => value,
                None => self.not_given(field).ok_or_else(|| missing(field, (input, offset)))?,
            });
        }
        Ok(Value::Object(Rc::new(Object { of: id, fields })))
    }

    /// A new object as far as its creator says it, completed by initial values.
    pub(super) fn originated(
        &mut self,
        reader: &mut Reader<'v>,
        id: Id<Struct>,
        run: &mut Run<'v, '_>,
    ) -> Result<Value<'v>> {
        let of = &self.plan.model().structs[id];
        let at = (reader.input(), reader.offset());
        let values = self.fields(reader, id, Some(&mut *run))?;
        let given: Vec<bool> = values.iter().map(Option::is_some).collect();
        let blank = |field: &Field| match &field.ty {
            Type::List(_) if field.initial.is_none() => Some(Value::list(Vec::new())),
            _ if field.initial.is_some() || field.role == FieldRole::Status => Some(Value::None),
            _ => self.not_given(field),
        };
        let mut fields = Vec::with_capacity(values.len());
        for (field, value) in of.fields.iter().zip(values) {
            fields.push(value.or_else(|| blank(field)).ok_or_else(|| missing(field, at))?);
        }
        run.complete(of, &mut fields, |position| given.get(usize::from(position)).copied().unwrap_or_default())?;
        Ok(Value::Object(Rc::new(Object { of: id, fields })))
    }

    /// A value of a new object: what lies in it is new as well.
    fn originated_value(
        &mut self,
        reader: &mut Reader<'v>,
        field: &'v Field,
        run: &mut Run<'v, '_>,
    ) -> Result<Value<'v>> {
        match &field.ty {
            Type::Struct(id) if field.role != FieldRole::Ids => self.originated(reader, *id, run),
            Type::List(element) => match &**element {
                Type::Struct(id) => {
                    let mut all = Vec::new();
                    reader.array_begin()?;
                    while reader.next_element()? {
                        all.push(self.originated(reader, *id, run)?);
                    }
                    Ok(Value::list(all))
                }
                _ => self.canonical(reader, &field.ty),
            },
            ty => self.canonical(reader, ty),
        }
    }

    /// The fields that are there; with a run, of a new object.
    fn fields(
        &mut self,
        reader: &mut Reader<'v>,
        id: Id<Struct>,
        mut run: Option<&mut Run<'v, '_>>,
    ) -> Result<Vec<Option<Value<'v>>>> {
        let of = &self.plan.model().structs[id];
        let mut values: Vec<Option<Value<'v>>> = vec![None; of.fields.len()];
        reader.object_begin()?;
        // Fields mostly come in their declared order: the search begins where the last one was found.
        let mut next = 0;
        while let Some(key) = reader.next_key()? {
            let is_it = |(_, field): &(usize, &Field)| field.name == key;
            let mut after = of.fields.iter().enumerate().skip(next);
            let found = after.find(is_it).or_else(|| of.fields.iter().enumerate().take(next).find(is_it));
            let Some((position, field)) = found else {
                self.notes.unknown_key(&of.name, &key);
                reader.skip()?;
                continue;
            };
            next = position + 1;
            match values.get_mut(position) {
                Some(place) if place.is_none() => {
                    *place = Some(match run.as_deref_mut() {
                        Some(run) => self.originated_value(reader, field, run)?,
                        None => self.canonical(reader, &field.ty)?,
                    });
                }
                _ => return Err(duplicate(reader, &key)),
            }
        }
        Ok(values)
    }

    /// What a field that is not there is, if it may be left out.
    fn not_given(&self, field: &Field) -> Option<Value<'v>> {
        match &field.ty {
            Type::Optional(_) => Some(Value::None),
            Type::Struct(ids) if field.role == FieldRole::Ids => {
                let blank = vec![Value::None; self.plan.model().structs[*ids].fields.len()];
                Some(Value::Object(Rc::new(Object { of: *ids, fields: blank })))
            }
            _ => None,
        }
    }

    fn system(&self, name: &str) -> Option<Id<System>> {
        self.plan.model().systems_by_name.get(name).copied()
    }
}

fn missing(field: &Field, (input, offset): (u8, u32)) -> Failure {
    let failure = Failure::decode(format!("`{}` is missing", field.name));
    failure.at_source(SourceAt::field(input, offset, &field.name))
}

/// An object of exactly two texts.
fn pair<'v>(reader: &mut Reader<'v>, first: &str, second: &str) -> Result<(Text<'v>, Text<'v>)> {
    let (input, offset) = (reader.input(), reader.offset());
    let mut found: [Option<Text<'v>>; 2] = [None, None];
    reader.object_begin()?;
    while let Some(key) = reader.next_key()? {
        let [a, b] = &mut found;
        let place = match &*key {
            key if key == first => a,
            key if key == second => b,
            _ => return Err(reader.fail(format!("expected `{first}` and `{second}`, found the key `{key}`"))),
        };
        if place.is_some() {
            return Err(duplicate(reader, &key));
        }
        let at = SourceAt::value(input, reader.offset());
        match reader.scalar()? {
            Scalar::Str(text) => *place = Some(text.into()),
            other => return Err(other.unexpected("text").at_source(at)),
        }
    }
    let missing =
        |name: &str| Failure::decode(format!("`{name}` is missing")).at_source(SourceAt::field(input, offset, name));
    match found {
        [Some(a), Some(b)] => Ok((a, b)),
        [None, _] => Err(missing(first)),
        [_, None] => Err(missing(second)),
    }
}
