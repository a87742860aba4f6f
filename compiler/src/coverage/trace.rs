//! What the evaluator was seen to do: for each expression, the values that it had.
//!
//! Absent on purpose: order, and how often; whether something was ever reached is all that is asked.

use crate::eval::{Observer, Value};
use crate::expr::ir::Node;
use crate::model::Model;
use crossdock_runtime::Result;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// An expression's identity: where it lies in memory, which the model it belongs to does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site(usize);

impl Site {
    /// The identity of an expression.
    pub fn of(node: &Node) -> Site {
        Site(std::ptr::from_ref(node).addr())
    }
}

/// The values that an expression had.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// It was evaluated, to whatever end.
    pub reached: bool,
    /// It had a value that is not none.
    pub value: bool,
    /// It had none.
    pub none: bool,
    /// It was true.
    pub yes: bool,
    /// It was false.
    pub no: bool,
    /// The texts and codes that it had, where they are asked for.
    pub texts: BTreeSet<String>,
}

/// What was seen of the expressions that are asked for.
#[derive(Debug)]
pub struct Trace<'m> {
    model: &'m Model,
    seen: RefCell<BTreeMap<Site, Seen>>,
    /// Sites whose texts are wanted.
    texts: BTreeSet<Site>,
}

impl<'m> Trace<'m> {
    /// Watches these expressions; of those in `texts`, the texts too.
    pub fn new(model: &'m Model, sites: impl IntoIterator<Item = Site>, texts: BTreeSet<Site>) -> Self {
        let seen = sites.into_iter().chain(texts.iter().copied()).map(|site| (site, Seen::default())).collect();
        Trace { model, seen: RefCell::new(seen), texts }
    }

    /// What was seen.
    pub fn into_seen(self) -> BTreeMap<Site, Seen> {
        self.seen.into_inner()
    }

    fn text(&self, value: &Value<'_>) -> Option<String> {
        Some(match value {
            Value::Text(text) => text.to_string(),
            Value::Code(codes, position) => self.model.codes[*codes].codes.get(usize::from(*position))?.code.clone(),
            Value::Currency(currency) => currency.as_str().to_owned(),
            Value::Country(country) => country.as_str().to_owned(),
            Value::Unit(unit) => unit.as_str().to_owned(),
            _ => return None,
        })
    }
}

impl Observer for Trace<'_> {
    fn saw(&self, node: &Node, result: &Result<Value<'_>>) {
        let site = Site::of(node);
        let mut all = self.seen.borrow_mut();
        let Some(seen) = all.get_mut(&site) else { return };
        seen.reached = true;
        let Ok(value) = result else { return };
        match value {
            Value::None => seen.none = true,
            Value::Bool(true) => (seen.value, seen.yes) = (true, true),
            Value::Bool(false) => (seen.value, seen.no) = (true, true),
            _ => seen.value = true,
        }
        if self.texts.contains(&site)
            && let Some(text) = self.text(value)
        {
            seen.texts.insert(text);
        }
    }
}

/// Adds what was seen in one run to what was seen in others.
pub fn merge(all: &mut BTreeMap<Site, Seen>, more: BTreeMap<Site, Seen>) {
    for (site, seen) in more {
        let known = all.entry(site).or_default();
        known.reached |= seen.reached;
        known.value |= seen.value;
        known.none |= seen.none;
        known.yes |= seen.yes;
        known.no |= seen.no;
        known.texts.extend(seen.texts);
    }
}
