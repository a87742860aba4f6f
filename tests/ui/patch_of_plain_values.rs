//! What a patch holds can be left as it is, which a plain value can't.

use crossdock_runtime::{Field, Patch};

#[derive(Patch)]
struct Line {
    #[patch(key)]
    line_id: String,
    sku: Option<String>,
    shipped: Field<String>,
}

fn main() {}
