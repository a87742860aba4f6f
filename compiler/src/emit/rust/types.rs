//! Rust types of the language's types, as tokens: what is stored, what a record's leaf holds, and the form that an
//! expression has.

use crate::emit::rust::names;
use crate::model::{Codes, CodesKind, Id, Model, Struct, StructKind, System, Type};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Whether values of the type are held by value and copied.
pub fn is_copy(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Bool
            | Type::Int
            | Type::Decimal(_)
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::LocalTimestamp
            | Type::Duration
            | Type::Money
            | Type::Quantity
            | Type::Currency
            | Type::Country
            | Type::Unit
            | Type::Code(_)
    )
}

/// Types as seen from one crate.
pub struct RustTypes<'m> {
    /// The workspace.
    pub model: &'m Model,
    /// What the canonical crate is called where the types are named: `canonical`, or `crate` inside it.
    pub canonical: Ident,
}

impl<'m> RustTypes<'m> {
    /// Types as seen from the canonical crate.
    pub fn inside_canonical(model: &'m Model) -> Self {
        RustTypes { model, canonical: format_ident!("crate") }
    }

    /// Types as seen from another crate.
    pub fn outside(model: &'m Model) -> Self {
        RustTypes { model, canonical: format_ident!("canonical") }
    }

    /// The enum of a code list.
    pub fn codes_path(&self, id: Id<Codes>) -> TokenStream {
        let (canonical, name) = (&self.canonical, names::codes(self.model, id));
        quote!(#canonical::#name)
    }

    /// A canonical struct: an object's is its `Data`.
    pub fn struct_path(&self, id: Id<Struct>) -> TokenStream {
        let of = &self.model.structs[id];
        let canonical = &self.canonical;
        match of.kind {
            StructKind::Object => {
                let module = names::module(&of.name);
                quote!(#canonical::#module::Data)
            }
            StructKind::Record(_) => {
                let name = names::type_name(&of.name);
                quote!(crate::records::#name)
            }
            _ => {
                let name = names::type_name(&of.name);
                quote!(#canonical::#name)
            }
        }
    }

    /// The patch of an object, value or list element that a system may write.
    pub fn patch_path(&self, of: Id<Struct>, system: Option<Id<System>>) -> TokenStream {
        let canonical = &self.canonical;
        let system = system.map_or_else(|| "any".to_owned(), |s| self.model.systems[s].name.clone());
        let (module, name) = (names::module(&system), names::patch(self.model, of));
        quote!(#canonical::patches::#module::#name)
    }

    /// The type of what is stored in a canonical struct or a full record.
    pub fn stored(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Optional(inner) => {
                let inner = self.stored(inner);
                quote!(Option<#inner>)
            }
            Type::List(element) => {
                let element = self.stored(element);
                quote!(Vec<#element>)
            }
            Type::Map(_, value) => {
                let value = self.stored(value);
                quote!(rt::form::Map<String, #value>)
            }
            Type::Struct(id) => self.struct_path(*id),
            Type::Ref(_) => quote!(rt::Ref),
            Type::Bytes => quote!(Vec<u8>),
            t if t.is_text() => quote!(String),
            t => self.scalar(t),
        }
    }

    /// The type of an expression's value.
    pub fn form(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Optional(inner) => {
                let inner = self.form(inner);
                quote!(Option<#inner>)
            }
            Type::List(element) => {
                let element = self.form(element);
                quote!(Vec<#element>)
            }
            Type::Struct(_) | Type::Any | Type::Unknown | Type::Map(..) | Type::Pair(..) => quote!(_),
            Type::Ref(_) => quote!(rt::Ref),
            Type::Bytes => quote!(Cow<'_, [u8]>),
            t if t.is_text() => quote!(Cow<'_, str>),
            t => self.scalar(t),
        }
    }

    /// The type of a projected record's value, borrowing from the payload.
    pub fn borrowed(&self, ty: &Type, record: &dyn Fn(Id<Struct>) -> TokenStream) -> TokenStream {
        match ty {
            Type::List(element) => {
                let element = self.borrowed(element, record);
                quote!(Vec<#element>)
            }
            Type::Map(_, value) => {
                let value = self.borrowed(value, record);
                quote!(rt::form::Map<Cow<'a, str>, #value>)
            }
            Type::Optional(inner) => self.borrowed(inner, record),
            Type::Struct(id) => record(*id),
            Type::Bytes => quote!(Vec<u8>),
            t if t.is_text() => quote!(Cow<'a, str>),
            t => self.scalar(t),
        }
    }

    fn scalar(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Bool => quote!(bool),
            Type::Int => quote!(i64),
            Type::Decimal(_) => quote!(rt::Decimal),
            Type::Date => quote!(rt::Date),
            Type::Time => quote!(rt::Time),
            Type::Timestamp => quote!(rt::Timestamp),
            Type::LocalTimestamp => quote!(rt::LocalTimestamp),
            Type::Duration => quote!(rt::Duration),
            Type::Money => quote!(rt::Money),
            Type::Quantity => quote!(rt::Quantity),
            Type::Currency => quote!(rt::Currency),
            Type::Country => quote!(rt::Country),
            Type::Unit => quote!(rt::Unit),
            Type::Code(id) => match self.model.codes[*id].kind {
                CodesKind::Of(builtin) => self.scalar(&crate::resolve::builtin_type(builtin)),
                _ => self.codes_path(*id),
            },
            _ => quote!(_),
        }
    }
}
