use super::*;
use crate::codec::{Plain, Text};
use crate::decimal::Decimal;

/// What a derive writes.
#[derive(Debug, Default)]
struct Line<'a> {
    at: u32,
    sku: Leaf<Cow<'a, str>>,
    price: Leaf<Decimal>,
    parts: Leaf<Vec<Line<'a>>>,
    tags: Leaf<Vec<i64>>,
}

impl<'a> Record<'a> for Line<'a> {
    fn decode(r: &mut Reader<'a>, notes: &mut Notes) -> Result<Self> {
        let mut line = Line { at: r.offset(), ..Line::default() };
        r.object_begin()?;
        while let Some(key) = r.next_key()? {
            match &*key {
                "sku" if line.sku.is_missing() => line.sku = leaf(r, &Plain, &["", " "])?,
                "price" if line.price.is_missing() => line.price = leaf(r, &Text, &[])?,
                "parts" if line.parts.is_missing() => line.parts = list(r, notes, &[""])?,
                "tags" if line.tags.is_missing() => line.tags = list_of(r, &Plain, &[])?,
                "sku" | "price" | "parts" | "tags" => return Err(duplicate(r, &key)),
                "unread" => r.skip()?,
                _ => unknown_key(r, notes, UnknownKeys::Warn, "Line", &key)?,
            }
        }
        Ok(line)
    }
}

fn read<'a>(json: &'a str, notes: &mut Notes) -> Result<Line<'a>> {
    decode(json.as_bytes(), 1, notes)
}

fn located(json: &str) -> String {
    format!("{:#}", read(json, &mut Notes::new()).unwrap_err().locate(&["", json]))
}

#[test]
fn keeps_the_states_of_a_leaf_apart() {
    let line = |json| read(json, &mut Notes::new()).map(|line| format!("{:?}", line.sku)).unwrap();
    assert_eq!(line("{}"), "Missing");
    assert_eq!(line(r#"{"sku":null}"#), "Null");
    assert_eq!(line(r#"{"sku":" "}"#), "Empty");
    assert_eq!(line(r#"{"sku":"A"}"#), "Value(\"A\")");
}

#[test]
fn fails_late_for_scalars() {
    let json = r#"{"price":12.5,"sku":{"x":[1]},"parts":[{"tags":[1,"x",null]}]}"#;
    let line = read(json, &mut Notes::new()).unwrap();
    let said = |failure: Failure| format!("{:#}", failure.locate(&["", json]));
    let at = SourceAt::field(1, line.at, "price");
    assert_eq!(
        said(line.price.required(at).unwrap_err().clone()),
        "decode_failed: expected a number as text, found the number `12.5`; in the source at price"
    );
    assert_eq!(
        said(line.sku.optional().unwrap_err()),
        "decode_failed: expected a single value, found an object; in the source at sku"
    );
    let parts = line.parts.optional().unwrap().unwrap();
    assert_eq!(
        said(parts[0].tags.optional().unwrap_err()),
        "decode_failed: expected an int, found the text `x`; in the source at parts[0].tags[1]"
    );
    let at = SourceAt::field(1, parts[0].at, "sku");
    assert_eq!(
        said(parts[0].sku.required(at).unwrap_err()),
        "decode_failed: `sku` is missing; in the source at parts[0].sku"
    );
}

#[test]
fn fails_at_once_for_shapes_and_duplicates() {
    assert_eq!(
        located(r#"{"parts":[{},{"parts":{}}]}"#),
        "decode_failed: expected a list, found an object; in the source at parts[1].parts"
    );
    assert_eq!(
        located(r#"{"parts":[[]]}"#),
        "decode_failed: expected an object, found a list; in the source at parts[0]"
    );
    assert_eq!(located(r#"{"sku":"a","sku":"b"}"#), "decode_failed: the key `sku` comes twice; in the source at sku");
    assert_eq!(located(r#"{"parts":"x"}"#), "decode_failed: expected a list, found text; in the source at parts");
    assert_eq!(
        located(r#"{"parts":[{"sku":"\ud800"}]}"#),
        "decode_failed: half of a surrogate pair stands alone; in the source at parts[0].sku"
    );
    assert_eq!(located("{} x"), "decode_failed: expected the end of the payload, found `x`");
    let failure = decode::<Line<'_>>(b"\xff", 1, &mut Notes::new()).unwrap_err();
    assert_eq!(failure.source_at().unwrap().input, 1);
}

#[test]
fn notes_unknown_keys_and_lets_unread_ones_be() {
    let mut notes = Notes::new();
    let line = read(r#"{"parts":"","unread":{"a":1,"a":2},"unread":2,"new":[{"deep":1}],"@x":1}"#, &mut notes).unwrap();
    assert!(line.parts.is_empty_text());
    assert_eq!(notes.unknown_keys().collect::<Vec<_>>(), [("Line.new", 1), ("Line[\"@x\"]", 1)]);
}
