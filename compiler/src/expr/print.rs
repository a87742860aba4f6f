//! A syntax tree back to text, with as few parentheses as the grammar allows: for messages and documents.
//!
//! Reading the text again gives an equal tree. Comments, line breaks and the spelling of literals are not kept.

use super::ast::{Expr, ExprKind, Name, UnaryOp};
use std::fmt::{self, Display, Formatter, Write};

// How tightly an expression binds; binary operators say it themselves (2 to 6).
const CONDITION: u8 = 1;
const OR: u8 = 2;
const UNARY: u8 = 7;
const MEMBER: u8 = 8;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Null => f.write_str("null"),
            ExprKind::Bool(value) => write!(f, "{value}"),
            ExprKind::Int(value) => write!(f, "{value}"),
            ExprKind::Uint(value) => write!(f, "{value}u"),
            ExprKind::Decimal(text) => f.write_str(text),
            ExprKind::String(text) => quote(f, text),
            ExprKind::Bytes(octets) => quote_octets(f, octets),
            ExprKind::Ident(name) => f.write_str(name),
            ExprKind::RootIdent(name) => write!(f, ".{name}"),
            ExprKind::Select { base, field, optional } => {
                write!(f, "{}{}{}", At(base, MEMBER), if *optional { ".?" } else { "." }, Field(field))
            }
            ExprKind::Index { base, index, optional } => {
                write!(f, "{}{}{index}]", At(base, MEMBER), if *optional { "[?" } else { "[" })
            }
            ExprKind::Call { function, args } => {
                write!(f, "{}(", function.text)?;
                comma(f, args, |f, arg| write!(f, "{arg}"))?;
                f.write_char(')')
            }
            ExprKind::Method { base, method, args } => {
                write!(f, "{}.{}(", At(base, MEMBER), method.text)?;
                comma(f, args, |f, arg| write!(f, "{arg}"))?;
                f.write_char(')')
            }
            ExprKind::List(elements) => {
                f.write_char('[')?;
                comma(f, elements, |f, e| write!(f, "{}{}", mark(e.optional), e.expr))?;
                f.write_char(']')
            }
            ExprKind::Map(entries) => {
                f.write_char('{')?;
                comma(f, entries, |f, e| write!(f, "{}{}: {}", mark(e.optional), e.key, e.value))?;
                f.write_char('}')
            }
            ExprKind::Struct { name, fields } => {
                for (i, part) in name.iter().enumerate() {
                    write!(f, "{}{}", if i == 0 { "" } else { "." }, part.text)?;
                }
                f.write_char('{')?;
                comma(f, fields, |f, e| write!(f, "{}{}: {}", mark(e.optional), Field(&e.name), e.value))?;
                f.write_char('}')
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => write!(f, "!{}", At(operand, UNARY)),
            // `-1` is a number: the sign of what starts with one stays outside parentheses.
            ExprKind::Unary { op: UnaryOp::Neg, operand } if starts_with_number(operand) => write!(f, "-({operand})"),
            ExprKind::Unary { op: UnaryOp::Neg, operand } => write!(f, "-{}", At(operand, UNARY)),
            ExprKind::Binary { op, left, right, .. } => {
                write!(f, "{} {} {}", At(left, op.binds()), op.text(), At(right, op.binds() + 1))
            }
            ExprKind::Cond { cond, then, other } => {
                write!(f, "{} ? {} : {other}", At(cond, OR), At(then, OR))
            }
        }
    }
}

/// An operand, in parentheses if it binds less tightly than its place asks.
struct At<'e>(&'e Expr, u8);

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let binds = match &self.0.kind {
            ExprKind::Cond { .. } => CONDITION,
            ExprKind::Binary { op, .. } => op.binds(),
            ExprKind::Unary { .. } => UNARY,
            _ => MEMBER,
        };
        if binds < self.1 { write!(f, "({})", self.0) } else { write!(f, "{}", self.0) }
    }
}

/// The name of a field, in backticks where it is not a word.
struct Field<'e>(&'e Name);

impl Display for Field<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = self.0.text.as_str();
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.starts_with(|c: char| !c.is_ascii_digit())
            && !super::parse::KEYWORDS.contains(&name);
        if plain { f.write_str(name) } else { write!(f, "`{name}`") }
    }
}

fn mark(optional: bool) -> &'static str {
    if optional { "?" } else { "" }
}

fn comma<T>(
    f: &mut Formatter<'_>,
    all: &[T],
    mut one: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in all.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        one(f, item)?;
    }
    Ok(())
}

/// Whether the text of a postfix expression starts with a digit or a decimal point.
fn starts_with_number(mut expr: &Expr) -> bool {
    loop {
        match &expr.kind {
            ExprKind::Int(value) => return *value >= 0,
            ExprKind::Uint(_) => return true,
            ExprKind::Decimal(text) => return !text.starts_with('-'),
            ExprKind::Select { base, .. } | ExprKind::Index { base, .. } | ExprKind::Method { base, .. } => expr = base,
            _ => return false,
        }
    }
}

fn quote(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    for c in text.chars() {
        match c {
            '\'' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('\'')
}

fn quote_octets(f: &mut Formatter<'_>, octets: &[u8]) -> fmt::Result {
    f.write_str("b'")?;
    for octet in octets {
        match octet {
            b'\'' | b'\\' => write!(f, "\\{}", char::from(*octet))?,
            b' '..=b'~' => f.write_char(char::from(*octet))?,
            _ => write!(f, "\\x{octet:02x}")?,
        }
    }
    f.write_char('\'')
}

#[cfg(test)]
mod tests;
