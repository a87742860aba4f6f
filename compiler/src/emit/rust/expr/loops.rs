//! Macros over lists, as iterators.

use super::built::Iter;
use super::{Binds, Code, Compiler, Form, closure, mentions, outlives, used};
use crate::expr::ir::{Loop, LoopKind};
use crate::model::{PairKind, Type};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

impl Compiler<'_> {
    pub(super) fn looped(&mut self, looped: &Loop, ty: &Type) -> Code {
        match looped.kind {
            LoopKind::All | LoopKind::Exists => self.quantified(looped),
            LoopKind::ExistsOne | LoopKind::Filter | LoopKind::Find | LoopKind::One => self.picked(looped),
            LoopKind::Map => self.mapped(looped),
            LoopKind::Sum => self.summed(looped, ty),
            LoopKind::Keyed => self.keyed(looped),
        }
    }

    /// Elements with their keys.
    fn keyed(&mut self, looped: &Loop) -> Code {
        let name = self.element_name(&looped.list);
        let Iter { chain, form, .. } = self.yields(&looped.list);
        let item = self.taken(&name, looped.var, &form);
        let key = outlives(self.expr(&looped.body), &form);
        // What has no comparison with what lends it is held as it is stored.
        let key = if matches!(key.form.inner(), Form::Plain | Form::Text(_)) { key } else { key.into_stored() };
        self.leave(&item);
        let list = Form::List(Box::new(Form::Pair(PairKind::Keyed, Box::new(key.form.clone()), Box::new(form))));
        let value = key.value();
        if key.fails() {
            return Code::tries(quote!(#chain.map(|#item| Ok((#value, #item))).collect::<rt::Result<Vec<_>>>()), list);
        }
        Code::new(quote!(#chain.map(|#item| (#value, #item)).collect::<Vec<_>>()), list)
    }

    fn quantified(&mut self, looped: &Loop) -> Code {
        let name = self.element_name(&looped.list);
        let Iter { chain, form, .. } = self.yields(&looped.list);
        let item = self.taken(&name, looped.var, &form);
        let body = self.expr(&looped.body);
        self.leave(&item);
        let all = looped.kind == LoopKind::All;
        if body.fails() {
            let function = if all { format_ident!("all") } else { format_ident!("exists") };
            let body = closure(&item, &body.result());
            return Code::tries(quote!(rt::logic::#function(#chain.map(#body))), Form::Plain);
        }
        let function = if all { format_ident!("all") } else { format_ident!("any") };
        let body = closure(&item, &body.value());
        Code::new(quote!(#chain.#function(#body)), Form::Plain)
    }

    /// Elements that are looked at, and kept or not.
    fn picked(&mut self, looped: &Loop) -> Code {
        let name = self.element_name(&looped.list);
        let Iter { chain, form, tokens } = self.yields(&looped.list);
        let (item, pattern) = self.looked_at(&name, looped.var, &form);
        let body = self.expr(&looped.body);
        self.leave(&item);
        let (fails, result, value) = (body.fails(), body.result(), body.value());
        let pattern = if mentions(&value, &item.to_string()) { pattern } else { quote!(_) };
        let list = Form::List(Box::new(form.clone()));
        match looped.kind {
            LoopKind::ExistsOne if fails => {
                // Every element is looked at, and a failure wins.
                Code::tries(
                    quote!(rt::list::filter(#tokens, |#pattern| #result).map(|found| found.len() == 1)),
                    Form::Plain,
                )
            }
            LoopKind::ExistsOne => {
                Code::loose(quote!(#chain.filter(|#pattern| #value).count() == 1), Form::Plain, Binds::Compare)
            }
            LoopKind::Filter if fails => Code::tries(quote!(rt::list::filter(#tokens, |#pattern| #result)), list),
            LoopKind::Filter => Code::new(quote!(#chain.filter(|#pattern| #value).collect::<Vec<_>>()), list),
            LoopKind::Find if fails => {
                Code::tries(quote!(rt::list::find(#tokens, |#pattern| #result)), form.optional())
            }
            LoopKind::Find => Code::new(quote!(#chain.find(|#pattern| #value)), form.optional()),
            _ if fails => {
                Code::tries(quote!(rt::list::filter(#tokens, |#pattern| #result).and_then(rt::list::only)), form)
            }
            _ => Code::tries(quote!(rt::list::only(#chain.filter(|#pattern| #value))), form),
        }
    }

    fn mapped(&mut self, looped: &Loop) -> Code {
        let name = self.element_name(&looped.list);
        let Iter { mut chain, form, tokens } = self.yields(&looped.list);
        let mut kept: Option<TokenStream> = None;
        if let Some(filter) = &looped.filter {
            let (item, pattern) = self.looked_at(&name, looped.var, &form);
            let when = self.expr(filter);
            self.leave(&item);
            if when.fails() {
                let item = self.taken(&name, looped.var, &form);
                kept = Some(self.expr(filter).value());
                self.leave(&item);
            } else {
                let when = when.value();
                let pattern = if mentions(&when, &item.to_string()) { pattern } else { quote!(_) };
                chain = quote!(#chain.filter(|#pattern| #when));
            }
        }
        let item = self.taken(&name, looped.var, &form);
        let body = outlives(self.expr(&looped.body), &form);
        self.leave(&item);
        let list = Form::List(Box::new(body.form.clone()));
        if let Some(when) = kept {
            let body = body.value();
            let made = quote!(Ok(if #when { Some(#body) } else { None }));
            let item = used(&item, &made);
            return Code::tries(quote!(rt::list::filter_map(#tokens, |#item| #made)), list);
        }
        if body.fails() {
            let body = closure(&item, &body.result());
            return Code::tries(quote!(#chain.map(#body).collect::<rt::Result<Vec<_>>>()), list);
        }
        let body = closure(&item, &body.value());
        Code::new(quote!(#chain.map(#body).collect::<Vec<_>>()), list)
    }

    fn summed(&mut self, looped: &Loop, ty: &Type) -> Code {
        let name = self.element_name(&looped.list);
        let Iter { chain, form, .. } = self.yields(&looped.list);
        let item = self.taken(&name, looped.var, &form);
        let body = closure(&item, &self.expr(&looped.body).result());
        self.leave(&item);
        let function = format_ident!(
            "sum_{}",
            match ty {
                Type::Int => "int",
                Type::Decimal(_) => "decimal",
                Type::Money => "money",
                _ => "quantity",
            }
        );
        Code::tries(quote!(rt::list::#function(#chain.map(#body))), Form::Plain)
    }
}
