//! What is built: structs, lists of them, named parts, calls of other mappings and of the user's functions.

use super::code::lent_element;
use super::{Binds, Code, Compiler, Form, Held, Hold, stored_form, used};
use crate::emit::rust::names;
use crate::expr::ir::{Each, Kind, Node, VarId};
use crate::model::{FieldRole, Id, Mapping, Struct, Type, WireKind};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// What a list yields when it is gone over.
pub struct Iter {
    /// Something that can be gone over.
    pub tokens: TokenStream,
    /// An iterator, to which methods can be chained.
    pub chain: TokenStream,
    /// How the elements are held.
    pub form: Form,
}

impl Compiler<'_> {
    /// A struct. Its fields stand in the order in which their values are evaluated, and those without a value after them.
    pub(super) fn make(&mut self, of: Id<Struct>, fields: &[(u16, VarId, Node)]) -> Code {
        let path = self.around.struct_path(of);
        // What later values read stands in front, and so does all that is evaluated before it.
        let bound = reads_own_fields(fields).map_or(0, |last| last + 1);
        let model = self.model;
        let declared = &model.structs[of];
        let (mut lets, mut inits, mut given) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut names_bound: Vec<Ident> = Vec::new();
        for (count, (position, var, value)) in fields.iter().enumerate() {
            let Some(field) = declared.field(*position) else { continue };
            given.insert(*position);
            let ident = names::field(&field.name);
            let code = self.field_value(value, &stored_form(&field.ty));
            let tokens = code.value();
            if count < bound {
                let local = self.name(&field.name);
                lets.push(quote!(let #local = #tokens;));
                self.vars.insert(*var, Held::Place(quote!(#local)));
                inits.push(if local == ident { quote!(#ident) } else { quote!(#ident: #local) });
                names_bound.push(local);
            } else {
                inits.push(quote!(#ident: #tokens));
            }
        }
        for (position, field) in (0_u16..).zip(&declared.fields) {
            let joined = matches!(field.wire.as_ref().map(|w| &w.kind), Some(WireKind::Joined(..)));
            if joined || given.contains(&position) {
                continue;
            }
            let ident = names::field(&field.name);
            let value = match &field.ty {
                Type::Optional(_) => quote!(None),
                Type::List(_) => quote!(Vec::new()),
                Type::Struct(id) if field.role == FieldRole::Ids => {
                    let path = self.around.struct_path(*id);
                    quote!(#path::default())
                }
                _ => quote!(Default::default()),
            };
            inits.push(quote!(#ident: #value));
        }
        for name in &names_bound {
            self.leave(name);
        }
        let made = quote!(#path { #(#inits),* });
        let form = Form::Struct(Hold::Owned);
        if bound > 0 { Code::loose(quote!({ #(#lets)* #made }), form, Binds::Block) } else { Code::new(made, form) }
    }

    /// A field's value as it is stored, with failures given the target's place.
    fn field_value(&mut self, node: &Node, form: &Form) -> Code {
        let (segment, inner) = match &node.kind {
            Kind::At(segment, inner) => (Some(segment), &**inner),
            _ => (None, node),
        };
        let code = self.expr(inner).into_form(form);
        match segment {
            Some(segment) if code.fails() => Code::tries(self.placed(segment, inner.span, &code), form.clone()),
            _ => code,
        }
    }

    /// One element of the target per element of the source.
    pub(super) fn each(&mut self, each: &Each) -> Code {
        let name = self.element_name(&each.list);
        let iter = self.yields(&each.list);
        let item = self.name(&name);
        self.vars.insert(each.var, Held::Passing(item.clone(), iter.form.clone()));
        let index = each.index.map(|var| {
            let ident = self.name("index");
            self.vars.insert(var, Held::Passing(ident.clone(), Form::Plain));
            ident
        });
        let (lets, parts) = self.lets(&each.lets.iter().map(|(var, node)| (*var, "part", node)).collect::<Vec<_>>());
        let drops = self.drops(&each.drops);
        let body = self.expr(&each.body).into_stored();
        let form = Form::List(Box::new(body.form.clone()));
        parts.iter().chain(index.as_ref()).chain([&item]).for_each(|name| self.leave(name));
        let list = iter.tokens;
        let (body_result, body_value) = (body.result(), body.value());
        let whole = quote!(#lets #drops #body_value);
        let item = used(&item, &whole);
        let (pattern, list) = match index.map(|index| used(&index, &whole)) {
            Some(index) => (quote!((#index, #item)), quote!(rt::indexed(#list))),
            None => (item, list),
        };
        if each.drops.is_empty() {
            let made = if each.lets.is_empty() { body_result } else { quote!({ #lets #body_result }) };
            return Code::tries(quote!(rt::each(#list, |#pattern| #made)), form);
        }
        Code::tries(
            quote!(rt::each_kept(#list, |#pattern| {
                #lets
                #drops
                Ok(Some(#body_value))
            })),
            form,
        )
    }

    /// Named parts: evaluated once; a failure surfaces where the part is used.
    pub fn lets(&mut self, lets: &[(VarId, &str, &Node)]) -> (TokenStream, Vec<Ident>) {
        let mut all = TokenStream::new();
        let mut idents = Vec::new();
        for (var, name, value) in lets {
            let code = self.expr(value);
            let ident = self.name(name);
            if code.fails() {
                let made = code.result();
                all.extend(quote!(let #ident = rt::Part::of(|| #made);));
                self.vars.insert(*var, Held::Part(ident.clone(), code.form));
            } else {
                let value = code.value();
                all.extend(quote!(let #ident = #value;));
                self.vars.insert(*var, Held::Kept(ident.clone(), code.form));
            }
            idents.push(ident);
        }
        (all, idents)
    }

    pub(super) fn drops(&mut self, drops: &[(Node, String)]) -> TokenStream {
        drops
            .iter()
            .map(|(when, reason)| {
                let when = self.expr(when).value();
                quote!(if #when {
                    notes.drop_element(#reason);
                    return Ok(None);
                })
            })
            .collect()
    }

    /// What a list yields when it is gone over.
    pub fn yields(&mut self, list: &Node) -> Iter {
        let code = self.expr(list);
        let of = code.receiver();
        match &code.form {
            Form::Slice(element) => {
                let one = lent_element(element, &quote!(item));
                let chain = match &**element {
                    Form::Struct(_) | Form::Reference(_) => quote!(#of.iter()),
                    Form::Plain => quote!(#of.iter().copied()),
                    _ => {
                        let value = one.value();
                        quote!(#of.iter().map(|item| #value))
                    }
                };
                // A reference is what a slice yields by itself.
                let by_itself = matches!(**element, Form::Struct(_) | Form::Reference(_));
                Iter { tokens: if by_itself { code.value() } else { chain.clone() }, chain, form: one.form }
            }
            // What lies somewhere is looked at there.
            Form::List(element) if element.is_copy() && !code.is_made_here() => {
                let base = code.base();
                let chain = quote!(#base.iter().copied());
                Iter { tokens: chain.clone(), chain, form: (**element).clone() }
            }
            Form::List(element) => {
                Iter { tokens: code.value(), chain: quote!(#of.into_iter()), form: (**element).clone() }
            }
            Form::MapRef(key, _) => {
                let one = lent_element(key, &quote!(key));
                let value = one.value();
                let chain = quote!(#of.iter().map(|(key, _)| #value));
                Iter { tokens: chain.clone(), chain, form: one.form }
            }
            Form::Map(key, _) => {
                let chain = quote!(#of.into_iter().map(|(key, _)| key));
                Iter { tokens: chain.clone(), chain, form: (**key).clone() }
            }
            _ => Iter { tokens: quote!([(); 0]), chain: quote!([(); 0].into_iter()), form: Form::Plain },
        }
    }

    pub(super) fn list(&mut self, items: &[Node]) -> Code {
        if items.is_empty() {
            return Code::new(quote!(Vec::new()), Form::Empty);
        }
        let items: Vec<Code> = items.iter().map(|item| self.expr(item)).collect();
        let forms = items.iter().map(|item| item.form.clone());
        let form = forms.reduce(|form, other| form.common(&other)).unwrap_or(Form::Plain);
        let values: Vec<TokenStream> = items.into_iter().map(|item| item.into_form(&form).value()).collect();
        Code::new(quote!(vec![#(#values),*]), Form::List(Box::new(form)))
    }

    pub(super) fn list_opt(&mut self, items: &[(bool, Node)]) -> Code {
        let items: Vec<(bool, Code)> = items.iter().map(|(optional, item)| (*optional, self.expr(item))).collect();
        let element = |(optional, code): &(bool, Code)| if *optional { code.form.inner() } else { &code.form }.clone();
        let form = items.iter().map(element).reduce(|a, b| a.common(&b)).unwrap_or(Form::Plain);
        let list = self.name("list");
        let adds: Vec<TokenStream> = items
            .into_iter()
            .map(|(optional, code)| {
                if optional {
                    let value = code.into_form(&form.clone().optional()).value();
                    quote!(#list.extend(#value);)
                } else {
                    let value = code.into_form(&form).value();
                    quote!(#list.push(#value);)
                }
            })
            .collect();
        self.leave(&list);
        let tokens = quote!({ let mut #list = Vec::new(); #(#adds)* #list });
        Code::loose(tokens, Form::List(Box::new(form)), Binds::Block)
    }

    pub(super) fn map(&mut self, entries: &[(Node, bool, Node)]) -> Code {
        let entries: Vec<(Code, bool, Code)> =
            entries.iter().map(|(key, optional, value)| (self.expr(key), *optional, self.expr(value))).collect();
        let key_form = entries.iter().map(|(k, _, _)| k.form.clone()).reduce(|a, b| a.common(&b));
        let value_form = |(_, optional, value): &(Code, bool, Code)| {
            if *optional { value.form.inner().clone() } else { value.form.clone() }
        };
        let value_form = entries.iter().map(value_form).reduce(|a, b| a.common(&b));
        let (key_form, value_form) = (key_form.unwrap_or(Form::Plain), value_form.unwrap_or(Form::Plain));
        let map = self.name("map");
        let inserts: Vec<TokenStream> = entries
            .into_iter()
            .map(|(key, optional, value)| {
                let key = key.into_form(&key_form).value();
                if optional {
                    let value = value.into_form(&value_form.clone().optional()).value();
                    quote!(#map.insert_if(#key, #value)?;)
                } else {
                    let value = value.into_form(&value_form).value();
                    quote!(#map.insert(#key, #value)?;)
                }
            })
            .collect();
        self.leave(&map);
        let tokens = quote!({ let mut #map = rt::form::Map::new(); #(#inserts)* #map });
        Code::loose(tokens, Form::Map(Box::new(key_form), Box::new(value_form)), Binds::Block)
    }

    /// A value mapping, called.
    pub(super) fn apply(&mut self, id: Id<Mapping>, args: &[Node]) -> Code {
        let (function, more) = self.around.mapping_path(id);
        let args: Vec<TokenStream> = args.iter().map(|arg| self.expr(arg).lent()).collect();
        Code::tries(quote!(#function(#(#args),* #more)), stored_form(&self.model.mappings[id].target))
    }

    pub(super) fn user_function(&mut self, position: u16, args: &[Node], ty: &Type) -> Code {
        let Some(function) = self.around.mapping().and_then(|m| m.functions.get(usize::from(position))) else {
            return Code::new(quote!(compile_error!("a function outside a mapping")), Form::Plain);
        };
        let (name, fails) = (names::function(&function.name), !function.raises.is_empty());
        let args: Vec<TokenStream> = args
            .iter()
            .map(|arg| {
                let code = self.expr(arg);
                if arg.ty.is_text() { code.lent() } else { code.into_stored().value() }
            })
            .collect();
        let call = quote!(functions.#name(#(#args),*));
        if fails { Code::tries(call, stored_form(ty)) } else { Code::new(call, stored_form(ty)) }
    }

    /// A closure's parameter for an element that is looked at but not taken: copied where it is `Copy`.
    pub(super) fn looked_at(&mut self, name: &str, var: VarId, form: &Form) -> (Ident, TokenStream) {
        let ident = self.name(name);
        if form.is_copy() {
            self.vars.insert(var, Held::Passing(ident.clone(), form.clone()));
            let pattern = quote!(&#ident);
            (ident, pattern)
        } else {
            self.vars.insert(var, Held::Behind(ident.clone(), form.clone()));
            let pattern = quote!(#ident);
            (ident, pattern)
        }
    }

    /// A closure's parameter for an element that it takes.
    pub fn taken(&mut self, name: &str, var: VarId, form: &Form) -> Ident {
        let ident = self.name(name);
        self.vars.insert(var, Held::Passing(ident.clone(), form.clone()));
        format_ident!("{ident}")
    }
}

/// The last of the values that later ones read.
fn reads_own_fields(fields: &[(u16, VarId, Node)]) -> Option<usize> {
    let mut last = None;
    for (_, _, value) in fields {
        value.walk(&mut |node| {
            if let Kind::Var(read) = &node.kind {
                last = last.max(fields.iter().position(|(_, var, _)| var == read));
            }
        });
    }
    last
}
