//! The type checker: a parsed expression and a scope in, the typed IR out.
//!
//! It never guesses: an optional is not lifted, a longer text is not cut, an absent value has no default. What it
//! can't type becomes [`Type::Unknown`], about which one finding was given and no other is. Absent on purpose:
//! evaluation, and everything a mapping adds around expressions (`resolve::mapping` does that).

mod call;
mod coerce;
mod convert;
mod flow;
mod macros;
mod operator;
mod overload;
mod path;

use coerce::common;
pub use flow::{PartScope, Parted};
pub use path::{Path, path_of};

use super::ast::{Expr, ExprKind};
use super::ir::{Const, Func, Kind, Node, VarId};
use crate::diagnostic::{Diagnostic, Diagnostics, suggest};
use crate::model::{Id, Lookup, LookupSource, Miss, Model, System, Type};
use crate::rules::{self, RuleId};
use crate::source::Span;
use crate::syntax::ExprText;

/// A name in scope.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The name.
    pub name: String,
    /// Its variable.
    pub var: VarId,
    /// Its type.
    pub ty: Type,
    /// Whether reading it can fail: a `let` whose value can.
    pub fails: bool,
}

/// What is in scope, and what expressions in this place may use.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Innermost last.
    pub bindings: Vec<Binding>,
    /// The next free variable.
    pub next_var: u32,
    /// The fields of the struct that `this` is, readable as `this.x`; variables are field positions.
    pub this: Option<Id<crate::model::Struct>>,
    /// The mapping's system: whose crosswalks `code` uses and whose settings `config` has.
    pub system: Option<Id<System>>,
    /// Whether `meta` may be read.
    pub meta: bool,
    /// Lookups that may be called; index lookups are added as they are used.
    pub lookups: Vec<Lookup>,
    /// Functions that may be called.
    pub functions: Vec<crate::model::ExternFunction>,
    /// Exceptions named so far, with where: routed by the workspace or built in.
    pub raises: Vec<(String, Span)>,
    /// Paths proven present.
    pub narrowed: Vec<Path>,
    /// Variables whose value comes from the answer to a lookup.
    pub answered: Vec<VarId>,
    /// Groups of an `each`, innermost last.
    pub parts: Vec<PartScope>,
    /// Whether own identifiers are read as present: in flows, where rules prove that they are.
    pub present_ids: bool,
    /// Whether a field of a list is that of every element, and codes may be joined to text: in flows and events.
    pub gathers: bool,
}

impl Scope {
    /// A new variable.
    pub fn fresh(&mut self) -> VarId {
        let var = VarId(self.next_var);
        self.next_var += 1;
        var
    }

    /// Binds a name to a new variable.
    pub fn bind(&mut self, name: &str, ty: Type, fails: bool) -> VarId {
        let var = self.fresh();
        self.bindings.push(Binding { name: name.to_owned(), var, ty, fails });
        var
    }

    /// Binds a name to a new variable whose value is, or comes out of, that of a node.
    pub fn bind_from(&mut self, name: &str, ty: Type, fails: bool, source: &Node) -> VarId {
        let answered = self.is_answered(source);
        let var = self.bind(name, ty, fails);
        if answered {
            self.answered.push(var);
        }
        var
    }

    /// Whether a node's value depends on the answer to a lookup.
    pub fn is_answered(&self, node: &Node) -> bool {
        let mut found = false;
        node.walk(&mut |node| {
            found |= match &node.kind {
                Kind::Lookup(..) => true,
                Kind::Var(var) => self.answered.contains(var),
                _ => false,
            };
        });
        found
    }

    /// The innermost binding of a name.
    pub fn find(&self, name: &str) -> Option<&Binding> {
        self.bindings.iter().rev().find(|b| b.name == name)
    }
}

/// Checks expressions of one place.
pub struct Checker<'m> {
    model: &'m Model,
    /// What is in scope; callers push bindings and read back lookups.
    pub scope: Scope,
    diagnostics: &'m mut Diagnostics,
    text: Option<ExprText>,
}

impl<'m> Checker<'m> {
    /// A checker with an initial scope.
    pub fn new(model: &'m Model, scope: Scope, diagnostics: &'m mut Diagnostics) -> Self {
        Checker { model, scope, diagnostics, text: None }
    }

    /// Parses and checks an expression that must yield `expected`. The node's type is `expected`, or unknown.
    pub fn expression(&mut self, text: &ExprText, expected: &Type) -> Node {
        let node = self.infer_text(text, Some(expected));
        let node = self.coerce(node, expected);
        self.text = None;
        node
    }

    /// Parses and checks an expression of any type.
    pub fn infer(&mut self, text: &ExprText) -> Node {
        let node = self.infer_text(text, None);
        self.text = None;
        node
    }

    /// Checks an expression of type bool and returns with it the paths proven present where it holds, and where not.
    pub fn condition(&mut self, text: &ExprText) -> (Node, Vec<Path>, Vec<Path>) {
        let node = self.expression(text, &Type::Bool);
        let (held, failed) = (path::facts(&node, true), path::facts(&node, false));
        (node, held, failed)
    }

    /// Runs `f` with some paths proven present.
    pub fn with_facts<T>(&mut self, facts: Vec<Path>, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.scope.narrowed.len();
        self.scope.narrowed.extend(facts);
        let result = f(self);
        self.scope.narrowed.truncate(before);
        result
    }

    /// How many paths are proven present now, for [`Self::forget`].
    pub fn facts_len(&self) -> usize {
        self.scope.narrowed.len()
    }

    /// Takes paths as proven present from here on.
    pub fn assume(&mut self, facts: Vec<Path>) {
        self.scope.narrowed.extend(facts);
    }

    /// Forgets what was proven since there were `len` paths.
    pub fn forget(&mut self, len: usize) {
        self.scope.narrowed.truncate(len);
    }

    /// Runs `f` with the bindings it adds gone afterwards.
    pub fn scoped<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.scope.bindings.len();
        let result = f(self);
        self.scope.bindings.truncate(before);
        result
    }

    /// The model that is checked against.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// Adds a finding.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn infer_text(&mut self, text: &ExprText, expected: Option<&Type>) -> Node {
        match self.parsed(text) {
            Some(expr) => self.check(&expr, expected),
            None => self.unknown(text.span),
        }
    }

    /// Parses an expression, with a finding for each error; the text is the one that positions are of from here on.
    fn parsed(&mut self, text: &ExprText) -> Option<Expr> {
        self.text = Some(text.clone());
        let (expr, errors) = super::parse::parse(&text.text);
        for error in errors {
            let rule = if error.limit { rules::SPEC007 } else { rules::EXPR001 };
            let mut finding = Diagnostic::new(rule, text.span_at(error.start..error.end), error.message);
            if let Some(help) = error.help {
                finding = finding.help(help);
            }
            self.report(finding);
        }
        expr
    }

    fn span(&self, expr: &Expr) -> Span {
        self.span_of(expr.start, expr.end)
    }

    fn span_of(&self, start: u32, end: u32) -> Span {
        self.text.as_ref().map_or_else(Span::default, |text| text.span_at(start..end))
    }

    #[allow(clippy::unused_self)]
    fn unknown(&self, span: Span) -> Node {
        Node { kind: Kind::Const(Const::None), ty: Type::Unknown, fails: false, span }
    }

    /// A finding, and a node of unknown type in the place of what was found.
    fn refuse(&mut self, rule: RuleId, span: Span, message: impl Into<String>, help: Option<String>) -> Node {
        let mut finding = Diagnostic::new(rule, span, message.into());
        if let Some(help) = help {
            finding = finding.help(help);
        }
        self.report(finding);
        self.unknown(span)
    }

    fn show(&self, ty: &Type) -> String {
        ty.show(self.model)
    }

    /// A type with its article: "an `int`".
    fn a(&self, ty: &Type) -> String {
        let shown = self.show(ty);
        let article = if shown.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) { "an" } else { "a" };
        format!("{article} `{shown}`")
    }

    /// Checks `expr`; `expected` is a hint for what has no type of its own, not a demand.
    fn check(&mut self, expr: &Expr, expected: Option<&Type>) -> Node {
        let span = self.span(expr);
        match &expr.kind {
            ExprKind::Null => self.refuse(
                rules::EXPR003,
                span,
                "there is no null in expressions",
                Some("write `none` for no value, `has(x)` to ask whether there is one, `isNull(x)` to tell null from absent".to_owned()),
            ),
            ExprKind::Bool(value) => Node::constant(Const::Bool(*value), Type::Bool, span),
            ExprKind::Int(value) => Node::constant(Const::Int(*value), Type::Int, span),
            ExprKind::Uint(_) => {
                self.refuse(rules::EXPR003, span, "there are no unsigned integers", Some("leave the `u` out".to_owned()))
            }
            ExprKind::Decimal(text) => match crossdock_runtime::Decimal::parse(text) {
                Ok(value) => {
                    let digits = crate::model::Digits { precision: None, scale: Some(value.scale()) };
                    Node::constant(Const::Decimal(value), Type::Decimal(digits), span)
                }
                Err(_) => self.refuse(
                    rules::EXPR003,
                    span,
                    format!("`{text}` does not fit an exact decimal of 28 digits"),
                    None,
                ),
            },
            ExprKind::String(value) => {
                let length = u32::try_from(value.chars().count()).ok();
                Node::constant(Const::Text(value.clone()), Type::String(length), span)
            }
            ExprKind::Bytes(value) => Node::constant(Const::Bytes(value.clone()), Type::Bytes, span),
            ExprKind::Ident(name) | ExprKind::RootIdent(name) => self.ident(name, span),
            ExprKind::Select { base, field, optional } => self.select(base, field, *optional, span),
            ExprKind::Index { base, index, optional } => self.index(base, index, *optional, span),
            ExprKind::Call { function, args } => self.call(function, args, span, expected),
            ExprKind::Method { base, method, args } => self.method(base, method, args, span, expected),
            ExprKind::List(items) => self.list(items, expected, span),
            ExprKind::Map(entries) => self.map(entries, expected, span),
            ExprKind::Struct { .. } => self.refuse(
                rules::EXPR003,
                span,
                "objects are not built in expressions",
                Some("a mapping builds them, field by field; a value mapping can be called".to_owned()),
            ),
            ExprKind::Unary { op, operand } => self.unary(*op, operand, span),
            ExprKind::Binary { op, left, right, .. } => self.binary(*op, left, right, span),
            ExprKind::Cond { cond, then, other } => self.cond(cond, then, other, expected, span),
        }
    }

    fn ident(&mut self, name: &str, span: Span) -> Node {
        if name == "none" {
            return Node::constant(Const::None, Type::Any.optional(), span);
        }
        if let Some(binding) = self.scope.find(name).cloned() {
            let node = Node { kind: Kind::Var(binding.var), ty: binding.ty, fails: binding.fails, span };
            return self.narrow(node);
        }
        if self.model.unread.has(name) {
            return self.unknown(span);
        }
        if self.scope.parts.iter().any(|part| part.name == name) {
            let help = Some(format!("`{name}.key`, `{name}.items` or `{name}.ids.<system>`"));
            return self.refuse(rules::EXPR003, span, format!("`{name}` is a group: a part of it is read"), help);
        }
        let mut known: Vec<&str> = self.scope.bindings.iter().map(|b| b.name.as_str()).collect();
        known.extend(self.scope.parts.iter().map(|part| part.name.as_str()));
        let help = match suggest(name, known.iter().copied()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if self.model.types_by_name.contains_key(name) => Some(format!("a code is written `{name}.CODE`")),
            None if known.is_empty() => None,
            None => Some(format!("in scope: {}", list_of(&known))),
        };
        self.refuse(rules::NAME001, span, format!("nothing is called `{name}` here"), help)
    }

    fn cond(&mut self, cond: &Expr, then: &Expr, other: &Expr, expected: Option<&Type>, span: Span) -> Node {
        let cond = self.check(cond, Some(&Type::Bool));
        let cond = self.coerce(cond, &Type::Bool);
        let then = self.with_facts(path::facts(&cond, true), |c| c.check(then, expected));
        let other = self.with_facts(path::facts(&cond, false), |c| c.check(other, expected));
        self.choose(cond, then, other, span)
    }

    /// `cond ? then : other` of two checked branches.
    pub fn choose(&mut self, cond: Node, then: Node, other: Node, span: Span) -> Node {
        let Some(ty) = common(&then.ty, &other.ty) else {
            let message =
                format!("the branches differ in type: `{}` and `{}`", self.show(&then.ty), self.show(&other.ty));
            return self.refuse(rules::EXPR003, span, message, None);
        };
        let (then, other) = (self.coerce(then, &ty), self.coerce(other, &ty));
        let fails = cond.fails || then.fails || other.fails;
        Node { kind: Kind::Cond(Box::new(cond), Box::new(then), Box::new(other)), ty, fails, span }
    }

    /// A call of a built-in with checked operands.
    #[allow(clippy::unused_self)]
    fn built_in(&self, func: Func, args: Vec<Node>, ty: Type, can_fail: bool, span: Span) -> Node {
        let fails = can_fail || args.iter().any(|a| a.fails);
        Node { kind: Kind::Call(func, args), ty, fails, span }
    }

    /// The lookup in the runtime's index of identifiers, added where it is first used.
    fn index_lookup(&mut self, object: Id<crate::model::Struct>, system: Id<System>, span: Span) -> u16 {
        let source = LookupSource::Index(object, system);
        if let Some(known) = self.scope.lookups.iter().position(|l| l.source == source) {
            return u16::try_from(known).unwrap_or(u16::MAX);
        }
        let name = format!("{}.{}", self.model.structs[object].name, self.model.systems[system].name);
        self.scope.lookups.push(Lookup {
            name,
            source,
            params: vec![("key".to_owned(), Type::STRING)],
            result: Type::STRING,
            miss: Miss::None,
            cache: None,
            span,
        });
        u16::try_from(self.scope.lookups.len() - 1).unwrap_or(u16::MAX)
    }
}

/// `` `a`, `b`, `c` ``, cut after eight; `nothing`, if there are none.
pub fn list_of(names: &[&str]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let shown: Vec<String> = names.iter().take(8).map(|n| format!("`{n}`")).collect();
    if names.len() > 8 { format!("{}, …", shown.join(", ")) } else { shown.join(", ") }
}
