//! Quantities: an exact value in one unit. Values in different units are never added, compared or converted: a unit is a
//! trading unit (pieces, cases), whose factor belongs to the item.

use crate::decimal::{Decimal, Rounding};
use crate::failure::{Failure, Quote, Result, builtin};
use crate::unit::Unit;
use core::cmp::Ordering;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A value in a unit. Equal are the same values in the same unit; JSON: `{"value": "12", "unit": "EA"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// How much.
    pub value: Decimal,
    /// In what.
    pub unit: Unit,
}

#[allow(clippy::should_implement_trait, reason = "operators can't fail; these do")]
impl Quantity {
    /// A value in a unit.
    #[inline]
    pub fn new(value: Decimal, unit: Unit) -> Self {
        Self { value, unit }
    }

    /// The sum; `unit_mismatch` or `overflow`.
    pub fn add(self, other: Self) -> Result<Self> {
        self.same(other)?;
        Ok(Self { value: self.value.add(other.value)?, ..self })
    }

    /// The difference; `unit_mismatch` or `overflow`.
    pub fn sub(self, other: Self) -> Result<Self> {
        self.same(other)?;
        Ok(Self { value: self.value.sub(other.value)?, ..self })
    }

    /// The value times a number.
    pub fn mul(self, by: Decimal) -> Result<Self> {
        Ok(Self { value: self.value.mul(by)?, ..self })
    }

    /// The value divided by a number, rounded to exactly `scale` decimals.
    pub fn div(self, by: Decimal, scale: u32, rounding: Rounding) -> Result<Self> {
        Ok(Self { value: self.value.div(by, scale, rounding)?, ..self })
    }

    /// The value rounded to exactly `scale` decimals.
    pub fn round(self, scale: u32, rounding: Rounding) -> Result<Self> {
        Ok(Self { value: self.value.round(scale, rounding)?, ..self })
    }

    /// The negated value.
    #[must_use]
    pub fn neg(self) -> Self {
        Self { value: self.value.neg(), ..self }
    }

    /// The value without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self { value: self.value.abs(), ..self }
    }

    /// Which of the two is more; `unit_mismatch`.
    pub fn compare(self, other: Self) -> Result<Ordering> {
        self.same(other)?;
        Ok(self.value.cmp(&other.value))
    }

    fn same(self, other: Self) -> Result<()> {
        if self.unit == other.unit {
            return Ok(());
        }
        let say = |quote: Quote| {
            format!(
                "{} and {} are different units",
                quote.value("a unit", self.unit),
                quote.value("the other", other.unit)
            )
        };
        Err(Failure::quoting(builtin::UNIT_MISMATCH, say))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(value: &str, unit: &str) -> Quantity {
        Quantity::new(Decimal::parse(value).unwrap(), Unit::parse(unit).unwrap())
    }

    #[test]
    fn does_not_mix_units() {
        assert_eq!(quantity("1.50", "EA").add(quantity("1", "EA")).unwrap(), quantity("2.5", "EA"));
        assert_eq!(quantity("1", "EA").add(quantity("1", "BX")).unwrap_err().code(), "unit_mismatch");
        assert_eq!(quantity("1", "EA").compare(quantity("1", "BX")).unwrap_err().code(), "unit_mismatch");
        assert_ne!(quantity("0", "EA"), quantity("0", "BX"));
    }

    #[test]
    fn is_an_object_in_json() {
        let json = r#"{"value":"12.50","unit":"EA"}"#;
        assert_eq!(serde_json::to_string(&quantity("12.50", "EA")).unwrap(), json);
        assert_eq!(serde_json::from_str::<Quantity>(json).unwrap(), quantity("12.5", "EA"));
    }
}
