//! The request of an API that starts a flow: the object as far as its caller says it, completed by what it begins with.

use super::module::Module;
use crate::emit::rust::canonical::initial_call;
use crate::emit::rust::layout;
use crate::emit::rust::names;
use crate::lower::rights::struct_of;
use crate::model::{Field, FieldRole, Id, Struct, Type};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

impl Module<'_> {
    /// How a request is read, and what it is read as.
    pub fn requests(&self) -> Vec<TokenStream> {
        let object = self.types.struct_path(self.flow.object);
        let mut items = vec![quote! {
            /// The object that a request makes.
            fn requested(bytes: &[u8]) -> rt::Result<#object> {
                let request: Request = rt::serde_json::from_slice(bytes).map_err(|error| rt::Failure::json(rt::failure::builtin::DECODE_FAILED, &error))?;
                request.complete()
            }
        }];
        let (mut open, mut seen) = (vec![self.flow.object], BTreeSet::new());
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                items.extend(self.request_item(id));
                let inner = self.model.structs[id].fields.iter().filter_map(struct_of);
                open.extend(inner.filter(|inner| self.is_begun(*inner)));
            }
        }
        items
    }

    fn request_name(&self, id: Id<Struct>) -> Ident {
        if id == self.flow.object {
            return format_ident!("Request");
        }
        format_ident!("Request{}", crate::lower::names::type_name(&self.model.structs[id].name))
    }

    /// Whether a struct, or what it holds, begins with values that its creator need not give.
    fn is_begun(&self, id: Id<Struct>) -> bool {
        let (mut open, mut seen) = (vec![id], BTreeSet::new());
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let fields = &self.model.structs[id].fields;
            if fields.iter().any(|field| begins(field) && !field.ty.is_optional()) {
                return true;
            }
            open.extend(fields.iter().filter_map(struct_of));
        }
        false
    }

    fn requested_type(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Optional(inner) => {
                let inner = self.requested_type(inner);
                quote!(Option<#inner>)
            }
            Type::List(element) => {
                let element = self.requested_type(element);
                quote!(Vec<#element>)
            }
            Type::Struct(id) if self.is_begun(*id) => {
                let name = self.request_name(*id);
                quote!(#name)
            }
            ty => self.types.stored(ty),
        }
    }

    fn request_item(&self, id: Id<Struct>) -> [TokenStream; 2] {
        let of = &self.model.structs[id];
        let (name, stored) = (self.request_name(id), self.types.struct_path(id));
        let path = layout::tokens(&stored);
        let (mut fields, mut first, mut late, mut all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for field in &of.fields {
            let ident = names::field(&field.name);
            let text = ident.to_string();
            let rename = (text.trim_start_matches("r#") != field.name).then(|| {
                let name = &field.name;
                quote!(#[serde(rename = #name)])
            });
            let ty = self.requested_type(&field.ty);
            let optional = begins(field) && !field.ty.is_optional();
            let default =
                optional || field.ty.is_optional() || field.role == FieldRole::Ids || field.ty.element().is_some();
            let default = default.then(|| quote!(#[serde(default)]));
            let ty = if optional { quote!(Option<#ty>) } else { ty };
            fields.push(quote!(#rename #default #ident: #ty,));
            if !begins(field) {
                let value = self.completed(&field.ty, &quote!(self.#ident));
                first.push(quote!(let #ident = #value;));
                all.push(ident);
                continue;
            }
            first.push(quote!(let #ident = self.#ident;));
            if field.role == FieldRole::Status {
                late.push(quote!(let #ident = #ident.unwrap_or(rt::Lifecycle::INITIAL);));
            } else if let Some((function, arguments)) = initial_call(of, &path, field) {
                let call: TokenStream = format!("{function}({})", arguments.join(", ")).parse().unwrap_or_default();
                let given = self.completed(&field.ty, &quote!(given));
                late.push(if field.ty.is_optional() {
                    quote!(let #ident = match #ident { Some(given) => Some(given), None => #call?, };)
                } else {
                    quote!(let #ident = match #ident { Some(given) => #given, None => #call?, };)
                });
            }
            all.push(ident);
        }
        let doc = format!(" A new `{}`, as far as its creator says it.", of.name);
        [
            quote! {
                #[doc = #doc]
                #[derive(rt::serde::Deserialize)]
                #[serde(crate = "crossdock_runtime::serde")]
                struct #name {
                    #(#fields)*
                }
            },
            quote! {
                impl #name {
                    /// Completes it by what it begins with.
                    fn complete(self) -> rt::Result<#stored> {
                        #(#first)*
                        #(#late)*
                        Ok(#stored { #(#all),* })
                    }
                }
            },
        ]
    }

    /// A value of which what it holds is completed.
    fn completed(&self, ty: &Type, value: &TokenStream) -> TokenStream {
        match ty {
            Type::Struct(id) if self.is_begun(*id) => quote!(#value.complete()?),
            Type::List(element) if element.as_struct().is_some_and(|id| self.is_begun(id)) => {
                let name = element.as_struct().map(|id| self.request_name(id));
                quote!(#value.into_iter().map(#name::complete).collect::<rt::Result<Vec<_>>>()?)
            }
            Type::Optional(inner) if inner.as_struct().is_some_and(|id| self.is_begun(id)) => {
                let name = inner.as_struct().map(|id| self.request_name(id));
                quote!(#value.map(#name::complete).transpose()?)
            }
            _ => value.clone(),
        }
    }
}

/// Whether a field begins with a value that its creator need not give.
fn begins(field: &Field) -> bool {
    field.initial.is_some() || field.role == FieldRole::Status
}
