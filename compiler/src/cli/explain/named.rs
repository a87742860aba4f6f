//! What has a name of its own: mappings, flows, events, systems, types, code lists, exceptions, teams.

use super::{Page, Row, owners};
use crate::model::{Codes, CodesKind, Exception, Id, InputShape, Mapping, Named, Struct, StructKind, System, Team};
use crate::pipeline::Checked;
use crate::source::Span;

/// What a name stands for. A name may mean several things (a system and a team); the first in this order is meant.
pub(super) fn explain(found: &Checked, what: &str) -> Option<Page> {
    let model = &found.model;
    if let Some(id) = model.mappings_by_name.get(what) {
        return Some(mapping(found, &model.mappings[*id]));
    }
    if let Some(id) = model.flows_by_name.get(what) {
        return Some(super::flow::flow(found, &model.flows[*id]));
    }
    if let Some(id) = model.events_by_name.get(what) {
        return Some(super::flow::event(found, &model.events[*id]));
    }
    if let Some(id) = model.systems_by_name.get(what) {
        return Some(system(found, *id));
    }
    match model.types_by_name.get(what) {
        Some(Named::Struct(id)) => return Some(structure(found, *id)),
        Some(Named::Codes(id)) => return Some(codes(found, &model.codes[*id])),
        None => {}
    }
    if let Some(id) = model.exceptions_by_name.get(what) {
        return Some(exception(found, &model.exceptions[*id]));
    }
    model.teams_by_name.get(what).map(|id| team(found, &model.teams[*id]))
}

fn mapping(found: &Checked, mapping: &Mapping) -> Page {
    let model = &found.model;
    let inputs = mapping.inputs.iter().map(|input| {
        let of = model.structs[input.of].full_name(model);
        if input.shape == InputShape::List {
            format!("{}: list<{of}>", input.name)
        } else {
            format!("{}: {of}", input.name)
        }
    });
    let inputs: Vec<String> = inputs.collect();
    let head = format!("{} maps {} to {}", mapping.name, inputs.join(", "), mapping.target.show(model));
    let mut page = Page::new(head, mapping.span);
    page.says(mapping.description.as_deref());
    let lookups = mapping.lookups.iter().map(|lookup| Row::new(lookup.name.clone(), lookup.span).quoting(found));
    page.section("asks for", lookups.collect());
    let written = mapping.assigned.iter().map(|one| Row::new(one.text.clone(), one.span).quoting(found));
    page.section("writes", written.collect());
    let left_out = mapping.unmapped.iter().map(|one| Row::new(format!("{}: {}", one.pattern, one.reason), one.span));
    page.section("leaves out", left_out.collect());
    let id = model.mappings_by_name.get(&mapping.name).copied();
    let flows = model.flows.rows().iter().flat_map(|flow| flow.uses().map(move |one| (flow, one)));
    let flows = flows.filter(|(_, one)| Some(one.mapping) == id);
    page.section("used by", flows.map(|(flow, one)| Row::new(flow.name.clone(), one.span).quoting(found)).collect());
    page.section("tested by", mapping.tests.iter().map(|test| Row::new(test.name.clone(), test.span)).collect());
    page
}

fn system(found: &Checked, id: Id<System>) -> Page {
    let model = &found.model;
    let system = &model.systems[id];
    let mut page = Page::new(format!("{}: a system in the role {}", system.name, system.role), system.span);
    page.says(system.description.as_deref());
    if let Some(team) = &system.team {
        page.line(format!("team {team}"));
    }
    if let Some(region) = &system.region {
        page.line(format!("region {region}"));
    }
    let owned = model.ownerships.rows().iter().flat_map(|ownership| {
        let object = &model.structs[ownership.object].name;
        let leaves = ownership.leaves.iter().filter_map(move |leaf| {
            let named = leaf.owners.iter().find(|(who, _)| *who == crate::model::Writer::System(id));
            named.map(|(_, span)| Row::new(format!("{object}.{}", leaf.text), *span))
        });
        let whole = ownership.owner.iter().filter(move |(_, system, _)| *system == id);
        whole.map(move |(_, _, span)| Row::new(object.clone(), *span)).chain(leaves)
    });
    page.section("owns", owned.collect());
    let records = system.records.iter().map(|id| Row::new(model.structs[*id].name.clone(), model.structs[*id].span));
    page.section("records", records.collect());
    page.section("operations", system.operations.iter().map(|o| Row::new(o.name.clone(), o.span)).collect());
    page.section("events", system.events.iter().map(|e| Row::new(e.name.clone(), e.span)).collect());
    let mappings = model.mappings.rows().iter().filter(|mapping| mapping.system == Some(id));
    page.section("mappings", mappings.map(|m| Row::new(m.name.clone(), m.span)).collect());
    page
}

/// An object, value or record with its fields.
pub(super) fn structure(found: &Checked, id: Id<Struct>) -> Page {
    let model = &found.model;
    let of = &model.structs[id];
    let what = match of.kind {
        StructKind::Object => "an object",
        StructKind::Value => "a value",
        StructKind::Ids => "identifiers",
        StructKind::Record(_) => "a record",
    };
    let mut page = Page::new(format!("{}: {what}", of.full_name(model)), of.span);
    page.says(of.description.as_deref());
    if !of.key.is_empty() {
        let key: Vec<&str> = of.key.iter().filter_map(|at| of.field(*at)).map(|f| f.name.as_str()).collect();
        page.line(format!("key {}", key.join(", ")));
    }
    if let Some(ownership) = model.ownership_of(id) {
        if let Some(steward) = &ownership.steward {
            page.line(format!("steward {steward}"));
        }
        let rows = owners(model, ownership, crate::model::Writer::Owner, ownership.span);
        page.section("owned by", rows.into_iter().map(|(name, span)| Row::new(name, span)).collect());
    }
    let fields = of.fields.iter().map(|f| Row::new(format!("{}: {}", f.name, f.ty.show(model)), f.span));
    page.section("fields", fields.collect());
    let into = model.mappings.rows().iter().filter(|m| crate::model::rights::entered(&m.target) == Some(id));
    page.section("made by", into.map(|m| Row::new(m.name.clone(), m.span)).collect());
    let from = model.mappings.rows().iter().filter(|m| m.inputs.iter().any(|input| input.of == id));
    page.section("mapped by", from.map(|m| Row::new(m.name.clone(), m.span)).collect());
    page
}

fn codes(found: &Checked, codes: &Codes) -> Page {
    let model = &found.model;
    let what = match codes.kind {
        CodesKind::Declared => "a code list",
        CodesKind::Lifecycle(_) => "the states of a lifecycle",
        CodesKind::Of(_) => "crosswalks of a built-in list",
    };
    let mut page = Page::new(format!("{}: {what}", codes.name), codes.span);
    page.says(codes.description.as_deref());
    let row = |code: &crate::model::Code| {
        let meaning = code.description.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
        Row::new(format!("{}{meaning}", code.code), code.span)
    };
    page.section("codes", codes.codes.iter().map(row).collect());
    let crosswalks = codes.crosswalks.iter().flat_map(|crosswalk| {
        let system = &model.systems[crosswalk.system].name;
        crosswalk.rows.iter().map(move |row| {
            let preferred = if row.preferred { ", preferred" } else { "" };
            Row::new(format!("{system} {} = {}{preferred}", row.system_code, row.code), row.span)
        })
    });
    page.section("crosswalks", crosswalks.collect());
    page
}

fn exception(found: &Checked, exception: &Exception) -> Page {
    let class = exception.class.map_or("", crate::model::ExceptionClass::word);
    let mut page = Page::new(format!("{}: an exception, {class}", exception.name), exception.span);
    page.says(exception.description.as_deref());
    if let Some(team) = &exception.team {
        page.line(format!("team {team}"));
    }
    let raised = found.model.mappings.rows().iter().filter_map(|mapping| {
        let span = raises(mapping, &exception.name)?;
        Some(Row::new(mapping.name.clone(), span).quoting(found))
    });
    let called = found.model.systems.rows().iter().flat_map(|system| {
        let raising = system.operations.iter().filter_map(|operation| {
            let (_, _, span) = operation.raises.iter().find(|(name, ..)| *name == exception.name)?;
            Some(Row::new(format!("{}.{}", system.name, operation.name), *span).quoting(found))
        });
        raising.collect::<Vec<_>>()
    });
    page.section("raised by", called.chain(raised).collect());
    page
}

/// Where a mapping raises an exception by name, first.
fn raises(mapping: &Mapping, name: &str) -> Option<Span> {
    let required = mapping.require.iter().find(|r| r.raise == name).map(|r| r.span);
    let mut raised = None;
    let nodes =
        mapping.require.iter().map(|r| &r.rule).chain(mapping.lets.iter().map(|l| &l.value)).chain(&mapping.body);
    for node in nodes {
        node.walk(&mut |node| {
            if let crate::expr::ir::Kind::OrRaise(_, raise) = &node.kind
                && raise == name
            {
                raised = raised.or(Some(node.span));
            }
        });
    }
    required.or(raised)
}

fn team(found: &Checked, team: &Team) -> Page {
    let mut page = Page::new(format!("{}: a team", team.name), team.span);
    page.says(team.description.as_deref());
    if let Some(contact) = &team.contact {
        page.line(format!("contact {contact}"));
    }
    let model = &found.model;
    let of = |named: &Option<String>| named.as_deref() == Some(team.name.as_str());
    let systems = model.systems.rows().iter().filter(|s| of(&s.team));
    page.section("systems", systems.map(|s| Row::new(s.name.clone(), s.span)).collect());
    let objects = model.ownerships.rows().iter().filter(|o| of(&o.steward));
    page.section("objects", objects.map(|o| Row::new(model.structs[o.object].name.clone(), o.span)).collect());
    let exceptions = model.exceptions.rows().iter().filter(|e| of(&e.team));
    page.section("exceptions", exceptions.map(|e| Row::new(e.name.clone(), e.span)).collect());
    page
}
