//! Calls and fields that follow each other on a value.

use super::{Layout, Shape, TAB, blanks, columns, first_line, last_line, text};
use syn::Expr;

/// The widest chain on one line.
pub(super) const CHAIN: usize = 60;

/// One call or field, with the question marks behind it.
pub(super) struct Link<'e> {
    pub of: &'e Expr,
    pub tries: usize,
}

impl Layout<'_> {
    pub(super) fn chain(self, expr: &Expr, shape: Shape) -> Option<String> {
        let (root, root_tries, links) = links(expr);
        let root_text = |shape: Shape| Some(self.expr(root, shape.less(root_tries)?)? + &"?".repeat(root_tries));
        if links.is_empty() {
            return root_text(shape);
        }
        let mut head = root_text(shape)?;
        let mut ends_block = is_block_like(root, &head);
        let tab = TAB.saturating_sub(shape.offset);
        let mut rest = links.as_slice();
        // What is no wider than the indentation takes its first link along.
        while columns(&head) <= tab && !head.contains('\n') {
            let Some((first, others)) = rest.split_first() else { break };
            let Some(text) = shape.after(columns(&head)).and_then(|shape| self.link(first, shape)) else { break };
            head.push_str(&text);
            ends_block = text::is_open_end(&head);
            rest = others;
        }
        let Some((last, middle)) = rest.split_last() else { return self.fit(head, shape) };
        let below = if ends_block { Shape::lines(shape.indent, self) } else { self.deeper(shape) };
        let mut texts = vec![head];
        for link in middle {
            texts.push(self.link(link, below)?);
        }
        let (text, one_line) = self.last_link(last, ends_block, &texts, links.len(), shape, below)?;
        texts.push(text);
        if !one_line && self.unbroken {
            return None;
        }
        let gap = if one_line { String::new() } else { format!("\n{}", blanks(below.indent)) };
        self.fit(texts.join(&gap), shape)
    }

    /// The last link, and whether everything stands on one line, but for what the last link breaks.
    fn last_link(
        self,
        last: &Link<'_>,
        ends_block: bool,
        texts: &[String],
        links: usize,
        shape: Shape,
        below: Shape,
    ) -> Option<(String, bool)> {
        let head = texts.first()?;
        let extends = ends_block && text::is_open_end(head);
        let before = if extends { columns(last_line(head)) } else { texts.iter().map(|text| columns(text)).sum() };
        let before = before + last.tries;
        let most = if links == 1 { shape.width } else { shape.width.min(CHAIN) };
        let budget = most.saturating_sub(before);
        let one_line = texts.iter().all(|text| !text.contains('\n')) && budget > 0;
        let own_line = below.less(shape.behind(self) + last.tries);
        if (one_line || extends)
            && let Some(room) = shape.less(last.tries).and_then(|shape| shape.after(before))
            && let Some(text) = self.link(last, room)
        {
            let lines = text.lines().count();
            let fits = columns(first_line(&text)) <= budget;
            if fits && (lines == 1 || lines >= 5) {
                return Some((text, one_line));
            }
            // Its own line may look better.
            return match own_line.and_then(|shape| self.link(last, shape)) {
                Some(other) if !fits => Some((other, false)),
                Some(other) if other.lines().count() >= lines => Some((text, fits && one_line)),
                Some(other) => Some((other, false)),
                None => Some((text, fits && one_line)),
            };
        }
        let room = if one_line || extends { shape.less(last.tries)? } else { own_line? };
        Some((self.link(last, room)?, false))
    }

    fn link(self, link: &Link<'_>, shape: Shape) -> Option<String> {
        let text = self.bare_link(link, shape.less(link.tries)?)?;
        Some(text + &"?".repeat(link.tries))
    }

    fn bare_link(self, link: &Link<'_>, shape: Shape) -> Option<String> {
        match link.of {
            Expr::MethodCall(call) => {
                let turbofish = call.turbofish.as_ref().map(text::tokens).unwrap_or_default();
                self.call(&format!(".{}{turbofish}", call.method), &call.args, shape)
            }
            Expr::Field(field) => self.fit(format!(".{}", text::tokens(&field.member)), shape),
            Expr::Await(_) => self.fit(".await".to_owned(), shape),
            _ => None,
        }
    }
}

/// The value that a chain begins with, its question marks, and the links.
pub(super) fn links(expr: &Expr) -> (&Expr, usize, Vec<Link<'_>>) {
    let mut links = Vec::new();
    let mut tries = 0;
    let mut at = expr;
    loop {
        let inner = match at {
            Expr::Try(of) => {
                tries += 1;
                at = &of.expr;
                continue;
            }
            Expr::MethodCall(of) => &of.receiver,
            Expr::Field(of) => &of.base,
            Expr::Await(of) => &of.base,
            _ => break,
        };
        links.push(Link { of: at, tries });
        tries = 0;
        at = inner;
    }
    links.reverse();
    (at, tries, links)
}

/// Whether what follows a value can follow its last line.
fn is_block_like(expr: &Expr, text: &str) -> bool {
    match expr {
        Expr::Macro(_)
        | Expr::Call(_)
        | Expr::MethodCall(_)
        | Expr::Array(_)
        | Expr::Struct(_)
        | Expr::While(_)
        | Expr::If(_)
        | Expr::Block(_)
        | Expr::Loop(_)
        | Expr::ForLoop(_)
        | Expr::Match(_) => text.contains('\n'),
        Expr::Paren(of) => is_block_like(&of.expr, text),
        Expr::Binary(of) => is_block_like(&of.right, text),
        Expr::Index(of) => is_block_like(&of.index, text),
        Expr::Unary(of) => is_block_like(&of.expr, text),
        Expr::Try(of) => is_block_like(&of.expr, text),
        Expr::Closure(of) => is_block_like(&of.body, text),
        _ => false,
    }
}
