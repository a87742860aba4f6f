//! Instants counted from 1970-01-01T00:00:00Z.

use super::{Codec, digits};
use crate::decimal::{Decimal, Rounding};
use crate::failure::{Failure, Result};
use crate::json::{Scalar, Writer};
use crate::time::{Timestamp, Zone};

/// Seconds since 1970, with decimals where there are any. Read as number or text, written as number; told in UTC.
#[derive(Debug, Clone, Copy, Default)]
pub struct EpochS;

/// Milliseconds since 1970, with decimals where there are any. Read as number or text, written as number; told in UTC.
#[derive(Debug, Clone, Copy, Default)]
pub struct EpochMs;

/// The instant so many units after 1970, a unit being ten to minus `scale` seconds.
fn decode(raw: Scalar<'_>, scale: u32, what: &str) -> Result<Timestamp> {
    let text = digits(raw, what)?;
    instant(&text, scale).ok_or_else(|| Failure::expected(what, &text))
}

fn instant(text: &str, scale: u32) -> Option<Timestamp> {
    let count = Decimal::parse(text).ok()?.fit(None, Some(9 - scale)).ok()?.round(9 - scale, Rounding::Down).ok()?;
    let nanoseconds = count.mantissa();
    let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).ok()?;
    Timestamp::new(seconds, u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).ok()?, Zone::Utc)
}

fn encode(value: Timestamp, scale: u32, w: &mut Writer) {
    let mut nanoseconds = i128::from(value.epoch_seconds()) * 1_000_000_000 + i128::from(value.nanoseconds());
    // Without decimals that are zero.
    let mut decimals = 9 - scale;
    while decimals > 0 && nanoseconds % 10 == 0 {
        nanoseconds /= 10;
        decimals -= 1;
    }
    let count = Decimal::from_mantissa(nanoseconds, decimals).unwrap_or_default();
    w.number(count.text().as_str());
}

impl<'a> Codec<'a, Timestamp> for EpochS {
    fn decode(&self, raw: Scalar<'a>) -> Result<Timestamp> {
        decode(raw, 0, "seconds since 1970")
    }

    fn encode(&self, value: &Timestamp, w: &mut Writer) -> Result<()> {
        encode(*value, 0, w);
        Ok(())
    }
}

impl<'a> Codec<'a, Timestamp> for EpochMs {
    fn decode(&self, raw: Scalar<'a>) -> Result<Timestamp> {
        decode(raw, 3, "milliseconds since 1970")
    }

    fn encode(&self, value: &Timestamp, w: &mut Writer) -> Result<()> {
        encode(*value, 3, w);
        Ok(())
    }
}
