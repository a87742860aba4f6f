//! What a declaration says that can't be meant: words that would have no effect, and places that contradict each other.

use super::declaration::{Declaration, Field, Holds, Place, Shape, Wire};
use crate::errors::Errors;
use std::collections::BTreeMap;
use syn::Ident;

/// Reports it.
pub fn check(declaration: &Declaration<'_>, errors: &mut Errors) {
    let offsets = declaration.fields.iter().filter(|field| matches!(field.place, Place::Offset));
    offsets.skip(1).for_each(|second| errors.at(second.ident, "a record keeps its place once"));
    let mut tags: BTreeMap<String, &Ident> = BTreeMap::new();
    for field in &declaration.fields {
        match (&field.place, &declaration.one_of) {
            (Place::Tag(tag), None) => errors.at(&tag.text, "only a record with `one_of` has tags"),
            (Place::Tag(tag), Some(_)) => {
                match tags.get(&tag.text.value()) {
                    Some(first) => {
                        errors.at(&tag.text, format!("`{}` is already the tag of `{first}`", tag.text.value()));
                    }
                    None => drop(tags.insert(tag.text.value(), field.ident)),
                }
                if let Some(own) = tag.own.as_ref().filter(|_| !declaration.encode) {
                    errors.at(own, "the record is not written: `#[record(encode)]`");
                }
                if field.holds == Holds::Plain {
                    errors.at(field.whole, "it may be another: an `Option`, or a `Leaf`");
                }
            }
            (Place::Wire(wire), Some(_)) => {
                errors.at(wire.route.first(), "a field of a record with `one_of` has a `#[tag(\"…\")]` instead");
            }
            (Place::Wire(wire), None) => words(declaration, field, wire, errors),
            (Place::Offset, _) => {}
        }
    }
    if declaration.one_of.is_some() {
        skipped_tags(declaration, &tags, errors);
    }
}

/// What a union skips are tags: what is passed over within a variant is said by the variant.
fn skipped_tags(declaration: &Declaration<'_>, tags: &BTreeMap<String, &Ident>, errors: &mut Errors) {
    for route in &declaration.skip {
        match route.as_slice() {
            [tag] => {
                if let Some(read) = tags.get(&tag.value()) {
                    errors.at(tag, format!("`{}` is the tag of `{read}`", tag.value()));
                }
            }
            route => errors.at(route.first(), "a record with `one_of` skips tags, not routes"),
        }
    }
    if tags.is_empty() {
        errors.at(declaration.ident, "a record with `one_of` has a field with a `#[tag(\"…\")]` for each");
    }
}

/// Words of a field that would have no effect.
fn words(declaration: &Declaration<'_>, field: &Field<'_>, wire: &Wire, errors: &mut Errors) {
    let scalar = matches!(wire.shape, Shape::Scalar | Shape::Each) || (wire.shape == Shape::Entries && !wire.below);
    if let Some(word) = wire.said("codec").filter(|_| !scalar) {
        errors.at(word, "a codec reads a scalar, and here is none");
    }
    if let Some(word) = wire.said("emit") {
        if !declaration.encode {
            errors.at(word, "the record is not written: `#[record(encode)]`");
        }
        if field.holds == Holds::Plain {
            errors.at(word, "it is never none: an `Option` or a `Leaf` may be");
        }
    }
    if let Some(word) = wire.said("optional") {
        let keeps = declaration.fields.iter().any(|field| matches!(field.place, Place::Offset));
        if field.holds != Holds::Leaf {
            errors.at(word, "only a `Leaf` is read by a method");
        } else if !keeps {
            errors.at(word, "only a record that keeps its place has methods: `#[record(at)]` on a `u32`");
        }
    }
}
