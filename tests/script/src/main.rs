//! Maps an order with code that the build script generated.

mod contracts {
    include!(concat!(env!("OUT_DIR"), "/crossdock/mod.rs"));
}

use contracts::example_shop::shop_order::Input;
use crossdock_runtime::{Meta, Notes};

fn main() {
    let payload = include_bytes!("../specs/fixtures/order.json");
    let mut notes = Notes::new();
    let input = Input::decode(payload, &mut notes).expect("the fixture is an order");
    let order = input.map(&Meta::default(), &mut notes).expect("it maps");
    println!("{}", order.order_id);
}
