//! Patches: untouched, cleared or set, field by field; lists by key.

use super::{Code, Compiler, Form, Held, Hold, stored_form, used};
use crate::emit::rust::names;
use crate::expr::ir::{Const, EachPatch, Kind, Node, Patch, PatchField};
use crate::model::{Field, Id, Struct, StructKind, Type};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

impl Compiler<'_> {
    /// A patch, and the statements that fill it.
    pub(super) fn patch(&mut self, patch: &Patch) -> Code {
        let path = self.types.patch_path(patch.of, patch.system);
        let name = self.name("patch");
        let statements = self.patch_fields(patch, &name);
        self.leave(&name);
        let filled = quote!({
            let mut #name = #path::default();
            #statements
            #name
        });
        let form = Form::Struct(Hold::Owned);
        if self.model.structs[patch.of].kind != StructKind::Object {
            return Code::loose(filled, form, super::Binds::Block);
        }
        let find = self.identity(patch);
        Code::new(quote!(rt::Update { find: #find, patch: #filled }), form)
    }

    /// What identifies the object: evaluated before anything is patched.
    fn identity(&mut self, patch: &Patch) -> TokenStream {
        let parts: Vec<TokenStream> = patch
            .find
            .iter()
            .map(|(path, value)| {
                let path = self.path_text(patch.of, path);
                let code = self.expr(value);
                if code.fails() {
                    let (line, made) = (self.line(value.span), code.result());
                    return quote!(.with(#path, &SPEC.at(#line, || #made)?));
                }
                let value = code.operand(super::Binds::Prefix);
                quote!(.with(#path, &#value))
            })
            .collect();
        quote!(rt::Identity::new()#(#parts)*)
    }

    fn path_text(&self, of: Id<Struct>, path: &[u16]) -> String {
        let mut names: Vec<&str> = Vec::with_capacity(path.len());
        let mut of = Some(of);
        for step in path {
            let Some(field) = of.and_then(|of| self.model.structs[of].field(*step)) else { break };
            names.push(&field.name);
            of = field.ty.as_struct();
        }
        names.join(".")
    }

    /// The statements that set the fields of the patch `name`.
    fn patch_fields(&mut self, patch: &Patch, name: &Ident) -> TokenStream {
        let model = self.model;
        let declared = &model.structs[patch.of];
        patch
            .fields
            .iter()
            .filter_map(|field| {
                let target = declared.field(field.field)?;
                let ident = names::field(&target.name);
                let touched = self.touched(field);
                let made = self.change(field, target).value();
                let set = quote!(#name.#ident = #made;);
                Some(match &field.touched.kind {
                    Kind::Const(Const::Bool(true)) => set,
                    _ => quote!(if #touched { #set }),
                })
            })
            .collect()
    }

    /// Whether a field is touched; a failure to tell has the field's line.
    fn touched(&mut self, field: &PatchField) -> TokenStream {
        let code = self.expr(&field.touched);
        if !code.fails() {
            return code.value();
        }
        let (line, asked) = (self.line(field.value.span), code.result());
        quote!(SPEC.at(#line, || #asked)?)
    }

    /// What happens to a field that is touched.
    fn change(&mut self, field: &PatchField, target: &Field) -> Code {
        let (segment, inner) = match &field.value.kind {
            Kind::At(segment, inner) => (Some(segment), &**inner),
            _ => (None, &field.value),
        };
        let code = match &inner.kind {
            Kind::EachPatch(each) => self.each_patch(each),
            Kind::Patch(_) => {
                let nested = self.expr(inner).value();
                Code::new(quote!(rt::Nested::Patch(#nested)), Form::Struct(Hold::Owned))
            }
            _ => {
                let form = stored_form(target.ty.inner()).optional();
                let value = self.expr(inner).into_form(&form);
                let clears = self.expr(&field.clears);
                let made = set(inner, &value, &clears, &field.clears);
                // What replaces a value as a whole stands where it could be patched, too.
                if matches!(target.ty.inner(), Type::Struct(_)) { quote_into(&made) } else { made }
            }
        };
        match segment {
            Some(segment) if code.fails() => {
                let form = code.form.clone();
                Code::tries(self.placed(segment, inner.span, &code), form)
            }
            _ => code,
        }
    }

    pub(super) fn each_patch(&mut self, each: &EachPatch) -> Code {
        let name = self.element_name(&each.list);
        let iter = self.yields(&each.list);
        let item = self.taken(&name, each.var, &iter.form);
        let index = each.index.map(|var| {
            let ident = self.name("index");
            self.vars.insert(var, Held::Passing(ident.clone(), Form::Plain));
            ident
        });
        let (lets, parts) = self.lets(&each.lets.iter().map(|(var, node)| (*var, "part", node)).collect::<Vec<_>>());
        let drops: TokenStream = each
            .drops
            .iter()
            .map(|(when, reason)| {
                let when = self.expr(when).value();
                quote!(if #when {
                    notes.drop_element(#reason);
                    return Ok(rt::Line::Dropped);
                })
            })
            .collect();
        let key = self.key(&each.key.1);
        let key_field = self.model.structs[each.of].field(each.key.0).map(|f| names::field(&f.name));
        let removed = each.removed.as_ref().map(|removed| {
            let removed = self.expr(removed).value();
            quote!(if #removed { return Ok(rt::Line::Removed(key)); })
        });
        let body = self.element_patch(&each.body, key_field.as_ref());
        parts.iter().chain(index.as_ref()).chain([&item]).for_each(|name| self.leave(name));
        let list = iter.tokens;
        let made = quote!(#lets #drops let key = #key; #removed #body);
        let (index, item) = (index.map_or_else(|| quote!(_), |index| used(&index, &made)), used(&item, &made));
        let tokens = quote!(rt::each_line(#list, |#index, #item| { #made }));
        Code::tries(tokens, Form::Struct(Hold::Owned))
    }

    /// The key of a line, as it is stored.
    fn key(&mut self, node: &Node) -> TokenStream {
        self.expr(node).into_stored().value()
    }

    /// The patch of a line, with its key, as the end of a closure.
    fn element_patch(&mut self, body: &Node, key: Option<&Ident>) -> TokenStream {
        let Kind::Patch(patch) = &body.kind else {
            let value = self.expr(body).value();
            return quote!(Ok(rt::Line::Set(#value)));
        };
        let path = self.types.patch_path(patch.of, patch.system);
        let name = self.name("line");
        let statements = self.patch_fields(patch, &name);
        self.leave(&name);
        let key = key.map(|key| quote!(#name.#key = key;));
        let head = quote!(let mut #name = #path::default(); #key);
        quote!(#head #statements Ok(rt::Line::Set(#name)))
    }
}

/// `Field` of an optional value.
fn set(node: &Node, value: &Code, clears: &Code, clears_node: &Node) -> Code {
    let form = Form::Struct(Hold::Owned);
    let tokens = value.value();
    if let Kind::Some(_) = &node.kind {
        // `Some(x)` is set whatever x is.
        return Code::new(quote!(rt::Field::set_or_keep(#tokens)), form);
    }
    match &clears_node.kind {
        Kind::Const(Const::Bool(true)) => Code::new(quote!(rt::Field::set_or_clear(#tokens)), form),
        Kind::Const(Const::Bool(false)) => Code::new(quote!(rt::Field::set_or_keep(#tokens)), form),
        _ => {
            let clears = clears.value();
            Code::loose(
                quote!(match #tokens {
                    Some(value) => rt::Field::Set(value),
                    None if #clears => rt::Field::Cleared,
                    None => rt::Field::Untouched,
                }),
                form,
                super::Binds::Block,
            )
        }
    }
}

fn quote_into(code: &Code) -> Code {
    let tokens = code.value();
    Code::new(quote!(rt::Nested::from(#tokens)), code.form.clone())
}
