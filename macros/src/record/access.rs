//! A method per leaf of a record that keeps its place: the value lent, or the failure at its place in the payload.

use super::declaration::{Declaration, Holds, Place, Shape};
use crate::errors::at as at_type;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

/// The methods of a record that keeps its place, and how any record is lent.
pub fn implementation(declaration: &Declaration<'_>) -> TokenStream {
    let place = declaration.fields.iter().find(|field| matches!(field.place, Place::Offset)).map(|field| field.ident);
    let Declaration { ident, generics, visibility, .. } = declaration;
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let leaves = declaration.fields.iter().filter(|field| field.holds == Holds::Leaf).filter_map(|field| {
        let at = place?;
        let (name, ty) = (field.ident, field.ty);
        let (optional, key) = match &field.place {
            // What changed is asked, not read.
            Place::Wire(wire) if wire.shape == Shape::Changes => return None,
            Place::Wire(wire) => (wire.optional, wire.route.first()?.clone()),
            Place::Tag(tag) => (true, tag.text.clone()),
            Place::Offset => return None,
        };
        let lent = quote_spanned!(at_type(ty)=> <#ty as ::crossdock_runtime::Lend>::Lent<'_>);
        Some(if optional {
            quote! {
                #[inline]
                #visibility fn #name(&self) -> ::crossdock_runtime::Result<::core::option::Option<#lent>> {
                    ::core::result::Result::Ok(self.#name.optional()?.map(|value| ::crossdock_runtime::Lend::lend(value)))
                }
            }
        } else {
            quote! {
                #[inline]
                #visibility fn #name(&self) -> ::crossdock_runtime::Result<#lent> {
                    let at = ::crossdock_runtime::SourceAt::in_record(self.#at, #key);
                    ::core::result::Result::Ok(::crossdock_runtime::Lend::lend(self.#name.required(at)?))
                }
            }
        })
    });
    let methods: Vec<TokenStream> = leaves.collect();
    let methods = (!methods.is_empty()).then(|| {
        quote! {
            // A leaf may be asked for its state alone.
            #[allow(dead_code)]
            #[automatically_derived]
            impl #parameters #ident #arguments #bounds {
                #(#methods)*
            }
        }
    });
    // Where every leaf is optional, no failure names the record's place.
    let kept = place.map(|at| quote!(let _ = self.#at;));
    quote! {
        #methods

        #[automatically_derived]
        impl #parameters ::crossdock_runtime::Lend for #ident #arguments #bounds {
            type Lent<'lent> = &'lent Self where Self: 'lent;

            #[inline]
            fn lend(&self) -> &Self {
                #kept
                self
            }
        }
    }
}
