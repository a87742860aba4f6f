//! What expressions of flows have beside those of mappings: parts of an `each` with what they are grouped by, own
//! identifiers read as present, fields gathered over what is kept, and matches.
//!
//! Absent on purpose: whether an identifier is bound when it is read; rules prove that over the whole flow.

use super::{Checker, list_of, path};
use crate::diagnostic::suggest;
use crate::expr::ast::{BinaryOp, Expr, ExprKind, Name};
use crate::expr::ir::{Func, Kind, Loop, LoopKind, Node, VarId};
use crate::model::{Id, StructKind, System, Type};
use crate::rules;
use crate::source::Span;
use crate::syntax::ExprText;

/// A group of elements, by the name that `as` gives it: `part.key`, `part.items`, `part.ids.ongoing`.
#[derive(Debug, Clone)]
pub struct PartScope {
    /// Its name.
    pub name: String,
    /// What its elements are grouped by.
    pub key: (VarId, Type),
    /// Its elements.
    pub items: (VarId, Type),
    /// The identifiers that were read of it.
    pub ids: Vec<(Id<System>, VarId)>,
}

/// What `each` of a flow goes over.
#[derive(Debug)]
pub enum Parted {
    /// A list.
    List(Node),
    /// Groups of a list.
    Groups {
        /// The list.
        list: Node,
        /// An element, for `by`.
        element: VarId,
        /// What it is grouped by.
        by: Node,
    },
}

impl Checker<'_> {
    /// A list, or groups of one by `groupBy`.
    pub fn parted(&mut self, text: &ExprText) -> Option<Parted> {
        let expr = self.parsed(text)?;
        let found = match &expr.kind {
            ExprKind::Method { base, method, args } if method.text == "groupBy" => self.groups(base, args, &expr),
            _ => {
                let list = self.check(&expr, None);
                self.is_list(&list).then_some(Parted::List(list))
            }
        };
        self.text = None;
        found
    }

    fn is_list(&mut self, list: &Node) -> bool {
        match list.ty {
            Type::Unknown => false,
            Type::List(_) => true,
            Type::Optional(_) => {
                self.absent(list, list.span);
                false
            }
            ref other => {
                let message = format!("`each` goes over a list, not over {}", self.a(other));
                self.refuse(rules::EXPR003, list.span, message, None);
                false
            }
        }
    }

    fn groups(&mut self, base: &Expr, args: &[Expr], whole: &Expr) -> Option<Parted> {
        let [Expr { kind: ExprKind::Ident(name), .. }, by] = args else {
            let help = Some("`order.lines.groupBy(l, l.warehouse)`".to_owned());
            self.refuse(rules::EXPR001, self.span(whole), "`groupBy` names the element and its group", help);
            return None;
        };
        let list = self.check(base, None);
        if !self.is_list(&list) {
            return None;
        }
        let of = list.ty.element().cloned().unwrap_or(Type::Unknown);
        let (element, by) = self.scoped(|c| {
            let element = c.scope.bind_from(name, of, false, &list);
            (element, c.check(by, None))
        });
        let span = by.span;
        let by = match by.ty.clone() {
            Type::Unknown => return None,
            // A group has a key: an element without one has nowhere to go.
            Type::Optional(inner) => {
                Node { kind: Kind::OrRaise(Box::new(by), ABSENT.to_owned()), ty: *inner, fails: true, span }
            }
            _ => by,
        };
        let scalar = by.ty.is_text() && by.ty != Type::Json
            || matches!(by.ty, Type::Code(_) | Type::Int | Type::Date | Type::Currency | Type::Country | Type::Unit);
        if !scalar {
            let message =
                format!("elements are grouped by a text, a code, an int or a date, not by {}", self.a(&by.ty));
            self.refuse(rules::EXPR003, span, message, None);
            return None;
        }
        Some(Parted::Groups { list, element, by })
    }

    /// The two sides of a match, in the order in which they are written.
    pub fn compared(&mut self, text: &ExprText) -> Option<(Node, Node)> {
        let expr = self.parsed(text)?;
        let ExprKind::Binary { op: BinaryOp::Equal, left, right, .. } = &expr.kind else {
            let help = "write one comparison, such as `order.ids.sap == src.SalesOrder`".to_owned();
            let message = "a match compares an identifier or key with something of the event";
            self.refuse(rules::EXPR003, self.span(&expr), message, Some(help));
            self.text = None;
            return None;
        };
        let (left, right) = (self.check(left, None), self.check(right, None));
        self.text = None;
        (!left.ty.is_unknown() && !right.ty.is_unknown()).then_some((left, right))
    }

    /// Checks an optional as such: an own identifier is not read as present.
    pub(super) fn as_optional(&mut self, expr: &Expr) -> Node {
        let present = std::mem::take(&mut self.scope.present_ids);
        let node = self.check(expr, None);
        self.scope.present_ids = present;
        node
    }

    /// An own identifier, read as present in a flow.
    pub(super) fn present_identifier(&mut self, node: Node) -> Node {
        if !self.scope.present_ids {
            return node;
        }
        let (Kind::Field(base, _), Type::Optional(inner)) = (&node.kind, &node.ty) else { return node };
        let own = base.ty.as_struct().is_some_and(|id| self.model.structs[id].kind == StructKind::Ids);
        if !own || path::path_of(&node).is_none() {
            return node;
        }
        let (ty, span) = ((**inner).clone(), node.span);
        Node { kind: Kind::OrRaise(Box::new(node), ABSENT.to_owned()), ty, fails: true, span }
    }

    /// `part.key`, `part.items`, `part.ids.ongoing`; none if the base is no part.
    pub(super) fn part_field(&mut self, base: &Expr, field: &Name, span: Span) -> Option<Node> {
        if let ExprKind::Select { base: of, field: ids, .. } = &base.kind
            && ids.text == "ids"
            && let Some(at) = self.part_of(of)
        {
            return Some(self.part_identifier(at, field, span));
        }
        let at = self.part_of(base)?;
        let part = self.scope.parts.get(at)?;
        let (var, ty) = match field.text.as_str() {
            "key" => part.key.clone(),
            "items" => part.items.clone(),
            other => {
                let message = format!("`{}` has no field `{other}`", part.name);
                let message = if other == "ids" { "of `ids` the system is selected".to_owned() } else { message };
                let help = "a group has `key`, `items` and `ids.<system>`".to_owned();
                let place = self.span_of(field.start, field.end);
                return Some(self.refuse(rules::EXPR002, place, message, Some(help)));
            }
        };
        let node = Node { kind: Kind::Var(var), ty, fails: false, span };
        Some(node)
    }

    /// Whether it is a group, or the `ids` of one: no value by itself.
    pub(super) fn is_part(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Select { base, field, .. } if field.text == "ids" => self.part_of(base).is_some(),
            _ => self.part_of(expr).is_some(),
        }
    }

    fn part_of(&self, expr: &Expr) -> Option<usize> {
        let ExprKind::Ident(name) = &expr.kind else { return None };
        if self.scope.find(name).is_some() {
            return None;
        }
        self.scope.parts.iter().rposition(|part| part.name == *name)
    }

    /// An identifier that was received for a part: text, whichever system it is of.
    fn part_identifier(&mut self, at: usize, field: &Name, span: Span) -> Node {
        let Some(system) = self.model.systems_by_name.get(&field.text).copied() else {
            let known: Vec<&str> = self.model.systems_by_name.keys().map(String::as_str).collect();
            let help = suggest(&field.text, known.iter().copied())
                .map_or_else(|| format!("there is {}", list_of(&known)), |near| format!("did you mean `{near}`?"));
            let place = self.span_of(field.start, field.end);
            return self.refuse(rules::NAME001, place, format!("there is no system `{}`", field.text), Some(help));
        };
        let known = self.scope.parts.get(at).and_then(|part| part.ids.iter().find(|(of, _)| *of == system).copied());
        let var = match known {
            Some((_, var)) => var,
            None => {
                let var = self.scope.fresh();
                if let Some(part) = self.scope.parts.get_mut(at) {
                    part.ids.push((system, var));
                }
                var
            }
        };
        let ty = Type::STRING;
        if !self.scope.present_ids {
            return Node { kind: Kind::Var(var), ty: ty.optional(), fails: false, span };
        }
        let value = Node { kind: Kind::Var(var), ty: ty.clone().optional(), fails: false, span };
        self.narrow_or_absent(value, ty, span)
    }

    fn narrow_or_absent(&mut self, value: Node, ty: Type, span: Span) -> Node {
        let narrowed = self.narrow(value);
        if narrowed.ty == ty {
            return narrowed;
        }
        Node { kind: Kind::OrRaise(Box::new(narrowed), ABSENT.to_owned()), ty, fails: true, span }
    }

    /// `shipments.lines`: the field of every element, lists joined to one.
    pub(super) fn gathered(&mut self, list: Node, element: &Type, field: &Name, span: Span) -> Option<Node> {
        if !self.scope.gathers || !matches!(element, Type::Struct(_)) {
            return None;
        }
        let var = self.scope.fresh();
        let one = Node { kind: Kind::Var(var), ty: element.clone(), fails: false, span };
        let body = self.select_from(one, field, false, span);
        if body.ty.is_unknown() {
            return Some(body);
        }
        if body.ty.is_optional() {
            return Some(self.absent(&body, span));
        }
        let (ty, inner) = (body.ty.clone(), body.ty.element().is_some());
        let fails = list.fails || body.fails;
        let gathered = Loop { kind: LoopKind::Map, list, var, filter: None, body };
        let of = Type::List(Box::new(ty.clone()));
        let node = Node { kind: Kind::Loop(Box::new(gathered)), ty: of, fails, span };
        Some(if inner { self.built_in(Func::Flatten, vec![node], ty, false, span) } else { node })
    }

    /// A code in a text that is joined: by its canonical spelling. Only where no system's spelling could be meant.
    pub(super) fn joined_text(&mut self, left: Node, right: Node) -> (Node, Node) {
        if !self.scope.gathers {
            return (left, right);
        }
        let text = |node: Node, other: &Type| match node.ty {
            Type::Code(_) if other.is_text() => {
                let (span, fails) = (node.span, node.fails);
                Node { kind: Kind::Call(Func::CodeToString, vec![node]), ty: Type::STRING, fails, span }
            }
            _ => node,
        };
        let (of_left, of_right) = (left.ty.clone(), right.ty.clone());
        (text(left, &of_right), text(right, &of_left))
    }
}

/// The built-in failure of a value that is not there.
const ABSENT: &str = "absent_value";
