//! Events that a flow takes, and what ties each to an instance and part.

use super::{Maker, plain_path};
use crate::diagnostic::Diagnostic;
use crate::expr::ir::{Kind, Node, VarId};
use crate::model::{
    Bound, EventRef, FieldRole, Id, Match, Model, Over, Receive, StepId, StepKind, StructKind, System, Taken, Type,
};
use crate::rules;
use crate::source::Span;
use crate::syntax::{ExprText, MapUseAst, Text};

/// How an event is written where it is taken.
pub(super) struct WrittenEvent<'a> {
    pub event: &'a Text,
    pub matches: Option<&'a ExprText>,
    pub receive: Option<&'a MapUseAst>,
    pub into: Option<&'a Text>,
}

impl Maker<'_, '_> {
    /// An event of a system by its name, with the type of what it carries.
    pub(super) fn event(&mut self, name: &Text) -> Option<(EventRef, Type)> {
        let model = self.model;
        if model.events_by_name.contains_key(&name.value) {
            let message = format!("`{}` is published by the workspace, and a flow takes what systems tell", name.value);
            let finding = Diagnostic::new(rules::SPEC004, name.span, message);
            self.typist
                .report(finding.help("let the flow that publishes it do what follows, or name a system's event"));
            return None;
        }
        let event = self.typist.event(name)?;
        let record = model.event(event)?.carried();
        Some((event, record.map_or(Type::Unknown, Type::Struct)))
    }

    pub(super) fn event_span(&self, event: EventRef) -> Span {
        self.model.event(event).map(|event| event.span).unwrap_or_default()
    }

    /// An event that is taken by a running instance.
    pub(super) fn taken(&mut self, written: &WrittenEvent<'_>) -> Option<Taken> {
        let (event, src) = self.event(written.event)?;
        let var = self.typist.scope.fresh();
        let matches = match written.matches {
            Some(text) => self.matched(event.system, (var, src.clone()), text),
            None => {
                let message = format!("nothing ties `{}` to an instance", written.event.value);
                let finding = Diagnostic::new(rules::SPEC003, written.event.span, message);
                self.typist.report(finding.help("add `match:`, such as `match: order.ids.sap == src.SalesOrder`"));
                None
            }
        };
        let receive = written.receive.and_then(|receive| self.event_receive(event, (var, src), written, receive));
        if let (Some(into), None) = (written.into, written.receive) {
            let message = format!("nothing is received that could go into `{}`", into.value);
            self.typist
                .report(Diagnostic::new(rules::SPEC003, into.span, message).help("add `receive:` with a mapping"));
        }
        Some(Taken { event, span: written.event.span, src: var, matches, receive })
    }

    fn event_receive(
        &mut self,
        event: EventRef,
        (var, src): (VarId, Type),
        written: &WrittenEvent<'_>,
        receive: &MapUseAst,
    ) -> Option<Receive> {
        if src.is_unknown() {
            return None;
        }
        let place = (self.event_span(event), "the event");
        let from = format!("events `{}`", written.event.value);
        let keep = std::mem::take(&mut self.keep);
        let taker = self.taker(&keep, written.into, true);
        let receive = self.typist.received(event.system, (var, &[src]), receive, taker, place, &from);
        self.keep = keep;
        receive
    }

    /// A match, split into what the flow binds and what the event says.
    fn matched(&mut self, system: Id<System>, src: (VarId, Type), text: &ExprText) -> Option<Match> {
        let var = src.0;
        let (left, right) =
            self.typist.with_src(system, src, |typist| typist.checked(|checker| checker.compared(text)))?;
        let reads = |node: &Node| {
            let mut found = false;
            node.walk(&mut |node| {
                found |= matches!(&node.kind, Kind::Var(read) if *read == var) || matches!(node.kind, Kind::Meta(_));
            });
            found
        };
        let (bound, event) = match (reads(&left), reads(&right)) {
            (false, true) => (left, right),
            (true, false) => (right, left),
            (both, _) => {
                let message = if both {
                    "both sides are of the event: a match says which instance it is for"
                } else {
                    "no side is of the event: a match compares with something of `src`"
                };
                let help = "such as `order.ids.sap == src.SalesOrder`";
                self.typist.report(Diagnostic::new(rules::EXPR003, text.span, message).help(help));
                return None;
            }
        };
        let ty = if bound.ty.is_text() && bound.ty != Type::Json { Type::STRING } else { bound.ty.clone() };
        if !(ty == Type::STRING || matches!(ty, Type::Int | Type::Code(_) | Type::Date)) {
            let shown = ty.show(self.model);
            let message = format!("an identifier or key is compared, not a `{shown}`");
            self.typist.report(Diagnostic::new(rules::EXPR003, bound.span, message));
            return None;
        }
        let event = self.typist.checked(|checker| checker.coerce(event, &ty));
        if event.ty.is_unknown() {
            return None;
        }
        let bound = self.bound(&bound)?;
        Some(Match { bound, event, span: text.span })
    }

    /// What the flow's side of a match is: an identifier of the object or a part, or the flow's key.
    fn bound(&mut self, node: &Node) -> Option<Bound> {
        if let Some((var, fields)) = plain_path(node) {
            if let Some((step, system)) = self.part_identifier(var, &fields) {
                return Some(Bound::Part(step, system));
            }
            if Self::is_object(var)
                && let Some(system) = identifier(self.model, self.object, &fields)
            {
                return Some(Bound::Object(system));
            }
        }
        if self.key.as_ref().is_none_or(|key| key == node) {
            return Some(Bound::Key);
        }
        let message = "no instance is found by this: a match compares with what an index leads from";
        let help = "the flow's key, as `key:` has it, or an identifier (`order.ids.sap`, `part.ids.ongoing`)";
        self.typist.report(Diagnostic::new(rules::EXPR003, node.span, message).help(help));
        None
    }

    /// `part.ids.ongoing` or `line.ids.sap`, of a step that is open now.
    fn part_identifier(&self, var: VarId, fields: &[u16]) -> Option<(StepId, Id<System>)> {
        for part in &self.typist.scope.parts {
            if let (Some((system, _)), true) = (part.ids.iter().find(|(_, of)| *of == var), fields.is_empty()) {
                let step = self.slots.named_part(&part.name, &self.open)?;
                return Some((step, *system));
            }
        }
        self.open.iter().rev().find_map(|id| match self.steps.get(id.index()).map(|step| &step.kind) {
            Some(StepKind::Each(each)) => match &each.over {
                Over::Elements { var: element, of, .. } if *element == var => {
                    Some((*id, identifier(self.model, *of, fields)?))
                }
                _ => None,
            },
            _ => None,
        })
    }
}

/// The system of `ids.sap` of a struct.
fn identifier(model: &Model, of: Id<crate::model::Struct>, fields: &[u16]) -> Option<Id<System>> {
    let [ids, field] = fields else { return None };
    let holder = model.structs[of].field(*ids).filter(|field| field.role == FieldRole::Ids)?;
    let ids = holder.ty.as_struct().filter(|id| model.structs[*id].kind == StructKind::Ids)?;
    let name = &model.structs[ids].field(*field)?.name;
    model.systems_by_name.get(name).copied()
}
