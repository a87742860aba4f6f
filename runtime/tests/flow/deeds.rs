//! What is done out of the order of steps: on failures, choices, branches, interrupts; and steps that are ordered by
//! `after`, stand in an `each` within an `each`, or do nothing but raise.

use crate::order::{
    DAY, HOUR, OrderFlow, amend_request, credit_keys, event_erp, is_express, is_known, part_request, parts, program,
    to_on_hold, to_validated,
};
use crate::stage::{Driver, Rehearsed, Stage, memory};
use crate::world::Fault;
use crossdock_runtime::flow::driver::memory::Memory;
use crossdock_runtime::flow::driver::{Accepted, Flows, Hosted};
use crossdock_runtime::flow::{
    Action, CallSpec, Choice, Decide, Deed, Each, Failing, Jump, Machine, Matching, Program, Set, Step, Then, Work,
};
use serde_json::{Value, json};

fn on(program: &Program) -> Stage<Rehearsed<Memory>> {
    let mut stage = memory();
    let flow: Box<dyn Hosted> = Box::new(Machine::new(program.clone(), OrderFlow).unwrap());
    stage.driver.restart_with(Flows::from([flow]));
    stage
}

fn state(stage: &mut Stage<Rehearsed<Memory>>) -> Value {
    serde_json::from_str(&stage.seen("1").state.unwrap()).unwrap()
}

/// How far a step of the flow's own is.
fn phase(stage: &mut Stage<Rehearsed<Memory>>, step: &str) -> String {
    state(stage)["scopes"][0]["steps"][step]["phase"].as_str().unwrap().to_owned()
}

fn failing(deed: Deed) -> Program {
    let mut program = program();
    program.blocks[0][0].failures = vec![Failing { name: "credit_hold".into(), deed }];
    program
}

fn call(operation: &'static str) -> Work {
    let call = Box::new(CallSpec::new("erp", operation, amend_request));
    let undo = Some(Box::new(CallSpec::new("erp", "cancel_note", amend_request)));
    Work::Call { call, redo: None, undo, write: true }
}

#[test]
fn a_failure_may_be_passed_over() {
    let mut stage = on(&failing(Deed::then(Then::Continue)));
    stage.world.fault("erp.check_credit", Fault::Refuse("credit_hold"));
    // The order can't be released before it is validated: that is what the next step finds.
    stage.place("1", &["north"]);
    stage.pass(0);
    assert_eq!(phase(&mut stage, "check_credit"), "skipped");
    assert!(!stage.milestones("1").contains(&"validated".to_owned()), "what was passed over reached nothing");
    assert_eq!(stage.world.effects("erp.create_order"), 1);
}

#[test]
fn a_failure_may_be_tried_again_after_a_while() {
    let mut stage = on(&failing(Deed::then(Then::Again(2 * HOUR))));
    stage.world.fault("erp.check_credit", Fault::Refuse("credit_hold"));
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    assert_eq!(phase(&mut stage, "check_credit"), "waiting");
    assert!(stage.open().is_empty(), "nobody is asked");
    stage.pass(2 * HOUR);
    assert_eq!(stage.milestones("1")[0], "validated");
}

#[test]
fn a_failure_may_set_a_status_and_go_elsewhere() {
    let set = vec![Set { set: to_on_hold, by: "erp".into() }];
    let mut stage = on(&failing(Deed { set, ..Deed::then(Then::Jump(Jump::Goto(0, 7))) }));
    stage.world.fault("erp.check_credit", Fault::Refuse("credit_hold"));
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    assert_eq!(stage.milestones("1"), ["closed"]);
    assert_eq!(state(&mut stage)["data"]["status"], "on_hold");
    assert_eq!(state(&mut stage)["log"]["finished"], "done");
    assert_eq!(stage.world.effects("erp.create_order"), 0);
}

/// The flow with a choice that runs steps, in the place of `speed`.
fn choosing() -> Program {
    let mut program = program();
    program.blocks.push(vec![Step::new("note", 0, call("note")), Step::new("rest", 1, Work::Wait(HOUR))]);
    let block = u16::try_from(program.blocks.len() - 1).unwrap();
    program.blocks[0][5].work = Work::Decide(Decide {
        keys: None,
        choices: vec![
            Choice { when: Some(is_express), deed: Deed::then(Then::Raise("short_pick".into())) },
            Choice { when: None, deed: Deed { steps: Some(block), ..Deed::then(Then::Jump(Jump::Goto(0, 7))) } },
        ],
    });
    program.blocks[0][5].milestone = Some("chosen".into());
    program
}

#[test]
fn a_choice_may_run_steps_and_then_go_elsewhere() {
    let mut stage = on(&choosing());
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.shipped("1", "north", "1", 1);
    stage.pass(1_000);
    assert_eq!(stage.world.keys("erp.note"), ["order_to_cash/1/c1/note"]);
    assert_eq!(phase(&mut stage, "speed"), "running", "its steps are not done");
    assert!(!stage.milestones("1").contains(&"chosen".to_owned()));
    // A process that stops finds the steps again.
    let flow: Box<dyn Hosted> = Box::new(Machine::new(choosing(), OrderFlow).unwrap());
    stage.driver.restart_with(Flows::from([flow]));
    stage.pass(2 * HOUR);
    assert_eq!(phase(&mut stage, "pause"), "skipped", "it went on beyond it");
    assert_eq!(state(&mut stage)["log"]["finished"], "done");
    let reached = stage.milestones("1");
    assert_eq!(reached[reached.len() - 2..], ["chosen", "closed"]);
}

#[test]
fn a_choice_may_wait_for_answers() {
    let mut program = program();
    program.blocks[0][5].work = Work::Decide(Decide {
        keys: Some(credit_keys),
        choices: vec![Choice { when: Some(is_known), deed: Deed::then(Then::Jump(Jump::Goto(0, 7))) }],
    });
    let mut stage = on(&program);
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    // It is asked again after a while; and if that does not help, a person says when.
    stage.world.records().lookup_fails = 6;
    stage.shipped("1", "north", "1", 1);
    stage.pass(1_000);
    assert_eq!(phase(&mut stage, "speed"), "waiting", "it is asked again");
    stage.pass(HOUR);
    assert_eq!(phase(&mut stage, "speed"), "failed");
    assert_eq!(stage.open(), ["lookup_failed"]);
    stage.act("1", "lookup_failed", "again");
    stage.pass(HOUR);
    assert_eq!(phase(&mut stage, "pause"), "skipped", "the answer leads beyond it");
    assert_eq!(state(&mut stage)["log"]["finished"], "done");
}

#[test]
fn what_a_choice_did_is_undone_with_the_rest() {
    let mut program = choosing();
    program.interrupts[1].open = None;
    let mut stage = on(&program);
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.shipped("1", "north", "1", 1);
    stage.pass(1_000);
    assert_eq!(stage.send("shop.order_cancelled", &json!({ "order": "1" })), Accepted::Taken);
    stage.pass(HOUR);
    assert_eq!(stage.world.effects("erp.cancel_note"), 1);
    assert!(stage.open().contains(&"cannot_undo".to_owned()), "the invoice has no undo");
}

#[test]
fn a_branch_of_a_wait_may_lead_elsewhere() {
    let mut program = program();
    // Short of goods, the part is skipped: its only later step is none, so the block ends.
    let Work::Await(wait) = &mut program.blocks[1][1].work else { panic!("no wait") };
    wait.branches[1].then = Then::Jump(Jump::Goto(0, 7));
    program.blocks[1][1].milestone = Some("left".into());
    let mut stage = on(&program);
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.send("wms.order_short", &json!({ "wms": "W-1/north" }));
    stage.pass(HOUR);
    assert_eq!(phase(&mut stage, "fulfil"), "skipped");
    assert_eq!(stage.milestones("1"), ["validated", "released", "allocated", "closed"]);
    assert_eq!(state(&mut stage)["log"]["finished"], "done");
}

#[test]
fn an_interrupt_may_run_steps_beside_the_flow() {
    let mut program = program();
    program.blocks.push(vec![Step::new("note", 0, call("note")), Step::new("rest", 1, Work::Wait(30 * DAY))]);
    let block = u16::try_from(program.blocks.len() - 1).unwrap();
    program.interrupts[0].receive = None;
    program.interrupts[0].deed = Deed { steps: Some(block), ..Deed::then(Then::Continue) };
    assert_eq!(program.interrupts[0].listen.with, Matching::Id("erp".into()));
    assert_eq!(program.interrupts[0].listen.value, event_erp);
    let mut stage = on(&program);
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    for note in 0..2 {
        assert_eq!(stage.send("erp.order_updated", &json!({ "erp": "E-1", "note": note })), Accepted::Taken);
    }
    stage.shipped("1", "north", "1", 1);
    stage.pass(2 * DAY);
    let keys = stage.world.keys("erp.note");
    assert_eq!(keys.len(), 2, "each time it runs anew");
    assert_ne!(keys[0], keys[1], "under a key of its own");
    assert!(stage.milestones("1").contains(&"closed".to_owned()));
    assert_eq!(state(&mut stage)["log"]["finished"], Value::Null, "what runs beside it is not done");
    let flow: Box<dyn Hosted> = Box::new(Machine::new(program, OrderFlow).unwrap());
    stage.driver.restart_with(Flows::from([flow]));
    stage.pass(40 * DAY);
    assert_eq!(state(&mut stage)["log"]["finished"], "done");
}

#[test]
fn what_an_interrupt_raises_holds_no_step() {
    let mut program = program();
    program.interrupts[0].receive = None;
    program.interrupts[0].deed = Deed::then(Then::Raise("short_pick".into()));
    let short = program.exceptions.iter_mut().find(|exception| exception.name == "short_pick").unwrap();
    short.actions.push(Action { name: "note".into(), deed: Deed::then(Then::Continue) });
    for action in ["again", "note"] {
        let mut stage = on(&program);
        stage.place("1", &["north"]);
        stage.pass(HOUR);
        assert_eq!(stage.send("erp.order_updated", &json!({ "erp": "E-1" })), Accepted::Taken);
        assert_eq!(stage.open(), ["short_pick"]);
        let steps = state(&mut stage)["scopes"].clone();
        let flow: Box<dyn Hosted> = Box::new(Machine::new(program.clone(), OrderFlow).unwrap());
        stage.driver.restart_with(Flows::from([flow]));
        stage.act("1", "short_pick", action);
        assert!(stage.open().is_empty());
        assert_eq!(state(&mut stage)["scopes"], steps, "no step was done again, or passed over");
        stage.shipped("1", "north", "1", 1);
        stage.pass(2 * DAY);
        assert_eq!(state(&mut stage)["log"]["finished"], "done");
    }
}

#[test]
fn single_steps_are_undone() {
    let mut program = program();
    let short = program.exceptions.iter_mut().find(|exception| exception.name == "short_pick").unwrap();
    let undo = vec!["submit".into()];
    short.actions.push(Action { name: "withdraw".into(), deed: Deed { undo, ..Deed::then(Then::Continue) } });
    let mut stage = on(&program);
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.send("wms.order_short", &json!({ "wms": "W-1/north" }));
    stage.pass(0);
    stage.act("1", "short_pick", "withdraw");
    stage.pass(HOUR);
    assert_eq!(stage.world.effects("erp.cancel_order"), 1);
    assert_eq!(stage.world.effects("wms.cancel_order"), 0, "and no others");
    assert_eq!(phase(&mut stage, "submit"), "undone");
    assert_eq!(phase(&mut stage, "fulfil"), "running", "the flow goes on");
}

#[test]
fn steps_go_side_by_side_where_nothing_orders_them() {
    let mut program = program();
    // `announce` and `fulfil` both follow `submit`; `invoice` waits for both.
    program.blocks[0][2].work = Work::Wait(5 * DAY);
    program.blocks[0][3].after = vec![1];
    program.blocks[0][4].after = vec![2, 3];
    let mut stage = on(&program);
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    assert_eq!(phase(&mut stage, "announce"), "waiting");
    assert_eq!(stage.world.effects("wms.create_order"), 1);
    stage.shipped("1", "north", "1", 1);
    stage.pass(HOUR);
    assert_eq!(phase(&mut stage, "fulfil"), "done");
    assert_eq!(phase(&mut stage, "invoice"), "pending", "one of the two is missing");
    stage.pass(10 * DAY);
    assert_eq!(state(&mut stage)["log"]["finished"], "done");
}

#[test]
fn parts_may_have_parts() {
    let mut program = program();
    program.blocks.push(vec![Step::new("label", 0, {
        let call = Box::new(CallSpec::new("wms", "print_label", part_request));
        Work::Call { call, redo: None, undo: None, write: false }
    })]);
    let block = u16::try_from(program.blocks.len() - 1).unwrap();
    program.blocks[1].push(Step::new("labels", 2, Work::Each(Each { parts, block })));
    let mut stage = on(&program);
    stage.place("1", &["north", "south"]);
    stage.pass(HOUR);
    stage.shipped("1", "north", "1", 1);
    stage.pass(HOUR);
    let keys = ["order_to_cash/1/north/north/label", "order_to_cash/1/north/south/label"];
    assert_eq!(stage.world.keys("wms.print_label"), keys);
    stage.shipped("1", "south", "2", 1);
    stage.pass(2 * DAY);
    assert_eq!(stage.world.keys("wms.print_label").len(), 4);
    assert_eq!(state(&mut stage)["log"]["finished"], "done");
}

#[test]
fn a_step_may_do_nothing_but_raise() {
    let mut program = program();
    program.blocks[0][2].work = Work::Raise("short_pick".into());
    program.blocks[0][2].set = vec![Set { set: to_validated, by: "erp".into() }];
    let mut stage = on(&program);
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    assert_eq!(stage.open(), ["short_pick"]);
    assert_eq!(stage.world.effects("wms.create_order"), 0);
    stage.act("1", "short_pick", "cut");
    stage.pass(HOUR);
    assert_eq!(stage.world.effects("wms.create_order"), 1, "the action's steps are done, and it goes on");
}
