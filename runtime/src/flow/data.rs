//! What is saved of an instance's data, as shapes of its text: which fields are, and which nobody reads and are left out.
//!
//! What a state holds is decided by the version that writes it, and may be less or more than another version reads. A field
//! that is gone is passed over. One that nobody reads is not saved, and stands blank where it is required. One that is read
//! and was left out by who wrote the state is not invented: such a state can't be read.

use super::{Name, Unreadable};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// The fields of an object of the text, in their order.
pub type Shape = Vec<Slot>;

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its name.
    pub name: Name,
    /// What stands in it.
    pub holds: Holds,
    /// Whether it is saved.
    pub saved: Saved,
}

/// What stands in a field; in a list, each of its elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A value that is saved as it is.
    Plain,
    /// An object of this shape, by its position.
    Shape(u16),
    /// Objects of this shape by keys.
    Map(u16),
}

/// Whether a field is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It is always there.
    Always,
    /// It is there unless it is none.
    IfAny,
    /// Nobody reads it; this stands for it where it must be something.
    Never(Option<Name>),
}

impl Slot {
    /// A field that is always there.
    pub fn required(name: impl Into<Name>, holds: Holds) -> Self {
        Self { name: name.into(), holds, saved: Saved::Always }
    }

    /// A field that may be none.
    pub fn optional(name: impl Into<Name>, holds: Holds) -> Self {
        Self { name: name.into(), holds, saved: Saved::IfAny }
    }

    /// A field that is not saved.
    pub fn left_out(name: impl Into<Name>, blank: Option<Name>) -> Self {
        Self { name: name.into(), holds: Holds::Plain, saved: Saved::Never(blank) }
    }
}

/// Paths of what was left out.
pub(super) type LeftOut = BTreeSet<String>;

/// Objects in each other, at most: as many as the reader of JSON follows.
const DEPTH: usize = 128;

/// The data as it is saved: the first shape is that of the whole. What is left out is noted.
pub(super) fn reduced(shapes: &[Shape], data: &str, left_out: &mut LeftOut) -> serde_json::Result<String> {
    let mut walk = Walk { shapes, path: Vec::new(), left_out, restores: false, lacks: None };
    walk.whole(data)
}

/// The data as it can be read. What was left out and still is not read stays noted.
pub(super) fn restored(shapes: &[Shape], saved: &str, left_out: &mut LeftOut) -> Result<String, Unreadable> {
    let mut still = LeftOut::new();
    for path in std::mem::take(left_out) {
        match reader(shapes, &path) {
            Some(Saved::Never(_)) => {
                still.insert(path);
            }
            Some(_) => return Err(Unreadable::Lacking(path)),
            None => {}
        }
    }
    *left_out = still;
    let mut walk = Walk { shapes, path: Vec::new(), left_out: &mut LeftOut::new(), restores: true, lacks: None };
    let restored = walk.whole(saved);
    match walk.lacks {
        Some(path) => Err(Unreadable::Lacking(path)),
        None => restored.map_err(|error| Unreadable::Broken(error.to_string())),
    }
}

/// What is made of a path; none if it is gone.
fn reader<'s>(shapes: &'s [Shape], path: &str) -> Option<&'s Saved> {
    let mut at = 0;
    let mut segments = path.split('.').peekable();
    while let Some(segment) = segments.next() {
        let slot = shapes.get(usize::from(at))?.iter().find(|slot| slot.name == segment)?;
        match slot.holds {
            _ if segments.peek().is_none() || matches!(slot.saved, Saved::Never(_)) => return Some(&slot.saved),
            Holds::Shape(inner) | Holds::Map(inner) => at = inner,
            Holds::Plain => return None,
        }
    }
    None
}

struct Walk<'w> {
    shapes: &'w [Shape],
    path: Vec<&'w str>,
    left_out: &'w mut LeftOut,
    /// Whether a state is read, not written.
    restores: bool,
    /// A field that must be there and is not.
    lacks: Option<String>,
}

impl Walk<'_> {
    fn whole(&mut self, text: &str) -> serde_json::Result<String> {
        if self.shapes.is_empty() {
            return Ok(text.to_owned());
        }
        let mut out = String::with_capacity(text.len());
        self.value(serde_json::from_str(text)?, Holds::Shape(0), &mut out)?;
        Ok(out)
    }

    fn value(&mut self, raw: &RawValue, holds: Holds, out: &mut String) -> serde_json::Result<()> {
        let text = raw.get();
        match (text.as_bytes().first(), holds) {
            (Some(b'['), Holds::Shape(_) | Holds::Map(_)) => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                let mut comma = Comma::new('[', out);
                for item in items {
                    self.value(item, holds, comma.next(out))?;
                }
                out.push(']');
            }
            (Some(b'{'), Holds::Shape(of)) => self.object(text, of, out)?,
            (Some(b'{'), Holds::Map(of)) => {
                let entries: Entries<'_> = serde_json::from_str(text)?;
                let mut comma = Comma::new('{', out);
                for (key, value) in entries.0 {
                    put_key(&key, comma.next(out))?;
                    self.value(value, Holds::Shape(of), out)?;
                }
                out.push('}');
            }
            _ => out.push_str(text),
        }
        Ok(())
    }

    fn object(&mut self, text: &str, of: u16, out: &mut String) -> serde_json::Result<()> {
        if self.path.len() >= DEPTH {
            return Err(serde_json::Error::custom("objects lie too deep in each other"));
        }
        let shapes = self.shapes;
        let slots = shapes.get(usize::from(of)).map(Vec::as_slice).unwrap_or_default();
        let entries: Entries<'_> = serde_json::from_str(text)?;
        let mut comma = Comma::new('{', out);
        let mut there = vec![false; slots.len()];
        for (key, value) in entries.0 {
            let Some((slot, there)) = slots.iter().zip(&mut there).find(|(slot, _)| slot.name == key) else { continue };
            self.path.push(&slot.name);
            if let Saved::Never(_) = slot.saved {
                self.left_out.insert(self.path.join("."));
            } else {
                *there = true;
                put_key(&slot.name, comma.next(out))?;
                self.value(value, slot.holds, out)?;
            }
            self.path.pop();
        }
        for (slot, _) in slots.iter().zip(there).filter(|(_, there)| self.restores && !there) {
            match &slot.saved {
                Saved::Always => {
                    self.path.push(&slot.name);
                    self.lacks.get_or_insert(self.path.join("."));
                    self.path.pop();
                }
                Saved::Never(Some(blank)) => {
                    put_key(&slot.name, comma.next(out))?;
                    out.push_str(blank);
                }
                Saved::Never(None) | Saved::IfAny => {}
            }
        }
        out.push('}');
        Ok(())
    }
}

/// What stands between the elements of a list or object.
struct Comma(bool);

impl Comma {
    fn new(opens: char, out: &mut String) -> Self {
        out.push(opens);
        Self(false)
    }

    fn next<'o>(&mut self, out: &'o mut String) -> &'o mut String {
        if std::mem::replace(&mut self.0, true) {
            out.push(',');
        }
        out
    }
}

fn put_key(key: &str, out: &mut String) -> serde_json::Result<()> {
    out.push_str(&serde_json::to_string(key)?);
    out.push(':');
    Ok(())
}

/// The entries of an object, in their order.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_map(InOrder).map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::{Holds, LeftOut, Shape, Slot, reduced, restored};
    use crate::flow::Unreadable;

    const PLAIN: Holds = Holds::Plain;

    /// An order with lines, prices by customer, and parts that lie in each other.
    fn shapes(note: Slot, price: Slot) -> Vec<Shape> {
        vec![
            vec![Slot::required("object", Holds::Shape(1))],
            vec![
                Slot::required("id", PLAIN),
                note,
                Slot::required("lines", Holds::Shape(2)),
                Slot::optional("prices", Holds::Map(2)),
            ],
            vec![Slot::required("line", PLAIN), price, Slot::optional("parts", Holds::Shape(2))],
        ]
    }

    fn kept() -> Vec<Shape> {
        shapes(Slot::optional("note", PLAIN), Slot::required("price", PLAIN))
    }

    fn left_out() -> Vec<Shape> {
        shapes(Slot::left_out("note", None), Slot::left_out("price", Some("0".into())))
    }

    const WHOLE: &str = r#"{"object":{"id":"1","note":"n","lines":[{"line":"a","price":1,"parts":[{"line":"b","price":2}]}],"prices":{"x.y":{"line":"c","price":3}}}}"#;

    fn noted(paths: &[&str]) -> LeftOut {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn what_is_read_is_saved_as_it_is() {
        let mut out = LeftOut::new();
        assert_eq!(reduced(&kept(), WHOLE, &mut out).unwrap(), WHOLE);
        assert_eq!(restored(&kept(), WHOLE, &mut out).unwrap(), WHOLE);
        assert_eq!(reduced(&[], WHOLE, &mut out).unwrap(), WHOLE);
        assert_eq!(out, LeftOut::new());
    }

    #[test]
    fn what_nobody_reads_is_left_out_and_stands_blank() {
        let mut out = LeftOut::new();
        let saved = reduced(&left_out(), WHOLE, &mut out).unwrap();
        let expected =
            r#"{"object":{"id":"1","lines":[{"line":"a","parts":[{"line":"b"}]}],"prices":{"x.y":{"line":"c"}}}}"#;
        assert_eq!(saved, expected);
        let paths = ["object.lines.parts.price", "object.lines.price", "object.note", "object.prices.price"];
        assert_eq!(out, noted(&paths));
        let read = restored(&left_out(), &saved, &mut out).unwrap();
        let expected = r#"{"object":{"id":"1","lines":[{"line":"a","parts":[{"line":"b","price":0}],"price":0}],"prices":{"x.y":{"line":"c","price":0}}}}"#;
        assert_eq!(read, expected);
        assert_eq!(out, noted(&paths), "it is known as long as nobody reads it");
    }

    #[test]
    fn what_was_left_out_and_is_read_now_is_not_invented() {
        let saved = r#"{"object":{"id":"1","lines":[{"line":"a","price":1}]}}"#;
        let mut out = noted(&["object.note"]);
        let lacking = |path: &str| Err(Unreadable::Lacking(path.to_owned()));
        assert_eq!(restored(&kept(), saved, &mut out), lacking("object.note"));
        // Nothing was left out: a note is new, and there is none.
        assert_eq!(restored(&kept(), saved, &mut LeftOut::new()).as_deref(), Ok(saved));
        let saved = r#"{"object":{"id":"1","lines":[{"line":"a"}]}}"#;
        assert_eq!(restored(&kept(), saved, &mut LeftOut::new()), lacking("object.lines.price"));
        let mut out = noted(&["object.lines"]);
        assert_eq!(restored(&kept(), saved, &mut out), lacking("object.lines"));
    }

    #[test]
    fn what_is_gone_is_passed_over() {
        let saved = r#"{"gone":1,"object":{"id":"1","gone":{"a":[1]},"lines":[{"line":"a","gone":1,"price":1}]}}"#;
        let mut out = noted(&["object.gone", "object.lines.gone", "other"]);
        let read = restored(&kept(), saved, &mut out).unwrap();
        assert_eq!(read, r#"{"object":{"id":"1","lines":[{"line":"a","price":1}]}}"#);
        assert_eq!(out, LeftOut::new());
        let read = restored(&left_out(), saved, &mut out).unwrap();
        assert_eq!(read, r#"{"object":{"id":"1","lines":[{"line":"a","price":0}]}}"#);
    }

    #[test]
    fn what_is_no_data_is_broken() {
        let shapes = kept();
        let parts = |depth: usize| {
            let (open, close) = (r#"{"line":"a","price":1,"parts":["#.repeat(depth), "]}".repeat(depth));
            format!(r#"{{"object":{{"id":"1","lines":[{open}{close}]}}}}"#)
        };
        assert!(restored(&shapes, &parts(10), &mut LeftOut::new()).is_ok());
        for text in ["", "{", "{\"object\":{1:2}}", &parts(1_000), &parts(200)] {
            let read = restored(&shapes, text, &mut LeftOut::new());
            assert!(matches!(read, Err(Unreadable::Broken(_) | Unreadable::Lacking(_))), "{text}");
        }
    }
}
