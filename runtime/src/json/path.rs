//! From a byte offset to a path: the document is read again, once, when a failure is reported.

use super::{Kind, Reader, strip_mark};
use crate::failure::Result;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The path of the value that holds the byte at `offset`, the innermost object or array included (`lines[3].sku`,
/// `d.results[0].to_Item`, `["@odata.etag"]`), with `field` below it if given. Empty for the document as a whole. Where the
/// text stops being JSON before, the path of what was open there.
pub fn path_at(text: &str, offset: u32, field: Option<&str>) -> String {
    let mut reader = Reader::from_text(strip_mark(text));
    let mut open = Vec::new();
    // A syntax error ends the walk where the failure is.
    drop(walk(&mut reader, offset, &mut open));
    let mut path = String::new();
    for level in &open {
        match level {
            Level::Object(Some(key)) => push_key(&mut path, key),
            Level::Array(Some(index)) => push_index(&mut path, *index),
            Level::Object(None) | Level::Array(None) => {}
        }
    }
    if let Some(field) = field {
        push_key(&mut path, field);
    }
    path
}

/// Adds a key to a path.
pub fn push_key(path: &mut String, key: &str) {
    let mut chars = key.chars();
    let plain =
        chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') && chars.all(|c| c.is_alphanumeric() || c == '_');
    if !plain {
        path.push('[');
        super::writer::push_quoted(path, key);
        path.push(']');
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

/// Adds a position to a path.
pub(crate) fn push_index(path: &mut String, index: usize) {
    // Writing to a string does not fail.
    let _ = write!(path, "[{index}]");
}

/// What is open, with the key or position of the value that is being read.
enum Level<'a> {
    Object(Option<Cow<'a, str>>),
    Array(Option<usize>),
}

/// Stops on the value that holds the offset, with `open` leading to it.
fn walk<'a>(reader: &mut Reader<'a>, offset: u32, open: &mut Vec<Level<'a>>) -> Result<()> {
    // Up to here everything lies before the offset.
    loop {
        // On a value.
        if reader.offset() >= offset {
            return Ok(());
        }
        match reader.peek()? {
            Kind::Object => {
                reader.object_begin()?;
                open.push(Level::Object(None));
            }
            Kind::Array => {
                reader.array_begin()?;
                open.push(Level::Array(None));
            }
            _ => {
                reader.skip()?;
                // The offset lies within the value.
                if reader.place_after() > offset {
                    return Ok(());
                }
            }
        }
        // To the next value, out of everything that ends here.
        loop {
            let before = reader.offset();
            match open.last_mut() {
                None => return Ok(()),
                Some(Level::Object(current)) => {
                    *current = None;
                    if before > offset {
                        return Ok(());
                    }
                    let key = reader.next_key()?;
                    if key.is_some() {
                        // A fault at a key, or between key and value, is the object's.
                        if reader.offset() > offset {
                            return Ok(());
                        }
                        *current = key;
                        break;
                    }
                }
                Some(Level::Array(current)) => {
                    let index = current.take().map_or(0, |index| index + 1);
                    if before > offset {
                        return Ok(());
                    }
                    if reader.next_element()? {
                        *current = Some(index);
                        break;
                    }
                }
            }
            open.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::path_at;

    const TEXT: &str =
        r#"{ "a": 1, "lines": [ {"sku": "x"}, [], {"sku": null, "d": {"@odata.etag": "e"}} ], "z" : {} }"#;

    fn path(marker: &str, plus: usize) -> String {
        path_at(TEXT, u32::try_from(TEXT.find(marker).unwrap() + plus).unwrap(), None)
    }

    #[test]
    fn names_the_value_that_starts_there() {
        assert_eq!(path("{ \"a\"", 0), "");
        assert_eq!(path("1,", 0), "a");
        assert_eq!(path("[ {", 0), "lines");
        assert_eq!(path("{\"sku\": \"x\"", 0), "lines[0]");
        assert_eq!(path("\"x\"", 0), "lines[0].sku");
        assert_eq!(path("\"x\"", 1), "lines[0].sku");
        assert_eq!(path("[]", 0), "lines[1]");
        assert_eq!(path("null", 0), "lines[2].sku");
        assert_eq!(path("\"e\"", 0), "lines[2].d[\"@odata.etag\"]");
        assert_eq!(path("{}", 0), "z");
    }

    #[test]
    fn names_the_object_around_a_key() {
        assert_eq!(path("\"d\"", 0), "lines[2]");
        assert_eq!(path("\"z\"", 0), "");
        assert_eq!(
            path_at(TEXT, u32::try_from(TEXT.find("{\"sku\": null").unwrap()).unwrap(), Some("sku")),
            "lines[2].sku"
        );
    }

    #[test]
    fn names_what_was_open_where_the_text_breaks() {
        assert_eq!(path_at(r#"{"a":{"b":[1,2,oops"#, 15, None), "a.b[2]");
        assert_eq!(path_at(r#"{"a":{"b":[1,2"#, 99, None), "a.b");
        assert_eq!(path_at("", 0, None), "");
        assert_eq!(path_at("\u{feff}{\"a\":[true]}", 6, None), "a[0]");
        assert_eq!(path_at(&"[".repeat(10_000), 9_000, None).len(), "[0]".len() * 128);
    }
}
