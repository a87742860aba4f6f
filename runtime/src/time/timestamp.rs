//! Instants that keep their offset.

use super::{Date, Duration, LocalTimestamp, Parts, civil_from_days, days_from_civil, four, fraction, local_of, two};
use crate::ascii::Ascii;
use crate::failure::{Failure, Result};
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// 0001-01-01T00:00:00Z.
const FIRST: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;
/// 0000-01-01T00:00:00, by local clocks.
const FIRST_LOCAL: i64 = -62_167_219_200;

/// An instant between the years 1 and 9999 in UTC, exact to the nanosecond, with the offset in which it was told. Equality,
/// order and hash go by the instant; text is RFC 3339 with its own offset, `Z` where the source said `Z`.
#[derive(Clone, Copy)]
pub struct Timestamp {
    seconds: i64,
    nanoseconds: u32,
    zone: Zone,
}

/// How a timestamp's offset is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// `Z`
    Utc,
    /// Minutes east of UTC, less than a day.
    Minutes(i16),
}

impl Zone {
    pub(crate) fn seconds(self) -> i64 {
        match self {
            Zone::Utc => 0,
            Zone::Minutes(minutes) => i64::from(minutes) * 60,
        }
    }

    /// UTC where the offset can't be written in minutes.
    pub(crate) fn from_seconds(seconds: i64) -> Self {
        match i16::try_from(seconds / 60) {
            Ok(minutes) if seconds % 60 == 0 && minutes.abs() < 24 * 60 => Zone::Minutes(minutes),
            _ => Zone::Utc,
        }
    }
}

#[allow(clippy::should_implement_trait, reason = "operators can't fail; these do")]
impl Timestamp {
    /// The instant in a zone; none outside of the years 1 to 9999.
    pub(crate) fn new(seconds: i64, nanoseconds: u32, zone: Zone) -> Option<Self> {
        let within = (FIRST..=LAST).contains(&seconds)
            && (FIRST_LOCAL..=LAST).contains(&(seconds + zone.seconds()))
            && nanoseconds < 1_000_000_000;
        within.then_some(Self { seconds, nanoseconds, zone })
    }

    /// The instant of a local date and time in a zone.
    pub(crate) fn of_local(local: LocalTimestamp, zone: Zone) -> Option<Self> {
        let time = local.time();
        let of_day = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        let seconds = super::days_of(local.date()) * 86_400 + of_day;
        Self::new(seconds - zone.seconds(), u32::try_from(time.subsec_nanosecond()).ok()?, zone)
    }

    /// RFC 3339, as `2024-05-22T14:46:46.25+02:00`; anything else fails with `decode_failed`.
    #[inline]
    pub fn parse_rfc3339(text: &str) -> Result<Self> {
        Self::read(text.as_bytes(), true).ok_or_else(|| refused("a timestamp such as 2024-05-22T14:46:46Z", text))
    }

    /// ISO 8601 with an offset without colon, as `2024-05-22T14:46:46.000+0000`, or `Z`; anything else fails with
    /// `decode_failed`.
    pub fn parse_iso_offset(text: &str) -> Result<Self> {
        Self::read(text.as_bytes(), false)
            .ok_or_else(|| refused("a timestamp such as 2024-05-22T14:46:46.000+0000", text))
    }

    #[inline]
    #[allow(clippy::many_single_char_names, reason = "digits by their place")]
    fn read(bytes: &[u8], colon: bool) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<19>()?;
        let [a, b, c, d, b'-', m, n, b'-', x, y, b'T' | b't' | b' ', h, i, b':', k, l, b':', s, t] = *head else {
            return None;
        };
        let (year, month, day) = (four(a, b, c, d)?, two(m, n)?, two(x, y)?);
        let (hour, minute, second) = (two(h, i)?, two(k, l)?, two(s, t)?);
        if day == 0 || day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (nanoseconds, rest) = match rest.split_first() {
            Some((b'.', rest)) => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (digits, rest) = rest.split_at_checked(digits)?;
                (fraction(digits)?, rest)
            }
            _ => (0, rest),
        };
        let zone = match *rest {
            [b'Z' | b'z'] => Zone::Utc,
            [sign, h, i, b':', m, n] if colon => offset(sign, two(h, i)?, two(m, n)?)?,
            [sign, h, i, m, n] if !colon => offset(sign, two(h, i)?, two(m, n)?)?,
            _ => return None,
        };
        let days = days_from_civil(i32::try_from(year).ok()?, month, day);
        let seconds = days * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
        Self::new(seconds - zone.seconds(), nanoseconds, zone)
    }

    /// Seconds since 1970, in UTC; `overflow` outside of the years 1 to 9999.
    pub fn from_epoch_seconds(seconds: i64) -> Result<Self> {
        Self::new(seconds, 0, Zone::Utc).ok_or_else(out_of_range)
    }

    /// Milliseconds since 1970, in UTC; `overflow` outside of the years 1 to 9999.
    pub fn from_epoch_millis(millis: i64) -> Result<Self> {
        let nanoseconds = u32::try_from(millis.rem_euclid(1_000) * 1_000_000).unwrap_or_default();
        Self::new(millis.div_euclid(1_000), nanoseconds, Zone::Utc).ok_or_else(out_of_range)
    }

    /// The same instant, told with an offset of so many minutes east of UTC, less than a day.
    pub fn with_offset_minutes(self, minutes: i16) -> Result<Self> {
        let zone = Some(Zone::Minutes(minutes)).filter(|_| minutes.unsigned_abs() < 24 * 60);
        zone.and_then(|zone| Self::new(self.seconds, self.nanoseconds, zone)).ok_or_else(out_of_range)
    }

    /// The same instant, told in UTC.
    #[must_use]
    pub fn in_utc(self) -> Self {
        Self { zone: Zone::Utc, ..self }
    }

    /// Whole seconds since 1970, rounded towards the past.
    pub fn epoch_seconds(self) -> i64 {
        self.seconds
    }

    /// Whole milliseconds since 1970, rounded towards the past.
    pub fn epoch_millis(self) -> i64 {
        self.seconds * 1_000 + i64::from(self.nanoseconds / 1_000_000)
    }

    /// The nanoseconds within the second.
    pub fn nanoseconds(self) -> u32 {
        self.nanoseconds
    }

    /// The offset in which it was told, in minutes east of UTC.
    pub fn offset_minutes(self) -> i16 {
        match self.zone {
            Zone::Utc => 0,
            Zone::Minutes(minutes) => minutes,
        }
    }

    /// Date and time by the clock of its own offset.
    pub fn local(self) -> LocalTimestamp {
        // Within the years 0 to 9999 by construction.
        local_of(self.seconds + self.zone.seconds(), self.nanoseconds).unwrap_or_default()
    }

    /// Date and time by the clock of a time zone, or of an offset such as `+02:00`.
    pub fn local_in(self, zone: &str) -> Result<LocalTimestamp> {
        let offset = super::zone::offset_at(zone, self.seconds)?;
        local_of(self.seconds + offset, self.nanoseconds).ok_or_else(out_of_range)
    }

    /// The date at its own offset.
    pub fn date(self) -> Date {
        self.local().date()
    }

    /// The date in a time zone.
    pub fn date_in(self, zone: &str) -> Result<Date> {
        self.local_in(zone).map(LocalTimestamp::date)
    }

    /// The parts of date and time at its own offset, counted as CEL counts them.
    pub fn parts(self) -> Parts {
        Parts::of(self.local())
    }

    /// The parts of date and time in a time zone, counted as CEL counts them.
    pub fn parts_in(self, zone: &str) -> Result<Parts> {
        self.local_in(zone).map(Parts::of)
    }

    /// The instant a duration later, at the same offset.
    pub fn add(self, duration: Duration) -> Result<Self> {
        self.shift(duration.seconds(), duration.nanoseconds())
    }

    /// The instant a duration earlier, at the same offset.
    pub fn sub(self, duration: Duration) -> Result<Self> {
        self.shift(-duration.seconds(), -duration.nanoseconds())
    }

    /// The time that passed since another instant; negative if that is later.
    pub fn since(self, other: Self) -> Result<Duration> {
        let nanoseconds = i64::from(self.nanoseconds) - i64::from(other.nanoseconds);
        Duration::new(self.seconds - other.seconds, nanoseconds)
    }

    fn shift(self, seconds: i64, nanoseconds: i32) -> Result<Self> {
        let nanoseconds = i64::from(self.nanoseconds) + i64::from(nanoseconds);
        let seconds = self.seconds + seconds + nanoseconds.div_euclid(1_000_000_000);
        let nanoseconds = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).unwrap_or_default();
        Self::new(seconds, nanoseconds, self.zone).ok_or_else(out_of_range)
    }

    pub(crate) fn text(self) -> Ascii {
        let mut text = self.clock_text();
        match self.zone {
            Zone::Utc => text.push(b'Z'),
            Zone::Minutes(minutes) => {
                text.push(if minutes < 0 { b'-' } else { b'+' });
                let minutes = u32::from(minutes.unsigned_abs());
                text.pad(minutes / 60, 2);
                text.push(b':');
                text.pad(minutes % 60, 2);
            }
        }
        text
    }

    fn clock_text(self) -> Ascii {
        let mut text = Ascii::new();
        let local = self.seconds + self.zone.seconds();
        let (year, month, day) = civil_from_days(local.div_euclid(86_400));
        let second = u32::try_from(local.rem_euclid(86_400)).unwrap_or_default();
        text.pad(u32::try_from(year).unwrap_or_default(), 4);
        for (byte, value) in
            [(b'-', month), (b'-', day), (b'T', second / 3_600), (b':', second / 60 % 60), (b':', second % 60)]
        {
            text.push(byte);
            text.pad(value, 2);
        }
        text.fraction(self.nanoseconds);
        text
    }
}

fn offset(sign: u8, hours: u32, minutes: u32) -> Option<Zone> {
    let minutes = i16::try_from(hours * 60 + minutes).ok().filter(|_| hours < 24 && minutes < 60)?;
    match sign {
        b'+' => Some(Zone::Minutes(minutes)),
        b'-' => Some(Zone::Minutes(-minutes)),
        _ => None,
    }
}

#[inline]
fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

#[cold]
fn refused(what: &str, text: &str) -> Failure {
    if text.as_bytes().get(17..19) == Some(b"60") {
        return Failure::expected(format_args!("{what} (a leap second can't be kept)"), text);
    }
    Failure::expected(what, text)
}

#[cold]
fn out_of_range() -> Failure {
    Failure::overflow("the timestamp leaves the years 1 to 9999")
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.seconds == other.seconds && self.nanoseconds == other.nanoseconds
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.seconds, self.nanoseconds).cmp(&(other.seconds, other.nanoseconds))
    }
}

impl Hash for Timestamp {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.seconds.hash(state);
        self.nanoseconds.hash(state);
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text().as_str())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl core::str::FromStr for Timestamp {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse_rfc3339(text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text().as_str())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).map_err(|failure| serde::de::Error::custom(failure.quoted()))
    }
}

#[cfg(test)]
#[path = "timestamp_tests.rs"]
mod tests;
