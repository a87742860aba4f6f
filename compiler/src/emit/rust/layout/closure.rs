//! Closures.

use super::expr::{bare, only_expr};
use super::{Layout, Shape, columns, text};
use syn::{Expr, ExprClosure, ReturnType};

impl Layout<'_> {
    pub(super) fn closure(self, closure: &ExprClosure, shape: Shape) -> Option<String> {
        let head = head(closure, shape)?;
        let body = shape.after(columns(&head) + 1)?;
        let Expr::Block(block) = &*closure.body else {
            let line = self.closure_expr(&head, &closure.body, body);
            return line.or_else(|| Some(self.closure_block(&head, &closure.body, body)));
        };
        let returns = matches!(closure.output, ReturnType::Type(..));
        match only_expr(&block.block) {
            Some(only) if !returns => {
                let line = if is_control(only) { None } else { self.closure_expr(&head, only, body) };
                line.or_else(|| Some(self.closure_block(&head, only, body)))
            }
            _ => Some(format!("{head} {}", self.broken_block(&block.block, body))),
        }
    }

    /// The body behind the head: on one line, unless it has a bracket that may stay open.
    fn closure_expr(self, head: &str, body: &Expr, shape: Shape) -> Option<String> {
        let text = if may_break(body) { self.expr(body, shape) } else { self.line(body, shape) }?;
        Some(format!("{head} {text}"))
    }

    /// The body in braces of its own.
    fn closure_block(self, head: &str, body: &Expr, shape: Shape) -> String {
        format!("{head} {}", self.block_of(body, shape))
    }

    /// A closure that is the last argument, behind the others.
    pub(super) fn last_closure(self, closure: &ExprClosure, shape: Shape) -> Option<String> {
        let body = match &*closure.body {
            Expr::Block(block) => only_expr(&block.block).unwrap_or(&closure.body),
            other => other,
        };
        let head = head(closure, shape)?;
        let room = shape.after(columns(&head) + 1)?;
        if is_control(body) {
            let line = if matches!(closure.output, ReturnType::Default) { self.line(body, room) } else { None };
            let block = self.closure_block(&head, body, room);
            return Some(line.filter(|_| block.lines().count() <= 7).map_or(block, |line| format!("{head} {line}")));
        }
        if let Some(condition) = self.condition(body, room)
            && (condition.contains('\n') || columns(&condition) > room.width)
        {
            return Some(self.closure_block(&head, body, room));
        }
        self.closure(closure, shape)
    }
}

/// The parameters between their bars, with room behind them for a brace.
fn head(closure: &ExprClosure, shape: Shape) -> Option<String> {
    let Head { movement, parameters, output } = parts(closure);
    let room = shape.less(movement.len() + 5)?.width;
    let ends = columns(&output) + usize::from(!output.is_empty());
    if columns(&parameters) + ends <= room && room < ends + 1 {
        return None;
    }
    Some(format!("{movement}|{parameters}|{output}"))
}

/// The parameters between their bars.
pub(super) fn head_text(closure: &ExprClosure) -> String {
    let Head { movement, parameters, output } = parts(closure);
    format!("{movement}|{parameters}|{output}")
}

struct Head {
    movement: &'static str,
    parameters: String,
    output: String,
}

fn parts(closure: &ExprClosure) -> Head {
    let movement = if closure.capture.is_some() { "move " } else { "" };
    let parameters: Vec<String> = closure.inputs.iter().map(text::pat).collect();
    let output = match &closure.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, ty) => format!(" -> {}", text::tokens(ty)),
    };
    Head { movement, parameters: parameters.join(", "), output }
}

/// Whether the body is nothing but a condition in braces.
pub(super) fn is_control_block(closure: &ExprClosure) -> bool {
    match &*closure.body {
        Expr::Block(of) => only_expr(&of.block).is_some_and(is_control),
        _ => false,
    }
}

/// Whether a body goes on over several lines without braces of its own.
fn may_break(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::Match(_) | Expr::Block(_) | Expr::Loop(_) | Expr::Struct(_))
}

/// Whether a body stands in braces of its own if it does not fit on a line.
fn is_control(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::If(_) | Expr::While(_) | Expr::ForLoop(_) | Expr::Loop(_))
}
