//! Codecs and shapes of record fields, as the attributes of the derive.

use crate::model::{Codec, Type};
use proc_macro2::TokenStream;
use quote::quote;

/// What stands after the keys in `#[wire(…)]`: shape, codec, absent spellings.
pub fn options(ty: &Type, codec: &Codec, absent: &[String]) -> TokenStream {
    let shape = match ty.inner() {
        Type::Struct(_) => quote!(, nested),
        Type::List(element) if matches!(**element, Type::Struct(_)) => quote!(, many),
        Type::List(_) if !matches!(codec, Codec::Split(_)) => quote!(, each),
        _ => quote!(),
    };
    let codec = expression(codec).map(|codec| quote!(, codec = #codec));
    let absent = (!absent.is_empty()).then(|| quote!(, absent(#(#absent),*)));
    quote!(#shape #codec #absent)
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
