//! The derive, seen through what it reads and writes.

use crate::codec::{Plain, Text};
use crate::failure::Failure;
use crate::notes::Notes;
use crate::record::{decode, encode};
use crate::{Decimal, Leaf, Record};
use std::borrow::Cow;

#[derive(Debug, Record)]
#[record(unknown = "warn", skip("cart", ("head", "skipped")))]
struct Order<'a> {
    #[record(at)]
    at: u32,
    #[wire("id")]
    id: Leaf<i64>,
    #[wire("id")]
    same: Leaf<i64>,
    #[wire("note", absent("", " "))]
    note: Leaf<Cow<'a, str>>,
    #[wire("to_Item", "results", many)]
    lines: Leaf<Vec<Line<'a>>>,
    #[wire("to_Item", "count", codec = Text)]
    count: Leaf<i64>,
    #[wire("customer", nested)]
    customer: Leaf<Customer>,
    #[wire("customer", "id")]
    customer_id: Leaf<i64>,
    #[wire("tags", each)]
    tags: Leaf<Vec<Cow<'a, str>>>,
    #[wire("rates", entries, codec = Text)]
    rates: Leaf<Vec<(Cow<'a, str>, Decimal)>>,
    #[wire("extra", raw, absent("", "-"))]
    extra: Leaf<Cow<'a, str>>,
}

#[derive(Debug, Record)]
#[record(unknown = "ignore")]
struct Line<'a> {
    #[wire("sku")]
    sku: Leaf<Cow<'a, str>>,
}

#[derive(Debug, PartialEq, Record)]
#[record(unknown = "reject", encode)]
struct Customer {
    #[wire("id")]
    id: i64,
    #[wire("mail", emit = null)]
    mail: Option<String>,
    #[wire("address", "city")]
    city: Option<String>,
    #[wire("address", "lines", each)]
    lines: Option<Vec<String>>,
}

fn read<'a>(json: &'a str, notes: &mut Notes) -> crate::Result<Order<'a>> {
    decode(json.as_bytes(), 0, notes)
}

fn refusal(json: &str) -> String {
    format!("{:#}", read(json, &mut Notes::new()).unwrap_err().locate(&[json]))
}

#[test]
fn reads_along_routes() {
    let json = r#" {"cart":[{}],"to_Item":{"count":"2","results":[{"sku":"A","x":1},{}]},"id":7,
        "note":" ","customer":{"id":9},"tags":["a","b"],"rates":{"x":"1.50"},"extra":{"k":[1,2]},
        "head":{"skipped":1},"new":null} "#;
    let mut notes = Notes::new();
    let order = read(json, &mut notes).unwrap();
    assert_eq!((order.at, order.id.clone(), order.same.clone()), (1, Leaf::Value(7), Leaf::Value(7)));
    assert!(order.note.is_empty_text());
    assert_eq!(order.count, Leaf::Value(2));
    let Leaf::Value(lines) = &order.lines else { panic!("{:?}", order.lines) };
    assert!(lines[0].sku.is_present() && lines[1].sku.is_missing());
    assert_eq!((order.customer_id, order.customer.is_present()), (Leaf::Value(9), true));
    assert_eq!(order.tags, Leaf::Value(vec!["a".into(), "b".into()]));
    assert_eq!(order.rates, Leaf::Value(vec![("x".into(), Decimal::parse("1.50").unwrap())]));
    assert_eq!(order.extra, Leaf::Value(r#"{"k":[1,2]}"#.into()));
    let none = read(r#"{"extra":"-"}"#, &mut Notes::new()).unwrap();
    assert!(none.extra.is_empty_text());
    // Nothing below `head` is read, so nothing below it is judged either.
    assert_eq!(notes.unknown_keys().collect::<Vec<_>>(), [("Order.new", 1)]);
}

#[test]
fn null_on_the_way_is_nothing() {
    let order = read(r#"{"to_Item":null,"customer":null}"#, &mut Notes::new()).unwrap();
    assert!(order.lines.is_missing() && order.customer_id.is_missing() && order.customer.is_null());
}

#[test]
fn refuses_what_can_not_be_meant() {
    for (json, refusal) in [
        (r#"{"id":1,"id":2}"#, "the key `id` comes twice; in the source at id"),
        (r#"{"to_Item":{},"to_Item":{}}"#, "the key `to_Item` comes twice; in the source at to_Item"),
        (r#"{"to_Item":[]}"#, "expected an object, found a list; in the source at to_Item"),
        (r#"{"customer":{"id":1,"name":"x"}}"#, "`Customer` has no key `name`; in the source at customer.name"),
        (r#"{"customer":{"mail":"x"}}"#, "`id` is missing; in the source at customer.id"),
        (r#"{"customer":{"id":"x"}}"#, "expected an int, found the text `x`; in the source at customer.id"),
    ] {
        assert_eq!(self::refusal(json), format!("decode_failed: {refusal}"));
    }
    let scalar = read(r#"{"id":[1]}"#, &mut Notes::new()).unwrap();
    assert!(scalar.id.optional().is_err_and(|failure: Failure| failure.detail().contains("found a list")));
}

#[test]
fn writes_what_it_reads() {
    let text = |customer: &Customer| String::from_utf8(encode(customer).unwrap()).unwrap();
    let mut customer = Customer { id: 1, mail: None, city: None, lines: None };
    assert_eq!(text(&customer), r#"{"id":1,"mail":null}"#);
    customer.lines = Some(vec!["a".to_owned()]);
    let json = text(&customer);
    assert_eq!(json, r#"{"id":1,"mail":null,"address":{"lines":["a"]}}"#);
    assert_eq!(decode::<Customer>(json.as_bytes(), 0, &mut Notes::new()).unwrap(), customer);
}

#[derive(Debug, PartialEq, Record)]
#[record(one_of = "type", encode)]
struct Either {
    #[tag("A", own)]
    a: Option<Kind>,
    #[tag("B", own)]
    b: Option<Kind>,
}

/// Variants that know nothing of what tells them apart, and some that are not read.
#[derive(Debug, PartialEq, Record)]
#[record(one_of = "kind", encode, skip("bird"))]
struct Animal {
    #[tag("cat")]
    cat: Option<Named>,
    #[tag("dog")]
    dog: Leaf<Named>,
}

#[derive(Debug, PartialEq, Record)]
#[record(unknown = "reject", encode)]
struct Named {
    #[wire("name")]
    name: String,
    #[wire("a*b")]
    star: Option<i64>,
}

#[test]
fn writes_what_tells_variants_apart() {
    let read = |json: &str| decode::<Animal>(json.as_bytes(), 0, &mut Notes::new());
    let json = r#"{"kind":"dog","name":"Rex","a*b":1}"#;
    let dog = read(json).unwrap();
    assert_eq!(dog.dog, Leaf::Value(Named { name: "Rex".to_owned(), star: Some(1) }));
    assert_eq!(encode(&dog).unwrap(), json.as_bytes());
    let bird = read(r#"{"kind":"bird","wings":2}"#).unwrap();
    assert_eq!(bird, Animal { cat: None, dog: Leaf::Missing });
    assert_eq!(encode(&bird).unwrap_err().detail(), "the record is none of those that `kind` tells apart");
    let said = |json: &str| format!("{:#}", read(json).unwrap_err().locate(&[json]));
    assert_eq!(
        said(r#"{"kind":"cat","name":"Tom","kinds":1}"#),
        "decode_failed: `Named` has no key `kinds`; in the source at kinds"
    );
    assert_eq!(said("{}"), "decode_failed: `kind`, which says what the object is, is missing; in the source at kind");
}

#[derive(Debug, PartialEq, Record)]
#[record(unknown = "ignore", encode)]
struct Kind {
    #[wire("value", codec = Plain)]
    value: i64,
    #[wire("type")]
    kind: String,
}

#[test]
fn tells_variants_apart_wherever_the_tag_stands() {
    let json = r#"{"value":3,"type":"B"}"#;
    let either: Either = decode(json.as_bytes(), 0, &mut Notes::new()).unwrap();
    assert_eq!(either, Either { a: None, b: Some(Kind { value: 3, kind: "B".to_owned() }) });
    assert_eq!(encode(&either).unwrap(), json.as_bytes());
    let json = r#"{"type":"C"}"#;
    let failure = decode::<Either>(json.as_bytes(), 0, &mut Notes::new()).unwrap_err().locate(&[json]);
    assert_eq!(
        format!("{failure:#}"),
        "decode_failed: expected one of `A`, `B`, found the text `C`; in the source at type"
    );
}
