//! Calls: overloads of built-in functions, conversions, references, crosswalks, lookups, value mappings and the
//! user's own functions.

use super::coerce::common;
use super::{Checker, list_of};
use crate::diagnostic::suggest;
use crate::expr::ast::{Expr, ExprKind, Name};
use crate::expr::func::{self, Signature, Style};
use crate::expr::ir::{Const, Func, Kind, Node};
use crate::model::{CodesKind, Digits, Intent, Named, RefTarget, Type};
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

    pub(super) fn overload(
        &mut self,
        name: &str,
        style: Style,
        args: Vec<Node>,
        at: Span,
        span: Span,
        _expected: Option<&Type>,
    ) -> Node {
        let overloads = func::overloads(name, style);
        if overloads.is_empty() {
            return self.unknown_function(name, style, at);
        }
        if args.iter().any(|a| a.ty.is_unknown()) {
            return self.unknown(span);
        }
        for exact in [true, false] {
            for signature in overloads {
                if let Some(variable) = accepts(signature, &args, exact) {
                    return self.apply_signature(signature, args, &variable, span);
                }
            }
        }
        // An optional that would fit is the commonest reason.
        let opened: Vec<Node> = args.iter().map(|a| Node { ty: a.ty.inner().clone(), ..a.clone() }).collect();
        if overloads.iter().any(|s| accepts(s, &opened, false).is_some())
            && let Some(absent) = args.iter().find(|a| a.ty.is_optional())
        {
            return self.absent(&absent.clone(), absent.span);
        }
        let types: Vec<String> = args.iter().map(|a| format!("`{}`", self.show(&a.ty))).collect();
        let forms: Vec<&str> = overloads.iter().map(|s| s.text.trim_end_matches('!')).collect();
        let message = format!(
            "`{name}` does not take {}",
            if types.is_empty() { "nothing".to_owned() } else { types.join(", ") }
        );
        self.refuse(rules::EXPR003, span, message, Some(format!("it is {}", list_of(&forms))))
    }

    fn unknown_function(&mut self, name: &str, style: Style, at: Span) -> Node {
        let mut known: Vec<&str> = func::names(style).collect();
        match style {
            Style::Global => {
                known.extend(["has", "code", "ref", "isNull", "string"]);
                known.extend(self.model.mappings_by_name.keys().map(String::as_str));
            }
            Style::Method => known.extend([
                "all",
                "exists",
                "exists_one",
                "map",
                "filter",
                "where",
                "sum",
                "find",
                "orValue",
                "orRaise",
                "optMap",
                "groupBy",
                "join",
            ]),
        }
        let other = if style == Style::Global { Style::Method } else { Style::Global };
        let help = if func::overloads(name, other).is_empty() {
            suggest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"))
        } else {
            Some(match other {
                Style::Method => format!("it is written `x.{name}(…)`"),
                Style::Global => format!("it is written `{name}(x, …)`"),
            })
        };
        if self.model.unread.has(name) {
            return self.unknown(at);
        }
        self.refuse(rules::EXPR005, at, format!("there is no function `{name}`"), help)
    }

    /// Whether the arguments fit, with what the type variable stands for.
    fn apply_signature(&mut self, signature: &Signature, args: Vec<Node>, variable: &Type, span: Span) -> Node {
        let args: Vec<Node> = signature
            .params
            .iter()
            .zip(args)
            .map(|(param, arg)| if holds_variable(param) { arg } else { self.coerce(arg, param) })
            .collect();
        if args.iter().any(|a| a.ty.is_unknown()) {
            return self.unknown(span);
        }
        if signature.func == Func::Matches
            && let Some(refused) = self.check_pattern(args.get(1))
        {
            return refused;
        }
        let result = result_of(signature, &args, variable);
        if is_zoned(signature.func)
            && let Some(Node { kind: Kind::Const(Const::Text(zone)), span: at, .. }) = args.last()
            && !crossdock_runtime::time::zone_is_known(zone)
        {
            let message = format!("there is no time zone `{zone}`");
            let help = "zones are named as `America/Chicago`, or are an offset such as `+02:00`".to_owned();
            return self.refuse(rules::EXPR006, *at, message, Some(help));
        }
        self.built_in(signature.func, args, result, signature.fails, span)
    }

    /// A pattern is a constant, so that it is compiled, bounded and judged before anything runs.
    fn check_pattern(&mut self, pattern: Option<&Node>) -> Option<Node> {
        let pattern = pattern?;
        match &pattern.kind {
            Kind::Const(Const::Text(text)) => match crossdock_runtime::text::Pattern::new(text) {
                Ok(_) => None,
                Err(_) => {
                    let message = "this is no regular expression, or one that is too large";
                    Some(self.refuse(rules::EXPR003, pattern.span, message, None))
                }
            },
            _ => Some(self.refuse(rules::EXPR003, pattern.span, "a pattern is written out as text", None)),
        }
    }

    fn text_conversion(&mut self, args: &[Expr], span: Span) -> Node {
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
    fn form_conversion(&mut self, name: &str, args: &[Expr], span: Span) -> Node {
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
    fn code(&mut self, args: &[Expr], span: Span) -> Node {
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
    fn reference(&mut self, args: &[Expr], span: Span) -> Node {
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

fn holds_variable(ty: &Type) -> bool {
    match ty {
        Type::Any => true,
        Type::List(t) | Type::Optional(t) => holds_variable(t),
        Type::Map(k, v) => holds_variable(k) || holds_variable(v),
        _ => false,
    }
}

fn substitute(ty: &Type, variable: &Type) -> Type {
    match ty {
        Type::Any => variable.clone(),
        Type::List(t) => Type::List(Box::new(substitute(t, variable))),
        Type::Optional(t) => substitute(t, variable).optional(),
        other => other.clone(),
    }
}

fn text_bound(node: &Node) -> Type {
    match &node.ty {
        Type::String(bound) => Type::String(*bound),
        _ => Type::STRING,
    }
}

/// The type of the result, with what is known of its digits or length.
fn result_of(signature: &Signature, args: &[Node], variable: &Type) -> Type {
    let constant = |i: usize| match args.get(i).map(|a| &a.kind) {
        Some(Kind::Const(Const::Int(n))) => u32::try_from(*n).ok(),
        _ => None,
    };
    match signature.func {
        Func::RoundDecimal => Type::Decimal(Digits { precision: None, scale: constant(1) }),
        Func::DivDecimal => Type::Decimal(Digits { precision: None, scale: constant(2) }),
        Func::IntAsDecimal => Type::Decimal(Digits { precision: None, scale: Some(0) }),
        Func::AbsDecimal | Func::DecimalToDecimal => args.first().map_or(Type::DECIMAL, |a| a.ty.clone()),
        Func::IntToString => Type::String(Some(20)),
        Func::BoolToString => Type::String(Some(5)),
        Func::DateToString => Type::String(Some(10)),
        Func::CharAt => Type::String(Some(1)),
        Func::SubstringTo => match (constant(1), constant(2)) {
            (Some(from), Some(to)) => Type::String(to.checked_sub(from)),
            _ => args.first().map_or(Type::STRING, text_bound),
        },
        Func::LowerAscii | Func::UpperAscii | Func::Trim | Func::Reverse | Func::Substring => {
            args.first().map_or(Type::STRING, text_bound)
        }
        _ => substitute(&signature.result, variable),
    }
}

/// What the variable of a signature stands for, if the arguments fit it.
fn accepts(signature: &Signature, args: &[Node], exact: bool) -> Option<Type> {
    if signature.params.len() != args.len() {
        return None;
    }
    let mut variable = Type::Any;
    for (param, arg) in signature.params.iter().zip(args) {
        accept(param, &arg.ty, arg, exact, &mut variable)?;
    }
    // Its elements are compared, and pairs are not.
    if signature.func == Func::Distinct && super::operator::holds_pair(&variable) {
        return None;
    }
    Some(variable)
}

fn accept(param: &Type, arg: &Type, node: &Node, exact: bool, variable: &mut Type) -> Option<()> {
    match (param, arg) {
        (Type::Any, _) => {
            *variable = common(variable, arg)?;
            Some(())
        }
        (Type::List(p), Type::List(a)) => accept(p, a, node, exact, variable),
        (Type::Map(_, p), Type::Map(_, a)) => accept(p, a, node, exact, variable),
        (Type::Decimal(_), Type::Decimal(_)) | (Type::String(_), Type::String(_)) => Some(()),
        (p, a) if p == a => Some(()),
        _ if exact => None,
        (Type::Decimal(_), Type::Int) => Some(()),
        (Type::String(_), a) if a.is_text() && *a != Type::Json => Some(()),
        (Type::Currency | Type::Country | Type::Unit, Type::String(_)) if matches!(node.kind, Kind::Const(_)) => {
            Some(())
        }
        // An empty list or `none` fits anything that could hold it.
        (_, Type::Any) => Some(()),
        _ => None,
    }
}

/// Whether a function's last operand is a time zone.
fn is_zoned(func: Func) -> bool {
    matches!(
        func,
        Func::DateAt
            | Func::LocalAt
            | Func::TimestampToDateIn
            | Func::FullYearIn
            | Func::MonthIn
            | Func::DateOfMonthIn
            | Func::DayOfMonthIn
            | Func::DayOfWeekIn
            | Func::DayOfYearIn
            | Func::HoursIn
            | Func::MinutesIn
            | Func::SecondsIn
            | Func::MillisecondsIn
    )
}
