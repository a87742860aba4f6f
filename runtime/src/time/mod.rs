//! Dates, times, instants with their offset, local timestamps, durations, and time zones.
//!
//! Dates and local values are `jiff`'s civil types. An instant is an own type: it keeps the offset in which it was told and
//! reaches to the end of 9999, which systems use for "never". Leap seconds are refused, as no clock here can tell them.
//! Time zones come from the bundled database alone. Deliberately absent: the present.

mod civil;
mod duration;
mod parts;
mod timestamp;
mod zone;

pub use civil::{add_days, parse_date, parse_local, parse_time};
pub(crate) use civil::{civil_from_days, date_of, days_from_civil, days_of, four, fraction, local_of, two};
pub use duration::Duration;
pub use parts::Parts;
pub use timestamp::Timestamp;
pub(crate) use timestamp::Zone;
pub use zone::{at, known as zone_is_known, local_at};

/// A day of the calendar, years 0 to 9999; ISO 8601 as text.
pub use jiff::civil::Date;
/// A date and time of day without a place; ISO 8601 as text.
pub use jiff::civil::DateTime as LocalTimestamp;
/// A time of day, exact to the nanosecond; ISO 8601 as text.
pub use jiff::civil::Time;
