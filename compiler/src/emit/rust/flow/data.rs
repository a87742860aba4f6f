//! The data of an instance, and what is done to it: how it begins, patches, kept collections, derived fields.

use super::module::Module;
use super::scope::is_read;
use crate::emit::rust::expr::{Form, Hold, mentions, stored_form};
use crate::emit::rust::names;
use crate::lower::flow::refers;
use crate::lower::rights::struct_of;
use crate::model::{Derive, FieldRole, Id, Kept, StructKind, System, Type};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

impl Module<'_> {
    /// The declaration, and how it begins.
    pub fn data(&self) -> Vec<TokenStream> {
        let object = self.types.struct_path(self.flow.object);
        let keeps = !self.flow.keep.is_empty();
        let field = keeps.then(|| quote!(#[doc = " What is kept beside it."] #[serde(default)] pub kept: Kept,));
        let empty = keeps.then(|| quote!(, kept: Kept::default()));
        let data = quote! {
            /// The data of an instance.
            #[derive(Debug, rt::serde::Serialize, rt::serde::Deserialize)]
            #[serde(crate = "crossdock_runtime::serde")]
            pub struct Data {
                /// The system that created the object.
                pub originator: String,
                /// The working copy: the object as last told by its owners.
                pub object: #object,
                #field
            }
        };
        let (wrapper, root) = (self.wrapper(), self.object());
        let key = match &self.flow.key {
            Some(key) => {
                let code = self.root_scope().expr(key);
                Self::key_text(&key.ty, &code)
            }
            None => quote!(compile_error!("a flow without a key")),
        };
        let bound = is_read(&key, &root).then(|| quote!(let #root = &object;));
        let ids = self.ids_holder(self.flow.object).map(|holder| quote!(ids: identifiers(&object.#holder),));
        let received = match ids {
            Some(ids) => quote!(Received { #ids ..Received::default() }),
            None => quote!(Received::default()),
        };
        let started = quote! {
            /// A new instance.
            fn started(object: #object, originator: &str) -> rt::Result<Started<Data>> {
                let object = #wrapper::try_from(object)?.into_data();
                #bound
                let key = #key;
                let received = #received;
                let data = Data { originator: originator.to_owned(), object #empty };
                Ok(Started { key, data, received })
            }
        };
        keeps.then(|| self.kept()).into_iter().chain([data, started]).collect()
    }

    /// The declaration of what is kept. It is saved by name, so that a later version may keep more, or less.
    fn kept(&self) -> TokenStream {
        let collections = self.flow.keep.iter().map(|kept| {
            let (name, of) = (Self::kept_field(kept), self.types.struct_path(kept.element));
            let doc = kept.description.as_deref().map_or_else(|| format!("`{}`.", kept.name), ToOwned::to_owned);
            let doc = format!(" {}", doc.split_whitespace().collect::<Vec<_>>().join(" "));
            let saved = &kept.name;
            let rename = (name != saved).then(|| quote!(#[serde(rename = #saved)]));
            quote!(#[doc = #doc] #rename pub #name: Vec<#of>)
        });
        quote! {
            /// What is kept beside the object.
            #[derive(Debug, Default, rt::serde::Serialize, rt::serde::Deserialize)]
            #[serde(crate = "crossdock_runtime::serde", default)]
            pub struct Kept {
                #(#collections),*
            }
        }
    }

    /// The field of `Kept` that holds a collection.
    pub fn kept_field(kept: &Kept) -> Ident {
        names::field(&kept.name)
    }

    /// Whether the object may refer to others.
    pub fn refers(&self) -> bool {
        refers(self.model, &Type::Struct(self.flow.object))
    }

    /// Goes over every reference of the object, with the name of what it refers to.
    fn references(&self) -> TokenStream {
        let object = self.types.struct_path(self.flow.object);
        let body = self.visited(&quote!(object), &Type::Struct(self.flow.object), true);
        quote! {
            /// Goes over what the object refers to.
            fn references(object: &mut #object, visit: &mut rt::flow::Visit<'_>) -> rt::Result<()> {
                #body
                Ok(())
            }
        }
    }

    /// The statements that visit the references in a place, which may be borrowed already.
    fn visited(&self, place: &TokenStream, ty: &Type, borrowed: bool) -> TokenStream {
        if !refers(self.model, ty) {
            return TokenStream::new();
        }
        match ty {
            Type::Ref(target) => {
                let name = &self.model.structs[target.object].name;
                let place = if borrowed { place.clone() } else { quote!(&mut #place) };
                quote!(visit(#name, #place)?;)
            }
            Type::Optional(inner) => {
                let body = self.visited(&quote!(value), inner, true);
                quote!(if let Some(value) = #place.as_mut() { #body })
            }
            Type::List(inner) => {
                let body = self.visited(&quote!(value), inner, true);
                quote!(for value in #place.iter_mut() { #body })
            }
            Type::Struct(of) => {
                let fields = self.model.structs[*of].fields.iter();
                fields
                    .map(|field| {
                        let name = names::field(&field.name);
                        self.visited(&quote!(#place.#name), &field.ty, false)
                    })
                    .collect()
            }
            _ => TokenStream::new(),
        }
    }

    /// The validated object.
    fn wrapper(&self) -> TokenStream {
        let name = names::type_name(&self.model.structs[self.flow.object].name);
        quote!(canonical::#name)
    }

    /// The functions that change the data, those that these items call.
    pub fn on_data(&self, items: &[TokenStream]) -> Vec<TokenStream> {
        let called = |name: &proc_macro2::Ident| items.iter().any(|item| mentions(item, &name.to_string()));
        let mut all = Vec::new();
        if called(&format_ident!("requested")) {
            all.extend(self.requests());
        }
        if called(&format_ident!("references")) {
            all.push(self.references());
        }
        for (id, _) in self.model.systems.iter() {
            if called(&self.patched_by(id)) {
                all.push(self.patched(id));
            }
        }
        for (position, kept) in (0_u16..).zip(&self.flow.keep) {
            if called(&self.keeps(position, None)) {
                all.push(self.kept_created(position, kept));
            }
            for (id, _) in self.model.systems.iter() {
                if called(&self.keeps(position, Some(id))) {
                    all.push(self.kept_patched(position, kept, id));
                }
            }
        }
        all.push(self.derived());
        if let Some(identifiers) = self.identifiers() {
            all.push(identifiers);
        }
        if all.iter().any(|item| mentions(item, "differing")) {
            all.push(self.differing());
        }
        all
    }

    /// The identifiers that an object has, by system.
    fn identifiers(&self) -> Option<TokenStream> {
        let of = &self.model.structs[self.flow.object];
        let ids = of.fields.iter().find(|field| field.role == FieldRole::Ids)?.ty.as_struct()?;
        let path = self.types.struct_path(ids);
        let each = self.model.structs[ids].fields.iter().map(|field| {
            let (name, ident) = (&field.name, names::field(&field.name));
            let text = if field.ty.inner().is_text() {
                quote!(ids.#ident.clone())
            } else {
                let one = Self::stored_key(field.ty.inner(), &quote!(id));
                quote!(ids.#ident.as_ref().map(|id| #one))
            };
            quote!((#name, #text))
        });
        Some(quote! {
            /// The identifiers that are known, by system.
            fn identifiers(ids: &#path) -> Vec<(rt::flow::Name, String)> {
                let all = [#(#each),*];
                all.into_iter().filter_map(|(system, id)| Some((system.into(), id?))).collect()
            }
        })
    }

    fn patched(&self, system: Id<System>) -> TokenStream {
        let (wrapper, take) = (self.wrapper(), self.patched_by(system));
        let patch = self.types.patch_path(self.flow.object, Some(system));
        let ids = self.ids_in(system);
        let holder = self.ids_holder(self.flow.object);
        let of_part =
            holder.as_ref().map(|_| if ids.is_some() { quote!(, of_part: bool) } else { quote!(, _of_part: bool) });
        let without = ids.is_some().then(|| quote!(if of_part { patch.#holder = rt::Nested::Untouched; }));
        let found = if ids.is_some() { quote!(rt::Update { mut patch, .. }) } else { quote!(rt::Update { patch, .. }) };
        let touched = self.touched(&quote!(object.data()));
        let doc = format!(
            " Applies what `{}` says of the object; identifiers that are told of a part are the part's.",
            self.model.systems[system].name
        );
        quote! {
            #[doc = #doc]
            fn #take(data: &mut Data, made: Vec<rt::Update<#patch>> #of_part) -> rt::Result<Received> {
                let mut received = Received::default();
                let mut object = #wrapper::try_from(data.object.clone())?;
                for #found in made {
                    #ids
                    #without
                    let context = rt::ApplyContext { originator: Some(&data.originator), ..rt::ApplyContext::default() };
                    let applied = patch.apply(&mut object, &context)?;
                    received.changes.extend(applied.moves.into_iter().map(Change::from));
                }
                #touched
                data.object = object.into_data();
                Ok(received)
            }
        }
    }

    /// The statement that tells which watched paths differ in `received`.
    fn touched(&self, after: &TokenStream) -> TokenStream {
        if self.plan.watched.is_empty() {
            return TokenStream::new();
        }
        quote!(received.touched = differing(&data.object, #after);)
    }

    /// The identifiers that a patch of a system sets.
    fn ids_in(&self, system: Id<System>) -> Option<TokenStream> {
        let of = &self.model.structs[self.flow.object];
        let position = of.fields.iter().position(|field| field.role == FieldRole::Ids)?;
        let ids = of.fields.get(position)?.ty.as_struct()?;
        let written = self.writable.get(&system)?;
        let position = u16::try_from(position).ok()?;
        if !written.fields.get(&self.flow.object)?.contains(&position) {
            return None;
        }
        let holder = self.ids_holder(self.flow.object)?;
        let fields = written.fields.get(&ids)?.iter().filter_map(|position| self.model.structs[ids].field(*position));
        let each = fields.map(|field| {
            let (name, ident) = (&field.name, names::field(&field.name));
            let text = Self::stored_key(field.ty.inner(), &quote!(id));
            quote!(if let rt::Field::Set(id) = &ids.#ident { received.ids.push((#name.into(), #text)); })
        });
        Some(quote! {
            match &patch.#holder {
                rt::Nested::Patch(ids) => { #(#each)* }
                rt::Nested::Set(ids) => received.ids.extend(identifiers(ids)),
                rt::Nested::Untouched | rt::Nested::Cleared => {}
            }
        })
    }

    fn kept_created(&self, position: u16, kept: &Kept) -> TokenStream {
        let take = self.keeps(position, None);
        let of = &self.model.structs[kept.element];
        let path = self.types.struct_path(kept.element);
        let place = Self::kept_field(kept);
        let key = of.field(kept.key).map(|field| names::field(&field.name));
        let valid = match of.kind {
            StructKind::Object => {
                let wrapper = names::type_name(&of.name);
                quote!(let one = canonical::#wrapper::try_from(one)?.into_data();)
            }
            _ if self.is_checked(kept.element) => quote!(one.validate()?;),
            _ => TokenStream::new(),
        };
        let doc = format!(" Keeps `{}`: each in the place of the one with its key.", kept.name);
        quote! {
            #[doc = #doc]
            fn #take(data: &mut Data, made: Vec<#path>) -> rt::Result<Received> {
                let mut kept = data.kept.#place.clone();
                for one in made {
                    #valid
                    rt::flow::upsert(&mut kept, one, |element| &element.#key);
                }
                data.kept.#place = kept;
                Ok(Received::default())
            }
        }
    }

    fn is_checked(&self, id: Id<crate::model::Struct>) -> bool {
        crate::emit::rust::canonical::checked(self.model).contains(&id)
    }

    fn kept_patched(&self, position: u16, kept: &Kept, by: Id<System>) -> TokenStream {
        let take = self.keeps(position, Some(by));
        let of = &self.model.structs[kept.element];
        if of.kind != StructKind::Object {
            return quote!(compile_error!("patches of values that are kept are not generated yet"););
        }
        let (wrapper, patch) = (names::type_name(&of.name), self.types.patch_path(kept.element, Some(by)));
        let held = Self::kept_field(kept);
        let (key, field) = match of.field(kept.key) {
            Some(field) => (names::field(&field.name), &field.name),
            None => return quote!(compile_error!("no such key");),
        };
        let name = &kept.name;
        let doc = format!(" Applies what `{}` says of `{name}`.", self.model.systems[by].name);
        quote! {
            #[doc = #doc]
            fn #take(data: &mut Data, made: Vec<rt::Update<#patch>>) -> rt::Result<Received> {
                let mut kept = data.kept.#held.clone();
                for rt::Update { find, patch } in made {
                    let place = rt::flow::kept(&mut kept, &find, (#name, #field), |element| &element.#key)?;
                    let mut one = canonical::#wrapper::try_from(place.clone())?;
                    let context = rt::ApplyContext { originator: Some(&data.originator), ..rt::ApplyContext::default() };
                    patch.apply(&mut one, &context)?;
                    *place = one.into_data();
                }
                data.kept.#held = kept;
                Ok(Received::default())
            }
        }
    }

    fn differing(&self) -> TokenStream {
        let object = self.types.struct_path(self.flow.object);
        let each = self.plan.watched.iter().map(|field| {
            let (differs, text) = (self.differs(self.flow.object, &field.path), &field.text);
            quote!((#text, #differs))
        });
        quote! {
            /// The paths of interest at which two states of the object differ.
            fn differing(before: &#object, after: &#object) -> Vec<rt::flow::Name> {
                let all = [#(#each),*];
                all.into_iter().filter(|(_, differs)| *differs).map(|(path, _)| path.into()).collect()
            }
        }
    }

    fn derived(&self) -> TokenStream {
        if self.flow.derive.is_empty() {
            return quote! {
                /// Nothing is derived.
                fn derive(_: &mut Data) -> rt::Result<Received> {
                    Ok(Received::default())
                }
            };
        }
        let wrapper = self.wrapper();
        let steps: Vec<TokenStream> = self.flow.derive.iter().map(|derive| self.derive_step(derive)).collect();
        let all: TokenStream = steps.iter().cloned().collect();
        let roots: TokenStream = self
            .flow
            .keep
            .iter()
            .filter_map(|kept| {
                let (ident, place) = (self.names.get(&kept.var)?, Self::kept_field(kept));
                is_read(&all, ident).then(|| quote!(let #ident = data.kept.#place.as_slice();))
            })
            .collect();
        let received = if self.plan.watched.is_empty() {
            quote!(Received::default())
        } else {
            quote!(Received { touched: differing(&data.object, &object), ..Received::default() })
        };
        quote! {
            /// Brings derived fields up to date.
            fn derive(data: &mut Data) -> rt::Result<Received> {
                #roots
                let mut object = data.object.clone();
                #(#steps)*
                let received = #received;
                if object != data.object {
                    data.object = #wrapper::try_from(object)?.into_data();
                }
                Ok(received)
            }
        }
    }

    /// The statements that derive one field of `object`.
    fn derive_step(&self, derive: &Derive) -> TokenStream {
        let root = self.object();
        let mut compiler = self.root_scope();
        let (list, rest) = derive.path.split_at(derive.element.map_or(0, |(depth, _)| depth));
        let Some(field) = self.field_at(self.flow.object, &derive.path) else {
            return quote!(compile_error!("no such field"););
        };
        let form = stored_form(&field.ty);
        let Some((_, var)) = derive.element else {
            let value = compiler.expr(&derive.value).into_form(&form).value();
            let place = self.place(&quote!(object), self.flow.object, rest);
            let bound = is_read(&value, &root).then(|| quote!(let #root = &object;));
            return quote!(#place = { #bound #value };);
        };
        let Some(of) = self.field_at(self.flow.object, list).and_then(struct_of) else {
            return quote!(compile_error!("no such list"););
        };
        let element = format_ident!("element");
        compiler.parameter(var, element, Form::Struct(Hold::Lent));
        let value = compiler.expr(&derive.value).into_form(&form).value();
        let place = self.place(&quote!(next), of, rest);
        let all = self.place(&quote!(object), self.flow.object, list);
        let bound = is_read(&value, &root).then(|| quote!(let #root = &object;));
        quote! {
            #all = {
                #bound
                rt::each(&#all, |element| {
                    let mut next = element.clone();
                    #place = #value;
                    Ok(next)
                })?
            };
        }
    }
}
