//! NAME003 generated-twice: two names that become one in generated code
//!
//! Names of fields, codes, types, records, mappings and systems become Rust identifiers: `createdAt` and `created_at` the
//! same field, `2-DAY` and `2_DAY` the same variant. Two of one place come to the same identifier; or a system comes to the
//! name of a crate that every workspace has, `canonical` or `flows`.
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
use crate::lower::names;
use crate::model::{CodesKind, Model, StructKind};
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
