//! What the records look like that mappings read: fields with every codec and presence, a nested record, a list of lines.

use super::random::Random;

/// The kind of a value in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `decimal`
    Decimal,
    /// `string`
    Text,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamp`
    Timestamp,
    /// `local_timestamp`
    Local,
    /// `duration`
    Duration,
    /// `money`
    Money,
    /// `quantity`
    Quantity,
    /// `currency`
    Currency,
    /// `unit`
    Unit,
    /// The code list `Color`.
    Code,
    /// `list<int>`
    Ints,
    /// `list<string>`
    Texts,
    /// `map<string>`
    Map,
    /// A list of the mapping's line record.
    Lines,
    /// The mapping's part record.
    Part,
}

impl Kind {
    /// The type as specs write it; lines and parts have none of their own.
    pub fn type_name(self) -> &'static str {
        match self {
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Decimal => "decimal",
            Kind::Text => "string",
            Kind::Date => "date",
            Kind::Time => "time",
            Kind::Timestamp => "timestamp",
            Kind::Local => "local_timestamp",
            Kind::Duration => "duration",
            Kind::Money => "money",
            Kind::Quantity => "quantity",
            Kind::Currency => "currency",
            Kind::Unit => "unit",
            Kind::Code => "Color",
            Kind::Ints => "list<int>",
            Kind::Texts => "list<string>",
            Kind::Map => "map<string>",
            Kind::Lines | Kind::Part => "string",
        }
    }
}

/// Whether and how a field may have no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must have one.
    Required,
    /// `?`
    Optional,
    /// `?` and null differs from absent.
    Nullable,
    /// `?` and an empty text is no value.
    EmptyIsNone,
}

/// How a scalar is written in a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    /// The type of its values.
    pub kind: Kind,
    /// The type with its codec; `{}` stands for the mark of an optional.
    pub declared: &'static str,
    /// JSON texts that it takes.
    pub good: &'static [&'static str],
    /// JSON texts that it refuses, or that are at the edge of what it takes.
    pub edge: &'static [&'static str],
}

macro_rules! wires {
    ($($kind:ident $declared:literal [$($good:literal),*] [$($edge:literal),*];)*) => {
        /// Every scalar that a record of these workspaces may hold.
        pub const WIRES: &[Wire] = &[$(Wire {
            kind: Kind::$kind, declared: $declared, good: &[$($good),*], edge: &[$($edge),*],
        }),*];
    };
}

wires! {
    Int "int{}" ["0", "1", "-7", "42", "1000"] ["9223372036854775807", "-9223372036854775808", "9223372036854775808", "1.0", "1.5", "\"3\"", "[]"];
    Int "int{} as text" ["\"0\"", "\"12\"", "\"-5\""] ["\"9223372036854775807\"", "\"x\"", "\"\"", "12", "\" 1\""];
    Int "int{} as padded(6)" ["\"000012\"", "\"000000\""] ["\"9999999\"", "\"00-1\"", "7"];
    Decimal "decimal{}" ["0", "1.50", "-3.125", "100", "0.07"] ["1e3", "79228162514264337593543950335", "7922816251426433759354395033500", "0.00000000000000000000000000001", "\"1.5\"", "true"];
    Decimal "decimal{} as text" ["\"1.50\"", "\"-0.5\"", "\"10\""] ["\"1,5\"", "\"\"", "\"1e2\"", "1.5"];
    Decimal "decimal(8,2){} as text" ["\"1.5\"", "\"-20.25\"", "\"0\""] ["\"1.234\"", "\"9999999.99\"", "\"999999.99\"", "\"1.230\""];
    Decimal "decimal{} as implied(2)" ["\"150\"", "\"007\""] ["\"1.5\"", "\"-3\"", "5"];
    Text "string{}" ["\"a\"", "\"Hello, World\"", "\"\"", "\"ü-ß\"", "\"42\"", "\"a/b/c\"", "\"RED\"", "\"EUR\""] ["\"\\u0000\"", "5", "{}", "\"2024-02-30\"", "\"99999999999999999999\""];
    Text "string(5){}" ["\"abc\"", "\"\"", "\"12345\""] ["\"123456\"", "\"äöüßé\"", "false"];
    Bool "bool{}" ["true", "false"] ["\"true\"", "0"];
    Bool "bool{} as y_n" ["\"Y\"", "\"N\""] ["\"y\"", "\"\"", "true"];
    Bool "bool{} as zero_one" ["\"1\"", "\"0\""] ["\"2\"", "1"];
    Date "date{}" ["\"2024-02-29\"", "\"1999-12-31\""] ["\"2023-02-29\"", "\"0001-01-01\"", "\"9999-12-31\"", "\"2024-2-1\"", "20240101"];
    Date "date{} as date(CCYYMMDD)" ["\"20240229\"", "\"20000101\""] ["\"20230229\"", "\"2024\"", "20240229"];
    Time "time{}" ["\"08:30:00\"", "\"23:59:59\"", "\"00:00:00.5\""] ["\"24:00:00\"", "\"8:30\"", "\"12:30\""];
    Timestamp "timestamp{} as rfc3339" ["\"2024-03-10T02:30:00Z\"", "\"2024-11-03T01:30:00-05:00\"", "\"1970-01-01T00:00:00.123+14:00\""] ["\"2024-03-10T02:30:00\"", "\"9999-12-31T23:59:59Z\"", "\"0001-01-01T00:00:00Z\"", "\"2024-13-01T00:00:00Z\"", "0"];
    Timestamp "timestamp{} as epoch_s" ["0", "1700000000", "-1"] ["99999999999999", "1.5", "\"1\""];
    Timestamp "timestamp{} as epoch_ms" ["1700000000123", "0"] ["9223372036854775807", "\"x\""];
    Timestamp "timestamp{} as iso_offset" ["\"2024-03-10T02:30:00+0000\"", "\"2024-03-10T02:30:00.5-0800\""] ["\"2024-03-10T02:30:00Z\"", "\"2024-03-10\""];
    Timestamp "timestamp{} as odata" ["\"/Date(1700000000000+0000)/\"", "\"/Date(0)/\""] ["\"/Date(x)/\"", "\"2024-03-10\""];
    Local "local_timestamp{}" ["\"2024-03-10T02:30:00\"", "\"2024-11-03T01:30:00\""] ["\"2024-03-10T02:30:00Z\"", "\"2024-03-10\""];
    Currency "currency{}" ["\"EUR\"", "\"USD\"", "\"JPY\""] ["\"XXQ\"", "\"eur\"", "\"\""];
    Unit "unit{}" ["\"EA\"", "\"KGM\""] ["\"??\"", "\"\""];
    Texts "list<string>{} as split(',')" ["\"a,b\"", "\"x\"", "\"b,a,b\""] ["\"\"", "\",\"", "[\"a\"]"];
    Ints "list<int>{}" ["[1,2,3]", "[]", "[5]", "[-1,-1]"] ["[1,null]", "[9223372036854775807,1]", "[1.5]", "{}"];
    Texts "list<string>{}" ["[\"a\",\"b\"]", "[]", "[\"x\",\"x\"]"] ["[1]", "[null]", "\"a\""];
    Map "map<string>{}" ["{\"a\":\"1\",\"b\":\"2\"}", "{}"] ["{\"a\":1}", "{\"a\":null}", "[]", "{\"a\":\"1\",\"a\":\"2\"}"];
}

/// A field of a record.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Its wire name.
    pub name: String,
    /// How it is written.
    pub wire: Wire,
    /// Whether it may have no value.
    pub presence: Presence,
}

impl Leaf {
    /// Its declaration.
    pub fn declared(&self) -> String {
        let mark = if self.presence == Presence::Required { "" } else { "?" };
        let ty = self.wire.declared.replace("{}", mark);
        match self.presence {
            Presence::Required | Presence::Optional => format!("\"{ty}\""),
            Presence::Nullable => format!("{{ type: \"{ty}\", nullable: true }}"),
            Presence::EmptyIsNone => format!("{{ type: \"{ty}\", absent: [\"\", \"-\"] }}"),
        }
    }
}

/// The records of one mapping.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Fields of the record itself.
    pub leaves: Vec<Leaf>,
    /// Fields of the nested record `part`.
    pub part: Vec<Leaf>,
    /// Whether `part` may be absent.
    pub part_optional: bool,
    /// Fields of the records in `lines`.
    pub line: Vec<Leaf>,
    /// Whether `lines` may be absent.
    pub lines_optional: bool,
}

impl Shape {
    /// A shape by chance.
    pub fn new(random: &mut Random) -> Shape {
        let count = 7 + random.below(5);
        Shape {
            leaves: leaves(random, count, "f"),
            part: leaves(random, 3, "p"),
            part_optional: random.chance(50),
            line: leaves(random, 4, "l"),
            lines_optional: random.chance(30),
        }
    }
}

fn leaves(random: &mut Random, count: usize, prefix: &str) -> Vec<Leaf> {
    (0..count)
        .map(|at| {
            let wire = *random.pick(WIRES);
            let scalar = !matches!(wire.kind, Kind::Ints | Kind::Texts | Kind::Map);
            let presence = match random.below(6) {
                0 if scalar => Presence::Nullable,
                1 if scalar => Presence::EmptyIsNone,
                2 | 3 => Presence::Optional,
                _ => Presence::Required,
            };
            Leaf { name: format!("{prefix}{at}"), wire, presence }
        })
        .collect()
}
