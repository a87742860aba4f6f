//! Built-in functions and operators: one match from [`Func`] to the runtime.

use super::Compiler;
use crate::expr::ir::{Const, Func, Kind, Node};
use crate::model::Type;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

impl Compiler<'_> {
    pub(super) fn call(&mut self, func: Func, args: &[Node], node: &Node) -> TokenStream {
        if let (Func::IndexMap | Func::IndexMapOpt, [map, key]) = (func, args)
            && let Some(tokens) = self.constant_table(map, key, func == Func::IndexMapOpt)
        {
            return tokens;
        }
        // What reads a list in place.
        if let [list] = args
            && let Some(tokens) = self.over_slice(func, list)
        {
            return tokens;
        }
        let a: Vec<TokenStream> = args.iter().map(|arg| self.expr(arg)).collect();
        self.built_in(func, args, &a, node)
    }

    fn built_in(&mut self, func: Func, args: &[Node], a: &[TokenStream], node: &Node) -> TokenStream {
        let text = |name: &str| format_ident!("{name}");
        match (func, a) {
            (Func::AddInt, [x, y]) => quote!(rt::int::add(#x, #y)?),
            (Func::SubInt, [x, y]) => quote!(rt::int::sub(#x, #y)?),
            (Func::MulInt, [x, y]) => quote!(rt::int::mul(#x, #y)?),
            (Func::DivInt, [x, y]) => quote!(rt::int::div(#x, #y)?),
            (Func::RemInt, [x, y]) => quote!(rt::int::rem(#x, #y)?),
            (Func::NegInt, [x]) => quote!(rt::int::neg(#x)?),
            (Func::AbsInt, [x]) => quote!(rt::int::abs(#x)?),
            (
                Func::AddDecimal | Func::AddMoney | Func::AddQuantity | Func::AddTimestamp | Func::AddDuration,
                [x, y],
            ) => self.method(x, "add", &[y], true),
            (
                Func::SubDecimal | Func::SubMoney | Func::SubQuantity | Func::SubTimestampDuration | Func::SubDuration,
                [x, y],
            ) => self.method(x, "sub", &[y], true),
            (Func::SubTimestamps, [x, y]) => self.method(x, "since", &[y], true),
            (Func::MulDecimal | Func::MulMoney | Func::MulQuantity, [x, y]) => self.method(x, "mul", &[y], true),
            (Func::NegDecimal | Func::NegMoney | Func::NegQuantity, [x]) => self.method(x, "neg", &[], false),
            (Func::NegDuration, [x]) => quote!((#x).neg()?),
            (Func::AddString, [x, y]) => quote!(rt::form::concat(#x, &#y)),
            (Func::AddBytes, [x, y]) => quote!(rt::form::concat_bytes(#x, &#y)),
            (Func::AddList, [x, y]) => quote!(rt::form::concat_lists(#x, #y)),
            (Func::Equal, [x, y]) => quote!((#x == #y)),
            (Func::NotEqual, [x, y]) => quote!((#x != #y)),
            (Func::Less, [x, y]) => quote!((#x < #y)),
            (Func::LessEqual, [x, y]) => quote!((#x <= #y)),
            (Func::Greater, [x, y]) => quote!((#x > #y)),
            (Func::GreaterEqual, [x, y]) => quote!((#x >= #y)),
            (Func::CompareMoney | Func::CompareQuantity, [x, y]) => quote!(rt::form::order((#x).compare(#y)?)),
            (Func::InList, [x, y]) => quote!((#y).contains(&#x)),
            (Func::InMap, [x, y]) => quote!((#y).contains_key(&#x)),
            (Func::IndexList, [x, y]) => quote!(rt::form::at(#x, #y)?),
            (Func::IndexListOpt, [x, y]) => quote!(rt::form::get(#x, #y)),
            (Func::IndexMap, [x, y]) => quote!((#x).at(&#y)?),
            (Func::IndexMapOpt, [x, y]) => quote!((#x).take(&#y)),
            (Func::IntToDecimal | Func::IntAsDecimal, [x]) => quote!(rt::Decimal::from_int(#x)),
            (Func::JoinDateTime, [x, y]) => quote!((#x).to_datetime(#y)),
            (Func::MoneyAmount, [x]) => quote!((#x).amount),
            (Func::MoneyCurrency, [x]) => quote!((#x).currency),
            (Func::QuantityValue, [x]) => quote!((#x).value),
            (Func::QuantityUnit, [x]) => quote!((#x).unit),
            (Func::StringToInt, [x]) => quote!(rt::text::parse_int(&#x)?),
            (Func::DecimalToInt, [x]) => self.method(x, "to_int", &[], true),
            (Func::TimestampToInt, [x]) => self.method(x, "epoch_seconds", &[], false),
            (Func::StringToDecimal, [x]) => quote!(rt::Decimal::parse(&#x)?),
            (
                Func::IntToInt
                | Func::DecimalToDecimal
                | Func::TextToString
                | Func::BytesToBytes
                | Func::BoolToBool
                | Func::TimestampToTimestamp
                | Func::DurationToDuration,
                [x],
            ) => x.clone(),
            (
                Func::IntToString
                | Func::DecimalToString
                | Func::BoolToString
                | Func::TimestampToString
                | Func::DateToString
                | Func::TimeToString
                | Func::LocalToString,
                [x],
            ) => quote!(rt::form::shown(#x)),
            (Func::DurationToString, [x]) => {
                quote!(rt::form::shown(#x))
            }
            (Func::BytesToString, [x]) => quote!(rt::form::text_of_bytes(&#x)?),
            (Func::CodeToString, [x]) => quote!(Cow::Borrowed((#x).as_str())),
            (Func::BuiltinToString, [x]) => quote!(rt::form::shown(#x)),
            (Func::RefToString, [x]) => quote!(rt::form::key_of(&#x)?),
            (Func::StringToBytes, [x]) => quote!(rt::form::bytes_of(#x)),
            (Func::StringToBool, [x]) => quote!(rt::text::parse_bool(&#x)?),
            (Func::StringToTimestamp, [x]) => quote!(rt::Timestamp::parse_rfc3339(&#x)?),
            (Func::IntToTimestamp, [x]) => quote!(rt::Timestamp::from_epoch_seconds(#x)?),
            (Func::StringToDuration, [x]) => quote!(rt::Duration::parse(&#x)?),
            (Func::StringToDate, [x]) => quote!(rt::time::parse_date(&#x)?),
            (Func::StringToTime, [x]) => quote!(rt::time::parse_time(&#x)?),
            (Func::TimestampToDate, [x]) => self.method(x, "date", &[], false),
            (Func::TimestampToDateIn, [x, y]) => quote!((#x).date_in(&#y)?),
            (Func::LocalToDate, [x]) => self.method(x, "date", &[], false),
            (Func::LocalToTime, [x]) => self.method(x, "time", &[], false),
            (Func::MakeMoney, [x, y]) => quote!(rt::Money::new(#x, #y)),
            (Func::MakeQuantity, [x, y]) => quote!(rt::Quantity::new(#x, #y)),
            (Func::DivDecimal | Func::DivMoney, [x, y, scale, _]) => {
                let rounding = rounding(args.get(3));
                quote!((#x).div(#y, rt::decimal::scale_of(#scale)?, #rounding)?)
            }
            (Func::RoundDecimal | Func::RoundMoney | Func::RoundQuantity, [x, scale, _]) => {
                let rounding = rounding(args.get(2));
                quote!((#x).round(rt::decimal::scale_of(#scale)?, #rounding)?)
            }
            (Func::AbsDecimal | Func::AbsMoney, [x]) => self.method(x, "abs", &[], false),
            (Func::SizeString, [x]) => quote!(rt::text::size(&#x)),
            (Func::SizeBytes | Func::SizeList | Func::SizeMap, [x]) => {
                quote!(i64::try_from((#x).len()).unwrap_or(i64::MAX))
            }
            (Func::Contains, [x, y]) => quote!((#x).contains(&*#y)),
            (Func::StartsWith, [x, y]) => quote!((#x).starts_with(&*#y)),
            (Func::EndsWith, [x, y]) => quote!((#x).ends_with(&*#y)),
            (Func::Matches, [x, _]) => match args.get(1).map(|p| &p.kind) {
                Some(Kind::Const(Const::Text(pattern))) => quote!({
                    static PATTERN: rt::form::LazyPattern = rt::form::LazyPattern::new(#pattern);
                    PATTERN.matches(&#x)
                }),
                _ => quote!(compile_error!("a pattern is a constant")),
            },
            (
                Func::CharAt
                | Func::IndexOfFrom
                | Func::LastIndexOfFrom
                | Func::Replace
                | Func::ReplaceN
                | Func::Substring
                | Func::SubstringTo
                | Func::PadLeft
                | Func::IndexOf
                | Func::LastIndexOf
                | Func::LowerAscii
                | Func::UpperAscii
                | Func::Split
                | Func::SplitN
                | Func::Trim
                | Func::Reverse
                | Func::Join
                | Func::JoinWith
                | Func::Quote,
                [x, rest @ ..],
            ) => {
                let function = text(text_function(func));
                let rest = rest
                    .iter()
                    .zip(args.iter().skip(1))
                    .map(|(tokens, arg)| if arg.ty.is_text() { quote!(&#tokens) } else { tokens.clone() });
                let joins = matches!(func, Func::Join | Func::JoinWith);
                let call = if joins {
                    quote!(rt::form::#function(&#x, #(#rest),*))
                } else if takes_text(func) {
                    quote!(rt::form::#function(#x, #(#rest),*))
                } else {
                    quote!(rt::text::#function(&#x, #(#rest),*))
                };
                if own_failure(func) { quote!(#call?) } else { call }
            }
            (Func::Format, [x, rest @ ..]) => {
                let operands =
                    rest.iter().zip(args.iter().skip(1)).map(|(tokens, arg)| self.format_operand(&arg.ty, tokens));
                quote!(Cow::Owned(rt::text::format(&#x, &[#(#operands),*])?))
            }
            (Func::First, [x]) => quote!((#x).into_iter().next()),
            (Func::Last, [x]) => quote!((#x).into_iter().next_back()),
            (Func::OnlyOne, [x]) => quote!(rt::form::one((#x).into_iter())?),
            (Func::Distinct, [x]) => quote!(rt::form::distinct(#x)),
            (Func::DateAt, [x, y, z]) => quote!(rt::time::at(#x, &#y, &#z)?),
            (Func::LocalAt, [x, y]) => quote!(rt::time::local_at(#x, &#y)?),
            (Func::AddDays, [x, y]) => quote!(rt::time::add_days(#x, #y)?),
            (Func::DurationHours, [x]) => quote!((#x).hours()),
            (Func::DurationMinutes, [x]) => quote!((#x).minutes()),
            (Func::DurationSeconds, [x]) => quote!((#x).seconds()),
            (Func::DurationMilliseconds, [x]) => quote!((#x).milliseconds()),
            (other, [x]) => {
                let part = part(other);
                quote!((#x).parts().#part())
            }
            (other, [x, zone]) => {
                let part = part(other);
                quote!((#x).parts_in(&#zone)?.#part())
            }
            _ => {
                let _ = node;
                quote!(compile_error!("a call with the wrong number of operands"))
            }
        }
    }

    #[allow(clippy::unused_self)]
    fn method(&self, of: &TokenStream, name: &str, args: &[&TokenStream], fails: bool) -> TokenStream {
        let name = format_ident!("{name}");
        let call = quote!((#of).#name(#(#args),*));
        if fails { quote!(#call?) } else { call }
    }

    fn over_slice(&mut self, func: Func, list: &Node) -> Option<TokenStream> {
        if !matches!(func, Func::SizeList | Func::First | Func::Last | Func::OnlyOne) {
            return None;
        }
        let element = list.ty.element()?.clone();
        let slice = self.slice(list)?;
        let one = self.of_stored(&element, &quote!(item));
        Some(match func {
            Func::SizeList => quote!(i64::try_from((#slice).len()).unwrap_or(i64::MAX)),
            Func::First => quote!((#slice).first().map(|item| #one)),
            Func::Last => quote!((#slice).last().map(|item| #one)),
            _ => quote!(rt::form::one((#slice).iter().map(|item| #one))?),
        })
    }

    /// A map of constants that is only asked for a key becomes a `match`.
    fn constant_table(&mut self, map: &Node, key: &Node, optional: bool) -> Option<TokenStream> {
        let Kind::Map(entries) = &map.kind else { return None };
        let mut arms = Vec::with_capacity(entries.len());
        for (k, is_optional, v) in entries {
            let (Kind::Const(k), false, Kind::Const(_)) = (&k.kind, *is_optional, &v.kind) else { return None };
            let pattern = match k {
                Const::Text(text) => quote!(#text),
                Const::Int(n) => quote!(#n),
                Const::Bool(b) => quote!(#b),
                _ => return None,
            };
            let value = self.expr(v);
            arms.push(quote!(#pattern => Some(#value),));
        }
        let key_tokens = self.expr(key);
        let key_tokens = if key.ty.is_text() { quote!(&*#key_tokens) } else { key_tokens };
        let shown = &key_tokens;
        let found = quote!(match #key_tokens { #(#arms)* _ => None });
        Some(if optional { found } else { quote!((#found).ok_or_else(|| rt::form::no_such_key(#shown))?) })
    }

    fn format_operand(&self, ty: &Type, tokens: &TokenStream) -> TokenStream {
        match ty {
            Type::Bool => quote!(rt::text::FormatArg::Bool(#tokens)),
            Type::Int => quote!(rt::text::FormatArg::Int(#tokens)),
            Type::Decimal(_) => quote!(rt::text::FormatArg::Decimal(#tokens)),
            Type::Bytes => quote!(rt::text::FormatArg::Bytes(#tokens)),
            Type::Timestamp => quote!(rt::text::FormatArg::Timestamp(#tokens)),
            Type::Duration => quote!(rt::text::FormatArg::Duration(#tokens)),
            Type::List(element) => {
                let one = self.format_operand(element, &quote!(item));
                quote!(rt::text::FormatArg::List((#tokens).into_iter().map(|item| #one).collect()))
            }
            Type::Map(key, value) => {
                let (key, value) = (self.format_operand(key, &quote!(key)), self.format_operand(value, &quote!(value)));
                quote!(rt::text::FormatArg::Map((#tokens).into_iter().map(|(key, value)| (#key, #value)).collect()))
            }
            t if t.is_text() => quote!(rt::text::FormatArg::Text(#tokens)),
            _ => quote!(rt::text::FormatArg::Text(rt::form::shown(#tokens))),
        }
    }
}

/// Whether a text function gives text or lists of it, and so takes its text as it is held.
fn takes_text(func: Func) -> bool {
    !matches!(
        func,
        Func::IndexOf | Func::IndexOfFrom | Func::LastIndexOf | Func::LastIndexOfFrom | Func::Join | Func::JoinWith
    )
}

fn rounding(node: Option<&Node>) -> TokenStream {
    let word = match node.map(|n| &n.kind) {
        Some(Kind::Const(Const::Text(word))) => word.as_str(),
        _ => "half_even",
    };
    let variant: String = word.split('_').map(capital).collect();
    let variant = format_ident!("{variant}");
    quote!(rt::Rounding::#variant)
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

/// The runtime's function of a text function.
fn text_function(func: Func) -> &'static str {
    match func {
        Func::CharAt => "char_at",
        Func::IndexOf => "index_of",
        Func::IndexOfFrom => "index_of_from",
        Func::LastIndexOf => "last_index_of",
        Func::LastIndexOfFrom => "last_index_of_from",
        Func::LowerAscii => "lower_ascii",
        Func::UpperAscii => "upper_ascii",
        Func::Replace => "replace",
        Func::ReplaceN => "replace_n",
        Func::Split => "split",
        Func::SplitN => "split_n",
        Func::Substring => "substring",
        Func::SubstringTo => "substring_to",
        Func::Trim => "trim",
        Func::Reverse => "reverse",
        Func::Join => "join",
        Func::JoinWith => "join_with",
        Func::PadLeft => "pad_left",
        _ => "quote",
    }
}

/// Whether a text function itself can fail, apart from its operands.
fn own_failure(func: Func) -> bool {
    !matches!(
        func,
        Func::IndexOf
            | Func::LastIndexOf
            | Func::LowerAscii
            | Func::UpperAscii
            | Func::Split
            | Func::SplitN
            | Func::Trim
            | Func::Reverse
            | Func::Quote
    )
}

fn part(func: Func) -> Ident {
    format_ident!(
        "{}",
        match func {
            Func::FullYear | Func::FullYearIn => "full_year",
            Func::Month | Func::MonthIn => "month",
            Func::DateOfMonth | Func::DateOfMonthIn => "date",
            Func::DayOfMonth | Func::DayOfMonthIn => "day_of_month",
            Func::DayOfWeek | Func::DayOfWeekIn => "day_of_week",
            Func::DayOfYear | Func::DayOfYearIn => "day_of_year",
            Func::Hours | Func::HoursIn => "hours",
            Func::Minutes | Func::MinutesIn => "minutes",
            Func::Seconds | Func::SecondsIn => "seconds",
            _ => "milliseconds",
        }
    )
}
