//! Calls: what a name stands for (a built-in function, a lookup, a value mapping, a function of the user's), and its
//! arguments. Which of several built-in functions is meant is found in [`super::overload`].

use super::{Checker, list_of};
use crate::diagnostic::suggest;
use crate::expr::ast::{Expr, ExprKind, Name};
use crate::expr::func::Style;
use crate::expr::ir::{Const, Kind, Node};
use crate::model::{Intent, Type};
use crate::rules;
use crate::source::Span;

/// Words that are functions of CEL for untyped values.
const UNTYPED: &[&str] = &["type", "dyn", "double", "uint"];
/// Methods of a value that may be absent.
const OF_OPTIONALS: &[&str] = &["orValue", "or", "orRaise", "hasValue", "value"];
/// The rounding modes.
const ROUNDINGS: &[&str] = &["half_even", "half_up", "half_down", "up", "down", "ceiling", "floor"];

impl Checker<'_> {
    pub(super) fn call(&mut self, function: &Name, args: &[Expr], span: Span, expected: Option<&Type>) -> Node {
        let name = function.text.as_str();
        let at = self.span_of(function.start, function.end);
        match name {
            "has" => self.has(args, span),
            "isNull" => self.is_null(args, span),
            "code" => self.code(args, span),
            "ref" => self.reference(args, span),
            "string" => self.text_conversion(args, span),
            "email" | "uri" | "uuid" | "currency" | "country" | "unit" => self.form_conversion(name, args, span),
            _ if UNTYPED.contains(&name) => {
                let message = format!("there is no `{name}` here: every value has one known type");
                self.refuse(rules::EXPR005, at, message, None)
            }
            _ => {
                if let Some(node) = self.lookup(function, args, span) {
                    return node;
                }
                if let Some(node) = self.user_function(function, args, span) {
                    return node;
                }
                if let Some(node) = self.apply(function, args, span) {
                    return node;
                }
                let checked = self.arguments(name, args);
                self.overload(name, Style::Global, checked, at, span, expected)
            }
        }
    }

    pub(super) fn method(
        &mut self,
        base: &Expr,
        method: &Name,
        args: &[Expr],
        span: Span,
        expected: Option<&Type>,
    ) -> Node {
        let at = self.span_of(method.start, method.end);
        // `strings.quote(x)`, `optional.of(x)`: a dotted function, unless the word is a name in scope.
        if let ExprKind::Ident(space) = &base.kind
            && self.scope.find(space).is_none()
        {
            if space == "optional" {
                return self.optional_function(method, args, span, expected);
            }
            if space == "strings" {
                let checked = self.arguments(&method.text, args);
                let full = format!("strings.{}", method.text);
                return self.overload(&full, Style::Global, checked, at, span, expected);
            }
        }
        if let Some(node) = self.macro_call(base, method, args, span, expected) {
            return node;
        }
        let base =
            if OF_OPTIONALS.contains(&method.text.as_str()) { self.as_optional(base) } else { self.check(base, None) };
        if let (Type::Optional(_), Some(node)) = (&base.ty, self.optional_method(&base, method, args, span, expected)) {
            return node;
        }
        if method.text == "format" {
            return self.format(base, args, span);
        }
        if method.text == "orRaise" || method.text == "orValue" {
            if base.ty.is_unknown() {
                return self.unknown(span);
            }
            let message = format!("`{}` is for a value that may be absent; this is {}", method.text, self.a(&base.ty));
            return self.refuse(rules::EXPR003, at, message, Some("leave it out".to_owned()));
        }
        let mut checked = vec![base];
        checked.extend(self.arguments(&method.text, args));
        self.overload(&method.text, Style::Method, checked, at, span, expected)
    }

    /// Checked arguments; a rounding mode is a word of its own.
    fn arguments(&mut self, function: &str, args: &[Expr]) -> Vec<Node> {
        let rounding = matches!(function, "round" | "div");
        args.iter()
            .enumerate()
            .map(|(i, arg)| match &arg.kind {
                ExprKind::Ident(word) if rounding && i + 1 == args.len() && i >= 2 => {
                    let span = self.span(arg);
                    if ROUNDINGS.contains(&word.as_str()) {
                        return Node::constant(Const::Text(word.clone()), Type::STRING, span);
                    }
                    let help = suggest(word, ROUNDINGS.iter().copied()).map_or_else(
                        || format!("it is one of {}", list_of(ROUNDINGS)),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.refuse(rules::EXPR003, span, format!("`{word}` is no way to round"), Some(help))
                }
                _ => self.check(arg, None),
            })
            .collect()
    }

    fn lookup(&mut self, function: &Name, args: &[Expr], span: Span) -> Option<Node> {
        let position = self.scope.lookups.iter().position(|l| l.name == function.text)?;
        let lookup = self.scope.lookups.get(position)?.clone();
        let types: Vec<Type> = lookup.params.iter().map(|(_, ty)| ty.clone()).collect();
        let Some(checked) = self.typed_arguments(&function.text, args, &types, span) else {
            return Some(self.unknown(span));
        };
        let ty = match lookup.miss {
            crate::model::Miss::None => lookup.result.optional(),
            crate::model::Miss::Raise(_) => lookup.result,
        };
        let depends = checked.iter().any(|node| self.scope.is_answered(node));
        if depends {
            let message = "a lookup's key may not depend on another answer";
            let help = Some("fetch both in the flow, or let the system that answers join them".to_owned());
            return Some(self.refuse(rules::EXPR003, span, message, help));
        }
        Some(Node { kind: Kind::Lookup(u16::try_from(position).ok()?, checked), ty, fails: true, span })
    }

    fn user_function(&mut self, function: &Name, args: &[Expr], span: Span) -> Option<Node> {
        let position = self.scope.functions.iter().position(|f| f.name == function.text)?;
        let declared = self.scope.functions.get(position)?.clone();
        let Some(checked) = self.typed_arguments(&function.text, args, &declared.args, span) else {
            return Some(self.unknown(span));
        };
        let fails = !declared.raises.is_empty() || checked.iter().any(|a| a.fails);
        Some(Node { kind: Kind::Extern(u16::try_from(position).ok()?, checked), ty: declared.result, fails, span })
    }

    fn apply(&mut self, function: &Name, args: &[Expr], span: Span) -> Option<Node> {
        let id = *self.model.mappings_by_name.get(&function.text)?;
        let mapping = &self.model.mappings[id];
        let at = self.span_of(function.start, function.end);
        if mapping.target.is_unknown() {
            return Some(self.unknown(span));
        }
        if !matches!(mapping.intent, Intent::Value | Intent::Request) || !matches!(mapping.target, Type::Struct(_)) {
            let message =
                format!("`{}` makes an object, and only mappings to a value or a record are called", function.text);
            return Some(self.refuse(rules::EXPR003, at, message, None));
        }
        if mapping.lookups.iter().any(|l| !l.name.is_empty()) {
            let message =
                format!("`{}` has lookups, and a mapping with lookups is not called by another", function.text);
            return Some(self.refuse(rules::EXPR003, at, message, None));
        }
        let types: Vec<Type> = mapping
            .inputs
            .iter()
            .map(|input| match input.shape {
                crate::model::InputShape::One => Type::Struct(input.of),
                crate::model::InputShape::List => Type::List(Box::new(Type::Struct(input.of))),
            })
            .collect();
        let target = mapping.target.clone();
        let Some(checked) = self.typed_arguments(&function.text, args, &types, span) else {
            return Some(self.unknown(span));
        };
        Some(Node { kind: Kind::Apply(id, checked), ty: target, fails: true, span })
    }

    fn typed_arguments(&mut self, name: &str, args: &[Expr], types: &[Type], span: Span) -> Option<Vec<Node>> {
        if args.len() != types.len() {
            let message = format!("`{name}` takes {} and is given {}", count(types.len(), "value"), args.len());
            self.refuse(rules::EXPR003, span, message, None);
            return None;
        }
        let checked: Vec<Node> = args
            .iter()
            .zip(types)
            .map(|(arg, ty)| {
                let node = self.check(arg, Some(ty));
                self.coerce(node, ty)
            })
            .collect();
        (!checked.iter().any(|n| n.ty.is_unknown())).then_some(checked)
    }
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("one {what}") } else { format!("{n} {what}s") }
}
