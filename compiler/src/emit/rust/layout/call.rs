//! Lists in brackets: arguments, arrays, tuples, and the fields of a value.

use super::expr::bare;
use super::{
    ARRAY, CALL, FIELDS, Layout, SHORT, Shape, TAB, Tried, blanks, breaks, columns, first_line, last_line, text,
};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprStruct, Macro, Token};

/// How the elements of a list are laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tactic {
    /// Side by side.
    Beside,
    /// Each on a line.
    Below,
    /// As many on a line as fit.
    Filled,
}

/// A list in brackets.
struct List<'e> {
    /// What stands before the bracket.
    head: &'e str,
    open: &'e str,
    close: &'e str,
    elements: Vec<&'e Expr>,
    /// How wide the elements may be side by side.
    most: usize,
    /// What stands behind the last of those that stand below each other.
    end: &'static str,
}

impl Layout<'_> {
    /// `head(arguments)`.
    pub(super) fn call(self, head: &str, arguments: &Punctuated<Expr, Token![,]>, shape: Shape) -> Option<String> {
        let elements = arguments.iter().collect();
        self.list(&List { head, open: "(", close: ")", elements, most: CALL, end: "," }, shape)
    }

    /// `[elements]`.
    pub(super) fn array(self, elements: &Punctuated<Expr, Token![,]>, shape: Shape) -> Option<String> {
        let elements = elements.iter().collect();
        self.list(&List { head: "", open: "[", close: "]", elements, most: ARRAY, end: "," }, shape)
    }

    /// `(elements)`.
    pub(super) fn tuple(self, elements: &Punctuated<Expr, Token![,]>, shape: Shape) -> Option<String> {
        match elements.first() {
            Some(only) if elements.len() == 1 => Some(format!("({},)", self.expr(only, shape.after(1)?.less(2)?)?)),
            _ => {
                let elements = elements.iter().collect();
                self.list(&List { head: "", open: "(", close: ")", elements, most: CALL, end: "," }, shape)
            }
        }
    }

    /// A macro, whose arguments are expressions if they look like them.
    pub(super) fn macro_call(self, of: &Macro, shape: Shape) -> Option<String> {
        let head = format!("{}!", text::tokens(&of.path));
        let parsed = of.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        let Ok(arguments) = parsed else { return self.fit(text::tokens(of), shape) };
        // What was tried is known by its address, which these elements lose at the end.
        let tried = Tried::default();
        let layout = Layout { tried: &tried, ..self };
        let elements = arguments.iter().collect();
        // A list's last element has a comma; a macro's last argument keeps its own, or has none.
        let is_list = matches!(of.delimiter, syn::MacroDelimiter::Bracket(_));
        let end = if is_list || arguments.trailing_punct() { "," } else { "" };
        let (open, close, most) = match of.delimiter {
            syn::MacroDelimiter::Bracket(_) => ("[", "]", ARRAY),
            _ => ("(", ")", CALL),
        };
        layout.list(&List { head: &head, open, close, elements, most, end }, shape)
    }

    fn list(self, list: &List<'_>, shape: Shape) -> Option<String> {
        let List { head, open, close, .. } = list;
        if list.elements.is_empty() {
            return self.fit(format!("{head}{open}{close}"), shape);
        }
        let used = columns(last_line(head));
        let one_line = shape.width.saturating_sub(used + 2);
        let beside = shape.after(used + 1).and_then(|shape| shape.less(1)).unwrap_or(Shape { width: 0, ..shape });
        let deeper = self.deeper(shape);
        let nested = Shape { width: deeper.width.saturating_sub(1), ..deeper };
        let fresh = Layout { unbroken: false, ..self };
        let (last, others) = list.elements.split_last()?;
        let mut texts: Vec<String> = others.iter().map(|e| fresh.expr(e, nested)).collect::<Option<_>>()?;
        let beside = self.beside(list, last, &texts, beside, one_line);
        // How the last one looks on a line of its own matters only where it can't stand behind the others.
        let own = match &beside {
            // One level less of brackets, where all fits on a line of its own.
            Some(text) if others.is_empty() && breaks(text) == 1 => fresh.line(last, nested),
            Some(_) => None,
            None => fresh.expr(last, nested),
        };
        let tactic = if beside.is_some() { Tactic::Beside } else { tactic(list, &texts, own.as_deref(), one_line) };
        texts.push(own.or(beside)?);
        let inside = match tactic {
            Tactic::Beside => texts.join(", "),
            Tactic::Below => texts.join(&format!(",{}", line(nested))) + list.end,
            Tactic::Filled => filled(&texts, nested),
        };
        let width = shape.width.saturating_sub(used);
        if tactic == Tactic::Beside && columns(first_line(&inside)) < width {
            return Some(format!("{head}{open}{inside}{close}"));
        }
        Some(format!("{head}{open}{}{inside}\n{}{close}", line(nested), blanks(shape.indent)))
    }

    /// The last element behind the others, where it may go on over several lines and they leave it room.
    fn beside(self, list: &List<'_>, last: &Expr, others: &[String], beside: Shape, one_line: usize) -> Option<String> {
        let most = list.most.min(one_line);
        let short_head = others.is_empty() && columns(list.head) < TAB && list.open == "(";
        if !short_head && !can_overflow(last, others.len() + 1) || !side_by_side(others, "", most) {
            return None;
        }
        let unbroken = self.unbroken || !short_head && is_method_call(last);
        let shape = last_shape(list, last, others, beside)?;
        let text = Layout { unbroken, ..self }.overflowing(list, last, shape)?;
        side_by_side(others, first_line(&text), most).then_some(text)
    }

    /// The last element, over several lines behind the bracket.
    fn overflowing(self, list: &List<'_>, last: &Expr, shape: Shape) -> Option<String> {
        match last {
            Expr::Closure(closure) => {
                let closures = list.elements.iter().filter(|element| is_closure(element)).count();
                if closures > 1 {
                    return None;
                }
                self.last_closure(closure, shape)
            }
            Expr::If(_) | Expr::While(_) | Expr::ForLoop(_) | Expr::Match(_) => {
                if self.condition(last, shape)?.contains('\n') {
                    return None;
                }
                self.expr(last, shape)
            }
            _ => self.expr(last, shape),
        }
    }

    /// `Path { fields }`.
    pub(super) fn struct_literal(self, of: &ExprStruct, shape: Shape) -> Option<String> {
        let mut path = String::new();
        text::write_path(&of.path, &mut path);
        if columns(&path) + 2 > shape.width {
            return None;
        }
        if of.fields.is_empty() && of.rest.is_none() {
            return Some(format!("{path} {{}}"));
        }
        let inner = self.deeper(shape);
        let fresh = Layout { unbroken: false, ..self };
        let mut texts = Vec::new();
        for field in &of.fields {
            let mut name = String::new();
            text::write_member(&field.member, &mut name);
            if field.colon_token.is_none() {
                texts.push(name);
                continue;
            }
            let same = inner.less(1)?.after(columns(&name) + 2)?;
            texts.push(match fresh.expr(&field.expr, same) {
                Some(text) => format!("{name}: {text}"),
                None => {
                    let below = fresh.deeper(inner);
                    format!("{name}:{}{}", line(below), fresh.expr(&field.expr, below)?)
                }
            });
        }
        if let Some(rest) = &of.rest {
            texts.push(format!("..{}", fresh.expr(rest, inner.after(2)?)?));
        }
        if let Some(width) = shape.width.checked_sub(columns(&path) + 5)
            && let Some((last, others)) = texts.split_last()
            && side_by_side(others, last, FIELDS.min(width))
        {
            return Some(format!("{path} {{ {} }}", texts.join(", ")));
        }
        let lines = texts.iter().enumerate().map(|(at, text)| {
            let comma = if of.rest.is_some() && at + 1 == texts.len() { "" } else { "," };
            format!("{}{text}{comma}", line(inner))
        });
        Some(format!("{path} {{{}\n{}}}", lines.collect::<String>(), blanks(shape.indent)))
    }
}

/// How a list is laid out whose last element does not go on behind the bracket.
fn tactic(list: &List<'_>, others: &[String], last: Option<&str>, one_line: usize) -> Tactic {
    let Some(last) = last else { return Tactic::Below };
    let alone = others.is_empty() && one_line != 0 && !last.contains('\n') && columns(last) <= one_line;
    if alone || side_by_side(others, last, list.most.min(one_line)) {
        return Tactic::Beside;
    }
    let mut texts = others.iter().map(String::as_str).chain([last]);
    let simple = list.elements.iter().all(|element| is_simple(element));
    if simple && texts.all(|text| columns(text) <= SHORT) { Tactic::Filled } else { Tactic::Below }
}

/// The room for the last element behind the others.
fn last_shape(list: &List<'_>, last: &Expr, others: &[String], beside: Shape) -> Option<Shape> {
    if others.is_empty() && !is_nested_call(last) {
        return Some(beside);
    }
    let before: usize = others.iter().map(|text| 2 + columns(text)).sum();
    Shape { width: beside.width.min(list.most), ..beside }.after(before)
}

fn line(shape: Shape) -> String {
    format!("\n{}", blanks(shape.indent))
}

/// Whether elements fit side by side.
fn side_by_side(others: &[String], last: &str, most: usize) -> bool {
    let widths = others.iter().map(|text| columns(text) + 2).sum::<usize>() + columns(last);
    widths <= most && !last.contains('\n') && others.iter().all(|text| !text.contains('\n'))
}

fn filled(texts: &[String], shape: Shape) -> String {
    let mut out = String::new();
    let mut width = 0;
    for text in texts {
        let more = columns(text) + 1;
        if width > 0 && width + 1 + more > shape.width + 1 {
            out.push_str(&line(shape));
            width = 0;
        } else if width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(text);
        out.push(',');
        width += more;
    }
    out
}

/// Whether the last of so many elements may go on over several lines behind the bracket.
fn can_overflow(expr: &Expr, count: usize) -> bool {
    match bare(expr) {
        Expr::Block(_) | Expr::Closure(_) => true,
        Expr::Match(_) | Expr::If(_) | Expr::ForLoop(_) | Expr::Loop(_) | Expr::While(_) => count == 1,
        Expr::Array(_) | Expr::Struct(_) | Expr::Call(_) | Expr::MethodCall(_) | Expr::Macro(_) | Expr::Tuple(_) => {
            count == 1
        }
        _ => false,
    }
}

/// Whether it is a closure.
pub(super) fn is_closure(expr: &Expr) -> bool {
    matches!(expr, Expr::Closure(_))
}

/// Whether it is a call, but for what stands around it.
pub(super) fn is_nested_call(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::Call(_) | Expr::Macro(_))
}

fn is_method_call(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::MethodCall(_))
}

fn is_simple(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Lit(_) => true,
        Expr::Path(of) => of.path.segments.len() <= 1,
        Expr::Field(of) => is_simple(&of.base),
        Expr::Index(of) => is_simple(&of.expr) && is_simple(&of.index),
        _ => false,
    }
}
