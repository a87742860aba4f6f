//! The calendar: days counted from 1970, and ISO 8601 text in its plain forms.

use super::{Date, LocalTimestamp, Time};
use crate::failure::{Failure, Result};

/// The count of days from 1970-01-01 to a valid day of the proleptic Gregorian calendar.
pub(crate) fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    // Years begin in March here, so that the leap day is the last of its year.
    let year = i64::from(year) - i64::from(month <= 2);
    let month = i64::from((month + 9) % 12);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The day so many days after 1970-01-01: year, month, day.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the calendar")]
pub(crate) fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month as u32, day as u32)
}

/// The days from 1970-01-01 to a date.
pub(crate) fn days_of(date: Date) -> i64 {
    days_from_civil(
        i32::from(date.year()),
        u32::from(date.month().unsigned_abs()),
        u32::from(date.day().unsigned_abs()),
    )
}

/// The date so many days after 1970-01-01; none outside of the years 0 to 9999.
pub(crate) fn date_of(days: i64) -> Option<Date> {
    // Far within what the calendar's arithmetic can bear.
    if !(-1_000_000..=3_000_000).contains(&days) {
        return None;
    }
    let (year, month, day) = civil_from_days(days);
    if !(0..=9999).contains(&year) {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The date and time of day so many seconds after 1970-01-01T00:00.
pub(crate) fn local_of(seconds: i64, nanoseconds: u32) -> Option<LocalTimestamp> {
    let date = date_of(seconds.div_euclid(86_400))?;
    let second = seconds.rem_euclid(86_400);
    let time = Time::new(
        i8::try_from(second / 3_600).ok()?,
        i8::try_from(second / 60 % 60).ok()?,
        i8::try_from(second % 60).ok()?,
        i32::try_from(nanoseconds).ok()?,
    )
    .ok()?;
    Some(LocalTimestamp::from_parts(date, time))
}

/// The date so many days later, or earlier; `overflow` outside of the years 0 to 9999.
pub fn add_days(date: Date, days: i64) -> Result<Date> {
    days_of(date)
        .checked_add(days)
        .and_then(date_of)
        .ok_or_else(|| Failure::overflow("the date leaves the years 0 to 9999"))
}

/// `2024-05-22`; anything else fails with `decode_failed`.
pub fn parse_date(text: &str) -> Result<Date> {
    let fail = || Failure::expected("a date such as 2024-05-22", text);
    let bytes: &[u8; 10] = text.as_bytes().try_into().map_err(|_| fail())?;
    date(*bytes).ok_or_else(fail)
}

/// `08:30`, `08:30:15` or `08:30:15.25`; anything else fails with `decode_failed`.
pub fn parse_time(text: &str) -> Result<Time> {
    time(text.as_bytes()).ok_or_else(|| Failure::expected("a time such as 08:30:15", text))
}

/// `2024-05-22T08:30:15`, a blank instead of the `T`, and times as [`parse_time`]; an offset is refused, as everything
/// else, with `decode_failed`.
pub fn parse_local(text: &str) -> Result<LocalTimestamp> {
    local(text.as_bytes())
        .ok_or_else(|| Failure::expected("a date and time without offset such as 2024-05-22T08:30:15", text))
}

fn local(bytes: &[u8]) -> Option<LocalTimestamp> {
    let (day, rest) = bytes.split_first_chunk::<10>()?;
    let (b'T' | b't' | b' ', rest) = rest.split_first()? else { return None };
    Some(LocalTimestamp::from_parts(date(*day)?, time(rest)?))
}

#[allow(clippy::many_single_char_names, reason = "digits by their place")]
fn date(bytes: [u8; 10]) -> Option<Date> {
    let [a, b, c, d, b'-', m, n, b'-', x, y] = bytes else { return None };
    Date::new(i16::try_from(four(a, b, c, d)?).ok()?, small(m, n)?, small(x, y)?).ok()
}

#[allow(clippy::many_single_char_names, reason = "digits by their place")]
fn time(bytes: &[u8]) -> Option<Time> {
    let ([h, i, b':', m, n], rest) = bytes.split_first_chunk::<5>()? else { return None };
    let (second, nanoseconds) = match rest {
        [] => (0, 0),
        [b':', s, t, rest @ ..] => match rest {
            [] => (small(*s, *t)?, 0),
            [b'.', digits @ ..] => (small(*s, *t)?, i32::try_from(fraction(digits)?).ok()?),
            _ => return None,
        },
        _ => return None,
    };
    Time::new(small(*h, *i)?, small(*m, *n)?, second, nanoseconds).ok()
}

fn small(a: u8, b: u8) -> Option<i8> {
    two(a, b).and_then(|value| i8::try_from(value).ok())
}

/// The number of two digits.
#[inline]
pub(crate) fn two(a: u8, b: u8) -> Option<u32> {
    let (a, b) = (a.wrapping_sub(b'0'), b.wrapping_sub(b'0'));
    (a <= 9 && b <= 9).then(|| u32::from(a) * 10 + u32::from(b))
}

/// The number of four digits.
#[inline]
pub(crate) fn four(a: u8, b: u8, c: u8, d: u8) -> Option<u32> {
    Some(two(a, b)? * 100 + two(c, d)?)
}

/// Nanoseconds of the digits behind a point: at least one; zeros only behind the ninth.
pub(crate) fn fraction(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    let (mut nanoseconds, mut unit) = (0, 100_000_000);
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || unit == 0 && digit != 0 {
            return None;
        }
        nanoseconds += u32::from(digit) * unit;
        unit /= 10;
    }
    Some(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_days_as_the_calendar_does() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("2000-02-29", 11_016),
            ("1969-12-31", -1),
            ("0000-01-01", -719_528),
            ("9999-12-31", 2_932_896),
        ] {
            let date = parse_date(text).unwrap();
            assert_eq!(days_of(date), days, "{text}");
            assert_eq!(date_of(days), Some(date), "{text}");
        }
        for days in (-719_528..2_932_896).step_by(97) {
            assert_eq!(days_of(date_of(days).unwrap()), days);
        }
    }

    #[test]
    fn reads_plain_forms_only() {
        assert!(parse_date("2024-02-29").is_ok());
        for bad in ["2023-02-29", "2024-2-9", "2024-13-01", "20240229", "2024-02-29T", "-024-01-01", "２024-01-0", ""]
        {
            assert!(parse_date(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_time("08:30").unwrap().to_string(), "08:30:00");
        assert_eq!(parse_time("08:30:15.250").unwrap().to_string(), "08:30:15.25");
        for bad in ["8:30", "24:00", "08:60", "08:30:60", "08:30:15.", "08:30Z", "08:30:15.0000000001"] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_local("2024-05-22 08:30").unwrap().to_string(), "2024-05-22T08:30:00");
        assert!(parse_local("2024-05-22T08:30:00Z").is_err());
    }

    #[test]
    fn adds_days_within_the_calendar() {
        let end = parse_date("9999-12-31").unwrap();
        assert_eq!(add_days(end, -1).unwrap().to_string(), "9999-12-30");
        for days in [1, i64::MAX, i64::MIN] {
            assert_eq!(add_days(end, days).unwrap_err().code(), "overflow");
        }
    }
}
