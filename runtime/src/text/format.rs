//! `'…'.format([…])`: CEL's `strings.format`, over exact decimals.
//!
//! `%s` any value; `%d` whole numbers, and decimals as they are; `%f`, `%.2f` rounded half to even, six decimals unless said; `%e` with an
//! exponent, likewise; `%b` binary; `%o` octal; `%x`, `%X` hexadecimal, of text and bytes too; `%%` a percent sign.

use crate::decimal::{Decimal, Rounding};
use crate::failure::{Failure, Quote, Result, builtin};
use crate::time::{Duration, Timestamp};
use std::borrow::Cow;
use std::fmt::Write as _;

/// An operand.
#[derive(Debug, Clone, PartialEq)]
pub enum FormatArg<'a> {
    /// No value, shown as `null`.
    None,
    /// A bool.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A decimal.
    Decimal(Decimal),
    /// Text, and whatever is shown as its text: codes, dates, currencies.
    Text(Cow<'a, str>),
    /// Octets.
    Bytes(Cow<'a, [u8]>),
    /// A timestamp.
    Timestamp(Timestamp),
    /// A duration.
    Duration(Duration),
    /// A list.
    List(Vec<FormatArg<'a>>),
    /// Keys and values; shown in the order of the keys' text.
    Map(Vec<(FormatArg<'a>, FormatArg<'a>)>),
}

impl FormatArg<'_> {
    fn kind(&self) -> &'static str {
        match self {
            FormatArg::None => "none",
            FormatArg::Bool(_) => "a bool",
            FormatArg::Int(_) => "an int",
            FormatArg::Decimal(_) => "a decimal",
            FormatArg::Text(_) => "text",
            FormatArg::Bytes(_) => "bytes",
            FormatArg::Timestamp(_) => "a timestamp",
            FormatArg::Duration(_) => "a duration",
            FormatArg::List(_) => "a list",
            FormatArg::Map(_) => "a map",
        }
    }

    fn number(&self) -> Option<Decimal> {
        match self {
            FormatArg::Int(value) => Some(Decimal::from_int(*value)),
            FormatArg::Decimal(value) => Some(*value),
            _ => None,
        }
    }
}

fn invalid(detail: String) -> Failure {
    Failure::new(builtin::INVALID_ARGUMENT, detail)
}

/// The template with its clauses replaced by the operands, in order. An operand that a clause does not take, one too few or
/// an unknown clause fails with `invalid_argument`; operands too many are left over.
pub fn format(template: &str, operands: &[FormatArg<'_>]) -> Result<String> {
    let mut out = String::with_capacity(template.len());
    let mut operands = operands.iter();
    let mut rest = template;
    while let Some((text, clause)) = rest.split_once('%') {
        out.push_str(text);
        if let Some(tail) = clause.strip_prefix('%') {
            out.push('%');
            rest = tail;
            continue;
        }
        let (precision, clause) = precision(clause)?;
        let mut chars = clause.chars();
        let letter = chars.next().ok_or_else(|| invalid("a clause ends without its letter".to_owned()))?;
        if !matches!(letter, 's' | 'd' | 'f' | 'e' | 'b' | 'o' | 'x' | 'X') {
            let say = |quote: Quote| format!("there is no {}", quote.no("clause", &format!("%{letter}")));
            return Err(Failure::quoting(builtin::INVALID_ARGUMENT, say));
        }
        let operand = operands.next().ok_or_else(|| invalid(format!("there is no operand for `%{letter}`")))?;
        if !clause_of(&mut out, letter, precision, operand)? {
            return Err(invalid(format!("`%{letter}` does not take {}", operand.kind())));
        }
        if out.len() > 16 << 20 {
            return Err(Failure::new(builtin::TEXT_TOO_LONG, "the text grows beyond 16 MiB"));
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    Ok(out)
}

/// The digits of `%.2f`, and what follows.
fn precision(clause: &str) -> Result<(Option<u32>, &str)> {
    let Some(digits) = clause.strip_prefix('.') else { return Ok((None, clause)) };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = digits.split_at_checked(length).unwrap_or((digits, ""));
    let precision = number.parse().ok().filter(|precision| *precision <= crate::decimal::MAX_SCALE);
    precision
        .map(|precision| (Some(precision), rest))
        .ok_or_else(|| invalid("a precision lies between 0 and 28".to_owned()))
}

/// Whether the clause takes the operand.
fn clause_of(out: &mut String, letter: char, precision: Option<u32>, operand: &FormatArg<'_>) -> Result<bool> {
    match (letter, operand) {
        ('s', _) => show(out, operand, 0)?,
        ('d', FormatArg::Int(value)) => push(out, value),
        ('d', FormatArg::Decimal(value)) => push(out, value),
        ('f', _) => match operand.number() {
            Some(number) => push(out, &number.round(precision.unwrap_or(6), Rounding::HalfEven)?),
            None => return Ok(false),
        },
        ('e', _) => match operand.number() {
            Some(number) => scientific(out, number, precision.unwrap_or(6))?,
            None => return Ok(false),
        },
        ('b', FormatArg::Bool(value)) => push(out, &u8::from(*value)),
        ('b', FormatArg::Int(value)) => signed(out, *value, &format!("{:b}", value.unsigned_abs())),
        ('o', FormatArg::Int(value)) => signed(out, *value, &format!("{:o}", value.unsigned_abs())),
        ('x', FormatArg::Int(value)) => signed(out, *value, &format!("{:x}", value.unsigned_abs())),
        ('X', FormatArg::Int(value)) => signed(out, *value, &format!("{:X}", value.unsigned_abs())),
        ('x' | 'X', FormatArg::Text(text)) => hexadecimal(out, text.as_bytes(), letter == 'X'),
        ('x' | 'X', FormatArg::Bytes(bytes)) => hexadecimal(out, bytes, letter == 'X'),
        _ => return Ok(false),
    }
    Ok(true)
}

fn push(out: &mut String, value: &impl core::fmt::Display) {
    // Writing to a string does not fail.
    let _ = write!(out, "{value}");
}

fn signed(out: &mut String, value: i64, digits: &str) {
    if value < 0 {
        out.push('-');
    }
    out.push_str(digits);
}

fn hexadecimal(out: &mut String, bytes: &[u8], upper: bool) {
    for byte in bytes {
        let _ = if upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
    }
}

/// One digit before the point, and an exponent of at least two digits.
fn scientific(out: &mut String, number: Decimal, precision: u32) -> Result<()> {
    let exponent_of = |number: Decimal| {
        let digits = number.mantissa().unsigned_abs().checked_ilog10().unwrap_or(0);
        i64::from(digits) - i64::from(number.scale())
    };
    let mut exponent = if number.is_zero() { 0 } else { exponent_of(number) };
    let mut one = shift(number, exponent, precision)?;
    // Rounding may have carried into a second digit.
    if !one.is_zero() && exponent_of(one) > 0 {
        exponent += 1;
        one = shift(number, exponent, precision)?;
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "{one}e{sign}{:02}", exponent.unsigned_abs());
    Ok(())
}

/// The number divided by ten to the exponent, rounded.
fn shift(number: Decimal, exponent: i64, precision: u32) -> Result<Decimal> {
    // The same digits with the point elsewhere; digits behind the 28th decimal can't matter before they are rounded away.
    let scale = i64::from(number.scale()) + exponent;
    let digits = Decimal::from_mantissa(number.mantissa(), 0).unwrap_or_default();
    let power = u32::try_from(scale.clamp(0, 28)).unwrap_or_default();
    let divisor = Decimal::from_mantissa(10_i128.pow(power), 0).unwrap_or_default();
    digits.div(divisor, precision, Rounding::HalfEven)
}

/// `%s`.
fn show(out: &mut String, operand: &FormatArg<'_>, depth: u32) -> Result<()> {
    if depth > 32 {
        return Err(invalid("the value is nested too deeply to be shown".to_owned()));
    }
    match operand {
        FormatArg::None => out.push_str("null"),
        FormatArg::Bool(value) => push(out, value),
        FormatArg::Int(value) => push(out, value),
        FormatArg::Decimal(value) => push(out, value),
        FormatArg::Text(text) => out.push_str(text),
        FormatArg::Bytes(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
        FormatArg::Timestamp(value) => push(out, value),
        FormatArg::Duration(value) => push(out, value),
        FormatArg::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                show(out, item, depth + 1)?;
            }
            out.push(']');
        }
        FormatArg::Map(entries) => {
            let mut shown = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let (mut key_text, mut value_text) = (String::new(), String::new());
                show(&mut key_text, key, depth + 1)?;
                show(&mut value_text, value, depth + 1)?;
                shown.push((key_text, value_text));
            }
            shown.sort();
            out.push('{');
            for (index, (key, value)) in shown.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                let _ = write!(out, "{key}: {value}");
            }
            out.push('}');
        }
    }
    Ok(())
}
