//! Time zones, by IANA name, from the database that is compiled in; or offsets such as `+02:00`.
//!
//! A wall time that a change of clocks leaves out is taken as if the clock had not changed yet (02:30 becomes 03:30); one
//! that comes twice is the first. So do calendars that people use, and RFC 5545.

use super::timestamp::{Timestamp, Zone};
use super::{Date, LocalTimestamp, parse_time, two};
use crate::failure::{Failure, Result, builtin};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use std::sync::OnceLock;

/// The instant of a date at a wall time (`08:00`) in a zone, told with the zone's offset then. Fails with `invalid_argument`
/// for text that is no time or zone, with `overflow` outside of the years 1 to 9999.
pub fn at(date: Date, time: &str, zone: &str) -> Result<Timestamp> {
    let time = parse_time(time).map_err(|failure| failure.renamed(builtin::INVALID_ARGUMENT))?;
    local_at(LocalTimestamp::from_parts(date, time), zone)
}

/// The instant of a local date and time in a zone, as [`at`].
pub fn local_at(local: LocalTimestamp, zone: &str) -> Result<Timestamp> {
    let out_of_range = || Failure::overflow("the timestamp leaves the years 1 to 9999");
    let zone = find(zone)?;
    let before = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
    };
    let utc = Timestamp::of_local(local, Zone::Utc).ok_or_else(out_of_range)?;
    let seconds = utc.epoch_seconds() - i64::from(before.seconds());
    let then = Zone::from_seconds(offset_of(&zone, seconds));
    Timestamp::new(seconds, utc.nanoseconds(), then).ok_or_else(out_of_range)
}

/// Whether there is a zone of this name.
pub fn known(zone: &str) -> bool {
    find(zone).is_ok()
}

/// The offset of a zone at an instant, in seconds east of UTC.
pub(super) fn offset_at(zone: &str, seconds: i64) -> Result<i64> {
    Ok(offset_of(&find(zone)?, seconds))
}

fn offset_of(zone: &TimeZone, seconds: i64) -> i64 {
    // The database reaches a day less far than timestamps do.
    let bounded = seconds.clamp(jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
    jiff::Timestamp::from_second(bounded).map_or(0, |instant| i64::from(zone.to_offset(instant).seconds()))
}

fn find(name: &str) -> Result<TimeZone> {
    static BUNDLED: OnceLock<TimeZoneDatabase> = OnceLock::new();
    if let Some(fixed) = fixed(name.as_bytes()) {
        return Ok(TimeZone::fixed(fixed));
    }
    let database = BUNDLED.get_or_init(TimeZoneDatabase::bundled);
    database.get(name).map_err(|_| {
        Failure::quoting(builtin::INVALID_ARGUMENT, |quote| format!("there is no time zone {}", quote.text(name)))
    })
}

/// `+02:00`, `-05:30`, `02:00`.
fn fixed(bytes: &[u8]) -> Option<Offset> {
    let (sign, digits) = match bytes {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => (1, bytes),
    };
    let [h, i, b':', m, n] = *digits else { return None };
    let (hours, minutes) = (two(h, i)?, two(m, n)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * i32::try_from(hours * 3_600 + minutes * 60).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    fn show(date: &str, time: &str, zone: &str) -> String {
        at(parse_date(date).unwrap(), time, zone).map_or_else(|f| f.code().to_owned(), |t| t.to_string())
    }

    #[test]
    fn takes_the_offset_of_the_day() {
        assert_eq!(show("2024-01-15", "08:00", "America/Chicago"), "2024-01-15T08:00:00-06:00");
        assert_eq!(show("2024-07-15", "08:00", "America/Chicago"), "2024-07-15T08:00:00-05:00");
        assert_eq!(show("2024-07-15", "08:00:30.5", "+05:30"), "2024-07-15T08:00:30.5+05:30");
        assert_eq!(show("2024-07-15", "08:00", "UTC"), "2024-07-15T08:00:00+00:00");
    }

    #[test]
    fn settles_gaps_and_overlaps() {
        assert_eq!(show("2024-03-10", "02:30", "America/Chicago"), "2024-03-10T03:30:00-05:00");
        assert_eq!(show("2024-11-03", "01:30", "America/Chicago"), "2024-11-03T01:30:00-05:00");
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert_eq!(show("2024-01-15", "8 am", "America/Chicago"), "invalid_argument");
        assert_eq!(show("2024-01-15", "08:00", "Chicago"), "invalid_argument");
        assert_eq!(show("2024-01-15", "08:00", "../../etc/passwd"), "invalid_argument");
        assert_eq!(show("9999-12-31", "23:00", "America/Chicago"), "overflow");
        assert_eq!(show("9999-12-31", "23:00", "Asia/Tokyo"), "9999-12-31T23:00:00+09:00");
    }

    #[test]
    fn tells_offsets_of_old_local_times_in_utc() {
        // Local mean time has seconds, which RFC 3339 can't write.
        assert_eq!(show("1880-01-01", "12:00", "America/Chicago"), "1880-01-01T17:50:36Z");
    }
}
