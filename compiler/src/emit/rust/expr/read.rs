//! Reading: fields of records, whose methods lend what a leaf holds or fail at its place; fields of canonical structs.

use super::{Binds, Code, Compiler, Form, Held, Hold, stored_form};
use crate::emit::rust::names;
use crate::expr::ir::{Kind, Node};
use crate::model::{Field, Type, WireKind};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The form in which a stored value of a type is lent.
pub(super) fn lent_form(ty: &Type) -> Form {
    match ty {
        Type::Optional(inner) => lent_form(inner).optional(),
        Type::List(element) => Form::Slice(Box::new(stored_form(element))),
        _ => match stored_form(ty) {
            Form::Text(_) => Form::Text(Hold::Lent),
            Form::Bytes(_) => Form::Bytes(Hold::Lent),
            Form::Reference(_) => Form::Reference(Hold::Lent),
            Form::Struct(_) => Form::Struct(Hold::Lent),
            Form::Map(key, value) => Form::MapRef(key, value),
            form => form,
        },
    }
}

/// The key by which failures name a record's field: the first of its route.
pub(super) fn key_of(field: &Field) -> &str {
    match field.wire.as_ref().map(|w| &w.kind) {
        Some(WireKind::Route { keys, .. }) => keys.first().map_or(field.name.as_str(), String::as_str),
        _ => &field.name,
    }
}

/// The dotted route by which a change event names a field.
fn route_of(field: &Field) -> String {
    match field.wire.as_ref().map(|w| &w.kind) {
        Some(WireKind::Route { keys, .. }) => keys.join("."),
        _ => field.name.clone(),
    }
}

impl Compiler<'_> {
    /// A stored value at a place, lent.
    #[allow(clippy::unused_self)]
    pub(super) fn lend(&self, place: &TokenStream, ty: &Type) -> Code {
        super::kept(place, &stored_form(ty), false)
    }

    fn declared(&self, base: &Node, position: u16) -> Option<(&Field, bool)> {
        let of = &self.model.structs[base.ty.as_struct()?];
        Some((of.field(position)?, of.is_record()))
    }

    /// A field of a struct that is there.
    pub(super) fn field(&mut self, base: &Node, position: u16, ty: &Type) -> Code {
        let code = self.expr(base);
        if let Some((part, _)) = pair_part(base, position) {
            return part_of(&code, part, position);
        }
        let Some((field, record)) = self.declared(base, position) else { return no_such_field() };
        let (of, ident) = (code.base(), names::field(&field.name));
        match (record, code.is_temporary()) {
            (true, false) => Code::tries(quote!(#of.#ident()), lent_form(ty)),
            (true, true) => Code::tries(quote!(#of.#ident()), lent_form(ty)).into_stored(),
            (false, false) => self.lend(&quote!(#of.#ident), ty),
            (false, true) => Code::new(quote!(#of.#ident), stored_form(ty)),
        }
    }

    /// A field of a struct that may be none.
    pub(super) fn opt_field(&mut self, base: &Node, position: u16) -> Code {
        let name = self.element_name(base);
        let of = self.expr(base);
        let name = self.name(&name);
        if let Some((part, ty)) = pair_part(base, position) {
            let read = part_of(&Code::new(quote!(#name), of.form.inner().clone()), part, position);
            let function = if ty.is_optional() { format_ident!("and_then") } else { format_ident!("map") };
            self.leave(&name);
            let (of, value) = (of.operand(Binds::Postfix), read.value());
            return Code::new(quote!(#of.#function(|#name| #value)), read.form.optional());
        }
        let Some((field, record)) = self.declared(base, position) else { return no_such_field() };
        let (ident, optional) = (names::field(&field.name), field.ty.is_optional());
        let code = if record {
            let function = if optional { format_ident!("opt_then") } else { format_ident!("opt_map") };
            let read = Code::tries(quote!(#name.#ident()), lent_form(&field.ty));
            let read = if of.is_temporary() { read.into_stored() } else { read };
            let (of, made) = (of.value(), read.result());
            Code::tries(quote!(rt::#function(#of, |#name| #made)), read.form.optional())
        } else {
            let read = if of.is_temporary() {
                Code::new(quote!(#name.#ident), stored_form(&field.ty))
            } else {
                self.lend(&quote!(#name.#ident), &field.ty)
            };
            let function = if optional { format_ident!("and_then") } else { format_ident!("map") };
            let (of, value) = (of.receiver(), read.value());
            Code::new(quote!(#of.#function(|#name| #value)), read.form.optional())
        };
        self.leave(&name);
        code
    }

    /// Whether an optional holds a value; of a record's leaf without looking at its failure.
    pub(super) fn has(&mut self, inner: &Node) -> Code {
        if self.is_leaf(inner) {
            return self.leaf_state(inner, "is_present", false);
        }
        let of = self.expr(inner).receiver();
        Code::new(quote!(#of.is_some()), Form::Plain)
    }

    /// Whether a node is a field of a record.
    pub(super) fn is_leaf(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Field(base, position) | Kind::OptField(base, position) => {
                self.declared(base, *position).is_some_and(|(_, record)| record)
            }
            _ => false,
        }
    }

    /// A question about the state of a record's leaf; `none` is the answer if the record is none.
    pub(super) fn leaf_state(&mut self, node: &Node, question: &str, none: bool) -> Code {
        let question = format_ident!("{question}");
        let (Kind::Field(base, position) | Kind::OptField(base, position)) = &node.kind else {
            return Code::new(quote!(#none), Form::Plain);
        };
        let Some(ident) = self.declared(base, *position).map(|(f, _)| names::field(&f.name)) else {
            return Code::new(quote!(#none), Form::Plain);
        };
        let code = self.expr(base);
        if !base.ty.is_optional() {
            let of = code.base();
            return Code::new(quote!(#of.#ident.#question()), Form::Plain);
        }
        let name = self.element_name(base);
        let name = self.name(&name);
        let of = code.receiver();
        let all = if none { format_ident!("is_none_or") } else { format_ident!("is_some_and") };
        self.leave(&name);
        Code::new(quote!(#of.#all(|#name| #name.#ident.#question())), Form::Plain)
    }

    /// Whether a record's field is missing; in a change event, whether it is not named. What lies in a record that the
    /// event names, and that is none, is not missing either: it is gone.
    pub(super) fn is_missing(&mut self, node: &Node) -> Code {
        let (Kind::Field(base, _) | Kind::OptField(base, _)) = &node.kind else {
            return Code::new(quote!(true), Form::Plain);
        };
        if base.ty.is_optional() && self.model.in_change_event(base) {
            let outer = self.is_missing(base.path()).value();
            let (name, of) = (self.element_name(base), self.expr(base).receiver());
            let name = self.name(&name);
            let read = self.missing_in(node, &quote!(#name));
            self.leave(&name);
            return Code::new(quote!(#of.map_or(#outer, |#name| #read)), Form::Plain);
        }
        if !base.ty.is_optional() && self.is_event(base) {
            let of = self.expr(base).base();
            return Code::new(self.missing_in(node, &of), Form::Plain);
        }
        self.leaf_state(node, "is_missing", true)
    }

    fn is_event(&self, base: &Node) -> bool {
        base.ty.as_struct().is_some_and(|id| self.model.structs[id].changed.is_some())
    }

    /// The question whether a field of the record `of` is missing.
    fn missing_in(&self, node: &Node, of: &TokenStream) -> TokenStream {
        let (Kind::Field(base, position) | Kind::OptField(base, position)) = &node.kind else { return quote!(true) };
        let Some((field, _)) = self.declared(base, *position) else { return quote!(true) };
        let ident = names::field(&field.name);
        if !self.is_event(base) {
            return quote!(#of.#ident.is_missing());
        }
        let (changes, route) = (self.changes(base), route_of(field));
        quote!(#of.#changes.missing(#route, #of.#ident.is_missing()))
    }

    /// The field of a projected record that holds the names of what changed.
    fn changes(&self, base: &Node) -> Ident {
        base.ty.as_struct().map_or_else(|| format_ident!("changes"), |id| names::changes(&self.model.structs[id]))
    }

    pub(super) fn is_cleared(&mut self, node: &Node) -> Code {
        let no = Code::new(quote!(false), Form::Plain);
        let (Kind::Field(base, position) | Kind::OptField(base, position)) = &node.kind else { return no };
        let Some((field, _)) = self.declared(base, *position) else { return no };
        let (ident, route, wire) = (names::field(&field.name), route_of(field), field.wire.clone());
        let null = wire.as_ref().is_some_and(|w| w.nullable);
        let empty = wire.as_ref().is_some_and(|w| w.on_empty_clears);
        if self.is_event(base) {
            let changes = self.changes(base);
            let cleared = |of: &TokenStream| {
                let asked = match (null, empty) {
                    (true, true) => quote!(#of.#ident.is_null() || #of.#ident.is_empty_text()),
                    (true, false) => quote!(#of.#ident.is_null()),
                    (false, true) => quote!(#of.#ident.is_empty_text()),
                    (false, false) => quote!(false),
                };
                quote!(#of.#changes.cleared(#route, #of.#ident.is_present(), #asked))
            };
            if !base.ty.is_optional() {
                let of = self.expr(base).base();
                return Code::new(cleared(&of), Form::Plain);
            }
            let (name, of) = (self.element_name(base), self.expr(base).receiver());
            let name = self.name(&name);
            let asked = cleared(&quote!(#name));
            self.leave(&name);
            return Code::new(quote!(#of.is_some_and(|#name| #asked)), Form::Plain);
        }
        let null = null.then(|| self.leaf_state(node, "is_null", false));
        let empty = empty.then(|| self.leaf_state(node, "is_empty_text", false));
        match (null, empty) {
            (Some(null), Some(empty)) => {
                let (null, empty) = (null.operand(Binds::Or), empty.operand(Binds::Or));
                Code::loose(quote!(#null || #empty), Form::Plain, Binds::Or)
            }
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => no,
        }
    }

    /// The place in the payload that a node is read from, if it is read from one by a path that can be gone again.
    pub(super) fn read_at(&mut self, node: &Node) -> Option<TokenStream> {
        match &node.kind {
            Kind::Present(of)
            | Kind::Some(of)
            | Kind::Fit(of)
            | Kind::At(_, of)
            | Kind::OrRaise(of, _)
            | Kind::OrElse(of, _) => self.read_at(of),
            Kind::Field(base, position) | Kind::OptField(base, position) => {
                let (field, record) = self.declared(base, *position)?;
                if !record {
                    return self.read_at(base);
                }
                let key = key_of(field).to_owned();
                if !base.is_path() {
                    return None;
                }
                let of = self.expr(base);
                if !base.ty.is_optional() {
                    let of = of.base();
                    return Some(quote!(rt::at(#of.at, #key)));
                }
                let outer = self.read_at(base)?;
                let (of, name) = (of.receiver(), Ident::new("of", proc_macro2::Span::call_site()));
                Some(quote!(#of.map_or(#outer, |#name| rt::at(#name.at, #key))))
            }
            Kind::Var(var) => {
                let record = matches!(node.ty, Type::Struct(id) if self.model.structs[id].is_record());
                match self.vars.get(var) {
                    Some(Held::Kept(ident, _) | Held::Passing(ident, _)) if record => {
                        Some(quote!(rt::record_at(#ident.at)))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn no_such_field() -> Code {
    Code::new(quote!(compile_error!("no such field")), Form::Plain)
}

/// The name and type of a pair's part, if the base is a pair.
pub(super) fn pair_part(base: &Node, position: u16) -> Option<(&'static str, &Type)> {
    let Type::Pair(kind, a, b) = base.ty.inner() else { return None };
    let [first, second] = kind.parts();
    Some(if position == 0 { (first, &**a) } else { (second, &**b) })
}

/// A part of a pair: taken out of one that is made here, copied out of one that lies somewhere.
fn part_of(pair: &Code, part: &str, position: u16) -> Code {
    let form = match &pair.form {
        Form::Pair(_, first, second) => if position == 0 { first } else { second }.as_ref().clone(),
        _ => Form::Plain,
    };
    let (of, part) = (pair.base(), format_ident!("{part}"));
    let place = quote!(#of.#part);
    if form.is_copy() || pair.is_made_here() {
        return Code::new(place, form);
    }
    Code::new(quote!(#place.clone()), form).at(place)
}
