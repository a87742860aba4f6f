//! Instants as text.

use super::{Codec, text};
use crate::ascii::Ascii;
use crate::failure::{Failure, Quote, Result};
use crate::json::{Scalar, Writer};
use crate::time::{LocalTimestamp, Timestamp, Zone, four, local_at, parse_local, two};

/// RFC 3339: `2024-05-22T14:46:46Z`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rfc3339;

impl<'a> Codec<'a, Timestamp> for Rfc3339 {
    #[inline]
    fn decode(&self, raw: Scalar<'a>) -> Result<Timestamp> {
        Timestamp::parse_rfc3339(&text(raw, "a timestamp as text")?)
    }

    fn encode(&self, value: &Timestamp, w: &mut Writer) -> Result<()> {
        w.plain_str(value.text().as_str());
        Ok(())
    }
}

/// ISO 8601 with an offset without colon: `2025-05-22T14:46:46.000+0000`. Written with milliseconds, or all nine digits if
/// there are finer ones.
#[derive(Debug, Clone, Copy, Default)]
pub struct IsoOffset;

impl<'a> Codec<'a, Timestamp> for IsoOffset {
    fn decode(&self, raw: Scalar<'a>) -> Result<Timestamp> {
        Timestamp::parse_iso_offset(&text(raw, "a timestamp as text")?)
    }

    fn encode(&self, value: &Timestamp, w: &mut Writer) -> Result<()> {
        let mut out = Ascii::new();
        let local = value.local();
        push_date(&mut out, local);
        out.push(b'T');
        push_time(&mut out, local);
        out.push(b'.');
        let nanoseconds = value.nanoseconds();
        if nanoseconds.is_multiple_of(1_000_000) {
            out.pad(nanoseconds / 1_000_000, 3);
        } else {
            out.pad(nanoseconds, 9);
        }
        let minutes = value.offset_minutes();
        out.push(if minutes < 0 { b'-' } else { b'+' });
        let minutes = u32::from(minutes.unsigned_abs());
        out.pad(minutes / 60 * 100 + minutes % 60, 4);
        w.plain_str(out.as_str());
        Ok(())
    }
}

/// RFC 1123 as in HTTP: `Tue, 15 Nov 1994 08:12:31 GMT`. Read with or without the weekday, which is checked, and with GMT,
/// UTC or an offset (`+0200`); written in GMT, where fractions of seconds fail with `digits_lost`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rfc1123;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl<'a> Codec<'a, Timestamp> for Rfc1123 {
    fn decode(&self, raw: Scalar<'a>) -> Result<Timestamp> {
        let text = text(raw, "a timestamp as text")?;
        rfc1123(&text).ok_or_else(|| Failure::expected("a timestamp such as `Tue, 15 Nov 1994 08:12:31 GMT`", &text))
    }

    fn encode(&self, value: &Timestamp, w: &mut Writer) -> Result<()> {
        if value.nanoseconds() != 0 {
            let say = |quote: Quote| format!("{} has a fraction of a second", quote.value("a time", value));
            return Err(Failure::quoting(crate::failure::builtin::DIGITS_LOST, say));
        }
        let local = value.in_utc().local();
        let mut out = Ascii::new();
        out.push_str(name(&DAYS, local.date().weekday().to_sunday_zero_offset()));
        out.push_str(", ");
        out.pad(u32::from(local.day().unsigned_abs()), 2);
        out.push(b' ');
        out.push_str(name(&MONTHS, local.month() - 1));
        out.push(b' ');
        out.pad(u32::from(local.year().unsigned_abs()), 4);
        out.push(b' ');
        push_time(&mut out, local);
        out.push_str(" GMT");
        w.plain_str(out.as_str());
        Ok(())
    }
}

fn name(names: &[&'static str], at: i8) -> &'static str {
    usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
}

#[allow(clippy::many_single_char_names, reason = "digits by their place")]
fn rfc1123(text: &str) -> Option<Timestamp> {
    let (weekday, rest) = match text.split_once(", ") {
        Some((weekday, rest)) => (Some(weekday), rest),
        None => (None, text),
    };
    let mut words = rest.split(' ');
    let (day, month, year, time, zone) = (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let day = match *day.as_bytes() {
        [a] => two(b'0', a)?,
        [a, b] => two(a, b)?,
        _ => return None,
    };
    let month = MONTHS.iter().position(|known| *known == month)? + 1;
    let [a, b, c, d] = *year.as_bytes() else { return None };
    let date = crate::time::Date::new(
        i16::try_from(four(a, b, c, d)?).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    if weekday.is_some_and(|weekday| weekday != name(&DAYS, date.weekday().to_sunday_zero_offset())) {
        return None;
    }
    let time = crate::time::parse_time(time).ok()?;
    let zone = match (zone, zone.as_bytes()) {
        ("GMT" | "UTC" | "Z", _) => Zone::Utc,
        (_, [sign @ (b'+' | b'-'), h, i, m, n]) => {
            let minutes = i64::from(two(*h, *i)? * 60 + two(*m, *n)?);
            Zone::from_seconds(if *sign == b'-' { -minutes * 60 } else { minutes * 60 })
        }
        _ => return None,
    };
    Timestamp::of_local(LocalTimestamp::from_parts(date, time), zone)
}

/// Local text, as `2024-05-22T08:30:00`, by the clocks of a time zone. Written by the same clocks; where a change of clocks
/// repeats an hour, the offset is lost.
#[derive(Debug, Clone, Copy)]
pub struct Local<'p>(pub &'p str);

impl<'a> Codec<'a, Timestamp> for Local<'_> {
    fn decode(&self, raw: Scalar<'a>) -> Result<Timestamp> {
        let text = text(raw, "a date and time as text")?;
        let local = parse_local(&text)?;
        local_at(local, self.0).map_err(|failure| failure.renamed(crate::failure::builtin::DECODE_FAILED))
    }

    fn encode(&self, value: &Timestamp, w: &mut Writer) -> Result<()> {
        w.display(&value.local_in(self.0)?);
        Ok(())
    }
}

fn push_date(out: &mut Ascii, local: LocalTimestamp) {
    out.pad(u32::from(local.year().unsigned_abs()), 4);
    out.push(b'-');
    out.pad(u32::from(local.month().unsigned_abs()), 2);
    out.push(b'-');
    out.pad(u32::from(local.day().unsigned_abs()), 2);
}

fn push_time(out: &mut Ascii, local: LocalTimestamp) {
    out.pad(u32::from(local.hour().unsigned_abs()), 2);
    out.push(b':');
    out.pad(u32::from(local.minute().unsigned_abs()), 2);
    out.push(b':');
    out.pad(u32::from(local.second().unsigned_abs()), 2);
}
