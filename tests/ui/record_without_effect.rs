//! A word that would have no effect is refused, not passed over.

use crossdock_runtime::{Leaf, Record};

#[derive(Record)]
struct Order {
    #[wire("customer", nested, codec = Text)]
    customer: Leaf<Customer>,
    #[wire("lines", many, codec = Text)]
    lines: Leaf<Vec<Customer>>,
    #[wire("note", emit = null)]
    note: Option<String>,
    #[wire("memo", optional)]
    memo: Option<String>,
    #[wire("text", optional)]
    text: Leaf<String>,
}

#[derive(Record)]
#[record(encode)]
struct Customer {
    #[wire("id", emit = "-")]
    id: i64,
}

fn main() {}
