//! Lays Rust out as `rustfmt` does by default, so that generated code reads like code that a person has formatted, and
//! formatting it changes nothing.
//!
//! An expression is tried on one line, then in the ways that `rustfmt` breaks it; each way is a function of a [`Shape`],
//! the room that there is, and gives nothing where the room does not do. Where no way fits, as around a text that is
//! longer than a line, the statement stands on one line, which `rustfmt` leaves as it is.
//!
//! The syntax of this crate's own output is known here and no other: what is not is written as its tokens.

mod call;
mod chain;
mod closure;
mod control;
mod expr;
mod item;
mod line;
mod pairs;
mod text;

pub use item::{attribute, declaration, fits_attribute, item};
pub use text::tokens;

use line::Line;
use std::cell::RefCell;
use std::collections::HashMap;
use syn::{Arm, Block, Expr, Local, Stmt};

/// The widest line.
pub const WIDTH: usize = 100;
/// The widest list of arguments on one line.
pub const CALL: usize = 60;
/// The widest array on one line.
pub const ARRAY: usize = 60;
/// The widest list of fields on one line.
pub const FIELDS: usize = 18;
/// Elements up to this width share lines in a longer list.
pub const SHORT: usize = 10;
/// One level of indentation.
const TAB: usize = 4;

/// A statement, laid out at an indentation, but for that of its first line.
pub fn statement(of: &Stmt, indent: usize) -> String {
    let tried = Tried::default();
    let layout = Layout::new(&tried);
    layout.whole_statement(of, false, Shape::lines(indent, layout))
}

/// The expression at the end of a block, laid out at an indentation, but for that of its first line.
pub fn result(of: &Expr, indent: usize) -> String {
    let tried = Tried::default();
    let layout = Layout::new(&tried);
    let text = layout.expr(of, Shape::lines(indent, layout));
    text.unwrap_or_else(|| layout.rescued(|other| other.expr(of, Shape::lines(indent, other))))
}

/// An arm of a `match`, laid out at an indentation, but for that of its first line.
pub fn arm(of: &Arm, indent: usize) -> String {
    let tried = Tried::default();
    let layout = Layout::new(&tried);
    let text = layout.arm(of, Shape::lines(indent, layout));
    text.unwrap_or_else(|| layout.rescued(|other| other.arm(of, Shape::lines(indent, other))))
}

/// The room for an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    /// Where lines of the enclosing block begin.
    indent: usize,
    /// How far the expression's first line begins behind that.
    offset: usize,
    /// How wide its first line may be.
    width: usize,
}

impl Shape {
    /// Whole lines at an indentation.
    fn lines(indent: usize, of: Layout<'_>) -> Shape {
        Shape { indent, offset: 0, width: of.width.saturating_sub(indent) }
    }

    /// Less room at the end.
    fn less(self, by: usize) -> Option<Shape> {
        Some(Shape { width: self.width.checked_sub(by)?, ..self })
    }

    /// The room behind a text of a width.
    fn after(self, width: usize) -> Option<Shape> {
        Some(Shape { offset: self.offset + width, ..self.less(width)? })
    }

    /// Where the first line begins.
    fn column(self) -> usize {
        self.indent + self.offset
    }

    /// What has to fit behind the expression.
    fn behind(self, of: Layout<'_>) -> usize {
        of.width.saturating_sub(self.column() + self.width)
    }
}

/// What was laid out already, on one line or otherwise: an expression is tried in several rooms by each of those around it, so that without this
/// deep ones would take ages. Of one tree of syntax, which must stay where it is: expressions are known by their address.
#[derive(Debug, Default)]
struct Tried {
    lines: RefCell<HashMap<usize, Line>>,
    attempts: RefCell<HashMap<Attempt, Option<String>>>,
}

/// An expression by its address, its room, the width of lines, and whether calls stay on a line.
type Attempt = (usize, Shape, usize, bool);

/// How wide lines are, and what is asked of the expression at hand.
#[derive(Debug, Clone, Copy)]
struct Layout<'t> {
    width: usize,
    /// Calls that follow each other stay on a line.
    unbroken: bool,
    tried: &'t Tried,
}

impl<'t> Layout<'t> {
    fn new(tried: &'t Tried) -> Self {
        Layout { width: WIDTH, unbroken: false, tried }
    }

    /// An expression whose value is used.
    fn expr(self, expr: &Expr, shape: Shape) -> Option<String> {
        if let Some(text) = self.known_line(expr, |line| match line {
            Line::Text { text, room, .. } if *room <= shape.width => Some(text.clone()),
            _ => None,
        }) {
            return Some(text);
        }
        let key = (address(expr), shape, self.width, self.unbroken);
        if let Some(known) = self.tried.attempts.borrow().get(&key) {
            return known.clone();
        }
        let text = self.expr_in(expr, shape);
        self.tried.attempts.borrow_mut().insert(key, text.clone());
        text
    }

    /// An expression on one line, if it is laid out so.
    fn line(self, expr: &Expr, shape: Shape) -> Option<String> {
        // A bracket may close one column behind the room; whoever asked finds that out.
        let possible = self.known_line(expr, |line| match line {
            Line::Text { columns, .. } => *columns <= shape.width + 1,
            Line::Wide => shape.width >= WIDTH,
            Line::Never => false,
            Line::Perhaps => true,
        });
        if possible { self.expr(expr, shape).filter(|text| !text.contains('\n')) } else { None }
    }

    /// Asks the one-line form of an expression.
    fn known_line<T>(self, expr: &Expr, ask: impl FnOnce(&Line) -> T) -> T {
        let mut lines = self.tried.lines.borrow_mut();
        ask(lines.entry(address(expr)).or_insert_with(|| line::line(expr)))
    }

    /// What `rustfmt` gives up on, and leaves as it is: laid out in less room, or on one line however long.
    fn rescued(self, of: impl Fn(Self) -> Option<String>) -> String {
        let widths = (1..=5).map(|step| WIDTH - step * TAB).chain([usize::MAX / 4]);
        widths.into_iter().find_map(|width| of(Layout { width, unbroken: false, ..self })).unwrap_or_default()
    }

    /// Whether a text fits: its first line, its last with what follows, and those in between.
    fn fits(self, text: &str, shape: Shape) -> bool {
        let Some((first, rest)) = text.split_once('\n') else { return columns(text) <= shape.width };
        let last = last_line(rest);
        columns(first) <= shape.width
            && rest.lines().all(|line| columns(line) <= self.width)
            && columns(last) <= shape.column() + shape.width
    }

    /// The text, if it fits.
    fn fit(self, text: String, shape: Shape) -> Option<String> {
        self.fits(&text, shape).then_some(text)
    }

    /// Whole lines one level deeper.
    fn deeper(self, shape: Shape) -> Shape {
        Shape::lines(shape.indent + TAB, self)
    }

    /// The statements of a block between its braces.
    fn block(self, block: &Block, shape: Shape) -> String {
        if let [Stmt::Expr(only, None)] = block.stmts.as_slice()
            && let Some(inside) = shape.less(4)
            && let Some(text) = self.line(only, inside)
        {
            return format!("{{ {text} }}");
        }
        self.broken_block(block, shape)
    }

    /// A block over several lines.
    fn broken_block(self, block: &Block, shape: Shape) -> String {
        if block.stmts.is_empty() {
            return "{}".to_owned();
        }
        let inner = self.deeper(shape);
        let mut out = String::from("{");
        for (at, statement) in block.stmts.iter().enumerate() {
            new_line(&mut out, inner.indent);
            out.push_str(&self.whole_statement(statement, at + 1 == block.stmts.len(), inner));
        }
        new_line(&mut out, shape.indent);
        out.push('}');
        out
    }

    /// A block of one expression over several lines.
    fn block_of(self, expr: &Expr, shape: Shape) -> String {
        let inner = self.deeper(shape);
        let fresh = Layout { unbroken: false, ..self };
        let text = fresh
            .expr(expr, inner)
            .unwrap_or_else(|| fresh.rescued(|other| other.expr(expr, Shape::lines(inner.indent, other))));
        format!("{{\n{}{text}\n{}}}", blanks(inner.indent), blanks(shape.indent))
    }

    fn whole_statement(self, statement: &Stmt, last: bool, shape: Shape) -> String {
        let fresh = Layout { unbroken: false, ..self };
        fresh.statement(statement, last, shape).unwrap_or_else(|| {
            fresh.rescued(|other| other.statement(statement, last, Shape::lines(shape.indent, other)))
        })
    }

    fn statement(self, statement: &Stmt, last: bool, shape: Shape) -> Option<String> {
        match statement {
            Stmt::Local(local) => self.local(local, shape),
            Stmt::Item(item) => Some(self.item(item, shape.indent)),
            Stmt::Expr(expr, semicolon) => {
                let end = if semicolon.is_some() { ";" } else { "" };
                let shape = shape.less(end.len())?;
                let text = if last { self.expr(expr, shape)? } else { self.expr_statement(expr, shape)? };
                Some(text + end)
            }
            Stmt::Macro(of) => {
                let end = if of.semi_token.is_some() { ";" } else { "" };
                Some(self.macro_call(&of.mac, shape.less(end.len())?)? + end)
            }
        }
    }

    fn local(self, local: &Local, shape: Shape) -> Option<String> {
        let head = format!("let {}", text::pat(&local.pat));
        let Some(init) = &local.init else { return Some(format!("{head};")) };
        let head = format!("{head} =");
        let text = self.assigned(&head, &init.expr, shape.less(1)?)?;
        let Some((_, otherwise)) = &init.diverge else { return Some(format!("{head}{text};")) };
        let Expr::Block(block) = &**otherwise else { return None };
        let block = &block.block;
        if !text.contains('\n')
            && let [Stmt::Expr(only, None)] = block.stmts.as_slice()
            && let Some(inside) = self.line(only, shape)
        {
            let line = format!("{head}{text} else {{ {inside} }};");
            if columns(&line) <= 50.min(shape.width) {
                return Some(line);
            }
        }
        let joined = text.contains('\n') && !text::is_open_end(&text);
        let gap = if joined { format!("\n{}", blanks(shape.indent)) } else { " ".to_owned() };
        Some(format!("{head}{text}{gap}else {};", self.broken_block(block, shape)))
    }

    /// What stands behind `head`, an equals sign at its end: on the same line, or on the next one.
    fn assigned(self, head: &str, value: &Expr, shape: Shape) -> Option<String> {
        let same = shape.after(columns(last_line(head)) + 1);
        let same_text = same.and_then(|same| self.expr(value, same));
        if let (Some(text), Some(same)) = (&same_text, same)
            && !text.contains('\n')
            && columns(text) <= same.width
        {
            return Some(format!(" {text}"));
        }
        let next = self.deeper(shape).less(shape.behind(self))?;
        let next_text = self.expr(value, next);
        let below = |text: &str| format!("\n{}{text}", blanks(next.indent));
        match (same_text, next_text) {
            (Some(same), Some(next_text)) if !self.fits(&next_text, next) => Some(format!(" {same}")),
            (Some(same), Some(next)) if is_better_below(&same, &next) => Some(below(&next)),
            (Some(same), _) => Some(format!(" {same}")),
            (None, Some(next)) => Some(below(&next)),
            (None, None) => None,
        }
    }
}

/// Whether what was laid out on the next line is better than what begins on the same one.
fn is_better_below(same: &str, next: &str) -> bool {
    let opens = |text: &str, with: char| first_line(text).ends_with(with);
    !next.contains('\n')
        || breaks(same) > breaks(next) + 1
        || ['(', '{', '['].into_iter().any(|with| opens(same, with) && !opens(next, with))
}

fn address(expr: &Expr) -> usize {
    std::ptr::from_ref(expr).addr()
}

fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.push_str(&blanks(indent));
}

fn blanks(count: usize) -> String {
    " ".repeat(count)
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

fn breaks(text: &str) -> usize {
    text.matches('\n').count()
}

fn first_line(text: &str) -> &str {
    text.split_once('\n').map_or(text, |(first, _)| first)
}

fn last_line(text: &str) -> &str {
    text.rsplit_once('\n').map_or(text, |(_, last)| last)
}
