//! Macros over lists, as loops.

use super::{Compiler, Held};
use crate::expr::ir::{Loop, LoopKind, Node};
use crate::model::Type;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

impl Compiler<'_> {
    pub(super) fn looped(&mut self, looped: &Loop, ty: &Type) -> TokenStream {
        let iter = self.iter(&looped.list);
        let item = self.declare(looped.var, "item", Held::Form);
        match looped.kind {
            LoopKind::All | LoopKind::Exists | LoopKind::ExistsOne => self.quantified(looped, &iter),
            LoopKind::Filter => {
                let holds = self.expr(&looped.body);
                quote!({
                    let mut kept = Vec::new();
                    for #item in #iter {
                        if #holds {
                            kept.push(#item);
                        }
                    }
                    kept
                })
            }
            LoopKind::Map => self.mapped(looped, &iter),
            LoopKind::Find => {
                let holds = self.expr(&looped.body);
                quote!({
                    let mut found = None;
                    for #item in #iter {
                        if #holds {
                            found = Some(#item);
                            break;
                        }
                    }
                    found
                })
            }
            LoopKind::One => {
                let holds = self.expr(&looped.body);
                quote!({
                    let mut only = Vec::new();
                    for #item in #iter {
                        if #holds {
                            only.push(#item);
                        }
                    }
                    rt::form::one(only.into_iter())?
                })
            }
            LoopKind::Sum => self.summed(looped, &iter, ty),
        }
    }

    fn quantified(&mut self, looped: &Loop, iter: &TokenStream) -> TokenStream {
        let item = self.declare(looped.var, "item", Held::Form);
        let body = self.expr(&looped.body);
        let fails = looped.body.fails;
        match looped.kind {
            LoopKind::All if !fails => quote!(#iter.all(|#item| #body)),
            LoopKind::Exists if !fails => quote!(#iter.any(|#item| #body)),
            LoopKind::ExistsOne if !fails => {
                quote!((#iter.filter(|item| { let #item = item.clone(); #body }).count() == 1))
            }
            kind => {
                let function = match kind {
                    LoopKind::All => format_ident!("all"),
                    LoopKind::Exists => format_ident!("exists"),
                    _ => format_ident!("exists_one"),
                };
                quote!(rt::logic::#function(
                    #iter.map(|#item| -> rt::Result<bool> { Ok(#body) })
                )?)
            }
        }
    }

    fn mapped(&mut self, looped: &Loop, iter: &TokenStream) -> TokenStream {
        let item = self.declare(looped.var, "item", Held::Form);
        let filter = looped.filter.as_ref().map(|f| self.expr(f));
        let body = self.expr(&looped.body);
        let push = match filter {
            Some(filter) => quote!(if #filter { made.push(#body); }),
            None => quote!(made.push(#body);),
        };
        quote!({
            let mut made = Vec::new();
            for #item in #iter {
                #push
            }
            made
        })
    }

    fn summed(&mut self, looped: &Loop, iter: &TokenStream, ty: &Type) -> TokenStream {
        let item = self.declare(looped.var, "item", Held::Form);
        let body = self.expr(&looped.body);
        match ty {
            Type::Int => quote!({
                let mut sum = 0i64;
                for #item in #iter {
                    sum = rt::int::add(sum, #body)?;
                }
                sum
            }),
            Type::Decimal(_) => quote!({
                let mut sum = rt::Decimal::ZERO;
                for #item in #iter {
                    sum = sum.add(#body)?;
                }
                sum
            }),
            _ => quote!({
                let mut sum = None;
                for #item in #iter {
                    let next = #body;
                    sum = Some(match sum {
                        None => next,
                        Some(sum) => rt::form::Sum::plus(sum, next)?,
                    });
                }
                rt::form::summed(sum)?
            }),
        }
    }

    pub(super) fn list_opt(&mut self, items: &[(bool, Node)]) -> TokenStream {
        let pushes: Vec<TokenStream> = items
            .iter()
            .map(|(optional, item)| {
                let tokens = self.expr(item);
                if *optional { quote!(list.extend(#tokens);) } else { quote!(list.push(#tokens);) }
            })
            .collect();
        quote!({
            let mut list = Vec::new();
            #(#pushes)*
            list
        })
    }

    pub(super) fn map(&mut self, entries: &[(Node, bool, Node)], _ty: &Type) -> TokenStream {
        let inserts: Vec<TokenStream> = entries
            .iter()
            .map(|(key, optional, value)| {
                let (key, value) = (self.expr(key), self.expr(value));
                if *optional {
                    quote!(if let Some(value) = #value { map.insert(#key, value)?; })
                } else {
                    quote!(map.insert(#key, #value)?;)
                }
            })
            .collect();
        // An insertion can fail only where a key is computed; the checker has marked such a map.
        quote!({
            let mut map = rt::form::Map::new();
            #(#inserts)*
            map
        })
    }
}
