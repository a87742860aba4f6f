//! What a mapping calls: other mappings, and the functions that are the user's own.

use crate::expr::ir::{Kind, Node};
use crate::model::{ExternFunction, Id, Mapping, Model};
use std::collections::BTreeSet;

/// The mappings that a mapping calls, directly or not.
pub fn called(model: &Model, mapping: &Mapping) -> BTreeSet<Id<Mapping>> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Mapping> = vec![mapping];
    while let Some(mapping) = open.pop() {
        let requires = mapping.require.iter().map(|require| &require.rule);
        let nodes = requires.chain(mapping.lets.iter().map(|part| &part.value)).chain(&mapping.body);
        // Without recursion: a list of cases is as deep as it is long.
        let mut nodes: Vec<&Node> = nodes.collect();
        while let Some(node) = nodes.pop() {
            if let Kind::Apply(id, _) = &node.kind
                && found.insert(*id)
            {
                open.push(&model.mappings[*id]);
            }
            node.children(&mut |child| nodes.push(child));
        }
    }
    found
}

/// The user's functions that a mapping, or one that it calls, declares: each once.
pub fn functions<'m>(model: &'m Model, mapping: &'m Mapping) -> Vec<&'m ExternFunction> {
    let called = called(model, mapping);
    each_once(mapping.functions.iter().chain(called.iter().flat_map(|id| &model.mappings[*id].functions)))
}

/// Functions, each once by its name.
pub fn each_once<'m>(functions: impl Iterator<Item = &'m ExternFunction>) -> Vec<&'m ExternFunction> {
    let mut all: Vec<&ExternFunction> = Vec::new();
    for function in functions {
        if all.iter().all(|known| known.name != function.name) {
            all.push(function);
        }
    }
    all
}
