//! What the function of a mapping needs beside its inputs.

use crate::expr::ir::{Kind, Node};
use crate::model::{Mapping, Model};
use proc_macro2::TokenStream;
use quote::quote;

/// Arguments that a mapping's function takes, each only if something in it, or in what it calls, uses it.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is an argument of its own")]
pub struct Needs {
    /// The message's circumstances.
    pub meta: bool,
    /// Answers to lookups.
    pub answers: bool,
    /// What is noted on the way.
    pub notes: bool,
    /// The user's functions.
    pub functions: bool,
}

impl Needs {
    /// As parameters of a function, after its inputs.
    pub fn parameters(self) -> TokenStream {
        let meta = self.meta.then(|| quote!(, meta: &rt::Meta));
        let answers = self.answers.then(|| quote!(, answers: &rt::Answers));
        let notes = self.notes.then(|| quote!(, notes: &mut rt::Notes));
        let functions = self.functions.then(|| quote!(, functions: &impl Functions));
        quote!(#meta #answers #notes #functions)
    }

    /// As arguments of a call, after its inputs.
    pub fn arguments(self) -> TokenStream {
        let meta = self.meta.then(|| quote!(, meta));
        let answers = self.answers.then(|| quote!(, answers));
        let notes = self.notes.then(|| quote!(, notes));
        let functions = self.functions.then(|| quote!(, functions));
        quote!(#meta #answers #notes #functions)
    }

    fn and(&mut self, other: Needs) {
        self.meta |= other.meta;
        self.answers |= other.answers;
        self.notes |= other.notes;
        self.functions |= other.functions;
    }
}

/// What a mapping needs.
pub fn needs(model: &Model, mapping: &Mapping) -> Needs {
    let mut needs = Needs::default();
    nodes_of(mapping, &mut |node| match &node.kind {
        Kind::Meta(_) | Kind::Config(_) => needs.meta = true,
        Kind::CodeIn(codes, system, _) | Kind::CodeOut(codes, system, _) => {
            needs.meta |= super::is_dated(model, *codes, *system);
        }
        Kind::Each(each) => needs.notes |= !each.drops.is_empty(),
        Kind::EachPatch(each) => needs.notes |= !each.drops.is_empty(),
        Kind::Lookup(..) => needs.answers = true,
        Kind::Extern(..) => needs.functions = true,
        Kind::Apply(id, _) => needs.and(self::needs(model, &model.mappings[*id])),
        _ => {}
    });
    needs
}

/// Every node of a mapping.
pub fn nodes_of<'m>(mapping: &'m Mapping, visit: &mut dyn FnMut(&'m Node)) {
    mapping.require.iter().for_each(|r| r.rule.walk(visit));
    mapping.lets.iter().for_each(|l| l.value.walk(visit));
    mapping.body.iter().for_each(|b| b.walk(visit));
}
