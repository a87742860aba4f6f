//! `#[derive(Record)]`: what the attributes say ([`declaration`]) and
//! can't mean ([`sense`]), where each field stands ([`routes`]), and the two
//! implementations ([`decode`], [`encode`]); and how its fields are read ([`access`]).

mod access;
mod declaration;
mod decode;
mod encode;
mod one_of;
mod routes;
mod sense;

use declaration::Declaration;
use proc_macro2::TokenStream;
use quote::quote;
use routes::Routes;
use syn::DeriveInput;

/// The implementations, or everything that is wrong with the declaration.
pub fn derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let declaration = Declaration::read(input)?;
    let access = access::implementation(&declaration);
    if let Some(key) = &declaration.one_of {
        let decode = one_of::implementation(&declaration, key);
        let encode = declaration.encode.then(|| one_of::encode(&declaration, key));
        return Ok(quote!(#decode #encode #access));
    }
    let routes = Routes::of(&declaration);
    let decode = decode::implementation(&declaration, &routes);
    let encode = declaration.encode.then(|| encode::implementation(&declaration, &routes));
    Ok(quote!(#decode #encode #access))
}
