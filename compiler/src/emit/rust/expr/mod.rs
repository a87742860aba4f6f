//! From the typed IR to Rust: the same meaning that the evaluator gives, compiled.
//!
//! Every node becomes one [`Code`], which knows how its value is held: scalars by copy; text, structs and lists lent by
//! where they lie, or owned by the expression that makes them. A node that can fail stays a `Result` until its value is
//! wanted. Operands are written in the order in which they are evaluated, so the first failure is the same one.
//!
//! Absent on purpose: the names of types and functions, which `lower` decides.

mod built;
mod call;
mod code;
mod find;
mod list;
mod loops;
mod patch;
mod read;

pub use code::{Binds, Code, Form, Hold, closure, mentions, used};
pub use find::Around;

use crate::emit::rust::names;
use crate::emit::rust::types::{RustTypes, is_copy};
use crate::expr::ir::{Const, Func, Kind, Node, VarId};
use crate::lower::names::{not_taken, singular, snake};
use crate::model::{Id, Mapping, Model, Struct, Type};
use crate::source::{SourceMap, Span};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};

/// How a variable holds its value.
#[derive(Debug, Clone)]
enum Held {
    /// As it is stored, at a place.
    Place(TokenStream),
    /// In a form, for as long as what reads it.
    Kept(Ident, Form),
    /// In a form, behind a reference that is gone before what reads it.
    Behind(Ident, Form),
    /// In a form, and gone before what reads it: an element, an optional's value.
    Passing(Ident, Form),
    /// A part that may have failed.
    Part(Ident, Form),
}

/// Where a stored value is read.
#[derive(Debug, Clone)]
pub enum Reads {
    /// At a place, such as `this.status`.
    Place(TokenStream),
    /// Behind a reference of a name.
    Behind(Ident, Type),
}

/// What the generated code calls in its surroundings.
pub trait Surroundings {
    /// The type of a record or canonical struct that is built.
    fn struct_path(&self, id: Id<Struct>) -> TokenStream;
    /// The function of a value mapping, and the arguments that it takes beside its inputs.
    fn mapping_path(&self, id: Id<Mapping>) -> (TokenStream, TokenStream);
    /// The mapping whose lookups and functions are meant.
    fn mapping(&self) -> Option<&Mapping>;
}

/// Compiles the nodes of one function.
pub struct Compiler<'m> {
    model: &'m Model,
    types: &'m RustTypes<'m>,
    sources: &'m SourceMap,
    around: &'m dyn Surroundings,
    vars: BTreeMap<VarId, Held>,
    /// Names in use: those of the function's parameters and of the variables in scope.
    taken: BTreeSet<String>,
}

impl<'m> Compiler<'m> {
    /// A compiler of a function whose parameters have the names `taken`.
    pub fn new(
        model: &'m Model,
        types: &'m RustTypes<'m>,
        sources: &'m SourceMap,
        around: &'m dyn Surroundings,
        taken: &[&str],
    ) -> Self {
        let taken = taken.iter().map(|name| (*name).to_owned()).collect();
        Compiler { model, types, sources, around, vars: BTreeMap::new(), taken }
    }

    /// A variable that reads a stored value.
    pub fn reads(&mut self, var: VarId, reads: &Reads) {
        let held = match reads {
            Reads::Place(place) => Held::Place(place.clone()),
            Reads::Behind(ident, ty) => Held::Behind(ident.clone(), stored_form(ty)),
        };
        self.vars.insert(var, held);
    }

    /// A variable that is a parameter of the function, in a form.
    pub fn parameter(&mut self, var: VarId, ident: Ident, form: Form) {
        self.taken.insert(ident.to_string());
        self.vars.insert(var, Held::Kept(ident, form));
    }

    /// A name that nothing in scope has; it is in scope until [`Self::leave`].
    fn name(&mut self, wanted: &str) -> Ident {
        let name = not_taken(&snake(wanted), |name| self.taken.contains(name));
        self.taken.insert(name.clone());
        format_ident!("{name}")
    }

    fn leave(&mut self, name: &Ident) {
        self.taken.remove(&name.to_string());
    }

    /// What an element, or the value of an optional, is called: after where it comes from.
    fn element_name(&self, of: &Node) -> String {
        match &of.kind {
            Kind::Field(base, position) | Kind::OptField(base, position) => {
                if let Some((part, _)) = read::pair_part(base, *position) {
                    return if of.ty.element().is_some() { singular(part) } else { part.to_owned() };
                }
                let field = base.ty.as_struct().and_then(|id| self.model.structs[id].field(*position));
                let name = snake(field.map_or("item", |field| field.name.as_str()));
                if of.ty.element().is_some() { singular(&name) } else { name }
            }
            Kind::Var(var) => match self.vars.get(var) {
                Some(
                    Held::Kept(ident, _) | Held::Part(ident, _) | Held::Passing(ident, _) | Held::Behind(ident, _),
                ) => {
                    let name = ident.to_string();
                    if of.ty.element().is_some() { singular(&name) } else { name }
                }
                _ => "value".to_owned(),
            },
            Kind::Present(inner) | Kind::OrRaise(inner, _) | Kind::OrElse(inner, _) | Kind::Some(inner) => {
                self.element_name(inner)
            }
            Kind::Loop(looped) if matches!(looped.kind, crate::expr::ir::LoopKind::Filter) => {
                self.element_name(&looped.list)
            }
            Kind::Call(_, args) if of.ty.is_optional() && !args.is_empty() => {
                args.first().map_or_else(|| "value".to_owned(), |arg| self.element_name(arg))
            }
            _ if of.ty.element().is_some() => "item".to_owned(),
            _ => "value".to_owned(),
        }
    }

    /// The expression of a node.
    pub fn expr(&mut self, node: &Node) -> Code {
        match &node.kind {
            Kind::Const(value) => self.constant(value, &node.ty),
            Kind::Var(var) => self.var(*var, &node.ty),
            Kind::Field(base, field) => self.field(base, *field, &node.ty),
            Kind::OptField(base, field) => self.opt_field(base, *field),
            Kind::Present(inner) => {
                let inner = self.expr(inner);
                let (form, value) = (inner.form.inner().clone(), inner.value());
                Code::tries(quote!(rt::present(#value)), form)
            }
            Kind::Has(inner) => self.has(inner),
            Kind::IsNull(inner) => self.leaf_state(inner, "is_null", false),
            Kind::IsMissing(inner) => self.is_missing(inner),
            Kind::IsCleared(inner) => self.is_cleared(inner),
            Kind::OrElse(of, default) => self.or_else(of, default, &node.ty),
            Kind::OrRaise(of, exception) => {
                let code = self.expr(of);
                let (form, value) = (code.form.inner().clone(), code.value());
                Code::tries(quote!(rt::or_raise(#value, #exception)), form).read_from(self.read_at(of))
            }
            Kind::OptMap { of, var, body } => self.opt_map(of, *var, body),
            Kind::Some(inner) => Code::some(self.expr(inner)),
            Kind::Not(inner) => self.not(inner),
            Kind::And(a, b) => self.logic(a, b, "and", Binds::And),
            Kind::Or(a, b) => self.logic(a, b, "or", Binds::Or),
            Kind::Cond(..) => self.cond(node),
            Kind::Call(func, args) => self.call(*func, args, node),
            Kind::List(items) => self.list(items),
            Kind::ListOpt(items) => self.list_opt(items),
            Kind::Map(entries) => self.map(entries),
            Kind::Loop(looped) => self.looped(looped, &node.ty),
            Kind::Make { of, fields } => self.make(*of, fields),
            Kind::Each(each) => self.each(each),
            Kind::Patch(patch) => self.patch(patch),
            Kind::EachPatch(each) => self.each_patch(each),
            Kind::CodeIn(codes, system, text) => {
                let argument = self.expr(text).lent();
                let function = names::crosswalk_in(self.model, *codes, *system);
                let meta = self.dated(*codes, *system).then(|| quote!(, meta));
                Code::tries(quote!(crosswalks::#function(#argument #meta)), Form::Plain).read_from(self.read_at(text))
            }
            Kind::CodeOut(codes, system, code) => {
                let argument = self.expr(code).value();
                let function = names::crosswalk_out(self.model, *codes, *system);
                let meta = self.dated(*codes, *system).then(|| quote!(, meta));
                Code::tries(quote!(crosswalks::#function(#argument #meta)), Form::Text(Hold::Lent))
            }
            Kind::RefBy(_, system, text) => {
                let text = self.expr(text).into_stored().value();
                let system = &self.model.systems[*system].name;
                Code::new(quote!(rt::Ref::known(#system, #text)), Form::Reference(Hold::Owned))
            }
            Kind::RefKey(_, text) => {
                let text = self.expr(text).into_stored().value();
                Code::new(quote!(rt::Ref::Key(#text)), Form::Reference(Hold::Owned))
            }
            Kind::Lookup(position, args) => self.lookup(*position, args),
            Kind::Apply(mapping, args) => self.apply(*mapping, args),
            Kind::Extern(position, args) => self.user_function(*position, args, &node.ty),
            Kind::Fit(inner) => {
                let code = self.expr(inner);
                fit(&code, node.ty.inner()).read_from(self.read_at(inner))
            }
            Kind::At(segment, inner) => self.at(segment, inner),
            Kind::Meta(name) => {
                let field = format_ident!("{name}");
                match &node.ty {
                    Type::Optional(_) => Code::new(quote!(meta.#field.as_deref()), Form::Text(Hold::Lent).optional()),
                    _ => Code::tries(quote!(rt::form::received_at(meta)), Form::Plain),
                }
            }
            Kind::Config(name) => config(name, &node.ty),
        }
    }

    /// Whether the rows of a crosswalk hold on some days only, so that it must know the day.
    fn dated(&self, codes: Id<crate::model::Codes>, system: Id<crate::model::System>) -> bool {
        super::system::is_dated(self.model, codes, system)
    }

    fn constant(&mut self, value: &Const, ty: &Type) -> Code {
        let text = Form::Text(Hold::Lent);
        match value {
            Const::None => Code::new(quote!(None), Form::Nothing),
            Const::Bool(value) => Code::new(quote!(#value), Form::Plain),
            Const::Int(value) => Code::number(*value),
            Const::Decimal(value) => decimal(*value),
            Const::Text(of) => match ty.inner() {
                Type::Currency => Code::new(quote!(rt::Currency::constant(#of)), Form::Plain),
                Type::Country => Code::new(quote!(rt::Country::constant(#of)), Form::Plain),
                Type::Unit => Code::new(quote!(rt::Unit::constant(#of)), Form::Plain),
                _ => Code::new(quote!(#of), text),
            },
            Const::Bytes(bytes) => {
                let literal = proc_macro2::Literal::byte_string(bytes);
                Code::new(quote!(#literal.as_slice()), Form::Bytes(Hold::Lent))
            }
            Const::Code(codes, position) => {
                let path = self.types.codes_path(*codes);
                let variant = names::variant(self.model, *codes, *position);
                Code::new(quote!(#path::#variant), Form::Plain)
            }
            Const::Date(date) => {
                let text = date.to_string();
                Code::tries(quote!(rt::time::parse_date(#text)), Form::Plain)
            }
            Const::Timestamp(at) => {
                let text = at.to_string();
                Code::tries(quote!(rt::Timestamp::parse_rfc3339(#text)), Form::Plain)
            }
            Const::Duration(duration) => {
                let (seconds, nanos) = (duration.seconds(), i64::from(duration.nanoseconds()));
                Code::tries(quote!(rt::Duration::new(#seconds, #nanos)), Form::Plain)
            }
        }
    }

    fn var(&mut self, var: VarId, ty: &Type) -> Code {
        match self.vars.get(&var).cloned() {
            None => Code::new(quote!(compile_error!("a variable that is not declared")), Form::Plain),
            Some(Held::Place(place)) => self.lend(&place, ty),
            Some(Held::Kept(ident, form)) => kept(&quote!(#ident), &form, false),
            Some(Held::Behind(ident, form)) => kept(&quote!(#ident), &form, true),
            Some(Held::Part(ident, form)) => kept(&quote!(#ident.get()?), &form, true),
            Some(Held::Passing(ident, form)) if form.is_copy() => Code::new(quote!(#ident), form.clone()),
            Some(Held::Passing(ident, form)) => Code::new(quote!(#ident.clone()), form.clone()).at(quote!(#ident)),
        }
    }

    /// A negation, where there is one word for it by that.
    fn not(&mut self, inner: &Node) -> Code {
        let opposite = |func: Func| match func {
            Func::Equal => Some(Func::NotEqual),
            Func::NotEqual => Some(Func::Equal),
            Func::Less => Some(Func::GreaterEqual),
            Func::LessEqual => Some(Func::Greater),
            Func::Greater => Some(Func::LessEqual),
            Func::GreaterEqual => Some(Func::Less),
            _ => None,
        };
        match &inner.kind {
            Kind::Not(of) => return self.expr(of),
            Kind::Has(of) if !self.is_leaf(of) => {
                let of = self.expr(of).receiver();
                return Code::new(quote!(#of.is_none()), Form::Plain);
            }
            Kind::Call(func, args) => {
                if let Some(opposite) = opposite(*func) {
                    return self.call(opposite, args, inner);
                }
            }
            _ => {}
        }
        let inner = self.expr(inner).operand(Binds::Prefix);
        Code::loose(quote!(!#inner), Form::Plain, Binds::Prefix)
    }

    fn logic(&mut self, a: &Node, b: &Node, function: &str, binds: Binds) -> Code {
        let (left, right) = (self.expr(a), self.expr(b));
        if !left.fails() {
            // An infallible left side decides, or leaves it to the right one: nothing to absorb.
            let (left, right) = (left.operand(binds), right.operand(binds));
            let operator = if binds == Binds::And { quote!(&&) } else { quote!(||) };
            return Code::loose(quote!(#left #operator #right), Form::Plain, binds);
        }
        let function = format_ident!("{function}");
        let (left, right) = (left.result(), right.result());
        Code::tries(quote!(rt::logic::#function(|| #left, || #right)), Form::Plain)
    }

    /// `if … { } else if … { } else { }`, a long list of cases without recursion.
    fn cond(&mut self, node: &Node) -> Code {
        let mut arms: Vec<(Code, Code)> = Vec::new();
        let mut rest = node;
        while let Kind::Cond(when, then, other) = &rest.kind {
            arms.push((self.expr(when), self.expr(then)));
            rest = other;
        }
        let last = self.expr(rest);
        let form = arms.iter().fold(last.form.clone(), |form, (_, then)| form.common(&then.form));
        let mut tokens = TokenStream::new();
        for (when, then) in arms {
            let (when, then) = (when.operand(Binds::Or), then.into_form(&form).value());
            tokens.extend(quote!(if #when { #then } else));
        }
        let last = last.into_form(&form).value();
        tokens.extend(quote!({ #last }));
        Code::loose(tokens, form, Binds::Block)
    }

    fn or_else(&mut self, of: &Node, default: &Node, ty: &Type) -> Code {
        let (of, other) = (self.expr(of), self.expr(default));
        let form = if ty.is_optional() { of.form.common(&other.form) } else { of.form.inner().common(&other.form) };
        let wanted = form.clone().optional();
        let of = of.into_form(&wanted);
        let simple = matches!(default.kind, Kind::Const(_)) || other.is_path();
        let other = other.into_form(&form);
        let (receiver, value) = (of.receiver(), other.value());
        let tokens = match (ty.is_optional(), other.fails()) {
            (true, false) if simple => quote!(#receiver.or(#value)),
            (true, false) => quote!(#receiver.or_else(|| #value)),
            (false, false) if simple => quote!(#receiver.unwrap_or(#value)),
            (false, false) if matches!(default.kind, Kind::List(ref items) if items.is_empty()) => {
                quote!(#receiver.unwrap_or_default())
            }
            (false, false) => quote!(#receiver.unwrap_or_else(|| #value)),
            (true, true) => {
                let of = of.value();
                return Code::loose(
                    quote!(match #of { Some(value) => Some(value), None => #value }),
                    form,
                    Binds::Block,
                );
            }
            (false, true) => {
                let (of, other) = (of.value(), other.result());
                return Code::tries(quote!(rt::or_else(#of, || #other)), form);
            }
        };
        Code::new(tokens, form)
    }

    fn opt_map(&mut self, of: &Node, var: VarId, body: &Node) -> Code {
        let name = if of.ty.element().is_some() { "list".to_owned() } else { self.element_name(of) };
        let of = self.expr(of);
        let ident = self.name(&name);
        self.vars.insert(var, Held::Passing(ident.clone(), of.form.inner().clone()));
        let made = outlives(self.expr(body), of.form.inner());
        self.leave(&ident);
        let optional = body.ty.is_optional();
        let form = made.form.clone().optional();
        if made.fails() {
            let function = if optional { format_ident!("opt_then") } else { format_ident!("opt_map") };
            let (of, made) = (of.value(), closure(&ident, &made.result()));
            return Code::tries(quote!(rt::#function(#of, #made)), form);
        }
        let (of, made) = (of.receiver(), closure(&ident, &made.value()));
        let function = if optional { format_ident!("and_then") } else { format_ident!("map") };
        Code::new(quote!(#of.#function(#made)), form)
    }

    fn at(&mut self, segment: &str, inner: &Node) -> Code {
        let code = self.expr(inner);
        if !code.fails() {
            return code;
        }
        let form = code.form.clone();
        Code::tries(self.placed(segment, inner.span, &code), form)
    }

    /// A target field's value as a `Result` that knows the field.
    fn placed(&self, segment: &str, span: Span, code: &Code) -> TokenStream {
        let (line, made) = (self.line(span), code.result());
        quote!(SPEC.field(#segment, #line, || #made))
    }

    /// The statement that judges a condition on a mapping's inputs.
    pub fn require(&mut self, require: &crate::model::Require) -> TokenStream {
        let (raise, line) = (&require.raise, self.line(require.span));
        let holds = self.expr(&require.rule).result();
        quote!(SPEC.require(#raise, #line, || #holds)?;)
    }

    /// The line of a span, for failures; the file is the module's `SPEC`.
    fn line(&self, span: Span) -> proc_macro2::Literal {
        proc_macro2::Literal::u32_unsuffixed(self.sources.start(span).line)
    }
}

/// A setting of the system.
fn config(name: &str, ty: &Type) -> Code {
    let text = Form::Text(Hold::Owned);
    let read = match ty.inner() {
        Type::Int => Code::tries(quote!(meta.config_int(#name)), Form::Plain),
        Type::Bool => Code::tries(quote!(meta.config_bool(#name)), Form::Plain),
        Type::Decimal(_) => Code::tries(quote!(meta.config_decimal(#name)), Form::Plain),
        Type::Date => Code::tries(quote!(meta.config_date(#name)), Form::Plain),
        Type::Timestamp => Code::tries(quote!(meta.config_timestamp(#name)), Form::Plain),
        Type::String(None) => Code::tries(quote!(meta.config_text(#name)), text),
        of => fit(&Code::tries(quote!(meta.config_text(#name)), text), of),
    };
    if !ty.is_optional() {
        return read;
    }
    let (form, value) = (read.form.clone().optional(), read.value());
    let tokens = quote!(if meta.config.contains_key(#name) { Some(#value) } else { None });
    Code::loose(tokens, form, Binds::Block)
}

/// A value that is made from what is passing by, and must not hold on to it.
fn outlives(code: Code, passing: &Form) -> Code {
    // What is read of a pair is copied.
    if passing.is_copy() || matches!(passing, Form::Pair(..)) || code.form.is_stored() {
        code
    } else {
        code.into_stored()
    }
}

/// A value that a variable keeps in a form: what can be lent is.
fn kept(place: &TokenStream, form: &Form, behind: bool) -> Code {
    let lent = |tokens: TokenStream, form: Form| Code::new(tokens, form).at(place.clone()).behind(behind);
    match form {
        form if form.is_copy() && behind => Code::copy(place, form.clone()),
        form if form.is_copy() => Code::new(place.clone(), form.clone()),
        Form::Text(Hold::Owned) => lent(quote!(#place.as_str()), Form::Text(Hold::Lent)),
        Form::Text(_) => Code::loose(quote!(&**#place), Form::Text(Hold::Lent), Binds::Prefix),
        Form::Bytes(_) => lent(quote!(#place.as_slice()), Form::Bytes(Hold::Lent)),
        Form::Struct(_) | Form::Reference(_) if behind => lent(place.clone(), held_by(form, Hold::Lent)),
        Form::Struct(_) | Form::Reference(_) => {
            Code::loose(quote!(&#place), held_by(form, Hold::Lent), Binds::Prefix).at(place.clone())
        }
        Form::Optional(inner) => match &**inner {
            Form::Text(_) => lent(quote!(#place.as_deref()), Form::Text(Hold::Lent).optional()),
            Form::Struct(_) | Form::Reference(_) => {
                lent(quote!(#place.as_ref()), held_by(inner, Hold::Lent).optional())
            }
            Form::List(element) if element.is_stored() => {
                lent(quote!(#place.as_deref()), Form::Slice(element.clone()).optional())
            }
            _ => lent(quote!(#place.clone()), form.clone()),
        },
        Form::List(element) if element.is_stored() => lent(quote!(#place.as_slice()), Form::Slice(element.clone())),
        Form::Map(key, value) => {
            let form = Form::MapRef(key.clone(), value.clone());
            if behind {
                lent(place.clone(), form)
            } else {
                Code::loose(quote!(&#place), form, Binds::Prefix).at(place.clone())
            }
        }
        _ => lent(quote!(#place.clone()), form.clone()),
    }
}

fn held_by(form: &Form, hold: Hold) -> Form {
    match form {
        Form::Reference(_) => Form::Reference(hold),
        _ => Form::Struct(hold),
    }
}

/// A checked conversion of the same kind of value.
fn fit(code: &Code, to: &Type) -> Code {
    match to {
        Type::Decimal(digits) => {
            let some = |n: Option<u32>| {
                n.map_or_else(
                    || quote!(None),
                    |n| {
                        let n = proc_macro2::Literal::u32_unsuffixed(n);
                        quote!(Some(#n))
                    },
                )
            };
            let (receiver, precision, scale) = (code.receiver(), some(digits.precision), some(digits.scale));
            Code::tries(quote!(#receiver.fit(#precision, #scale)), Form::Plain)
        }
        Type::String(Some(bound)) => {
            let (value, bound) = (code.value(), proc_macro2::Literal::u32_unsuffixed(*bound));
            Code::tries(quote!(rt::text::fit(#value, #bound)), code.form.clone())
        }
        Type::Email | Type::Uri | Type::Uuid => {
            let (value, check) = (code.value(), format_ident!("fit_{}", to.word()));
            Code::tries(quote!(rt::text::#check(#value)), code.form.clone())
        }
        Type::Currency | Type::Country | Type::Unit => {
            let (text, ty) = (code.lent(), format_ident!("{}", crate::lower::names::pascal(to.word())));
            Code::tries(quote!(rt::#ty::parse(#text)), Form::Plain)
        }
        _ => code.clone(),
    }
}

/// A decimal constant.
fn decimal(value: crossdock_runtime::Decimal) -> Code {
    let text = value.to_string();
    let digits: String = text.chars().filter(|c| *c != '.').collect();
    match digits.parse::<i64>() {
        Ok(units) => {
            let (units, scale) =
                (proc_macro2::Literal::i64_unsuffixed(units), proc_macro2::Literal::u32_unsuffixed(value.scale()));
            Code::new(quote!(rt::Decimal::new(#units, #scale)), Form::Plain)
        }
        Err(_) => Code::tries(quote!(rt::Decimal::parse(#text)), Form::Plain),
    }
}

/// The form in which a stored value of a type is held.
pub fn stored_form(ty: &Type) -> Form {
    match ty {
        Type::Optional(inner) => stored_form(inner).optional(),
        t if is_copy(t) => Form::Plain,
        t if t.is_text() => Form::Text(Hold::Owned),
        Type::Bytes => Form::Bytes(Hold::Owned),
        Type::Ref(_) => Form::Reference(Hold::Owned),
        Type::List(element) => Form::List(Box::new(stored_form(element))),
        Type::Map(key, value) => Form::Map(Box::new(stored_form(key)), Box::new(stored_form(value))),
        Type::Pair(kind, a, b) => Form::Pair(*kind, Box::new(stored_form(a)), Box::new(stored_form(b))),
        _ => Form::Struct(Hold::Owned),
    }
}
