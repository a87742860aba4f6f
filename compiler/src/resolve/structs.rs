//! Objects and values: their fields, identifiers and lifecycles.

use super::Resolver;
use super::declare::{Ids, blank, text_of};
use crate::diagnostic::{Diagnostic, suggest};
use crate::expr::check::{Checker, Scope};
use crate::expr::ir::{Const, Node};
use crate::model::{DataClass, Field, FieldRole, Id, Invariant, Lifecycle, Struct, StructKind, Transition, Type};
use crate::rules;
use crate::source::Span;
use crate::syntax::{
    ClassWord, ExprText, FieldAst, Free, LifecycleAst, Named, RequirementAst, Snake, Text, TypeAst, TypeKind,
};

/// What objects and values have in common.
struct Parts<'s> {
    ids: &'s Named<Free, TypeAst>,
    fields: &'s Named<Snake, FieldAst>,
    lifecycle: Option<&'s LifecycleAst>,
    description: Option<String>,
}

impl Resolver<'_> {
    pub(super) fn structs(&mut self, ids: &Ids) {
        let specs = self.specs;
        for (id, ast) in ids.objects.iter().zip(&specs.objects) {
            let parts = Parts {
                ids: &ast.ids,
                fields: &ast.fields,
                lifecycle: ast.lifecycle.as_ref(),
                description: text_of(ast.description.as_ref()),
            };
            self.fill(*id, &parts, ids);
            let key: Vec<u16> = ast.key.iter().flatten().filter_map(|name| self.own_field(*id, name)).collect();
            let unique: Vec<Vec<u16>> = ast
                .unique
                .iter()
                .map(|fields| fields.iter().filter_map(|name| self.own_field(*id, name)).collect())
                .collect();
            if let Some(of) = self.model.structs.get_mut(*id) {
                of.key = key;
                of.unique = unique;
            }
        }
        for (id, ast) in ids.values.iter().zip(&specs.values) {
            let parts = Parts {
                ids: &ast.ids,
                fields: &ast.fields,
                lifecycle: ast.lifecycle.as_ref(),
                description: text_of(ast.description.as_ref()),
            };
            self.fill(*id, &parts, ids);
        }
        self.list_keys(ids);
    }

    fn fill(&mut self, id: Id<Struct>, parts: &Parts<'_>, ids: &Ids) {
        let mut fields = Vec::with_capacity(parts.fields.len() + 1);
        if let Some((first, _)) = parts.ids.iter().next() {
            fields.push(self.ids_field(id, parts.ids, first.span));
        }
        let states = ids.lifecycles.get(&id).copied();
        let mut status = None;
        for (name, ast) in parts.fields {
            let lifecycle = is_lifecycle(&ast.ty);
            let ty = if lifecycle {
                states.map_or_else(
                    || {
                        let message =
                            format!("`{}` is a lifecycle's state, and no `lifecycle:` is declared", name.value);
                        self.report(Diagnostic::new(rules::SPEC003, ast.ty.span, message));
                        Type::Unknown
                    },
                    Type::Code,
                )
            } else {
                self.ty(&ast.ty, None)
            };
            if let Some(codec) = &ast.ty.codec {
                let message = "a canonical field has no codec: how it is written is for each system's record to say";
                self.report(Diagnostic::new(rules::SPEC004, codec.span, message));
            }
            if name.value == "ids" && !parts.ids.is_empty() {
                let finding =
                    Diagnostic::new(rules::NAME002, name.span, "`ids` is the name of the identifiers in other systems");
                self.report(finding);
            }
            if let Some(id) = ty.as_struct()
                && self.model.structs[id].kind == StructKind::Object
            {
                let message = format!(
                    "an object is not part of another: `{}` has a life of its own",
                    self.model.structs[id].name
                );
                let help = format!("refer to it: `ref<{}>`", self.model.structs[id].name);
                self.report(Diagnostic::new(rules::SPEC004, ast.ty.span, message).help(help));
            }
            if lifecycle {
                status = u16::try_from(fields.len()).ok();
            }
            fields.push(Field {
                name: name.value.clone(),
                span: name.span,
                type_span: ast.ty.span,
                ty,
                description: text_of(ast.description.as_ref()),
                role: if lifecycle { FieldRole::Status } else { FieldRole::Plain },
                class: class_of(ast.class.as_ref().map(|w| w.value)),
                refs: ast.refs.iter().map(|r| r.value.clone()).collect(),
                freshness: ast.freshness.as_ref().map(|d| d.value.seconds()),
                initial: None,
                list_key: None,
                wire: None,
            });
        }
        let lifecycle = self.lifecycle(parts.lifecycle, states, status, &mut fields);
        if let Some(of) = self.model.structs.get_mut(id) {
            of.fields = fields;
            of.description.clone_from(&parts.description);
            of.lifecycle = lifecycle;
        }
    }

    /// The identifiers in other systems, as a struct of their own.
    fn ids_field(&mut self, of: Id<Struct>, systems: &Named<Free, TypeAst>, span: Span) -> Field {
        let name = format!("{}Ids", self.model.structs[of].name);
        let mut ids = blank(StructKind::Ids, &name, span);
        ids.description = Some("Identifiers in other systems.".to_owned());
        for (system, ty) in systems {
            self.system_named(system);
            let ty_ = self.ty(ty, None).optional();
            ids.fields.push(Field {
                name: system.value.clone(),
                span: system.span,
                type_span: ty.span,
                ty: ty_,
                description: Some(format!("Its identifier in {}.", system.value)),
                role: FieldRole::Plain,
                class: DataClass::Internal,
                refs: Vec::new(),
                freshness: None,
                initial: None,
                list_key: None,
                wire: None,
            });
        }
        let id = self.model.structs.push(ids);
        Field {
            name: "ids".to_owned(),
            span,
            type_span: span,
            ty: Type::Struct(id),
            description: Some("Identifiers in other systems, each written once, by that system.".to_owned()),
            role: FieldRole::Ids,
            class: DataClass::Internal,
            refs: Vec::new(),
            freshness: None,
            initial: None,
            list_key: None,
            wire: None,
        }
    }

    fn lifecycle(
        &mut self,
        ast: Option<&LifecycleAst>,
        states: Option<Id<crate::model::Codes>>,
        status: Option<u16>,
        fields: &mut [Field],
    ) -> Option<Lifecycle> {
        let (ast, codes) = (ast?, states?);
        let Some(field) = status else {
            let finding = Diagnostic::new(rules::SPEC003, ast.span, "no field holds the state of this lifecycle")
                .help("add `status: lifecycle` to the fields");
            self.report(finding);
            return None;
        };
        let position = |code: &str| self.model.codes[codes].position(code);
        let initial = ast.initial.as_ref().and_then(|i| position(&i.value))?;
        let transitions: Vec<Transition> = ast
            .transitions
            .iter()
            .flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
            .filter_map(|(from, to)| {
                Some(Transition { from: position(&from.value)?, to: position(&to.value)?, span: to.span })
            })
            .collect();
        if let Some(first) = ast.initial.as_ref().filter(|_| !transitions.is_empty())
            && transitions.iter().all(|transition| transition.from != initial)
        {
            let froms = ast.transitions.names();
            let help = suggest(&first.value, froms).map(|near| format!("did you mean `{near}`?"));
            let message = format!("nothing follows `{}`, in which every new one is", first.value);
            self.report(Diagnostic::new(rules::NAME001, first.span, message).help_opt(help));
        }
        if let Some(holder) = fields.get_mut(usize::from(field)) {
            let ty = holder.ty.clone();
            holder.initial = Some(Node::constant(Const::Code(codes, initial), ty, ast.span));
        }
        Some(Lifecycle { field, codes, initial, transitions, span: ast.span })
    }

    /// A field of an object by its name.
    fn own_field(&mut self, of: Id<Struct>, name: &Text) -> Option<u16> {
        let declared = &self.model.structs[of];
        let found = declared.position(&name.value);
        if found.is_none() {
            let known: Vec<String> = declared.fields.iter().map(|f| f.name.clone()).collect();
            let help =
                suggest(&name.value, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            let message = format!("`{}` has no field `{}`", declared.name, name.value);
            self.report(Diagnostic::new(rules::NAME001, name.span, message).help_opt(help));
        }
        found
    }

    /// `key:` of lists, once every value has its fields.
    fn list_keys(&mut self, ids: &Ids) {
        let specs = self.specs;
        let objects = ids.objects.iter().zip(specs.objects.iter().map(|o| &o.fields));
        let values = ids.values.iter().zip(specs.values.iter().map(|v| &v.fields));
        for (id, fields) in objects.chain(values) {
            for (name, ast) in fields {
                let Some(key) = &ast.key else { continue };
                let Some(position) = self.model.structs[*id].position(&name.value) else { continue };
                let element = self.model.structs[*id].field(position).and_then(|f| f.ty.element().cloned());
                match element.as_ref().and_then(Type::as_struct) {
                    Some(element) => {
                        let found = self.own_field(element, key);
                        if let Some(field) =
                            self.model.structs.get_mut(*id).and_then(|s| s.fields.get_mut(usize::from(position)))
                        {
                            field.list_key = found;
                        }
                    }
                    None if element.is_some_and(|e| e.is_unknown()) => {}
                    None => {
                        let message = "only a list of values has a key";
                        self.report(Diagnostic::new(rules::SPEC004, key.span, message));
                    }
                }
            }
        }
    }

    /// `initial:` and invariants.
    pub(super) fn expressions(&mut self, ids: &Ids) {
        let specs = self.specs;
        let objects = ids.objects.iter().zip(specs.objects.iter().map(|o| (&o.fields, &o.invariants)));
        let values = ids.values.iter().zip(specs.values.iter().map(|v| (&v.fields, &v.invariants)));
        for (id, (fields, invariants)) in objects.chain(values) {
            for (name, ast) in fields {
                if let Some(expr) = &ast.initial {
                    self.initial(*id, name, expr);
                }
            }
            let invariants = self.invariants(*id, invariants);
            if let Some(of) = self.model.structs.get_mut(*id) {
                of.invariants = invariants;
            }
        }
        self.operation_expressions(ids);
    }

    fn this_scope(&self, of: Id<Struct>) -> Scope {
        let width = u32::try_from(self.model.structs[of].fields.len()).unwrap_or(u32::MAX);
        Scope { this: Some(of), next_var: width, ..Scope::default() }
    }

    fn initial(&mut self, of: Id<Struct>, name: &Text, expr: &ExprText) {
        let Some(position) = self.model.structs[of].position(&name.value) else { return };
        let Some(ty) = self.model.structs[of].field(position).map(|f| f.ty.clone()) else { return };
        let scope = self.this_scope(of);
        let node = Checker::new(&self.model, scope, &mut self.diagnostics).expression(expr, &ty);
        let node = (!node.ty.is_unknown()).then_some(node);
        if let Some(field) = self.model.structs.get_mut(of).and_then(|s| s.fields.get_mut(usize::from(position))) {
            field.initial = node;
        }
    }

    fn invariants(&mut self, of: Id<Struct>, asts: &[RequirementAst]) -> Vec<Invariant> {
        let mut all = Vec::with_capacity(asts.len());
        for ast in asts {
            let scope = self.this_scope(of);
            let rule = Checker::new(&self.model, scope, &mut self.diagnostics).expression(&ast.rule, &Type::Bool);
            let Some(raise) = &ast.raise else { continue };
            self.check_exception(raise);
            if !rule.ty.is_unknown() {
                all.push(Invariant {
                    rule,
                    text: ast.rule.text.clone(),
                    raise: raise.value.clone(),
                    span: ast.rule.span,
                });
            }
        }
        all
    }
}

/// `lifecycle`, as the type of the field that holds the state.
fn is_lifecycle(ty: &TypeAst) -> bool {
    matches!(&ty.kind, TypeKind::Named { name, args } if name.value == "lifecycle" && args.is_empty())
}

/// The data class of a word.
pub(super) fn class_of(word: Option<ClassWord>) -> DataClass {
    match word {
        Some(ClassWord::Public) => DataClass::Public,
        Some(ClassWord::Personal) => DataClass::Personal,
        Some(ClassWord::Sensitive) => DataClass::Sensitive,
        Some(ClassWord::Internal) | None => DataClass::Internal,
    }
}
