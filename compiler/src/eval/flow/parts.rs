//! Parts: what an `each` goes over, and what is in scope inside it.

use super::super::eval::{Run, mistyped};
use super::super::scalar;
use super::super::value::{Object, Text, Value};
use super::apply::{code, key_of};
use super::{Data, Evaluated};
use crate::expr::ir::Node;
use crate::lower::flow::{Kept, Listed, listed, open};
use crate::model::{EachStep, FieldRole, Id, Model, Over, StepId, System, Type};
use crossdock_runtime::failure::builtin;
use crossdock_runtime::flow::{At, PartRef, PartSpec};
use crossdock_runtime::json::Scalar;
use crossdock_runtime::{Failure, Result};
use std::rc::Rc;

impl<'m> Evaluated<'m> {
    /// The parts of an `each`, in the order of their first elements.
    pub(super) fn parts_of<'v>(&'v self, run: &mut Run<'v, '_>, id: StepId) -> Result<Vec<PartSpec>>
    where
        'm: 'v,
    {
        let Some((within, each)) = self.each(id) else { return Err(mistyped()) };
        match &each.over {
            Over::Elements { list, key, .. } => {
                let items = run.elements(list)?;
                let keys = items.iter().map(|item| key_text(self.model, key_of(item, *key)));
                Ok(keys.map(|key| PartSpec { items: vec![key.clone()], key }).collect())
            }
            Over::Groups { list, element, by, .. } => {
                let of = listed(self.model, self.flow, within, list);
                let mut parts: Vec<PartSpec> = Vec::new();
                for (index, item) in run.elements(list)?.iter().enumerate() {
                    run.bind(*element, item.clone());
                    let key = run.eval(by)?;
                    if key.is_none() {
                        let failure = Failure::new(builtin::ABSENT_VALUE, "an element has nothing to be grouped by");
                        return Err(run.at_span(failure.in_index(index), by.span));
                    }
                    let key = key_text(self.model, &key);
                    let item = self.identity(of.as_ref(), index, item);
                    match parts.iter_mut().find(|part| part.key == key) {
                        Some(part) => part.items.push(item),
                        None => parts.push(PartSpec { key, items: vec![item] }),
                    }
                }
                Ok(parts)
            }
            Over::Unknown => Err(mistyped()),
        }
    }

    fn each(&self, id: StepId) -> Option<(Option<StepId>, &'m EachStep)> {
        let step = self.flow.step(id)?;
        match &step.kind {
            crate::model::StepKind::Each(each) => Some((step.parent, each)),
            _ => None,
        }
    }

    /// What tells an element from the others: its key, or its position.
    fn identity(&self, of: Option<&Listed<'_>>, index: usize, item: &Value<'_>) -> String {
        match of.and_then(|of| of.key) {
            Some(key) => key_text(self.model, key_of(item, key)),
            None => index.to_string(),
        }
    }

    /// Binds what the parts around a step are made of.
    pub(super) fn bind_parts<'v>(
        &'v self,
        run: &mut Run<'v, '_>,
        within: Option<StepId>,
        data: &Data,
        at: &At<'_>,
    ) -> Result<()>
    where
        'm: 'v,
    {
        let mut parts: Vec<PartRef<'_>> = std::iter::successors(at.part, PartRef::up).collect();
        parts.reverse();
        for ((id, each), part) in open(self.flow, within).into_iter().zip(parts) {
            let within = self.flow.step(id).and_then(|step| step.parent);
            match &each.over {
                Over::Elements { list, var, key, .. } => {
                    let items = self.list_behind(run, within, list, data)?;
                    let mut items = items.iter();
                    let element = items.find(|item| key_text(self.model, key_of(item, *key)) == part.key());
                    let element = element.cloned().ok_or_else(|| gone(part.key()))?;
                    run.bind(*var, self.with_ids(element, part));
                }
                Over::Groups { list, by, key, items, ids, .. } => {
                    run.bind(*key, key_value(self.model, &by.ty, part.key())?);
                    let of = listed(self.model, self.flow, within, list);
                    let all = self.list_behind(run, within, list, data)?;
                    let mine: Vec<Value<'v>> = all
                        .iter()
                        .enumerate()
                        .filter(|(index, item)| {
                            let name = self.identity(of.as_ref(), *index, item);
                            part.items().any(|known| known == name)
                        })
                        .map(|(_, item)| item.clone())
                        .collect();
                    run.bind(*items, Value::list(mine));
                    for (system, var) in ids {
                        run.bind(*var, self.id(part, *system));
                    }
                }
                Over::Unknown => return Err(mistyped()),
            }
        }
        Ok(())
    }

    fn id<'v>(&self, part: PartRef<'_>, system: Id<System>) -> Value<'v> {
        let id = part.id(&self.model.systems[system].name);
        Value::from_option(id.map(|id| Value::Text(Text::Shared(id.into()))))
    }

    /// The list that elements were fixed of: not what a filter leaves of it now.
    fn list_behind<'v>(
        &'v self,
        run: &mut Run<'v, '_>,
        within: Option<StepId>,
        list: &'v Node,
        data: &Data,
    ) -> Result<Rc<Vec<Value<'v>>>>
    where
        'm: 'v,
    {
        let value = match listed(self.model, self.flow, within, list).map(|listed| listed.of) {
            Some(Kept::Object(path)) => {
                let mut value: Value<'v> = self.object(data)?.clone();
                for position in path {
                    value = key_of(&value, position).clone();
                }
                value
            }
            Some(Kept::Beside(position, _)) => self.kept(data, position)?,
            None => return run.elements(list),
        };
        match value {
            Value::List(items) => Ok(items),
            _ => Err(mistyped()),
        }
    }

    /// An element that is a part has the identifiers of the part.
    fn with_ids<'v>(&self, element: Value<'v>, part: PartRef<'_>) -> Value<'v> {
        let Value::Object(object) = &element else { return element };
        let of = &self.model.structs[object.of];
        let holder = of.fields.iter().position(|field| field.role == FieldRole::Ids);
        let Some(Value::Object(ids)) = holder.and_then(|at| object.fields.get(at)) else { return element };
        let systems = &self.model.structs[ids.of].fields;
        let own = systems.iter().zip(&ids.fields).map(|(field, known)| match part.id(&field.name) {
            Some(id) => Value::Text(Text::Shared(id.into())),
            None => known.clone(),
        });
        let ids = Value::Object(Rc::new(Object { of: ids.of, fields: own.collect() }));
        let mut fields = object.fields.clone();
        if let Some(place) = holder.and_then(|at| fields.get_mut(at)) {
            *place = ids;
        }
        Value::Object(Rc::new(Object { of: object.of, fields }))
    }
}

pub(super) fn gone(key: &str) -> Failure {
    Failure::quoting(builtin::UNKNOWN_LINE, |quote| format!("there is no {} any more", quote.no("element", key)))
}

/// A key as text.
pub(in crate::eval) fn key_text(model: &Model, key: &Value<'_>) -> String {
    match key {
        Value::Text(text) | Value::Ref(text) => text.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Date(value) => value.to_string(),
        Value::Country(value) => value.as_str().to_owned(),
        Value::Currency(value) => value.as_str().to_owned(),
        Value::Unit(value) => value.as_str().to_owned(),
        Value::Decimal(value) => value.to_string(),
        Value::Timestamp(value) => value.to_string(),
        Value::Local(value) => value.to_string(),
        Value::Time(value) => value.to_string(),
        other => code(model, other).unwrap_or_default().to_owned(),
    }
}

/// A key of a type, from its text.
fn key_value<'v>(model: &Model, ty: &Type, text: &str) -> Result<Value<'v>> {
    Ok(match ty.inner() {
        Type::Int => Value::Int(text.parse().map_err(|_| mistyped())?),
        Type::Bool => Value::Bool(text == "true"),
        Type::Ref(_) => Value::Ref(Text::Shared(text.into())),
        ty => match scalar::decode_canonical(model, ty, Scalar::Str(text.to_owned().into()))? {
            Value::Text(text) => Value::Text(Text::Shared((*text).into())),
            Value::Date(value) => Value::Date(value),
            Value::Country(value) => Value::Country(value),
            Value::Currency(value) => Value::Currency(value),
            Value::Unit(value) => Value::Unit(value),
            Value::Code(codes, position) => Value::Code(codes, position),
            _ => return Err(mistyped()),
        },
    })
}
