//! Built-in functions and operators: one match from [`Func`] to the runtime.

use super::list::{by_key, chain, elements, end, indexed, key, keyed, list_of, of_map};
use super::{Binds, Code, Compiler, Form, Hold};
use crate::expr::ir::{Const, Func, Kind, Node};
use crate::model::{PairKind, Type};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

const LENT: Form = Form::Text(Hold::Lent);
const OWNED: Form = Form::Text(Hold::Owned);

impl Compiler<'_> {
    pub(super) fn call(&mut self, func: Func, args: &[Node], node: &Node) -> Code {
        let at = args.iter().find_map(|arg| self.read_at(arg));
        self.called(func, args, &node.ty).read_from(at)
    }

    fn called(&mut self, func: Func, args: &[Node], ty: &Type) -> Code {
        match (func, args) {
            (Func::IndexMap | Func::IndexMapOpt, [map, key]) => {
                if let Some(code) = self.constant_table(map, key, func == Func::IndexMapOpt) {
                    return code;
                }
            }
            (Func::InList, [item, list]) => return self.in_list(item, list),
            (Func::Matches, [text, pattern]) => return self.matches(text, pattern),
            (Func::Equal | Func::NotEqual, [a, b]) => return self.equal(a, b, func == Func::Equal),
            _ => {}
        }
        let codes: Vec<Code> = args.iter().map(|arg| self.expr(arg)).collect();
        built_in(func, args, &codes, ty)
    }

    fn equal(&mut self, a: &Node, b: &Node, equal: bool) -> Code {
        let (x, y) = (self.expr(a), self.expr(b));
        let operator = if equal { quote!(==) } else { quote!(!=) };
        // `none` is asked for by a question.
        match (&x.form, &y.form) {
            (Form::Nothing, Form::Optional(_)) | (Form::Optional(_), Form::Nothing) => {
                let of = if x.form == Form::Nothing { &y } else { &x }.receiver();
                let question = if equal { format_ident!("is_none") } else { format_ident!("is_some") };
                return Code::new(quote!(#of.#question()), Form::Plain);
            }
            (Form::Plain, Form::Plain) => {
                if let Kind::Const(Const::Bool(value)) = &b.kind {
                    let of = if *value == equal { x } else { negated(&x) };
                    return of;
                }
            }
            _ => {}
        }
        compared(&x, &operator, &y)
    }

    fn in_list(&mut self, item: &Node, list: &Node) -> Code {
        let x = self.expr(item);
        if let Kind::List(items) = &list.kind
            && !items.is_empty()
            && items
                .iter()
                .all(|item| matches!(&item.kind, Kind::Const(Const::Text(_) | Const::Code(..) | Const::Int(_))))
            && (item.ty.is_text() || matches!(item.ty, Type::Code(_) | Type::Int))
        {
            let patterns: Vec<TokenStream> = items.iter().map(|item| self.expr(item).untyped().value()).collect();
            let x = x.text().value();
            return Code::new(quote!(matches!(#x, #(#patterns)|*)), Form::Plain);
        }
        let y = self.expr(list);
        let (chain, form) = chain(&y);
        let (name, wanted) = (self.name("item"), self.name("wanted"));
        let element = Code::new(quote!(#name), form);
        // What is sought is computed once, and before the list.
        let once = !x.is_path();
        let value = x.value();
        let sought = if once { super::kept(&quote!(#wanted), &x.form, false) } else { x };
        let same = compared(&element, &quote!(==), &sought).value();
        self.leave(&name);
        self.leave(&wanted);
        if once {
            let tokens = quote!({ let #wanted = #value; #chain.any(|#name| #same) });
            return Code::loose(tokens, Form::Plain, Binds::Block);
        }
        Code::new(quote!(#chain.any(|#name| #same)), Form::Plain)
    }

    fn matches(&mut self, text: &Node, pattern: &Node) -> Code {
        let Kind::Const(Const::Text(pattern)) = &pattern.kind else {
            return Code::new(quote!(compile_error!("a pattern is a constant")), Form::Plain);
        };
        let text = self.expr(text).lent();
        let tokens = quote!({
            static PATTERN: rt::form::LazyPattern = rt::form::LazyPattern::new(#pattern);
            PATTERN.matches(#text)
        });
        Code::loose(tokens, Form::Plain, Binds::Block)
    }

    /// A map of constants that is only asked for a key becomes a `match`.
    fn constant_table(&mut self, map: &Node, key: &Node, optional: bool) -> Option<Code> {
        let Kind::Map(entries) = &map.kind else { return None };
        let mut found: Vec<(TokenStream, Code)> = Vec::with_capacity(entries.len());
        for (k, is_optional, v) in entries {
            let (Kind::Const(k), false, Kind::Const(_)) = (&k.kind, *is_optional, &v.kind) else { return None };
            let pattern = match k {
                Const::Text(text) => quote!(#text),
                Const::Int(n) => quote!(#n),
                Const::Bool(b) => quote!(#b),
                _ => return None,
            };
            found.push((pattern, self.expr(v)));
        }
        let form = found.iter().map(|(_, code)| code.form.clone()).reduce(|a, b| a.common(&b))?;
        let key = self.expr(key).text();
        let subject = key.value();
        let arms: Vec<TokenStream> = found
            .into_iter()
            .map(|(pattern, code)| {
                let value = code.into_form(&form).value();
                if optional { quote!(#pattern => Some(#value),) } else { quote!(#pattern => Ok(#value),) }
            })
            .collect();
        Some(if optional {
            Code::loose(quote!(match #subject { #(#arms)* _ => None }), form.optional(), Binds::Block)
        } else {
            let tokens = quote!(match #subject { #(#arms)* other => Err(rt::list::no_such_key(&other.to_string())) });
            Code::tries(quote!((#tokens)), form)
        })
    }
}

#[allow(clippy::too_many_lines, reason = "one arm per function, each on its line")]
fn built_in(func: Func, args: &[Node], codes: &[Code], ty: &Type) -> Code {
    let plain = |tokens: TokenStream| Code::new(tokens, Form::Plain);
    let tried = |tokens: TokenStream| Code::tries(tokens, Form::Plain);
    match (func, codes) {
        (Func::AddInt, [x, y]) => tried(global("int", "add", &[x, y])),
        (Func::SubInt, [x, y]) => tried(global("int", "sub", &[x, y])),
        (Func::MulInt, [x, y]) => tried(global("int", "mul", &[x, y])),
        (Func::DivInt, [x, y]) => tried(global("int", "div", &[x, y])),
        (Func::RemInt, [x, y]) => tried(global("int", "rem", &[x, y])),
        (Func::NegInt, [x]) => tried(global("int", "neg", &[x])),
        (Func::AbsInt, [x]) => tried(global("int", "abs", &[x])),
        (Func::AddDecimal | Func::AddMoney | Func::AddQuantity | Func::AddTimestamp | Func::AddDuration, [x, y]) => {
            tried(method(x, "add", &[y]))
        }
        (
            Func::SubDecimal | Func::SubMoney | Func::SubQuantity | Func::SubTimestampDuration | Func::SubDuration,
            [x, y],
        ) => tried(method(x, "sub", &[y])),
        (Func::SubTimestamps, [x, y]) => tried(method(x, "since", &[y])),
        (Func::MulDecimal | Func::MulMoney | Func::MulQuantity, [x, y]) => tried(method(x, "mul", &[y])),
        (Func::NegDecimal | Func::NegMoney | Func::NegQuantity, [x]) => plain(method(x, "neg", &[])),
        (Func::NegDuration, [x]) => tried(method(x, "neg", &[])),
        (Func::AddString, [..]) => concat(args, codes),
        (Func::AddBytes, [x, y]) => {
            let (x, y) = (x.lent(), y.lent());
            Code::new(quote!([#x, #y].concat()), Form::Bytes(Hold::Owned))
        }
        (Func::AddList, [x, y]) => {
            let form = list_of(&x.form.common(&y.form));
            let (x, y) = (x.clone().into_form(&form).value(), y.clone().into_form(&form).value());
            Code::new(quote!(rt::form::concat_lists(#x, #y)), form)
        }
        (Func::Less, [x, y]) => compared(x, &quote!(<), y),
        (Func::LessEqual, [x, y]) => compared(x, &quote!(<=), y),
        (Func::Greater, [x, y]) => compared(x, &quote!(>), y),
        (Func::GreaterEqual, [x, y]) => compared(x, &quote!(>=), y),
        (Func::CompareMoney | Func::CompareQuantity, [x, y]) => {
            let (x, y) = (x.receiver(), y.value());
            tried(quote!(#x.compare(#y).map(rt::form::order)))
        }
        (Func::InMap, [x, y]) if x.fails() && y.fails() => {
            // The key is evaluated first.
            let (x, y) = (key(x), y.lent());
            plain(quote!(rt::form::has_key(#x, #y)))
        }
        (Func::InMap, [x, y]) => {
            let (x, y) = (key(x), y.receiver());
            plain(quote!(#y.contains_key(#x)))
        }
        (Func::IndexList, [x, y]) => indexed(x, y, false),
        (Func::IndexListOpt, [x, y]) => indexed(x, y, true),
        (Func::IndexMap, [x, y]) => of_map(x, y, false),
        (Func::IndexMapOpt, [x, y]) => of_map(x, y, true),
        (Func::IntToDecimal | Func::IntAsDecimal, [x]) => {
            let x = x.lent();
            plain(quote!(rt::Decimal::from_int(#x)))
        }
        (Func::JoinDateTime, [x, y]) => plain(method(x, "to_datetime", &[y])),
        (Func::MoneyAmount, [x]) => part(x, "amount"),
        (Func::MoneyCurrency, [x]) => part(x, "currency"),
        (Func::QuantityValue, [x]) => part(x, "value"),
        (Func::QuantityUnit, [x]) => part(x, "unit"),
        (Func::StringToInt, [x]) => tried(global("text", "parse_int", &[x])),
        (Func::DecimalToInt, [x]) => tried(method(x, "to_int", &[])),
        (Func::TimestampToInt, [x]) => plain(method(x, "epoch_seconds", &[])),
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
            | Func::DurationToString
            | Func::DateToString
            | Func::TimeToString
            | Func::LocalToString,
            [x],
        ) => Code::new(method(x, "to_string", &[]), OWNED),
        (Func::BytesToString, [x]) => Code::tries(global("bytes", "to_text", &[x]), OWNED),
        (Func::CodeToString | Func::BuiltinToString, [x]) => Code::new(method(x, "as_str", &[]), LENT),
        (Func::RefToString, [x]) => {
            let code = Code::tries(global("form", "key_of", &[x]), LENT);
            if x.form == Form::Reference(Hold::Lent) { code } else { code.into_stored() }
        }
        (Func::StringToBytes, [x]) => {
            let x = x.clone().into_stored().receiver();
            Code::new(quote!(#x.into_bytes()), Form::Bytes(Hold::Owned))
        }
        (Func::StringToBool, [x]) => tried(global("text", "parse_bool", &[x])),
        (Func::StringToDecimal, [x]) => tried(of_type("Decimal", "parse", x)),
        (Func::StringToTimestamp, [x]) => tried(of_type("Timestamp", "parse_rfc3339", x)),
        (Func::IntToTimestamp, [x]) => tried(of_type("Timestamp", "from_epoch_seconds", x)),
        (Func::StringToDuration, [x]) => tried(of_type("Duration", "parse", x)),
        (Func::StringToDate, [x]) => tried(global("time", "parse_date", &[x])),
        (Func::StringToTime, [x]) => tried(global("time", "parse_time", &[x])),
        (Func::TimestampToDate | Func::LocalToDate, [x]) => plain(method(x, "date", &[])),
        (Func::TimestampToDateIn, [x, y]) => tried(method(x, "date_in", &[y])),
        (Func::LocalToTime, [x]) => plain(method(x, "time", &[])),
        (Func::MakeMoney, [x, y]) => {
            let (x, y) = (x.value(), y.value());
            plain(quote!(rt::Money::new(#x, #y)))
        }
        (Func::MakeQuantity, [x, y]) => {
            let (x, y) = (x.value(), y.value());
            plain(quote!(rt::Quantity::new(#x, #y)))
        }
        (Func::DivDecimal | Func::DivMoney, [x, y, scale, _]) => {
            let (x, y, scale, rounding) = (x.receiver(), y.value(), scale.lent(), rounding(args.get(3)));
            tried(quote!(#x.div(#y, rt::decimal::scale_of(#scale)?, #rounding)))
        }
        (Func::RoundDecimal | Func::RoundMoney | Func::RoundQuantity, [x, scale, _]) => {
            let (x, scale, rounding) = (x.receiver(), scale.lent(), rounding(args.get(2)));
            tried(quote!(#x.round(rt::decimal::scale_of(#scale)?, #rounding)))
        }
        (Func::AbsDecimal | Func::AbsMoney, [x]) => plain(method(x, "abs", &[])),
        (Func::SizeString, [x]) => plain(global("text", "size", &[x])),
        (Func::SizeList, [x]) if matches!(x.form, Form::Slice(_)) => plain(global("list", "size", &[x])),
        (Func::SizeBytes | Func::SizeList, [x]) => {
            let x = x.lent();
            plain(quote!(rt::list::size(#x)))
        }
        (Func::SizeMap, [x]) => plain(method(x, "size", &[])),
        (Func::Contains, [x, y]) => plain(method(&x.text(), "contains", &[&y.text()])),
        (Func::StartsWith, [x, y]) => plain(method(&x.text(), "starts_with", &[&y.text()])),
        (Func::EndsWith, [x, y]) => plain(method(&x.text(), "ends_with", &[&y.text()])),
        (Func::IndexOf, [x, y]) => plain(global("text", "index_of", &[x, y])),
        (Func::IndexOfFrom, [x, y, z]) => tried(global("text", "index_of_from", &[x, y, z])),
        (Func::LastIndexOf, [x, y]) => plain(global("text", "last_index_of", &[x, y])),
        (Func::LastIndexOfFrom, [x, y, z]) => tried(global("text", "last_index_of_from", &[x, y, z])),
        (Func::LowerAscii, [x]) => Code::new(global("text", "lower_ascii", &[x]), OWNED),
        (Func::UpperAscii, [x]) => Code::new(global("text", "upper_ascii", &[x]), OWNED),
        (Func::Reverse, [x]) => Code::new(global("text", "reverse", &[x]), OWNED),
        (Func::Quote, [x]) => Code::new(global("text", "quote", &[x]), OWNED),
        (Func::Trim, [x]) => cut(x, "trim", &[], false),
        (Func::CharAt, [x, y]) => cut(x, "char_at", &[y], true),
        (Func::Substring, [x, y]) => cut(x, "substring", &[y], true),
        (Func::SubstringTo, [x, y, z]) => cut(x, "substring_to", &[y, z], true),
        (Func::Replace, [x, y, z]) => Code::tries(global("text", "replace", &[x, y, z]), OWNED),
        (Func::ReplaceN, [x, y, z, n]) => Code::tries(global("text", "replace_n", &[x, y, z, n]), OWNED),
        (Func::PadLeft, [x, y, z]) => Code::tries(global("text", "pad_left", &[x, y, z]), OWNED),
        (Func::Split, [x, y]) => Code::new(global("text", "split", &[x, y]), Form::List(Box::new(OWNED))),
        (Func::SplitN, [x, y, z]) => Code::new(global("text", "split_n", &[x, y, z]), Form::List(Box::new(OWNED))),
        (Func::Join, [x]) => {
            let x = x.lent();
            Code::tries(quote!(rt::text::join(#x, "")), OWNED)
        }
        (Func::JoinWith, [x, y]) => {
            let (x, y) = (x.lent(), y.lent());
            Code::tries(quote!(rt::text::join(#x, #y)), OWNED)
        }
        (Func::Format, [x, rest @ ..]) => {
            let operands: Vec<TokenStream> =
                rest.iter().zip(args.iter().skip(1)).map(|(code, arg)| format_operand(&arg.ty, code)).collect();
            let x = x.lent();
            Code::tries(quote!(rt::text::format(#x, &[#(#operands),*])), OWNED)
        }
        (Func::First, [x]) => end(x, "first", "next"),
        (Func::Last, [x]) => end(x, "last", "next_back"),
        (Func::OnlyOne, [x]) => {
            let (all, form) = elements(x);
            Code::tries(quote!(rt::list::only(#all)), form)
        }
        (Func::Distinct, [x]) => {
            let (all, form) = elements(x);
            let function = by_key("distinct", &form);
            Code::new(quote!(rt::list::#function(#all)), Form::List(Box::new(form)))
        }
        (Func::Flatten, [x]) => {
            let (lists, form) = chain(x);
            let (all, element) = chain(&Code::new(quote!(list), form));
            Code::new(quote!(#lists.flat_map(|list| #all).collect::<Vec<_>>()), Form::List(Box::new(element)))
        }
        (Func::Group, [x]) => {
            let Some((key, item)) = keyed(x) else { return Code::new(quote!(Vec::new()), Form::Empty) };
            let (all, function) = (x.value(), by_key("group", &key));
            let group = Form::Pair(PairKind::Group, Box::new(key), Box::new(Form::List(Box::new(item))));
            Code::new(quote!(rt::list::#function(#all)), Form::List(Box::new(group)))
        }
        (Func::JoinLists, [x, y]) => {
            let (Some((key, left)), Some((_, right))) = (keyed(x), keyed(y)) else {
                return Code::new(quote!(Vec::new()), Form::Empty);
            };
            let (x, y, function) = (x.value(), y.value(), by_key("join", &key));
            let pair = Form::Pair(PairKind::Joined, Box::new(left), Box::new(right));
            Code::new(quote!(rt::list::#function(#x, &#y)), Form::List(Box::new(pair)))
        }
        (Func::DateAt, [x, y, z]) => tried(global("time", "at", &[x, y, z])),
        (Func::LocalAt, [x, y]) => tried(global("time", "local_at", &[x, y])),
        (Func::AddDays, [x, y]) => tried(global("time", "add_days", &[x, y])),
        (Func::DurationHours, [x]) => plain(method(x, "hours", &[])),
        (Func::DurationMinutes, [x]) => plain(method(x, "minutes", &[])),
        (Func::DurationSeconds, [x]) => plain(method(x, "seconds", &[])),
        (Func::DurationMilliseconds, [x]) => plain(method(x, "milliseconds", &[])),
        (other, [x]) => {
            let (x, part) = (x.receiver(), calendar_part(other));
            plain(quote!(#x.parts().#part()))
        }
        (other, [x, zone]) => {
            let (x, zone, part) = (x.receiver(), zone.lent(), calendar_part(other));
            tried(quote!(#x.parts_in(#zone).map(|parts| parts.#part())))
        }
        _ => {
            let _ = ty;
            plain(quote!(compile_error!("a call with the wrong number of operands")))
        }
    }
}

/// A function of one of the runtime's modules.
fn global(module: &str, function: &str, args: &[&Code]) -> TokenStream {
    let (module, function) = (format_ident!("{module}"), format_ident!("{function}"));
    let args = args.iter().map(|arg| arg.lent());
    quote!(rt::#module::#function(#(#args),*))
}

/// A function of one of the runtime's types.
fn of_type(ty: &str, function: &str, arg: &Code) -> TokenStream {
    let (ty, function, arg) = (format_ident!("{ty}"), format_ident!("{function}"), arg.lent());
    quote!(rt::#ty::#function(#arg))
}

fn method(of: &Code, name: &str, args: &[&Code]) -> TokenStream {
    let (of, name) = (of.receiver(), format_ident!("{name}"));
    let args = args.iter().map(|arg| arg.lent());
    quote!(#of.#name(#(#args),*))
}

fn part(of: &Code, name: &str) -> Code {
    let (of, name) = (of.receiver(), format_ident!("{name}"));
    Code::new(quote!(#of.#name), Form::Plain)
}

fn negated(of: &Code) -> Code {
    let of = of.operand(Binds::Prefix);
    Code::loose(quote!(!#of), Form::Plain, Binds::Prefix)
}

fn compared(x: &Code, operator: &TokenStream, y: &Code) -> Code {
    let (x, y) = match (&x.form, &y.form) {
        (Form::Text(_), Form::Text(_)) => (x.text(), y.text()),
        // One number is typed by what it is compared with.
        (Form::Plain, Form::Plain) if x.is_number() != y.is_number() => (x.untyped(), y.untyped()),
        (Form::Plain, Form::Plain) => (x.clone(), y.clone()),
        (a, b) => {
            let form = a.common(b);
            (x.clone().into_form(&form), y.clone().into_form(&form))
        }
    };
    // Operators of comparison do not chain, and `<` after a name would open type arguments.
    let operand = |code: &Code| code.operand(Binds::Prefix);
    let (x, y) = (operand(&x), operand(&y));
    Code::loose(quote!(#x #operator #y), Form::Plain, Binds::Compare)
}

/// Texts joined: all of a chain in one go.
fn concat(args: &[Node], codes: &[Code]) -> Code {
    let [a, b] = codes else { return Code::new(quote!(compile_error!("two texts are joined")), Form::Plain) };
    let _ = args;
    let (a, b) = (a.lent(), b.lent());
    Code::new(quote!(rt::text::concat(#a, #b)), OWNED)
}

/// Text that is part of a text: lent as long as that is.
fn cut(of: &Code, function: &str, args: &[&Code], fails: bool) -> Code {
    let mut all = vec![of];
    all.extend(args);
    let tokens = global("text", function, &all);
    let lent = of.form == LENT;
    match (fails, lent) {
        (true, true) => Code::tries(tokens, LENT),
        (true, false) => Code::tries(quote!(#tokens.map(str::to_owned)), OWNED),
        (false, true) => Code::new(tokens, LENT),
        (false, false) => Code::new(quote!(#tokens.to_owned()), OWNED),
    }
}

fn rounding(node: Option<&Node>) -> TokenStream {
    let word = match node.map(|n| &n.kind) {
        Some(Kind::Const(Const::Text(word))) => word.as_str(),
        _ => "half_even",
    };
    let variant = format_ident!("{}", crate::lower::names::pascal(word));
    quote!(rt::Rounding::#variant)
}

fn format_operand(ty: &Type, code: &Code) -> TokenStream {
    let value = code.value();
    match ty {
        Type::Bool => quote!(rt::text::FormatArg::Bool(#value)),
        Type::Int => quote!(rt::text::FormatArg::Int(#value)),
        Type::Decimal(_) => quote!(rt::text::FormatArg::Decimal(#value)),
        Type::Timestamp => quote!(rt::text::FormatArg::Timestamp(#value)),
        Type::Duration => quote!(rt::text::FormatArg::Duration(#value)),
        Type::Bytes => {
            let stored = code.clone().into_stored().value();
            quote!(rt::text::FormatArg::Bytes(#stored.into()))
        }
        Type::List(element) => {
            let (chain, form) = chain(code);
            let one = format_operand(element, &Code::new(quote!(item), form));
            quote!(rt::text::FormatArg::List(#chain.map(|item| #one).collect()))
        }
        Type::Map(key, value) => {
            let code = code.clone().into_stored();
            let (of, forms) = (
                code.receiver(),
                match &code.form {
                    Form::Map(key, value) => ((**key).clone(), (**value).clone()),
                    _ => (Form::Plain, Form::Plain),
                },
            );
            let key = format_operand(key, &Code::new(quote!(key), forms.0));
            let value = format_operand(value, &Code::new(quote!(value), forms.1));
            quote!(rt::text::FormatArg::Map(#of.into_iter().map(|(key, value)| (#key, #value)).collect()))
        }
        t if t.is_text() => {
            let stored = code.clone().into_stored().value();
            quote!(rt::text::FormatArg::Text(#stored.into()))
        }
        Type::Ref(_) => {
            let of = code.lent();
            quote!(rt::text::FormatArg::Text(rt::form::key_of(#of)?.to_owned().into()))
        }
        _ => {
            let of = code.receiver();
            quote!(rt::text::FormatArg::Text(#of.to_string().into()))
        }
    }
}

fn calendar_part(func: Func) -> Ident {
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
