//! What the evaluator was seen to do: for each expression, the values that it had.
//!
//! Absent on purpose: order, and how often; whether something was ever reached is all that is asked.

use crate::eval::{Observer, Value};
use crate::expr::ir::Node;
use crate::model::Model;
use crossdock_runtime::Result;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An expression's identity: where it lies in memory, which the model it belongs to does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site(usize);

impl Site {
    /// The identity of an expression.
    pub fn of(node: &Node) -> Site {
        Site(std::ptr::from_ref(node).addr())
    }
}

/// The values that an expression had.
#[derive(Debug, Clone, Default)]
// Each is an observation of its own; none excludes another.
#[expect(clippy::struct_excessive_bools)]
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

/// The expressions that are watched, for all tests alike.
#[derive(Debug, Default)]
pub struct Watched {
    /// Those whose texts are wanted, and those of which only their kind of value is.
    sites: HashMap<Site, bool>,
}

impl Watched {
    /// Watches these expressions; of those in `texts`, the texts too.
    pub fn extend(&mut self, sites: impl IntoIterator<Item = Site>, texts: impl IntoIterator<Item = Site>) {
        for site in sites {
            self.sites.entry(site).or_insert(false);
        }
        self.sites.extend(texts.into_iter().map(|site| (site, true)));
    }
}

/// What was seen of the expressions that are asked for.
#[derive(Debug)]
pub struct Trace<'m> {
    model: &'m Model,
    watched: &'m Watched,
    seen: RefCell<BTreeMap<Site, Seen>>,
}

impl<'m> Trace<'m> {
    /// Nothing was seen yet.
    pub fn new(model: &'m Model, watched: &'m Watched) -> Self {
        Trace { model, watched, seen: RefCell::default() }
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
        let Some(texts) = self.watched.sites.get(&site) else { return };
        let mut all = self.seen.borrow_mut();
        let seen = all.entry(site).or_default();
        seen.reached = true;
        let Ok(value) = result else { return };
        match value {
            Value::None => seen.none = true,
            Value::Bool(true) => (seen.value, seen.yes) = (true, true),
            Value::Bool(false) => (seen.value, seen.no) = (true, true),
            _ => seen.value = true,
        }
        if *texts && let Some(text) = self.text(value) {
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
