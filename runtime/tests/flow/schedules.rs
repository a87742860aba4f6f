//! Random schedules: duplicates, overtaking, timeouts with and without effect, stops between any two actions.

use crate::order::{DAY, HOUR};
use crate::stage::{Driver, Rehearsed, Stage, T0, flows, instance, memory};
use crate::world::{Fault, message, order};
use crossdock_runtime::flow::driver::memory::Memory;
use crossdock_runtime::flow::driver::{Accepted, Order, Rehearsal, Systems};
use crossdock_runtime::flow::{Ending, Outcome};
use serde_json::json;

/// Numbers that look random and repeat by their seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

const MILESTONES: [&str; 6] = ["validated", "released", "allocated", "shipped", "invoiced", "closed"];

/// One order under one schedule. Some are cancelled, some amended.
fn schedule(seed: u64) {
    let mut chance = Chance(seed);
    let mut stage = memory();
    let cancelled = chance.one_in(4);
    let amended = !cancelled && chance.one_in(4);
    for operation in
        ["erp.check_credit", "erp.create_order", "wms.create_order", "erp.change_order", "wms.cancel_order"]
    {
        while chance.one_in(3) {
            let fault = match chance.below(3) {
                0 => Fault::DoneAndLost,
                1 => Fault::Lost,
                _ => Fault::Refuse("throttled"),
            };
            stage.world.fault(operation, fault);
        }
    }
    if chance.one_in(5) {
        stage.world.fault("erp.check_credit", Fault::Refuse("credit_hold"));
    }
    if chance.one_in(5) {
        stage.world.fault("erp.post_invoice", if chance.one_in(2) { Fault::Lost } else { Fault::DoneAndLost });
    }
    let created = order("1", &[("1", "north", 2), ("2", "south", 1)]);
    let ship = |wms: &str, line: &str, shipment: &str| json!({ "wms": wms, "line": line, "quantity": 1, "shipment": shipment });
    let mut messages = vec![
        ("shop.order_created", "a", created),
        ("wms.order_shipped", "b", ship("W-1/north", "1", "s1")),
        ("wms.order_shipped", "c", ship("W-1/north", "1", "s2")),
        ("wms.order_shipped", "d", ship("W-1/south", "2", "s3")),
    ];
    if cancelled {
        messages.push(("shop.order_cancelled", "e", json!({ "order": "1" })));
    }
    if amended {
        messages.push(("crm.order_amended", "f", order("1", &[("1", "north", 2), ("2", "south", 1)])));
        // The warehouses' second numbers.
        messages.push(("wms.order_shipped", "g", ship("W-1/north/2", "1", "s1")));
        messages.push(("wms.order_shipped", "i", ship("W-1/north/2", "1", "s2")));
        messages.push(("wms.order_shipped", "h", ship("W-1/south/2", "2", "s3")));
    }
    // Everything arrives in some order, some of it more than once.
    let mut arriving: Vec<usize> = (0..messages.len()).collect();
    for index in 0..messages.len() {
        while chance.one_in(3) {
            arriving.push(index);
        }
    }
    for index in (1..arriving.len()).rev() {
        arriving.swap(index, usize::try_from(chance.below(index as u64 + 1)).unwrap());
    }
    for _ in 0..400 {
        let jobs = stage.driver.r().jobs().unwrap();
        let now = stage.driver.r().now();
        let due: Vec<_> = jobs.iter().filter(|job| job.due <= now).collect();
        if !arriving.is_empty() && (due.is_empty() || chance.one_in(3)) {
            let (name, id, payload) = &messages[arriving.pop().unwrap()];
            let accepted = stage.driver.r().accept(&message(name, id, now, payload)).unwrap();
            assert_ne!(accepted, Accepted::Unknown);
        } else if due.is_empty() {
            let Some(next) = jobs.first().map(|job| job.due) else { break };
            // Nothing but far timers: they come at the end.
            if next > now + HOUR {
                break;
            }
            stage.driver.r().set_now(next);
        } else {
            let job = due[usize::try_from(chance.below(due.len() as u64)).unwrap()].clone();
            let Stage { driver, world, .. } = &mut stage;
            match &job.order {
                // The process stops with the call made, or with the call only begun.
                Order::Call(call) if chance.one_in(5) => {
                    driver.begin(&job);
                    if chance.one_in(2) {
                        world.call(&job.instance, call);
                    }
                    driver.restart_with(flows());
                }
                Order::Call(_) if chance.one_in(6) => {
                    driver.perform(&job);
                    // The answer comes twice.
                    driver.replied(&job, Outcome::Answered("{}".into()));
                }
                _ => driver.perform(&job),
            }
        }
    }
    let by_hand = finish(&mut stage, seed);
    check(&mut stage, seed, by_hand);
}

/// People do what must be done, time passes. Tells how often somebody saw to it by hand that something was undone.
fn finish(stage: &mut Stage<Rehearsed<Memory>>, seed: u64) -> usize {
    let mut by_hand = 0;
    for _ in 0..60 {
        let raised = stage.raised();
        for one in &raised {
            let action = if one.actions.iter().any(|action| action == "release") {
                "release"
            } else if one.actions.iter().any(|action| action == "continue") && one.name == "absent_value" {
                by_hand += 1;
                "continue"
            } else {
                "again"
            };
            stage.driver.r().act(&instance("1"), one.exception, action, "ann").unwrap();
        }
        for letter in stage.letters() {
            stage.driver.r().replay(letter.id).unwrap();
        }
        stage.pass(DAY);
        if stage.seen("1").state.is_some() && stage.finished("1").is_some() {
            return by_hand;
        }
    }
    panic!("seed {seed}: stuck: {:#?}\n{:?}", stage.raised(), stage.seen("1").state);
}

fn check(stage: &mut Stage<Rehearsed<Memory>>, seed: u64, by_hand: usize) {
    let records = stage.world.records();
    for ((operation, key), count) in &records.effects {
        assert!(*count <= 1, "seed {seed}: {operation} was done {count} times under {key}");
    }
    let of = |operation: &str| records.effects.keys().filter(|(of, _)| of == operation).count();
    let (submitted, withdrawn) = (of("erp.create_order"), of("erp.cancel_order"));
    let (allocated, released) = (of("wms.create_order"), of("wms.cancel_order"));
    drop(records);
    let seen = stage.seen("1");
    let mut last = 0;
    for (name, ..) in &seen.milestones {
        let place = MILESTONES.iter().position(|one| one == name).unwrap();
        assert!(place >= last || name == "allocated", "seed {seed}: milestones out of order: {:?}", seen.milestones);
        last = last.max(place);
    }
    assert!(stage.raised().is_empty(), "seed {seed}");
    match stage.finished("1") {
        Some(Ending::Undone) => {
            let left = (submitted + allocated) - (withdrawn + released);
            assert!(left <= by_hand, "seed {seed}: not everything was undone");
        }
        Some(Ending::Done) => {
            assert_eq!(submitted, 1, "seed {seed}");
            assert_eq!(allocated - released, 2, "seed {seed}");
            assert_eq!(stage.status("1"), "shipped", "seed {seed}");
            let shipped: Vec<u32> = stage.state("1").data().lines.iter().map(|line| line.shipped).collect();
            assert_eq!(shipped, [2, 1], "seed {seed}: every acknowledged shipment counts, once");
        }
        None => panic!("seed {seed}: not finished"),
    }
}

#[test]
fn two_thousand_schedules_keep_the_promises() {
    for seed in 0..2_000 {
        schedule(seed);
    }
}

#[test]
fn the_same_inputs_give_the_same_states() {
    let run = || {
        let mut stage = memory();
        stage.place("1", &["north", "south"]);
        stage.pass(HOUR);
        stage.shipped("1", "north", "1", 1);
        stage.pass(DAY);
        stage.seen("1")
    };
    assert_eq!(run(), run());
}

#[test]
fn a_clock_that_jumps_back_loses_nothing() {
    let mut stage = memory();
    stage.place("1", &["north"]);
    stage.pass(1_000);
    stage.driver.r().set_now(T0 - 100 * DAY);
    stage.shipped("1", "north", "1", 1);
    stage.pass(200 * DAY);
    assert_eq!(stage.finished("1"), Some(Ending::Done));
    drop(Rehearsal::new(flows(), Memory::new(), T0).unwrap());
}
