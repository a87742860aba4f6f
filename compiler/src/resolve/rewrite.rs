//! Rewriting nodes: variables renamed, a variable replaced by what it stands for.

use crate::expr::ir::{Kind, Node, VarId};

/// Calls `rename` for every variable that is read or bound in the node.
pub fn vars(node: &mut Node, rename: &mut dyn FnMut(VarId) -> VarId) {
    match &mut node.kind {
        Kind::Var(var) => *var = rename(*var),
        Kind::OptMap { var, .. } => *var = rename(*var),
        Kind::Loop(l) => l.var = rename(l.var),
        Kind::Make { fields, .. } => fields.iter_mut().for_each(|(_, var, _)| *var = rename(*var)),
        Kind::Each(e) => {
            e.var = rename(e.var);
            e.index = e.index.map(&mut *rename);
            e.lets.iter_mut().for_each(|(var, _)| *var = rename(*var));
        }
        Kind::EachPatch(e) => {
            e.var = rename(e.var);
            e.index = e.index.map(&mut *rename);
            e.lets.iter_mut().for_each(|(var, _)| *var = rename(*var));
        }
        _ => {}
    }
    children(node, &mut |child| vars(child, rename));
}

/// Puts `value` where `var` is read.
pub fn replace(node: &mut Node, var: VarId, value: &Node) {
    if let Kind::Var(read) = node.kind
        && read == var
    {
        *node = value.clone();
        return;
    }
    children(node, &mut |child| replace(child, var, value));
}

/// Calls `visit` with every direct operand.
fn children(node: &mut Node, visit: &mut dyn FnMut(&mut Node)) {
    match &mut node.kind {
        Kind::Const(_) | Kind::Var(_) | Kind::Meta(_) | Kind::Config(_) => {}
        Kind::Field(a, _)
        | Kind::OptField(a, _)
        | Kind::Present(a)
        | Kind::Has(a)
        | Kind::IsNull(a)
        | Kind::IsMissing(a)
        | Kind::IsCleared(a)
        | Kind::OrRaise(a, _)
        | Kind::Some(a)
        | Kind::Not(a)
        | Kind::CodeIn(_, _, a)
        | Kind::CodeOut(_, _, a)
        | Kind::RefBy(_, _, a)
        | Kind::RefKey(_, a)
        | Kind::Fit(a)
        | Kind::At(_, a) => visit(a),
        Kind::OrElse(a, b) | Kind::And(a, b) | Kind::Or(a, b) => {
            visit(a);
            visit(b);
        }
        Kind::OptMap { of, body, .. } => {
            visit(of);
            visit(body);
        }
        Kind::Cond(a, b, c) => {
            visit(a);
            visit(b);
            visit(c);
        }
        Kind::Call(_, args)
        | Kind::List(args)
        | Kind::Lookup(_, args)
        | Kind::Apply(_, args)
        | Kind::Extern(_, args) => {
            args.iter_mut().for_each(visit);
        }
        Kind::ListOpt(items) => items.iter_mut().for_each(|(_, item)| visit(item)),
        Kind::Map(entries) => entries.iter_mut().for_each(|(key, _, value)| {
            visit(key);
            visit(value);
        }),
        Kind::Loop(l) => {
            visit(&mut l.list);
            l.filter.iter_mut().for_each(&mut *visit);
            visit(&mut l.body);
        }
        Kind::Make { fields, .. } => fields.iter_mut().for_each(|(_, _, value)| visit(value)),
        Kind::Each(e) => {
            visit(&mut e.list);
            e.lets.iter_mut().for_each(|(_, value)| visit(value));
            e.drops.iter_mut().for_each(|(when, _)| visit(when));
            visit(&mut e.body);
        }
        Kind::Patch(p) => {
            p.find.iter_mut().for_each(|(_, value)| visit(value));
            for f in &mut p.fields {
                visit(&mut f.touched);
                visit(&mut f.clears);
                visit(&mut f.value);
            }
        }
        Kind::EachPatch(e) => {
            visit(&mut e.list);
            e.lets.iter_mut().for_each(|(_, value)| visit(value));
            e.drops.iter_mut().for_each(|(when, _)| visit(when));
            visit(&mut e.key.1);
            e.removed.iter_mut().for_each(&mut *visit);
            visit(&mut e.body);
        }
    }
}
