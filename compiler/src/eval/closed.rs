//! An expression by itself: over variables of given types, with no mapping around it. The same checker and the same
//! evaluator as in a mapping; what is absent is a system, and so lookups, crosswalks, `meta` and `config`.

use super::decode::Decoding;
use super::eval::{Run, mistyped};
use super::plan::Prepared;
use super::run::Outside;
use super::value::Value;
use crate::diagnostic::Diagnostics;
use crate::expr::check::{Checker, Scope};
use crate::expr::ir::{Node, VarId};
use crate::model::{Id, Intent, Mapping, Model, Struct, Type};
use crate::syntax::ExprText;
use crossdock_runtime::failure::builtin;
use crossdock_runtime::json::Reader;
use crossdock_runtime::{Failure, Meta, Notes, Result};
use std::sync::LazyLock;

static NO_META: LazyLock<Meta> = LazyLock::new(Meta::default);

/// A checked expression over variables.
#[derive(Debug)]
pub struct Expression {
    /// The expression as the body of a mapping without inputs.
    mapping: Mapping,
    /// What its variables are, in the order in which their values are given.
    variables: Vec<VarId>,
}

impl Expression {
    /// Checks an expression over variables of these names and types; `expected`, if given, is the type that it must have.
    /// There is an expression exactly if there is no error among the findings.
    pub fn check(
        model: &Model,
        variables: &[(&str, Type)],
        text: &ExprText,
        expected: Option<&Type>,
    ) -> (Option<Expression>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut checker = Checker::new(model, Scope::default(), &mut diagnostics);
        let variables: Vec<VarId> =
            variables.iter().map(|(name, ty)| checker.scope.bind(name, ty.clone(), false)).collect();
        let body = match expected {
            Some(ty) => checker.expression(text, ty),
            None => checker.infer(text),
        };
        let count = checker.scope.next_var;
        if diagnostics.has_errors() || body.ty.is_unknown() {
            return (None, diagnostics);
        }
        (Some(Expression { mapping: around(body, count), variables }), diagnostics)
    }

    /// An expression that was checked elsewhere, of so many variables, of which these are given.
    pub fn of(node: Node, count: u32, variables: Vec<VarId>) -> Expression {
        Expression { mapping: around(node, count), variables }
    }

    /// Its type.
    pub fn ty(&self) -> &Type {
        &self.mapping.target
    }

    /// Whether evaluating it can fail.
    pub fn fails(&self) -> bool {
        self.node().is_some_and(|node| node.fails)
    }

    /// Its typed form.
    pub fn node(&self) -> Option<&Node> {
        self.mapping.body.as_ref()
    }

    /// Prepares it for evaluation; the model must be the one that it was checked against.
    pub fn prepare<'m>(&'m self, model: &'m Model) -> PreparedExpression<'m> {
        PreparedExpression { plan: Prepared::of_expression(model, &self.mapping), expression: self }
    }
}

/// An expression, ready to be evaluated.
#[derive(Debug)]
pub struct PreparedExpression<'m> {
    plan: Prepared<'m>,
    expression: &'m Expression,
}

impl<'m> PreparedExpression<'m> {
    /// Evaluates it with values of its variables, in their order. They must be of the types that were given to the check.
    pub fn evaluate<'v>(&'v self, values: Vec<Value<'v>>) -> Result<Value<'v>>
    where
        'm: 'v,
    {
        let Some(body) = self.expression.node() else {
            return Err(Failure::new(builtin::INVALID_ARGUMENT, "the expression has findings"));
        };
        let mut notes = Notes::default();
        let mut run = Run::new(&self.plan, Outside::of(&NO_META), &mut notes, None);
        run.enter(Vec::new());
        for (var, value) in self.expression.variables.iter().zip(values) {
            run.bind(*var, value);
        }
        run.eval(body)
    }

    /// Whether it holds of a value in its canonical encoding.
    pub fn holds_of(&self, of: Id<Struct>, json: &str) -> Result<bool> {
        let mut notes = Notes::default();
        let mut reader = Reader::new(json.as_bytes())?;
        let value = Decoding { plan: &self.plan, notes: &mut notes }.canonical_struct(&mut reader, of)?;
        match self.evaluate(vec![value])? {
            Value::Bool(holds) => Ok(holds),
            _ => Err(mistyped()),
        }
    }
}

fn around(body: Node, variables: u32) -> Mapping {
    Mapping {
        name: String::new(),
        span: body.span,
        description: None,
        intent: Intent::Value,
        system: None,
        inputs: Vec::new(),
        target: body.ty.clone(),
        target_span: body.span,
        require: Vec::new(),
        lets: Vec::new(),
        body: Some(body),
        variables,
        unmapped: Vec::new(),
        lookups: Vec::new(),
        functions: Vec::new(),
        tests: Vec::new(),
        assigned: Vec::new(),
    }
}
