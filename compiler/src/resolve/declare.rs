//! Every name gets its id, before anything behind a name is looked at.

use super::Resolver;
use crate::diagnostic::Diagnostic;
use crate::model::{
    Builtin, Code, Codes, CodesKind, Escalation, Exception, ExceptionClass, Hours, Id, Intent, Limits, Mapping, Named,
    Struct, StructKind, System, Team, Type, UnknownKeys,
};
use crate::rules;
use crate::source::Span;
use crate::syntax::{BuiltinWord, ExceptionClassWord, IntentWord, LifecycleAst, Text, Word as _};
use std::collections::BTreeMap;

/// The ids of declarations, in the order of the specs' lists.
#[derive(Debug, Default)]
pub(super) struct Ids {
    pub objects: Vec<Id<Struct>>,
    pub values: Vec<Id<Struct>>,
    pub codes: Vec<Id<Codes>>,
    pub systems: Vec<Id<System>>,
    /// Per system, in order.
    pub records: Vec<Vec<Id<Struct>>>,
    /// `None` for a mapping whose name was taken.
    pub mappings: Vec<Option<Id<Mapping>>>,
    /// The lifecycle's states of a struct.
    pub lifecycles: BTreeMap<Id<Struct>, Id<Codes>>,
}

/// A struct of which nothing but the name is known.
pub(super) fn blank(kind: StructKind, name: &str, span: Span) -> Struct {
    Struct {
        kind,
        name: name.to_owned(),
        span,
        description: None,
        fields: Vec::new(),
        key: Vec::new(),
        unique: Vec::new(),
        invariants: Vec::new(),
        lifecycle: None,
        root: Vec::new(),
        many: false,
        unknown: UnknownKeys::default(),
        one_of: None,
        changed: None,
        unmapped: Vec::new(),
        unread: false,
    }
}

impl Resolver<'_> {
    pub(super) fn declare(&mut self) -> Ids {
        let mut ids = Ids::default();
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        let specs = self.specs;
        for ast in &specs.objects {
            let id = self.model.structs.push(blank(StructKind::Object, &ast.name.value, ast.name.span));
            self.name_type(&ast.name.text, Named::Struct(id), &mut seen);
            self.lifecycle_codes(id, &ast.name.value, ast.lifecycle.as_ref(), &mut ids);
            ids.objects.push(id);
        }
        for ast in &specs.values {
            let id = self.model.structs.push(blank(StructKind::Value, &ast.name.value, ast.name.span));
            self.name_type(&ast.name.text, Named::Struct(id), &mut seen);
            self.lifecycle_codes(id, &ast.name.value, ast.lifecycle.as_ref(), &mut ids);
            ids.values.push(id);
        }
        for ast in &specs.codes {
            let kind = match ast.of.as_ref().map(|w| w.value) {
                None => CodesKind::Declared,
                Some(BuiltinWord::Unit) => CodesKind::Of(Builtin::Unit),
                Some(BuiltinWord::Country) => CodesKind::Of(Builtin::Country),
                Some(BuiltinWord::Currency) => CodesKind::Of(Builtin::Currency),
            };
            let codes = ast
                .codes
                .iter()
                .map(|(name, code)| Code {
                    code: name.value.clone(),
                    span: name.span,
                    description: code.description.as_ref().map(|d| d.value.clone()),
                })
                .collect();
            let id = self.model.codes.push(Codes {
                name: ast.name.value.clone(),
                span: ast.name.span,
                description: text_of(ast.description.as_ref()),
                kind,
                codes,
                crosswalks: Vec::new(),
            });
            self.name_type(&ast.name.text, Named::Codes(id), &mut seen);
            ids.codes.push(id);
        }
        self.declare_teams();
        self.declare_systems(&mut ids);
        self.declare_mappings(&mut ids);
        self.declare_events();
        self.declare_flows();
        ids
    }

    fn name_type(&mut self, name: &Text, named: Named, seen: &mut BTreeMap<String, Span>) {
        if let Some(earlier) = seen.get(&name.value) {
            self.twice("type", name, *earlier);
            // Which of them is meant, nothing says.
            self.model.types_by_name.remove(&name.value);
            return;
        }
        seen.insert(name.value.clone(), name.span);
        self.model.types_by_name.insert(name.value.clone(), named);
    }

    pub(super) fn twice(&mut self, what: &str, name: &Text, earlier: Span) {
        self.model.unread.add(&name.value);
        let message = format!("the {what} `{}` is defined twice", name.value);
        self.report(Diagnostic::new(rules::NAME002, name.span, message).related(earlier, "defined here already"));
    }

    fn lifecycle_codes(&mut self, of: Id<Struct>, name: &str, ast: Option<&LifecycleAst>, ids: &mut Ids) {
        let Some(ast) = ast else { return };
        let mut codes: Vec<Code> = Vec::new();
        let mut add = |state: &Text| {
            if !codes.iter().any(|c| c.code == state.value) {
                codes.push(Code { code: state.value.clone(), span: state.span, description: None });
            }
        };
        if let Some(initial) = &ast.initial {
            add(&initial.text);
        }
        for (from, to) in &ast.transitions {
            add(from);
            for state in to {
                add(&state.text);
            }
        }
        let id = self.model.codes.push(Codes {
            name: format!("{name}.status"),
            span: ast.span,
            description: None,
            kind: CodesKind::Lifecycle(of),
            codes,
            crosswalks: Vec::new(),
        });
        ids.lifecycles.insert(of, id);
    }

    fn declare_teams(&mut self) {
        let specs = self.specs;
        for ast in &specs.teams {
            let id = self.model.teams.push(Team {
                name: ast.name.value.clone(),
                span: ast.name.span,
                description: text_of(ast.description.as_ref()),
                contact: text_of(ast.contact.as_ref()),
                hours: ast.hours.as_ref().map(|hours| Hours {
                    days: hours.days.days(),
                    from: hours.from.minutes(),
                    to: hours.to.minutes(),
                    zone: hours.zone.0.value.clone(),
                }),
            });
            if let Some(earlier) = self.model.teams_by_name.get(&ast.name.value) {
                let span = self.model.teams[*earlier].span;
                self.twice("team", &ast.name.text, span);
            } else {
                self.model.teams_by_name.insert(ast.name.value.clone(), id);
            }
        }
        for ast in &specs.exceptions {
            let id = self.model.exceptions.push(Exception {
                name: ast.name.value.clone(),
                span: ast.name.span,
                description: text_of(ast.description.as_ref()),
                class: ast.class.as_ref().map(|w| match w.value {
                    ExceptionClassWord::Business => ExceptionClass::Business,
                    ExceptionClassWord::Transient => ExceptionClass::Transient,
                    ExceptionClassWord::Defect => ExceptionClass::Defect,
                }),
                team: text_of(ast.team.as_ref()),
                sla: ast.sla.as_ref().map(|d| d.value.seconds()),
                escalate: ast
                    .escalate
                    .as_ref()
                    .map(|e| Escalation { after: e.after.value.seconds(), to: e.to.value.clone() }),
            });
            if let Some(earlier) = self.model.exceptions_by_name.get(&ast.name.value) {
                let span = self.model.exceptions[*earlier].span;
                self.twice("exception", &ast.name.text, span);
            } else {
                self.model.exceptions_by_name.insert(ast.name.value.clone(), id);
            }
            for team in ast.team.iter().chain(ast.escalate.iter().map(|e| &e.to)) {
                self.check_team(team);
            }
        }
    }

    fn declare_systems(&mut self, ids: &mut Ids) {
        let specs = self.specs;
        for ast in &specs.systems {
            let id = self.model.systems.push(System {
                name: ast.name.value.clone(),
                span: ast.name.span,
                description: text_of(ast.description.as_ref()),
                role: ast.role.as_ref().map(|r| r.value.text().to_owned()).unwrap_or_default(),
                team: text_of(ast.team.as_ref()),
                region: text_of(ast.region.as_ref()),
                base: text_of(ast.base.as_ref()),
                auth: None,
                config: Vec::new(),
                instances: Vec::new(),
                limits: Limits::default(),
                timeout_ms: None,
                retry: None,
                records: Vec::new(),
                operations: Vec::new(),
                events: Vec::new(),
                is_abstract: ast.is_abstract,
            });
            let mut records = Vec::with_capacity(ast.records.len());
            for (name, _) in &ast.records {
                records.push(self.model.structs.push(blank(StructKind::Record(id), &name.value, name.span)));
            }
            if let Some(system) = self.model.systems.get_mut(id) {
                system.records.clone_from(&records);
            }
            ids.records.push(records);
            ids.systems.push(id);
            if let Some(earlier) = self.model.systems_by_name.get(&ast.name.value) {
                let span = self.model.systems[*earlier].span;
                self.twice("system", &ast.name.text, span);
                self.model.systems_by_name.remove(&ast.name.value);
            } else {
                self.model.systems_by_name.insert(ast.name.value.clone(), id);
            }
        }
    }

    fn declare_mappings(&mut self, ids: &mut Ids) {
        let specs = self.specs;
        for ast in &specs.mappings {
            if let Some(earlier) = self.model.mappings_by_name.get(&ast.name.value) {
                let span = self.model.mappings[*earlier].span;
                self.twice("mapping", &ast.name.text, span);
                ids.mappings.push(None);
                continue;
            }
            let id = self.model.mappings.push(Mapping {
                name: ast.name.value.clone(),
                span: ast.name.span,
                description: text_of(ast.description.as_ref()),
                intent: match ast.intent.as_ref().map(|w| w.value) {
                    Some(IntentWord::Create) => Intent::Create,
                    Some(IntentWord::Update) => Intent::Update,
                    Some(IntentWord::Request) => Intent::Request,
                    None => Intent::Value,
                },
                system: None,
                inputs: Vec::new(),
                target: Type::Unknown,
                target_span: ast.to.as_ref().map_or(ast.name.span, |t| t.span),
                require: Vec::new(),
                lets: Vec::new(),
                body: None,
                variables: 0,
                unmapped: Vec::new(),
                lookups: Vec::new(),
                functions: Vec::new(),
                tests: Vec::new(),
                assigned: Vec::new(),
            });
            self.model.mappings_by_name.insert(ast.name.value.clone(), id);
            ids.mappings.push(Some(id));
        }
    }
}

/// The text of an optional part.
pub(super) fn text_of(text: Option<&Text>) -> Option<String> {
    text.map(|t| t.value.clone())
}
