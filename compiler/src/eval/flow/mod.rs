//! The functions of a flow, evaluated: with the meaning of those that the generated crate compiles, over the same program.
//!
//! A flow is lowered once ([`crate::lower::flow`]), prepared once ([`Evaluated::new`]), and run by the runtime's machine.
//! [`data`] holds an instance's data as canonical JSON; each function reads it into values, [`parts`] binds what is in
//! scope, [`apply`] judges and applies patches, [`sent`] writes what goes out.

mod apply;
mod data;
mod parts;
mod received;
mod references;
mod sent;

pub use data::Data;
pub(super) use parts::key_text;

use super::decode::Decoding;
use super::eval::{Run, mistyped};
use super::function::Functions as Given;
use super::plan::Prepared;
use super::run::Outside;
use super::value::Value;
use crate::expr::ir::VarId;
use crate::lower::flow::{Does, Function, Origin, Plan};
use crate::lower::rights::{self, Right};
use crate::model::{
    Flow, Id, InputShape, MapUse, Mapping, Model, PublishedEvent, Start, StartFrom, StepId, Struct, System, Type,
};
use crate::source::SourceMap;
use crossdock_runtime::failure::builtin;
use crossdock_runtime::flow::{
    At, Change, Func, Functions, Message, PartSpec, Received, Settings, Started, answers_to, ask,
};
use crossdock_runtime::form::nothing_of;
use crossdock_runtime::json::Reader;
use crossdock_runtime::{Answers, Failure, Keys, Meta, Notes, Result, Timestamp};
use data::Stored;
use std::collections::BTreeMap;

/// A flow, ready to be evaluated.
pub struct Evaluated<'m> {
    pub(super) model: &'m Model,
    pub(super) flow: &'m Flow,
    functions: Vec<Function<'m>>,
    watched: Vec<&'m crate::model::EventField>,
    prepared: Prepared<'m>,
    object: Type,
    kept: Vec<Type>,
    /// What systems may write of objects: the flow's own, and those that are kept.
    rights: BTreeMap<(Id<System>, Id<Struct>), Vec<Right>>,
    settings: Settings,
    given: Given,
    /// What expressions of subscribers are evaluated in: whose lookups are meant.
    events: BTreeMap<Id<PublishedEvent>, Mapping>,
}

/// A flow as a mapping without inputs: what its expressions are evaluated in. Whoever makes an [`Evaluated`] keeps it.
pub fn shell(model: &Model, flow: Id<Flow>) -> Mapping {
    let flow = &model.flows[flow];
    Mapping {
        name: flow.name.clone(),
        span: flow.span,
        description: None,
        intent: crate::model::Intent::Value,
        system: None,
        inputs: Vec::new(),
        target: Type::Struct(flow.object),
        target_span: flow.span,
        require: Vec::new(),
        lets: Vec::new(),
        body: None,
        variables: flow.variables,
        unmapped: Vec::new(),
        lookups: flow.lookups.clone(),
        functions: Vec::new(),
        tests: Vec::new(),
        assigned: Vec::new(),
    }
}

/// The same for the subscribers of a published event.
pub fn of_event(shell: &Mapping, event: &PublishedEvent) -> Mapping {
    let variables = shell.variables.max(event.variables);
    Mapping { name: event.name.clone(), variables, lookups: event.lookups.clone(), ..shell.clone() }
}

/// A run with what it has beside the data: it lives as long as one function.
struct Scene {
    meta: Meta,
    answers: Answers,
    notes: Notes,
}

impl<'m> Evaluated<'m> {
    /// Prepares a flow; with the sources, failures say which line of the specs they come from.
    pub fn new(
        model: &'m Model,
        sources: Option<&'m SourceMap>,
        plan: &Plan<'m>,
        shell: &'m Mapping,
        settings: Settings,
        given: Given,
    ) -> Self {
        let flow = plan.flow;
        let list = |of: Id<Struct>| Type::List(Box::new(Type::Struct(of)));
        let writable = rights::writable(model);
        let of = |(system, writable): (Id<System>, rights::Writable)| {
            writable.rights.into_iter().map(move |(object, rights)| ((system, object), rights))
        };
        Evaluated {
            model,
            flow,
            functions: plan.functions.clone(),
            watched: plan.watched.clone(),
            prepared: Prepared::of_flow(model, sources, flow, shell),
            object: Type::Struct(flow.object),
            kept: flow.keep.iter().map(|kept| list(kept.element)).collect(),
            rights: writable.into_iter().flat_map(of).collect(),
            settings,
            given,
            events: model.events.iter().map(|(id, event)| (id, of_event(shell, event))).collect(),
        }
    }

    /// What a system may write of an object.
    fn rights_on(&self, system: Id<System>, object: Id<Struct>) -> &[Right] {
        self.rights.get(&(system, object)).map(Vec::as_slice).unwrap_or_default()
    }

    fn does(&self, function: Func) -> Result<&Function<'m>> {
        self.functions.get(function.0 as usize).ok_or_else(mistyped)
    }

    /// A run of the expressions of a published event's subscribers, or of the flow's.
    fn run_of<'v>(&'v self, of: Option<Id<PublishedEvent>>, scene: &'v mut Scene) -> Run<'v, 'v>
    where
        'm: 'v,
    {
        let mut run = self.run(scene);
        if let Some(shell) = of.and_then(|id| self.events.get(&id)) {
            run.mapping = shell;
        }
        run
    }

    /// A run of the flow's expressions.
    fn run<'v>(&'v self, scene: &'v mut Scene) -> Run<'v, 'v>
    where
        'm: 'v,
    {
        let Scene { meta, answers, notes } = scene;
        let outside = Outside { meta, answers, functions: &self.given };
        let mut run = Run::new(&self.prepared, outside, notes, None);
        run.enter(Vec::new());
        run
    }

    /// The circumstances of a message, or of a request to a system.
    fn scene(&self, system: Option<Id<System>>, message: Option<&Message>, answers: Answers) -> Scene {
        let mut meta = Meta::default();
        if let Some(message) = message {
            meta.received_at = Timestamp::from_epoch_millis(message.received_at).ok();
            meta.instance = message.instance.as_deref().map(ToOwned::to_owned);
            meta.message_id = Some(message.id.to_string());
        }
        if let Some(system) = system {
            let system = &self.model.systems[system];
            meta.config = self.settings.get(&system.name).cloned().unwrap_or_default();
        }
        Scene { meta, answers, notes: Notes::new() }
    }

    /// The working copy and what is kept, as variables.
    fn bind<'v>(&'v self, run: &mut Run<'v, '_>, data: &Data) -> Result<()>
    where
        'm: 'v,
    {
        run.bind(Flow::OBJECT, self.object(data)?.clone());
        for (position, kept) in self.flow.keep.iter().enumerate() {
            run.bind(kept.var, self.kept(data, position)?);
        }
        Ok(())
    }

    /// Everything that is in scope where a step stands.
    fn bind_all<'v>(&'v self, run: &mut Run<'v, '_>, within: Option<StepId>, data: &Data, at: &At<'_>) -> Result<()>
    where
        'm: 'v,
    {
        self.bind(run, data)?;
        self.bind_parts(run, within, data, at)
    }

    pub(super) fn object<'d>(&self, data: &'d Data) -> Result<&'d Value<'static>> {
        data.object.value(|text| self.canonical(text, &self.object))
    }

    /// A collection, by its position; an older state that does not have it yet holds nothing in it.
    pub(super) fn kept(&self, data: &Data, position: usize) -> Result<Value<'static>> {
        let (Some(kept), Some(ty)) = (self.flow.keep.get(position), self.kept.get(position)) else {
            return Err(mistyped());
        };
        match data.kept.get(&kept.name) {
            Some(stored) => stored.value(|text| self.canonical(text, ty)).cloned(),
            None => Ok(Value::list(Vec::new())),
        }
    }

    fn canonical(&self, text: &str, ty: &Type) -> Result<Value<'static>> {
        let mut decoding = Decoding { plan: &self.prepared, notes: &mut Notes::new() };
        let mut reader = Reader::new(text.as_bytes())?;
        let value = decoding.canonical(&mut reader, ty)?;
        reader.finish()?;
        Ok(data::owned(&value))
    }

    /// A document of a system, of this type.
    fn document<'v>(&'v self, bytes: &'v [u8], input: u8, ty: &Type) -> Result<Value<'v>>
    where
        'm: 'v,
    {
        let (of, shape) = match ty {
            Type::List(element) => (element.as_struct(), InputShape::List),
            ty => (ty.as_struct(), InputShape::One),
        };
        let mut decoding = Decoding { plan: &self.prepared, notes: &mut Notes::new() };
        decoding.document(bytes, input, of.ok_or_else(mistyped)?, shape).map_err(|failure| located(failure, bytes))
    }

    /// A mapping, applied to what its inputs are here.
    fn applied<'v>(&'v self, run: &mut Run<'v, '_>, used: &'v MapUse) -> Result<Value<'v>>
    where
        'm: 'v,
    {
        let mapping = &self.model.mappings[used.mapping];
        let inputs = used.inputs.iter().map(|node| run.eval(node)).collect::<Result<Vec<_>>>()?;
        let many = mapping.inputs.iter().zip(&inputs).position(|(input, value)| {
            input.shape == InputShape::One
                && matches!(value, Value::List(_))
                && self.model.structs[input.of].is_record()
        });
        let Some(at) = many else { return run.apply(mapping, inputs) };
        let Some(Value::List(items)) = inputs.get(at).cloned() else { return Err(mistyped()) };
        let mut all: Vec<Value<'v>> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let mut inputs = inputs.clone();
            if let Some(place) = inputs.get_mut(at) {
                place.clone_from(item);
            }
            match run.apply(mapping, inputs).map_err(|failure| failure.in_index(index))? {
                Value::List(items) => all.extend(items.iter().cloned()),
                one => all.push(one),
            }
        }
        Ok(Value::list(all))
    }

    /// What a mapping asks for here, under the names outside of it.
    fn asked<'v>(&'v self, run: &mut Run<'v, '_>, used: &'v MapUse, keys: &mut Keys)
    where
        'm: 'v,
    {
        let mapping = &self.model.mappings[used.mapping];
        used.inputs.iter().for_each(|node| run.ask(node, keys));
        let inputs = used.inputs.iter().map(|node| run.eval(node)).collect::<Result<Vec<_>>>();
        if let (Ok(inputs), false) = (inputs, mapping.lookups.is_empty()) {
            let mut own = Keys::new();
            run.collect_of(mapping, inputs, &mut own);
            ask(keys, &mapping.name, &own);
        }
    }

    /// Answers as a mapping knows them, beside the flow's own.
    fn answers_for(&self, used: Option<&MapUse>, answers: &Answers) -> Answers {
        match used {
            Some(used) => answers_to(&self.model.mappings[used.mapping].name, answers),
            None => answers.clone(),
        }
    }

    fn stored(&self, ty: &Type, value: &Value<'_>) -> Result<Stored> {
        let mut w = crossdock_runtime::json::Writer::compact();
        super::encode::write(self.model, ty, value, &mut w);
        written(w.into_string())
    }

    fn fetched<'v>(&'v self, run: &mut Run<'v, '_>, start: &'v Start, answers: &'v Answers) -> Result<()>
    where
        'm: 'v,
    {
        let StartFrom::Event { fetch, .. } = &start.from else { return Ok(()) };
        for (fetch, input) in fetch.iter().zip(1_u8..) {
            let name = crate::lower::flow::name_of_fetch(self.flow, &fetch.name);
            let key = self.params_of(run, &fetch.call)?;
            match answers.get(&name, &key)? {
                crossdock_runtime::Answer::Found(bytes) => {
                    let value = self.document(bytes, input, &fetch.ty)?;
                    run.bind(fetch.var, value);
                }
                crossdock_runtime::Answer::Missing => {
                    return Err(nothing_of(builtin::LOOKUP_MISSING, &name, &key));
                }
            }
        }
        Ok(())
    }

    /// What a start's mapping makes of its message.
    fn made<'v>(
        &'v self,
        run: &mut Run<'v, '_>,
        start: &'v Start,
        message: &'v Message,
        answers: &'v Answers,
    ) -> Result<Value<'v>>
    where
        'm: 'v,
    {
        let StartFrom::Event { event, .. } = &start.from else { return Err(mistyped()) };
        let receive = event.receive.as_ref().ok_or_else(mistyped)?;
        self.read_event(run, event.event, event.src, message)?;
        self.fetched(run, start, answers)?;
        match self.applied(run, &receive.mapping)? {
            Value::List(items) => match items.as_slice() {
                [one] => Ok(one.clone()),
                _ => Err(Failure::new(builtin::NOT_ONE, "one message makes one object")),
            },
            one => Ok(one),
        }
    }

    fn begun(&self, start: &'m Start, message: &Message, answers: &Answers) -> Result<Started<Data>> {
        let (value, originator) = match &start.from {
            StartFrom::Event { event, .. } => {
                let system = event.event.system;
                let receive = event.receive.as_ref().ok_or_else(mistyped)?;
                let own = self.answers_for(Some(&receive.mapping), answers);
                let mut scene = self.scene(Some(system), Some(message), own);
                let mut run = self.run(&mut scene);
                let made = self.made(&mut run, start, message, answers)?;
                let one = self.with_keys(&made, &self.object, answers)?;
                run.hold(&one)?;
                (self.stored(&self.object, &one)?, self.model.systems[system].name.clone())
            }
            StartFrom::Api { api, operation } => {
                let declared = self.model.apis[*api].operations.get(usize::from(*operation));
                let caller = declared.and_then(|operation| operation.caller);
                let mut scene = self.scene(caller, Some(message), Answers::new());
                let mut run = self.run(&mut scene);
                let value = self.requested(&mut run, message)?;
                run.hold(&value)?;
                let caller =
                    caller.map_or_else(|| message.system.to_string(), |id| self.model.systems[id].name.clone());
                (self.stored(&self.object, &value)?, caller)
            }
        };
        let nothing = |kept: &crate::model::Kept| Ok((kept.name.as_str().into(), written("[]".to_owned())?));
        let kept = self.flow.keep.iter().map(nothing).collect::<Result<_>>()?;
        let data = Data { originator: originator.into(), object: value, kept };
        let mut scene = self.scene(None, None, Answers::new());
        let mut run = self.run(&mut scene);
        self.bind(&mut run, &data)?;
        let key = match &self.flow.key {
            Some(key) => {
                let key = run.eval(key)?;
                parts::key_text(self.model, &key)
            }
            None => return Err(mistyped()),
        };
        let ids = self.ids_of(self.object(&data)?);
        Ok(Started { key, received: Received { ids, ..Received::default() }, data })
    }

    /// The request of an API: the object as far as its caller says it, completed by initial values.
    fn requested<'v>(&'v self, run: &mut Run<'v, '_>, message: &'v Message) -> Result<Value<'v>>
    where
        'm: 'v,
    {
        let bytes = message.payload.as_slice();
        let mut reader = Reader::new(bytes)?;
        let mut decoding = Decoding { plan: &self.prepared, notes: &mut Notes::new() };
        let value =
            decoding.originated(&mut reader, self.flow.object, run).map_err(|failure| located(failure, bytes))?;
        reader.finish().map_err(|failure| located(failure, bytes))?;
        Ok(value)
    }

    fn read_event<'v>(
        &'v self,
        run: &mut Run<'v, '_>,
        event: crate::model::EventRef,
        src: VarId,
        message: &'v Message,
    ) -> Result<()>
    where
        'm: 'v,
    {
        let record = self.model.event(event).and_then(crate::model::Event::carried).ok_or_else(mistyped)?;
        let value = self.document(message.payload.as_slice(), 0, &Type::Struct(record))?;
        run.bind(src, value);
        Ok(())
    }

    /// Reads an answer as the mapping that takes it does.
    fn read_answer<'v>(
        &'v self,
        run: &mut Run<'v, '_>,
        receive: &'v crate::model::Receive,
        message: &'v Message,
    ) -> Result<()>
    where
        'm: 'v,
    {
        let Some(ty) = receive.read_as() else { return Ok(()) };
        let value = self.document(message.payload.as_slice(), 0, ty)?;
        run.bind(receive.src, value);
        Ok(())
    }

    fn read_message<'v>(
        &'v self,
        run: &mut Run<'v, '_>,
        origin: Origin,
        receive: &'v crate::model::Receive,
        message: &'v Message,
    ) -> Result<()>
    where
        'm: 'v,
    {
        match origin {
            Origin::Event(event) => self.read_event(run, event, receive.src, message),
            Origin::Answer(_) => self.read_answer(run, receive, message),
        }
    }
}

impl Functions for Evaluated<'_> {
    type Data = Data;

    fn start_keys(&self, function: Func, message: &Message, answers: &Answers) -> Result<Keys> {
        let Does::StartKeys(start) = &self.does(function)?.does else { return Err(mistyped()) };
        let StartFrom::Event { event, fetch } = &start.from else { return Ok(Keys::new()) };
        let mut scene = self.scene(Some(event.event.system), Some(message), Answers::new());
        let mut run = self.run(&mut scene);
        self.read_event(&mut run, event.event, event.src, message)?;
        let mut keys = Keys::new();
        for fetch in fetch {
            let key = self.params_of(&mut run, &fetch.call)?;
            keys.insert(&crate::lower::flow::name_of_fetch(self.flow, &fetch.name), key);
        }
        let Some(receive) = &event.receive else { return Ok(keys) };
        if answers.cover(&keys) {
            self.fetched(&mut run, start, answers)?;
            self.asked(&mut run, &receive.mapping, &mut keys);
        }
        if answers.cover(&keys) {
            let own = self.answers_for(Some(&receive.mapping), answers);
            let mut scene = self.scene(Some(event.event.system), Some(message), own);
            let made = self.made(&mut self.run(&mut scene), start, message, answers)?;
            self.ask_references(&made, &self.object, &mut keys);
        }
        Ok(keys)
    }

    fn start(&self, function: Func, message: &Message, answers: &Answers) -> Result<Started<Data>> {
        match &self.does(function)?.does {
            Does::Start(start) => self.begun(start, message, answers),
            _ => Err(mistyped()),
        }
    }

    fn correlate(&self, function: Func, message: &Message) -> Result<Option<String>> {
        let Does::Correlate(event, src, value) = &self.does(function)?.does else { return Err(mistyped()) };
        let mut scene = self.scene(Some(event.system), Some(message), Answers::new());
        let mut run = self.run(&mut scene);
        self.read_event(&mut run, *event, *src, message)?;
        let value = run.eval(value).map_err(|failure| located(failure, message.payload.as_slice()))?;
        Ok((!value.is_none()).then(|| parts::key_text(self.model, &value)))
    }

    fn test(&self, function: Func, data: &Data, at: &At<'_>) -> Result<bool> {
        let Function { within, does, .. } = self.does(function)?;
        let mut scene = self.scene(None, None, at.answers.clone());
        let mut run = self.run(&mut scene);
        match does {
            Does::Test(node) => {
                self.bind_all(&mut run, *within, data, at)?;
                run.truth(node)
            }
            Does::Before(state) => self.is_before(data, *state),
            _ => Err(mistyped()),
        }
    }

    fn text(&self, function: Func, data: &Data, at: &At<'_>) -> Result<String> {
        let Function { within, does, .. } = self.does(function)?;
        let mut scene = self.scene(None, None, at.answers.clone());
        let mut run = self.run(&mut scene);
        self.bind_all(&mut run, *within, data, at)?;
        match does {
            Does::Text(node) => {
                let value = run.eval(node)?;
                Ok(parts::key_text(self.model, &value))
            }
            Does::Instance(system, node) => {
                let value = run.eval(node)?;
                let is = parts::key_text(self.model, &value);
                let instances = &self.model.systems[*system].instances;
                let found = instances.iter().find(|instance| instance.is == is || instance.name == is);
                found.map(|instance| instance.name.clone()).ok_or_else(|| {
                    let name = &self.model.systems[*system].name;
                    crossdock_runtime::flow::no_instance(name, &is)
                })
            }
            Does::EventKey(event) => self.event_key(data, *event),
            _ => Err(mistyped()),
        }
    }

    fn parts(&self, function: Func, data: &Data, at: &At<'_>) -> Result<Vec<PartSpec>> {
        let Function { within, does: Does::Parts(id), .. } = self.does(function)? else { return Err(mistyped()) };
        let mut scene = self.scene(None, None, at.answers.clone());
        let mut run = self.run(&mut scene);
        self.bind_all(&mut run, *within, data, at)?;
        self.parts_of(&mut run, *id)
    }

    fn keys(&self, function: Func, data: &Data, at: &At<'_>) -> Result<Keys> {
        let Function { within, of, does } = self.does(function)?;
        let mut keys = Keys::new();
        match does {
            Does::CallKeys(call) => {
                let mut scene = self.scene(Some(call.operation.system), None, Answers::new());
                let mut run = self.run_of(*of, &mut scene);
                self.bind_all(&mut run, *within, data, at)?;
                let said = call.params.iter().map(|(_, value, _)| value).chain(&call.instance);
                said.for_each(|value| run.ask(value, &mut keys));
                if let Some(send) = &call.send {
                    self.asked(&mut run, send, &mut keys);
                }
            }
            Does::TestKeys(conditions) => {
                let mut scene = self.scene(None, None, Answers::new());
                let mut run = self.run(&mut scene);
                self.bind_all(&mut run, *within, data, at)?;
                for when in conditions {
                    run.ask(when, &mut keys);
                }
            }
            Does::ReceiveKeys(origin, receive) => {
                let message = at.message.ok_or_else(mistyped)?;
                let mut scene = self.scene(Some(origin.system()), Some(message), Answers::new());
                let mut run = self.run(&mut scene);
                self.bind_all(&mut run, *within, data, at)?;
                self.read_message(&mut run, *origin, receive, message)?;
                self.asked(&mut run, &receive.mapping, &mut keys);
            }
            _ => return Err(mistyped()),
        }
        Ok(keys)
    }

    fn request(&self, function: Func, data: &Data, at: &At<'_>) -> Result<Vec<u8>> {
        let Function { within, of, does } = self.does(function)?;
        match does {
            Does::Request(call) => self.requested_of(call, (*within, *of), data, at),
            Does::Payload(event) => self.payload(data, *event),
            _ => Err(mistyped()),
        }
    }

    fn receive(&self, function: Func, data: &mut Data, at: &At<'_>) -> Result<Received> {
        let Function { within, does: Does::Receive(origin, receive), .. } = self.does(function)? else {
            return Err(mistyped());
        };
        let message = at.message.ok_or_else(mistyped)?;
        self.received(*within, *origin, receive, message, data, at)
            .map_err(|failure| located(failure, message.payload.as_slice()))
    }

    fn set(&self, function: Func, data: &mut Data, at: &At<'_>) -> Result<Vec<Change>> {
        let Function { within, does: Does::Set(states), .. } = self.does(function)? else { return Err(mistyped()) };
        self.moved_to(*within, states, data, at)
    }

    fn derive(&self, data: &mut Data) -> Result<Received> {
        self.derived(data)
    }
}

fn written(json: String) -> Result<Stored> {
    Stored::new(json).map_err(|error| Failure::json(builtin::INVALID_ARGUMENT, &error))
}

/// Works out the path in a message that a failure comes from.
#[cold]
fn located(failure: Failure, bytes: &[u8]) -> Failure {
    failure.locate(&[std::str::from_utf8(bytes).unwrap_or_default()])
}
