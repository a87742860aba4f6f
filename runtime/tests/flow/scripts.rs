//! What happens to orders, by the words of the specs. Every script runs on every driver.

use crate::order::{DAY, HOUR};
use crate::stage::{Driver, Stage, instance};
use crate::versions::hosted;
use crate::world::{Fault, order};
use crossdock_runtime::flow::driver::{Accepted, Order, Systems};
use crossdock_runtime::flow::{Bytes, Ending, Fate, Hours, Outcome, What};
use serde_json::json;

pub fn an_order_goes_through_and_is_closed<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "released");
    assert_eq!(stage.milestones("1"), ["validated", "released", "allocated"]);
    assert_eq!(stage.shipped("1", "north", "1", 1), Accepted::Taken);
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "shipped");
    assert_eq!(stage.finished("1"), None);
    stage.pass(DAY);
    assert_eq!(stage.milestones("1"), ["validated", "released", "allocated", "shipped", "invoiced", "closed"]);
    assert_eq!(stage.finished("1"), Some(Ending::Done));
    assert_eq!(
        stage.audit("1", What::Status),
        [
            "status received -> validated by System(\"erp\")",
            "status validated -> released by System(\"erp\")",
            "status released -> shipped by System(\"wms\")",
        ]
    );
    assert_eq!(stage.outbox(), 0);
    // announced, shipped, closed
    assert_eq!(stage.world.records().published.len(), 3);
    assert!(stage.open().is_empty());
}

fn held<D: Driver>(stage: &mut Stage<D>) {
    stage.world.fault("erp.check_credit", Fault::Refuse("credit_hold"));
    stage.place("1", &["north"]);
    stage.pass(0);
    assert_eq!(stage.status("1"), "on_hold");
    let raised = stage.raised();
    assert_eq!(raised.len(), 1);
    assert_eq!((&*raised[0].name, &*raised[0].team, &*raised[0].step), ("credit_hold", "finance", "check_credit"));
    assert_eq!(raised[0].due, stage.driver.now() + 4 * HOUR);
    assert_eq!(raised[0].actions, ["release", "cancel", "again"]);
    assert_eq!(stage.outbox(), 0);
}

pub fn ten_megabytes_are_taken<D: Driver>(stage: &mut Stage<D>) {
    let mut created = order("1", &[("1", "north", 1)]);
    created["note"] = json!("x".repeat(10 << 20));
    assert_eq!(stage.send("shop.order_created", &created), Accepted::Taken);
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "released");
    assert_eq!(stage.shipped("1", "north", "1", 1), Accepted::Taken);
    stage.pass(DAY);
    assert_eq!(stage.finished("1"), Some(Ending::Done));
}

pub fn a_credit_hold_is_released_by_a_person<D: Driver>(stage: &mut Stage<D>) {
    held(stage);
    assert_eq!(stage.act("1", "credit_hold", "release"), Fate::Taken);
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "released");
    assert!(stage.open().is_empty());
    assert_eq!(stage.audit("1", What::Action), ["credit_hold -> release by Person(\"ann\")"]);
    assert_eq!(stage.audit("1", What::Status)[1], "status on_hold -> validated by System(\"erp\")");
}

pub fn a_credit_hold_is_released_by_an_event<D: Driver>(stage: &mut Stage<D>) {
    held(stage);
    assert_eq!(stage.send("erp.hold_released", &json!({ "order": "1" })), Accepted::Taken);
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "released");
    assert_eq!(stage.audit("1", What::Action), ["credit_hold -> release by System(\"erp\")"]);
}

pub fn a_credit_hold_escalates_when_nobody_acts<D: Driver>(stage: &mut Stage<D>) {
    held(stage);
    stage.pass(5 * HOUR);
    let raised = stage.raised();
    assert_eq!(raised.len(), 1);
    assert!(raised[0].escalated);
    assert_eq!(&*raised[0].team, "finance_lead");
    stage.pass(100 * DAY);
    assert_eq!(stage.raised().len(), 1, "it stays open, with an owner");
    assert!(stage.raised()[0].due > stage.driver.now());
    assert_eq!(stage.act("1", "credit_hold", "cancel"), Fate::Taken);
    stage.pass(HOUR);
    assert_eq!(stage.finished("1"), Some(Ending::Undone));
}

/// Finance works two hours on weekdays: of the four until the escalation, two pass on Friday and two on Monday.
pub fn a_clock_runs_in_the_hours_of_its_team<D: Driver>(stage: &mut Stage<D>) {
    let mut program = crate::order::program();
    program.exceptions[0].hours = Some(Hours::new(0b001_1111, 8 * 60, 10 * 60, "UTC"));
    stage.driver.restart_with(hosted(program));
    stage.world.fault("erp.check_credit", Fault::Refuse("credit_hold"));
    stage.place("1", &["north"]);
    stage.pass(0);
    assert_eq!(stage.raised()[0].due, stage.driver.now() + 74 * HOUR);
    stage.pass(73 * HOUR);
    assert!(!stage.raised()[0].escalated);
    stage.pass(2 * HOUR);
    assert!(stage.raised()[0].escalated);
}

pub fn parts_ship_each_in_its_time<D: Driver>(stage: &mut Stage<D>) {
    stage.send(
        "shop.order_created",
        &order("1", &[("1", "north", 2), ("2", "south", 1), ("3", "north", 1), ("4", "west", 1)]),
    );
    stage.pass(HOUR);
    assert_eq!(stage.world.keys("wms.create_order"), ["1/north", "1/south", "1/west"]);
    stage.shipped("1", "south", "2", 1);
    stage.shipped("1", "north", "1", 1);
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "released");
    stage.shipped("1", "north", "3", 1);
    stage.send("wms.order_shipped", &json!({ "wms": "W-1/north", "line": "1", "quantity": 1, "shipment": "second" }));
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "released", "the west is missing");
    stage.shipped("1", "west", "4", 1);
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "shipped");
    let parts: Vec<_> = stage.seen("1").milestones.into_iter().filter_map(|(_, part, _)| part).collect();
    assert_eq!(parts, ["north", "south", "west"]);
}

pub fn a_redelivered_message_changes_nothing<D: Driver>(stage: &mut Stage<D>) {
    let created = order("1", &[("1", "north", 2)]);
    for round in 0..100 {
        let expected = if round == 0 { Accepted::Taken } else { Accepted::Duplicate };
        assert_eq!(stage.send_as("shop.order_created", "m", &created), expected);
    }
    // The shop sends it under another id, too.
    assert_eq!(stage.send("shop.order_created", &created), Accepted::Duplicate);
    stage.pass(HOUR);
    let shipped = json!({ "wms": "W-1/north", "line": "1", "quantity": 1, "shipment": "s" });
    assert_eq!(stage.send_as("wms.order_shipped", "x", &shipped), Accepted::Taken);
    let before = stage.seen("1");
    assert_eq!(stage.send_as("wms.order_shipped", "x", &shipped), Accepted::Duplicate);
    assert_eq!(stage.seen("1"), before);
    // Under another id it is upserted by its key.
    assert_eq!(stage.send("wms.order_shipped", &shipped), Accepted::Taken);
    assert_eq!(stage.state("1").data().lines[0].shipped, 1);
    assert_eq!(stage.world.effects("erp.create_order"), 1);
}

pub fn an_event_before_its_wait_is_kept<D: Driver>(stage: &mut Stage<D>) {
    // Before the order, and before the warehouse's number is known.
    assert_eq!(stage.shipped("1", "north", "1", 1), Accepted::Kept);
    stage.pass(HOUR);
    stage.place("1", &["north"]);
    stage.pass(10);
    assert_eq!(stage.status("1"), "shipped");
    assert!(stage.letters().is_empty());
}

pub fn an_event_that_nothing_waits_for_becomes_a_dead_letter<D: Driver>(stage: &mut Stage<D>) {
    assert_eq!(stage.shipped("9", "north", "1", 1), Accepted::Kept);
    stage.pass(HOUR);
    assert!(stage.letters().is_empty());
    stage.pass(HOUR);
    let letters = stage.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!((&*letters[0].letter.name, &*letters[0].letter.team), ("unmatched_event", "integration"));
    // The order comes after all: the letter is replayed, twice at that.
    stage.place("9", &["north"]);
    stage.pass(HOUR);
    assert_eq!(stage.driver.replay(&letters[0]), Some(Accepted::Taken));
    assert_eq!(stage.driver.replay(&letters[0]), None);
    stage.pass(HOUR);
    assert_eq!(stage.status("9"), "shipped");
    assert_eq!(stage.send("nobody.knows", &json!({})), Accepted::Unknown);
}

pub fn an_event_for_a_closed_order_becomes_a_dead_letter<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.shipped("1", "north", "1", 1);
    stage.pass(2 * DAY);
    assert_eq!(stage.finished("1"), Some(Ending::Done));
    assert_eq!(stage.send("erp.order_updated", &json!({ "erp": "E-1", "note": "n" })), Accepted::Dead);
    assert_eq!(stage.letters().len(), 1);
    assert_eq!(stage.letters()[0].key.as_deref(), Some("1"));
}

pub fn what_begins_an_order_is_an_event_of_one_that_has_begun<D: Driver>(stage: &mut Stage<D>) {
    let told = |id| order(id, &[("1", "north", 1)]);
    assert_eq!(stage.send_as("crm.order_told", "m", &told("1")), Accepted::Taken);
    assert_eq!(stage.send_as("crm.order_told", "m", &told("1")), Accepted::Duplicate);
    assert_eq!(stage.send("crm.order_told", &told("1")), Accepted::Taken);
    // Nothing waits for this one: its identifier is not known.
    assert_eq!(stage.send("market.order_told", &told("1")), Accepted::Kept);
    stage.pass(HOUR);
    assert_eq!(stage.letters().len(), 1);
    stage.shipped("1", "north", "1", 1);
    stage.pass(2 * DAY);
    assert_eq!(stage.finished("1"), Some(Ending::Done));
    assert_eq!(stage.send("crm.order_told", &told("1")), Accepted::Dead);
    assert_eq!(stage.send("market.order_told", &told("1")), Accepted::Dead);
    assert_eq!(stage.letters().len(), 3);
    assert_eq!(stage.letters()[2].key.as_deref(), Some("1"));
    // What only begins an order says nothing new.
    assert_eq!(stage.send("shop.order_created", &told("1")), Accepted::Duplicate);
    assert_eq!(stage.send("crm.order_told", &told("2")), Accepted::Taken);
    assert_eq!(stage.letters().len(), 3);
}

pub fn a_late_timer_changes_nothing<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.shipped("1", "north", "1", 1);
    stage.pass(DAY + HOUR);
    let before = stage.seen("1");
    // The deadline of the wait, and of nothing else, is still in the outbox.
    assert_eq!(stage.driver.jobs().len(), 1);
    stage.pass(10 * DAY);
    assert_eq!(stage.driver.jobs().len(), 0);
    assert_eq!(stage.seen("1"), before);
}

pub fn a_timeout_is_tried_again_under_the_same_key<D: Driver>(stage: &mut Stage<D>) {
    stage.world.fault("erp.create_order", Fault::DoneAndLost);
    stage.world.fault("erp.create_order", Fault::Lost);
    stage.place("1", &["north"]);
    stage.pass(500);
    let calls =
        |stage: &Stage<D>| stage.world.records().calls.iter().filter(|call| call.0 == "erp.create_order").count();
    assert_eq!(calls(stage), 1, "the second attempt comes after a pause");
    stage.pass(500);
    assert_eq!(calls(stage), 2);
    stage.pass(1_999);
    assert_eq!(calls(stage), 2, "the pause doubles");
    stage.pass(1);
    assert_eq!(stage.world.keys("erp.create_order"), ["1", "1", "1"]);
    assert_eq!(stage.world.effects("erp.create_order"), 1);
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "released");
}

pub fn a_call_without_a_key_is_not_repeated<D: Driver>(stage: &mut Stage<D>) {
    stage.world.fault("erp.post_invoice", Fault::DoneAndLost);
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.shipped("1", "north", "1", 1);
    stage.pass(HOUR);
    assert_eq!(stage.world.keys("erp.post_invoice").len(), 1);
    assert_eq!(stage.open(), ["timeout"]);
    // Somebody looked: it was done.
    stage.pass(10 * DAY);
    assert_eq!(stage.world.effects("erp.post_invoice"), 1);
    assert_eq!(stage.act("1", "timeout", "again"), Fate::Taken);
    stage.pass(2 * DAY);
    assert_eq!(stage.world.effects("erp.post_invoice"), 2, "a person wanted it again");
    let keys = stage.world.keys("erp.post_invoice");
    assert_ne!(keys[0], keys[1], "and it is a new generation");
    assert_eq!(stage.finished("1"), Some(Ending::Done));
}

pub fn a_refused_call_is_tried_again_when_that_may_help<D: Driver>(stage: &mut Stage<D>) {
    stage.world.fault("erp.create_order", Fault::Refuse("throttled"));
    stage.world.fault("erp.post_invoice", Fault::Refuse("throttled"));
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    assert_eq!(stage.world.keys("erp.create_order").len(), 2);
    stage.shipped("1", "north", "1", 1);
    stage.pass(HOUR);
    // It said that it did nothing, so it may be repeated, key or not.
    assert_eq!(stage.world.effects("erp.post_invoice"), 1);
    stage.world.fault("erp.create_order", Fault::Refuse("bad_address"));
    stage.place("2", &["north"]);
    stage.pass(HOUR);
    assert_eq!(stage.open(), ["bad_address"]);
    assert_eq!(stage.raised()[0].team, "integration");
}

pub fn the_budget_ends_the_attempts<D: Driver>(stage: &mut Stage<D>) {
    for _ in 0..3 {
        stage.world.fault("erp.check_credit", Fault::Refuse("throttled"));
    }
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    assert_eq!(stage.world.keys("erp.check_credit").len(), 3);
    assert_eq!(stage.open(), ["throttled"]);
    assert_eq!(stage.act("1", "throttled", "again"), Fate::Taken);
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "released");
}

pub fn a_cancelled_order_is_undone_in_reverse<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north", "south"]);
    stage.pass(HOUR);
    assert_eq!(stage.send("shop.order_cancelled", &json!({ "order": "1" })), Accepted::Taken);
    stage.pass(HOUR);
    assert_eq!(stage.finished("1"), Some(Ending::Undone));
    let effects = stage.world.records().order.clone();
    assert_eq!(
        effects[4..],
        ["wms.cancel_order 1/south/undo", "wms.cancel_order 1/north/undo", "erp.cancel_order 1/undo"]
    );
    assert_eq!(stage.audit("1", What::Undone).len(), 3);
    // Shipped after all: nobody waits for that now.
    assert_eq!(stage.shipped("1", "north", "1", 1), Accepted::Dead);
}

pub fn what_cannot_be_undone_is_raised<D: Driver>(stage: &mut Stage<D>) {
    stage.world.fault("erp.post_invoice", Fault::Lost);
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    // The wait is over by a deadline; the flow is cancelled while the invoice is uncertain.
    stage.pass(5 * DAY);
    assert_eq!(stage.open(), ["shipment_late"]);
    stage.shipped("1", "north", "1", 1);
    stage.pass(HOUR);
    assert_eq!(stage.open(), ["timeout"]);
    assert_eq!(stage.world.keys("erp.post_invoice").len(), 1);
    // No declared way back from here but the one of another exception.
    assert_eq!(stage.send("shop.order_cancelled", &json!({ "order": "1" })), Accepted::Taken);
    assert_eq!(stage.letters().len(), 1, "after shipping it comes too late");
    assert_eq!(stage.finished("1"), None);
}

pub fn an_undo_that_fails_is_held_and_tried_again<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.world.fault("wms.cancel_order", Fault::Refuse("already_picked"));
    stage.send("shop.order_cancelled", &json!({ "order": "1" }));
    stage.pass(HOUR);
    assert_eq!(stage.open(), ["already_picked"]);
    assert_eq!(stage.world.effects("erp.cancel_order"), 0, "the order of undoing is kept");
    assert_eq!(stage.finished("1"), None);
    assert_eq!(stage.act("1", "already_picked", "again"), Fate::Taken);
    stage.pass(HOUR);
    assert_eq!(stage.world.keys("wms.cancel_order"), ["1/north/undo", "1/north/undo"]);
    assert_eq!(stage.finished("1"), Some(Ending::Undone));
}

pub fn an_amended_order_is_redone<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north", "south"]);
    stage.pass(HOUR);
    // The south is dropped, the west is new.
    let amended = order("1", &[("1", "north", 1), ("3", "west", 1)]);
    assert_eq!(stage.send("crm.order_amended", &amended), Accepted::Taken);
    stage.pass(HOUR);
    assert!(stage.open().is_empty());
    assert_eq!(stage.world.effects("erp.create_order"), 1);
    assert_eq!(stage.world.keys("erp.change_order"), ["order_to_cash/1/submit/2"]);
    // What has no `redo` is undone, then done anew; what is gone is undone.
    let mut cancelled = stage.world.keys("wms.cancel_order");
    cancelled.sort();
    assert_eq!(cancelled, ["1/north/undo", "1/south/undo"]);
    assert_eq!(stage.world.keys("wms.create_order"), ["1/north", "1/south", "1/west", "1/north/2"]);
    assert_eq!(stage.milestones("1"), ["validated", "released", "allocated", "allocated", "allocated"]);
    stage.shipped("1", "west", "3", 1);
    stage.send("wms.order_shipped", &json!({ "wms": "W-1/north/2", "line": "1", "quantity": 1, "shipment": "s" }));
    stage.pass(2 * DAY);
    assert_eq!(stage.finished("1"), Some(Ending::Done));
}

pub fn an_amendment_waits_for_the_call_that_is_under_way<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    // Up to the submission, which is under way.
    loop {
        let job = stage.driver.jobs().remove(0);
        if matches!(&job.order, Order::Call(call) if call.operation == "create_order") {
            break;
        }
        stage.driver.perform(&job);
    }
    let amended = order("1", &[("1", "north", 3)]);
    assert_eq!(stage.send("crm.order_amended", &amended), Accepted::Taken);
    assert_eq!(stage.outbox(), 1, "only the submission");
    stage.pass(HOUR);
    assert_eq!(stage.world.effects("erp.create_order"), 1);
    assert_eq!(stage.world.effects("erp.change_order"), 1);
    assert_eq!(stage.status("1"), "released");
}

pub fn a_late_shipment_is_raised_and_still_taken<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(5 * DAY);
    assert_eq!(stage.open(), ["shipment_late"]);
    assert_eq!(stage.raised()[0].part.as_deref(), Some("north"));
    assert_eq!(stage.act("1", "shipment_late", "wait"), Fate::Taken);
    assert!(stage.open().is_empty());
    stage.pass(2 * DAY);
    assert_eq!(stage.open(), ["shipment_late"]);
    stage.shipped("1", "north", "1", 1);
    assert!(stage.open().is_empty(), "what it was about has come");
    stage.pass(2 * DAY);
    assert_eq!(stage.finished("1"), Some(Ending::Done));
}

fn short<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.send("wms.order_short", &json!({ "wms": "W-1/north" }));
    assert_eq!(stage.open(), ["short_pick"]);
}

pub fn a_short_pick_is_cut<D: Driver>(stage: &mut Stage<D>) {
    short(stage);
    assert_eq!(stage.act("1", "short_pick", "cut"), Fate::Taken);
    assert!(matches!(stage.act("1", "short_pick", "cut"), Fate::Refused(_)), "one action at a time");
    assert_eq!(stage.open(), ["short_pick"], "owner and clock stay while the action runs");
    stage.pass(HOUR);
    assert!(stage.open().is_empty());
    assert_eq!(stage.world.keys("erp.change_order"), ["order_to_cash/1/north/1/cut_lines"]);
    stage.shipped("1", "north", "1", 1);
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "shipped");
}

pub fn a_short_pick_waits_again<D: Driver>(stage: &mut Stage<D>) {
    short(stage);
    assert_eq!(stage.act("1", "short_pick", "backorder"), Fate::Taken);
    stage.pass(2 * DAY - 1);
    assert!(stage.open().is_empty());
    stage.pass(1);
    assert_eq!(stage.open(), ["shipment_late"]);
    stage.pass(10 * DAY);
    assert_eq!(stage.raised().len(), 1, "the first deadline is no longer one");
}

pub fn a_reply_that_cannot_be_received_is_not_called_again<D: Driver>(stage: &mut Stage<D>) {
    stage.world.fault("erp.create_order", Fault::Answer("{}"));
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    assert_eq!(stage.open(), ["decode_failed"]);
    assert_eq!(stage.act("1", "decode_failed", "again"), Fate::Taken);
    assert_eq!(stage.open(), ["decode_failed"], "it is received again, not called");
    stage.pass(HOUR);
    assert_eq!(stage.world.keys("erp.create_order").len(), 1);
    stage.send("shop.order_cancelled", &json!({ "order": "1" }));
    stage.pass(HOUR);
    assert_eq!(stage.open(), ["absent_value"], "what it did can't be undone without its number");
    assert_eq!(stage.finished("1"), None);
}

pub fn a_broken_event_is_replayed_from_its_dead_letter<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.send_as("erp.order_updated", "u", &json!({ "erp": "E-1" }));
    stage.pass(0);
    let letters = stage.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(&*letters[0].letter.name, "decode_failed");
    assert_eq!(stage.driver.replay(&letters[0]), Some(Accepted::Taken));
    stage.pass(0);
    assert_eq!(stage.letters().len(), 1, "it is still broken");
    assert_eq!(stage.send("shop.order_created", &json!({ "id": 7 })), Accepted::Dead);
    assert_eq!(stage.send("wms.order_shipped", &json!("text")), Accepted::Dead);
    assert_eq!(stage.letters().len(), 3);
}

pub fn an_order_is_fetched_before_it_begins<D: Driver>(stage: &mut Stage<D>) {
    assert_eq!(stage.send("market.order_ready", &json!({ "id": "2" })), Accepted::Taken);
    assert!(stage.seen("2").state.is_none());
    stage.restart();
    stage.pass(HOUR);
    assert_eq!(stage.status("2"), "released");
}

pub fn an_order_that_is_not_found_becomes_a_dead_letter<D: Driver>(stage: &mut Stage<D>) {
    assert_eq!(stage.send("market.order_ready", &json!({ "id": "?2" })), Accepted::Taken);
    stage.pass(HOUR);
    stage.world.records().lookup_fails = 1;
    stage.send("market.order_ready", &json!({ "id": "2" }));
    stage.pass(HOUR);
    let letters = stage.letters();
    let names: Vec<&str> = letters.iter().map(|letter| &*letter.letter.name).collect();
    assert_eq!(names, ["unknown_order", "lookup_failed"]);
    for letter in letters {
        stage.driver.replay(&letter);
    }
    stage.pass(HOUR);
    assert_eq!(stage.status("2"), "released");
    assert_eq!(stage.letters().len(), 1, "the other one is still not found");
}

pub fn a_lookup_that_fails_for_a_while_is_tried_again<D: Driver>(stage: &mut Stage<D>) {
    stage.world.records().lookup_fails = 2;
    stage.place("1", &["north"]);
    stage.pass(2_999);
    assert_eq!(stage.status("1"), "received");
    stage.pass(1);
    assert_eq!(stage.status("1"), "released");
    // A message is held meanwhile, and the flow is not finished without it.
    stage.world.records().lookup_fails = 4;
    stage.send("erp.order_updated", &json!({ "erp": "E-1", "note": "n" }));
    assert_eq!(stage.outbox(), 1);
    stage.restart();
    stage.pass(15_000);
    assert_eq!(stage.audit("1", What::Interrupt).len(), 1);
    stage.world.records().lookup_fails = 5;
    stage.send("erp.order_updated", &json!({ "erp": "E-1", "note": "n" }));
    stage.pass(HOUR);
    assert_eq!(stage.letters().len(), 1, "in the end it is a dead letter");
    let letter = stage.letters().remove(0);
    stage.driver.replay(&letter);
    stage.pass(HOUR);
    assert_eq!(stage.audit("1", What::Interrupt).len(), 2);
    assert!(stage.letters().is_empty());
}

pub fn a_lookup_that_fails_holds_its_step<D: Driver>(stage: &mut Stage<D>) {
    stage.world.records().lookup_fails = 3;
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    assert_eq!(stage.open(), ["lookup_failed"]);
    stage.act("1", "lookup_failed", "again");
    stage.pass(HOUR);
    assert_eq!(stage.status("1"), "released");
}

pub fn a_cancellation_after_shipping_is_refused<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.shipped("1", "north", "1", 1);
    stage.pass(HOUR);
    stage.send("shop.order_cancelled", &json!({ "order": "1" }));
    assert_eq!(stage.letters().len(), 1);
    assert_eq!(&*stage.letters()[0].letter.name, "unmatched_event");
    stage.pass(2 * DAY);
    assert_eq!(stage.finished("1"), Some(Ending::Done));
}

pub fn an_action_that_is_not_declared_is_refused<D: Driver>(stage: &mut Stage<D>) {
    held(stage);
    let before = stage.seen("1");
    assert!(matches!(stage.act("1", "credit_hold", "forget"), Fate::Refused(_)));
    assert!(matches!(stage.driver.act(&instance("1"), 99, "release", "ann"), Fate::Refused(_)));
    assert!(matches!(stage.driver.act(&instance("none"), 1, "release", "ann"), Fate::Refused(_)));
    assert_eq!(stage.seen("1"), before);
}

pub fn an_express_order_skips_the_pause<D: Driver>(stage: &mut Stage<D>) {
    let mut created = order("1", &[("1", "north", 1)]);
    created["express"] = json!(true);
    stage.send("shop.order_created", &created);
    stage.pass(HOUR);
    stage.shipped("1", "north", "1", 1);
    stage.pass(1);
    assert_eq!(stage.finished("1"), Some(Ending::Done));
}

pub fn a_process_that_stops_does_its_calls_again<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    // Each call is done, and the process stops before it stores the answer.
    for _ in 0..40 {
        let now = stage.driver.now();
        let Some(job) = stage.driver.jobs().into_iter().find(|job| job.due <= now) else { break };
        if let Order::Call(call) = &job.order {
            stage.driver.begin(&job);
            stage.world.call(&job.instance, call);
            stage.restart();
        }
        let job = stage.driver.jobs().remove(0);
        stage.driver.perform(&job);
    }
    assert_eq!(stage.status("1"), "released");
    assert_eq!(stage.world.keys("erp.create_order"), ["1", "1"]);
    assert_eq!(stage.world.effects("erp.create_order"), 1);
    assert_eq!(stage.world.effects("wms.create_order"), 1);
    // An answer that comes once more finds nobody who waits for it.
    let before = stage.seen("1");
    let job = stage.driver.jobs().remove(0);
    stage.driver.replied(&job, Outcome::Answered(Bytes::from("{}")));
    assert_eq!(stage.seen("1"), before);
}

pub fn an_interrupted_call_without_a_key_is_lost<D: Driver>(stage: &mut Stage<D>) {
    stage.place("1", &["north"]);
    stage.pass(HOUR);
    stage.shipped("1", "north", "1", 1);
    let job = stage.driver.jobs().into_iter().find(|job| matches!(job.order, Order::Call(_))).unwrap();
    stage.driver.begin(&job);
    stage.restart();
    assert_eq!(stage.open(), ["interrupted"]);
    stage.pass(HOUR);
    assert_eq!(stage.world.effects("erp.post_invoice"), 0, "it is not made again by itself");
}
