//! The warehouse says what of a line was shipped, and never what was ordered.

use crossdock_runtime as rt;
use harborline_canonical::patches::ongoing::OrderLinePatch;

fn main() {
    let mut line = OrderLinePatch::default();
    line.shipped = rt::Field::Untouched;
    line.ordered = rt::Field::Untouched;
}
