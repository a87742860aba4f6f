//! Identifiers of generated code: the names that `lower::names` decides, as tokens.

use crate::expr::ir::VarId;
use crate::lower::names;
use crate::model::{Codes, Id, Model, Struct, StructKind, System};
use proc_macro2::Ident;
use quote::format_ident;

/// How Rust code names the canonical crate.
pub fn canonical_crate(model: &Model) -> Ident {
    format_ident!("{}", names::crate_ident(&names::crate_name(&model.workspace.name, "canonical")))
}

/// The module of an object, system or mapping.
pub fn module(name: &str) -> Ident {
    format_ident!("{}", names::module_name(name))
}

/// The field of a canonical or wire name.
pub fn field(name: &str) -> Ident {
    format_ident!("{}", names::field_name(name))
}

/// A function of a mapping's, operation's or user's name.
pub fn function(name: &str) -> Ident {
    format_ident!("{}", names::field_name(name))
}

/// The function that decodes a lookup's answer; the index's lookups have dotted names.
pub fn answer(lookup: &str) -> Ident {
    format_ident!("answer_{}", names::snake(lookup))
}

/// A constant.
pub fn constant(name: &str) -> Ident {
    format_ident!("{}", names::snake(name).to_ascii_uppercase())
}

/// The variable of an expression: its name in the specification, or what it is, with its number.
pub fn variable(name: &str, var: VarId) -> Ident {
    format_ident!("{}_{}", names::snake(name), var.0)
}

/// The type of a record or value.
pub fn type_name(name: &str) -> Ident {
    format_ident!("{}", names::type_name(name))
}

/// The part of a record that a mapping reads.
pub fn projected(name: &str) -> Ident {
    let name = names::type_name(name);
    // These the module has itself.
    if matches!(name.as_str(), "Input" | "Functions") { format_ident!("{name}_") } else { format_ident!("{name}") }
}

/// What of a projected record says which of its fields changed: called otherwise than all of them.
pub fn changes(of: &Struct) -> Ident {
    let taken = |name: &str| of.fields.iter().any(|field| names::field_name(&field.name) == name);
    format_ident!("{}", names::not_taken("changes", taken))
}

/// The enum of a code list.
pub fn codes(model: &Model, codes: Id<Codes>) -> Ident {
    format_ident!("{}", names::codes_type_name(&model.codes[codes].name))
}

/// The variant of a code by its position.
pub fn variant(model: &Model, codes: Id<Codes>, position: u16) -> Ident {
    let code = model.codes[codes].codes.get(usize::from(position));
    format_ident!("{}", names::variant_name(code.map_or("", |code| &code.code)))
}

/// The patch of an object or value; one per system, in the system's module.
pub fn patch(model: &Model, of: Id<Struct>) -> Ident {
    let of = &model.structs[of];
    let name = match of.kind {
        StructKind::Object => names::object_type_name(&of.name),
        _ => names::type_name(&of.name),
    };
    format_ident!("{name}Patch")
}

/// The function of a crosswalk from a system's code to a canonical one.
pub fn crosswalk_in(model: &Model, codes: Id<Codes>, system: Id<System>) -> Ident {
    crosswalk(model, codes, system, "from")
}

/// The function of a crosswalk from a canonical code to a system's.
pub fn crosswalk_out(model: &Model, codes: Id<Codes>, system: Id<System>) -> Ident {
    crosswalk(model, codes, system, "to")
}

fn crosswalk(model: &Model, codes: Id<Codes>, system: Id<System>, direction: &str) -> Ident {
    let (codes, system) = (&model.codes[codes].name, &model.systems[system].name);
    format_ident!("{}_{direction}_{}", names::snake(codes), names::snake(system))
}
