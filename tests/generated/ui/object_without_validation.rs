//! Data becomes an object by being validated, and in no other way.

use harborline_canonical::order::{Data, Order};

fn forged(data: Data) -> Order {
    Order(data)
}

fn changed(order: &mut Order) {
    order.lines.clear();
}

fn main() {}
