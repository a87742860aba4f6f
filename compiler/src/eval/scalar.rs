//! Scalars on the wire: which of the runtime's codecs reads and writes a type, and the value around what it yields.
//!
//! Absent on purpose: the codecs themselves.

use super::eval::mistyped;
use super::operand::text_of;
use super::value::Value;
use crate::model::{Codec, Digits, Model, Type};
use crossdock_runtime::codec::{self, Codec as Reads};
use crossdock_runtime::json::{Scalar, Writer};
use crossdock_runtime::{Country, Currency, Decimal, Failure, Result, Unit, failure};
use std::borrow::Cow;

/// Reads a scalar of a type through a codec, and checks what the type bounds.
pub(super) fn decode<'v>(model: &Model, codec: &Codec, ty: &Type, raw: Scalar<'v>) -> Result<Value<'v>> {
    match codec {
        Codec::Plain => plain(model, ty, raw),
        Codec::Text => number(&codec::Text, ty, raw),
        Codec::Number => number(&codec::Number, ty, raw),
        Codec::Rfc3339 => codec::Rfc3339.decode(raw).map(Value::Timestamp),
        Codec::Rfc1123 => codec::Rfc1123.decode(raw).map(Value::Timestamp),
        Codec::IsoOffset => codec::IsoOffset.decode(raw).map(Value::Timestamp),
        Codec::EpochS => codec::EpochS.decode(raw).map(Value::Timestamp),
        Codec::EpochMs => codec::EpochMs.decode(raw).map(Value::Timestamp),
        Codec::Odata => match ty {
            Type::Date => codec::Odata.decode(raw).map(Value::Date),
            Type::Time => codec::Odata.decode(raw).map(Value::Time),
            Type::LocalTimestamp => codec::Odata.decode(raw).map(Value::Local),
            _ => codec::Odata.decode(raw).map(Value::Timestamp),
        },
        Codec::DatePattern(pattern) => {
            let codec = codec::DatePattern(pattern);
            match ty {
                Type::Date => codec.decode(raw).map(Value::Date),
                Type::Time => codec.decode(raw).map(Value::Time),
                _ => codec.decode(raw).map(Value::Local),
            }
        }
        Codec::Local(zone) => codec::Local(zone).decode(raw).map(Value::Timestamp),
        Codec::Implied(digits) => codec::Implied(*digits).decode(raw).and_then(|value| bounded(value, ty)),
        Codec::MinorUnits => codec::MinorUnits.decode(raw).and_then(|value| bounded(value, ty)),
        Codec::Padded(width) => match ty {
            Type::Int => codec::Padded(*width).decode(raw).map(Value::Int),
            _ => text(&codec::Padded(*width), raw).and_then(|text| checked(model, text, ty)),
        },
        Codec::YN => codec::YN.decode(raw).map(Value::Bool),
        Codec::ZeroOne => codec::ZeroOne.decode(raw).map(Value::Bool),
        Codec::Split(separator) => {
            let parts: Vec<Cow<'v, str>> = codec::Split(separator).decode(raw)?;
            let element = ty.element().map_or(&Type::STRING, Type::inner);
            parts.into_iter().map(|part| checked(model, part, element)).collect::<Result<Vec<_>>>().map(Value::list)
        }
        Codec::JsonText => text(&codec::JsonText, raw).map(Value::text),
    }
}

fn text<'v>(codec: &impl Reads<'v, Cow<'v, str>>, raw: Scalar<'v>) -> Result<Cow<'v, str>> {
    codec.decode(raw)
}

fn number<'v, C>(codec: &C, ty: &Type, raw: Scalar<'v>) -> Result<Value<'v>>
where
    C: Reads<'v, i64> + Reads<'v, Decimal> + MaybeBool<'v>,
{
    match ty {
        Type::Int => codec.decode(raw).map(Value::Int),
        Type::Bool => codec.bool(raw).map(Value::Bool),
        _ => codec.decode(raw).and_then(|value: Decimal| bounded(value, ty)),
    }
}

/// Codecs of numbers, of which one reads bools too.
trait MaybeBool<'v> {
    fn bool(&self, raw: Scalar<'v>) -> Result<bool>;
}

impl<'v> MaybeBool<'v> for codec::Text {
    fn bool(&self, raw: Scalar<'v>) -> Result<bool> {
        self.decode(raw)
    }
}

impl<'v> MaybeBool<'v> for codec::Number {
    fn bool(&self, _: Scalar<'v>) -> Result<bool> {
        Err(mistyped())
    }
}

fn plain<'v>(model: &Model, ty: &Type, raw: Scalar<'v>) -> Result<Value<'v>> {
    let codec = codec::Plain;
    match ty {
        Type::Bool => codec.decode(raw).map(Value::Bool),
        Type::Int => codec.decode(raw).map(Value::Int),
        Type::Decimal(_) => codec.decode(raw).and_then(|value: Decimal| bounded(value, ty)),
        Type::Bytes => codec.decode(raw).map(|bytes: Vec<u8>| Value::Bytes(bytes.into())),
        Type::Date => codec.decode(raw).map(Value::Date),
        Type::Time => codec.decode(raw).map(Value::Time),
        Type::Timestamp => codec.decode(raw).map(Value::Timestamp),
        Type::LocalTimestamp => codec.decode(raw).map(Value::Local),
        Type::Duration => codec.decode(raw).map(Value::Duration),
        Type::Currency => codec.decode(raw).map(Value::Currency),
        Type::Country => codec.decode(raw).map(Value::Country),
        Type::Unit => codec.decode(raw).map(Value::Unit),
        _ => text(&codec, raw).and_then(|text| checked(model, text, ty)),
    }
}

/// A canonical scalar: as on the wire, but that a decimal is text.
pub(super) fn decode_canonical<'v>(model: &Model, ty: &Type, raw: Scalar<'v>) -> Result<Value<'v>> {
    match ty {
        Type::Decimal(_) => decode(model, &Codec::Text, ty, raw),
        _ => plain(model, ty, raw),
    }
}

/// Text as a value of a type that is carried as text, or written as it.
fn checked<'v>(model: &Model, text: Cow<'v, str>, ty: &Type) -> Result<Value<'v>> {
    match ty {
        Type::Ref(_) => Ok(Value::Ref(text.into())),
        Type::Code(codes) => match model.codes[*codes].position(&text) {
            Some(position) => Ok(Value::Code(*codes, position)),
            None => {
                let list = &model.codes[*codes].name;
                let say = |quote: failure::Quote| format!("{} is no code of `{list}`", quote.text(&text));
                Err(Failure::quoting(failure::builtin::UNKNOWN_CODE, say))
            }
        },
        Type::Currency => Currency::parse(&text).map(Value::Currency),
        Type::Country => Country::parse(&text).map(Value::Country),
        Type::Unit => Unit::parse(&text).map(Value::Unit),
        _ => super::call::fit(Value::text(text), ty),
    }
}

fn bounded<'v>(value: Decimal, ty: &Type) -> Result<Value<'v>> {
    match ty {
        Type::Decimal(Digits { precision: None, scale: None }) => Ok(Value::Decimal(value)),
        _ => super::call::fit(Value::Decimal(value), ty),
    }
}

/// Writes a scalar of a type through a codec.
pub(super) fn encode(model: &Model, codec: &Codec, ty: &Type, value: &Value<'_>, w: &mut Writer) -> Result<()> {
    match (codec, value) {
        (Codec::Plain, Value::Decimal(value)) => codec::Plain.encode(value, w),
        (Codec::Plain, _) => {
            super::encode::write(model, ty, value, w);
            Ok(())
        }
        (Codec::Text, Value::Int(value)) => codec::Text.encode(value, w),
        (Codec::Text, Value::Decimal(value)) => codec::Text.encode(value, w),
        (Codec::Text, Value::Bool(value)) => codec::Text.encode(value, w),
        (Codec::Number, Value::Int(value)) => codec::Number.encode(value, w),
        (Codec::Number, Value::Decimal(value)) => codec::Number.encode(value, w),
        (Codec::Rfc3339, Value::Timestamp(value)) => codec::Rfc3339.encode(value, w),
        (Codec::Rfc1123, Value::Timestamp(value)) => codec::Rfc1123.encode(value, w),
        (Codec::IsoOffset, Value::Timestamp(value)) => codec::IsoOffset.encode(value, w),
        (Codec::EpochS, Value::Timestamp(value)) => codec::EpochS.encode(value, w),
        (Codec::EpochMs, Value::Timestamp(value)) => codec::EpochMs.encode(value, w),
        (Codec::Odata, Value::Date(value)) => codec::Odata.encode(value, w),
        (Codec::Odata, Value::Time(value)) => codec::Odata.encode(value, w),
        (Codec::Odata, Value::Local(value)) => codec::Odata.encode(value, w),
        (Codec::Odata, Value::Timestamp(value)) => codec::Odata.encode(value, w),
        (Codec::DatePattern(pattern), Value::Date(value)) => codec::DatePattern(pattern).encode(value, w),
        (Codec::DatePattern(pattern), Value::Time(value)) => codec::DatePattern(pattern).encode(value, w),
        (Codec::DatePattern(pattern), Value::Local(value)) => codec::DatePattern(pattern).encode(value, w),
        (Codec::Local(zone), Value::Timestamp(value)) => codec::Local(zone).encode(value, w),
        (Codec::Implied(digits), Value::Decimal(value)) => codec::Implied(*digits).encode(value, w),
        (Codec::MinorUnits, Value::Decimal(value)) => codec::MinorUnits.encode(value, w),
        (Codec::Padded(width), Value::Int(value)) => codec::Padded(*width).encode(value, w),
        (Codec::Padded(width), Value::Text(text)) => codec::Padded(*width).encode(&Cow::Borrowed(&**text), w),
        (Codec::YN, Value::Bool(value)) => codec::YN.encode(value, w),
        (Codec::ZeroOne, Value::Bool(value)) => codec::ZeroOne.encode(value, w),
        (Codec::Split(separator), Value::List(items)) => {
            let parts: Vec<Cow<'_, str>> = items.iter().map(|item| spelled(model, item)).collect::<Result<_>>()?;
            codec::Split(separator).encode(&parts, w)
        }
        (Codec::JsonText, Value::Text(text)) => codec::JsonText.encode(&Cow::Borrowed(&**text), w),
        _ => Err(mistyped()),
    }
}

/// An element of what is written into one text.
fn spelled<'a>(model: &'a Model, value: &'a Value<'_>) -> Result<Cow<'a, str>> {
    Ok(match value {
        Value::Currency(value) => Cow::Borrowed(value.as_str()),
        Value::Country(value) => Cow::Borrowed(value.as_str()),
        Value::Unit(value) => Cow::Borrowed(value.as_str()),
        Value::Code(codes, position) => {
            Cow::Borrowed(model.codes[*codes].codes.get(usize::from(*position)).map_or("", |code| &code.code))
        }
        Value::Ref(text) => Cow::Borrowed(&**text),
        other => Cow::Borrowed(&**text_of(other)?),
    })
}
