//! Mappings: their signatures first, then their bodies, which may call each other.

use super::Resolver;
use super::declare::Ids;
use super::records::unmapped;
use super::target::{Body, targets};
use crate::diagnostic::{Diagnostic, Diagnostics, suggest};
use crate::expr::check::{Checker, Scope, list_of};
use crate::expr::ir::{Each, Kind, Node, VarId};
use crate::model::{
    Assigned, ExternFunction, Id, Input, InputShape, Intent, Let, Lookup, LookupSource, Mapping, Miss, Model, Require,
    StructKind, System, Test, TestInput, Type,
};
use crate::rules;
use crate::source::Span;
use crate::syntax::{EachAst, FieldsAst, LookupAst, MappingAst, MissAst, TestAst, TestInputAst, Text};
use rayon::prelude::*;

/// What typing a body gives.
struct Typed {
    require: Vec<Require>,
    lets: Vec<Let>,
    body: Option<Node>,
    variables: u32,
    lookups: Vec<Lookup>,
    assigned: Vec<Assigned>,
    raises: Vec<(String, Span)>,
    diagnostics: Diagnostics,
}

impl Resolver<'_> {
    /// Inputs, targets, lookups, functions and tests of all mappings.
    pub(super) fn signatures(&mut self, ids: &Ids) {
        let specs = self.specs;
        for (id, ast) in ids.mappings.iter().zip(&specs.mappings) {
            let Some(id) = id else { continue };
            self.signature(*id, ast);
        }
    }

    fn signature(&mut self, id: Id<Mapping>, ast: &MappingAst) {
        let mut inputs = Vec::new();
        for (name, ty) in ast.from.iter().flat_map(|from| from.inputs()) {
            let resolved = self.ty(ty, None);
            let (of, shape) = match &resolved {
                Type::Struct(of) => (*of, InputShape::One),
                Type::List(element) => match **element {
                    Type::Struct(of) => (of, InputShape::List),
                    _ => continue,
                },
                Type::Unknown => continue,
                other => {
                    let message =
                        format!("a mapping reads records, objects or values, not a `{}`", other.show(&self.model));
                    self.report(Diagnostic::new(rules::SPEC004, ty.span, message));
                    continue;
                }
            };
            inputs.push(Input { name: name.value.clone(), of, shape, span: name.span });
        }
        let complete = ast.from.as_ref().is_some_and(|from| from.inputs().len() == inputs.len());
        let target = ast.to.as_ref().map_or(Type::Unknown, |ty| self.ty(ty, None));
        let system = self.one_system(&inputs, &target, ast);
        let intent = self.intent(ast, &target);
        if target != Type::Unknown {
            self.misplaced(ast, intent);
        }
        let lookups = ast.lookups.iter().filter_map(|(name, lookup)| self.lookup(name, lookup)).collect();
        let functions = ast
            .functions
            .iter()
            .map(|(name, f)| {
                f.raises.iter().for_each(|exception| self.check_exception(exception));
                ExternFunction {
                    name: name.value.clone(),
                    args: f.args.iter().map(|ty| self.ty(ty, None)).collect(),
                    result: self.ty(&f.result, None),
                    raises: f.raises.iter().map(|r| r.value.clone()).collect(),
                    span: name.span,
                }
            })
            .collect();
        for (position, test) in ast.tests.iter().enumerate() {
            let earlier = ast.tests.iter().take(position).find(|earlier| earlier.name.value == test.name.value);
            if let Some(earlier) = earlier {
                self.twice("test", &test.name, earlier.name.span);
            }
        }
        let tests = ast.tests.iter().filter_map(|test| self.test(test, &inputs)).collect();
        if let Some(mapping) = self.model.mappings.get_mut(id) {
            mapping.target = if complete { target } else { Type::Unknown };
            mapping.system = system;
            mapping.intent = intent;
            mapping.inputs = inputs;
            mapping.lookups = lookups;
            mapping.functions = functions;
            mapping.tests = tests;
            mapping.unmapped = unmapped(&ast.unmapped);
        }
    }

    /// A mapping names at most one system.
    fn one_system(&mut self, inputs: &[Input], target: &Type, ast: &MappingAst) -> Option<Id<System>> {
        let of = |model: &Model, id| match model.structs[id].kind {
            StructKind::Record(system) => Some(system),
            _ => None,
        };
        let mut named: Vec<(Id<System>, Span)> =
            inputs.iter().filter_map(|i| Some((of(&self.model, i.of)?, i.span))).collect();
        let target_struct = target.as_struct().or_else(|| target.element().and_then(Type::as_struct));
        if let (Some(id), Some(to)) = (target_struct, &ast.to) {
            named.extend(of(&self.model, id).map(|system| (system, to.span)));
        }
        let (first, at) = *named.first()?;
        if let Some((other, span)) = named.iter().find(|(system, _)| *system != first) {
            let (a, b) = (&self.model.systems[first].name, &self.model.systems[*other].name);
            let message = format!("a mapping names one system, and this one names `{a}` and `{b}`");
            let finding = Diagnostic::new(rules::SPEC004, *span, message)
                .related(at, format!("`{a}` is named here"))
                .help("map the one to a canonical object, and that to the other");
            self.report(finding);
        }
        Some(first)
    }

    fn intent(&mut self, ast: &MappingAst, target: &Type) -> Intent {
        let id = target.as_struct().or_else(|| target.element().and_then(Type::as_struct));
        let Some(kind) = id.map(|id| self.model.structs[id].kind) else {
            return self.declared_intent(ast).unwrap_or(Intent::Value);
        };
        let declared = self.declared_intent(ast);
        let at = ast.intent.as_ref().map_or(ast.name.span, |w| w.span);
        match (kind, declared) {
            (StructKind::Object, Some(intent @ (Intent::Create | Intent::Update))) => intent,
            (StructKind::Object, _) => {
                let message = "an object is created or updated";
                let finding =
                    Diagnostic::new(rules::SPEC003, at, message).help("add `intent: create` or `intent: update`");
                self.report(finding);
                Intent::Create
            }
            (StructKind::Record(_), None | Some(Intent::Request)) => Intent::Request,
            (StructKind::Record(_), Some(_)) => {
                let message = "a record is a request to its system";
                self.report(Diagnostic::new(rules::SPEC004, at, message).help("write `intent: request`"));
                Intent::Request
            }
            (_, None) => Intent::Value,
            (_, Some(_)) => {
                let message = "a value is neither created nor updated: it is part of an object";
                self.report(Diagnostic::new(rules::SPEC004, at, message).help("leave `intent` out"));
                Intent::Value
            }
        }
    }

    #[allow(clippy::unused_self)]
    fn declared_intent(&self, ast: &MappingAst) -> Option<Intent> {
        use crate::syntax::IntentWord;
        ast.intent.as_ref().map(|w| match w.value {
            IntentWord::Create => Intent::Create,
            IntentWord::Update => Intent::Update,
            IntentWord::Request => Intent::Request,
        })
    }

    fn lookup(&mut self, name: &Text, ast: &LookupAst) -> Option<Lookup> {
        let miss = match &ast.miss {
            Some(MissAst::Raise(exception)) => {
                self.check_exception(exception);
                Miss::Raise(exception.value.clone())
            }
            Some(MissAst::None) => Miss::None,
            None => Miss::Raise("lookup_missing".to_owned()),
        };
        let (system, operation) = self.operation_named(&ast.call)?;
        let params: Vec<(String, Type)> =
            ast.params.iter().map(|(name, ty)| (name.value.clone(), self.ty(ty, Some(system)))).collect();
        let declared = self.model.systems[system].operations.get(usize::from(operation))?;
        let known: Vec<String> = declared.params.iter().map(|p| p.name.clone()).collect();
        let (response, operation_name) = (declared.response, declared.name.clone());
        for (param, _) in &ast.params {
            if !known.contains(&param.value) {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                self.unknown_name(rules::NAME001, "parameter", param, &known);
            }
        }
        let Some(response) = response else {
            let message = format!("`{}` has no response to look up", ast.call.value);
            self.report(Diagnostic::new(rules::SPEC004, ast.call.span, message));
            return None;
        };
        Some(Lookup {
            name: name.value.clone(),
            source: LookupSource::Operation(system, operation_name),
            params,
            result: Type::Struct(response),
            miss,
            cache: ast.cache.as_ref().map(|c| c.value.seconds()),
            span: name.span,
        })
    }

    /// `ongoing.get_article`.
    pub(super) fn operation_named(&mut self, name: &Text) -> Option<(Id<System>, u16)> {
        let (system, operation) = name.value.split_once('.').unwrap_or((name.value.as_str(), ""));
        let Some(id) = self.model.systems_by_name.get(system).copied() else {
            if self.model.unread.has(system) {
                return None;
            }
            let known: Vec<String> = self.model.systems_by_name.keys().cloned().collect();
            let help = suggest(system, known.iter().map(String::as_str))
                .map(|near| format!("did you mean `{near}.{operation}`?"));
            let message = format!("there is no system `{system}`");
            self.report(Diagnostic::new(rules::NAME001, name.span, message).help_opt(help));
            return None;
        };
        let operations = &self.model.systems[id].operations;
        if let Some(position) = operations.iter().position(|o| o.name == operation) {
            return Some((id, u16::try_from(position).ok()?));
        }
        let known: Vec<String> = operations.iter().map(|o| o.name.clone()).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let help = suggest(operation, known.iter().copied())
            .map_or_else(|| format!("it has {}", list_of(&known)), |near| format!("did you mean `{system}.{near}`?"));
        let message = format!("`{system}` has no operation `{operation}`");
        self.report(Diagnostic::new(rules::NAME001, name.span, message).help(help));
        None
    }

    fn test(&mut self, ast: &TestAst, inputs: &[Input]) -> Option<Test> {
        let mut given = Vec::new();
        match ast.input.as_ref()? {
            TestInputAst::One(path) => given.push(TestInput { input: 0, path: path.value.clone(), span: path.span }),
            TestInputAst::Named(named) => {
                for (name, path) in named {
                    match inputs.iter().position(|i| i.name == name.value).and_then(|i| u16::try_from(i).ok()) {
                        Some(input) => given.push(TestInput { input, path: path.value.clone(), span: path.span }),
                        None => {
                            let known: Vec<&str> = inputs.iter().map(|i| i.name.as_str()).collect();
                            self.unknown_name(rules::NAME001, "input", name, &known);
                        }
                    }
                }
            }
        }
        given.sort_by_key(|i| i.input);
        if given.len() != inputs.len() && !inputs.is_empty() {
            let message = format!("the mapping has {} inputs, and the test gives {}", inputs.len(), given.len());
            self.report(Diagnostic::new(rules::SPEC003, ast.name.span, message));
            return None;
        }
        match (&ast.expect, &ast.raises) {
            (None, None) => {
                let message = "a test says what it expects: a result with `expect`, or a failure with `raises`";
                self.report(Diagnostic::new(rules::SPEC003, ast.name.span, message));
            }
            (Some(expect), Some(raises)) => {
                let message = "a test expects a result or a failure, not both";
                let finding = Diagnostic::new(rules::SPEC004, raises.span, message);
                self.report(finding.related(expect.span, "a result is expected here"));
            }
            _ => {}
        }
        if let Some(raises) = &ast.raises {
            self.check_exception(raises);
        }
        let place = |text: &Option<Text>| text.as_ref().map(|t| (t.value.clone(), t.span));
        let pairs = |named: &crate::syntax::Named<crate::syntax::Free, Text>| {
            named.iter().map(|(name, value)| (name.value.clone(), value.value.clone())).collect()
        };
        Some(Test {
            name: ast.name.value.clone(),
            span: ast.name.span,
            inputs: given,
            expect: place(&ast.expect),
            raises: place(&ast.raises),
            meta: pairs(&ast.meta),
            config: pairs(&ast.config),
            answers: place(&ast.answers),
            functions: place(&ast.functions),
        })
    }

    /// Types all bodies. They don't depend on each other once the signatures are known, so they are typed in parallel.
    pub(super) fn bodies(&mut self, ids: &Ids) {
        let specs = self.specs;
        let jobs: Vec<(Id<Mapping>, &MappingAst)> =
            ids.mappings.iter().zip(&specs.mappings).filter_map(|(id, ast)| Some(((*id)?, ast))).collect();
        let model = &self.model;
        let typed: Vec<(Id<Mapping>, Typed)> = jobs.par_iter().map(|(id, ast)| (*id, typed(model, *id, ast))).collect();
        for (id, typed) in typed {
            self.diagnostics.append(typed.diagnostics);
            for (exception, span) in &typed.raises {
                self.check_exception(&Text::new(exception.clone(), *span));
            }
            if let Some(mapping) = self.model.mappings.get_mut(id) {
                mapping.require = typed.require;
                mapping.lets = typed.lets;
                mapping.body = typed.body;
                mapping.variables = typed.variables;
                mapping.lookups = typed.lookups;
                mapping.assigned = typed.assigned;
            }
        }
    }
}

fn typed(model: &Model, id: Id<Mapping>, ast: &MappingAst) -> Typed {
    let mapping = &model.mappings[id];
    let mut diagnostics = Diagnostics::new();
    let mut scope = Scope {
        system: mapping.system,
        meta: true,
        lookups: mapping.lookups.clone(),
        functions: mapping.functions.clone(),
        ..Scope::default()
    };
    for input in &mapping.inputs {
        let one = Type::Struct(input.of);
        let ty = if input.shape == InputShape::List { Type::List(Box::new(one)) } else { one };
        scope.bind(&input.name, ty, false);
    }
    // An input that did not resolve has its finding, and none where it is read.
    let given = ast.from.as_ref().map(|from| from.inputs());
    let named = given.iter().flatten().map(|(name, _)| name.value.as_str());
    for name in named.chain(given.is_none().then_some("src")) {
        if mapping.inputs.iter().all(|input| input.name != name) {
            scope.bind(name, Type::Unknown, false);
        }
    }
    let mut checker = Checker::new(model, scope, &mut diagnostics);
    let mut lets = Vec::with_capacity(ast.lets.len());
    for (name, expr) in &ast.lets {
        let value = checker.infer(expr);
        let var = checker.scope.bind_from(&name.value, value.ty.clone(), value.fails, &value);
        lets.push(Let { name: name.value.clone(), var, value, span: name.span });
    }
    let mut require = Vec::with_capacity(ast.require.len());
    let mut raises: Vec<(String, Span)> = Vec::new();
    for condition in &ast.require {
        let (rule, held, _) = checker.condition(&condition.rule);
        // What is required holds from here on.
        checker.assume(held);
        let Some(raise) = &condition.raise else { continue };
        raises.push((raise.value.clone(), raise.span));
        if !rule.ty.is_unknown() {
            require.push(Require { rule, raise: raise.value.clone(), span: condition.rule.span });
        }
    }
    let (body, assigned) = body(model, &mut checker, mapping, ast);
    let bad_let = lets.iter().any(|l| l.value.ty.is_unknown());
    let body = body.filter(|b| !b.ty.is_unknown() && !bad_let);
    let variables = checker.scope.next_var;
    let lookups = std::mem::take(&mut checker.scope.lookups);
    raises.extend(std::mem::take(&mut checker.scope.raises));
    drop(checker);
    Typed { require, lets, body, variables, lookups, assigned, raises, diagnostics }
}

fn body(
    model: &Model,
    checker: &mut Checker<'_>,
    mapping: &Mapping,
    ast: &MappingAst,
) -> (Option<Node>, Vec<Assigned>) {
    let span = ast.name.span;
    let (of, list) = match &mapping.target {
        Type::Struct(of) => (*of, false),
        Type::List(element) => match **element {
            Type::Struct(of) => (of, true),
            _ => return (None, Vec::new()),
        },
        Type::Unknown => return (None, Vec::new()),
        other => {
            let message = format!(
                "a mapping makes an object, a value, a record, or a list of them, not a `{}`",
                other.show(model)
            );
            checker.report(Diagnostic::new(rules::SPEC004, mapping.target_span, message));
            return (None, Vec::new());
        }
    };
    let mut body = Body { checker, system: mapping.system, assigned: Vec::new() };
    let inner = targets(&ast.fields);
    let node = match (&ast.each, list) {
        (Some(source), true) => {
            let each = EachAst {
                list: source.0.clone(),
                element: ast.element.clone(),
                index: ast.index.clone(),
                key: crate::syntax::Named::default(),
                drop: ast.drop.clone(),
                removed: None,
                body: FieldsAst { lets: crate::syntax::Named::default(), fields: ast.fields.clone() },
                value: None,
            };
            if mapping.intent == Intent::Update {
                many_patches(&mut body, &each, ast, of, span)
            } else {
                body.each(&each, &mapping.target, &[], span)
            }
        }
        (None, true) => {
            let message = "a mapping to a list says what it goes over";
            let finding =
                Diagnostic::new(rules::SPEC003, mapping.target_span, message).help("add `each: src.…` and `as: …`");
            body.checker.report(finding);
            return (None, Vec::new());
        }
        (Some(source), false) => {
            let message = "`each` makes a list, and the mapping makes one";
            let finding = Diagnostic::new(rules::SPEC004, source.0.span, message).help("write `to: list<…>`");
            body.checker.report(finding);
            return (None, Vec::new());
        }
        (None, false) if mapping.intent == Intent::Update => patch(&mut body, ast, of, &inner, span),
        (None, false) => body.make(of, &inner, &[], span),
    };
    let mut assigned = std::mem::take(&mut body.assigned);
    for one in &mut assigned {
        one.text = path_text(model, of, &one.path);
    }
    (Some(node), assigned)
}

fn patch(
    body: &mut Body<'_, '_>,
    ast: &MappingAst,
    of: Id<crate::model::Struct>,
    inner: &super::target::Targets<'_>,
    span: Span,
) -> Node {
    let mut node = body.patch(of, inner, &[], span);
    let find = body.find(of, &ast.find);
    if let Kind::Patch(patch) = &mut node.kind {
        patch.find = find;
        node.fails = true;
    }
    node
}

/// A list of patches: one per element of the source.
fn many_patches(
    body: &mut Body<'_, '_>,
    each: &EachAst,
    ast: &MappingAst,
    of: Id<crate::model::Struct>,
    span: Span,
) -> Node {
    let made: Option<Each> = body.each_with(each, |body| {
        let inner = targets(&ast.fields);
        patch(body, ast, of, &inner, span)
    });
    let Some(made) = made else {
        return Node { kind: Kind::Var(VarId(0)), ty: Type::Unknown, fails: false, span };
    };
    let ty = if made.body.ty.is_unknown() { Type::Unknown } else { Type::List(Box::new(Type::Struct(of))) };
    Node { kind: Kind::Each(Box::new(made)), ty, fails: true, span }
}

/// `lines.sku`, from positions.
pub(super) fn path_text(model: &Model, of: Id<crate::model::Struct>, path: &[u16]) -> String {
    let mut text = String::new();
    let mut at = Some(of);
    for position in path {
        let Some(field) = at.and_then(|id| model.structs[id].field(*position)) else { break };
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(&field.name);
        at = field.ty.as_struct().or_else(|| field.ty.element().and_then(Type::as_struct));
    }
    text
}
