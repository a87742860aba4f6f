//! Exact spans of time.
//!
//! Text everywhere, canonical JSON included, is CEL's and Protobuf's: seconds with a fraction and `s` (`5400s`, `3.5s`).
//! Read are also the units h, m, s, ms, us, ns, added up (`1h30m`).

use crate::decimal::Decimal;
use crate::failure::{Failure, Result};
use core::fmt;
use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// 10,000 years, as Protobuf bounds durations.
const MOST_SECONDS: i64 = 315_576_000_000;
const NANOS: i128 = 1_000_000_000;

/// A span of time, exact to the nanosecond, of at most 10,000 years either way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(SignedDuration);

#[allow(clippy::should_implement_trait, reason = "operators can't fail; these do")]
impl Duration {
    /// Seconds and nanoseconds, added up; `overflow` beyond 10,000 years.
    pub fn new(seconds: i64, nanoseconds: i64) -> Result<Self> {
        Self::of_nanos(i128::from(seconds) * NANOS + i128::from(nanoseconds)).ok_or_else(out_of_range)
    }

    fn of_nanos(nanoseconds: i128) -> Option<Self> {
        let within = nanoseconds.unsigned_abs() <= u128::from(MOST_SECONDS.unsigned_abs()) * NANOS.unsigned_abs();
        within.then(|| SignedDuration::try_from_nanos_i128(nanoseconds)).flatten().map(Self)
    }

    /// `1h30m`, `3.5s`, `-250ms`, `0`; anything else fails with `decode_failed`.
    pub fn parse(text: &str) -> Result<Self> {
        read(text).and_then(Self::of_nanos).ok_or_else(|| Failure::expected("a duration such as 1h30m or 3.5s", text))
    }

    /// The whole seconds, towards zero.
    pub fn seconds(self) -> i64 {
        self.0.as_secs()
    }

    /// What is left of the whole seconds, with the same sign.
    pub fn nanoseconds(self) -> i32 {
        self.0.subsec_nanos()
    }

    /// `getHours`: the whole hours.
    pub fn hours(self) -> i64 {
        self.0.as_hours()
    }

    /// `getMinutes`: the whole minutes.
    pub fn minutes(self) -> i64 {
        self.0.as_mins()
    }

    /// `getMilliseconds`: the milliseconds within the second.
    pub fn milliseconds(self) -> i64 {
        i64::from(self.0.subsec_millis())
    }

    /// The sum.
    pub fn add(self, other: Self) -> Result<Self> {
        Self::of_nanos(self.0.as_nanos() + other.0.as_nanos()).ok_or_else(out_of_range)
    }

    /// The difference.
    pub fn sub(self, other: Self) -> Result<Self> {
        Self::of_nanos(self.0.as_nanos() - other.0.as_nanos()).ok_or_else(out_of_range)
    }

    /// The same span the other way.
    pub fn neg(self) -> Result<Self> {
        Self::of_nanos(-self.0.as_nanos()).ok_or_else(out_of_range)
    }
}

#[cold]
fn out_of_range() -> Failure {
    Failure::overflow("the duration is longer than 10,000 years")
}

/// Nanoseconds; none where the text is no duration or not exact in nanoseconds.
fn read(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, tail) = rest.split_at_checked(length)?;
        let length = tail.bytes().take_while(|byte| !byte.is_ascii_digit() && *byte != b'.').count();
        let (unit, tail) = tail.split_at_checked(length)?;
        let unit: i128 = match unit {
            "h" => 3_600 * NANOS,
            "m" => 60 * NANOS,
            "s" => NANOS,
            "ms" => 1_000_000,
            "us" | "µs" | "μs" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        let number = Decimal::parse(number).ok()?;
        let parts = 10_i128.checked_pow(number.scale())?;
        let scaled = number.mantissa().checked_mul(unit)?;
        if scaled % parts != 0 {
            return None;
        }
        total = total.checked_add(scaled / parts)?;
        rest = tail;
    }
    Some(if negative { -total } else { total })
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = crate::ascii::Ascii::new();
        if self.0.is_negative() {
            text.push(b'-');
        }
        text.push_str(Decimal::from_int(self.seconds().saturating_abs()).text().as_str());
        text.fraction(self.nanoseconds().unsigned_abs());
        text.push(b's');
        f.pad(text.as_str())
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::str::FromStr for Duration {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|failure| serde::de::Error::custom(failure.quoted()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sums_of_units() {
        let show = |text: &str| Duration::parse(text).map_or_else(|f| f.code().to_owned(), |d| d.to_string());
        assert_eq!(show("1h30m"), "5400s");
        assert_eq!(show("1.5h"), "5400s");
        assert_eq!(show("3.5s"), "3.5s");
        assert_eq!(show("-250ms"), "-0.25s");
        assert_eq!(show("1us1ns"), "0.000001001s");
        assert_eq!(show("0"), "0s");
        assert_eq!(show("315576000000s"), "315576000000s");
        for bad in ["", "-", "5", "1d", "h", "1.2.3s", "0.5ns", "315576000000.000000001s", "1 h", "1e3s", "s1", "--1s"]
        {
            assert_eq!(show(bad), "decode_failed", "{bad}");
        }
    }

    #[test]
    fn knows_its_parts() {
        let d = Duration::parse("3h5m7.25s").unwrap();
        assert_eq!((d.hours(), d.minutes(), d.seconds(), d.milliseconds()), (3, 185, 11_107, 250));
    }

    #[test]
    fn stays_within_its_range() {
        let most = Duration::parse("315576000000s").unwrap();
        assert_eq!(most.add(Duration::parse("1ns").unwrap()).unwrap_err().code(), "overflow");
        assert_eq!(most.neg().unwrap().sub(most).unwrap_err().code(), "overflow");
        assert_eq!(most.sub(most).unwrap().to_string(), "0s");
    }
}
