//! Paths of fields as places in Rust, and keys as text.

use super::module::Module;
use crate::emit::rust::expr::{Code, Hold};
use crate::emit::rust::names;
use crate::lower::rights::struct_of;
use crate::model::{Field, Id, Struct, Type};
use proc_macro2::TokenStream;
use quote::quote;

impl Module<'_> {
    /// The field at the end of a path; lists on the way are entered.
    pub fn field_at(&self, of: Id<Struct>, path: &[u16]) -> Option<&Field> {
        let (last, above) = path.split_last()?;
        let mut of = of;
        for position in above {
            of = struct_of(self.model.structs[of].field(*position)?)?;
        }
        self.model.structs[of].field(*last)
    }

    /// A path without lists and without what may be none, as a place.
    pub fn place(&self, base: &TokenStream, of: Id<Struct>, path: &[u16]) -> TokenStream {
        let (mut at, mut of, mut place) = (path.len(), Some(of), base.clone());
        for position in path {
            at -= 1;
            let Some(field) = of.and_then(|of| self.model.structs[of].field(*position)) else {
                return quote!(compile_error!("no such field"));
            };
            if at > 0 && field.ty.is_optional() {
                return quote!(compile_error!("a list within a value that may be none is not generated yet"));
            }
            let ident = names::field(&field.name);
            place = quote!(#place.#ident);
            of = field.ty.as_struct();
        }
        place
    }

    /// Whether two objects differ at a path.
    pub fn differs(&self, of: Id<Struct>, path: &[u16]) -> TokenStream {
        let plain = (1..path.len()).all(|length| {
            let above = path.get(..length).unwrap_or_default();
            self.field_at(of, above).is_some_and(|field| field.ty.as_struct().is_some() && !field.ty.is_optional())
        });
        let (before, after) = (quote!(before), quote!(after));
        if plain {
            let (before, after) = (self.place(&before, of, path), self.place(&after, of, path));
            return quote!(#before != #after);
        }
        let (before, after) = (self.values(&before, of, path), self.values(&after, of, path));
        quote!(!#before.eq(#after))
    }

    /// The values at a path, as an iterator of references.
    fn values(&self, base: &TokenStream, of: Id<Struct>, path: &[u16]) -> TokenStream {
        let Some((first, rest)) = path.split_first() else { return quote!(std::iter::once(#base)) };
        let Some(field) = self.model.structs[of].field(*first) else { return quote!(std::iter::empty::<&()>()) };
        let ident = names::field(&field.name);
        let Some(inner) = struct_of(field).filter(|_| !rest.is_empty()) else {
            return quote!(std::iter::once(&#base.#ident));
        };
        let below = self.values(&quote!(item), inner, rest);
        let each = match (rest, below) {
            ([last], _) => match self.model.structs[inner].field(*last) {
                Some(last) => {
                    let last = names::field(&last.name);
                    quote!(map(|item| &item.#last))
                }
                None => quote!(map(|item| item)),
            },
            (_, below) => quote!(flat_map(|item| #below)),
        };
        if field.ty.is_optional() || field.ty.element().is_some() {
            quote!(#base.#ident.iter().#each)
        } else {
            self.values(&quote!(#base.#ident), inner, rest)
        }
    }

    /// A key as text: an owned one.
    pub fn key_text(ty: &Type, code: &Code) -> TokenStream {
        match ty {
            Type::Optional(inner) => {
                let of = code.receiver();
                let one = Self::key_text(inner, &Code::new(quote!(value), code.form.inner().clone()));
                if inner.is_text() {
                    let stored = code.clone().into_stored();
                    let stored = stored.receiver();
                    return quote!(#stored.unwrap_or_default());
                }
                quote!(#of.map(|value| #one).unwrap_or_default())
            }
            ty if ty.is_text() => code.clone().into_stored().value(),
            Type::Ref(_) => {
                let lent = code.lent();
                quote!(rt::flow::key_of(#lent))
            }
            Type::Code(_) | Type::Country | Type::Currency | Type::Unit => {
                let of = code.receiver();
                quote!(#of.as_str().to_owned())
            }
            _ => {
                let of = code.receiver();
                quote!(#of.to_string())
            }
        }
    }

    /// The text of a stored key at a place.
    pub fn stored_key(ty: &Type, place: &TokenStream) -> TokenStream {
        match ty {
            Type::Optional(inner) => {
                let one = Self::stored_key(inner, &quote!(value));
                quote!(#place.as_ref().map(|value| #one).unwrap_or_default())
            }
            ty if ty.is_text() => quote!(#place.clone()),
            Type::Ref(_) => quote!(rt::flow::key_of(&#place)),
            Type::Code(_) | Type::Country | Type::Currency | Type::Unit => quote!(#place.as_str().to_owned()),
            _ => quote!(#place.to_string()),
        }
    }

    /// How a part's key is read, and how the variable holds it.
    pub fn read_key(&self, ty: &Type) -> (TokenStream, crate::emit::rust::expr::Form) {
        use crate::emit::rust::expr::Form;
        match ty.inner() {
            ty if ty.is_text() => (quote!(part.key()), Form::Text(Hold::Lent)),
            Type::Bool => (quote!(part.key() == "true"), Form::Plain),
            Type::Int => (quote!(rt::flow::number(part.key())?), Form::Plain),
            Type::Ref(_) => (quote!(rt::Ref::Key(part.key().to_owned())), Form::Reference(Hold::Owned)),
            Type::Date => (quote!(rt::time::parse_date(part.key())?), Form::Plain),
            Type::Country => (quote!(rt::Country::parse(part.key())?), Form::Plain),
            Type::Currency => (quote!(rt::Currency::parse(part.key())?), Form::Plain),
            Type::Unit => (quote!(rt::Unit::parse(part.key())?), Form::Plain),
            ty @ Type::Code(_) => {
                let ty = self.types.stored(ty);
                (quote!(<#ty as rt::Codes>::parse_code(part.key())?), Form::Plain)
            }
            _ => (quote!(compile_error!("parts by keys of this type are not generated yet")), Form::Plain),
        }
    }
}
