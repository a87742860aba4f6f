//! Calls and mappings as flows and published events use them: what goes into each is held against what it takes, and
//! a finding shows both sides.

use super::system::answer_type;
use super::typist::Typist;
use crate::diagnostic::Diagnostic;
use crate::expr::ir::{Kind, Node, VarId};
use crate::model::{
    Call, Id, Input, InputShape, Intent, Kept, MapUse, Mapping, Model, Operation, OperationRef, Receive, Received,
    Struct, Type,
};
use crate::rules;
use crate::source::Span;
use crate::syntax::{CallAst, ExprText, Free, MapUseAst, Named, Text};

/// What a call is written with.
pub(super) struct Written<'a> {
    pub call: &'a CallAst,
    pub params: &'a Named<Free, ExprText>,
    pub send: Option<&'a MapUseAst>,
    pub receive: Option<&'a MapUseAst>,
}

/// What the result of a received mapping may be: of which object, beside which kept collections, and whether the
/// object is there already.
#[derive(Clone, Copy)]
pub(super) struct Taker<'a> {
    pub object: Id<Struct>,
    pub keep: &'a [Kept],
    pub into: Option<&'a Text>,
    pub exists: bool,
}

impl Typist<'_> {
    /// `sap.create_order`, or `ongoing[part.key].create_order`.
    pub fn operation(&mut self, ast: &CallAst) -> Option<(OperationRef, Option<Node>)> {
        // It could not be read, which was said.
        if ast.system.value.is_empty() {
            self.untold += 1;
            return None;
        }
        let system = self.system(&ast.system)?;
        let instance = ast.instance.as_ref().and_then(|expr| self.instance(system, &ast.system, expr));
        Some((self.operation_of(system, &ast.system, &ast.operation)?, instance))
    }

    /// Which instance of a system: a text or a code that selects one.
    fn instance(&mut self, system: Id<crate::model::System>, name: &Text, expr: &ExprText) -> Option<Node> {
        let model = self.model;
        let of = &model.systems[system];
        let node = self.infer(expr)?;
        if of.instances.is_empty() {
            let message = format!("`{}` has no instances to choose from", name.value);
            let finding = Diagnostic::new(rules::EXPR003, expr.span, message).related(of.span, "the system");
            self.report(finding.help("declare them under `instances:` of the system, or leave the brackets out"));
            return None;
        }
        match node.ty {
            Type::Code(codes) => {
                let selected = |code: &str| of.instances.iter().any(|instance| instance.is == code);
                let missing: Vec<String> = model.codes[codes]
                    .codes
                    .iter()
                    .filter(|code| !selected(&code.code))
                    .map(|code| format!("`{}`", code.code))
                    .collect();
                if !missing.is_empty() {
                    let list = missing.join(", ");
                    let message =
                        format!("no instance of `{}` is selected by {list} of `{}`", of.name, model.codes[codes].name);
                    let finding = Diagnostic::new(rules::EXPR003, expr.span, message);
                    let finding = of.instances.iter().take(4).fold(finding, |finding, instance| {
                        finding.related(instance.span, format!("selected by `{}`", instance.is))
                    });
                    self.report(finding.help("say under `is:` of an instance which code selects it"));
                    return None;
                }
                Some(node)
            }
            ref ty if ty.is_text() && *ty != Type::Json => Some(node),
            ref other => {
                let shown = other.show(model);
                let message = format!("an instance is selected by a text or a code, not by a `{shown}`");
                self.report(Diagnostic::new(rules::EXPR003, expr.span, message));
                None
            }
        }
    }

    /// A call with its parameters, request and answer. `own` is what the request is made of where nothing is said.
    pub fn call(&mut self, written: &Written<'_>, own: &[Node], taker: Option<Taker<'_>>) -> Option<Call> {
        let (operation, instance) = self.operation(written.call)?;
        Some(self.call_of(operation, instance, written.call.span, written, own, taker))
    }

    pub fn call_of(
        &mut self,
        at: OperationRef,
        instance: Option<Node>,
        span: Span,
        written: &Written<'_>,
        own: &[Node],
        taker: Option<Taker<'_>>,
    ) -> Call {
        let params = self.params(at, written.params, span);
        let send = self.send(at, written.send, own, span);
        let receive = match (written.receive, taker) {
            (Some(receive), Some(taker)) => self.answer(at, receive, taker),
            (Some(receive), None) => {
                let message = "nothing is received here";
                self.report(Diagnostic::new(rules::SPEC004, receive.span, message));
                None
            }
            (None, _) => None,
        };
        Call { operation: at, instance, span, params, send, receive }
    }

    fn declared(&self, at: OperationRef) -> Option<&'_ Operation> {
        self.model.operation(at)
    }

    fn params(&mut self, at: OperationRef, given: &Named<Free, ExprText>, span: Span) -> Vec<(u16, Node, Span)> {
        let model = self.model;
        let Some(operation) = model.operation(at) else { return Vec::new() };
        let mut all = Vec::with_capacity(given.len());
        for (name, expr) in given {
            let Some(position) = operation.params.iter().position(|p| p.name == name.value) else {
                let message = format!("`{}` has no parameter `{}`", operation.name, name.value);
                self.not_there(message, name, operation.params.iter().map(|p| p.name.as_str()), "it has", "");
                continue;
            };
            let (Some(param), Ok(position)) = (operation.params.get(position), u16::try_from(position)) else {
                continue;
            };
            let value = self.with_system(at.system, |typist| typist.expression(expr, &param.ty));
            if let Some(value) = value {
                all.push((position, value, expr.span));
            }
        }
        let missing: Vec<String> = operation
            .params
            .iter()
            .filter(|p| !p.ty.is_optional() && !p.ty.is_unknown() && given.get(&p.name).is_none())
            .map(|p| format!("`{}`", p.name))
            .collect();
        if !missing.is_empty() {
            let message = format!("`{}` needs {}", model.operation_name(at), missing.join(", "));
            let finding = Diagnostic::new(rules::SPEC003, span, message).related(operation.span, "the operation");
            self.report(finding.help("give them under `params:`"));
        }
        all
    }

    fn send(&mut self, at: OperationRef, ast: Option<&MapUseAst>, own: &[Node], span: Span) -> Option<MapUse> {
        let model = self.model;
        let (operation, name) = (model.operation(at)?, model.operation_name(at));
        let Some(ast) = ast else {
            if let Some(request) = operation.request {
                let message = format!("`{name}` takes `{}`, and none is sent", model.structs[request].full_name(model));
                let finding = Diagnostic::new(rules::SPEC003, span, message).related(operation.span, "the operation");
                self.report(finding.help("add `send:` with a mapping to it"));
            }
            return None;
        };
        let id = self.mapping(&ast.map)?;
        let mapping = &model.mappings[id];
        let made = made(&mapping.target);
        if mapping.target.is_unknown() {
            return None;
        }
        match operation.request {
            Some(request) if mapping.intent == Intent::Request && made == Some(request) => {}
            Some(request) => {
                let takes = model.structs[request].full_name(model);
                let makes = mapping.target.show(model);
                let message = format!("`{}` makes `{makes}`, and `{name}` takes `{takes}`", mapping.name);
                self.sides(ast.map.span, message, operation, mapping);
                return None;
            }
            None => {
                let message = format!("`{}` is sent, and `{name}` takes no request", mapping.name);
                self.sides(ast.map.span, message, operation, mapping);
                return None;
            }
        }
        self.apply(id, ast, own)
    }

    /// A finding on a mapping that does not fit an operation: both are shown.
    fn sides(&mut self, span: Span, message: String, operation: &Operation, mapping: &Mapping) {
        let finding = Diagnostic::new(rules::EXPR003, span, message).related(operation.span, "the operation");
        self.report(finding.related(mapping.target_span, "what the mapping makes"));
    }

    fn mapping(&mut self, name: &Text) -> Option<Id<Mapping>> {
        let model = self.model;
        self.named(&model.mappings_by_name, "mapping", name)
    }

    /// A mapping with a value for each of its inputs: as `with` says, else what has the input's name, else what has
    /// its type.
    fn apply(&mut self, id: Id<Mapping>, ast: &MapUseAst, own: &[Node]) -> Option<MapUse> {
        let model = self.model;
        let mapping = &model.mappings[id];
        for (name, _) in &ast.with {
            if !mapping.inputs.iter().any(|input| input.name == name.value) {
                let message = format!("`{}` has no input `{}`", mapping.name, name.value);
                self.not_there(message, name, mapping.inputs.iter().map(|i| i.name.as_str()), "it has", "");
            }
        }
        let mut inputs = Vec::with_capacity(mapping.inputs.len());
        let mut complete = true;
        for input in &mapping.inputs {
            let value = match ast.with.get(&input.name) {
                Some(expr) => self.given(mapping, input, expr),
                None => self.found(mapping, input, ast, own),
            };
            match value {
                Some(value) => inputs.push(value),
                None => complete = false,
            }
        }
        complete.then_some(MapUse { mapping: id, inputs, span: ast.map.span })
    }

    fn given(&mut self, mapping: &Mapping, input: &Input, expr: &ExprText) -> Option<Node> {
        let node = self.infer(expr)?;
        if fits(self.model, input, &node.ty) {
            return Some(node);
        }
        let (has, wants) = (node.ty.show(self.model), input_type(input).show(self.model));
        let message = format!("`{}` of `{}` is `{wants}`, and this is `{has}`", input.name, mapping.name);
        let rule = if node.ty.is_optional() && fits(self.model, input, node.ty.inner()) {
            rules::EXPR004
        } else {
            rules::EXPR003
        };
        self.report(Diagnostic::new(rule, expr.span, message).related(input.span, "the input"));
        None
    }

    fn found(&mut self, mapping: &Mapping, input: &Input, ast: &MapUseAst, own: &[Node]) -> Option<Node> {
        if let Some(binding) = self.scope.find(&input.name)
            && fits(self.model, input, &binding.ty)
        {
            return Some(Node {
                kind: Kind::Var(binding.var),
                ty: binding.ty.clone(),
                fails: false,
                span: ast.map.span,
            });
        }
        if let ([_], Some(node)) =
            (mapping.inputs.as_slice(), own.iter().find(|node| fits(self.model, input, &node.ty)))
        {
            return Some(Node { span: ast.map.span, ..node.clone() });
        }
        let wants = input_type(input).show(self.model);
        let has: Vec<String> = own.iter().map(|node| format!("`{}`", node.ty.show(self.model))).collect();
        let message = if mapping.inputs.len() == 1 && !has.is_empty() {
            format!("`{}` reads `{wants}`, and here is {}", mapping.name, has.join(", "))
        } else {
            format!("nothing here is the input `{}` of `{}`, `{wants}`", input.name, mapping.name)
        };
        let help = format!("say what it gets: `{{ map: {}, with: {{ {}: … }} }}`", mapping.name, input.name);
        let finding = Diagnostic::new(rules::EXPR003, ast.map.span, message).related(input.span, "the input");
        self.report(finding.help(help));
        None
    }

    /// What is made of an answer.
    fn answer(&mut self, at: OperationRef, ast: &MapUseAst, taker: Taker<'_>) -> Option<Receive> {
        let model = self.model;
        let operation = self.declared(at).cloned()?;
        let types = answer_types(model, &operation);
        if types.is_empty() {
            let message = format!("`{}` answers with nothing to receive", model.operation_name(at));
            let finding = Diagnostic::new(rules::EXPR003, ast.map.span, message);
            self.report(finding.related(operation.span, "the operation"));
            return None;
        }
        let place = (operation.span, "the operation");
        let name = model.operation_name(at);
        let src = self.scope.fresh();
        self.received(at.system, (src, &types), ast, taker, place, &format!("answers to `{name}`"))
    }

    /// What is made of a record, or several by name in scope, of which the first type that fits is meant.
    pub fn received(
        &mut self,
        system: Id<crate::model::System>,
        (var, types): (VarId, &[Type]),
        ast: &MapUseAst,
        taker: Taker<'_>,
        (place, what): (Span, &str),
        from: &str,
    ) -> Option<Receive> {
        let model = self.model;
        let id = self.mapping(&ast.map)?;
        let mapping = &model.mappings[id];
        if mapping.target.is_unknown() {
            return None;
        }
        let src = mapping
            .inputs
            .iter()
            .find_map(|input| types.iter().find(|ty| fits(model, input, ty)))
            .or(types.first())
            .cloned()
            .unwrap_or(Type::Unknown);
        let alone = mapping.inputs.len() == 1 && ast.with.is_empty();
        if let ([input], true) = (mapping.inputs.as_slice(), alone)
            && !fits(self.model, input, &src)
        {
            let (reads, is) = (input_type(input).show(model), src.show(model));
            let message = format!("`{}` reads `{reads}`, and {from} are `{is}`", mapping.name);
            let finding = Diagnostic::new(rules::EXPR003, ast.map.span, message).related(place, what);
            self.report(finding.related(input.span, "what the mapping reads"));
            return None;
        }
        let mapping = self.with_src(system, (var, src.clone()), |typist| {
            let own = [Node { kind: Kind::Var(var), ty: src, fails: false, span: ast.map.span }];
            typist.apply(id, ast, &own)
        });
        let into = self.taken(id, ast, taker)?;
        Some(Receive { mapping: mapping?, src: var, into })
    }

    /// Where the result of a mapping goes.
    fn taken(&mut self, id: Id<Mapping>, ast: &MapUseAst, taker: Taker<'_>) -> Option<Received> {
        let model = self.model;
        let mapping = &model.mappings[id];
        let makes = mapping.target.show(model);
        let made = made(&mapping.target)?;
        if let Some(name) = taker.into {
            let Some(position) = taker.keep.iter().position(|kept| kept.name == name.value) else {
                let message = format!("the flow keeps no `{}`", name.value);
                self.not_there(message, name, taker.keep.iter().map(|kept| kept.name.as_str()), "it keeps", "");
                return None;
            };
            let kept = taker.keep.get(position)?;
            if kept.element == made && mapping.intent != Intent::Request {
                return Some(Received::Kept(u16::try_from(position).ok()?));
            }
            let element = model.structs[kept.element].full_name(model);
            let message = format!("`{}` makes `{makes}`, and `{}` holds `{element}`", mapping.name, kept.name);
            let finding = Diagnostic::new(rules::EXPR003, ast.map.span, message).related(kept.span, "what is kept");
            self.report(finding.related(mapping.target_span, "what the mapping makes"));
            return None;
        }
        let object = &model.structs[taker.object];
        let (message, help) = match (&mapping.target, mapping.intent) {
            (Type::Struct(of), Intent::Update) if *of == taker.object => return Some(Received::Patch),
            (Type::Struct(of), Intent::Create) if *of == taker.object => {
                if !taker.exists {
                    return Some(Received::Create);
                }
                let message = format!("`{}` creates `{makes}`, and here there is one already", mapping.name);
                (message, Some("receive a patch of it: a mapping with `intent: update`".to_owned()))
            }
            _ => {
                let message = format!("`{}` makes `{makes}`, and the flow is about `{}`", mapping.name, object.name);
                let kept = taker.keep.iter().find(|kept| kept.element == made);
                (message, kept.map(|kept| format!("keep it beside the object: `into: {}`", kept.name)))
            }
        };
        let finding = Diagnostic::new(rules::EXPR003, ast.map.span, message).related(object.span, "the object");
        self.report(finding.related(mapping.target_span, "what the mapping makes").help_opt(help));
        None
    }
}

/// What an operation answers with, for a mapping to choose from: all items of its pages, or its record, or as many as
/// stand in that.
pub(super) fn answer_types(model: &Model, operation: &Operation) -> Vec<Type> {
    let items = operation.page.as_ref().and_then(|page| page.list.as_ref()).map(|list| list.ty.clone());
    let record = operation.response.map(|record| answer_type(model, record));
    items.into_iter().chain(record).collect()
}

/// The struct that a mapping makes, one or many.
fn made(target: &Type) -> Option<Id<Struct>> {
    target.as_struct().or_else(|| target.element().and_then(Type::as_struct))
}

fn input_type(input: &Input) -> Type {
    let one = Type::Struct(input.of);
    if input.shape == InputShape::List { Type::List(Box::new(one)) } else { one }
}

/// Whether a value can be an input; a list of records for one means that the mapping is applied to each.
fn fits(model: &Model, input: &Input, ty: &Type) -> bool {
    let many = matches!(ty, Type::List(element) if **element == Type::Struct(input.of));
    let each = many && input.shape == InputShape::One && model.structs[input.of].is_record();
    *ty == input_type(input) || each
}
