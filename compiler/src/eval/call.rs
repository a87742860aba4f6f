//! Built-in functions and operators: one match from [`Func`] to the runtime. What a function does lives there.

use super::eval::{Run, mistyped};
use super::operand::{
    bool_of, bytes_of, date_of, decimal_of, duration_of, int_of, list_of, local_of, map_of, money_of, quantity_of,
    rounding_of, scale_of, text_of, texts_of, timestamp_of,
};
use super::value::{Text, Value};
use crate::expr::ir::{Func, Node};
use crate::model::{Model, Type};
use crossdock_runtime::failure::builtin;
use crossdock_runtime::text::{self, FormatArg, Pattern};
use crossdock_runtime::time::{self, Parts};
use crossdock_runtime::{
    Country, Currency, Decimal, Duration, Failure, Money, Quantity, Result, Timestamp, Unit, bytes, int, list,
};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

impl<'v> Run<'v, '_> {
    /// A call: operands from left to right, then the function. Its failure names the place in the payload that an operand
    /// was read from, if one was read from anywhere.
    pub(super) fn built_in(&mut self, func: Func, args: &'v [Node]) -> Result<Value<'v>> {
        if func == Func::Format {
            return self.format(args);
        }
        let mut operands = [const { Value::None }; 4];
        for (place, arg) in operands.iter_mut().zip(args) {
            *place = self.eval(arg)?;
        }
        let [a, b, c, d] = &operands;
        let result = match func {
            Func::Matches => self.matches(a, b),
            Func::CodeToString => code_text(self.plan.model(), a),
            _ => call(func, a, b, c, d),
        };
        result.map_err(|failure| args.iter().fold(failure, |failure, arg| self.at_source(failure, arg)))
    }

    /// A pattern is a constant and was compiled before; one in an invariant is compiled here.
    fn matches(&self, text: &Value<'v>, pattern: &Value<'v>) -> Result<Value<'v>> {
        let (text, pattern) = (text_of(text)?, text_of(pattern)?);
        Ok(Value::Bool(match self.plan.pattern(pattern) {
            Some(pattern) => pattern.matches(text),
            None => Pattern::new(pattern)?.matches(text),
        }))
    }

    fn format(&mut self, args: &'v [Node]) -> Result<Value<'v>> {
        let Some((template, operands)) = args.split_first() else { return Err(mistyped()) };
        let template = self.text(template)?;
        let mut values = Vec::with_capacity(operands.len());
        for operand in operands {
            values.push(self.eval(operand)?);
        }
        let model = self.plan.model();
        let shown: Vec<FormatArg<'_>> = values.iter().map(|value| format_operand(model, value)).collect();
        text::format(&template, &shown).map(Value::text)
    }
}

/// A value as an operand of `format`.
fn format_operand<'a>(model: &'a Model, value: &'a Value<'_>) -> FormatArg<'a> {
    match value {
        Value::Bool(value) => FormatArg::Bool(*value),
        Value::Int(value) => FormatArg::Int(*value),
        Value::Decimal(value) => FormatArg::Decimal(*value),
        Value::Text(value) | Value::Ref(value) => FormatArg::Text(Cow::Borrowed(value)),
        Value::Bytes(value) => FormatArg::Bytes(Cow::Borrowed(value)),
        Value::Date(value) => FormatArg::Text(Cow::Owned(value.to_string())),
        Value::Time(value) => FormatArg::Text(Cow::Owned(value.to_string())),
        Value::Local(value) => FormatArg::Text(Cow::Owned(value.to_string())),
        Value::Timestamp(value) => FormatArg::Timestamp(*value),
        Value::Duration(value) => FormatArg::Duration(*value),
        Value::Money(value) => FormatArg::Text(Cow::Owned(format!("{} {}", value.amount, value.currency.as_str()))),
        Value::Quantity(value) => FormatArg::Text(Cow::Owned(format!("{} {}", value.value, value.unit.as_str()))),
        Value::Currency(value) => FormatArg::Text(Cow::Borrowed(value.as_str())),
        Value::Country(value) => FormatArg::Text(Cow::Borrowed(value.as_str())),
        Value::Unit(value) => FormatArg::Text(Cow::Borrowed(value.as_str())),
        Value::Code(codes, position) => {
            let code = model.codes[*codes].codes.get(usize::from(*position));
            FormatArg::Text(Cow::Borrowed(code.map_or("", |code| code.code.as_str())))
        }
        Value::List(items) => FormatArg::List(items.iter().map(|item| format_operand(model, item)).collect()),
        Value::Map(map) => {
            let entry = |(key, of): &'a (Value<'_>, Value<'_>)| (format_operand(model, key), format_operand(model, of));
            FormatArg::Map(map.entries().iter().map(entry).collect())
        }
        _ => FormatArg::None,
    }
}

/// Everything but what needs the run itself.
#[allow(clippy::too_many_lines, reason = "one arm per function, each on its line")]
fn call<'v>(func: Func, a: &Value<'v>, b: &Value<'v>, c: &Value<'v>, d: &Value<'v>) -> Result<Value<'v>> {
    Ok(match func {
        Func::AddInt => Value::Int(int::add(int_of(a)?, int_of(b)?)?),
        Func::SubInt => Value::Int(int::sub(int_of(a)?, int_of(b)?)?),
        Func::MulInt => Value::Int(int::mul(int_of(a)?, int_of(b)?)?),
        Func::DivInt => Value::Int(int::div(int_of(a)?, int_of(b)?)?),
        Func::RemInt => Value::Int(int::rem(int_of(a)?, int_of(b)?)?),
        Func::NegInt => Value::Int(int::neg(int_of(a)?)?),
        Func::AbsInt => Value::Int(int::abs(int_of(a)?)?),
        Func::AddDecimal | Func::AddMoney | Func::AddQuantity | Func::AddDuration => add(a, b)?,
        Func::SubDecimal => Value::Decimal(decimal_of(a)?.sub(decimal_of(b)?)?),
        Func::MulDecimal => Value::Decimal(decimal_of(a)?.mul(decimal_of(b)?)?),
        Func::NegDecimal => Value::Decimal(decimal_of(a)?.neg()),
        Func::SubMoney => Value::Money(money_of(a)?.sub(money_of(b)?)?),
        Func::MulMoney => Value::Money(money_of(a)?.mul(decimal_of(b)?)?),
        Func::NegMoney => Value::Money(money_of(a)?.neg()),
        Func::SubQuantity => Value::Quantity(quantity_of(a)?.sub(quantity_of(b)?)?),
        Func::MulQuantity => Value::Quantity(quantity_of(a)?.mul(decimal_of(b)?)?),
        Func::NegQuantity => Value::Quantity(quantity_of(a)?.neg()),
        Func::AddString => {
            let (a, b) = (text_of(a)?, text_of(b)?);
            let mut joined = String::with_capacity(a.len() + b.len());
            joined.push_str(a);
            joined.push_str(b);
            Value::text(joined)
        }
        Func::AddBytes => Value::Bytes([bytes_of(a)?, bytes_of(b)?].concat().into()),
        Func::AddList => Value::list(list_of(a)?.iter().chain(list_of(b)?.iter()).cloned().collect()),
        Func::AddTimestamp => Value::Timestamp(timestamp_of(a)?.add(duration_of(b)?)?),
        Func::SubTimestampDuration => Value::Timestamp(timestamp_of(a)?.sub(duration_of(b)?)?),
        Func::SubTimestamps => Value::Duration(timestamp_of(a)?.since(timestamp_of(b)?)?),
        Func::SubDuration => Value::Duration(duration_of(a)?.sub(duration_of(b)?)?),
        Func::NegDuration => Value::Duration(duration_of(a)?.neg()?),
        Func::Equal => Value::Bool(a.compare(b).is_eq()),
        Func::NotEqual => Value::Bool(a.compare(b).is_ne()),
        Func::Less => Value::Bool(a.compare(b).is_lt()),
        Func::LessEqual => Value::Bool(a.compare(b).is_le()),
        Func::Greater => Value::Bool(a.compare(b).is_gt()),
        Func::GreaterEqual => Value::Bool(a.compare(b).is_ge()),
        Func::CompareMoney => ordering(money_of(a)?.compare(money_of(b)?)?),
        Func::CompareQuantity => ordering(quantity_of(a)?.compare(quantity_of(b)?)?),
        Func::InList => Value::Bool(list_of(b)?.iter().any(|item| item.compare(a).is_eq())),
        Func::InMap => Value::Bool(map_of(b)?.get(a).is_some()),
        Func::IndexList => list::index(list_of(a)?, int_of(b)?)?.clone(),
        Func::IndexListOpt => Value::from_option(list::index_opt(list_of(a)?, int_of(b)?).cloned()),
        Func::IndexMap => {
            let found = map_of(a)?.get(b).cloned();
            found.ok_or_else(|| no_such_key(b))?
        }
        Func::IndexMapOpt => Value::from_option(map_of(a)?.get(b).cloned()),
        Func::IntToDecimal | Func::IntAsDecimal => Value::Decimal(Decimal::from_int(int_of(a)?)),
        Func::JoinDateTime => match (a, b) {
            (Value::Date(date), Value::Time(time)) => Value::Local(date.to_datetime(*time)),
            _ => return Err(mistyped()),
        },

        Func::MoneyAmount => Value::Decimal(money_of(a)?.amount),
        Func::MoneyCurrency => Value::Currency(money_of(a)?.currency),
        Func::QuantityValue => Value::Decimal(quantity_of(a)?.value),
        Func::QuantityUnit => Value::Unit(quantity_of(a)?.unit),

        Func::StringToInt => Value::Int(text::parse_int(text_of(a)?)?),
        Func::DecimalToInt => Value::Int(decimal_of(a)?.to_int()?),
        Func::TimestampToInt => Value::Int(timestamp_of(a)?.epoch_seconds()),
        Func::StringToDecimal => Value::Decimal(Decimal::parse(text_of(a)?)?),
        Func::IntToInt
        | Func::DecimalToDecimal
        | Func::TextToString
        | Func::BytesToBytes
        | Func::BoolToBool
        | Func::TimestampToTimestamp
        | Func::DurationToDuration => a.clone(),
        Func::IntToString => Value::text(int_of(a)?.to_string()),
        Func::DecimalToString => Value::text(decimal_of(a)?.to_string()),
        Func::BoolToString => Value::Text(Text::Borrowed(if bool_of(a)? { "true" } else { "false" })),
        Func::BytesToString => Value::text(bytes::to_text(bytes_of(a)?)?),
        Func::TimestampToString => Value::text(timestamp_of(a)?.to_string()),
        Func::DurationToString => Value::text(duration_of(a)?.to_string()),
        Func::DateToString => Value::text(date_of(a)?.to_string()),
        Func::TimeToString => match a {
            Value::Time(time) => Value::text(time.to_string()),
            _ => return Err(mistyped()),
        },
        Func::LocalToString => Value::text(local_of(a)?.to_string()),
        Func::BuiltinToString => Value::Text(Text::Borrowed(match a {
            Value::Currency(value) => value.as_str(),
            Value::Country(value) => value.as_str(),
            Value::Unit(value) => value.as_str(),
            _ => return Err(mistyped()),
        })),
        Func::RefToString => match a {
            Value::Ref(key) => Value::Text(key.clone()),
            _ => return Err(Failure::new(builtin::INVALID_ARGUMENT, "the reference is not resolved yet")),
        },
        Func::StringToBytes => Value::Bytes(text_of(a)?.as_bytes().into()),
        Func::StringToBool => Value::Bool(text::parse_bool(text_of(a)?)?),
        Func::StringToTimestamp => Value::Timestamp(Timestamp::parse_rfc3339(text_of(a)?)?),
        Func::IntToTimestamp => Value::Timestamp(Timestamp::from_epoch_seconds(int_of(a)?)?),
        Func::StringToDuration => Value::Duration(Duration::parse(text_of(a)?)?),
        Func::StringToDate => Value::Date(time::parse_date(text_of(a)?)?),
        Func::StringToTime => Value::Time(time::parse_time(text_of(a)?)?),
        Func::TimestampToDate => Value::Date(timestamp_of(a)?.date()),
        Func::TimestampToDateIn => Value::Date(timestamp_of(a)?.date_in(text_of(b)?)?),
        Func::LocalToDate => Value::Date(local_of(a)?.date()),
        Func::LocalToTime => Value::Time(local_of(a)?.time()),
        Func::MakeMoney => match b {
            Value::Currency(currency) => Value::Money(Money::new(decimal_of(a)?, *currency)),
            _ => return Err(mistyped()),
        },
        Func::MakeQuantity => match b {
            Value::Unit(unit) => Value::Quantity(Quantity::new(decimal_of(a)?, *unit)),
            _ => return Err(mistyped()),
        },

        Func::DivDecimal => Value::Decimal(decimal_of(a)?.div(decimal_of(b)?, scale_of(c)?, rounding_of(d)?)?),
        Func::DivMoney => Value::Money(money_of(a)?.div(decimal_of(b)?, scale_of(c)?, rounding_of(d)?)?),
        Func::RoundDecimal => Value::Decimal(decimal_of(a)?.round(scale_of(b)?, rounding_of(c)?)?),
        Func::RoundMoney => Value::Money(money_of(a)?.round(scale_of(b)?, rounding_of(c)?)?),
        Func::RoundQuantity => Value::Quantity(quantity_of(a)?.round(scale_of(b)?, rounding_of(c)?)?),
        Func::AbsDecimal => Value::Decimal(decimal_of(a)?.abs()),
        Func::AbsMoney => Value::Money(money_of(a)?.abs()),

        Func::SizeString => Value::Int(text::size(text_of(a)?)),
        Func::SizeBytes => size(bytes_of(a)?.len()),
        Func::SizeList => size(list_of(a)?.len()),
        Func::SizeMap => size(map_of(a)?.entries().len()),
        Func::Contains => Value::Bool(text::contains(text_of(a)?, text_of(b)?)),
        Func::StartsWith => Value::Bool(text::starts_with(text_of(a)?, text_of(b)?)),
        Func::EndsWith => Value::Bool(text::ends_with(text_of(a)?, text_of(b)?)),
        Func::CharAt => {
            let position = int_of(b)?;
            part(text_of(a)?, |text| text::char_at(text, position))?
        }
        Func::IndexOf => Value::Int(text::index_of(text_of(a)?, text_of(b)?)),
        Func::IndexOfFrom => Value::Int(text::index_of_from(text_of(a)?, text_of(b)?, int_of(c)?)?),
        Func::LastIndexOf => Value::Int(text::last_index_of(text_of(a)?, text_of(b)?)),
        Func::LastIndexOfFrom => Value::Int(text::last_index_of_from(text_of(a)?, text_of(b)?, int_of(c)?)?),
        Func::LowerAscii => Value::text(text::lower_ascii(text_of(a)?)),
        Func::UpperAscii => Value::text(text::upper_ascii(text_of(a)?)),
        Func::Replace => Value::text(text::replace(text_of(a)?, text_of(b)?, text_of(c)?)?),
        Func::ReplaceN => Value::text(text::replace_n(text_of(a)?, text_of(b)?, text_of(c)?, int_of(d)?)?),
        Func::Split => texts(text::split(text_of(a)?, text_of(b)?)),
        Func::SplitN => texts(text::split_n(text_of(a)?, text_of(b)?, int_of(c)?)),
        Func::Substring => {
            let from = int_of(b)?;
            part(text_of(a)?, |text| text::substring(text, from))?
        }
        Func::SubstringTo => {
            let (from, to) = (int_of(b)?, int_of(c)?);
            part(text_of(a)?, |text| text::substring_to(text, from, to))?
        }
        Func::Trim => part(text_of(a)?, |text| Ok(text::trim(text)))?,
        Func::Reverse => Value::text(text::reverse(text_of(a)?)),
        Func::Join => Value::text(text::join(&texts_of(a)?, "")?),
        Func::JoinWith => Value::text(text::join(&texts_of(a)?, text_of(b)?)?),
        Func::Quote => Value::text(text::quote(text_of(a)?)),
        Func::PadLeft => Value::text(text::pad_left(text_of(a)?, int_of(b)?, text_of(c)?)?),

        Func::First => Value::from_option(list_of(a)?.first().cloned()),
        Func::Last => Value::from_option(list_of(a)?.last().cloned()),
        Func::OnlyOne => list::one(list_of(a)?.iter().cloned().map(Ok))?,
        Func::Distinct => distinct(list_of(a)?),
        Func::Flatten => flatten(list_of(a)?)?,
        Func::Group => group(list_of(a)?),
        Func::JoinLists => join(list_of(a)?, list_of(b)?),

        Func::DateAt => Value::Timestamp(time::at(date_of(a)?, text_of(b)?, text_of(c)?)?),
        Func::LocalAt => Value::Timestamp(time::local_at(local_of(a)?, text_of(b)?)?),
        Func::AddDays => Value::Date(time::add_days(date_of(a)?, int_of(b)?)?),
        Func::FullYear | Func::FullYearIn => Value::Int(parts(a, b)?.full_year()),
        Func::Month | Func::MonthIn => Value::Int(parts(a, b)?.month()),
        Func::DateOfMonth | Func::DateOfMonthIn => Value::Int(parts(a, b)?.date()),
        Func::DayOfMonth | Func::DayOfMonthIn => Value::Int(parts(a, b)?.day_of_month()),
        Func::DayOfWeek | Func::DayOfWeekIn => Value::Int(parts(a, b)?.day_of_week()),
        Func::DayOfYear | Func::DayOfYearIn => Value::Int(parts(a, b)?.day_of_year()),
        Func::Hours | Func::HoursIn => Value::Int(parts(a, b)?.hours()),
        Func::Minutes | Func::MinutesIn => Value::Int(parts(a, b)?.minutes()),
        Func::Seconds | Func::SecondsIn => Value::Int(parts(a, b)?.seconds()),
        Func::Milliseconds | Func::MillisecondsIn => Value::Int(parts(a, b)?.milliseconds()),
        Func::DurationHours => Value::Int(duration_of(a)?.hours()),
        Func::DurationMinutes => Value::Int(duration_of(a)?.minutes()),
        Func::DurationSeconds => Value::Int(duration_of(a)?.seconds()),
        Func::DurationMilliseconds => Value::Int(duration_of(a)?.milliseconds()),

        // These need the run, and are not sent here.
        Func::Matches | Func::CodeToString | Func::Format => return Err(mistyped()),
    })
}

/// The sum of two of a kind.
pub(super) fn add<'v>(a: &Value<'v>, b: &Value<'v>) -> Result<Value<'v>> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => int::add(*a, *b).map(Value::Int),
        (Value::Decimal(a), Value::Decimal(b)) => a.add(*b).map(Value::Decimal),
        (Value::Money(a), Value::Money(b)) => a.add(*b).map(Value::Money),
        (Value::Quantity(a), Value::Quantity(b)) => a.add(*b).map(Value::Quantity),
        (Value::Duration(a), Value::Duration(b)) => a.add(*b).map(Value::Duration),
        _ => Err(mistyped()),
    }
}

/// The same value within the bounds of a type, or of its form.
pub(super) fn fit<'v>(value: Value<'v>, to: &Type) -> Result<Value<'v>> {
    match (&value, to) {
        (Value::Decimal(decimal), Type::Decimal(digits)) => {
            return decimal.fit(digits.precision, digits.scale).map(Value::Decimal);
        }
        (Value::Text(text), Type::String(Some(most))) => text::check_length(text, *most)?,
        (Value::Text(text), Type::Email) => text::check_email(text)?,
        (Value::Text(text), Type::Uri) => text::check_uri(text)?,
        (Value::Text(text), Type::Uuid) => text::check_uuid(text)?,
        (Value::Text(text), Type::Currency) => return Currency::parse(text).map(Value::Currency),
        (Value::Text(text), Type::Country) => return Country::parse(text).map(Value::Country),
        (Value::Text(text), Type::Unit) => return Unit::parse(text).map(Value::Unit),
        _ => {}
    }
    Ok(value)
}

fn code_text<'v>(model: &'v Model, code: &Value<'v>) -> Result<Value<'v>> {
    match code {
        Value::Code(codes, position) => match model.codes[*codes].codes.get(usize::from(*position)) {
            Some(code) => Ok(Value::Text(Text::Borrowed(&code.code))),
            None => Err(mistyped()),
        },
        _ => Err(mistyped()),
    }
}

fn ordering(order: Ordering) -> Value<'static> {
    Value::Int(match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    })
}

fn size(count: usize) -> Value<'static> {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn texts<'v>(parts: Vec<String>) -> Value<'v> {
    Value::list(parts.into_iter().map(Value::text).collect())
}

#[cold]
fn no_such_key(key: &Value<'_>) -> Failure {
    list::no_such_key(&super::encode::key_text(key))
}

/// A part of a text, borrowed wherever the text is.
fn part<'v>(text: &Text<'v>, of: impl for<'t> Fn(&'t str) -> Result<&'t str>) -> Result<Value<'v>> {
    Ok(Value::Text(match text {
        Text::Borrowed(text) => Text::Borrowed(of(text)?),
        Text::Shared(text) => of(text)?.to_owned().into(),
    }))
}

/// The calendar parts of a timestamp, at its own offset or in a zone.
fn parts(at: &Value<'_>, zone: &Value<'_>) -> Result<Parts> {
    match zone {
        Value::None => Ok(timestamp_of(at)?.parts()),
        zone => timestamp_of(at)?.parts_in(text_of(zone)?),
    }
}

/// Values without their repetitions, the first of each kept.
fn flatten<'v>(lists: &[Value<'v>]) -> Result<Value<'v>> {
    let mut all = Vec::new();
    for list in lists {
        all.extend(list_of(list)?.iter().cloned());
    }
    Ok(Value::list(all))
}

fn distinct<'v>(items: &Rc<Vec<Value<'v>>>) -> Value<'v> {
    let mut seen = BTreeSet::new();
    Value::list(items.iter().filter(|item| seen.insert(Ordered(item))).cloned().collect())
}

/// Elements with keys as groups of one key each, in order of first appearance.
fn group<'v>(keyed: &Rc<Vec<Value<'v>>>) -> Value<'v> {
    let (mut places, mut groups) = (BTreeMap::new(), Vec::<(Value<'v>, Vec<Value<'v>>)>::new());
    for pair in keyed.iter() {
        let Value::Pair(pair) = pair else { continue };
        let place = *places.entry(Ordered(&pair.0)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, items)) => items.push(pair.1.clone()),
            None => groups.push((pair.0.clone(), vec![pair.1.clone()])),
        }
    }
    Value::list(groups.into_iter().map(|(key, items)| Value::Pair(Rc::new((key, Value::list(items))))).collect())
}

/// The pairs of elements that have one key, in the order of the first list, then of the second.
fn join<'v>(left: &Rc<Vec<Value<'v>>>, right: &Rc<Vec<Value<'v>>>) -> Value<'v> {
    let mut by_key: BTreeMap<Ordered<'_, 'v>, Vec<&Value<'v>>> = BTreeMap::new();
    for pair in right.iter() {
        if let Value::Pair(pair) = pair {
            by_key.entry(Ordered(&pair.0)).or_default().push(&pair.1);
        }
    }
    let mut joined = Vec::new();
    for pair in left.iter() {
        let Value::Pair(pair) = pair else { continue };
        for item in by_key.get(&Ordered(&pair.0)).into_iter().flatten() {
            joined.push(Value::Pair(Rc::new((pair.1.clone(), (*item).clone()))));
        }
    }
    Value::list(joined)
}

/// A value by its order.
struct Ordered<'a, 'v>(&'a Value<'v>);

impl Ord for Ordered<'_, '_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.compare(other.0)
    }
}

impl PartialOrd for Ordered<'_, '_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ordered<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered<'_, '_> {}
