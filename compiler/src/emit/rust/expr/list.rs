//! Lists and maps as code: how they are gone over, and what is taken out of them.

use super::code::lent_element;
use super::{Binds, Code, Form};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The form of a list that is a value of its own.
pub(super) fn list_of(form: &Form) -> Form {
    match form {
        Form::Slice(element) => Form::List(element.clone()),
        form => form.clone(),
    }
}

/// An iterator over a list that was compiled, and how it holds what it yields.
pub(super) fn chain(list: &Code) -> (TokenStream, Form) {
    let of = list.receiver();
    match &list.form {
        Form::Slice(element) => {
            let one = lent_element(element, &quote!(item));
            let value = one.value();
            let chain = match &**element {
                Form::Struct(_) | Form::Reference(_) => quote!(#of.iter()),
                Form::Plain => quote!(#of.iter().copied()),
                _ => quote!(#of.iter().map(|item| #value)),
            };
            (chain, one.form)
        }
        Form::List(element) => (quote!(#of.into_iter()), (**element).clone()),
        _ => (quote!([(); 0].into_iter()), Form::Plain),
    }
}

/// What can be gone over, for functions that do so themselves.
pub(super) fn elements(list: &Code) -> (TokenStream, Form) {
    let (chain, form) = chain(list);
    (if matches!(list.form, Form::List(_)) { list.value() } else { chain }, form)
}

/// The forms of keys and elements, of a list of elements with keys.
pub(super) fn keyed(list: &Code) -> Option<(Form, Form)> {
    let Form::List(element) = &list.form else { return None };
    let Form::Pair(_, key, item) = &**element else { return None };
    Some(((**key).clone(), (**item).clone()))
}

/// The function of a list that finds by keys of a form: structs and maps can only be compared.
pub(super) fn by_key(function: &str, key: &Form) -> Ident {
    fn is_hashed(form: &Form) -> bool {
        match form {
            Form::Optional(inner) | Form::List(inner) | Form::Slice(inner) => is_hashed(inner),
            Form::Struct(_) | Form::Map(..) | Form::MapRef(..) | Form::Pair(..) => false,
            Form::Plain | Form::Text(_) | Form::Bytes(_) | Form::Reference(_) | Form::Nothing | Form::Empty => true,
        }
    }
    if is_hashed(key) { format_ident!("{function}") } else { format_ident!("{function}_compared") }
}

/// The first or last element.
pub(super) fn end(list: &Code, of_slice: &str, of_iterator: &str) -> Code {
    let receiver = list.receiver();
    if let Form::Slice(element) = &list.form {
        let function = format_ident!("{of_slice}");
        return match &**element {
            Form::Struct(_) | Form::Reference(_) => {
                let form = lent_element(element, &quote!(item)).form;
                Code::new(quote!(#receiver.#function()), form.optional())
            }
            Form::Plain => Code::new(quote!(#receiver.#function().copied()), Form::Plain.optional()),
            element => {
                let one = lent_element(element, &quote!(item));
                let value = one.value();
                Code::new(quote!(#receiver.#function().map(|item| #value)), one.form.optional())
            }
        };
    }
    let (chain, form) = chain(list);
    let function = format_ident!("{of_iterator}");
    Code::new(quote!(#chain.#function()), form.optional())
}

/// The element at a position.
pub(super) fn indexed(list: &Code, position: &Code, optional: bool) -> Code {
    let position = position.value();
    match &list.form {
        Form::Slice(element) => {
            let (list, one) = (list.value(), lent_element(element, &quote!(item)));
            let value = one.value();
            let map = match &**element {
                Form::Struct(_) | Form::Reference(_) => quote!(),
                Form::Plain => quote!(.copied()),
                _ => quote!(.map(|item| #value)),
            };
            if optional {
                Code::new(quote!(rt::list::index_opt(#list, #position) #map), one.form.optional())
            } else {
                Code::tries(quote!(rt::list::index(#list, #position) #map), one.form)
            }
        }
        form => {
            let element = match form {
                Form::List(element) => (**element).clone(),
                _ => Form::Plain,
            };
            let list = list.lent();
            if optional {
                Code::new(quote!(rt::list::index_opt(#list, #position).cloned()), element.optional())
            } else {
                Code::tries(quote!(rt::list::index(#list, #position).cloned()), element)
            }
        }
    }
}

/// A key as maps are asked for one: a reference.
pub(super) fn key(key: &Code) -> TokenStream {
    match key.form {
        Form::Text(_) => key.text().value(),
        _ => {
            let key = key.operand(Binds::Prefix);
            quote!(&#key)
        }
    }
}

/// The value of a key.
pub(super) fn of_map(map: &Code, wanted: &Code, optional: bool) -> Code {
    let (of, wanted) = (map.receiver(), key(wanted));
    let (tokens, form) = match &map.form {
        Form::MapRef(_, value) => {
            let of = map.base();
            let one = lent_element(value, &quote!(value));
            let (read, value) = (if optional { quote!(get) } else { quote!(at) }, one.value());
            let lent = match &one.form {
                Form::Plain => quote!(.copied()),
                Form::Struct(_) | Form::Reference(_) | Form::MapRef(..) => quote!(),
                _ => quote!(.map(|value| #value)),
            };
            (quote!(#of.#read(#wanted) #lent), one.form)
        }
        Form::Map(_, value) => {
            let take = if optional { quote!(take) } else { quote!(take_at) };
            (quote!(#of.#take(#wanted)), (**value).clone())
        }
        _ => (quote!(compile_error!("no map")), Form::Plain),
    };
    if optional { Code::new(tokens, form.optional()) } else { Code::tries(tokens, form) }
}
