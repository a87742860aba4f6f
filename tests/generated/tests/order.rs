//! An order's way: from the shop's payload to data, to an object that holds, and through what its owners change.

use crossdock_runtime as rt;
use harborline_canonical::order::{self, Order, line_state, state};
use harborline_canonical::patches::{business_central, ongoing, sap, shopify};
use harborline_canonical::{Company, OrderStatus};
use harborline_shopify::shopify_order;

fn payload() -> Vec<u8> {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/systems/shopify/fixtures/order-full.json");
    std::fs::read(fixture).unwrap()
}

fn data() -> order::Data {
    let payload = payload();
    let mut notes = rt::Notes::new();
    let input = shopify_order::Input::decode(&payload, &mut notes).unwrap();
    input.map(&rt::Meta::default(), &mut notes).unwrap()
}

fn order() -> Order {
    Order::try_from(data()).unwrap()
}

/// Who applies patches knows that the shop created the order.
fn from_the_shop() -> rt::ApplyContext<'static> {
    rt::ApplyContext { originator: Some("shopify"), expected: None, current: None }
}

#[test]
fn a_payload_becomes_an_object_that_reads_back() {
    let order = order();
    assert_eq!(order.data().company, Company::Us);
    assert_eq!(order.data().status, OrderStatus::Received);
    let json = rt::serde_json::to_string(&order).unwrap();
    assert_eq!(rt::serde_json::from_str::<Order>(&json).unwrap(), order);
}

#[test]
fn a_failure_names_its_places() {
    let text = String::from_utf8(payload()).unwrap().replacen("\"sku\"", "\"sku_of_another_shop\"", 1);
    let mut notes = rt::Notes::new();
    let input = shopify_order::Input::decode(text.as_bytes(), &mut notes).unwrap();
    let failure = input.map(&rt::Meta::default(), &mut notes).unwrap_err();
    assert_eq!(failure.code(), "missing_sku");
    assert_eq!(failure.target_path(), "lines[0].sku");
    assert_eq!(failure.source_path(), Some("order.line_items[0].sku"));
    assert_eq!(failure.spec().unwrap().file, "systems/shopify/mappings/order.yaml");
}

#[test]
fn data_that_breaks_an_invariant_becomes_no_object() {
    let mut data = data();
    data.status = OrderStatus::Released;
    data.lines.clear();
    assert_eq!(Order::try_from(data.clone()).unwrap_err().code(), "empty_order");
    let json = rt::serde_json::to_string(&data).unwrap();
    assert!(rt::serde_json::from_str::<Order>(&json).is_err(), "reading it back is no way around");
}

#[test]
fn states_offer_their_legal_moves() {
    let mut order = order();
    let state::State::Received(received) = order.state() else { panic!("it has just been received") };
    let released = received.to_validated().unwrap().to_released().unwrap();
    assert_eq!(released.object().data().status, OrderStatus::Released);
    let line = order.data().lines[0].line_id.clone();
    let Some(line_state::State::Open(open)) = order.line_state(&line) else { panic!("nothing was picked") };
    open.to_picked().unwrap();
    assert!(order.line_state("no such line").is_none());
}

#[test]
fn only_the_company_s_own_erp_may_set_a_total() {
    let mut order = order();
    let currency = order.data().currency;
    let total = rt::Field::Set(rt::Money::new(rt::Decimal::new(12_345, 2), currency));
    let patch = business_central::OrderPatch { total, ..Default::default() };
    let applied = patch.apply(&mut order, &from_the_shop()).unwrap();
    assert_eq!(applied.touched, ["total"]);
    let of_the_other_company = sap::OrderPatch { total: rt::Field::Cleared, ..Default::default() };
    let before = order.clone();
    assert_eq!(of_the_other_company.apply(&mut order, &from_the_shop()).unwrap_err().code(), "not_owner");
    assert_eq!(order, before, "a refused patch leaves the object as it was");
}

#[test]
fn an_originator_may_amend_until_the_order_is_released() {
    let mut order = order();
    let amended =
        || shopify::OrderPatch { instructions: rt::Field::Set("ring twice".to_owned()), ..Default::default() };
    amended().apply(&mut order, &from_the_shop()).unwrap();
    assert_eq!(order.data().instructions.as_deref(), Some("ring twice"));
    let state::State::Received(received) = order.state() else { panic!("it has just been received") };
    received.to_validated().unwrap().to_released().unwrap();
    assert_eq!(amended().apply(&mut order, &from_the_shop()).unwrap_err().code(), "not_owner");
    let elsewhere = rt::ApplyContext { originator: Some("salesforce"), ..from_the_shop() };
    assert_eq!(amended().apply(&mut order, &elsewhere).unwrap_err().code(), "not_owner");
}

#[test]
fn the_warehouse_makes_the_moves_that_were_delegated_to_it_and_no_others() {
    let mut order = order();
    let shipped = ongoing::OrderPatch { status: rt::Field::Set(OrderStatus::Shipped), ..Default::default() };
    assert_eq!(shipped.apply(&mut order, &from_the_shop()).unwrap_err().code(), "illegal_transition");
    let state::State::Received(received) = order.state() else { panic!("it has just been received") };
    received.to_validated().unwrap().to_released().unwrap();
    let applied = shipped.apply(&mut order, &from_the_shop()).unwrap();
    assert_eq!((applied.moves[0].from, applied.moves[0].to), ("released", "shipped"));
}

#[test]
fn lines_are_patched_by_their_key() {
    let mut order = order();
    let quantity = rt::Quantity::new(rt::Decimal::new(1, 0), order.data().lines[0].ordered.unit);
    let shipped = |line_id: &str| {
        let mut line = ongoing::OrderLinePatch { shipped: rt::Field::Set(quantity), ..Default::default() };
        line.line_id = line_id.to_owned();
        let lines = rt::ListPatch { set: vec![line], removed: Vec::new() };
        ongoing::OrderPatch { lines, ..Default::default() }
    };
    let known = order.data().lines[0].line_id.clone();
    shipped(&known).apply(&mut order, &from_the_shop()).unwrap();
    assert_eq!(order.data().lines[0].shipped, quantity);
    assert_eq!(shipped("999").apply(&mut order, &from_the_shop()).unwrap_err().code(), "unknown_line");
}

#[test]
fn a_write_against_an_older_version_is_stale() {
    let mut order = order();
    let patch = shopify::OrderPatch { instructions: rt::Field::Cleared, ..Default::default() };
    let late = rt::ApplyContext { expected: Some("6"), current: Some("7"), ..from_the_shop() };
    assert_eq!(patch.apply(&mut order, &late).unwrap_err().code(), "stale");
}

#[test]
fn patches_say_missing_null_and_value_apart() {
    let patch: shopify::OrderPatch = rt::serde_json::from_str(r#"{"instructions":null}"#).unwrap();
    assert_eq!(patch.instructions, rt::Field::Cleared);
    assert_eq!(patch.ship_method, rt::Field::Untouched);
    assert_eq!(rt::serde_json::to_string(&patch).unwrap(), r#"{"instructions":null}"#);
    let foreign = rt::serde_json::from_str::<shopify::OrderPatch>(r#"{"total":null}"#);
    assert!(foreign.is_err(), "what the shop may never write is not read either");
}
