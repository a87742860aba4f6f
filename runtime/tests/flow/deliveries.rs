//! Events that subscribers are called for: here `desk`, which is asked for nothing but what the order and a lookup tell.

use crate::order::{HOUR, OrderFlow, program};
use crate::stage::{Driver, Stage};
use crate::world::Fault;
use crossdock_runtime::flow::driver::{Accepted, Flows, Hosted};
use crossdock_runtime::flow::{CallSpec, Machine, PublishSpec, What, Work};

/// The flow, with `desk` called for everything that it publishes.
fn told() -> Flows {
    let mut program = program();
    let Work::Call { call, .. } = &program.blocks[0][0].work else { panic!("the first step calls") };
    let call = CallSpec { keys: call.keys, attempts: 3, backoff: 1_000, ..CallSpec::new("desk", "tell", call.send) };
    let with = |publish: &mut PublishSpec| {
        publish.calls = vec![call.clone()];
        publish.dead_letter = Some(("care".into(), HOUR));
        publish.keep = Some(24 * HOUR);
    };
    for step in &mut program.blocks[0] {
        if let Work::Publish(publish) = &mut step.work {
            with(publish);
        }
    }
    program.on_change.iter_mut().for_each(|one| with(&mut one.publish));
    let flow: Box<dyn Hosted> = Box::new(Machine::new(program, OrderFlow).unwrap());
    Flows::from([flow])
}

pub fn a_subscriber_is_called_until_it_takes_an_event<D: Driver>(stage: &mut Stage<D>) {
    stage.driver.restart_with(told());
    stage.world.fault("desk.tell", Fault::DoneAndLost);
    stage.world.fault("desk.tell", Fault::Lost);
    stage.place("1", &["north"]);
    stage.pass(500);
    stage.shipped("1", "north", "1", 1);
    stage.pass(HOUR);
    let keys = stage.world.keys("desk.tell");
    assert!(keys.len() > 3, "{keys:?}");
    assert!(keys[0] == keys[1] && keys[1] == keys[2] && keys[2] != keys[3], "each goes in its turn: {keys:?}");
    let published = stage.world.records().published.len();
    assert_eq!(stage.world.effects("desk.tell"), u32::try_from(published).unwrap());
    assert!(stage.letters().is_empty());
    stage.driver.restart_with(told());
    stage.pass(HOUR);
    assert_eq!(stage.world.effects("desk.tell"), u32::try_from(published).unwrap(), "nothing is told again");
}

pub fn an_event_that_a_subscriber_refuses_is_replayed_from_its_dead_letter<D: Driver>(stage: &mut Stage<D>) {
    stage.driver.restart_with(told());
    stage.world.fault("desk.tell", Fault::Refuse("rejected"));
    stage.place("1", &["north"]);
    stage.pass(500);
    stage.shipped("1", "north", "1", 1);
    stage.pass(HOUR);
    let published = u32::try_from(stage.world.records().published.len()).unwrap();
    assert_eq!(stage.world.effects("desk.tell"), published - 1, "those behind it are told");
    let letters = stage.letters();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((&*letter.letter.name, &*letter.letter.team), ("rejected", "care"));
    assert_eq!(stage.driver.replay(letter), Some(Accepted::Taken));
    stage.pass(HOUR);
    assert_eq!(stage.world.effects("desk.tell"), published);
    let keys = stage.world.keys("desk.tell");
    assert_eq!(keys.first(), keys.last(), "it carries the same key");
    assert!(stage.letters().is_empty());
}

pub fn a_dead_letter_is_removed_when_its_time_is_over_and_the_audit_says_so<D: Driver>(stage: &mut Stage<D>) {
    stage.driver.restart_with(told());
    stage.world.fault("desk.tell", Fault::Refuse("rejected"));
    stage.place("1", &["north"]);
    stage.pass(23 * HOUR);
    let letters = stage.letters();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert!(stage.audit("1", What::Forgotten).is_empty(), "not before its time");
    stage.pass(2 * HOUR);
    assert!(stage.letters().is_empty());
    assert_eq!(stage.audit("1", What::Forgotten).len(), 1);
    assert_eq!(stage.driver.replay(letter), None, "there is nothing to be replayed");
}
