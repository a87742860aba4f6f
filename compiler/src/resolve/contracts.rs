//! APIs, the workspace's own settings, waivers.

use super::Resolver;
use super::declare::text_of;
use super::system::{auth, idempotency, method};
use crate::diagnostic::Diagnostic;
use crate::model::{
    Api, ApiOperation, DataClass, Flow, Id, Intent, Mapping, Peak, Residency, Type, Waiver, WaiverPlace, path_form,
};
use crate::rules;
use crate::source::Span;
use crate::syntax::{ApiOperationAst, LevelWord, StepAst, Text, WaiverAst};
use crossdock_runtime::Date;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

impl Resolver<'_> {
    pub(super) fn workspace(&mut self) {
        let Some(ast) = &self.specs.workspace else { return };
        let workspace = &mut self.model.workspace;
        workspace.name = ast.name.as_ref().map(|n| n.value.clone()).unwrap_or_default();
        workspace.version = text_of(ast.version.as_ref()).unwrap_or_else(|| "0.0.0".to_owned());
        workspace.description = text_of(ast.description.as_ref());
        if let Some(version) = ast.version.as_ref().filter(|version| !is_version(&version.value)) {
            let message = format!("`{}` is not a version, such as `1.0.0`", version.value);
            self.diagnostics.push(Diagnostic::new(rules::SPEC004, version.span, message));
        }
        for (code, level) in &ast.rules {
            let known = rules::all().iter().any(|rule| rule.id.code == code.value);
            if !known {
                let codes: Vec<&str> = rules::all().iter().map(|r| r.id.code).collect();
                let help = crate::diagnostic::suggest(&code.value, codes).map(|near| format!("did you mean `{near}`?"));
                let message = format!("there is no rule `{}`", code.value);
                self.diagnostics.push(Diagnostic::new(rules::NAME001, code.span, message).help_opt(help));
            }
            let word = match level.value {
                LevelWord::Error => "error",
                LevelWord::Warn => "warn",
                LevelWord::Off => "off",
            };
            workspace.levels.insert(code.value.clone(), word.to_owned());
        }
        for (flow, rate) in &ast.peak {
            let (rate_milli, text) = (rate.milli(), rate.text.value.clone());
            workspace.peaks.push(Peak { flow: flow.value.clone(), rate_milli, text, span: flow.span });
        }
        for (word, regions) in &ast.residency {
            let Some(class) = DataClass::ALL.into_iter().find(|class| class.word() == word.value) else {
                let known = DataClass::ALL.map(DataClass::word);
                let help = crate::diagnostic::suggest(&word.value, known).map_or_else(
                    || format!("there is {}", rules::names(known)),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("there is no data class `{}`", word.value);
                self.diagnostics.push(Diagnostic::new(rules::NAME001, word.span, message).help(help));
                continue;
            };
            workspace.residency.extend(regions.iter().map(|(from, to)| Residency {
                class,
                from: from.value.clone(),
                to: to.iter().map(|region| region.value.clone()).collect(),
                span: from.span,
            }));
        }
        if let Some(runtime) = ast.rust.as_ref().and_then(|r| r.runtime.as_ref()) {
            if let Some(path) = &runtime.path
                && !path.value.starts_with("../")
                && !Path::new(&path.value).is_absolute()
            {
                let message = format!("`{}` is not beside the workspace", path.value);
                let help = "write the way from the workspace's folder, which starts with `../`, or an absolute path";
                self.diagnostics.push(Diagnostic::new(rules::SPEC004, path.span, message).help(help));
            }
            workspace.runtime_path = text_of(runtime.path.as_ref());
            workspace.runtime_version = text_of(runtime.version.as_ref());
        }
    }

    pub(super) fn contracts(&mut self) {
        let specs = self.specs;
        for ast in &specs.apis {
            let operations: Vec<ApiOperation> =
                ast.operations.iter().filter_map(|(name, op)| self.api_operation(name, op)).collect();
            self.one_per_address(&operations);
            if let Some(earlier) = self.model.apis.rows().iter().find(|a| a.name == ast.name.value) {
                let span = earlier.span;
                self.twice("api", &ast.name.text, span);
                continue;
            }
            self.model.apis.push(Api {
                name: ast.name.value.clone(),
                span: ast.name.span,
                description: text_of(ast.description.as_ref()),
                version: text_of(ast.version.as_ref()),
                auth: ast.auth.as_ref().map(auth),
                rate: ast.rate.as_ref().map(|r| r.text.value.clone()),
                operations,
            });
        }
    }

    /// A caller asks for a method and a path: only one operation can answer.
    fn one_per_address(&mut self, operations: &[ApiOperation]) {
        let mut known: BTreeMap<(&str, String), &ApiOperation> = BTreeMap::new();
        for operation in operations {
            let path = operation.path.split_once('?').map_or(operation.path.as_str(), |(path, _)| path);
            match known.entry((operation.method.word(), path_form(path))) {
                Entry::Vacant(entry) => drop(entry.insert(operation)),
                Entry::Occupied(entry) => {
                    let message = format!("`{}` has the address of `{}`", operation.name, entry.get().name);
                    let finding = Diagnostic::new(rules::NAME002, operation.span, message)
                        .related(entry.get().span, "the first operation at this address")
                        .help("give it another method or path");
                    self.diagnostics.push(finding);
                }
            }
        }
    }

    fn api_operation(&mut self, name: &Text, ast: &ApiOperationAst) -> Option<ApiOperation> {
        if let (Some(send), None) = (&ast.send, &ast.call) {
            let message = "nothing is called that it could be sent to";
            self.report(
                Diagnostic::new(rules::SPEC003, send.span, message).help("add `call:` with an operation of a system"),
            );
        } else if let Some(send) = &ast.send {
            let message = "a request is sent by flows: an operation that asks a system gives it parameters alone";
            self.report(
                Diagnostic::new(rules::SPEC004, send.span, message).help("start a flow with it, or leave it out"),
            );
        }
        if let (Some(answer), None) = (&ast.answer, &ast.request) {
            let message = format!("`{}` starts no flow that it could answer of", name.value);
            self.report(
                Diagnostic::new(rules::SPEC003, answer.span, message).help("add `request:` with the flow's object"),
            );
        }
        let shows = ast.shows.as_ref().and_then(|name| self.flow_named(name));
        if let (Some(flow), Some(at)) = (shows, &ast.shows) {
            self.shows_by_key(flow, ast, at);
        }
        let http = ast.http.as_ref()?;
        self.path_params(http, &ast.params);
        let params = self.params_of(&ast.params);
        let call = ast.call.as_ref().and_then(|name| self.operation_named(name));
        let receive = ast.receive.as_ref().and_then(|name| self.receiving(name));
        if let (Some(operation), Some(mapping), Some(at)) = (call, receive, &ast.receive) {
            self.receives(operation, mapping, at.span);
        }
        if let (Some((system, position)), Some(at)) = (call, &ast.call) {
            self.fills_params(system, position, &params, at);
        }
        if ast.call.is_none() && ast.request.is_none() && ast.shows.is_none() {
            let message = format!("`{}` does not say what answers it", name.value);
            let finding =
                Diagnostic::new(rules::SPEC003, name.span, message).help("add `call:` with an operation of a system");
            self.report(finding);
        }
        Some(ApiOperation {
            name: name.value.clone(),
            span: name.span,
            description: text_of(ast.description.as_ref()),
            method: method(http.method.value),
            path: http.path.value.clone(),
            params,
            call,
            receive,
            request: ast.request.as_ref().and_then(|name| self.object_named(name)),
            response: ast.response.as_ref().and_then(|name| self.object_named(name)),
            caller: ast.caller.as_ref().and_then(|name| self.system_named(name)),
            idempotency: ast.idempotency.as_ref().map(idempotency),
            budget_ms: ast.budget.as_ref().map(|d| d.value.0),
            cache: ast.cache.as_ref().map(|d| d.value.seconds()),
            shows,
            // Which flow it starts, flows say.
            answer: None,
        })
    }

    fn flow_named(&mut self, name: &Text) -> Option<Id<Flow>> {
        let found = self.model.flows_by_name.get(&name.value).copied();
        if found.is_none() {
            let known: Vec<String> = self.model.flows_by_name.keys().cloned().collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown_name(rules::NAME001, "flow", name, &known);
        }
        found
    }

    /// What is shown is found by the key of the flow's object: each of its fields is a parameter.
    fn shows_by_key(&mut self, flow: Id<Flow>, ast: &ApiOperationAst, at: &Text) {
        let object = &self.model.structs[self.model.flows[flow].object];
        let key = object.key.iter().filter_map(|position| object.field(*position));
        let given = |name: &str| ast.params.path.get(name).is_some() || ast.params.query.get(name).is_some();
        let missing: Vec<String> = key.filter(|f| !given(&f.name)).map(|f| format!("`{}`", f.name)).collect();
        if !missing.is_empty() {
            let message =
                format!("nothing says which `{}` is shown: {} is no parameter", object.name, missing.join(", "));
            let finding = Diagnostic::new(rules::SPEC003, at.span, message).related(object.span, "the object");
            self.report(finding.help("give the operation parameters named as the fields of the object's key"));
        }
    }

    fn receiving(&mut self, name: &Text) -> Option<Id<Mapping>> {
        let found = self.model.mappings_by_name.get(&name.value).copied();
        if found.is_none() {
            let known: Vec<String> = self.model.mappings_by_name.keys().cloned().collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown_name(rules::NAME001, "mapping", name, &known);
        }
        found
    }

    /// The mapping reads what the operation answers.
    fn receives(&mut self, (system, position): (Id<crate::model::System>, u16), mapping: Id<Mapping>, at: Span) {
        let Some(operation) = self.model.systems[system].operations.get(usize::from(position)) else { return };
        let mapping = &self.model.mappings[mapping];
        let reads = mapping.inputs.first().map(|i| i.of);
        if mapping.intent == Intent::Request || operation.response.is_none() || reads != operation.response {
            let answer = operation
                .response
                .map_or_else(|| "nothing".to_owned(), |id| self.model.structs[id].full_name(&self.model));
            let message =
                format!("`{}` does not read what `{}` answers, which is `{answer}`", mapping.name, operation.name);
            let place = operation.span;
            self.report(Diagnostic::new(rules::EXPR003, at, message).related(place, "the operation"));
        }
    }

    /// An operation's parameters are filled by those of the API of the same name.
    fn fills_params(
        &mut self,
        system: Id<crate::model::System>,
        position: u16,
        params: &[crate::model::Param],
        at: &Text,
    ) {
        let Some(operation) = self.model.systems[system].operations.get(usize::from(position)) else { return };
        let missing: Vec<String> = operation
            .params
            .iter()
            .filter(|p| !p.ty.is_optional() && !params.iter().any(|q| q.name == p.name && same(&q.ty, &p.ty)))
            .map(|p| format!("`{}`", p.name))
            .collect();
        if !missing.is_empty() {
            let message =
                format!("`{}` needs {}, which no parameter of this operation gives", at.value, missing.join(", "));
            let finding = Diagnostic::new(rules::EXPR003, at.span, message)
                .related(operation.span, "the operation")
                .help("give the API's operation a parameter of the same name and type");
            self.report(finding);
        }
    }

    /// Waivers of the workspace, and those that stand on elements.
    pub(super) fn waivers(&mut self) {
        let specs = self.specs;
        if let Some(workspace) = &specs.workspace {
            for waiver in &workspace.waivers {
                let place = match &waiver.at {
                    Some(at) => WaiverPlace::Path(at.value.clone()),
                    None => {
                        let finding = Diagnostic::new(rules::SPEC003, waiver.span, "a waiver says what it is about")
                            .help("add `at:`, such as `at: order_to_sap.lines.price`");
                        self.report(finding);
                        continue;
                    }
                };
                self.waiver(waiver, place);
            }
        }
        let mut on_elements: Vec<(&WaiverAst, Span)> = Vec::new();
        for ast in &specs.objects {
            on_elements.extend(ast.waive.iter().map(|w| (w, ast.span)));
            for (name, field) in &ast.fields {
                on_elements.extend(field.waive.iter().map(|w| (w, name.span.to(field.span))));
            }
        }
        for ast in &specs.values {
            on_elements.extend(ast.waive.iter().map(|w| (w, ast.span)));
            for (name, field) in &ast.fields {
                on_elements.extend(field.waive.iter().map(|w| (w, name.span.to(field.span))));
            }
        }
        on_elements.extend(specs.codes.iter().flat_map(|ast| ast.waive.iter().map(|w| (w, ast.span))));
        for ast in &specs.systems {
            on_elements.extend(ast.waive.iter().map(|w| (w, ast.span)));
            for (name, op) in &ast.operations {
                on_elements.extend(op.waive.iter().map(|w| (w, name.span.to(op.span))));
            }
            for (name, record) in &ast.records {
                on_elements.extend(record.waive.iter().map(|w| (w, name.span.to(record.span))));
                for (name, field) in &record.fields {
                    on_elements.extend(field.waive.iter().map(|w| (w, name.span.to(field.span))));
                }
            }
        }
        for ast in &specs.ownerships {
            on_elements.extend(ast.waive.iter().map(|w| (w, ast.span)));
            for (path, grant) in &ast.fields {
                on_elements.extend(grant.waive.iter().map(|w| (w, path.span.to(grant.span))));
            }
        }
        for ast in &specs.mappings {
            on_elements.extend(ast.waive.iter().map(|w| (w, ast.span)));
            collect_targets(&ast.fields, &mut on_elements);
        }
        for ast in &specs.apis {
            on_elements.extend(ast.waive.iter().map(|w| (w, ast.span)));
            for (name, operation) in &ast.operations {
                on_elements.extend(operation.waive.iter().map(|w| (w, name.span.to(operation.span))));
            }
        }
        on_elements.extend(specs.exceptions.iter().flat_map(|ast| ast.waive.iter().map(|w| (w, ast.span))));
        on_elements.extend(specs.teams.iter().flat_map(|ast| ast.waive.iter().map(|w| (w, ast.span))));
        for ast in &specs.events {
            on_elements.extend(ast.waive.iter().map(|w| (w, ast.span)));
            for (name, subscriber) in &ast.subscribers {
                on_elements.extend(subscriber.waive.iter().map(|w| (w, name.span.to(subscriber.span))));
            }
        }
        for ast in &specs.flows {
            on_elements.extend(ast.waive.iter().map(|w| (w, ast.span)));
            on_elements.extend(ast.start.iter().flat_map(|start| start.waive.iter().map(|w| (w, start.span))));
            on_elements.extend(ast.interrupts.iter().flat_map(|one| one.waive.iter().map(|w| (w, one.span))));
            collect_steps(&ast.steps, &mut on_elements);
        }
        for (waiver, span) in on_elements {
            self.waiver(waiver, WaiverPlace::Element(span));
        }
    }

    fn waiver(&mut self, ast: &WaiverAst, place: WaiverPlace) {
        if let Some(by) = &ast.by {
            self.check_team(by);
        }
        if !rules::all().iter().any(|rule| rule.id.code == ast.rule.value) {
            let codes: Vec<&str> = rules::all().iter().map(|r| r.id.code).collect();
            self.unknown_name(rules::NAME001, "rule", &ast.rule, &codes);
            return;
        }
        if let Some(reason) = ast.reason.as_ref().filter(|reason| reason.value.trim().is_empty()) {
            let message = "a waiver says why the finding is accepted";
            self.report(Diagnostic::new(rules::SPEC004, reason.span, message));
        }
        let (Some(reason), Some(by), Some(until)) = (&ast.reason, &ast.by, &ast.until) else { return };
        let Ok(until) = crossdock_runtime::time::parse_date(&until.value.to_string()) else { return };
        let until: Date = until;
        self.model.workspace.waivers.push(Waiver {
            rule: ast.rule.value.clone(),
            place,
            reason: reason.value.clone(),
            by: by.value.clone(),
            until,
            span: ast.span,
        });
    }
}

/// Whether a text is a version of [Semantic Versioning](https://semver.org/spec/v2.0.0.html): three numbers, and what may
/// follow them.
fn is_version(text: &str) -> bool {
    let (numbers, rest) = text.split_at(text.find(['-', '+']).unwrap_or(text.len()));
    let number = |part: &str| {
        part.len() < 20 && part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    let parts: Vec<&str> = numbers.split('.').collect();
    let label = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && number(part))
        && (rest.is_empty() || rest.get(1..).is_some_and(|rest| rest.split(['.', '+']).all(label)))
}

fn collect_steps<'s>(steps: &'s [StepAst], found: &mut Vec<(&'s WaiverAst, Span)>) {
    for step in steps {
        found.extend(step.waive.iter().map(|w| (w, step.span)));
        collect_steps(&step.steps, found);
    }
}

fn collect_targets<'s>(
    fields: &'s crate::syntax::ByPath<crate::syntax::TargetAst>,
    found: &mut Vec<(&'s WaiverAst, Span)>,
) {
    use crate::syntax::TargetKind;
    for (path, target) in fields {
        found.extend(target.waive.iter().map(|w| (w, path.span.to(target.span))));
        match &target.kind {
            TargetKind::Each(each) => collect_targets(&each.body.fields, found),
            TargetKind::Fields(inner) => collect_targets(&inner.fields, found),
            TargetKind::Cases(cases) => {
                for case in cases {
                    if let Some(fields) = &case.fields {
                        collect_targets(fields, found);
                    }
                }
            }
            TargetKind::Value(_) | TargetKind::Missing => {}
        }
    }
}

/// Whether a parameter of one type can be passed where another is wanted.
fn same(given: &Type, wanted: &Type) -> bool {
    given == wanted || (given.is_text() && wanted.is_text())
}
