//! The body of a mapping: target paths and what they become, as one typed node.

use super::patch_state::{clears, touched};
use crate::diagnostic::{Diagnostic, suggest};
use crate::expr::check::{Checker, Path, list_of};
use crate::expr::ir::{Const, Each, EachPatch, Func, Kind, Node, Patch, PatchField, VarId};
use crate::model::{Assigned, FieldRole, Id, Model, Struct, System, Type, WireKind};
use crate::rules;
use crate::source::Span;
use crate::syntax::{ByPath, CaseAst, EachAst, ExprText, Named, PathAst, Snake, TargetAst, TargetKind};

/// Builds the body of one mapping.
pub struct Body<'c, 'm> {
    /// Types the expressions.
    pub checker: &'c mut Checker<'m>,
    /// The system that writes a patch.
    pub system: Option<Id<System>>,
    /// Every path that is written.
    pub assigned: Vec<Assigned>,
}

/// The targets of one struct, grouped by field, in declared order.
struct Group<'a> {
    position: u16,
    at: Span,
    content: Content<'a>,
}

enum Content<'a> {
    /// The field itself.
    Whole(&'a TargetAst),
    /// Fields below it: the rest of the path with its target.
    Below(Vec<(&'a [crate::syntax::Text], &'a PathAst, &'a TargetAst)>),
}

pub type Targets<'a> = Vec<(&'a [crate::syntax::Text], &'a PathAst, &'a TargetAst)>;

/// The targets of a `fields:` block.
pub fn targets(fields: &ByPath<TargetAst>) -> Targets<'_> {
    fields.iter().map(|(path, target)| (path.segments.as_slice(), path, target)).collect()
}

impl<'m> Body<'_, 'm> {
    fn model(&self) -> &'m Model {
        self.checker.model()
    }

    /// A struct built whole.
    pub fn make(&mut self, of: Id<Struct>, targets: &Targets<'_>, at: &[u16], span: Span) -> Node {
        let groups = self.groups(of, targets, at);
        let mut fields: Vec<(u16, VarId, Node)> = Vec::new();
        let mut complete = true;
        for group in groups {
            let Some(field) = self.model().structs[of].field(group.position) else { continue };
            let mut path = at.to_vec();
            path.push(group.position);
            let value = match &group.content {
                Content::Whole(target) => self.value(target, &field.ty, &path),
                Content::Below(below) => self.below(&field.ty, below, &path, group.at),
            };
            complete &= !value.ty.is_unknown();
            let fails = value.fails;
            let ty = value.ty.clone();
            let value = Node { kind: Kind::At(field.name.clone(), Box::new(value)), ty, fails, span: group.at };
            if let Some(WireKind::Joined(first, second)) = field.wire.as_ref().map(|w| w.kind.clone()) {
                self.split(of, first, second, &value, &mut fields);
            } else {
                let var = self.checker.scope.fresh();
                fields.push((group.position, var, value));
            }
        }
        self.complete(of, &mut fields, span);
        let fails = fields.iter().any(|(_, _, value)| value.fails);
        let ty = if complete { Type::Struct(of) } else { Type::Unknown };
        Node { kind: Kind::Make { of, fields }, ty, fails, span }
    }

    /// Adds what the creator does not set: `ids`, and the fields that have an `initial`.
    fn complete(&mut self, of: Id<Struct>, fields: &mut Vec<(u16, VarId, Node)>, span: Span) {
        let model = self.model();
        for (i, field) in model.structs[of].fields.iter().enumerate() {
            let Ok(position) = u16::try_from(i) else { continue };
            if fields.iter().any(|(p, _, _)| *p == position) {
                continue;
            }
            if field.role == FieldRole::Ids
                && let Type::Struct(ids) = field.ty
            {
                let empty =
                    Node { kind: Kind::Make { of: ids, fields: Vec::new() }, ty: field.ty.clone(), fails: false, span };
                let var = self.checker.scope.fresh();
                fields.push((position, var, empty));
            } else if let Some(initial) = &field.initial {
                let mut value = initial.clone();
                if self.rename(&mut value, model.structs[of].fields.len(), fields) {
                    let var = self.checker.scope.fresh();
                    let fails = value.fails;
                    let ty = value.ty.clone();
                    let value = Node { kind: Kind::At(field.name.clone(), Box::new(value)), ty, fails, span };
                    fields.push((position, var, value));
                }
            }
        }
    }

    /// A value that is written as two sibling fields.
    fn split(&mut self, of: Id<Struct>, first: u16, second: u16, value: &Node, fields: &mut Vec<(u16, VarId, Node)>) {
        let (a, b) = match value.ty.inner() {
            Type::Money => (Func::MoneyAmount, Func::MoneyCurrency),
            _ => (Func::LocalToDate, Func::LocalToTime),
        };
        for (position, func) in [(first, a), (second, b)] {
            let Some(field) = self.model().structs[of].field(position) else { continue };
            let span = value.span;
            let part = match &value.ty {
                Type::Optional(inner) => {
                    let var = self.checker.scope.fresh();
                    let one = Node { kind: Kind::Var(var), ty: (**inner).clone(), fails: false, span };
                    let ty = field.ty.inner().clone();
                    let body = Node { kind: Kind::Call(func, vec![one]), ty: ty.clone(), fails: false, span };
                    let kind = Kind::OptMap { of: Box::new(value.clone()), var, body: Box::new(body) };
                    Node { kind, ty: ty.optional(), fails: value.fails, span }
                }
                Type::Unknown => value.clone(),
                _ => {
                    let ty = field.ty.inner().clone();
                    Node { kind: Kind::Call(func, vec![value.clone()]), ty, fails: value.fails, span }
                }
            };
            let part = self.checker.coerce(part, &field.ty);
            let var = self.checker.scope.fresh();
            fields.push((position, var, part));
        }
    }

    /// What a target becomes, as a value of `ty`.
    fn value(&mut self, target: &TargetAst, ty: &Type, at: &[u16]) -> Node {
        match &target.kind {
            TargetKind::Value(expr) => self.checker.expression(expr, ty),
            TargetKind::Cases(cases) => self.cases(cases, ty, at, target.span),
            TargetKind::Each(each) => self.each(each, ty, at, target.span),
            TargetKind::Fields(fields) => {
                let inner = targets(&fields.fields);
                self.with_lets(&fields.lets, |body, lets| {
                    let value = body.below(ty, &inner, at, target.span);
                    substitute_lets(value, lets)
                })
            }
            TargetKind::Missing => unknown(target.span),
        }
    }

    /// Nested fields of a struct, or of an optional one.
    fn below(&mut self, ty: &Type, targets: &Targets<'_>, at: &[u16], span: Span) -> Node {
        let Type::Struct(of) = ty.inner() else {
            if ty.inner().is_unknown() {
                return unknown(span);
            }
            let message = format!("a `{}` has no fields to set", ty.show(self.model()));
            self.checker.report(Diagnostic::new(rules::EXPR003, span, message));
            return unknown(span);
        };
        let made = self.make(*of, targets, at, span);
        self.checker.coerce(made, ty)
    }

    /// `cases:` as a chain of conditions; each sees what earlier ones disproved.
    fn cases(&mut self, cases: &[CaseAst], ty: &Type, at: &[u16], span: Span) -> Node {
        let Some((case, rest)) = cases.split_first() else {
            let message = "these cases do not cover everything";
            let finding = Diagnostic::new(rules::EXPR003, span, message).help("end them with `{ else: … }`");
            self.checker.report(finding);
            return unknown(span);
        };
        if let Some(otherwise) = &case.otherwise {
            return self.checker.expression(otherwise, ty);
        }
        let Some(when) = &case.when else {
            return match &case.fields {
                Some(fields) => self.below(ty, &targets(fields), at, case.span),
                None => unknown(case.span),
            };
        };
        let (condition, held, failed) = self.checker.condition(when);
        let then = self.with_facts(held, |body| match (&case.value, &case.fields) {
            (Some(value), _) => body.checker.expression(value, ty),
            (None, Some(fields)) => body.below(ty, &targets(fields), at, case.span),
            (None, None) => unknown(case.span),
        });
        let other = self.with_facts(failed, |body| body.cases(rest, ty, at, span));
        if condition.ty.is_unknown() || then.ty.is_unknown() || other.ty.is_unknown() {
            return unknown(span);
        }
        let fails = condition.fails || then.fails || other.fails;
        let kind = Kind::Cond(Box::new(condition), Box::new(then), Box::new(other));
        Node { kind, ty: ty.clone(), fails, span }
    }

    /// `each` as a list of elements.
    pub fn each(&mut self, each: &EachAst, ty: &Type, at: &[u16], span: Span) -> Node {
        let Some(element_ty) = ty.element().cloned() else {
            let message = format!("`each` makes a list, and this is a `{}`", ty.show(self.model()));
            self.checker.report(Diagnostic::new(rules::EXPR003, each.list.span, message));
            return unknown(span);
        };
        let Some((list, element)) = self.source(each) else { return unknown(span) };
        let made = self.element_scope(each, &list, element, |body, parts| {
            let one = match &each.value {
                Some(value) => body.checker.expression(value, &element_ty),
                None => {
                    let inner = targets(&each.body.fields);
                    body.below(&element_ty, &inner, at, span)
                }
            };
            Each {
                list: list.clone(),
                var: parts.var,
                index: parts.index,
                drops: parts.drops,
                lets: parts.lets,
                body: one,
            }
        });
        let complete = !made.body.ty.is_unknown() && made.drops.iter().all(|(d, _)| !d.ty.is_unknown());
        let fails = made.list.fails || made.body.fails || made.drops.iter().any(|(d, _)| d.fails);
        let list_ty = Type::List(Box::new(element_ty));
        let node =
            Node { kind: Kind::Each(Box::new(made)), ty: if complete { list_ty } else { Type::Unknown }, fails, span };
        if node.ty.is_unknown() { node } else { self.checker.coerce(node, ty) }
    }

    /// `each` with a body of the caller's making.
    pub fn each_with(&mut self, each: &EachAst, one: impl FnOnce(&mut Self) -> Node) -> Option<Each> {
        let (list, element) = self.source(each)?;
        Some(self.element_scope(each, &list.clone(), element, |body, parts| Each {
            list,
            var: parts.var,
            index: parts.index,
            drops: parts.drops,
            lets: parts.lets,
            body: one(body),
        }))
    }

    /// The source list and its element type.
    fn source(&mut self, each: &EachAst) -> Option<(Node, Type)> {
        let list = self.checker.infer(&each.list);
        match list.ty.clone() {
            Type::Unknown => None,
            Type::List(element) => Some((list, *element)),
            Type::Optional(inner) if matches!(*inner, Type::List(_)) => {
                let finding = Diagnostic::new(rules::EXPR004, each.list.span, "this list may be absent")
                    .help("`.orValue([])` makes it empty then, `.orRaise(…)` names the failure");
                self.checker.report(finding);
                None
            }
            other => {
                let message = format!("`each` goes over a list, not over a `{}`", other.show(self.model()));
                self.checker.report(Diagnostic::new(rules::EXPR003, each.list.span, message));
                None
            }
        }
    }

    /// Runs `f` where the element, its index and its named parts are in scope and none of the drops holds.
    fn element_scope<T>(
        &mut self,
        each: &EachAst,
        list: &Node,
        element: Type,
        f: impl FnOnce(&mut Self, Parts) -> T,
    ) -> T {
        let bindings = self.checker.scope.bindings.len();
        let name = each.element.as_ref().map_or("item", |t| t.value.as_str());
        let var = self.checker.scope.bind_from(name, element, false, list);
        let index = each.index.as_ref().map(|name| self.checker.scope.bind(&name.value, Type::Int, false));
        let lets = self.lets(&each.body.lets);
        let mut drops = Vec::new();
        let mut facts: Vec<Path> = Vec::new();
        for drop in &each.drop {
            let (when, _, failed) = self.checker.condition(&drop.when);
            facts.extend(failed);
            drops.push((when, drop.reason.as_ref().map(|r| r.value.clone()).unwrap_or_default()));
        }
        let result = self.with_facts(facts, |body| f(body, Parts { var, index, lets, drops }));
        self.checker.scope.bindings.truncate(bindings);
        result
    }

    fn lets(&mut self, lets: &Named<Snake, ExprText>) -> Vec<(VarId, Node)> {
        lets.iter()
            .map(|(name, expr)| {
                let value = self.checker.infer(expr);
                let var = self.checker.scope.bind_from(&name.value, value.ty.clone(), value.fails, &value);
                (var, value)
            })
            .collect()
    }

    fn with_lets<T>(&mut self, lets: &Named<Snake, ExprText>, f: impl FnOnce(&mut Self, Vec<(VarId, Node)>) -> T) -> T {
        let bindings = self.checker.scope.bindings.len();
        let lets = self.lets(lets);
        let result = f(self, lets);
        self.checker.scope.bindings.truncate(bindings);
        result
    }

    fn with_facts<T>(&mut self, facts: Vec<Path>, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.checker.facts_len();
        self.checker.assume(facts);
        let result = f(self);
        self.checker.forget(before);
        result
    }

    /// A patch of a struct.
    pub fn patch(&mut self, of: Id<Struct>, targets: &Targets<'_>, at: &[u16], span: Span) -> Node {
        let groups = self.groups(of, targets, at);
        let mut fields = Vec::new();
        let mut complete = true;
        for group in groups {
            let Some(field) = self.model().structs[of].field(group.position) else { continue };
            let mut path = at.to_vec();
            path.push(group.position);
            let (value, touch) = match &group.content {
                Content::Below(below) => (self.nested_patch(&field.ty, below, &path, group.at), None),
                Content::Whole(target) => {
                    let value = match &target.kind {
                        TargetKind::Each(each) if field.list_key.is_some() => {
                            self.each_patch(each, &field.ty, field.list_key.unwrap_or(0), &path, target.span)
                        }
                        TargetKind::Fields(inner) => {
                            let inner = self::targets(&inner.fields);
                            self.nested_patch(&field.ty, &inner, &path, target.span)
                        }
                        _ => self.value(target, &field.ty.inner().clone().optional(), &path),
                    };
                    (value, target.touch.as_ref())
                }
            };
            complete &= !value.ty.is_unknown();
            let touched = match touch {
                Some(expr) => self.checker.expression(expr, &Type::Bool),
                None => touched(self.model(), &value),
            };
            let clears = clears(self.model(), &value);
            let (ty, fails) = (value.ty.clone(), value.fails);
            let value = Node { kind: Kind::At(field.name.clone(), Box::new(value)), ty, fails, span: group.at };
            fields.push(PatchField { field: group.position, touched, clears, value });
        }
        let fails = fields.iter().any(|f| f.value.fails || f.touched.fails);
        let patch = Patch { of, system: self.system, find: Vec::new(), fields };
        let ty = if complete { Type::Struct(of) } else { Type::Unknown };
        Node { kind: Kind::Patch(Box::new(patch)), ty, fails, span }
    }

    fn nested_patch(&mut self, ty: &Type, targets: &Targets<'_>, at: &[u16], span: Span) -> Node {
        match ty.inner() {
            Type::Struct(of) => self.patch(*of, targets, at, span),
            Type::Unknown => unknown(span),
            other => {
                let message = format!("a `{}` has no fields to set", other.show(self.model()));
                self.checker.report(Diagnostic::new(rules::EXPR003, span, message));
                unknown(span)
            }
        }
    }

    fn each_patch(&mut self, each: &EachAst, ty: &Type, key: u16, at: &[u16], span: Span) -> Node {
        let Some(of) = ty.element().and_then(Type::as_struct) else { return unknown(span) };
        let Some((list, element)) = self.source(each) else { return unknown(span) };
        let Some(key_field) = self.model().structs[of].field(key) else { return unknown(span) };
        let named = each.key.iter().find(|(name, _)| name.value == key_field.name);
        let Some((_, key_expr)) = named else {
            let message = format!("a patch of `{}` says which line is meant", key_field.name);
            let help = format!("add `key: {{ {}: … }}`", key_field.name);
            self.checker.report(Diagnostic::new(rules::MAP007, span, message).help(help));
            return unknown(span);
        };
        let key_ty = key_field.ty.clone();
        let made = self.element_scope(each, &list, element, |body, parts| {
            let mut key_path = at.to_vec();
            key_path.push(key);
            let key_node = body.checker.expression(key_expr, &key_ty);
            let removed = each.removed.as_ref().map(|expr| body.checker.expression(expr, &Type::Bool));
            let inner = targets(&each.body.fields);
            let one = body.patch(of, &inner, at, span);
            EachPatch {
                of,
                list: list.clone(),
                var: parts.var,
                index: parts.index,
                drops: parts.drops,
                lets: parts.lets,
                key: (key, key_node),
                removed,
                body: one,
            }
        });
        let complete = !made.body.ty.is_unknown() && !made.key.1.ty.is_unknown();
        let ty = if complete { ty.clone() } else { Type::Unknown };
        Node { kind: Kind::EachPatch(Box::new(made)), ty, fails: true, span }
    }

    /// Groups targets by their first field, and reports fields that are not there or given twice.
    fn groups<'a>(&mut self, of: Id<Struct>, targets: &Targets<'a>, at: &[u16]) -> Vec<Group<'a>> {
        let model = self.model();
        let declared = &model.structs[of];
        let mut groups: Vec<Group<'a>> = Vec::new();
        for (segments, path, target) in targets {
            let segments: &'a [crate::syntax::Text] = segments;
            let target: &'a TargetAst = target;
            // A record's own names may hold dots: the longest name that fits counts.
            let whole = segments.iter().map(|s| s.value.as_str()).collect::<Vec<_>>().join(".");
            let (position, used) = match declared.position(&whole) {
                Some(position) if declared.is_record() => (Some(position), segments.len()),
                _ => (segments.first().and_then(|s| declared.position(&s.value)), 1),
            };
            let Some((first, rest)) = segments.split_at_checked(used).and_then(|(f, r)| Some((f.first()?, r))) else {
                continue;
            };
            let Some(position) = position else {
                if declared.unread {
                    continue;
                }
                let names: Vec<&str> = declared.fields.iter().map(|f| f.name.as_str()).collect();
                let help = match suggest(&first.value, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it has {}", list_of(&names)),
                };
                let message = format!("`{}` has no field `{}`", declared.full_name(model), first.value);
                self.checker.report(Diagnostic::new(rules::EXPR002, first.span, message).help(help));
                continue;
            };
            self.note_assigned(of, at, position, rest, path, target);
            let at_span = first.span;
            match groups.iter_mut().find(|g| g.position == position) {
                None => {
                    let content = if rest.is_empty() {
                        Content::Whole(target)
                    } else {
                        Content::Below(vec![(rest, path, target)])
                    };
                    groups.push(Group { position, at: at_span, content });
                }
                Some(group) => match (&mut group.content, rest.is_empty()) {
                    (Content::Below(below), false) => below.push((rest, path, target)),
                    _ => {
                        let earlier = group.at;
                        let message = format!("`{}` is set twice", path.text);
                        let finding =
                            Diagnostic::new(rules::NAME002, at_span, message).related(earlier, "set here already");
                        self.checker.report(finding);
                    }
                },
            }
        }
        groups
    }

    fn note_assigned(
        &mut self,
        of: Id<Struct>,
        at: &[u16],
        position: u16,
        rest: &[crate::syntax::Text],
        path: &PathAst,
        target: &TargetAst,
    ) {
        // Paths below are noted when their struct is built; structured targets note their own fields.
        if !rest.is_empty() {
            return;
        }
        let field = self.model().structs[of].field(position);
        let structured = match &target.kind {
            TargetKind::Each(each) => each.value.is_none(),
            TargetKind::Fields(_) => field.is_some_and(|f| f.ty.as_struct().is_some()),
            _ => false,
        };
        let mut full = at.to_vec();
        full.push(position);
        if !structured || field.is_some_and(|f| f.list_key.is_some()) {
            // The root is not known here; the mapping fills the text in from its target.
            self.assigned.push(Assigned { path: full, text: String::new(), span: path.span });
        }
    }

    /// The identity that a patch is for.
    pub fn find(&mut self, of: Id<Struct>, find: &ByPath<ExprText>) -> Vec<(Vec<u16>, Node)> {
        let mut all = Vec::new();
        for (path, expr) in find {
            let Some((positions, ty)) = self.field_path(of, path) else { continue };
            all.push((positions, self.checker.expression(expr, &ty)));
        }
        all
    }

    /// A path of plain fields, with the type at its end, without the optional.
    fn field_path(&mut self, of: Id<Struct>, path: &PathAst) -> Option<(Vec<u16>, Type)> {
        let mut positions = Vec::new();
        let mut ty = Type::Struct(of);
        for segment in &path.segments {
            let model = self.model();
            let id = ty.as_struct();
            let found = id.and_then(|id| {
                let declared = &model.structs[id];
                let position = declared.position(&segment.value)?;
                Some((position, declared.field(position)?.ty.inner().clone()))
            });
            let Some((position, next)) = found else {
                let message = format!("`{}` has no field `{}`", ty.show(model), segment.value);
                self.checker.report(Diagnostic::new(rules::EXPR002, segment.span, message));
                return None;
            };
            positions.push(position);
            ty = next;
        }
        Some((positions, ty))
    }

    /// Makes the variables of an `initial:` (fields by position, then its own) those of the struct that is built; false
    /// if a field that it reads is not set.
    fn rename(&mut self, node: &mut Node, width: usize, fields: &[(u16, VarId, Node)]) -> bool {
        let mut all = true;
        let mut own: Vec<(VarId, VarId)> = Vec::new();
        let scope = &mut self.checker.scope;
        super::rewrite::vars(node, &mut |var| {
            if var.0 as usize >= width {
                if let Some((_, fresh)) = own.iter().find(|(old, _)| *old == var) {
                    return *fresh;
                }
                let fresh = scope.fresh();
                own.push((var, fresh));
                return fresh;
            }
            if let Some((_, renamed, _)) = fields.iter().find(|(position, _, _)| u32::from(*position) == var.0) {
                return *renamed;
            }
            all = false;
            var
        });
        all
    }
}

/// What is in scope of an element.
struct Parts {
    var: VarId,
    index: Option<VarId>,
    lets: Vec<(VarId, Node)>,
    drops: Vec<(Node, String)>,
}

fn unknown(span: Span) -> Node {
    Node { kind: Kind::Const(Const::None), ty: Type::Unknown, fails: false, span }
}

/// Named parts of nested fields stand where they are used.
fn substitute_lets(node: Node, lets: Vec<(VarId, Node)>) -> Node {
    lets.into_iter().rev().fold(node, |mut node, (var, value)| {
        super::rewrite::replace(&mut node, var, &value);
        node
    })
}
