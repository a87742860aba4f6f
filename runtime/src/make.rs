//! What the bodies of mappings are made of: target fields, elements, named parts, and failures that learn their place.
//!
//! Everything here passes a success on untouched; places are added on the cold path only.

use crate::failure::{Result, SourceAt};
use crate::form;
use crate::patch::ListPatch;
use serde::{Serialize, Serializer};

/// The file of the specs that code was generated from, for failures.
#[derive(Debug, Clone, Copy)]
pub struct Origin(pub &'static str);

impl Origin {
    /// The value of a target field: its failure gets the field's name, and the line of the specs that says it.
    ///
    /// # Errors
    ///
    /// The failure of `make`.
    #[inline]
    pub fn field<T>(self, name: &'static str, line: u32, make: impl FnOnce() -> Result<T>) -> Result<T> {
        match make() {
            Ok(value) => Ok(value),
            Err(failure) => Err(failure.at_spec(self.0, line).in_field(name)),
        }
    }

    /// A value that belongs to no field: its failure gets the line alone.
    ///
    /// # Errors
    ///
    /// The failure of `make`.
    #[inline]
    pub fn at<T>(self, line: u32, make: impl FnOnce() -> Result<T>) -> Result<T> {
        make().map_err(|failure| failure.at_spec(self.0, line))
    }

    /// A condition on a mapping's inputs.
    ///
    /// # Errors
    ///
    /// `exception` if it does not hold; the failure of `holds` if it can't be judged.
    #[inline]
    pub fn require(self, exception: &'static str, line: u32, holds: impl FnOnce() -> Result<bool>) -> Result<()> {
        match holds() {
            Ok(true) => Ok(()),
            Ok(false) => Err(form::required(exception).at_spec(self.0, line)),
            Err(failure) => Err(failure.at_spec(self.0, line)),
        }
    }
}

/// One element of the target per element of the source.
///
/// # Errors
///
/// The first failure of `make`, at its position in the target.
#[inline]
pub fn each<T, U>(list: impl IntoIterator<Item = T>, mut make: impl FnMut(T) -> Result<U>) -> Result<Vec<U>> {
    let list = list.into_iter();
    let mut made = Vec::with_capacity(list.size_hint().0);
    for element in list {
        match make(element) {
            Ok(one) => made.push(one),
            Err(failure) => return Err(failure.in_index(made.len())),
        }
    }
    Ok(made)
}

/// As [`each`], where some elements are left out.
///
/// # Errors
///
/// The first failure of `make`, at its position in the target.
#[inline]
pub fn each_kept<T, U>(
    list: impl IntoIterator<Item = T>,
    mut make: impl FnMut(T) -> Result<Option<U>>,
) -> Result<Vec<U>> {
    let list = list.into_iter();
    let mut made = Vec::with_capacity(list.size_hint().0);
    for element in list {
        match make(element) {
            Ok(one) => made.extend(one),
            Err(failure) => return Err(failure.in_index(made.len())),
        }
    }
    Ok(made)
}

/// What becomes of a line in a patch.
#[derive(Debug, Clone, PartialEq)]
pub enum Line<K, P> {
    /// It is changed, or added.
    Set(P),
    /// It is removed.
    Removed(K),
    /// It is left out of the patch.
    Dropped,
}

/// The patch of a keyed list, from the lines of the source and their positions from 0.
///
/// # Errors
///
/// The first failure of `make`, at its position in the source: what is removed has no place in the target.
#[inline]
pub fn each_line<T, K, P>(
    list: impl IntoIterator<Item = T>,
    mut make: impl FnMut(i64, T) -> Result<Line<K, P>>,
) -> Result<ListPatch<K, P>> {
    let mut patch = ListPatch::default();
    for (position, element) in list.into_iter().enumerate() {
        let index = i64::try_from(position).unwrap_or(i64::MAX);
        match make(index, element).map_err(|failure| failure.in_index(position))? {
            Line::Set(line) => patch.set.push(line),
            Line::Removed(key) => patch.removed.push(key),
            Line::Dropped => {}
        }
    }
    Ok(patch)
}

/// Elements with their positions from 0.
#[inline]
pub fn indexed<T>(list: impl IntoIterator<Item = T>) -> impl Iterator<Item = (i64, T)> {
    (0_i64..).zip(list)
}

/// A named part of a mapping: computed once; its failure surfaces where it is used.
#[derive(Debug, Clone)]
pub struct Part<T>(Result<T>);

impl<T> Part<T> {
    /// Computes it.
    #[inline]
    pub fn of(make: impl FnOnce() -> Result<T>) -> Self {
        Part(make())
    }

    /// Its value.
    ///
    /// # Errors
    ///
    /// What failed when it was computed.
    #[inline]
    pub fn get(&self) -> Result<&T> {
        match &self.0 {
            Ok(value) => Ok(value),
            Err(failure) => Err(failure.clone()),
        }
    }
}

/// The value of an optional.
///
/// # Errors
///
/// `exception` where there is none.
#[inline]
pub fn or_raise<T>(of: Option<T>, exception: &'static str) -> Result<T> {
    match of {
        Some(value) => Ok(value),
        None => Err(form::raised(exception)),
    }
}

/// The value of an optional that was seen to be there.
///
/// # Errors
///
/// `absent_value` where it is not there after all.
#[inline]
pub fn present<T>(of: Option<T>) -> Result<T> {
    match of {
        Some(value) => Ok(value),
        None => Err(form::absent()),
    }
}

/// The value of an optional, else another that may fail.
///
/// # Errors
///
/// The failure of `other`.
#[inline]
pub fn or_else<T>(of: Option<T>, other: impl FnOnce() -> Result<T>) -> Result<T> {
    match of {
        Some(value) => Ok(value),
        None => other(),
    }
}

/// What is made of an optional's value.
///
/// # Errors
///
/// The failure of `make`.
#[inline]
pub fn opt_map<T, U>(of: Option<T>, make: impl FnOnce(T) -> Result<U>) -> Result<Option<U>> {
    match of {
        Some(value) => make(value).map(Some),
        None => Ok(None),
    }
}

/// As [`opt_map`], where what is made is optional itself.
///
/// # Errors
///
/// The failure of `make`.
#[inline]
pub fn opt_then<T, U>(of: Option<T>, make: impl FnOnce(T) -> Result<Option<U>>) -> Result<Option<U>> {
    match of {
        Some(value) => make(value),
        None => Ok(None),
    }
}

/// The field `name` of the record that remembers `place`.
#[inline]
pub fn at(place: u32, name: &str) -> SourceAt<'_> {
    SourceAt::in_record(place, name)
}

/// The record that remembers `place`.
#[inline]
pub fn record_at(place: u32) -> SourceAt<'static> {
    SourceAt::record(place)
}

/// A failure that learns which place of the payload its operand was read from.
pub trait ReadFrom {
    /// Adds the place, unless a more exact one is known.
    #[must_use]
    fn read_from(self, at: SourceAt<'_>) -> Self;
}

impl<T> ReadFrom for Result<T> {
    #[inline]
    fn read_from(self, at: SourceAt<'_>) -> Self {
        match self {
            Ok(value) => Ok(value),
            Err(failure) => Err(failure.at_source(at)),
        }
    }
}

/// What identifies the object that a patch is for: paths such as `order_id` or `ids.sap`, with their values in canonical
/// encoding.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Identity(Vec<(&'static str, serde_json::Value)>);

impl Identity {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing identifies the object.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A path with its value.
    #[must_use]
    pub fn with(mut self, path: &'static str, value: &impl Serialize) -> Self {
        // Keys and identifiers are text, numbers, codes: nothing that JSON could not say.
        self.0.push((path, serde_json::to_value(value).unwrap_or_default()));
        self
    }

    /// Paths with their values, in the order of the specification.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &serde_json::Value)> {
        self.0.iter().map(|(path, value)| (*path, value))
    }
}

impl Serialize for Identity {
    /// One object, in which `ids.sap` is a field of `ids`.
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut whole = serde_json::Map::new();
        for (path, value) in self.iter() {
            let mut level = &mut whole;
            let (outer, last) = path.rsplit_once('.').map_or((None, path), |(outer, last)| (Some(outer), last));
            for step in outer.into_iter().flat_map(|outer| outer.split('.')) {
                let below = level.entry(step).or_insert_with(|| serde_json::Map::new().into());
                match below {
                    serde_json::Value::Object(below) => level = below,
                    _ => return Err(serde::ser::Error::custom("a path runs through a value")),
                }
            }
            level.insert(last.to_owned(), value.clone());
        }
        whole.serialize(serializer)
    }
}

/// A patch, and what identifies the object that it is for. As JSON it is the patch with the identity under `find`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Update<P> {
    /// Which object; nothing where the caller knows.
    #[serde(skip_serializing_if = "Identity::is_empty")]
    pub find: Identity,
    /// What changes.
    #[serde(flatten)]
    pub patch: P,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    #[test]
    fn elements_fail_at_their_place_in_the_target() {
        let kept = each_kept([1, 2, 3], |n| match n {
            1 => Ok(None),
            3 => Err(Failure::decode("no")),
            n => Ok(Some(n)),
        });
        assert_eq!(kept.unwrap_err().in_field("lines").target_path(), "lines[1]");
        assert_eq!(each(indexed(["a", "b"]), |(n, of)| Ok((n, of))).unwrap(), [(0, "a"), (1, "b")]);
    }

    #[test]
    fn a_part_fails_where_it_is_used() {
        let part: Part<i64> = Part::of(|| Err(Failure::decode("no")));
        let used = Origin("order.yaml").field("total", 3, || part.get().copied()).read_from(at(0, "sum"));
        let failure = used.unwrap_err();
        assert_eq!(failure.target_path(), "total");
        assert_eq!(failure.source_at().unwrap().field, Some("sum"));
        assert_eq!(failure.spec().unwrap().line, 3);
    }

    #[test]
    fn an_identity_is_nested_as_its_paths_are() {
        let find = Identity::new().with("ids.sap", &"0001").with("ids.shop", &7).with("order_id", &"A-1");
        let json = serde_json::to_string(&find).unwrap();
        assert_eq!(json, r#"{"ids":{"sap":"0001","shop":7},"order_id":"A-1"}"#);
    }

    #[test]
    fn conditions_are_named() {
        let judged = |holds: Result<bool>| Origin("order.yaml").require("too_large", 9, || holds);
        assert!(judged(Ok(true)).is_ok());
        assert_eq!(judged(Ok(false)).unwrap_err().code(), "too_large");
        assert_eq!(judged(Err(Failure::decode("no"))).unwrap_err().spec().unwrap().line, 9);
    }
}
