//! Operands with operators between them.

use super::{Layout, Shape, TAB, blanks, columns, first_line, last_line, text};
use syn::{BinOp, Expr, ExprBinary};

impl Layout<'_> {
    /// Operands on one line, or each on a line of its own behind its operator.
    pub(super) fn pairs(self, expr: &Expr, shape: Shape) -> Option<String> {
        let Expr::Binary(binary) = expr else { return None };
        let operator = text::operator(&binary.op);
        let operands = operands(binary);
        // The first stands where the expression does, the others behind an operator on a line of their own.
        let below = self.deeper(shape).less(shape.behind(self))?;
        let behind = below.after(operator.len() + 1)?;
        let texts: Vec<Option<String>> = operands
            .iter()
            .enumerate()
            .map(|(at, operand)| self.expr(operand, if at == 0 { shape } else { behind }))
            .collect();
        self.on_one_line(&operator, &operands, &texts, shape).or_else(|| {
            let (first, rest) = texts.split_first()?;
            let mut out = first.clone()?;
            for (operand, text) in operands.iter().skip(1).zip(rest) {
                // A short first operand keeps the next one beside it.
                let start = if out.contains('\n') { 0 } else { shape.column() };
                if columns(last_line(&out)) + start <= below.column()
                    && let Some(beside) = shape.after(operator.len() + 2 + columns(last_line(&out).trim_start()))
                    && let Some(text) = self.expr(operand, beside)
                {
                    out.push_str(&format!(" {operator} {text}"));
                    continue;
                }
                out.push_str(&format!("\n{}{operator} {}", blanks(below.indent), text.as_ref()?));
            }
            Some(out)
        })
    }

    fn on_one_line(self, operator: &str, operands: &[&Expr], texts: &[Option<String>], shape: Shape) -> Option<String> {
        let (last, before) = operands.split_last()?;
        let mut out = String::new();
        for text in texts.get(..before.len())? {
            let text = text.as_ref().filter(|text| !text.contains('\n'))?;
            out.push_str(&format!("{text} {operator} "));
            if columns(&out) > shape.width {
                return None;
            }
        }
        let head = columns(&out);
        let text = self.expr(last, shape.after(head)?)?;
        out.push_str(&text);
        if columns(first_line(&out)) > shape.width {
            return None;
        }
        let one = !out.contains('\n') || text.starts_with('{');
        if !one && (text.starts_with('(') || head > TAB) {
            return None;
        }
        self.fit(out, shape)
    }
}

/// The operands of one operator, from the left.
pub(super) fn operands(binary: &ExprBinary) -> Vec<&Expr> {
    // From the innermost on the left; without recursion, since chains may be long.
    let mut operands = vec![&*binary.right];
    let mut left = &*binary.left;
    while let Expr::Binary(inner) = left
        && same(&inner.op, &binary.op)
    {
        operands.push(&inner.right);
        left = &inner.left;
    }
    operands.push(left);
    operands.reverse();
    operands
}

fn same(a: &BinOp, b: &BinOp) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}
