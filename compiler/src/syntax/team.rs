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

fn is_days(text: &str) -> bool {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    text.split(',').flat_map(|part| part.trim().splitn(2, '-')).all(|day| DAYS.contains(&day.trim()))
}

fn is_hour(text: &str) -> bool {
    // The day ends at 24:00.
    text == "24:00" || text.len() == 5 && crossdock_runtime::time::parse_time(text).is_ok()
}
