//! Expressions of one simple kind each.

use super::super::scope::Scope;
use super::super::shape::Kind;
use super::{Grammar, key};

impl Grammar<'_> {
    pub(super) fn int(&mut self, scope: &Scope<'_>) -> String {
        match self.random.below(14) {
            0..=2 => {
                let op = *self.random.pick(&["+", "-", "*", "/", "%"]);
                format!("({} {op} {})", self.value(Kind::Int, scope), self.value(Kind::Int, scope))
            }
            3 => format!("-({})", self.value(Kind::Int, scope)),
            4 => format!("abs({})", self.value(Kind::Int, scope)),
            5 => {
                let kind = *self.random.pick(&[Kind::Text, Kind::Ints, Kind::Texts, Kind::Map]);
                format!("{}.size()", self.value(kind, scope))
            }
            6 => format!("int({})", self.value(Kind::Text, scope)),
            7 => format!("int({})", self.value(Kind::Decimal, scope)),
            8 => {
                let name = self.name("s");
                let lines = self.lines(scope);
                format!("{lines}.sum({name}, {})", self.value(Kind::Int, &scope.with_line(&name)))
            }
            9 => format!("{}[{}]", self.value(Kind::Ints, scope), self.value(Kind::Int, scope)),
            10 => format!("{}.sum()", self.value(Kind::Ints, scope)),
            11 => {
                let part = *self.random.pick(&[
                    "getFullYear",
                    "getMonth",
                    "getDayOfYear",
                    "getHours",
                    "getMilliseconds",
                    "getDayOfWeek",
                ]);
                let zone = if self.random.chance(40) { "'America/Chicago'" } else { "" };
                format!("{}.{part}({zone})", self.value(Kind::Timestamp, scope))
            }
            12 => format!("{}.indexOf({})", self.value(Kind::Text, scope), self.value(Kind::Text, scope)),
            _ => format!("{}.one()", self.value(Kind::Ints, scope)),
        }
    }

    pub(super) fn decimal(&mut self, scope: &Scope<'_>) -> String {
        let mode = *self.random.pick(&["half_even", "half_up", "half_down", "up", "down", "ceiling", "floor"]);
        match self.random.below(10) {
            0..=2 => {
                let op = *self.random.pick(&["+", "-", "*"]);
                let other = if self.random.chance(25) { Kind::Int } else { Kind::Decimal };
                format!("({} {op} {})", self.value(Kind::Decimal, scope), self.value(other, scope))
            }
            3 => format!("round({}, {}, {mode})", self.value(Kind::Decimal, scope), self.random.below(4)),
            4 => format!(
                "div({}, {}, {}, {mode})",
                self.value(Kind::Decimal, scope),
                self.value(Kind::Decimal, scope),
                self.random.below(5)
            ),
            5 => format!("decimal({})", self.value(Kind::Text, scope)),
            6 => format!("{}.amount", self.value(Kind::Money, scope)),
            7 => format!("{}.value", self.value(Kind::Quantity, scope)),
            8 => {
                let name = self.name("s");
                let lines = self.lines(scope);
                format!("{lines}.sum({name}, {})", self.value(Kind::Decimal, &scope.with_line(&name)))
            }
            _ => format!("-({})", self.value(Kind::Decimal, scope)),
        }
    }

    pub(super) fn text(&mut self, scope: &Scope<'_>) -> String {
        let of = |g: &mut Self| g.value(Kind::Text, scope);
        match self.random.below(18) {
            0..=2 => format!("({} + {})", of(self), of(self)),
            3 | 4 => {
                let kind = *self.random.pick(&[
                    Kind::Int,
                    Kind::Decimal,
                    Kind::Bool,
                    Kind::Date,
                    Kind::Time,
                    Kind::Timestamp,
                    Kind::Local,
                    Kind::Duration,
                    Kind::Currency,
                    Kind::Unit,
                    Kind::Code,
                ]);
                format!("string({})", self.value(kind, scope))
            }
            5 => format!("{}.{}()", of(self), self.random.pick(&["lowerAscii", "upperAscii", "trim", "reverse"])),
            6 => format!("{}.substring({})", of(self), self.value(Kind::Int, scope)),
            7 => format!("{}.substring({}, {})", of(self), self.random.below(3), self.random.below(6)),
            8 => format!("{}.replace({}, {})", of(self), of(self), of(self)),
            9 => format!("{}.join({})", self.value(Kind::Texts, scope), of(self)),
            10 => format!("{}.charAt({})", of(self), self.value(Kind::Int, scope)),
            11 => format!("{}[{}]", self.value(Kind::Map, scope), key(self.random)),
            12 => format!("code(Color, {})", self.value(Kind::Code, scope)),
            13 => format!(
                "'%s/%d/%s'.format([{}, {}, {}])",
                of(self),
                self.value(Kind::Int, scope),
                self.value(Kind::Timestamp, scope)
            ),
            14 => format!("{}.padLeft({}, '0')", of(self), self.random.below(9)),
            15 => format!("strings.quote({})", of(self)),
            16 if scope.lookup => {
                let key = of(self);
                if self.random.chance(50) {
                    format!("find_it({key}).name")
                } else {
                    format!("find_it({key}).note.orValue('no note')")
                }
            }
            _ if !scope.labels.is_empty() && scope.readable.iter().any(|r| r.path == "src.part") => {
                let optional = scope.readable.iter().any(|r| r.path == "src.part" && r.optional);
                let part = if optional { "src.part.orRaise(ex_b)" } else { "src.part" };
                let label = self.random.pick(&scope.labels).clone();
                format!("{label}({part}).text")
            }
            _ => format!("{}.one()", self.value(Kind::Texts, scope)),
        }
    }

    pub(super) fn date(&mut self, scope: &Scope<'_>) -> String {
        match self.random.below(5) {
            0 => format!("{}.addDays({})", self.value(Kind::Date, scope), self.value(Kind::Int, scope)),
            1 => format!("date({})", self.value(Kind::Timestamp, scope)),
            2 => format!("date({}, 'Europe/Stockholm')", self.value(Kind::Timestamp, scope)),
            3 => format!("date({})", self.value(Kind::Local, scope)),
            _ => format!("date({})", self.value(Kind::Text, scope)),
        }
    }

    pub(super) fn timestamp(&mut self, scope: &Scope<'_>) -> String {
        match self.random.below(5) {
            0 => format!("({} + {})", self.value(Kind::Timestamp, scope), self.value(Kind::Duration, scope)),
            1 => format!("({} - {})", self.value(Kind::Timestamp, scope), self.value(Kind::Duration, scope)),
            2 => format!(
                "{}.at('{}', '{}')",
                self.value(Kind::Date, scope),
                self.random.pick(&["02:30", "08:00", "23:59"]),
                self.random.pick(&["America/Chicago", "UTC", "Europe/Stockholm"])
            ),
            3 => format!("{}.at('America/New_York')", self.value(Kind::Local, scope)),
            _ => format!("timestamp({})", self.value(Kind::Int, scope)),
        }
    }

    pub(super) fn duration(&mut self, scope: &Scope<'_>) -> String {
        match self.random.below(4) {
            0 => format!("({} - {})", self.value(Kind::Timestamp, scope), self.value(Kind::Timestamp, scope)),
            1 => {
                let op = *self.random.pick(&["+", "-"]);
                format!("({} {op} {})", self.value(Kind::Duration, scope), self.value(Kind::Duration, scope))
            }
            2 => format!("-({})", self.value(Kind::Duration, scope)),
            _ => format!("duration({})", self.value(Kind::Text, scope)),
        }
    }

    pub(super) fn money(&mut self, scope: &Scope<'_>) -> String {
        match self.random.below(6) {
            0 | 1 => format!("money({}, {})", self.value(Kind::Decimal, scope), self.value(Kind::Currency, scope)),
            2 => {
                let op = *self.random.pick(&["+", "-"]);
                format!("({} {op} {})", self.value(Kind::Money, scope), self.value(Kind::Money, scope))
            }
            3 => format!("({} * {})", self.value(Kind::Money, scope), self.value(Kind::Decimal, scope)),
            4 => format!("round({}, 2, half_even)", self.value(Kind::Money, scope)),
            _ => format!("div({}, {}, 2, half_up)", self.value(Kind::Money, scope), self.value(Kind::Decimal, scope)),
        }
    }

    pub(super) fn quantity(&mut self, scope: &Scope<'_>) -> String {
        match self.random.below(4) {
            0 | 1 => format!("quantity({}, {})", self.value(Kind::Decimal, scope), self.value(Kind::Unit, scope)),
            2 => format!("({} + {})", self.value(Kind::Quantity, scope), self.value(Kind::Quantity, scope)),
            _ => format!("({} * {})", self.value(Kind::Quantity, scope), self.value(Kind::Int, scope)),
        }
    }
}
