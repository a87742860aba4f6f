//! What the typed language leaves out as a whole: cases that need protocol buffers, values whose type is known only when
//! they are there, binary floats, unsigned integers, or types as values.

use super::case::Case;
use crossdock::expr::ast::{BinaryOp, Expr, ExprKind};
use crossdock::expr::parse;
use crossdock_runtime::Decimal;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// A part of CEL that the language does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Predicate {
    /// Messages and enums of protocol buffers, and names of several parts, which their packages have.
    Protobuf,
    /// `type(x)` and types as values.
    TypeOf,
    /// Values of no one type: `dyn`, null, lists, maps and conditions of several types, and calls of what is bound, if
    /// at all, only when it runs.
    Dyn,
    /// Unsigned integers.
    Uint,
    /// Binary floating point: conversion to it, cutting to an int, quotients, and numbers of more digits than a
    /// decimal has.
    Double,
}

impl Predicate {
    /// Its name in reports.
    pub fn word(self) -> &'static str {
        match self {
            Predicate::Protobuf => "protobuf",
            Predicate::TypeOf => "type()",
            Predicate::Dyn => "dyn",
            Predicate::Uint => "uint",
            Predicate::Double => "double",
        }
    }
}

/// The part that a case needs, if it needs one that is not there.
pub fn predicate(case: &Case) -> Option<Predicate> {
    let mut needs = BTreeSet::new();
    let dotted = case.variables.iter().any(|(name, _, _)| name.contains('.'));
    let yields = |kind: &str| case.value.as_ref().is_some_and(|value| mentions(value, kind));
    if case.container.is_some() || dotted || yields("object_value") || yields("enum_value") {
        needs.insert(Predicate::Protobuf);
    }
    if yields("type_value") {
        needs.insert(Predicate::TypeOf);
    }
    if yields("null_value") {
        needs.insert(Predicate::Dyn);
    }
    let unsigned = |ty: &Json| ty.pointer("/primitive").and_then(Json::as_str) == Some("UINT64");
    if yields("uint64_value") || case.variables.iter().any(|(_, ty, _)| unsigned(ty)) {
        needs.insert(Predicate::Uint);
    }
    if let (Some(tree), _) = parse(&case.expr) {
        let mut survey = Survey { needs, unchecked: case.unchecked && case.value.is_some(), case };
        survey.expr(&tree);
        needs = survey.needs;
    }
    needs.first().copied()
}

fn mentions(value: &Json, kind: &str) -> bool {
    match value {
        Json::Object(parts) => parts.iter().any(|(key, part)| key == kind || mentions(part, kind)),
        Json::Array(items) => items.iter().any(|item| mentions(item, kind)),
        _ => false,
    }
}

struct Survey<'c> {
    needs: BTreeSet<Predicate>,
    /// The case yields a value only where nothing is checked before.
    unchecked: bool,
    case: &'c Case,
}

impl Survey<'_> {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null => self.need(Predicate::Dyn),
            ExprKind::Uint(_) => self.need(Predicate::Uint),
            ExprKind::Decimal(text) if !fits_decimal(text) => self.need(Predicate::Double),
            ExprKind::Struct { .. } => self.need(Predicate::Protobuf),
            ExprKind::Ident(name) | ExprKind::RootIdent(name) => self.name(name),
            ExprKind::Select { base, .. } if is_package(base) => return self.need(Predicate::Protobuf),
            ExprKind::Call { function, args } => self.call(&function.text, args),
            ExprKind::Method { base, method, args } => {
                self.unbound(base);
                // The operands of `format` may be of several types.
                if let ("format", [Expr { kind: ExprKind::List(items), .. }]) = (method.text.as_str(), args.as_slice())
                {
                    self.expr(base);
                    return items.iter().for_each(|item| self.expr(&item.expr));
                }
            }
            ExprKind::List(items) => self.one_type(items.iter().map(|i| &i.expr)),
            ExprKind::Map(entries) => {
                self.one_type(entries.iter().map(|e| &e.key));
                self.one_type(entries.iter().map(|e| &e.value));
            }
            ExprKind::Cond { then, other, .. } => self.one_type([&**then, &**other].into_iter()),
            ExprKind::Binary { op, left, right, .. } => self.binary(*op, left, right),
            _ => {}
        }
        children(expr, &mut |child| self.expr(child));
    }

    fn need(&mut self, part: Predicate) {
        self.needs.insert(part);
    }

    fn name(&mut self, name: &str) {
        let declared = self.case.variables.iter().any(|(known, _, _)| known == name);
        let types = ["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type"];
        if !declared && types.contains(&name) {
            self.need(Predicate::TypeOf);
        }
        if self.unchecked && name == "x" && !declared {
            self.need(Predicate::Dyn);
        }
    }

    fn call(&mut self, function: &str, args: &[Expr]) {
        match (function, args) {
            ("dyn", _) => self.need(Predicate::Dyn),
            ("type", _) => self.need(Predicate::TypeOf),
            ("uint", _) => self.need(Predicate::Uint),
            ("double", _) => self.need(Predicate::Double),
            ("int", [Expr { kind: ExprKind::Decimal(text), .. }]) if !is_whole(text) => self.need(Predicate::Double),
            (unknown, _) if self.unchecked && unknown.starts_with("f_") => self.need(Predicate::Dyn),
            _ => {}
        }
    }

    /// A method of a name that nothing declares.
    fn unbound(&mut self, base: &Expr) {
        if let ExprKind::Ident(name) = &base.kind
            && self.unchecked
            && !matches!(name.as_str(), "optional" | "strings")
            && !self.case.variables.iter().any(|(known, _, _)| known == name)
        {
            self.need(Predicate::Dyn);
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) {
        let fraction = |e: &Expr| matches!(e.kind, ExprKind::Decimal(_));
        match op {
            BinaryOp::Div if fraction(left) || fraction(right) => self.need(Predicate::Double),
            BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::And | BinaryOp::Or if self.unchecked => {
                self.one_type([left, right].into_iter());
            }
            _ => {}
        }
    }

    fn one_type<'e>(&mut self, exprs: impl Iterator<Item = &'e Expr>) {
        let classes: BTreeSet<String> = exprs.filter_map(class).collect();
        if classes.len() > 1 {
            self.need(Predicate::Dyn);
        }
    }
}

/// The type that a literal shows, as far as it shows one. An int stands beside a decimal.
fn class(expr: &Expr) -> Option<String> {
    Some(match &expr.kind {
        ExprKind::Bool(_) => "bool".to_owned(),
        ExprKind::Int(_) | ExprKind::Decimal(_) => "number".to_owned(),
        ExprKind::String(_) => "string".to_owned(),
        ExprKind::Bytes(_) => "bytes".to_owned(),
        ExprKind::List(items) => format!("list of {}", class(&items.first()?.expr)?),
        ExprKind::Map(entries) => format!("map of {}", class(&entries.first()?.value)?),
        _ => return None,
    })
}

/// `google`, `google.protobuf` and the like before a dot.
fn is_package(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Ident(name) => matches!(name.as_str(), "google" | "cel" | "TestAllTypes"),
        ExprKind::Select { base, .. } => is_package(base),
        _ => false,
    }
}

/// Whether a decimal holds the number.
fn fits_decimal(text: &str) -> bool {
    Decimal::parse(text).is_ok()
}

fn is_whole(text: &str) -> bool {
    Decimal::parse(text).is_ok_and(|value| value.fit(None, Some(0)).is_ok())
}

fn children(expr: &Expr, visit: &mut dyn FnMut(&Expr)) {
    match &expr.kind {
        ExprKind::Select { base, .. } => visit(base),
        ExprKind::Index { base, index, .. } => {
            visit(base);
            visit(index);
        }
        ExprKind::Call { args, .. } => args.iter().for_each(visit),
        ExprKind::Method { base, args, .. } => {
            visit(base);
            args.iter().for_each(visit);
        }
        ExprKind::List(items) => items.iter().for_each(|item| visit(&item.expr)),
        ExprKind::Map(entries) => entries.iter().for_each(|entry| {
            visit(&entry.key);
            visit(&entry.value);
        }),
        ExprKind::Struct { fields, .. } => fields.iter().for_each(|field| visit(&field.value)),
        ExprKind::Unary { operand, .. } => visit(operand),
        ExprKind::Binary { left, right, .. } => {
            visit(left);
            visit(right);
        }
        ExprKind::Cond { cond, then, other } => {
            visit(cond);
            visit(then);
            visit(other);
        }
        _ => {}
    }
}
