//! What is in scope where a step stands: the working copy, what is kept, and the parts around it.

use super::module::Module;
use crate::emit::rust::expr::{Compiler, Form, Hold};
use crate::emit::rust::names;
use crate::expr::ir::{Kind, Node, VarId};
use crate::lower::flow::{Kept, Listed, listed, open};
use crate::lower::names::{not_taken, snake};
use crate::model::{EachStep, FieldRole, Flow, Id, Over, StepId, StepKind, Struct, Type};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// A function's compiler, and the statements that bind what its expressions read.
pub struct Scope<'c> {
    /// Compiles the expressions.
    pub compiler: Compiler<'c>,
    /// Binds the parts.
    pub parts: TokenStream,
}

/// The variables that nodes read.
pub fn read<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> BTreeSet<VarId> {
    let mut read = BTreeSet::new();
    for node in nodes {
        node.walk(&mut |node| {
            if let Kind::Var(var) = node.kind {
                read.insert(var);
            }
        });
    }
    read
}

impl Module<'_> {
    /// What is in scope in the parts that are open, of which these variables are read.
    pub fn scope(&self, within: Option<StepId>, read: &BTreeSet<VarId>) -> Scope<'_> {
        let mut compiler = self.root_scope();
        let chain = open(self.flow, within);
        let mut parts = TokenStream::new();
        for (up, (id, each)) in chain.iter().rev().enumerate().collect::<Vec<_>>().into_iter().rev() {
            parts.extend(self.part(&mut compiler, *id, each, up, read));
        }
        Scope { compiler, parts }
    }

    /// A compiler that knows the working copy and what is kept.
    pub fn root_scope(&self) -> Compiler<'_> {
        let mut compiler = self.compiler();
        for (var, ident) in &self.names {
            let form = if *var == Flow::OBJECT {
                Form::Struct(Hold::Lent)
            } else {
                Form::Slice(Box::new(Form::Struct(Hold::Owned)))
            };
            compiler.parameter(*var, ident.clone(), form);
        }
        compiler
    }

    /// The statements that bind the working copy and what is kept, as far as these tokens read them.
    pub fn roots(&self, tokens: &[&TokenStream]) -> TokenStream {
        let mut lets = TokenStream::new();
        for (var, ident) in &self.names {
            if !tokens.iter().any(|tokens| is_read(tokens, ident)) {
                continue;
            }
            if *var == Flow::OBJECT {
                lets.extend(quote!(let #ident = &data.object;));
            } else if let Some(kept) = self.flow.keep.iter().find(|kept| kept.var == *var) {
                let place = Self::kept_field(kept);
                lets.extend(quote!(let #ident = data.kept.#place.as_slice();));
            }
        }
        lets
    }

    /// Binds what a part is made of. An element that is gone is missed here, whatever reads it.
    fn part(
        &self,
        compiler: &mut Compiler<'_>,
        id: StepId,
        each: &EachStep,
        up: usize,
        read: &BTreeSet<VarId>,
    ) -> TokenStream {
        let up = proc_macro2::Literal::usize_unsuffixed(up);
        let name = |suffix: &str| {
            let wanted = format!("{}{suffix}", snake(&each.name));
            let taken = |name: &str| self.names.values().any(|known| known == name) || name == "part" || is_local(name);
            format_ident!("{}", not_taken(&wanted, taken))
        };
        let within = self.flow.step(id).and_then(|step| step.parent);
        let mut lets = TokenStream::new();
        match &each.over {
            Over::Elements { list, var, of, key } => {
                let slice = self.list_behind(compiler, within, list);
                let key = self.element_key(*of, *key);
                let found = quote!(rt::flow::element(#slice, part, |element| #key)?);
                let ident = name("");
                if !read.contains(var) {
                    lets.extend(quote!(#found;));
                } else if let Some(holder) = self.ids_holder(*of) {
                    let ids = self.part_ids(*of, &holder);
                    lets.extend(quote!(let mut #ident = #found.clone();));
                    lets.extend(ids.iter().map(|(system, field)| {
                        quote!(if let Some(id) = part.id(#system) { #ident.#holder.#field = Some(id.to_owned()); })
                    }));
                    compiler.parameter(*var, ident, Form::Struct(Hold::Owned));
                } else {
                    lets.extend(quote!(let #ident = #found;));
                    compiler.parameter(*var, ident, Form::Struct(Hold::Lent));
                }
            }
            Over::Groups { list, by, key, items, ids, .. } => {
                if read.contains(key) {
                    let (value, form) = self.read_key(&by.ty);
                    let ident = name("_key");
                    lets.extend(quote!(let #ident = #value;));
                    compiler.parameter(*key, ident, form);
                }
                if read.contains(items) {
                    let slice = self.list_behind(compiler, within, list);
                    let identity = self.identity(within, list);
                    let ident = name("_items");
                    lets.extend(quote!(let #ident = rt::flow::items(#slice, part, #identity);));
                    compiler.parameter(*items, ident, Form::List(Box::new(Form::Struct(Hold::Owned))));
                }
                for (system, var) in ids.iter().filter(|(_, var)| read.contains(var)) {
                    let system = &self.model.systems[*system].name;
                    let ident = name(&format!("_ids_{}", snake(system)));
                    lets.extend(quote!(let #ident = part.id(#system);));
                    compiler.parameter(*var, ident, Form::Text(Hold::Lent).optional());
                }
            }
            Over::Unknown => {}
        }
        if lets.is_empty() { lets } else { quote!(let part = rt::flow::part(at, #up)?; #lets) }
    }

    /// The list that elements were fixed of, as a slice: not what a filter leaves of it now.
    fn list_behind(&self, compiler: &mut Compiler<'_>, within: Option<StepId>, list: &Node) -> TokenStream {
        match listed(self.model, self.flow, within, list).map(|listed| listed.of) {
            Some(Kept::Object(path)) => {
                let root = self.object();
                let place = self.place(&quote!(#root), self.flow.object, &path);
                quote!(&#place)
            }
            Some(Kept::Beside(_, kept)) => {
                let ident = self.names.get(&kept.var);
                quote!(#ident)
            }
            None => {
                let made = compiler.expr(list).into_stored();
                made.lent()
            }
        }
    }

    /// What tells an element from the others, as a closure of position and element.
    pub fn identity(&self, within: Option<StepId>, list: &Node) -> TokenStream {
        let key = listed(self.model, self.flow, within, list).and_then(|listed: Listed<'_>| listed.key);
        match (key, list.ty.element().and_then(Type::as_struct)) {
            (Some(key), Some(of)) => {
                let key = self.element_key(of, key);
                quote!(|_, element| #key)
            }
            _ => quote!(|index, _| index.to_string()),
        }
    }

    /// The key of `element` as text.
    pub fn element_key(&self, of: Id<Struct>, key: u16) -> TokenStream {
        match self.model.structs[of].field(key) {
            Some(field) => {
                let ident = names::field(&field.name);
                Self::stored_key(&field.ty, &quote!(element.#ident))
            }
            None => quote!(compile_error!("no such key")),
        }
    }

    /// What the working copy is called.
    pub fn object(&self) -> Ident {
        self.names.get(&Flow::OBJECT).cloned().unwrap_or_else(|| format_ident!("object"))
    }

    /// The field that holds identifiers.
    pub fn ids_holder(&self, of: Id<Struct>) -> Option<Ident> {
        let holder = self.model.structs[of].fields.iter().find(|field| field.role == FieldRole::Ids)?;
        Some(names::field(&holder.name))
    }

    /// The systems whose identifiers a struct holds, with their fields; those that are text.
    fn part_ids(&self, of: Id<Struct>, _: &Ident) -> Vec<(&str, Ident)> {
        let holder = self.model.structs[of].fields.iter().find(|field| field.role == FieldRole::Ids);
        let ids = holder.and_then(|field| field.ty.as_struct());
        let fields = ids.map(|ids| self.model.structs[ids].fields.as_slice()).unwrap_or_default();
        let text = fields.iter().filter(|field| field.ty.inner().is_text());
        text.map(|field| (field.name.as_str(), names::field(&field.name))).collect()
    }

    /// An `each` by its step.
    pub fn each(&self, id: StepId) -> Option<(Option<StepId>, &EachStep)> {
        let step = self.flow.step(id)?;
        match &step.kind {
            StepKind::Each(each) => Some((step.parent, each)),
            _ => None,
        }
    }
}

/// Whether a function has a variable of its own by this name.
fn is_local(name: &str) -> bool {
    matches!(
        name,
        "answers"
            | "at"
            | "data"
            | "id"
            | "input"
            | "keys"
            | "made"
            | "message"
            | "meta"
            | "parts"
            | "params"
            | "settings"
            | "w"
    )
}

/// Whether tokens read a variable: its name stands there, and is neither a field or method nor a part of a path.
pub fn is_read(tokens: &TokenStream, name: &Ident) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_punct = |at: Option<&TokenTree>, of: &[char]| matches!(at, Some(TokenTree::Punct(punct)) if of.contains(&punct.as_char()));
    trees.iter().enumerate().any(|(at, tree)| match tree {
        TokenTree::Ident(ident) => {
            let before = at.checked_sub(1).and_then(|before| trees.get(before));
            ident == name && !is_punct(before, &['.', ':']) && !is_punct(trees.get(at + 1), &[':'])
        }
        TokenTree::Group(group) => is_read(&group.stream(), name),
        _ => false,
    })
}
