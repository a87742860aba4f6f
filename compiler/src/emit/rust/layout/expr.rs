//! Expressions.

use super::{Layout, Shape, columns, last_line, text};
use syn::{Expr, Stmt};

impl Layout<'_> {
    /// An expression whose value is used, laid out anew.
    pub(super) fn expr_in(self, expr: &Expr, shape: Shape) -> Option<String> {
        match expr {
            Expr::Array(array) => self.array(&array.elems, shape),
            Expr::Assign(assign) => {
                let left = self.expr(&assign.left, shape)?;
                let head = format!("{left} =");
                let value = self.assigned(&head, &assign.right, shape)?;
                Some(head + &value)
            }
            Expr::Binary(binary) if text::is_assignment(&binary.op) => {
                let left = self.expr(&binary.left, shape)?;
                let head = format!("{left} {}", text::operator(&binary.op));
                let value = self.assigned(&head, &binary.right, shape)?;
                Some(head + &value)
            }
            Expr::Binary(_) => self.pairs(expr, shape),
            Expr::Block(block) => Some(self.block(&block.block, shape)),
            Expr::Call(call) => {
                let callee = self.expr(&call.func, shape)?;
                self.call(&callee, &call.args, shape)
            }
            Expr::MethodCall(_) | Expr::Field(_) | Expr::Try(_) | Expr::Await(_) => self.chain(expr, shape),
            Expr::Cast(cast) => {
                let ty = text::tokens(&cast.ty);
                let inner = self.expr(&cast.expr, shape.less(columns(&ty) + 4)?)?;
                Some(format!("{inner} as {ty}"))
            }
            Expr::Closure(closure) => self.closure(closure, shape),
            Expr::If(_) => self.if_expr(expr, shape, true),
            Expr::Match(of) => self.match_expr(of, shape),
            Expr::ForLoop(of) => {
                let pattern = text::pat(&of.pat);
                let head = format!("for {pattern} in");
                let list = self.expr(&of.expr, shape.after(columns(&head) + 1)?.less(2)?)?;
                Some(format!("{head} {list} {}", self.broken_block(&of.body, shape)))
            }
            Expr::While(of) => {
                let condition = self.expr(&of.cond, shape.after(6)?)?;
                Some(format!("while {condition} {}", self.broken_block(&of.body, shape)))
            }
            Expr::Loop(of) => Some(format!("loop {}", self.broken_block(&of.body, shape))),
            Expr::Group(group) => self.expr(&group.expr, shape),
            Expr::Paren(paren) => {
                let inner = self.expr(&paren.expr, shape.after(1)?.less(1)?)?;
                Some(format!("({inner})"))
            }
            Expr::Index(of) => {
                let list = self.expr(&of.expr, shape)?;
                let index = self.expr(&of.index, shape.after(columns(last_line(&list)) + 1)?.less(1)?)?;
                Some(format!("{list}[{index}]"))
            }
            Expr::Let(of) => {
                let head = format!("let {} =", text::pat(&of.pat));
                let value = self.assigned(&head, &of.expr, shape)?;
                Some(head + &value)
            }
            Expr::Reference(of) => {
                let mark = if of.mutability.is_some() { "&mut " } else { "&" };
                self.prefixed(mark, &of.expr, shape)
            }
            Expr::Unary(of) => self.prefixed(text::prefix(of.op), &of.expr, shape),
            Expr::Return(of) => match &of.expr {
                Some(value) => self.prefixed("return ", value, shape),
                None => Some("return".to_owned()),
            },
            Expr::Break(of) => match &of.expr {
                Some(value) => self.prefixed("break ", value, shape),
                None => Some("break".to_owned()),
            },
            Expr::Struct(of) => self.struct_literal(of, shape),
            Expr::Tuple(of) => self.tuple(&of.elems, shape),
            Expr::Macro(of) => self.macro_call(&of.mac, shape),
            other => self.fit(text::tokens(other), shape),
        }
    }

    /// An expression that is a statement.
    pub(super) fn expr_statement(self, expr: &Expr, shape: Shape) -> Option<String> {
        match expr {
            Expr::Block(block) => Some(self.broken_block(&block.block, shape)),
            Expr::If(_) => self.if_expr(expr, shape, false),
            other => self.expr(other, shape),
        }
    }

    fn prefixed(self, mark: &str, expr: &Expr, shape: Shape) -> Option<String> {
        Some(format!("{mark}{}", self.expr(expr, shape.after(mark.len())?)?))
    }
}

/// The expression of a block that has no more than that.
pub(super) fn only_expr(block: &syn::Block) -> Option<&Expr> {
    match block.stmts.as_slice() {
        [Stmt::Expr(only, None)] => Some(only),
        _ => None,
    }
}

/// An expression without what stands before or behind it: `&`, `*`, `!`, `?`, a cast.
pub(super) fn bare(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Reference(of) => &of.expr,
            Expr::Try(of) => &of.expr,
            Expr::Unary(of) => &of.expr,
            Expr::Cast(of) => &of.expr,
            _ => return expr,
        }
    }
}
