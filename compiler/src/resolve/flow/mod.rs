//! Flows: names first, so that APIs and templates can refer to them, then everything in them.
//!
//! A flow is typed in one pass over its parts: object and kept collections come into scope, then what starts it, then
//! the table of all steps ([`slots`]), each step in the scope of the parts that it stands in ([`step`]), and what may
//! come at any time ([`action`]). Absent on purpose: judgement of orders, deadlines and compensation, which is for rules.

mod action;
mod event;
mod slots;
mod state;
mod step;

use super::Resolver;
use super::calls::{Taker, Written, answer_types};
use super::declare::text_of;
use super::event::root_name;
use super::typist::Typist;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expr::check::path_of;
use crate::expr::ir::{Const, Func, Kind, LoopKind, Node, VarId};
use crate::model::rights;
use crate::model::{Answer, Derive, Fetch, Flow, Id, Kept, Model, Start, StartFrom, Step, StepId, Struct, Type};
use crate::rules;
use crate::source::Span;
use crate::syntax::{DeriveAst, ExprText, FetchAst, FlowAst, KeepAst, Named, Snake, StartAst, Text};
use slots::Slots;
use std::collections::BTreeMap;

impl Resolver<'_> {
    /// Names and objects: what others refer to.
    pub(super) fn declare_flows(&mut self) {
        let specs = self.specs;
        for ast in &specs.flows {
            if let Some(earlier) = self.model.flows_by_name.get(&ast.name.value) {
                let span = self.model.flows[*earlier].span;
                self.twice("flow", &ast.name.text, span);
                continue;
            }
            let Some(object) = ast.object.as_ref().and_then(|name| self.object_named(name)) else {
                self.model.unread.add(&ast.name.value);
                continue;
            };
            let id = self.model.flows.push(Flow {
                name: ast.name.value.clone(),
                span: ast.name.span,
                description: text_of(ast.description.as_ref()),
                version: ast.version.as_ref().map_or(1, |version| version.value),
                version_span: ast.version.as_ref().map_or(ast.name.span, |version| version.span),
                object,
                root: root_name(&self.model.structs[object].name),
                key: None,
                keep: Vec::new(),
                derive: Vec::new(),
                starts: Vec::new(),
                steps: Vec::new(),
                body: Vec::new(),
                interrupts: Vec::new(),
                handlers: Vec::new(),
                dropped: Vec::new(),
                lookups: Vec::new(),
                variables: 1,
                unresolved: true,
            });
            self.model.flows_by_name.insert(ast.name.value.clone(), id);
        }
    }

    /// Everything in the flows, once all else is known.
    pub(super) fn flows(&mut self) {
        let specs = self.specs;
        for ast in &specs.flows {
            let id = self.model.flows_by_name.get(&ast.name.value).copied();
            // Of two with one name the first counts.
            let Some(id) = id.filter(|id| self.model.flows[*id].span == ast.name.span) else { continue };
            let (flow, diagnostics) = flow(&self.model, self.model.flows[id].clone(), ast);
            self.diagnostics.append(diagnostics);
            if let Some(target) = self.model.flows.get_mut(id) {
                *target = flow;
            }
        }
        self.answers();
    }

    /// `answer:` of APIs' operations: a step of the flow that they start.
    fn answers(&mut self) {
        let specs = self.specs;
        for ast in &specs.apis {
            let Some((api, declared)) = self.model.apis.iter().find(|(_, api)| api.span == ast.name.span) else {
                continue;
            };
            let names: Vec<String> = declared.operations.iter().map(|operation| operation.name.clone()).collect();
            for (name, operation) in ast.operations.iter().filter(|(_, operation)| operation.request.is_some()) {
                let Some(answer) = &operation.answer else { continue };
                let Some(position) = names.iter().position(|known| *known == name.value) else { continue };
                let started = self.started_by(api, position);
                let Some(flow) = started else {
                    let message = format!("no flow starts with `{}.{}`", ast.name.value, name.value);
                    let help = format!("name it in a flow: `start: [ {{ api: {}.{} }} ]`", ast.name.value, name.value);
                    self.report(Diagnostic::new(rules::NAME001, answer.span, message).help(help));
                    continue;
                };
                let Some(after) = self.model.flows[flow].step_named(&answer.after.value) else {
                    let known: Vec<String> =
                        self.model.flows[flow].steps.iter().map(|step| step.name.clone()).collect();
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    self.unknown_name(rules::NAME001, "step", &answer.after, &known);
                    continue;
                };
                let accepted_in_ms = answer.or_accepted_in.as_ref().map(|d| d.value.0);
                let answer = Answer { flow, after, accepted_in_ms, span: answer.after.span };
                let target = self.model.apis.get_mut(api).and_then(|api| api.operations.get_mut(position));
                if let Some(target) = target {
                    target.answer = Some(answer);
                }
            }
        }
    }

    fn started_by(&self, api: Id<crate::model::Api>, operation: usize) -> Option<Id<Flow>> {
        let starts = |flow: &Flow| {
            flow.starts.iter().any(|start| {
                matches!(start.from, StartFrom::Api { api: of, operation: at } if of == api && usize::from(at) == operation)
            })
        };
        self.model.flows.iter().find(|(_, flow)| starts(flow)).map(|(id, _)| id)
    }
}

/// A flow in the making.
struct Maker<'m, 's> {
    typist: Typist<'m>,
    model: &'m Model,
    object: Id<Struct>,
    keep: Vec<Kept>,
    slots: Slots<'s>,
    /// The steps typed so far, in the order of the slots.
    steps: Vec<Step>,
    /// The `each` steps whose parts are in scope, outermost first.
    open: Vec<StepId>,
    /// The flow's key.
    key: Option<Node>,
}

fn flow(model: &Model, mut flow: Flow, ast: &FlowAst) -> (Flow, Diagnostics) {
    let mut typist = Typist::new(model);
    typist.scope.bind(&flow.root, Type::Struct(flow.object), false);
    let (slots, found) = Slots::new(ast);
    typist.diagnostics.append(found);
    let object = flow.object;
    let mut maker =
        Maker { typist, model, object, keep: Vec::new(), slots, steps: Vec::new(), open: Vec::new(), key: None };
    maker.kept(&ast.keep);
    flow.key = ast.key.as_ref().and_then(|key| maker.typist.expression(key, &Type::STRING));
    maker.key.clone_from(&flow.key);
    flow.starts = ast.start.iter().filter_map(|start| maker.start(start)).collect();
    if ast.start.is_empty() {
        let message = format!("nothing starts `{}`", flow.name);
        let finding = Diagnostic::new(rules::SPEC003, flow.span, message);
        maker.typist.report(finding.help("add `start:` with an event of a system, or an operation of an API"));
    }
    flow.derive = ast.derive.iter().filter_map(|derive| maker.derive(&flow.root, derive)).collect();
    maker.all_steps();
    flow.interrupts = maker.interrupts(&ast.interrupts);
    flow.handlers = maker.handlers(&ast.exceptions);
    flow.dropped = maker.dropped(&ast.drop);
    let before = maker.slots.len() != maker.steps.len();
    flow.body.clone_from(&maker.slots.body);
    flow.keep = maker.keep;
    flow.steps = maker.steps;
    flow.lookups = std::mem::take(&mut maker.typist.scope.lookups);
    flow.variables = maker.typist.scope.next_var;
    flow.unresolved = before || maker.typist.untold > 0 || maker.typist.diagnostics.has_errors();
    (flow, maker.typist.diagnostics)
}

impl Maker<'_, '_> {
    /// The object as a node, for mappings that read it.
    fn own(&self, span: Span) -> Node {
        Node { kind: Kind::Var(Flow::OBJECT), ty: Type::Struct(self.object), fails: false, span }
    }

    fn taker<'t>(&self, keep: &'t [Kept], into: Option<&'t Text>, exists: bool) -> Taker<'t> {
        Taker { object: self.object, keep, into, exists }
    }

    fn kept(&mut self, ast: &Named<Snake, KeepAst>) {
        for (name, kept) in ast {
            if self.typist.scope.find(&name.value).is_some() {
                let message = format!("`{}` is the name of the object here", name.value);
                self.typist
                    .report(Diagnostic::new(rules::NAME002, name.span, message).help("name the collection otherwise"));
                continue;
            }
            let ty = self.kept_type(kept);
            let Some(element) = ty.as_ref().and_then(Type::element).and_then(Type::as_struct) else {
                // Its name is known all the same: what reads it is not at fault.
                self.typist.scope.bind(&name.value, Type::Unknown, false);
                continue;
            };
            let of = &self.model.structs[element];
            let key = kept.key.as_ref().and_then(|key| {
                let found = of.position(&key.value);
                if found.is_none() {
                    let message = format!("`{}` has no field `{}`", of.name, key.value);
                    self.typist.not_there(message, key, of.fields.iter().map(|f| f.name.as_str()), "it has", "");
                }
                found
            });
            let ty = Type::List(Box::new(Type::Struct(element)));
            let var = self.typist.scope.bind(&name.value, ty, false);
            let Some(key) = key else { continue };
            self.keep.push(Kept {
                name: name.value.clone(),
                span: name.span,
                description: text_of(kept.description.as_ref()),
                var,
                element,
                key,
            });
        }
    }

    /// A list of an object or value, by its name.
    fn kept_type(&mut self, ast: &KeepAst) -> Option<Type> {
        use crate::model::Named as TypeName;
        use crate::syntax::TypeKind;
        let element = match &ast.ty.kind {
            TypeKind::List(element) => match &element.kind {
                TypeKind::Named { name, .. } => Some(name),
                _ => None,
            },
            _ => None,
        };
        let Some(name) = element else {
            let message = "what is kept is a list of an object or value, such as `list<Shipment>`";
            self.typist.report(Diagnostic::new(rules::SPEC004, ast.ty.span, message));
            return None;
        };
        let model = self.model;
        match model.types_by_name.get(&name.value) {
            Some(TypeName::Struct(id)) => Some(Type::List(Box::new(Type::Struct(*id)))),
            Some(TypeName::Codes(_)) => {
                let message = format!("`{}` is a code list, and an object or value is kept", name.value);
                self.typist.report(Diagnostic::new(rules::SPEC004, name.span, message));
                None
            }
            None => {
                let known = model.types_by_name.iter().filter(|(_, named)| matches!(named, TypeName::Struct(_)));
                self.typist.unknown("type", name, known.map(|(name, _)| name.as_str()));
                None
            }
        }
    }

    fn start(&mut self, ast: &StartAst) -> Option<Start> {
        let from = match (&ast.event, &ast.api) {
            (Some(event), None) => self.start_event(ast, event)?,
            (None, Some(api)) => {
                for span in ast.receive.iter().map(|r| r.span).chain(ast.fetch.iter().map(|(name, _)| name.span)) {
                    let message = "the request of an API is the object itself: nothing is fetched or received";
                    self.typist.report(Diagnostic::new(rules::SPEC004, span, message));
                }
                self.start_api(api)?
            }
            _ => {
                let message = "a flow starts with an event or with an operation of an API";
                let finding = Diagnostic::new(rules::SPEC003, ast.span, message);
                self.typist.report(finding.help("give it `event` or `api`"));
                return None;
            }
        };
        Some(Start { span: ast.span, from })
    }

    fn start_event(&mut self, ast: &StartAst, name: &Text) -> Option<StartFrom> {
        let (event, src) = self.event(name)?;
        // The object is not there yet: what is received makes it.
        let bindings = std::mem::take(&mut self.typist.scope.bindings);
        let place = (self.event_span(event), "the event");
        let from = format!("events `{}`", name.value);
        let mut fetch = Vec::new();
        let var = self.typist.scope.fresh();
        self.typist.with_src(event.system, (var, src.clone()), |typist| {
            fetch = ast.fetch.iter().filter_map(|(name, fetch)| fetched(typist, name, fetch)).collect();
        });
        for fetch in &fetch {
            let binding = crate::expr::check::Binding {
                name: fetch.name.clone(),
                var: fetch.var,
                ty: fetch.ty.clone(),
                fails: false,
            };
            self.typist.scope.bindings.push(binding);
        }
        let taker = self.taker(&[], None, false);
        let receive = match &ast.receive {
            Some(receive) => self.typist.received(event.system, (var, &[src]), receive, taker, place, &from),
            None => {
                let message = format!("nothing is made of `{}`", name.value);
                let finding = Diagnostic::new(rules::SPEC003, ast.span, message);
                self.typist.report(finding.help("add `receive:` with a mapping to the object"));
                None
            }
        };
        self.typist.scope.bindings = bindings;
        let event = crate::model::Taken { event, span: name.span, src: var, matches: None, receive };
        Some(StartFrom::Event { event: Box::new(event), fetch })
    }

    fn start_api(&mut self, name: &Text) -> Option<StartFrom> {
        let model = self.model;
        let (api, operation) = self.typist.dotted(name, "an operation of an API, such as `orders.submit_order`")?;
        let Some((id, found)) = model.apis.iter().find(|(_, known)| known.name == api.value) else {
            self.typist.unknown("api", &api, model.apis.rows().iter().map(|known| known.name.as_str()));
            return None;
        };
        let Some(position) = found.operations.iter().position(|known| known.name == operation.value) else {
            let message = format!("`{}` has no operation `{}`", api.value, operation.value);
            let prefix = format!("{}.", api.value);
            let known = found.operations.iter().map(|known| known.name.as_str());
            self.typist.not_there(message, &operation, known, "it has", &prefix);
            return None;
        };
        let declared = found.operations.get(position)?;
        if declared.request != Some(self.object) {
            let object = &model.structs[self.object].name;
            let takes = declared.request.map(|of| model.structs[of].full_name(model));
            let takes = takes.map_or_else(|| "nothing".to_owned(), |takes| format!("a `{takes}`"));
            let message = format!("`{}` takes {takes}, and the flow is about `{object}`", name.value);
            let finding = Diagnostic::new(rules::EXPR003, name.span, message).related(declared.span, "the operation");
            self.typist.report(finding.help(format!("give it `request: {object}`")));
            return None;
        }
        Some(StartFrom::Api { api: id, operation: u16::try_from(position).ok()? })
    }

    /// `{ set: order.lines.shipped, as: line, to: …, by: ongoing }`.
    fn derive(&mut self, root: &str, ast: &DeriveAst) -> Option<Derive> {
        let (path, text, element) = self.derived_field(root, &ast.set, ast.element.as_ref())?;
        let (_, field) = rights::field_at(self.model, self.object, &path)?;
        let ty = field.ty.clone();
        let bound = self.typist.scope.bindings.len();
        let element = element.map(|(depth, of)| {
            let name = ast.element.as_ref().map_or("", |name| name.value.as_str());
            (depth, self.typist.scope.bind(name, Type::Struct(of), false))
        });
        let value = self.typist.expression(&ast.to, &ty);
        self.typist.scope.bindings.truncate(bound);
        let by = ast.by.as_ref().and_then(|by| self.typist.system(by));
        let value = self.unless_empty(value?, &path, element, &ty);
        Some(Derive { path, text, span: ast.set.span, element, value, by })
    }

    /// Where a derived field stands: its path, as text, and the list that the path enters with its element.
    #[allow(clippy::type_complexity)]
    fn derived_field(
        &mut self,
        root: &str,
        set: &ExprText,
        element: Option<&Text>,
    ) -> Option<(Vec<u16>, String, Option<(usize, Id<Struct>)>)> {
        let Some(text) = set.text.strip_prefix(root).and_then(|rest| rest.strip_prefix('.')) else {
            let message = format!("`{}` is no field of the flow's object", set.text);
            let finding = Diagnostic::new(rules::NAME001, set.span, message);
            self.typist.report(finding.help(format!("it starts with `{root}.`")));
            return None;
        };
        let mut of = Some(self.object);
        let mut path = Vec::new();
        let mut list: Option<(usize, Id<Struct>)> = None;
        let mut at = root.len() + 1;
        for segment in text.split('.') {
            let place = set
                .span_at(u32::try_from(at).unwrap_or(u32::MAX)..u32::try_from(at + segment.len()).unwrap_or(u32::MAX));
            at += segment.len() + 1;
            let found = of.and_then(|id| Some((id, self.model.structs[id].position(segment)?)));
            let Some((id, position)) = found else {
                let name = Text::new(segment.to_owned(), place);
                let fields = of.map(|id| self.model.structs[id].fields.as_slice()).unwrap_or_default();
                let whose = of.map_or_else(|| "this".to_owned(), |id| format!("`{}`", self.model.structs[id].name));
                let known = fields.iter().map(|field| field.name.as_str());
                self.typist.not_there(format!("{whose} has no field `{segment}`"), &name, known, "it has", "");
                return None;
            };
            path.push(position);
            let ty = &self.model.structs[id].field(position)?.ty;
            of = ty.as_struct();
            if let Some(inner) = ty.element().and_then(Type::as_struct) {
                if list.is_some() {
                    let message = "a list within a list is not derived: one list at most stands on the way";
                    self.typist.report(Diagnostic::new(rules::SPEC004, place, message));
                    return None;
                }
                list = Some((path.len(), inner));
                of = Some(inner);
            }
        }
        let within = list.filter(|(depth, _)| *depth < path.len());
        match (within, element) {
            (Some(_), None) => {
                let message = format!("`{}` is a field of each element of a list", set.text);
                let finding = Diagnostic::new(rules::SPEC003, set.span, message);
                self.typist.report(finding.help("name the element: `as: line`"));
                return None;
            }
            (None, Some(name)) => {
                let message = format!("`{}` names no element: no list stands on the way", name.value);
                self.typist.report(Diagnostic::new(rules::SPEC004, name.span, message));
            }
            (Some(_), Some(name)) => self.free_name(name),
            (None, None) => {}
        }
        Some((path, text.to_owned(), within))
    }

    /// A sum of money or quantities over nothing has no currency or unit: the field stays as it is then.
    fn unless_empty(&self, value: Node, path: &[u16], element: Option<(usize, VarId)>, ty: &Type) -> Node {
        let Kind::Loop(sum) = &value.kind else { return value };
        if sum.kind != LoopKind::Sum || !matches!(value.ty, Type::Money | Type::Quantity) {
            return value;
        }
        let span = value.span;
        let (start, of, path) = match element {
            Some((depth, var)) => {
                let list = path.get(..depth).and_then(|path| rights::field_at(self.model, self.object, path));
                let Some(of) = list.and_then(|(_, field)| rights::entered(&field.ty)) else { return value };
                (var, of, path.get(depth..).unwrap_or_default())
            }
            None => (Flow::OBJECT, self.object, path),
        };
        let mut now = Node { kind: Kind::Var(start), ty: Type::Struct(of), fails: false, span };
        for position in path {
            let Some(field) = now.ty.as_struct().and_then(|of| self.model.structs[of].field(*position)) else {
                return value;
            };
            now = Node { ty: field.ty.clone(), kind: Kind::Field(Box::new(now), *position), fails: false, span };
        }
        // Through an optional part there is nothing to keep.
        if now.ty != *ty {
            return value;
        }
        let size = Node {
            kind: Kind::Call(Func::SizeList, vec![sum.list.clone()]),
            ty: Type::Int,
            fails: sum.list.fails,
            span,
        };
        let zero = Node::constant(Const::Int(0), Type::Int, span);
        let fails = size.fails;
        let empty = Node { kind: Kind::Call(Func::Equal, vec![size, zero]), ty: Type::Bool, fails, span };
        let (ty, fails) = (value.ty.clone(), value.fails);
        Node { kind: Kind::Cond(Box::new(empty), Box::new(now), Box::new(value)), ty, fails, span }
    }

    /// A name that `as` gives hides none that is there.
    fn free_name(&mut self, name: &Text) {
        let scope = &self.typist.scope;
        let taken = scope.find(&name.value).is_some() || scope.parts.iter().any(|part| part.name == name.value);
        if taken || matches!(name.value.as_str(), "src" | "meta" | "config" | "this" | "none" | "header") {
            let message = format!("`{}` already means something here", name.value);
            self.typist.report(Diagnostic::new(rules::NAME002, name.span, message).help("choose another name"));
        }
    }

    /// Names of steps that are gone are those of no step that is there.
    fn dropped(&mut self, names: &[Text]) -> Vec<(String, Span)> {
        let mut all: BTreeMap<&str, Span> = BTreeMap::new();
        for name in names {
            if let Some(id) = self.slots.named(&name.value) {
                let message = format!("`{}` is dropped, and a step has this name", name.value);
                let at = self.slots.get(id).map_or(name.span, |slot| slot.ast.name.span);
                self.typist.report(Diagnostic::new(rules::NAME002, name.span, message).related(at, "the step"));
            } else if let Some(earlier) = all.insert(&name.value, name.span) {
                let message = format!("`{}` is dropped twice", name.value);
                self.typist
                    .report(Diagnostic::new(rules::NAME002, name.span, message).related(earlier, "here already"));
            }
        }
        names.iter().map(|name| (name.value.clone(), name.span)).collect()
    }

    /// A step by its name.
    fn step_named(&mut self, name: &Text) -> Option<StepId> {
        let found = self.slots.named(&name.value);
        if found.is_none() {
            let slots = &self.slots;
            self.typist.unknown("step", name, slots.names());
        }
        found
    }
}

/// A call whose answer a mapping reads.
fn fetched(typist: &mut Typist<'_>, name: &Text, ast: &FetchAst) -> Option<Fetch> {
    let written = Written { call: &ast.call, params: &ast.params, send: None, receive: None };
    let call = typist.call(&written, &[], None)?;
    let operation = typist.model.operation(call.operation)?;
    let Some(ty) = answer_types(typist.model, operation).into_iter().next() else {
        let message = format!("`{}` answers with nothing", typist.model.operation_name(call.operation));
        let finding = Diagnostic::new(rules::EXPR003, ast.call.span, message).related(operation.span, "the operation");
        typist.report(finding);
        return None;
    };
    let var = typist.scope.fresh();
    Some(Fetch { name: name.value.clone(), span: name.span, var, ty, call })
}

/// Field positions of a node that goes along fields of a variable, an identifier's included.
fn plain_path(node: &Node) -> Option<(VarId, Vec<u16>)> {
    match &node.kind {
        Kind::OrRaise(inner, _) | Kind::Fit(inner) => plain_path(inner),
        _ => path_of(node),
    }
}
