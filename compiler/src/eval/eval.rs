//! Evaluating the typed IR: one match over what a node computes. Operands go left to right and the first failure wins,
//! except where CEL absorbs failures.
//!
//! A failure takes the spec's place from the innermost target field around it, and the target's path from all fields and
//! elements around it. Absent on purpose: the built-in functions (`call`), patches (`patch`), lookups (`lookup`), and
//! everything about documents (`decode`, `run`).

use super::function::Functions;
use super::lookup::Answered;
use super::plan::Prepared;
use super::run::Outside;
use super::value::{Map, Object, Text, Value};
use crate::expr::ir::{Const, Kind, Node, VarId};
use crate::model::{Id, Mapping, Struct, StructKind, Type};
use crate::source::Span;
use crossdock_runtime::failure::builtin;
use crossdock_runtime::{Answers, Country, Currency, Failure, Meta, Notes, Result, Unit, logic};
use std::rc::Rc;

/// How deep value mappings may call each other; a payload is never nested deeper.
const MOST_CALLS: u32 = 64;

/// Is told what every expression was evaluated to: for coverage.
pub trait Observer {
    /// An expression was evaluated.
    fn saw(&self, node: &Node, result: &Result<Value<'_>>);
}

/// A variable.
#[derive(Debug, Clone)]
pub(super) enum Slot<'v> {
    /// Not bound.
    Unset,
    /// Bound.
    Value(Value<'v>),
    /// A named part that nobody has read yet.
    Let(&'v Node),
    /// A named part whose failure surfaces wherever it is read.
    Failed(Failure),
}

/// One run of a mapping.
pub(super) struct Run<'v, 'n> {
    pub(super) plan: &'v Prepared<'v>,
    /// Whose lookups and functions are meant: the mapping that is being evaluated.
    pub(super) mapping: &'v Mapping,
    pub(super) meta: &'v Meta,
    pub(super) answers: &'v Answers,
    pub(super) functions: &'v Functions,
    pub(super) notes: &'n mut Notes,
    pub(super) vars: Vec<Slot<'v>>,
    calls: u32,
    empty: Rc<Vec<Value<'v>>>,
    pub(super) observer: Option<&'n dyn Observer>,
    /// Answers that were decoded.
    pub(super) answered: Vec<Answered<'v>>,
}

impl<'v, 'n> Run<'v, 'n> {
    pub(super) fn new(
        plan: &'v Prepared<'v>,
        outside: Outside<'v>,
        notes: &'n mut Notes,
        observer: Option<&'n dyn Observer>,
    ) -> Run<'v, 'n> {
        let empty = Rc::new(Vec::new());
        let mapping = plan.mapping();
        let Outside { meta, answers, functions } = outside;
        let (vars, answered) = (Vec::new(), Vec::new());
        Run { plan, mapping, meta, answers, functions, notes, vars, calls: 0, empty, observer, answered }
    }

    /// Evaluates a mapping on its inputs: what it requires first, then its body.
    pub(super) fn call(&mut self, mapping: &'v Mapping, inputs: Vec<Value<'v>>) -> Result<Value<'v>> {
        if self.calls == MOST_CALLS {
            return Err(Failure::overflow("value mappings call each other too deeply"));
        }
        let caller = std::mem::replace(&mut self.mapping, mapping);
        let vars = std::mem::take(&mut self.vars);
        self.calls += 1;
        self.enter(inputs);
        let result = self.body(mapping);
        self.calls -= 1;
        self.vars = vars;
        self.mapping = caller;
        result
    }

    /// Binds the inputs and the named parts of the current mapping.
    pub(super) fn enter(&mut self, inputs: Vec<Value<'v>>) {
        self.vars.clear();
        self.vars.extend(inputs.into_iter().map(Slot::Value));
        let variables = usize::try_from(self.mapping.variables).unwrap_or(0);
        self.vars.resize(variables.max(self.vars.len()), Slot::Unset);
        for part in &self.mapping.lets {
            self.assign(part.var, Slot::Let(&part.value));
        }
    }

    fn body(&mut self, mapping: &'v Mapping) -> Result<Value<'v>> {
        for require in &mapping.require {
            let failure = match self.truth(&require.rule) {
                Ok(true) => continue,
                Ok(false) => Failure::new(require.raise.clone(), "a required condition does not hold"),
                Err(failure) => failure,
            };
            return Err(self.at_span(failure, require.span));
        }
        match &mapping.body {
            Some(body) => self.eval(body),
            None => Err(Failure::new(builtin::INVALID_ARGUMENT, format!("`{}` has findings", mapping.name))),
        }
    }

    pub(super) fn assign(&mut self, var: VarId, slot: Slot<'v>) {
        let at = var.0 as usize;
        if at >= self.vars.len() {
            self.vars.resize(at + 1, Slot::Unset);
        }
        if let Some(place) = self.vars.get_mut(at) {
            *place = slot;
        }
    }

    pub(super) fn bind(&mut self, var: VarId, value: Value<'v>) {
        self.assign(var, Slot::Value(value));
    }

    pub(super) fn read(&mut self, var: VarId) -> Result<Value<'v>> {
        let part = match self.vars.get(var.0 as usize) {
            Some(Slot::Value(value)) => return Ok(value.clone()),
            Some(Slot::Failed(failure)) => return Err(failure.clone()),
            Some(Slot::Let(part)) => *part,
            Some(Slot::Unset) | None => return Ok(Value::None),
        };
        let result = self.eval(part);
        self.assign(
            var,
            match &result {
                Ok(value) => Slot::Value(value.clone()),
                Err(failure) => Slot::Failed(failure.clone()),
            },
        );
        result
    }

    /// The value of a bool.
    pub(super) fn truth(&mut self, node: &'v Node) -> Result<bool> {
        match self.eval(node)? {
            Value::Bool(value) => Ok(value),
            _ => Err(mistyped()),
        }
    }

    /// Adds a place of the specs to a failure that has none.
    pub(super) fn at_span(&self, failure: Failure, span: Span) -> Failure {
        if failure.spec().is_some() {
            return failure;
        }
        match self.plan.place(span) {
            Some((file, line)) => failure.at_spec(file.to_owned(), line),
            None => failure,
        }
    }

    /// A node's value.
    #[inline]
    pub(super) fn eval(&mut self, node: &'v Node) -> Result<Value<'v>> {
        let result = self.compute(node);
        if let Some(observer) = self.observer {
            observer.saw(node, &result);
        }
        result
    }

    fn compute(&mut self, node: &'v Node) -> Result<Value<'v>> {
        match &node.kind {
            Kind::Const(value) => constant(value, node.ty.inner()),
            Kind::Var(var) => self.read(*var),
            Kind::Field(base, field) | Kind::OptField(base, field) => self.select(base, *field),
            Kind::Present(of) => match self.eval(of)? {
                Value::None => Err(self.at_source(absent(), of)),
                value => Ok(value),
            },
            Kind::Has(of) => self.has(of).map(Value::Bool),
            Kind::IsNull(of) => self.is_null(of).map(Value::Bool),
            Kind::IsMissing(of) => self.is_missing(of).map(Value::Bool),
            Kind::IsCleared(of) => self.is_cleared(of).map(Value::Bool),
            Kind::OrElse(of, other) => match self.eval(of)? {
                Value::None => self.eval(other),
                value => Ok(value),
            },
            Kind::OrRaise(of, exception) => match self.eval(of)? {
                Value::None => Err(self.at_source(Failure::new(exception.clone(), "there is no value"), of)),
                value => Ok(value),
            },
            Kind::OptMap { of, var, body } => match self.eval(of)? {
                Value::None => Ok(Value::None),
                value => {
                    self.bind(*var, value);
                    self.eval(body)
                }
            },
            Kind::Some(of) => self.eval(of),
            Kind::Not(of) => self.truth(of).map(|value| Value::Bool(!value)),
            Kind::And(a, b) => logic::all([a, b].into_iter().map(|n| self.truth(n))).map(Value::Bool),
            Kind::Or(a, b) => logic::exists([a, b].into_iter().map(|n| self.truth(n))).map(Value::Bool),
            Kind::Cond(..) => self.cond(node),
            Kind::Call(func, args) => self.built_in(*func, args),
            Kind::List(items) => items.iter().map(|item| self.eval(item)).collect::<Result<Vec<_>>>().map(Value::list),
            Kind::ListOpt(items) => self.list_opt(items),
            Kind::Map(entries) => self.map(entries),
            Kind::Loop(of) => self.looped(of, &node.ty),
            Kind::Make { of, fields } => self.make(*of, fields),
            Kind::Each(each) => self.each(each),
            Kind::Patch(patch) => self.patch(patch),
            Kind::EachPatch(each) => self.each_patch(each),
            Kind::CodeIn(codes, system, of) => {
                let text = self.text(of)?;
                self.code_in(*codes, *system, &text).map_err(|f| self.at_source(f, of))
            }
            Kind::CodeOut(codes, system, of) => {
                let code = self.eval(of)?;
                self.code_out(*codes, *system, &code)
            }
            Kind::RefBy(_, system, of) => Ok(Value::RefBy(Rc::new((*system, self.text(of)?)))),
            Kind::RefKey(_, of) => self.text(of).map(Value::Ref),
            Kind::Lookup(position, params) => self.lookup(*position, params),
            Kind::Apply(id, args) => {
                let inputs = args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>>>()?;
                self.call(self.plan.mapping_of(*id), inputs)
            }
            Kind::Extern(position, args) => self.user_function(*position, args),
            Kind::Fit(of) => {
                let value = self.eval(of)?;
                super::call::fit(value, node.ty.inner()).map_err(|f| self.at_source(f, of))
            }
            Kind::At(field, of) => {
                self.eval(of).map_err(|failure| self.at_span(failure, of.span).in_field(field.clone()))
            }
            Kind::Meta(name) => self.meta_value(name),
            Kind::Config(name) => self.setting(name, &node.ty),
        }
    }

    pub(super) fn text(&mut self, node: &'v Node) -> Result<Text<'v>> {
        match self.eval(node)? {
            Value::Text(text) => Ok(text),
            _ => Err(mistyped()),
        }
    }

    /// `a ? b : c ? d : e …`: a list of cases is as deep as it is long, so this does not recurse.
    fn cond(&mut self, node: &'v Node) -> Result<Value<'v>> {
        let mut node = node;
        while let Kind::Cond(when, then, other) = &node.kind {
            if self.truth(when)? {
                return self.eval(then);
            }
            node = other;
        }
        self.eval(node)
    }

    fn list_opt(&mut self, items: &'v [(bool, Node)]) -> Result<Value<'v>> {
        let mut list = Vec::with_capacity(items.len());
        for (optional, item) in items {
            let value = self.eval(item)?;
            if !(*optional && value.is_none()) {
                list.push(value);
            }
        }
        Ok(Value::list(list))
    }

    fn map(&mut self, entries: &'v [(Node, bool, Node)]) -> Result<Value<'v>> {
        let mut all = Vec::with_capacity(entries.len());
        for (key, optional, value) in entries {
            let key = self.eval(key)?;
            let value = self.eval(value)?;
            if !(*optional && value.is_none()) {
                all.push((key, value));
            }
        }
        match Map::new(all) {
            Ok(map) => Ok(Value::Map(Rc::new(map))),
            Err(_) => Err(Failure::new(builtin::INVALID_ARGUMENT, "a key stands in the map twice")),
        }
    }

    fn make(&mut self, id: Id<Struct>, fields: &'v [(u16, VarId, Node)]) -> Result<Value<'v>> {
        let of = &self.plan.model().structs[id];
        let blank = |ty: &Type| match ty {
            Type::List(_) => Value::List(Rc::clone(&self.empty)),
            _ => Value::None,
        };
        let mut values: Vec<Value<'v>> = of.fields.iter().map(|f| blank(&f.ty)).collect();
        for (field, var, node) in fields {
            let value = self.eval(node)?;
            self.bind(*var, value.clone());
            if let Some(place) = values.get_mut(usize::from(*field)) {
                *place = value;
            }
        }
        if matches!(of.kind, StructKind::Object | StructKind::Value) {
            let set = |field: u16| fields.iter().any(|(f, _, _)| *f == field);
            self.complete(of, &mut values, set)?;
        }
        Ok(Value::Object(Rc::new(Object { of: id, fields: values })))
    }

    /// Gives fields that a creator may not set the values they begin with.
    pub(super) fn complete(
        &mut self,
        of: &'v Struct,
        values: &mut [Value<'v>],
        set: impl Fn(u16) -> bool,
    ) -> Result<()> {
        for (position, field) in (0_u16..).zip(&of.fields) {
            let value = match (&field.initial, &of.lifecycle) {
                (Some(initial), _) if !set(position) => self
                    .over_fields(values, |run| run.eval(initial))
                    .map_err(|failure| failure.in_field(field.name.clone()))?,
                (None, Some(lifecycle)) if lifecycle.field == position && !set(position) => {
                    Value::Code(lifecycle.codes, lifecycle.initial)
                }
                _ => continue,
            };
            if let Some(place) = values.get_mut(usize::from(position)) {
                *place = value;
            }
        }
        Ok(())
    }

    /// Evaluates with a struct's fields as the variables.
    pub(super) fn over_fields<T>(&mut self, fields: &[Value<'v>], f: impl FnOnce(&mut Self) -> T) -> T {
        let own = fields.iter().cloned().map(Slot::Value).collect();
        let vars = std::mem::replace(&mut self.vars, own);
        let result = f(self);
        self.vars = vars;
        result
    }
}

/// A constant as a value of its type: built-in codes are written as text.
fn constant<'v>(value: &'v Const, ty: &Type) -> Result<Value<'v>> {
    Ok(match value {
        Const::None => Value::None,
        Const::Bool(value) => Value::Bool(*value),
        Const::Int(value) => Value::Int(*value),
        Const::Decimal(value) => Value::Decimal(*value),
        Const::Text(text) => match ty {
            Type::Currency => Value::Currency(Currency::parse(text)?),
            Type::Country => Value::Country(Country::parse(text)?),
            Type::Unit => Value::Unit(Unit::parse(text)?),
            _ => Value::Text(Text::Borrowed(text)),
        },
        Const::Bytes(bytes) => Value::Bytes(bytes.as_slice().into()),
        Const::Code(codes, position) => Value::Code(*codes, *position),
        Const::Date(value) => Value::Date(*value),
        Const::Timestamp(value) => Value::Timestamp(*value),
        Const::Duration(value) => Value::Duration(*value),
    })
}

#[cold]
pub(super) fn absent() -> Failure {
    Failure::new(builtin::ABSENT_VALUE, "there is no value")
}

/// What the checker has ruled out.
#[cold]
pub(super) fn mistyped() -> Failure {
    Failure::new(builtin::INVALID_ARGUMENT, "a value is not of the type that the specs give it")
}
