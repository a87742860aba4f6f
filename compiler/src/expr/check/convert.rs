//! Conversions: to text, to text of a form, to codes and back, to references.

use super::{Checker, list_of};
use crate::diagnostic::suggest;
use crate::expr::ast::{Expr, ExprKind};
use crate::expr::func::Style;
use crate::expr::ir::{Func, Kind, Node};
use crate::model::{CodesKind, Named, RefTarget, Type};
use crate::rules;
use crate::source::Span;

impl Checker<'_> {
    pub(super) fn text_conversion(&mut self, args: &[Expr], span: Span) -> Node {
        let [arg] = args else {
            return self.refuse(rules::EXPR003, span, "`string` takes one value", None);
        };
        let arg = self.check(arg, None);
        match arg.ty.clone() {
            Type::Unknown => self.unknown(span),
            Type::Optional(_) => self.absent(&arg, arg.span),
            Type::Code(id) => {
                let longest = self.model.codes[id].codes.iter().map(|c| c.code.chars().count()).max().unwrap_or(0);
                let ty = Type::String(u32::try_from(longest).ok());
                self.built_in(Func::CodeToString, vec![arg], ty, false, span)
            }
            Type::Currency | Type::Country | Type::Unit => {
                self.built_in(Func::BuiltinToString, vec![arg], Type::String(Some(3)), false, span)
            }
            Type::Ref(_) => self.built_in(Func::RefToString, vec![arg], Type::STRING, true, span),
            ty if ty.is_text() => Node { ty: if let Type::String(_) = ty { ty } else { Type::STRING }, ..arg },
            _ => self.overload("string", Style::Global, vec![arg], span, span, None),
        }
    }

    /// `email(x)`, `currency(x)`: text checked for its form.
    pub(super) fn form_conversion(&mut self, name: &str, args: &[Expr], span: Span) -> Node {
        let to = Type::simple(name).unwrap_or(Type::Unknown);
        let [arg] = args else {
            return self.refuse(rules::EXPR003, span, format!("`{name}` takes one text"), None);
        };
        let arg = self.check(arg, None);
        match arg.ty {
            Type::Unknown => self.unknown(span),
            Type::Optional(_) => self.absent(&arg, arg.span),
            ref ty if *ty == to => arg,
            Type::String(_) if matches!(arg.kind, Kind::Const(_)) => self.coerce(arg, &to),
            Type::String(_) => Node { kind: Kind::Fit(Box::new(arg)), ty: to, fails: true, span },
            ref other => {
                let message = format!("{} is not turned into a `{name}`", self.a(other));
                self.refuse(rules::EXPR003, span, message, None)
            }
        }
    }

    /// `code(ShipMethod, text)` inward, `code(x)` or `code(ShipMethod, x)` of a code outward.
    pub(super) fn code(&mut self, args: &[Expr], span: Span) -> Node {
        let (named, value) = match args {
            [value] => (None, value),
            [list, value] => (Some(list), value),
            _ => return self.refuse(rules::EXPR003, span, "`code` takes a code list and a value", None),
        };
        let mut codes = None;
        if let Some(list) = named {
            let at = self.span(list);
            let ExprKind::Ident(name) = &list.kind else {
                return self.refuse(rules::EXPR003, at, "the first operand of `code` is the name of a code list", None);
            };
            match self.model.types_by_name.get(name) {
                Some(Named::Codes(id)) => codes = Some(*id),
                None if self.model.unread.has(name) => return self.unknown(span),
                _ => {
                    let lists: Vec<&str> = self.model.codes.rows().iter().map(|c| c.name.as_str()).collect();
                    let help = suggest(name, lists.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                    return self.refuse(rules::NAME001, at, format!("there is no code list `{name}`"), help);
                }
            }
        }
        let value = self.check(value, None);
        if value.ty.is_unknown() {
            return self.unknown(span);
        }
        if value.ty.is_optional() {
            return self.absent(&value, value.span);
        }
        if let (None, Type::Code(id)) = (codes, &value.ty) {
            codes = Some(*id);
        }
        let Some(id) = codes else {
            let help = Some("name the list: `code(ShipMethod, x)`".to_owned());
            return self.refuse(rules::EXPR003, span, "which code list is meant is not known", help);
        };
        let list = &self.model.codes[id];
        let Some(system) = self.scope.system else {
            return self.refuse(rules::EXPR003, span, "`code` needs a system, and no system is meant here", None);
        };
        if list.crosswalk(system).is_none() {
            let message = format!("`{}` has no crosswalk for `{}`", list.name, self.model.systems[system].name);
            let help = Some(format!("declare it under `crosswalk:` of `{}`", list.name));
            return self.refuse(rules::NAME001, span, message, help);
        }
        let canonical = match list.kind {
            CodesKind::Of(builtin) => crate::resolve::builtin_type(builtin),
            _ => Type::Code(id),
        };
        if value.ty == canonical {
            return Node { kind: Kind::CodeOut(id, system, Box::new(value)), ty: Type::STRING, fails: true, span };
        }
        let value = self.coerce(value, &Type::STRING);
        if value.ty.is_unknown() {
            return self.unknown(span);
        }
        Node { kind: Kind::CodeIn(id, system, Box::new(value)), ty: canonical, fails: true, span }
    }

    /// `ref(Customer, key)`, `ref(Customer, shopify, identifier)`, `ref(Order.lines, key)`.
    pub(super) fn reference(&mut self, args: &[Expr], span: Span) -> Node {
        let (object, system, value) = match args {
            [object, value] => (object, None, value),
            [object, system, value] => (object, Some(system), value),
            _ => {
                let help = Some("`ref(Customer, key)`, or `ref(Customer, shopify, identifier)`".to_owned());
                return self.refuse(rules::EXPR003, span, "`ref` takes an object, perhaps a system, and a value", help);
            }
        };
        let Some(target) = self.ref_target(object) else {
            let at = self.span(object);
            let name = match &object.kind {
                ExprKind::Ident(name) => name.as_str(),
                ExprKind::Select { base, .. } => match &base.kind {
                    ExprKind::Ident(name) => name.as_str(),
                    _ => "",
                },
                _ => "",
            };
            if self.model.unread.has(name) {
                return self.unknown(span);
            }
            return self.refuse(rules::NAME001, at, "the first operand of `ref` is the name of an object", None);
        };
        let by = match system {
            None => None,
            Some(expr) => {
                let at = self.span(expr);
                let found = match &expr.kind {
                    ExprKind::Ident(name) => self.model.systems_by_name.get(name).copied(),
                    _ => None,
                };
                let Some(system) = found else {
                    if matches!(&expr.kind, ExprKind::Ident(name) if self.model.unread.has(name)) {
                        return self.unknown(span);
                    }
                    let known: Vec<&str> = self.model.systems_by_name.keys().map(String::as_str).collect();
                    let help = Some(format!("systems are {}", list_of(&known)));
                    return self.refuse(rules::NAME001, at, "the second operand of `ref` is a system", help);
                };
                Some(system)
            }
        };
        let value = self.check(value, None);
        if value.ty.is_optional() {
            return self.absent(&value, value.span);
        }
        let value = self.coerce(value, &Type::STRING);
        if value.ty.is_unknown() {
            return self.unknown(span);
        }
        let fails = value.fails;
        let kind = match by {
            Some(system) => Kind::RefBy(target, system, Box::new(value)),
            None => Kind::RefKey(target, Box::new(value)),
        };
        Node { kind, ty: Type::Ref(target), fails, span }
    }

    fn ref_target(&self, expr: &Expr) -> Option<RefTarget> {
        let object = |name: &str| match self.model.types_by_name.get(name) {
            Some(Named::Struct(id)) => Some(*id),
            _ => None,
        };
        match &expr.kind {
            ExprKind::Ident(name) => Some(RefTarget { object: object(name)?, list: None }),
            ExprKind::Select { base, field, .. } => {
                let ExprKind::Ident(name) = &base.kind else { return None };
                let id = object(name)?;
                Some(RefTarget { object: id, list: Some(self.model.structs[id].position(&field.text)?) })
            }
            _ => None,
        }
    }
}
