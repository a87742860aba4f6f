//! When teams work: what the clocks of exceptions are counted in.
//!
//! A span of a team's time counts only while it works, by the clocks of its zone: a day on which they change is an hour
//! longer or shorter if the change falls into its hours, and a night's work that begins on one day ends on the next.
//! Deliberately absent: holidays, which no team declares.

use super::{Millis, Name};
use crate::time::{self, Date, LocalTimestamp, Time, Timestamp};

/// Who waits for more days than these waits for days as calendars have them.
const LONGEST: i64 = 3_660;
const MINUTES_OF_A_DAY: u16 = 24 * 60;

/// The hours of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The days on which work begins, as bits, Monday's the lowest.
    days: u8,
    /// When, in minutes from midnight.
    from: u16,
    /// When it ends, in minutes from midnight; on the next day, if that is not later.
    to: u16,
    /// The time zone.
    zone: Name,
}

impl Hours {
    /// On these days (as bits, Monday's the lowest), between these minutes of the day (the second on the next day, if it is
    /// not later), in a time zone.
    pub fn new(days: u8, from: u16, to: u16, zone: impl Into<Name>) -> Self {
        Self { days, from, to, zone: zone.into() }
    }

    /// The days as bits, the minutes of the day, and the time zone.
    pub fn parts(&self) -> (u8, u16, u16, &str) {
        (self.days, self.from, self.to, &self.zone)
    }

    /// When so much of the team's time has passed.
    pub fn after(&self, now: Millis, span: Millis) -> Millis {
        self.counted(now, span).unwrap_or_else(|| now.saturating_add(span))
    }

    /// None where that can't be told: no day, an unknown zone, a time that no calendar has.
    fn counted(&self, now: Millis, span: Millis) -> Option<Millis> {
        let today = Timestamp::from_epoch_millis(now).ok()?.date_in(&self.zone).ok()?;
        let mut left = span.max(0);
        // What began yesterday may go on.
        for day in -1..LONGEST {
            let date = time::add_days(today, day).ok()?;
            if !self.begins_on(date) {
                continue;
            }
            let ends = if self.to > self.from { date } else { time::add_days(date, 1).ok()? };
            let from = self.instant(date, self.from)?.max(now);
            let to = self.instant(ends, self.to)?;
            let works = to.saturating_sub(from).max(0);
            // At the very end of its hours the clock stops; it runs out when it is still running.
            if left <= works && to > from {
                return Some(from.saturating_add(left));
            }
            left -= works;
        }
        None
    }

    fn begins_on(&self, date: Date) -> bool {
        self.days & (1 << date.weekday().to_monday_zero_offset()) != 0
    }

    /// The instant of a minute of a day; the day's last is the first of the next.
    fn instant(&self, date: Date, minute: u16) -> Option<Millis> {
        let date = time::add_days(date, i64::from(minute / MINUTES_OF_A_DAY)).ok()?;
        let minute = minute % MINUTES_OF_A_DAY;
        let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
        let local = LocalTimestamp::from_parts(date, Time::new(hour, minute, 0, 0).ok()?);
        Some(time::local_at(local, &self.zone).ok()?.epoch_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Millis = 3_600_000;
    const WEEK: u8 = 0b001_1111;
    const ALWAYS: u8 = 0b111_1111;

    fn hours(days: u8, from: u16, to: u16, zone: &'static str) -> Hours {
        Hours::new(days, from * 60, to * 60, zone)
    }

    fn at(text: &str) -> Millis {
        Timestamp::parse_rfc3339(text).unwrap().epoch_millis()
    }

    #[track_caller]
    fn counts(hours: &Hours, from: &str, span: Millis, to: &str) {
        let found = hours.after(at(from), span);
        assert_eq!(found, at(to), "{}", Timestamp::from_epoch_millis(found).unwrap());
    }

    #[test]
    fn only_hours_count() {
        let finance = hours(WEEK, 8, 18, "America/Chicago");
        counts(&finance, "2026-01-05T09:00:00-06:00", 4 * HOUR, "2026-01-05T13:00:00-06:00");
        counts(&finance, "2026-01-05T03:00:00-06:00", 4 * HOUR, "2026-01-05T12:00:00-06:00");
        counts(&finance, "2026-01-05T16:00:00-06:00", 4 * HOUR, "2026-01-06T10:00:00-06:00");
        counts(&finance, "2026-01-05T16:00:00-06:00", 24 * HOUR, "2026-01-08T10:00:00-06:00");
        // Friday afternoon, and in the middle of the weekend.
        counts(&finance, "2026-01-09T17:00:00-06:00", 2 * HOUR, "2026-01-12T09:00:00-06:00");
        counts(&finance, "2026-01-10T12:00:00-06:00", HOUR, "2026-01-12T09:00:00-06:00");
    }

    #[test]
    fn a_span_that_fills_the_hours_ends_with_them() {
        let finance = hours(WEEK, 8, 18, "America/Chicago");
        counts(&finance, "2026-01-05T08:00:00-06:00", 10 * HOUR, "2026-01-05T18:00:00-06:00");
        counts(&finance, "2026-01-05T18:00:00-06:00", 0, "2026-01-06T08:00:00-06:00");
        counts(&finance, "2026-01-05T09:00:00-06:00", 0, "2026-01-05T09:00:00-06:00");
    }

    #[test]
    fn hours_are_those_of_the_clocks_on_the_wall() {
        // Clocks go forward on 2026-03-08 and back on 2026-11-01 in Chicago: days and offsets change, hours do not.
        let finance = hours(WEEK, 8, 18, "America/Chicago");
        counts(&finance, "2026-03-06T17:00:00-06:00", 2 * HOUR, "2026-03-09T09:00:00-05:00");
        counts(&finance, "2026-10-30T17:00:00-05:00", 2 * HOUR, "2026-11-02T09:00:00-06:00");
        // Who works through the change has an hour less or more.
        let all = hours(ALWAYS, 0, 24, "America/Chicago");
        counts(&all, "2026-03-08T00:00:00-06:00", 23 * HOUR, "2026-03-09T00:00:00-05:00");
        counts(&all, "2026-11-01T00:00:00-05:00", 25 * HOUR, "2026-11-02T00:00:00-06:00");
        // Half past two does not exist on that day: work begins when it would have.
        let early = Hours { from: 150, ..hours(ALWAYS, 0, 4, "America/Chicago") };
        counts(&early, "2026-03-07T12:00:00-06:00", HOUR / 2, "2026-03-08T04:00:00-05:00");
    }

    #[test]
    fn nights_end_on_the_next_day() {
        let nights = hours(WEEK, 22, 6, "Europe/Amsterdam");
        counts(&nights, "2026-01-06T03:00:00+01:00", 2 * HOUR, "2026-01-06T05:00:00+01:00");
        counts(&nights, "2026-01-06T05:00:00+01:00", 2 * HOUR, "2026-01-06T23:00:00+01:00");
        // What begins on Friday goes on into Saturday, and nothing begins then.
        counts(&nights, "2026-01-10T05:00:00+01:00", 2 * HOUR, "2026-01-12T23:00:00+01:00");
    }

    #[test]
    fn who_always_works_and_who_never_does_waits_as_long_as_it_takes() {
        let now = at("2026-03-07T12:00:00Z");
        for hours in [hours(ALWAYS, 0, 24, "UTC"), hours(0, 8, 18, "UTC"), hours(WEEK, 8, 18, "Nowhere/No")] {
            assert_eq!(hours.after(now, 50 * HOUR), now + 50 * HOUR);
        }
        assert_eq!(hours(WEEK, 8, 18, "UTC").after(now, Millis::MAX), Millis::MAX);
        assert_eq!(hours(WEEK, 8, 18, "UTC").after(Millis::MAX, HOUR), Millis::MAX);
    }
}
