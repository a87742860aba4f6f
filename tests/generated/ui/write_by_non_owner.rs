//! The shop never owns an order's total.

use crossdock_runtime as rt;
use harborline_canonical::patches::shopify::OrderPatch;

fn main() {
    let _ = OrderPatch { total: rt::Field::Cleared, ..OrderPatch::default() };
}
