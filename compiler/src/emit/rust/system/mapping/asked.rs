//! What a mapping asks of others: keys of lookups, decoders of their answers, and the ports that they and Rust functions
//! come through.

use super::{Around, Module, vars_of};
use crate::emit::rust::expr::{Around as LoopAround, mentions};
use crate::emit::rust::names;
use crate::expr::ir::{Kind, Node, VarId};
use crate::lower::called::{called, functions};
use crate::model::{LookupSource, Mapping};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};

impl Module<'_> {
    /// `keys`: what is to be looked up. Conditions are not judged, so more may be fetched than is used; a key that
    /// can't be computed is left to `map`, which gives its failure.
    pub(super) fn keys(&self) -> Option<TokenStream> {
        if self.mapping.lookups.is_empty() {
            return None;
        }
        let around = Around { module: self, mapping: self.mapping };
        let mut compiler = self.compiler(&around, self.mapping);
        let lets: Vec<(VarId, &str, &Node)> = key_lets(self.mapping);
        let (lets, _) = compiler.lets(&lets);
        let mut wanted = Vec::new();
        nodes_with_loops(self.mapping, &mut |loops, node| {
            let Kind::Lookup(position, args) = &node.kind else { return };
            let Some(lookup) = self.mapping.lookups.get(usize::from(*position)) else { return };
            wanted.push(compiler.wanted_key(loops, lookup, args));
        });
        let body = quote!(#lets #(#wanted)*);
        let functions = mentions(&body, "functions").then(|| quote!(, functions: &impl Functions));
        let meta = if mentions(&body, "meta") { format_ident!("meta") } else { format_ident!("_meta") };
        let repeated = self.repeated().map(|input| names::field(&input.name));
        let inputs = self.inputs().filter_map(|(_, input, record)| {
            let ident = names::field(&input.name);
            let borrow = record.then(|| quote!(&));
            let bound = mentions(&body, &ident.to_string()) && repeated.as_ref() != Some(&ident);
            bound.then(|| quote!(let #ident = #borrow self.#ident;))
        });
        let visit = match &repeated {
            Some(each) => quote!(#(#inputs)* for #each in &self.#each { #body }),
            None => quote!(#(#inputs)* #body),
        };
        let collected = if wanted.is_empty() {
            quote!(rt::Keys::default())
        } else {
            quote!(let mut keys = rt::Keys::default(); #visit keys)
        };
        Some(quote! {
            /// What has to be looked up before mapping, each once.
            #[must_use]
            pub fn keys(&self, #meta: &rt::Meta #functions) -> rt::Keys {
                #collected
            }
        })
    }

    /// A decoder per lookup whose answer is a record.
    pub(super) fn answers(&self, asked: &dyn Fn(&Ident) -> bool) -> Vec<TokenStream> {
        let decoder = |lookup: &crate::model::Lookup| {
            let id = lookup.result.as_struct()?;
            let (function, name) = (names::answer(&lookup.name), &lookup.name);
            let ty = self.records.name(id);
            let root = &self.model.structs[id].root;
            if !asked(&function) {
                return None;
            }
            // Two references come in; what is borrowed is of the answers.
            let named_at = self.records.borrows(id).then(|| quote!('a));
            let named = self.records.borrows(id).then(|| quote!(<'a>));
            let lifetime = &named;
            let doc = format!(" The answer to the lookup `{}`.", lookup.name);
            Some(quote! {
                #[doc = #doc]
                fn #function #named(answers: &#named_at rt::Answers, key: &rt::form::Key) -> rt::Result<Option<#ty #lifetime>> {
                    match rt::form::answer(answers, #name, key)? {
                        Some(bytes) => rt::root::answer(bytes, &[#(#root),*]).map(Some),
                        None => Ok(None),
                    }
                }
            })
        };
        let called = called(self.model, self.mapping);
        let callers = called.iter().map(|id| &self.model.mappings[*id]).chain([self.mapping]);
        let mut by_name: BTreeMap<&str, TokenStream> = BTreeMap::new();
        for lookup in callers.flat_map(|mapping| &mapping.lookups) {
            if let Some(tokens) = decoder(lookup) {
                by_name.entry(&lookup.name).or_insert(tokens);
            }
        }
        by_name.into_values().collect()
    }

    /// The functions that the user implements, and the names of lookups.
    pub(super) fn ports(&self) -> Vec<TokenStream> {
        let mut items = Vec::new();
        let functions = functions(self.model, self.mapping);
        if !functions.is_empty() {
            let methods = functions.iter().map(|f| {
                let name = names::function(&f.name);
                let args = f.args.iter().enumerate().map(|(i, ty)| {
                    let ident = format_ident!("a{i}");
                    let ty = if ty.is_text() { quote!(&str) } else { self.types.stored(ty) };
                    quote!(#ident: #ty)
                });
                let result = self.types.stored(&f.result);
                let result = if f.raises.is_empty() { result } else { quote!(rt::Result<#result>) };
                let doc = format!(" The function `{}`.", f.name);
                let errors = (!f.raises.is_empty()).then(|| {
                    let doc = format!(" `{}`.", f.raises.join("`, `"));
                    quote!(#[doc = ""] #[doc = " # Errors"] #[doc = ""] #[doc = #doc])
                });
                quote!(#[doc = #doc] #errors fn #name(&self, #(#args),*) -> #result;)
            });
            items.push(quote! {
                /// The Rust functions that the mapping calls, and those that it calls: pure, and always of the same result.
                pub trait Functions {
                    #(#methods)*
                }
            });
        }
        items.extend(self.mapping.lookups.iter().filter_map(|lookup| {
            let LookupSource::Operation(system, operation) = &lookup.source else { return None };
            let system = &self.model.systems[*system].name;
            let doc = format!(" The lookup `{}`, which `{system}.{operation}` answers.", lookup.name);
            let (constant, name) = (names::constant(&lookup.name), &lookup.name);
            Some(quote!(#[doc = #doc] pub const #constant: &str = #name;))
        }));
        items
    }
}

/// The named parts that keys of lookups are made of, directly or not, and that ask for nothing themselves.
pub(super) fn key_lets(mapping: &Mapping) -> Vec<(VarId, &str, &Node)> {
    let mut read = BTreeSet::new();
    nodes_with_loops(mapping, &mut |loops, node| {
        if let Kind::Lookup(_, args) = &node.kind {
            let lists = loops.iter().map(|around| around.list);
            args.iter().chain(lists).for_each(|node| node.walk(&mut |node| vars_of(node, &mut read)));
        }
    });
    // A part reads only those before it.
    for part in mapping.lets.iter().rev() {
        if read.contains(&part.var) {
            part.value.walk(&mut |node| vars_of(node, &mut read));
        }
    }
    let used = mapping.lets.iter().filter(|l| read.contains(&l.var) && !l.value.looks_up());
    used.map(|l| (l.var, l.name.as_str(), &l.value)).collect()
}

/// Every node of a mapping with the loops around it, outermost first.
fn nodes_with_loops<'m>(mapping: &'m Mapping, visit: &mut dyn FnMut(&[LoopAround<'m>], &'m Node)) {
    let rules = mapping.require.iter().map(|require| &require.rule);
    rules
        .chain(mapping.lets.iter().map(|part| &part.value))
        .chain(&mapping.body)
        .for_each(|node| loops_of(node, visit));
}

/// Every node in an expression with the loops around it, outermost first.
pub fn loops_of<'m>(node: &'m Node, visit: &mut dyn FnMut(&[LoopAround<'m>], &'m Node)) {
    fn go<'m>(node: &'m Node, loops: &mut Vec<LoopAround<'m>>, visit: &mut dyn FnMut(&[LoopAround<'m>], &'m Node)) {
        visit(loops, node);
        let (list, entered) = match &node.kind {
            Kind::Loop(l) => (&l.list, LoopAround { list: &l.list, var: l.var, index: None }),
            Kind::Each(e) => (&e.list, LoopAround { list: &e.list, var: e.var, index: e.index }),
            Kind::EachPatch(e) => (&e.list, LoopAround { list: &e.list, var: e.var, index: e.index }),
            Kind::OptMap { of, var, .. } => (&**of, LoopAround { list: of, var: *var, index: None }),
            _ => {
                node.children(&mut |child| go(child, loops, visit));
                return;
            }
        };
        go(list, loops, visit);
        loops.push(entered);
        let mut first = true;
        node.children(&mut |child| {
            // The list itself is outside its loop, and was visited.
            if !std::mem::take(&mut first) {
                go(child, loops, visit);
            }
        });
        loops.pop();
    }
    go(node, &mut Vec::new(), visit);
}
