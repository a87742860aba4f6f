//! Steps: each typed in the scope of the parts that it stands in, in the order of the table.

use super::event::WrittenEvent;
use super::slots::Slot;
use super::{Maker, Written};
use crate::diagnostic::Diagnostic;
use crate::expr::check::{PartScope, Parted};
use crate::expr::ir::{Kind, Node};
use crate::model::{
    Await, AwaitBranch, Branch, Call, CallStep, EachStep, Failure, Id, OperationRef, Over, Raise, Step, StepId,
    StepKind, System, Type,
};
use crate::rules;
use crate::source::Span;
use crate::syntax::{FailureAst, StepAst, StepUndoAst, Text};

/// The kinds of steps.
const KINDS: &str = "`call`, `publish`, `await`, `wait`, `decide`, `each` or `raise`";

impl<'s> Maker<'_, 's> {
    /// All steps, in the order of the table.
    pub(super) fn all_steps(&mut self) {
        for index in 0..self.slots.len() {
            let id = StepId::new(index);
            let Some(slot) = self.slots.get(id) else { return };
            let (ast, parent) = (slot.ast, slot.parent);
            self.enter(parent);
            let kind = self.kind(id, ast);
            // A step of no kind has its finding; it stays in the table so that others may name it.
            let kind = kind.unwrap_or(StepKind::Wait { ms: 0 });
            let step = self.step(id, ast, kind);
            self.steps.push(step);
        }
        self.enter(None);
    }

    /// Brings the parts into scope that a step stands in, and no others.
    fn enter(&mut self, parent: Option<StepId>) {
        let mut chain = Vec::new();
        let mut at = parent;
        while let Some(id) = at {
            chain.push(id);
            at = self.steps.get(id.index()).and_then(|step| step.parent);
        }
        chain.reverse();
        if chain == self.open {
            return;
        }
        self.leave(0);
        for id in chain {
            self.open(id);
        }
    }

    /// Leaves parts until `depth` are open, and stores what was read of those that were left.
    fn leave(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(id) = self.open.pop() else { return };
            let Some(StepKind::Each(each)) = self.steps.get_mut(id.index()).map(|step| &mut step.kind) else {
                continue;
            };
            match &mut each.over {
                Over::Elements { .. } => drop(self.typist.scope.bindings.pop()),
                Over::Groups { ids, .. } => {
                    if let Some(part) = self.typist.scope.parts.pop() {
                        *ids = part.ids;
                    }
                }
                Over::Unknown => drop(self.typist.scope.bindings.pop()),
            }
        }
    }

    fn open(&mut self, id: StepId) {
        let Some(StepKind::Each(each)) = self.steps.get(id.index()).map(|step| &step.kind) else { return };
        let scope = &mut self.typist.scope;
        let name = each.name.clone();
        match &each.over {
            Over::Elements { var, of, .. } => {
                let ty = Type::Struct(*of);
                scope.bindings.push(crate::expr::check::Binding { name, var: *var, ty, fails: false });
            }
            Over::Groups { list, by, key, items, ids, .. } => {
                let (key, items) = ((*key, by.ty.clone()), (*items, list.ty.clone()));
                scope.parts.push(PartScope { name, key, items, ids: ids.clone() });
            }
            Over::Unknown => drop(scope.bind(&name, Type::Unknown, false)),
        }
        self.open.push(id);
    }

    fn step(&mut self, id: StepId, ast: &'s StepAst, kind: StepKind) -> Step {
        let follows = spoke(&kind);
        let slot = self.slots.get(id);
        let (parent, place) = slot.map_or((None, crate::model::Place::Body), |slot| (slot.parent, slot.place));
        let within = parent;
        let set = self.states(&ast.set, ast.by.as_ref(), follows, within);
        let milestone = ast.milestone.as_ref().map(|milestone| self.milestone(milestone, follows, within));
        let after = self.after(id, ast);
        let was = ast.was.iter().map(|name| (name.value.clone(), name.span)).collect();
        for was in &ast.was {
            if self.slots.named(&was.value).is_some() {
                let message = format!("`{}` is the name of another step now", was.value);
                self.typist.report(Diagnostic::new(rules::NAME002, was.span, message));
            }
        }
        Step {
            name: ast.name.value.clone(),
            span: ast.name.span,
            description: ast.description.as_ref().map(|d| d.value.clone()),
            was,
            parent,
            place,
            after,
            declared_after: ast.after.is_some(),
            kind,
            set,
            milestone,
        }
    }

    /// What must be done before: steps of the same list, as declared, or the one above.
    fn after(&mut self, id: StepId, ast: &StepAst) -> Vec<(StepId, Span)> {
        let Some(names) = &ast.after else {
            let above = self.slots.get(id).and_then(|slot| slot.above);
            return above.map(|above| (above, ast.name.span)).into_iter().collect();
        };
        let mut all: Vec<(StepId, Span)> = Vec::with_capacity(names.len());
        for name in names {
            let Some(before) = self.step_named(name) else { continue };
            let list = |id: StepId| self.slots.get(id).map(|slot| slot.list);
            if list(before) != list(id) {
                let at = self.slots.get(before).map_or(name.span, |slot: &Slot<'_>| slot.ast.name.span);
                let message = format!("`{}` stands in another list of steps than `{}`", name.value, ast.name.value);
                let finding = Diagnostic::new(rules::SPEC004, name.span, message).related(at, "it stands here");
                self.typist.report(finding.help("name a step of the same list, such as the one that it is part of"));
                continue;
            }
            if let Some((_, earlier)) = all.iter().find(|(known, _)| *known == before) {
                let finding = Diagnostic::new(rules::NAME002, name.span, format!("`{}` is named twice", name.value));
                let finding = finding.related(*earlier, "named here already");
                self.typist.report(finding);
                continue;
            }
            all.push((before, name.span));
        }
        all
    }

    /// What a step does: exactly one thing.
    fn kind(&mut self, id: StepId, ast: &'s StepAst) -> Option<StepKind> {
        let kinds = [
            ("call", ast.call.as_ref().map(|call| call.span)),
            ("publish", ast.publish.as_ref().map(|name| name.span)),
            (
                "await",
                ast.awaits.as_ref().map(|awaits| awaits.iter().next().map_or(ast.name.span, |first| first.event.span)),
            ),
            ("wait", ast.wait.as_ref().map(|wait| wait.span)),
            ("decide", ast.decide.as_ref().map(|_| ast.name.span)),
            ("each", ast.each.as_ref().map(|each| each.0.span)),
            ("raise", ast.raise.as_ref().map(|raise| raise.span)),
        ];
        let mut said = kinds.iter().filter_map(|(word, span)| Some((*word, (*span)?)));
        let Some((word, first)) = said.next() else {
            let message = format!("`{}` does nothing", ast.name.value);
            let finding = Diagnostic::new(rules::SPEC003, ast.name.span, message);
            self.typist.report(finding.help(format!("a step is one of {KINDS}")));
            return None;
        };
        if let Some((other, span)) = said.next() {
            let message = format!("`{}` is a `{word}` and a `{other}` at once", ast.name.value);
            let finding = Diagnostic::new(rules::SPEC004, span, message).related(first, "the other stands here");
            self.typist.report(finding.help("make two steps of it"));
        }
        self.strays(word, ast);
        match word {
            "call" => self.call_step(ast, id),
            "publish" => self.publish(ast.publish.as_ref()?),
            "await" => self.wait_for(ast),
            "wait" => ast.wait.as_ref().map(|wait| StepKind::Wait { ms: wait.value.0 }),
            "decide" => self.decide(id, ast),
            "each" => Some(self.each(id, ast)),
            _ => ast.raise.as_ref().and_then(|raise| self.typist.exception(raise)).map(StepKind::Raise),
        }
    }

    /// Keys that belong to steps of another kind.
    fn strays(&mut self, word: &str, ast: &StepAst) {
        let keys: [(&str, &str, Option<Span>); 15] = [
            ("params", "call", ast.params.iter().next().map(|(name, _)| name.span)),
            ("send", "call", ast.send.as_ref().map(|send| send.span)),
            ("receive", "call", ast.receive.as_ref().map(|receive| receive.span)),
            ("into", "call", ast.into.as_ref().map(|into| into.span)),
            ("idempotency", "call", ast.idempotency.as_ref().map(|key| key.span)),
            ("budget", "call", ast.budget.as_ref().map(|budget| budget.span)),
            ("undo", "call", ast.undo.as_ref().map(|undo| undo.span)),
            ("redo", "call", ast.redo.as_ref().map(|redo| redo.span)),
            ("failures", "call", ast.failures.iter().next().map(|(name, _)| name.span)),
            ("match", "await", ast.matches.as_ref().map(|matches| matches.span)),
            ("until", "await", ast.until.as_ref().map(|until| until.span)),
            ("within", "await", ast.within.as_ref().map(|within| within.span)),
            ("late", "await", ast.late.as_ref().map(|late| late.span)),
            ("as", "each", ast.element.as_ref().map(|name| name.span)),
            ("steps", "each", ast.steps.first().map(|step| step.name.span)),
        ];
        for (key, of, span) in keys {
            if let Some(span) = span.filter(|_| of != word) {
                let message =
                    format!("`{key}` belongs to a step of kind `{of}`, and `{}` is a `{word}`", ast.name.value);
                self.typist.report(Diagnostic::new(rules::SPEC004, span, message));
            }
        }
    }

    /// What a mapping may read without being told: the object, and what the open parts are made of.
    fn own_values(&self, span: Span) -> Vec<Node> {
        let mut all = Vec::new();
        for id in self.open.iter().rev() {
            let Some(StepKind::Each(each)) = self.steps.get(id.index()).map(|step| &step.kind) else { continue };
            let (var, ty) = match &each.over {
                Over::Elements { var, of, .. } => (*var, Type::Struct(*of)),
                Over::Groups { items, list, .. } => (*items, list.ty.clone()),
                Over::Unknown => continue,
            };
            all.push(Node { kind: Kind::Var(var), ty, fails: false, span });
        }
        all.push(self.own(span));
        all
    }

    /// A call with what goes with it, the answer taken as a patch or into what is kept.
    fn call_with(&mut self, written: &Written<'_>, into: Option<&Text>) -> Option<Call> {
        let (operation, instance) = self.typist.operation(written.call)?;
        Some(self.call_at(operation, instance, written.call.span, written, into))
    }

    fn call_at(
        &mut self,
        operation: OperationRef,
        instance: Option<Node>,
        span: Span,
        written: &Written<'_>,
        into: Option<&Text>,
    ) -> Call {
        let own = self.own_values(span);
        let keep = std::mem::take(&mut self.keep);
        let taker = self.taker(&keep, into, true);
        let call = self.typist.call_of(operation, instance, span, written, &own, Some(taker));
        self.keep = keep;
        call
    }

    fn call_step(&mut self, ast: &'s StepAst, id: StepId) -> Option<StepKind> {
        let written = Written {
            call: ast.call.as_ref()?,
            params: &ast.params,
            send: ast.send.as_ref(),
            receive: ast.receive.as_ref(),
        };
        if let (Some(into), None) = (&ast.into, &ast.receive) {
            let message = format!("nothing is received that could go into `{}`", into.value);
            self.typist
                .report(Diagnostic::new(rules::SPEC003, into.span, message).help("add `receive:` with a mapping"));
        }
        let call = self.call_with(&written, ast.into.as_ref());
        let idempotency = ast.idempotency.as_ref().and_then(|key| self.typist.expression(key, &Type::STRING));
        let redo = ast.redo.as_ref().and_then(|redo| {
            let written = Written {
                call: &redo.call,
                params: &redo.params,
                send: redo.send.as_ref(),
                receive: redo.receive.as_ref(),
            };
            self.call_with(&written, None)
        });
        let call = call?;
        let undo = ast.undo.as_ref().and_then(|undo| self.undo(&call, written.call, undo));
        let system = call.operation.system;
        let raises = self.raised_by(&call);
        let failures = ast.failures.iter();
        let failures =
            failures.filter_map(|(name, failure)| self.failure(name, failure, system, &raises, &call, id)).collect();
        let budget_ms = ast.budget.as_ref().map(|budget| budget.value.0);
        Some(StepKind::Call(Box::new(CallStep { call, idempotency, budget_ms, undo, redo, failures })))
    }

    /// The call that undoes one: of the operation that its operation names.
    fn undo(&mut self, call: &Call, written: &crate::syntax::CallAst, ast: &StepUndoAst) -> Option<Call> {
        let model = self.model;
        let operation = model.operation(call.operation)?;
        let Some((undo, _)) = &operation.undo else {
            let message = format!("`{}` names no operation that undoes it", model.operation_name(call.operation));
            let finding = Diagnostic::new(rules::SPEC003, ast.span, message).related(operation.span, "the operation");
            self.typist.report(finding.help("say there which one does: `undo:` with an operation of the system"));
            return None;
        };
        let operations = &model.systems[call.operation.system].operations;
        let position = operations.iter().position(|known| known.name == *undo)?;
        let at_undo = OperationRef { system: call.operation.system, operation: u16::try_from(position).ok()? };
        let (send, receive) = (ast.send.as_ref(), ast.receive.as_ref());
        let written = Written { call: written, params: &ast.params, send, receive };
        Some(self.call_at(at_undo, call.instance.clone(), ast.span, &written, None))
    }

    /// The exceptions that a call can fail with by its operation's word.
    fn raised_by(&self, call: &Call) -> Vec<String> {
        let operation = self.model.operation(call.operation);
        operation.map(|o| o.raises.iter().map(|(name, _, _)| name.clone()).collect()).unwrap_or_default()
    }

    fn failure(
        &mut self,
        name: &Text,
        ast: &FailureAst,
        system: Id<System>,
        raises: &[String],
        call: &Call,
        id: StepId,
    ) -> Option<Failure> {
        let exception = self.typist.exception(name)?;
        let built_in = super::super::BUILT_IN_EXCEPTIONS.contains(&name.value.as_str());
        if !built_in && !raises.contains(&name.value) && !self.mapped_raises(call, &name.value) {
            let model = self.model;
            let message = format!("`{}` does not raise `{}`", model.operation_name(call.operation), name.value);
            let at = model.operation(call.operation).map_or(name.span, |operation| operation.span);
            let finding = Diagnostic::new(rules::NAME001, name.span, message).related(at, "the operation");
            let help = crate::diagnostic::suggest(&name.value, raises.iter().map(String::as_str));
            let help = help.map_or_else(
                || "say there when it is raised: `raises: { … }`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.typist.report(finding.help(help));
            return None;
        }
        let within = self.slots.get(id).and_then(|slot| slot.parent);
        let action = self.failure_action(ast, &exception, system, within);
        Some(Failure { exception, action })
    }

    /// Whether a mapping of a call can raise an exception.
    fn mapped_raises(&self, call: &Call, name: &str) -> bool {
        let uses = call.send.iter().chain(call.receive.iter().map(|receive| &receive.mapping));
        uses.map(|one| &self.model.mappings[one.mapping]).any(|mapping| {
            let mut found = mapping.require.iter().any(|require| require.raise == name);
            found |= mapping.functions.iter().any(|f| f.raises.iter().any(|raise| raise == name));
            found |=
                mapping.lookups.iter().any(|l| matches!(&l.miss, crate::model::Miss::Raise(raise) if raise == name));
            let nodes = mapping.lets.iter().map(|l| &l.value).chain(&mapping.body);
            nodes.for_each(|node| {
                node.walk(&mut |node| found |= matches!(&node.kind, Kind::OrRaise(_, raise) if raise == name));
            });
            found
        })
    }

    fn publish(&mut self, name: &Text) -> Option<StepKind> {
        let model = self.model;
        let id = self.typist.named(&model.events_by_name, "event", name)?;
        let event = &model.events[id];
        if event.object != self.object {
            let (of, about) = (&model.structs[event.object].name, &model.structs[self.object].name);
            let message = format!("`{}` tells of `{of}`, and the flow is about `{about}`", event.name);
            self.typist.report(Diagnostic::new(rules::EXPR003, name.span, message).related(event.span, "the event"));
            return None;
        }
        Some(StepKind::Publish(id))
    }

    fn wait_for(&mut self, ast: &'s StepAst) -> Option<StepKind> {
        let mut branches = Vec::new();
        for branch in ast.awaits.iter().flatten() {
            let written = WrittenEvent {
                event: &branch.event,
                matches: branch.matches.as_ref().or(ast.matches.as_ref()),
                receive: branch.receive.as_ref(),
                into: branch.into.as_ref(),
            };
            let event = self.taken(&written);
            let raise = branch.raise.as_ref().and_then(|raise| self.typist.exception(raise));
            let goto = branch.goto.as_ref().and_then(|goto| Some((self.step_named(goto)?, goto.span)));
            branches.extend(event.map(|event| AwaitBranch { event, raise, goto }));
        }
        let until = ast.until.as_ref().and_then(|until| self.typist.expression(until, &Type::Bool));
        let late: Option<Raise> = ast.late.as_ref().and_then(|late| self.typist.exception(late));
        if let (Some(late), None) = (&ast.late, &ast.within) {
            let message = "nothing says when it is late";
            self.typist
                .report(Diagnostic::new(rules::SPEC003, late.span, message).help("add `within:` with a duration"));
        }
        if branches.is_empty() {
            return None;
        }
        Some(StepKind::Await(Await {
            branches,
            until,
            within_ms: ast.within.as_ref().map(|within| within.value.0),
            late,
        }))
    }

    fn decide(&mut self, id: StepId, ast: &'s StepAst) -> Option<StepKind> {
        let asts = ast.decide.as_ref()?;
        let mut branches = Vec::with_capacity(asts.len());
        let within = self.slots.get(id).and_then(|slot| slot.parent);
        let owned: Vec<Vec<StepId>> = self.slots.get(id).map(|slot| slot.branches.clone()).unwrap_or_default();
        for (index, branch) in asts.iter().enumerate() {
            let last = index + 1 == asts.len();
            match (&branch.when, last) {
                (None, false) => {
                    let message = "`else` holds of everything: no branch after it is taken";
                    self.typist.report(Diagnostic::new(rules::SPEC004, branch.then.span, message).help("put it last"));
                }
                (Some(when), true) => {
                    let message = format!("where no condition holds, `{}` does not say how to go on", ast.name.value);
                    let finding = Diagnostic::new(rules::SPEC003, when.span, message);
                    self.typist.report(finding.help("add `else:` with a step, or `else: continue`"));
                }
                _ => {}
            }
            let when = match &branch.when {
                Some(when) => match self.typist.expression(when, &Type::Bool) {
                    Some(when) => Some(when),
                    None => continue,
                },
                None => None,
            };
            let steps = owned.get(index).cloned().unwrap_or_default();
            let then = self.action(&branch.then, steps, None, within, None);
            branches.extend(then.map(|then| Branch { when, then, span: branch.then.span }));
        }
        (!branches.is_empty()).then_some(StepKind::Decide(branches))
    }

    fn each(&mut self, id: StepId, ast: &'s StepAst) -> StepKind {
        let steps = self.slots.get(id).map(|slot| slot.inner.clone()).unwrap_or_default();
        if steps.is_empty() {
            let message = format!("`{}` has no steps", ast.name.value);
            let finding = Diagnostic::new(rules::SPEC003, ast.name.span, message);
            self.typist.report(finding.help("add `steps:` with what is done for each"));
        }
        let name = match &ast.element {
            Some(name) => {
                self.free_name(name);
                name.value.clone()
            }
            None => {
                let message = "what is gone over has no name";
                let finding = Diagnostic::new(rules::SPEC003, ast.name.span, message);
                self.typist.report(finding.help("name an element, or a group: `as: line`, `as: part`"));
                String::new()
            }
        };
        let over = ast.each.as_ref().and_then(|each| self.typist.checked(|checker| checker.parted(&each.0)));
        let over = match over {
            Some(Parted::Groups { list, element, by }) => {
                let (key, items) = (self.typist.scope.fresh(), self.typist.scope.fresh());
                Over::Groups { list, element, by, key, items, ids: Vec::new() }
            }
            Some(Parted::List(list)) => self.elements(list).unwrap_or(Over::Unknown),
            None => Over::Unknown,
        };
        StepKind::Each(EachStep { over, name, steps })
    }

    /// The elements of a list that has a key: each is a part, known by it.
    fn elements(&mut self, list: Node) -> Option<Over> {
        let span = list.span;
        let of = list.ty.element().and_then(Type::as_struct);
        let key = self.list_key(&list);
        let (Some(of), Some(key)) = (of, key) else {
            let message = "nothing tells the elements apart, and each of them is a part that is known by its key";
            let help = "go over a list with a `key:` of the object, a kept collection, or groups (`groupBy`)";
            self.typist.report(Diagnostic::new(rules::EXPR003, span, message).help(help));
            return None;
        };
        let var = self.typist.scope.fresh();
        Some(Over::Elements { list, var, of, key })
    }

    /// The key of the elements of a list: of a field, of what is kept, also when only some elements are taken.
    fn list_key(&self, list: &Node) -> Option<u16> {
        match &list.kind {
            Kind::Var(var) => {
                let kept = self.keep.iter().find(|kept| kept.var == *var).map(|kept| kept.key);
                kept.or_else(|| {
                    let part = self.typist.scope.parts.iter().find(|part| part.items.0 == *var)?;
                    let step = self.slots.named_part(&part.name, &self.open)?;
                    match self.steps.get(step.index()).map(|step| &step.kind) {
                        Some(StepKind::Each(EachStep { over: Over::Groups { list, .. }, .. })) => self.list_key(list),
                        _ => None,
                    }
                })
            }
            Kind::Field(base, position) => {
                let of = base.ty.as_struct()?;
                self.model.structs[of].field(*position)?.list_key
            }
            Kind::Loop(filtered) if filtered.kind == crate::expr::ir::LoopKind::Filter => self.list_key(&filtered.list),
            _ => None,
        }
    }
}

/// The system that a step heard of: the one that was called, or whose events were waited for, if it is one.
fn spoke(kind: &StepKind) -> Option<Id<System>> {
    match kind {
        StepKind::Call(call) => Some(call.call.operation.system),
        StepKind::Await(wait) => {
            let mut systems = wait.branches.iter().map(|branch| branch.event.event.system);
            let first = systems.next()?;
            systems.all(|system| system == first).then_some(first)
        }
        _ => None,
    }
}
