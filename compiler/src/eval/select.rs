//! Reading what is there: fields, whether they are there, and where in the payload a failure of theirs is.

use super::eval::{Run, Slot, mistyped};
use super::value::{Leaf, Record, Value};
use crate::expr::ir::{Kind, Node};
use crossdock_runtime::{Failure, Result, SourceAt};

impl<'v> Run<'v, '_> {
    /// A field of what an expression makes. Most often that is a variable, which is then looked into where it is.
    pub(super) fn select(&mut self, base: &'v Node, field: u16) -> Result<Value<'v>> {
        if self.observer.is_none()
            && let Kind::Var(var) = &base.kind
            && let Some(Slot::Value(value)) = self.vars.get(var.0 as usize)
            && !value.is_none()
        {
            return self.field(value, field);
        }
        match self.eval(base)? {
            Value::None => Ok(Value::None),
            base => self.field(&base, field),
        }
    }

    /// A field of a struct value.
    pub(super) fn field(&self, base: &Value<'v>, field: u16) -> Result<Value<'v>> {
        match base {
            Value::Record(record) => match self.leaf(record, field) {
                Leaf::Value(value) => Ok(value.clone()),
                Leaf::Bad(failure) => Err(failure.clone()),
                state => self.no_value(record, field, state),
            },
            Value::Object(object) => Ok(object.fields.get(usize::from(field)).cloned().unwrap_or(Value::None)),
            Value::Pair(pair) => Ok(if field == 0 { pair.0.clone() } else { pair.1.clone() }),
            _ => Err(mistyped()),
        }
    }

    pub(super) fn leaf<'r>(&self, record: &'r Record<'v>, field: u16) -> &'r Leaf<'v> {
        let slot = self.plan.projection(record.projection).and_then(|p| p.slot(field));
        slot.and_then(|slot| record.slots.get(slot)).unwrap_or(&Leaf::Missing)
    }

    /// None of an optional field, a failure of a required one.
    #[cold]
    pub(super) fn no_value(&self, record: &Record<'v>, field: u16, state: &Leaf<'v>) -> Result<Value<'v>> {
        let Some(declared) = self.plan.model().structs[record.of].field(field) else { return Err(mistyped()) };
        if declared.ty.is_optional() {
            return Ok(Value::None);
        }
        let what = match state {
            Leaf::Null => "null",
            Leaf::Empty => "empty",
            _ => "missing",
        };
        let key = super::decode::key_of(declared);
        let failure = Failure::decode(format!("`{key}` is {what}"));
        Err(failure.at_source(SourceAt::field(record.input, record.offset, key)))
    }

    pub(super) fn has(&mut self, of: &'v Node) -> Result<bool> {
        if let Kind::Field(base, field) | Kind::OptField(base, field) = &of.kind
            && let Value::Record(record) = self.eval(base)?
        {
            return Ok(self.leaf(&record, *field).is_present());
        }
        Ok(!self.eval(of)?.is_none())
    }

    pub(super) fn is_null(&mut self, of: &'v Node) -> Result<bool> {
        let (Kind::Field(base, field) | Kind::OptField(base, field)) = &of.kind else { return Err(mistyped()) };
        match self.eval(base)? {
            Value::Record(record) => Ok(matches!(self.leaf(&record, *field), Leaf::Null)),
            Value::None => Ok(false),
            _ => Err(mistyped()),
        }
    }

    /// Whether a record's field is missing; in a change event, whether it is not named. What lies in a record that the
    /// event names, and that is none, is not missing either: it is gone.
    pub(super) fn is_missing(&mut self, of: &'v Node) -> Result<bool> {
        let (Kind::Field(base, field) | Kind::OptField(base, field)) = &of.kind else { return Err(mistyped()) };
        match self.eval(base)? {
            Value::Record(record) => {
                let missing = self.leaf(&record, *field).is_missing();
                let declared = self.plan.model().structs[record.of].field(*field);
                Ok(declared.map_or(missing, |f| record.changed.missing(&super::decode::route_of(f), missing)))
            }
            Value::None if self.plan.model().in_change_event(base) => self.is_missing(base.path()),
            Value::None => Ok(true),
            _ => Err(mistyped()),
        }
    }

    pub(super) fn is_cleared(&mut self, of: &'v Node) -> Result<bool> {
        let (Kind::Field(base, field) | Kind::OptField(base, field)) = &of.kind else { return Err(mistyped()) };
        let Value::Record(record) = self.eval(base)? else { return Ok(false) };
        let Some(declared) = self.plan.model().structs[record.of].field(*field) else { return Ok(false) };
        let (leaf, wire) = (self.leaf(&record, *field), declared.wire.as_ref());
        let cleared = match leaf {
            Leaf::Null => wire.is_some_and(|w| w.nullable),
            Leaf::Empty => wire.is_some_and(|w| w.on_empty_clears),
            _ => false,
        };
        Ok(record.changed.cleared(&super::decode::route_of(declared), leaf.is_present(), cleared))
    }

    /// Adds to a failure the place in the payload that `node` reads, if it reads one and the failure has none.
    #[cold]
    pub(super) fn at_source(&mut self, failure: Failure, node: &'v Node) -> Failure {
        if failure.source_at().is_some() {
            return failure;
        }
        let mut node = node;
        loop {
            match &node.kind {
                Kind::Present(of)
                | Kind::Some(of)
                | Kind::Fit(of)
                | Kind::At(_, of)
                | Kind::OrRaise(of, _)
                | Kind::OrElse(of, _) => node = of,
                Kind::Field(base, _) | Kind::OptField(base, _) if !base.is_path() => return failure,
                Kind::Field(base, field) | Kind::OptField(base, field) => match self.eval(base) {
                    Ok(Value::Record(record)) => {
                        let declared = self.plan.model().structs[record.of].field(*field);
                        let at = SourceAt {
                            input: record.input,
                            offset: record.offset,
                            field: declared.map(super::decode::key_of),
                        };
                        return failure.at_source(at);
                    }
                    _ => node = base,
                },
                Kind::Var(_) => {
                    return match self.eval(node) {
                        Ok(Value::Record(record)) => failure.at_source(SourceAt::value(record.input, record.offset)),
                        _ => failure,
                    };
                }
                _ => return failure,
            }
        }
    }
}
