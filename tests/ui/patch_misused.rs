//! Every mistake in a patch, each at its own place.

use crossdock_runtime::{Field, Patch};

#[derive(Patch)]
struct Line<T> {
    #[patch(key)]
    line_id: String,
    #[patch(key, key)]
    other_id: String,
    #[patch(rename = "sku")]
    article: Field<String>,
    #[patch(rename = "sku", rename = "shipped")]
    sku: Field<T>,
    #[patch(skip = "no", unknown)]
    note: Field<String>,
    #[patch]
    bare: Field<String>,
}

#[derive(Patch)]
struct Pair(Field<String>, Field<String>);

#[derive(Patch)]
enum NotAStruct {}

fn main() {}
