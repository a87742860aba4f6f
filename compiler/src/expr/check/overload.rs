//! Built-in functions: which of those of one name takes the arguments, and the type of what it gives.

use super::coerce::common;
use super::{Checker, list_of};
use crate::diagnostic::suggest;
use crate::expr::func::{self, Signature, Style};
use crate::expr::ir::{Const, Func, Kind, Node};
use crate::model::{Digits, Type};
use crate::rules;
use crate::source::Span;

impl Checker<'_> {
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
        if signature.func == Func::Distinct && !self.is_compared(variable) {
            return self.incomparable(variable, variable, span);
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
