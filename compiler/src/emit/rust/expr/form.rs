//! Forms: how a value is read from where it is stored, used again, and stored.

use super::{Compiler, Held};
use crate::emit::rust::types::is_copy;
use crate::expr::ir::{Const, Kind, Node};
use crate::model::{Field, Type};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// A decimal constant.
pub(super) fn decimal(value: crossdock_runtime::Decimal) -> TokenStream {
    let text = value.to_string();
    let digits: String = text.chars().filter(|c| *c != '.').collect();
    match digits.parse::<i64>() {
        Ok(units) => {
            let scale = value.scale();
            quote!(rt::Decimal::new(#units, #scale))
        }
        Err(_) => quote!(rt::Decimal::parse(#text)?),
    }
}

impl Compiler<'_> {
    /// The form of a value that lies, stored, behind the reference `at`.
    #[allow(clippy::only_used_in_recursion)]
    pub(super) fn of_stored(&self, ty: &Type, at: &TokenStream) -> TokenStream {
        match ty {
            Type::Optional(inner) => match &**inner {
                t if is_copy(t) => quote!(*#at),
                t if t.is_text() => quote!(#at.as_deref().map(Cow::Borrowed)),
                Type::Bytes => quote!(#at.as_deref().map(Cow::Borrowed)),
                Type::Struct(_) => quote!(#at.as_ref()),
                inner => {
                    let one = self.of_stored(inner, &quote!(value));
                    quote!(#at.as_ref().map(|value| #one))
                }
            },
            t if is_copy(t) => quote!(*#at),
            t if t.is_text() => quote!(Cow::Borrowed(&**#at)),
            Type::Bytes => quote!(Cow::Borrowed(&**#at)),
            Type::Struct(_) => quote!(#at),
            Type::List(element) => {
                let element = self.of_stored(element, &quote!(item));
                quote!(#at.iter().map(|item| #element).collect::<Vec<_>>())
            }
            _ => quote!(#at.clone()),
        }
    }

    /// A form used once more: `name` is a variable in its form, which stays usable.
    pub(super) fn again(&self, ty: &Type, name: &TokenStream) -> TokenStream {
        match ty {
            t if is_copy(t) => quote!(#name),
            Type::Struct(_) => quote!(#name),
            Type::Optional(inner) if is_copy(inner) || matches!(**inner, Type::Struct(_)) => quote!(#name),
            _ => quote!(#name.clone()),
        }
    }

    /// As [`Self::again`], where `read` yields a reference to the form.
    pub(super) fn again_ref(&self, ty: &Type, read: &TokenStream) -> TokenStream {
        match ty {
            t if is_copy(t) => quote!(*#read),
            t if t.is_text() => quote!(Cow::Borrowed(&**#read)),
            Type::Struct(_) => quote!(*#read),
            Type::Optional(inner) if is_copy(inner) || matches!(**inner, Type::Struct(_)) => quote!(*#read),
            Type::Optional(inner) if inner.is_text() => quote!(#read.as_deref().map(Cow::Borrowed)),
            _ => quote!(#read.clone()),
        }
    }

    /// A form turned into what is stored: owned text, owned structs.
    pub fn stored(&mut self, node: &Node) -> TokenStream {
        // What stands behind a target's place is stored inside it, so that no borrow leaves a closure.
        if matches!(&node.kind, Kind::List(items) if items.is_empty()) {
            return quote!(Vec::new());
        }
        let form = self.expr(node);
        self.to_stored(&node.ty, &form, is_built(node))
    }

    #[allow(clippy::only_used_in_recursion)]
    pub(super) fn to_stored(&self, ty: &Type, form: &TokenStream, built: bool) -> TokenStream {
        match ty {
            t if is_copy(t) => quote!(#form),
            t if t.is_text() || *t == Type::Bytes => quote!((#form).into_owned()),
            Type::Struct(_) if built => quote!(#form),
            Type::Struct(_) => quote!((#form).clone()),
            Type::Optional(inner) => match &**inner {
                t if is_copy(t) => quote!(#form),
                t if t.is_text() || *t == Type::Bytes => quote!((#form).map(Cow::into_owned)),
                Type::Struct(_) if built => quote!(#form),
                Type::Struct(_) => quote!((#form).cloned()),
                inner => {
                    let one = self.to_stored(inner, &quote!(value), built);
                    quote!((#form).map(|value| #one))
                }
            },
            Type::List(element) if is_copy(element) => quote!(#form),
            Type::List(element) if matches!(**element, Type::Struct(_)) && built => quote!(#form),
            Type::List(element) => {
                let one = self.to_stored(element, &quote!(item), built);
                quote!((#form).into_iter().map(|item| #one).collect::<Vec<_>>())
            }
            Type::Map(_, value) => {
                let one = self.to_stored(value, &quote!(value), built);
                quote!((#form).into_iter().map(|(key, value)| (key.into_owned(), #one)).collect())
            }
            _ => quote!(#form),
        }
    }

    /// A field of a struct that is there.
    pub(super) fn field(&mut self, base: &Node, position: u16, ty: &Type) -> TokenStream {
        let base_tokens = self.expr(base);
        let Some((field, record)) = self.declared(base, position) else {
            return quote!(compile_error!("no such field"));
        };
        let ident = crate::emit::rust::names::field(&field.name);
        if record {
            let name = &field.name;
            self.leaf(&quote!((#base_tokens)), &ident, name, ty)
        } else {
            self.of_stored(ty, &quote!((&(#base_tokens).#ident)))
        }
    }

    fn leaf(&self, base: &TokenStream, ident: &Ident, name: &str, ty: &Type) -> TokenStream {
        match ty {
            Type::Optional(inner) => {
                let one = self.of_stored(inner, &quote!(value));
                match &**inner {
                    Type::Struct(_) => quote!(#base.#ident.optional()?),
                    t if is_copy(t) => quote!(#base.#ident.optional()?.copied()),
                    _ => quote!(#base.#ident.optional()?.map(|value| #one)),
                }
            }
            _ => {
                let read = quote!(#base.#ident.required(rt::SourceAt::in_record(#base.at, #name))?);
                self.of_stored(ty, &read)
            }
        }
    }

    /// A field of a struct that may be none.
    pub(super) fn opt_field(&mut self, base: &Node, position: u16) -> TokenStream {
        let base_tokens = self.expr(base);
        let Some((field, record)) = self.declared(base, position) else {
            return quote!(compile_error!("no such field"));
        };
        let ident = crate::emit::rust::names::field(&field.name);
        let (ty, name) = (field.ty.clone(), field.name.clone());
        let read = if record {
            self.leaf(&quote!(of), &ident, &name, &ty)
        } else {
            self.of_stored(&ty, &quote!((&of.#ident)))
        };
        let read = if ty.is_optional() { read } else { quote!(Some(#read)) };
        quote!(match #base_tokens { Some(of) => #read, None => None })
    }

    fn declared(&self, base: &Node, position: u16) -> Option<(&Field, bool)> {
        let of = &self.model.structs[base.ty.as_struct()?];
        Some((of.field(position)?, of.is_record()))
    }

    /// Whether an optional holds a value; of a record's leaf without looking at its failure.
    pub(super) fn has(&mut self, inner: &Node) -> TokenStream {
        match &inner.kind {
            Kind::Field(..) | Kind::OptField(..) if self.is_leaf(inner) => {
                self.leaf_state(inner, &format_ident!("is_present"), false)
            }
            _ => {
                let inner = self.expr(inner);
                quote!((#inner).is_some())
            }
        }
    }

    fn is_leaf(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Field(base, position) | Kind::OptField(base, position) => {
                self.declared(base, *position).is_some_and(|(_, record)| record)
            }
            _ => false,
        }
    }

    /// A question about the state of a record's leaf; `none` is the answer if the record is none.
    pub(super) fn leaf_state(&mut self, node: &Node, question: &Ident, none: bool) -> TokenStream {
        let (Kind::Field(base, position) | Kind::OptField(base, position)) = &node.kind else {
            return quote!(#none);
        };
        let Some(ident) = self.declared(base, *position).map(|(f, _)| crate::emit::rust::names::field(&f.name)) else {
            return quote!(#none);
        };
        let optional = base.ty.is_optional();
        let base = self.expr(base);
        if optional {
            quote!(match #base { Some(of) => of.#ident.#question(), None => #none })
        } else {
            quote!((#base).#ident.#question())
        }
    }

    pub(super) fn is_cleared(&mut self, node: &Node) -> TokenStream {
        let (Kind::Field(base, position) | Kind::OptField(base, position)) = &node.kind else {
            return quote!(false);
        };
        let Some(wire) = self.declared(base, *position).and_then(|(f, _)| f.wire.clone()) else {
            return quote!(false);
        };
        let null = wire.nullable.then(|| self.leaf_state(node, &format_ident!("is_null"), false));
        let empty = wire.on_empty_clears.then(|| self.leaf_state(node, &format_ident!("is_empty_text"), false));
        match (null, empty) {
            (Some(null), Some(empty)) => quote!((#null) || (#empty)),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => quote!(false),
        }
    }

    /// The list as a slice `&[T]` of stored elements, if it lies somewhere to be read in place.
    pub(super) fn slice(&mut self, node: &Node) -> Option<TokenStream> {
        match &node.kind {
            Kind::Var(var) => {
                let held = self.vars.get(var)?;
                let ident = &held.ident;
                matches!(held.held, Held::Slice | Held::Behind).then(|| quote!(#ident))
            }
            Kind::Field(base, position) if !node.ty.is_optional() => {
                let base_tokens = self.expr(base);
                let (field, record) = self.declared(base, *position)?;
                let (ident, name) = (crate::emit::rust::names::field(&field.name), field.name.clone());
                Some(if record {
                    quote!((#base_tokens).#ident.required(rt::SourceAt::in_record((#base_tokens).at, #name))?.as_slice())
                } else {
                    quote!((#base_tokens).#ident.as_slice())
                })
            }
            Kind::Present(inner) => {
                let inner = self.optional_slice(inner)?;
                Some(quote!(#inner.ok_or_else(rt::form::absent)?))
            }
            Kind::OrElse(of, default) if matches!(&default.kind, Kind::List(items) if items.is_empty()) => {
                let of = self.optional_slice(of)?;
                Some(quote!(#of.unwrap_or_default()))
            }
            Kind::OrRaise(of, exception) => {
                let of = self.optional_slice(of)?;
                Some(quote!(#of.ok_or_else(|| rt::form::raised(#exception))?))
            }
            _ => None,
        }
    }

    /// The same for an optional list.
    fn optional_slice(&mut self, node: &Node) -> Option<TokenStream> {
        let (Kind::Field(base, position) | Kind::OptField(base, position)) = &node.kind else { return None };
        let base_tokens = self.expr(base);
        let (field, record) = self.declared(base, *position)?;
        let (ident, name) = (crate::emit::rust::names::field(&field.name), field.name.clone());
        let optional_field = field.ty.is_optional();
        let read = |of: TokenStream| match (record, optional_field) {
            (true, true) => quote!(#of.#ident.optional()?.map(Vec::as_slice)),
            (true, false) => quote!(Some(#of.#ident.required(rt::SourceAt::in_record(#of.at, #name))?.as_slice())),
            (false, true) => quote!(#of.#ident.as_deref()),
            (false, false) => quote!(Some(#of.#ident.as_slice())),
        };
        Some(if base.ty.is_optional() {
            let read = read(quote!(of));
            quote!((match #base_tokens { Some(of) => #read, None => None }))
        } else {
            read(quote!((#base_tokens)))
        })
    }

    /// An iterator over the forms of a list's elements.
    pub(super) fn iter(&mut self, list: &Node) -> TokenStream {
        if let (Some(slice), Some(element)) = (self.slice(list), list.ty.element()) {
            return match element {
                Type::Struct(_) => quote!(#slice.iter()),
                t if is_copy(t) => quote!(#slice.iter().copied()),
                t => {
                    let one = self.of_stored(t, &quote!(item));
                    quote!(#slice.iter().map(|item| #one))
                }
            };
        }
        let list_tokens = self.expr(list);
        if matches!(list.ty, Type::Map(..)) {
            return quote!((#list_tokens).into_iter().map(|(key, _)| key));
        }
        quote!((#list_tokens).into_iter())
    }
}

/// Whether the node's struct values are built here rather than read.
pub(super) fn is_built(node: &Node) -> bool {
    match &node.kind {
        Kind::Make { .. } | Kind::Each(_) | Kind::Apply(..) | Kind::Patch(_) | Kind::EachPatch(_) => true,
        Kind::At(_, inner) | Kind::Some(inner) | Kind::Present(inner) | Kind::OrRaise(inner, _) => is_built(inner),
        Kind::OptMap { body, .. } => is_built(body),
        Kind::Loop(l) => is_built(&l.body),
        Kind::Cond(_, a, b) | Kind::OrElse(a, b) => {
            let none = |n: &Node| matches!(n.kind, Kind::Const(Const::None));
            (is_built(a) || none(a)) && (is_built(b) || none(b))
        }
        Kind::List(items) => items.iter().all(is_built),
        _ => false,
    }
}
