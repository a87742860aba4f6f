//! A record is a struct with named fields, whose parts can be read.

use crossdock_runtime::codec::Rfc3339;
use crossdock_runtime::{Leaf, Record};

#[derive(Record)]
#[record(unknown = "maybe")]
enum NotAStruct {}

#[derive(Record)]
struct Pair(i64, i64);

#[derive(Record)]
struct Order {
    #[wire("placed", codec = Rfc3339)]
    placed: Option<i64>,
    #[wire("lines", many)]
    lines: Leaf<i64>,
}

fn main() {}
