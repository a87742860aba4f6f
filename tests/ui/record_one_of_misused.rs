//! Every mistake in a record that is one of several.

use crossdock_runtime::{Leaf, Record};

#[derive(Record)]
#[record(one_of = "kind", one_of = "type", skip("cat", ("dog", "name")))]
struct Animal {
    #[tag("cat")]
    cat: Option<Named>,
    #[tag("cat")]
    tom: Leaf<Named>,
    #[tag("dog", own)]
    dog: Named,
    #[tag("bird", mine)]
    bird: Option<Named>,
    #[wire("name")]
    name: Leaf<String>,
}

#[derive(Record)]
#[record(one_of = "kind")]
struct Nothing {}

#[derive(Record)]
struct Named {
    #[wire("name")]
    name: String,
}

fn main() {}
