//! Lookups: the keys that are asked for, and their answers.

use super::{Code, Compiler, Form, Held, Hold};
use crate::emit::rust::names;
use crate::expr::ir::{Node, VarId};
use crate::model::{Miss, Type};
use proc_macro2::TokenStream;
use quote::quote;

/// A loop around a node.
pub struct Around<'n> {
    /// The list; or an optional, gone over as none or one.
    pub list: &'n Node,
    /// The element's variable.
    pub var: VarId,
    /// The index's variable.
    pub index: Option<VarId>,
}

impl Compiler<'_> {
    pub(super) fn lookup(&mut self, position: u16, args: &[Node]) -> Code {
        let Some(lookup) = self.around.mapping().and_then(|m| m.lookups.get(usize::from(position))).cloned() else {
            return Code::new(quote!(compile_error!("a lookup outside a mapping")), Form::Plain);
        };
        let names: Vec<&str> = lookup.params.iter().map(|(name, _)| name.as_str()).collect();
        let key = self.lookup_key(&names, args).value();
        let name = &lookup.name;
        let (found, form) = if lookup.result == Type::STRING {
            (quote!(rt::form::answer_text(answers, #name, &#key)), Form::Text(Hold::Mixed))
        } else {
            let function = names::answer(name);
            (quote!(#function(answers, &#key)), Form::Struct(Hold::Owned))
        };
        match &lookup.miss {
            Miss::None => Code::tries(found, form.optional()),
            Miss::Raise(exception) => Code::tries(quote!(rt::form::found(#found, #exception, #name, &#key)), form),
        }
    }

    /// The key of a lookup: the canonical text of its parameters.
    fn lookup_key(&mut self, names: &[&str], args: &[Node]) -> Code {
        let mut key = Code::new(quote!(rt::form::Key::new()), Form::Struct(Hold::Owned));
        for (name, arg) in names.iter().zip(args) {
            let value = self.expr(arg);
            let value = match value.form {
                Form::Text(_) | Form::Reference(_) => value.lent(),
                _ => {
                    let value = value.into_stored();
                    let value = value.operand(super::Binds::Prefix);
                    quote!(&#value)
                }
            };
            let before = key.receiver();
            key = Code::tries(quote!(#before.with(#name, #value)), Form::Struct(Hold::Owned));
        }
        key
    }

    /// Collects the key of a lookup, inside the loops it stands in. What fails on the way is left to the mapping itself.
    pub fn wanted_key(&mut self, loops: &[Around], lookup: &crate::model::Lookup, args: &[Node]) -> TokenStream {
        let mut opened = Vec::with_capacity(loops.len());
        for around in loops {
            let name = self.element_name(around.list);
            let iter = if around.list.ty.is_optional() {
                let code = self.expr(around.list);
                super::built::Iter { tokens: code.value(), chain: code.value(), form: code.form.inner().clone() }
            } else {
                self.yields(around.list)
            };
            let item = self.taken(&name, around.var, &iter.form);
            let index = around.index.map(|var| {
                let ident = self.name("index");
                self.vars.insert(var, Held::Passing(ident.clone(), Form::Plain));
                ident
            });
            opened.push((iter.tokens, item, index));
        }
        let params: Vec<&str> = lookup.params.iter().map(|(name, _)| name.as_str()).collect();
        let (key, lookup) = (self.lookup_key(&params, args).result(), &lookup.name);
        let mut found = quote!(keys.want(#lookup, || #key););
        for (iter, item, index) in opened.into_iter().rev() {
            self.leave(&item);
            let (pattern, iter) = match &index {
                Some(index) => (quote!((#index, #item)), quote!(rt::indexed(#iter))),
                None => (quote!(#item), iter),
            };
            if let Some(index) = &index {
                self.leave(index);
            }
            found = quote!(keys.within(|keys| {
                for #pattern in #iter {
                    #found
                }
                Ok(())
            }););
        }
        found
    }
}
