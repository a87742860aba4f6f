//! What the generated functions of flows call: circumstances, parts, kept collections, requests.
//!
//! Absent on purpose: anything that knows an object, a system or a mapping.

use super::{At, Change, Exception, Func, Message, PartRef, PartSpec};
use crate::answers::{Answer, Answers, Keys};
use crate::apply::Move;
use crate::failure::{Failure, Quote, Result, builtin};
use crate::json::Writer;
use crate::make::Identity;
use crate::meta::{Meta, Setting};
use crate::reference::Ref;
use crate::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The settings of systems, as their deployments give them.
pub type Settings = BTreeMap<String, BTreeMap<String, Setting>>;

/// Exceptions as they are declared, with those that a flow handles in their places; what is handled and not declared follows.
#[must_use]
pub fn handled(declared: Vec<Exception>, own: Vec<Exception>) -> Vec<Exception> {
    let mut all = declared;
    for one in own {
        upsert(&mut all, one, |exception| &exception.name);
    }
    all
}

/// The circumstances of a message from a system, or of a request to it.
pub fn meta(settings: &Settings, system: &str, message: Option<&Message>) -> Meta {
    Meta {
        received_at: message.and_then(|message| Timestamp::from_epoch_millis(message.received_at).ok()),
        instance: message.and_then(|message| message.instance.as_deref().map(ToOwned::to_owned)),
        message_id: message.map(|message| message.id.to_string()),
        config: settings.get(system).cloned().unwrap_or_default(),
        ..Meta::default()
    }
}

/// A function that the flow does not have: its program is of another version.
#[cold]
pub fn no_function(function: Func) -> Failure {
    Failure::new(builtin::INVALID_ARGUMENT, format!("the flow has no function {} of this kind", function.0))
}

/// The message that is received.
///
/// # Errors
/// `invalid_argument`, if there is none.
pub fn message<'a>(at: &At<'a>) -> Result<&'a Message> {
    at.message.ok_or_else(|| Failure::new(builtin::INVALID_ARGUMENT, "there is no message to be received"))
}

/// The part that is open, `up` parts out from the innermost one.
///
/// # Errors
/// `invalid_argument`, outside of an `each`.
pub fn part<'a>(at: &At<'a>, up: usize) -> Result<PartRef<'a>> {
    let mut parts = std::iter::successors(at.part, PartRef::up);
    parts.nth(up).ok_or_else(|| Failure::new(builtin::INVALID_ARGUMENT, "there is no part here"))
}

/// The element that a part is.
///
/// # Errors
/// `unknown_line`, if the list does not hold it any more.
pub fn element<'e, T>(list: &'e [T], part: PartRef<'_>, key: impl Fn(&T) -> String) -> Result<&'e T> {
    list.iter().find(|element| key(element) == part.key()).ok_or_else(|| gone(part.key()))
}

/// The same, to be changed.
///
/// # Errors
/// `unknown_line`, if the list does not hold it any more.
pub fn element_mut<'e, T>(list: &'e mut [T], part: PartRef<'_>, key: impl Fn(&T) -> String) -> Result<&'e mut T> {
    list.iter_mut().find(|element| key(element) == part.key()).ok_or_else(|| gone(part.key()))
}

#[cold]
fn gone(key: &str) -> Failure {
    Failure::quoting(builtin::UNKNOWN_LINE, |quote| format!("there is no {} any more", quote.no("element", key)))
}

/// The elements that a part holds, told apart by their keys or positions.
pub fn items<T: Clone>(list: &[T], part: PartRef<'_>, name: impl Fn(usize, &T) -> String) -> Vec<T> {
    let mine = |(index, item): &(usize, &T)| {
        let name = name(*index, item);
        part.items().any(|known| known == name)
    };
    list.iter().enumerate().filter(mine).map(|(_, item)| item.clone()).collect()
}

/// A part per element, by the elements' keys.
pub fn elements(keys: impl IntoIterator<Item = String>) -> Vec<PartSpec> {
    keys.into_iter().map(|key| PartSpec { items: vec![key.clone()], key }).collect()
}

/// Adds an element to the part of its key, which is begun by the first one.
pub fn group(parts: &mut Vec<PartSpec>, key: String, item: String) {
    match parts.iter_mut().find(|part| part.key == key) {
        Some(part) => part.items.push(item),
        None => parts.push(PartSpec { key, items: vec![item] }),
    }
}

/// What an element is grouped by.
///
/// # Errors
/// `absent_value`, if there is nothing.
pub fn grouped<T>(by: Option<T>, index: usize) -> Result<T> {
    let nothing = || Failure::new(builtin::ABSENT_VALUE, "an element has nothing to be grouped by").in_index(index);
    by.ok_or_else(nothing)
}

/// A part's key that is a number.
///
/// # Errors
/// `invalid_argument`, if it is none.
pub fn number(key: &str) -> Result<i64> {
    key.parse()
        .map_err(|_| Failure::quoting(builtin::INVALID_ARGUMENT, |quote| format!("{} is no number", quote.text(key))))
}

/// No deployment of a system is selected by a text.
#[cold]
pub fn no_instance(system: &str, is: &str) -> Failure {
    Failure::quoting(builtin::INVALID_ARGUMENT, |quote| {
        format!("no instance of `{system}` is selected by {}", quote.text(is))
    })
}

/// What is done with each reference of an object: the name of what it refers to, and the reference.
pub type Visit<'v> = dyn FnMut(&'static str, &mut Ref) -> Result<()> + 'v;

/// Asks for the key of an object that is referred to by a system's identifier.
pub fn ask_reference(keys: &mut Keys, object: &str, by: &Ref) {
    if let Ref::Known { .. } = by {
        keys.insert(object, by.to_string());
    }
}

/// Puts the key of an object into the place of a system's identifier.
///
/// # Errors
/// `lookup_missing`, if nobody knows the object, `decode_failed`, if the answer is no key.
pub fn refer(answers: &Answers, object: &str, by: &mut Ref) -> Result<()> {
    if let Ref::Key(_) = by {
        return Ok(());
    }
    let identifier = by.to_string();
    match answers.get(object, &identifier)? {
        Answer::Found(key) => {
            let key = serde_json::from_slice(key);
            *by = Ref::Key(key.map_err(|error| Failure::json(builtin::DECODE_FAILED, &error))?);
            Ok(())
        }
        Answer::Missing => {
            let say = |quote: Quote| format!("no {object} is known by {}", quote.text(&identifier));
            Err(Failure::quoting(builtin::LOOKUP_MISSING, say))
        }
    }
}

/// The answer to what a start fetches.
///
/// # Errors
/// `lookup_missing`, if there is nothing.
pub fn fetched<'a>(answers: &'a Answers, name: &str, key: &str) -> Result<&'a [u8]> {
    match answers.get(name, key)? {
        Answer::Found(bytes) => Ok(bytes),
        Answer::Missing => Err(crate::form::nothing_of(builtin::LOOKUP_MISSING, name, key)),
    }
}

/// The one object that a message makes.
///
/// # Errors
/// `not_one`, if it makes none or several.
pub fn one<T>(made: Vec<T>) -> Result<T> {
    let mut made = made.into_iter();
    match (made.next(), made.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(Failure::new(builtin::NOT_ONE, "one message makes one object")),
    }
}

/// Puts an element in the place of the one with its key, or at the end.
pub fn upsert<T, K: PartialEq>(list: &mut Vec<T>, one: T, key: impl Fn(&T) -> &K) {
    let known = list.iter().position(|element| key(element) == key(&one));
    match known.and_then(|at| list.get_mut(at)) {
        Some(place) => *place = one,
        None => list.push(one),
    }
}

/// The element of the collection `name` that a patch is for, by what identifies it.
///
/// # Errors
/// `unknown_line`, if the patch does not say which, or the collection does not hold it.
pub fn kept<'e, T, K: Serialize>(
    list: &'e mut [T],
    find: &Identity,
    (name, field): (&str, &str),
    key: impl Fn(&T) -> &K,
) -> Result<&'e mut T> {
    let Some((_, wanted)) = find.iter().find(|(path, _)| *path == field) else {
        let detail = format!("it does not say which of `{name}` it is about");
        return Err(Failure::new(builtin::UNKNOWN_LINE, detail));
    };
    let is_it = |element: &&mut T| serde_json::to_value(key(element)).is_ok_and(|known| known == *wanted);
    list.iter_mut().find(is_it).ok_or_else(|| {
        let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), ToOwned::to_owned);
        Failure::quoting(builtin::UNKNOWN_LINE, |quote| format!("`{name}` holds no {}", quote.no("element", &wanted)))
    })
}

/// A resolved reference as text; of another, nothing.
pub fn key_of(reference: &Ref) -> String {
    match reference {
        Ref::Key(key) => key.clone(),
        Ref::Known { .. } => String::new(),
    }
}

/// Writes a field of an event's payload, unless it is none.
///
/// # Errors
/// `invalid_argument`, for what JSON can't say.
pub fn tell<T: Serialize + ?Sized>(w: &mut Writer, name: &str, value: &T) -> Result<()> {
    let json = json(value)?;
    if json != "null" {
        w.key(name);
        w.raw(&json);
    }
    Ok(())
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Failure::json(builtin::INVALID_ARGUMENT, &error))
}

/// The parameters of a call, in the order of the operation.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(&'static str, String)>);

impl Params {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more, unless it is none.
    ///
    /// # Errors
    /// `invalid_argument`, for what JSON can't say.
    pub fn with<T: Serialize + ?Sized>(mut self, name: &'static str, value: &T) -> Result<Self> {
        let json = json(value)?;
        if json != "null" {
            self.0.push((name, json));
        }
        Ok(self)
    }

    /// As the key under which something is fetched: one JSON object.
    #[must_use]
    pub fn key(&self) -> String {
        let mut w = Writer::compact();
        w.object_begin();
        for (name, value) in &self.0 {
            w.key(name);
            w.raw(value);
        }
        w.object_end();
        w.into_string()
    }

    /// As a request ([`super::request`]).
    ///
    /// # Errors
    /// `invalid_argument`, for a body that is no text.
    pub fn request(&self, body: Option<&[u8]>) -> Result<Vec<u8>> {
        let body = body.map(std::str::from_utf8).transpose();
        let body = body.map_err(|error| Failure::new(builtin::INVALID_ARGUMENT, error.to_string()))?;
        Ok(super::request(&self.0, body))
    }
}

impl From<Move> for Change {
    fn from(made: Move) -> Self {
        Change { path: made.path.into(), from: made.from.into(), to: made.to.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_by_what_identifies_it() {
        let mut list = vec![("a".to_owned(), 1), ("b".to_owned(), 2)];
        upsert(&mut list, ("b".to_owned(), 3), |one| &one.0);
        upsert(&mut list, ("c".to_owned(), 4), |one| &one.0);
        assert_eq!(list.iter().map(|one| one.1).collect::<Vec<_>>(), [1, 3, 4]);
        let find = Identity::new().with("id", &"c");
        assert_eq!(kept(&mut list, &find, ("all", "id"), |one| &one.0).unwrap().1, 4);
        let none = Identity::new().with("id", &"d");
        assert_eq!(
            kept(&mut list, &none, ("all", "id"), |one| &one.0).unwrap_err().detail(),
            "`all` holds no such element"
        );
        assert!(kept(&mut list, &find, ("all", "other"), |one| &one.0).is_err());
    }

    #[test]
    fn parameters_that_are_none_are_left_out() {
        let params = Params::new().with("id", &7).unwrap().with("none", &None::<i64>).unwrap();
        assert_eq!(params.key(), r#"{"id":7}"#);
        assert_eq!(params.request(Some(b"{}")).unwrap(), br#"{"params":{"id":7},"body":{}}"#);
    }

    #[test]
    fn groups_stand_in_the_order_of_their_first_elements() {
        let mut parts = Vec::new();
        for (key, item) in [("x", "1"), ("y", "2"), ("x", "3")] {
            group(&mut parts, key.to_owned(), item.to_owned());
        }
        assert_eq!(parts.iter().map(|part| part.items.len()).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(one(vec![1]).unwrap(), 1);
        assert_eq!(one(vec![1, 2]).unwrap_err().code(), "not_one");
    }
}
