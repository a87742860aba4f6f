//! Numbers in other forms than their natural one.

use super::{Codec, Plain, digits};
use crate::decimal::Decimal;
use crate::failure::{Failure, Quote, Result, builtin};
use crate::json::{Scalar, Writer};

/// An int or decimal as a JSON number, where another form would be usual.
#[derive(Debug, Clone, Copy, Default)]
pub struct Number;

impl<'a> Codec<'a, i64> for Number {
    #[inline]
    fn decode(&self, raw: Scalar<'a>) -> Result<i64> {
        Plain.decode(raw)
    }

    fn encode(&self, value: &i64, w: &mut Writer) -> Result<()> {
        Plain.encode(value, w)
    }
}

impl<'a> Codec<'a, Decimal> for Number {
    #[inline]
    fn decode(&self, raw: Scalar<'a>) -> Result<Decimal> {
        Plain.decode(raw)
    }

    fn encode(&self, value: &Decimal, w: &mut Writer) -> Result<()> {
        Plain.encode(value, w)
    }
}

/// Digits with so many decimals implied: `12345` with two is 123.45. Read as number or text, written as number. More
/// decimals than implied fail with `digits_lost`.
#[derive(Debug, Clone, Copy)]
pub struct Implied(pub u32);

impl<'a> Codec<'a, Decimal> for Implied {
    fn decode(&self, raw: Scalar<'a>) -> Result<Decimal> {
        let digits = digits(raw, "digits with implied decimals")?;
        let whole = super::plain::int(&digits)?;
        Decimal::from_mantissa(i128::from(whole), self.0)
            .ok_or_else(|| Failure::new(builtin::INVALID_ARGUMENT, format!("{} decimals are too many", self.0)))
    }

    fn encode(&self, value: &Decimal, w: &mut Writer) -> Result<()> {
        let lost = || {
            let say =
                |quote: Quote| format!("{} does not fit {} implied decimals", quote.value("a number", value), self.0);
            Failure::quoting(builtin::DIGITS_LOST, say)
        };
        let exact = value.fit(None, Some(self.0))?.round(self.0, crate::Rounding::Down)?;
        let whole = Decimal::from_mantissa(exact.mantissa(), 0).ok_or_else(lost)?;
        w.number(whole.text().as_str());
        Ok(())
    }
}

/// An amount counted in cents: two implied decimals. Amounts of other currencies have their own count, which the currency
/// knows; where it travels along, use [`Implied`] with [`crate::Currency::minor_units`].
#[derive(Debug, Clone, Copy, Default)]
pub struct MinorUnits;

impl<'a> Codec<'a, Decimal> for MinorUnits {
    fn decode(&self, raw: Scalar<'a>) -> Result<Decimal> {
        Implied(2).decode(raw)
    }

    fn encode(&self, value: &Decimal, w: &mut Writer) -> Result<()> {
        Implied(2).encode(value, w)
    }
}

/// Another codec for decimals, within bounds of precision and scale; what does not fit fails with `digits_lost`.
#[derive(Debug, Clone, Copy)]
pub struct Digits<C>(pub C, pub Option<u32>, pub Option<u32>);

impl<'a, C: Codec<'a, Decimal>> Codec<'a, Decimal> for Digits<C> {
    fn decode(&self, raw: Scalar<'a>) -> Result<Decimal> {
        self.0.decode(raw)?.fit(self.1, self.2)
    }

    fn encode(&self, value: &Decimal, w: &mut Writer) -> Result<()> {
        self.0.encode(&value.fit(self.1, self.2)?, w)
    }
}
