//! Money: an exact amount of one currency. Amounts of different currencies are never added or compared.

use crate::currency::Currency;
use crate::decimal::{Decimal, Rounding};
use crate::failure::{Failure, Quote, Result, builtin};
use core::cmp::Ordering;
use core::fmt;
use serde::{Deserialize, Serialize};

/// An amount of a currency. Equal are amounts of the same value and currency; JSON: `{"amount": "12.50", "currency": "USD"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// How much.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

#[allow(clippy::should_implement_trait, reason = "operators can't fail; these do")]
impl Money {
    /// An amount of a currency.
    #[inline]
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The sum; `currency_mismatch` or `overflow`.
    pub fn add(self, other: Self) -> Result<Self> {
        self.same(other)?;
        Ok(Self { amount: self.amount.add(other.amount)?, ..self })
    }

    /// The difference; `currency_mismatch` or `overflow`.
    pub fn sub(self, other: Self) -> Result<Self> {
        self.same(other)?;
        Ok(Self { amount: self.amount.sub(other.amount)?, ..self })
    }

    /// The amount times a number.
    pub fn mul(self, by: Decimal) -> Result<Self> {
        Ok(Self { amount: self.amount.mul(by)?, ..self })
    }

    /// The amount divided by a number, rounded to exactly `scale` decimals.
    pub fn div(self, by: Decimal, scale: u32, rounding: Rounding) -> Result<Self> {
        Ok(Self { amount: self.amount.div(by, scale, rounding)?, ..self })
    }

    /// The amount rounded to exactly `scale` decimals.
    pub fn round(self, scale: u32, rounding: Rounding) -> Result<Self> {
        Ok(Self { amount: self.amount.round(scale, rounding)?, ..self })
    }

    /// The negated amount.
    #[must_use]
    pub fn neg(self) -> Self {
        Self { amount: self.amount.neg(), ..self }
    }

    /// The amount without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self { amount: self.amount.abs(), ..self }
    }

    /// Which of the two is more; `currency_mismatch`.
    pub fn compare(self, other: Self) -> Result<Ordering> {
        self.same(other)?;
        Ok(self.amount.cmp(&other.amount))
    }

    fn same(self, other: Self) -> Result<()> {
        if self.currency == other.currency {
            return Ok(());
        }
        let say = |quote: Quote| {
            format!(
                "{} and {} are different currencies",
                quote.value("a currency", self.currency),
                quote.value("the other", other.currency)
            )
        };
        Err(Failure::quoting(builtin::CURRENCY_MISMATCH, say))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money::new(Decimal::parse(amount).unwrap(), Currency::parse(currency).unwrap())
    }

    #[test]
    fn does_not_mix_currencies() {
        assert_eq!(money("1.50", "USD").add(money("1", "USD")).unwrap(), money("2.5", "USD"));
        assert_eq!(money("1", "USD").add(money("1", "EUR")).unwrap_err().code(), "currency_mismatch");
        assert_eq!(money("1", "USD").compare(money("1", "EUR")).unwrap_err().code(), "currency_mismatch");
        assert_ne!(money("0", "USD"), money("0", "EUR"));
    }

    #[test]
    fn is_an_object_in_json() {
        let json = r#"{"amount":"12.50","currency":"USD"}"#;
        assert_eq!(serde_json::to_string(&money("12.50", "USD")).unwrap(), json);
        assert_eq!(serde_json::from_str::<Money>(json).unwrap(), money("12.5", "USD"));
    }
}
