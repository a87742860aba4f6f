//! The form that an expression has on one line, whatever the room: most have one and fit, so that the ways to break them
//! need not be tried.
//!
//! Absent on purpose: anything over several lines; that is the rest of this module.

use super::call::{is_closure, is_nested_call};
use super::expr::only_expr;
use super::{ARRAY, CALL, FIELDS, TAB, WIDTH, chain, closure, columns, control, pairs, text};
use syn::punctuated::Punctuated;
use syn::{Block, Expr, ExprClosure, ExprIf, ExprMacro, ExprStruct, ReturnType, Token};

/// The one-line form of an expression.
#[derive(Debug, Clone)]
pub(super) enum Line {
    /// This text, wherever there is room enough.
    Text {
        text: String,
        /// How wide it is.
        columns: usize,
        /// In how much room it certainly stands on one line.
        room: usize,
    },
    /// It is wider than a line.
    Wide,
    /// It always breaks.
    Never,
    /// That depends on where it stands.
    Perhaps,
}

/// Why there is no one-line form.
#[derive(Debug, Clone, Copy)]
enum No {
    Wide,
    Never,
    Perhaps,
}

/// The one-line form of an expression.
pub(super) fn line(expr: &Expr) -> Line {
    let mut writer = Writer::default();
    match writer.expr(expr) {
        Ok(()) => {
            let columns = columns(&writer.out);
            Line::Text { text: writer.out, columns, room: room(columns, writer.tries) }
        }
        Err(No::Wide) => Line::Wide,
        Err(No::Never) => Line::Never,
        Err(No::Perhaps) => Line::Perhaps,
    }
}

/// In how much room a line certainly stands: question marks are counted more than once.
fn room(columns: usize, tries: usize) -> usize {
    columns + 2 * tries + 2
}

/// Writes expressions behind each other, up to the width of a line.
#[derive(Default)]
struct Writer {
    out: String,
    /// How many question marks there are.
    tries: usize,
}

impl Writer {
    fn push(&mut self, text: &str) -> Result<(), No> {
        self.out.push_str(text);
        self.check()
    }

    fn check(&self) -> Result<(), No> {
        if self.out.len() > WIDTH && columns(&self.out) > WIDTH { Err(No::Wide) } else { Ok(()) }
    }

    /// The columns behind a place in the text.
    fn since(&self, start: usize) -> usize {
        self.out.get(start..).map_or(0, columns)
    }

    fn expr(&mut self, expr: &Expr) -> Result<(), No> {
        match expr {
            Expr::Path(of) if of.qself.is_none() => text::write_path(&of.path, &mut self.out),
            Expr::Lit(of) => text::write_literal(&of.lit, &mut self.out),
            Expr::Array(of) => return self.list("[", &of.elems, "]", ARRAY),
            Expr::Assign(of) => return self.between(&of.left, " = ", &of.right),
            Expr::Binary(of) if text::is_assignment(&of.op) => {
                return self.between(&of.left, &format!(" {} ", text::operator(&of.op)), &of.right);
            }
            Expr::Binary(of) => {
                let gap = format!(" {} ", text::operator(&of.op));
                for (at, operand) in pairs::operands(of).into_iter().enumerate() {
                    if at > 0 {
                        self.push(&gap)?;
                    }
                    self.expr(operand)?;
                }
            }
            Expr::Block(of) => return self.block(&of.block),
            Expr::Call(of) => {
                self.expr(&of.func)?;
                return self.list("(", &of.args, ")", CALL);
            }
            Expr::MethodCall(_) | Expr::Field(_) | Expr::Try(_) | Expr::Await(_) => return self.chain(expr),
            Expr::Cast(of) => {
                self.expr(&of.expr)?;
                self.push(" as ")?;
                self.out.push_str(&text::tokens(&of.ty));
            }
            Expr::Closure(of) => return self.closure(of, false),
            Expr::If(of) => return self.if_else(of),
            Expr::Match(of) if !of.arms.is_empty() => return Err(No::Never),
            Expr::ForLoop(of) if !of.body.stmts.is_empty() => return Err(No::Never),
            Expr::While(of) if !of.body.stmts.is_empty() => return Err(No::Never),
            Expr::Loop(of) if !of.body.stmts.is_empty() => return Err(No::Never),
            Expr::Match(_) | Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => return Err(No::Perhaps),
            Expr::Group(of) => return self.expr(&of.expr),
            Expr::Paren(of) => {
                self.push("(")?;
                self.expr(&of.expr)?;
                self.out.push(')');
            }
            Expr::Index(of) => {
                self.expr(&of.expr)?;
                self.push("[")?;
                self.expr(&of.index)?;
                self.out.push(']');
            }
            Expr::Let(of) => {
                self.push(&format!("let {} = ", text::pat(&of.pat)))?;
                return self.expr(&of.expr);
            }
            Expr::Reference(of) => {
                self.push(if of.mutability.is_some() { "&mut " } else { "&" })?;
                return self.expr(&of.expr);
            }
            Expr::Unary(of) => {
                self.push(text::prefix(of.op))?;
                return self.expr(&of.expr);
            }
            Expr::Return(of) => return self.word("return", of.expr.as_deref()),
            Expr::Break(of) => return self.word("break", of.expr.as_deref()),
            Expr::Struct(of) => return self.struct_literal(of),
            Expr::Tuple(of) if of.elems.len() == 1 => {
                self.push("(")?;
                of.elems.first().map_or(Ok(()), |only| self.expr(only))?;
                self.out.push_str(",)");
            }
            Expr::Tuple(of) => return self.list("(", &of.elems, ")", CALL),
            Expr::Macro(of) => return self.macro_call(of),
            other => self.out.push_str(&text::tokens(other)),
        }
        self.check()
    }

    fn between(&mut self, left: &Expr, gap: &str, right: &Expr) -> Result<(), No> {
        self.expr(left)?;
        self.push(gap)?;
        self.expr(right)
    }

    fn word(&mut self, word: &str, value: Option<&Expr>) -> Result<(), No> {
        self.push(word)?;
        let Some(value) = value else { return Ok(()) };
        self.push(" ")?;
        self.expr(value)
    }

    fn block(&mut self, block: &Block) -> Result<(), No> {
        if block.stmts.is_empty() {
            return self.push("{}");
        }
        let only = only_expr(block).ok_or(No::Never)?;
        self.push("{ ")?;
        self.expr(only)?;
        self.push(" }")
    }

    fn list(&mut self, open: &str, of: &Punctuated<Expr, Token![,]>, close: &str, most: usize) -> Result<(), No> {
        self.push(open)?;
        let start = self.out.len();
        // The only closure, at the end, goes on behind the bracket.
        let closes = of.iter().filter(|element| is_closure(element)).count() == 1;
        let tries = self.tries;
        let mut in_block = false;
        for (at, element) in of.iter().enumerate() {
            if at > 0 {
                self.push(", ")?;
            }
            match element {
                Expr::Closure(closure) if closes && at + 1 == of.len() => {
                    in_block = closure::is_control_block(closure);
                    self.closure(closure, true)?;
                }
                element => self.expr(element)?,
            }
        }
        // One alone may be as wide as there is room, but for a call.
        let inside = self.since(start);
        if (of.len() > 1 || in_block) && inside > most {
            return Err(No::Never);
        }
        if of.len() == 1 && of.first().is_some_and(is_nested_call) && room(inside, self.tries - tries) > most {
            return Err(No::Perhaps);
        }
        self.push(close)
    }

    fn chain(&mut self, expr: &Expr) -> Result<(), No> {
        let start = self.out.len();
        let (root, tries, links) = chain::links(expr);
        self.expr(root)?;
        self.question(tries)?;
        let (mut before, mut last_tries) = (0, tries);
        for link in &links {
            before = self.since(start);
            last_tries = link.tries;
            match link.of {
                Expr::MethodCall(call) => {
                    self.out.push('.');
                    text::write_ident(&call.method, &mut self.out);
                    if let Some(turbofish) = &call.turbofish {
                        self.out.push_str(&text::tokens(turbofish));
                    }
                    self.list("(", &call.args, ")", CALL)?;
                }
                Expr::Field(field) => {
                    self.out.push('.');
                    text::write_member(&field.member, &mut self.out);
                }
                _ => self.out.push_str(".await"),
            }
            self.question(link.tries)?;
        }
        if links.len() > 1 && self.since(start) + last_tries > chain::CHAIN {
            // At the begin of a line, what is no wider than the indentation does not count as a link.
            return Err(if before <= TAB { No::Perhaps } else { No::Never });
        }
        Ok(())
    }

    fn question(&mut self, count: usize) -> Result<(), No> {
        self.tries += count;
        for _ in 0..count {
            self.out.push('?');
        }
        self.check()
    }

    fn closure(&mut self, closure: &ExprClosure, last: bool) -> Result<(), No> {
        self.push(&closure::head_text(closure))?;
        let returns = matches!(closure.output, ReturnType::Type(..));
        let body = match &*closure.body {
            Expr::Block(of) if of.block.stmts.is_empty() => return self.push(" {}"),
            Expr::Block(of) => only_expr(&of.block).filter(|_| !returns).ok_or(No::Never)?,
            body => body,
        };
        // Only at the end of a list do the braces of a condition go.
        if closure::is_control_block(closure) && !last {
            return Err(No::Never);
        }
        self.push(" ")?;
        self.expr(body)
    }

    fn if_else(&mut self, of: &ExprIf) -> Result<(), No> {
        if of.then_branch.stmts.is_empty() {
            return Err(No::Perhaps);
        }
        let start = self.out.len();
        let Some((_, otherwise)) = &of.else_branch else { return Err(No::Never) };
        let Expr::Block(otherwise) = &**otherwise else { return Err(No::Never) };
        let then = only_expr(&of.then_branch).ok_or(No::Never)?;
        let otherwise = only_expr(&otherwise.block).ok_or(No::Never)?;
        self.push("if ")?;
        self.expr(&of.cond)?;
        self.push(" { ")?;
        self.expr(then)?;
        self.push(" } else { ")?;
        self.expr(otherwise)?;
        self.push(" }")?;
        if self.since(start) > control::IF_ELSE { Err(No::Never) } else { Ok(()) }
    }

    fn struct_literal(&mut self, of: &ExprStruct) -> Result<(), No> {
        text::write_path(&of.path, &mut self.out);
        if of.fields.is_empty() && of.rest.is_none() {
            return self.push(" {}");
        }
        self.push(" { ")?;
        let start = self.out.len();
        for (at, field) in of.fields.iter().enumerate() {
            if at > 0 {
                self.push(", ")?;
            }
            text::write_member(&field.member, &mut self.out);
            if field.colon_token.is_some() {
                self.push(": ")?;
                self.expr(&field.expr)?;
            }
            // Long ones are common, and need not be gone through.
            if self.since(start) > FIELDS {
                return Err(No::Never);
            }
        }
        if let Some(rest) = &of.rest {
            self.push(if of.fields.is_empty() { ".." } else { ", .." })?;
            self.expr(rest)?;
        }
        if self.since(start) > FIELDS {
            return Err(No::Never);
        }
        self.push(" }")
    }

    fn macro_call(&mut self, of: &ExprMacro) -> Result<(), No> {
        let Ok(arguments) = of.mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) else {
            return self.push(&text::tokens(&of.mac));
        };
        text::write_path(&of.mac.path, &mut self.out);
        self.push("!")?;
        match of.mac.delimiter {
            syn::MacroDelimiter::Bracket(_) => self.list("[", &arguments, "]", ARRAY),
            _ => self.list("(", &arguments, ")", CALL),
        }
    }
}
