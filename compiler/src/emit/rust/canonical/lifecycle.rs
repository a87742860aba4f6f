//! Handles of lifecycles: one type per state that borrows the object, with a method for each legal move and none besides.
//!
//! A move validates the object in its new state and takes itself back if that fails. The object stays one type, so that
//! it can be read back and listed.

use super::Canonical;
use crate::emit::rust::layout::tokens;
use crate::emit::rust::names as idents;
use crate::emit::rust::print::Printer;
use crate::lower::names;
use crate::model::{Codes, Field, FieldRole, Id, Lifecycle, Struct, Type};

/// A lifecycle of the object itself or of the elements of one of its keyed lists.
struct Cycle<'m> {
    lifecycle: &'m Lifecycle,
    /// The field of the status in what has the lifecycle.
    status: &'m Field,
    /// The keyed list, its element's key, and the module of the handles.
    list: Option<(&'m Field, &'m Field)>,
    /// `state`, or `line_state`.
    module: String,
}

fn cycles<'m>(crate_: &Canonical<'m>, object: &'m Struct) -> Vec<Cycle<'m>> {
    let own =
        cycle_of(object).map(|(lifecycle, status)| Cycle { lifecycle, status, list: None, module: "state".into() });
    let lists = object.fields.iter().filter_map(|field| {
        let (Type::List(element), Some(key)) = (&field.ty, field.list_key) else { return None };
        let element = &crate_.model.structs[element.as_struct()?];
        let (lifecycle, status) = cycle_of(element)?;
        let module = format!("{}_state", names::singular(&names::snake(&field.name)).trim_end_matches('_'));
        Some(Cycle { lifecycle, status, list: Some((field, element.field(key)?)), module })
    });
    own.into_iter().chain(lists).collect()
}

fn cycle_of(of: &Struct) -> Option<(&Lifecycle, &Field)> {
    let lifecycle = of.lifecycle.as_ref()?;
    let status = of.field(lifecycle.field).filter(|field| field.role == FieldRole::Status)?;
    Some((lifecycle, status))
}

/// The methods of the object that give handles.
pub fn methods(out: &mut Printer, crate_: &Canonical<'_>, object: &Struct) {
    for cycle in cycles(crate_, object) {
        out.blank();
        let module = &cycle.module;
        match cycle.list {
            None => {
                out.doc("Its state, with the moves that are legal from there.");
                out.open(&format!("pub fn {module}(&mut self) -> {module}::State<'_> {{"));
                out.line(&format!("{module}::of(self)"));
            }
            Some((list, key)) => {
                out.doc(&format!("The state of an element of `{}`, if there is such an element.", list.name));
                let (rust, field) = (names::field_name(&key.name), names::field_name(&list.name));
                let (ty, equals) = if key.ty.is_text() {
                    ("&str".to_owned(), format!("element.{rust} == {rust}"))
                } else {
                    (format!("&{}", crate_.stored(&key.ty)), format!("element.{rust} == *{rust}"))
                };
                let parameters = ["&mut self", &format!("{rust}: {ty}")];
                out.function(&format!("pub fn {module}"), &parameters, &format!(" -> Option<{module}::State<'_>>"));
                out.line(&format!("let mut elements = self.0.{field}.iter();"));
                out.line(&format!("let at = elements.position(|element| {equals})?;"));
                out.line(&format!("{module}::of(self, at)"));
            }
        }
        out.close("}");
    }
}

/// The modules of the handles.
pub fn modules(out: &mut Printer, crate_: &Canonical<'_>, name: &str, object: &Struct) {
    for cycle in cycles(crate_, object) {
        out.blank();
        module(out, crate_, name, &cycle);
    }
}

fn module(out: &mut Printer, crate_: &Canonical<'_>, name: &str, cycle: &Cycle<'_>) {
    let codes = &crate_.model.codes[cycle.lifecycle.codes];
    let whose = match cycle.list {
        None => format!("`{name}`"),
        Some((list, _)) => format!("an element of `{}`", list.name),
    };
    out.doc(&format!("The states of {whose}, each with its legal moves."));
    out.open(&format!("pub mod {} {{", cycle.module));
    // A state may be called like the object or its states: both are named in full.
    let (name, moves) = (&format!("super::{name}"), !cycle.lifecycle.transitions.is_empty());
    if moves {
        out.line("use crossdock_runtime as rt;");
        out.blank();
    }
    out.doc(&format!("The state of {whose}."));
    out.line("#[derive(Debug)]");
    out.open("pub enum State<'o> {");
    for code in &codes.codes {
        out.doc(&format!("`{}`", code.code));
        let handle = handle(&code.code);
        out.line(&format!("{0}({handle}<'o>),", names::variant_name(&code.code)));
    }
    out.close("}");
    out.blank();
    constructor(out, crate_, name, cycle);
    if moves {
        out.blank();
        advance(out, crate_, name, cycle);
    }
    for position in 0..codes.codes.len() {
        out.blank();
        state(out, crate_, name, cycle, position);
    }
    out.close("}");
}

/// The handle of a state; `State` itself is the enum.
fn handle(code: &str) -> String {
    let name = names::variant_name(code);
    if name == "State" { "StateState".to_owned() } else { name }
}

fn constructor(out: &mut Printer, crate_: &Canonical<'_>, name: &str, cycle: &Cycle<'_>) {
    let codes = &crate_.model.codes[cycle.lifecycle.codes];
    let list = cycle.list;
    let enum_name = format!("crate::{}", idents::codes(crate_.model, cycle.lifecycle.codes));
    let status = names::field_name(&cycle.status.name);
    let (held, some) = match list {
        None => {
            out.open(&format!("pub(super) fn of(object: &mut {name}) -> State<'_> {{"));
            out.open(&format!("match object.0.{status} {{"));
            ("object", false)
        }
        Some((list, _)) => {
            let parameters = [&format!("object: &mut {name}") as &str, "at: usize"];
            out.function("pub(super) fn of", &parameters, " -> Option<State<'_>>");
            let list = names::field_name(&list.name);
            out.open(&format!("Some(match object.0.{list}.get(at)?.{status} {{"));
            ("object, at", true)
        }
    };
    for code in &codes.codes {
        let (variant, handle) = (names::variant_name(&code.code), handle(&code.code));
        let line = format!("{enum_name}::{variant} => State::{variant}({handle}({held})),");
        if out.fits(&line) {
            out.line(&line);
        } else {
            out.open(&format!("{enum_name}::{variant} => {{"));
            out.line(&format!("State::{variant}({handle}({held}))"));
            out.close("}");
        }
    }
    out.close(if some { "})" } else { "}" });
    out.close("}");
}

/// Moves, validates, and takes back a move after which an invariant does not hold.
fn advance(out: &mut Printer, crate_: &Canonical<'_>, name: &str, cycle: &Cycle<'_>) {
    let enum_name = format!("crate::{}", idents::codes(crate_.model, cycle.lifecycle.codes));
    let status = names::field_name(&cycle.status.name);
    match cycle.list {
        None => {
            let parameters = [&format!("object: &mut {name}") as &str, &format!("to: {enum_name}")];
            out.function("fn advance", &parameters, " -> rt::Result<()>");
            out.line(&format!("let from = std::mem::replace(&mut object.0.{status}, to);"));
            out.line("let valid = object.0.validate();");
            out.open("if valid.is_err() {");
            out.line(&format!("object.0.{status} = from;"));
            out.close("}");
        }
        Some((list, _)) => {
            let list = names::field_name(&list.name);
            let parameters = [&format!("object: &mut {name}") as &str, "at: usize", &format!("to: {enum_name}")];
            out.function("fn advance", &parameters, " -> rt::Result<()>");
            out.open(&format!("let Some(element) = object.0.{list}.get_mut(at) else {{"));
            // The handle borrows the object, so that the element is still there.
            out.line("return Ok(());");
            out.close("};");
            out.line(&format!("let from = std::mem::replace(&mut element.{status}, to);"));
            out.line("let valid = object.0.validate();");
            let test = format!("if let (Err(_), Some(element)) = (&valid, object.0.{list}.get_mut(at)) {{");
            if out.fits(&test) {
                out.open(&test);
                out.line(&format!("element.{status} = from;"));
                out.close("}");
            } else {
                out.open("if valid.is_err() {");
                out.line(&format!("let elements = &mut object.0.{list};"));
                out.open("if let Some(element) = elements.get_mut(at) {");
                out.line(&format!("element.{status} = from;"));
                out.close("}");
                out.close("}");
            }
        }
    }
    out.line("valid");
    out.close("}");
}

fn state(out: &mut Printer, crate_: &Canonical<'_>, name: &str, cycle: &Cycle<'_>, position: usize) {
    let id: Id<Codes> = cycle.lifecycle.codes;
    let codes = &crate_.model.codes[id];
    let Some(code) = codes.codes.get(position) else { return };
    let handle_name = handle(&code.code);
    let listed = cycle.list.is_some();
    out.doc(&format!("In state `{}`.", code.code));
    out.line("#[derive(Debug)]");
    out.line(&format!("pub struct {handle_name}<'o>(&'o mut {name}{});", if listed { ", usize" } else { "" }));
    out.blank();
    out.open(&format!("impl<'o> {handle_name}<'o> {{"));
    out.doc("The object as it is.");
    out.line("#[must_use]");
    out.open(&format!("pub fn object(&self) -> &{name} {{"));
    out.line("self.0");
    out.close("}");
    if listed {
        out.blank();
        out.doc("Its position in the list.");
        out.line("#[must_use]");
        out.open("pub fn position(&self) -> usize {");
        out.line("self.1");
        out.close("}");
    }
    for transition in cycle.lifecycle.transitions.iter().filter(|t| usize::from(t.from) == position) {
        let Some(to) = codes.codes.get(usize::from(transition.to)) else { continue };
        let target = handle(&to.code);
        let variant = tokens(&quote_variant(crate_, id, transition.to));
        out.blank();
        out.doc(&format!(
            "Moves it to `{}`.\n\n# Errors\nThe first invariant that does not hold there; it then stays where it is.",
            to.code
        ));
        out.open(&format!("pub fn to_{}(self) -> rt::Result<{target}<'o>> {{", names::snake(&to.code)));
        let (call, held) = if listed { ("self.0, self.1, ", "self.0, self.1") } else { ("self.0, ", "self.0") };
        out.line(&format!("advance({call}{variant})?;"));
        out.line(&format!("Ok({target}({held}))"));
        out.close("}");
    }
    out.close("}");
}

fn quote_variant(crate_: &Canonical<'_>, codes: Id<Codes>, position: u16) -> proc_macro2::TokenStream {
    let (name, variant) = (idents::codes(crate_.model, codes), idents::variant(crate_.model, codes, position));
    quote::quote!(crate::#name::#variant)
}
