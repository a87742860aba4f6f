//! Arithmetic that is exact or fails: addition keeps the larger scale, multiplication the sum, and digits are only given
//! up where the caller names the scale and the way to round.

use super::rounding::Remainder;
use super::{Decimal, MAX_SCALE, Rounding, power_of_ten};
use crate::failure::{Failure, Result, builtin};
use core::cmp::Ordering;

/// The first magnitude that a decimal does not hold.
const BEYOND: u128 = 1 << 96;

#[allow(clippy::should_implement_trait, reason = "operators can't fail; these do")]
impl Decimal {
    /// The sum, with the larger scale of the two.
    #[inline]
    pub fn add(self, other: Self) -> Result<Self> {
        self.sum(other.mantissa(), other.scale()).ok_or_else(|| too_large("sum"))
    }

    /// The difference, with the larger scale of the two.
    #[inline]
    pub fn sub(self, other: Self) -> Result<Self> {
        self.sum(-other.mantissa(), other.scale()).ok_or_else(|| too_large("difference"))
    }

    #[inline]
    fn sum(self, other: i128, other_scale: u32) -> Option<Self> {
        let (mantissa, scale) = (self.mantissa(), self.scale());
        // A magnitude that leaves 127 bits when aligned can't be brought back below 2^96 by the other operand.
        match scale.cmp(&other_scale) {
            Ordering::Equal => Self::from_mantissa(mantissa + other, scale),
            Ordering::Greater => {
                let aligned = other.checked_mul(power_of_ten(scale - other_scale)?)?;
                Self::from_mantissa(mantissa.checked_add(aligned)?, scale)
            }
            Ordering::Less => {
                let aligned = mantissa.checked_mul(power_of_ten(other_scale - scale)?)?;
                Self::from_mantissa(aligned.checked_add(other)?, other_scale)
            }
        }
    }

    /// The product, with the sum of the scales.
    #[inline]
    pub fn mul(self, other: Self) -> Result<Self> {
        self.mantissa()
            .checked_mul(other.mantissa())
            .and_then(|product| Self::from_mantissa(product, self.scale() + other.scale()))
            .ok_or_else(|| too_large("product"))
    }

    /// The negated number; it always fits.
    #[inline]
    #[must_use]
    pub fn neg(self) -> Self {
        if self.is_zero() { self } else { Self(-self.0) }
    }

    /// The number without its sign.
    #[inline]
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// What is left of `self` after taking `other` from it a whole number of times, with the sign of `self` and the
    /// larger scale.
    pub fn rem(self, other: Self) -> Result<Self> {
        if other.is_zero() {
            return Err(by_zero());
        }
        let scale = self.scale().max(other.scale());
        let aligned = |d: Self| d.mantissa().checked_mul(power_of_ten(scale - d.scale())?);
        aligned(self)
            .zip(aligned(other))
            .and_then(|(a, b)| Self::from_mantissa(a.checked_rem(b)?, scale))
            .ok_or_else(|| too_large("remainder"))
    }

    /// The quotient, rounded to exactly `scale` decimals.
    pub fn div(self, other: Self, scale: u32, rounding: Rounding) -> Result<Self> {
        if other.is_zero() {
            return Err(by_zero());
        }
        let negative = self.is_negative() != other.is_negative();
        check_scale(scale)?;
        let (dividend, divisor) = (self.mantissa().unsigned_abs(), other.mantissa().unsigned_abs());
        // The quotient of the whole numbers is still to be multiplied by ten to (scale + other.scale - self.scale).
        let (wanted, given) = (scale + other.scale(), self.scale());
        let quotient = if wanted >= given {
            divide_up(dividend, divisor, wanted - given)
        } else {
            Some(divide_down(dividend, divisor, given - wanted))
        };
        quotient
            .and_then(|(quotient, remainder)| finish(quotient, remainder, negative, scale, rounding))
            .ok_or_else(|| too_large("quotient"))
    }

    /// The number rounded to exactly `scale` decimals.
    pub fn round(self, scale: u32, rounding: Rounding) -> Result<Self> {
        check_scale(scale)?;
        let (mantissa, given) = (self.mantissa(), self.scale());
        let rounded = if scale >= given {
            power_of_ten(scale - given)
                .and_then(|power| mantissa.checked_mul(power))
                .and_then(|mantissa| Self::from_mantissa(mantissa, scale))
        } else {
            let (quotient, remainder) = divide_down(mantissa.unsigned_abs(), 1, given - scale);
            finish(quotient, remainder, mantissa < 0, scale, rounding)
        };
        rounded.ok_or_else(|| too_large("rounded number"))
    }

    /// The number itself if it has at most `precision` digits, `scale` of them decimals; zeros beyond the scale are taken
    /// away, anything else fails with `digits_lost`. With both bounds, `precision - scale` digits may stand before the
    /// decimal point.
    pub fn fit(self, precision: Option<u32>, scale: Option<u32>) -> Result<Self> {
        self.fitted(precision, scale).ok_or_else(|| {
            let bound = match (precision, scale) {
                (Some(precision), Some(scale)) => format!("decimal({precision},{scale})"),
                (Some(precision), None) => format!("a decimal of {precision} digits"),
                (None, Some(scale)) => format!("a decimal with {scale} decimals"),
                (None, None) => "a decimal".to_owned(),
            };
            Failure::quoting(builtin::DIGITS_LOST, |quote| {
                format!("{} does not fit {bound}", quote.value("a number", self))
            })
        })
    }

    fn fitted(self, precision: Option<u32>, scale: Option<u32>) -> Option<Self> {
        let mut fitted = self;
        if let Some(most) = scale
            && self.scale() > most
        {
            let cut = power_of_ten(self.scale() - most)?;
            if self.mantissa() % cut != 0 {
                return None;
            }
            fitted = Self::from_mantissa(self.mantissa() / cut, most)?;
        }
        let Some(precision) = precision else { return Some(fitted) };
        let digits = match scale {
            Some(scale) => precision.saturating_sub(scale) + fitted.scale(),
            None => precision,
        };
        // A power that does not fit 127 bits is above every decimal.
        let within = power_of_ten(digits).is_none_or(|limit| fitted.mantissa().unsigned_abs() < limit.unsigned_abs());
        within.then_some(fitted)
    }
}

/// A scale as expressions give it, an int: 0 to 28.
pub fn scale_of(scale: i64) -> Result<u32> {
    u32::try_from(scale).ok().filter(|scale| *scale <= MAX_SCALE).ok_or_else(|| bad_scale(scale))
}

fn check_scale(scale: u32) -> Result<()> {
    if scale <= MAX_SCALE { Ok(()) } else { Err(bad_scale(i64::from(scale))) }
}

/// `dividend * 10^exponent / divisor`, both below 2^96, with what was left over; none at 2^96 and above.
fn divide_up(dividend: u128, divisor: u128, exponent: u32) -> Option<(u128, Remainder)> {
    if let Some(all) = power_of_ten(exponent).and_then(|power| dividend.checked_mul(power.unsigned_abs())) {
        return Some((all / divisor, Remainder::of(all % divisor, divisor)));
    }
    // Digit by digit, as on paper: the remainder times ten always fits.
    let (mut quotient, mut left) = (dividend / divisor, dividend % divisor);
    for _ in 0..exponent {
        left *= 10;
        quotient = quotient * 10 + left / divisor;
        left %= divisor;
        if quotient >= BEYOND {
            return None;
        }
    }
    Some((quotient, Remainder::of(left, divisor)))
}

/// `dividend / (divisor * 10^exponent)`, both below 2^96, with what was left over.
fn divide_down(dividend: u128, divisor: u128, exponent: u32) -> (u128, Remainder) {
    let scaled = power_of_ten(exponent).and_then(|power| divisor.checked_mul(power.unsigned_abs()));
    match scaled {
        Some(divisor) if divisor < 1 << 127 => (dividend / divisor, Remainder::of(dividend % divisor, divisor)),
        _ if dividend == 0 => (0, Remainder::Zero),
        // The divisor is more than 2^30 times the dividend.
        _ => (0, Remainder::BelowHalf),
    }
}

fn finish(quotient: u128, remainder: Remainder, negative: bool, scale: u32, rounding: Rounding) -> Option<Decimal> {
    let grows = rounding.grows(remainder, quotient % 2 == 1, negative);
    let magnitude = i128::try_from(quotient).ok()?.checked_add(i128::from(grows))?;
    Decimal::from_mantissa(if negative { -magnitude } else { magnitude }, scale)
}

#[cold]
fn too_large(what: &str) -> Failure {
    Failure::new(builtin::OVERFLOW, format!("the {what} does not fit an exact decimal of 28 digits"))
}

#[cold]
fn by_zero() -> Failure {
    Failure::new(builtin::DIVIDE_BY_ZERO, "a decimal is divided by zero")
}

#[cold]
fn bad_scale(scale: i64) -> Failure {
    Failure::new(builtin::INVALID_ARGUMENT, format!("a scale lies between 0 and {MAX_SCALE}, not at {scale}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    fn code(result: Result<Decimal>) -> String {
        result.map_or_else(|failure| failure.code().to_owned(), |value| value.to_string())
    }

    #[test]
    fn scales_follow_the_rules() {
        assert_eq!(code(d("1.50").add(d("2.5"))), "4.00");
        assert_eq!(code(d("1").sub(d("1.000"))), "0.000");
        assert_eq!(code(d("1.50").mul(d("2.0"))), "3.000");
        assert_eq!(d("-0.00").neg().to_string(), "0.00");
        assert_eq!(code(d("-7.5").rem(d("2"))), "-1.5");
    }

    #[test]
    fn never_rounds_silently() {
        assert_eq!(code(d("1e27").add(d("0.5"))), "1000000000000000000000000000.5");
        assert_eq!(code(d("1e28").add(d("0.5"))), "overflow");
        assert_eq!(code(d("0.0000000000000000000000000001").mul(d("0.1"))), "overflow");
        assert_eq!(code(d("12345678901234567890.12").mul(d("12345678901.5"))), "overflow");
        assert_eq!(code(d("79228162514264337593543950335").add(d("1"))), "overflow");
        assert_eq!(code(d("79228162514264337593543950335").add(d("-1"))), "79228162514264337593543950334");
        assert_eq!(code(d("-79228162514264337593543950335").sub(d("0.1"))), "overflow");
        assert_eq!(code(d("0.1").rem(d("79228162514264337593543950335"))), "0.1");
    }

    #[test]
    fn divides_with_a_named_scale() {
        assert_eq!(code(d("10").div(d("3"), 4, Rounding::HalfEven)), "3.3333");
        assert_eq!(code(d("-2").div(d("3"), 0, Rounding::HalfUp)), "-1");
        assert_eq!(code(d("1").div(d("3"), 28, Rounding::Down)), "0.3333333333333333333333333333");
        // The dividend leaves 128 bits when it is scaled up; the quotient does not.
        let all = d("79228162514264337593543950335");
        assert_eq!(code(all.div(all, 28, Rounding::Down)), "1.0000000000000000000000000000");
        assert_eq!(
            code(all.div(d("79228162514264337593543950334"), 27, Rounding::Up)),
            "1.000000000000000000000000001"
        );
        assert_eq!(code(all.div(d("0.1"), 0, Rounding::Down)), "overflow");
        assert_eq!(code(d("0.0000000000000000000000000001").div(all, 0, Rounding::Up)), "1");
        assert_eq!(code(d("0.0000000000000000000000000001").div(all, 0, Rounding::HalfUp)), "0");
        assert_eq!(code(d("1").div(d("0.00"), 2, Rounding::Up)), "divide_by_zero");
        assert_eq!(code(d("1").div(d("1"), 29, Rounding::Up)), "invalid_argument");
    }

    #[test]
    fn rounds_each_way() {
        let all = |text: &str| {
            let rounded = Rounding::NAMES.iter().map(|(_, mode)| d(text).round(0, *mode).unwrap().to_string());
            rounded.collect::<Vec<_>>().join(" ")
        };
        // half_even half_up half_down up down ceiling floor
        assert_eq!(all("2.5"), "2 3 2 3 2 3 2");
        assert_eq!(all("3.5"), "4 4 3 4 3 4 3");
        assert_eq!(all("-2.5"), "-2 -3 -2 -3 -2 -2 -3");
        assert_eq!(all("2.51"), "3 3 3 3 2 3 2");
        assert_eq!(all("2.49"), "2 2 2 3 2 3 2");
        assert_eq!(all("-0.1"), "0 0 0 -1 0 0 -1");
        assert_eq!(all("2.0"), "2 2 2 2 2 2 2");
        assert_eq!(code(d("1.5").round(3, Rounding::Up)), "1.500");
        assert_eq!(code(d("1e28").round(3, Rounding::Up)), "overflow");
    }

    #[test]
    fn fits_only_what_fits() {
        let fit = |text: &str, precision, scale| code(d(text).fit(precision, scale));
        assert_eq!(fit("1.500", None, Some(2)), "1.50");
        assert_eq!(fit("1.5", None, Some(2)), "1.5");
        assert_eq!(fit("1.505", None, Some(2)), "digits_lost");
        assert_eq!(fit("9999999999.99", Some(12), Some(2)), "9999999999.99");
        assert_eq!(fit("10000000000", Some(12), Some(2)), "digits_lost");
        assert_eq!(fit("10000000000.00", Some(12), Some(2)), "digits_lost");
        assert_eq!(fit("123456", Some(5), None), "digits_lost");
        assert_eq!(fit("79228162514264337593543950335", Some(40), Some(2)), "79228162514264337593543950335");
    }

    #[test]
    fn becomes_an_int_only_exactly() {
        assert_eq!(d("139000000.0").to_int().unwrap(), 139_000_000);
        assert_eq!(d("-9223372036854775808").to_int().unwrap(), i64::MIN);
        assert_eq!(d("9223372036854775808").to_int().unwrap_err().code(), "overflow");
        assert_eq!(d("1.5").to_int().unwrap_err().code(), "digits_lost");
    }
}
