//! From the typed IR to Rust: the same meaning that the evaluator gives, compiled.
//!
//! Every node becomes one Rust expression in the *form* of its type:
//! - scalars, money, quantities and codes: by value, `Copy`;
//! - whatever is carried as text: `Cow<'_, str>`;
//! - a struct that is read: a reference; a struct that is built: by value;
//! - a list: `Vec` of forms, or a slice where it is read in place and gone over at once;
//! - an optional: `Option` of the form.
//!
//! A node that can fail uses `?`; what needs the failure itself (absorption, a `let`, a target's place) wraps it in a
//! closure. Absent on purpose: names and types, which `lower` decides.

mod built;
mod call;
mod form;
mod loops;
mod patch;

pub use built::Around;

use crate::emit::rust::names;
use crate::emit::rust::types::RustTypes;
use crate::expr::ir::{Const, Kind, Node, VarId};
use crate::model::{Id, Mapping, Model, Struct, Type};
use crate::source::SourceMap;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;

/// How a variable is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// In its form.
    Form,
    /// A `Result` of its form: a `let` that can fail.
    Fallible,
    /// A slice `&[T]` of stored elements.
    Slice,
    /// An owned, stored value: a field of what is being built.
    Stored,
    /// A reference to a stored value.
    Behind,
}

/// A variable of the generated function.
#[derive(Debug, Clone)]
pub struct Var {
    /// Its Rust name.
    pub ident: Ident,
    /// How it is held.
    pub held: Held,
}

/// What the generated code calls in its surroundings.
pub trait Surroundings {
    /// The type of a record or canonical struct where it is read or built, such as `Order` of the mapping's module.
    fn struct_path(&self, id: Id<Struct>) -> TokenStream;
    /// The function of a value mapping.
    fn mapping_path(&self, id: Id<Mapping>) -> TokenStream;
    /// The mapping whose lookups and functions are meant.
    fn mapping(&self) -> Option<&Mapping>;
}

/// Compiles the nodes of one function.
pub struct Compiler<'m> {
    /// What is compiled against.
    pub model: &'m Model,
    /// Rust types of the language's types.
    pub types: &'m RustTypes<'m>,
    /// Where failures say they come from.
    pub sources: &'m SourceMap,
    /// What is called around it.
    pub around: &'m dyn Surroundings,
    /// The variables.
    pub vars: BTreeMap<VarId, Var>,
}

impl Compiler<'_> {
    /// Declares a variable.
    pub fn declare(&mut self, var: VarId, name: &str, held: Held) -> Ident {
        let ident = names::variable(name, var);
        self.vars.insert(var, Var { ident: ident.clone(), held });
        ident
    }

    /// The expression of a node, in the form of its type.
    pub fn expr(&mut self, node: &Node) -> TokenStream {
        match &node.kind {
            Kind::Const(value) => self.constant(value, &node.ty),
            Kind::Var(var) => self.var(*var, &node.ty),
            Kind::Field(base, field) => self.field(base, *field, &node.ty),
            Kind::OptField(base, field) => self.opt_field(base, *field),
            Kind::Present(inner) => {
                let inner = self.expr(inner);
                quote!((#inner).ok_or_else(rt::form::absent)?)
            }
            Kind::Has(inner) => self.has(inner),
            Kind::IsNull(inner) => self.leaf_state(inner, &format_ident!("is_null"), false),
            Kind::IsMissing(inner) => self.leaf_state(inner, &format_ident!("is_missing"), true),
            Kind::IsCleared(inner) => self.is_cleared(inner),
            Kind::OrElse(of, default) => self.or_else(of, default, &node.ty),
            Kind::OrRaise(of, exception) => {
                let of = self.expr(of);
                quote!((#of).ok_or_else(|| rt::form::raised(#exception))?)
            }
            Kind::OptMap { of, var, body } => self.opt_map(of, *var, body),
            Kind::Some(inner) => {
                let inner = self.expr(inner);
                quote!(Some(#inner))
            }
            Kind::Not(inner) => {
                let inner = self.expr(inner);
                quote!(!(#inner))
            }
            Kind::And(a, b) => self.logic(a, b, &format_ident!("and"), &quote!(&&)),
            Kind::Or(a, b) => self.logic(a, b, &format_ident!("or"), &quote!(||)),
            Kind::Cond(cond, then, other) => {
                let (cond, then, other) = (self.expr(cond), self.expr(then), self.expr(other));
                quote!(if #cond { #then } else { #other })
            }
            Kind::Call(func, args) => self.call(*func, args, node),
            Kind::List(items) => {
                let items: Vec<TokenStream> = items.iter().map(|item| self.expr(item)).collect();
                quote!(vec![#(#items),*])
            }
            Kind::ListOpt(items) => self.list_opt(items),
            Kind::Map(entries) => self.map(entries, &node.ty),
            Kind::Loop(looped) => self.looped(looped, &node.ty),
            Kind::Make { of, fields } => self.make(*of, fields),
            Kind::Each(each) => self.each(each),
            Kind::Patch(patch) => self.patch(patch),
            Kind::EachPatch(each) => self.each_patch(each),
            Kind::CodeIn(codes, system, text) => {
                let text = self.expr(text);
                let function = names::crosswalk_in(self.model, *codes, *system);
                quote!(crate::crosswalks::#function(&(#text), meta)?)
            }
            Kind::CodeOut(codes, system, code) => {
                let code = self.expr(code);
                let function = names::crosswalk_out(self.model, *codes, *system);
                quote!(Cow::Borrowed(crate::crosswalks::#function(#code, meta)?))
            }
            Kind::RefBy(_, system, text) => {
                let text = self.expr(text);
                let system = &self.model.systems[*system].name;
                quote!(rt::Ref::known(#system, (#text).into_owned()))
            }
            Kind::RefKey(_, text) => {
                let text = self.expr(text);
                quote!(rt::Ref::Key((#text).into_owned()))
            }
            Kind::Lookup(position, args) => self.lookup(*position, args),
            Kind::Apply(mapping, args) => self.apply(*mapping, args),
            Kind::Extern(position, args) => self.user_function(*position, args, &node.ty),
            Kind::Fit(inner) => self.fit(inner, &node.ty),
            Kind::At(segment, inner) => self.at(segment, inner),
            Kind::Meta(name) => {
                let field = format_ident!("{name}");
                match &node.ty {
                    Type::Optional(_) => quote!(meta.#field.as_deref().map(Cow::Borrowed)),
                    _ => quote!(rt::form::received_at(meta)?),
                }
            }
            Kind::Config(name) => {
                let read = match node.ty.inner() {
                    Type::Int => quote!(meta.config_int(#name)?),
                    Type::Bool => quote!(meta.config_bool(#name)?),
                    Type::Decimal(_) => quote!(meta.config_decimal(#name)?),
                    _ => quote!(Cow::Owned(meta.config_text(#name)?)),
                };
                if node.ty.is_optional() { quote!(Some(#read)) } else { read }
            }
        }
    }

    /// A closure that yields the node as a `Result`.
    pub(super) fn deferred(&mut self, node: &Node) -> TokenStream {
        let body = self.expr(node);
        let ty = self.types.form(&node.ty);
        if matches!(node.ty.inner(), Type::Struct(_) | Type::List(_) | Type::Map(..)) {
            quote!(|| -> rt::Result<_> { Ok(#body) })
        } else {
            quote!(|| -> rt::Result<#ty> { Ok(#body) })
        }
    }

    fn constant(&mut self, value: &Const, ty: &Type) -> TokenStream {
        match value {
            Const::None => quote!(None),
            Const::Bool(value) => quote!(#value),
            Const::Int(value) => quote!(#value),
            Const::Decimal(value) => self::form::decimal(*value),
            Const::Text(text) => match ty {
                Type::Currency => quote!(rt::Currency::parse(#text)?),
                Type::Country => quote!(rt::Country::parse(#text)?),
                Type::Unit => quote!(rt::Unit::parse(#text)?),
                _ => quote!(Cow::Borrowed(#text)),
            },
            Const::Bytes(bytes) => {
                let literal = proc_macro2::Literal::byte_string(bytes);
                quote!(Cow::Borrowed(&#literal[..]))
            }
            Const::Code(codes, position) => {
                let path = self.types.codes_path(*codes);
                let variant = names::variant(self.model, *codes, *position);
                quote!(#path::#variant)
            }
            Const::Date(date) => {
                let text = date.to_string();
                quote!(rt::time::parse_date(#text)?)
            }
            Const::Timestamp(at) => {
                let text = at.to_string();
                quote!(rt::Timestamp::parse_rfc3339(#text)?)
            }
            Const::Duration(duration) => {
                let (seconds, nanos) = (duration.seconds(), i64::from(duration.nanoseconds()));
                quote!(rt::Duration::new(#seconds, #nanos)?)
            }
        }
    }

    fn var(&mut self, var: VarId, ty: &Type) -> TokenStream {
        let Some(Var { ident, held }) = self.vars.get(&var).cloned() else {
            return quote!(compile_error!("a variable that is not declared"));
        };
        match held {
            Held::Form => self.again(ty, &quote!(#ident)),
            Held::Fallible => {
                let read = quote!(#ident.as_ref().map_err(Clone::clone)?);
                self.again_ref(ty, &read)
            }
            Held::Slice => match ty.element() {
                Some(element) => {
                    let element = self.of_stored(element, &quote!(item));
                    quote!(#ident.iter().map(|item| #element).collect::<Vec<_>>())
                }
                None => quote!(#ident),
            },
            Held::Stored => self.of_stored(ty, &quote!((&#ident))),
            Held::Behind => self.of_stored(ty, &quote!(#ident)),
        }
    }

    fn logic(&mut self, a: &Node, b: &Node, function: &Ident, operator: &TokenStream) -> TokenStream {
        if !a.fails && !b.fails {
            let (a, b) = (self.expr(a), self.expr(b));
            return quote!((#a) #operator (#b));
        }
        if !a.fails {
            // An infallible left side decides, or leaves it to the right one: nothing to absorb.
            let (a, b) = (self.expr(a), self.expr(b));
            return quote!((#a) #operator (#b));
        }
        let (a, b) = (self.deferred(a), self.deferred(b));
        quote!(rt::logic::#function(#a, #b)?)
    }

    fn or_else(&mut self, of: &Node, default: &Node, ty: &Type) -> TokenStream {
        let of_tokens = self.expr(of);
        let default_tokens = self.expr(default);
        if default.fails {
            let some = if ty.is_optional() { quote!(Some(value)) } else { quote!(value) };
            return quote!(match #of_tokens { Some(value) => #some, None => #default_tokens });
        }
        if ty.is_optional() {
            quote!((#of_tokens).or_else(|| #default_tokens))
        } else {
            quote!((#of_tokens).unwrap_or_else(|| #default_tokens))
        }
    }

    fn opt_map(&mut self, of: &Node, var: VarId, body: &Node) -> TokenStream {
        let of = self.expr(of);
        let ident = self.declare(var, "value", Held::Form);
        let body_tokens = self.expr(body);
        let result = if body.ty.is_optional() { body_tokens } else { quote!(Some(#body_tokens)) };
        quote!(match #of { Some(#ident) => #result, None => None })
    }

    fn at(&mut self, segment: &str, inner: &Node) -> TokenStream {
        if !inner.fails {
            return self.expr(inner);
        }
        let deferred = self.deferred(inner);
        let (file, line) = self.place(inner.span);
        quote!((#deferred)().map_err(|failure| failure.in_field(#segment).at_spec(#file, #line))?)
    }

    /// The file and line of a span, for failures.
    pub(super) fn place(&self, span: crate::source::Span) -> (String, u32) {
        (self.sources.path(span.file).to_owned(), self.sources.start(span).line)
    }
}
