//! NAME003 generated-twice: two names that become one in generated code
//!
//! Names of fields, codes, types, records, mappings and systems become Rust identifiers: `createdAt` and `created_at` the
//! same field, `2-DAY` and `2_DAY` the same variant. Two of one place come to the same identifier; or a system comes to the
//! name of a crate that every workspace has, `canonical` or `flows`, or of the runtime. Types, code lists and records are
//! also files, of which `HttpLog.json` and `HTTPLog.json` are one to some file systems. And what a mapping calls becomes a
//! function beside its own, which is `run`; the Rust functions of all of them are methods of one trait.
//!
//! A number behind the name is no way out: a name that depends on its neighbours would change when one of them goes.
//!
//! Bad:
//! ```yaml
//! records:
//!   Order:
//!     fields: { createdAt: string, created_at: string }
//! ```
//! Good:
//! ```yaml
//! records:
//!   Order:
//!     fields:
//!       createdAt: string
//!       created_locally: { type: string, from: created_at }
//! ```
//! It can't be waived or levelled: the generated code would not compile.

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::lower::called::called;
use crate::lower::names;
use crate::model::{CodesKind, ExternFunction, Model, StructKind};
use crate::rules::Context;
use crate::source::Span;

/// The rule.
pub const RULE: RuleId = RuleId { code: "NAME003", name: "generated-twice", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    canonical(model, found);
    systems(model, found);
    flows(model, found);
    files(model, found);
    calls(model, found);
    for of in model.structs.rows().iter().filter(|of| of.kind != StructKind::Ids) {
        let what = format!("fields of `{}`", of.full_name(model));
        let fields: Vec<_> = of.fields.iter().map(|field| (field.name.as_str(), field.span)).collect();
        let help = if of.is_record() {
            "name one of them otherwise; its key on the wire stands under `from:` then"
        } else {
            "rename one of them"
        };
        judge(&what, &fields, names::field_name, help, found);
    }
    for codes in model.codes.rows().iter().filter(|codes| !matches!(codes.kind, CodesKind::Of(_))) {
        let what = format!("codes of `{}`", codes.name);
        let all: Vec<_> = codes.codes.iter().map(|code| (code.code.as_str(), code.span)).collect();
        judge(&what, &all, names::variant_name, "a canonical code is this workspace's own: rename one of them", found);
    }
}

/// The modules and types of the canonical crate.
fn canonical(model: &Model, found: &mut Diagnostics) {
    let of_kind = |kind: StructKind| {
        model.structs.rows().iter().filter(move |of| of.kind == kind).map(|of| (of.name.as_str(), of.span))
    };
    let objects: Vec<_> = of_kind(StructKind::Object).collect();
    judge("objects", &objects, names::module_name, RENAME, found);
    let values: Vec<_> = of_kind(StructKind::Value).chain(of_kind(StructKind::Ids)).collect();
    judge("values", &values, names::type_name, RENAME, found);
    let lists = model.codes.rows().iter().filter(|codes| !matches!(codes.kind, CodesKind::Of(_)));
    let lists: Vec<_> = lists.map(|codes| (codes.name.as_str(), codes.span)).collect();
    judge("code lists", &lists, names::codes_type_name, RENAME, found);
}

/// The crates of systems, and what they hold.
fn systems(model: &Model, found: &mut Diagnostics) {
    let all: Vec<_> = model.systems.rows().iter().map(|system| (system.name.as_str(), system.span)).collect();
    judge("systems", &all, |name| names::crate_name(&model.workspace.name, name), RENAME, found);
    for (id, system) in model.systems.iter() {
        let crate_name = |part: &str| names::crate_name(&model.workspace.name, part);
        if crate_name(&system.name) == RUNTIME {
            let message =
                format!("the crate of `{}` would be `{RUNTIME}`, which every generated crate needs", system.name);
            found.push(Diagnostic::new(RULE, system.span, message).help("rename the system or the workspace"));
        }
        if let Some(own) = OWN_CRATES.iter().find(|own| crate_name(own) == crate_name(&system.name)) {
            let message =
                format!("the crate of `{}` would be `{}`, which is the workspace's own", system.name, crate_name(own));
            found.push(Diagnostic::new(RULE, system.span, message).help("rename the system"));
        }
        let records = system.records.iter().map(|record| &model.structs[*record]);
        let records: Vec<_> = records.map(|record| (record.name.as_str(), record.span)).collect();
        judge(&format!("records of `{}`", system.name), &records, names::type_name, RENAME, found);
        let mappings = model.mappings.rows().iter().filter(|mapping| mapping.system == Some(id));
        let mappings: Vec<_> = mappings.map(|mapping| (mapping.name.as_str(), mapping.span)).collect();
        judge(&format!("mappings of `{}`", system.name), &mappings, names::module_name, RENAME, found);
        let operations: Vec<_> =
            system.operations.iter().map(|operation| (operation.name.as_str(), operation.span)).collect();
        judge(&format!("operations of `{}`", system.name), &operations, names::field_name, RENAME, found);
    }
}

/// Flows, their steps and milestones, and the events that the workspace publishes.
fn flows(model: &Model, found: &mut Diagnostics) {
    let flows: Vec<_> = model.flows.rows().iter().map(|flow| (flow.name.as_str(), flow.span)).collect();
    judge("flows", &flows, names::module_name, RENAME, found);
    let events: Vec<_> = model.events.rows().iter().map(|event| (event.name.as_str(), event.span)).collect();
    judge("events", &events, names::type_name, RENAME, found);
    for flow in model.flows.rows() {
        let steps: Vec<_> = flow.steps.iter().map(|step| (step.name.as_str(), step.span)).collect();
        judge(&format!("steps of `{}`", flow.name), &steps, names::variant_name, RENAME, found);
        let milestones: Vec<_> = flow
            .steps
            .iter()
            .filter_map(|step| step.milestone.as_ref())
            .map(|milestone| (milestone.name.as_str(), milestone.span))
            .collect();
        judge(&format!("milestones of `{}`", flow.name), &milestones, names::variant_name, RENAME, found);
        let kept: Vec<_> = flow.keep.iter().map(|kept| (kept.name.as_str(), kept.span)).collect();
        judge(&format!("collections of `{}`", flow.name), &kept, names::field_name, RENAME, found);
    }
}

/// The JSON Schemas, which lie in one folder, and in one for each system.
fn files(model: &Model, found: &mut Diagnostics) {
    let canonical = model.structs.rows().iter().filter(|of| matches!(of.kind, StructKind::Object | StructKind::Value));
    let canonical = canonical.map(|of| (of.name.as_str(), of.span));
    let lists = model.codes.rows().iter().filter(|codes| !matches!(codes.kind, CodesKind::Of(_)));
    let all: Vec<_> = canonical.chain(lists.map(|codes| (codes.name.as_str(), codes.span))).collect();
    judge_files(&all, found);
    for system in model.systems.rows() {
        let records = system.records.iter().map(|record| &model.structs[*record]);
        judge_files(&records.map(|record| (record.name.as_str(), record.span)).collect::<Vec<_>>(), found);
    }
}

fn judge_files(all: &[(&str, Span)], found: &mut Diagnostics) {
    for (first, second) in names::collisions(all.iter().map(|(name, _)| *name), str::to_lowercase) {
        let (Some((first, at)), Some((second, span))) = (all.get(first), all.get(second)) else { continue };
        // Names that are one in Rust too are found there.
        let told = names::module_name(first) == names::module_name(second) && known(found, *span);
        if first != second && !told {
            let message = format!("`{first}.json` and `{second}.json` are one file where capitals do not count");
            let finding = Diagnostic::new(RULE, *span, message).related(*at, format!("`{first}` stands here"));
            found.push(finding.help(RENAME));
        }
    }
}

/// Whether this rule has a finding there.
fn known(found: &Diagnostics, span: Span) -> bool {
    found.iter().any(|finding| finding.code == RULE.code && finding.primary.span == span)
}

/// What the module of a mapping holds beside its own function: the mappings that it calls, and a trait with the user's
/// functions of all of them.
fn calls(model: &Model, found: &mut Diagnostics) {
    for mapping in model.mappings.rows().iter().filter(|mapping| mapping.system.is_some()) {
        let called = called(model, mapping);
        for other in
            called.iter().map(|id| &model.mappings[*id]).filter(|other| names::field_name(&other.name) == "run")
        {
            let message = format!("`{}` calls `{}`, and its own function in Rust is `run`", mapping.name, other.name);
            found.push(Diagnostic::new(RULE, other.span, message).related(mapping.span, "called here").help(RENAME));
        }
        let all: Vec<&ExternFunction> = [mapping]
            .into_iter()
            .chain(called.iter().map(|id| &model.mappings[*id]))
            .flat_map(|mapping| &mapping.functions)
            .collect();
        for (first, second) in names::collisions(all.iter().map(|f| f.name.as_str()), names::field_name) {
            let (Some(first), Some(second)) = (all.get(first), all.get(second)) else { continue };
            if first.args != second.args || first.result != second.result || first.raises != second.raises {
                let message = format!(
                    "`{}` is declared in two ways, and both become one method of the `Functions` of `{}`",
                    second.name, mapping.name
                );
                let finding = Diagnostic::new(RULE, second.span, message).related(first.span, "the other stands here");
                found.push(finding.help("declare both alike, or rename one of them"));
            }
        }
    }
}

/// The crate that all generated crates need.
const RUNTIME: &str = "crossdock-runtime";

/// The crates that a workspace has beside those of its systems.
const OWN_CRATES: &[&str] = &["canonical", "flows"];

const RENAME: &str = "rename one of them";

fn judge(what: &str, all: &[(&str, Span)], rust_name: impl Fn(&str) -> String, help: &str, found: &mut Diagnostics) {
    for (first, second) in names::collisions(all.iter().map(|(name, _)| *name), &rust_name) {
        let (Some((first, at)), Some((second, span))) = (all.get(first), all.get(second)) else { continue };
        // A name that stands twice is another finding.
        if first != second {
            let message = format!("`{first}` and `{second}`, {what}, both become `{}` in Rust", rust_name(second));
            let finding = Diagnostic::new(RULE, *span, message).related(*at, format!("`{first}` stands here"));
            found.push(finding.help(help));
        }
    }
}
