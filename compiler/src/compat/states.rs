//! The states of flows, as the last build left their schemas against what they would be now.
//!
//! Instances live longer than a version of the specs. A flow whose state changes needs a new version, and must say what
//! became of the steps that it has no more; the schemas of older versions stay, for as long as the flow does.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::emit::contract::state;
use crate::emit::files::{Files, PathError};
use crate::model::{Flow, Model};
use crate::rules;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Files of the last build by path.
pub type Built = BTreeMap<String, Vec<u8>>;

/// More differences than these are counted only.
const SHOWN: usize = 4;

/// Adds the schemas of older versions: they stay as they are.
pub fn keep(model: &Model, files: &mut Files, built: &Built) -> Result<(), PathError> {
    for flow in model.flows.rows() {
        for (version, bytes) in versions(flow, built).filter(|(version, _)| *version < flow.version) {
            files.insert(state::path(&flow.name, version), bytes)?;
        }
    }
    Ok(())
}

/// What instances that are under way would not survive.
pub fn judge(model: &Model, files: &Files, built: &Built) -> Diagnostics {
    let mut found = Diagnostics::new();
    for flow in model.flows.rows() {
        let path = state::path(&flow.name, flow.version);
        let Some(now) = files.get(&path).and_then(read) else { continue };
        let mut gone = BTreeMap::new();
        for (version, bytes) in versions(flow, built) {
            let Some(then) = read(bytes) else { continue };
            match version.cmp(&flow.version) {
                Ordering::Greater => found.push(lowered(flow, version)),
                Ordering::Equal => {
                    let differences = differences(&then, &now);
                    if !differences.is_empty() {
                        found.push(changed(flow, &differences, &lost(&then, &now, flow)));
                    }
                }
                Ordering::Less => gone.extend(lost(&then, &now, flow).into_iter().map(|step| (step, version))),
            }
        }
        for (step, version) in gone {
            found.push(unsaid(flow, &step, version));
        }
    }
    found
}

/// The schemas of a flow that the last build left, by version.
fn versions<'b>(flow: &'b Flow, built: &'b Built) -> impl Iterator<Item = (u64, &'b [u8])> {
    built.iter().filter_map(|(path, bytes)| {
        let (name, version) = path.strip_prefix(state::FOLDER)?.strip_suffix(".json")?.rsplit_once(".v")?;
        let version = version.parse().ok().filter(|version| state::path(name, *version) == *path)?;
        (name == flow.name).then_some((version, bytes.as_slice()))
    })
}

fn read(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

fn lowered(flow: &Flow, version: u64) -> Diagnostic {
    let message = format!("`{}` was built in version {version} already", flow.name);
    Diagnostic::new(rules::FLOW024, flow.version_span, message)
        .label(format!("is {} here", flow.version))
        .help("a state of a newer version is left alone: give the flow that version or a higher one")
}

fn changed(flow: &Flow, differences: &[String], lost: &[String]) -> Diagnostic {
    let (name, version) = (&flow.name, flow.version);
    let mut what = differences.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if differences.len() > SHOWN {
        what.push_str(&format!(" and {} more", differences.len() - SHOWN));
    }
    let message = format!("the state of `{name}` is not that of version {version} any more: {what}");
    let mut help = format!("raise `version` to {}", version.saturating_add(1));
    if !lost.is_empty() {
        let steps = lost.iter().map(|step| format!("`{step}`")).collect::<Vec<_>>().join(", ");
        help.push_str(&format!(", and say `was:` or `drop:` for {steps}"));
    }
    Diagnostic::new(rules::FLOW024, flow.version_span, message).label("unchanged").help(help)
}

fn unsaid(flow: &Flow, step: &str, version: u64) -> Diagnostic {
    let message = format!("nothing says what became of the step `{step}`, which version {version} has");
    let help = format!("say `was: [{step}]` at the step that it is now, or `drop: [{step}]` at the flow");
    Diagnostic::new(rules::FLOW025, flow.span, message).help(help)
}

/// The steps of an older state that a newer one has neither under their names nor as what they `was`, and did not `drop`.
/// One that stands elsewhere now, in another `each` or action, is not found again either.
fn lost(then: &Value, now: &Value, flow: &Flow) -> Vec<String> {
    let renamed = |name: &str| {
        let by_name = flow.steps.iter().find(|step| step.name == name);
        by_name.or_else(|| flow.steps.iter().find(|step| step.was.iter().any(|(was, _)| was == name)))
    };
    let scopes_now: BTreeMap<&str, BTreeSet<&str>> = scopes(now).collect();
    let mut lost = Vec::new();
    for (scope, steps) in scopes(then) {
        // The scope of an `each` or a choice is called by its step.
        let rest = scope.strip_prefix("steps.").unwrap_or_default();
        let (owner, end) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
        let scope = match renamed(owner) {
            Some(step) => format!("steps.{}{end}", step.name),
            None => scope.to_owned(),
        };
        for name in steps {
            let known = renamed(name).is_some_and(|step| {
                scopes_now.get(scope.as_str()).is_some_and(|steps| steps.contains(step.name.as_str()))
            });
            if !known && !flow.dropped.iter().any(|(dropped, _)| dropped == name) {
                lost.push(name.to_owned());
            }
        }
    }
    lost
}

/// The scopes of a state with the names of their steps.
fn scopes(schema: &Value) -> impl Iterator<Item = (&str, BTreeSet<&str>)> {
    let definitions = schema.get("$defs").and_then(Value::as_object).into_iter().flatten();
    definitions.filter(|(name, _)| *name == "steps" || name.starts_with("steps.")).map(|(name, scope)| {
        let steps = scope.pointer("/properties/steps/properties").and_then(Value::as_object).into_iter().flatten();
        (name.as_str(), steps.map(|(step, _)| step.as_str()).collect())
    })
}

/// What differs between two schemas, in words; how they are spelled is no difference.
fn differences(then: &Value, now: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let definitions = |schema: &Value| schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    let (old, new) = (definitions(then), definitions(now));
    let data = |schema: &Value| schema.pointer("/properties/data").cloned().unwrap_or_default();
    compare("", &data(then), &data(now), &mut found);
    if then.get("x-interrupts") != now.get("x-interrupts") {
        found.push("the interrupts differ".to_owned());
    }
    for (name, schema) in &new {
        match old.get(name) {
            Some(before) => compare(name, before, schema, &mut found),
            // A new type is new where it stands; new steps stand in nothing else.
            None if name.starts_with("steps.") => found.push(format!("`{name}` is new")),
            None => {}
        }
    }
    let gone = old.keys().filter(|name| name.starts_with("steps.") && !new.contains_key(*name));
    found.extend(gone.map(|name| format!("`{name}` is gone")));
    found
}

/// Compares two schemas of what stands at a path.
fn compare(path: &str, then: &Value, now: &Value, found: &mut Vec<String>) {
    let inner = |key: &str| matches!(key, "properties" | "required" | "items");
    let outer = |schema: &Value| -> Map<String, Value> {
        let all = schema.as_object().into_iter().flatten();
        all.filter(|(key, _)| !inner(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    if outer(then) != outer(now) {
        found.push(format!("`{path}` differs"));
        return;
    }
    match (then.get("items"), now.get("items")) {
        (Some(then), Some(now)) => compare(path, then, now, found),
        (None, None) => {}
        _ => found.push(format!("`{path}` differs")),
    }
    let (old, new) = (properties(then), properties(now));
    for (name, schema) in &new {
        let below = below(path, name);
        match old.get(name) {
            None => found.push(format!("`{below}` is new")),
            Some(before) => {
                compare(&below, before, schema, found);
                match (is_required(then, name), is_required(now, name)) {
                    (false, true) => found.push(format!("`{below}` must be there now")),
                    (true, false) => found.push(format!("`{below}` may be absent now")),
                    _ => {}
                }
            }
        }
    }
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    found.extend(gone.map(|name| format!("`{}` is gone", below(path, name))));
}

/// A part of what stands at a path; the steps of a scope are its parts.
fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        scope if name == "steps" && scope.starts_with("steps") => scope.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

fn properties(schema: &Value) -> Map<String, Value> {
    schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == name))
}
