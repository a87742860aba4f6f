//! `kind: team`: who answers.

use super::decode::{Reader, Syntax, ast};
use super::name::{Name, Snake, Text};
use super::schema::SchemaBuilder;
use super::workspace::WaiverAst;
use super::yaml::Node;
use serde_json::{Value, json};

ast! {
    /// A team: stewards of objects, owners of systems, receivers of exceptions.
    pub struct TeamAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it is, in Markdown.
        description: optional Text,
        /// How to reach it.
        contact: optional Text,
        /// When it works.
        hours: optional HoursAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// Working hours.
    pub struct HoursAst {
        /// The days, such as `mon-fri`.
        days: required DaysAst,
        /// The first hour, such as `"08:00"`.
        from: required HourAst,
        /// The end, such as `"18:00"`.
        to: required HourAst,
        /// The time zone, such as `America/Chicago`.
        zone: required ZoneAst,
    }
}

/// Declares texts that must be of a form.
macro_rules! formed {
    ($( $(#[doc = $doc:literal])+ $Name:ident, $what:literal, $is:expr, $schema:expr; )+) => { $(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Name(pub Text);

        impl Syntax for $Name {
            const WHAT: &'static str = $what;

            fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
                let text = cx.scalar(node, Self::WHAT)?;
                let is: fn(&str) -> bool = $is;
                if !is(&text) {
                    cx.not(&text, Self::WHAT);
                    return None;
                }
                Some($Name(text))
            }

            fn schema(_: &mut SchemaBuilder) -> Value {
                $schema
            }
        }
    )+ };
}

formed! {
    /// Days of the week: `mon-fri`, `mon,wed,sat`.
    DaysAst, "days of the week, such as `mon-fri` or `mon,wed,sat`", is_days, json!({ "type": "string" });
    /// A time of the day: `08:00`.
    HourAst, "a time of the day, such as `\"08:00\"`", is_hour, json!({ "type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$" });
    /// A time zone: `America/Chicago`.
    ZoneAst, "a time zone, such as `America/Chicago`", crossdock_runtime::time::zone_is_known, json!({ "type": "string" });
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl DaysAst {
    /// Which days are meant, Monday first; a range may go over the end of a week (`sat-mon`).
    pub fn days(&self) -> [bool; 7] {
        let mut days = [false; 7];
        let position = |day: &str| DAYS.iter().position(|known| *known == day.trim());
        for part in self.0.split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (Some(from), Some(to)) = (position(from), position(to)) else { continue };
            let length = (to + DAYS.len() - from) % DAYS.len();
            for (at, day) in days.iter_mut().enumerate() {
                *day |= (at + DAYS.len() - from) % DAYS.len() <= length;
            }
        }
        days
    }
}

impl HourAst {
    /// Minutes from midnight.
    pub fn minutes(&self) -> u16 {
        let (hours, minutes) = self.0.split_once(':').unwrap_or((&self.0, "0"));
        let number = |text: &str| text.parse::<u16>().unwrap_or(0);
        number(hours).saturating_mul(60).saturating_add(number(minutes))
    }
}

fn is_days(text: &str) -> bool {
    text.split(',').flat_map(|part| part.trim().splitn(2, '-')).all(|day| DAYS.contains(&day.trim()))
}

fn is_hour(text: &str) -> bool {
    // The day ends at 24:00.
    text == "24:00" || text.len() == 5 && crossdock_runtime::time::parse_time(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Span, Spanned};

    #[test]
    fn days_are_ranges_and_lists() {
        let days = |text: &str| DaysAst(Spanned::new(text.to_owned(), Span::default())).days();
        assert_eq!(days("mon-fri"), [true, true, true, true, true, false, false]);
        assert_eq!(days("sat-mon, wed"), [true, false, true, false, false, true, true]);
        assert_eq!(days("sun"), [false, false, false, false, false, false, true]);
    }
}
