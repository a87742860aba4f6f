//! Expressions by chance: well typed by construction as far as that is cheap; the checker has the last word.

mod list;
mod scalar;

use super::random::Random;
use super::scope::{Readable, Scope};
use super::shape::Kind;

/// The depth beyond which only what is short is written.
const DEEP: usize = 4;

/// Makes expressions.
pub struct Grammar<'r> {
    random: &'r mut Random,
    /// Names that were bound so far.
    bound: usize,
}

impl<'r> Grammar<'r> {
    /// By the choices of a stream.
    pub fn new(random: &'r mut Random) -> Self {
        Grammar { random, bound: 0 }
    }

    fn name(&mut self, prefix: &str) -> String {
        self.bound += 1;
        format!("{prefix}{}", self.bound)
    }

    /// An expression that may have no value.
    pub fn optional(&mut self, kind: Kind, scope: &Scope<'_>) -> String {
        let inner = scope.inner();
        let choices: Vec<&Readable> = scope.readable.iter().filter(|r| r.kind == kind && r.optional).collect();
        if !choices.is_empty() && self.random.chance(45) {
            return self.random.pick(&choices).path.clone();
        }
        if scope.depth > DEEP {
            return format!("optional.of({})", literal(kind, self.random));
        }
        match self.random.below(8) {
            0 => format!("({} ? {} : none)", self.value(Kind::Bool, &inner), self.value(kind, &inner)),
            1 => format!("optional.of({})", self.value(kind, &inner)),
            2 if kind == Kind::Int => self.element(Kind::Ints, &inner),
            2 if kind == Kind::Text => self.element(Kind::Texts, &inner),
            3 if kind == Kind::Text => format!("{}[?{}]", self.value(Kind::Map, &inner), key(self.random)),
            4 if matches!(kind, Kind::Int | Kind::Decimal | Kind::Bool | Kind::Text) => {
                format!("optional.ofNonZeroValue({})", self.value(kind, &inner))
            }
            5 => self.opt_map(kind, &inner),
            6 => format!("{}.or({})", self.wrapped_optional(kind, &inner), self.optional(kind, &inner)),
            7 => self.of_line(kind, &inner),
            _ => self.value(kind, &inner),
        }
    }

    fn wrapped_optional(&mut self, kind: Kind, scope: &Scope<'_>) -> String {
        let optional = self.optional(kind, scope);
        // A literal or a sum is not optional by itself: `optional.of` makes it so whatever it is.
        let path = scope.readable.iter().any(|r| r.path == optional);
        if path || optional.starts_with("optional.") { optional } else { format!("optional.of({optional})") }
    }

    fn element(&mut self, list: Kind, scope: &Scope<'_>) -> String {
        let of = self.value(list, scope);
        match self.random.below(4) {
            0 => format!("{of}.first()"),
            1 => format!("{of}.last()"),
            2 => format!("{of}[?{}]", self.value(Kind::Int, scope)),
            _ => {
                let (name, element) = (self.name("e"), if list == Kind::Ints { Kind::Int } else { Kind::Text });
                let body = self.value(Kind::Bool, &scope.with(&name, element, false));
                format!("{of}.find({name}, {body})")
            }
        }
    }

    fn opt_map(&mut self, kind: Kind, scope: &Scope<'_>) -> String {
        let optional: Vec<Readable> = scope
            .readable
            .iter()
            .filter(|r| r.optional && !matches!(r.kind, Kind::Lines | Kind::Part))
            .cloned()
            .collect();
        if optional.is_empty() {
            return self.value(kind, scope);
        }
        let of = self.random.pick(&optional).clone();
        let name = self.name("v");
        let inside = scope.with(&name, of.kind, false);
        if self.random.chance(30) {
            let body = self.wrapped_optional(kind, &inside);
            return format!("{}.optFlatMap({name}, {body})", of.path);
        }
        format!("{}.optMap({name}, {})", of.path, self.value(kind, &inside))
    }

    /// Something of a line that is found.
    fn of_line(&mut self, kind: Kind, scope: &Scope<'_>) -> String {
        let fields: Vec<String> =
            scope.shape.line.iter().filter(|l| l.wire.kind == kind).map(|l| l.name.clone()).collect();
        if fields.is_empty() {
            return self.value(kind, scope);
        }
        let (lines, field) = (self.lines(scope), self.random.pick(&fields).clone());
        if self.random.chance(50) {
            return format!("{lines}.first().{field}");
        }
        let name = self.name("l");
        let body = self.value(Kind::Bool, &scope.with_line(&name));
        format!("{lines}.find({name}, {body}).{field}")
    }

    /// The lines, as a list that is there.
    fn lines(&mut self, scope: &Scope<'_>) -> String {
        let optional = scope.readable.iter().any(|r| r.path == "src.lines" && r.optional);
        let mut lines = if optional { "src.lines.orValue([])".to_owned() } else { "src.lines".to_owned() };
        if scope.depth < DEEP && self.random.chance(25) {
            let name = self.name("l");
            let body = self.value(Kind::Bool, &scope.inner().with_line(&name));
            let macro_name = if self.random.chance(50) { "where" } else { "filter" };
            lines = format!("{lines}.{macro_name}({name}, {body})");
        }
        lines
    }

    /// An expression that has a value, or fails.
    pub fn value(&mut self, kind: Kind, scope: &Scope<'_>) -> String {
        let readable: Vec<Readable> = scope.readable.iter().filter(|r| r.kind == kind).cloned().collect();
        if !readable.is_empty() && self.random.chance(if scope.depth > DEEP { 80 } else { 40 }) {
            let one = self.random.pick(&readable).clone();
            return self.present(&one, scope);
        }
        if scope.depth > DEEP || self.random.chance(12) {
            return literal(kind, self.random);
        }
        let inner = scope.inner();
        match self.random.below(10) {
            0 => format!(
                "({} ? {} : {})",
                self.value(Kind::Bool, &inner),
                self.value(kind, &inner),
                self.value(kind, &inner)
            ),
            1 => self.narrowed(kind, &inner),
            2 => {
                let optional = self.wrapped_optional(kind, &inner);
                if self.random.chance(50) {
                    format!("{optional}.orValue({})", self.value(kind, &inner))
                } else {
                    format!("{optional}.orRaise({})", self.random.pick(&["ex_a", "ex_b"]))
                }
            }
            _ => self.computed(kind, &inner),
        }
    }

    /// What reads it where it may be absent.
    fn present(&mut self, one: &Readable, scope: &Scope<'_>) -> String {
        if !one.optional {
            return one.path.clone();
        }
        match self.random.below(3) {
            0 if matches!(one.kind, Kind::Lines) => format!("{}.orValue([])", one.path),
            0 | 1 if !matches!(one.kind, Kind::Part | Kind::Lines) => {
                let deeper = Scope { depth: DEEP + 1, ..scope.clone() };
                format!("{}.orValue({})", one.path, self.value(one.kind, &deeper))
            }
            _ => format!("{}.orRaise(ex_a)", one.path),
        }
    }

    /// `has(x) ? …x… : …`
    fn narrowed(&mut self, kind: Kind, scope: &Scope<'_>) -> String {
        let optional: Vec<String> = scope
            .readable
            .iter()
            .filter(|r| r.optional && r.path.contains('.') && !matches!(r.kind, Kind::Lines | Kind::Part))
            .map(|r| r.path.clone())
            .collect();
        if optional.is_empty() {
            return self.computed(kind, scope);
        }
        let path = self.random.pick(&optional).clone();
        let there = scope.narrowed(&path);
        if self.random.chance(50) {
            format!("(has({path}) ? {} : {})", self.value(kind, &there), self.value(kind, scope))
        } else {
            format!("(!has({path}) ? {} : {})", self.value(kind, scope), self.value(kind, &there))
        }
    }

    fn computed(&mut self, kind: Kind, scope: &Scope<'_>) -> String {
        match kind {
            Kind::Bool => self.bool(scope),
            Kind::Int => self.int(scope),
            Kind::Decimal => self.decimal(scope),
            Kind::Text => self.text(scope),
            Kind::Date => self.date(scope),
            Kind::Timestamp => self.timestamp(scope),
            Kind::Duration => self.duration(scope),
            Kind::Money => self.money(scope),
            Kind::Quantity => self.quantity(scope),
            Kind::Currency => format!("{}.currency", self.value(Kind::Money, scope)),
            Kind::Unit => format!("{}.unit", self.value(Kind::Quantity, scope)),
            Kind::Code => format!("code(Color, {})", self.value(Kind::Text, scope)),
            Kind::Ints => self.list(Kind::Ints, Kind::Int, scope),
            Kind::Texts => self.texts(scope),
            Kind::Time => {
                if self.random.chance(50) {
                    format!("time({})", self.value(Kind::Local, scope))
                } else {
                    format!("time({})", self.value(Kind::Text, scope))
                }
            }
            Kind::Map => format!(
                "{{{}: {}, {}: {}}}",
                key(self.random),
                self.value(Kind::Text, scope),
                self.value(Kind::Text, scope),
                self.value(Kind::Text, scope)
            ),
            Kind::Local | Kind::Lines | Kind::Part => literal(kind, self.random),
        }
    }

    fn bool(&mut self, scope: &Scope<'_>) -> String {
        match self.random.below(14) {
            0 => format!("!({})", self.value(Kind::Bool, scope)),
            1 => format!("({} && {})", self.value(Kind::Bool, scope), self.value(Kind::Bool, scope)),
            2 => format!("({} || {})", self.value(Kind::Bool, scope), self.value(Kind::Bool, scope)),
            3 | 4 => self.compared(scope),
            5 => {
                let (of, other) = (self.value(Kind::Text, scope), self.value(Kind::Text, scope));
                format!("{of}.{}({other})", self.random.pick(&["contains", "startsWith", "endsWith"]))
            }
            6 => {
                format!("{}.matches('{}')", self.value(Kind::Text, scope), self.random.pick(&["^a", "[0-9]+", "b|c$"]))
            }
            7 => format!("({} in {})", self.value(Kind::Int, scope), self.value(Kind::Ints, scope)),
            8 => format!("({} in {})", self.value(Kind::Text, scope), self.value(Kind::Map, scope)),
            9 => self.quantified(scope),
            10 => self.asked(scope),
            11 => {
                let kind = self.scalar();
                format!("({} == {})", self.wrapped_optional(kind, scope), self.wrapped_optional(kind, scope))
            }
            12 => self.guarded(scope),
            _ => {
                let kind = *self.random.pick(&[Kind::Ints, Kind::Texts, Kind::Map, Kind::Money, Kind::Code]);
                let op = self.random.pick(&["==", "!="]);
                format!("({} {op} {})", self.value(kind, scope), self.value(kind, scope))
            }
        }
    }

    fn scalar(&mut self) -> Kind {
        *self.random.pick(&[
            Kind::Int,
            Kind::Decimal,
            Kind::Text,
            Kind::Date,
            Kind::Timestamp,
            Kind::Bool,
            Kind::Duration,
        ])
    }

    fn compared(&mut self, scope: &Scope<'_>) -> String {
        let kind = *self.random.pick(&[
            Kind::Int,
            Kind::Decimal,
            Kind::Text,
            Kind::Date,
            Kind::Timestamp,
            Kind::Duration,
            Kind::Money,
            Kind::Quantity,
            Kind::Local,
            Kind::Time,
            Kind::Bool,
        ]);
        let other = if kind == Kind::Decimal && self.random.chance(30) { Kind::Int } else { kind };
        let op = *self.random.pick(&["<", "<=", ">", ">=", "==", "!="]);
        format!("({} {op} {})", self.value(kind, scope), self.value(other, scope))
    }

    fn quantified(&mut self, scope: &Scope<'_>) -> String {
        let name = self.name("q");
        let macro_name = *self.random.pick(&["all", "exists", "exists_one"]);
        if self.random.chance(50) {
            let lines = self.lines(scope);
            let body = self.value(Kind::Bool, &scope.with_line(&name));
            return format!("{lines}.{macro_name}({name}, {body})");
        }
        let (list, element) =
            *self.random.pick(&[(Kind::Ints, Kind::Int), (Kind::Texts, Kind::Text), (Kind::Map, Kind::Text)]);
        let of = self.value(list, scope);
        let body = self.value(Kind::Bool, &scope.with(&name, element, false));
        format!("{of}.{macro_name}({name}, {body})")
    }

    /// `has(x)` or `isNull(x)`.
    fn asked(&mut self, scope: &Scope<'_>) -> String {
        let optional: Vec<Readable> =
            scope.readable.iter().filter(|r| r.optional && r.path.contains('.')).cloned().collect();
        if optional.is_empty() {
            return "true".to_owned();
        }
        let one = self.random.pick(&optional);
        if one.nullable && self.random.chance(50) {
            format!("isNull({})", one.path)
        } else {
            format!("has({})", one.path)
        }
    }

    /// `has(x) && …x…`
    fn guarded(&mut self, scope: &Scope<'_>) -> String {
        let optional: Vec<String> = scope
            .readable
            .iter()
            .filter(|r| r.optional && r.path.contains('.') && !matches!(r.kind, Kind::Lines | Kind::Part))
            .map(|r| r.path.clone())
            .collect();
        if optional.is_empty() {
            return self.compared(scope);
        }
        let path = self.random.pick(&optional).clone();
        let body = self.value(Kind::Bool, &scope.narrowed(&path));
        if self.random.chance(50) { format!("(has({path}) && {body})") } else { format!("(!has({path}) || {body})") }
    }
}

fn key(random: &mut Random) -> &'static str {
    random.pick::<&str>(&["'a'", "'b'", "'none such'"])
}

/// A literal of a kind.
pub fn literal(kind: Kind, random: &mut Random) -> String {
    let of: &[&str] = match kind {
        Kind::Bool => &["true", "false"],
        Kind::Int => &["0", "1", "-1", "7", "9223372036854775807", "3"],
        Kind::Decimal => &["0.0", "1.5", "-2.25", "10.00", "0.333", "79228162514264337593543950.335"],
        Kind::Text => &["''", "'a'", "'x-1'", "'RED'", "'7'", "'ÄÖ'", "'1.5'", "'2024-01-31'", "'1h'", "'a,b'"],
        Kind::Date => &["date('2024-01-31')", "date('9999-12-31')"],
        Kind::Time => &["time('08:15:00')"],
        Kind::Timestamp => &["timestamp('2024-03-10T08:30:00Z')", "timestamp('2024-03-10T09:30:00+01:00')"],
        Kind::Local => &["date('2024-03-10').at('02:30', 'UTC')"],
        Kind::Duration => &["duration('90m')", "duration('0s')", "duration('-36h')"],
        Kind::Money => &["money(1.50, 'EUR')", "money(0.0, 'USD')", "money(3, 'JPY')"],
        Kind::Quantity => &["quantity(2, 'EA')", "quantity(1.5, 'KGM')"],
        Kind::Currency => &["currency('EUR')", "currency('USD')"],
        Kind::Unit => &["unit('EA')", "unit('KGM')"],
        Kind::Code => &["Color.RED", "Color.GREEN", "Color.BLUE"],
        Kind::Ints => &["[1, 2, 3]", "[7]"],
        Kind::Texts => &["['a', 'b']", "['x']"],
        Kind::Map => &["{'a': 'x', 'b': 'y'}"],
        Kind::Lines | Kind::Part => &["src.lines"],
    };
    (*random.pick(of)).to_owned()
}
