//! The keys that a mapping needs answers to, found by walking its expressions through every list.
//!
//! Conditions are not judged: more may be fetched than is used, and what is fetched does not depend on the answers. A key
//! that can't be worked out is left to the mapping, which fails where it needs the answer. No key is made of an answer:
//! the checker sees to that.

use super::eval::{Run, Slot};
use super::value::Value;
use crate::expr::ir::{Kind, Node, VarId};
use crate::model::Mapping;
use crossdock_runtime::Keys;
use std::rc::Rc;

impl<'v> Run<'v, '_> {
    /// Adds the keys of one run.
    pub(super) fn collect(&mut self, inputs: Vec<Value<'v>>, keys: &mut Keys) {
        self.enter(inputs);
        let mapping = self.mapping;
        let requires = mapping.require.iter().map(|r| &r.rule);
        for node in requires.chain(mapping.lets.iter().map(|l| &l.value)).chain(&mapping.body) {
            if node.looks_up() {
                self.walk(node, keys);
            }
        }
    }

    /// Adds the keys of a mapping that is applied to values.
    pub(super) fn collect_of(&mut self, mapping: &'v Mapping, inputs: Vec<Value<'v>>, keys: &mut Keys) {
        let caller = std::mem::replace(&mut self.mapping, mapping);
        let vars = std::mem::take(&mut self.vars);
        self.collect(inputs, keys);
        self.vars = vars;
        self.mapping = caller;
    }

    /// Adds the keys of an expression.
    pub(super) fn ask(&mut self, node: &'v Node, keys: &mut Keys) {
        if node.looks_up() {
            self.walk(node, keys);
        }
    }

    fn walk(&mut self, node: &'v Node, keys: &mut Keys) {
        match &node.kind {
            Kind::Lookup(position, params) => {
                if let Some(lookup) = self.mapping.lookups.get(usize::from(*position))
                    && let Ok(key) = self.lookup_key(lookup, params)
                {
                    keys.insert(&lookup.name, key);
                }
                self.below(node, keys);
            }
            Kind::OptMap { of, var, body } => {
                self.walk(of, keys);
                if let Ok(value) = self.eval(of)
                    && !value.is_none()
                {
                    self.bind(*var, value);
                    self.walk(body, keys);
                }
            }
            Kind::Loop(of) => {
                self.walk(&of.list, keys);
                for item in self.items(&of.list).iter() {
                    self.bind(of.var, item.clone());
                    of.filter.iter().for_each(|filter| self.walk(filter, keys));
                    self.walk(&of.body, keys);
                }
            }
            Kind::Each(each) => {
                self.walk(&each.list, keys);
                let conditions = each.drops.iter().map(|(when, _)| when);
                let inside: Vec<&'v Node> = conditions.chain([&each.body]).collect();
                self.walk_elements(&each.list, (each.var, each.index), &each.lets, &inside, keys);
            }
            Kind::EachPatch(each) => {
                self.walk(&each.list, keys);
                let conditions = each.drops.iter().map(|(when, _)| when);
                let inside: Vec<&'v Node> =
                    conditions.chain([&each.key.1]).chain(&each.removed).chain([&each.body]).collect();
                self.walk_elements(&each.list, (each.var, each.index), &each.lets, &inside, keys);
            }
            _ => self.below(node, keys),
        }
    }

    fn below(&mut self, node: &'v Node, keys: &mut Keys) {
        let mut children = Vec::new();
        node.children(&mut |child| children.push(child));
        for child in children {
            if child.looks_up() {
                self.walk(child, keys);
            }
        }
    }

    fn items(&mut self, list: &'v Node) -> Rc<Vec<Value<'v>>> {
        self.elements(list).unwrap_or_default()
    }

    fn walk_elements(
        &mut self,
        list: &'v Node,
        (var, index): (VarId, Option<VarId>),
        lets: &'v [(VarId, Node)],
        inside: &[&'v Node],
        keys: &mut Keys,
    ) {
        for (at, item) in self.items(list).iter().enumerate() {
            self.bind(var, item.clone());
            if let Some(index) = index {
                self.bind(index, Value::Int(i64::try_from(at).unwrap_or(i64::MAX)));
            }
            for (var, value) in lets {
                self.assign(*var, Slot::Let(value));
            }
            for (_, value) in lets {
                self.walk(value, keys);
            }
            for node in inside {
                self.walk(node, keys);
            }
        }
    }
}
