//! The one decimal type: exact, or a failure. There is no binary float anywhere.
//!
//! A value is a whole number below 2^96 (every number of 28 digits, some of 29) and a scale, the count of its decimals, of
//! at most 28. `rust_decimal` holds it, but none of its arithmetic is used: that rounds silently where digits run out.
//! The scale is kept (`1.50` stays `1.50`), while equality, order and hash go by value. There is no negative zero.

mod arithmetic;
mod parse;
mod rounding;
mod show;

pub use arithmetic::scale_of;
pub use rounding::Rounding;
pub use show::DecimalText;

use crate::failure::{Failure, Result, builtin};
use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

/// The most decimals that a value can have.
pub const MAX_SCALE: u32 = 28;

/// An exact decimal number.
#[derive(Clone, Copy)]
pub struct Decimal(rust_decimal::Decimal);

const POWERS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut rest: &mut [i128] = &mut powers;
    let mut power: i128 = 1;
    while let Some((first, others)) = rest.split_first_mut() {
        *first = power;
        // The last one has no successor within the type.
        power = power.wrapping_mul(10);
        rest = others;
    }
    powers
};

/// Ten to a power, as long as it fits.
#[inline]
fn power_of_ten(exponent: u32) -> Option<i128> {
    POWERS.get(exponent as usize).copied()
}

impl Decimal {
    /// 0, without decimals.
    pub const ZERO: Self = Self(rust_decimal::Decimal::ZERO);

    /// `mantissa` divided by ten to the `scale`; none beyond 96 bits or 28 decimals.
    #[inline]
    pub fn from_mantissa(mantissa: i128, scale: u32) -> Option<Self> {
        rust_decimal::Decimal::try_from_i128_with_scale(mantissa, scale).ok().map(Self)
    }

    /// A constant in generated code: `mantissa` divided by ten to the `scale`, which is at most 28.
    #[must_use]
    pub const fn constant(mantissa: i64, scale: u32) -> Self {
        debug_assert!(scale <= MAX_SCALE, "the scale of a constant is at most 28");
        let digits = mantissa.unsigned_abs();
        #[allow(clippy::cast_possible_truncation, reason = "the two halves of the number")]
        let (low, high) = (digits as u32, (digits >> 32) as u32);
        Self(rust_decimal::Decimal::from_parts(low, high, 0, mantissa < 0, scale))
    }

    /// `units` at a scale of at most 28, as generated code writes constants; zero beyond that.
    #[must_use]
    pub fn new(units: i64, scale: u32) -> Self {
        Self::from_mantissa(i128::from(units), scale).unwrap_or(Self::ZERO)
    }

    /// A whole number, without decimals.
    #[inline]
    pub fn from_int(value: i64) -> Self {
        Self(value.into())
    }

    /// The whole number that this is; decimals that are not zero fail with `digits_lost`.
    pub fn to_int(self) -> Result<i64> {
        let divisor = power_of_ten(self.scale()).unwrap_or(1);
        let mantissa = self.mantissa();
        if mantissa % divisor != 0 {
            return Err(Failure::quoting(builtin::DIGITS_LOST, |quote| {
                format!("{} is not a whole number", quote.value("a number", self))
            }));
        }
        i64::try_from(mantissa / divisor).map_err(|_| {
            Failure::quoting(builtin::OVERFLOW, |quote| {
                format!("{} does not fit an int of 64 bits", quote.value("a number", self))
            })
        })
    }

    /// The number without its decimal point.
    #[inline]
    pub fn mantissa(self) -> i128 {
        self.0.mantissa()
    }

    /// How many decimals it is written with.
    #[inline]
    pub fn scale(self) -> u32 {
        self.0.scale()
    }

    /// Whether it is 0.
    #[inline]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is below 0.
    #[inline]
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }

    /// The same number of another crate's type, for code outside of mappings.
    pub fn to_rust_decimal(self) -> rust_decimal::Decimal {
        self.0
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self::from_int(value)
    }
}

impl From<rust_decimal::Decimal> for Decimal {
    fn from(value: rust_decimal::Decimal) -> Self {
        // Without a negative zero.
        if value.is_zero() { Self(value.abs()) } else { Self(value) }
    }
}

impl Default for Decimal {
    fn default() -> Self {
        Self::ZERO
    }
}

impl PartialEq for Decimal {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        if self.scale() == other.scale() { self.mantissa().cmp(&other.mantissa()) } else { self.0.cmp(&other.0) }
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (mut mantissa, mut scale) = (self.mantissa(), self.scale());
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        mantissa.hash(state);
        scale.hash(state);
    }
}
