//! What is built: structs, lists of them, calls of other mappings, lookups, checked conversions.

use super::{Compiler, Held};
use crate::emit::rust::names;
use crate::expr::ir::{Each, Kind, Node, VarId};

use crate::model::{Id, Mapping, Miss, Struct, Type};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

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
    pub(super) fn make(&mut self, of: Id<Struct>, fields: &[(u16, VarId, Node)]) -> TokenStream {
        let path = self.around.struct_path(of);
        let model = self.model;
        let declared = &model.structs[of];
        let mut lets = Vec::with_capacity(fields.len());
        let mut given: Vec<(u16, TokenStream)> = Vec::with_capacity(fields.len());
        for (position, var, value) in fields {
            let Some(field) = declared.field(*position) else { continue };
            let stored = self.stored_at(value);
            let ident = self.declare(*var, &field.name, Held::Stored);
            lets.push(quote!(let #ident = #stored;));
            given.push((*position, quote!(#ident)));
        }
        let inits = declared.fields.iter().enumerate().filter_map(|(i, field)| {
            let position = u16::try_from(i).ok()?;
            if matches!(field.wire.as_ref().map(|w| &w.kind), Some(crate::model::WireKind::Joined(..))) {
                return None;
            }
            let ident = names::field(&field.name);
            Some(match given.iter().find(|(p, _)| *p == position) {
                Some((_, value)) => quote!(#ident: #value),
                None => match &field.ty {
                    Type::Optional(_) => quote!(#ident: None),
                    _ => quote!(#ident: Default::default()),
                },
            })
        });
        quote!({
            #(#lets)*
            #path { #(#inits),* }
        })
    }

    /// A value as it is stored, with failures given the target's place around the storing too.
    fn stored_at(&mut self, node: &Node) -> TokenStream {
        match &node.kind {
            Kind::At(segment, inner) if inner.fails => {
                let stored = self.stored(inner);
                let (file, line) = self.place(inner.span);
                quote!((|| -> rt::Result<_> { Ok(#stored) })()
                    .map_err(|failure| failure.in_field(#segment).at_spec(#file, #line))?)
            }
            Kind::At(_, inner) => self.stored(inner),
            _ => self.stored(node),
        }
    }

    pub(super) fn each(&mut self, each: &Each) -> TokenStream {
        let iter = self.iter(&each.list);
        let item = self.declare(each.var, "item", Held::Form);
        let index = each.index.map(|var| self.declare(var, "index", Held::Form));
        let lets = self.lets(&each.lets);
        let drops = self.drops(&each.drops);
        let body = self.stored(&each.body);
        let (pattern, iter, position) = match index {
            Some(index) => (
                quote!((position, #item)),
                quote!(#iter.enumerate()),
                quote!(let #index = i64::try_from(position).unwrap_or(i64::MAX);),
            ),
            None => (quote!(#item), iter, quote!()),
        };
        quote!({
            let mut made = Vec::new();
            for #pattern in #iter {
                #position
                let one = (|| -> rt::Result<Option<_>> {
                    #lets
                    #drops
                    Ok(Some(#body))
                })()
                .map_err(|failure| failure.in_index(made.len()))?;
                made.extend(one);
            }
            made
        })
    }

    /// Named parts: evaluated once; a failure surfaces where the part is used.
    pub fn lets(&mut self, lets: &[(VarId, Node)]) -> TokenStream {
        let all: Vec<TokenStream> = lets
            .iter()
            .map(|(var, value)| {
                if value.fails {
                    let deferred = self.deferred(value);
                    let ident = self.declare(*var, "part", Held::Fallible);
                    quote!(let #ident = (#deferred)();)
                } else if let Some(slice) = self.slice(value) {
                    let ident = self.declare(*var, "part", Held::Slice);
                    quote!(let #ident = #slice;)
                } else {
                    let tokens = self.expr(value);
                    let ident = self.declare(*var, "part", Held::Form);
                    quote!(let #ident = #tokens;)
                }
            })
            .collect();
        quote!(#(#all)*)
    }

    pub(super) fn drops(&mut self, drops: &[(Node, String)]) -> TokenStream {
        let all: Vec<TokenStream> = drops
            .iter()
            .map(|(when, reason)| {
                let when = self.expr(when);
                quote!(if #when {
                    notes.drop_element(#reason);
                    return Ok(None);
                })
            })
            .collect();
        quote!(#(#all)*)
    }

    pub(super) fn lookup(&mut self, position: u16, args: &[Node]) -> TokenStream {
        let Some(lookup) = self.around.mapping().and_then(|m| m.lookups.get(usize::from(position))).cloned() else {
            return quote!(compile_error!("a lookup outside a mapping"));
        };
        let key = self.lookup_key(args);
        let name = &lookup.name;
        let found = if lookup.result == Type::STRING {
            quote!(rt::form::answer_text(answers, #name, &#key)?)
        } else {
            let function = names::answer(name);
            quote!(#function(answers, &#key, notes)?)
        };
        match &lookup.miss {
            Miss::None => found,
            Miss::Raise(exception) => {
                quote!(#found.ok_or_else(|| rt::form::raised(#exception))?)
            }
        }
    }

    /// The canonical text of a lookup's parameters.
    pub(super) fn lookup_key(&mut self, args: &[Node]) -> TokenStream {
        let parts: Vec<TokenStream> = args
            .iter()
            .map(|arg| {
                let value = self.expr(arg);
                let stored = self.to_stored(&arg.ty, &value, false);
                quote!(.with(&#stored)?)
            })
            .collect();
        quote!(rt::form::Key::new()#(#parts)*)
    }

    /// Collects the key of a lookup, inside the loops it stands in. What fails on the way is left to the mapping itself.
    pub fn wanted_key(&mut self, loops: &[Around], lookup: &str, args: &[Node]) -> TokenStream {
        let mut opened = Vec::with_capacity(loops.len());
        for around in loops {
            let iter = self.iter(around.list);
            let item = self.declare(around.var, "item", Held::Form);
            let index = around.index.map(|var| self.declare(var, "index", Held::Form));
            opened.push((iter, item, index));
        }
        let key = self.lookup_key(args);
        let mut found = quote!({
            let key: rt::Result<rt::form::Key> = (|| Ok(#key))();
            if let Ok(key) = key {
                keys.insert(#lookup, key.text());
            }
        });
        for (iter, item, index) in opened.into_iter().rev() {
            let position = index.map(|index| quote!(let #index = i64::try_from(position).unwrap_or(i64::MAX);));
            found = quote!({
                let visited: rt::Result<()> = (|| {
                    for (position, #item) in (#iter).enumerate() {
                        #position
                        #found
                    }
                    Ok(())
                })();
                drop(visited);
            });
        }
        found
    }

    pub(super) fn apply(&mut self, id: Id<Mapping>, args: &[Node]) -> TokenStream {
        let function = self.around.mapping_path(id);
        let args: Vec<TokenStream> = args
            .iter()
            .map(|arg| {
                if let Some(slice) = self.slice(arg) {
                    return slice;
                }
                let tokens = self.expr(arg);
                if super::form::is_built(arg) { quote!(&#tokens) } else { tokens }
            })
            .collect();
        quote!(#function(#(#args,)* meta, notes)?)
    }

    pub(super) fn user_function(&mut self, position: u16, args: &[Node], ty: &Type) -> TokenStream {
        let Some(function) = self.around.mapping().and_then(|m| m.functions.get(usize::from(position))) else {
            return quote!(compile_error!("a function outside a mapping"));
        };
        let name = names::function(&function.name);
        let fails = !function.raises.is_empty();
        let args: Vec<TokenStream> = args
            .iter()
            .map(|arg| {
                let tokens = self.expr(arg);
                if arg.ty.is_text() { quote!(&#tokens) } else { tokens }
            })
            .collect();
        let call = if fails { quote!(functions.#name(#(#args),*)?) } else { quote!(functions.#name(#(#args),*)) };
        if ty.is_text() { quote!(Cow::Owned(#call)) } else { call }
    }

    pub(super) fn fit(&mut self, inner: &Node, to: &Type) -> TokenStream {
        let value = self.expr(inner);
        match to {
            Type::Decimal(digits) => {
                let some = |n: Option<u32>| n.map_or_else(|| quote!(None), |n| quote!(Some(#n)));
                let (precision, scale) = (some(digits.precision), some(digits.scale));
                quote!((#value).fit(#precision, #scale)?)
            }
            Type::String(Some(bound)) => quote!(rt::form::fit(#value, #bound)?),
            Type::Email | Type::Uri | Type::Uuid => {
                let check = format_ident!("fit_{}", to.word());
                quote!(rt::form::#check(#value)?)
            }
            Type::Currency => quote!(rt::Currency::parse(&#value)?),
            Type::Country => quote!(rt::Country::parse(&#value)?),
            Type::Unit => quote!(rt::Unit::parse(&#value)?),
            _ => value,
        }
    }
}
