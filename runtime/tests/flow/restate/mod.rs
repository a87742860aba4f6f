//! Scripts on a real Restate server.

mod crashes;

use crate::stage::{Stage, T0, flows};
use crate::world::World;
use crossdock_test_drivers::restate::OnRestate;
use std::sync::Arc;

pub fn stage(name: &str) -> Option<Stage<OnRestate>> {
    let world = Arc::new(World::default());
    let driver = OnRestate::start(name, flows(), Arc::clone(&world) as _, None, T0)?;
    Some(Stage::new(driver, world))
}
