//! States of other versions.

use crate::order::{DAY, OrderFlow, program};
use crate::stage::{Driver, Stage};
use crate::world::order;
use crossdock_runtime::flow::driver::{Accepted, Flows, Hosted};
use crossdock_runtime::flow::{Decide, Deed, Ending, Holds, Machine, Program, Slot, Step, Then, Unreadable, Work};
use serde_json::{Value, json};

pub fn hosted(program: Program) -> Flows {
    let flow: Box<dyn Hosted> = Box::new(Machine::new(program, OrderFlow).unwrap());
    Flows::from([flow])
}

fn second() -> Program {
    let mut program = program();
    program.version = 2;
    program
}

/// A flow in which `pause` is dropped, `submit` is renamed, and a step is new before what is done.
fn changed() -> Program {
    let mut program = second();
    program.blocks[0][1].name = "send_order".into();
    program.blocks[0][1].was = vec!["submit".into()];
    program.dropped = vec!["pause".into()];
    program.blocks[0].remove(6);
    program.blocks[0][6].after = vec![5];
    program.blocks[0][5].work = Work::Decide(Decide::default());
    let mut steps = vec![Step::new("screen", 0, Work::Wait(DAY))];
    for mut step in std::mem::take(&mut program.blocks[0]) {
        step.after = step.after.iter().map(|before| before + 1).collect();
        if step.after.is_empty() {
            step.after = vec![0];
        }
        steps.push(step);
    }
    program.blocks[0] = steps;
    program.interrupts.pop();
    program.exceptions[0].actions.clear();
    program.exceptions[0].resolve.clear();
    program
}

pub fn an_older_state_goes_on_in_a_changed_flow<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(1_000);
    stage.driver.restart_with(hosted(changed()));
    stage.shipped("1", "north", "1", 1);
    stage.pass(1_000);
    let seen = stage.seen("1");
    let (state, older) = Machine::new(changed(), OrderFlow).unwrap().load(seen.state.unwrap().as_bytes()).unwrap();
    assert!(!older);
    assert_eq!(state.finished(), Some(Ending::Done), "the new step before what was done is passed over");
    let names: Vec<String> = seen.milestones.into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["validated", "released", "allocated", "shipped", "invoiced", "closed"]);
}

pub fn an_instance_that_stood_in_a_dropped_step_goes_on<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(1_000);
    stage.shipped("1", "north", "1", 1);
    stage.pass(1_000);
    assert_eq!(stage.finished("1"), None);
    stage.driver.restart_with(hosted(changed()));
    assert!(stage.seen("1").state.unwrap().contains("\"finished\":\"done\""));
}

fn refused<D: Driver>(stage: &mut Stage<D>, program: Program, why: &str) {
    let before = stage.seen("1");
    stage.driver.restart_with(hosted(program));
    assert_eq!(stage.open(), ["unreadable_state"]);
    assert!(stage.raised()[0].detail.contains(why), "{}", stage.raised()[0].detail);
    assert_eq!(&*stage.raised()[0].team, "integration");
    assert_eq!(stage.shipped("1", "north", "1", 1), Accepted::Dead);
    stage.pass(10 * DAY);
    assert_eq!(stage.seen("1"), before, "it is left as it is");
}

pub fn a_state_of_a_newer_version_is_left_alone_and_raised<D: Driver>(stage: &mut Stage<D>) {
    stage.driver.restart_with(hosted(second()));
    stage.place("1", &["north"]);
    stage.pass(1_000);
    let mut first = program();
    first.version = 1;
    refused(stage, first, "newer than 1");
    // Its own version takes it up again, with what came meanwhile.
    stage.driver.restart_with(hosted(second()));
    let letter = stage.letters().remove(0);
    assert_eq!(stage.driver.replay(&letter), Some(Accepted::Taken));
    stage.pass(10 * DAY);
    assert!(stage.seen("1").state.unwrap().contains("\"finished\":\"done\""));
}

pub fn a_state_with_a_step_that_is_gone_is_left_alone_and_raised<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(1_000);
    let mut program = changed();
    program.dropped.clear();
    refused(stage, program, "`pause`");
}

/// A flow in which something is looked up for what was sent, and one event is taken by two interrupts.
fn looking_up(version: u32) -> Program {
    let mut program = program();
    program.version = version;
    let Work::Await(wait) = &mut program.blocks[1][1].work else { panic!("no wait") };
    let keys = program.interrupts[0].receive.unwrap().keys;
    wait.branches[0].receive.as_mut().unwrap().keys = keys;
    let mut again = program.interrupts[2].clone();
    again.listen.event = "erp.order_updated".into();
    again.receive.as_mut().unwrap().keys = keys;
    again.deed = Deed::then(Then::Continue);
    program.interrupts.push(again);
    program
}

pub fn what_takes_an_event_is_known_by_its_name_in_a_changed_flow<D: Driver>(stage: &mut Stage<D>) {
    stage.driver.restart_with(hosted(looking_up(1)));
    stage.place("1", &["north"]);
    stage.pass(1_000);
    stage.shipped("1", "north", "1", 1);
    let mut two = order("1", &[("1", "north", 1), ("2", "north", 1)]);
    assert_eq!(stage.send("erp.order_updated", &two), Accepted::Taken);
    assert_eq!(stage.outbox(), 2, "both look something up");
    let mut program = looking_up(2);
    let mut new = program.interrupts[1].clone();
    new.listen.event = "shop.order_moved".into();
    program.interrupts.insert(0, new.clone());
    program.interrupts.insert(3, new);
    let Work::Await(wait) = &mut program.blocks[1][1].work else { panic!("no wait") };
    let mut new = wait.branches[1].clone();
    new.listen.event = "wms.order_seen".into();
    wait.branches.insert(0, new);
    stage.driver.restart_with(hosted(program));
    stage.pass(1_000);
    assert!(stage.letters().is_empty() && stage.open().is_empty());
    let state: Value = serde_json::from_str(&stage.seen("1").state.unwrap()).unwrap();
    assert_eq!(state["data"]["shipments"].as_object().unwrap().len(), 1, "the branch took it");
    // What was shipped is derived of shipments.
    two["lines"][0]["shipped"] = 1.into();
    assert_eq!(state["data"]["lines"], two["lines"], "the second interrupt of its event took it");
}

pub fn a_change_of_direction_goes_to_its_step_in_a_changed_flow<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(1_000);
    stage.send("erp.order_updated", &json!({ "erp": "E-1", "note": "n" }));
    assert_eq!(stage.send("crm.order_amended", &order("1", &[("1", "north", 1)])), Accepted::Taken);
    assert!(stage.seen("1").state.unwrap().contains(r#""turn":{"goto":{"scope":0,"step":"check_credit"}}"#));
    stage.driver.restart_with(hosted(changed()));
    stage.pass(1_000);
    let state: Value = serde_json::from_str(&stage.seen("1").state.unwrap()).unwrap();
    let steps = &state["scopes"][0]["steps"];
    assert_eq!(steps["screen"]["phase"], "skipped");
    assert_eq!(steps["check_credit"]["generation"], 1);
    assert_eq!(steps["check_credit"]["phase"], "done");
}

pub fn a_state_with_an_event_that_nothing_takes_is_left_alone_and_raised<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(1_000);
    stage.send("erp.order_updated", &json!({ "erp": "E-1", "note": "n" }));
    let mut program = second();
    program.interrupts.remove(0);
    refused(stage, program, "`erp.order_updated`");
}

/// A flow that saves no more of an order than these shapes say.
fn saving(version: u32, mut order: Vec<Slot>) -> Program {
    let mut program = program();
    program.version = version;
    order.extend(["id", "status", "lines", "shipments"].map(|name| Slot::required(name, Holds::Plain)));
    order.push(Slot::optional("erp", Holds::Plain));
    program.data = vec![order];
    program
}

fn unread(name: &'static str) -> Slot {
    Slot::left_out(name, Some("false".into()))
}

pub fn a_state_without_what_is_read_now_is_left_alone_and_raised<D: Driver>(stage: &mut Stage<D>) {
    stage.driver.restart_with(hosted(saving(1, vec![unread("express")])));
    let mut placed = order("1", &[("1", "north", 1)]);
    placed["express"] = true.into();
    stage.send("shop.order_created", &placed);
    stage.pass(1_000);
    let state = stage.seen("1").state.unwrap();
    assert!(state.contains(r#""left_out":["express"]"#) && !state.contains(r#""express":"#), "{state}");
    refused(stage, saving(2, vec![Slot::required("express", Holds::Plain)]), "`express`");
}

pub fn a_state_with_more_than_is_read_now_goes_on<D: Driver>(stage: &mut Stage<D>) {
    stage.driver.restart_with(hosted(saving(1, vec![Slot::required("express", Holds::Plain)])));
    stage.place("1", &["north"]);
    stage.pass(1_000);
    assert!(stage.seen("1").state.unwrap().contains(r#""express":false"#));
    stage.driver.restart_with(hosted(saving(2, vec![unread("express")])));
    stage.shipped("1", "north", "1", 1);
    stage.pass(2 * DAY);
    let state = stage.seen("1").state.unwrap();
    assert!(state.contains(r#""finished":"done""#) && !state.contains(r#""express":"#), "{state}");
}

#[test]
fn what_is_no_state_says_so() {
    let machine = crate::order::machine();
    for text in ["", "{", "[]", "{\"version\":1}", "null", "{\"version\":\"x\"}"] {
        assert!(matches!(machine.load(text.as_bytes()), Err(Unreadable::Broken(_))), "{text}");
    }
    let newer = json!({ "version": 9, "anything": "else" }).to_string();
    assert_eq!(machine.load(newer.as_bytes()).err(), Some(Unreadable::Newer { found: 9, known: 1 }));
}

#[test]
fn a_program_that_is_not_sound_is_refused() {
    let mut program = program();
    program.blocks[0][3].name = "submit".into();
    assert!(Machine::new(program, OrderFlow).unwrap_err().to_string().contains("`submit`"));
}
