//! Codecs and shapes of record fields, as the attributes of the derive.

use crate::model::{Codec, Type};
use proc_macro2::TokenStream;
use quote::quote;

/// What stands after the keys in `#[wire(…)]`: shape, codec, absent spellings.
pub fn options(ty: &Type, codec: &Codec, absent: &[String]) -> Vec<TokenStream> {
    let mut options = Vec::new();
    match ty.inner() {
        Type::Struct(_) => options.push(quote!(nested)),
        Type::List(element) if matches!(**element, Type::Struct(_)) => options.push(quote!(many)),
        Type::List(_) if !matches!(codec, Codec::Split(_)) => options.push(quote!(each)),
        Type::Map(_, of) => {
            options.push(quote!(entries));
            if of.as_struct().is_some() {
                options.push(quote!(nested));
            }
        }
        Type::Json if *codec == Codec::Plain => options.push(quote!(raw)),
        _ => {}
    }
    options.extend(expression(codec).map(|codec| quote!(codec = #codec)));
    if !absent.is_empty() {
        options.push(quote!(absent(#(#absent),*)));
    }
    options
}

/// The codec as a value of the runtime's; none for the natural form.
pub fn expression(codec: &Codec) -> Option<TokenStream> {
    Some(match codec {
        Codec::Plain => return None,
        Codec::Text => quote!(rt::codec::Text),
        Codec::Number => quote!(rt::codec::Number),
        Codec::Rfc3339 => quote!(rt::codec::Rfc3339),
        Codec::Rfc1123 => quote!(rt::codec::Rfc1123),
        Codec::IsoOffset => quote!(rt::codec::IsoOffset),
        Codec::EpochS => quote!(rt::codec::EpochS),
        Codec::EpochMs => quote!(rt::codec::EpochMs),
        Codec::Odata => quote!(rt::codec::Odata),
        Codec::DatePattern(pattern) => quote!(rt::codec::DatePattern(#pattern)),
        Codec::Local(zone) => quote!(rt::codec::Local(#zone)),
        Codec::Implied(digits) => quote!(rt::codec::Implied(#digits)),
        Codec::MinorUnits => quote!(rt::codec::MinorUnits),
        Codec::Padded(width) => quote!(rt::codec::Padded(#width)),
        Codec::YN => quote!(rt::codec::YN),
        Codec::ZeroOne => quote!(rt::codec::ZeroOne),
        Codec::Split(separator) => quote!(rt::codec::Split(#separator)),
        Codec::JsonText => quote!(rt::codec::JsonText),
    })
}
