//! Events of systems: how they arrive, what they carry, and the conditions and keys over what arrives.

use super::Resolver;
use super::declare::text_of;
use crate::diagnostic::Diagnostic;
use crate::expr::check::{Checker, Scope};
use crate::expr::ir::Node;
use crate::model::{Event, Id, Struct, System, Transport, Type};
use crate::rules;
use crate::source::Span;
use crate::syntax::{ExprText, SystemAst, SystemEventAst, Text};

impl Resolver<'_> {
    pub(super) fn event(&mut self, system: Id<System>, name: &Text, ast: &SystemEventAst) -> Event {
        let record = match (&ast.record, &ast.poll) {
            (Some(ty), _) => self.record_type(system, ty),
            // What a poll without a record carries, its operation says: see `events_of`.
            (None, Some(_)) => None,
            (None, None) => {
                let message = format!("`{}` does not say which record it carries", name.value);
                self.report(Diagnostic::new(rules::SPEC003, name.span, message).help("add `record:`"));
                None
            }
        };
        if let Some(poll) = &ast.poll {
            let operations = &self.model.systems[system].operations;
            if !operations.iter().any(|o| o.name == poll.value) {
                let known: Vec<String> = operations.iter().map(|o| o.name.clone()).collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                self.unknown_name(rules::NAME001, "operation", poll, &known);
            }
        }
        Event {
            name: name.value.clone(),
            span: name.span,
            description: text_of(ast.description.as_ref()),
            transport: self.arrives(name, ast),
            record,
            split: None,
            when: None,
            ignore: None,
            dedupe: None,
            order_by: None,
            after: None,
            unmatched_ms: ast.unmatched.as_ref().map(|d| d.value.0),
            variables: 0,
        }
    }

    fn arrives(&mut self, name: &Text, ast: &SystemEventAst) -> Option<Transport> {
        let transport = match ast {
            SystemEventAst { webhook: Some(hook), .. } => Some(Transport::Webhook {
                path: text_of(hook.path.as_ref()),
                hmac_header: hook.verify.get("hmac_sha256").map(|t| t.value.clone()),
            }),
            SystemEventAst { poll: Some(operation), .. } => Some(Transport::Poll {
                operation: operation.value.clone(),
                every_ms: ast.every.as_ref().map_or(0, |e| e.value.0),
            }),
            SystemEventAst { queue: Some(queue), .. } => Some(Transport::Queue(queue.value.clone())),
            SystemEventAst { file: Some(file), .. } => Some(Transport::File(file.value.clone())),
            SystemEventAst { adapter: Some(adapter), .. } => Some(Transport::Adapter(adapter.value.clone())),
            _ => None,
        };
        if transport.is_none() {
            let message = format!("`{}` does not say how it arrives", name.value);
            let help = "give it `webhook`, `poll`, `queue`, `file` or `adapter`";
            self.report(Diagnostic::new(rules::SPEC003, name.span, message).help(help));
        }
        transport
    }

    /// Records of polls, and expressions, once every type and page is known.
    pub(super) fn events_of(&mut self, system: Id<System>, ast: &SystemAst) {
        for (position, (name, event)) in ast.events.iter().enumerate() {
            let known = self.model.systems[system].events.get(position).and_then(|e| e.record);
            let record = match (&event.poll, known) {
                (Some(poll), None) if event.record.is_none() => self.polled(system, name, poll),
                _ => known,
            };
            let Some(record) = record else { continue };
            let typed = self.event_expressions(system, event, record);
            if let Some(target) = self.model.systems.get_mut(system).and_then(|s| s.events.get_mut(position)) {
                target.record = Some(record);
                typed.store(target);
            }
        }
    }

    /// The record that a poll carries: an item of a page, or what the operation answers.
    fn polled(&mut self, system: Id<System>, name: &Text, poll: &Text) -> Option<Id<Struct>> {
        let operation = self.model.systems[system].operations.iter().find(|o| o.name == poll.value)?;
        let record = match &operation.page {
            Some(page) => page.list.as_ref().and_then(|list| list.ty.element().and_then(Type::as_struct)),
            None => operation.response,
        };
        if record.is_none() && operation.page.is_none() {
            let message = format!("`{}` answers with nothing that `{}` could carry", poll.value, name.value);
            let finding = Diagnostic::new(rules::SPEC003, poll.span, message).related(operation.span, "the operation");
            self.report(finding.help("give the operation a `response:`"));
        }
        record
    }

    fn event_expressions(&mut self, system: Id<System>, ast: &SystemEventAst, record: Id<Struct>) -> Typed {
        let mut typed = Typed::default();
        // What is split goes on as its elements.
        let split = ast.split.as_ref().and_then(|expr| {
            let node = self.event_expression(system, record, expr, None, &mut typed.variables)?;
            if node.ty.element().and_then(Type::as_struct).is_none() {
                let shown = node.ty.show(&self.model);
                let message = format!("a message is split into the records of a list, not of a `{shown}`");
                self.report(Diagnostic::new(rules::EXPR003, expr.span, message));
                return None;
            }
            Some(node)
        });
        let record = match (&ast.split, &split) {
            (None, _) => record,
            (Some(_), Some(node)) => match node.ty.element().and_then(Type::as_struct) {
                Some(element) => element,
                None => return typed,
            },
            (Some(_), None) => return typed,
        };
        let all = [
            (&ast.when, Some(Type::Bool)),
            (&ast.ignore, Some(Type::Bool)),
            (&ast.dedupe, Some(Type::STRING)),
            (&ast.order_by, None),
            (&ast.after, None),
        ];
        let mut nodes = all
            .into_iter()
            .map(|(expr, ty)| self.event_expression(system, record, expr.as_ref()?, ty.as_ref(), &mut typed.variables));
        let mut next = || nodes.next().flatten();
        let (when, ignore, dedupe, order_by, after) = (next(), next(), next(), next(), next());
        Typed { split, when, ignore, dedupe, order_by, after, variables: typed.variables }
    }

    fn event_expression(
        &mut self,
        system: Id<System>,
        record: Id<Struct>,
        expr: &ExprText,
        ty: Option<&Type>,
        variables: &mut u32,
    ) -> Option<Node> {
        let mut scope = Scope { system: Some(system), meta: true, ..Scope::default() };
        scope.bind("src", Type::Struct(record), false);
        scope.bind("header", Type::Map(Box::new(Type::STRING), Box::new(Type::STRING)), false);
        let mut checker = Checker::new(&self.model, scope, &mut self.diagnostics);
        let node = match ty {
            Some(ty) => checker.expression(expr, ty),
            None => checker.infer(expr),
        };
        *variables = (*variables).max(checker.scope.next_var);
        let raises: Vec<(String, Span)> = std::mem::take(&mut checker.scope.raises);
        drop(checker);
        for (exception, span) in raises {
            self.check_exception(&Text::new(exception, span));
        }
        (!node.ty.is_unknown()).then_some(node)
    }
}

/// The typed expressions of an event.
#[derive(Default)]
struct Typed {
    split: Option<Node>,
    when: Option<Node>,
    ignore: Option<Node>,
    dedupe: Option<Node>,
    order_by: Option<Node>,
    after: Option<Node>,
    variables: u32,
}

impl Typed {
    fn store(self, event: &mut Event) {
        event.split = self.split;
        event.when = self.when;
        event.ignore = self.ignore;
        event.dedupe = self.dedupe;
        event.order_by = self.order_by;
        event.after = self.after;
        event.variables = self.variables;
    }
}
