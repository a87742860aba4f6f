//! Values while a mapping runs: cheap to clone, text borrowed from the payload or the model wherever it can be.
//!
//! A record keeps where it stood, so that a failure can name the place in the payload; a canonical value does not.
//! Absent on purpose: types. The typed IR says what a value is, and every reader goes by it.

use crate::model::{Codes, Id, Struct, System};
use crossdock_runtime::{
    Country, Currency, Date, Decimal, Duration, Failure, LocalTimestamp, Money, Quantity, Time, Timestamp, Unit,
};
use std::cmp::Ordering;
use std::ops::Deref;
use std::rc::Rc;

/// Text, borrowed or shared.
#[derive(Debug, Clone)]
pub enum Text<'v> {
    /// Of the payload or the model.
    Borrowed(&'v str),
    /// Computed.
    Shared(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Shared(text) => text,
        }
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Text::Shared(text.into())
    }
}

impl<'v> From<std::borrow::Cow<'v, str>> for Text<'v> {
    fn from(text: std::borrow::Cow<'v, str>) -> Self {
        match text {
            std::borrow::Cow::Borrowed(text) => Text::Borrowed(text),
            std::borrow::Cow::Owned(text) => text.into(),
        }
    }
}

/// A value.
#[derive(Debug, Clone)]
pub enum Value<'v> {
    /// No value, of an optional type. A present optional is its value.
    None,
    /// A bool.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A decimal.
    Decimal(Decimal),
    /// Any type that is carried as text.
    Text(Text<'v>),
    /// Octets.
    Bytes(Rc<[u8]>),
    /// A date.
    Date(Date),
    /// A wall-clock time.
    Time(Time),
    /// An instant.
    Timestamp(Timestamp),
    /// A date and time without offset.
    Local(LocalTimestamp),
    /// A span of time.
    Duration(Duration),
    /// An amount.
    Money(Money),
    /// A measure.
    Quantity(Quantity),
    /// ISO 4217.
    Currency(Currency),
    /// ISO 3166-1.
    Country(Country),
    /// UN/ECE Rec 20.
    Unit(Unit),
    /// A code by its position in its list.
    Code(Id<Codes>, u16),
    /// A reference by key.
    Ref(Text<'v>),
    /// A reference by another system's identifier, not yet resolved.
    RefBy(Rc<(Id<System>, Text<'v>)>),
    /// A record as it was read: only what the mapping reads.
    Record(Rc<Record<'v>>),
    /// A canonical value, or a record that is to be sent.
    Object(Rc<Object<'v>>),
    /// Elements in order.
    List(Rc<Vec<Value<'v>>>),
    /// Values by key.
    Map(Rc<Map<'v>>),
    /// Two parts that belong together.
    Pair(Rc<(Value<'v>, Value<'v>)>),
    /// What one system changes of an object.
    Patch(Rc<Patch<'v>>),
    /// What it changes of a keyed list.
    ListPatch(Rc<ListPatch<'v>>),
}

/// A record as it was read.
#[derive(Debug)]
pub struct Record<'v> {
    /// Which record.
    pub of: Id<Struct>,
    /// The position of its projection, which knows the slots of its fields.
    pub projection: usize,
    /// Which document it stood in: inputs first, then answers.
    pub input: u8,
    /// The byte offset of its object in the document.
    pub offset: u32,
    /// The fields that are read; which is which, the read plan knows.
    pub slots: Vec<Leaf<'v>>,
    /// The wire names that a change event says have changed, where the record is one.
    pub changed: crossdock_runtime::Leaf<crossdock_runtime::Changes<'v>>,
}

/// The state of a record's field.
#[derive(Debug, Clone, Default)]
pub enum Leaf<'v> {
    /// Its key is not there.
    #[default]
    Missing,
    /// `null`.
    Null,
    /// A spelling of "no value".
    Empty,
    /// A value.
    Value(Value<'v>),
    /// Something that its codec does not take: surfaces when it is used.
    Bad(Failure),
}

/// A struct with all its fields.
#[derive(Debug)]
pub struct Object<'v> {
    /// Which struct.
    pub of: Id<Struct>,
    /// By position.
    pub fields: Vec<Value<'v>>,
}

/// Values by key, in order of insertion.
#[derive(Debug)]
pub struct Map<'v> {
    /// As they were put in.
    entries: Vec<(Value<'v>, Value<'v>)>,
    /// Positions in `entries`, ordered by key: looking up does not grow with what a payload holds.
    sorted: Vec<u32>,
}

/// What one system changes of an object or of a nested value.
#[derive(Debug)]
pub struct Patch<'v> {
    /// Of what.
    pub of: Id<Struct>,
    /// The identity it patches: field positions from the object inward, and the value. Empty for nested ones.
    pub find: Vec<(Vec<u16>, Value<'v>)>,
    /// What is touched, in declared order.
    pub fields: Vec<(u16, Change<'v>)>,
}

/// What becomes of a field in a patch.
#[derive(Debug)]
pub enum Change<'v> {
    /// It loses its value.
    Cleared,
    /// It gets this one: a value, a nested patch, or a patch of a keyed list.
    Set(Value<'v>),
}

/// What one system changes of a keyed list.
#[derive(Debug)]
pub struct ListPatch<'v> {
    /// The element.
    pub of: Id<Struct>,
    /// The element's field that is its key.
    pub key: u16,
    /// Elements that are set: key, and what is touched of the rest.
    pub set: Vec<(Value<'v>, Rc<Patch<'v>>)>,
    /// Keys of those removed.
    pub removed: Vec<Value<'v>>,
}

impl<'v> Value<'v> {
    /// A list.
    pub fn list(items: Vec<Value<'v>>) -> Self {
        Value::List(Rc::new(items))
    }

    /// Computed text.
    pub fn text(text: impl Into<Text<'v>>) -> Self {
        Value::Text(text.into())
    }

    /// Whether it is no value.
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }

    /// An optional from Rust's.
    pub fn from_option(value: Option<Value<'v>>) -> Self {
        value.unwrap_or(Value::None)
    }

    /// One order over all values of one type, in which values are equal where the language says so: decimals by value,
    /// timestamps as instants, text by code point.
    pub fn compare(&self, other: &Value<'v>) -> Ordering {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Decimal(a), Value::Decimal(b)) => a.cmp(b),
            (Value::Text(a), Value::Text(b)) | (Value::Ref(a), Value::Ref(b)) => (**a).cmp(&**b),
            (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
            (Value::Date(a), Value::Date(b)) => a.cmp(b),
            (Value::Time(a), Value::Time(b)) => a.cmp(b),
            (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
            (Value::Local(a), Value::Local(b)) => a.cmp(b),
            (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
            (Value::Money(a), Value::Money(b)) => {
                a.currency.as_str().cmp(b.currency.as_str()).then_with(|| a.amount.cmp(&b.amount))
            }
            (Value::Quantity(a), Value::Quantity(b)) => {
                a.unit.as_str().cmp(b.unit.as_str()).then_with(|| a.value.cmp(&b.value))
            }
            (Value::Currency(a), Value::Currency(b)) => a.as_str().cmp(b.as_str()),
            (Value::Country(a), Value::Country(b)) => a.as_str().cmp(b.as_str()),
            (Value::Unit(a), Value::Unit(b)) => a.as_str().cmp(b.as_str()),
            (Value::Code(_, a), Value::Code(_, b)) => a.cmp(b),
            (Value::RefBy(a), Value::RefBy(b)) => a.0.cmp(&b.0).then_with(|| (*a.1).cmp(&*b.1)),
            (Value::List(a), Value::List(b)) => compare_all(a.iter(), b.iter()),
            (Value::Map(a), Value::Map(b)) => compare_all(a.in_order(), b.in_order()),
            (Value::Object(a), Value::Object(b)) => compare_all(a.fields.iter(), b.fields.iter()),
            (Value::Record(a), Value::Record(b)) => {
                let (a, b) = (a.slots.iter().map(Leaf::or_none), b.slots.iter().map(Leaf::or_none));
                compare_all(a, b)
            }
            (Value::Pair(a), Value::Pair(b)) => a.0.compare(&b.0).then_with(|| a.1.compare(&b.1)),
            // Values of one type differ in kind only if one of them is none, or a reference that is not yet resolved.
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::None => 0,
            Value::Ref(_) => 1,
            Value::RefBy(_) => 2,
            _ => 3,
        }
    }
}

fn compare_all<'a, 'v: 'a>(
    a: impl Iterator<Item = &'a Value<'v>>,
    mut b: impl Iterator<Item = &'a Value<'v>>,
) -> Ordering {
    for x in a {
        let Some(y) = b.next() else { return Ordering::Greater };
        match x.compare(y) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
    if b.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

impl<'v> Leaf<'v> {
    /// The value, or none in every other state.
    pub fn or_none(&self) -> &Value<'v> {
        match self {
            Leaf::Value(value) => value,
            _ => &Value::None,
        }
    }

    /// Whether nothing has been read into it.
    pub fn is_missing(&self) -> bool {
        matches!(self, Leaf::Missing)
    }

    /// Whether it holds a value, or something that is meant to be one.
    pub fn is_present(&self) -> bool {
        matches!(self, Leaf::Value(_) | Leaf::Bad(_))
    }
}

impl<'v> Map<'v> {
    /// A map of these entries, or the position of the first whose key was given before.
    pub fn new(entries: Vec<(Value<'v>, Value<'v>)>) -> Result<Self, usize> {
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let key = |i: &u32| entries.get(*i as usize).map_or(&Value::None, |(key, _)| key);
        let mut sorted: Vec<u32> = (0..count).collect();
        sorted.sort_by(|a, b| key(a).compare(key(b)).then(a.cmp(b)));
        let mut repeated: Option<u32> = None;
        for (a, b) in sorted.iter().zip(sorted.iter().skip(1)) {
            if key(a).compare(key(b)).is_eq() {
                repeated = Some(repeated.map_or(*b, |r| r.min(*b)));
            }
        }
        match repeated {
            Some(at) => Err(at as usize),
            None => Ok(Map { entries, sorted }),
        }
    }

    /// The entries, in order of insertion.
    pub fn entries(&self) -> &[(Value<'v>, Value<'v>)] {
        &self.entries
    }

    /// The value of a key.
    pub fn get(&self, key: &Value<'v>) -> Option<&Value<'v>> {
        let entry = |i: &u32| self.entries.get(*i as usize);
        let found =
            self.sorted.binary_search_by(|i| entry(i).map_or(Ordering::Greater, |(k, _)| k.compare(key))).ok()?;
        self.sorted.get(found).and_then(entry).map(|(_, value)| value)
    }

    /// Keys and values by key: maps are equal whatever the order of insertion.
    fn in_order(&self) -> impl Iterator<Item = &Value<'v>> {
        self.sorted.iter().filter_map(|i| self.entries.get(*i as usize)).flat_map(|(key, value)| [key, value])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(t: &str) -> Value<'_> {
        Value::Text(Text::Borrowed(t))
    }

    #[test]
    fn a_map_finds_by_key_and_keeps_the_order_of_insertion() {
        let map = Map::new(vec![(text("b"), Value::Int(1)), (text("a"), Value::Int(2))]).unwrap();
        assert!(matches!(map.get(&text("a")), Some(Value::Int(2))));
        assert!(map.get(&text("c")).is_none());
        assert!(matches!(map.entries().first(), Some((_, Value::Int(1)))));
    }

    #[test]
    fn a_repeated_key_is_told_by_its_second_place() {
        let twice =
            Map::new(vec![(Value::Int(1), Value::None), (Value::Int(2), Value::None), (Value::Int(1), Value::None)]);
        assert_eq!(twice.err(), Some(2));
    }

    #[test]
    fn lists_compare_element_by_element() {
        let a = Value::list(vec![Value::Int(1), Value::None]);
        let b = Value::list(vec![Value::Int(1), Value::Int(0)]);
        assert!(a.compare(&b).is_lt());
        assert!(a.compare(&a).is_eq());
    }
}
