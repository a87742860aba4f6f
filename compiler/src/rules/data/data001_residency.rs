//! DATA001 residency: data reaches a region that the workspace forbids
//!
//! The workspace says under `residency:` which regions data of a class may reach from the region that it comes from. A value
//! comes from the regions of the systems that write it, and goes to those of the systems that are sent it by a request, by
//! parameters of a call, or as subscribers of an event. What is kept on the way (the state of flows, dead letters, audit) is
//! where the systems with `role: middleware` are. Rules for `personal` data hold for `sensitive` data, too, unless it has
//! its own. What is written of one partition does not reach a call that a decision of the flow makes for another. Followed
//! are values, not conditions; what a Rust function by the name of `redact` or `hash` gives is free.
//!
//! Where data of people may lie is law, not taste; and what has been copied abroad can't be called back.
//!
//! Bad, where `shop` is in `eu`, `wms` in `us`, and `contact` is personal:
//! ```yaml
//! fields: { number: src.order_id, email: src.contact }
//! ```
//! Good:
//! ```yaml
//! fields: { number: src.order_id }
//! ```
//! A system with instances in several regions is reached if none of them is allowed: which one is called is for the flow to
//! choose. Level it with `rules: { DATA001: warn }`, or waive it at the mapping (`at: order_to_wms`), the step
//! (`at: order_to_warehouse.submit`), the event (`at: order_changed`) or the flow (`at: order_to_warehouse`).

use super::classes::{Classed, Classes, calls, declassifies, paths};
use super::partition::{self, Partitions};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::rights::entered;
use crate::model::{Assigned, DataClass, Id, Intent, Mapping, Model, Residency, Struct, System, Takes};
use crate::rules::Context;
use crate::rules::map::origins::{Root, origins_but};
use crate::rules::map::sites::Role;
use crate::rules::words::names;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub const RULE: RuleId = RuleId { code: "DATA001", name: "residency", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    if model.workspace.residency.is_empty() {
        return;
    }
    let ways = Ways { model, classes: Classes::new(model), writers: writers(model) };
    ways.requests(found);
    ways.params(found);
    ways.subscribers(found);
    ways.kept(found);
}

/// Who writes a path of an object.
struct Writer {
    system: Id<System>,
    path: Vec<u16>,
    span: Span,
    partitions: Partitions,
}

/// The writers of objects.
type Writers = BTreeMap<Id<Struct>, Vec<Writer>>;

fn writers(model: &Model) -> Writers {
    let mut all = Writers::new();
    // Where flows move an object, what they receive is what is written.
    let moved: BTreeSet<Id<Struct>> = model.flows.rows().iter().map(|flow| flow.object).collect();
    let received: BTreeSet<Id<Mapping>> =
        model.flows.rows().iter().flat_map(|flow| flow.uses().map(|used| used.mapping)).collect();
    for (id, mapping) in model.mappings.iter() {
        let written = matches!(mapping.intent, Intent::Create | Intent::Update);
        let (Some(object), Some(system)) = (entered(&mapping.target).filter(|_| written), mapping.system) else {
            continue;
        };
        if moved.contains(&object) && !received.contains(&id) {
            continue;
        }
        let partitions = partition::written(model, mapping);
        let writer = |assigned: &Assigned| {
            let (path, span, partitions) = (assigned.path.clone(), assigned.span, partitions.clone());
            Writer { system, path, span, partitions }
        };
        all.entry(object).or_default().extend(mapping.assigned.iter().map(writer));
    }
    for operation in model.apis.rows().iter().flat_map(|api| &api.operations) {
        if let (Some(object), Some(caller)) = (operation.request, operation.caller) {
            let writer = Writer { system: caller, path: Vec::new(), span: operation.span, partitions: None };
            all.entry(object).or_default().push(writer);
        }
    }
    all
}

/// The regions of a system's deployments.
fn regions(model: &Model, id: Id<System>) -> BTreeSet<&str> {
    let system = &model.systems[id];
    if system.instances.is_empty() {
        return system.region.iter().map(String::as_str).collect();
    }
    let own = system.instances.iter().map(|instance| instance.region.as_ref().or(system.region.as_ref()));
    own.flatten().map(String::as_str).collect()
}

/// A way that is forbidden.
struct Forbidden<'m> {
    from: Id<System>,
    region: &'m str,
    written: Span,
    class: Classed,
    by: &'m Residency,
}

/// What a mapping sends on a way that is forbidden: the paths, and where the first is read.
type Sent<'m> = (Vec<String>, Span, Forbidden<'m>);

struct Ways<'m> {
    model: &'m Model,
    classes: Classes<'m>,
    writers: Writers,
}

impl<'m> Ways<'m> {
    /// What the workspace says of a class that comes from a region.
    fn residency(&self, class: DataClass, from: &str) -> Option<&'m Residency> {
        let all = &self.model.workspace.residency;
        let said = DataClass::ALL.into_iter().rev().filter(|of| *of <= class);
        let of = said.into_iter().find(|of| all.iter().any(|residency| residency.class == *of))?;
        all.iter().find(|residency| residency.class == of && residency.from == from)
    }

    fn forbids(&self, class: Classed, from: &str, to: &BTreeSet<&str>) -> Option<&'m Residency> {
        let residency = self.residency(class.0, from)?;
        (!to.is_empty() && !to.iter().any(|to| residency.to.iter().any(|allowed| allowed == to))).then_some(residency)
    }

    /// The first way by which what is read of an object may not reach some regions.
    fn forbidden(
        &self,
        object: Id<Struct>,
        path: &[u16],
        to: &BTreeSet<&str>,
        partitions: &Partitions,
    ) -> Option<Forbidden<'m>> {
        self.classes.within(object, path)?;
        for writer in self.writers.get(&object)? {
            let written = &writer.path;
            let related = written.starts_with(path) || path.starts_with(written);
            if !related || !partition::meet(&writer.partitions, partitions) {
                continue;
            }
            // A part that is written may be of a lower class than the whole.
            let longer = if written.len() > path.len() { written.as_slice() } else { path };
            let Some(class) = self.classes.within(object, longer) else { continue };
            for region in regions(self.model, writer.system) {
                if let Some(by) = self.forbids(class, region, to) {
                    return Some(Forbidden { from: writer.system, region, written: writer.span, class, by });
                }
            }
        }
        None
    }

    fn finding(&self, at: Span, what: &str, to: &str, way: &Forbidden<'_>) -> Diagnostic {
        let (class, from) = (way.class.0.word(), &self.model.systems[way.from].name);
        let message = format!("{what}, {class} data of `{from}` ({}), reaches {to}", way.region);
        let allowed = match way.by.to.as_slice() {
            [] => "no region".to_owned(),
            to => names(to.iter().map(String::as_str)),
        };
        Diagnostic::new(RULE, at, message)
            .related(way.written, format!("it comes from `{from}` here"))
            .related(way.class.1, format!("it is {class}"))
            .related(way.by.span, format!("from here it may reach {allowed}"))
            .help("leave it out, send less of it (`redact`, `hash`), or let `residency` allow it")
    }

    fn to(&self, system: Id<System>) -> String {
        let regions = regions(self.model, system).into_iter().collect::<Vec<_>>().join(", ");
        format!("`{}` ({regions})", self.model.systems[system].name)
    }

    /// Requests to systems.
    fn requests(&self, found: &mut Diagnostics) {
        let model = self.model;
        let used = self.used();
        for (id, mapping) in model.mappings.iter().filter(|(_, mapping)| mapping.intent == Intent::Request) {
            let Some(system) = mapping.system else { continue };
            let to = regions(model, system);
            let partitions = used.get(&id).cloned().unwrap_or_default();
            let mut told: BTreeMap<(Id<System>, &str), Sent<'_>> = BTreeMap::new();
            let mut origins = origins_but(model, mapping, &|node| declassifies(mapping, node));
            origins.sort_by_key(|origin| origin.node.span);
            for origin in origins.iter().filter(|origin| origin.role != Role::Condition) {
                let Root::Input(input) = origin.root else { continue };
                let Some(object) = mapping.inputs.get(input as usize).map(|input| input.of) else { continue };
                let Some(way) = self.forbidden(object, &origin.path, &to, &partitions) else { continue };
                let told = told.entry((way.from, way.region)).or_insert((Vec::new(), origin.node.span, way));
                told.0.push(path_text(model, object, &origin.path));
            }
            for (paths, at, way) in told.into_values() {
                let what = names(outermost(&paths));
                found.push(self.finding(at, &what, &self.to(system), &way).at(mapping.name.clone()));
            }
        }
    }

    /// The partitions for which mappings to requests are used, where all uses are calls for some of them.
    fn used(&self) -> BTreeMap<Id<Mapping>, Partitions> {
        let mut used: BTreeMap<Id<Mapping>, Partitions> = BTreeMap::new();
        for placed in calls(self.model) {
            let Some(send) = &placed.call.send else { continue };
            let known = used.entry(send.mapping).or_insert_with(|| Some(BTreeSet::new()));
            *known = known.take().zip(placed.partitions).map(|(known, more)| &known | &more);
        }
        used
    }

    /// Parameters of calls.
    fn params(&self, found: &mut Diagnostics) {
        for placed in calls(self.model) {
            let system = placed.call.operation.system;
            let to = regions(self.model, system);
            for (_, node, span) in &placed.call.params {
                let mut way = None;
                paths(node, &mut |var, path| {
                    let of = placed.vars.iter().find(|(known, _)| *known == var).map(|(_, of)| *of);
                    let Some(object) = of.filter(|_| way.is_none() && !path.is_empty()) else { return };
                    let forbidden = self.forbidden(object, path, &to, &placed.partitions);
                    way = forbidden.map(|way| (path_text(self.model, object, path), way));
                });
                if let Some((what, way)) = way {
                    let finding = self.finding(*span, &format!("`{what}`"), &self.to(system), &way);
                    found.push(finding.at(placed.element.clone()));
                }
            }
        }
    }

    /// Systems that read an event from its channel.
    fn subscribers(&self, found: &mut Diagnostics) {
        for event in self.model.events.rows() {
            for subscriber in &event.subscribers {
                let fields = match &subscriber.takes {
                    Takes::Reads(reads) => reads.as_ref().unwrap_or(&event.fields),
                    Takes::Call(_) => continue,
                };
                let to = regions(self.model, subscriber.system);
                let way = fields.iter().find_map(|f| Some((f, self.forbidden(event.object, &f.path, &to, &None)?)));
                if let Some((field, way)) = way {
                    let what = format!("`{}`", field.text);
                    let finding = self.finding(subscriber.span, &what, &self.to(subscriber.system), &way);
                    found.push(finding.related(field.span, "it goes along here").at(event.name.clone()));
                }
            }
        }
    }

    /// What flows hold, and what becomes a dead letter: where the middleware is.
    fn kept(&self, found: &mut Diagnostics) {
        let model = self.model;
        let middleware = model.systems.iter().filter(|(_, system)| system.role == "middleware" && !system.is_abstract);
        for (id, system) in middleware {
            let to = regions(model, id);
            let to_text = self.to(id);
            for flow in model.flows.rows().iter().filter(|flow| !flow.unresolved) {
                if let Some(way) = self.forbidden(flow.object, &[], &to, &None) {
                    let what = format!("what `{}` holds of `{}`", flow.name, model.structs[flow.object].name);
                    let finding = self.finding(flow.span, &what, &to_text, &way).at(flow.name.clone());
                    found.push(finding.related(system.span, "state, dead letters and audit are kept there"));
                }
            }
            for event in model.events.rows() {
                let way =
                    event.fields.iter().find_map(|f| Some((f, self.forbidden(event.object, &f.path, &to, &None)?)));
                if let Some((field, way)) = way {
                    let finding = self.finding(field.span, &format!("`{}`", field.text), &to_text, &way);
                    let kept = "what is published, and its dead letters, are kept there";
                    found.push(finding.related(system.span, kept).at(event.name.clone()));
                }
            }
        }
    }
}

/// Paths without those that are within another.
fn outermost(paths: &[String]) -> BTreeSet<&str> {
    let within = |path: &str| {
        let outer = |other: &String| path.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('.'));
        paths.iter().any(outer)
    };
    paths.iter().map(String::as_str).filter(|path| !within(path)).collect()
}

fn path_text(model: &Model, of: Id<Struct>, path: &[u16]) -> String {
    let mut at = Some(of);
    let mut text: Vec<&str> = Vec::new();
    for position in path {
        let Some(field) = at.and_then(|id| model.structs[id].field(*position)) else { break };
        text.push(&field.name);
        at = entered(&field.ty);
    }
    if text.is_empty() { model.structs[of].name.clone() } else { text.join(".") }
}
