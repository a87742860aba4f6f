//! The derives in hand-written code: what generated crates are written in, anybody may write. (What is refused lies in
//! `tests/ui`.)

use crossdock_runtime::codec::{Digits, Plain, Rfc3339, Text};
use crossdock_runtime::record::{decode, encode};
use crossdock_runtime::{Codes, Decimal, Field, Leaf, ListPatch, Notes, Patch, Record, SourceAt, Timestamp};
use serde_json::json;
use std::borrow::Cow;

/// An order as a shop sends it: borrowed, with every presence and shape.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(unknown = "warn", encode, skip("cart", ("client", "agent"), "debug_*"))]
struct Order<'a> {
    #[record(at)]
    at: u32,
    #[wire("id")]
    id: Leaf<i64>,
    #[wire("placed_at", codec = Rfc3339)]
    placed_at: Leaf<Timestamp>,
    #[wire("note", absent("", "-"), emit = "-", optional)]
    note: Leaf<Cow<'a, str>>,
    #[wire("lines", "results", many)]
    lines: Leaf<Vec<Line<'a>>>,
    #[wire("buyer", nested, optional)]
    buyer: Leaf<Buyer>,
    #[wire("rates", entries, codec = Text, optional)]
    rates: Leaf<Vec<(Cow<'a, str>, Decimal)>>,
    #[wire("extra", raw, optional)]
    extra: Leaf<Cow<'a, str>>,
}

#[derive(Debug, Clone, PartialEq, Record)]
#[record(unknown = "ignore", encode)]
struct Line<'a> {
    #[record(at)]
    at: u32,
    #[wire("sku")]
    sku: Leaf<Cow<'a, str>>,
    #[wire("price", codec = Digits(Text, Some(12), Some(2)))]
    price: Leaf<Decimal>,
    #[wire("tags", each, optional)]
    tags: Leaf<Vec<Cow<'a, str>>>,
}

/// A record without leaves: judged at once, and owned.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(unknown = "reject", encode)]
struct Buyer {
    #[wire("id", codec = Plain)]
    id: i64,
    #[wire("mail", emit = null)]
    mail: Option<String>,
    #[wire("address", "city")]
    city: Option<String>,
}

const WHOLE: &str = concat!(
    r#"{"id":7,"placed_at":"2025-03-05T06:01:00+01:00","note":"ring twice","lines":{"results":["#,
    r#"{"sku":"A-1","price":"12.50","tags":["new","red"]},{"sku":"B-2","price":"0.99"}]},"#,
    r#""buyer":{"id":9,"mail":null,"address":{"city":"Oslo"}},"rates":{"std":"0.250"},"extra":{"k":[1,2.50]}}"#
);

fn read<'a>(json: &'a str, notes: &mut Notes) -> Order<'a> {
    decode(json.as_bytes(), 0, notes).unwrap_or_else(|failure| panic!("{json}: {failure}"))
}

fn said<T: std::fmt::Debug>(json: &str, result: crossdock_runtime::Result<T>) -> String {
    format!("{:#}", result.unwrap_err().locate(&[json]))
}

#[test]
fn a_record_is_written_as_it_was_read() {
    let mut notes = Notes::new();
    let order = read(WHOLE, &mut notes);
    assert_eq!(notes.unknown_keys().count(), 0);
    assert_eq!((order.id().unwrap(), order.note().unwrap()), (7, Some("ring twice")));
    assert_eq!(order.placed_at().unwrap().to_string(), "2025-03-05T06:01:00+01:00");
    let lines = order.lines().unwrap();
    assert_eq!(lines[0].price().unwrap().to_string(), "12.50");
    assert_eq!(lines[0].tags().unwrap().unwrap().len(), 2);
    assert_eq!(order.buyer().unwrap().unwrap().city.as_deref(), Some("Oslo"));
    // The scale of a decimal and the digits of a raw value are kept.
    assert_eq!(String::from_utf8(encode(&order).unwrap()).unwrap(), WHOLE);
}

#[test]
fn a_record_tells_the_ways_of_being_absent_apart() {
    let note = |json| read(json, &mut Notes::new()).note;
    assert_eq!(note("{}"), Leaf::Missing);
    assert_eq!(note(r#"{"note":null}"#), Leaf::Null);
    assert_eq!(note(r#"{"note":"-"}"#), Leaf::Empty);
    assert_eq!(note(r#"{"note":" "}"#), Leaf::Value(" ".into()));
    // What is written for none is what the field says, and nothing where it says nothing.
    let written = |json| String::from_utf8(encode(&read(json, &mut Notes::new())).unwrap()).unwrap();
    assert_eq!(written("{}"), r#"{"note":"-"}"#);
    assert_eq!(written(r#"{"note":"","buyer":{"id":1,"mail":""}}"#), r#"{"note":"-","buyer":{"id":1,"mail":""}}"#);
    assert_eq!(written(r#"{"note":null,"lines":null}"#), r#"{"note":null}"#);
}

#[test]
fn a_failure_waits_for_its_use_and_knows_its_place() {
    let json = r#"{"id":"x","lines":{"results":[{"sku":"A","price":"1"},{"price":"1.505"}]}}"#;
    let order = read(json, &mut Notes::new());
    assert_eq!(said(json, order.id()), "decode_failed: expected an int, found the text `x`; in the source at id");
    assert_eq!(said(json, order.placed_at()), "decode_failed: `placed_at` is missing; in the source at placed_at");
    let lines = order.lines().unwrap();
    assert_eq!(lines[0].sku().unwrap(), "A");
    assert_eq!(said(json, lines[1].sku()), "decode_failed: `sku` is missing; in the source at lines.results[1].sku");
    let lost = said(json, lines[1].price());
    assert!(lost.starts_with("digits_lost: ") && lost.ends_with("in the source at lines.results[1].price"), "{lost}");
    // What can't be read can't be written either.
    assert_eq!(encode(&order).unwrap_err().code(), "decode_failed");
    let at = SourceAt::in_record(lines[1].at, "sku");
    assert!(lines[1].sku.clone().into_required(at).is_err());
}

#[test]
fn a_shape_a_duplicate_and_a_stranger_fail_at_once() {
    for (json, place) in [
        (r#"{"lines":[]}"#, "expected an object, found a list; in the source at lines"),
        (r#"{"lines":{"results":{}}}"#, "expected a list, found an object; in the source at lines.results"),
        (r#"{"id":1,"id":2}"#, "the key `id` comes twice; in the source at id"),
        (r#"{"buyer":{"mail":"x"}}"#, "`id` is missing; in the source at buyer.id"),
        (r#"{"buyer":{"id":1,"vip":true}}"#, "`Buyer` has no key `vip`; in the source at buyer.vip"),
        (r#"{"id":1"#, "expected `,` or `}`, but the payload ends"),
    ] {
        let failure = said(json, decode::<Order<'_>>(json.as_bytes(), 0, &mut Notes::new()));
        assert!(failure.starts_with("decode_failed: ") && failure.contains(place), "{json}: {failure}");
    }
    let mut notes = Notes::new();
    read(r#"{"cart":[1],"client":{"agent":"x","new":1},"debug_time":3,"surprise":1}"#, &mut notes);
    assert_eq!(notes.unknown_keys().map(|(key, _)| key).collect::<Vec<_>>(), ["Order.surprise"]);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Codes)]
enum ShipMethod {
    #[code("GROUND")]
    Ground,
    #[code("2-DAY")]
    TwoDay,
    #[code("2-DÄY")]
    Umlaut,
}

#[test]
fn a_code_list_is_its_texts() {
    for method in ShipMethod::ALL.iter().copied() {
        assert_eq!(ShipMethod::parse(method.as_str()).unwrap(), method);
        assert_eq!(method.as_str().parse::<ShipMethod>().unwrap(), method);
        let text = serde_json::to_string(&method).unwrap();
        assert_eq!(serde_json::from_str::<ShipMethod>(&text).unwrap(), method);
        assert_eq!(format!("{method:>8}").chars().count(), 8);
    }
    let failure = ShipMethod::parse("2-day").unwrap_err();
    assert_eq!(format!("{failure:#}"), "unknown_code: `2-day` is no code of `ShipMethod`");
    let refused = serde_json::from_value::<ShipMethod>(json!("ROAD")).unwrap_err().to_string();
    assert_eq!(refused, "`ROAD` is no code of `ShipMethod`");
    assert!(serde_json::from_value::<ShipMethod>(json!(2)).is_err());
}

#[derive(Debug, Clone, PartialEq, Default, Patch)]
struct OrderPatch {
    #[patch(rename = "type")]
    kind: Field<String>,
    ship_method: Field<ShipMethod>,
    lines: ListPatch<String, LinePatch>,
}

#[derive(Debug, Clone, PartialEq, Default, Patch)]
struct LinePatch {
    #[patch(key)]
    line_id: String,
    shipped: Field<Decimal>,
}

#[test]
fn a_patch_is_written_as_it_was_read_and_knows_what_it_touches() {
    for (json, touched) in [
        (json!({}), vec![]),
        (json!({ "type": null }), vec!["type"]),
        (json!({ "type": "web", "ship_method": "2-DAY" }), vec!["ship_method", "type"]),
        (json!({ "lines": { "set": [{ "line_id": "1", "shipped": "2.50" }] } }), vec!["lines.shipped"]),
        (
            json!({ "lines": { "set": [{ "line_id": "1", "shipped": null }], "removed": ["2"] } }),
            vec!["lines", "lines.shipped"],
        ),
    ] {
        let patch: OrderPatch = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(patch.touched(), touched, "{json}");
        assert_eq!(patch.is_empty(), touched.is_empty());
        assert_eq!(serde_json::to_value(&patch).unwrap(), json);
    }
}

#[test]
fn a_patch_refuses_what_it_does_not_hold() {
    let refused = |json: &str| serde_json::from_str::<OrderPatch>(json).unwrap_err().to_string();
    for (json, why) in [
        (r#"{"kind":"web"}"#, "unknown field `kind`, expected one of `type`, `ship_method`, `lines`"),
        (r#"{"type":"a","type":"b"}"#, "duplicate field `type`"),
        (r#"{"lines":{"set":[{"shipped":"1"}]}}"#, "missing field `line_id`"),
        (r#"{"ship_method":"ROAD"}"#, "no code of `ShipMethod`"),
    ] {
        let refused = refused(json);
        assert!(refused.contains(why), "{json}: {refused}");
    }
}
