//! Nothing that was just received can be shipped.

use harborline_canonical::order::{Order, state::State};

fn ship(order: &mut Order) {
    if let State::Received(received) = order.state() {
        let _ = received.to_shipped();
    }
}

fn main() {}
