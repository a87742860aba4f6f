//! JSON's natural form of each type.

use super::{Codec, text};
use crate::country::Country;
use crate::currency::Currency;
use crate::decimal::Decimal;
use crate::failure::{Failure, Result};
use crate::json::{Scalar, Writer};
use crate::time::{Date, Duration, LocalTimestamp, Time, Timestamp, parse_date, parse_local, parse_time};
use crate::unit::Unit;
use std::borrow::Cow;

/// Numbers as numbers, bools as bools, everything else as text: ISO 8601 for dates and times, RFC 3339 for timestamps,
/// `3.5s` for durations, base64 for bytes, the codes of currencies, countries and units.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

/// An int from a number's text: `12`, and `12.0` or `1.2E1`, which are the same number.
#[inline]
pub(super) fn int(digits: &str) -> Result<i64> {
    if let Ok(int) = digits.parse::<i64>() {
        return Ok(int);
    }
    Decimal::parse(digits).and_then(Decimal::to_int).map_err(|_| Failure::expected("an int of 64 bits", digits))
}

impl<'a> Codec<'a, i64> for Plain {
    #[inline]
    fn decode(&self, raw: Scalar<'a>) -> Result<i64> {
        match raw {
            Scalar::Num(digits) => int(digits),
            other => Err(other.unexpected("an int")),
        }
    }

    fn encode(&self, value: &i64, w: &mut Writer) -> Result<()> {
        w.int(*value);
        Ok(())
    }
}

impl<'a> Codec<'a, Decimal> for Plain {
    #[inline]
    fn decode(&self, raw: Scalar<'a>) -> Result<Decimal> {
        match raw {
            Scalar::Num(digits) => Decimal::parse(digits),
            other => Err(other.unexpected("a number")),
        }
    }

    fn encode(&self, value: &Decimal, w: &mut Writer) -> Result<()> {
        w.number(value.text().as_str());
        Ok(())
    }
}

impl<'a> Codec<'a, bool> for Plain {
    #[inline]
    fn decode(&self, raw: Scalar<'a>) -> Result<bool> {
        match raw {
            Scalar::Bool(value) => Ok(value),
            other => Err(other.unexpected("a bool")),
        }
    }

    fn encode(&self, value: &bool, w: &mut Writer) -> Result<()> {
        w.bool(*value);
        Ok(())
    }
}

impl<'a> Codec<'a, Cow<'a, str>> for Plain {
    #[inline]
    fn decode(&self, raw: Scalar<'a>) -> Result<Cow<'a, str>> {
        text(raw, "text")
    }

    fn encode(&self, value: &Cow<'a, str>, w: &mut Writer) -> Result<()> {
        w.str(value);
        Ok(())
    }
}

impl<'a> Codec<'a, String> for Plain {
    fn decode(&self, raw: Scalar<'a>) -> Result<String> {
        text(raw, "text").map(Cow::into_owned)
    }

    fn encode(&self, value: &String, w: &mut Writer) -> Result<()> {
        w.str(value);
        Ok(())
    }
}

impl<'a> Codec<'a, Vec<u8>> for Plain {
    fn decode(&self, raw: Scalar<'a>) -> Result<Vec<u8>> {
        crate::bytes::from_base64(&text(raw, "bytes in base64")?)
    }

    fn encode(&self, value: &Vec<u8>, w: &mut Writer) -> Result<()> {
        w.plain_str(&crate::bytes::to_base64(value));
        Ok(())
    }
}

/// Types whose natural form is a text without characters that need escapes.
macro_rules! as_text {
    ($($ty:ty: $parse:expr, $what:literal;)*) => {$(
        impl<'a> Codec<'a, $ty> for Plain {
            #[inline]
            fn decode(&self, raw: Scalar<'a>) -> Result<$ty> {
                $parse(&text(raw, $what)?)
            }

            fn encode(&self, value: &$ty, w: &mut Writer) -> Result<()> {
                w.display(value);
                Ok(())
            }
        }
    )*};
}

as_text! {
    Date: parse_date, "a date as text";
    Time: parse_time, "a time as text";
    LocalTimestamp: parse_local, "a date and time as text";
    Timestamp: Timestamp::parse_rfc3339, "a timestamp as text";
    Duration: Duration::parse, "a duration as text";
    Currency: Currency::parse, "a currency code as text";
    Country: Country::parse, "a country code as text";
    Unit: Unit::parse, "a unit code as text";
}
