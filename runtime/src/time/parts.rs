//! The parts of a date and time, counted as CEL counts them.

use super::LocalTimestamp;

/// A date and time by some clock, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts(LocalTimestamp);

impl Parts {
    /// The parts of a local date and time.
    pub fn of(local: LocalTimestamp) -> Self {
        Self(local)
    }

    /// `getFullYear`: the year.
    pub fn full_year(self) -> i64 {
        i64::from(self.0.year())
    }

    /// `getMonth`: 0 is January.
    pub fn month(self) -> i64 {
        i64::from(self.0.month()) - 1
    }

    /// `getDate`: the day of the month, from 1.
    pub fn date(self) -> i64 {
        i64::from(self.0.day())
    }

    /// `getDayOfMonth`: the day of the month, from 0.
    pub fn day_of_month(self) -> i64 {
        self.date() - 1
    }

    /// `getDayOfWeek`: 0 is Sunday.
    pub fn day_of_week(self) -> i64 {
        i64::from(self.0.date().weekday().to_sunday_zero_offset())
    }

    /// `getDayOfYear`: from 0.
    pub fn day_of_year(self) -> i64 {
        i64::from(self.0.date().day_of_year()) - 1
    }

    /// `getHours`: 0 to 23.
    pub fn hours(self) -> i64 {
        i64::from(self.0.hour())
    }

    /// `getMinutes`: 0 to 59.
    pub fn minutes(self) -> i64 {
        i64::from(self.0.minute())
    }

    /// `getSeconds`: 0 to 59.
    pub fn seconds(self) -> i64 {
        i64::from(self.0.second())
    }

    /// `getMilliseconds`: 0 to 999.
    pub fn milliseconds(self) -> i64 {
        i64::from(self.0.time().millisecond())
    }
}
