//! Systems: authentication, settings, operations. Instances and events have files of their own.

use super::Resolver;
use super::declare::{Ids, text_of};
use crate::diagnostic::{Diagnostic, suggest};
use crate::expr::check::{Checker, Scope};
use crate::model::{
    Auth, Effect, HttpMethod, Id, Idempotency, Limits, Model, Operation, Page, Param, ParamPlace, Retry, Struct,
    System, Transport, Type, WriteMode,
};
use crate::rules;
use crate::source::{Span, Spanned};
use crate::syntax::{
    AuthAst, AuthWord, EffectWord, ExprText, HttpAst, IdempotencyAst, LimitsAst, MethodWord, ModeWord, OperationAst,
    ParamsAst, RateAst, RetryAst, SystemAst, Text, TypeAst,
};

impl Resolver<'_> {
    pub(super) fn systems(&mut self, ids: &Ids) {
        let specs = self.specs;
        for (id, ast) in ids.systems.iter().zip(&specs.systems) {
            let config: Vec<(String, Type)> =
                ast.config.iter().map(|(name, ty)| (name.value.clone(), self.ty(ty, None))).collect();
            for (name, ty) in &ast.config {
                if let Some((_, resolved)) = config.iter().find(|(n, _)| *n == name.value)
                    && !matches!(resolved.inner(), Type::Int | Type::Bool | Type::Decimal(_) | Type::Unknown)
                    && !resolved.inner().is_text()
                {
                    let message = "a setting is text, a number or a bool";
                    self.report(Diagnostic::new(rules::SPEC004, ty.span, message));
                }
            }
            if let Some(team) = &ast.team {
                self.check_team(team);
            }
            if let Some(parent) = &ast.extends {
                self.system_named(parent);
                let message = "`extends` is not built yet";
                self.report(Diagnostic::new(rules::SPEC004, parent.span, message));
            }
            let operations = ast.operations.iter().map(|(name, op)| self.operation(*id, name, op)).collect();
            if let Some(system) = self.model.systems.get_mut(*id) {
                system.config = config;
                system.auth = ast.auth.as_ref().map(auth);
                system.limits = limits(ast.limits.as_ref());
                system.retry = ast.defaults.as_ref().and_then(|d| d.retry.as_ref()).map(retry);
                system.timeout_ms = ast.defaults.as_ref().and_then(|d| d.timeout.as_ref()).map(|t| t.value.0);
                system.operations = operations;
            }
            self.undo_names(*id, ast);
            let instances = self.instances(ast, &self.model.systems[*id].config.clone());
            let events = ast.events.iter().map(|(name, event)| self.event(*id, name, event)).collect();
            if let Some(system) = self.model.systems.get_mut(*id) {
                system.events = events;
                system.instances = instances;
            }
        }
    }

    fn operation(&mut self, system: Id<System>, name: &Text, ast: &OperationAst) -> Operation {
        let params = self.params(system, &ast.params);
        let (transport, transport_span) = self.transport(name, ast);
        if let Some(http) = &ast.http {
            self.path_params(http, &ast.params);
        }
        let request = ast.request.as_ref().and_then(|ty| self.record_type(system, ty));
        let response = ast.response.as_ref().and_then(|ty| self.record_type(system, ty));
        let success: Vec<u16> = ast
            .success
            .iter()
            .filter_map(|n| {
                let status = u16::try_from(n.value).ok().filter(|s| (200..300).contains(s));
                if status.is_none() {
                    self.diagnostics.push(Diagnostic::new(
                        rules::SPEC004,
                        n.span,
                        "a status of success is from 200 to 299",
                    ));
                }
                status
            })
            .collect();
        let errors = ast
            .errors
            .iter()
            .filter_map(|(status, record)| {
                let code = status.value.parse::<u16>().ok().filter(|s| (400..600).contains(s));
                if code.is_none() {
                    let message = format!("`{}` is not a status from 400 to 599", status.value);
                    self.report(Diagnostic::new(rules::SPEC004, status.span, message));
                }
                let found = self.record_by_name(system, record)?;
                Some((code?, found))
            })
            .collect();
        for (exception, _) in &ast.raises {
            self.check_exception(exception);
        }
        Operation {
            name: name.value.clone(),
            span: name.span,
            description: text_of(ast.description.as_ref()),
            transport,
            transport_span,
            params,
            request,
            response,
            success,
            errors,
            raises: ast.raises.iter().map(|(name, expr)| (name.value.clone(), None, expr.span)).collect(),
            effect: match ast.effect.as_ref().map(|w| w.value) {
                Some(EffectWord::Write) => Effect::Write,
                _ => Effect::Read,
            },
            idempotency: ast.idempotency.as_ref().map_or(Idempotency::None, idempotency),
            undo: ast.undo.as_ref().map(|t| (t.value.clone(), t.span)),
            mode: match ast.mode.as_ref().map(|w| w.value) {
                Some(ModeWord::Replace) => WriteMode::Replace,
                _ => WriteMode::Merge,
            },
            page: ast.page.as_ref().map(|p| Page {
                items: p.items.text.clone(),
                next: p.next.text.clone(),
                into: p.into.value.clone(),
                list: None,
            }),
            timeout_ms: ast.timeout.as_ref().map(|t| t.value.0),
            retry: ast.retry.as_ref().map(retry),
            auth: ast.auth.as_ref().map(auth),
        }
    }

    fn transport(&mut self, name: &Text, ast: &OperationAst) -> (Option<Transport>, Span) {
        let mut found: Vec<(Transport, Span)> = Vec::new();
        if let Some(http) = &ast.http {
            found.push((Transport::Http(method(http.method.value), http.path.value.clone()), http.span));
        }
        let others = [
            (&ast.queue, Transport::Queue as fn(String) -> Transport),
            (&ast.file, Transport::File as fn(String) -> Transport),
            (&ast.adapter, Transport::Adapter as fn(String) -> Transport),
        ];
        for (text, make) in others {
            if let Some(text) = text {
                found.push((make(text.value.clone()), text.span));
            }
        }
        match found.as_slice() {
            [] => {
                let message = format!("`{}` does not say how it is called", name.value);
                let help = "give it `http`, `file`, `queue` or `adapter`";
                self.report(Diagnostic::new(rules::SPEC003, name.span, message).help(help));
                (None, name.span)
            }
            [_, (_, second), ..] => {
                self.report(Diagnostic::new(rules::SPEC004, *second, "an operation is called one way"));
                found.into_iter().next().map_or((None, name.span), |(t, s)| (Some(t), s))
            }
            [_] => found.into_iter().next().map_or((None, name.span), |(t, s)| (Some(t), s)),
        }
    }

    /// Parameters of an operation.
    pub(super) fn params_of(&mut self, ast: &ParamsAst) -> Vec<Param> {
        self.params_in(None, ast)
    }

    fn params(&mut self, system: Id<System>, ast: &ParamsAst) -> Vec<Param> {
        self.params_in(Some(system), ast)
    }

    fn params_in(&mut self, system: Option<Id<System>>, ast: &ParamsAst) -> Vec<Param> {
        let places =
            [(ParamPlace::Path, &ast.path), (ParamPlace::Query, &ast.query), (ParamPlace::Header, &ast.header)];
        let mut all = Vec::new();
        for (place, params) in places {
            for (name, ty) in params {
                let resolved = self.ty(ty, system);
                if place == ParamPlace::Path && resolved.is_optional() {
                    self.report(Diagnostic::new(rules::SPEC004, ty.span, "a part of a path is never absent"));
                }
                all.push(Param { name: name.value.clone(), place, ty: resolved, span: name.span });
            }
        }
        all
    }

    /// Every `{name}` of a path is a declared parameter, and the other way round.
    pub(super) fn path_params(&mut self, http: &HttpAst, params: &ParamsAst) {
        let used = http.params();
        for name in &used {
            if params.path.get(&name.value).is_none() {
                let message = format!("`{{{}}}` in the path has no type", name.value);
                let help = format!("declare it: `params: {{ path: {{ {}: string }} }}`", name.value);
                self.report(Diagnostic::new(rules::SPEC003, name.span, message).help(help));
            }
        }
        for (name, _) in &params.path {
            if !used.iter().any(|u| u.value == name.value) {
                let known: Vec<&str> = used.iter().map(|u| u.value.as_str()).collect();
                let help = suggest(&name.value, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                let message = format!("the path has no `{{{}}}`", name.value);
                self.report(Diagnostic::new(rules::NAME001, name.span, message).help_opt(help));
            }
        }
    }

    pub(super) fn record_type(&mut self, system: Id<System>, ast: &TypeAst) -> Option<Id<Struct>> {
        let ty = self.ty(ast, Some(system));
        match ty.inner() {
            Type::Struct(id) if self.model.structs[*id].is_record() => Some(*id),
            Type::Unknown => None,
            other => {
                let message =
                    format!("a request or response is a record of the system, not a `{}`", other.show(&self.model));
                self.report(Diagnostic::new(rules::SPEC004, ast.span, message));
                None
            }
        }
    }

    fn record_by_name(&mut self, system: Id<System>, name: &Text) -> Option<Id<Struct>> {
        let found = self.model.record(system, &name.value);
        if found.is_none() {
            let known: Vec<String> =
                self.model.systems[system].records.iter().map(|id| self.model.structs[*id].name.clone()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown_name(rules::NAME001, "record", name, &known);
        }
        found
    }

    fn undo_names(&mut self, id: Id<System>, ast: &SystemAst) {
        let known: Vec<String> = self.model.systems[id].operations.iter().map(|o| o.name.clone()).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for (of, operation) in &ast.operations {
            let Some(undo) = &operation.undo else { continue };
            let named = ast.operations.iter().find(|(name, _)| name.value == undo.value);
            let reads = |effect: &Spanned<EffectWord>| effect.value == EffectWord::Read;
            match named {
                None => self.unknown_name(rules::NAME001, "operation", undo, &known),
                Some((name, _)) if name.span == of.span => {
                    let message = format!("`{}` does not undo itself: it would be done once more", undo.value);
                    self.report(Diagnostic::new(rules::SPEC004, undo.span, message));
                }
                Some((_, named)) if named.effect.as_ref().is_some_and(reads) => {
                    let message = format!("`{}` reads, and so undoes nothing", undo.value);
                    self.report(Diagnostic::new(rules::SPEC004, undo.span, message));
                }
                Some(_) => {}
            }
        }
    }

    /// `raises:` and pages of operations and the expressions of events, once every type is known.
    pub(super) fn operation_expressions(&mut self, ids: &Ids) {
        let specs = self.specs;
        for (id, ast) in ids.systems.iter().zip(&specs.systems) {
            for (position, (_, operation)) in ast.operations.iter().enumerate() {
                self.page(*id, position, operation);
                let mut conditions = Vec::with_capacity(operation.raises.len());
                for (_, expr) in &operation.raises {
                    let node = self.raise_condition(*id, position, expr);
                    conditions.push((!node.ty.is_unknown()).then_some(node));
                }
                let Some(target) = self.model.systems.get_mut(*id).and_then(|s| s.operations.get_mut(position)) else {
                    continue;
                };
                for (raise, condition) in target.raises.iter_mut().zip(conditions) {
                    raise.1 = condition;
                }
            }
            self.events_of(*id, ast);
        }
    }

    /// The items of a page, over the body of the answer.
    fn page(&mut self, system: Id<System>, position: usize, ast: &OperationAst) {
        let Some(page) = &ast.page else { return };
        let declared = self.model.systems[system].operations.get(position);
        let Some(response) = declared.and_then(|o| o.response) else { return };
        let mut scope = Scope { system: Some(system), ..Scope::default() };
        scope.bind("body", answer_type(&self.model, response), false);
        scope.bind("header", Type::Map(Box::new(Type::STRING), Box::new(Type::STRING)), false);
        let mut checker = Checker::new(&self.model, scope, &mut self.diagnostics);
        let items = checker.infer(&page.items);
        let _ = checker.infer(&page.next);
        let list = match items.ty.clone() {
            Type::Unknown => None,
            ty if ty.element().and_then(Type::as_struct).is_some() => Some(items),
            other => {
                let message = format!("the items of a page are a list of records, not a `{}`", other.show(&self.model));
                self.report(Diagnostic::new(rules::EXPR003, page.items.span, message));
                None
            }
        };
        let operation = self.model.systems.get_mut(system).and_then(|s| s.operations.get_mut(position));
        if let Some(page) = operation.and_then(|o| o.page.as_mut()) {
            page.list = list;
        }
    }

    fn raise_condition(&mut self, system: Id<System>, operation: usize, expr: &ExprText) -> crate::expr::ir::Node {
        let mut scope = Scope { system: Some(system), ..Scope::default() };
        scope.bind("status", Type::Int, false);
        scope.bind("header", Type::Map(Box::new(Type::STRING), Box::new(Type::STRING)), false);
        // The body is the record of the errors; with several, the one that all statuses share.
        let declared = self.model.systems[system].operations.get(operation);
        let mut records: Vec<Id<Struct>> =
            declared.map(|o| o.errors.iter().map(|(_, r)| *r).collect()).unwrap_or_default();
        records.dedup();
        if let [record] = records.as_slice() {
            scope.bind("body", Type::Struct(*record), false);
        } else if let Some(response) = declared.and_then(|o| o.response).filter(|_| records.is_empty()) {
            scope.bind("body", Type::Struct(response), false);
        }
        Checker::new(&self.model, scope, &mut self.diagnostics).expression(expr, &Type::Bool)
    }
}

/// What an answer of a record is: one, or as many as stand in it.
pub(super) fn answer_type(model: &Model, record: Id<Struct>) -> Type {
    let one = Type::Struct(record);
    if model.structs[record].many { Type::List(Box::new(one)) } else { one }
}

/// An HTTP method of a word.
pub(super) fn method(word: MethodWord) -> HttpMethod {
    match word {
        MethodWord::Get => HttpMethod::Get,
        MethodWord::Post => HttpMethod::Post,
        MethodWord::Put => HttpMethod::Put,
        MethodWord::Patch => HttpMethod::Patch,
        MethodWord::Delete => HttpMethod::Delete,
    }
}

/// How callers authenticate.
fn retry(ast: &RetryAst) -> Retry {
    Retry {
        attempts: ast.attempts.as_ref().map(|attempts| attempts.value),
        backoff_ms: ast.backoff.as_ref().map(|range| (range.from.0, range.to.0)),
    }
}

pub(super) fn auth(ast: &AuthAst) -> Auth {
    match ast.scheme.value {
        AuthWord::Basic => Auth::Basic,
        AuthWord::ApiKey => match (&ast.details.query, &ast.details.header) {
            (Some(query), None) => Auth::ApiKey { place: ParamPlace::Query, name: query.value.clone() },
            (_, header) => Auth::ApiKey {
                place: ParamPlace::Header,
                name: text_of(header.as_ref()).unwrap_or_else(|| "X-Api-Key".to_owned()),
            },
        },
        AuthWord::OAuth2 => Auth::OAuth2 {
            token_url: text_of(ast.details.token_url.as_ref()),
            scopes: ast.details.scopes.iter().map(|s| s.value.clone()).collect(),
            audience: text_of(ast.details.audience.as_ref()),
        },
        AuthWord::Mtls => Auth::Mtls,
        AuthWord::Sigv4 => {
            Auth::Sigv4 { region: text_of(ast.details.region.as_ref()), service: text_of(ast.details.service.as_ref()) }
        }
        AuthWord::As2 => Auth::As2,
        AuthWord::None => Auth::None,
    }
}

/// How repeats are told.
pub(super) fn idempotency(ast: &IdempotencyAst) -> Idempotency {
    match ast {
        IdempotencyAst::Header(key) => Idempotency::Header {
            name: key.header.value.clone(),
            retention: key.retention.as_ref().map(|r| r.value.seconds()),
        },
        IdempotencyAst::Natural(_) => Idempotency::Natural,
        IdempotencyAst::None(_) => Idempotency::None,
    }
}

fn limits(ast: Option<&LimitsAst>) -> Limits {
    let Some(ast) = ast else { return Limits::default() };
    Limits {
        rate_milli: ast.rate.as_ref().map(RateAst::milli),
        burst: ast.burst.as_ref().map(|n| n.value),
        concurrency: ast.concurrency.as_ref().map(|n| n.value),
    }
}
