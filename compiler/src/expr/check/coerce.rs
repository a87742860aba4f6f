//! Conversions that the language allows without being asked: a plain value where an optional is wanted, int where a
//! decimal is, a constant where a built-in code is, and bounds that are checked because they are not known.

use super::Checker;
use crate::expr::ir::{Const, Func, Kind, Loop, LoopKind, Node};
use crate::model::{Digits, Type};
use crate::rules;
use crate::source::Span;

impl Checker<'_> {
    /// Makes `node` a value of type `to`, or gives a finding.
    pub fn coerce(&mut self, node: Node, to: &Type) -> Node {
        if node.ty.is_unknown() || to.is_unknown() {
            return Node { ty: Type::Unknown, ..node };
        }
        if node.ty == *to || *to == Type::Any {
            return node;
        }
        let span = node.span;
        // An element of an empty list is of any type.
        if node.ty == Type::Any {
            return Node { ty: to.clone(), ..node };
        }
        match (node.ty.clone(), to) {
            // `none`, and an empty list, take the type that the place has.
            (Type::Optional(from), Type::Optional(_)) if *from == Type::Any => Node { ty: to.clone(), ..node },
            (Type::List(from), Type::List(_)) if *from == Type::Any => Node { ty: to.clone(), ..node },
            (Type::Map(_, from), Type::Map(..)) if *from == Type::Any => Node { ty: to.clone(), ..node },
            (Type::Optional(from), Type::Optional(inner)) => self.coerce_inside(node, &from, inner, to),
            (_, Type::Optional(inner)) => {
                let value = self.coerce(node, inner);
                if value.ty.is_unknown() {
                    return value;
                }
                let fails = value.fails;
                Node { kind: Kind::Some(Box::new(value)), ty: to.clone(), fails, span }
            }
            (Type::Optional(from), _) => {
                if *from == Type::Any {
                    let message = format!("`none` where {} is required", self.a(to));
                    return self.refuse(rules::EXPR004, span, message, None);
                }
                self.absent(&node, span)
            }
            (Type::Int, Type::Decimal(digits)) => {
                let ty = Type::Decimal(Digits { precision: None, scale: Some(0) });
                let decimal = self.built_in(Func::IntToDecimal, vec![node], ty, false, span);
                if digits.precision.is_none() { Node { ty: to.clone(), ..decimal } } else { self.fit(decimal, to) }
            }
            (Type::Decimal(from), Type::Decimal(into)) => self.coerce_digits(node, from, *into, to),
            (from, Type::String(bound)) if from.is_text() && from != Type::Json => {
                self.coerce_text(node, &from, *bound, to)
            }
            (Type::String(_), Type::Email | Type::Uri | Type::Uuid) => self.fit(node, to),
            (Type::String(_), Type::Currency | Type::Country | Type::Unit) => self.coerce_built_in(node, to),
            (Type::List(from), Type::List(into)) => self.coerce_elements(node, &from, into, to),
            (Type::Map(..), Type::Map(key, value)) => match &node.kind {
                // A literal map of constants: its values are converted where they stand.
                Kind::Map(_) => self.coerce_map(node, key, value, to),
                _ => self.mismatch(&node, to),
            },
            _ => self.mismatch(&node, to),
        }
    }

    fn coerce_inside(&mut self, node: Node, from: &Type, into: &Type, to: &Type) -> Node {
        let span = node.span;
        if self.same_carrier(from, into) {
            return Node { ty: to.clone(), ..node };
        }
        let var = self.scope.fresh();
        let value = Node { kind: Kind::Var(var), ty: from.clone(), fails: false, span };
        let before = self.diagnostics.len();
        let body = self.coerce(value, into);
        if self.diagnostics.len() != before || body.ty.is_unknown() {
            return self.unknown(span);
        }
        let fails = node.fails || body.fails;
        Node { kind: Kind::OptMap { of: Box::new(node), var, body: Box::new(body) }, ty: to.clone(), fails, span }
    }

    /// Whether a value of one type needs no work to be one of the other.
    #[allow(clippy::unused_self)]
    fn same_carrier(&self, from: &Type, into: &Type) -> bool {
        match (from, into) {
            (Type::String(_) | Type::Email | Type::Uri | Type::Uuid, Type::String(None)) => true,
            (Type::String(Some(a)), Type::String(Some(b))) => a <= b,
            (Type::Decimal(a), Type::Decimal(b)) => fits(*a, *b) == Fits::Always,
            _ => from == into,
        }
    }

    fn coerce_digits(&mut self, node: Node, from: Digits, into: Digits, to: &Type) -> Node {
        match fits(from, into) {
            Fits::Always => Node { ty: to.clone(), ..node },
            Fits::Never => {
                let (have, may) = (from.scale.unwrap_or(0), into.scale.unwrap_or(0));
                let message = format!("a decimal with {have} decimals does not fit one with {may}");
                let help = format!("write what is to be lost: `round(x, {may}, half_even)`");
                self.refuse(rules::EXPR003, node.span, message, Some(help))
            }
            Fits::Perhaps => {
                if let Kind::Const(Const::Decimal(value)) = &node.kind
                    && value.fit(into.precision, into.scale).is_err()
                {
                    let message = format!("`{value}` does not fit `{}`", self.show(to));
                    return self.refuse(rules::EXPR003, node.span, message, None);
                }
                self.fit(node, to)
            }
        }
    }

    fn coerce_text(&mut self, node: Node, from: &Type, bound: Option<u32>, to: &Type) -> Node {
        let Some(bound) = bound else { return Node { ty: to.clone(), ..node } };
        let length = match from {
            Type::String(length) => *length,
            Type::Uuid => Some(36),
            _ => None,
        };
        match length {
            Some(length) if length <= bound => Node { ty: to.clone(), ..node },
            Some(length) if is_declared(&node) || matches!(node.kind, Kind::Const(_)) => {
                let message = format!("text of up to {length} characters does not fit `{}`", self.show(to));
                let help = format!("write what is to be lost: `x.substring(0, {bound})`");
                self.refuse(rules::EXPR003, node.span, message, Some(help))
            }
            _ => self.fit(node, to),
        }
    }

    fn coerce_built_in(&mut self, node: Node, to: &Type) -> Node {
        let Kind::Const(Const::Text(text)) = &node.kind else {
            let word = to.word();
            let message = format!("text where a `{word}` is required");
            let help = format!("declare the field as `{word}`, convert it with a crosswalk, or write `{word}(x)`");
            return self.refuse(rules::EXPR003, node.span, message, Some(help));
        };
        let known = match to {
            Type::Currency => crossdock_runtime::Currency::parse(text).is_ok(),
            Type::Country => crossdock_runtime::Country::parse(text).is_ok(),
            _ => crossdock_runtime::Unit::parse(text).is_ok(),
        };
        if known {
            return Node { ty: to.clone(), ..node };
        }
        let message = format!("`{text}` is not {} code", with_article(to));
        self.refuse(rules::EXPR006, node.span, message, None)
    }

    fn coerce_elements(&mut self, node: Node, from: &Type, into: &Type, to: &Type) -> Node {
        let span = node.span;
        if self.same_carrier(from, into) {
            return Node { ty: to.clone(), ..node };
        }
        if let Kind::List(items) = node.kind {
            let items: Vec<Node> = items.into_iter().map(|item| self.coerce(item, into)).collect();
            let ty = if items.iter().any(|i| i.ty.is_unknown()) { Type::Unknown } else { to.clone() };
            let fails = items.iter().any(|i| i.fails);
            return Node { kind: Kind::List(items), ty, fails, span };
        }
        let var = self.scope.fresh();
        let element = Node { kind: Kind::Var(var), ty: from.clone(), fails: false, span };
        let body = self.coerce(element, into);
        if body.ty.is_unknown() {
            return self.unknown(span);
        }
        let fails = node.fails || body.fails;
        let list = Loop { kind: LoopKind::Map, list: node, var, filter: None, body };
        Node { kind: Kind::Loop(Box::new(list)), ty: to.clone(), fails, span }
    }

    fn coerce_map(&mut self, node: Node, key: &Type, value: &Type, to: &Type) -> Node {
        let Kind::Map(entries) = node.kind else { return node };
        let mut all = Vec::with_capacity(entries.len());
        for (k, optional, v) in entries {
            let k = self.coerce(k, key);
            let v = if optional { v } else { self.coerce(v, value) };
            if k.ty.is_unknown() || v.ty.is_unknown() {
                return self.unknown(node.span);
            }
            all.push((k, optional, v));
        }
        let fails = node.fails || all.iter().any(|(k, _, v)| k.fails || v.fails);
        Node { kind: Kind::Map(all), ty: to.clone(), fails, span: node.span }
    }

    /// A conversion that is checked when it runs.
    #[allow(clippy::unused_self)]
    fn fit(&self, node: Node, to: &Type) -> Node {
        let span = node.span;
        Node { kind: Kind::Fit(Box::new(node)), ty: to.clone(), fails: true, span }
    }

    /// The finding for an optional where a value is required.
    pub(super) fn absent(&mut self, node: &Node, span: Span) -> Node {
        let message = format!("this may be absent: it is {}", self.a(&node.ty));
        let help = "ask with `has(…)`, give a default with `.orValue(…)`, or name the failure with `.orRaise(…)`";
        self.refuse(rules::EXPR004, span, message, Some(help.to_owned()))
    }

    fn mismatch(&mut self, node: &Node, to: &Type) -> Node {
        let message = format!("{} where {} is required", self.a(&node.ty), self.a(to));
        let help = match (&node.ty, to) {
            (Type::String(_), Type::Code(id)) => {
                let codes = &self.model.codes[*id];
                match (&node.kind, codes.codes.first()) {
                    (Kind::Const(Const::Text(text)), _) if codes.position(text).is_some() => {
                        Some(format!("a code is written `{}.{text}`", codes.name))
                    }
                    _ => Some(format!("translate it by the crosswalk: `code({}, x)`", codes.name)),
                }
            }
            (Type::Code(_), Type::String(_)) => {
                Some("the system's code is `code(x)`; the canonical one as text is `string(x)`".to_owned())
            }
            (Type::String(_), Type::Decimal(_)) => {
                Some("declare it `decimal as text`, or write `decimal(x)`".to_owned())
            }
            (Type::String(_), Type::Int) => Some("declare it `int as text`, or write `int(x)`".to_owned()),
            (Type::String(_), Type::Ref(target)) => Some(format!(
                "write `ref({0}, key)`, or `ref({0}, system, identifier)`",
                self.model.structs[target.object].name
            )),
            (Type::Int | Type::Decimal(_), Type::String(_)) => Some("write `string(x)`".to_owned()),
            (Type::LocalTimestamp, Type::Timestamp) => {
                let span = node.span;
                let message = "a local time has no offset".to_owned();
                let help = "say where it is: `x.at('America/Chicago')`, or read it `as local(America/Chicago)`";
                return self.refuse(rules::EXPR006, span, message, Some(help.to_owned()));
            }
            (Type::Date, Type::Timestamp) => {
                Some("say when on that day and where: `x.at('00:00', 'America/Chicago')`".to_owned())
            }
            (Type::Timestamp, Type::Date) => Some("the date at its own offset is `date(x)`".to_owned()),
            (Type::Decimal(_), Type::Money) => Some("write `money(x, currency)`".to_owned()),
            (Type::Decimal(_) | Type::Int, Type::Quantity) => Some("write `quantity(x, unit)`".to_owned()),
            _ => None,
        };
        self.refuse(rules::EXPR003, node.span, message, help)
    }
}

/// The type that two alternatives have in common, if there is one.
pub(super) fn common(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Unknown, other) | (other, Type::Unknown) => {
            // What an empty list holds and what `none` is none of, only the other alternative tells.
            let open = *other.inner() == Type::Any;
            Some(if open { Type::Unknown } else { other.clone() })
        }
        (Type::Any, other) | (other, Type::Any) => Some(other.clone()),
        (a, b) if a == b => Some(a.clone()),
        (Type::Optional(x), Type::Optional(y)) => common(x, y).map(Type::optional),
        (Type::Optional(x), y) | (y, Type::Optional(x)) => common(x, y).map(Type::optional),
        (Type::List(x), Type::List(y)) => common(x, y).map(|t| Type::List(Box::new(t))),
        (Type::Map(from, x), Type::Map(into, y)) => {
            Some(Type::Map(Box::new(common(from, into)?), Box::new(common(x, y)?)))
        }
        (Type::Decimal(x), Type::Decimal(y)) => {
            let scale = x.scale.zip(y.scale).map(|(left, right)| left.max(right));
            Some(Type::Decimal(Digits { precision: None, scale }))
        }
        (Type::Int, Type::Decimal(d)) | (Type::Decimal(d), Type::Int) => {
            Some(Type::Decimal(Digits { precision: None, scale: d.scale }))
        }
        (Type::String(x), Type::String(y)) => Some(Type::String(match (x, y) {
            (Some(x), Some(y)) => Some(*x.max(y)),
            _ => None,
        })),
        (x, y) if x.is_text() && y.is_text() && *x != Type::Json && *y != Type::Json => Some(Type::STRING),
        // A constant beside a built-in code takes its type, or a finding says why not.
        (Type::String(_), code @ (Type::Currency | Type::Country | Type::Unit))
        | (code @ (Type::Currency | Type::Country | Type::Unit), Type::String(_)) => Some(code.clone()),
        _ => None,
    }
}

/// Whether the length is one that a declaration gives.
fn is_declared(node: &Node) -> bool {
    match &node.kind {
        Kind::Field(..) | Kind::OptField(..) => true,
        Kind::Present(inner) => is_declared(inner),
        _ => false,
    }
}

#[derive(PartialEq, Eq)]
enum Fits {
    Always,
    Perhaps,
    Never,
}

/// Whether digits fit a bound: always, never, or to be seen when it runs.
fn fits(from: Digits, into: Digits) -> Fits {
    if let (Some(have), Some(may)) = (from.scale, into.scale)
        && have > may
    {
        return Fits::Never;
    }
    if into.scale.is_some() && from.scale.is_none() {
        return Fits::Perhaps;
    }
    match (from.precision, into.precision) {
        (_, None) => Fits::Always,
        (Some(have), Some(may)) => {
            let whole = |precision: u32, scale: Option<u32>| precision.saturating_sub(scale.unwrap_or(0));
            if whole(have, from.scale) <= whole(may, into.scale) { Fits::Always } else { Fits::Perhaps }
        }
        (None, Some(_)) => Fits::Perhaps,
    }
}

fn with_article(ty: &Type) -> &'static str {
    match ty {
        Type::Currency => "an ISO 4217 currency",
        Type::Country => "an ISO 3166-1 country",
        _ => "a UN/ECE Rec 20 unit",
    }
}
