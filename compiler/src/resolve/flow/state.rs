//! States that are set, and milestones.

use super::Maker;
use crate::diagnostic::Diagnostic;
use crate::expr::ir::VarId;
use crate::model::{FieldRole, Flow, Id, Milestone, Over, SetState, StateOf, StepId, StepKind, Struct, System};
use crate::rules;
use crate::source::Span;
use crate::syntax::{CodeText, MilestoneAst, PathAst, SetAst, Text};

impl Maker<'_, '_> {
    /// States that are set at a step (none: outside all parts), in the name of a system that is said, or follows.
    pub(super) fn states(
        &mut self,
        ast: &SetAst,
        by: Option<&Text>,
        follows: Option<Id<System>>,
        within: Option<StepId>,
    ) -> Vec<SetState> {
        let said = by.map(|by| (self.typist.system(by), by.span));
        if let (Some((_, span)), true) = (said, ast.is_empty()) {
            let message = "nothing is set in the name of this system";
            self.typist.report(Diagnostic::new(rules::SPEC003, span, message).help("add `set:`, or leave `by` out"));
        }
        let by = match said {
            Some((system, span)) => (system, Some(span)),
            None => (follows, None),
        };
        ast.iter().filter_map(|(path, code)| self.state(path, code, by, within)).collect()
    }

    fn state(
        &mut self,
        path: &PathAst,
        code: &CodeText,
        (by, by_span): (Option<Id<System>>, Option<Span>),
        within: Option<StepId>,
    ) -> Option<SetState> {
        let (of, start, rest) = match self.element_named(path, within) {
            Some((step, element)) => (StateOf::Part(step), element, path.segments.get(1..).unwrap_or_default()),
            None => (StateOf::Object, self.object, path.segments.as_slice()),
        };
        let model = self.model;
        let holder = &model.structs[start];
        let [segment] = rest else {
            let message =
                format!("`{}` is the state of no one: what is set is a state of the object, or of a part", path.text);
            let help =
                "the state of a line is set inside `each`, by the name that `as` gives: `set: { line.status: … }`";
            self.typist.report(Diagnostic::new(rules::SPEC004, path.span, message).help(help));
            return None;
        };
        let Some(field) = holder.position(&segment.value) else {
            let message = format!("`{}` has no field `{}`", holder.name, segment.value);
            let states = holder.fields.iter().filter(|f| f.role == FieldRole::Status).map(|f| f.name.as_str());
            self.typist.not_there(message, segment, states, "its state is", "");
            return None;
        };
        let declared = holder.field(field)?;
        let Some(lifecycle) = holder.lifecycle.as_ref().filter(|_| declared.role == FieldRole::Status) else {
            let message = format!("`{}` is no state of a lifecycle, and a flow sets nothing else", path.text);
            let finding = Diagnostic::new(rules::SPEC004, path.span, message).related(declared.span, "the field");
            self.typist.report(finding.help("other fields come from their owners: receive a mapping"));
            return None;
        };
        let codes = &model.codes[lifecycle.codes];
        let Some(state) = codes.position(&code.value) else {
            let message = format!("`{}` has no state `{}`", codes.name, code.value);
            self.typist.not_there(message, &code.text, codes.codes.iter().map(|c| c.code.as_str()), "it has", "");
            return None;
        };
        Some(SetState { of, holder: start, field, state, by, by_span, span: code.span })
    }

    /// The part whose element has the name that a path starts with.
    fn element_named(&self, path: &PathAst, within: Option<StepId>) -> Option<(StepId, Id<Struct>)> {
        let first = path.segments.first()?;
        let mut at = within;
        while let Some(id) = at {
            let step = self.steps.get(id.index())?;
            if let StepKind::Each(each) = &step.kind
                && let Over::Elements { of, .. } = &each.over
                && each.name == first.value
                && path.segments.len() > 1
            {
                return Some((id, *of));
            }
            at = step.parent;
        }
        None
    }

    pub(super) fn milestone(
        &mut self,
        ast: &MilestoneAst,
        follows: Option<Id<System>>,
        within: Option<StepId>,
    ) -> Milestone {
        let set = self.states(&ast.set, ast.by.as_ref(), follows, within);
        Milestone { name: ast.name.value.clone(), span: ast.name.span, set }
    }

    /// A lifecycle state of the object.
    pub(super) fn object_state(&mut self, name: &Text) -> Option<u16> {
        let model = self.model;
        let object = &model.structs[self.object];
        let Some(lifecycle) = &object.lifecycle else {
            let message = format!("`{}` has no lifecycle, so no state until which something holds", object.name);
            self.typist.report(Diagnostic::new(rules::SPEC004, name.span, message).related(object.span, "the object"));
            return None;
        };
        let codes = &model.codes[lifecycle.codes];
        let found = codes.position(&name.value);
        if found.is_none() {
            let message = format!("`{}` has no state `{}`", codes.name, name.value);
            self.typist.not_there(message, name, codes.codes.iter().map(|c| c.code.as_str()), "it has", "");
        }
        found
    }

    /// Whether a variable is the working copy.
    pub(super) fn is_object(var: VarId) -> bool {
        var == Flow::OBJECT
    }
}
