//! Errors of one declaration, collected so that all are reported in one go.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;

/// The place of a part of the declaration, for what is generated because of it: names in it mean what they mean anywhere
/// in the derive.
pub fn at(part: &impl Spanned) -> Span {
    Span::call_site().located_at(part.span())
}

/// What is wrong so far.
#[derive(Default)]
pub struct Errors {
    combined: Option<syn::Error>,
}

impl Errors {
    /// Adds an error at `place`.
    pub fn at(&mut self, place: impl ToTokens, message: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(place, message));
    }

    /// Adds an error that has its place.
    pub fn add(&mut self, error: syn::Error) {
        match &mut self.combined {
            Some(all) => all.combine(error),
            None => self.combined = Some(error),
        }
    }

    /// The value of a result, or nothing and the error kept.
    pub fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// `value`, unless anything was wrong.
    pub fn or<T>(self, value: T) -> syn::Result<T> {
        match self.combined {
            Some(all) => Err(all),
            None => Ok(value),
        }
    }
}
