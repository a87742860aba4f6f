//! Selecting: fields of structs and optionals, codes by name, parts of money and quantities, elements; and what
//! `has` proves about paths.

use super::{Checker, list_of};
use crate::diagnostic::suggest;
use crate::expr::ast::{Expr, ExprKind, Name};
use crate::expr::ir::{Const, Func, Kind, Node, VarId};
use crate::model::{CodesKind, FieldRole, Id, Named, PairKind, RefTarget, Struct, StructKind, Type, WireKind};
use crate::rules;
use crate::source::Span;

/// A variable and the fields selected from it.
pub type Path = (VarId, Vec<u16>);

/// The path that a node reads, if it is nothing but selections from a variable.
pub fn path_of(node: &Node) -> Option<Path> {
    match &node.kind {
        Kind::Var(var) => Some((*var, Vec::new())),
        Kind::Field(base, field) | Kind::OptField(base, field) => {
            let (var, mut fields) = path_of(base)?;
            fields.push(*field);
            Some((var, fields))
        }
        Kind::Present(inner) | Kind::Some(inner) | Kind::At(_, inner) => path_of(inner),
        _ => None,
    }
}

/// The paths that are present where `node` is `truth`.
pub fn facts(node: &Node, truth: bool) -> Vec<Path> {
    match &node.kind {
        Kind::Has(inner) if truth => path_of(inner).into_iter().collect(),
        Kind::Not(inner) => facts(inner, !truth),
        Kind::And(a, b) if truth => both(a, b, truth),
        Kind::Or(a, b) if !truth => both(a, b, truth),
        _ => Vec::new(),
    }
}

fn both(a: &Node, b: &Node, truth: bool) -> Vec<Path> {
    let mut all = facts(a, truth);
    all.extend(facts(b, truth));
    all
}

impl Checker<'_> {
    /// Unwraps a node whose path is proven present.
    pub(super) fn narrow(&mut self, node: Node) -> Node {
        let Type::Optional(inner) = &node.ty else { return node };
        let Some((var, fields)) = path_of(&node) else { return node };
        let proven = self.scope.narrowed.iter().any(|(v, f)| *v == var && f.starts_with(&fields));
        if !proven {
            return node;
        }
        let (ty, span) = ((**inner).clone(), node.span);
        Node { kind: Kind::Present(Box::new(node)), ty, fails: true, span }
    }

    pub(super) fn select(&mut self, base: &Expr, field: &Name, optional: bool, span: Span) -> Node {
        if let Some(node) = self.named_code(base, &field.text, span) {
            return node;
        }
        if let Some(node) = self.part_field(base, field, span) {
            return node;
        }
        if let Some(node) = self.root(base, field, span) {
            return node;
        }
        let base = self.check(base, None);
        let node = self.select_from(base, field, optional, span);
        let node = self.narrow(node);
        self.present_identifier(node)
    }

    /// A field of a checked value.
    pub(super) fn select_from(&mut self, base: Node, field: &Name, optional: bool, span: Span) -> Node {
        let at = self.span_of(field.start, field.end);
        match base.ty.clone() {
            Type::Unknown => self.unknown(span),
            // Of what is never there: an element of an empty list.
            Type::Any if optional => Node::constant(Const::None, Type::Any.optional(), span),
            Type::Any => base,
            Type::Struct(id) => self.field(base, id, field, span),
            Type::Pair(kind, a, b) => self.pair_part(base, (kind, *a, *b), field, span),
            Type::Optional(inner) => match *inner {
                Type::Struct(id) => self.field(base, id, field, span),
                Type::Pair(kind, a, b) => self.pair_part(base, (kind, *a, *b), field, span),
                inner => {
                    // Parts of optional money and the like: the part of the value, if there is one. A key of an optional
                    // map may be missing as the map may.
                    let optional = optional || matches!(inner, Type::Map(..));
                    let var = self.scope.fresh();
                    let value = Node { kind: Kind::Var(var), ty: inner, fails: false, span };
                    let body = self.select_from(value, field, optional, span);
                    opt_map(base, var, body, span)
                }
            },
            Type::Money | Type::Quantity => self.part(base, field, span, at),
            Type::Map(_, value) => {
                let key = Node::constant(Const::Text(field.text.clone()), Type::STRING, at);
                if optional {
                    self.built_in(Func::IndexMapOpt, vec![base, key], value.optional(), false, span)
                } else {
                    self.built_in(Func::IndexMap, vec![base, key], *value, true, span)
                }
            }
            Type::Ref(target) => self.identifiers_of(base, target, field, span),
            other => {
                if let Type::List(element) = &other
                    && let Some(node) = self.gathered(base, element, field, span)
                {
                    return node;
                }
                let message = format!("{} has no fields", self.a(&other));
                self.refuse(rules::EXPR002, at, message, None)
            }
        }
    }

    fn field(&mut self, base: Node, id: Id<Struct>, field: &Name, span: Span) -> Node {
        let model = self.model;
        let of = &model.structs[id];
        let at = self.span_of(field.start, field.end);
        let Some(position) = of.position(&field.text) else {
            if of.unread {
                return self.unknown(span);
            }
            let names: Vec<&str> = of.fields.iter().map(|f| f.name.as_str()).collect();
            let help = match suggest(&field.text, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", list_of(&names)),
            };
            let message = format!("`{}` has no field `{}`", of.full_name(model), field.text);
            return self.refuse(rules::EXPR002, at, message, Some(help));
        };
        let Some(declared) = of.field(position) else { return self.unknown(span) };
        if let Some(WireKind::Joined(a, b)) = declared.wire.as_ref().map(|w| &w.kind) {
            return self.joined(base, id, (*a, *b), &declared.ty.clone(), span);
        }
        self.field_at(base, id, position, span)
    }

    /// Field `position` of a struct value, or of an optional one.
    pub(super) fn field_at(&mut self, base: Node, id: Id<Struct>, position: u16, span: Span) -> Node {
        let of = &self.model.structs[id];
        let Some(declared) = of.field(position) else { return self.unknown(span) };
        let leaf_fails = of.is_record();
        let fails = base.fails || leaf_fails;
        if base.ty.is_optional() {
            let ty = declared.ty.clone().optional();
            Node { kind: Kind::OptField(Box::new(base), position), ty, fails, span }
        } else {
            Node { kind: Kind::Field(Box::new(base), position), ty: declared.ty.clone(), fails, span }
        }
    }

    /// `group.key`, `group.items`, `pair.left`, `pair.right`.
    fn pair_part(&mut self, base: Node, (kind, a, b): (PairKind, Type, Type), field: &Name, span: Span) -> Node {
        let [first, second] = kind.parts();
        let (position, ty) = match field.text.as_str() {
            name if name == first => (0, a),
            name if name == second => (1, b),
            other => {
                let at = self.span_of(field.start, field.end);
                let message = format!("there is no part `{other}` here");
                return self.refuse(rules::EXPR002, at, message, Some(format!("it has `{first}` and `{second}`")));
            }
        };
        let fails = base.fails;
        if base.ty.is_optional() {
            Node { kind: Kind::OptField(Box::new(base), position), ty: ty.optional(), fails, span }
        } else {
            Node { kind: Kind::Field(Box::new(base), position), ty, fails, span }
        }
    }

    /// A value written as two sibling fields.
    fn joined(&mut self, base: Node, id: Id<Struct>, (a, b): (u16, u16), ty: &Type, span: Span) -> Node {
        let first = self.field_at(base.clone(), id, a, span);
        let first = self.narrow(first);
        let second = self.field_at(base, id, b, span);
        let second = self.narrow(second);
        let result = ty.inner().clone();
        let func = if result == Type::Money { Func::MakeMoney } else { Func::JoinDateTime };
        let (inner_first, var_first) = self.opened(&first);
        let (inner_second, var_second) = self.opened(&second);
        let mut node = self.built_in(func, vec![inner_first, inner_second], result, false, span);
        if let Some(var) = var_second {
            node = opt_map(second, var, node, span);
        }
        if let Some(var) = var_first {
            node = opt_map(first, var, node, span);
        }
        node
    }

    /// The value itself, or a variable for the inside of an optional.
    fn opened(&mut self, node: &Node) -> (Node, Option<VarId>) {
        match &node.ty {
            Type::Optional(inner) => {
                let var = self.scope.fresh();
                let value = Node { kind: Kind::Var(var), ty: (**inner).clone(), fails: false, span: node.span };
                (value, Some(var))
            }
            _ => (node.clone(), None),
        }
    }

    fn part(&mut self, base: Node, field: &Name, span: Span, at: Span) -> Node {
        let (func, ty) = match (&base.ty, field.text.as_str()) {
            (Type::Money, "amount") => (Func::MoneyAmount, Type::DECIMAL),
            (Type::Money, "currency") => (Func::MoneyCurrency, Type::Currency),
            (Type::Quantity, "value") => (Func::QuantityValue, Type::DECIMAL),
            (Type::Quantity, "unit") => (Func::QuantityUnit, Type::Unit),
            (Type::Money, other) => {
                let message = format!("money has no field `{other}`");
                return self.refuse(rules::EXPR002, at, message, Some("it has `amount` and `currency`".to_owned()));
            }
            (_, other) => {
                let message = format!("a quantity has no field `{other}`");
                return self.refuse(rules::EXPR002, at, message, Some("it has `value` and `unit`".to_owned()));
            }
        };
        self.built_in(func, vec![base], ty, false, span)
    }

    /// `order.sold_to.ids`: only identifiers of a referenced object can be read; the system follows.
    fn identifiers_of(&mut self, base: Node, target: RefTarget, field: &Name, span: Span) -> Node {
        let at = self.span_of(field.start, field.end);
        let name = self.model.structs[target.object].name.clone();
        if field.text != "ids" {
            let help = format!(
                "of another object only its key and its identifiers are known here: `.ids.<system>`; \
                 map what is needed into `{name}`'s reader, or look it up"
            );
            let message = format!("`{}` of a referenced `{name}` can't be read", field.text);
            return self.refuse(rules::EXPR002, at, message, Some(help));
        }
        // The reference itself goes on, marked by the `Ids` struct as its type: `.sap` then makes the lookup.
        let ids = self.model.structs[target.object].fields.iter().find(|f| f.role == FieldRole::Ids);
        let Some(ids) = ids.and_then(|f| f.ty.as_struct()) else {
            let message = format!("`{name}` declares no identifiers in other systems");
            return self.refuse(rules::EXPR002, at, message, Some(format!("declare them under `ids:` of `{name}`")));
        };
        Node { kind: base.kind, ty: Type::Struct(ids), fails: base.fails, span }
    }

    /// `order.sold_to.ids.sap`, recognised from the outside in.
    fn root(&mut self, base: &Expr, field: &Name, span: Span) -> Option<Node> {
        match &base.kind {
            ExprKind::Ident(name) if self.scope.find(name).is_none() => match name.as_str() {
                "this" => Some(self.this_field(field, span)),
                "meta" if self.scope.meta => Some(self.meta(field, span)),
                "config" => Some(self.config(field, span)),
                _ => None,
            },
            ExprKind::Select { base: of, field: ids, .. } if ids.text == "ids" => {
                if self.is_type_name(of) {
                    return None;
                }
                let before = self.diagnostics.len();
                let of = self.check(of, None);
                let target = match of.ty.inner() {
                    Type::Ref(target) => *target,
                    _ => {
                        if self.diagnostics.len() != before {
                            return Some(self.unknown(span));
                        }
                        return None;
                    }
                };
                Some(self.index_of(of, target, field, span))
            }
            _ => None,
        }
    }

    /// Roots that are no values by themselves: only what is selected from them is.
    pub(super) fn is_bare_root(&self, expr: &Expr) -> bool {
        if self.is_part(expr) {
            return true;
        }
        matches!(&expr.kind, ExprKind::Ident(name)
            if matches!(name.as_str(), "this" | "meta" | "config") && self.scope.find(name).is_none())
    }

    fn is_type_name(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Ident(name)
            if self.scope.find(name).is_none() && self.model.types_by_name.contains_key(name))
    }

    fn index_of(&mut self, of: Node, target: RefTarget, field: &Name, span: Span) -> Node {
        let at = self.span_of(field.start, field.end);
        let object = &self.model.structs[target.object];
        let declared = object.fields.iter().find(|f| f.role == FieldRole::Ids).and_then(|f| f.ty.as_struct());
        let known: Vec<&str> = declared
            .map(|id| self.model.structs[id].fields.iter().map(|f| f.name.as_str()).collect())
            .unwrap_or_default();
        let system =
            self.model.systems_by_name.get(&field.text).copied().filter(|_| known.contains(&field.text.as_str()));
        let Some(system) = system else {
            let message = format!("`{}` has no identifier in `{}`", object.name, field.text);
            let help = suggest(&field.text, known.iter().copied())
                .map_or_else(|| format!("it has {}", list_of(&known)), |near| format!("did you mean `{near}`?"));
            return self.refuse(rules::EXPR002, at, message, Some(help));
        };
        let lookup = self.index_lookup(target.object, system, span);
        if of.ty.is_optional() {
            let var = self.scope.fresh();
            let key = Node { kind: Kind::Var(var), ty: of.ty.inner().clone(), fails: false, span };
            let key = self.built_in(Func::RefToString, vec![key], Type::STRING, true, span);
            let body = Node { kind: Kind::Lookup(lookup, vec![key]), ty: Type::STRING.optional(), fails: true, span };
            return opt_map(of, var, body, span);
        }
        let key = self.built_in(Func::RefToString, vec![of], Type::STRING, true, span);
        Node { kind: Kind::Lookup(lookup, vec![key]), ty: Type::STRING.optional(), fails: true, span }
    }

    fn this_field(&mut self, field: &Name, span: Span) -> Node {
        let Some(id) = self.scope.this else {
            return self.refuse(rules::NAME001, span, "`this` means something only in invariants and `initial:`", None);
        };
        let of = &self.model.structs[id];
        let Some(position) = of.position(&field.text) else {
            let at = self.span_of(field.start, field.end);
            let names: Vec<&str> = of.fields.iter().map(|f| f.name.as_str()).collect();
            let help = suggest(&field.text, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("`{}` has no field `{}`", of.name, field.text);
            return self.refuse(rules::EXPR002, at, message, help);
        };
        let Some(declared) = of.field(position) else { return self.unknown(span) };
        let node = Node { kind: Kind::Var(VarId(u32::from(position))), ty: declared.ty.clone(), fails: false, span };
        self.narrow(node)
    }

    fn meta(&mut self, field: &Name, span: Span) -> Node {
        let ty = match field.text.as_str() {
            "received_at" => Type::Timestamp,
            "instance" | "message_id" | "control_number" => Type::STRING.optional(),
            other => {
                let at = self.span_of(field.start, field.end);
                let message = format!("`meta` has no `{other}`");
                let help = "it has `received_at`, `instance`, `message_id`, `control_number`".to_owned();
                return self.refuse(rules::EXPR002, at, message, Some(help));
            }
        };
        let fails = ty == Type::Timestamp;
        Node { kind: Kind::Meta(field.text.clone()), ty, fails, span }
    }

    fn config(&mut self, field: &Name, span: Span) -> Node {
        let settings = self.scope.system.map(|s| self.model.systems[s].config.clone()).unwrap_or_default();
        if let Some((name, ty)) = settings.iter().find(|(name, _)| *name == field.text) {
            return Node { kind: Kind::Config(name.clone()), ty: ty.clone(), fails: true, span };
        }
        let at = self.span_of(field.start, field.end);
        let names: Vec<&str> = settings.iter().map(|(n, _)| n.as_str()).collect();
        let help = suggest(&field.text, names.iter().copied()).map_or_else(
            || "declare it under `config:` of the system".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.refuse(rules::NAME001, at, format!("the system declares no setting `{}`", field.text), Some(help))
    }

    /// `Channel.WEB`, `Order.status.received`, `OrderLine.status.picked`.
    fn named_code(&mut self, base: &Expr, code: &str, span: Span) -> Option<Node> {
        let model = self.model;
        let codes = match &base.kind {
            ExprKind::Ident(name) if self.scope.find(name).is_none() => match model.types_by_name.get(name) {
                Some(Named::Codes(id)) => *id,
                _ => return None,
            },
            ExprKind::Select { base: owner, field, .. } => {
                let ExprKind::Ident(name) = &owner.kind else { return None };
                if self.scope.find(name).is_some() {
                    return None;
                }
                let Some(Named::Struct(id)) = model.types_by_name.get(name) else { return None };
                let of = &model.structs[*id];
                let status = of.position(&field.text)?;
                match of.field(status)?.ty.inner() {
                    Type::Code(id) => *id,
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some(self.code_constant(codes, code, span))
    }

    /// A code of a list by its text.
    pub(super) fn code_constant(&mut self, id: Id<crate::model::Codes>, code: &str, span: Span) -> Node {
        let codes = &self.model.codes[id];
        if let CodesKind::Of(_) = codes.kind {
            let message = format!("`{}` is a crosswalk to a built-in list and has no codes of its own", codes.name);
            return self.refuse(rules::EXPR002, span, message, Some(format!("write the code as text: `'{code}'`")));
        }
        if let Some(position) = codes.position(code) {
            return Node::constant(Const::Code(id, position), Type::Code(id), span);
        }
        let names: Vec<&str> = codes.codes.iter().map(|c| c.code.as_str()).collect();
        let help = suggest(code, names.iter().copied()).map_or_else(
            || format!("it has {}", list_of(&names)),
            |near| format!("did you mean `{}.{near}`?", codes.name),
        );
        self.refuse(rules::NAME001, span, format!("`{}` has no code `{code}`", codes.name), Some(help))
    }

    pub(super) fn index(&mut self, base: &Expr, index: &Expr, optional: bool, span: Span) -> Node {
        if let (ExprKind::Ident(name), ExprKind::String(code)) = (&base.kind, &index.kind)
            && self.scope.find(name).is_none()
            && let Some(Named::Codes(id)) = self.model.types_by_name.get(name)
        {
            return self.code_constant(*id, code, span);
        }
        let base = self.check(base, None);
        let index = self.check(index, None);
        self.index_into(base, index, optional, span)
    }

    fn index_into(&mut self, base: Node, index: Node, optional: bool, span: Span) -> Node {
        match base.ty.clone() {
            Type::Unknown => self.unknown(span),
            Type::Any if optional => Node::constant(Const::None, Type::Any.optional(), span),
            Type::Any => base,
            Type::List(element) => {
                let index = self.coerce(index, &Type::Int);
                if index.ty.is_unknown() {
                    return self.unknown(span);
                }
                if optional {
                    self.built_in(Func::IndexListOpt, vec![base, index], element.optional(), false, span)
                } else {
                    self.built_in(Func::IndexList, vec![base, index], *element, true, span)
                }
            }
            Type::Map(key, value) => {
                let index = if *key == Type::Any { index } else { self.coerce(index, &key) };
                if index.ty.is_unknown() {
                    return self.unknown(span);
                }
                if optional {
                    self.built_in(Func::IndexMapOpt, vec![base, index], value.optional(), false, span)
                } else {
                    self.built_in(Func::IndexMap, vec![base, index], *value, true, span)
                }
            }
            // What is selected from an optional is optional: an element that is not there as much as a list that is not.
            Type::Optional(inner) if matches!(*inner, Type::List(_) | Type::Map(..) | Type::Any) => {
                let var = self.scope.fresh();
                let value = Node { kind: Kind::Var(var), ty: *inner, fails: false, span };
                let body = self.index_into(value, index, true, span);
                opt_map(base, var, body, span)
            }
            Type::Struct(id) if self.model.structs[id].kind != StructKind::Ids => {
                let message = format!("`{}` is not indexed", self.model.structs[id].name);
                self.refuse(rules::EXPR003, span, message, Some("select a field with `.`".to_owned()))
            }
            other => {
                let message = format!("{} is not indexed", self.a(&other));
                self.refuse(rules::EXPR003, span, message, None)
            }
        }
    }
}

pub(super) fn opt_map(of: Node, var: VarId, body: Node, span: Span) -> Node {
    if body.ty.is_unknown() {
        return Node { kind: Kind::Const(Const::None), ty: Type::Unknown, fails: false, span };
    }
    // Nothing is made of what is never there.
    if *of.ty.inner() == Type::Any && !of.fails {
        return Node::constant(Const::None, body.ty.optional(), span);
    }
    let fails = of.fails || body.fails;
    let ty = body.ty.clone().optional();
    Node { kind: Kind::OptMap { of: Box::new(of), var, body: Box::new(body) }, ty, fails, span }
}
