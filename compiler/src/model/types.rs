//! The types of the language: what a field holds and what an expression yields. There is no untyped value
//! and no binary float.

use super::{Codes, Id, Model, Struct};
use std::fmt::Write as _;

/// What is known of a decimal's digits; `None` is unknown, not unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Digits {
    /// Total significant digits.
    pub precision: Option<u32>,
    /// Digits after the point.
    pub scale: Option<u32>,
}

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A 64-bit signed integer.
    Int,
    /// An exact decimal.
    Decimal(Digits),
    /// Unicode text, with its greatest length in code points where one is declared.
    String(Option<u32>),
    /// Text of a known form: carried as text, checked on entry.
    Email,
    /// An absolute or relative URI reference, carried as text.
    Uri,
    /// A UUID, carried as text.
    Uuid,
    /// Raw octets.
    Bytes,
    /// A calendar date.
    Date,
    /// A wall-clock time.
    Time,
    /// An instant that keeps the offset it was written with.
    Timestamp,
    /// A date and wall-clock time without offset.
    LocalTimestamp,
    /// An exact span of time.
    Duration,
    /// An exact amount in an ISO 4217 currency.
    Money,
    /// An exact value in a UN/ECE Rec 20 unit.
    Quantity,
    /// ISO 4217 alpha-3.
    Currency,
    /// ISO 3166-1 alpha-2.
    Country,
    /// UN/ECE Rec 20.
    Unit,
    /// A JSON value, kept as its text.
    Json,
    /// A code of a list, or a state of a lifecycle.
    Code(Id<Codes>),
    /// A reference to an object by its key.
    Ref(RefTarget),
    /// An object, value or record.
    Struct(Id<Struct>),
    /// Elements in order.
    List(Box<Type>),
    /// Values by key; declared maps have text keys.
    Map(Box<Type>, Box<Type>),
    /// A value that may be none.
    Optional(Box<Type>),
    /// Two named parts that belong together: what `groupBy` and `join` make. Of expressions only; nothing declares it.
    Pair(PairKind, Box<Type>, Box<Type>),
    /// The type of `none` and of an empty list's elements before the context says more.
    Any,
    /// What could not be resolved: a finding was given, so nothing more is said about it.
    Unknown,
}

/// Why two values belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PairKind {
    /// A key, and the elements that have it.
    Group,
    /// Elements of two lists that have one key.
    Joined,
    /// An element with its key, on the way to one of the others.
    Keyed,
}

impl PairKind {
    /// How its parts are called, in order.
    pub fn parts(self) -> [&'static str; 2] {
        match self {
            PairKind::Group => ["key", "items"],
            PairKind::Joined => ["left", "right"],
            PairKind::Keyed => ["key", "item"],
        }
    }
}

/// What a `ref<…>` refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefTarget {
    /// The object, or the object that owns the list.
    pub object: Id<Struct>,
    /// The field of the keyed list whose element is meant, for `ref<Order.lines>`.
    pub list: Option<u16>,
}

impl Type {
    /// A decimal of which nothing is known.
    pub const DECIMAL: Type = Type::Decimal(Digits { precision: None, scale: None });
    /// Text without a bound.
    pub const STRING: Type = Type::String(None);

    /// This type, optional; an optional stays as it is.
    #[must_use]
    pub fn optional(self) -> Type {
        match self {
            Type::Optional(_) | Type::Unknown => self,
            other => Type::Optional(Box::new(other)),
        }
    }

    /// The type inside an optional, or the type itself.
    pub fn inner(&self) -> &Type {
        match self {
            Type::Optional(inner) => inner,
            other => other,
        }
    }

    /// Whether the value may be none.
    pub fn is_optional(&self) -> bool {
        matches!(self, Type::Optional(_))
    }

    /// Whether it is carried as text: `string`, `email`, `uri`, `uuid`, and `json` as its own text.
    pub fn is_text(&self) -> bool {
        matches!(self, Type::String(_) | Type::Email | Type::Uri | Type::Uuid | Type::Json)
    }

    /// The struct, if it is one (optional or not).
    pub fn as_struct(&self) -> Option<Id<Struct>> {
        match self.inner() {
            Type::Struct(id) => Some(*id),
            _ => None,
        }
    }

    /// The element type, if it is a list (optional or not).
    pub fn element(&self) -> Option<&Type> {
        match self.inner() {
            Type::List(element) => Some(element),
            _ => None,
        }
    }

    /// Whether any part of it could not be resolved.
    pub fn is_unknown(&self) -> bool {
        match self {
            Type::Unknown => true,
            Type::List(t) | Type::Optional(t) => t.is_unknown(),
            Type::Map(k, v) | Type::Pair(_, k, v) => k.is_unknown() || v.is_unknown(),
            _ => false,
        }
    }

    /// The type as a spec writes it.
    pub fn show(&self, model: &Model) -> String {
        let mut text = String::new();
        self.write(model, &mut text);
        text
    }

    fn write(&self, model: &Model, out: &mut String) {
        match self {
            Type::Decimal(Digits { precision: Some(p), scale: Some(s) }) => drop(write!(out, "decimal({p},{s})")),
            Type::Decimal(Digits { scale: Some(s), .. }) => drop(write!(out, "decimal with {s} decimals")),
            Type::String(Some(length)) => drop(write!(out, "string({length})")),
            Type::Code(id) => out.push_str(&model.codes[*id].name),
            Type::Struct(id) => out.push_str(&model.structs[*id].full_name(model)),
            Type::Ref(target) => {
                out.push_str("ref<");
                let object = &model.structs[target.object];
                out.push_str(&object.name);
                if let Some(field) = target.list.and_then(|i| object.fields.get(usize::from(i))) {
                    out.push('.');
                    out.push_str(&field.name);
                }
                out.push('>');
            }
            Type::List(t) => {
                out.push_str("list<");
                t.write(model, out);
                out.push('>');
            }
            Type::Map(k, v) => {
                out.push_str("map<");
                if !k.is_text() {
                    k.write(model, out);
                    out.push_str(", ");
                }
                v.write(model, out);
                out.push('>');
            }
            Type::Optional(t) => {
                t.write(model, out);
                out.push('?');
            }
            Type::Pair(kind, a, b) => {
                let [first, second] = kind.parts();
                let _ = write!(out, "{{{first}: ");
                a.write(model, out);
                let _ = write!(out, ", {second}: ");
                b.write(model, out);
                out.push('}');
            }
            other => out.push_str(other.word()),
        }
    }

    /// The name of a simple type.
    pub fn word(&self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Decimal(_) => "decimal",
            Type::String(_) => "string",
            Type::Email => "email",
            Type::Uri => "uri",
            Type::Uuid => "uuid",
            Type::Bytes => "bytes",
            Type::Date => "date",
            Type::Time => "time",
            Type::Timestamp => "timestamp",
            Type::LocalTimestamp => "local_timestamp",
            Type::Duration => "duration",
            Type::Money => "money",
            Type::Quantity => "quantity",
            Type::Currency => "currency",
            Type::Country => "country",
            Type::Unit => "unit",
            Type::Json => "json",
            Type::Code(_) => "code",
            Type::Ref(_) => "ref",
            Type::Struct(_) => "object",
            Type::List(_) => "list",
            Type::Map(..) => "map",
            Type::Optional(_) => "optional",
            Type::Pair(..) => "pair",
            Type::Any => "none",
            Type::Unknown => "unknown",
        }
    }

    /// The simple type of a name as LANGUAGE 2 lists them.
    pub fn simple(name: &str) -> Option<Type> {
        Some(match name {
            "bool" => Type::Bool,
            "int" => Type::Int,
            "decimal" => Type::DECIMAL,
            "string" => Type::STRING,
            "email" => Type::Email,
            "uri" => Type::Uri,
            "uuid" => Type::Uuid,
            "bytes" => Type::Bytes,
            "date" => Type::Date,
            "time" => Type::Time,
            "timestamp" => Type::Timestamp,
            "local_timestamp" => Type::LocalTimestamp,
            "duration" => Type::Duration,
            "money" => Type::Money,
            "quantity" => Type::Quantity,
            "currency" => Type::Currency,
            "country" => Type::Country,
            "unit" => Type::Unit,
            "json" => Type::Json,
            _ => return None,
        })
    }

    /// The names that [`Type::simple`] knows, for suggestions.
    pub const WORDS: &[&str] = &[
        "bool",
        "int",
        "decimal",
        "string",
        "email",
        "uri",
        "uuid",
        "bytes",
        "date",
        "time",
        "timestamp",
        "local_timestamp",
        "duration",
        "money",
        "quantity",
        "currency",
        "country",
        "unit",
        "json",
    ];
}
