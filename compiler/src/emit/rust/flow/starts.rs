//! Starts: what they fetch, look up and refer to, and what they make of their messages.

use super::applied::{Document, Documents};
use super::module::Module;
use super::scope::Scope;
use crate::emit::rust::expr::mentions;
use crate::lower::flow::name_of_fetch;
use crate::lower::names::{not_taken, snake};
use crate::model::{Fetch, Start, StartFrom, Taken, Type};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};

/// What a start by an event reads.
struct Reading<'m> {
    scope: Scope<'m>,
    /// The event's record.
    own: Documents,
    /// What is fetched.
    fetched: Documents,
    /// The statements that make the keys of what is fetched.
    keys: TokenStream,
    /// The statements that find it.
    found: TokenStream,
}

impl Reading<'_> {
    fn all(&self) -> Documents {
        self.own.iter().chain(&self.fetched).map(|(var, document)| (*var, document.clone())).collect()
    }
}

impl Module<'_> {
    fn reading(&self, event: &Taken, fetch: &[Fetch]) -> Reading<'_> {
        let own = self.event(event.event, event.src);
        let mut scope = Scope { compiler: self.compiler(), parts: TokenStream::new() };
        Self::bind_documents(&mut scope, &own);
        let mut fetched = Documents::new();
        let (keys, found) = self.fetched(fetch, &mut fetched, &mut scope);
        Self::bind_documents(&mut scope, &fetched);
        Reading { scope, own, fetched, keys, found }
    }

    /// The documents that a start fetches, and the statements for their keys and for them.
    fn fetched(&self, fetch: &[Fetch], documents: &mut Documents, scope: &mut Scope<'_>) -> (TokenStream, TokenStream) {
        let (mut keys, mut found) = (TokenStream::new(), TokenStream::new());
        for fetch in fetch {
            let name = name_of_fetch(self.flow, &fetch.name);
            let params = self.params(scope, &fetch.call);
            let key = format_ident!("{}_key", snake(&fetch.name));
            let bytes = format_ident!("{}_bytes", snake(&fetch.name));
            keys.extend(quote!(let #key = #params.key();));
            found.extend(quote!(let #bytes = rt::flow::fetched(answers, #name, &#key)?;));
            let of = fetch.ty.as_struct().or_else(|| fetch.ty.element().and_then(Type::as_struct));
            if let Some(of) = of {
                let ident = format_ident!(
                    "{}",
                    not_taken(&snake(&fetch.name), |name| {
                        matches!(
                            name,
                            "src" | "answers" | "data" | "input" | "keys" | "made" | "message" | "meta" | "settings"
                        )
                    })
                );
                let list = fetch.ty.element().is_some() || self.model.structs[of].many;
                documents.insert(fetch.var, Document { ident, of, list, bytes: quote!(#bytes) });
            }
        }
        (keys, found)
    }

    pub fn start_keys(&self, start: &Start) -> TokenStream {
        let StartFrom::Event { event, fetch } = &start.from else { return quote!(Ok(rt::Keys::new())) };
        let mut reading = self.reading(event, fetch);
        let all = reading.all();
        let asked = match &event.receive {
            Some(receive) => self.asked_by(&mut reading.scope, &receive.mapping, &all),
            None => TokenStream::new(),
        };
        let Reading { own, fetched, keys, found, .. } = reading;
        let read_fetched = self.read_documents(&fetched, &[&asked]);
        let asked = if asked.is_empty() || fetch.is_empty() {
            asked
        } else {
            quote!(if answers.cover(&keys) { #found #read_fetched #asked })
        };
        let read_own = self.read_documents(&own, &[&keys, &asked]);
        let meta = self.meta(Some(event.event.system), true, &[&keys, &asked]);
        let inserts = fetch.iter().map(|fetch| {
            let name = name_of_fetch(self.flow, &fetch.name);
            let key = format_ident!("{}_key", snake(&fetch.name));
            // What is fetched is looked into again for what it asks for.
            let again = (!asked.is_empty()).then(|| quote!(.clone()));
            quote!(keys.insert(#name, #key #again);)
        });
        let inserts: TokenStream = inserts.collect();
        let references = self.refers().then(|| {
            let made = self.made_by(event);
            quote! {
                if answers.cover(&keys) {
                    let mut object = #made(settings, message, answers)?;
                    references(&mut object, &mut |of, by| {
                        rt::flow::ask_reference(&mut keys, of, by);
                        Ok(())
                    })?;
                }
            }
        });
        quote!(#read_own #meta let mut keys = rt::Keys::new(); #keys #inserts #asked #references Ok(keys))
    }

    pub fn start(&self, start: &Start) -> TokenStream {
        let (event, fetch) = match &start.from {
            StartFrom::Event { event, fetch } => (event, fetch),
            StartFrom::Api { api, operation } => {
                let declared = self.model.apis[*api].operations.get(usize::from(*operation));
                let caller = declared.and_then(|operation| operation.caller);
                return match caller {
                    Some(caller) => {
                        let caller = &self.model.systems[caller].name;
                        quote!(started(requested(message.payload.as_slice())?, #caller))
                    }
                    None => quote!(started(requested(message.payload.as_slice())?, &message.system)),
                };
            }
        };
        let system = &self.model.systems[event.event.system].name;
        if self.refers() {
            let made = self.made_by(event);
            return quote! {
                let mut object = #made(settings, message, answers)?;
                references(&mut object, &mut |of, by| rt::flow::refer(answers, of, by))?;
                started(object, #system)
            };
        }
        self.made_body(event, fetch, |made| quote!(started(#made, #system)))
    }

    /// The function that makes the object of a start, where what it refers to is asked for before it is begun.
    fn made_by(&self, event: &Taken) -> Ident {
        format_ident!("made_by_{}", snake(&self.model.event_name(event.event).replace('.', "_")))
    }

    /// That function; none for a start by an API, whose request is the object.
    pub fn made(&self, start: &Start) -> Option<TokenStream> {
        let StartFrom::Event { event, fetch } = &start.from else { return None };
        let body = self.made_body(event, fetch, given);
        let parameters = [
            ("settings", quote!(&rt::flow::Settings)),
            ("message", quote!(&Message)),
            ("answers", quote!(&rt::Answers)),
        ];
        let parameters = parameters.map(|(name, ty)| {
            let name = if mentions(&body, name) { format_ident!("{name}") } else { format_ident!("_{name}") };
            quote!(#name: #ty)
        });
        let (ident, object) = (self.made_by(event), self.types.struct_path(self.flow.object));
        let doc = format!(" What `{}` makes of its message.", self.model.event_name(event.event));
        Some(quote!(#[doc = #doc] fn #ident(#(#parameters),*) -> rt::Result<#object> { #body }))
    }

    /// The statements that make the object of a start, and end with it.
    fn made_body(&self, event: &Taken, fetch: &[Fetch], end: impl Fn(&TokenStream) -> TokenStream) -> TokenStream {
        let Some(receive) = &event.receive else { return quote!(compile_error!("a start that receives nothing")) };
        let mut reading = self.reading(event, fetch);
        let all = reading.all();
        let applied = self.applied(&mut reading.scope, &receive.mapping, &all);
        let Reading { own, fetched, keys, found, .. } = reading;
        let (setup, input, made) = (&applied.setup, &applied.input, &applied.made);
        let read_fetched = self.read_documents(&fetched, &[setup, input]);
        let read_own = self.read_documents(&own, &[&keys, setup, input]);
        let made = if applied.many { quote!(rt::flow::one(#made)?) } else { made.clone() };
        let end = end(&made);
        let body = quote!(#setup let input = #input; #end);
        let meta = self.meta(Some(event.event.system), true, &[&keys, &body]);
        let own_answers = self.answers(Some(&receive.mapping), &quote!(answers), &[&body]);
        quote!(#meta #read_own #keys #found #read_fetched #own_answers #body)
    }
}

/// What a function gives that ends with this value: what may fail is given as it is.
fn given(value: &TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = value.clone().into_iter().collect();
    match tokens.pop() {
        Some(TokenTree::Punct(last)) if last.as_char() == '?' => tokens.into_iter().collect(),
        _ => quote!(Ok(#value)),
    }
}
