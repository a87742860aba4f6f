//! Operators, list and map literals.

use super::coerce::common;
use super::{Checker, path};
use crate::expr::ast::{BinaryOp, Element, Expr, MapEntry, UnaryOp};
use crate::expr::ir::{Const, Func, Kind, Node};
use crate::model::{Digits, Type};
use crate::rules;
use crate::source::Span;

impl Checker<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: &Expr, span: Span) -> Node {
        let mut operand = self.check(operand, None);
        if operand.ty == Type::Any {
            operand.ty = Type::Int;
        }
        match (op, operand.ty.clone()) {
            (_, Type::Unknown) => self.unknown(span),
            (UnaryOp::Not, _) => {
                let operand = self.coerce(operand, &Type::Bool);
                let fails = operand.fails;
                Node { kind: Kind::Not(Box::new(operand)), ty: Type::Bool, fails, span }
            }
            (UnaryOp::Neg, Type::Int) => self.built_in(Func::NegInt, vec![operand], Type::Int, true, span),
            (UnaryOp::Neg, Type::Decimal(d)) => {
                let ty = Type::Decimal(Digits { precision: d.precision, scale: d.scale });
                self.built_in(Func::NegDecimal, vec![operand], ty, false, span)
            }
            (UnaryOp::Neg, Type::Money) => self.built_in(Func::NegMoney, vec![operand], Type::Money, false, span),
            (UnaryOp::Neg, Type::Quantity) => {
                self.built_in(Func::NegQuantity, vec![operand], Type::Quantity, false, span)
            }
            (UnaryOp::Neg, Type::Duration) => {
                self.built_in(Func::NegDuration, vec![operand], Type::Duration, true, span)
            }
            (UnaryOp::Neg, Type::Optional(_)) => self.absent(&operand, span),
            (UnaryOp::Neg, other) => {
                let message = format!("{} has no negative", self.a(&other));
                self.refuse(rules::EXPR003, span, message, None)
            }
        }
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, span: Span) -> Node {
        match op {
            BinaryOp::And | BinaryOp::Or => self.logic(op, left, right, span),
            _ => {
                let (left, right) = (self.check(left, None), self.check(right, None));
                if left.ty.is_unknown() || right.ty.is_unknown() {
                    return self.unknown(span);
                }
                match op {
                    BinaryOp::Equal | BinaryOp::NotEqual => self.equality(op == BinaryOp::Equal, left, right, span),
                    BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                        self.order(op, left, right, span)
                    }
                    BinaryOp::In => self.membership(left, right, span),
                    _ => self.arithmetic(op, left, right, span),
                }
            }
        }
    }

    fn logic(&mut self, op: BinaryOp, left: &Expr, right: &Expr, span: Span) -> Node {
        let left = self.check(left, Some(&Type::Bool));
        let left = self.coerce(left, &Type::Bool);
        // The right side counts only where the left one has not decided: what it proves there holds.
        let facts = path::facts(&left, op == BinaryOp::And);
        let right = self.with_facts(facts, |c| {
            let right = c.check(right, Some(&Type::Bool));
            c.coerce(right, &Type::Bool)
        });
        if left.ty.is_unknown() || right.ty.is_unknown() {
            return self.unknown(span);
        }
        let fails = left.fails || right.fails;
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = if op == BinaryOp::And { Kind::And(left, right) } else { Kind::Or(left, right) };
        Node { kind, ty: Type::Bool, fails, span }
    }

    fn equality(&mut self, equal: bool, left: Node, right: Node, span: Span) -> Node {
        if left.ty.is_optional() != right.ty.is_optional() {
            let node = if left.ty.is_optional() { &left } else { &right };
            return self.absent(&node.clone(), node.span);
        }
        let Some(ty) = common(&left.ty, &right.ty).filter(|ty| self.is_compared(ty)) else {
            return self.incomparable(&left.ty, &right.ty, span);
        };
        let (left, right) = (self.coerce(left, &ty), self.coerce(right, &ty));
        if left.ty.is_unknown() || right.ty.is_unknown() {
            return self.unknown(span);
        }
        let func = if equal { Func::Equal } else { Func::NotEqual };
        self.built_in(func, vec![left, right], Type::Bool, false, span)
    }

    /// Whether values of a type are compared as wholes: not what only belongs together, nor records, which say the same in
    /// many ways.
    pub(super) fn is_compared(&self, ty: &Type) -> bool {
        match ty {
            Type::Pair(..) => false,
            Type::Struct(id) => !self.model.structs[*id].is_record(),
            Type::List(inner) | Type::Optional(inner) | Type::Map(_, inner) => self.is_compared(inner),
            _ => true,
        }
    }

    pub(super) fn incomparable(&mut self, left: &Type, right: &Type, span: Span) -> Node {
        let message = format!("{} is not compared with {}", self.a(left), self.a(right));
        let help = [left, right].into_iter().find_map(|ty| match ty {
            Type::Code(id) => Some(format!("codes are written `{}.CODE`", self.model.codes[*id].name)),
            ty if common(left, right).is_some() && !self.is_compared(ty) => {
                Some("compare the fields that tell one from another".to_owned())
            }
            _ => None,
        });
        self.refuse(rules::EXPR003, span, message, help)
    }

    fn order(&mut self, op: BinaryOp, left: Node, right: Node, span: Span) -> Node {
        for side in [&left, &right] {
            if side.ty.is_optional() {
                return self.absent(&side.clone(), side.span);
            }
        }
        let Some(ty) = common(&left.ty, &right.ty) else {
            return self.incomparable(&left.ty, &right.ty, span);
        };
        let (left, right) = (self.coerce(left, &ty), self.coerce(right, &ty));
        if left.ty.is_unknown() || right.ty.is_unknown() {
            return self.unknown(span);
        }
        let func = match op {
            BinaryOp::Less => Func::Less,
            BinaryOp::LessEqual => Func::LessEqual,
            BinaryOp::Greater => Func::Greater,
            _ => Func::GreaterEqual,
        };
        match ty {
            Type::Int
            | Type::Decimal(_)
            | Type::String(_)
            | Type::Bytes
            | Type::Bool
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::LocalTimestamp
            | Type::Duration => self.built_in(func, vec![left, right], Type::Bool, false, span),
            Type::Money | Type::Quantity => {
                let compare = if ty == Type::Money { Func::CompareMoney } else { Func::CompareQuantity };
                let order = self.built_in(compare, vec![left, right], Type::Int, true, span);
                let zero = Node::constant(Const::Int(0), Type::Int, span);
                self.built_in(func, vec![order, zero], Type::Bool, false, span)
            }
            other => {
                let message = format!("{} has no order", self.a(&other));
                self.refuse(rules::EXPR003, span, message, None)
            }
        }
    }

    fn membership(&mut self, left: Node, right: Node, span: Span) -> Node {
        match right.ty.clone() {
            Type::List(element) if *element == Type::Any => {
                self.built_in(Func::InList, vec![left, right], Type::Bool, false, span)
            }
            Type::List(element) => {
                if left.ty.is_optional() && !element.is_optional() {
                    return self.absent(&left, left.span);
                }
                let Some(ty) = common(&left.ty, &element).filter(|ty| self.is_compared(ty)) else {
                    return self.incomparable(&left.ty, &element, span);
                };
                let left = self.coerce(left, &ty);
                let right = self.coerce(right, &Type::List(Box::new(ty)));
                if left.ty.is_unknown() || right.ty.is_unknown() {
                    return self.unknown(span);
                }
                self.built_in(Func::InList, vec![left, right], Type::Bool, false, span)
            }
            Type::Map(key, _) => {
                let left = self.coerce(left, &key);
                if left.ty.is_unknown() {
                    return self.unknown(span);
                }
                self.built_in(Func::InMap, vec![left, right], Type::Bool, false, span)
            }
            Type::Optional(_) => self.absent(&right, right.span),
            other => {
                let message = format!("`in` looks into a list or a map, not into {}", self.a(&other));
                self.refuse(rules::EXPR003, span, message, None)
            }
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, left: Node, right: Node, span: Span) -> Node {
        for side in [&left, &right] {
            if side.ty.is_optional() {
                return self.absent(&side.clone(), side.span);
            }
        }
        let (left, right) = of_one_type(left, right);
        let (left, right) = if op == BinaryOp::Add { self.joined_text(left, right) } else { (left, right) };
        let decimal = |scale| Type::Decimal(Digits { precision: None, scale });
        match (op, left.ty.clone(), right.ty.clone()) {
            (BinaryOp::Add, Type::Int, Type::Int) => {
                self.built_in(Func::AddInt, vec![left, right], Type::Int, true, span)
            }
            (BinaryOp::Sub, Type::Int, Type::Int) => {
                self.built_in(Func::SubInt, vec![left, right], Type::Int, true, span)
            }
            (BinaryOp::Mul, Type::Int, Type::Int) => {
                self.built_in(Func::MulInt, vec![left, right], Type::Int, true, span)
            }
            (BinaryOp::Div, Type::Int, Type::Int) => {
                self.built_in(Func::DivInt, vec![left, right], Type::Int, true, span)
            }
            (BinaryOp::Rem, Type::Int, Type::Int) => {
                self.built_in(Func::RemInt, vec![left, right], Type::Int, true, span)
            }
            (
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul,
                Type::Int | Type::Decimal(_),
                Type::Int | Type::Decimal(_),
            ) => {
                let (a, b) = (scale_of(&left.ty), scale_of(&right.ty));
                let (func, scale) = match op {
                    BinaryOp::Add => (Func::AddDecimal, a.zip(b).map(|(a, b)| a.max(b))),
                    BinaryOp::Sub => (Func::SubDecimal, a.zip(b).map(|(a, b)| a.max(b))),
                    _ => (Func::MulDecimal, a.zip(b).map(|(a, b)| a + b)),
                };
                let (left, right) = (self.coerce(left, &Type::DECIMAL), self.coerce(right, &Type::DECIMAL));
                self.built_in(func, vec![left, right], decimal(scale), true, span)
            }
            (
                BinaryOp::Div | BinaryOp::Rem,
                Type::Int | Type::Decimal(_) | Type::Money,
                Type::Int | Type::Decimal(_),
            ) => {
                let help = "a quotient has endless digits: say how many, and how to round: `div(a, b, 2, half_even)`";
                self.refuse(rules::EXPR003, span, "decimals are not divided by an operator", Some(help.to_owned()))
            }
            (BinaryOp::Add | BinaryOp::Sub, Type::Money, Type::Money) => {
                if let Some(node) = self.constant_parts_differ(&left, &right, span) {
                    return node;
                }
                let func = if op == BinaryOp::Add { Func::AddMoney } else { Func::SubMoney };
                self.built_in(func, vec![left, right], Type::Money, true, span)
            }
            (BinaryOp::Add | BinaryOp::Sub, Type::Quantity, Type::Quantity) => {
                if let Some(node) = self.constant_parts_differ(&left, &right, span) {
                    return node;
                }
                let func = if op == BinaryOp::Add { Func::AddQuantity } else { Func::SubQuantity };
                self.built_in(func, vec![left, right], Type::Quantity, true, span)
            }
            (BinaryOp::Mul, Type::Money | Type::Quantity, Type::Int | Type::Decimal(_)) => {
                let right = self.coerce(right, &Type::DECIMAL);
                self.scaled(left, right, span)
            }
            (BinaryOp::Mul, Type::Int | Type::Decimal(_), Type::Money | Type::Quantity) => {
                let left = self.coerce(left, &Type::DECIMAL);
                self.scaled(right, left, span)
            }
            (BinaryOp::Add, a, b) if a.is_text() && b.is_text() => {
                let length = match (&a, &b) {
                    (Type::String(Some(a)), Type::String(Some(b))) => a.checked_add(*b),
                    _ => None,
                };
                self.built_in(Func::AddString, vec![left, right], Type::String(length), false, span)
            }
            (BinaryOp::Add, Type::Bytes, Type::Bytes) => {
                self.built_in(Func::AddBytes, vec![left, right], Type::Bytes, false, span)
            }
            (BinaryOp::Add, Type::List(_), Type::List(_)) => match common(&left.ty, &right.ty) {
                Some(ty) => {
                    let (left, right) = (self.coerce(left, &ty), self.coerce(right, &ty));
                    self.built_in(Func::AddList, vec![left, right], ty, false, span)
                }
                None => self.incomparable(&left.ty, &right.ty, span),
            },
            (BinaryOp::Add, Type::Timestamp, Type::Duration) => {
                self.built_in(Func::AddTimestamp, vec![left, right], Type::Timestamp, true, span)
            }
            (BinaryOp::Add, Type::Duration, Type::Timestamp) => {
                self.built_in(Func::AddTimestamp, vec![right, left], Type::Timestamp, true, span)
            }
            (BinaryOp::Add, Type::Duration, Type::Duration) => {
                self.built_in(Func::AddDuration, vec![left, right], Type::Duration, true, span)
            }
            (BinaryOp::Sub, Type::Timestamp, Type::Timestamp) => {
                self.built_in(Func::SubTimestamps, vec![left, right], Type::Duration, true, span)
            }
            (BinaryOp::Sub, Type::Timestamp, Type::Duration) => {
                self.built_in(Func::SubTimestampDuration, vec![left, right], Type::Timestamp, true, span)
            }
            (BinaryOp::Sub, Type::Duration, Type::Duration) => {
                self.built_in(Func::SubDuration, vec![left, right], Type::Duration, true, span)
            }
            (_, a, b) => {
                let message = format!("`{}` does not work on {} and {}", op.text(), self.a(&a), self.a(&b));
                let text = a.is_text() || b.is_text();
                let help = text.then(|| "make both sides text with `string(x)`, or both numbers".to_owned());
                self.refuse(rules::EXPR003, span, message, help)
            }
        }
    }

    fn scaled(&mut self, amount: Node, by: Node, span: Span) -> Node {
        let ty = amount.ty.clone();
        let func = if ty == Type::Money { Func::MulMoney } else { Func::MulQuantity };
        self.built_in(func, vec![amount, by], ty, true, span)
    }

    /// EXPR006 where both currencies or units are written in the expression and differ.
    fn constant_parts_differ(&mut self, left: &Node, right: &Node, span: Span) -> Option<Node> {
        let part = |node: &Node| match &node.kind {
            Kind::Call(Func::MakeMoney | Func::MakeQuantity, args) => match args.get(1).map(|a| &a.kind) {
                Some(Kind::Const(Const::Text(text))) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        };
        let (a, b) = (part(left)?, part(right)?);
        (a != b).then(|| {
            let message = format!("`{a}` and `{b}` are not added or subtracted");
            self.refuse(rules::EXPR006, span, message, Some("convert one of them first".to_owned()))
        })
    }

    pub(super) fn list(&mut self, items: &[Element], expected: Option<&Type>, span: Span) -> Node {
        let hint = expected.and_then(Type::element).cloned();
        let mut checked = Vec::with_capacity(items.len());
        let mut ty = Type::Any;
        for item in items {
            let node = self.check(&item.expr, hint.as_ref());
            let of = if item.optional { node.ty.inner().clone() } else { node.ty.clone() };
            let Some(common) = common(&ty, &of) else {
                let message = format!("a list holds one type, and has {} beside {}", self.a(&ty), self.a(&of));
                return self.refuse(rules::EXPR003, node.span, message, None);
            };
            ty = common;
            checked.push((item.optional, node));
        }
        if ty.is_unknown() {
            return self.unknown(span);
        }
        let any_optional = checked.iter().any(|(optional, _)| *optional);
        let converted: Vec<(bool, Node)> = checked
            .into_iter()
            .map(|(optional, node)| {
                let to = if optional { ty.clone().optional() } else { ty.clone() };
                (optional, self.coerce(node, &to))
            })
            .collect();
        let fails = converted.iter().any(|(_, n)| n.fails);
        let list = Type::List(Box::new(ty));
        let kind = if any_optional {
            Kind::ListOpt(converted)
        } else {
            Kind::List(converted.into_iter().map(|(_, n)| n).collect())
        };
        Node { kind, ty: list, fails, span }
    }

    pub(super) fn map(&mut self, entries: &[MapEntry], expected: Option<&Type>, span: Span) -> Node {
        let hint = match expected.map(Type::inner) {
            Some(Type::Map(_, value)) => Some((**value).clone()),
            _ => None,
        };
        let (mut key_ty, mut value_ty) = (Type::Any, Type::Any);
        let mut checked = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = self.check(&entry.key, None);
            let value = self.check(&entry.value, hint.as_ref());
            if !matches!(key.ty, Type::Bool | Type::Int | Type::String(_) | Type::Unknown) {
                let message = format!("a map's keys are text, ints or bools, not {}", self.a(&key.ty));
                return self.refuse(rules::EXPR003, key.span, message, None);
            }
            let of = if entry.optional { value.ty.inner().clone() } else { value.ty.clone() };
            let (Some(k), Some(v)) = (common(&key_ty, &key.ty), common(&value_ty, &of)) else {
                return self.refuse(rules::EXPR003, value.span, "a map holds one type of keys and one of values", None);
            };
            (key_ty, value_ty) = (k, v);
            checked.push((key, entry.optional, value));
        }
        if key_ty.is_unknown() || value_ty.is_unknown() {
            return self.unknown(span);
        }
        let mut all = Vec::with_capacity(checked.len());
        for (key, optional, value) in checked {
            let key = self.coerce(key, &key_ty);
            let to = if optional { value_ty.clone().optional() } else { value_ty.clone() };
            let value = self.coerce(value, &to);
            all.push((key, optional, value));
        }
        // Keys written out are compared here; computed ones when it runs.
        let constant = |n: &Node| matches!(n.kind, Kind::Const(_));
        let mut seen: Vec<&Const> = Vec::new();
        for (key, _, _) in &all {
            if let Kind::Const(value) = &key.kind {
                if seen.contains(&value) {
                    let span = key.span;
                    return self.refuse(rules::EXPR003, span, "this key stands in the map twice", None);
                }
                seen.push(value);
            }
        }
        let fails = all.iter().any(|(k, _, v)| k.fails || v.fails || !constant(k));
        let ty = Type::Map(Box::new(key_ty), Box::new(value_ty));
        Node { kind: Kind::Map(all), ty, fails, span }
    }
}

/// An element of an empty list beside another operand is of its type; two of them may as well be ints.
fn of_one_type(mut left: Node, mut right: Node) -> (Node, Node) {
    if left.ty == Type::Any {
        left.ty = if right.ty == Type::Any { Type::Int } else { right.ty.clone() };
    }
    if right.ty == Type::Any {
        right.ty = left.ty.clone();
    }
    (left, right)
}

fn scale_of(ty: &Type) -> Option<u32> {
    match ty {
        Type::Int => Some(0),
        Type::Decimal(d) => d.scale,
        _ => None,
    }
}
