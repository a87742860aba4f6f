//! Mappings of the systems' crates, applied in a flow: what goes in, what they ask for, what they make.
//!
//! A document goes in as it came. A record within one becomes a document of its own: the flow's projection tells where it
//! starts, and the mapping reads it by its own.

use super::module::Module;
use super::scope::Scope;
use crate::emit::rust::names;
use crate::emit::rust::system::{asks, calls_functions, loops_of};
use crate::expr::ir::{Kind, Node, VarId};
use crate::model::{Id, InputShape, MapUse, Mapping, Struct, Type};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};

/// A payload that expressions may read.
#[derive(Clone)]
pub struct Document {
    /// What it is called.
    pub ident: Ident,
    /// The record.
    pub of: Id<Struct>,
    /// Whether it is a list of them.
    pub list: bool,
    /// Its bytes.
    pub bytes: TokenStream,
}

/// The payloads of a function, by variable.
pub type Documents = BTreeMap<VarId, Document>;

/// A mapping, applied.
pub struct Applied {
    /// The statements that make its input.
    pub setup: TokenStream,
    /// Its input: a `Result` that may be asked with `?`.
    pub input: TokenStream,
    /// What it makes of `input`.
    pub made: TokenStream,
    /// Whether it makes a list.
    pub many: bool,
}

impl Document {
    fn text(&self) -> Ident {
        format_ident!("{}_text", self.ident)
    }
}

impl Module<'_> {
    /// Reads the documents that an expression looks into; one that is only given on is not read here.
    pub fn read_documents(&self, documents: &Documents, tokens: &[&TokenStream]) -> TokenStream {
        let records = self.records();
        let mentioned = |ident: &Ident| tokens.iter().any(|tokens| super::scope::is_read(tokens, ident));
        let read = documents.values().filter(|one| mentioned(&one.ident) || mentioned(&one.text())).map(|one| {
            let (ident, bytes, root) = (&one.ident, &one.bytes, &self.model.structs[one.of].root);
            let name = records.name(one.of);
            let lifetime = records.borrows(one.of).then(|| quote!(<'_>));
            let (function, ty) = if one.list {
                (quote!(decode_list), quote!(Vec<#name #lifetime>))
            } else {
                (quote!(decode), quote!(#name #lifetime))
            };
            let text = if mentioned(&one.text()) { one.text() } else { format_ident!("_") };
            let ident = if mentioned(ident) { quote!(#ident) } else { quote!(_) };
            quote!(let (#ident, #text): (#ty, &str) = rt::root::#function(#bytes, 0, &[#(#root),*], &mut rt::Notes::new())?;)
        });
        read.collect()
    }

    /// Binds the documents in a compiler.
    pub fn bind_documents(scope: &mut Scope<'_>, documents: &Documents) {
        use crate::emit::rust::expr::{Form, Hold};
        for (var, document) in documents {
            let one = Form::Struct(Hold::Owned);
            let form = if document.list { Form::List(Box::new(one)) } else { one };
            scope.compiler.parameter(*var, document.ident.clone(), form);
        }
    }

    /// A mapping, applied to what its inputs are here.
    pub fn applied(&self, scope: &mut Scope<'_>, used: &MapUse, documents: &Documents) -> Applied {
        let mapping = &self.model.mappings[used.mapping];
        let Some(system) = mapping.system else {
            return refused("a mapping without a system is not applied in generated flows yet");
        };
        if calls_functions(self.model, mapping) {
            return refused("a mapping that calls Rust functions is not applied in generated flows yet");
        }
        let (mut setup, mut args, mut decodes) = (TokenStream::new(), Vec::new(), false);
        for (input, node) in mapping.inputs.iter().zip(&used.inputs) {
            let of = &self.model.structs[input.of];
            if !of.is_record() {
                let code = scope.compiler.expr(node);
                args.push(code.lent());
                continue;
            }
            decodes = true;
            let document = match node.kind {
                Kind::Var(var) => documents.get(&var),
                _ => None,
            };
            match (document, &node.ty) {
                (Some(document), _) if document.list == (input.shape == InputShape::List || of.many) => {
                    args.push(document.bytes.clone());
                }
                (_, Type::List(_)) if input.shape == InputShape::One => {
                    return refused("a mapping of one record is not applied to a list within a document yet");
                }
                _ => {
                    let Some(text) = Self::text_of(node, documents) else {
                        return refused(
                            "a record that is not read of one document is not mapped in generated flows yet",
                        );
                    };
                    let ident = format_ident!("{}_document", crate::lower::names::snake(&input.name));
                    let made = if node.ty.element().is_some() {
                        let list = scope.compiler.yields(node).chain;
                        quote!(rt::root::parts(#text, #list.map(|record| record.at))?)
                    } else {
                        let (record, root) = (scope.compiler.expr(node).base(), &of.root);
                        quote!(rt::root::part(#text, #record.at, &[#(#root),*])?)
                    };
                    setup.extend(quote!(let #ident = #made;));
                    args.push(quote!(&#ident));
                }
            }
        }
        let (krate, module) = (self.crate_of(system), names::module(&mapping.name));
        let input = if decodes {
            quote!(#krate::#module::Input::decode(#(#args,)* &mut rt::Notes::new())?)
        } else {
            quote!(#krate::#module::Input::new(#(#args),*))
        };
        let answers = asks(self.model, mapping).then(|| quote!(answers,));
        let repeated = mapping.inputs.iter().any(|one| one.shape == InputShape::One && self.model.structs[one.of].many);
        Applied {
            setup,
            input,
            made: quote!(input.map(meta, #answers &mut rt::Notes::new())?),
            many: repeated || matches!(mapping.target, Type::List(_)),
        }
    }

    /// The text of the one document that a node reads.
    fn text_of(node: &Node, documents: &Documents) -> Option<Ident> {
        let read = super::scope::read([node]);
        let mut texts = documents.iter().filter(|(var, _)| read.contains(var)).map(|(_, document)| document.text());
        let text = texts.next()?;
        texts.next().is_none().then_some(text)
    }

    /// The statements that collect what expressions look up into `keys`.
    pub fn asked<'n>(&self, scope: &mut Scope<'_>, nodes: impl IntoIterator<Item = &'n Node>) -> TokenStream {
        let mut wanted = TokenStream::new();
        for node in nodes {
            loops_of(node, &mut |loops, node| {
                let Kind::Lookup(position, args) = &node.kind else { return };
                let Some(lookup) = self.shell.lookups.get(usize::from(*position)) else { return };
                wanted.extend(scope.compiler.wanted_key(loops, lookup, args));
            });
        }
        wanted
    }

    /// The statements that collect what a mapping looks up, under the names outside of it. What can't be read is left to
    /// whoever applies it.
    pub fn asked_by(&self, scope: &mut Scope<'_>, used: &MapUse, documents: &Documents) -> TokenStream {
        let mapping: &Mapping = &self.model.mappings[used.mapping];
        let own = self.asked(scope, &used.inputs);
        if mapping.lookups.is_empty() {
            return own;
        }
        let Applied { setup, input, .. } = self.applied(scope, used, documents);
        let name = &mapping.name;
        quote! {
            #own
            keys.within(|keys| {
                #setup
                let input = #input;
                rt::flow::ask(keys, #name, &input.keys(meta));
                Ok(())
            });
        }
    }

    /// The variables that applying a mapping reads.
    pub fn read_by(used: &MapUse) -> BTreeSet<VarId> {
        super::scope::read(&used.inputs)
    }
}

fn refused(why: &str) -> Applied {
    let refused = quote!(compile_error!(#why));
    Applied { setup: TokenStream::new(), input: refused.clone(), made: refused, many: false }
}
