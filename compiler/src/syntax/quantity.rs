//! Numbers, durations, rates and days: small quantities that are written as one scalar.

use super::decode::{Reader, Syntax};
use super::name::Text;
use super::schema::SchemaBuilder;
use super::yaml::Node;
use crate::source::Spanned;
use serde_json::{Value, json};
use std::fmt;

/// A count.
pub type NumberAst = Spanned<u64>;

/// A length of time.
pub type DurationAst = Spanned<Millis>;

/// A length of time in milliseconds: `200ms`, `30s`, `5m`, `2h`, `1d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub u64);

impl RateAst {
    /// How many per second, in thousandths.
    pub fn milli(&self) -> u64 {
        self.count.saturating_mul(1_000_000) / self.period.0.max(1)
    }
}

impl Millis {
    /// Whole seconds, rounded up.
    pub fn seconds(self) -> u64 {
        self.0.div_ceil(1000)
    }

    fn parse(text: &str) -> Option<Millis> {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let (count, unit) = text.split_at_checked(digits)?;
        let factor = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        count.parse::<u64>().ok()?.checked_mul(factor).map(Millis)
    }
}

/// The shortest and the longest of several waits: `200ms..30s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurationRangeAst {
    /// The shortest.
    pub from: Millis,
    /// The longest.
    pub to: Millis,
    /// Where both stand.
    pub span: crate::source::Span,
}

/// So many in a time, such as `40/s`, perhaps for each caller: `50/s per client`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateAst {
    /// How many.
    pub count: u64,
    /// In which time.
    pub period: Millis,
    /// For each of what.
    pub per: Option<String>,
    /// As written, with where.
    pub text: Text,
}

/// A day.
pub type DateAst = Spanned<Day>;

/// A day of the Gregorian calendar that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day {
    /// The year, 1 to 9999.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl Day {
    /// Parses `2027-06-30`.
    pub fn parse(text: &str) -> Option<Day> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let sized = year.len() == 4 && month.len() == 2 && day.len() == 2;
        if parts.next().is_some() || !sized || ![year, month, day].into_iter().all(digits) {
            return None;
        }
        let date = Day { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        let leap = date.year.is_multiple_of(4) && (!date.year.is_multiple_of(100) || date.year.is_multiple_of(400));
        let length = match date.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (date.year > 0 && (1..=length).contains(&date.day)).then_some(date)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Reads a scalar with a parser of its text; another text is reported as not being `what`.
fn parsed<T>(
    node: &Node<'_>,
    cx: &mut Reader<'_>,
    what: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<Spanned<T>> {
    let text = cx.scalar(node, what)?;
    let value = parse(&text);
    if value.is_none() {
        cx.not(&text, what);
    }
    value.map(|value| Spanned::new(value, text.span))
}

impl Syntax for NumberAst {
    const WHAT: &'static str = "a number";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.text().is_some() && !node.is_plain() {
            cx.wrong_type(node, Self::WHAT);
            return None;
        }
        let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        parsed(node, cx, Self::WHAT, number)
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": "integer", "minimum": 0 })
    }
}

impl Syntax for DurationAst {
    const WHAT: &'static str = "a duration, such as `200ms`, `30s`, `5m`, `2h` or `1d`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        parsed(node, cx, Self::WHAT, Millis::parse)
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" })
    }
}

impl Syntax for DurationRangeAst {
    const WHAT: &'static str = "two durations, such as `200ms..30s`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let range = |text: &str| {
            let (from, to) = text.split_once("..")?;
            let (from, to) = (Millis::parse(from.trim())?, Millis::parse(to.trim())?);
            (from <= to).then_some((from, to))
        };
        let Spanned { value: (from, to), span } = parsed(node, cx, Self::WHAT, range)?;
        Some(DurationRangeAst { from, to, span })
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)\\.\\.[0-9]+(ms|s|m|h|d)$" })
    }
}

impl Syntax for RateAst {
    const WHAT: &'static str = "a rate, such as `40/s`, `600/m` or `50/s per client`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let rate = |text: &str| {
            let (rate, per) = match text.split_once(" per ") {
                Some((rate, per)) if !per.trim().is_empty() => (rate, Some(per.trim().to_owned())),
                Some(_) => return None,
                None => (text, None),
            };
            let (count, unit) = rate.trim().split_once('/')?;
            let count = count.trim().parse::<u64>().ok()?;
            let period = Millis::parse(&format!("1{}", unit.trim())).filter(|_| unit.trim() != "ms")?;
            Some((count, period, per))
        };
        let text = cx.scalar(node, Self::WHAT)?;
        let Some((count, period, per)) = rate(&text) else {
            cx.not(&text, Self::WHAT);
            return None;
        };
        Some(RateAst { count, period, per, text })
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": "string", "pattern": "^[0-9]+ */ *(s|m|h|d)( per .+)?$" })
    }
}

impl Syntax for DateAst {
    const WHAT: &'static str = "a day, such as `2027-06-30`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        parsed(node, cx, Self::WHAT, Day::parse)
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": "string", "format": "date" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact_and_bounded() {
        assert_eq!(Millis::parse("200ms"), Some(Millis(200)));
        assert_eq!(Millis::parse("2h"), Some(Millis(7_200_000)));
        assert_eq!(Millis::parse("1.5h"), None);
        assert_eq!(Millis::parse("s"), None);
        assert_eq!(Millis::parse("5"), None);
        assert_eq!(Millis::parse("99999999999999999999d"), None);
        assert_eq!(Millis::parse("9999999999999999d"), None);
        assert_eq!(Millis(1500).seconds(), 2);
    }

    #[test]
    fn days_exist() {
        assert_eq!(Day::parse("2027-06-30").map(|day| day.to_string()).as_deref(), Some("2027-06-30"));
        assert!(Day::parse("2024-02-29").is_some());
        for bad in ["2023-02-29", "2100-02-29", "2027-13-01", "2027-6-30", "2027-06-00", "x", "2027-06-30-1"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
    }
}
