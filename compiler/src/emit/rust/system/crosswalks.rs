//! Crosswalks as functions: a `match` over the system's codes, and one back.

use crate::emit::rust::names;
use crate::emit::rust::print::Printer;
use crate::emit::rust::types::RustTypes;
use crate::model::{Codes, CodesKind, Crosswalk, CrosswalkRow, Id, Model, System, UnknownCode};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeMap;

/// The items of a system's crosswalks.
pub fn file(model: &Model, types: &RustTypes<'_>, system: Id<System>, out: &mut Printer) -> bool {
    let mut any = false;
    for (id, codes) in model.codes.iter() {
        let Some(crosswalk) = codes.crosswalk(system) else { continue };
        any = true;
        out.blank();
        out.doc(&format!("The canonical `{}` of a code of the system.", codes.name));
        out.doc("");
        out.doc(&match &crosswalk.unknown {
            Some(UnknownCode::Raise(exception)) => format!("# Errors\n\n`{exception}` for a code that is not known."),
            Some(UnknownCode::Default(code, _)) => {
                format!("A code that is not known is taken for `{code}`.\n\n# Errors\n\nNone.")
            }
            None => "# Errors\n\n`unknown_code` for a code that is not known.".to_owned(),
        });
        out.item(inward(model, types, id, codes, crosswalk));
        out.blank();
        out.doc(&format!(
            "The system's code of a canonical `{}`.\n\n# Errors\n\n`unknown_code` if it has none.",
            codes.name
        ));
        out.item(outward(model, types, id, codes, crosswalk));
    }
    any
}

fn canonical(model: &Model, types: &RustTypes<'_>, id: Id<Codes>, row: &str, index: u16) -> TokenStream {
    match model.codes[id].kind {
        CodesKind::Of(builtin) => {
            let ty = types.stored(&crate::resolve::builtin_type(builtin));
            quote!(#ty::parse(#row)?)
        }
        _ => {
            let (path, variant) = (types.codes_path(id), names::variant(model, id, index));
            quote!(#path::#variant)
        }
    }
}

fn result_type(types: &RustTypes<'_>, id: Id<Codes>, codes: &Codes) -> TokenStream {
    match codes.kind {
        CodesKind::Of(builtin) => types.stored(&crate::resolve::builtin_type(builtin)),
        _ => types.codes_path(id),
    }
}

/// The condition that a row holds on the day, if it is bounded.
fn on_day(row: &CrosswalkRow) -> Option<TokenStream> {
    if row.valid_from.is_none() && row.valid_to.is_none() {
        return None;
    }
    let bound = |day: Option<crossdock_runtime::Date>| match day {
        Some(day) => {
            let (year, month, day) = (day.year(), day.month(), day.day());
            quote!(Some((#year, #month, #day)))
        }
        None => quote!(None),
    };
    let (from, to) = (bound(row.valid_from), bound(row.valid_to));
    Some(quote!(rt::form::holds(meta, #from, #to)?))
}

/// The arm of a row, if it holds on the day.
fn arm(pattern: &TokenStream, row: &CrosswalkRow, value: &TokenStream) -> TokenStream {
    match on_day(row) {
        Some(holds) => quote!(#pattern if #holds => Ok(#value),),
        None => quote!(#pattern => Ok(#value),),
    }
}

/// The parameter that tells the day, in both directions of a crosswalk some of whose rows hold on some days only.
fn meta(model: &Model, codes: Id<Codes>, system: Id<System>, body: &TokenStream) -> Option<TokenStream> {
    let name = if crate::emit::rust::expr::mentions(body, "meta") { quote!(meta) } else { quote!(_meta) };
    super::is_dated(model, codes, system).then(|| quote!(, #name: &rt::Meta))
}

fn inward(model: &Model, types: &RustTypes<'_>, id: Id<Codes>, codes: &Codes, crosswalk: &Crosswalk) -> TokenStream {
    let name = names::crosswalk_in(model, id, crosswalk.system);
    let result = result_type(types, id, codes);
    let mut by_code: BTreeMap<&str, Vec<&CrosswalkRow>> = BTreeMap::new();
    for row in &crosswalk.rows {
        by_code.entry(&row.system_code).or_default().push(row);
    }
    let (system, list) = (&model.systems[crosswalk.system].name, &codes.name);
    let unknown = match &crosswalk.unknown {
        Some(UnknownCode::Raise(exception)) => quote!(Err(rt::form::unknown_code(#exception, #system, #list, code))),
        Some(UnknownCode::Default(text, index)) => {
            let value = canonical(model, types, id, text, *index);
            quote!(Ok(#value))
        }
        None => quote!(Err(rt::form::unknown_code("unknown_code", #system, #list, code))),
    };
    let arms: Vec<TokenStream> = by_code
        .iter()
        .flat_map(|(code, rows)| {
            // A row that always holds ends what is asked for its code.
            let ends = rows.iter().position(|row| on_day(row).is_none()).unwrap_or(rows.len());
            rows.iter().take(ends + 1).map(move |row| {
                let value = canonical(model, types, id, &row.code, row.index);
                arm(&quote!(#code), row, &value)
            })
        })
        .collect();
    let meta = meta(model, id, crosswalk.system, &quote!(#(#arms)* #unknown));
    quote! {
        pub fn #name(code: &str #meta) -> rt::Result<#result> {
            match code {
                #(#arms)*
                _ => #unknown,
            }
        }
    }
}

fn outward(model: &Model, types: &RustTypes<'_>, id: Id<Codes>, codes: &Codes, crosswalk: &Crosswalk) -> TokenStream {
    let name = names::crosswalk_out(model, id, crosswalk.system);
    let argument = result_type(types, id, codes);
    let mut by_code: BTreeMap<(u16, &str), Vec<&CrosswalkRow>> = BTreeMap::new();
    for row in &crosswalk.rows {
        by_code.entry((row.index, &row.code)).or_default().push(row);
    }
    let builtin = matches!(codes.kind, CodesKind::Of(_));
    let shown = quote!(code.as_str());
    let (system, list) = (&model.systems[crosswalk.system].name, &codes.name);
    let unknown = quote!(Err(rt::form::no_code(#system, #list, #shown)));
    let mut always = true;
    let arms: Vec<TokenStream> = by_code
        .iter()
        .map(|((index, code), rows)| {
            let pattern = if builtin {
                quote!(#code)
            } else {
                let (path, variant) = (types.codes_path(id), names::variant(model, id, *index));
                quote!(#path::#variant)
            };
            // A preferred row that holds on the day, or else the only one that does.
            let (preferred, others): (Vec<&CrosswalkRow>, Vec<&CrosswalkRow>) =
                rows.iter().copied().partition(|row| row.preferred);
            let mut arms = TokenStream::new();
            for row in preferred {
                let text = &row.system_code;
                arms.extend(arm(&pattern, row, &quote!(#text)));
                if on_day(row).is_none() {
                    return arms;
                }
            }
            match others.as_slice() {
                [] => always = false,
                [only] => {
                    let text = &only.system_code;
                    arms.extend(arm(&pattern, only, &quote!(#text)));
                    always &= on_day(only).is_none();
                }
                several => {
                    let rows = several.iter().map(|row| {
                        let (holds, text) = (on_day(row).unwrap_or_else(|| quote!(true)), &row.system_code);
                        quote!((#holds, #text))
                    });
                    arms.extend(quote!(#pattern => rt::form::one_code(&[#(#rows),*], #system, #list, #shown),));
                }
            }
            arms
        })
        .collect();
    let complete = !builtin && always && by_code.len() == codes.codes.len();
    let rest = (!complete).then(|| quote!(_ => #unknown,));
    let subject = if builtin { quote!(code.as_str()) } else { quote!(code) };
    let meta = meta(model, id, crosswalk.system, &quote!(#(#arms)*));
    quote! {
        pub fn #name(code: #argument #meta) -> rt::Result<&'static str> {
            match #subject {
                #(#arms)*
                #rest
            }
        }
    }
}
