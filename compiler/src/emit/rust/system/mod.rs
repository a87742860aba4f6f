//! A system's crate: records, crosswalks, operations, and one module per mapping.

pub mod codec;
mod crosswalks;
mod mapping;
mod needs;
mod operations;
mod records;

pub use mapping::loops_of;
pub use operations::success;

use super::names;
use super::print::Printer;
use super::types::RustTypes;
use crate::lower::names::{crate_name, field_name};
use crate::model::{Codes, Id, Mapping, Model, System};
use crate::source::SourceMap;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The files of a system's crate by their paths in it.
pub fn emit(model: &Model, sources: &SourceMap, runtime: &str, id: Id<System>) -> BTreeMap<String, String> {
    let system = &model.systems[id];
    let types = RustTypes::outside(model);
    let origin = sources.path(system.span.file).to_owned();
    let mut files = BTreeMap::new();
    files.insert("Cargo.toml".to_owned(), manifest(model, runtime, system));
    let mappings: Vec<(Id<Mapping>, &Mapping)> =
        model.mappings.iter().filter(|(_, m)| m.system == Some(id) && m.body.is_some()).collect();

    let canonical = format!("{} as canonical", names::canonical_crate(model));
    let runtime_path = || "crossdock_runtime as rt".to_owned();
    // What is named in a file only sometimes is imported only then.
    let imported = |text: String| {
        let text = if text.contains("rt::") { text } else { text.replace("use crossdock_runtime as rt;\n", "") };
        if text.contains("canonical::") { text } else { text.replace(&format!("use {canonical};\n"), "") }
    };
    let mut out = Printer::file(&origin);
    out.module_doc(&format!("The records of `{}`, with every declared field.", system.name));
    out.blank();
    out.imports(vec![runtime_path(), canonical.clone(), "rt::Record".to_owned()]);
    records::file(model, &types, system, &mut out);
    if !system.records.is_empty() {
        files.insert("src/records.rs".to_owned(), imported(out.finish()));
    }

    let mut out = Printer::file(&origin);
    out.module_doc(&format!("What the codes of `{}` stand for.", system.name));
    out.blank();
    out.imports(vec![runtime_path(), canonical.clone()]);
    let crosswalks = crosswalks::file(model, &types, id, &mut out);
    if crosswalks {
        files.insert("src/crosswalks.rs".to_owned(), imported(out.finish()));
    }

    let mut out = Printer::file(&origin);
    out.module_doc(&format!(
        "What `{}` can be asked to do: one trait per operation, for a client to implement.",
        system.name
    ));
    out.blank();
    out.imports(vec![runtime_path(), canonical.clone(), "std::future::Future".to_owned()]);
    operations::file(model, &types, system, &mut out);
    if !system.operations.is_empty() {
        files.insert("src/operations.rs".to_owned(), imported(out.finish()));
    }

    let shared = mapping::Shared::default();
    let modules: Vec<(String, String)> = mappings
        .par_iter()
        .map(|(id, mapping)| {
            let path = format!("src/{}.rs", field_name(&mapping.name).trim_start_matches("r#"));
            (path, module(model, sources, &RustTypes::outside(model), *id, &shared))
        })
        .collect();
    files.extend(modules);
    files.insert("src/lib.rs".to_owned(), library(system, &mappings, crosswalks, &origin));
    files
}

fn module(
    model: &Model,
    sources: &SourceMap,
    types: &RustTypes<'_>,
    id: Id<Mapping>,
    shared: &mapping::Shared,
) -> String {
    let mapping = &model.mappings[id];
    let mut out = Printer::file(sources.path(mapping.span.file));
    out.module_doc(&format!("The mapping `{}`.", mapping.name));
    if let Some(description) = &mapping.description {
        out.module_doc("\n");
        out.module_doc(description);
    }
    out.blank();
    let mut body = Printer::default();
    mapping::Module::new(model, sources, types, id, shared).print(&mut body);
    let body = body.finish();
    let canonical = names::canonical_crate(model);
    let mut paths = Vec::new();
    for (used, path) in [
        (body.contains("crosswalks::"), "super::crosswalks".to_owned()),
        (body.contains("Record)]"), "crossdock_runtime::{self as rt, Record}".to_owned()),
        (!body.contains("Record)]"), "crossdock_runtime as rt".to_owned()),
        (body.contains("canonical::"), format!("{canonical} as canonical")),
        (body.contains(".read_from("), "rt::ReadFrom as _".to_owned()),
        (body.contains("Cow<") || body.contains("Cow::"), "std::borrow::Cow".to_owned()),
    ] {
        if used {
            paths.push(path);
        }
    }
    out.imports(paths);
    format!("{}\n{body}", out.finish())
}

/// Whether the function of a mapping takes answers to lookups: it has keys, or calls what has.
pub fn asks(model: &Model, mapping: &Mapping) -> bool {
    !mapping.lookups.is_empty() || needs::needs(model, mapping).answers
}

/// Whether the function of a mapping takes the user's functions: it, or what it calls, calls one.
pub fn calls_functions(model: &Model, mapping: &Mapping) -> bool {
    needs::needs(model, mapping).functions
}

/// Whether the rows of a crosswalk hold on some days only.
pub fn is_dated(model: &Model, codes: Id<Codes>, system: Id<System>) -> bool {
    let rows = model.codes[codes].crosswalk(system).into_iter().flat_map(|crosswalk| &crosswalk.rows);
    rows.into_iter().any(|row| row.valid_from.is_some() || row.valid_to.is_some())
}

fn manifest(model: &Model, runtime: &str, system: &System) -> String {
    let workspace = &model.workspace;
    let name = crate_name(&workspace.name, &system.name);
    let canonical = crate_name(&workspace.name, "canonical");
    format!(
        "# Generated by crossdock {} from the workspace's specifications. Do not edit.\n\
         [package]\nname = \"{name}\"\nversion = \"{}\"\nedition = \"2024\"\n\
         description = \"Records, codes and mappings of {} for {}, generated by Crossdock\"\npublish = false\n\n\
         [dependencies]\ncrossdock-runtime = {runtime}\n{canonical} = {{ path = \"../{canonical}\" }}\n",
        env!("CARGO_PKG_VERSION"),
        super::canonical::version(&workspace.version),
        system.name,
        workspace.name,
    )
}

fn library(system: &System, mappings: &[(Id<Mapping>, &Mapping)], crosswalks: bool, origin: &str) -> String {
    let mut out = Printer::file(origin);
    out.module_doc(&format!(
        "The system `{}`: its records, its codes, its operations, and the mappings from and to it.",
        system.name
    ));
    if let Some(description) = &system.description {
        out.module_doc("\n");
        out.module_doc(description);
    }
    out.blank();
    out.line("#![forbid(unsafe_code)]");
    out.line("#![deny(missing_docs)]");
    out.line("// Descriptions are the specifications' own text.");
    out.line("#![allow(clippy::doc_lazy_continuation, clippy::doc_overindented_list_items)]");
    out.line("// What an expression says twice, or in vain, is said so in the specifications.");
    out.line("#![allow(unused_parens, clippy::blocks_in_conditions, clippy::if_same_then_else)]");
    out.line("#![allow(clippy::needless_bool, clippy::nonminimal_bool)]");
    out.line("#![allow(clippy::unnecessary_literal_unwrap)]");
    out.line("// A patch is filled in the order in which its fields are evaluated.");
    out.line("#![allow(clippy::field_reassign_with_default)]");
    out.line("#![allow(rustdoc::broken_intra_doc_links, rustdoc::bare_urls)]");
    out.line("#![allow(rustdoc::invalid_html_tags)]");
    out.blank();
    let mut modules: Vec<String> = mappings.iter().map(|(_, m)| names::module(&m.name).to_string()).collect();
    if crosswalks {
        modules.push("crosswalks".to_owned());
    }
    if !system.operations.is_empty() {
        modules.push("operations".to_owned());
    }
    if !system.records.is_empty() {
        modules.push("records".to_owned());
    }
    out.modules(modules.iter().map(String::as_str));
    out.finish()
}
