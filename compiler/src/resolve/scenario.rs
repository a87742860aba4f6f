//! Scenarios: what they name, once flows are known.

use super::Resolver;
use super::declare::text_of;
use super::typist::Typist;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{
    Begins, BegunBy, Cause, EventRef, Flow, Happening, Id, Model, OperationRef, Scenario, StartFrom, TemplateRef, Type,
};
use crate::rules;
use crate::source::Loader;
use crate::syntax::{ScenarioAst, ScenarioEventAst, ScenarioStartAst, Text};

/// How soon something happens where nothing is said.
const SOON: u64 = 3_600_000;

impl Resolver<'_> {
    pub(super) fn scenarios(&mut self) {
        let specs = self.specs;
        for ast in &specs.scenarios {
            if let Some(earlier) = self.model.scenarios.rows().iter().find(|known| known.name == ast.name.value) {
                let span = earlier.span;
                self.twice("scenario", &ast.name.text, span);
                continue;
            }
            let (scenario, found) = scenario(&self.model, self.loader, ast);
            self.diagnostics.append(found);
            if let Some(scenario) = scenario {
                self.model.scenarios.push(scenario);
            }
        }
    }
}

fn scenario(model: &Model, loader: &Loader, ast: &ScenarioAst) -> (Option<Scenario>, Diagnostics) {
    let typist = Typist::new(model);
    let mut reader = Reading { typist, model, loader };
    let flow = ast.flow.as_ref().and_then(|name| reader.typist.named(&model.flows_by_name, "flow", name));
    let Some(flow) = flow else { return (None, reader.typist.diagnostics) };
    let made = reader.all(ast, flow);
    (Some(made), reader.typist.diagnostics)
}

struct Reading<'m> {
    typist: Typist<'m>,
    model: &'m Model,
    loader: &'m Loader,
}

impl Reading<'_> {
    fn all(&mut self, ast: &ScenarioAst, id: Id<Flow>) -> Scenario {
        let flow = &self.model.flows[id];
        let start = ast.start.as_ref().and_then(|start| self.start(start, flow));
        let mut config = Vec::new();
        for (system, settings) in &ast.config {
            let Some(id) = self.typist.system(system) else { continue };
            for (name, value) in settings {
                let declared = &self.model.systems[id].config;
                match declared.iter().find(|(known, _)| *known == name.value) {
                    Some((_, ty)) if crate::coverage::setting(ty, &value.value).is_some() => {
                        config.push((id, name.value.clone(), value.value.clone(), value.span));
                    }
                    Some((_, ty)) => {
                        let shown = ty.show(self.model);
                        let message = format!("`{}` is a `{shown}`, and `{}` is none", name.value, value.value);
                        self.typist.report(Diagnostic::new(rules::EXPR003, value.span, message));
                    }
                    None => {
                        let message = format!("`{}` has no setting `{}`", system.value, name.value);
                        let known = declared.iter().map(|(known, _)| known.as_str());
                        self.typist.not_there(message, name, known, "it has", "");
                    }
                }
            }
        }
        let mut answers = Vec::new();
        for (operation, file) in &ast.answers {
            let found = self.operation(operation);
            if let (Some(operation), Some(file)) = (found, self.template(file)) {
                answers.push((operation, file));
            }
        }
        let events = ast.events.iter().filter_map(|event| self.happening(event)).collect();
        let mut actions = Vec::new();
        for (exception, action) in &ast.actions {
            let Some(handler) = flow.handlers.iter().find(|handler| handler.exception.name == exception.value) else {
                let message = format!("`{}` says nothing of `{}`", flow.name, exception.value);
                let known = flow.handlers.iter().map(|handler| handler.exception.name.as_str());
                self.typist.not_there(message, exception, known, "it handles", "");
                continue;
            };
            if handler.actions.iter().any(|(known, ..)| *known == action.value) {
                actions.push((exception.value.clone(), action.value.clone()));
            } else {
                let message = format!("`{}` has no action `{}`", exception.value, action.value);
                let known = handler.actions.iter().map(|(known, ..)| known.as_str());
                self.typist.not_there(message, action, known, "it has", "");
            }
        }
        self.typist.scope.bind(&flow.root, Type::Struct(flow.object), false);
        let holds = ast.holds.iter();
        let holds =
            holds.filter_map(|text| Some((self.typist.expression(text, &Type::Bool)?, text.text.clone()))).collect();
        Scenario {
            name: ast.name.value.clone(),
            span: ast.name.span,
            description: text_of(ast.description.as_ref()),
            flow: id,
            start,
            config,
            answers,
            events,
            actions,
            holds,
            variables: self.typist.scope.next_var,
        }
    }

    fn start(&mut self, ast: &ScenarioStartAst, flow: &Flow) -> Option<Begins> {
        let (name, by) = match (&ast.event, &ast.api) {
            (Some(event), None) => (event, BegunBy::Event(self.typist.event(event)?)),
            (None, Some(api)) => {
                let (first, second) = self.typist.dotted(api, "an operation of an API")?;
                let found = self.model.apis.iter().find(|(_, known)| known.name == first.value);
                let Some((id, found)) = found else {
                    let known = self.model.apis.rows().iter().map(|known| known.name.as_str());
                    self.typist.unknown("api", &first, known);
                    return None;
                };
                let position = found.operations.iter().position(|known| known.name == second.value);
                let Some(position) = position.and_then(|position| u16::try_from(position).ok()) else {
                    let known = found.operations.iter().map(|known| known.name.as_str());
                    self.typist.unknown("operation", &second, known);
                    return None;
                };
                (api, BegunBy::Api(id, position))
            }
            _ => {
                let message = "an instance begins with an event or with an operation of an API";
                let finding = Diagnostic::new(rules::SPEC003, ast.payload.span, message);
                self.typist.report(finding.help("give `start` an `event` or an `api`"));
                return None;
            }
        };
        let begins = flow.starts.iter().any(|start| match (&start.from, by) {
            (StartFrom::Event { event, .. }, BegunBy::Event(by)) => event.event == by,
            (StartFrom::Api { api, operation }, BegunBy::Api(id, position)) => (*api, *operation) == (id, position),
            _ => false,
        });
        if !begins {
            let message = format!("`{}` does not start `{}`", name.value, flow.name);
            self.typist.report(Diagnostic::new(rules::NAME001, name.span, message).related(flow.span, "the flow"));
            return None;
        }
        Some(Begins { by, payload: self.template(&ast.payload)? })
    }

    fn happening(&mut self, ast: &ScenarioEventAst) -> Option<Happening> {
        let event = self.typist.event(&ast.event)?;
        let after = match &ast.after {
            None => None,
            Some(name) => Some(self.cause(name)?),
        };
        Some(Happening {
            event,
            after,
            within_ms: ast.within.as_ref().map_or(SOON, |within| within.value.0),
            share: ast.share.as_ref().map_or(100, |share| share.value.min(100)),
            payload: self.template(&ast.payload)?,
        })
    }

    fn cause(&mut self, name: &Text) -> Option<Cause> {
        let (first, second) = self.typist.dotted(name, "an operation or an event of a system")?;
        let system = self.typist.system(&first)?;
        let of = &self.model.systems[system];
        if let Some(position) = of.events.iter().position(|known| known.name == second.value) {
            return Some(Cause::Event(EventRef { system, event: u16::try_from(position).ok()? }));
        }
        if let Some(position) = of.operations.iter().position(|known| known.name == second.value) {
            return Some(Cause::Effect(OperationRef { system, operation: u16::try_from(position).ok()? }));
        }
        let message = format!("`{}` has no operation or event `{}`", first.value, second.value);
        let known = of.operations.iter().map(|o| o.name.as_str()).chain(of.events.iter().map(|e| e.name.as_str()));
        let known: Vec<&str> = known.collect();
        self.typist.not_there(message, &second, known.into_iter(), "it has", &format!("{}.", first.value));
        None
    }

    fn operation(&mut self, name: &Text) -> Option<OperationRef> {
        let (first, second) = self.typist.dotted(name, "an operation of a system, such as `sap.create_order`")?;
        let system = self.typist.system(&first)?;
        self.typist.operation_of(system, &first, &second)
    }

    /// A file in the workspace.
    fn template(&mut self, file: &Text) -> Option<TemplateRef> {
        let path = match self.loader.resolve(file.span.file, &file.value) {
            Ok(path) => path,
            Err(problem) => {
                let message = problem.message(&file.value);
                self.typist.report(Diagnostic::new(rules::NAME001, file.span, message));
                return None;
            }
        };
        if let Err(problem) = self.loader.read_path(&path) {
            let message = problem.message(&path);
            self.typist.report(Diagnostic::new(rules::NAME001, file.span, message));
            return None;
        }
        Some(TemplateRef { path, span: file.span })
    }
}
