//! Flows, and the events that the workspace publishes.

use super::{Page, Row};
use crate::model::{Flow, PublishedEvent, StartFrom, Step, StepKind, Takes};
use crate::pipeline::Checked;

pub(super) fn flow(found: &Checked, flow: &Flow) -> Page {
    let model = &found.model;
    let object = &model.structs[flow.object].name;
    let mut page = Page::new(format!("{}: a flow of {object}, version {}", flow.name, flow.version), flow.span);
    page.says(flow.description.as_deref());
    let starts = flow.starts.iter().map(|start| match &start.from {
        StartFrom::Event { event, .. } => Row::new(model.event_name(event.event), start.span),
        StartFrom::Api { api, operation } => {
            let of = &model.apis[*api];
            let operation = of.operations.get(usize::from(*operation)).map_or("", |operation| operation.name.as_str());
            Row::new(format!("{}.{operation}", of.name), start.span)
        }
    });
    page.section("starts with", starts.collect());
    let kept = flow
        .keep
        .iter()
        .map(|kept| Row::new(format!("{}: {}", kept.name, model.structs[kept.element].name), kept.span));
    page.section("keeps", kept.collect());
    page.section("derives", flow.derive.iter().map(|derive| Row::new(derive.text.clone(), derive.span)).collect());
    page.section("steps", flow.steps.iter().map(|one| Row::new(step(found, flow, one), one.span)).collect());
    let interrupts = flow
        .interrupts
        .iter()
        .map(|interrupt| Row::new(model.event_name(interrupt.event.event), interrupt.event.span).quoting(found));
    page.section("interrupted by", interrupts.collect());
    let handled = flow.handlers.iter().map(|handler| {
        let actions: Vec<&str> = handler.actions.iter().map(|(name, _, _)| name.as_str()).collect();
        Row::new(format!("{}: {}", handler.exception.name, actions.join(", ")), handler.exception.span)
    });
    page.section("exceptions", handled.collect());
    let shown = model.apis.rows().iter().flat_map(|api| {
        let id = model.flows_by_name.get(&flow.name).copied();
        let shows = api.operations.iter().filter(move |operation| operation.shows.is_some() && operation.shows == id);
        shows.map(move |operation| Row::new(format!("{}.{}", api.name, operation.name), operation.span))
    });
    page.section("shown by", shown.collect());
    page
}

/// A step on a line: inner ones stand further in.
fn step(found: &Checked, flow: &Flow, step: &Step) -> String {
    let model = &found.model;
    let mut depth = 0;
    let mut at = step.parent;
    while let Some(parent) = at.and_then(|id| flow.step(id)) {
        depth += 1;
        at = parent.parent;
    }
    let what = match &step.kind {
        StepKind::Call(call) => format!("call {}", model.operation_name(call.call.operation)),
        StepKind::Publish(event) => format!("publish {}", model.events[*event].name),
        StepKind::Await(wait) => {
            let events: Vec<String> = wait.branches.iter().map(|branch| model.event_name(branch.event.event)).collect();
            format!("await {}", events.join(", "))
        }
        StepKind::Raise(raise) => format!("raise {}", raise.name),
        StepKind::Wait { .. } | StepKind::Decide(_) | StepKind::Each(_) => step.kind.word().to_owned(),
    };
    let milestone = step.milestone.as_ref().map(|milestone| format!(" -> {}", milestone.name)).unwrap_or_default();
    format!("{}{}: {what}{milestone}", "  ".repeat(depth), step.name)
}

pub(super) fn event(found: &Checked, event: &PublishedEvent) -> Page {
    let model = &found.model;
    let object = &model.structs[event.object].name;
    let mut page = Page::new(format!("{}: an event of {object}, version {}", event.name, event.version), event.span);
    page.says(event.description.as_deref());
    page.line(format!("channel {}", event.channel));
    if let Some(team) = event.dead_letter.as_ref().and_then(|dead_letter| dead_letter.team.as_ref()) {
        page.line(format!("what can't be delivered goes to {team}"));
    }
    page.section("carries", event.fields.iter().map(|field| Row::new(field.text.clone(), field.span)).collect());
    let id = model.events_by_name.get(&event.name).copied();
    let changes = event.when_changes.iter().map(|field| Row::new(format!("changes of {}", field.text), field.span));
    let published = model.flows.rows().iter().flat_map(|flow| {
        let steps = flow.steps.iter().filter(move |step| matches!(step.kind, StepKind::Publish(of) if Some(of) == id));
        steps.map(move |step| Row::new(format!("{}.{}", flow.name, step.name), step.span))
    });
    page.section("published on", changes.chain(published).collect());
    let subscribers = event.subscribers.iter().map(|subscriber| {
        let name = &model.systems[subscriber.system].name;
        let how = match &subscriber.takes {
            Takes::Call(call) => format!("{name}, by {}", model.operation_name(call.operation)),
            Takes::Reads(_) => format!("{name}, from the channel"),
        };
        Row::new(how, subscriber.span)
    });
    page.section("taken by", subscribers.collect());
    page
}
