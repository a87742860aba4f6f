//! What makes a struct valid: declared bounds, invariants, and unique keys of lists; and the initial values that complete
//! it. Bounds come first, in order of the fields, then invariants in theirs, then keys.

use super::{Canonical, structs};
use crate::emit::rust::expr::Reads;
use crate::emit::rust::names as idents;
use crate::emit::rust::print::{Printer, literal};
use crate::expr::ir::{Kind, Node, VarId};
use crate::lower::names;
use crate::model::{Field, FieldRole, Id, Invariant, Model, Struct, StructKind, Type};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};

/// `validate` of a value that has anything to check, and of an object's data.
pub fn validate(out: &mut Printer, crate_: &Canonical<'_>, of: &Struct, name: &str) {
    out.blank();
    out.open(&format!("impl {name} {{"));
    out.doc(
        "Checks declared bounds and invariants.\n\n# Errors\nThe first that does not hold, under its exception's name.",
    );
    out.open("pub fn validate(&self) -> rt::Result<()> {");
    body(out, crate_, of);
    out.close("}");
    out.close("}");
    invariants(out, crate_, of, name);
}

/// The statements that check `self`, and `Ok(())`.
fn body(out: &mut Printer, crate_: &Canonical<'_>, of: &Struct) {
    for field in &of.fields {
        bound(out, crate_, field);
    }
    for (number, invariant) in of.invariants.iter().enumerate() {
        judge(out, crate_, of, number, invariant);
    }
    for field in &of.fields {
        unique(out, crate_, field);
    }
    out.line("Ok(())");
}

/// One function per invariant.
pub fn invariants(out: &mut Printer, crate_: &Canonical<'_>, of: &Struct, this: &str) {
    for (number, invariant) in of.invariants.iter().enumerate() {
        out.blank();
        out.doc(&format!("`{}`, else `{}`.", invariant.text.replace('\n', " "), invariant.raise));
        let (name, this) = (format_ident!("{}", invariant_name(of, number)), format_ident!("{this}"));
        let rule = compiled(crate_, of, &invariant.rule);
        out.item(quote! {
            fn #name(this: &#this) -> rt::Result<bool> {
                #rule
            }
        });
    }
}

fn invariant_name(of: &Struct, number: usize) -> String {
    format!("{}_invariant_{}", names::snake(&of.name), number + 1)
}

/// The call that judges an invariant.
fn judge(out: &mut Printer, crate_: &Canonical<'_>, of: &Struct, number: usize, invariant: &Invariant) {
    let held = format!("{}(self)", invariant_name(of, number));
    let place = crate_.sources.start(invariant.span);
    let (rule, raise) = (literal(&invariant.text), literal(&invariant.raise));
    let at = format!("({}, {})", literal(crate_.sources.path(invariant.span.file)), place.line);
    out.call("rt::check::invariant", &[&held, &rule, &raise, &at], "?;");
}

/// An expression over `this`, as the body of a function.
fn compiled(crate_: &Canonical<'_>, of: &Struct, node: &Node) -> TokenStream {
    let reads = |(position, field): (u16, &Field)| {
        let ident = idents::field(&field.name);
        (VarId(u32::from(position)), Reads::Place(quote!(this.#ident)))
    };
    let variables: Vec<(VarId, Reads)> = read(of, node).into_iter().map(reads).collect();
    (crate_.compile)(node, &variables)
}

/// The fields of `this` that an expression reads.
fn read<'s>(of: &'s Struct, node: &Node) -> BTreeMap<u16, &'s Field> {
    let mut positions = BTreeSet::new();
    node.walk(&mut |node| {
        if let Kind::Var(VarId(position)) = node.kind {
            positions.extend(u16::try_from(position).ok());
        }
    });
    positions.into_iter().filter_map(|position| Some((position, of.field(position)?))).collect()
}

/// The functions that give initial values from other fields.
pub fn initials(out: &mut Printer, crate_: &Canonical<'_>, id: Id<Struct>, name: &str) {
    let of = &crate_.model.structs[id];
    // A lifecycle's first state is its own matter.
    let fields = of.fields.iter().filter(|field| field.role != FieldRole::Status);
    let initial: Vec<_> = fields.filter_map(|field| Some((field, field.initial.as_ref()?))).collect();
    if initial.is_empty() {
        return;
    }
    out.blank();
    out.open(&format!("impl {name} {{"));
    for (field, node) in initial {
        out.blank();
        out.doc(&format!(
            "What `{}` is where the creator may not set it.\n\n# Errors\nWhat the expression raises.",
            field.name
        ));
        let function = format_ident!("initial_{}", names::snake(&field.name));
        let fields = read(of, node);
        let reads = |(position, field): (&u16, &&Field)| {
            (VarId(u32::from(*position)), Reads::Behind(idents::field(&field.name), field.ty.clone()))
        };
        let variables: Vec<(VarId, Reads)> = fields.iter().map(reads).collect();
        let parameters = fields.values().map(|field| {
            let (ident, ty) = (idents::field(&field.name), crate_.types.stored(&field.ty));
            quote!(#ident: &#ty)
        });
        let (ty, value) = (crate_.types.stored(&field.ty), (crate_.compile)(node, &variables));
        out.item(quote!(pub fn #function(#(#parameters),*) -> rt::Result<#ty> { #value }));
    }
    out.close("}");
}

/// The function that gives a field's initial value, and its arguments: variables of the fields' names.
pub fn initial_call(of: &Struct, name: &str, field: &Field) -> Option<(String, Vec<String>)> {
    let read = read(of, field.initial.as_ref()?);
    let arguments = read.values().map(|field| format!("&{}", names::field_name(&field.name))).collect();
    Some((format!("{name}::initial_{}", names::snake(&field.name)), arguments))
}

fn bound(out: &mut Printer, crate_: &Canonical<'_>, field: &Field) {
    let (rust, text) = (names::field_name(&field.name), literal(&field.name));
    let place = format!("&self.{rust}");
    let (inner, several) = match &field.ty {
        Type::Optional(inner) => match &**inner {
            Type::List(_) | Type::Map(..) => return,
            inner => (inner, true),
        },
        Type::List(element) => (&**element, true),
        ty => (ty, false),
    };
    let many = if several { "each_" } else { "" };
    match inner {
        Type::String(Some(most)) => {
            out.call(&format!("rt::check::{many}text"), &[&place, &most.to_string(), &text], "?;");
        }
        Type::Email | Type::Uri | Type::Uuid => {
            out.call(&format!("rt::check::{many}{}", inner.word()), &[&place, &text], "?;");
        }
        Type::Decimal(digits) if digits.precision.is_some() || digits.scale.is_some() => {
            let [precision, scale] = [format!("{:?}", digits.precision), format!("{:?}", digits.scale)];
            out.call(&format!("rt::check::{many}decimal"), &[&place, &precision, &scale, &text], "?;");
        }
        Type::Struct(id) if crate_.is_checked(*id) => {
            let validate = format!("{}::validate", crate_.value_path(*id));
            let function = match &field.ty {
                Type::List(_) => "elements",
                Type::Optional(_) => "optional",
                _ => "value",
            };
            out.call(&format!("rt::check::{function}"), &[&place, &text, &validate], "?;");
        }
        _ => {}
    }
}

fn unique(out: &mut Printer, crate_: &Canonical<'_>, field: &Field) {
    let (Some(key), Type::List(element)) = (field.list_key, &field.ty) else { return };
    let Some((key, _, _)) = element.as_struct().and_then(|id| structs::key_type(crate_, id, key)) else { return };
    let place = format!("&self.{}", names::field_name(&field.name));
    let pick = format!("|element| &element.{key}");
    out.call("rt::check::keys", &[&place, &pick, &literal(&field.name)], "?;");
}

impl Canonical<'_> {
    /// Whether a value has anything to check.
    pub fn is_checked(&self, id: Id<Struct>) -> bool {
        self.checked.contains(&id)
    }

    /// The path of a value.
    pub fn value_path(&self, id: Id<Struct>) -> String {
        crate::emit::rust::layout::tokens(&self.types.struct_path(id))
    }
}

/// The values that have anything to check, themselves or inside.
pub fn checked(model: &Model) -> BTreeSet<Id<Struct>> {
    let mut found = BTreeSet::new();
    let mut holders: BTreeMap<Id<Struct>, Vec<Id<Struct>>> = BTreeMap::new();
    let mut todo = Vec::new();
    for (id, of) in model.structs.iter().filter(|(_, of)| matches!(of.kind, StructKind::Value | StructKind::Ids)) {
        if !of.invariants.is_empty() || of.fields.iter().any(is_bounded) {
            todo.push(id);
        }
        for field in &of.fields {
            if let Some(inner) = crate::lower::rights::struct_of(field) {
                holders.entry(inner).or_default().push(id);
            }
        }
    }
    while let Some(id) = todo.pop() {
        if found.insert(id) {
            todo.extend(holders.get(&id).into_iter().flatten());
        }
    }
    found
}

/// Whether a field has a bound of its own, or keys that must differ.
fn is_bounded(field: &Field) -> bool {
    let inner = match field.ty.inner() {
        Type::List(element) => element,
        inner => inner,
    };
    field.list_key.is_some()
        || match inner {
            Type::String(most) => most.is_some(),
            Type::Decimal(digits) => digits.precision.is_some() || digits.scale.is_some(),
            Type::Email | Type::Uri | Type::Uuid => true,
            _ => false,
        }
}
