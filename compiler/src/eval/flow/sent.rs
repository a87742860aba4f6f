//! What goes out: requests, and the payloads of published events.

use super::super::encode;
use super::super::eval::{Run, mistyped};
use super::super::value::Value;
use super::super::wire::Sender;
use super::parts::key_text;
use super::{Data, Evaluated};
use crate::model::{Call, Id, PublishedEvent, StepId, Struct, Type};
use crossdock_runtime::Result;
use crossdock_runtime::flow::{At, request};
use crossdock_runtime::json::Writer;

impl<'m> Evaluated<'m> {
    /// Parameters and body of a call.
    pub(super) fn requested_of(
        &self,
        call: &'m Call,
        (within, of): (Option<StepId>, Option<Id<PublishedEvent>>),
        data: &Data,
        at: &At<'_>,
    ) -> Result<Vec<u8>> {
        let own = self.answers_for(call.send.as_ref(), at.answers);
        let mut scene = self.scene(Some(call.operation.system), None, own);
        let mut run = self.run_of(of, &mut scene);
        self.bind_all(&mut run, within, data, at)?;
        let params = self.params(&mut run, call)?;
        let params: Vec<(&str, String)> = params.iter().map(|(name, value)| (*name, value.clone())).collect();
        let body = match &call.send {
            None => None,
            Some(send) => {
                let value = self.applied(&mut run, send)?;
                let of = self.model.operation(call.operation).and_then(|operation| operation.request);
                let mut w = Writer::compact();
                let prepared = &self.prepared;
                let sender =
                    Sender { model: self.model, layouts: &prepared.layouts, projections: &prepared.projections };
                sender.document(of.ok_or_else(mistyped)?, &value, &mut w)?;
                Some(w.into_string())
            }
        };
        Ok(request(&params, body.as_deref()))
    }

    /// Parameters with their values, in the order of the operation.
    fn params<'v>(&'v self, run: &mut Run<'v, '_>, call: &'v Call) -> Result<Vec<(&'v str, String)>>
    where
        'm: 'v,
    {
        let operation = self.model.operation(call.operation).ok_or_else(mistyped)?;
        let mut all = Vec::with_capacity(call.params.len());
        for (position, param) in (0_u16..).zip(&operation.params) {
            let Some((_, value, _)) = call.params.iter().find(|(known, ..)| *known == position) else { continue };
            let value = run.eval(value)?;
            if !value.is_none() {
                let mut w = Writer::compact();
                encode::write(self.model, &param.ty, &value, &mut w);
                all.push((param.name.as_str(), w.into_string()));
            }
        }
        Ok(all)
    }

    /// Parameters as the key under which something is fetched: one JSON object.
    pub(super) fn params_of<'v>(&'v self, run: &mut Run<'v, '_>, call: &'v Call) -> Result<String>
    where
        'm: 'v,
    {
        let mut w = Writer::compact();
        w.object_begin();
        for (name, value) in self.params(run, call)? {
            w.key(name);
            w.raw(&value);
        }
        w.object_end();
        Ok(w.into_string())
    }

    /// The fields of the object that an event tells.
    pub(super) fn payload(&self, data: &Data, event: Id<PublishedEvent>) -> Result<Vec<u8>> {
        let paths: Vec<&[u16]> = self.model.events[event].fields.iter().map(|field| field.path.as_slice()).collect();
        let mut w = Writer::compact();
        self.told(self.flow.object, self.object(data)?, &paths, &mut w)?;
        Ok(w.into_string().into_bytes())
    }

    /// Some fields of an object; a path that ends tells all that is there.
    fn told(&self, of: Id<Struct>, value: &Value<'_>, paths: &[&[u16]], w: &mut Writer) -> Result<()> {
        let Value::Object(object) = value else { return Err(mistyped()) };
        w.object_begin();
        for (position, field) in (0_u16..).zip(&self.model.structs[of].fields) {
            let below: Vec<&[u16]> = paths
                .iter()
                .filter_map(|path| path.split_first().filter(|(first, _)| **first == position))
                .map(|(_, rest)| rest)
                .collect();
            let Some(value) = object.fields.get(usize::from(position)).filter(|_| !below.is_empty()) else { continue };
            if value.is_none() {
                continue;
            }
            w.key(&field.name);
            let inner = field.ty.as_struct().or_else(|| field.ty.element().and_then(Type::as_struct));
            match (value, inner) {
                _ if below.iter().any(|rest| rest.is_empty()) => encode::write(self.model, &field.ty, value, w),
                (Value::List(items), Some(inner)) => {
                    w.array_begin();
                    for item in items.iter() {
                        self.told(inner, item, &below, w)?;
                    }
                    w.array_end();
                }
                (value, Some(inner)) => self.told(inner, value, &below, w)?,
                (_, None) => return Err(mistyped()),
            }
        }
        w.object_end();
        Ok(())
    }

    /// What keeps the order of an event: its key fields.
    pub(super) fn event_key(&self, data: &Data, event: Id<PublishedEvent>) -> Result<String> {
        let object = self.object(data)?;
        let texts = self.model.events[event].key.iter().map(|field| {
            let mut value = object;
            for position in &field.path {
                value = super::apply::key_of(value, *position);
            }
            key_text(self.model, value)
        });
        Ok(texts.collect::<Vec<_>>().join("/"))
    }
}
