//! Dates and times as `OData` version 2 writes them in JSON: `/Date(1130112000000)/`, `/Date(1130168212000+0000)/`, `PT11H30M`.

use super::{Codec, text};
use crate::decimal::Decimal;
use crate::failure::{Failure, Result, builtin};
use crate::json::{Scalar, Writer};
use crate::time::{Date, LocalTimestamp, Time, Timestamp, Zone, date_of, days_of, local_of};
use std::fmt::Write as _;

/// `OData` version 2. A date is midnight in UTC, and milliseconds within the day are a failure; a local timestamp is the clock
/// of the same count; a timestamp keeps the offset, which is in minutes; a time is `PT…H…M…S`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Odata;

/// Milliseconds, and minutes of offset if there are any.
fn read(text: &str) -> Option<(i64, Option<i16>)> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    // A sign that is not the first is the offset's.
    let sign = inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-'));
    let Some((at, sign)) = sign else { return Some((millis(inner)?, None)) };
    let (count, offset) = inner.split_at_checked(at)?;
    let minutes: i16 = offset.get(1..).filter(|digits| all_digits(digits))?.parse().ok()?;
    Some((millis(count)?, Some(if sign == '-' { -minutes } else { minutes })))
}

fn millis(text: &str) -> Option<i64> {
    text.strip_prefix('-').map_or(all_digits(text), all_digits).then(|| text.parse().ok())?
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn fail(text: &str) -> Failure {
    Failure::expected("a date such as `/Date(1130112000000)/`", text)
}

impl<'a> Codec<'a, Timestamp> for Odata {
    fn decode(&self, raw: Scalar<'a>) -> Result<Timestamp> {
        let text = text(raw, "an OData date as text")?;
        let (millis, minutes) = read(&text).ok_or_else(|| fail(&text))?;
        let instant = Timestamp::from_epoch_millis(millis).map_err(|_| fail(&text))?;
        match minutes {
            Some(minutes) => instant.with_offset_minutes(minutes).map_err(|_| fail(&text)),
            None => Ok(instant),
        }
    }

    fn encode(&self, value: &Timestamp, w: &mut Writer) -> Result<()> {
        whole_millis(value.nanoseconds(), value)?;
        let mut out = format!("/Date({}", value.epoch_millis());
        // Writing to a string does not fail.
        let _ = write!(out, "{:+05})/", value.offset_minutes());
        w.plain_str(&out);
        Ok(())
    }
}

impl<'a> Codec<'a, Date> for Odata {
    fn decode(&self, raw: Scalar<'a>) -> Result<Date> {
        const DAY: i64 = 86_400_000;
        let text = text(raw, "an OData date as text")?;
        let (millis, _) = read(&text).ok_or_else(|| fail(&text))?;
        if millis % DAY != 0 {
            return Err(Failure::expected("an OData date at midnight", &text));
        }
        date_of(millis / DAY).ok_or_else(|| fail(&text))
    }

    fn encode(&self, value: &Date, w: &mut Writer) -> Result<()> {
        w.plain_str(&format!("/Date({})/", days_of(*value) * 86_400_000));
        Ok(())
    }
}

impl<'a> Codec<'a, LocalTimestamp> for Odata {
    fn decode(&self, raw: Scalar<'a>) -> Result<LocalTimestamp> {
        let text = text(raw, "an OData date as text")?;
        let local = match read(&text) {
            Some((millis, None)) => u32::try_from(millis.rem_euclid(1_000) * 1_000_000)
                .ok()
                .and_then(|nanoseconds| local_of(millis.div_euclid(1_000), nanoseconds)),
            // With an offset it is no local timestamp.
            _ => None,
        };
        local.ok_or_else(|| fail(&text))
    }

    fn encode(&self, value: &LocalTimestamp, w: &mut Writer) -> Result<()> {
        let instant = Timestamp::of_local(*value, Zone::Utc)
            .ok_or_else(|| Failure::overflow("the timestamp leaves the years 1 to 9999"))?;
        whole_millis(instant.nanoseconds(), value)?;
        w.plain_str(&format!("/Date({})/", instant.epoch_millis()));
        Ok(())
    }
}

fn whole_millis(nanoseconds: u32, value: &impl core::fmt::Display) -> Result<()> {
    if nanoseconds.is_multiple_of(1_000_000) {
        return Ok(());
    }
    Err(Failure::quoting(builtin::DIGITS_LOST, |quote| {
        format!("{} is finer than a millisecond", quote.value("a time", value))
    }))
}

impl<'a> Codec<'a, Time> for Odata {
    fn decode(&self, raw: Scalar<'a>) -> Result<Time> {
        let text = text(raw, "an OData time as text")?;
        time(&text).ok_or_else(|| Failure::expected("a time such as `PT11H30M00S`", &text))
    }

    fn encode(&self, value: &Time, w: &mut Writer) -> Result<()> {
        let mut out = format!("PT{:02}H{:02}M{:02}", value.hour(), value.minute(), value.second());
        let mut fraction = crate::ascii::Ascii::new();
        fraction.fraction(value.subsec_nanosecond().unsigned_abs());
        out.push_str(fraction.as_str());
        out.push('S');
        w.plain_str(&out);
        Ok(())
    }
}

fn time(text: &str) -> Option<Time> {
    let mut rest = text.strip_prefix("PT").filter(|rest| !rest.is_empty())?;
    let mut part = |unit: char| {
        let Some((number, tail)) = rest.split_once(unit) else { return Some(Decimal::ZERO) };
        rest = tail;
        // No signs, no exponents.
        number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.').then(|| Decimal::parse(number).ok())?
    };
    let (hours, minutes, seconds) = (part('H')?, part('M')?, part('S')?);
    if !rest.is_empty() {
        return None;
    }
    let whole = |part: Decimal| part.to_int().ok().and_then(|part| i8::try_from(part).ok());
    let nanoseconds = seconds.fit(Some(11), Some(9)).ok()?.round(9, crate::Rounding::Down).ok()?.mantissa();
    Time::new(
        whole(hours)?,
        whole(minutes)?,
        i8::try_from(nanoseconds / 1_000_000_000).ok()?,
        i32::try_from(nanoseconds % 1_000_000_000).ok()?,
    )
    .ok()
}
