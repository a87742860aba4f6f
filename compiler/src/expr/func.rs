//! The built-in functions and operators: one table of signatures, read by the checker; the evaluator and the code
//! generator each have one match over [`Func`]. What a function does lives in the runtime.

use crate::model::Type;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// How a function is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Style {
    /// `f(a, b)`; a dotted name such as `strings.quote` counts as one.
    Global,
    /// `a.f(b)`.
    Method,
}

/// One overload.
#[derive(Debug, Clone)]
pub struct Signature {
    /// What it computes.
    pub func: Func,
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub style: Style,
    /// Types of the operands, the receiver first. [`Type::Any`] stands for one type variable, the same throughout.
    pub params: Vec<Type>,
    /// Type of the result.
    pub result: Type,
    /// Whether it can fail on operands of these types.
    pub fails: bool,
    /// As the table writes it.
    pub text: &'static str,
}

macro_rules! functions {
    ($($(#[doc = $doc:literal])* $func:ident $(: $text:literal)?,)*) => {
        /// A built-in function or operator on operands of known types.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Func { $($(#[doc = $doc])* $func,)* }
        const TABLE: &[(Func, Option<&str>)] = &[$((Func::$func, functions!(@text $($text)?)),)*];
    };
    (@text) => { None };
    (@text $text:literal) => { Some($text) };
}

functions! {
    // Operators: typed by the checker, which has picked the variant by the operands' types.
    /// `int + int`, and so on: checked.
    AddInt,
    /// Checked.
    SubInt,
    /// Checked.
    MulInt,
    /// Towards zero; by zero fails.
    DivInt,
    /// Sign of the dividend; by zero fails.
    RemInt,
    /// Checked.
    NegInt,
    /// Exact: the larger scale.
    AddDecimal,
    /// Exact: the larger scale.
    SubDecimal,
    /// Exact: the sum of the scales.
    MulDecimal,
    /// Exact.
    NegDecimal,
    /// Of the same currency, else `currency_mismatch`.
    AddMoney,
    /// Of the same currency, else `currency_mismatch`.
    SubMoney,
    /// Money by decimal.
    MulMoney,
    /// Exact.
    NegMoney,
    /// Of the same unit, else `unit_mismatch`.
    AddQuantity,
    /// Of the same unit, else `unit_mismatch`.
    SubQuantity,
    /// Quantity by decimal.
    MulQuantity,
    /// Exact.
    NegQuantity,
    /// Joins two texts.
    AddString,
    /// Joins octets.
    AddBytes,
    /// Joins lists of one type.
    AddList,
    /// Timestamp plus duration.
    AddTimestamp,
    /// Duration plus duration.
    AddDuration,
    /// Timestamp minus duration.
    SubTimestampDuration,
    /// Timestamp minus timestamp.
    SubTimestamps,
    /// Duration minus duration.
    SubDuration,
    /// Duration negated.
    NegDuration,
    /// Equality of two values of one type: decimals by value, timestamps as instants; money and quantities by both
    /// parts. Of two optionals: equal if both none, or both values equal.
    Equal,
    /// The opposite.
    NotEqual,
    /// Order of int, decimal, text (by code point), bytes, bool, date, time, timestamps, durations.
    Less,
    /// See `Less`.
    LessEqual,
    /// See `Less`.
    Greater,
    /// See `Less`.
    GreaterEqual,
    /// -1, 0 or 1 of two amounts of one currency, else `currency_mismatch`: compared with 0 by an int operator.
    CompareMoney,
    /// -1, 0 or 1 of two quantities of one unit, else `unit_mismatch`.
    CompareQuantity,
    /// Value in list.
    InList,
    /// Key in map.
    InMap,
    /// `list[i]`: `out_of_range`.
    IndexList,
    /// `list[?i]`: none.
    IndexListOpt,
    /// `map[k]`: `no_such_key`.
    IndexMap,
    /// `map[?k]`, `map.?k`: none.
    IndexMapOpt,
    /// Int to decimal of scale 0, inserted by the checker.
    IntToDecimal,
    /// Date and time of two siblings to a local timestamp.
    JoinDateTime,

    // Parts.
    /// `money.amount`.
    MoneyAmount,
    /// `money.currency`.
    MoneyCurrency,
    /// `quantity.value`.
    QuantityValue,
    /// `quantity.unit`.
    QuantityUnit,

    // Conversions.
    /// Decimal digits with an optional sign.
    StringToInt: "int(string) -> int!",
    /// Exact, else `digits_lost`.
    DecimalToInt: "int(decimal) -> int!",
    /// Seconds since 1970.
    TimestampToInt: "int(timestamp) -> int!",
    /// Itself.
    IntToInt: "int(int) -> int",
    /// Exact.
    StringToDecimal: "decimal(string) -> decimal!",
    /// Scale 0.
    IntAsDecimal: "decimal(int) -> decimal",
    /// Itself.
    DecimalToDecimal: "decimal(decimal) -> decimal",
    /// Digits.
    IntToString: "string(int) -> string",
    /// Keeps the scale.
    DecimalToString: "string(decimal) -> string",
    /// `true` or `false`.
    BoolToString: "string(bool) -> string",
    /// UTF-8, else `invalid_argument`.
    BytesToString: "string(bytes) -> string!",
    /// RFC 3339.
    TimestampToString: "string(timestamp) -> string",
    /// Seconds with a fraction and `s`.
    DurationToString: "string(duration) -> string",
    /// ISO 8601.
    DateToString: "string(date) -> string",
    /// ISO 8601.
    TimeToString: "string(time) -> string",
    /// ISO 8601.
    LocalToString: "string(local_timestamp) -> string",
    /// Any type that is carried as text, codes and built-in codes, and references by key.
    TextToString: "string(string) -> string",
    /// The code.
    CodeToString,
    /// The letters of a currency, country or unit.
    BuiltinToString,
    /// The key of a reference; an unresolved one fails with `invalid_argument`.
    RefToString,
    /// UTF-8 octets.
    StringToBytes: "bytes(string) -> bytes",
    /// Itself.
    BytesToBytes: "bytes(bytes) -> bytes",
    /// The spellings of CEL: `true`, `True`, `TRUE`, `t`, `1`, and their opposites.
    StringToBool: "bool(string) -> bool!",
    /// Itself.
    BoolToBool: "bool(bool) -> bool",
    /// RFC 3339.
    StringToTimestamp: "timestamp(string) -> timestamp!",
    /// Seconds since 1970.
    IntToTimestamp: "timestamp(int) -> timestamp!",
    /// Itself.
    TimestampToTimestamp: "timestamp(timestamp) -> timestamp",
    /// CEL's form: `1h30m`, `3.5s`.
    StringToDuration: "duration(string) -> duration!",
    /// Itself.
    DurationToDuration: "duration(duration) -> duration",
    /// ISO 8601.
    StringToDate: "date(string) -> date!",
    /// The date at its own offset.
    TimestampToDate: "date(timestamp) -> date",
    /// The date in a time zone.
    TimestampToDateIn: "date(timestamp, string) -> date!",
    /// The date part.
    LocalToDate: "date(local_timestamp) -> date",
    /// The time part.
    LocalToTime: "time(local_timestamp) -> time",
    /// ISO 8601.
    StringToTime: "time(string) -> time!",
    /// Amount and currency.
    MakeMoney: "money(decimal, currency) -> money",
    /// Value and unit.
    MakeQuantity: "quantity(decimal, unit) -> quantity",

    // Exact arithmetic.
    /// Rounded quotient with the given scale and mode.
    DivDecimal: "div(decimal, decimal, int, rounding) -> decimal!",
    /// An amount divided.
    DivMoney: "div(money, decimal, int, rounding) -> money!",
    /// Rounded to a scale.
    RoundDecimal: "round(decimal, int, rounding) -> decimal!",
    /// Rounded to a scale.
    RoundMoney: "round(money, int, rounding) -> money!",
    /// Rounded to a scale.
    RoundQuantity: "round(quantity, int, rounding) -> quantity!",
    /// Without sign.
    AbsInt: "abs(int) -> int!",
    /// Without sign.
    AbsDecimal: "abs(decimal) -> decimal",
    /// Without sign.
    AbsMoney: "abs(money) -> money",

    // Text, counted in code points.
    /// How many code points.
    SizeString: "size(string) -> int",
    /// How many octets.
    SizeBytes: "size(bytes) -> int",
    /// How many elements.
    SizeList: "size(list<T>) -> int",
    /// How many entries.
    SizeMap: "size(map<T>) -> int",
    /// Substring test.
    Contains: "string.contains(string) -> bool",
    /// Prefix test.
    StartsWith: "string.startsWith(string) -> bool",
    /// Suffix test.
    EndsWith: "string.endsWith(string) -> bool",
    /// Regular expression found anywhere; the pattern is a constant, checked when the spec is.
    Matches: "string.matches(string) -> bool",
    /// One code point, or empty at the end.
    CharAt: "string.charAt(int) -> string!",
    /// First position, or -1.
    IndexOf: "string.indexOf(string) -> int",
    /// From a position.
    IndexOfFrom: "string.indexOf(string, int) -> int!",
    /// Last position, or -1.
    LastIndexOf: "string.lastIndexOf(string) -> int",
    /// Up to a position.
    LastIndexOfFrom: "string.lastIndexOf(string, int) -> int!",
    /// ASCII letters only.
    LowerAscii: "string.lowerAscii() -> string",
    /// ASCII letters only.
    UpperAscii: "string.upperAscii() -> string",
    /// All occurrences.
    Replace: "string.replace(string, string) -> string!",
    /// At most so many; negative: all.
    ReplaceN: "string.replace(string, string, int) -> string!",
    /// At every separator.
    Split: "string.split(string) -> list<string>",
    /// Into at most so many; negative: all.
    SplitN: "string.split(string, int) -> list<string>",
    /// From a position.
    Substring: "string.substring(int) -> string!",
    /// From, to.
    SubstringTo: "string.substring(int, int) -> string!",
    /// White space at both ends.
    Trim: "string.trim() -> string",
    /// Code points backwards.
    Reverse: "string.reverse() -> string",
    /// Joined.
    Join: "list<string>.join() -> string!",
    /// Joined with a separator.
    JoinWith: "list<string>.join(string) -> string!",
    /// As a CEL literal.
    Quote: "strings.quote(string) -> string",
    /// Padded on the left to a width with one character.
    PadLeft: "string.padLeft(int, string) -> string!",
    /// `'%s'.format([…])`: operands of any scalar types; typed by the checker.
    Format,

    // Lists.
    /// The first element.
    First: "list<T>.first() -> T?",
    /// The last element.
    Last: "list<T>.last() -> T?",
    /// The only element, else `not_one`.
    OnlyOne: "list<T>.one() -> T!",
    /// Without repeated values, first kept.
    Distinct: "list<T>.distinct() -> list<T>",
    /// The elements of its lists, one after the other.
    Flatten: "list<list<T>>.flatten() -> list<T>",
    /// Elements with keys to groups of one key each, in order of first appearance: `groupBy`.
    Group,
    /// Two lists of elements with keys to the pairs that have one key, in the order of the first list, then of the
    /// second: `join`.
    JoinLists,

    // Time.
    /// At a wall-clock time in a zone.
    DateAt: "date.at(string, string) -> timestamp!",
    /// In a zone.
    LocalAt: "local_timestamp.at(string) -> timestamp!",
    /// Days later.
    AddDays: "date.addDays(int) -> date!",
    /// At its own offset.
    FullYear: "timestamp.getFullYear() -> int",
    /// In a zone.
    FullYearIn: "timestamp.getFullYear(string) -> int!",
    /// From 0.
    Month: "timestamp.getMonth() -> int",
    /// From 0, in a zone.
    MonthIn: "timestamp.getMonth(string) -> int!",
    /// From 1.
    DateOfMonth: "timestamp.getDate() -> int",
    /// From 1, in a zone.
    DateOfMonthIn: "timestamp.getDate(string) -> int!",
    /// From 0.
    DayOfMonth: "timestamp.getDayOfMonth() -> int",
    /// From 0, in a zone.
    DayOfMonthIn: "timestamp.getDayOfMonth(string) -> int!",
    /// From 0, Sunday.
    DayOfWeek: "timestamp.getDayOfWeek() -> int",
    /// From 0, Sunday, in a zone.
    DayOfWeekIn: "timestamp.getDayOfWeek(string) -> int!",
    /// From 0.
    DayOfYear: "timestamp.getDayOfYear() -> int",
    /// From 0, in a zone.
    DayOfYearIn: "timestamp.getDayOfYear(string) -> int!",
    /// 0 to 23.
    Hours: "timestamp.getHours() -> int",
    /// 0 to 23, in a zone.
    HoursIn: "timestamp.getHours(string) -> int!",
    /// 0 to 59.
    Minutes: "timestamp.getMinutes() -> int",
    /// 0 to 59, in a zone.
    MinutesIn: "timestamp.getMinutes(string) -> int!",
    /// 0 to 59.
    Seconds: "timestamp.getSeconds() -> int",
    /// 0 to 59, in a zone.
    SecondsIn: "timestamp.getSeconds(string) -> int!",
    /// 0 to 999.
    Milliseconds: "timestamp.getMilliseconds() -> int",
    /// 0 to 999, in a zone.
    MillisecondsIn: "timestamp.getMilliseconds(string) -> int!",
    /// Whole hours.
    DurationHours: "duration.getHours() -> int",
    /// Whole minutes.
    DurationMinutes: "duration.getMinutes() -> int",
    /// Whole seconds.
    DurationSeconds: "duration.getSeconds() -> int",
    /// The millisecond part.
    DurationMilliseconds: "duration.getMilliseconds() -> int",
}

/// The overloads of a function.
pub fn overloads(name: &str, style: Style) -> &'static [Signature] {
    table().iter().find(|((known, s), _)| *known == name && *s == style).map_or(&[], |(_, all)| all.as_slice())
}

/// The names of all functions of a style, for suggestions.
pub fn names(style: Style) -> impl Iterator<Item = &'static str> {
    table().keys().filter(move |(_, s)| *s == style).map(|(name, _)| *name)
}

type Overloads = BTreeMap<(&'static str, Style), Vec<Signature>>;

fn table() -> &'static Overloads {
    static PARSED: OnceLock<Overloads> = OnceLock::new();
    PARSED.get_or_init(|| {
        let mut by_name = Overloads::new();
        for (func, text) in TABLE {
            if let Some(signature) = text.and_then(|text| parse(*func, text)) {
                by_name.entry((signature.name, signature.style)).or_default().push(signature);
            }
        }
        // `size` is written both ways.
        let sizes: Vec<Signature> = by_name.get(&("size", Style::Global)).cloned().unwrap_or_default();
        by_name.insert(
            ("size", Style::Method),
            sizes.into_iter().map(|s| Signature { style: Style::Method, ..s }).collect(),
        );
        by_name
    })
}

fn parse(func: Func, text: &'static str) -> Option<Signature> {
    let (call, result) = text.split_once(" -> ")?;
    let (head, args) = call.strip_suffix(')')?.split_once('(')?;
    let mut params: Vec<Type> = Vec::new();
    let (name, style) = match head.rsplit_once('.') {
        Some((receiver, name)) if receiver != "strings" => {
            params.push(type_of(receiver));
            (name, Style::Method)
        }
        _ => (head, Style::Global),
    };
    params.extend(args.split(", ").filter(|a| !a.is_empty()).map(type_of));
    let (result, fails) = result.strip_suffix('!').map_or((result, false), |r| (r, true));
    Some(Signature { func, name, style, params, result: type_of(result), fails, text })
}

fn type_of(text: &str) -> Type {
    if let Some(inner) = text.strip_suffix('?') {
        return type_of(inner).optional();
    }
    if let Some(inner) = text.strip_prefix("list<").and_then(|t| t.strip_suffix('>')) {
        return Type::List(Box::new(type_of(inner)));
    }
    if let Some(inner) = text.strip_prefix("map<").and_then(|t| t.strip_suffix('>')) {
        return Type::Map(Box::new(Type::Any), Box::new(type_of(inner)));
    }
    // `T` is the type variable; `rounding` is a word that the checker turns into text.
    Type::simple(text).unwrap_or(if text == "rounding" { Type::STRING } else { Type::Any })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_is_read() {
        let written = TABLE.iter().filter(|(_, text)| text.is_some()).count();
        let read: usize =
            table().iter().filter(|((n, s), _)| !(*n == "size" && *s == Style::Method)).map(|(_, v)| v.len()).sum();
        assert_eq!(read, written);
    }

    #[test]
    fn a_method_has_its_receiver_first() {
        let [one] = overloads("startsWith", Style::Method) else { panic!("one overload") };
        assert_eq!(one.params, [Type::STRING, Type::STRING]);
        assert!(!one.fails);
        assert!(overloads("substring", Style::Method).iter().all(|s| s.fails));
    }
}
