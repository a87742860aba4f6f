//! Patches applied to values, with the meaning of the runtime's functions that generated patches call: who may write what
//! is judged by the same code, and a patch is applied as a whole or refused as a whole.

use super::super::eval::{Run, mistyped};
use super::super::value::{Change as Written, ListPatch, Object, Patch, Value};
use crate::lower::rights::{Capacity, Right};
use crate::model::{Field, FieldRole, Id, Model, Struct, StructKind};
use crossdock_runtime::apply::{By, Grant, Rights};
use crossdock_runtime::failure::builtin;
use crossdock_runtime::flow::Change;
use crossdock_runtime::touch::below;
use crossdock_runtime::{Failure, Result};
use std::rc::Rc;

/// Who writes.
pub(super) struct Writer<'w> {
    pub system: &'w str,
    pub rights: &'w [Right],
    pub originator: &'w str,
}

impl Writer<'_> {
    /// Judges with the rights on an object as it is.
    pub fn on<T>(&self, model: &Model, object: &Object<'_>, judge: impl FnOnce(&Rights<'_>) -> T) -> T {
        let lists: Vec<_> = self
            .rights
            .iter()
            .map(|right| {
                let (states, moves) = (right.states.as_deref().map(texts), right.moves.as_deref().map(texts));
                (texts(&right.partitions), states, moves)
            })
            .collect();
        let grants: Vec<Grant<'_>> = self
            .rights
            .iter()
            .zip(&lists)
            .map(|(right, (partitions, states, moves))| Grant {
                path: &right.path,
                by: match right.by {
                    Capacity::Owner => By::Owner,
                    Capacity::Originator => By::Originator,
                    Capacity::Nobody => By::Nobody,
                },
                partitions,
                states: states.as_deref(),
                moves: moves.as_deref(),
            })
            .collect();
        let of = &model.structs[object.of];
        let partition = model.ownership_of(object.of).and_then(|ownership| ownership.partition);
        let state = of.lifecycle.as_ref().map(|lifecycle| lifecycle.field);
        let code = |field: Option<u16>| code(model, object.fields.get(usize::from(field?))?);
        judge(&Rights {
            system: self.system,
            grants: &grants,
            partition: code(partition),
            state: code(state),
            originator: Some(self.originator),
        })
    }
}

fn texts(codes: &[String]) -> Vec<&str> {
    codes.iter().map(String::as_str).collect()
}

/// The text of a code.
pub(super) fn code<'m>(model: &'m Model, value: &Value<'_>) -> Option<&'m str> {
    let Value::Code(codes, position) = value else { return None };
    model.codes[*codes].codes.get(usize::from(*position)).map(|code| code.code.as_str())
}

impl<'v> Run<'v, '_> {
    /// The object as a patch makes it, and the statuses that it moves.
    pub(super) fn patched(
        &mut self,
        object: &Rc<Object<'v>>,
        patch: &Patch<'v>,
        writer: &Writer<'_>,
    ) -> Result<(Value<'v>, Vec<Change>)> {
        let model = self.plan.model();
        let mut touched = Vec::new();
        touch(model, patch, "", &mut touched);
        touched.sort_unstable();
        touched.dedup();
        let mut moves = Vec::new();
        let fields = writer.on(model, object, |rights| {
            rights.check(&touched)?;
            self.write(object.of, object.fields.clone(), patch, ("", rights), &mut moves)
        })?;
        let value = Value::Object(Rc::new(Object { of: object.of, fields }));
        self.hold(&value)?;
        Ok((value, moves))
    }

    fn write(
        &mut self,
        of: Id<Struct>,
        mut fields: Vec<Value<'v>>,
        patch: &Patch<'v>,
        at: (&str, &Rights<'_>),
        moves: &mut Vec<Change>,
    ) -> Result<Vec<Value<'v>>> {
        let model = self.plan.model();
        let of = &model.structs[of];
        for (position, change) in &patch.fields {
            let (Some(field), Some(place)) = (of.field(*position), fields.get_mut(usize::from(*position))) else {
                return Err(mistyped());
            };
            let now = std::mem::replace(place, Value::None);
            let next = if of.kind == StructKind::Ids {
                identifier(field, now, change)
            } else if field.role == FieldRole::Status {
                moved(model, of, field, &now, change, at, moves)
            } else {
                self.changed(field, &now, change, at, moves)
            };
            let next = next?;
            if let Some(place) = fields.get_mut(usize::from(*position)) {
                *place = next;
            }
        }
        Ok(fields)
    }

    fn changed(
        &mut self,
        field: &Field,
        now: &Value<'v>,
        change: &Written<'v>,
        (path, rights): (&str, &Rights<'_>),
        moves: &mut Vec<Change>,
    ) -> Result<Value<'v>> {
        let place = |failure: Failure| failure.in_field(field.name.clone());
        let below = below(path, &field.name);
        match (change, now) {
            (Written::Cleared, _) if field.ty.is_optional() => Ok(Value::None),
            (Written::Cleared, _) => Err(cleared(field)),
            (Written::Set(Value::Patch(patch)), Value::Object(object)) => {
                let fields = object.fields.clone();
                let fields = self.write(object.of, fields, patch, (&below, rights), moves).map_err(place)?;
                Ok(Value::Object(Rc::new(Object { of: object.of, fields })))
            }
            (Written::Set(Value::Patch(patch)), _) => self.created(patch, None).map_err(place),
            (Written::Set(Value::ListPatch(patch)), Value::List(items)) => {
                self.elements_written(items, patch, (&below, rights), moves).map_err(place)
            }
            (Written::Set(value), _) => Ok(value.clone()),
        }
    }

    fn elements_written(
        &mut self,
        items: &[Value<'v>],
        patch: &ListPatch<'v>,
        (path, rights): (&str, &Rights<'_>),
        moves: &mut Vec<Change>,
    ) -> Result<Value<'v>> {
        let has = |item: &Value<'v>, wanted: &Value<'v>| key_of(item, patch.key).compare(wanted).is_eq();
        let gone = |item: &&Value<'v>| !patch.removed.iter().any(|removed| has(item, removed));
        let mut all: Vec<Value<'v>> = items.iter().filter(gone).cloned().collect();
        for (index, (key, change)) in patch.set.iter().enumerate() {
            let place = |failure: Failure| failure.in_index(index);
            match all.iter().position(|item| has(item, key)) {
                Some(known) => {
                    let Some(Value::Object(element)) = all.get(known).cloned() else { return Err(mistyped()) };
                    let written = self.write(element.of, element.fields.clone(), change, (path, rights), moves);
                    let written = Value::Object(Rc::new(Object { of: element.of, fields: written.map_err(place)? }));
                    if let Some(item) = all.get_mut(known) {
                        *item = written;
                    }
                }
                None if rights.allow(path) => {
                    all.push(self.created(change, Some((patch.key, key.clone()))).map_err(place)?);
                }
                None => {
                    let system = rights.system;
                    let detail = format!("there is no such element of `{path}`, and `{system}` may not add one");
                    return Err(place(Failure::new(builtin::UNKNOWN_LINE, detail)));
                }
            }
        }
        Ok(Value::list(all))
    }

    /// A new value: what the patch sets, completed by initial values.
    fn created(&mut self, patch: &Patch<'v>, key: Option<(u16, Value<'v>)>) -> Result<Value<'v>> {
        let model = self.plan.model();
        let of = &model.structs[patch.of];
        let mut fields: Vec<Value<'v>> = of.fields.iter().map(|field| self.blank(field)).collect();
        let mut set = vec![false; fields.len()];
        let mut give = |position: u16, value: Value<'v>| {
            let at = usize::from(position);
            if let (Some(field), Some(known)) = (fields.get_mut(at), set.get_mut(at)) {
                (*field, *known) = (value, true);
            }
        };
        if let Some((position, key)) = key {
            give(position, key);
        }
        for (position, change) in &patch.fields {
            let Written::Set(value) = change else { continue };
            // A new element starts where its lifecycle does.
            if of.field(*position).is_some_and(|field| field.role == FieldRole::Status) {
                continue;
            }
            let name = || of.field(*position).map_or_else(String::new, |field| field.name.clone());
            let value = match value {
                Value::Patch(nested) => self.created(nested, None).map_err(|failure| failure.in_field(name()))?,
                Value::ListPatch(list) => {
                    let made = list.set.iter().map(|(key, one)| self.created(one, Some((list.key, key.clone()))));
                    Value::list(made.collect::<Result<Vec<_>>>().map_err(|failure| failure.in_field(name()))?)
                }
                value => value.clone(),
            };
            give(*position, value);
        }
        self.complete(of, &mut fields, |position| set.get(usize::from(position)).copied().unwrap_or_default())?;
        for (field, value) in of.fields.iter().zip(&fields) {
            if value.is_none() && !field.ty.is_optional() {
                let detail = format!("`{}` is missing", field.name);
                return Err(Failure::new(builtin::ABSENT_VALUE, detail).in_field(field.name.clone()));
            }
        }
        Ok(Value::Object(Rc::new(Object { of: patch.of, fields })))
    }

    /// The value of a field that nobody has given one.
    fn blank(&self, field: &Field) -> Value<'v> {
        let model = self.plan.model();
        match field.ty.as_struct() {
            Some(ids) if field.role == FieldRole::Ids => {
                let fields = vec![Value::None; model.structs[ids].fields.len()];
                Value::Object(Rc::new(Object { of: ids, fields }))
            }
            _ if field.ty.element().is_some() && !field.ty.is_optional() && field.initial.is_none() => {
                Value::list(Vec::new())
            }
            _ => Value::None,
        }
    }
}

/// Moves a status, if ownership and lifecycle allow it; to where it is already is no move.
pub(super) fn moved<'v>(
    model: &Model,
    of: &Struct,
    field: &Field,
    now: &Value<'v>,
    change: &Written<'v>,
    (path, rights): (&str, &Rights<'_>),
    moves: &mut Vec<Change>,
) -> Result<Value<'v>> {
    let Written::Set(next) = change else { return Err(cleared(field)) };
    let (Value::Code(_, from), Value::Code(_, to)) = (now, next) else { return Err(mistyped()) };
    if from == to {
        return Ok(next.clone());
    }
    let path = below(path, &field.name);
    let name = |value| code(model, value).unwrap_or_default().to_owned();
    let (old, new) = (name(now), name(next));
    let legal = of
        .lifecycle
        .as_ref()
        .is_some_and(|lifecycle| lifecycle.transitions.iter().any(|known| known.from == *from && known.to == *to));
    if !legal {
        let detail = format!("`{new}` does not follow `{old}`");
        return Err(Failure::new(builtin::ILLEGAL_TRANSITION, detail).in_field(field.name.clone()));
    }
    if !rights.may_move(&path, &new) {
        let detail = format!("`{}` may not move `{path}` to `{new}`", rights.system);
        return Err(Failure::new(builtin::NOT_OWNER, detail).in_field(field.name.clone()));
    }
    moves.push(Change { path: path.into(), from: old.into(), to: new.into() });
    Ok(next.clone())
}

/// The key of an element.
pub(super) fn key_of<'a, 'v>(item: &'a Value<'v>, key: u16) -> &'a Value<'v> {
    match item {
        Value::Object(element) => element.fields.get(usize::from(key)).unwrap_or(&Value::None),
        _ => &Value::None,
    }
}

/// An identifier is written once, and never again differently.
fn identifier<'v>(field: &Field, now: Value<'v>, change: &Written<'v>) -> Result<Value<'v>> {
    match (change, now) {
        (Written::Cleared, Value::None) => Ok(Value::None),
        (Written::Set(value), Value::None) => Ok(value.clone()),
        (Written::Set(value), known) if value.compare(&known).is_eq() => Ok(known),
        _ => {
            let name = &field.name;
            let detail = format!("the identifier `{name}` is already known");
            Err(Failure::new(builtin::NOT_OWNER, detail).in_field(name.clone()))
        }
    }
}

fn cleared(field: &Field) -> Failure {
    let detail = format!("`{}` always has a value and can't be cleared", field.name);
    Failure::new(builtin::ABSENT_VALUE, detail).in_field(field.name.clone())
}

/// What a patch touches, as the runtime's derive says it.
fn touch(model: &Model, patch: &Patch<'_>, path: &str, touched: &mut Vec<String>) {
    let of = &model.structs[patch.of];
    for (position, change) in &patch.fields {
        let Some(field) = of.field(*position) else { continue };
        let below = below(path, &field.name);
        match change {
            Written::Set(Value::Patch(patch)) => touch(model, patch, &below, touched),
            Written::Set(Value::ListPatch(list)) => {
                list.set.iter().for_each(|(_, patch)| touch(model, patch, &below, touched));
                if !list.removed.is_empty() {
                    touched.push(below);
                }
            }
            _ if field.ty.as_struct().is_some() => touched.push(format!("{below}.*")),
            _ => touched.push(below),
        }
    }
}
