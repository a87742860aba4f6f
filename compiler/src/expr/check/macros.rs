//! Macros: those of CEL and the project's own, and the functions over optionals.

use super::coerce::common;
use super::path::opt_map;
use super::{Checker, path_of};
use crate::expr::ast::{Expr, ExprKind, Name};
use crate::expr::ir::{Const, Func, Kind, Loop, LoopKind, Node};
use crate::model::{PairKind, StructKind, Type};
use crate::rules;
use crate::source::Span;

impl Checker<'_> {
    /// `has(path)`: whether a value is there.
    pub(super) fn has(&mut self, args: &[Expr], span: Span) -> Node {
        let [arg] = args else {
            return self.refuse(rules::EXPR003, span, "`has` takes one path", None);
        };
        if let ExprKind::Select { base, field, .. } = &arg.kind
            && !self.is_bare_root(base)
        {
            // Of a map: whether the key is there.
            let before = self.scope.narrowed.clone();
            let node = self.check_unnarrowed(base);
            self.scope.narrowed = before;
            if let Type::Map(..) = node.ty {
                let key = Node::constant(Const::Text(field.text.clone()), Type::STRING, span);
                return self.built_in(Func::InMap, vec![key, node], Type::Bool, false, span);
            }
        }
        let node = self.check_unnarrowed(arg);
        let node = match node.kind {
            Kind::Present(inner) => *inner,
            _ => node,
        };
        match node.ty {
            Type::Unknown => self.unknown(span),
            Type::Optional(_) => {
                let fails = match &node.kind {
                    Kind::Field(base, _) | Kind::OptField(base, _) => base.fails,
                    _ => node.fails,
                };
                Node { kind: Kind::Has(Box::new(node)), ty: Type::Bool, fails, span }
            }
            _ => {
                let message =
                    format!("`has` asks for what may be absent, and this is always there: {}", self.a(&node.ty));
                self.refuse(
                    rules::EXPR003,
                    span,
                    message,
                    Some("declare the field optional (`?`) if it may be absent".to_owned()),
                )
            }
        }
    }

    /// The path itself, without what earlier conditions proved of it.
    fn check_unnarrowed(&mut self, expr: &Expr) -> Node {
        let narrowed = std::mem::take(&mut self.scope.narrowed);
        let node = self.as_optional(expr);
        self.scope.narrowed = narrowed;
        node
    }

    /// `isNull(path)`: null rather than absent.
    pub(super) fn is_null(&mut self, args: &[Expr], span: Span) -> Node {
        let [arg] = args else {
            return self.refuse(rules::EXPR003, span, "`isNull` takes one path", None);
        };
        let node = self.check_unnarrowed(arg);
        if node.ty.is_unknown() {
            return self.unknown(span);
        }
        let nullable = match &node.kind {
            Kind::Field(base, position) | Kind::OptField(base, position) => base
                .ty
                .as_struct()
                .and_then(|id| self.model.structs[id].field(*position))
                .and_then(|f| f.wire.as_ref())
                .is_some_and(|w| w.nullable),
            _ => false,
        };
        if !nullable {
            let help = "declare the field `nullable: true` if null means something else than absent".to_owned();
            return self.refuse(rules::EXPR003, span, "null is not told from absent here", Some(help));
        }
        let fails = node.fails;
        Node { kind: Kind::IsNull(Box::new(node)), ty: Type::Bool, fails, span }
    }

    /// A macro over a list, if `method` with these arguments is one.
    pub(super) fn macro_call(
        &mut self,
        base: &Expr,
        method: &Name,
        args: &[Expr],
        span: Span,
        _expected: Option<&Type>,
    ) -> Option<Node> {
        let kind = match (method.text.as_str(), args.len()) {
            ("all", 2) => LoopKind::All,
            ("exists", 2) => LoopKind::Exists,
            ("exists_one" | "existsOne", 2) => LoopKind::ExistsOne,
            ("filter" | "where", 2) => LoopKind::Filter,
            ("map", 2 | 3) => LoopKind::Map,
            ("sum", 2) => LoopKind::Sum,
            ("find", 2) => LoopKind::Find,
            ("one", 2) => LoopKind::One,
            ("sum", 0) => return Some(self.sum_of(base, span)),
            ("optMap" | "optFlatMap", 2) => {
                return Some(self.opt_map_macro(base, args, method.text == "optFlatMap", span));
            }
            ("groupBy", 2) => return Some(self.group_by(base, args, span)),
            ("join", 5) => return Some(self.join_lists(base, args, span)),
            _ => return None,
        };
        let [variable, rest @ ..] = args else { return None };
        let Some(name) = self.element_name(variable, &method.text) else { return Some(self.unknown(span)) };
        let list = self.check(base, None);
        let Some(element) = self.element_of(&list, &method.text, span) else { return Some(self.unknown(span)) };
        Some(self.looped(kind, list, element, &name, rest, span))
    }

    /// The name that a macro gives the element.
    fn element_name(&mut self, variable: &Expr, method: &str) -> Option<String> {
        if let ExprKind::Ident(name) = &variable.kind {
            return Some(name.clone());
        }
        let (at, message) = (self.span(variable), format!("this operand of `{method}` names the element"));
        self.refuse(rules::EXPR001, at, message, Some(format!("`x.{method}(e, …)`")));
        None
    }

    /// The type of the elements that a macro goes over.
    fn element_of(&mut self, list: &Node, method: &str, span: Span) -> Option<Type> {
        match list.ty.clone() {
            Type::Unknown => None,
            Type::List(element) => Some(*element),
            Type::Map(key, _) => Some(*key),
            Type::Optional(_) => {
                self.absent(list, list.span);
                None
            }
            other => {
                let message = format!("`{method}` goes over a list or a map's keys, not over {}", self.a(&other));
                self.refuse(rules::EXPR003, span, message, None);
                None
            }
        }
    }

    /// `list.groupBy(e, key)`: groups with `key` and `items`.
    fn group_by(&mut self, base: &Expr, args: &[Expr], span: Span) -> Node {
        let [variable, key] = args else { return self.unknown(span) };
        let list = self.check(base, None);
        let Some(keyed) = self.keyed(list, variable, key, "groupBy", span) else { return self.unknown(span) };
        let Some(Type::Pair(_, key, item)) = keyed.ty.element().cloned() else { return empty_list(span) };
        let group = Type::Pair(PairKind::Group, key, Box::new(Type::List(item)));
        self.built_in(Func::Group, vec![keyed], Type::List(Box::new(group)), false, span)
    }

    /// `a.join(b, x, key of x, y, key of y)`: pairs with `left` and `right` whose keys are equal.
    fn join_lists(&mut self, base: &Expr, args: &[Expr], span: Span) -> Node {
        let [other, x, x_key, y, y_key] = args else { return self.unknown(span) };
        let left = self.check(base, None);
        let left = self.keyed(left, x, x_key, "join", span);
        let right = self.check(other, None);
        let right = self.keyed(right, y, y_key, "join", span);
        let (Some(left), Some(right)) = (left, right) else { return self.unknown(span) };
        let (Some(Type::Pair(_, a, left_item)), Some(Type::Pair(_, b, right_item))) =
            (left.ty.element().cloned(), right.ty.element().cloned())
        else {
            return empty_list(span);
        };
        for (side, key) in [(&left, &a), (&right, &b)] {
            if key.is_optional()
                && let Kind::Loop(of) = &side.kind
            {
                return self.absent(&of.body, of.body.span);
            }
        }
        let Some(key) = common(&a, &b) else {
            let message = format!("{} is not compared with {}", self.a(&a), self.a(&b));
            return self.refuse(rules::EXPR003, span, message, None);
        };
        let (left, right) = (self.with_key(left, &key), self.with_key(right, &key));
        if left.ty.is_unknown() || right.ty.is_unknown() {
            return self.unknown(span);
        }
        let pair = Type::Pair(PairKind::Joined, left_item, right_item);
        self.built_in(Func::JoinLists, vec![left, right], Type::List(Box::new(pair)), false, span)
    }

    /// Each element with its key.
    fn keyed(&mut self, list: Node, variable: &Expr, key: &Expr, method: &str, span: Span) -> Option<Node> {
        let name = self.element_name(variable, method)?;
        let element = self.element_of(&list, method, span)?;
        let keyed = self.looped(LoopKind::Keyed, list, element, &name, std::slice::from_ref(key), span);
        (!keyed.ty.is_unknown()).then_some(keyed)
    }

    /// The same with its keys converted.
    fn with_key(&mut self, keyed: Node, key: &Type) -> Node {
        let Kind::Loop(of) = keyed.kind else { return keyed };
        let mut of = *of;
        of.body = self.coerce(of.body, key);
        let ty = match keyed.ty {
            _ if of.body.ty.is_unknown() => Type::Unknown,
            Type::List(pair) => match *pair {
                Type::Pair(kind, _, item) => Type::List(Box::new(Type::Pair(kind, Box::new(key.clone()), item))),
                other => Type::List(Box::new(other)),
            },
            other => other,
        };
        let fails = keyed.fails || of.body.fails;
        Node { kind: Kind::Loop(Box::new(of)), ty, fails, span: keyed.span }
    }

    fn looped(&mut self, kind: LoopKind, list: Node, element: Type, name: &str, rest: &[Expr], span: Span) -> Node {
        let (var, filter, body) = self.scoped(|c| {
            let var = c.scope.bind_from(name, element.clone(), false, &list);
            let (filter, body) = match rest {
                [filter, body] => {
                    let filter = c.check(filter, Some(&Type::Bool));
                    let filter = c.coerce(filter, &Type::Bool);
                    let facts = super::path::facts(&filter, true);
                    (Some(filter), c.with_facts(facts, |c| c.check(body, None)))
                }
                [body] => (None, c.check(body, None)),
                _ => (None, c.unknown(span)),
            };
            (var, filter, body)
        });
        let body = match kind {
            LoopKind::Map | LoopKind::Sum | LoopKind::Keyed => body,
            _ => self.coerce(body, &Type::Bool),
        };
        if body.ty.is_unknown() || filter.as_ref().is_some_and(|f| f.ty.is_unknown()) {
            return self.unknown(span);
        }
        let from_map = matches!(list.ty, Type::Map(..));
        let inner_fails = body.fails || filter.as_ref().is_some_and(|f| f.fails);
        let (ty, can_fail) = match kind {
            LoopKind::All | LoopKind::Exists | LoopKind::ExistsOne => (Type::Bool, false),
            LoopKind::Filter if from_map => (Type::List(Box::new(element)), false),
            LoopKind::Filter => (list.ty.clone(), false),
            LoopKind::Map => (Type::List(Box::new(body.ty.clone())), false),
            LoopKind::Keyed => match body.ty.inner() {
                Type::Struct(_) | Type::List(_) | Type::Map(..) | Type::Pair(..) => {
                    let message = format!("{} is no key", self.a(&body.ty));
                    return self.refuse(rules::EXPR003, body.span, message, None);
                }
                _ => {
                    let pair = Type::Pair(PairKind::Keyed, Box::new(body.ty.clone()), Box::new(element));
                    (Type::List(Box::new(pair)), false)
                }
            },
            LoopKind::Find => (element.optional(), false),
            LoopKind::One => (element, true),
            LoopKind::Sum => match &body.ty {
                Type::Int | Type::Decimal(_) | Type::Money | Type::Quantity => (body.ty.clone(), true),
                Type::Optional(_) => return self.absent(&body.clone(), body.span),
                other => {
                    let message = format!("{} is not summed", self.a(other));
                    return self.refuse(rules::EXPR003, body.span, message, None);
                }
            },
        };
        // The elements of a list that is always empty have no type to be compiled with.
        if list.ty.element() == Some(&Type::Any) && !list.fails && kind != LoopKind::One {
            return empty_loop(kind, ty, span);
        }
        let fails = list.fails || inner_fails || can_fail;
        Node { kind: Kind::Loop(Box::new(Loop { kind, list, var, filter, body })), ty, fails, span }
    }

    /// `list.sum()` of numbers, money or quantities.
    fn sum_of(&mut self, base: &Expr, span: Span) -> Node {
        let list = self.check(base, None);
        match list.ty.clone() {
            Type::Unknown => self.unknown(span),
            Type::Optional(_) => self.absent(&list, list.span),
            Type::List(element) if matches!(*element, Type::Int | Type::Decimal(_) | Type::Money | Type::Quantity) => {
                let var = self.scope.fresh();
                let body = Node { kind: Kind::Var(var), ty: (*element).clone(), fails: false, span };
                let sum = Loop { kind: LoopKind::Sum, list, var, filter: None, body };
                Node { kind: Kind::Loop(Box::new(sum)), ty: *element, fails: true, span }
            }
            other => {
                let message = format!("{} is not summed", self.a(&other));
                self.refuse(rules::EXPR003, span, message, Some("`x.sum(e, …)` sums a part of each element".to_owned()))
            }
        }
    }

    fn opt_map_macro(&mut self, base: &Expr, args: &[Expr], flat: bool, span: Span) -> Node {
        let [variable, body] = args else { return self.unknown(span) };
        let ExprKind::Ident(name) = &variable.kind else {
            return self.refuse(rules::EXPR001, span, "the first operand of `optMap` names the value", None);
        };
        let of = self.as_optional(base);
        let inner = match of.ty.clone() {
            Type::Unknown => return self.unknown(span),
            Type::Optional(inner) => *inner,
            other => {
                let message = format!("`optMap` is for a value that may be absent; this is {}", self.a(&other));
                return self.refuse(rules::EXPR003, span, message, None);
            }
        };
        let (var, body) = self.scoped(|c| {
            let var = c.scope.bind_from(name, inner, false, &of);
            (var, c.check(body, None))
        });
        if body.ty.is_unknown() {
            return self.unknown(span);
        }
        if flat && !body.ty.is_optional() {
            let message = "the body of `optFlatMap` may itself be absent; this one always is there";
            return self.refuse(rules::EXPR003, body.span, message, Some("write `optMap`".to_owned()));
        }
        opt_map(of, var, body, span)
    }

    /// Methods of a value that may be absent.
    pub(super) fn optional_method(
        &mut self,
        base: &Node,
        method: &Name,
        args: &[Expr],
        span: Span,
        expected: Option<&Type>,
    ) -> Option<Node> {
        let Type::Optional(inner) = base.ty.clone() else { return None };
        Some(match (method.text.as_str(), args) {
            ("orValue", [default]) => {
                let default = self.check(default, Some(&inner));
                self.or_else(base.clone(), default, span)
            }
            ("or", [other]) => {
                let other = self.check(other, expected);
                if !other.ty.is_optional() && !other.ty.is_unknown() {
                    let message = "`or` gives another value that may be absent";
                    return Some(self.refuse(rules::EXPR003, other.span, message, Some("write `orValue`".to_owned())));
                }
                self.or_else(base.clone(), other, span)
            }
            ("orRaise", [exception]) => {
                let at = self.span(exception);
                let ExprKind::Ident(name) = &exception.kind else {
                    return Some(self.refuse(rules::EXPR003, at, "`orRaise` names an exception", None));
                };
                self.scope.raises.push((name.clone(), at));
                Node { kind: Kind::OrRaise(Box::new(base.clone()), name.clone()), ty: *inner, fails: true, span }
            }
            ("hasValue", []) => {
                Node { kind: Kind::Has(Box::new(base.clone())), ty: Type::Bool, fails: base.fails, span }
            }
            ("value", []) => Node {
                kind: Kind::OrRaise(Box::new(base.clone()), "absent_value".to_owned()),
                ty: *inner,
                fails: true,
                span,
            },
            _ => return None,
        })
    }

    fn or_else(&mut self, base: Node, default: Node, span: Span) -> Node {
        let inner = base.ty.inner().clone();
        let Some(common) = common(&inner, default.ty.inner()) else {
            let message = format!("{} in place of {}", self.a(&default.ty), self.a(&inner));
            return self.refuse(rules::EXPR003, default.span, message, None);
        };
        let ty = if default.ty.is_optional() { common.clone().optional() } else { common.clone() };
        let base = self.coerce(base, &common.optional());
        let default = self.coerce(default, &ty);
        if base.ty.is_unknown() || default.ty.is_unknown() {
            return self.unknown(span);
        }
        let fails = base.fails || default.fails;
        Node { kind: Kind::OrElse(Box::new(base), Box::new(default)), ty, fails, span }
    }

    /// `optional.of(x)`, `optional.none()`, `optional.ofNonZeroValue(x)`.
    pub(super) fn optional_function(
        &mut self,
        method: &Name,
        args: &[Expr],
        span: Span,
        expected: Option<&Type>,
    ) -> Node {
        match (method.text.as_str(), args) {
            ("of", [value]) => {
                let value = self.check(value, expected.map(Type::inner));
                if value.ty.is_unknown() {
                    return self.unknown(span);
                }
                let ty = value.ty.clone().optional();
                let to = ty.clone();
                if value.ty.is_optional() { value } else { self.coerce(value, &to) }
            }
            ("none", []) => Node::constant(Const::None, Type::Any.optional(), span),
            ("ofNonZeroValue", [value]) => {
                let value = self.check(value, None);
                let span_of = value.span;
                let zero = match &value.ty {
                    Type::Unknown => return self.unknown(span),
                    Type::Bool => Const::Bool(false),
                    Type::Int => Const::Int(0),
                    Type::Decimal(_) => Const::Decimal(crossdock_runtime::Decimal::from_int(0)),
                    Type::String(_) => Const::Text(String::new()),
                    Type::Bytes => Const::Bytes(Vec::new()),
                    Type::List(_) | Type::Map(..) => {
                        let (ty, optional) = (value.ty.clone(), value.ty.clone().optional());
                        let func = if matches!(ty, Type::List(_)) { Func::SizeList } else { Func::SizeMap };
                        let size = self.built_in(func, vec![value.clone()], Type::Int, false, span);
                        let zero = Node::constant(Const::Int(0), Type::Int, span);
                        let empty = self.built_in(Func::Equal, vec![size, zero], Type::Bool, false, span);
                        let none = Node::constant(Const::None, optional, span);
                        return self.choose(empty, none, value, span);
                    }
                    other => {
                        let message = format!("{} has no zero value", self.a(other));
                        return self.refuse(rules::EXPR003, span_of, message, None);
                    }
                };
                let (ty, optional) = (value.ty.clone(), value.ty.clone().optional());
                let zero = Node::constant(zero, ty, span_of);
                let empty = self.built_in(Func::Equal, vec![value.clone(), zero], Type::Bool, false, span);
                let none = Node::constant(Const::None, optional, span);
                self.choose(empty, none, value, span)
            }
            (other, _) => {
                let at = self.span_of(method.start, method.end);
                let help =
                    Some("there are `optional.of(x)`, `optional.none()` and `optional.ofNonZeroValue(x)`".to_owned());
                self.refuse(rules::EXPR005, at, format!("there is no function `optional.{other}`"), help)
            }
        }
    }

    /// `'%s'.format([a, b])`: the operands are a list that need not be of one type.
    pub(super) fn format(&mut self, base: Node, args: &[Expr], span: Span) -> Node {
        let [Expr { kind: ExprKind::List(items), .. }] = args else {
            let help = Some("`'%s-%d'.format([a, b])`".to_owned());
            return self.refuse(rules::EXPR003, span, "`format` takes its operands as a list", help);
        };
        let mut all = vec![self.coerce(base, &Type::STRING)];
        for item in items {
            let node = self.check(&item.expr, None);
            if node.ty.is_optional() {
                return self.absent(&node, node.span);
            }
            if !self.is_compared(&node.ty) {
                let message = format!("{} is not formatted", self.a(&node.ty));
                return self.refuse(rules::EXPR003, node.span, message, None);
            }
            if let Some(id) = node.ty.as_struct()
                && self.model.structs[id].kind != StructKind::Ids
            {
                let message = format!("{} is not formatted", self.a(&node.ty));
                return self.refuse(rules::EXPR003, node.span, message, None);
            }
            all.push(node);
        }
        if all.iter().any(|n| n.ty.is_unknown()) {
            return self.unknown(span);
        }
        self.built_in(Func::Format, all, Type::STRING, true, span)
    }

    /// Whether the node reads nothing but a path.
    pub fn is_path(node: &Node) -> bool {
        path_of(node).is_some()
    }
}

/// A list of nothing.
fn empty_list(span: Span) -> Node {
    Node { kind: Kind::List(Vec::new()), ty: Type::List(Box::new(Type::Any)), fails: false, span }
}

/// What a macro yields over no elements.
fn empty_loop(kind: LoopKind, ty: Type, span: crate::source::Span) -> Node {
    let value = match (kind, &ty) {
        (LoopKind::All, _) => Const::Bool(true),
        (LoopKind::Exists | LoopKind::ExistsOne, _) => Const::Bool(false),
        (LoopKind::Sum, Type::Int) => Const::Int(0),
        (LoopKind::Sum, _) => Const::Decimal(crossdock_runtime::Decimal::ZERO),
        (LoopKind::Find | LoopKind::One, _) => Const::None,
        (LoopKind::Keyed, _) => return empty_list(span),
        (LoopKind::Filter | LoopKind::Map, _) => {
            return Node { kind: Kind::List(Vec::new()), ty, fails: false, span };
        }
    };
    Node::constant(value, ty, span)
}
