//! `if` and `match`.

use super::expr::{bare, only_expr};
use super::{Layout, Shape, blanks, columns, first_line, is_better_below, last_line, text};
use syn::{Arm, Expr, ExprMatch};

/// The widest `if … else …` on one line.
pub(super) const IF_ELSE: usize = 50;

impl Layout<'_> {
    /// The condition of an expression that has one.
    pub(super) fn condition(self, expr: &Expr, shape: Shape) -> Option<String> {
        match expr {
            Expr::If(of) => match self.if_line(expr, shape) {
                Some(line) => Some(line),
                None => self.if_head(&of.cond, self.to_end(shape), shape),
            },
            Expr::While(of) => self.expr(&of.cond, self.to_end(shape).after(6)?),
            Expr::Match(of) => self.expr(&of.expr, shape.after(8)?),
            _ => None,
        }
    }

    pub(super) fn if_expr(self, expr: &Expr, shape: Shape, value: bool) -> Option<String> {
        let Expr::If(of) = expr else { return None };
        if value && let Some(line) = self.if_line(expr, shape) {
            return Some(line);
        }
        let mut out = String::new();
        let mut of = of;
        let mut room = self.to_end(shape);
        loop {
            out.push_str(&self.if_head(&of.cond, room, shape)?);
            out.push_str(&self.broken_block(&of.then_branch, shape));
            match of.else_branch.as_ref().map(|(_, branch)| &**branch) {
                None => return Some(out),
                Some(Expr::If(next)) => {
                    out.push_str(" else ");
                    of = next;
                    room = Shape::lines(shape.indent, self).after(7)?;
                }
                Some(Expr::Block(block)) => {
                    out.push_str(&format!(" else {}", self.broken_block(&block.block, shape)));
                    return Some(out);
                }
                Some(_) => return None,
            }
        }
    }

    /// `if condition`, and what stands before the brace: a blank, or a new line where the condition has several.
    fn if_head(self, condition: &Expr, room: Shape, shape: Shape) -> Option<String> {
        let condition = self.expr(condition, room.after(3)?)?;
        let budget = self.width.saturating_sub(room.column() + 5);
        let deep = last_line(&condition).chars().take_while(|c| *c == ' ').count() > shape.column();
        let own_line = (condition.contains('\n') || columns(&condition) > budget)
            && (!text::is_open_end(&condition) || condition.contains('\n') && deep);
        let gap = if own_line { format!("\n{}", blanks(shape.indent)) } else { " ".to_owned() };
        Some(format!("if {condition}{gap}"))
    }

    /// The room to the end of the line, whatever has to follow the expression.
    fn to_end(self, shape: Shape) -> Shape {
        Shape { width: self.width.saturating_sub(shape.column()), ..shape }
    }

    fn if_line(self, expr: &Expr, shape: Shape) -> Option<String> {
        let Expr::If(of) = expr else { return None };
        let condition = self.line(&of.cond, shape.after(3)?)?;
        let Expr::Block(otherwise) = &*of.else_branch.as_ref()?.1 else { return None };
        let (then, otherwise) = (only_expr(&of.then_branch)?, only_expr(&otherwise.block)?);
        let then = self.line(then, shape)?;
        let otherwise = self.line(otherwise, shape)?;
        let line = format!("if {condition} {{ {then} }} else {{ {otherwise} }}");
        (columns(&line) <= IF_ELSE.min(shape.width)).then_some(line)
    }

    pub(super) fn match_expr(self, of: &ExprMatch, shape: Shape) -> Option<String> {
        let value = self.expr(&of.expr, shape.after(6)?.less(2)?)?;
        if of.arms.is_empty() {
            return Some(format!("match {value} {{}}"));
        }
        let inner = self.deeper(shape);
        let mut out = format!("match {value} {{");
        if value.contains('\n') && !text::is_open_end(&value) {
            out = format!("match {value}\n{}{{", blanks(shape.indent));
        }
        for arm in &of.arms {
            out.push_str(&format!("\n{}{}", blanks(inner.indent), self.arm(arm, inner)?));
        }
        Some(format!("{out}\n{}}}", blanks(shape.indent)))
    }

    pub(super) fn arm(self, arm: &Arm, shape: Shape) -> Option<String> {
        let fresh = Layout { unbroken: false, ..self };
        let pattern = pattern(&arm.pat, shape.less(5)?);
        let head = format!("{pattern} =>");
        let body = match &*arm.body {
            Expr::Block(block) => only_expr(&block.block).filter(|only| !is_control(only)).unwrap_or(&arm.body),
            other => other,
        };
        let is_block = matches!(body, Expr::Block(_));
        let end = if is_block { "" } else { "," };
        let same = shape.after(columns(last_line(&head)) + 1).and_then(|shape| shape.less(end.len()));
        let text =
            same.and_then(|shape| if is_block { fresh.expr_statement(body, shape) } else { fresh.expr(body, shape) });
        if let (Some(text), Some(same)) = (&text, same)
            && (is_block || !text.contains('\n') && columns(text) <= same.width)
        {
            return Some(format!("{head} {text}{end}"));
        }
        let inner = fresh.deeper(shape);
        let below = fresh.expr_statement(body, inner);
        let boxed = |text: &str| format!("{head} {{\n{}{text}\n{}}}", blanks(inner.indent), blanks(shape.indent));
        let extends = extends(body);
        match (&text, &below) {
            (Some(text), Some(below)) if is_better_below(text, below) => Some(boxed(below)),
            (Some(text), _) if extends && columns(first_line(text)) <= same.map_or(0, |s| s.width) => {
                Some(format!("{head} {text}{end}"))
            }
            (Some(text), Some(below)) if text.contains('\n') => Some(boxed(below)),
            (None, Some(below)) => Some(boxed(below)),
            (Some(text), _) => Some(format!("{head} {text}{end}")),
            (None, None) => None,
        }
    }
}

/// A pattern: alternatives side by side, or each on a line.
fn pattern(pat: &syn::Pat, shape: Shape) -> String {
    let text = text::pat(pat);
    if columns(&text) <= shape.width {
        return text;
    }
    let syn::Pat::Or(or) = pat else { return text };
    let cases: Vec<String> = or.cases.iter().map(text::pat).collect();
    cases.join(&format!("\n{}| ", blanks(shape.indent)))
}

/// Whether a body of an arm may go on over several lines without braces.
fn extends(expr: &Expr) -> bool {
    let expr = bare(expr);
    matches!(expr, Expr::Array(_) | Expr::Call(_) | Expr::Macro(_) | Expr::MethodCall(_) | Expr::Struct(_))
        || matches!(expr, Expr::Tuple(_) | Expr::Match(_) | Expr::Block(_) | Expr::Closure(_))
}

fn is_control(expr: &Expr) -> bool {
    matches!(expr, Expr::If(_) | Expr::While(_) | Expr::ForLoop(_) | Expr::Loop(_))
}
