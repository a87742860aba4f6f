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
    options.extend(expression(ty, codec).map(|codec| quote!(codec = #codec)));
    if !absent.is_empty() {
        options.push(quote!(absent(#(#absent),*)));
    }
    options
}

/// The codec of a field as a value of the runtime's, with what its type bounds; none for the natural form of any value.
fn expression(ty: &Type, codec: &Codec) -> Option<TokenStream> {
    let mut one = ty.inner();
    while let Type::List(inner) | Type::Map(_, inner) | Type::Optional(inner) = one {
        one = inner;
    }
    let inner = plain(codec);
    let or_plain = || inner.clone().unwrap_or_else(|| quote!(rt::codec::Plain));
    match (one, codec) {
        (Type::Decimal(digits), _) if digits.precision.is_some() || digits.scale.is_some() => {
            let codec = or_plain();
            let some = |n: Option<u32>| {
                let n = n.map(proc_macro2::Literal::u32_unsuffixed);
                n.map_or_else(|| quote!(None), |n| quote!(Some(#n)))
            };
            let (precision, scale) = (some(digits.precision), some(digits.scale));
            Some(quote!(rt::codec::Digits(#codec, #precision, #scale)))
        }
        (Type::String(Some(most)), Codec::Plain) => {
            let most = proc_macro2::Literal::u32_unsuffixed(*most);
            Some(quote!(rt::codec::Limited(#most)))
        }
        (Type::String(Some(most)), Codec::Padded(_) | Codec::Split(_)) => {
            let (codec, most) = (or_plain(), proc_macro2::Literal::u32_unsuffixed(*most));
            Some(quote!(rt::codec::Within(#codec, #most)))
        }
        (Type::Email, Codec::Plain) => Some(quote!(rt::codec::Email)),
        (Type::Uri, Codec::Plain) => Some(quote!(rt::codec::Uri)),
        (Type::Uuid, Codec::Plain) => Some(quote!(rt::codec::Uuid)),
        _ => inner,
    }
}

/// The codec itself; none for the natural form.
fn plain(codec: &Codec) -> Option<TokenStream> {
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
