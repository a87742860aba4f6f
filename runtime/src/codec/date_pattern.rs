//! Dates and times by a pattern such as `CCYYMMDD` or `DD.MM.YYYY hh:mm`.
//!
//! `CC` is the century, `YY` the year within it, `YYYY` both, `MM` the month, `DD` the day, `hh`, `mm`, `ss` hours, minutes
//! and seconds, always of two digits; everything else stands for itself. `YY` without `CC` lies between 1970 and 2069.

use super::{Codec, text};
use crate::failure::{Failure, Result, builtin};
use crate::json::{Scalar, Writer};
use crate::time::{Date, LocalTimestamp, Time, two};
use std::fmt::Write as _;

/// A pattern for dates, times and local timestamps.
#[derive(Debug, Clone, Copy)]
pub struct DatePattern<'p>(pub &'p str);

/// What a pattern holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatternParts {
    /// Year, month and day.
    pub date: bool,
    /// Hours and minutes at least.
    pub time: bool,
    /// Whether nothing stands in it twice, and date and time are there completely or not at all.
    pub sound: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part<'p> {
    Century,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Literal(&'p str),
}

const PARTS: [(&str, Part<'static>); 7] = [
    ("CC", Part::Century),
    ("YY", Part::Year),
    ("MM", Part::Month),
    ("DD", Part::Day),
    ("hh", Part::Hour),
    ("mm", Part::Minute),
    ("ss", Part::Second),
];

/// Two digits each, as far as the pattern names them.
#[derive(Default)]
struct Found {
    century: Option<u32>,
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
}

impl Found {
    fn slot(&mut self, part: Part<'_>) -> Option<&mut Option<u32>> {
        Some(match part {
            Part::Century => &mut self.century,
            Part::Year => &mut self.year,
            Part::Month => &mut self.month,
            Part::Day => &mut self.day,
            Part::Hour => &mut self.hour,
            Part::Minute => &mut self.minute,
            Part::Second => &mut self.second,
            Part::Literal(_) => return None,
        })
    }

    fn date(&self) -> Option<Date> {
        let year = match (self.century, self.year?) {
            (Some(century), year) => century * 100 + year,
            (None, year @ 70..) => 1900 + year,
            (None, year) => 2000 + year,
        };
        Date::new(i16::try_from(year).ok()?, i8::try_from(self.month?).ok()?, i8::try_from(self.day?).ok()?).ok()
    }

    fn time(&self) -> Option<Time> {
        let part = |part: Option<u32>| i8::try_from(part?).ok();
        Time::new(part(self.hour)?, part(self.minute)?, part(self.second.or(Some(0)))?, 0).ok()
    }

    /// Whether parts of the value are not what was read back.
    fn loses(&self, value: &Self) -> bool {
        value.year.is_some() && self.date() != value.date() || value.hour.is_some() && self.time() != value.time()
    }

    fn of_date(&mut self, date: Date) {
        let year = u32::from(date.year().unsigned_abs());
        self.century = Some(year / 100);
        self.year = Some(year % 100);
        self.month = Some(u32::from(date.month().unsigned_abs()));
        self.day = Some(u32::from(date.day().unsigned_abs()));
    }

    fn of_time(&mut self, time: Time) {
        self.hour = Some(u32::from(time.hour().unsigned_abs()));
        self.minute = Some(u32::from(time.minute().unsigned_abs()));
        self.second = Some(u32::from(time.second().unsigned_abs()));
    }
}

impl<'p> DatePattern<'p> {
    /// What the pattern holds, for those who judge specs.
    pub fn parts(self) -> PatternParts {
        let (mut seen, mut twice) = (Found::default(), false);
        for part in self.split() {
            if let Some(slot) = seen.slot(part) {
                twice |= slot.replace(0).is_some();
            }
        }
        let date = seen.year.is_some() && seen.month.is_some() && seen.day.is_some();
        let time = seen.hour.is_some() && seen.minute.is_some();
        let some_date = [seen.century, seen.year, seen.month, seen.day].iter().any(Option::is_some);
        let some_time = [seen.hour, seen.minute, seen.second].iter().any(Option::is_some);
        PatternParts { date, time, sound: !twice && (date || time) && date == some_date && time == some_time }
    }

    fn split(self) -> impl Iterator<Item = Part<'p>> {
        // Four letters for the year are the century and the year.
        let mut rest = self.0;
        let mut pending = None;
        core::iter::from_fn(move || {
            if let Some(part) = pending.take() {
                return Some(part);
            }
            if let Some(tail) = rest.strip_prefix("YYYY") {
                rest = tail;
                pending = Some(Part::Year);
                return Some(Part::Century);
            }
            for (letters, part) in PARTS {
                if let Some(tail) = rest.strip_prefix(letters) {
                    rest = tail;
                    return Some(part);
                }
            }
            let c = rest.chars().next()?;
            let (literal, tail) = rest.split_at_checked(c.len_utf8())?;
            rest = tail;
            Some(Part::Literal(literal))
        })
    }

    fn read(self, text: &str) -> Option<Found> {
        let (mut found, mut rest) = (Found::default(), text.as_bytes());
        for part in self.split() {
            if let Part::Literal(literal) = part {
                rest = rest.strip_prefix(literal.as_bytes())?;
            } else {
                let ([a, b], tail) = rest.split_first_chunk::<2>()?;
                *found.slot(part)? = Some(two(*a, *b)?);
                rest = tail;
            }
        }
        rest.is_empty().then_some(found)
    }

    fn write(self, mut value: Found, w: &mut Writer) -> Result<()> {
        let mut out = String::new();
        for part in self.split() {
            if let Part::Literal(literal) = part {
                out.push_str(literal);
            } else {
                let number = value.slot(part).and_then(|slot| *slot).ok_or_else(|| {
                    let detail = format!("the pattern `{}` asks for what the value does not hold", self.0);
                    Failure::new(builtin::INVALID_ARGUMENT, detail)
                })?;
                // Writing to a string does not fail.
                let _ = write!(out, "{number:02}");
            }
        }
        // What is written reads back as the same value.
        if self.read(&out).is_none_or(|read| read.loses(&value)) {
            let detail = format!("the pattern `{}` does not hold all of the value", self.0);
            return Err(Failure::new(builtin::DIGITS_LOST, detail));
        }
        w.str(&out);
        Ok(())
    }

    fn decode<T>(self, raw: Scalar<'_>, build: impl FnOnce(&Found) -> Option<T>) -> Result<T> {
        let text = text(raw, "a date or time as text")?;
        self.read(&text).as_ref().and_then(build).ok_or_else(|| Failure::expected(format_args!("`{}`", self.0), &text))
    }
}

impl<'a> Codec<'a, Date> for DatePattern<'_> {
    fn decode(&self, raw: Scalar<'a>) -> Result<Date> {
        DatePattern::decode(*self, raw, Found::date)
    }

    fn encode(&self, value: &Date, w: &mut Writer) -> Result<()> {
        let mut found = Found::default();
        found.of_date(*value);
        self.write(found, w)
    }
}

impl<'a> Codec<'a, Time> for DatePattern<'_> {
    fn decode(&self, raw: Scalar<'a>) -> Result<Time> {
        DatePattern::decode(*self, raw, Found::time)
    }

    fn encode(&self, value: &Time, w: &mut Writer) -> Result<()> {
        whole_seconds(*value)?;
        let mut found = Found::default();
        found.of_time(*value);
        self.write(found, w)
    }
}

impl<'a> Codec<'a, LocalTimestamp> for DatePattern<'_> {
    fn decode(&self, raw: Scalar<'a>) -> Result<LocalTimestamp> {
        DatePattern::decode(*self, raw, |found| Some(LocalTimestamp::from_parts(found.date()?, found.time()?)))
    }

    fn encode(&self, value: &LocalTimestamp, w: &mut Writer) -> Result<()> {
        whole_seconds(value.time())?;
        let mut found = Found::default();
        found.of_date(value.date());
        found.of_time(value.time());
        self.write(found, w)
    }
}

fn whole_seconds(time: Time) -> Result<()> {
    if time.subsec_nanosecond() == 0 {
        return Ok(());
    }
    Err(Failure::quoting(builtin::DIGITS_LOST, |quote| {
        format!("{} has a fraction of a second", quote.value("a time", time))
    }))
}
