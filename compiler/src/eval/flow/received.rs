//! What changes the data of an instance: messages, statuses that are set, values that are derived.

use super::super::eval::{Run, mistyped};
use super::super::value::{Change as Written, Object, Patch, Value};
use super::apply::{Writer, key_of, moved};
use super::parts::key_text;
use super::{Data, Evaluated};
use crate::lower::flow::{Kept, Origin, listed};
use crate::model::{
    Derive, FieldRole, Id, Kept as Collection, Over, Receive, Received as Into, SetState, StateOf, StepId, StepKind,
    System,
};
use crossdock_runtime::failure::builtin;
use crossdock_runtime::flow::{At, Change, Message, Name, Received};
use crossdock_runtime::{Answers, Failure, Result};
use std::rc::Rc;

impl<'m> Evaluated<'m> {
    /// Applies a message: as the patch of the system that sent it, or into a kept collection.
    pub(super) fn received(
        &self,
        within: Option<StepId>,
        origin: Origin,
        receive: &'m Receive,
        message: &Message,
        data: &mut Data,
        at: &At<'_>,
    ) -> Result<Received> {
        let own = self.answers_for(Some(&receive.mapping), at.answers);
        let mut scene = self.scene(Some(origin.system()), Some(message), own);
        let mut run = self.run(&mut scene);
        self.bind_all(&mut run, within, data, at)?;
        self.read_message(&mut run, origin, receive, message)?;
        let made = self.applied(&mut run, &receive.mapping)?;
        let made: Vec<Value<'_>> = match &made {
            Value::List(items) => items.to_vec(),
            one => vec![one.clone()],
        };
        let mut received = Received::default();
        let system = origin.system();
        match receive.into {
            Into::Kept(position) => {
                let position = usize::from(position);
                let kept = self.flow.keep.get(position).ok_or_else(mistyped)?;
                let mut all: Value<'_> = self.kept(data, position)?;
                for one in made {
                    all = self.upserted(&mut run, kept, &all, &one, (system, &data.originator))?;
                }
                let ty = self.kept.get(position).ok_or_else(mistyped)?;
                data.kept.set(&kept.name, self.stored(ty, &all)?);
            }
            Into::Patch | Into::Create => {
                let before = self.object(data)?.clone();
                let mut object: Value<'_> = before.clone();
                for one in made {
                    let Value::Patch(patch) = one else { return Err(mistyped()) };
                    received.ids.extend(self.ids_in(&patch));
                    let patch = if at.part.is_some() { self.without_ids(&patch) } else { patch };
                    let (next, moves) = self.patch_of(&mut run, &object, &patch, system, &data.originator)?;
                    object = next;
                    received.changes.extend(moves);
                }
                received.touched = self.differing(&before, &object);
                data.object = self.stored(&self.object, &object)?;
            }
        }
        Ok(received)
    }

    fn patch_of<'v>(
        &'v self,
        run: &mut Run<'v, '_>,
        value: &Value<'v>,
        patch: &Patch<'v>,
        system: Id<System>,
        originator: &str,
    ) -> Result<(Value<'v>, Vec<Change>)> {
        let Value::Object(object) = value else { return Err(mistyped()) };
        let rights = self.rights_on(system, object.of);
        let writer = Writer { system: &self.model.systems[system].name, rights, originator };
        run.patched(object, patch, &writer)
    }

    /// A collection with one more element, or one that is as it is told now.
    fn upserted<'v>(
        &'v self,
        run: &mut Run<'v, '_>,
        kept: &Collection,
        all: &Value<'v>,
        one: &Value<'v>,
        (system, originator): (Id<System>, &str),
    ) -> Result<Value<'v>> {
        let Value::List(items) = all else { return Err(mistyped()) };
        let mut items: Vec<Value<'v>> = items.to_vec();
        let wanted = match one {
            Value::Patch(patch) => {
                let found = patch.find.iter().find(|(path, _)| *path == [kept.key]);
                found.map(|(_, value)| value.clone()).ok_or_else(|| {
                    Failure::new(builtin::UNKNOWN_LINE, format!("it does not say which of `{}` it is about", kept.name))
                })?
            }
            one => {
                run.hold(one)?;
                key_of(one, kept.key).clone()
            }
        };
        let known = items.iter().position(|item| key_of(item, kept.key).compare(&wanted).is_eq());
        let next = match (one, known.and_then(|at| items.get(at))) {
            (Value::Patch(patch), Some(element)) => self.patch_of(run, element, patch, system, originator)?.0,
            (Value::Patch(_), None) => {
                let key = key_text(self.model, &wanted);
                return Err(Failure::quoting(builtin::UNKNOWN_LINE, |quote| {
                    format!("`{}` holds no {}", kept.name, quote.no("element", &key))
                }));
            }
            (one, _) => one.clone(),
        };
        match known.and_then(|at| items.get_mut(at)) {
            Some(place) => *place = next,
            None => items.push(next),
        }
        Ok(Value::list(items))
    }

    /// The identifiers that an object has.
    pub(super) fn ids_of(&self, object: &Value<'_>) -> Vec<(Name, String)> {
        let Value::Object(object) = object else { return Vec::new() };
        let of = &self.model.structs[object.of];
        let holder = of.fields.iter().position(|field| field.role == FieldRole::Ids);
        let Some(Value::Object(ids)) = holder.and_then(|at| object.fields.get(at)) else { return Vec::new() };
        let systems = self.model.structs[ids.of].fields.iter().zip(&ids.fields);
        systems
            .filter(|(_, id)| !id.is_none())
            .map(|(system, id)| (system.name.clone().into(), key_text(self.model, id)))
            .collect()
    }

    /// The identifiers that a patch sets.
    fn ids_in(&self, patch: &Patch<'_>) -> Vec<(Name, String)> {
        let of = &self.model.structs[patch.of];
        let ids = patch
            .fields
            .iter()
            .filter(|(position, _)| of.field(*position).is_some_and(|field| field.role == FieldRole::Ids));
        let mut all = Vec::new();
        for (_, change) in ids {
            match change {
                Written::Set(Value::Patch(ids)) => {
                    for (position, change) in &ids.fields {
                        let system = self.model.structs[ids.of].field(*position);
                        if let (Some(system), Written::Set(value)) = (system, change) {
                            all.push((system.name.clone().into(), key_text(self.model, value)));
                        }
                    }
                }
                Written::Set(Value::Object(ids)) => {
                    let systems = self.model.structs[ids.of].fields.iter().zip(&ids.fields);
                    let known = systems.filter(|(_, id)| !id.is_none());
                    all.extend(known.map(|(system, id)| (system.name.clone().into(), key_text(self.model, id))));
                }
                _ => {}
            }
        }
        all
    }

    /// Inside `each`, identifiers are the part's and not the object's.
    fn without_ids<'v>(&self, patch: &Rc<Patch<'v>>) -> Rc<Patch<'v>> {
        let of = &self.model.structs[patch.of];
        let mut fields = Vec::with_capacity(patch.fields.len());
        for (position, change) in &patch.fields {
            if of.field(*position).is_some_and(|field| field.role == FieldRole::Ids) {
                continue;
            }
            let change = match change {
                Written::Cleared => Written::Cleared,
                Written::Set(value) => Written::Set(value.clone()),
            };
            fields.push((*position, change));
        }
        Rc::new(Patch { of: patch.of, find: patch.find.clone(), fields })
    }

    /// Those of the watched paths at which two states of the object differ.
    fn differing(&self, before: &Value<'_>, after: &Value<'_>) -> Vec<Name> {
        let differs = |path: &[u16]| {
            let (mut old, mut new) = (Vec::new(), Vec::new());
            at_path(before, path, &mut old);
            at_path(after, path, &mut new);
            old.len() != new.len() || old.iter().zip(&new).any(|(a, b)| a.compare(b).is_ne())
        };
        let changed = self.watched.iter().filter(|field| differs(&field.path));
        changed.map(|field| field.text.clone().into()).collect()
    }

    /// Moves statuses, in the name of systems that may.
    pub(super) fn moved_to(
        &self,
        within: Option<StepId>,
        states: &[&'m SetState],
        data: &mut Data,
        at: &At<'_>,
    ) -> Result<Vec<Change>> {
        let mut moves = Vec::new();
        let mut object: Value<'static> = self.object(data)?.clone();
        for state in states {
            let next = Value::Code(self.codes_of(state)?, state.state);
            let by = state.by;
            let rights = by.map_or(&[][..], |by| self.rights_on(by, self.flow.object));
            let system = by.map_or(self.flow.name.as_str(), |by| &self.model.systems[by].name);
            let writer = Writer { system, rights, originator: &data.originator };
            let Value::Object(whole) = &object else { return Err(mistyped()) };
            let whole = Rc::clone(whole);
            let path = match state.of {
                StateOf::Object => Vec::new(),
                StateOf::Part(step) => self.list_of(step)?,
            };
            let element = match state.of {
                StateOf::Object => None,
                StateOf::Part(step) => Some(self.part_key(within, step, at)?),
            };
            let holder = &self.model.structs[state.holder];
            let field = holder.field(state.field).ok_or_else(mistyped)?;
            let names = self.names(&path);
            let mut change = |now: &Value<'static>| {
                writer.on(self.model, &whole, |rights| {
                    let set = Written::Set(next.clone());
                    moved(self.model, holder, field, now, &set, (&names, rights), &mut moves)
                })
            };
            object = change_at(&object, &path, element.as_ref(), state.field, self, &mut change)?;
        }
        let mut scene = self.scene(None, None, Answers::new());
        self.run(&mut scene).hold(&object)?;
        data.object = self.stored(&self.object, &object)?;
        Ok(moves)
    }

    fn codes_of(&self, state: &SetState) -> Result<Id<crate::model::Codes>> {
        let lifecycle = self.model.structs[state.holder].lifecycle.as_ref();
        lifecycle.map(|lifecycle| lifecycle.codes).ok_or_else(mistyped)
    }

    /// The path of the list that the elements of an `each` are of.
    fn list_of(&self, step: StepId) -> Result<Vec<u16>> {
        let step = self.flow.step(step).ok_or_else(mistyped)?;
        let StepKind::Each(each) = &step.kind else { return Err(mistyped()) };
        let Over::Elements { list, .. } = &each.over else { return Err(mistyped()) };
        match listed(self.model, self.flow, step.parent, list).map(|listed| listed.of) {
            Some(Kept::Object(path)) => Ok(path),
            _ => Err(mistyped()),
        }
    }

    /// The key of the element that a part is, and the field that holds it.
    fn part_key(&self, within: Option<StepId>, step: StepId, at: &At<'_>) -> Result<(u16, String)> {
        let opened = crate::lower::flow::open(self.flow, within);
        let depth = opened.iter().rev().position(|(id, _)| *id == step).ok_or_else(mistyped)?;
        let part = std::iter::successors(at.part, crossdock_runtime::flow::PartRef::up).nth(depth);
        let key = opened.iter().find(|(id, _)| *id == step).and_then(|(_, each)| match &each.over {
            Over::Elements { key, .. } => Some(*key),
            _ => None,
        });
        Ok((key.ok_or_else(mistyped)?, part.ok_or_else(mistyped)?.key().to_owned()))
    }

    fn names(&self, path: &[u16]) -> String {
        let mut of = self.flow.object;
        let mut names = Vec::new();
        for position in path {
            let Some(field) = self.model.structs[of].field(*position) else { break };
            names.push(field.name.as_str());
            of = crate::lower::rights::struct_of(field).unwrap_or(of);
        }
        names.join(".")
    }

    /// Whether the object can still come to a state.
    pub(super) fn is_before(&self, data: &Data, state: u16) -> Result<bool> {
        let lifecycle = self.model.structs[self.flow.object].lifecycle.as_ref().ok_or_else(mistyped)?;
        match key_of(self.object(data)?, lifecycle.field) {
            Value::Code(_, now) => Ok(lifecycle.before(state).contains(now)),
            _ => Err(mistyped()),
        }
    }

    /// Brings derived fields up to date.
    pub(super) fn derived(&self, data: &mut Data) -> Result<Received> {
        if self.flow.derive.is_empty() {
            return Ok(Received::default());
        }
        let before = self.object(data)?.clone();
        let mut object: Value<'_> = before.clone();
        let mut scene = self.scene(None, None, Answers::new());
        let mut run = self.run(&mut scene);
        self.bind(&mut run, data)?;
        for derive in &self.flow.derive {
            object = derived_by(&mut run, derive, &object)?;
            run.bind(crate::model::Flow::OBJECT, object.clone());
        }
        let touched = self.differing(&before, &object);
        if before.compare(&object).is_ne() {
            run.hold(&object)?;
            data.object = self.stored(&self.object, &object)?;
        }
        Ok(Received { touched, ..Received::default() })
    }
}

/// The object with one derived field.
fn derived_by<'v>(run: &mut Run<'v, '_>, derive: &'v Derive, object: &Value<'v>) -> Result<Value<'v>> {
    let (list, rest) = derive.path.split_at(derive.element.map_or(0, |(depth, _)| depth));
    let value = |run: &mut Run<'v, '_>, element: &Value<'v>| {
        if let Some((_, var)) = derive.element {
            run.bind(var, element.clone());
        }
        let value = run.eval(&derive.value)?;
        replaced(element, rest, value)
    };
    if derive.element.is_none() {
        return value(run, object);
    }
    let mut elements = Vec::new();
    at_path(object, list, &mut elements);
    let elements = elements.into_iter().map(|element| value(run, element)).collect::<Result<Vec<_>>>()?;
    replaced(object, list, Value::list(elements))
}

/// The values at a path; lists on the way are entered, one at the end too.
fn at_path<'a, 'v>(value: &'a Value<'v>, path: &[u16], found: &mut Vec<&'a Value<'v>>) {
    match (value, path.split_first()) {
        (Value::List(items), _) => items.iter().for_each(|item| at_path(item, path, found)),
        (_, None) => found.push(value),
        (Value::Object(object), Some((first, rest))) => {
            if let Some(value) = object.fields.get(usize::from(*first)) {
                at_path(value, rest, found);
            }
        }
        (_, Some(_)) => {}
    }
}

/// A value with another one at a path of fields.
fn replaced<'v>(value: &Value<'v>, path: &[u16], next: Value<'v>) -> Result<Value<'v>> {
    let Some((first, rest)) = path.split_first() else { return Ok(next) };
    match value {
        Value::Object(object) => {
            let mut fields = object.fields.clone();
            let place = fields.get_mut(usize::from(*first)).ok_or_else(mistyped)?;
            *place = replaced(place, rest, next)?;
            Ok(Value::Object(Rc::new(Object { of: object.of, fields })))
        }
        // There is nothing in which it could stand.
        Value::None => Ok(Value::None),
        _ => Err(mistyped()),
    }
}

/// An object whose status, or that of one element of a list, is changed.
fn change_at(
    object: &Value<'static>,
    list: &[u16],
    element: Option<&(u16, String)>,
    field: u16,
    of: &Evaluated<'_>,
    change: &mut dyn FnMut(&Value<'static>) -> Result<Value<'static>>,
) -> Result<Value<'static>> {
    let Some((key, wanted)) = element else {
        let next = change(key_of(object, field))?;
        return replaced(object, &[field], next);
    };
    let mut items = object;
    for position in list {
        items = key_of(items, *position);
    }
    let Value::List(items) = items else { return Err(mistyped()) };
    let at = items.iter().position(|item| key_text(of.model, key_of(item, *key)) == *wanted);
    let Some(found) = at.and_then(|at| items.get(at)) else {
        return Err(super::parts::gone(wanted));
    };
    let next = replaced(found, &[field], change(key_of(found, field))?)?;
    let mut items: Vec<Value<'static>> = items.to_vec();
    if let Some(place) = at.and_then(|at| items.get_mut(at)) {
        *place = next;
    }
    replaced(object, list, Value::list(items))
}
