//! Walks a mapping's expressions with the target path that each belongs to, and with what it is to that target: the
//! value itself, a part of its computation, or a condition that only decides.
//!
//! An explicit stack: a long list of cases is a deep tree. Absent on purpose: judgement, which is the rules'.

use crate::expr::ir::{Func, Kind, LoopKind, Node};
use crate::model::{Mapping, Model, Struct};
use crate::source::Span;
use std::rc::Rc;

/// A target path of a mapping: a field within the place around it, or the mapping itself. Few are asked what they are, so
/// they hold no more than it takes to tell.
#[derive(Debug)]
pub struct Place<'m> {
    within: Option<(Rc<Place<'m>>, u16, &'m str)>,
}

impl Place<'_> {
    /// Field positions from the target struct inward; lists are entered. Empty for the mapping itself.
    pub fn path(&self) -> Vec<u16> {
        let Some((outer, field, _)) = &self.within else { return Vec::new() };
        let mut path = outer.path();
        path.push(*field);
        path
    }

    /// `lines.sku`; empty for the mapping itself.
    pub fn text(&self) -> String {
        let Some((outer, _, name)) = &self.within else { return String::new() };
        let mut text = outer.text();
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(name);
        text
    }
}

/// What an expression is to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Its value is, in some branch, the target's value.
    Value,
    /// It takes part in computing it.
    Part,
    /// It decides: a condition, a comparison, the key of a lookup.
    Condition,
}

/// An expression with its target.
#[derive(Debug, Clone)]
pub struct Site<'m> {
    /// The expression.
    pub node: &'m Node,
    /// Its target.
    pub place: Rc<Place<'m>>,
    /// What it is to the target.
    pub role: Role,
}

impl Site<'_> {
    /// The element of the mapping, as waivers name it: `order_to_sap.lines.price`.
    pub fn element(&self, mapping: &Mapping) -> String {
        element(mapping, &self.place.text())
    }
}

/// A mapping's target path as waivers name it.
pub fn element(mapping: &Mapping, path: &str) -> String {
    if path.is_empty() { mapping.name.clone() } else { format!("{}.{path}", mapping.name) }
}

/// Where a target path is written in the spec; the mapping's name if it is not.
pub fn written(mapping: &Mapping, path: &[u16]) -> Span {
    mapping.assigned.iter().find(|a| a.path == path).map_or(mapping.span, |a| a.span)
}

/// Visits every expression of a mapping: conditions on the inputs, named parts, then the body.
pub fn visit<'m>(model: &'m Model, mapping: &'m Mapping, mut visit: impl FnMut(&Site<'m>)) {
    let mut open = roots(mapping);
    let root = Rc::new(Place { within: None });
    let site = |node, role| Site { node, place: Rc::clone(&root), role };
    open.extend(mapping.lets.iter().map(|part| site(&part.value, Role::Part)));
    open.extend(mapping.require.iter().map(|require| site(&require.rule, Role::Condition)));
    while let Some(site) = open.pop() {
        visit(&site);
        children(model, &site, &mut open);
    }
}

/// Where a walk of what a mapping makes begins.
pub fn roots(mapping: &Mapping) -> Vec<Site<'_>> {
    let root = Rc::new(Place { within: None });
    let site = |node| Site { node, place: Rc::clone(&root), role: Role::Value };
    mapping.body.iter().map(site).collect()
}

/// Adds the operands of an expression, each with its target and role.
pub fn children<'m>(model: &'m Model, site: &Site<'m>, open: &mut Vec<Site<'m>>) {
    let mut push = |node: &'m Node, role: Role| {
        open.push(Site { node, place: Rc::clone(&site.place), role: role.max(site.role) });
    };
    match &site.node.kind {
        Kind::At(_, a) | Kind::Some(a) | Kind::Fit(a) | Kind::OrRaise(a, _) | Kind::Present(a) => push(a, Role::Value),
        Kind::OrElse(a, b) => {
            push(a, Role::Value);
            push(b, Role::Value);
        }
        Kind::Cond(when, a, b) => {
            push(when, Role::Condition);
            push(a, Role::Value);
            push(b, Role::Value);
        }
        Kind::OptMap { of, body, .. } => {
            push(of, Role::Part);
            push(body, Role::Value);
        }
        Kind::Each(each) => {
            push(&each.list, Role::Part);
            each.lets.iter().for_each(|(_, value)| push(value, Role::Part));
            each.drops.iter().for_each(|(when, _)| push(when, Role::Condition));
            push(&each.body, Role::Value);
        }
        Kind::EachPatch(each) => {
            push(&each.list, Role::Part);
            each.lets.iter().for_each(|(_, value)| push(value, Role::Part));
            each.drops.iter().for_each(|(when, _)| push(when, Role::Condition));
            push(&each.key.1, Role::Condition);
            each.removed.iter().for_each(|when| push(when, Role::Condition));
            push(&each.body, Role::Value);
        }
        Kind::Make { of, fields } => {
            for (field, _, value) in fields {
                let place = inner(&model.structs[*of], &site.place, *field);
                open.push(Site { node: value, place, role: site.role });
            }
        }
        Kind::Patch(patch) => {
            patch.find.iter().for_each(|(_, value)| push(value, Role::Condition));
            for field in &patch.fields {
                let place = inner(&model.structs[patch.of], &site.place, field.field);
                let site = |node, role| Site { node, place: Rc::clone(&place), role };
                open.push(site(&field.touched, Role::Condition));
                open.push(site(&field.clears, Role::Condition));
                open.push(site(&field.value, Role::Value));
            }
        }
        Kind::Loop(found) => {
            push(&found.list, Role::Part);
            found.filter.iter().for_each(|when| push(when, Role::Condition));
            let role = match found.kind {
                LoopKind::Map | LoopKind::Sum | LoopKind::Keyed => Role::Part,
                _ => Role::Condition,
            };
            push(&found.body, role);
        }
        Kind::Call(func, args) => {
            let role = if decides(*func) { Role::Condition } else { Role::Part };
            for arg in args {
                push(arg, role);
            }
        }
        Kind::Has(_) | Kind::IsNull(_) | Kind::IsMissing(_) | Kind::IsCleared(_) | Kind::Not(_) => {
            site.node.children(&mut |child| push(child, Role::Condition));
        }
        Kind::And(..) | Kind::Or(..) | Kind::Lookup(..) => {
            site.node.children(&mut |child| push(child, Role::Condition));
        }
        _ => site.node.children(&mut |child| push(child, Role::Part)),
    }
}

fn inner<'m>(of: &'m Struct, outer: &Rc<Place<'m>>, field: u16) -> Rc<Place<'m>> {
    let name = of.field(field).map_or("?", |f| f.name.as_str());
    Rc::new(Place { within: Some((Rc::clone(outer), field, name)) })
}

/// Whether a function only compares what it is given.
fn decides(func: Func) -> bool {
    matches!(
        func,
        Func::Equal
            | Func::NotEqual
            | Func::Less
            | Func::LessEqual
            | Func::Greater
            | Func::GreaterEqual
            | Func::CompareMoney
            | Func::CompareQuantity
            | Func::InList
            | Func::InMap
            | Func::Contains
            | Func::StartsWith
            | Func::EndsWith
            | Func::Matches
    )
}
