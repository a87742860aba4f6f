//! Events that say which of their fields changed: a field that is not named is as if it were missing, whatever stands
//! there; one that is named and has no value has lost it.

use crate::failure::Result;
use crate::json::{Kind, Reader, Scalar};
use crate::leaf::Leaf;
use std::borrow::Cow;

/// The names of the fields that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes<'a>(Vec<Cow<'a, str>>);

impl Changes<'_> {
    /// Whether a field is named, by its dotted route, by one that it lies on, or by one that lies on it.
    #[must_use]
    pub fn name(&self, route: &str) -> bool {
        let within = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'));
        self.0.iter().any(|name| &**name == route || within(name, route) || within(route, name))
    }
}

/// The names, where they stand. Null says nothing about what changed.
///
/// # Errors
/// `decode_failed`, if it is no list of texts.
pub fn read<'a>(r: &mut Reader<'a>) -> Result<Leaf<Changes<'a>>> {
    if r.peek()? == Kind::Null {
        r.skip()?;
        return Ok(Leaf::Null);
    }
    let mut names = Vec::new();
    r.array_begin()?;
    while r.next_element()? {
        match r.scalar()? {
            Scalar::Str(name) => names.push(name),
            other => return Err(r.here(other.unexpected("the name of a field"))),
        }
    }
    Ok(Leaf::Value(Changes(names)))
}

impl Leaf<Changes<'_>> {
    /// Whether the field at a route is missing; `missing` says it where nothing is known of changes.
    #[must_use]
    pub fn missing(&self, route: &str, missing: bool) -> bool {
        match self {
            Leaf::Value(changes) => !changes.name(route),
            _ => missing,
        }
    }

    /// Whether the field at a route has lost its value; `cleared` says it where nothing is known of changes.
    #[must_use]
    pub fn cleared(&self, route: &str, present: bool, cleared: bool) -> bool {
        match self {
            Leaf::Value(changes) => !present && changes.name(route),
            _ => cleared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(text: &str) -> Result<Leaf<Changes<'_>>> {
        read(&mut Reader::new(text.as_bytes())?)
    }

    #[test]
    fn a_field_is_named_by_its_route_and_by_what_lies_on_it() {
        let changes = changes(r#"["Name", "Address.City"]"#).unwrap();
        for (route, missing) in [("Name", false), ("Names", true), ("Address", false), ("Address.City.Code", false)] {
            assert_eq!(changes.missing(route, false), missing, "{route}");
        }
        assert!(changes.missing("Address.Street", false));
        assert!(changes.cleared("Name", false, false) && !changes.cleared("Name", true, true));
        assert!(!changes.cleared("Phone", false, true));
    }

    #[test]
    fn without_a_list_fields_speak_for_themselves() {
        for leaf in [Leaf::Missing, changes("null").unwrap()] {
            assert!(leaf.missing("Name", true) && !leaf.missing("Name", false));
            assert!(leaf.cleared("Name", false, true) && !leaf.cleared("Name", false, false));
        }
        assert_eq!(changes("[1]").unwrap_err().code(), "decode_failed");
        assert_eq!(changes("{}").unwrap_err().code(), "decode_failed");
    }
}
