//! Every mistake in a record's words, each at its own place.

use crossdock_runtime::{Leaf, Record};

#[derive(Record)]
#[record(unknown = "maybe", unknown = "warn", strict, skip("a", ()))]
struct Order<'a, 'b, T> {
    #[record(at)]
    at: u32,
    #[record(at)]
    again: u32,
    #[record(place)]
    place: u32,
    plain: Leaf<i64>,
    #[wire("one")]
    #[wire("two")]
    twice: Leaf<i64>,
    #[wire(codec = Text)]
    no_key: Leaf<i64>,
    #[wire("id", many, each, sorted, absent("a"), absent("b"), emit = nil)]
    several: Leaf<Vec<i64>>,
    #[tag("A")]
    tagged: Leaf<T>,
    #[wire("text")]
    text: Leaf<&'a str>,
    #[wire("more")]
    more: Leaf<&'b str>,
}

fn main() {}
