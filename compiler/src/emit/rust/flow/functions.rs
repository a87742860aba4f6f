//! The functions of a flow, one by one.

use super::applied::{Document, Documents};
use super::module::Module;
use super::scope::{Scope, read};
use crate::emit::rust::expr::mentions;
use crate::emit::rust::names;
use crate::eval::flow::of_event;
use crate::expr::ir::{Node, VarId};
use crate::lower::flow::{Does, Function, Origin};
use crate::model::{
    Call, EventRef, Id, Over, PublishedEvent, Receive, Received, SetState, StateOf, StepId, System, Type,
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// A function, compiled.
pub struct Compiled {
    /// Its name.
    pub name: String,
    /// The method of the runtime's trait that it belongs to.
    pub method: &'static str,
    /// How the method calls it.
    pub call: TokenStream,
    /// The function.
    pub item: TokenStream,
}

/// What a function's parameters may be, by the names that its body uses.
const PARAMETERS: &[&str] = &["settings", "message", "answers", "data", "at"];

impl Module<'_> {
    /// Compiles a function.
    pub fn compiled(&self, name: &str, function: &Function<'_>) -> Compiled {
        let within = function.within;
        let (method, result, body) = match &function.does {
            Does::StartKeys(start) => ("start_keys", quote!(rt::Keys), self.start_keys(start)),
            Does::Start(start) => ("start", quote!(Started<Data>), self.start(start)),
            Does::Correlate(event, src, node) => {
                ("correlate", quote!(Option<String>), self.correlate(*event, *src, node))
            }
            Does::Test(node) => ("test", quote!(bool), self.expression(within, node, |_, code| code.result())),
            Does::Before(state) => ("test", quote!(bool), self.before(*state)),
            Does::Text(node) => {
                let text = |ty: &Type, code: &crate::emit::rust::expr::Code| {
                    let text = Self::key_text(ty, code);
                    quote!(Ok(#text))
                };
                ("text", quote!(String), self.expression(within, node, |ty, code| text(ty, &code)))
            }
            Does::Instance(system, node) => ("text", quote!(String), self.instance(within, *system, node)),
            Does::EventKey(event) => ("text", quote!(String), self.event_key(*event)),
            Does::Parts(id) => ("parts", quote!(Vec<PartSpec>), self.parts(*id)),
            Does::TestKeys(conditions) => ("keys", quote!(rt::Keys), self.test_keys(within, conditions)),
            Does::CallKeys(call) => ("keys", quote!(rt::Keys), self.of(function.of).call_keys(within, call)),
            Does::ReceiveKeys(origin, receive) => {
                ("keys", quote!(rt::Keys), self.receive_keys(within, *origin, receive))
            }
            Does::Request(call) => ("request", quote!(Vec<u8>), self.of(function.of).request(within, call)),
            Does::Payload(event) => ("request", quote!(Vec<u8>), self.payload(*event)),
            Does::Receive(origin, receive) => ("receive", quote!(Received), self.receive(within, *origin, receive)),
            Does::Set(states) => ("set", quote!(Vec<Change>), self.set(within, states)),
        };
        let changes = matches!(method, "receive" | "set");
        let of_message = matches!(method, "start_keys" | "start" | "correlate");
        let (mut parameters, mut arguments) = (Vec::new(), Vec::new());
        for parameter in PARAMETERS {
            let given = match *parameter {
                "message" => of_message,
                "answers" => matches!(method, "start_keys" | "start"),
                "data" | "at" => !of_message,
                _ => true,
            };
            if !given || !mentions(&body, parameter) {
                continue;
            }
            let ident = format_ident!("{parameter}");
            let (ty, argument) = match *parameter {
                "settings" => (quote!(&rt::flow::Settings), quote!(&self.settings)),
                "message" => (quote!(&Message), quote!(message)),
                "answers" => (quote!(&rt::Answers), quote!(answers)),
                "data" if changes => (quote!(&mut Data), quote!(data)),
                "data" => (quote!(&Data), quote!(data)),
                _ => (quote!(&At<'_>), quote!(at)),
            };
            parameters.push(quote!(#ident: #ty));
            arguments.push(argument);
        }
        let (ident, doc) = (names::function(name), format!(" {}", self.words(&function.does)));
        Compiled {
            name: name.to_owned(),
            method,
            call: quote!(#ident(#(#arguments),*)),
            item: quote!(#[doc = #doc] fn #ident(#(#parameters),*) -> rt::Result<#result> { #body }),
        }
    }

    /// The module as the subscribers of a published event see it: with that event's lookups.
    fn of(&self, event: Option<Id<PublishedEvent>>) -> Module<'_> {
        let shell = match event {
            Some(event) => of_event(&self.shell, &self.model.events[event]),
            None => self.shell.clone(),
        };
        let types = crate::emit::rust::types::RustTypes::outside(self.model);
        Module { shell, types, names: self.names.clone(), ..*self }
    }

    /// The statement that gives the circumstances, where something reads them.
    pub fn meta(&self, system: Option<Id<System>>, message: bool, tokens: &[&TokenStream]) -> TokenStream {
        if !tokens.iter().any(|tokens| mentions(tokens, "meta")) {
            return TokenStream::new();
        }
        match system {
            Some(system) => {
                let system = &self.model.systems[system].name;
                let message = if message { quote!(Some(message)) } else { quote!(None) };
                quote!(let meta = &rt::flow::meta(settings, #system, #message);)
            }
            None => quote!(let meta = &rt::Meta::default();),
        }
    }

    /// The statement that gives answers, under the names that a mapping knows.
    pub fn answers(
        &self,
        used: Option<&crate::model::MapUse>,
        all: &TokenStream,
        tokens: &[&TokenStream],
    ) -> TokenStream {
        if !tokens.iter().any(|tokens| mentions(tokens, "answers")) {
            return TokenStream::new();
        }
        match used {
            Some(used) => {
                let mapping = &self.model.mappings[used.mapping].name;
                quote!(let answers = &rt::flow::answers_to(#mapping, #all);)
            }
            None => quote!(let answers = #all;),
        }
    }

    /// An expression over what is in scope.
    fn expression(
        &self,
        within: Option<StepId>,
        node: &Node,
        end: impl Fn(&Type, crate::emit::rust::expr::Code) -> TokenStream,
    ) -> TokenStream {
        let Scope { mut compiler, parts } = self.scope(within, &read([node]));
        let body = end(&node.ty, compiler.expr(node));
        let roots = self.roots(&[&body, &parts]);
        let answers = self.answers(None, &quote!(at.answers), &[&body]);
        let meta = self.meta(None, false, &[&body]);
        quote!(#answers #meta #roots #parts #body)
    }

    /// The event's record, read of the message.
    pub fn event(&self, event: EventRef, src: VarId) -> Documents {
        let record = self.model.event(event).and_then(crate::model::Event::carried);
        let document = |of| Document {
            ident: format_ident!("src"),
            of,
            list: self.model.structs[of].many,
            bytes: quote!(message.payload.as_slice()),
        };
        record.map(|of| (src, document(of))).into_iter().collect()
    }

    /// What is received: an event's record, or the answer as the mapping takes it.
    fn received(&self, origin: Origin, receive: &Receive) -> Documents {
        if let Origin::Event(event) = origin {
            return self.event(event, receive.src);
        }
        let ty = receive.read_as();
        let of =
            ty.and_then(|ty| Some((ty.as_struct().or_else(|| ty.element()?.as_struct())?, ty.element().is_some())));
        let document = |(of, list): (Id<crate::model::Struct>, bool)| Document {
            ident: format_ident!("src"),
            of,
            list: list || self.model.structs[of].many,
            bytes: quote!(message.payload.as_slice()),
        };
        of.map(|of| (receive.src, document(of))).into_iter().collect()
    }

    fn correlate(&self, event: EventRef, src: VarId, node: &Node) -> TokenStream {
        let documents = self.event(event, src);
        let mut scope = Scope { compiler: self.compiler(), parts: TokenStream::new() };
        Self::bind_documents(&mut scope, &documents);
        let code = scope.compiler.expr(node);
        let text = if let Type::Optional(inner) = &node.ty {
            let stored = code.clone().into_stored();
            let of = stored.receiver();
            if inner.is_text() {
                stored.value()
            } else {
                let one = Self::stored_key(inner, &quote!(value));
                quote!(#of.map(|value| #one))
            }
        } else {
            let text = Self::key_text(&node.ty, &code);
            quote!(Some(#text))
        };
        let meta = self.meta(Some(event.system), true, &[&text]);
        let documents = self.read_documents(&documents, &[&text]);
        quote!(#documents #meta Ok(#text))
    }

    fn before(&self, state: u16) -> TokenStream {
        let of = &self.model.structs[self.flow.object];
        let Some(lifecycle) = &of.lifecycle else { return quote!(compile_error!("no lifecycle")) };
        let Some(field) = of.field(lifecycle.field) else { return quote!(compile_error!("no status")) };
        let (status, codes) = (names::field(&field.name), self.types.codes_path(lifecycle.codes));
        let states = lifecycle.before(state);
        if states.is_empty() {
            return quote!(Ok(false));
        }
        let states = states.iter().map(|state| {
            let variant = names::variant(self.model, lifecycle.codes, *state);
            quote!(#codes::#variant)
        });
        quote!(Ok(matches!(data.object.#status, #(#states)|*)))
    }

    fn instance(&self, within: Option<StepId>, system: Id<System>, node: &Node) -> TokenStream {
        let of = &self.model.systems[system];
        let mut seen = BTreeSet::new();
        let arms: Vec<TokenStream> = of
            .instances
            .iter()
            .filter_map(|instance| {
                let texts: Vec<&str> =
                    [instance.is.as_str(), &instance.name].into_iter().filter(|text| seen.insert(*text)).collect();
                let name = &instance.name;
                (!texts.is_empty()).then(|| quote!(#(#texts)|* => Ok(#name.to_owned()),))
            })
            .collect();
        let name = &of.name;
        self.expression(within, node, |ty, code| {
            let text = Self::key_text(ty, &code);
            quote!(match (#text).as_str() { #(#arms)* is => Err(rt::flow::no_instance(#name, is)), })
        })
    }

    fn event_key(&self, event: Id<PublishedEvent>) -> TokenStream {
        let keys: Vec<TokenStream> = self.model.events[event]
            .key
            .iter()
            .map(|field| {
                let place = self.place(&quote!(data.object), self.flow.object, &field.path);
                let ty = self.field_at(self.flow.object, &field.path).map(|field| &field.ty);
                ty.map_or_else(|| quote!(compile_error!("no such field")), |ty| Self::stored_key(ty, &place))
            })
            .collect();
        match keys.as_slice() {
            [one] => quote!(Ok(#one)),
            keys => quote!(Ok([#(#keys),*].join("/"))),
        }
    }

    fn payload(&self, event: Id<PublishedEvent>) -> TokenStream {
        let paths: Vec<&[u16]> = self.model.events[event].fields.iter().map(|field| field.path.as_slice()).collect();
        let told = self.told(&quote!(data.object), self.flow.object, &paths);
        quote!(let mut w = rt::json::Writer::compact(); #told Ok(w.into_bytes()))
    }

    /// Writes some fields of an object; a path that ends tells all that is there.
    fn told(&self, base: &TokenStream, of: Id<crate::model::Struct>, paths: &[&[u16]]) -> TokenStream {
        let mut fields = TokenStream::new();
        for (position, field) in (0_u16..).zip(&self.model.structs[of].fields) {
            let below: Vec<&[u16]> = paths
                .iter()
                .filter_map(|path| path.split_first().filter(|(first, _)| **first == position))
                .map(|(_, rest)| rest)
                .collect();
            if below.is_empty() {
                continue;
            }
            let (ident, name) = (names::field(&field.name), &field.name);
            let inner = crate::lower::rights::struct_of(field);
            let inner = inner.filter(|_| !below.iter().any(|rest| rest.is_empty()));
            let Some(inner) = inner else {
                fields.extend(quote!(rt::flow::tell(&mut w, #name, &#base.#ident)?;));
                continue;
            };
            let one = self.told(&quote!(item), inner, &below);
            fields.extend(if field.ty.element().is_some() {
                quote!(w.key(#name); w.array_begin(); for item in &#base.#ident { #one } w.array_end();)
            } else if field.ty.is_optional() {
                quote!(if let Some(item) = &#base.#ident { w.key(#name); #one })
            } else {
                let one = self.told(&quote!(#base.#ident), inner, &below);
                quote!(w.key(#name); #one)
            });
        }
        quote!(w.object_begin(); #fields w.object_end();)
    }

    fn parts(&self, id: StepId) -> TokenStream {
        let Some((within, each)) = self.each(id) else { return quote!(compile_error!("no `each`")) };
        let nodes: Vec<&Node> = match &each.over {
            Over::Elements { list, .. } => vec![list],
            Over::Groups { list, by, .. } => vec![list, by],
            Over::Unknown => Vec::new(),
        };
        let mut scope = self.scope(within, &read(nodes.iter().copied()));
        let body = match &each.over {
            Over::Elements { list, of, key, .. } => {
                let list = scope.compiler.yields(list).chain;
                let key = self.element_key(*of, *key);
                quote!(Ok(rt::flow::elements(#list.map(|element| #key))))
            }
            Over::Groups { list, element, by, .. } => {
                let iter = scope.compiler.yields(list);
                let (chain, form) = (iter.chain, iter.form);
                let item = scope.compiler.taken("element", *element, &form);
                let code = scope.compiler.expr(by);
                let key = if let Type::Optional(inner) = &by.ty {
                    let by = code.value();
                    let one = Self::key_text(
                        inner,
                        &crate::emit::rust::expr::Code::new(quote!(by), code.form.inner().clone()),
                    );
                    quote!(let by = rt::flow::grouped(#by, index)?; let key = #one;)
                } else {
                    let key = Self::key_text(&by.ty, &code);
                    quote!(let key = #key;)
                };
                let identity = match crate::lower::flow::listed(self.model, self.flow, within, list).and_then(|l| l.key)
                {
                    Some(key) => list.ty.element().and_then(Type::as_struct).map(|of| {
                        let key = self.element_key(of, key);
                        let element = format_ident!("element");
                        if item == element { key } else { quote!({ let element = #item; #key }) }
                    }),
                    None => None,
                };
                let identity = identity.unwrap_or_else(|| quote!(index.to_string()));
                let (pattern, chain) = if mentions(&key, "index") || mentions(&identity, "index") {
                    (quote!((index, #item)), quote!(#chain.enumerate()))
                } else {
                    (quote!(#item), chain)
                };
                quote! {
                    let mut parts = Vec::new();
                    for #pattern in #chain { #key rt::flow::group(&mut parts, key, #identity); }
                    Ok(parts)
                }
            }
            Over::Unknown => quote!(compile_error!("an `each` over nothing")),
        };
        let parts = scope.parts;
        let roots = self.roots(&[&body, &parts]);
        let answers = self.answers(None, &quote!(at.answers), &[&body]);
        quote!(#answers #roots #parts #body)
    }

    /// The variables that a call's parameters and request read.
    fn read_by_call(call: &Call) -> BTreeSet<VarId> {
        let sent = call.send.iter().flat_map(|send| &send.inputs);
        read(call.params.iter().map(|(_, value, _)| value).chain(sent))
    }

    /// Parameters with their values, in the order of the operation.
    pub fn params(&self, scope: &mut Scope<'_>, call: &Call) -> TokenStream {
        let mut params = quote!(rt::flow::Params::new());
        let Some(operation) = self.model.operation(call.operation) else { return params };
        for (position, param) in (0_u16..).zip(&operation.params) {
            let Some((_, value, _)) = call.params.iter().find(|(known, ..)| *known == position) else { continue };
            let code = scope.compiler.expr(value);
            let form = crate::emit::rust::expr::stored_form(&param.ty);
            let value = if matches!(code.form, crate::emit::rust::expr::Form::Text(_)) {
                code.lent()
            } else {
                let value = code.into_form(&form);
                let value = value.operand(crate::emit::rust::expr::Binds::Prefix);
                quote!(&#value)
            };
            let name = &param.name;
            params = quote!(#params.with(#name, #value)?);
        }
        params
    }

    fn test_keys(&self, within: Option<StepId>, conditions: &[&Node]) -> TokenStream {
        let mut scope = self.scope(within, &read(conditions.iter().copied()));
        let asked = self.asked(&mut scope, conditions.iter().copied());
        let parts = scope.parts;
        let roots = self.roots(&[&asked, &parts]);
        let meta = self.meta(None, false, &[&asked]);
        quote!(#meta #roots #parts let mut keys = rt::Keys::new(); #asked Ok(keys))
    }

    fn call_keys(&self, within: Option<StepId>, call: &Call) -> TokenStream {
        let instance = call.instance.iter().filter(|node| node.looks_up());
        let mut known = Self::read_by_call(call);
        known.extend(read(instance.clone()));
        let mut scope = self.scope(within, &known);
        let mut asked = self.asked(&mut scope, call.params.iter().map(|(_, value, _)| value).chain(instance));
        if let Some(send) = &call.send {
            asked.extend(self.asked_by(&mut scope, send, &Documents::new()));
        }
        let parts = scope.parts;
        let roots = self.roots(&[&asked, &parts]);
        let meta = self.meta(Some(call.operation.system), false, &[&asked]);
        quote!(#meta #roots #parts let mut keys = rt::Keys::new(); #asked Ok(keys))
    }

    fn receive_keys(&self, within: Option<StepId>, origin: Origin, receive: &Receive) -> TokenStream {
        let mut scope = self.scope(within, &Self::read_by(&receive.mapping));
        let documents = self.received(origin, receive);
        Self::bind_documents(&mut scope, &documents);
        let asked = self.asked_by(&mut scope, &receive.mapping, &documents);
        let parts = scope.parts;
        let roots = self.roots(&[&asked, &parts]);
        let meta = self.meta(Some(origin.system()), true, &[&asked]);
        let documents = self.read_documents(&documents, &[&asked]);
        let message = mentions(&quote!(#meta #documents #asked), "message")
            .then(|| quote!(let message = rt::flow::message(at)?;));
        quote!(#message #meta #roots #parts #documents let mut keys = rt::Keys::new(); #asked Ok(keys))
    }

    fn request(&self, within: Option<StepId>, call: &Call) -> TokenStream {
        let mut scope = self.scope(within, &Self::read_by_call(call));
        let params = self.params(&mut scope, call);
        let body = match &call.send {
            None => quote!(#params.request(None)),
            Some(send) => {
                let applied = self.applied(&mut scope, send, &Documents::new());
                let (setup, input, made) = (applied.setup, applied.input, applied.made);
                let of = self.model.operation(call.operation).and_then(|operation| operation.request);
                let Some(of) = of.filter(|of| self.model.structs[*of].is_record()) else {
                    return quote!(compile_error!("a request that is no record is not generated yet"));
                };
                let (root, many) = (&self.model.structs[of].root, applied.many || self.model.structs[of].many);
                let one = if applied.many { quote!(&made) } else { quote!(&[made]) };
                quote! {
                    let params = #params;
                    #setup
                    let input = #input;
                    let made = #made;
                    params.request(Some(&rt::root::encode(#one, &[#(#root),*], #many)?))
                }
            }
        };
        let parts = scope.parts;
        let roots = self.roots(&[&body, &parts]);
        let answers = self.answers(call.send.as_ref(), &quote!(at.answers), &[&body]);
        let meta = self.meta(Some(call.operation.system), false, &[&body]);
        quote!(#meta #answers #roots #parts #body)
    }

    fn receive(&self, within: Option<StepId>, origin: Origin, receive: &Receive) -> TokenStream {
        let mut scope = self.scope(within, &Self::read_by(&receive.mapping));
        let documents = self.received(origin, receive);
        Self::bind_documents(&mut scope, &documents);
        let applied = self.applied(&mut scope, &receive.mapping, &documents);
        let (setup, input, made) = (&applied.setup, &applied.input, &applied.made);
        let made = if applied.many { made.clone() } else { quote!(vec![#made]) };
        let mapping = &self.model.mappings[receive.mapping.mapping];
        let update = mapping.intent == crate::model::Intent::Update;
        let taken = match receive.into {
            Received::Kept(position) => {
                let take = self.keeps(position, update.then(|| origin.system()));
                quote!(#take(data, made))
            }
            Received::Patch | Received::Create => {
                let take = self.patched_by(origin.system());
                if self.ids_holder(self.flow.object).is_some() {
                    quote!(#take(data, made, at.part.is_some()))
                } else {
                    quote!(#take(data, made))
                }
            }
        };
        let body = quote!(#setup let input = #input; let made = #made; #taken);
        let parts = scope.parts;
        let roots = self.roots(&[setup, input, &parts]);
        let answers = self.answers(Some(&receive.mapping), &quote!(at.answers), &[&body]);
        let meta = self.meta(Some(origin.system()), true, &[&body]);
        let documents = self.read_documents(&documents, &[&body]);
        let message =
            mentions(&quote!(#meta #documents #body), "message").then(|| quote!(let message = rt::flow::message(at)?;));
        quote!(#message #meta #answers #roots #parts #documents #body)
    }

    fn set(&self, within: Option<StepId>, states: &[&SetState]) -> TokenStream {
        let mut moves = TokenStream::new();
        for state in states {
            let holder = &self.model.structs[state.holder];
            let (Some(field), Some(lifecycle)) = (holder.field(state.field), &holder.lifecycle) else {
                return quote!(compile_error!("no status"));
            };
            let (codes, variant) =
                (self.types.codes_path(lifecycle.codes), names::variant(self.model, lifecycle.codes, state.state));
            let (ident, name) = (names::field(&field.name), &field.name);
            let rights = self.rights(state.by);
            let (path, place, find) = match state.of {
                StateOf::Object => (String::new(), quote!(object), TokenStream::new()),
                StateOf::Part(step) => match self.element_of(within, step) {
                    Some((path, find)) => (path, quote!(element), find),
                    None => return quote!(compile_error!("the status of a part that is kept is not set in flows")),
                },
            };
            moves.extend(quote!({
                let rights = #rights;
                #find
                let to = rt::Field::Set(#codes::#variant);
                rt::apply::status(&to, &mut #place.#ident, (#path, #name), &rights, &mut applied)?;
            }));
        }
        let object = names::type_name(&self.model.structs[self.flow.object].name);
        quote! {
            let mut object = data.object.clone();
            let mut applied = rt::Applied::default();
            #moves
            data.object = canonical::#object::try_from(object)?.into_data();
            Ok(applied.moves.into_iter().map(Change::from).collect())
        }
    }

    /// The path of the list that an element of an `each` is of, and the statements that find it in `object`.
    fn element_of(&self, within: Option<StepId>, step: StepId) -> Option<(String, TokenStream)> {
        let opened = crate::lower::flow::open(self.flow, within);
        let up = opened.iter().rev().position(|(id, _)| *id == step)?;
        let (parent, each) = self.each(step)?;
        let Over::Elements { list, of, key, .. } = &each.over else { return None };
        let crate::lower::flow::Kept::Object(path) =
            crate::lower::flow::listed(self.model, self.flow, parent, list)?.of
        else {
            return None;
        };
        let mut names = Vec::new();
        for length in 1..=path.len() {
            names.push(self.field_at(self.flow.object, path.get(..length)?)?.name.clone());
        }
        let place = self.place(&quote!(object), self.flow.object, &path);
        let (key, up) = (self.element_key(*of, *key), proc_macro2::Literal::usize_unsuffixed(up));
        let find = quote! {
            let part = rt::flow::part(at, #up)?;
            let element = rt::flow::element_mut(&mut #place, part, |element| #key)?;
        };
        Some((names.join("."), find))
    }

    /// What a system may write of `object` as it is.
    fn rights(&self, by: Option<Id<System>>) -> TokenStream {
        let object = self.flow.object;
        match by {
            Some(by) if self.writable.get(&by).is_some_and(|writable| writable.fields.contains_key(&object)) => {
                let patch = self.types.patch_path(object, Some(by));
                quote!(#patch::rights(&object, Some(&data.originator)))
            }
            by => {
                let system = by.map_or(self.flow.name.as_str(), |by| &self.model.systems[by].name);
                quote!(rt::apply::Rights {
                    system: #system,
                    grants: &[],
                    partition: None,
                    state: None,
                    originator: Some(&data.originator),
                })
            }
        }
    }

    /// The function that applies patches of a system.
    pub fn patched_by(&self, system: Id<System>) -> Ident {
        format_ident!("patched_by_{}", crate::lower::names::snake(&self.model.systems[system].name))
    }

    /// The function that keeps what is received; in the name of a system, if they are patches.
    pub fn keeps(&self, position: u16, by: Option<Id<System>>) -> Ident {
        let kept = self.flow.keep.get(usize::from(position)).map_or("", |kept| &kept.name);
        let kept = crate::lower::names::snake(kept);
        match by {
            Some(by) => {
                format_ident!("patch_{kept}_by_{}", crate::lower::names::snake(&self.model.systems[by].name))
            }
            None => format_ident!("keep_{kept}"),
        }
    }
}
